// SPDX-License-Identifier: Apache-2.0
#include "codec/chunk_pack.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace fleet::codec::chunk {
namespace {

// ---- bit-packing ---------------------------------------------------------------------------------------------------

constexpr std::size_t kGroup = 64;   // values that fill whole 64-bit words at every width

std::uint64_t load_le(const char* p) noexcept {
    std::uint64_t v = 0;
    std::memcpy(&v, p, sizeof v);
    if constexpr (std::endian::native == std::endian::big) v = __builtin_bswap64(v);
    return v;
}

template <unsigned W, std::size_t I>
std::uint32_t value_at(const std::uint64_t* words) noexcept {
    constexpr std::size_t kBit = I * W;
    constexpr unsigned kShift = kBit % 64;
    std::uint64_t v = words[kBit / 64] >> kShift;
    if constexpr (kShift + W > 64) v |= words[kBit / 64 + 1] << (64 - kShift);
    return static_cast<std::uint32_t>(v & ((std::uint64_t{1} << W) - 1));
}

template <unsigned W>
void unpack_group(const char* in, std::uint32_t* out) noexcept {
    if constexpr (W == 0) {
        std::fill_n(out, kGroup, 0U);
    } else {
        std::uint64_t words[W];
        for (std::size_t i = 0; i < W; ++i) words[i] = load_le(in + 8 * i);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((out[I] = value_at<W, I>(words)), ...);
        }(std::make_index_sequence<kGroup>{});
    }
}

using UnpackGroup = void (*)(const char*, std::uint32_t*) noexcept;
constexpr auto kUnpackGroup = []<std::size_t... W>(std::index_sequence<W...>) {
    return std::array<UnpackGroup, sizeof...(W)>{&unpack_group<W>...};
}(std::make_index_sequence<33>{});

// ---- predictions ---------------------------------------------------------------------------------------------------

/// What a value is expected to be. Persisted: never renumber.
enum Prediction : unsigned {
    kLevel = 0,    ///< the last value before the block: for values that scatter around a level
    kDelta = 1,    ///< the value before
    kLine = 2,     ///< the value before and its step once more: for noiseless motion
    kDamped = 3,   ///< the value before and half its step: noisy motion (noise variance 3.5 instead of 6 times)
};

constexpr std::uint32_t half(std::uint32_t step) noexcept {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(step) >> 1);   // arithmetic in C++20
}

void residuals(Prediction prediction, const std::uint32_t* v, std::uint32_t* r) noexcept {
    const std::uint32_t level = v[-1];
    switch (prediction) {
    case kLevel:
        for (std::size_t i = 0; i < kBlock; ++i) r[i] = v[i] - level;
        break;
    case kDelta:
        for (std::size_t i = 0; i < kBlock; ++i) r[i] = v[i] - v[i - 1];
        break;
    case kLine:
        for (std::size_t i = 0; i < kBlock; ++i) r[i] = v[i] - 2 * v[i - 1] + v[i - 2];
        break;
    case kDamped:
        for (std::size_t i = 0; i < kBlock; ++i) r[i] = v[i] - v[i - 1] - half(v[i - 1] - v[i - 2]);
        break;
    }
}

/// The inverse of residuals(), in place: v holds residuals on entry.
void integrate(Prediction prediction, std::uint32_t* v) noexcept {
    std::uint32_t last = v[-1];
    std::uint32_t before = v[-2];
    switch (prediction) {
    case kLevel:
        for (std::size_t i = 0; i < kBlock; ++i) v[i] += last;
        break;
    case kDelta:
        for (std::size_t i = 0; i < kBlock; ++i) v[i] = last += v[i];
        break;
    case kLine: {
        std::uint32_t step = last - before;
        for (std::size_t i = 0; i < kBlock; ++i) v[i] = last += step += v[i];
        break;
    }
    case kDamped:
        for (std::size_t i = 0; i < kBlock; ++i) {
            const std::uint32_t value = last + half(last - before) + v[i];
            before = last;
            v[i] = last = value;
        }
        break;
    }
}

// ---- choice --------------------------------------------------------------------------------------------------------

constexpr unsigned kRawWidthCode = 31;       // in five bits; 31 bits are written as 32
constexpr unsigned kExtras = 0x80;           // head bit: a byte with exceptions and base follows
constexpr unsigned kBase = 0x80;             // extras bit: a base follows
constexpr unsigned kMaxExceptions = 0x7F;

struct Plan {
    Prediction prediction = kLevel;
    std::uint32_t base = 0;
    unsigned width = 0;         // of all values
    unsigned exceptions = 0;    // values that need more
    unsigned extra_width = 0;   // bits of theirs above `width`
    std::size_t bytes = ~std::size_t{0};
};

/// Improves `best` if residuals minus `base` cost less.
void consider(Prediction prediction, const std::uint32_t* r, std::size_t count, std::uint32_t base, Plan& best) noexcept {
    // Two histograms, because runs of equal widths would wait for each other's stores.
    std::array<std::uint16_t, 33> even{};
    std::array<std::uint16_t, 33> odd{};
    std::size_t i = 0;
    for (; i + 1 < count; i += 2) {
        ++even[static_cast<std::size_t>(std::bit_width(zigzag(r[i] - base)))];
        ++odd[static_cast<std::size_t>(std::bit_width(zigzag(r[i + 1] - base)))];
    }
    if (i < count) ++even[static_cast<std::size_t>(std::bit_width(zigzag(r[i] - base)))];

    unsigned top = 32;
    while (top > 0 && even[top] + odd[top] == 0) --top;
    const std::size_t base_bytes = base == 0 ? 0 : varint_size(zigzag(base));
    unsigned exceptions = 0;
    for (unsigned width = top;; --width) {
        if (width != 31) {
            const unsigned extra = top - width;
            std::size_t bytes = 1 + packed_size(count, width);
            if (exceptions != 0 || base != 0) bytes += 1 + base_bytes;
            if (exceptions != 0) bytes += 1 + exceptions + packed_size(exceptions, extra);
            if (bytes < best.bytes) best = {prediction, base, width, exceptions, exceptions == 0 ? 0 : extra, bytes};
        } else if (top == 31 && 1 + packed_size(count, 32) + (base != 0 ? 1 + base_bytes : 0) < best.bytes) {
            best = {prediction, base, 32, 0, 0, 1 + packed_size(count, 32) + (base != 0 ? 1 + base_bytes : 0)};
        }
        if (width == 0) break;
        exceptions += static_cast<unsigned>(even[width] + odd[width]);
        if (exceptions > kMaxExceptions || exceptions > count / 2) break;
    }
}

/// The centre of the range such that zigzag needs as few bits as an offset from the minimum would.
std::uint32_t midrange(const std::uint32_t* r, std::size_t count) noexcept {
    auto low = static_cast<std::int32_t>(r[0]);
    auto high = low;
    for (std::size_t i = 1; i < count; ++i) {
        low = std::min(low, static_cast<std::int32_t>(r[i]));
        high = std::max(high, static_cast<std::int32_t>(r[i]));
    }
    const std::int64_t range = std::int64_t{high} - low + 1;
    return static_cast<std::uint32_t>(low + range / 2);
}

/// Median of nine values spread over the block: a centre that outliers do not move.
std::uint32_t sampled_median(const std::uint32_t* r, std::size_t count) noexcept {
    std::array<std::int32_t, 9> sample{};
    for (std::size_t i = 0; i < sample.size(); ++i)
        sample[i] = static_cast<std::int32_t>(r[(2 * i + 1) * count / (2 * sample.size())]);
    std::nth_element(sample.begin(), sample.begin() + 4, sample.end());
    return static_cast<std::uint32_t>(sample[4]);
}

}  // namespace

void pack(const std::uint32_t* values, std::size_t count, unsigned width, std::string& out) {
    if (width == 0) return;
    const std::size_t start = out.size();
    out.resize(start + packed_size(count, width));
    char* p = out.data() + start;
    const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
    std::uint64_t bits = 0;
    unsigned filled = 0;
    for (std::size_t i = 0; i < count; ++i) {
        bits |= (values[i] & mask) << filled;
        filled += width;
        if (filled >= 32) {
            for (unsigned b = 0; b < 4; ++b) *p++ = static_cast<char>((bits >> (8 * b)) & 0xFF);
            bits >>= 32;
            filled -= 32;
        }
    }
    for (; filled > 0; filled -= std::min(filled, 8U), bits >>= 8) *p++ = static_cast<char>(bits & 0xFF);
}

bool unpack(ByteReader& in, std::size_t count, unsigned width, std::uint32_t* out) noexcept {
    std::string_view bytes;
    if (!in.take(packed_size(count, width), bytes)) return false;
    const UnpackGroup group = kUnpackGroup[width];
    if (count == kBlock) {
        group(bytes.data(), out);
        group(bytes.data() + std::size_t{8} * width, out + kGroup);
        return true;
    }
    // The kernels read whole groups, so a short block is brought to full length first.
    std::array<char, kBlock * 4> padded{};
    std::memcpy(padded.data(), bytes.data(), bytes.size());
    group(padded.data(), out);
    group(padded.data() + std::size_t{8} * width, out + kGroup);
    return true;
}

void encode_block(const std::uint32_t* values, std::size_t count, std::string& out) {
    std::array<std::uint32_t, kBlock> r;
    Plan best;
    residuals(kLevel, values, r.data());
    const std::uint32_t level = midrange(r.data(), count);
    consider(kLevel, r.data(), count, level, best);
    if (best.width != 0 || best.exceptions != 0) {
        if (const std::uint32_t median = sampled_median(r.data(), count); median != level)
            consider(kLevel, r.data(), count, median, best);
        residuals(kDelta, values, r.data());
        consider(kDelta, r.data(), count, 0, best);
        const std::uint32_t step = midrange(r.data(), count);
        if (step != 0) consider(kDelta, r.data(), count, step, best);
        if (const std::uint32_t median = sampled_median(r.data(), count); median != 0 && median != step)
            consider(kDelta, r.data(), count, median, best);
        residuals(kLine, values, r.data());
        consider(kLine, r.data(), count, 0, best);
        residuals(kDamped, values, r.data());
        consider(kDamped, r.data(), count, 0, best);
    }
    residuals(best.prediction, values, r.data());
    for (std::uint32_t& v : r) v = zigzag(v - best.base);

    const bool extras = best.exceptions != 0 || best.base != 0;
    put_u8(out, std::min(best.width, kRawWidthCode) | static_cast<unsigned>(best.prediction) << 5 | (extras ? kExtras : 0));
    if (extras) {
        put_u8(out, best.exceptions | (best.base != 0 ? kBase : 0));
        if (best.base != 0) put_varint(out, zigzag(best.base));
    }
    if (best.exceptions != 0) {
        put_u8(out, best.extra_width);
        std::array<std::uint32_t, kBlock> high;
        std::size_t found = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if ((std::uint64_t{r[i]} >> best.width) == 0) continue;
            put_u8(out, static_cast<unsigned>(i));
            high[found++] = r[i] >> best.width;
        }
        pack(high.data(), found, best.extra_width, out);
    }
    pack(r.data(), count, best.width, out);
}

bool decode_block(ByteReader& in, std::size_t count, std::uint32_t* values) noexcept {
    unsigned head = 0;
    if (!in.u8(head)) return false;
    const unsigned code = head & 0x1F;
    const unsigned width = code == kRawWidthCode ? 32 : code;
    unsigned exceptions = 0;
    std::uint32_t base = 0;
    if ((head & kExtras) != 0) {
        unsigned extras = 0;
        if (!in.u8(extras)) return false;
        exceptions = extras & kMaxExceptions;
        if ((extras & kBase) != 0) {
            if (!in.varint(base)) return false;
            base = unzigzag(base);
        }
    }
    std::string_view positions;
    std::array<std::uint32_t, kBlock> high;
    if (exceptions != 0) {
        unsigned extra_width = 0;
        if (!in.u8(extra_width) || extra_width == 0 || width + extra_width > 32) return false;
        if (!in.take(exceptions, positions) || !unpack(in, exceptions, extra_width, high.data())) return false;
    }
    if (!unpack(in, count, width, values)) return false;
    for (std::size_t i = 0; i < exceptions; ++i) {
        const auto at = static_cast<unsigned char>(positions[i]);
        if (at >= count) return false;
        values[at] |= high[i] << width;
    }
    for (std::size_t i = 0; i < kBlock; ++i) values[i] = unzigzag(values[i]) + base;
    integrate(static_cast<Prediction>((head >> 5) & 3), values);
    return true;
}

}  // namespace fleet::codec::chunk
