// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_source.hpp"

#include "base/check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace fleet::ingest {

namespace {

constexpr std::size_t kPackedBuffer = 256 << 10;

/// A descriptor that is read in order; closed at the end unless it is standard input.
class RawFile {
  public:
    RawFile(int fd, std::string name, bool owned, std::optional<std::uint64_t> size)
        : fd_(fd), owned_(owned), name_(std::move(name)), size_(size) {}
    ~RawFile() {
        if (owned_) ::close(fd_);
    }
    RawFile(const RawFile&) = delete;
    RawFile& operator=(const RawFile&) = delete;

    Result<std::size_t> read(std::span<char> to) {
        if (!pushed_back_.empty()) {
            const std::size_t n = std::min(to.size(), pushed_back_.size());
            std::memcpy(to.data(), pushed_back_.data(), n);
            pushed_back_.erase(0, n);
            return n;
        }
        while (!cancelled_.load(std::memory_order_relaxed)) {
            if (!size_ && !readable()) continue;
            const ssize_t n = ::read(fd_, to.data(), to.size());
            if (n >= 0) {
                position_.fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
                return static_cast<std::size_t>(n);
            }
            if (errno != EINTR)
                return fail(errno_error(fmt::format("{}: cannot read", name_), errno));
        }
        return std::size_t{0};
    }
    /// Looks at the first bytes, which read() then gives again.
    Result<std::string> peek(std::size_t count) {
        std::string bytes(count, '\0');
        std::size_t filled = 0;
        while (filled < count) {
            FLEET_TRY(const std::size_t n, read(std::span(bytes).subspan(filled)));
            if (n == 0) break;
            filled += n;
        }
        bytes.resize(filled);
        pushed_back_ = bytes;
        return bytes;
    }
    void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool cancelled() const noexcept {
        return cancelled_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::uint64_t position() const noexcept {
        return position_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return size_; }

  private:
    /// Waits a little for a pipe, so that cancel() is noticed while nobody writes.
    [[nodiscard]] bool readable() const noexcept {
        constexpr int kWaitMs = 100;
        pollfd wanted{fd_, POLLIN, 0};
        return ::poll(&wanted, 1, kWaitMs) > 0;
    }

    int fd_;
    bool owned_;
    std::string name_;
    std::optional<std::uint64_t> size_;
    std::string pushed_back_;
    std::atomic<std::uint64_t> position_{0};
    std::atomic<bool> cancelled_{false};
};

class PlainSource final : public FileSource {
  public:
    explicit PlainSource(std::unique_ptr<RawFile> file) : file_(std::move(file)) {}
    Result<std::size_t> read(std::span<char> to) override { return file_->read(to); }
    void cancel() noexcept override { file_->cancel(); }
    [[nodiscard]] std::uint64_t position() const noexcept override { return file_->position(); }
    [[nodiscard]] std::optional<std::uint64_t> size() const noexcept override {
        return file_->size();
    }

  private:
    std::unique_ptr<RawFile> file_;
};

/// What gzip and zstd share: a buffer of packed bytes, and the rule that good bytes come before the
/// error.
class PackedSource : public FileSource {
  public:
    explicit PackedSource(std::unique_ptr<RawFile> file)
        : file_(std::move(file)), packed_(kPackedBuffer) {}

    Result<std::size_t> read(std::span<char> to) override {
        if (failed_) return fail(*failed_);
        std::size_t filled = 0;
        while (filled < to.size() && !ended_) {
            if (in_.empty()) {
                FLEET_TRY(const std::size_t n, file_->read(packed_));
                in_ = std::span(packed_).first(n);
                if (n == 0) {
                    ended_ = true;
                    if (inside() && !file_->cancelled())
                        failed_ = damaged("ends in the middle; it was cut off");
                    break;
                }
            }
            auto made = unpack(to.subspan(filled));
            if (!made) {
                failed_ = std::move(made).error();
                break;
            }
            filled += *made;
        }
        if (filled == 0 && failed_) return fail(*failed_);
        return filled;
    }
    void cancel() noexcept override { file_->cancel(); }
    [[nodiscard]] std::uint64_t position() const noexcept override { return file_->position(); }
    [[nodiscard]] std::optional<std::uint64_t> size() const noexcept override {
        return file_->size();
    }

  protected:
    /// Unpacks some of in_ into `to` and takes off in_ what was used.
    virtual Result<std::size_t> unpack(std::span<char> to) = 0;
    /// Whether the stream is not complete, so that the file must not end here.
    [[nodiscard]] virtual bool inside() const noexcept = 0;

    [[nodiscard]] Error damaged(std::string_view what) const {
        return Error(Code::corrupt, fmt::format("{}: the packed file {} (byte {} of it)",
                                                file_->name(), what, file_->position()));
    }
    std::span<char> in_;

  private:
    std::unique_ptr<RawFile> file_;
    std::vector<char> packed_;
    std::optional<Error> failed_;
    bool ended_ = false;
};

class GzipSource final : public PackedSource {
  public:
    explicit GzipSource(std::unique_ptr<RawFile> file) : PackedSource(std::move(file)) {
        constexpr int kGzipOnly = 16 + MAX_WBITS;
        FLEET_CHECK(inflateInit2(&stream_, kGzipOnly) == Z_OK);
    }
    ~GzipSource() override { inflateEnd(&stream_); }

  protected:
    Result<std::size_t> unpack(std::span<char> to) override {
        if (between_members_) {
            // A gzip file may be several, one after the other; zeros behind the last are padding of
            // tapes.
            if (static_cast<unsigned char>(in_.front()) != 0x1f) {
                in_ = {};
                return std::size_t{0};
            }
            inflateReset(&stream_);
            between_members_ = false;
        }
        stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
        stream_.avail_in = static_cast<uInt>(in_.size());
        stream_.next_out = reinterpret_cast<Bytef*>(to.data());
        stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(to.size(), 1U << 30));
        const std::size_t room = stream_.avail_out;
        const int code = inflate(&stream_, Z_NO_FLUSH);
        in_ = in_.last(stream_.avail_in);
        if (code == Z_STREAM_END) {
            between_members_ = true;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return fail(damaged(fmt::format(
                "is damaged: {}", stream_.msg != nullptr ? stream_.msg : "no valid gzip")));
        }
        return room - stream_.avail_out;
    }
    [[nodiscard]] bool inside() const noexcept override { return !between_members_; }

  private:
    z_stream stream_{};
    bool between_members_ = false;
};

class ZstdSource final : public PackedSource {
  public:
    explicit ZstdSource(std::unique_ptr<RawFile> file)
        : PackedSource(std::move(file)), stream_(ZSTD_createDStream()) {
        FLEET_CHECK(stream_ != nullptr);
    }
    ~ZstdSource() override { ZSTD_freeDStream(stream_); }

  protected:
    Result<std::size_t> unpack(std::span<char> to) override {
        ZSTD_inBuffer in{in_.data(), in_.size(), 0};
        ZSTD_outBuffer out{to.data(), to.size(), 0};
        const std::size_t code = ZSTD_decompressStream(stream_, &out, &in);
        in_ = in_.subspan(in.pos);
        if (ZSTD_isError(code) != 0)
            return fail(damaged(fmt::format("is damaged: {}", ZSTD_getErrorName(code))));
        inside_ = code != 0;
        return out.pos;
    }
    [[nodiscard]] bool inside() const noexcept override { return inside_; }

  private:
    ZSTD_DStream* stream_;
    bool inside_ = true;
};

}  // namespace

Result<std::unique_ptr<FileSource>> open_file_source(const std::string& path) {
    const bool from_stdin = path == "-";
    const std::string name = from_stdin ? "standard input" : path;
    const int fd = from_stdin ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        const int why = errno;
        const Error error = errno_error(name, why);
        const std::string_view remedy = why == ENOENT   ? "; check the name"
                                        : why == EACCES ? "; check its permissions"
                                                        : "";
        return fail(error.code, error.message + std::string(remedy));
    }
    struct stat status{};
    const bool known = ::fstat(fd, &status) == 0;
    const int why = errno;
    std::optional<std::uint64_t> size;
    if (known && S_ISREG(status.st_mode)) size = static_cast<std::uint64_t>(status.st_size);
    auto file = std::make_unique<RawFile>(fd, name, !from_stdin, size);
    if (!known) return fail(errno_error(name, why));
    if (S_ISDIR(status.st_mode))
        return fail(Code::invalid_argument,
                    fmt::format("{}: is a directory; name the files in it", name));

    FLEET_TRY(const std::string head, file->peek(4));
    using Source = std::unique_ptr<FileSource>;
    if (head.substr(0, 2) == "\x1f\x8b")
        return Source(std::make_unique<GzipSource>(std::move(file)));
    if (head == "\x28\xb5\x2f\xfd") return Source(std::make_unique<ZstdSource>(std::move(file)));
    return Source(std::make_unique<PlainSource>(std::move(file)));
}

}  // namespace fleet::ingest
