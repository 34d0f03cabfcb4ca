// SPDX-License-Identifier: Apache-2.0
#include "app/out_file.hpp"

#include "base/check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace fleet::app {

namespace {

/// The bytes' last station: a descriptor and the name that the file gets at the end.
class Sink {
  public:
    Sink(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
    ~Sink() {
        if (path_.empty()) return;
        ::close(fd_);
        if (!finished_) ::unlink(part().c_str());
    }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    static std::filesystem::path part_of(const std::filesystem::path& path) {
        return path.string() + ".part";
    }

    Result<void> write(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
            if (n >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(n));
            } else if (errno != EINTR) {
                return fail(
                    errno_error(fmt::format("cannot write {}",
                                            path_.empty() ? "standard output" : path_.string()),
                                errno));
            }
        }
        return {};
    }
    Result<void> finish() {
        if (path_.empty()) return {};
        if (::fsync(fd_) != 0 || ::rename(part().c_str(), path_.c_str()) != 0)
            return fail(errno_error(fmt::format("cannot write {}", path_.string()), errno));
        finished_ = true;
        return {};
    }

  private:
    [[nodiscard]] std::filesystem::path part() const { return part_of(path_); }

    int fd_;
    std::filesystem::path path_;  ///< empty = standard output
    bool finished_ = false;
};

class PlainFile final : public OutFile {
  public:
    explicit PlainFile(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
    Result<void> write(std::string_view bytes) override {
        buffer_.append(bytes);
        if (buffer_.size() < kBuffer) return {};
        return flush();
    }
    Result<void> finish() override {
        FLEET_TRY_VOID(flush());
        return sink_->finish();
    }

  private:
    static constexpr std::size_t kBuffer = 256 << 10;
    Result<void> flush() {
        auto done = sink_->write(buffer_);
        buffer_.clear();
        return done;
    }
    std::unique_ptr<Sink> sink_;
    std::string buffer_;
};

class GzipFile final : public OutFile {
  public:
    explicit GzipFile(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {
        constexpr int kGzip = 16 + MAX_WBITS;
        FLEET_CHECK(deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8,
                                 Z_DEFAULT_STRATEGY) == Z_OK);
    }
    ~GzipFile() override { deflateEnd(&stream_); }
    Result<void> write(std::string_view bytes) override { return pack(bytes, Z_NO_FLUSH); }
    Result<void> finish() override {
        FLEET_TRY_VOID(pack({}, Z_FINISH));
        return sink_->finish();
    }

  private:
    Result<void> pack(std::string_view bytes, int flush) {
        // zlib does not write to its input; its interface only lacks the const.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        int code = Z_OK;
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
            stream_.avail_out = static_cast<uInt>(out_.size());
            code = deflate(&stream_, flush);
            FLEET_CHECK(code != Z_STREAM_ERROR);
            FLEET_TRY_VOID(sink_->write({out_.data(), out_.size() - stream_.avail_out}));
        } while (stream_.avail_out == 0 || (flush == Z_FINISH && code != Z_STREAM_END));
        return {};
    }
    std::unique_ptr<Sink> sink_;
    z_stream stream_{};
    std::array<char, 64 << 10> out_{};
};

class ZstdFile final : public OutFile {
  public:
    explicit ZstdFile(std::unique_ptr<Sink> sink)
        : sink_(std::move(sink)), stream_(ZSTD_createCCtx()) {
        FLEET_CHECK(stream_ != nullptr);
    }
    ~ZstdFile() override { ZSTD_freeCCtx(stream_); }
    Result<void> write(std::string_view bytes) override { return pack(bytes, ZSTD_e_continue); }
    Result<void> finish() override {
        FLEET_TRY_VOID(pack({}, ZSTD_e_end));
        return sink_->finish();
    }

  private:
    Result<void> pack(std::string_view bytes, ZSTD_EndDirective directive) {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        while (true) {
            ZSTD_outBuffer out{out_.data(), out_.size(), 0};
            const std::size_t left = ZSTD_compressStream2(stream_, &out, &in, directive);
            if (ZSTD_isError(left) != 0)
                return fail(Code::internal, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
            FLEET_TRY_VOID(sink_->write({out_.data(), out.pos}));
            const bool done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
            if (done) return {};
        }
    }
    std::unique_ptr<Sink> sink_;
    ZSTD_CCtx* stream_;
    std::array<char, 64 << 10> out_{};
};

}  // namespace

Result<std::unique_ptr<OutFile>> OutFile::create(const std::filesystem::path& path) {
    using File = std::unique_ptr<OutFile>;
    if (path == "-")
        return File(std::make_unique<PlainFile>(
            std::make_unique<Sink>(STDOUT_FILENO, std::filesystem::path())));
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return fail(Code::invalid_argument,
                    fmt::format("{} is a directory; name a file", path.string()));
    const std::filesystem::path part = Sink::part_of(path);
    constexpr int kMode = 0644;
    const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
    if (fd < 0) return fail(errno_error(fmt::format("cannot write {}", path.string()), errno));
    auto sink = std::make_unique<Sink>(fd, path);
    if (path.extension() == ".gz") return File(std::make_unique<GzipFile>(std::move(sink)));
    if (path.extension() == ".zst") return File(std::make_unique<ZstdFile>(std::move(sink)));
    return File(std::make_unique<PlainFile>(std::move(sink)));
}

}  // namespace fleet::app
