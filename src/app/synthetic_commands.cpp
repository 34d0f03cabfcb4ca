// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/stop_signal.hpp"
#include "app/synthetic.hpp"
#include "ingest/generator.hpp"

#include <fmt/format.h>

namespace fleet::app {

namespace {

/// What batch and stream end with.
Result<ExitCode> conclude(const CommandContext& context, SyntheticRun& run,
                          const StopSignal& stop) {
    FLEET_TRY_VOID(run.finish([&] { return stop.requested(); }));
    const WriteMetrics::Snapshot& total = run.total();
    const bool interrupted = stop.requested();
    say(metrics_line(total, run.costs()));
    if (!run.copy_line().empty()) say(run.copy_line());
    if (context.invocation.common.output == Output::json) {
        print(run.json() + "\n");
    } else {
        const SyntheticRun::Totals t = run.totals();
        print(fmt::format(
            "{} records in {:.1f} s: stored {}, duplicates {}, conflicts {}, rejected {}, errors "
            "{}\n",
            grouped(total.records), total.seconds, grouped(t.stored), grouped(t.duplicates),
            grouped(t.conflicts), grouped(t.rejected), grouped(total.errors)));
    }
    if (const auto failure = run.failure())
        say(fmt::format("fleet: {} records were not written: {}", total.errors, failure->message));
    if (const auto& why = run.not_copied()) say("fleet: " + why->message);
    if (interrupted) return ExitCode::interrupted;
    if (run.not_copied()) return ExitCode::failed;
    if (total.errors > 0) return ExitCode::failed;
    return run.totals().rejected > 0 ? ExitCode::some_rejected : ExitCode::ok;
}

}  // namespace

Result<ExitCode> run_batch(const CommandContext& context) {
    constexpr std::int64_t kIntervalMs = 30'000;
    const BatchOptions& options = context.invocation.batch;
    const StopSignal stop;
    const Timestamp now = SystemClock().now();
    const std::int64_t total = options.batches * options.size;
    const std::int64_t rounds = (total + options.devices - 1) / options.devices;

    ingest::GeneratorOptions wanted;
    wanted.vehicles = static_cast<std::uint32_t>(options.devices);
    wanted.to = now;
    wanted.from = Timestamp{now.ms - rounds * kIntervalMs};
    wanted.interval_ms = kIntervalMs;
    wanted.seed = options.seed;
    wanted.fleets = {options.fleet};
    wanted.device_prefix = options.device_prefix;
    wanted.faults = false;
    if (wanted.from.ms < 0)
        return fail(
            Code::invalid_argument,
            "so many records of so few devices would begin before 1970; give more --devices");
    FLEET_TRY(auto made, ingest::Generator::make(wanted));
    const auto generator = std::make_shared<ingest::Generator>(std::move(made));
    FLEET_TRY(const auto run, SyntheticRun::open(context.config, options.url));

    Progress progress("writing");
    const SystemClock clock;
    const std::int64_t begin = clock.monotonic_ns();
    for (std::int64_t b = 0; b < options.batches && !stop.requested(); ++b) {
        if (options.rate > 0) {
            const auto due_ms =
                static_cast<std::int64_t>(static_cast<double>(b) / options.rate * 1e3);
            if (stop.wait_for_ms(due_ms - (clock.monotonic_ns() - begin) / 1'000'000)) break;
        }
        std::vector<model::Record> records(static_cast<std::size_t>(options.size));
        for (model::Record& record : records)
            if (!generator->next(record))
                return fail(Code::internal,
                            "the generator gave fewer records than it was asked for");
        run->push(std::move(records), options.fleet, generator);
        progress.update(static_cast<double>(b + 1) / static_cast<double>(options.batches),
                        fmt::format("batch {} of {}", b + 1, options.batches));
        run->report_when_due();
    }
    progress.clear();
    return conclude(context, *run, stop);
}

Result<ExitCode> run_stream(const CommandContext& context) {
    const StreamOptions& options = context.invocation.stream;
    const StopSignal stop;
    const SystemClock clock;
    const Timestamp start = clock.now();

    // The vehicles have been on the road since yesterday, so that another stream of the same day
    // finds them where they were.
    ingest::GeneratorOptions wanted;
    wanted.vehicles = static_cast<std::uint32_t>(options.devices);
    wanted.from = Timestamp{day_of(start).begin().ms - kMsPerDay};
    wanted.interval_ms = options.interval_ms;
    wanted.seed = options.seed;
    wanted.fleets = {options.fleet};
    wanted.device_prefix = options.device_prefix;
    wanted.faults = false;
    FLEET_TRY(auto made, ingest::LiveFleet::make(wanted, start));
    const auto fleet = std::make_shared<ingest::LiveFleet>(std::move(made));
    FLEET_TRY(const auto run, SyntheticRun::open(context.config, options.url));

    const auto largest = static_cast<std::size_t>(context.config.integer(Key::write_batch_size));
    const std::int64_t ticks = options.duration_ms / options.interval_ms;
    Progress progress("streaming");
    const std::int64_t begin = clock.monotonic_ns();
    for (std::int64_t tick = 1; tick <= ticks; ++tick) {
        const std::int64_t due_ms = tick * options.interval_ms;
        if (stop.wait_for_ms(due_ms - (clock.monotonic_ns() - begin) / 1'000'000)) break;
        // By the stream's own clock: a step of the machine's changes neither the number of records
        // nor their order.
        const Timestamp now{start.ms + due_ms};
        while (true) {
            std::vector<model::Record> records;
            const std::size_t given = fleet->due(now, largest, records);
            if (given > 0) run->offer(std::move(records), options.fleet, fleet);
            if (given < largest) break;
        }
        progress.update(static_cast<double>(tick) / static_cast<double>(ticks),
                        fmt::format("{} s", due_ms / kMsPerSecond));
        run->report_when_due();
    }
    progress.clear();
    return conclude(context, *run, stop);
}

}  // namespace fleet::app
