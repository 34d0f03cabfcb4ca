// SPDX-License-Identifier: Apache-2.0
#include "app/cli.hpp"

#include <gtest/gtest.h>

namespace fleet::app {
namespace {

std::vector<std::string> words(std::string_view line) {
    std::vector<std::string> out;
    while (!line.empty()) {
        const std::size_t at = line.find(' ');
        if (at != 0) out.emplace_back(line.substr(0, at));
        if (at == std::string_view::npos) break;
        line.remove_prefix(at + 1);
    }
    return out;
}

Invocation invocation(std::string_view line) {
    auto parsed = parse_command_line(words(line));
    if (const auto* answer = std::get_if<CliAnswer>(&parsed)) {
        ADD_FAILURE() << line << ": " << answer->text;
        return {};
    }
    return std::get<Invocation>(std::move(parsed));
}

TEST(CommandLine, TheSchemaOfAnotherClusterNamesItsNodes) {
    EXPECT_FALSE(invocation("cassandra schema --dir d").cassandra.given_cluster);
    const Invocation given = invocation("cassandra schema --hosts a,b:9043");
    EXPECT_TRUE(given.cassandra.given_cluster);
    ASSERT_EQ(given.common.flags.size(), 1u);
    EXPECT_EQ(given.common.flags[0].key, Key::cassandra_hosts);
}

TEST(CommandLine, EveryCommandIsUnderstood) {
    const std::pair<const char*, Command> rows[] = {
        {"demo --vehicles 5 --no-live", Command::demo},
        {"serve --listen 127.0.0.1:0 --data d", Command::serve},
        {"load a.csv b.csv.gz --fleet f --map x=lat,y=lon", Command::load},
        {"batch --batches 2 --size 10 --rate-limit 0", Command::batch},
        {"stream --devices 3 --interval 500ms --duration 2s", Command::stream},
        {"generate --vehicles 2 --from 2026-01-01 --to 2026-01-02 --out x.csv", Command::generate},
        {"devices --fleet f --csv", Command::devices},
        {"latest V-1 --json", Command::latest},
        {"latest --fleet f --day 2026-01-01", Command::latest},
        {"devices add --device V-1 --fleet f --plate AB --disabled", Command::devices_add},
        {"devices set --device V-1 --name Blue --enabled false", Command::devices_set},
        {"devices move --device V-1 --to g --from 2026-11-20", Command::devices_move},
        {"devices import vans.csv --url http://127.0.0.1:1", Command::devices_import},
        {"history V-1 --day 2026-01-01", Command::history},
        {"series --device V-1 --metric speed_kmh --points 24 --day 2026-01-01", Command::series},
        {"analytics --fleet f --day 2026-01-01", Command::analytics},
        {"trips --device V-1 --day 2026-01-01", Command::trips},
        {"stops --device V-1 --from 2026-01-01 --csv", Command::stops},
        {"alerts --fleet f --device V-1 --severity HIGH --retracted", Command::alerts},
        {"export --device V-1 --format gpx", Command::export_track},
        {"quarantine list", Command::quarantine_list},
        {"quarantine show 7", Command::quarantine_show},
        {"quarantine redrive --all", Command::quarantine_redrive},
        {"zone import z.geojson --recompute now-24h", Command::zone_import},
        {"zone list --csv", Command::zone_list},
        {"zone locate --points - --json", Command::zone_locate},
        {"zone remove 75 --url http://127.0.0.1:1", Command::zone_remove},
        {"rule import r.toml --data d", Command::rule_import},
        {"rule list --json", Command::rule_list},
        {"rule remove over-90", Command::rule_remove},
        {"verify --rebuild", Command::verify},
        {"backup copies/monday", Command::backup},
        {"serve --store cassandra", Command::serve},
        {"latest --store cassandra", Command::latest},
        {"history V-1 --store cassandra --trace", Command::history},
        {"cassandra slow --least 500 --limit 3", Command::cassandra_slow},
        {"restore copies/monday --data d", Command::restore},
        {"notify test --json", Command::notify_test},
        {"restore copies/monday --data d --erasures-of old", Command::restore},
        {"backup --url http://127.0.0.1:1", Command::backup},
        {"erase --device V-1 --from 2026-11-24 --to 2026-11-25 --yes", Command::erase},
        {"config show --json", Command::config_show},
    };
    for (const auto& [line, command] : rows) EXPECT_EQ(invocation(line).command, command) << line;
}

TEST(CommandLine, ValuesArrive) {
    const Invocation load = invocation(
        "load - --map lat=lat --map Date+Time=ts a.csv --rate 100/s --keep-history --speed-unit "
        "mph --json");
    EXPECT_EQ(load.load.files, (std::vector<std::string>{"-", "a.csv"}));
    EXPECT_EQ(load.load.decode.map, "lat=lat,Date+Time=ts");
    EXPECT_EQ(load.load.rate, 100);
    EXPECT_TRUE(load.load.decode.keep_history);
    EXPECT_EQ(load.load.decode.speed_unit, "mph");
    EXPECT_EQ(load.common.output, Output::json);

    const Invocation stream = invocation("stream --duration 2m --url http://127.0.0.1:1");
    EXPECT_EQ(stream.stream.duration_ms, 120'000);
    EXPECT_EQ(stream.stream.interval_ms, 5'000);
    EXPECT_EQ(stream.stream.devices, 10);
    EXPECT_EQ(stream.stream.url, "http://127.0.0.1:1");

    const Invocation serve = invocation("serve --listen 127.0.0.1:9 --data here");
    ASSERT_EQ(serve.common.flags.size(), 2U);
    EXPECT_EQ(invocation("batch").batch.rate, 1);
    EXPECT_EQ(invocation("batch").batch.batches, 50);
}

struct Wrong {
    const char* line;
    std::vector<const char*> parts;
};

TEST(CommandLine, AWrongOneSaysWhatAndTheNearestName) {
    const Wrong rows[] = {
        {"laod a.csv", {"unknown command 'laod'", "did you mean 'load'?"}},
        {"erase", {"--device"}},
        {"erase --device a#b", {"no device id"}},
        {"erase --device V-1 --from soon", {"--from"}},
        {"quarantine lst", {"did you mean 'list'?", "fleet quarantine --help"}},
        {"quarantine", {"a command is missing", "list, show, redrive"}},
        {"load", {"FILE"}},
        {"load a.csv --flet x",
         {"unknown option '--flet'", "did you mean '--fleet'?", "fleet load --help"}},
        {"load a.csv --format cvs", {"did you mean 'csv'?"}},
        {"load a.csv --format nmea", {"not in this version"}},
        {"load a.csv --store elsewhere", {"local or cassandra"}},
        {"latest --store mysql", {"local", "cassandra"}},
        {"latest --store cassandra --url http://localhost:1", {"--url"}},
        {"history V-1 --trace", {"--store"}},
        {"load a.csv --fleet a#b", {"no fleet id"}},
        {"load a.csv --url ftp://x", {"http://"}},
        {"load a.csv --url https://x", {"https"}},
        {"load a.csv --batch-size 0", {"from 1 to 100000"}},
        {"stream --interval soon", {"no duration"}},
        {"stream --devices many", {"no whole number"}},
        {"batch --rate-limit fast", {"no rate"}},
        {"history V-1 --day yesterday", {"no day"}},
        {"history V-1 --from 2026-13-01", {"no time"}},
        {"history V-1 --day 2026-01-01 --from 2026-01-01", {"--from"}},
        {"history", {"DEVICE"}},
        {"trips", {"--device"}},
        {"stops --device V-1 --day 2026-01-01 --to 2026-01-01", {"--to"}},
        {"alerts --severity high", {"HIGH, MEDIUM, LOW"}},
        {"alerts --type OVERSPED", {"did you mean 'OVERSPEED'?"}},
        {"alerts --state closed", {"OPEN, ACKNOWLEDGED, RESOLVED"}},
        {"alerts --device V-1", {"--fleet"}},
        {"latest V-1 --fleet f", {"--fleet"}},
        {"devices --json --csv", {"--csv"}},
        {"devices extra", {"unknown command 'extra'"}},
        {"generate --from 2026-01-01", {"--out"}},
        {"config", {"show"}},
        {"notify", {"a command is missing", "test"}},
    };
    for (const Wrong& row : rows) {
        const auto parsed = parse_command_line(words(row.line));
        const auto* answer = std::get_if<CliAnswer>(&parsed);
        ASSERT_NE(answer, nullptr) << row.line;
        EXPECT_EQ(answer->code, ExitCode::usage) << row.line;
        for (const char* part : row.parts)
            EXPECT_NE(answer->text.find(part), std::string::npos)
                << row.line << ": " << answer->text;
    }
}

TEST(CommandLine, HelpAndVersionAreNoErrors) {
    for (const char* line :
         {"--help", "-h", "load --help", "quarantine redrive --help", "--version"}) {
        const auto parsed = parse_command_line(words(line));
        const auto* answer = std::get_if<CliAnswer>(&parsed);
        ASSERT_NE(answer, nullptr) << line;
        EXPECT_EQ(answer->code, ExitCode::ok) << line;
        EXPECT_FALSE(answer->text.empty());
    }
    const auto nothing = parse_command_line({});
    EXPECT_EQ(std::get<CliAnswer>(nothing).code, ExitCode::usage);
}

TEST(TimeArgument, TakesInstantsDaysAndOffsetsFromNow) {
    const Timestamp now{1'764'000'000'000};
    EXPECT_EQ(parse_time_argument("1970-01-02T00:00:00Z", now), Timestamp{86'400'000});
    EXPECT_EQ(parse_time_argument("1970-01-02", now), Timestamp{86'400'000});
    EXPECT_EQ(parse_time_argument("now", now), now);
    EXPECT_EQ(parse_time_argument("now-1h", now), Timestamp{now.ms - 3'600'000});
    EXPECT_EQ(parse_time_argument("now+1m", now), Timestamp{now.ms + 60'000});
    for (const char* text : {"", "now-", "now1h", "1970-01-02T00:00:00", "1970-02-30", "soon"})
        EXPECT_FALSE(parse_time_argument(text, now)) << text;
}

}  // namespace
}  // namespace fleet::app
