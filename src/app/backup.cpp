// SPDX-License-Identifier: Apache-2.0
// `fleet backup` and `fleet restore`: a copy counts only after it was opened and recomputed.
#include "engine/backup.hpp"
#include "app/commands.hpp"
#include "app/local_engine.hpp"
#include "app/output.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <filesystem>

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
    const std::string& to = context.invocation.backup.path;
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
    FLEET_TRY_VOID(engine::restore_backup(*files, context.invocation.backup.path, to));
    FLEET_TRY(const engine::VerifyReport report, check_copy(context.config, to));
    return tell(context, "restored to", to, report);
}

}  // namespace fleet::app
