// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::engine {

/// An open file for reads and writes at given places. Closed by its destructor, which syncs
/// nothing. Different threads may use one file as long as no two of them change it at the same
/// time.
class File {
  public:
    virtual ~File() = default;
    /// Writes the parts one after the other from `offset` on; grows the file. On an error some of
    /// the bytes may be there.
    [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset,
                                                std::span<const std::string_view> parts) = 0;
    /// Fills `out` from `offset` on; fewer bytes only at the end of the file.
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                      std::span<char> out) const = 0;
    /// Returns when all bytes, and the length needed to read them, are on stable storage
    /// (fdatasync). After an error nobody knows which bytes are there, and a second try that
    /// succeeds proves nothing.
    [[nodiscard]] virtual Result<void> sync() = 0;
    [[nodiscard]] virtual Result<void> truncate(std::uint64_t size) = 0;
    [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

/// Held while it lives: no other process can take the same directory.
class DirectoryLock {
  public:
    virtual ~DirectoryLock() = default;
};

enum class OpenMode : std::uint8_t {
    read,    ///< must exist
    write,   ///< must exist; reads too
    create,  ///< made empty if missing; reads and writes
};

/// Seam between the engine and the disk, so that tests can fill it, break it and cut its power.
/// Thread-safe. Errors: not_found; unavailable (no space, quota, read-only: may work later); busy
/// (lock); io for the rest.
class FileSystem {
  public:
    virtual ~FileSystem() = default;
    [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& path,
                                                             OpenMode mode) = 0;
    /// Makes the directory and its parents; fine if it exists.
    [[nodiscard]] virtual Result<void> create_directories(const std::filesystem::path& dir) = 0;
    /// Makes creations, renames and removals in `dir` durable.
    [[nodiscard]] virtual Result<void> sync_directory(const std::filesystem::path& dir) = 0;
    /// Atomic; replaces `to`.
    [[nodiscard]] virtual Result<void> rename(const std::filesystem::path& from,
                                              const std::filesystem::path& to) = 0;
    [[nodiscard]] virtual Result<void> remove(const std::filesystem::path& path) = 0;
    /// Names of the files in `dir`, in byte order.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(
        const std::filesystem::path& dir) = 0;
    /// Bytes that this process may still write in the file system of `dir`.
    [[nodiscard]] virtual Result<std::uint64_t> free_bytes(const std::filesystem::path& dir) = 0;
    /// busy, naming the process where it is known, if somebody else holds it.
    [[nodiscard]] virtual Result<std::unique_ptr<DirectoryLock>> lock(
        const std::filesystem::path& dir) = 0;
};

/// Keeps other processes from taking a directory of the machine while it is read, and writes
/// nothing there: it may lie on a medium that cannot be written. Nothing if nobody ever took it.
/// busy: somebody has it.
[[nodiscard]] Result<std::unique_ptr<DirectoryLock>> share_directory(
    const std::filesystem::path& dir);

/// The files of the machine.
[[nodiscard]] std::shared_ptr<FileSystem> posix_file_system();

}  // namespace fleet::engine
