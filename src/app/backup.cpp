// SPDX-License-Identifier: Apache-2.0
// `fleet backup` and `fleet restore`: a copy counts only after it was opened and recomputed.
#include "engine/backup.hpp"
#include "app/commands.hpp"
#include "app/local_engine.hpp"
#include "app/output.hpp"
#include "app/upkeep_source.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

namespace fleet::app {

namespace {

/// Opens a copy, recomputes everything in it, and closes it again.
Result<engine::VerifyReport> check_copy(const Config& config, const std::filesystem::path& dir) {
    engine::EngineOptions options = engine_options(config);
    options.dir = dir;
    const auto opened = engine::Engine::open(options, std::make_shared<SystemClock>());
    if (!opened) return fail(opened.error().within("the copy cannot be opened"));
    FLEET_TRY(engine::VerifyReport report, (*opened)->verify(false));
    FLEET_TRY_VOID((*opened)->stop());
    return report;
}

/// The erasures that a data directory remembers.
Result<std::vector<engine::Erasure>> erasures_of(const Config& config, const std::string& dir) {
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::path(dir) / "FORMAT", error))
        return fail(Code::not_found, fmt::format("{} is no data directory", dir));
    engine::EngineOptions options = engine_options(config);
    options.dir = dir;
    const auto opened = engine::Engine::open(options, std::make_shared<SystemClock>());
    if (!opened) return fail(opened.error().within(fmt::format("{} cannot be opened", dir)));
    std::vector<engine::Erasure> found = (*opened)->erasures();
    FLEET_TRY_VOID((*opened)->stop());
    return found;
}

Result<void> repeat(const Config& config, const std::string& dir,
                    const std::vector<engine::Erasure>& erasures) {
    engine::EngineOptions options = engine_options(config);
    options.dir = dir;
    const auto failed = [&](const Error& why) {
        return fail(
            why.within(fmt::format("{} was restored, but still holds what was erased since: "
                                   "remove it, or try again into another directory",
                                   dir)));
    };
    const auto opened = engine::Engine::open(options, std::make_shared<SystemClock>());
    if (!opened) return failed(opened.error());
    const auto done = (*opened)->repeat_erasures(erasures);
    if (!done) return failed(done.error());
    if (const auto stopped = (*opened)->stop(); !stopped) return failed(stopped.error());
    say(fmt::format("repeated the erasures: {} records and {} alerts are gone again",
                    grouped(done->rows), grouped(done->alerts)));
    return {};
}

ExitCode tell(const CommandContext& context, std::string_view done, const std::string& dir,
              const engine::VerifyReport& report) {
    const bool sound = report.difference_count == 0;
    if (context.invocation.common.output == Output::json) {
        std::string out;
        codec::JsonWriter json(out);
        json.begin_object();
        json.member("path", dir);
        json.key("rows");
        json.unsigned_integer(report.rows);
        json.key("device_days");
        json.unsigned_integer(report.device_days);
        json.key("differences");
        json.unsigned_integer(report.difference_count);
        json.end_object();
        print(out + "\n");
    } else {
        for (const std::string& difference : report.differences) say(difference);
        print(fmt::format("{} {}: {} rows of {} device-days, {}\n", done, dir, grouped(report.rows),
                          grouped(report.device_days),
                          sound ? "everything agrees"
                                : fmt::format("{} differences; the source has them too, see `fleet "
                                              "verify`",
                                              grouped(report.difference_count))));
    }
    return sound ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

Result<ExitCode> run_backup(const CommandContext& context) {
    const BackupOptions& options = context.invocation.backup;
    const std::string& to = options.path;
    if (options.url) {
        FLEET_TRY(const auto source, open_upkeep(context.config, options.url));
        FLEET_TRY(const store::BackupMade made, source->upkeep().backup(to, true));
        engine::VerifyReport report;
        if (made.check) {
            report.rows = made.check->rows;
            report.device_days = made.check->device_days;
            report.difference_count = made.check->differences;
        }
        return tell(context, "saved to", made.backup.path, report);
    }
    if (to.empty())
        return fail(Code::invalid_argument, "DIR is required: a new directory for the copy");
    {
        FLEET_TRY(const auto engine,
                  open_engine(context.config, std::make_shared<SystemClock>(), Missing::refuse));
        FLEET_TRY_VOID(engine->backup(to));
        FLEET_TRY_VOID(engine->stop());
    }
    FLEET_TRY(const engine::VerifyReport report, check_copy(context.config, to));
    return tell(context, "saved to", to, report);
}

Result<ExitCode> run_restore(const CommandContext& context) {
    const std::string& to = context.config.text(Key::data_dir);
    const auto files = engine::posix_file_system();
    const BackupOptions& options = context.invocation.backup;
    std::vector<engine::Erasure> erasures;
    if (options.erasures_of) {
        // First, so that nothing is restored if they cannot be read.
        FLEET_TRY(erasures, erasures_of(context.config, *options.erasures_of));
    }
    FLEET_TRY_VOID(engine::restore_backup(*files, options.path, to));
    if (!erasures.empty()) FLEET_TRY_VOID(repeat(context.config, to, erasures));
    FLEET_TRY(const engine::VerifyReport report, check_copy(context.config, to));
    return tell(context, "restored to", to, report);
}

}  // namespace fleet::app
