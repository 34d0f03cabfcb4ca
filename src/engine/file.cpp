// SPDX-License-Identifier: Apache-2.0
#include "engine/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>

namespace fleet::engine {

namespace {

using std::filesystem::path;

/// The error of a system call on a file. A read-only file system may be writable again later, so it
/// is `unavailable`.
Failure os_failure(std::string_view what, const path& file, int errno_value) {
    Error error = errno_error(fmt::format("{} {}", what, file.string()), errno_value);
    if (errno_value == EROFS) error.code = Code::unavailable;
    return fail(std::move(error));
}

/// Owns a descriptor.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }

  private:
    int fd_;
};

Result<Descriptor> open_descriptor(const path& file, int flags) {
    int fd = -1;
    do {
        fd = ::open(file.c_str(), flags | O_CLOEXEC, 0644);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return os_failure("open", file, errno);
    return Descriptor(fd);
}

class PosixFile final : public File {
  public:
    PosixFile(Descriptor fd, path name) : fd_(std::move(fd)), name_(std::move(name)) {}

    Result<void> write_at(std::uint64_t offset, std::span<const std::string_view> parts) override {
        std::array<iovec, 256> vectors;
        std::size_t part = 0;
        std::size_t skip = 0;  // bytes of parts[part] that are written already
        while (true) {
            std::size_t count = 0;
            for (std::size_t i = part; i < parts.size() && count < vectors.size(); ++i) {
                const std::string_view rest = i == part ? parts[i].substr(skip) : parts[i];
                if (rest.empty()) continue;
                vectors[count++] = {const_cast<char*>(rest.data()), rest.size()};
            }
            if (count == 0) return {};
            const ssize_t n = ::pwritev(fd_.get(), vectors.data(), static_cast<int>(count),
                                        static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return os_failure("write", name_, errno);
            // Zero bytes for a non-empty request would loop for ever; the kernel does that only
            // when it has no room.
            if (n == 0) return os_failure("write", name_, ENOSPC);
            offset += static_cast<std::uint64_t>(n);
            std::size_t left = static_cast<std::size_t>(n) + skip;
            while (part < parts.size() && left >= parts[part].size()) left -= parts[part++].size();
            skip = left;
        }
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
        std::size_t done = 0;
        while (done < out.size()) {
            const ssize_t n = ::pread(fd_.get(), out.data() + done, out.size() - done,
                                      static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return os_failure("read", name_, errno);
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    Result<void> sync() override {
        // Not repeated after EINTR either: whether the pages were written is then unknown.
        if (::fdatasync(fd_.get()) != 0) return os_failure("fdatasync", name_, errno);
        return {};
    }

    Result<void> truncate(std::uint64_t size) override {
        while (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
            if (errno != EINTR) return os_failure("truncate", name_, errno);
        return {};
    }

    Result<std::uint64_t> size() const override {
        struct stat info{};
        if (::fstat(fd_.get(), &info) != 0) return os_failure("stat", name_, errno);
        return static_cast<std::uint64_t>(info.st_size);
    }

  private:
    Descriptor fd_;
    path name_;
};

class PosixLock final : public DirectoryLock {
  public:
    explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

  private:
    Descriptor fd_;  // the kernel lets go of the lock when it is closed, also when the process dies
};

/// LOCK_EX or LOCK_SH on the lock file of a directory.
Result<void> take(const Descriptor& fd, int kind, const path& dir) {
    if (::flock(fd.get(), kind | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return os_failure("lock", dir / "LOCK", errno);
    std::array<char, 16> text{};
    const ssize_t n = ::pread(fd.get(), text.data(), text.size(), 0);
    int holder = 0;
    if (n > 0) std::from_chars(text.data(), text.data() + n, holder);
    return fail(Code::busy, holder > 0
                                ? fmt::format("{} is in use by process {}", dir.string(), holder)
                                : fmt::format("{} is in use by another process", dir.string()));
}

class PosixFileSystem final : public FileSystem {
  public:
    Result<std::unique_ptr<File>> open(const path& file, OpenMode mode) override {
        const int flags = mode == OpenMode::read    ? O_RDONLY
                          : mode == OpenMode::write ? O_RDWR
                                                    : O_RDWR | O_CREAT;
        FLEET_TRY(Descriptor fd, open_descriptor(file, flags));
        return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), file));
    }

    Result<void> create_directories(const path& dir) override {
        std::error_code error;
        std::filesystem::create_directories(dir, error);
        if (error) return os_failure("create directory", dir, error.value());
        return {};
    }

    Result<void> sync_directory(const path& dir) override {
        FLEET_TRY(Descriptor fd, open_descriptor(dir, O_RDONLY | O_DIRECTORY));
        if (::fsync(fd.get()) != 0) return os_failure("fsync", dir, errno);
        return {};
    }

    Result<void> rename(const path& from, const path& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return os_failure("rename", from, errno);
        return {};
    }

    Result<void> remove(const path& file) override {
        if (::unlink(file.c_str()) != 0) return os_failure("remove", file, errno);
        return {};
    }

    Result<std::vector<std::string>> list(const path& dir) override {
        std::vector<std::string> names;
        std::error_code error;
        std::filesystem::directory_iterator it(dir, error);
        for (; !error && it != std::filesystem::directory_iterator(); it.increment(error))
            names.push_back(it->path().filename().string());
        if (error) return os_failure("list", dir, error.value());
        std::sort(names.begin(), names.end());
        return names;
    }

    Result<std::uint64_t> free_bytes(const path& dir) override {
        struct statvfs info{};
        if (::statvfs(dir.c_str(), &info) != 0) return os_failure("statvfs", dir, errno);
        return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    }

    Result<std::unique_ptr<DirectoryLock>> lock(const path& dir) override {
        const path file = dir / "LOCK";
        FLEET_TRY(Descriptor fd, open_descriptor(file, O_RDWR | O_CREAT));
        FLEET_TRY_VOID(take(fd, LOCK_EX, dir));
        // The number is for the message above only; a full disk must not keep anybody from opening.
        const std::string pid = fmt::format("{}\n", ::getpid());
        if (::ftruncate(fd.get(), 0) == 0)
            static_cast<void>(::pwrite(fd.get(), pid.data(), pid.size(), 0) ==
                              static_cast<ssize_t>(pid.size()));
        return std::unique_ptr<DirectoryLock>(std::make_unique<PosixLock>(std::move(fd)));
    }
};

}  // namespace

Result<std::unique_ptr<DirectoryLock>> share_directory(const path& dir) {
    auto fd = open_descriptor(dir / "LOCK", O_RDONLY);
    if (!fd) {
        if (fd.error().code == Code::not_found) return std::unique_ptr<DirectoryLock>();
        return fail(std::move(fd).error());
    }
    FLEET_TRY_VOID(take(*fd, LOCK_SH, dir));
    return std::unique_ptr<DirectoryLock>(std::make_unique<PosixLock>(std::move(*fd)));
}

std::shared_ptr<FileSystem> posix_file_system() { return std::make_shared<PosixFileSystem>(); }

}  // namespace fleet::engine
