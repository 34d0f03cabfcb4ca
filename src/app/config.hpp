// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/settings.hpp"
#include "base/result.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::app {

/// A setting given on the command line.
struct SettingFlag {
    Key key;
    std::string flag;  ///< "--listen"
    std::string text;
};

/// Where configuration comes from. Values only: tests give what they like.
struct ConfigSources {
    std::optional<std::filesystem::path>
        file;  ///< --config; without it `fleet.toml` in the data directory, if there
    std::map<std::string, std::string> environment;  ///< of the process
    std::vector<SettingFlag> flags;                  ///< what was given on the command line
};

/// Effective settings: default, then file, then environment (the short name before FLEET_…), then
/// flags. Immutable.
class Config {
  public:
    /// Errors: invalid_argument with place ("fleet.toml:3:") and remedy; not_found or io for a file
    /// that was named.
    [[nodiscard]] static Result<Config> load(const ConfigSources& sources);

    [[nodiscard]] bool boolean(Key key) const;
    /// Whole numbers, durations in ms, sizes in bytes.
    [[nodiscard]] std::int64_t integer(Key key) const;
    /// Texts and choices.
    [[nodiscard]] const std::string& text(Key key) const;
    [[nodiscard]] const std::vector<std::string>& list(Key key) const;
    /// "default", "/etc/fleet.toml:3", "environment BATCH_SIZE", "flag --listen".
    [[nodiscard]] const std::string& origin(Key key) const { return at(key).origin; }
    [[nodiscard]] bool is_default(Key key) const { return at(key).origin == "default"; }
    /// The value for a person; secrets are masked.
    [[nodiscard]] std::string shown(Key key) const;

  private:
    struct Entry {
        Value value;
        std::string origin;
    };

    Config();
    [[nodiscard]] Result<void> set(const Setting& setting, std::string_view text,
                                   std::string origin);
    [[nodiscard]] Result<void> read_file(const std::filesystem::path& path);
    [[nodiscard]] Result<void> read_environment(
        const std::map<std::string, std::string>& environment);
    [[nodiscard]] const Entry& at(Key key) const { return entries_[static_cast<std::size_t>(key)]; }

    std::array<Entry, kSettingCount> entries_;
};

/// Environment of this process.
[[nodiscard]] std::map<std::string, std::string> process_environment();

}  // namespace fleet::app
