// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/node.hpp"
#include "app/output.hpp"
#include "app/stop_signal.hpp"
#include "app/synthetic.hpp"
#include "codec/json_writer.hpp"
#include "ingest/generator.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

namespace fleet::app {

namespace {

constexpr std::int64_t kHistoryMs = kMsPerDay;
constexpr std::int64_t kHistoryIntervalMs = 60'000;
constexpr std::int64_t kLiveIntervalMs = 1'500;
constexpr std::int64_t kTickMs = 200;
constexpr std::size_t kBatch = 1'000;

/// When this demo's vehicles began their life. Kept in the data directory, so that a later start
/// finds the same vehicles where they would be by now.
class DemoStart {
  public:
    explicit DemoStart(const std::string& data_dir)
        : path_(std::filesystem::path(data_dir) / "demo-start.txt") {}

    Result<std::optional<Timestamp>> read() const {
        std::error_code error;
        if (!std::filesystem::exists(path_, error)) return std::optional<Timestamp>();
        std::ifstream in(path_);
        std::string line;
        std::getline(in, line);
        const auto start = parse_rfc3339(line);
        if (!start)
            return fail(
                Code::corrupt,
                fmt::format(
                    "{} does not hold the time when the demo began; remove it to begin a new one",
                    path_.string()));
        return start;
    }
    Result<void> write(Timestamp start) const {
        const std::filesystem::path part = path_.string() + ".part";
        std::ofstream out(part, std::ios::trunc);
        out << format_rfc3339(start) << "\n";
        out.close();
        std::error_code error;
        if (out) std::filesystem::rename(part, path_, error);
        if (!out || error) return fail(Code::io, fmt::format("cannot write {}", path_.string()));
        return {};
    }

  private:
    std::filesystem::path path_;
};

ingest::GeneratorOptions demo_options(std::int64_t vehicles, Timestamp start,
                                      std::int64_t interval_ms) {
    ingest::GeneratorOptions options;
    options.vehicles = static_cast<std::uint32_t>(vehicles);
    options.from = start;
    options.interval_ms = interval_ms;
    // Whoever looks at night wants to see vehicles move too.
    options.moving_share = 0.65;
    options.least_moving_share = 0.5;
    return options;
}

/// Devices that are there already, and the newest record of all of them.
struct Known {
    std::set<std::string, std::less<>> devices;
    std::int64_t last_ms = -1;
};
Known known_devices(const engine::Engine& engine) {
    Known known;
    for (const auto& [fleet, retention] : engine.fleets()) {
        const auto number = engine.fleet_number(fleet);
        if (!number) continue;
        const auto members = engine.devices_of(*number);  // keeps the list while it is read
        for (const engine::DeviceHandle device : *members) {
            known.devices.insert(engine.device(device).id);
            known.last_ms = std::max(known.last_ms, engine.latest(device).ts_ms);
        }
    }
    return known;
}

/// A demo from its first record to the stop signal.
class Demo {
  public:
    Demo(const CommandContext& context, Node& node, const StopSignal& stop)
        : context_(context), options_(context.invocation.demo), node_(node), stop_(stop) {}

    Result<ExitCode> run() {
        FLEET_TRY_VOID(find_start());
        FLEET_TRY_VOID(load_history());
        say(fmt::format("dashboard: {}", node_.url()));
        if (options_.live && !stop_.requested()) FLEET_TRY_VOID(drive_live());
        FLEET_TRY_VOID(node_.stop());
        return ExitCode::ok;
    }

  private:
    Result<void> find_start() {
        const DemoStart file(context_.config.text(Key::data_dir));
        FLEET_TRY(const std::optional<Timestamp> known, file.read());
        if (known) {
            start_ = *known;
            return {};
        }
        start_ =
            Timestamp{(clock_.now().ms - kHistoryMs) / kHistoryIntervalMs * kHistoryIntervalMs};
        return file.write(start_);
    }

    /// The first time a day, later what is missing since the last record.
    Result<void> load_history() {
        const Timestamp now = clock_.now();
        ingest::GeneratorOptions wanted =
            demo_options(options_.vehicles, start_, kHistoryIntervalMs);
        wanted.to = now;
        FLEET_TRY(auto made, ingest::Generator::make(wanted));
        const auto generator = std::make_shared<ingest::Generator>(std::move(made));
        const Known known = known_devices(node_.engine());
        const std::int64_t retention_ms = context_.config.integer(Key::retention_days) * kMsPerDay;
        const bool all_known = static_cast<std::int64_t>(known.devices.size()) >= options_.vehicles;
        Timestamp since = all_known
                              ? Timestamp{known.last_ms}
                              : Timestamp{start_.ms - 1};  // new vehicles get their whole history
        if (retention_ms > 0) since = std::max(since, Timestamp{now.ms - retention_ms});
        generator->skip_to_after(since);

        say(fmt::format("{} of {} vehicles up to {}",
                        known.devices.empty() ? "history" : "catching up the records",
                        options_.vehicles, format_rfc3339(now)));
        const auto run = SyntheticRun::on(context_.config, node_.ingest());
        Progress progress("loading");
        bool more = true;
        while (more && !stop_.requested()) {
            std::vector<model::Record> records;
            model::Record record;
            while (records.size() < kBatch && (more = generator->next(record)))
                if (record.ts.ms > known.last_ms || !known.devices.contains(record.device))
                    records.push_back(record);
            if (records.empty()) break;
            const Timestamp reached = records.back().ts;
            run->push(std::move(records), "default", generator);
            progress.update(
                static_cast<double>(reached.ms - since.ms) / static_cast<double>(now.ms - since.ms),
                grouped(run->metrics().records) + " records");
            run->report_when_due();
        }
        FLEET_TRY_VOID(run->finish());
        progress.clear();
        if (const auto failure = run->failure())
            return fail(failure->within("loading the history"));
        const auto totals = run->totals();
        say(metrics_line(run->metrics(), run->costs()));
        say(fmt::format("{} records loaded (stored {}, duplicates {}), {} vehicles",
                        grouped(run->metrics().records), grouped(totals.stored),
                        grouped(totals.duplicates),
                        grouped(known_devices(node_.engine()).devices.size())));
        if (context_.invocation.common.output == Output::json) print(run->json() + "\n");
        return {};
    }

    /// Every vehicle reports every second or two until the stop signal.
    Result<void> drive_live() {
        FLEET_TRY(auto made,
                  ingest::LiveFleet::make(demo_options(options_.vehicles, start_, kLiveIntervalMs),
                                          clock_.now()));
        const auto fleet = std::make_shared<ingest::LiveFleet>(std::move(made));
        const auto run = SyntheticRun::on(context_.config, node_.ingest());
        say(fmt::format(
            "{} vehicles are under way; Ctrl-C stops, the next start goes on from there",
            options_.vehicles));
        while (!stop_.wait_for_ms(kTickMs)) {
            std::vector<model::Record> records;
            fleet->due(clock_.now(), kBatch, records);
            if (!records.empty()) run->offer(std::move(records), "default", fleet);
            if (const auto failure = run->failure(); failure && failure->code != Code::overloaded) {
                FLEET_TRY_VOID(run->finish());
                return fail(failure->within("writing the live records"));
            }
        }
        return run->finish();
    }

    const CommandContext& context_;
    const DemoOptions& options_;
    Node& node_;
    const StopSignal& stop_;
    SystemClock clock_;
    Timestamp start_;
};

}  // namespace

Result<ExitCode> run_demo(const CommandContext& context) {
    const StopSignal stop;
    FLEET_TRY(const auto node, Node::start(context.config, std::make_shared<SystemClock>()));
    return Demo(context, *node, stop).run();
}

}  // namespace fleet::app
