// SPDX-License-Identifier: Apache-2.0
#include "app/cli_options.hpp"

#include "app/quantity.hpp"
#include "app/suggest.hpp"
#include "base/time.hpp"
#include "model/record.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fleet::app {

void check_id(const std::string& text, const char* what) {
    if (!model::is_valid_id(text))
        throw CLI::ValidationError(
            what,
            fmt::format("'{}' is no {} id: 1 to 64 characters of A-Z a-z 0-9 . _ : -", text, what));
}

CLI::Option* duration_option(CLI::App* app, const std::string& flag, std::int64_t& target_ms,
                             std::int64_t min_ms, const std::string& description) {
    auto* option = app->add_option_function<std::string>(
        flag,
        [flag, &target_ms, min_ms](const std::string& text) {
            const auto value = parse_duration_ms(text);
            if (!value || *value < min_ms)
                throw CLI::ValidationError(
                    flag,
                    fmt::format("'{}' is no duration of at least {}; write 500ms, 30s, 5m or 12h",
                                text, format_duration_ms(min_ms)));
            target_ms = *value;
        },
        description);
    return option->default_str(format_duration_ms(target_ms))->type_name("DURATION");
}

CLI::Option* count_option(CLI::App* app, const std::string& flag, std::int64_t& target,
                          std::int64_t min, std::int64_t max, const std::string& description) {
    auto* option = app->add_option_function<std::string>(
        flag,
        [flag, &target, min, max](const std::string& text) {
            const auto value = parse_integer(text);
            if (!value || *value < min || *value > max)
                throw CLI::ValidationError(
                    flag, fmt::format("'{}' is no whole number from {} to {}", text, min, max));
            target = *value;
        },
        description);
    return option->default_str(fmt::format("{}", target))->type_name("N");
}

CLI::Option* rate_option(CLI::App* app, const std::string& flag, double& target,
                         const std::string& shown, const std::string& description) {
    auto* option = app->add_option_function<std::string>(
        flag,
        [flag, &target](const std::string& text) {
            const auto value = parse_rate(text);
            if (!value)
                throw CLI::ValidationError(
                    flag,
                    fmt::format("'{}' is no rate; write 10, 1/s or 600/m, 0 = no limit", text));
            target = *value;
        },
        description);
    return option->default_str(shown)->type_name("RATE");
}

CLI::Option* time_option(CLI::App* app, const std::string& flag, std::string& target,
                         const std::string& description) {
    return app
        ->add_option_function<std::string>(
            flag,
            [flag, &target](const std::string& text) {
                if (!parse_time_argument(text, Timestamp{kMaxMs / 2}))
                    throw CLI::ValidationError(flag,
                                               fmt::format("'{}' is no time; write 2026-01-31, "
                                                           "2026-01-31T08:00:00Z, now or now-24h",
                                                           text));
                target = text;
            },
            description)
        ->type_name("TIME");
}

CLI::Option* day_option(CLI::App* app, std::string& target, const std::string& description,
                        const std::string& flag) {
    return app
        ->add_option_function<std::string>(
            flag,
            [&target, flag](const std::string& text) {
                if (!parse_day(text))
                    throw CLI::ValidationError(
                        flag, fmt::format("'{}' is no day; write 2026-01-31", text));
                target = text;
            },
            description)
        ->type_name("DAY");
}

CLI::Option* id_option(CLI::App* app, const std::string& flag, std::string& target,
                       const char* what, const std::string& description) {
    return app
        ->add_option_function<std::string>(
            flag,
            [&target, what](const std::string& text) {
                check_id(text, what);
                target = text;
            },
            description)
        ->type_name("ID");
}

CLI::Option* choice_option(CLI::App* app, const std::string& flag, std::string& target,
                           const std::vector<std::string>& choices,
                           const std::string& description) {
    return app
        ->add_option_function<std::string>(
            flag,
            [flag, &target, choices](const std::string& text) {
                if (std::find(choices.begin(), choices.end(), text) == choices.end())
                    throw CLI::ValidationError(
                        flag, fmt::format("'{}' is none of {}{}", text, fmt::join(choices, ", "),
                                          did_you_mean(text, choices)));
                target = text;
            },
            description)
        ->type_name("NAME")
        ->default_str(target);
}

void url_option(CLI::App* app, std::optional<std::string>& url) {
    app->add_option_function<std::string>(
           "--url",
           [&url](const std::string& text) {
               if (text.rfind("https://", 0) == 0)
                   throw CLI::ValidationError("--url",
                                              "https is not offered in this version; use http");
               if (text.rfind("http://", 0) != 0)
                   throw CLI::ValidationError(
                       "--url",
                       fmt::format("'{}' is no address; write http://127.0.0.1:8501", text));
               url = text;
           },
           "A running server instead of the data directory")
        ->type_name("URL");
}

}  // namespace fleet::app
