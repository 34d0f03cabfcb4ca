// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

// The tree of commands. Only for cli*.cpp: CLI11 stays out of other headers.
namespace fleet::app {

// Groups of the help text.
inline constexpr const char* kRun = "Run";
inline constexpr const char* kWrite = "Write";
inline constexpr const char* kRead = "Read";
inline constexpr const char* kControl = "Zones and rules";
inline constexpr const char* kCare = "Care";
inline constexpr const char* kCluster = "Cluster";

/// Builds the tree of commands around one Invocation, which the parse fills in.
class CommandLine {
  public:
    CommandLine();
    std::variant<Invocation, CliAnswer> parse(std::vector<std::string> arguments);

  private:
    CLI::App* command(const char* name, const char* description, const char* group, Command id);
    CLI::App* command_in(CLI::App* parent, const char* name, const char* description, Command id);
    void common(CLI::App* app);
    CLI::Option* setting_option(CLI::App* app, const std::string& flag, Key key,
                                const std::string& description);
    void data_or_url(CLI::App* app, std::optional<std::string>& url);
    void csv_flag(CLI::App* app);
    void store_option(CLI::App* app);
    CLI::Option* read_store_option(CLI::App* app, std::string& store);
    void decode_options(CLI::App* app, DecodeOptions& decode);
    void add_run_commands();
    void add_write_commands();
    void add_synthetic_commands();
    void add_device_commands();
    void add_read_commands();
    void add_control_commands();
    void add_care_commands();
    void add_cassandra_commands();
    CliAnswer usage_error(const std::string& message) const;
    [[nodiscard]] const CLI::App* innermost() const;

    Invocation invocation_;
    bool chosen_ = false;
    CLI::App app_{
        "Fleet Tracing: takes positions and telemetry of vehicles, loses nothing, shows them live.",
        "fleet"};
};

}  // namespace fleet::app
