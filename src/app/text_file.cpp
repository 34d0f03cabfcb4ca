// SPDX-License-Identifier: Apache-2.0
#include "app/text_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace fleet::app {

namespace {

Result<std::string> read_all(int fd, const std::string& shown, std::size_t max_bytes) {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    std::string text;
    for (;;) {
        const std::size_t size = text.size();
        text.resize(size + std::min(kPiece, max_bytes + 1 - size));
        const ssize_t n = ::read(fd, text.data() + size, text.size() - size);
        text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno_error(shown, errno));
        if (n == 0) return text;
        if (text.size() > max_bytes)
            return fail(Code::too_large,
                        fmt::format("{}: more than {} bytes; divide it", shown, max_bytes));
    }
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes) {
    if (path == "-") return read_all(STDIN_FILENO, "standard input", max_bytes);
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(errno_error(path, errno));
    struct stat about{};
    auto text = ::fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)
                    ? Result<std::string>(Error(Code::io, path + ": a directory, not a file"))
                    : read_all(fd, path, max_bytes);
    ::close(fd);
    return text;
}

}  // namespace fleet::app
