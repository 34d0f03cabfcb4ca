// SPDX-License-Identifier: Apache-2.0
#include "devcluster/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace fleet::devcluster {

namespace {

class Fd {
  public:
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

}  // namespace

Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t max_bytes) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return fail(errno_error(path.string(), errno));
    std::string text;
    std::array<char, 65536> buffer{};
    while (true) {
        const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(errno_error(path.string(), errno));
        if (got == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > max_bytes)
            return fail(Code::too_large,
                        fmt::format("{} is larger than {} bytes", path.string(), max_bytes));
    }
}

Result<void> write_small_file(const std::filesystem::path& path, std::string_view text) {
    const std::filesystem::path fresh = path.string() + ".new";
    {
        const Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (file.get() < 0) return fail(errno_error(fresh.string(), errno));
        while (!text.empty()) {
            const ssize_t put = ::write(file.get(), text.data(), text.size());
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return fail(errno_error(fresh.string(), errno));
            text.remove_prefix(static_cast<std::size_t>(put));
        }
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(errno_error(path.string(), errno));
    return {};
}

Result<void> make_directory(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
        return fail(errno_error(fmt::format("cannot make {}", path.string()), error.value()));
    return {};
}

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& dir) {
    const std::filesystem::path path = dir / "lock";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return fail(errno_error(path.string(), errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return DirectoryLock(fd);
    const int why = errno;
    ::close(fd);
    if (why == EWOULDBLOCK)
        return fail(Code::busy, fmt::format("another `fleet cassandra` works on the cluster in {}; "
                                            "wait until it is done",
                                            dir.string()));
    return fail(errno_error(path.string(), why));
}

DirectoryLock::~DirectoryLock() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace fleet::devcluster
