// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.hpp"
#include "app/config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "store/reader.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace fleet::app {

/// Answers the reading routes of the API, from the data directory, a Cassandra cluster or a running
/// server, so that all give the same.
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
    /// How the cluster answered so far, as text; empty where nothing was traced.
    [[nodiscard]] virtual Result<std::string> traces() { return std::string(); }
};

/// `url` of the options: a running server; else their store: the data directory, which must be
/// there, or the cluster.
[[nodiscard]] Result<std::unique_ptr<ReadSource>> open_read_source(const Config& config,
                                                                   const ReadOptions& options);

}  // namespace fleet::app
