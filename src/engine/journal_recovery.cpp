// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_recovery.hpp"

#include "engine/journal_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace fleet::engine {

namespace format = journal_format;
using std::filesystem::path;

namespace {

constexpr std::string_view kKept =
    "the files were left as they are: restore the data directory from a backup";

Failure damaged(const path& file, std::uint64_t offset, std::uint64_t first, std::uint64_t last) {
    return fail(
        Code::corrupt,
        fmt::format("{}: damaged at byte {}: {} acknowledged entries ({} to {}) cannot be read; {}",
                    file.string(), offset, last - first + 1, first, last, kKept));
}

Result<std::string> read_file(const File& file, std::uint64_t limit) {
    FLEET_TRY(const std::uint64_t size, file.size());
    std::string bytes(std::min(size, limit), '\0');
    FLEET_TRY(const std::size_t read, file.read_at(0, bytes));
    bytes.resize(read);
    return bytes;
}

Result<format::SegmentHeader> decode_header(std::string_view bytes, const path& name,
                                            std::uint64_t id) {
    format::SegmentHeader header;
    const format::HeaderState state = format::decode(bytes, header);
    if (state == format::HeaderState::newer)
        return fail(Code::unsupported,
                    fmt::format("{}: written by a newer version of fleet; use that version",
                                name.string()));
    // A segment gets its name after its header was synced, so this is never the work of a crash.
    if (state == format::HeaderState::damaged)
        return fail(Code::corrupt,
                    fmt::format("{}: damaged at byte 0: no entry of it can be read; {}",
                                name.string(), kKept));
    if (header.id != id)
        return fail(Code::corrupt,
                    fmt::format("{}: holds segment {} of the journal under another name; {}",
                                name.string(), header.id, kKept));
    return header;
}

/// The names in a journal's directory.
struct Listing {
    bool fence = false;
    std::vector<std::uint64_t> ids;
    std::vector<std::string> spares;
};

Result<Listing> list_journal(FileSystem& fs, const path& dir) {
    FLEET_TRY(const auto names, fs.list(dir));
    Listing listing;
    for (const std::string& name : names) {
        if (name == "fence") listing.fence = true;
        if (const auto id = format::segment_id(name)) listing.ids.push_back(*id);
        if (format::spare_id(name)) listing.spares.push_back(name);
    }
    return listing;
}

/// What reading one segment found.
struct Scan {
    std::uint64_t last = 0;  ///< sequence of the last whole entry
    std::uint64_t end = 0;   ///< where it ends
    std::uint64_t chain = 0;
    std::uint64_t unsynced =
        0;  ///< where the first entry behind the fence starts; `end` if there is none
};

class Recovery {
  public:
    Recovery(const JournalOptions& options, std::uint64_t replay_after, const ReplaySink& sink)
        : options_(options), fs_(*options.fs), replay_after_(replay_after), sink_(sink) {}

    Result<JournalState> run() {
        FLEET_TRY_VOID(fs_.create_directories(options_.dir));
        FLEET_TRY(Listing listing, list_journal(fs_, options_.dir));
        // The last process may have died between a rename and the sync of it: what follows must not
        // stand on names that a power cut takes back.
        FLEET_TRY_VOID(fs_.sync_directory(options_.dir));
        if (!listing.fence) {
            if (!listing.ids.empty() || replay_after_ > 0)
                return fail(
                    Code::corrupt,
                    fmt::format("{}: missing, so it is unknown which entries were acknowledged; {}",
                                (options_.dir / "fence").string(), kKept));
            FLEET_TRY(state_.fence, JournalFence::create(fs_, options_.dir, 0));
        } else {
            FLEET_TRY(state_.fence, JournalFence::open(fs_, options_.dir));
        }
        state_.spares = std::move(listing.spares);
        if (listing.ids.empty()) {
            // A segment is never given up before the next one is there.
            if (state_.fence->sequence() > 0)
                return fail(Code::corrupt,
                            fmt::format("{}: all segments of the journal are missing, entries up "
                                        "to {} were acknowledged; {}",
                                        options_.dir.string(), state_.fence->sequence(), kKept));
            return std::move(state_);
        }
        FLEET_TRY(const std::size_t start, find_start(listing.ids));
        FLEET_TRY_VOID(replay(listing.ids, start));
        return std::move(state_);
    }

  private:
    [[nodiscard]] path segment_path(std::uint64_t id) const {
        return options_.dir / format::segment_name(id);
    }

    /// Index of the newest segment before which every entry is at or below replay_after. Older ones
    /// are not looked into.
    Result<std::size_t> find_start(const std::vector<std::uint64_t>& ids) {
        std::size_t i = ids.size() - 1;
        while (true) {
            const path name = segment_path(ids[i]);
            FLEET_TRY(const auto file, fs_.open(name, OpenMode::read));
            FLEET_TRY(const std::string bytes, read_file(*file, format::kSegmentHeaderBytes));
            FLEET_TRY(const format::SegmentHeader header, decode_header(bytes, name, ids[i]));
            if (header.previous <= replay_after_) break;
            if (i == 0 || ids[i - 1] + 1 != ids[i])
                return fail(
                    Code::corrupt,
                    fmt::format("{}: missing: acknowledged entries up to {} cannot be read; {}",
                                segment_path(ids[i] - 1).string(), header.previous, kKept));
            --i;
        }
        for (std::size_t older = 0; older < i; ++older) {
            FLEET_TRY(const auto file, fs_.open(segment_path(ids[older]), OpenMode::read));
            FLEET_TRY(const std::uint64_t size, file->size());
            state_.segments.push_back({ids[older], replay_after_, size});
        }
        return i;
    }

    Result<void> replay(const std::vector<std::uint64_t>& ids, std::size_t start) {
        Scan scan;
        std::string bytes;
        for (std::size_t i = start; i < ids.size(); ++i) {
            const path name = segment_path(ids[i]);
            FLEET_TRY(state_.file, fs_.open(name, OpenMode::write));
            FLEET_TRY(bytes, read_file(*state_.file, UINT64_MAX));
            FLEET_TRY(const format::SegmentHeader header, decode_header(bytes, name, ids[i]));
            if (i > start) {
                const path before = segment_path(ids[i - 1]);
                if (scan.last < header.previous)
                    return damaged(before, scan.end, scan.last + 1, header.previous);
                if (scan.last != header.previous || scan.chain != header.chain)
                    return fail(Code::corrupt, fmt::format("{}: does not continue {}; {}",
                                                           name.string(), before.string(), kKept));
            }
            state_.seed = format::seed_of(bytes);
            FLEET_TRY(scan, scan_segment(bytes, header));
            state_.segments.push_back({ids[i], scan.last, scan.end - format::kSegmentHeaderBytes});
        }
        return finish(bytes, scan, segment_path(ids.back()));
    }

    Result<Scan> scan_segment(std::string_view bytes, const format::SegmentHeader& header) {
        Scan scan;
        scan.last = header.previous;
        scan.end = format::kSegmentHeaderBytes;
        scan.chain = state_.seed;
        std::optional<std::uint64_t> unsynced;
        std::uint64_t expected = header.first;
        while (scan.end < bytes.size()) {
            const std::string_view rest = bytes.substr(scan.end);
            const auto entry = format::decode_entry(rest, state_.seed);
            if (!entry || entry->sequence != expected || entry->length > kMaxJournalPayload ||
                rest.size() < format::entry_bytes(entry->length))
                break;
            const std::string_view payload = rest.substr(format::kEntryHeaderBytes, entry->length);
            if (!format::verify_entry(*entry, payload, scan.chain)) break;
            if (entry->sequence > state_.fence->sequence() && !unsynced) unsynced = scan.end;
            if (entry->sequence > replay_after_) {
                FLEET_TRY_VOID(sink_(entry->sequence, payload));
                state_.replayed_bytes += format::entry_bytes(entry->length);
            }
            scan.end += format::entry_bytes(entry->length);
            scan.chain = entry->checksum;
            scan.last = expected++;
        }
        scan.unsynced = unsynced.value_or(scan.end);
        return scan;
    }

    /// The highest sequence that entries behind the end declare as synced.
    [[nodiscard]] std::uint64_t declared_behind(std::string_view bytes, const Scan& scan) const {
        std::uint64_t declared = 0;
        for (std::uint64_t at = scan.end; at + format::kEntryHeaderBytes <= bytes.size(); at += 8) {
            const auto entry =
                format::decode_entry(bytes.substr(at, format::kEntryHeaderBytes), state_.seed);
            // A sequence that cannot lie in what is left is the chance hit of a 32-bit mark.
            if (entry && entry->sequence > scan.last &&
                entry->sequence - scan.last <=
                    (bytes.size() - scan.end) / format::kEntryHeaderBytes)
                declared = std::max(declared, entry->synced);
        }
        return declared;
    }

    /// Judges what lies behind the last whole entry of the newest segment, and makes the end fit
    /// for appending.
    Result<void> finish(std::string_view bytes, const Scan& scan, const path& name) {
        const std::uint64_t synced =
            std::max(state_.fence->sequence(), declared_behind(bytes, scan));
        if (synced > scan.last) return damaged(name, scan.end, scan.last + 1, synced);

        state_.end = scan.end;
        state_.chain = scan.chain;
        state_.file_bytes = bytes.size();
        if (bytes.find_first_not_of('\0', scan.end) != std::string_view::npos ||
            bytes.size() < scan.end) {
            FLEET_TRY_VOID(state_.file->truncate(scan.end));
            state_.file_bytes = scan.end;
        }
        // Written again, not only synced: if a failed fsync ended the last process, the kernel
        // holds these pages as clean.
        if (scan.unsynced < scan.end) {
            const std::array<std::string_view, 1> parts{
                bytes.substr(scan.unsynced, scan.end - scan.unsynced)};
            FLEET_TRY_VOID(state_.file->write_at(scan.unsynced, parts));
        }
        FLEET_TRY_VOID(state_.file->sync());
        if (scan.last > state_.fence->sequence()) return state_.fence->advance_and_sync(scan.last);
        return {};
    }

    const JournalOptions& options_;
    FileSystem& fs_;
    std::uint64_t replay_after_;
    const ReplaySink& sink_;
    JournalState state_;
};

}  // namespace

Result<JournalState> recover_journal(const JournalOptions& options, std::uint64_t replay_after,
                                     const ReplaySink& sink) {
    return Recovery(options, replay_after, sink).run();
}

}  // namespace fleet::engine
