// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "ingest/file_source.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace fleet::ingest {

/// Reads a source ahead on a thread of its own, so that whoever decodes seldom
/// waits for the disk or the unpacking. Bounded: kBlocks buffers. One consumer.
class BlockReader {
  public:
    /// `block_bytes` are read at a time; what the consumer leaves over may be `headroom` bytes at
    /// most.
    BlockReader(std::unique_ptr<FileSource> source, std::size_t block_bytes, std::size_t headroom);
    ~BlockReader();
    BlockReader(const BlockReader&) = delete;
    BlockReader& operator=(const BlockReader&) = delete;

    struct Block {
        std::string_view bytes;  ///< the rest of the block before, then new bytes; valid until the
                                 ///< next call of next()
        bool last = false;       ///< nothing follows
    };
    /// The next block, which begins with the `rest` of the one before (a view of its end). Good
    /// bytes before a fault come first, then the error. Not to be called after `last` or an error.
    [[nodiscard]] Result<Block> next(std::string_view rest);

    [[nodiscard]] const FileSource& source() const noexcept { return *source_; }
    [[nodiscard]] std::size_t headroom() const noexcept { return headroom_; }

  private:
    static constexpr std::size_t kBlocks = 3;  // one in use, one read ahead, one being filled

    struct Buffer {
        std::unique_ptr<char[]> memory;  ///< headroom, then the block
        std::size_t filled = 0;
        bool last = false;
        bool full = false;
        std::optional<Error> error;
    };

    void run();
    void fill(Buffer& buffer);

    std::unique_ptr<FileSource> source_;
    std::size_t block_bytes_;
    std::size_t headroom_;
    std::array<Buffer, kBlocks> buffers_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t taken_ = 0;  ///< blocks given to the consumer
    bool stopping_ = false;
    std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace fleet::ingest
