// SPDX-License-Identifier: Apache-2.0
#include "codec/chunk_column.hpp"

#include <bit>
#include <numeric>
#include <optional>
#include <unordered_map>

namespace fleet::codec::chunk {
namespace {

/// Largest number that divides all differences to the first one, 1 if there is none.
std::uint32_t common_divisor(const std::uint32_t* numbers, std::size_t count) noexcept {
    const std::uint32_t first = numbers[0];
    std::uint32_t divisor = 0;
    for (std::size_t i = 1; i < count && divisor != 1; ++i) {
        const std::uint32_t step = numbers[i] - first;
        const std::uint32_t size = (step >> 31) != 0 ? 0U - step : step;
        if (divisor == 0 || size % divisor != 0) divisor = std::gcd(divisor, size);
    }
    return std::max(divisor, 1U);
}

bool is_ramp(const std::uint32_t* numbers, std::size_t count) noexcept {
    const std::uint32_t step = numbers[1] - numbers[0];
    for (std::size_t i = 2; i < count; ++i)
        if (numbers[i] - numbers[i - 1] != step) return false;
    return true;
}

/// Distinct numbers of a column, if they are few; more would rarely pay.
class FewDistinct {
  public:
    static constexpr std::size_t kMost = 128;

    /// False when there are more than `most`.
    bool collect(const std::uint32_t* numbers, std::size_t count, std::size_t most) {
        size_ = 0;
        slots_.fill(kFree);
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t at = slot_of(numbers[i]);
            while (slots_[at] != kFree && values_[slots_[at]] != numbers[i]) at = (at + 1) % kSlots;
            if (slots_[at] != kFree) continue;
            if (size_ == most) return false;
            slots_[at] = static_cast<std::uint16_t>(size_);
            values_[size_++] = numbers[i];
        }
        std::sort(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(size_),
                  [](std::uint32_t a, std::uint32_t b) {
                      return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b);
                  });
        slots_.fill(kFree);
        for (std::size_t i = 0; i < size_; ++i) {
            std::size_t at = slot_of(values_[i]);
            while (slots_[at] != kFree) at = (at + 1) % kSlots;
            slots_[at] = static_cast<std::uint16_t>(i);
        }
        return true;
    }
    /// In ascending order.
    [[nodiscard]] std::span<const std::uint32_t> values() const noexcept {
        return std::span(values_).first(size_);
    }
    [[nodiscard]] std::uint32_t index_of(std::uint32_t number) const noexcept {
        std::size_t at = slot_of(number);
        while (values_[slots_[at]] != number) at = (at + 1) % kSlots;
        return slots_[at];
    }

  private:
    static constexpr std::size_t kSlots = 4 * kMost;
    static constexpr std::uint16_t kFree = 0xFFFF;
    static std::size_t slot_of(std::uint32_t number) noexcept {
        return (number * 0x9E37'79B1U) >> 23;
    }
    static_assert(kSlots == 1U << 9);

    std::array<std::uint16_t, kSlots> slots_;
    std::array<std::uint32_t, kMost> values_;
    std::size_t size_ = 0;
};

unsigned put_plain(NumberBuffer& buffer, std::size_t count, std::string& out) {
    std::uint32_t* numbers = buffer.data();
    const std::uint32_t first = numbers[0];
    put_varint(out, zigzag(first));
    if (count == 1) return kConstant;
    if (is_ramp(numbers, count)) {
        const std::uint32_t step = numbers[1] - first;
        if (step == 0) return kConstant;
        put_varint(out, zigzag(step));
        return kRamp;
    }
    const std::uint32_t divisor = common_divisor(numbers, count);
    if (divisor == 1) {
        for (std::size_t i = 0; i < count; ++i) numbers[i] -= first;
    } else {
        put_varint(out, divisor);
        for (std::size_t i = 0; i < count; ++i) {
            // Differences of two field values fit 32 signed bits, so the divisor does too.
            const auto step = static_cast<std::int32_t>(numbers[i] - first);
            numbers[i] = static_cast<std::uint32_t>(step / static_cast<std::int32_t>(divisor));
        }
    }
    buffer.clear_before();
    std::fill_n(numbers + count, kBlock,
                0U);  // a last block shorter than kBlock is read to its full length
    for (std::size_t i = 0; i < count; i += kBlock)
        encode_block(numbers + i, std::min(kBlock, count - i), out);
    return divisor == 1 ? kBlocks : kBlocks | kDivisor;
}

/// A column within a dictionary column: a head byte, then numbers that are no dictionary.
void put_nested(NumberBuffer& buffer, std::size_t count, std::string& out) {
    const std::size_t head_at = out.size();
    put_u8(out, 0);
    out[head_at] = static_cast<char>(put_plain(buffer, count, out));
}

bool get_plain(ByteReader& in, unsigned head, std::size_t count, NumberBuffer& buffer) {
    std::uint32_t* numbers = buffer.data();
    std::uint32_t first = 0;
    if (!in.varint(first)) return false;
    first = unzigzag(first);
    switch (head & kKindMask) {
        case kConstant: std::fill_n(numbers, count, first); return (head & kDivisor) == 0;
        case kRamp: {
            std::uint32_t step = 0;
            if (!in.varint(step)) return false;
            step = unzigzag(step);
            for (std::size_t i = 0; i < count; ++i)
                numbers[i] = first + static_cast<std::uint32_t>(i) * step;
            return (head & kDivisor) == 0;
        }
        case kBlocks: {
            std::uint32_t divisor = 1;
            if ((head & kDivisor) != 0 && !in.varint(divisor)) return false;
            buffer.clear_before();
            for (std::size_t i = 0; i < count; i += kBlock)
                if (!decode_block(in, std::min(kBlock, count - i), numbers + i)) return false;
            for (std::size_t i = 0; i < count; ++i) numbers[i] = first + numbers[i] * divisor;
            return true;
        }
        default: return false;
    }
}

bool get_nested(ByteReader& in, std::size_t count, NumberBuffer& buffer) {
    unsigned head = 0;
    return in.u8(head) && (head & (kUnusedBits | kPresenceMask)) == 0 &&
           get_plain(in, head, count, buffer);
}

void put_dictionary(std::span<const std::string_view> entries, std::string& out) {
    std::string_view before;
    for (const std::string_view entry : entries) {
        const auto end =
            std::mismatch(before.begin(), before.end(), entry.begin(), entry.end()).first;
        const auto shared = static_cast<std::size_t>(end - before.begin());
        put_varint(out, static_cast<std::uint32_t>(shared));
        put_varint(out, static_cast<std::uint32_t>(entry.size() - shared));
        out.append(entry.substr(shared));
        before = entry;
    }
}

bool get_dictionary(ByteReader& in, std::size_t entries, bool (*valid)(std::string_view),
                    model::TextPool& texts, std::vector<std::uint32_t>& ids) {
    std::string entry;
    for (std::size_t i = 0; i < entries; ++i) {
        std::uint32_t shared = 0;
        std::uint32_t size = 0;
        std::string_view rest;
        if (!in.varint(shared) || !in.varint(size) || shared > entry.size() || !in.take(size, rest))
            return false;
        entry.resize(shared);
        entry.append(rest);
        if (entry.empty() || !valid(entry)) return false;
        ids.push_back(texts.intern(entry));
    }
    return true;
}

}  // namespace

unsigned put_presence(const Presence& presence, std::size_t rows, std::string& out) {
    const std::size_t bitmap_bytes = (rows + 7) / 8;
    const std::size_t start = out.size();
    bool present = true;
    std::size_t run = 0;
    for (std::size_t row = 0; row < rows; ++row, ++run) {
        if (presence.has(row) == present) continue;
        put_varint(out, static_cast<std::uint32_t>(run));
        if (out.size() - start >= bitmap_bytes) break;
        present = !present;
        run = 0;
    }
    put_varint(out, static_cast<std::uint32_t>(run));
    if (out.size() - start < bitmap_bytes) return kRuns;
    out.resize(start);
    for (std::size_t i = 0; i < bitmap_bytes; ++i)
        put_u8(out, static_cast<unsigned>((presence.words[i / 8] >> (8 * (i % 8))) & 0xFF));
    return kBitmap;
}

bool get_presence(ByteReader& in, unsigned mode, std::size_t rows, Presence& presence,
                  std::size_t& present) {
    presence = {};
    if (mode == kRuns) {
        bool value = true;
        for (std::size_t row = 0; row < rows; value = !value) {
            std::uint32_t run = 0;
            if (!in.varint(run) || run > rows - row || (run == 0 && row != 0)) return false;
            if (value)
                for (std::size_t i = 0; i < run; ++i) presence.set(row + i);
            row += run;
        }
    } else {
        std::string_view bytes;
        if (!in.take((rows + 7) / 8, bytes)) return false;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            presence.words[i / 8] |=
                static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * (i % 8));
        if (rows % 64 != 0 && (presence.words[rows / 64] >> (rows % 64)) != 0) return false;
    }
    present = 0;
    for (const std::uint64_t word : presence.words)
        present += static_cast<std::size_t>(std::popcount(word));
    return true;
}

unsigned put_numbers(NumberBuffer& buffer, std::size_t count, std::string& out) {
    // Values that jump among a few, such as whole miles per hour in km/h, are worth a dictionary; a
    // dense range is not.
    constexpr std::size_t kRowsPerEntry = 4;
    constexpr std::uint32_t kSparse = 4;
    std::optional<NumberBuffer> indexes;
    FewDistinct distinct;
    if (distinct.collect(buffer.data(), count,
                         std::min(FewDistinct::kMost, count / kRowsPerEntry))) {
        const std::uint32_t range = distinct.values().back() - distinct.values().front();
        if (distinct.values().size() > 2 && range / distinct.values().size() >= kSparse) {
            indexes.emplace();
            for (std::size_t i = 0; i < count; ++i)
                indexes->data()[i] = distinct.index_of(buffer.data()[i]);
        }
    }
    const std::size_t start = out.size();
    const unsigned plain = put_plain(buffer, count, out);
    if (!indexes) return plain;

    std::string with_dictionary;
    const std::span<const std::uint32_t> values = distinct.values();
    put_varint(with_dictionary, static_cast<std::uint32_t>(values.size()));
    std::copy(values.begin(), values.end(), buffer.data());
    put_nested(buffer, values.size(), with_dictionary);
    put_nested(*indexes, count, with_dictionary);
    if (with_dictionary.size() >= out.size() - start) return plain;
    out.resize(start);
    out.append(with_dictionary);
    return kDictionary;
}

bool get_numbers(ByteReader& in, unsigned head, std::size_t count, NumberBuffer& buffer) {
    if ((head & kKindMask) != kDictionary) return get_plain(in, head, count, buffer);
    std::uint32_t size = 0;
    NumberBuffer values;
    if ((head & kDivisor) != 0 || !in.varint(size) || size == 0 || size > count) return false;
    if (!get_nested(in, size, values) || !get_nested(in, count, buffer)) return false;
    std::uint32_t* numbers = buffer.data();
    bool legal = true;
    for (std::size_t i = 0; i < count; ++i) {
        const bool inside = numbers[i] < size;
        legal &= inside;
        numbers[i] = values.data()[inside ? numbers[i] : 0];
    }
    return legal;
}

unsigned put_texts(std::span<const std::uint32_t> ids, const model::TextPool& texts,
                   std::string& out) {
    // Entries in order of first use: equal rows give equal bytes whatever their pool calls the
    // texts.
    std::vector<std::string_view> entries;
    std::vector<std::uint32_t> numbers;
    numbers.reserve(ids.size());
    std::unordered_map<std::uint32_t, std::uint32_t> number_of;
    std::size_t run_bytes = 0;
    std::uint32_t run = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i != 0 && ids[i] == ids[i - 1]) {
            numbers.push_back(numbers.back());
            ++run;
            continue;
        }
        if (i != 0) run_bytes += varint_size(numbers.back()) + varint_size(run);
        run = 1;
        const auto [at, is_new] =
            number_of.try_emplace(ids[i], static_cast<std::uint32_t>(entries.size()));
        if (is_new) entries.push_back(texts.text(ids[i]));
        numbers.push_back(at->second);
    }
    if (entries.size() == 1) {
        put_dictionary(entries, out);
        return kConstant;
    }
    run_bytes += varint_size(numbers.back()) + varint_size(run);
    put_varint(out, static_cast<std::uint32_t>(entries.size()));
    put_dictionary(entries, out);
    const auto width = static_cast<unsigned>(std::bit_width(entries.size() - 1));
    if (packed_size(numbers.size(), width) <= run_bytes) {
        pack(numbers.data(), numbers.size(), width, out);
        return kPackedIds;
    }
    for (std::size_t i = 0; i < numbers.size();) {
        std::size_t end = i + 1;
        while (end < numbers.size() && numbers[end] == numbers[i]) ++end;
        put_varint(out, numbers[i]);
        put_varint(out, static_cast<std::uint32_t>(end - i));
        i = end;
    }
    return kIdRuns;
}

bool get_texts(ByteReader& in, unsigned head, std::size_t count, bool (*valid)(std::string_view),
               model::TextPool& texts, std::vector<std::uint32_t>& ids) {
    ids.clear();
    if ((head & kDivisor) != 0) return false;
    const unsigned kind = head & kKindMask;
    std::vector<std::uint32_t> entries;
    if (kind == kConstant) {
        if (!get_dictionary(in, 1, valid, texts, entries)) return false;
        ids.assign(count, entries.front());
        return true;
    }
    std::uint32_t size = 0;
    if (!in.varint(size) || size < 2 || size > count) return false;
    if (!get_dictionary(in, size, valid, texts, entries)) return false;
    if (kind == kPackedIds) {
        const auto width = static_cast<unsigned>(std::bit_width(size - 1));
        std::array<std::uint32_t, kBlock> numbers;
        for (std::size_t i = 0; i < count; i += kBlock) {
            const std::size_t block = std::min(kBlock, count - i);
            if (!unpack(in, block, width, numbers.data())) return false;
            for (std::size_t k = 0; k < block; ++k) {
                if (numbers[k] >= size) return false;
                ids.push_back(entries[numbers[k]]);
            }
        }
        return true;
    }
    if (kind != kIdRuns) return false;
    while (ids.size() < count) {
        std::uint32_t number = 0;
        std::uint32_t run = 0;
        if (!in.varint(number) || !in.varint(run) || number >= size || run == 0 ||
            run > count - ids.size())
            return false;
        ids.insert(ids.end(), run, entries[number]);
    }
    return true;
}

}  // namespace fleet::codec::chunk
