// SPDX-License-Identifier: Apache-2.0
#include "server/inflate.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace fleet::server {

namespace {

constexpr std::uint64_t kFreeOfRatio = 1U << 20;
constexpr std::size_t kFirstBuffer = 64U << 10;
constexpr int kMaxZstdWindowLog = 23;  // 8 MiB, what levels up to 19 use

/// The result while it grows: doubles, but never beyond the limits and the budget.
class Output {
  public:
    Output(std::size_t input, const InflateLimits& limits, Reservation& reservation)
        : limit_(std::min(limits.bytes, std::max(kFreeOfRatio, limits.ratio * input))),
          held_before_(reservation.bytes()),
          reservation_(reservation) {}

    /// Room after what is there; makes more when it is full.
    Result<void> make_room() {
        if (used_ < text_.size()) return {};
        if (text_.size() >= limit_)
            return fail(Code::too_large,
                        fmt::format("the body inflates to more than {} bytes", limit_));
        const std::size_t size =
            std::min<std::size_t>(limit_, std::max(kFirstBuffer, text_.size() * 2));
        if (!reservation_.grow_to(held_before_ + size))
            return fail(Code::overloaded,
                        "too many bytes are being taken in right now; send it again later");
        text_.resize(size);
        return {};
    }
    char* at() noexcept { return text_.data() + used_; }
    [[nodiscard]] std::size_t room() const noexcept { return text_.size() - used_; }
    void advance(std::size_t bytes) noexcept { used_ += bytes; }
    std::string take() {
        text_.resize(used_);
        return std::move(text_);
    }

  private:
    const std::uint64_t limit_;
    const std::uint64_t held_before_;
    Reservation& reservation_;
    std::string text_;
    std::size_t used_ = 0;
};

Failure damaged(std::string_view kind) {
    return fail(Code::invalid_argument, fmt::format("the {} body is damaged or truncated", kind));
}

Result<std::string> inflate_gzip(std::string_view body, Output output) {
    z_stream stream{};
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream, kGzipOnly) != Z_OK)
        return fail(Code::internal, "zlib could not start");
    const std::unique_ptr<z_stream, void (*)(z_stream*)> guard(&stream,
                                                               [](z_stream* s) { inflateEnd(s); });
    // zlib does not write to its input; the interface is older than const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    for (;;) {
        FLEET_TRY_VOID(output.make_room());
        const std::size_t room = std::min<std::size_t>(output.room(), 1U << 30);
        stream.next_out = reinterpret_cast<Bytef*>(output.at());
        stream.avail_out = static_cast<uInt>(room);
        const int state = ::inflate(&stream, Z_NO_FLUSH);
        output.advance(room - stream.avail_out);
        if (state == Z_STREAM_END) {
            if (stream.avail_in == 0) return output.take();
            if (inflateReset(&stream) != Z_OK)
                return fail(Code::internal, "zlib could not start again");
        } else if (state != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) {
            return damaged("gzip");
        }
    }
}

Result<std::string> inflate_zstd(std::string_view body, Output output) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       ZSTD_freeDCtx);
    if (!context || ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax,
                                                        kMaxZstdWindowLog)) != 0U)
        return fail(Code::internal, "zstd could not start");
    ZSTD_inBuffer in{body.data(), body.size(), 0};
    for (;;) {
        FLEET_TRY_VOID(output.make_room());
        ZSTD_outBuffer out{output.at(), output.room(), 0};
        const std::size_t left = ZSTD_decompressStream(context.get(), &out, &in);
        if (ZSTD_isError(left) != 0U) return damaged("zstd");
        const bool full = out.pos == out.size;
        output.advance(out.pos);
        if (left == 0 && in.pos == in.size) return output.take();
        if (in.pos == in.size && !full) return damaged("zstd");
    }
}

}  // namespace

Result<Encoding> encoding_of(std::string_view header) {
    std::string name(header);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (name.empty() || name == "identity") return Encoding::identity;
    if (name == "gzip" || name == "x-gzip") return Encoding::gzip;
    if (name == "zstd") return Encoding::zstd;
    return fail(Code::unsupported, "Content-Encoding must be gzip, zstd or identity");
}

Result<std::string> inflate(Encoding encoding, std::string_view body, const InflateLimits& limits,
                            Reservation& reservation) {
    Output output(body.size(), limits, reservation);
    switch (encoding) {
        case Encoding::gzip: return inflate_gzip(body, std::move(output));
        case Encoding::zstd: return inflate_zstd(body, std::move(output));
        case Encoding::identity: break;
    }
    return std::string(body);
}

}  // namespace fleet::server
