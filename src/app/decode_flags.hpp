// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.hpp"
#include "app/config.hpp"
#include "base/result.hpp"
#include "codec/decode_options.hpp"

#include <optional>

namespace fleet::app {

/// What the flags about the form of a file mean to the decoders.
struct DecodePlan {
    std::optional<codec::Format> format;  ///< nothing = find out
    codec::DecodeOptions options;
};

/// Errors: invalid_argument for a mapping, unit, zone or time format that does not exist. Reads the
/// zone database of the machine for a zone that has a name.
[[nodiscard]] Result<DecodePlan> plan_decoding(const DecodeOptions& flags, const Config& config);

/// Whether anything is said about the form beyond what the file says itself.
[[nodiscard]] bool is_plain(const DecodeOptions& flags);

}  // namespace fleet::app
