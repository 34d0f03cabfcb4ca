// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "engine/file.hpp"

#include <filesystem>

namespace fleet::engine {

/// A directory that appears at `path` whole or not at all: it is made as `path`.partial, and gets
/// its name with commit(). Left behind by a crash, the partial one is removed by the next try.
class PartialDirectory {
  public:
    /// already_exists: something is at `path` that is not an empty directory.
    [[nodiscard]] static Result<PartialDirectory> create(FileSystem& fs,
                                                         const std::filesystem::path& path);
    PartialDirectory(PartialDirectory&& other) noexcept;
    PartialDirectory& operator=(PartialDirectory&&) = delete;
    ~PartialDirectory();  ///< removes what was not committed

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return partial_; }
    [[nodiscard]] Result<void> commit();

  private:
    PartialDirectory(FileSystem& fs, std::filesystem::path path, std::filesystem::path partial);

    FileSystem& fs_;
    std::filesystem::path path_;
    std::filesystem::path partial_;
    bool open_ = true;
};

/// Copies a file, durably. Bytes that are added meanwhile may or may not be in the copy.
[[nodiscard]] Result<void> copy_file(FileSystem& fs, const std::filesystem::path& from,
                                     const std::filesystem::path& to);

/// Makes the data directory `to` out of the backup `from`, whole or not at all; the backup stays as
/// it is. Errors: not_found (no backup there), busy (in use), already_exists (`to` is not empty),
/// io.
[[nodiscard]] Result<void> restore_backup(FileSystem& fs, const std::filesystem::path& from,
                                          const std::filesystem::path& to);

}  // namespace fleet::engine
