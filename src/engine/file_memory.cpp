// SPDX-License-Identifier: Apache-2.0
#include "engine/file_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace fleet::engine {

using std::filesystem::path;

namespace {

std::string key(const path& file) { return file.lexically_normal().string(); }

}  // namespace

class MemoryFile final : public File {
  public:
    MemoryFile(MemoryFileSystem& fs, std::shared_ptr<MemoryFileSystem::Inode> inode)
        : fs_(fs), inode_(std::move(inode)) {}

    Result<void> write_at(std::uint64_t offset, std::span<const std::string_view> parts) override {
        const std::lock_guard lock(fs_.mutex_);
        MemoryFileSystem::Change change{offset, {}, {}};
        for (const std::string_view part : parts) change.bytes.append(part);
        if (change.bytes.empty()) return {};
        const bool alive = !fs_.dead_locked();
        std::optional<Error> error = fs_.begin(MemoryFileSystem::Operation::write);
        if (error) {
            if (!alive) return fail(std::move(*error));
            change.bytes.resize(change.bytes.size() / 2);
        } else if (fs_.capacity_) {
            const std::uint64_t others = fs_.used() - inode_->data.size();
            const std::uint64_t room = *fs_.capacity_ > others ? *fs_.capacity_ - others : 0;
            const std::uint64_t limit = std::max<std::uint64_t>(room, inode_->data.size());
            if (offset + change.bytes.size() > limit) {
                error = Error(Code::unavailable, "write: no space left in memory file system");
                change.bytes.resize(limit > offset ? limit - offset : 0);
            }
        }
        if (!change.bytes.empty()) {
            MemoryFileSystem::apply(inode_->data, change);
            inode_->pending.push_back(std::move(change));
        }
        if (error) return fail(std::move(*error));
        return {};
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
        const std::lock_guard lock(fs_.mutex_);
        if (offset >= inode_->data.size()) return std::size_t{0};
        const std::size_t n = std::min<std::size_t>(out.size(), inode_->data.size() - offset);
        std::memcpy(out.data(), inode_->data.data() + offset, n);
        return n;
    }

    Result<void> sync() override {
        const std::lock_guard lock(fs_.mutex_);
        std::optional<Error> error = fs_.begin(MemoryFileSystem::Operation::sync);
        if (error) {
            if (!fs_.dead_locked()) inode_->pending.clear();
            return fail(std::move(*error));
        }
        for (const auto& change : inode_->pending) MemoryFileSystem::apply(inode_->durable, change);
        inode_->pending.clear();
        return {};
    }

    Result<void> truncate(std::uint64_t size) override {
        const std::lock_guard lock(fs_.mutex_);
        if (auto error = fs_.begin(MemoryFileSystem::Operation::truncate))
            return fail(std::move(*error));
        MemoryFileSystem::Change change{0, {}, size};
        MemoryFileSystem::apply(inode_->data, change);
        inode_->pending.push_back(std::move(change));
        return {};
    }

    Result<std::uint64_t> size() const override {
        const std::lock_guard lock(fs_.mutex_);
        return std::uint64_t{inode_->data.size()};
    }

  private:
    MemoryFileSystem& fs_;
    std::shared_ptr<MemoryFileSystem::Inode> inode_;
};

class MemoryLock final : public DirectoryLock {
  public:
    MemoryLock(MemoryFileSystem& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}
    ~MemoryLock() override {
        const std::lock_guard lock(fs_.mutex_);
        std::erase(fs_.locks_, dir_);
    }

  private:
    MemoryFileSystem& fs_;
    std::string dir_;
};

MemoryFileSystem::MemoryFileSystem() = default;
MemoryFileSystem::~MemoryFileSystem() = default;

void MemoryFileSystem::fail(Operation operation, std::uint64_t nth, Code code,
                            std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    faults_.push_back({operation, nth - 1, count, code});
}

void MemoryFileSystem::heal() {
    const std::lock_guard lock(mutex_);
    faults_.clear();
}

void MemoryFileSystem::set_capacity(std::optional<std::uint64_t> bytes) {
    const std::lock_guard lock(mutex_);
    capacity_ = bytes;
}

void MemoryFileSystem::die_at(std::uint64_t nth) {
    const std::lock_guard lock(mutex_);
    die_at_ = operations_ + nth - 1;
}

bool MemoryFileSystem::dead() const {
    const std::lock_guard lock(mutex_);
    return dead_locked();
}

std::uint64_t MemoryFileSystem::operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
}

std::shared_ptr<MemoryFileSystem> MemoryFileSystem::after_kill() const {
    const std::lock_guard lock(mutex_);
    auto image = std::make_shared<MemoryFileSystem>();
    // One inode may have several names here (renamed between two syncs), so copies are shared in
    // the same way.
    std::unordered_map<const Inode*, std::shared_ptr<Inode>> copies;
    const auto copy = [&](const Names& names) {
        Names result;
        for (const auto& [name, inode] : names) {
            auto& target = copies[inode.get()];
            if (!target) target = std::make_shared<Inode>(*inode);
            result[name] = target;
        }
        return result;
    };
    image->names_ = copy(names_);
    image->durable_names_ = copy(durable_names_);
    for (const Names& names : pending_names_) image->pending_names_.push_back(copy(names));
    return image;
}

std::shared_ptr<MemoryFileSystem> MemoryFileSystem::after_power_loss(std::uint64_t seed) const {
    const std::lock_guard lock(mutex_);
    std::mt19937_64 random(seed);
    auto image = std::make_shared<MemoryFileSystem>();
    const std::size_t survived = random() % (pending_names_.size() + 1);
    const Names& names = survived == 0 ? durable_names_ : pending_names_[survived - 1];
    for (const auto& [name, inode] : names) {
        auto copy = std::make_shared<Inode>();
        copy->data = torn(*inode, random);
        copy->durable = copy->data;
        image->names_[name] = std::move(copy);
    }
    image->durable_names_ = image->names_;
    return image;
}

std::string MemoryFileSystem::torn(const Inode& inode, std::mt19937_64& random) {
    static constexpr std::size_t kSector = 512;
    std::string data = inode.durable;
    const std::uint64_t way = random() % 4;
    if (way == 0) return data;  // nothing of the rest was written
    if (way == 1) {             // all of it was
        for (const Change& change : inode.pending) apply(data, change);
        return data;
    }
    if (way == 2) {  // in order, torn at a byte
        const std::size_t whole = random() % (inode.pending.size() + 1);
        for (std::size_t i = 0; i < whole; ++i) apply(data, inode.pending[i]);
        if (whole < inode.pending.size()) {
            Change last = inode.pending[whole];
            if (!last.bytes.empty()) {
                last.bytes.resize(random() % (last.bytes.size() + 1));
                if (!last.bytes.empty()) apply(data, last);
            }
        }
        return data;
    }
    for (const Change& change : inode.pending) {  // any sectors, in any order
        if (change.size) {
            if (random() % 2 == 0) apply(data, change);
            continue;
        }
        for (std::size_t at = 0; at < change.bytes.size();) {
            const std::size_t in_sector = (change.offset + at) % kSector;
            const std::size_t n = std::min(kSector - in_sector, change.bytes.size() - at);
            if (random() % 2 == 0)
                apply(data, {change.offset + at, change.bytes.substr(at, n), {}});
            at += n;
        }
    }
    return data;
}

std::string MemoryFileSystem::bytes(const path& file) const {
    const std::lock_guard lock(mutex_);
    const auto it = names_.find(key(file));
    return it == names_.end() ? std::string() : it->second->data;
}

void MemoryFileSystem::set_bytes(const path& file, std::string bytes) {
    const std::lock_guard lock(mutex_);
    auto& inode = names_[key(file)];
    if (!inode) inode = std::make_shared<Inode>();
    inode->data = bytes;
    inode->durable = std::move(bytes);
    inode->pending.clear();
    durable_names_[key(file)] = inode;
}

Result<std::unique_ptr<File>> MemoryFileSystem::open(const path& file, OpenMode mode) {
    const std::lock_guard lock(mutex_);
    auto it = names_.find(key(file));
    if (it == names_.end()) {
        if (mode != OpenMode::create)
            return fleet::fail(Code::not_found,
                               fmt::format("open {}: no such file", file.string()));
        if (auto error = begin(Operation::create)) return fleet::fail(std::move(*error));
        it = names_.emplace(key(file), std::make_shared<Inode>()).first;
        names_changed();
    }
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(*this, it->second));
}

Result<void> MemoryFileSystem::create_directories(const path&) { return {}; }

Result<void> MemoryFileSystem::sync_directory(const path&) {
    const std::lock_guard lock(mutex_);
    if (auto error = begin(Operation::sync_directory)) return fleet::fail(std::move(*error));
    durable_names_ = names_;
    pending_names_.clear();
    return {};
}

Result<void> MemoryFileSystem::rename(const path& from, const path& to) {
    const std::lock_guard lock(mutex_);
    if (auto error = begin(Operation::rename)) return fleet::fail(std::move(*error));
    const auto it = names_.find(key(from));
    if (it == names_.end())
        return fleet::fail(Code::not_found, fmt::format("rename {}: no such file", from.string()));
    auto inode = it->second;
    names_.erase(it);
    names_[key(to)] = std::move(inode);
    names_changed();
    return {};
}

Result<void> MemoryFileSystem::remove(const path& file) {
    const std::lock_guard lock(mutex_);
    if (auto error = begin(Operation::remove)) return fleet::fail(std::move(*error));
    if (names_.erase(key(file)) == 0)
        return fleet::fail(Code::not_found, fmt::format("remove {}: no such file", file.string()));
    names_changed();
    return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(const path& dir) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, inode] : names_)
        if (path(name).parent_path() == dir.lexically_normal())
            names.push_back(path(name).filename().string());
    return names;
}

Result<std::uint64_t> MemoryFileSystem::free_bytes(const path&) {
    const std::lock_guard lock(mutex_);
    if (!capacity_) return UINT64_MAX;
    const std::uint64_t taken = used();
    return *capacity_ > taken ? *capacity_ - taken : std::uint64_t{0};
}

Result<std::unique_ptr<DirectoryLock>> MemoryFileSystem::lock(const path& dir) {
    const std::lock_guard guard(mutex_);
    const std::string name = key(dir);
    if (std::find(locks_.begin(), locks_.end(), name) != locks_.end())
        return fleet::fail(Code::busy, fmt::format("{} is in use", name));
    locks_.push_back(name);
    return std::unique_ptr<DirectoryLock>(std::make_unique<MemoryLock>(*this, name));
}

void MemoryFileSystem::apply(std::string& data, const Change& change) {
    if (change.size) {
        data.resize(*change.size);
        return;
    }
    if (data.size() < change.offset + change.bytes.size())
        data.resize(change.offset + change.bytes.size());
    std::memcpy(data.data() + change.offset, change.bytes.data(), change.bytes.size());
}

std::optional<Error> MemoryFileSystem::begin(Operation operation) {
    ++operations_;
    if (dead_locked()) return Error(Code::io, "the process is dead");
    for (Fault& fault : faults_) {
        if (fault.operation != operation || fault.count == 0) continue;
        if (fault.wait > 0) {
            --fault.wait;
            continue;
        }
        --fault.count;
        return Error(fault.code, "injected fault");
    }
    return std::nullopt;
}

bool MemoryFileSystem::dead_locked() const { return die_at_ && operations_ > *die_at_; }

std::uint64_t MemoryFileSystem::used() const {
    std::uint64_t bytes = 0;
    for (const auto& [name, inode] : names_) bytes += inode->data.size();
    return bytes;
}

void MemoryFileSystem::names_changed() { pending_names_.push_back(names_); }

}  // namespace fleet::engine
