// SPDX-License-Identifier: Apache-2.0
// Commands that read, that manage zones and rules, and that take care of the data directory.
#include "app/cli_options.hpp"
#include "app/cli_tree.hpp"
#include "model/record.hpp"
#include "model/rule.hpp"
#include "store/series.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fleet::app {

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
        read_store_option(app, read.store)->excludes("--url");
        csv_flag(app);
    };

    CLI::App* latest = command("latest", "Newest state of a device, a fleet or all fleets", kRead,
                               Command::latest);
    auto* of_device = device(latest, false);
    id_option(latest, "--fleet", read.fleet, "fleet", "Fleet (else all)")->excludes(of_device);
    day_option(latest, read.day, "State at the end of this UTC day instead of now")
        ->excludes(of_device);
    time_option(latest, "--at", read.at, "State at this instant instead of now")
        ->excludes(of_device)
        ->excludes("--day");
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
    history->add_flag("--trace", read.trace, "Show how the cluster answered")->needs("--store");

    CLI::App* series = command("series", "One metric of a device over time: least, most and mean",
                               kRead, Command::series);
    id_option(series, "--device", read.device, "device", "Device")->required();
    std::vector<std::string> metrics;
    for (const model::FieldInfo& f : model::kFields)
        if (store::is_series_metric(f.field)) metrics.emplace_back(f.name);
    choice_option(series, "--metric", read.metric, metrics,
                  fmt::format("{}", fmt::join(metrics, ", ")))
        ->required();
    day_option(series, read.day, "One UTC day");
    time_option(series, "--from", read.from, "Start, inclusive (else the first record)")
        ->excludes("--day");
    time_option(series, "--to", read.to, "End, exclusive (else the last record)")
        ->excludes("--day");
    count_option(series, "--points", read.points, 1, 5'000,
                 "Most buckets; the least round width that gives no more is taken");
    common(series);
    finish(series);

    CLI::App* scan =
        command("scan", "Records of whole fleets that meet conditions", kRead, Command::scan);
    id_option(scan, "--fleet", read.fleet, "fleet", "Fleet (else all)");
    scan->add_option("--where", read.where,
                     "Condition such as 'speed_kmh>90': a field, one of < <= = >= >, a number. "
                     "May be repeated; all must hold")
        ->type_name("CONDITION")
        ->take_all();
    choice_option(scan, "--metric", read.metric, metrics,
                  "Least, largest and mean value by device and day instead of records");
    day_option(scan, read.day, "One UTC day");
    time_option(scan, "--from", read.from, "Start, inclusive")->excludes("--day");
    time_option(scan, "--to", read.to, "End, exclusive")->excludes("--day");
    count_option(scan, "--limit", read.limit, 1, 1'000'000'000, "Most records of each fleet");
    common(scan);
    finish(scan);

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
    read_store_option(track, read.store)->excludes("--url");
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

    EraseOptions& erase = invocation_.erase;
    CLI::App* eraser = command("erase", "Erase a device, or its records of a period, for ever",
                               kCare, Command::erase);
    id_option(eraser, "--device", erase.device, "device", "Device")->required();
    time_option(eraser, "--from", erase.from, "Start, inclusive (else the first record)");
    time_option(eraser, "--to", erase.to, "End, exclusive (else the last record)");
    eraser->add_flag("--yes", erase.yes, "Do not ask");
    data_or_url(eraser, erase.url);
    common(eraser);
    eraser->footer(
        "Without --from and --to: all that is known of the device, and its registration.\nBackups "
        "that were made before still hold it: see `fleet restore --erasures-of`.");

    CLI::App* backup = command("backup",
                               "Copy the data directory, also of a running server, and "
                               "check the copy",
                               kCare, Command::backup);
    backup
        ->add_option("DIR", invocation_.backup.path,
                     "New directory for the copy; with --url: its name in the server's backup.dir "
                     "(else the time)")
        ->type_name("");
    data_or_url(backup, invocation_.backup.url);
    common(backup);

    CLI::App* restore = command("restore", "Make a data directory out of a backup, and check it",
                                kCare, Command::restore);
    restore->add_option("DIR", invocation_.backup.path, "Directory that `fleet backup` made")
        ->required()
        ->type_name("");
    setting_option(restore, "--data", Key::data_dir, "New data directory");
    restore
        ->add_option_function<std::string>(
            "--erasures-of",
            [this](const std::string& dir) { invocation_.backup.erasures_of = dir; },
            "Repeat the erasures of this data directory, which are newer than the backup")
        ->type_name("DIR");
    common(restore);

    CLI::App* notify = app_.add_subcommand("notify", "Notifications of alerts: test");
    notify->group(kCare);
    notify->footer("");
    notify->require_subcommand(0, 1);
    notify->set_help_flag("-h,--help", "Show this and exit");
    CLI::App* notify_test =
        command_in(notify, "test", "Send a test notification to every channel that is configured",
                   Command::notify_test);
    setting_option(notify_test, "--data", Key::data_dir, "Data directory, for its fleet.toml");
    common(notify_test);

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

}  // namespace fleet::app
