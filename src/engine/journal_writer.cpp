// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_writer.hpp"

#include "base/fault.hpp"
#include "engine/journal_format.hpp"

#include <algorithm>
#include <array>

namespace fleet::engine {

namespace format = journal_format;

namespace {

/// A file that has grown far beyond a segment, for one large entry, is not worth keeping.
constexpr std::uint64_t kLargestSpareInSegments = 2;

}  // namespace

JournalWriter::JournalWriter(const JournalOptions& options, JournalState state, std::uint64_t last)
    : options_(options),
      fs_(*options.fs),
      fence_(std::move(state.fence)),
      file_(std::move(state.file)),
      file_bytes_(state.file_bytes),
      end_(state.end),
      seed_(state.seed),
      chain_(state.chain),
      last_(state.segments.empty() ? 0 : state.segments.back().last),
      jump_(last_ != last),
      zeros_(options.fill_bytes, '\0'),
      segments_(state.segments.begin(), state.segments.end()),
      spares_(std::move(state.spares)) {}

JournalWriter::Written JournalWriter::write(std::span<const JournalEntry> group) {
    std::uint64_t bytes = 0;
    for (const JournalEntry& entry : group) bytes += format::entry_bytes(entry.payload.size());

    Step problem = cut_failed_tail();
    const bool full = end_ > format::kSegmentHeaderBytes && end_ + bytes > options_.segment_bytes;
    bool roll = false;
    {
        const std::lock_guard lock(mutex_);
        roll = roll_ && end_ > format::kSegmentHeaderBytes;
    }
    if (!problem && (!file_ || full || jump_ || roll))
        problem = begin_segment(group.front().sequence);
    if (!problem) problem = put(group, bytes);
    if (!problem) return {};
    return {problem->final ? Outcome::fatal : Outcome::undone, std::move(problem->error)};
}

JournalWriter::Step JournalWriter::put(std::span<const JournalEntry> group, std::uint64_t bytes) {
    static constexpr std::array<char, 8> kPadding{};
    std::vector<format::EntryHeaderBytes> headers;
    std::vector<std::string_view> parts;
    headers.reserve(group.size());
    parts.reserve(3 * group.size() + 1);
    std::uint64_t chain = chain_;
    for (const JournalEntry& entry : group) {
        headers.push_back(format::encode_entry(entry.payload, entry.sequence, fence_->sequence(),
                                               seed_, chain, chain));
        parts.emplace_back(headers.back().data(), headers.back().size());
        parts.emplace_back(entry.payload);
        parts.emplace_back(kPadding.data(), (8 - entry.payload.size() % 8) % 8);
    }
    std::uint64_t fill = 0;
    if (end_ + bytes > file_bytes_ && end_ + bytes < options_.segment_bytes &&
        bytes <= options_.window_bytes)
        fill = std::min<std::uint64_t>(zeros_.size(), options_.segment_bytes - end_ - bytes);
    parts.emplace_back(zeros_.data(), fill);

    tail_to_cut_ = true;
    if (auto written = file_->write_at(end_, parts); !written) {
        Problem problem{std::move(written).error()};
        // Taken back before it is refused, so that a restart cannot find what was refused.
        const Step undo = problem.error.code == Code::unavailable ? cut_failed_tail() : problem;
        problem.final = undo && undo->error.code != Code::unavailable;
        return problem;
    }
    FLEET_CRASH_POINT("after_append");
    if (options_.durability == JournalDurability::sync) {
        if (Step problem = sync()) return problem;
        FLEET_CRASH_POINT("after_sync");
        if (auto moved = fence_->advance(group.back().sequence); !moved)
            return Problem{std::move(moved).error(), true};
    }
    tail_to_cut_ = false;
    file_bytes_ = std::max(file_bytes_, end_ + bytes + fill);
    end_ += bytes;
    chain_ = chain;
    last_ = group.back().sequence;
    {
        const std::lock_guard lock(mutex_);
        segments_.back().last = last_;
        segments_.back().bytes += bytes;
    }
    FLEET_CRASH_POINT("before_ack");
    return std::nullopt;
}

JournalWriter::Step JournalWriter::cut_failed_tail() {
    if (!tail_to_cut_) return std::nullopt;
    if (auto cut = file_->truncate(end_); !cut) {
        const bool later = cut.error().code == Code::unavailable;
        return Problem{std::move(cut).error(), !later};
    }
    file_bytes_ = end_;
    if (Step problem = sync()) return problem;
    tail_to_cut_ = false;
    return std::nullopt;
}

JournalWriter::Step JournalWriter::sync() {
    if (auto synced = file_->sync(); !synced) return Problem{std::move(synced).error(), true};
    syncs_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
}

JournalWriter::Step JournalWriter::seal() {
    if (options_.durability == JournalDurability::process)
        if (Step problem = sync()) return problem;
    // Durable before the next segment exists: recovery may then trust that every sealed segment
    // lies before the fence.
    if (auto moved = fence_->advance_and_sync(last_); !moved)
        return Problem{std::move(moved).error(), true};
    return std::nullopt;
}

JournalWriter::Step JournalWriter::begin_segment(std::uint64_t first) {
    if (file_)
        if (Step problem = seal()) return problem;
    format::SegmentHeader header;
    std::string spare;
    {
        const std::lock_guard lock(mutex_);
        header.id = segments_.empty() ? 1 : segments_.back().id + 1;
        if (reuse_ && !spares_.empty()) {
            spare = std::move(spares_.back());
            spares_.pop_back();
        }
    }
    header.first = first;
    header.previous = last_;
    header.chain = chain_;
    if (spare.empty()) spare = format::spare_name(header.id);
    const format::SegmentHeaderBytes bytes = format::encode(header);
    const std::array<std::string_view, 1> parts{std::string_view(bytes.data(), bytes.size())};

    // The name `.log` is given last, to a file with a header that is durable: a crash leaves a
    // spare, never half a segment.
    const auto prepare = [&]() -> Result<std::unique_ptr<File>> {
        FLEET_TRY(auto file, fs_.open(options_.dir / spare, OpenMode::create));
        FLEET_TRY_VOID(file->write_at(0, parts));
        return file;
    };
    auto prepared = prepare();
    if (!prepared) {
        const std::lock_guard lock(mutex_);
        spares_.push_back(std::move(spare));
        const bool later = prepared.error().code == Code::unavailable;
        return Problem{std::move(prepared).error(), !later};
    }
    std::unique_ptr<File> file = std::move(*prepared);
    const auto publish = [&]() -> Result<std::uint64_t> {
        FLEET_TRY_VOID(file->sync());
        FLEET_CRASH_POINT("mid_switch");
        FLEET_TRY_VOID(
            fs_.rename(options_.dir / spare, options_.dir / format::segment_name(header.id)));
        FLEET_TRY_VOID(fs_.sync_directory(options_.dir));
        return file->size();
    };
    auto published = publish();
    if (!published) return Problem{std::move(published).error(), true};

    file_ = std::move(file);
    file_bytes_ = *published;
    end_ = format::kSegmentHeaderBytes;
    seed_ = format::seed_of(bytes);
    chain_ = seed_;
    jump_ = false;
    const std::lock_guard lock(mutex_);
    segments_.push_back({header.id, header.previous, 0});
    roll_ = false;
    return std::nullopt;
}

Result<void> JournalWriter::close() {
    if (!file_) return {};
    if (options_.durability == JournalDurability::process)
        if (Step problem = sync()) return fail(std::move(problem->error));
    return fence_->advance_and_sync(last_);
}

Result<void> JournalWriter::trim(std::uint64_t through) {
    const std::lock_guard one_at_a_time(trim_mutex_);
    std::vector<std::string> freed;
    bool changed = false;
    while (true) {
        std::uint64_t id = 0;
        bool keep = false;
        {
            const std::lock_guard lock(mutex_);
            if (segments_.size() < 2 || segments_.front().last > through) break;
            id = segments_.front().id;
            keep = spares_.size() + freed.size() < options_.spare_segments &&
                   segments_.front().bytes <= kLargestSpareInSegments * options_.segment_bytes;
        }
        // Oldest first, so that a crash leaves no hole.
        const auto name = options_.dir / format::segment_name(id);
        if (keep) {
            FLEET_TRY_VOID(fs_.rename(name, options_.dir / format::spare_name(id)));
            freed.push_back(format::spare_name(id));
        } else {
            FLEET_TRY_VOID(fs_.remove(name));
        }
        changed = true;
        FLEET_CRASH_POINT("mid_trim");
        const std::lock_guard lock(mutex_);
        segments_.pop_front();
    }
    // A spare must not be written to while a power cut could still give it its old name back.
    if (changed) FLEET_TRY_VOID(fs_.sync_directory(options_.dir));
    const std::lock_guard lock(mutex_);
    for (std::string& name : freed) spares_.push_back(std::move(name));
    return {};
}

void JournalWriter::roll() {
    const std::lock_guard lock(mutex_);
    roll_ = true;
    reuse_ = false;
}

Result<void> JournalWriter::discard_spares() {
    const std::lock_guard one_at_a_time(trim_mutex_);
    std::vector<std::string> names;
    {
        const std::lock_guard lock(mutex_);
        names.swap(spares_);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (auto removed = fs_.remove(options_.dir / names[i]); !removed) {
            const std::lock_guard lock(mutex_);
            spares_.insert(spares_.end(), names.begin() + static_cast<std::ptrdiff_t>(i),
                           names.end());
            return removed;
        }
    }
    FLEET_TRY_VOID(fs_.sync_directory(options_.dir));
    const std::lock_guard lock(mutex_);
    reuse_ = true;
    return {};
}

std::uint64_t JournalWriter::bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t bytes = 0;
    for (const JournalSegment& segment : segments_) bytes += segment.bytes;
    return bytes;
}

std::uint64_t JournalWriter::segments() const {
    const std::lock_guard lock(mutex_);
    return segments_.size();
}

}  // namespace fleet::engine
