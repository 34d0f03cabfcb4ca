// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace fleet::replicate {

/// What is remembered of a copy over restarts, besides the position that the
/// engine keeps.
struct CopyMemory {
    /// No stamp above this was given out, µs since 1970.
    std::int64_t stamps_through = 0;
    /// Something may have been written already; if not, the copy is empty.
    bool begun = false;
    /// All devices with smaller numbers are registered in the copy.
    std::uint32_t devices = 0;
    /// Rules and zones of this epoch are in the copy.
    std::uint64_t rules_epoch = 0;
    struct Fleet {
        int retention_days = 0;
        std::uint32_t buckets = 1;
        bool operator==(const Fleet&) const = default;
    };
    std::map<std::string, Fleet> fleets;
    bool operator==(const CopyMemory&) const = default;
};

[[nodiscard]] std::string encode(const CopyMemory& memory);
[[nodiscard]] Result<CopyMemory> decode_memory(std::string_view text);

/// Keeps the memory in a file that is replaced as a whole, and gives out the
/// stamps of writes: each larger than all before it, also than those before a
/// crash, and near the wall clock. Not thread-safe.
class CopyState {
  public:
    /// Errors: corrupt, unsupported, io.
    [[nodiscard]] static Result<CopyState> open(std::filesystem::path file,
                                                std::shared_ptr<const Clock> clock);

    [[nodiscard]] const CopyMemory& memory() const noexcept { return memory_; }
    /// Durable on return.
    [[nodiscard]] Result<void> remember(CopyMemory memory);
    /// µs since 1970. Writes the file every 10 s; an error gives no stamp.
    [[nodiscard]] Result<std::int64_t> next_stamp();

  private:
    CopyState(std::filesystem::path file, std::shared_ptr<const Clock> clock)
        : file_(std::move(file)), clock_(std::move(clock)) {}

    std::filesystem::path file_;
    std::shared_ptr<const Clock> clock_;
    CopyMemory memory_;
    std::int64_t last_ = 0;
};

}  // namespace fleet::replicate
