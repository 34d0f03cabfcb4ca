// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace fleet::ingest {

/// The bytes of a file or of standard input, unpacked on the way when its first bytes say gzip or
/// zstd (the name does not matter). One thread at a time.
class FileSource {
  public:
    virtual ~FileSource() = default;

    /// Fills `to` from its start and returns how much; 0 = the end. Bytes before a fault are
    /// delivered before the error: io, or corrupt for a packed stream that is damaged or ends too
    /// early. After an error there is nothing more.
    [[nodiscard]] virtual Result<std::size_t> read(std::span<char> to) = 0;
    /// Makes a read that waits for a pipe return as at the end. From any thread.
    virtual void cancel() noexcept = 0;
    /// Bytes of the file itself (packed) that were read so far. May be called from another thread.
    [[nodiscard]] virtual std::uint64_t position() const noexcept = 0;
    /// Size of the file itself; nothing for a pipe.
    [[nodiscard]] virtual std::optional<std::uint64_t> size() const noexcept = 0;
};

/// `-` is standard input. Errors name the path: not_found, invalid_argument (a directory), io.
[[nodiscard]] Result<std::unique_ptr<FileSource>> open_file_source(const std::string& path);

}  // namespace fleet::ingest
