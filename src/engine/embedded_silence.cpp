// SPDX-License-Identifier: Apache-2.0
// The clock of OFFLINE alerts: when vehicles could report, and when to look who did not.
#include "codec/bytes.hpp"
#include "engine/embedded_engine.hpp"

namespace fleet::engine {

namespace {

/// The wall clock went on by so much more than time did: it was set, or the machine slept.
constexpr std::int64_t kJumpMs = 10 * kMsPerSecond;
/// Since when the run that wrote the last checkpoint, or the present one, listens.
constexpr std::string_view kListeningMeta = "listening";

}  // namespace

std::int64_t EmbeddedEngine::notify_from(std::int64_t now_ms) const noexcept {
    return options_.notify ? now_ms - options_.notify_max_age_ms : fold::kForEver;
}

Result<void> EmbeddedEngine::begin_watch() {
    if (!options_.watch_offline) return {};
    const std::int64_t now = clock_->now().ms;
    {
        const std::lock_guard lock(watch_mutex_);
        looked_ms_ = now;
        looked_ns_ = clock_->monotonic_ns();
    }
    head_->listen_since(now);
    head_->queue_all(now);
    // A replay after a crash has to know it. On a full disk it has to do without.
    if (!room_for_tables(0)) return {};
    std::string value;
    codec::ByteWriter(value).svarint(now);
    Tables::WriteSet set;
    set.put_meta(kListeningMeta, value);
    FLEET_TRY_VOID(tables_->write(set));
    return tables_->flush();
}

Result<void> EmbeddedEngine::resume_listening() {
    FLEET_TRY(const auto bytes, tables_->meta(kListeningMeta));
    if (!bytes) return {};
    codec::ByteReader reader(*bytes);
    const std::int64_t since = reader.svarint();
    if (!reader.done()) return fail(Code::corrupt, "the row of the last start is damaged");
    head_->listen_since(since);
    return {};
}

Result<void> EmbeddedEngine::look_for_silence() const {
    if (!options_.watch_offline || bulk_) return {};
    std::int64_t now = 0;
    {
        const std::lock_guard lock(watch_mutex_);
        std::int64_t ns = 0;
        // Both at one moment: a pause between the two would look like a jump.
        for (int tries = 0; tries < 3 && clock_->now().ms - now > kJumpMs / 10; ++tries) {
            now = clock_->now().ms;
            ns = clock_->monotonic_ns();
        }
        // Nobody could report in the time that was left out.
        if (now - looked_ms_ - (ns - looked_ns_) / 1'000'000 > kJumpMs) head_->listen_since(now);
        looked_ms_ = now;
        looked_ns_ = ns;
    }
    return head_->look_for_silence(now, notify_from(now));
}

}  // namespace fleet::engine
