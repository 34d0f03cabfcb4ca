// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "store/reader.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::app {

/// Answers the reading routes of the API, from the data directory or from a running server, so that
/// both give the same.
class ReadSource {
  public:
    virtual ~ReadSource() = default;
    /// Body of a GET below /api/v1/, for example "fleets" or "devices/V-1/history?limit=10". An
    /// answer that is no success becomes an Error with the server's words.
    [[nodiscard]] virtual Result<std::string> get(const std::string& target) = 0;

    using Visit = std::function<Result<void>(const store::HistoryPage&)>;
    /// Records of a device in ascending order, page by page.
    [[nodiscard]] virtual Result<void> history(const std::string& device, store::TimeRange range,
                                               const Visit& visit) = 0;
};

/// `url`: a running server; else the data directory, which must be there.
[[nodiscard]] Result<std::unique_ptr<ReadSource>> open_read_source(
    const Config& config, const std::optional<std::string>& url);

}  // namespace fleet::app
