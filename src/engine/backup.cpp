// SPDX-License-Identifier: Apache-2.0
#include "engine/backup.hpp"

#include "engine/embedded_engine.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

namespace fleet::engine {

namespace stdfs = std::filesystem;

namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

Result<void> failed(const std::error_code& error, std::string_view what, const stdfs::path& path) {
    return fail(Code::io, fmt::format("{} {}: {}", what, path.string(), error.message()));
}

/// Copies all files of a directory and of those in it.
Result<void> copy_tree(FileSystem& fs, const stdfs::path& from, const stdfs::path& to) {
    FLEET_TRY_VOID(fs.create_directories(to));
    std::error_code error;
    std::vector<stdfs::directory_entry> entries;
    for (stdfs::directory_iterator it(from, error), end; !error && it != end; it.increment(error))
        entries.push_back(*it);
    if (error) return failed(error, "reading", from);
    for (const stdfs::directory_entry& entry : entries) {
        const stdfs::path target = to / entry.path().filename();
        if (entry.is_directory(error)) {
            FLEET_TRY_VOID(copy_tree(fs, entry.path(), target));
        } else if (entry.path().filename() != "LOCK") {
            FLEET_TRY_VOID(copy_file(fs, entry.path(), target));
        }
    }
    return fs.sync_directory(to);
}

}  // namespace

PartialDirectory::PartialDirectory(FileSystem& fs, stdfs::path path, stdfs::path partial)
    : fs_(fs), path_(std::move(path)), partial_(std::move(partial)) {}

PartialDirectory::PartialDirectory(PartialDirectory&& other) noexcept
    : fs_(other.fs_),
      path_(std::move(other.path_)),
      partial_(std::move(other.partial_)),
      open_(std::exchange(other.open_, false)) {}

PartialDirectory::~PartialDirectory() {
    if (!open_) return;
    std::error_code ignored;  // the next try removes it, or says why it cannot
    stdfs::remove_all(partial_, ignored);
}

Result<PartialDirectory> PartialDirectory::create(FileSystem& fs, const stdfs::path& path) {
    std::error_code error;
    const stdfs::path whole = stdfs::absolute(path, error).lexically_normal();
    if (error) return failed(error, "finding", path).error();
    const stdfs::path target = whole.has_filename() ? whole : whole.parent_path();
    const auto status = stdfs::symlink_status(target, error);
    if (stdfs::exists(status) && (!stdfs::is_directory(status) || !stdfs::is_empty(target, error)))
        return fail(Code::already_exists,
                    fmt::format("{} exists already and is not an empty directory: name another "
                                "place, or remove it first",
                                target.string()));
    stdfs::path partial = target;
    partial += ".partial";
    stdfs::remove_all(partial, error);
    if (error) return failed(error, "removing", partial).error();
    FLEET_TRY_VOID(fs.create_directories(partial));
    return PartialDirectory(fs, target, std::move(partial));
}

Result<void> PartialDirectory::commit() {
    FLEET_TRY_VOID(fs_.sync_directory(partial_));
    std::error_code error;
    stdfs::remove(path_, error);  // an empty directory that was there
    if (error) return failed(error, "removing", path_);
    FLEET_TRY_VOID(fs_.rename(partial_, path_));
    open_ = false;
    return fs_.sync_directory(path_.parent_path());
}

Result<void> copy_file(FileSystem& fs, const stdfs::path& from, const stdfs::path& to) {
    FLEET_TRY(const auto source, fs.open(from, OpenMode::read));
    FLEET_TRY(const auto copy, fs.open(to, OpenMode::create));
    std::vector<char> buffer(kCopyBytes);
    for (std::uint64_t at = 0;;) {
        FLEET_TRY(const std::size_t size, source->read_at(at, buffer));
        if (size == 0) break;
        const std::string_view part(buffer.data(), size);
        FLEET_TRY_VOID(copy->write_at(at, std::span(&part, 1)));
        at += size;
    }
    return copy->sync();
}

Result<void> EmbeddedEngine::backup(const stdfs::path& to) {
    FLEET_TRY(PartialDirectory made, PartialDirectory::create(*fs_, to));
    {
        // While it is held nothing is trimmed, so the journal goes on where the tables end.
        const std::lock_guard lock(checkpoint_mutex_);
        FLEET_TRY_VOID(write_checkpoint());
        FLEET_TRY_VOID(tables_->copy_to(made.path() / "tables"));
        const stdfs::path journal = options_.dir / "journal";
        FLEET_TRY_VOID(fs_->create_directories(made.path() / "journal"));
        // The fence first: it must not promise more than the segments that are copied after it
        // hold.
        FLEET_TRY(const auto names, fs_->list(journal));
        for (const bool fence : {true, false})
            for (const std::string& name : names)
                if ((name == "fence") == fence)
                    FLEET_TRY_VOID(copy_file(*fs_, journal / name, made.path() / "journal" / name));
    }
    FLEET_TRY_VOID(fs_->sync_directory(made.path() / "journal"));
    FLEET_TRY_VOID(fs_->sync_directory(made.path() / "tables"));
    FLEET_TRY_VOID(copy_file(*fs_, options_.dir / "FORMAT", made.path() / "FORMAT"));
    return made.commit();
}

Result<void> restore_backup(FileSystem& fs, const stdfs::path& from, const stdfs::path& to) {
    std::error_code error;
    if (!stdfs::exists(from / "FORMAT", error) || !stdfs::is_directory(from / "tables", error))
        return fail(
            Code::not_found,
            fmt::format("{} is no backup: it has no FORMAT file or no tables", from.string()));
    FLEET_TRY(const auto unused, share_directory(from));
    FLEET_TRY(PartialDirectory made, PartialDirectory::create(fs, to));
    FLEET_TRY_VOID(copy_tree(fs, from, made.path()));
    return made.commit();
}

}  // namespace fleet::engine
