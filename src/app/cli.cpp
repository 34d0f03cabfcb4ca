// SPDX-License-Identifier: Apache-2.0
#include "app/cli.hpp"

#include "app/cli_options.hpp"
#include "app/cli_tree.hpp"
#include "app/quantity.hpp"
#include "app/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>

#ifndef FLEET_VERSION
#error "the build gives FLEET_VERSION"
#endif

namespace fleet::app {

CommandLine::CommandLine() {
    app_.get_formatter()->column_width(32);
    app_.get_formatter()->label("REQUIRED", "(required)");
    app_.require_subcommand(0, 1);
    app_.set_help_flag("-h,--help", "Show this and exit");
    app_.set_version_flag("--version", fmt::format("fleet {}", version()),
                          "Show the version and exit");
    app_.footer(
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some records were rejected.\n"
        "`fleet COMMAND --help` shows the options of a command; docs/configuration.md lists the "
        "settings.");
    add_run_commands();
    add_write_commands();
    add_synthetic_commands();
    add_device_commands();
    add_read_commands();
    add_control_commands();
    add_care_commands();
    add_cassandra_commands();
}

CLI::App* CommandLine::command(const char* name, const char* description, const char* group,
                               Command id) {
    CLI::App* app = command_in(&app_, name, description, id);
    app->group(group);
    return app;
}

CLI::App* CommandLine::command_in(CLI::App* parent, const char* name, const char* description,
                                  Command id) {
    CLI::App* app = parent->add_subcommand(name, description);
    app->set_help_flag("-h,--help", "Show this and exit");
    app->group("Commands");
    app->footer("");
    app->parse_complete_callback([this, id] {
        invocation_.command = id;
        chosen_ = true;
    });
    return app;
}

void CommandLine::common(CLI::App* app) {
    app->add_option("--config", invocation_.common.config,
                    "TOML file with settings (else fleet.toml in the data directory)")
        ->type_name("FILE");
    app->add_flag_callback(
        "--json", [this] { invocation_.common.output = Output::json; },
        "Print the result as one line of JSON");
    app->add_flag("-v,--verbose", invocation_.common.verbose, "Say more on the way");
}

CLI::Option* CommandLine::setting_option(CLI::App* app, const std::string& flag, Key key,
                                         const std::string& description) {
    const Setting& s = setting(key);
    auto* option = app->add_option_function<std::string>(
        flag,
        [this, flag, key](const std::string& text) {
            if (const auto value = parse_value(setting(key), text); !value)
                throw CLI::ValidationError(flag, value.error().message);
            invocation_.common.flags.push_back({key, flag, text});
        },
        description);
    static constexpr const char* kTypes[] = {"BOOL", "N",    "DURATION", "SIZE",
                                             "TEXT", "LIST", "NAME"};
    option->type_name(key == Key::data_dir ? "DIR" : kTypes[static_cast<std::size_t>(s.kind)]);
    return option->default_str(std::string(s.fallback));
}

void CommandLine::data_or_url(CLI::App* app, std::optional<std::string>& url) {
    setting_option(app, "--data", Key::data_dir, "Data directory");
    url_option(app, url);
}

void CommandLine::csv_flag(CLI::App* app) {
    app->add_flag_callback(
           "--csv", [this] { invocation_.common.output = Output::csv; }, "Print the result as CSV")
        ->excludes("--json");
}

void CommandLine::store_option(CLI::App* app) {
    setting_option(app, "--store", Key::store_kind, "local, or cassandra: copied to a cluster too");
}

CLI::Option* CommandLine::read_store_option(CLI::App* app, std::string& store) {
    return choice_option(app, "--store", store, {"local", "cassandra"},
                         "Where records are read from: the data directory, or a Cassandra cluster");
}

void CommandLine::decode_options(CLI::App* app, DecodeOptions& decode) {
    app->add_option_function<std::string>(
           "--format",
           [&decode](const std::string& text) {
               static const std::vector<std::string> kFormats{"auto", "csv", "ndjson", "influx"};
               if (text == "nmea")
                   throw CLI::ValidationError(
                       "--format", "nmea is not in this version; csv, ndjson and influx are");
               if (std::find(kFormats.begin(), kFormats.end(), text) == kFormats.end())
                   throw CLI::ValidationError(
                       "--format", fmt::format("'{}' is none of auto, csv, ndjson, influx{}", text,
                                               did_you_mean(text, kFormats)));
               decode.format = text;
           },
           "auto, csv, ndjson or influx (line protocol)")
        ->type_name("NAME")
        ->default_str("auto");
    app->add_option("--map", decode.map, "Which column is which field: col=field,…")
        ->join(',')
        ->type_name("COL=FIELD,…");
    choice_option(app, "--speed-unit", decode.speed_unit, {"kmh", "mph", "mps", "knots"},
                  "Unit of the speeds in the file");
    app->add_option("--time-zone", decode.time_zone, "Zone of times without one: UTC, +02:00")
        ->type_name("ZONE");
    app->add_option("--time-format", decode.time_format,
                    "Form of the times, for example %d/%m/%Y %H:%M:%S")
        ->type_name("FORM");
    app->add_flag("--keep-history", decode.keep_history,
                  "Take rows older than the retention, and keep them for ever");
}

void CommandLine::add_run_commands() {
    CLI::App* demo =
        command("demo", "Fill a demo with history, then drive it live", kRun, Command::demo);
    count_option(demo, "--vehicles", invocation_.demo.vehicles, 1, 100'000, "Vehicles");
    setting_option(demo, "--data", Key::data_dir, "Data directory")->default_str("fleet-data/demo");
    setting_option(demo, "--listen", Key::server_listen, "Address and port of the dashboard");
    demo->add_flag_callback(
        "--no-live", [this] { invocation_.demo.live = false; }, "Load the history, then stop");
    common(demo);
    demo->footer(
        "The dashboard is at http://localhost:8501. Started again, the demo goes on where it was.");

    CLI::App* serve =
        command("serve", "Take records and serve dashboard and API", kRun, Command::serve);
    setting_option(serve, "--data", Key::data_dir, "Data directory");
    setting_option(serve, "--listen", Key::server_listen, "Address and port");
    choice_option(serve, "--store", invocation_.serve.store, {"local", "cassandra"},
                  "cassandra: only show what a cluster holds, without data of its own");
    serve->footer(
        "With --store cassandra the node only shows, and needs no data directory: it reads what "
        "other "
        "nodes\nhave written to the cluster of the settings cassandra.*.");
    common(serve);
}

void CommandLine::add_write_commands() {
    CLI::App* load = command("load", "Load files: CSV, NDJSON, line protocol; plain, gz or zst",
                             kWrite, Command::load);
    load->add_option("FILE", invocation_.load.files,
                     "Files in the order in which they are loaded; - = standard input")
        ->required()
        ->type_name("");
    data_or_url(load, invocation_.load.url);
    load->add_option_function<std::string>(
            "--fleet",
            [this](const std::string& text) {
                check_id(text, "fleet");
                invocation_.load.fleet = text;
            },
            "Fleet of new devices whose rows name none")
        ->type_name("ID")
        ->default_str("default");
    decode_options(load, invocation_.load.decode);
    setting_option(load, "--batch-size", Key::write_batch_size,
                   "Rows in one write, with --url or --rate");
    rate_option(load, "--rate", invocation_.load.rate, "0",
                "Rows a second, 0 = as fast as it goes");
    setting_option(load, "--write-mode", Key::write_mode, "batch or async, with --url or --rate");
    store_option(load);
    common(load);
    load->footer(
        "Good rows are stored, bad rows go to the quarantine with the reason (exit code 3).");
}

void CommandLine::add_synthetic_commands() {
    CLI::App* batch = command("batch", "Write batches of generated records, with metrics", kWrite,
                              Command::batch);
    count_option(batch, "--batches", invocation_.batch.batches, 1, 1'000'000, "Batches");
    count_option(batch, "--size", invocation_.batch.size, 1, 10'000, "Records in a batch");
    rate_option(batch, "--rate-limit", invocation_.batch.rate, "1/s",
                "Batches a second, 0 = no limit");
    count_option(batch, "--devices", invocation_.batch.devices, 1, 100'000,
                 "Devices that the records are of");
    id_option(batch, "--fleet", invocation_.batch.fleet, "fleet", "Fleet of the devices")
        ->default_str("default");
    id_option(batch, "--device-prefix", invocation_.batch.device_prefix, "device",
              "Begin of the devices' ids")
        ->default_str("V-");
    batch->add_option("--seed", invocation_.batch.seed, "Seed of the generator")
        ->type_name("N")
        ->default_str("1");
    data_or_url(batch, invocation_.batch.url);
    setting_option(batch, "--write-mode", Key::write_mode, "batch or async");
    store_option(batch);
    common(batch);

    CLI::App* stream =
        command("stream", "Write one generated record a device at every tick, with metrics", kWrite,
                Command::stream);
    count_option(stream, "--devices", invocation_.stream.devices, 1, 100'000, "Devices");
    duration_option(stream, "--interval", invocation_.stream.interval_ms, 10, "Time between ticks");
    duration_option(stream, "--duration", invocation_.stream.duration_ms, 10, "How long");
    id_option(stream, "--fleet", invocation_.stream.fleet, "fleet", "Fleet of the devices")
        ->default_str("default");
    id_option(stream, "--device-prefix", invocation_.stream.device_prefix, "device",
              "Begin of the devices' ids")
        ->default_str("V-");
    stream->add_option("--seed", invocation_.stream.seed, "Seed of the generator")
        ->type_name("N")
        ->default_str("1");
    data_or_url(stream, invocation_.stream.url);
    setting_option(stream, "--write-mode", Key::write_mode, "batch or async");
    store_option(stream);
    common(stream);

    CLI::App* generate =
        command("generate", "Write a file of plausible records, the truth beside it", kWrite,
                Command::generate);
    count_option(generate, "--vehicles", invocation_.generate.vehicles, 1, 1'000'000, "Vehicles");
    time_option(generate, "--from", invocation_.generate.from, "Start, inclusive")->required();
    time_option(generate, "--to", invocation_.generate.to, "End, exclusive")->default_str("now");
    duration_option(generate, "--interval", invocation_.generate.interval_ms, 100,
                    "Time between records of a vehicle");
    generate->add_option("--seed", invocation_.generate.seed, "Same seed, same file")
        ->type_name("N")
        ->default_str("1");
    id_option(generate, "--fleet", invocation_.generate.fleet, "fleet",
              "Fleet of all vehicles (else three fleets)");
    id_option(generate, "--device-prefix", invocation_.generate.device_prefix, "device",
              "Begin of the devices' ids")
        ->default_str("V-");
    generate
        ->add_option("--fields", invocation_.generate.fields,
                     "Fields of a record (else all): lat,lon,speed_kmh,…")
        ->type_name("LIST");
    generate
        ->add_option("--moving-share", invocation_.generate.moving_share,
                     "Share of the day that a vehicle is on its way")
        ->check(CLI::Range(0.05, 0.8))
        ->type_name("SHARE")
        ->default_str("0.6");
    generate->add_flag_callback(
        "--no-anomalies", [this] { invocation_.generate.anomalies = false; }, "Plant no anomalies");
    generate
        ->add_option("--out", invocation_.generate.out,
                     "File: .csv or .ndjson, and .gz or .zst behind it; - = standard output")
        ->required()
        ->type_name("FILE");
    generate
        ->add_option("--truth", invocation_.generate.truth,
                     "File for what is true about the records")
        ->type_name("FILE");
    generate->add_flag("--dirty", invocation_.generate.dirty,
                       "Plant faults of every kind, duplicates and conflicts");
    common(generate);
}

const CLI::App* CommandLine::innermost() const {
    const CLI::App* app = &app_;
    for (auto chosen = app->get_subcommands(); !chosen.empty(); chosen = app->get_subcommands())
        app = chosen.front();
    return app;
}

/// "fleet quarantine list"
std::string path_of(const CLI::App* app) {
    std::string path;
    for (; app != nullptr; app = app->get_parent())
        path.insert(0, path.empty() ? app->get_name() : fmt::format("{} ", app->get_name()));
    return path;
}

CliAnswer CommandLine::usage_error(const std::string& message) const {
    return {ExitCode::usage,
            fmt::format("fleet: {}\nSee `{} --help`.\n", message, path_of(innermost()))};
}

std::vector<std::string> names_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(sub->get_name());
    return names;
}

std::vector<std::string> flags_of(const CLI::App& app) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    return flags;
}

std::variant<Invocation, CliAnswer> CommandLine::parse(std::vector<std::string> arguments) {
    if (arguments.empty()) return CliAnswer{ExitCode::usage, app_.help()};
    std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 wants
    try {
        app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        const CLI::App* app = innermost();
        return CliAnswer{ExitCode::ok, app->help(path_of(app->get_parent()))};
    } catch (const CLI::CallForVersion&) {
        return CliAnswer{ExitCode::ok, fmt::format("fleet {}\n", version())};
    } catch (const CLI::ExtrasError&) {
        const CLI::App* app = innermost();
        auto extras = app->remaining();
        if (extras.empty()) extras = app_.remaining(true);
        const std::string extra = extras.empty() ? std::string() : extras.front();
        if (extra.rfind('-', 0) == 0) {
            const std::string flag = extra.substr(0, extra.find('='));
            return usage_error(
                fmt::format("unknown option '{}'{}", flag, did_you_mean(flag, flags_of(*app))));
        }
        if (const auto names = names_of(*app); !names.empty())
            return usage_error(
                fmt::format("unknown command '{}'{}", extra, did_you_mean(extra, names)));
        return usage_error(fmt::format("unexpected argument '{}'", extra));
    } catch (const CLI::ParseError& error) {
        return usage_error(error.what());
    }
    if (!chosen_)
        return usage_error(
            fmt::format("a command is missing: {}", fmt::join(names_of(*innermost()), ", ")));
    return invocation_;
}

std::variant<Invocation, CliAnswer> parse_command_line(std::vector<std::string> arguments) {
    return CommandLine().parse(std::move(arguments));
}

std::optional<Timestamp> parse_time_argument(std::string_view text, Timestamp now) {
    if (const auto instant = parse_rfc3339(text)) return instant;
    if (const auto day = parse_day(text)) return day->begin();
    if (text.substr(0, 3) != "now") return std::nullopt;
    text.remove_prefix(3);
    if (text.empty()) return now;
    const char sign = text.front();
    const auto offset = parse_duration_ms(text.substr(1));
    if (!offset || (sign != '-' && sign != '+')) return std::nullopt;
    return Timestamp{sign == '-' ? now.ms - *offset : now.ms + *offset};
}

std::string_view version() noexcept { return FLEET_VERSION; }

}  // namespace fleet::app
