// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_fence.hpp"

#include "engine/journal_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace fleet::engine {

namespace format = journal_format;
using std::filesystem::path;

namespace {
constexpr std::size_t kFileBytes = format::kFenceSlots * format::kFenceStride;
}

Result<std::unique_ptr<JournalFence>> JournalFence::create(FileSystem& fs, const path& dir,
                                                           std::uint64_t sequence) {
    const path temporary = dir / "fence.new";
    {
        FLEET_TRY(auto file, fs.open(temporary, OpenMode::create));
        std::string bytes(kFileBytes, '\0');
        const format::FenceSlotBytes slot = format::encode_fence(sequence);
        for (std::size_t i = 0; i < format::kFenceSlots; ++i)
            bytes.replace(i * format::kFenceStride, slot.size(), slot.data(), slot.size());
        const std::array<std::string_view, 1> parts{bytes};
        FLEET_TRY_VOID(file->write_at(0, parts));
        FLEET_TRY_VOID(file->sync());
    }
    FLEET_TRY_VOID(fs.rename(temporary, dir / "fence"));
    FLEET_TRY_VOID(fs.sync_directory(dir));
    return open(fs, dir);
}

Result<std::unique_ptr<JournalFence>> JournalFence::open(FileSystem& fs, const path& dir) {
    FLEET_TRY(auto file, fs.open(dir / "fence", OpenMode::write));
    std::string bytes(kFileBytes, '\0');
    FLEET_TRY(const std::size_t size, file->read_at(0, bytes));
    bytes.resize(size);
    bool whole = false;
    std::uint64_t newest = 0;
    for (std::size_t i = 0; i < format::kFenceSlots; ++i) {
        const std::string_view rest =
            std::string_view(bytes).substr(std::min(size, i * format::kFenceStride));
        std::uint64_t sequence = 0;
        switch (format::decode_fence(rest.substr(0, format::kFenceSlotBytes), sequence)) {
            case format::HeaderState::newer:
                return fail(Code::unsupported,
                            fmt::format("{}: written by a newer version of fleet; use that version",
                                        (dir / "fence").string()));
            case format::HeaderState::damaged: break;
            case format::HeaderState::ok: whole = true; newest = std::max(newest, sequence);
        }
    }
    if (!whole)
        return fail(Code::corrupt, fmt::format("{}: damaged, so it is unknown which entries were "
                                               "acknowledged; the files were left as "
                                               "they are: restore the data directory from a backup",
                                               (dir / "fence").string()));
    return std::unique_ptr<JournalFence>(new JournalFence(std::move(file), newest));
}

Result<void> JournalFence::advance(std::uint64_t sequence) {
    odd_ = !odd_;
    return write(odd_ ? 3 : 2, sequence);
}

Result<void> JournalFence::advance_and_sync(std::uint64_t sequence) {
    odd_synced_ = !odd_synced_;
    FLEET_TRY_VOID(write(odd_synced_ ? 1 : 0, sequence));
    return file_->sync();
}

Result<void> JournalFence::write(std::size_t slot, std::uint64_t sequence) {
    const format::FenceSlotBytes bytes = format::encode_fence(sequence);
    const std::array<std::string_view, 1> parts{std::string_view(bytes.data(), bytes.size())};
    FLEET_TRY_VOID(file_->write_at(slot * format::kFenceStride, parts));
    sequence_ = sequence;
    return {};
}

}  // namespace fleet::engine
