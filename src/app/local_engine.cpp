// SPDX-License-Identifier: Apache-2.0
#include "app/local_engine.hpp"

#include "app/replication.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace fleet::app {

engine::EngineOptions engine_options(const Config& config) {
    const auto bytes = [&](Key key) { return static_cast<std::uint64_t>(config.integer(key)); };
    engine::EngineOptions options;
    options.dir = config.text(Key::data_dir);
    options.durability = config.text(Key::engine_durability) == "process"
                             ? engine::Durability::process
                             : engine::Durability::sync;
    options.offline_ms = config.integer(Key::live_offline_after);
    options.retention_days = static_cast<int>(config.integer(Key::retention_days));
    options.checkpoint_journal_bytes = bytes(Key::engine_checkpoint_journal);
    options.checkpoint_interval_ms = config.integer(Key::engine_checkpoint_interval);
    options.disk_reserve_bytes = bytes(Key::engine_disk_reserve);
    options.queue_bytes = bytes(Key::engine_queue);
    options.quarantine_bytes = bytes(Key::engine_quarantine);
    options.tail_budget_bytes = bytes(Key::engine_tail_budget);
    options.apply_threads = static_cast<unsigned>(config.integer(Key::engine_apply_threads));
    options.notify = !config.list(Key::notify_webhook_urls).empty() ||
                     !config.text(Key::notify_smtp_url).empty();
    options.notify_max_age_ms = config.integer(Key::notify_max_age);
    // A session that does not copy notes what is to be copied, where a copy was begun: else the
    // next one that does would have to copy everything again.
    std::error_code error;
    options.feed =
        copies_to_cassandra(config) || std::filesystem::exists(copy_state_file(config), error);
    options.feed_backlog_bytes = bytes(Key::replicate_max_backlog);
    return options;
}

Result<std::shared_ptr<engine::Engine>> open_engine(const Config& config,
                                                    std::shared_ptr<const Clock> clock,
                                                    Missing missing, Watch watch) {
    const std::string& dir = config.text(Key::data_dir);
    std::error_code error;
    if (missing == Missing::refuse && !std::filesystem::exists(dir, error))
        return fail(Code::not_found, fmt::format("there is no data directory {} (from {}); name it "
                                                 "with --data, or load something first",
                                                 dir, config.origin(Key::data_dir)));
    engine::EngineOptions options = engine_options(config);
    options.watch_offline = watch == Watch::on;
    auto opened = engine::Engine::open(std::move(options), std::move(clock));
    if (!opened) {
        const Error& why = opened.error();
        const std::string_view remedy = why.code == Code::busy
                                            ? "; if a server is running there, use --url "
                                              "http://HOST:PORT where the command has it, else "
                                              "stop the other process"
                                            : "";
        // A wrong directory is the machine's state, not the caller's grammar: never a usage error.
        const Code code = why.code == Code::invalid_argument ? Code::io : why.code;
        return fail(
            code, fmt::format("cannot open the data directory {}: {}{}", dir, why.message, remedy));
    }
    return std::shared_ptr<engine::Engine>(std::move(opened).value());
}

}  // namespace fleet::app
