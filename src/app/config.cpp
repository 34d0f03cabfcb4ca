// SPDX-License-Identifier: Apache-2.0
#include "app/config.hpp"

#include "app/suggest.hpp"
#include "base/check.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace fleet::app {

namespace {

std::vector<std::string> setting_names() {
    std::vector<std::string> names;
    for (const Setting& s : settings()) names.emplace_back(s.name);
    return names;
}

std::string place(const std::filesystem::path& path, const toml::source_region& region) {
    return fmt::format("{}:{}", path.string(), region.begin.line);
}

/// The text of a TOML value, for parse_value; nothing for a type that no setting has.
std::optional<std::string> text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
    if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
    if (const auto* array = node.as_array()) {
        std::string joined;
        for (const toml::node& item : *array) {
            const auto* text = item.as_string();
            if (text == nullptr) return std::nullopt;
            if (!joined.empty()) joined.push_back(',');
            joined += text->get();
        }
        return joined;
    }
    return std::nullopt;
}

Result<std::string> read_text(const std::filesystem::path& path) {
    constexpr std::uintmax_t kMaxFile = 1 << 20;
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
        return fail(Code::invalid_argument,
                    fmt::format("{} is a directory; name a TOML file", path.string()));
    const auto size = std::filesystem::file_size(path, error);
    if (error)
        return fail(errno_error(fmt::format("cannot read the configuration {}", path.string()),
                                error.value()));
    if (size > kMaxFile)
        return fail(Code::too_large,
                    fmt::format("{} is larger than 1 MiB; is it a configuration?", path.string()));
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return fail(Code::io, fmt::format("cannot read the configuration {}", path.string()));
    return std::move(text).str();
}

/// Whether `name` (FLEET_WRITE_…) begins with the name of a section, so that it can only be meant
/// for us.
bool names_a_section(std::string_view name) {
    for (const Setting& s : settings()) {
        const std::string own = environment_name(s);
        const std::size_t section = s.name.find('.') + std::string_view("FLEET_").size() + 1;
        if (name.substr(0, section) == std::string_view(own).substr(0, section)) return true;
    }
    return false;
}

}  // namespace

Config::Config() {
    for (const Setting& s : settings()) {
        auto value = parse_value(s, s.fallback);
        FLEET_CHECK(value);
        entries_[static_cast<std::size_t>(s.key)] = {std::move(value).value(), "default"};
    }
}

Result<Config> Config::load(const ConfigSources& sources) {
    // The data directory decides which file is read, so it is looked up first.
    Config bootstrap;
    FLEET_TRY_VOID(bootstrap.read_environment(sources.environment));
    for (const SettingFlag& f : sources.flags)
        if (f.key == Key::data_dir)
            FLEET_TRY_VOID(bootstrap.set(setting(f.key), f.text, "flag " + f.flag));

    Config config;
    if (sources.file) {
        FLEET_TRY_VOID(config.read_file(*sources.file));
    } else {
        const auto path = std::filesystem::path(bootstrap.text(Key::data_dir)) / "fleet.toml";
        std::error_code error;
        if (std::filesystem::exists(path, error)) {
            FLEET_TRY_VOID(config.read_file(path));
            if (!config.is_default(Key::data_dir))
                return fail(Code::invalid_argument,
                            fmt::format("{}: data.dir cannot be set by a file inside the data "
                                        "directory; remove it, "
                                        "or name the file with --config",
                                        config.origin(Key::data_dir)));
        }
    }
    FLEET_TRY_VOID(config.read_environment(sources.environment));
    for (const SettingFlag& f : sources.flags)
        FLEET_TRY_VOID(config.set(setting(f.key), f.text, "flag " + f.flag));
    if (config.integer(Key::live_offline_after) < config.integer(Key::live_stale_after))
        return fail(
            Code::invalid_argument,
            fmt::format(
                "live.offline_after ({}, from {}) is shorter than live.stale_after ({}, from {})",
                config.shown(Key::live_offline_after), config.origin(Key::live_offline_after),
                config.shown(Key::live_stale_after), config.origin(Key::live_stale_after)));
    return config;
}

Result<void> Config::set(const Setting& setting, std::string_view text, std::string origin) {
    auto value = parse_value(setting, text);
    if (!value) return fail(value.error().within(origin));
    entries_[static_cast<std::size_t>(setting.key)] = {std::move(value).value(), std::move(origin)};
    return {};
}

Result<void> Config::read_file(const std::filesystem::path& path) {
    FLEET_TRY(const std::string text, read_text(path));
    toml::table table;
    try {
        table = toml::parse(text, path.string());
    } catch (const toml::parse_error& error) {
        return fail(Code::invalid_argument,
                    fmt::format("{}:{}:{}: {}", path.string(), error.source().begin.line,
                                error.source().begin.column, error.description()));
    }
    for (const auto& [section, node] : table) {
        const toml::table* keys = node.as_table();
        if (keys == nullptr)
            return fail(
                Code::invalid_argument,
                fmt::format("{}: '{}' stands outside a section{}", place(path, node.source()),
                            section.str(), did_you_mean(section.str(), setting_names())));
        if (keys->empty() &&
            std::none_of(settings().begin(), settings().end(), [&](const Setting& s) {
                return s.name.substr(0, s.name.find('.')) == section.str();
            }))
            return fail(Code::invalid_argument,
                        fmt::format("{}: unknown section '[{}]'", place(path, node.source()),
                                    section.str()));
        for (const auto& [key, value] : *keys) {
            const std::string name = fmt::format("{}.{}", section.str(), key.str());
            const std::string where = place(path, value.source());
            const Setting* found = find_setting(name);
            if (found == nullptr)
                return fail(Code::invalid_argument,
                            fmt::format("{}: unknown setting '{}'{}", where, name,
                                        did_you_mean(name, setting_names())));
            const auto written = text_of(value);
            if (!written)
                return fail(Code::invalid_argument,
                            fmt::format("{}: {} has a value of the wrong type: give {}", where,
                                        name, allowed_values(*found)));
            FLEET_TRY_VOID(set(*found, *written, where));
        }
    }
    return {};
}

Result<void> Config::read_environment(const std::map<std::string, std::string>& environment) {
    std::vector<std::string> known;
    for (const Setting& s : settings()) {
        const std::string long_name = environment_name(s);
        known.push_back(long_name);
        for (const std::string& name : {std::string(s.environment), long_name}) {
            const auto found = environment.find(name);
            // An empty variable is one that a script or a compose file left open.
            if (found == environment.end() || found->second.empty()) continue;
            FLEET_TRY_VOID(set(s, found->second, fmt::format("environment {}", name)));
        }
    }
    for (const auto& [name, value] : environment) {
        const bool ours =
            std::find(known.begin(), known.end(), name) != known.end() || name == "FLEET_DATA";
        if (!ours && names_a_section(name))
            return fail(Code::invalid_argument, fmt::format("environment: unknown setting '{}'{}",
                                                            name, did_you_mean(name, known)));
    }
    return {};
}

bool Config::boolean(Key key) const { return std::get<bool>(at(key).value); }
std::int64_t Config::integer(Key key) const { return std::get<std::int64_t>(at(key).value); }
const std::string& Config::text(Key key) const { return std::get<std::string>(at(key).value); }
const std::vector<std::string>& Config::list(Key key) const {
    return std::get<std::vector<std::string>>(at(key).value);
}

std::string Config::shown(Key key) const {
    const Setting& s = setting(key);
    std::string text = format_value(s, at(key).value);
    if (s.secret && !text.empty()) return "****";
    return text;
}

std::map<std::string, std::string> process_environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

}  // namespace fleet::app
