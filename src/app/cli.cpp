// SPDX-License-Identifier: Apache-2.0
#include "app/cli.hpp"

#include "app/cli_options.hpp"
#include "app/quantity.hpp"
#include "app/suggest.hpp"
#include "model/record.hpp"
#include "model/rule.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>

#ifndef FLEET_VERSION
#error "the build gives FLEET_VERSION"
#endif

namespace fleet::app {

namespace {

constexpr const char* kRun = "Run";
constexpr const char* kWrite = "Write";
constexpr const char* kRead = "Read";
constexpr const char* kControl = "Zones and rules";
constexpr const char* kCare = "Care";

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
    void decode_options(CLI::App* app, DecodeOptions& decode);
    void add_run_commands();
    void add_write_commands();
    void add_synthetic_commands();
    void add_read_commands();
    void add_control_commands();
    void add_care_commands();
    CliAnswer usage_error(const std::string& message) const;
    [[nodiscard]] const CLI::App* innermost() const;

    Invocation invocation_;
    bool chosen_ = false;
    CLI::App app_{
        "Fleet Tracing: takes positions and telemetry of vehicles, loses nothing, shows them live.",
        "fleet"};
};

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
    add_read_commands();
    add_control_commands();
    add_care_commands();
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
    app->add_option_function<std::string>(
           "--store",
           [](const std::string& text) {
               if (text == "cassandra")
                   throw CLI::ValidationError("--store",
                                              "cassandra is not in this version; leave --store out "
                                              "for the embedded store");
               if (text != "local")
                   throw CLI::ValidationError(
                       "--store", fmt::format("'{}' is no store; the one there is: local", text));
           },
           "Where records are kept")
        ->type_name("NAME")
        ->default_str("local");
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
    store_option(serve);
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

void CommandLine::add_read_commands() {
    ReadOptions& read = invocation_.read;
    const auto device = [&](CLI::App* app, bool required) {
        auto* option = id_option(app, "DEVICE", read.device, "device", "Device");
        option->type_name("");
        if (required) option->required();
        return option;
    };
    const auto finish = [&](CLI::App* app) {
        data_or_url(app, read.url);
        csv_flag(app);
    };

    CLI::App* devices =
        command("devices", "Devices of a fleet, or of all fleets", kRead, Command::devices);
    id_option(devices, "--fleet", read.fleet, "fleet", "Fleet (else all)");
    common(devices);
    finish(devices);

    CLI::App* latest = command("latest", "Newest state of a device, a fleet or all fleets", kRead,
                               Command::latest);
    auto* of_device = device(latest, false);
    id_option(latest, "--fleet", read.fleet, "fleet", "Fleet (else all)")->excludes(of_device);
    day_option(latest, read.day, "State at the end of this UTC day instead of now")
        ->excludes(of_device);
    common(latest);
    finish(latest);

    CLI::App* history = command("history", "Records of a device", kRead, Command::history);
    device(history, true);
    day_option(history, read.day, "One UTC day");
    time_option(history, "--from", read.from, "Start, inclusive")->excludes("--day");
    time_option(history, "--to", read.to, "End, exclusive")->excludes("--day");
    count_option(history, "--limit", read.limit, 1, 1'000'000'000, "Most records");
    choice_option(history, "--order", read.order, {"asc", "desc"}, "asc = oldest first");
    common(history);
    finish(history);

    CLI::App* analytics =
        command("analytics", "Hours of a day of a fleet", kRead, Command::analytics);
    id_option(analytics, "--fleet", read.fleet, "fleet",
              "Fleet (may be left out if there is one only)");
    day_option(analytics, read.day, "UTC day (else today)");
    common(analytics);
    finish(analytics);

    const auto range = [&](CLI::App* app) {
        day_option(app, read.day, "Those that start on this UTC day");
        time_option(app, "--from", read.from, "Start, inclusive")->excludes("--day");
        time_option(app, "--to", read.to, "End, exclusive")->excludes("--day");
    };
    CLI::App* trips = command("trips", "Trips of a device, oldest first", kRead, Command::trips);
    CLI::App* stops = command("stops", "Stops of a device, oldest first", kRead, Command::stops);
    for (CLI::App* app : {trips, stops}) {
        id_option(app, "--device", read.device, "device", "Device")->required();
        range(app);
        count_option(app, "--limit", read.limit, 1, 1'000'000'000,
                     app == trips ? "Most trips" : "Most stops");
        common(app);
        finish(app);
    }

    CLI::App* alerts = command("alerts", "Alerts of a fleet, or of all fleets, newest first", kRead,
                               Command::alerts);
    id_option(alerts, "--fleet", read.fleet, "fleet", "Fleet (else all)");
    id_option(alerts, "--device", read.device, "device", "Only of this device")->needs("--fleet");
    range(alerts);
    choice_option(alerts, "--severity", read.severity, {"HIGH", "MEDIUM", "LOW"},
                  "Only of this severity");
    std::vector<std::string> types;
    for (std::size_t i = 0; i < model::kRuleTypeCount; ++i)
        types.emplace_back(name_of(static_cast<model::RuleType>(i)));
    choice_option(alerts, "--type", read.type, types, "Only of this type");
    choice_option(alerts, "--state", read.state, {"OPEN", "ACKNOWLEDGED", "RESOLVED"},
                  "Only in this state");
    alerts->add_flag("--retracted", read.retracted, "Also those that late data took back");
    count_option(alerts, "--limit", read.limit, 1, 1'000'000'000, "Most alerts");
    common(alerts);
    finish(alerts);

    CLI::App* track = command("export", "Records of a device as CSV, GeoJSON, GPX or NDJSON", kRead,
                              Command::export_track);
    id_option(track, "--device", read.device, "device", "Device")->required();
    time_option(track, "--from", read.from, "Start, inclusive (else the first record)");
    time_option(track, "--to", read.to, "End, exclusive (else the last record)");
    choice_option(track, "--format", read.format, {"csv", "geojson", "gpx", "ndjson"},
                  "Form of the file");
    track->add_option("--out", read.out, "File; - = standard output")
        ->type_name("FILE")
        ->default_str("-");
    common(track);
    data_or_url(track, read.url);
}

void CommandLine::add_control_commands() {
    ControlOptions& options = invocation_.control;
    const auto group = [&](const char* name, const char* description) {
        CLI::App* app = app_.add_subcommand(name, description);
        app->group(kControl);
        app->footer("");
        app->require_subcommand(0, 1);
        app->set_help_flag("-h,--help", "Show this and exit");
        return app;
    };
    const auto finish = [&](CLI::App* app, bool csv) {
        data_or_url(app, options.url);
        common(app);
        if (csv) csv_flag(app);
    };
    const auto recompute = [&](CLI::App* app) {
        time_option(app, "--recompute", options.recompute,
                    "What changes holds from this time on (else from now)");
    };
    const auto import = [&](CLI::App* parent, const char* description, Command id) {
        CLI::App* app = command_in(parent, "import", description, id);
        app->add_option("FILE", options.file, "File; - = standard input")
            ->required()
            ->type_name("");
        recompute(app);
        finish(app, false);
        app->footer(
            "All of the file is taken or nothing. What has the same name is replaced, all else "
            "stays.\nNew ones hold for all stored history, which is judged again.");
    };
    const auto remove = [&](CLI::App* parent, const char* description, const char* what,
                            Command id) {
        CLI::App* app = command_in(parent, "remove", description, id);
        id_option(app, "NAME", options.name, what, "Which one")->required()->type_name("");
        recompute(app);
        finish(app, false);
    };

    CLI::App* zone = group("zone", "Zones: import, list, locate, remove");
    import(zone, "Take zones from a GeoJSON file", Command::zone_import);
    finish(command_in(zone, "list", "Zones, by id", Command::zone_list), true);
    CLI::App* locate =
        command_in(zone, "locate", "Say which zones hold given points", Command::zone_locate);
    locate
        ->add_option("--points", options.file,
                     "CSV with the columns id, lat, lon; - = standard input")
        ->required()
        ->type_name("FILE");
    finish(locate, true);
    locate->footer("The result is CSV: id,lat,lon,zones, the zones' ids joined by |.");
    remove(zone, "Remove a zone that no rule names", "zone", Command::zone_remove);

    CLI::App* rule = group("rule", "Rules: import, list, remove");
    import(rule, "Take rules from a TOML file", Command::rule_import);
    finish(command_in(rule, "list", "Rules, by name, built-in ones too", Command::rule_list), true);
    remove(rule, "Remove a rule", "rule", Command::rule_remove);
}

void CommandLine::add_care_commands() {
    QuarantineOptions& options = invocation_.quarantine;
    CLI::App* quarantine =
        app_.add_subcommand("quarantine", "Records that were rejected: list, show, redrive");
    quarantine->group(kCare);
    quarantine->footer("");
    quarantine->require_subcommand(0, 1);
    quarantine->set_help_flag("-h,--help", "Show this and exit");

    CLI::App* list =
        command_in(quarantine, "list", "List them, oldest first", Command::quarantine_list);
    list->add_option("--after", options.after, "Begin after this id")
        ->type_name("ID")
        ->default_str("0");
    count_option(list, "--limit", options.limit, 1, 1'000'000, "Most entries");
    setting_option(list, "--data", Key::data_dir, "Data directory");
    common(list);
    csv_flag(list);

    CLI::App* show =
        command_in(quarantine, "show", "Show one with its raw bytes", Command::quarantine_show);
    show->add_option("ID", options.ids, "Number from `fleet quarantine list`")
        ->required()
        ->expected(1)
        ->type_name("");
    setting_option(show, "--data", Key::data_dir, "Data directory");
    common(show);

    CLI::App* redrive = command_in(quarantine, "redrive", "Try them again, with other options",
                                   Command::quarantine_redrive);
    auto* ids = redrive->add_option("ID", options.ids, "Numbers from `fleet quarantine list`")
                    ->type_name("");
    redrive->add_flag("--all", options.all, "All of them")->excludes(ids);
    decode_options(redrive, options.decode);
    redrive->add_option("--header", options.header, "Header of CSV rows that were kept without one")
        ->type_name("TEXT");
    id_option(redrive, "--fleet", options.fleet, "fleet",
              "Fleet of new devices whose rows name none")
        ->default_str("default");
    setting_option(redrive, "--data", Key::data_dir, "Data directory");
    common(redrive);

    CLI::App* verify = command("verify", "Recompute everything from the records and compare", kCare,
                               Command::verify);
    verify->add_flag("--rebuild", invocation_.verify.rebuild,
                     "Write what was recomputed where it differs");
    setting_option(verify, "--data", Key::data_dir, "Data directory");
    common(verify);

    CLI::App* backup =
        command("backup", "Copy the data directory, and check the copy", kCare, Command::backup);
    backup->add_option("DIR", invocation_.backup.path, "New directory for the copy")
        ->required()
        ->type_name("");
    setting_option(backup, "--data", Key::data_dir, "Data directory");
    common(backup);

    CLI::App* restore = command("restore", "Make a data directory out of a backup, and check it",
                                kCare, Command::restore);
    restore->add_option("DIR", invocation_.backup.path, "Directory that `fleet backup` made")
        ->required()
        ->type_name("");
    setting_option(restore, "--data", Key::data_dir, "New data directory");
    common(restore);

    CLI::App* config = app_.add_subcommand("config", "Settings: show");
    config->group(kCare);
    config->footer("");
    config->require_subcommand(0, 1);
    config->set_help_flag("-h,--help", "Show this and exit");
    CLI::App* config_show = command_in(
        config, "show", "Effective settings and where each comes from", Command::config_show);
    config_show->add_flag("--markdown", invocation_.config_markdown,
                          "Every setting with its meaning, as in docs/configuration.md");
    setting_option(config_show, "--data", Key::data_dir, "Data directory");
    common(config_show);
    csv_flag(config_show);
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

}  // namespace

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
