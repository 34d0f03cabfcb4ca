// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_reader.hpp"

#include "engine/journal_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace fleet::engine {

namespace format = journal_format;

struct JournalReader::Position {
    std::uint64_t id = 0;
    std::unique_ptr<File> file;
    std::uint64_t seed = 0;
    std::uint64_t chain = 0;
    std::uint64_t offset = 0;    ///< of the next entry
    std::uint64_t last = 0;      ///< sequence before it
    std::uint64_t expected = 0;  ///< its sequence
    std::uint64_t behind = 0;    ///< chain of the segment before, as the header says
    std::uint64_t previous = 0;  ///< last sequence of the segment before
};

namespace {

struct SegmentFile {
    std::unique_ptr<File> file;
    format::SegmentHeader header;
    std::uint64_t seed = 0;
};

Result<SegmentFile> open_segment(FileSystem& fs, const std::filesystem::path& dir,
                                 std::uint64_t id) {
    SegmentFile out;
    const auto name = dir / format::segment_name(id);
    FLEET_TRY(out.file, fs.open(name, OpenMode::read));
    std::string bytes(format::kSegmentHeaderBytes, '\0');
    FLEET_TRY(const std::size_t size, out.file->read_at(0, bytes));
    bytes.resize(size);
    const format::HeaderState state = format::decode(bytes, out.header);
    if (state != format::HeaderState::ok || out.header.id != id)
        return fail(Code::corrupt,
                    fmt::format("{}: its header is not that of segment {} of the journal",
                                name.string(), id));
    out.seed = format::seed_of(bytes);
    return out;
}

Result<std::vector<std::uint64_t>> segments_in(FileSystem& fs, const std::filesystem::path& dir) {
    FLEET_TRY(const auto names, fs.list(dir));
    std::vector<std::uint64_t> ids;
    for (const std::string& name : names)
        if (const auto id = format::segment_id(name)) ids.push_back(*id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

Failure given_up(std::uint64_t after) {
    return fail(Code::not_found,
                fmt::format("the journal no longer keeps what follows entry {}", after));
}

}  // namespace

JournalReader::JournalReader(std::shared_ptr<FileSystem> fs, std::filesystem::path dir)
    : fs_(fs ? std::move(fs) : posix_file_system()), dir_(std::move(dir)) {}
JournalReader::~JournalReader() = default;

Result<void> JournalReader::enter(std::uint64_t id) {
    FLEET_TRY(SegmentFile segment, open_segment(*fs_, dir_, id));
    auto position = std::make_unique<Position>();
    position->id = id;
    position->file = std::move(segment.file);
    position->seed = segment.seed;
    position->chain = segment.seed;
    position->offset = format::kSegmentHeaderBytes;
    position->last = segment.header.previous;
    position->expected = segment.header.first;
    position->behind = segment.header.chain;
    position->previous = segment.header.previous;
    position_ = std::move(position);
    return {};
}

Result<void> JournalReader::find(std::uint64_t after) {
    position_.reset();
    // Segments are given up oldest first and at any moment, so one that is gone means: older ones
    // are gone too.
    FLEET_TRY(const std::vector<std::uint64_t> ids, segments_in(*fs_, dir_));
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
        auto segment = open_segment(*fs_, dir_, *id);
        if (!segment && segment.error().code == Code::not_found) break;
        if (!segment) return fail(std::move(segment).error());
        if (segment->header.previous <= after) return enter(*id);
    }
    return given_up(after);
}

Failure JournalReader::unreadable() {
    const auto position = std::move(position_);
    auto ids = segments_in(*fs_, dir_);
    if (!ids) return fail(std::move(ids).error());
    if (!std::binary_search(ids->begin(), ids->end(), position->id))
        return given_up(position->last);
    return fail(Code::corrupt,
                fmt::format("{}: damaged at byte {}: entry {} was acknowledged and cannot be read",
                            (dir_ / format::segment_name(position->id)).string(), position->offset,
                            position->expected));
}

Result<void> JournalReader::enter_next() {
    auto before = std::move(position_);
    auto entered = enter(before->id + 1);
    const bool follows =
        entered && position_->previous == before->last && position_->behind == before->chain;
    if (follows) return {};
    if (!entered && entered.error().code != Code::not_found) return entered;
    position_ = std::move(before);
    return unreadable();
}

Result<std::uint64_t> JournalReader::read(std::uint64_t after, std::uint64_t through,
                                          std::uint64_t max_bytes, const ReplaySink& sink) {
    if (after >= through) return after;
    if (!position_ || position_->last != after) FLEET_TRY_VOID(find(after));
    std::string header;
    std::string payload;
    std::uint64_t given = 0;
    while (position_->last < through && (given == 0 || given < max_bytes)) {
        Position& p = *position_;
        header.resize(format::kEntryHeaderBytes);
        FLEET_TRY(const std::size_t size, p.file->read_at(p.offset, header));
        header.resize(size);
        const auto entry =
            size == format::kEntryHeaderBytes ? format::decode_entry(header, p.seed) : std::nullopt;
        if (!entry || entry->sequence != p.expected || entry->length > kMaxJournalPayload) {
            FLEET_TRY_VOID(enter_next());  // the end of a segment, as more was acknowledged
            continue;
        }
        payload.resize(entry->length);
        FLEET_TRY(const std::size_t read,
                  p.file->read_at(p.offset + format::kEntryHeaderBytes, payload));
        payload.resize(read);
        if (!format::verify_entry(*entry, payload, p.chain)) return unreadable();
        if (entry->sequence > through) break;
        if (entry->sequence > after) {
            FLEET_TRY_VOID(sink(entry->sequence, payload));
            given += std::max<std::uint64_t>(payload.size(), 1);
        }
        p.offset += format::entry_bytes(entry->length);
        p.chain = entry->checksum;
        p.last = entry->sequence;
        p.expected = entry->sequence + 1;
    }
    return std::max(after, position_->last);
}

Result<std::uint64_t> JournalReader::before_first_kept() const {
    constexpr int kTries = 100;  // each time the oldest segment may go before it is opened
    for (int i = 0; i < kTries; ++i) {
        FLEET_TRY(const std::vector<std::uint64_t> ids, segments_in(*fs_, dir_));
        if (ids.empty()) return 0;
        auto segment = open_segment(*fs_, dir_, ids.front());
        if (segment) return segment->header.previous;
        if (segment.error().code != Code::not_found) return fail(std::move(segment).error());
    }
    return fail(Code::unavailable, "the journal's segments go faster than they can be listed");
}

}  // namespace fleet::engine
