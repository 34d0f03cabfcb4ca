// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The kinds of options that commands have. Only for cli.cpp: CLI11 stays out of other headers. A
// value that is not allowed throws CLI::ValidationError, which the parse turns into a usage error.
// Targets must outlive the parse.
namespace fleet::app {

/// Throws CLI::ValidationError unless `text` is an id; `what` names the kind.
void check_id(const std::string& text, const char* what);
/// A duration of at least `min_ms`.
CLI::Option* duration_option(CLI::App* app, const std::string& flag, std::int64_t& target_ms,
                             std::int64_t min_ms, const std::string& description);
/// A whole number of a range.
CLI::Option* count_option(CLI::App* app, const std::string& flag, std::int64_t& target,
                          std::int64_t min, std::int64_t max, const std::string& description);
/// A rate a second; `shown` is the default as a person writes it.
CLI::Option* rate_option(CLI::App* app, const std::string& flag, double& target,
                         const std::string& shown, const std::string& description);
/// A time as parse_time_argument reads it; kept as text, because "now" comes later.
CLI::Option* time_option(CLI::App* app, const std::string& flag, std::string& target,
                         const std::string& description);
/// A UTC day; kept as text.
CLI::Option* day_option(CLI::App* app, std::string& target, const std::string& description,
                        const std::string& flag = "--day");
/// An id; `what` names the kind in messages.
CLI::Option* id_option(CLI::App* app, const std::string& flag, std::string& target,
                       const char* what, const std::string& description);
/// One of some names.
CLI::Option* choice_option(CLI::App* app, const std::string& flag, std::string& target,
                           const std::vector<std::string>& choices, const std::string& description);
/// `--url`, plain http only.
void url_option(CLI::App* app, std::optional<std::string>& url);

}  // namespace fleet::app
