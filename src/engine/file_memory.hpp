// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/file.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace fleet::engine {

/// Files in memory for tests, with a page cache that can be lost: a change is durable after a sync
/// of its file, a name after a sync of its directory. It can fill up, fail on request, and stop the
/// world at any operation. Thread-safe.
class MemoryFileSystem final : public FileSystem {
  public:
    enum class Operation : std::uint8_t {
        write,
        sync,
        truncate,
        rename,
        remove,
        create,
        sync_directory
    };

    MemoryFileSystem();
    ~MemoryFileSystem() override;

    // --- faults ---
    /// The `nth` operation of this kind from now (1 = the next) and the `count` − 1 after it fail
    /// with `code`. A failed write leaves half of its bytes. A failed sync makes nothing durable
    /// and, as on Linux, the changes count as clean from then on: a later sync succeeds without
    /// them.
    void fail(Operation operation, std::uint64_t nth, Code code, std::uint64_t count = 1);
    void heal();
    /// Room for all files together; nothing = no limit. A write that does not fit leaves what does.
    void set_capacity(std::optional<std::uint64_t> bytes);
    /// From the `nth` changing operation from now on nothing happens any more and everything fails:
    /// the process is dead. If the operation is a write, half of it still gets through.
    void die_at(std::uint64_t nth);
    [[nodiscard]] bool dead() const;
    /// Changing operations so far.
    [[nodiscard]] std::uint64_t operations() const;

    // --- what a later process finds ---
    /// After kill -9: everything that was written.
    [[nodiscard]] std::shared_ptr<MemoryFileSystem> after_kill() const;
    /// After a power cut: what was synced, and of the rest a random part, torn at any byte and in
    /// any order of sectors. Changes of names survive as a prefix, as in a journaling file system.
    [[nodiscard]] std::shared_ptr<MemoryFileSystem> after_power_loss(std::uint64_t seed) const;

    // --- looking and damaging ---
    [[nodiscard]] std::string bytes(const std::filesystem::path& path) const;
    void set_bytes(const std::filesystem::path& path, std::string bytes);

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, OpenMode mode) override;
    Result<void> create_directories(const std::filesystem::path& dir) override;
    Result<void> sync_directory(const std::filesystem::path& dir) override;
    Result<void> rename(const std::filesystem::path& from,
                        const std::filesystem::path& to) override;
    Result<void> remove(const std::filesystem::path& path) override;
    Result<std::vector<std::string>> list(const std::filesystem::path& dir) override;
    Result<std::uint64_t> free_bytes(const std::filesystem::path& dir) override;
    Result<std::unique_ptr<DirectoryLock>> lock(const std::filesystem::path& dir) override;

  private:
    friend class MemoryFile;
    friend class MemoryLock;

    /// A write, or a truncation when `bytes` is empty and `size` is set.
    struct Change {
        std::uint64_t offset = 0;
        std::string bytes;
        std::optional<std::uint64_t> size;
    };
    struct Inode {
        std::string data;
        std::string durable;
        std::vector<Change> pending;
    };
    using Names = std::map<std::string, std::shared_ptr<Inode>>;
    struct Fault {
        Operation operation;
        std::uint64_t wait;
        std::uint64_t count;
        Code code;
    };

    static void apply(std::string& data, const Change& change);
    static std::string torn(const Inode& inode, std::mt19937_64& random);
    /// Counts the operation; the error that it has to end with, if any.
    std::optional<Error> begin(Operation operation);
    [[nodiscard]] bool dead_locked() const;
    [[nodiscard]] std::uint64_t used() const;
    /// Records the names after a change, so that a power cut can fall between any two.
    void names_changed();

    mutable std::mutex mutex_;
    Names names_;
    Names durable_names_;
    std::vector<Names> pending_names_;
    std::vector<std::string> locks_;
    std::vector<Fault> faults_;
    std::optional<std::uint64_t> capacity_;
    std::uint64_t operations_ = 0;
    std::optional<std::uint64_t> die_at_;
};

}  // namespace fleet::engine
