// SPDX-License-Identifier: Apache-2.0
#include "ingest/block_reader.hpp"

#include "base/check.hpp"

#include <cstring>
#include <utility>

namespace fleet::ingest {

BlockReader::BlockReader(std::unique_ptr<FileSource> source, std::size_t block_bytes,
                         std::size_t headroom)
    : source_(std::move(source)), block_bytes_(block_bytes), headroom_(headroom) {
    for (Buffer& buffer : buffers_)
        buffer.memory = std::make_unique_for_overwrite<char[]>(headroom_ + block_bytes_);
    thread_ = std::jthread([this] { run(); });
}

BlockReader::~BlockReader() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    source_->cancel();
    changed_.notify_all();
}

void BlockReader::run() {
    for (std::size_t i = 0;; ++i) {
        Buffer& buffer = buffers_[i % kBlocks];
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return stopping_ || !buffer.full; });
            if (stopping_) return;
        }
        fill(buffer);
        const bool end = buffer.last || buffer.error;
        {
            const std::scoped_lock lock(mutex_);
            buffer.full = true;
        }
        changed_.notify_all();
        if (end) return;
    }
}

void BlockReader::fill(Buffer& buffer) {
    buffer.filled = 0;
    while (buffer.filled < block_bytes_) {
        auto n = source_->read(
            {buffer.memory.get() + headroom_ + buffer.filled, block_bytes_ - buffer.filled});
        if (!n) {
            buffer.error = std::move(n).error();
            return;
        }
        if (*n == 0) {
            buffer.last = true;
            return;
        }
        buffer.filled += *n;
    }
}

Result<BlockReader::Block> BlockReader::next(std::string_view rest) {
    FLEET_CHECK(rest.size() <= headroom_);
    Buffer& buffer = buffers_[taken_ % kBlocks];
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return buffer.full; });
    }
    if (buffer.error && buffer.filled == 0) return fail(*buffer.error);
    char* const begin = buffer.memory.get() + headroom_ - rest.size();
    if (!rest.empty()) std::memcpy(begin, rest.data(), rest.size());
    if (buffer.error) {
        // The bytes first; the call after this one finds the same buffer, empty, and says why there
        // are no more.
        return Block{{begin, rest.size() + std::exchange(buffer.filled, 0)}, false};
    }
    {
        const std::scoped_lock lock(mutex_);
        if (taken_ > 0) buffers_[(taken_ - 1) % kBlocks].full = false;
        ++taken_;
    }
    changed_.notify_all();
    return Block{{begin, rest.size() + buffer.filled}, buffer.last};
}

}  // namespace fleet::ingest
