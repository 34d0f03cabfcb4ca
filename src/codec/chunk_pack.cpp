// SPDX-License-Identifier: Apache-2.0
#include "codec/chunk_pack.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace fleet::codec::chunk {
namespace {

// ---- bit-packing
// ---------------------------------------------------------------------------------------------------

std::uint32_t load_le(const char* p) noexcept {
    std::uint32_t v = 0;
    std::memcpy(&v, p, sizeof v);
    if constexpr (std::endian::native == std::endian::big) v = __builtin_bswap32(v);
    return v;
}

template <unsigned W, std::size_t I>
std::uint32_t value_at(const std::uint32_t* words) noexcept {
    constexpr std::size_t kBit = I * W;
    constexpr unsigned kShift = kBit % 32;
    std::uint32_t v = words[kBit / 32] >> kShift;
    if constexpr (kShift + W > 32) v |= words[kBit / 32 + 1] << (32 - kShift);
    if constexpr (W < 32) v &= (1U << W) - 1;
    return v;
}

/// A quarter fills W whole 32-bit words, so all shifts are known to the compiler.
template <unsigned W>
void unpack_quarter(const char* in, std::uint32_t* out) noexcept {
    if constexpr (W == 0) {
        std::fill_n(out, kQuarter, 0U);
    } else {
        std::uint32_t words[W];
        for (std::size_t i = 0; i < W; ++i) words[i] = load_le(in + 4 * i);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((out[I] = value_at<W, I>(words)), ...);
        }(std::make_index_sequence<kQuarter>{});
    }
}

using UnpackQuarter = void (*)(const char*, std::uint32_t*) noexcept;
constexpr auto kUnpackQuarter = []<std::size_t... W>(std::index_sequence<W...>) {
    return std::array<UnpackQuarter, sizeof...(W)>{&unpack_quarter<W>...};
}(std::make_index_sequence<33>{});

// ---- predictions
// ---------------------------------------------------------------------------------------------------

/// What a value is expected to be. Persisted: never renumber.
enum Prediction : unsigned {
    kLevel = 0,   ///< the last value before the block: for values that scatter around a level
    kDelta = 1,   ///< the value before
    kLine = 2,    ///< the value before and its step once more: for noiseless motion
    kDamped = 3,  ///< the value before and half its step: noisy motion (noise variance 3.5 instead
                  ///< of 6 times)
};

constexpr std::uint32_t half(std::uint32_t step) noexcept {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(step) >> 1);  // arithmetic in C++20
}

void residuals(Prediction prediction, const std::uint32_t* v, std::uint32_t* r) noexcept {
    const std::uint32_t* last = v - 1;
    const std::uint32_t* before = v - 2;
    const std::uint32_t level = last[0];
    switch (prediction) {
        case kLevel:
            for (std::size_t i = 0; i < kBlock; ++i) r[i] = v[i] - level;
            break;
        case kDelta:
            for (std::size_t i = 0; i < kBlock; ++i) r[i] = v[i] - last[i];
            break;
        case kLine:
            for (std::size_t i = 0; i < kBlock; ++i) r[i] = v[i] - 2 * last[i] + before[i];
            break;
        case kDamped:
            for (std::size_t i = 0; i < kBlock; ++i)
                r[i] = v[i] - last[i] - half(last[i] - before[i]);
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

// ---- choice
// --------------------------------------------------------------------------------------------------------

// A width in five bits: 0–29 as they are, 32 as 31; 30 and 31 are rounded up. As the head's width,
// 30 says that each quarter has its own.
constexpr unsigned kWidthMask = 0x1F;
constexpr unsigned kQuartered = 30;
constexpr unsigned kWidestCode = 31;
constexpr unsigned kQuarterWidthBytes = 3;
constexpr unsigned kPredictionShift = 5;
constexpr unsigned kExtras = 0x80;  // head bit: a byte with exceptions and base follows
constexpr unsigned kBase = 0x80;    // extras bit: a base follows
constexpr unsigned kMaxExceptions = 0x7F;
constexpr unsigned kPositionBits = 7;

constexpr std::size_t kExactLooks = 3;  // plans whose size is computed

using Widths = std::array<unsigned, kQuarters>;

constexpr unsigned usable(unsigned width) noexcept { return width < kQuartered ? width : 32; }
constexpr unsigned code_of(unsigned width) noexcept {
    return width < kQuartered ? width : kWidestCode;
}

struct Plan {
    Prediction prediction = kLevel;
    std::uint32_t base = 0;
    Widths widths{};           // of all values of a quarter
    unsigned exceptions = 0;   // values that need more
    unsigned extra_width = 0;  // bits of theirs above the width
    std::size_t bytes = ~std::size_t{0};

    [[nodiscard]] bool uniform() const noexcept {
        return std::all_of(widths.begin(), widths.end(),
                           [this](unsigned w) { return w == widths[0]; });
    }
};

std::size_t quarter_size(std::size_t count, std::size_t quarter) noexcept {
    const std::size_t begin = quarter * kQuarter;
    return count <= begin ? 0 : std::min(count - begin, kQuarter);
}

/// How many residuals have which width.
using Histogram = std::array<std::uint16_t, 33>;

unsigned top_of(const Histogram& h) noexcept {
    unsigned top = 32;
    while (top > 0 && h[top] == 0) --top;
    return top;
}

/// The width for `count` residuals that needs the fewest bits in all, and how many residuals are
/// wider.
unsigned best_width(const Histogram& h, std::size_t count, unsigned top,
                    unsigned& exceptions) noexcept {
    exceptions = 0;
    unsigned best = usable(top);
    std::size_t best_bits = count * best;
    unsigned wider = 0;
    for (unsigned width = top; width > 0;) {
        wider += h[width--];
        if (wider * 2 > count) break;
        if (width != usable(width)) continue;
        const std::size_t bits = count * width + wider * std::size_t{kPositionBits + top - width};
        if (bits >= best_bits) continue;
        best = width;
        best_bits = bits;
        exceptions = wider;
    }
    return best;
}

std::size_t plan_size(const Plan& plan, std::size_t count) noexcept {
    std::size_t bytes = 1;
    if (plan.exceptions != 0 || plan.base != 0) bytes += 1;
    if (plan.base != 0) bytes += varint_size(zigzag(plan.base));
    if (!plan.uniform()) bytes += kQuarterWidthBytes;
    if (plan.exceptions != 0)
        bytes += 1 + packed_size(plan.exceptions, kPositionBits) +
                 packed_size(plan.exceptions, plan.extra_width);
    for (std::size_t q = 0; q < kQuarters; ++q)
        bytes += packed_size(quarter_size(count, q), plan.widths[q]);
    return bytes;
}

/// Improves `best` if residuals minus `base` cost less.
void consider(Prediction prediction, const std::uint32_t* r, std::size_t count, std::uint32_t base,
              Plan& best) noexcept {
    std::array<Histogram, kQuarters> parts{};
    const auto note = [&](std::size_t i, Histogram& part) {
        ++part[static_cast<std::size_t>(std::bit_width(zigzag(r[i] - base)))];
    };
    if (count == kBlock) {
        // Quarter by quarter, runs of equal widths would wait for each other's stores.
        for (std::size_t i = 0; i < kQuarter; ++i)
            for (std::size_t q = 0; q < kQuarters; ++q) note(q * kQuarter + i, parts[q]);
    } else {
        for (std::size_t i = 0; i < count; ++i) note(i, parts[i / kQuarter]);
    }
    Histogram all{};
    for (const Histogram& part : parts)
        for (std::size_t width = 0; width < all.size(); ++width)
            all[width] = static_cast<std::uint16_t>(all[width] + part[width]);

    const unsigned top = top_of(all);
    Plan plan{.prediction = prediction, .base = base};
    plan.widths.fill(best_width(all, count, top, plan.exceptions));
    plan.extra_width = plan.exceptions == 0 ? 0 : top - plan.widths[0];
    plan.bytes = plan_size(plan, count);
    if (plan.bytes < best.bytes) best = plan;

    Widths tops{};
    for (std::size_t q = 0; q < kQuarters; ++q)
        tops[q] = quarter_size(count, q) == 0 ? top : top_of(parts[q]);
    if (*std::min_element(tops.begin(), tops.end()) + 2 > top) return;
    plan.exceptions = 0;
    plan.extra_width = 0;
    for (std::size_t q = 0; q < kQuarters; ++q) {
        unsigned exceptions = 0;
        plan.widths[q] = best_width(parts[q], quarter_size(count, q), tops[q], exceptions);
        plan.exceptions += exceptions;
        if (exceptions != 0)
            plan.extra_width = std::max(plan.extra_width, tops[q] - plan.widths[q]);
    }
    plan.bytes = plan_size(plan, count);
    if (plan.exceptions <= kMaxExceptions && plan.bytes < best.bytes) best = plan;
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

/// Sum of the widths that residuals minus `base` have, nearly: what picks the plans that are worth
/// an exact look.
std::uint32_t magnitude(const std::uint32_t* r, std::size_t count, std::uint32_t base) noexcept {
    const auto width = [base](std::uint32_t v) {
        // The exponent of a float is a logarithm that all lanes of a vector compute at once. Losing
        // the top bit misjudges residuals beyond 2³⁰, which no column has in number.
        const auto z = static_cast<std::int32_t>(zigzag(v - base) & 0x7FFF'FFFF);
        return std::bit_cast<std::uint32_t>(static_cast<float>(z) + 0.5F) >> 23;
    };
    std::uint32_t sum = 0;
    if (count == kBlock)
        for (std::size_t i = 0; i < kBlock; ++i) sum += width(r[i]);
    else
        for (std::size_t i = 0; i < count; ++i) sum += width(r[i]);
    return sum;
}

/// The plan with the fewest bytes among those that look cheapest.
Plan choose(const std::uint32_t* values, std::size_t count) noexcept {
    std::array<std::array<std::uint32_t, kBlock>, 4> r;
    const auto of = [&](Prediction prediction) { return r[prediction].data(); };
    Plan best;
    residuals(kLevel, values, of(kLevel));
    const std::uint32_t level = midrange(of(kLevel), count);
    if (of(kLevel)[0] == level && std::all_of(of(kLevel), of(kLevel) + count,
                                              [level](std::uint32_t v) { return v == level; })) {
        consider(kLevel, of(kLevel), count, level, best);
        return best;
    }
    for (const Prediction p : {kDelta, kLine, kDamped}) residuals(p, values, of(p));
    struct Candidate {
        Prediction prediction;
        std::uint32_t base;
        std::uint32_t magnitude = 0;
    };
    // Of two neighbouring values zigzag wants the larger as base, so the step's median is tried
    // from both sides.
    const std::uint32_t step = sampled_median(of(kDelta), count);
    std::array<Candidate, 7> candidates{{{kLevel, level},
                                         {kLevel, sampled_median(of(kLevel), count)},
                                         {kDelta, 0},
                                         {kDelta, step},
                                         {kDelta, step + 1},
                                         {kLine, 0},
                                         {kDamped, 0}}};
    for (Candidate& c : candidates) c.magnitude = magnitude(of(c.prediction), count, c.base);
    std::sort(candidates.begin() + 1, candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.magnitude < b.magnitude; });
    for (std::size_t i = 0; i < kExactLooks; ++i)
        consider(candidates[i].prediction, of(candidates[i].prediction), count, candidates[i].base,
                 best);
    return best;
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
    for (; filled > 0; filled -= std::min(filled, 8U), bits >>= 8)
        *p++ = static_cast<char>(bits & 0xFF);
}

bool unpack(ByteReader& in, std::size_t count, unsigned width, std::uint32_t* out) noexcept {
    std::string_view bytes;
    if (!in.take(packed_size(count, width), bytes)) return false;
    const std::size_t quarter_bytes = std::size_t{4} * width;
    const std::size_t whole = count / kQuarter;
    const UnpackQuarter quarter = kUnpackQuarter[width];
    for (std::size_t q = 0; q < whole; ++q)
        quarter(bytes.data() + q * quarter_bytes, out + q * kQuarter);
    if (count % kQuarter != 0) {
        // The kernels read whole quarters, so the rest is brought to full length first.
        std::array<char, 4 * kQuarter> padded{};
        const std::string_view rest = bytes.substr(whole * quarter_bytes);
        std::copy(rest.begin(), rest.end(), padded.begin());
        quarter(padded.data(), out + whole * kQuarter);
    }
    return true;
}

void encode_block(const std::uint32_t* values, std::size_t count, std::string& out) {
    const Plan best = choose(values, count);
    std::array<std::uint32_t, kBlock> r;
    residuals(best.prediction, values, r.data());
    for (std::uint32_t& v : r) v = zigzag(v - best.base);

    const bool extras = best.exceptions != 0 || best.base != 0;
    const bool uniform = best.uniform();
    put_u8(out, (uniform ? code_of(best.widths[0]) : kQuartered) |
                    static_cast<unsigned>(best.prediction) << kPredictionShift |
                    (extras ? kExtras : 0));
    if (extras) {
        put_u8(out, best.exceptions | (best.base != 0 ? kBase : 0));
        if (best.base != 0) put_varint(out, zigzag(best.base));
    }
    if (!uniform) {
        std::uint32_t codes = 0;
        for (std::size_t q = 0; q < kQuarters; ++q) codes |= code_of(best.widths[q]) << (5 * q);
        put_le(out, codes, kQuarterWidthBytes);
    }
    if (best.exceptions != 0) {
        std::array<std::uint32_t, kBlock> positions;
        std::array<std::uint32_t, kBlock> high;
        std::size_t found = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const unsigned width = best.widths[i / kQuarter];
            if ((std::uint64_t{r[i]} >> width) == 0) continue;
            positions[found] = static_cast<std::uint32_t>(i);
            high[found++] = r[i] >> width;
        }
        put_u8(out, best.extra_width);
        pack(positions.data(), found, kPositionBits, out);
        pack(high.data(), found, best.extra_width, out);
    }
    for (std::size_t q = 0; q < kQuarters; ++q)
        pack(r.data() + q * kQuarter, quarter_size(count, q), best.widths[q], out);
}

bool decode_block(ByteReader& in, std::size_t count, std::uint32_t* values) noexcept {
    unsigned head = 0;
    if (!in.u8(head)) return false;
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
    Widths widths{};
    const unsigned code = head & kWidthMask;
    const bool uniform = code != kQuartered;
    if (uniform) {
        widths.fill(usable(code));
    } else {
        std::uint64_t codes = 0;
        if (!in.le(codes, kQuarterWidthBytes)) return false;
        for (unsigned& width : widths) {
            width = usable(static_cast<unsigned>(codes & kWidthMask));
            codes >>= 5;
        }
    }
    unsigned extra_width = 0;
    std::array<std::uint32_t, kBlock> positions;
    std::array<std::uint32_t, kBlock> high;
    if (exceptions != 0) {
        if (!in.u8(extra_width) || extra_width > 32) return false;
        if (!unpack(in, exceptions, kPositionBits, positions.data())) return false;
        if (!unpack(in, exceptions, extra_width, high.data())) return false;
    }
    if (uniform) {
        if (!unpack(in, count, widths[0], values)) return false;
    } else {
        for (std::size_t q = 0; q * kQuarter < count; ++q)
            if (!unpack(in, quarter_size(count, q), widths[q], values + q * kQuarter)) return false;
    }
    for (std::size_t i = 0; i < exceptions; ++i) {
        const std::uint32_t at = positions[i];
        if (at >= count) return false;
        values[at] |= static_cast<std::uint32_t>(std::uint64_t{high[i]} << widths[at / kQuarter]);
    }
    for (std::size_t i = 0; i < kBlock; ++i) values[i] = unzigzag(values[i]) + base;
    integrate(static_cast<Prediction>((head >> kPredictionShift) & 3), values);
    return true;
}

}  // namespace fleet::codec::chunk
