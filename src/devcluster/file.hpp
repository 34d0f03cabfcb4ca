// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace fleet::devcluster {

/// The bytes of a file, also of /proc, where the size is not known before. Errors: not_found, io,
/// too_large beyond `max_bytes`.
[[nodiscard]] Result<std::string> read_small_file(const std::filesystem::path& path,
                                                  std::size_t max_bytes);
/// Writes a file that appears whole or not at all. Errors: io, unavailable (disk full).
[[nodiscard]] Result<void> write_small_file(const std::filesystem::path& path,
                                            std::string_view text);
/// Makes a directory and those above it. Errors: io.
[[nodiscard]] Result<void> make_directory(const std::filesystem::path& path);

/// Held while a command changes a cluster. Released with the object, and when the process dies.
class DirectoryLock {
  public:
    /// Errors: busy when another process has it, io.
    [[nodiscard]] static Result<DirectoryLock> take(const std::filesystem::path& dir);
    ~DirectoryLock();
    DirectoryLock(DirectoryLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    DirectoryLock& operator=(DirectoryLock&&) = delete;

  private:
    explicit DirectoryLock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace fleet::devcluster
