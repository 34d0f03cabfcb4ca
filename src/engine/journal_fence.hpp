// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "engine/file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace fleet::engine {

/// The file that says up to which sequence the journal was synced. After the death of the process
/// it is exact; after that of the machine it is a lower bound, because most of its writes are left
/// to the kernel. Layout: journal_format.hpp. One thread at a time.
class JournalFence {
  public:
    /// Makes the file, durably, in one step: it is there and whole, or not there.
    [[nodiscard]] static Result<std::unique_ptr<JournalFence>> create(
        FileSystem& fs, const std::filesystem::path& dir, std::uint64_t sequence);
    /// not_found; corrupt when no slot is whole; unsupported for a newer format.
    [[nodiscard]] static Result<std::unique_ptr<JournalFence>> open(
        FileSystem& fs, const std::filesystem::path& dir);

    [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
    /// To be called after the sync that covers `sequence`.
    [[nodiscard]] Result<void> advance(std::uint64_t sequence);
    /// The same, durable on return.
    [[nodiscard]] Result<void> advance_and_sync(std::uint64_t sequence);

  private:
    JournalFence(std::unique_ptr<File> file, std::uint64_t sequence)
        : file_(std::move(file)), sequence_(sequence) {}
    [[nodiscard]] Result<void> write(std::size_t slot, std::uint64_t sequence);

    std::unique_ptr<File> file_;
    std::uint64_t sequence_;
    bool odd_synced_ = false;
    bool odd_ = false;
};

}  // namespace fleet::engine
