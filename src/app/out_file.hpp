// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace fleet::app {

/// A file that is written in order and appears under its name only when it is whole; packed when
/// the name ends in .gz or .zst. `-` is standard output, unpacked. Without finish() nothing is left
/// behind. Not thread-safe.
class OutFile {
  public:
    /// Errors: io, not_found (no such folder).
    [[nodiscard]] static Result<std::unique_ptr<OutFile>> create(const std::filesystem::path& path);
    virtual ~OutFile() = default;
    [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
    /// Flushes, syncs and gives the file its name.
    [[nodiscard]] virtual Result<void> finish() = 0;
};

}  // namespace fleet::app
