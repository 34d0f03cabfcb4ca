// SPDX-License-Identifier: Apache-2.0
#include "codec/chunk.hpp"

#include "base/check.hpp"
#include "codec/chunk_column.hpp"
#include "codec/chunk_seal.hpp"

#include <xxhash.h>

#include <bit>
#include <memory>

namespace fleet::codec {
namespace {

using namespace chunk;

constexpr unsigned kVersion = 1;
constexpr std::size_t kChecksumAt = 1;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kBodyAt = kChecksumAt + kChecksumBytes;
constexpr unsigned kTimeBytes = 6;

// Columns by the number of their presence bit; the time has none and comes first.
constexpr std::size_t kTextColumns = 3;
constexpr std::size_t kColumns = model::kFieldCount + kTextColumns;
static_assert(model::kZoneBit == 1U << model::kFieldCount &&
              model::kAttributesBit == 1U << (kColumns - 1));
constexpr std::uint32_t kValidMask = (1U << kColumns) - 1;

constexpr bool is_text(std::size_t column) noexcept { return column >= model::kFieldCount; }

std::string name_of(std::size_t column) {
    static constexpr std::array<std::string_view, kTextColumns> kTextNames{"zone", "alarm",
                                                                           "attributes"};
    return std::string(is_text(column) ? kTextNames[column - model::kFieldCount]
                                       : model::kFields[column].name);
}

std::uint32_t checksum(std::string_view chunk) noexcept {
    const std::string_view body = chunk.substr(kBodyAt);
    // The version is the seed, so that it is covered too.
    return static_cast<std::uint32_t>(
        XXH3_64bits_withSeed(body.data(), body.size(), static_cast<unsigned char>(chunk.front())));
}

void put_checksum(std::string& bytes, std::size_t start) {
    std::string sum;
    put_le(sum, checksum(std::string_view(bytes).substr(start)), kChecksumBytes);
    bytes.replace(start + kChecksumAt, kChecksumBytes, sum);
}

std::uint32_t text_id(const model::Sample& s, std::size_t column) noexcept {
    return column == model::kFieldCount       ? s.zone
           : column == model::kFieldCount + 1 ? s.alarm
                                              : s.attributes;
}
void set_text_id(model::Sample& s, std::size_t column, std::uint32_t id) noexcept {
    (column == model::kFieldCount       ? s.zone
     : column == model::kFieldCount + 1 ? s.alarm
                                        : s.attributes) = id;
}

bool is_valid_label(std::string_view text) { return text.size() <= model::kMaxTextLength; }

bool is_valid_attributes(std::string_view bytes) {
    std::vector<model::Attribute> attributes;
    if (!model::decode_attributes(bytes, attributes) || attributes.size() > model::kMaxAttributes)
        return false;
    std::string_view before;
    for (const model::Attribute& a : attributes) {
        if (a.name.size() > model::kMaxTextLength || a.name <= before) return false;
        before = a.name;
        if (const auto* number = std::get_if<double>(&a.value)) {
            const auto bits = std::bit_cast<std::uint64_t>(*number);
            const bool finite = ((bits >> 52) & 0x7FF) != 0x7FF;
            if (!finite || bits == std::uint64_t{1} << 63) return false;  // one zero only
        } else if (const auto* text = std::get_if<std::string_view>(&a.value)) {
            if (text->size() > model::kMaxAttributeText) return false;
        }
    }
    return true;
}

// ---- encoding
// ------------------------------------------------------------------------------------------------------

/// Appends one column of rows that all lie in `all`, or in `presence`.
class Encoder {
  public:
    Encoder(std::span<const model::Sample> samples, const model::TextPool& texts)
        : samples_(samples), texts_(texts) {}

    void times(std::string& out) {
        std::uint32_t* n = numbers_.data();
        const std::int64_t first = samples_.front().ts_ms;
        for (std::size_t i = 0; i < samples_.size(); ++i)
            n[i] = static_cast<std::uint32_t>(samples_[i].ts_ms - first);
        put_u8(out, 0);
        const std::size_t head_at = out.size() - 1;
        out[head_at] = static_cast<char>(put_numbers(numbers_, samples_.size(), out));
    }

    void column(std::size_t column, bool everywhere, std::string& out) {
        const std::size_t head_at = out.size();
        put_u8(out, 0);
        unsigned head = kAllRows;
        if (!everywhere) head = presence(column, out);
        head |= is_text(column) ? texts(column, everywhere, out) : numbers(column, everywhere, out);
        out[head_at] = static_cast<char>(head);
    }

  private:
    unsigned presence(std::size_t column, std::string& out) {
        const std::uint32_t mask = 1U << column;
        Presence p;
        for (std::size_t i = 0; i < samples_.size(); ++i)
            if ((samples_[i].mask & mask) != 0) p.set(i);
        for (const auto& [earlier, its] : presences_) {
            if (its != p) continue;
            put_u8(out, static_cast<unsigned>(earlier));
            return kSameAsColumn;
        }
        presences_.emplace_back(column, p);
        return put_presence(p, samples_.size(), out);
    }

    unsigned numbers(std::size_t column, bool everywhere, std::string& out) {
        const std::uint32_t mask = 1U << column;
        const model::FieldInfo& field = model::kFields[column];
        std::uint32_t* n = numbers_.data();
        std::size_t count = 0;
        bool legal = true;
        for (const model::Sample& s : samples_) {
            const std::int32_t value = s.values[column];
            n[count] = static_cast<std::uint32_t>(value);
            const bool present = everywhere || (s.mask & mask) != 0;
            legal &= !present || (value >= field.min && value <= field.max);
            count += present ? 1 : 0;
        }
        FLEET_CHECK(legal);
        return put_numbers(numbers_, count, out);
    }

    unsigned texts(std::size_t column, bool everywhere, std::string& out) {
        ids_.clear();
        for (const model::Sample& s : samples_) {
            if (!everywhere && (s.mask & (1U << column)) == 0) continue;
            const std::uint32_t id = text_id(s, column);
            FLEET_CHECK(id != 0);
            ids_.push_back(id);
        }
        return put_texts(ids_, texts_, out);
    }

    std::span<const model::Sample> samples_;
    const model::TextPool& texts_;
    NumberBuffer numbers_;
    std::vector<std::uint32_t> ids_;
    std::vector<std::pair<std::size_t, Presence>> presences_;
};

// ---- decoding
// ------------------------------------------------------------------------------------------------------

struct Layout {
    ChunkInfo info;
    std::string_view times;
    std::array<std::string_view, kColumns> columns;  ///< of those in info.mask
};

Failure corrupt(std::string what) { return fail(Code::corrupt, "chunk: " + std::move(what)); }

Result<Layout> read_layout(std::string_view bytes) {
    if (bytes.size() < kBodyAt) return corrupt("shorter than its fixed head");
    const unsigned version = static_cast<unsigned char>(bytes.front());
    if (version == 0) return corrupt("version 0 does not exist");
    if (version > kVersion)
        return fail(Code::unsupported, "chunk: format version " + std::to_string(version) +
                                           ", known up to " + std::to_string(kVersion) +
                                           "; written by a later release");
    ByteReader in(bytes.substr(kChecksumAt));
    std::uint64_t stored = 0;
    if (!in.le(stored, kChecksumBytes) || stored != checksum(bytes))
        return corrupt("checksum does not match");

    Layout layout;
    ChunkInfo& info = layout.info;
    std::uint64_t first = 0;
    std::uint32_t span = 0;
    if (!in.varint(info.count) || !in.le(first, kTimeBytes) || !in.varint(span) ||
        !in.varint(info.mask))
        return corrupt("head is cut");
    if (info.count == 0 || info.count > kMaxChunkRows)
        return corrupt("number of rows is out of range");
    if (first > static_cast<std::uint64_t>(kMaxMs)) return corrupt("first time is out of range");
    info.first_ms = static_cast<std::int64_t>(first);
    if (info.first_ms % kMsPerDay + span >= kMsPerDay)
        return corrupt("times cross the end of a day");
    info.last_ms = info.first_ms + span;
    if ((info.mask & ~kValidMask) != 0) return corrupt("unknown columns");

    // Lengths of all columns but the last, whose end is the chunk's.
    const auto columns = static_cast<std::size_t>(std::popcount(info.mask)) + 1;
    std::array<std::uint32_t, kColumns + 1> lengths{};
    for (std::size_t i = 0; i + 1 < columns; ++i)
        if (!in.varint(lengths[i])) return corrupt("directory is cut");
    std::size_t next = 0;
    const auto take = [&](std::string_view& column) {
        const std::size_t length = next + 1 == columns ? in.left() : lengths[next];
        ++next;
        return in.take(length, column);
    };
    if (!take(layout.times)) return corrupt("columns are longer than the chunk");
    for (std::size_t c = 0; c < kColumns; ++c)
        if ((info.mask & (1U << c)) != 0 && !take(layout.columns[c]))
            return corrupt("columns are longer than the chunk");
    return layout;
}

/// Which rows carry a column.
struct Carriers {
    bool everywhere = true;
    Presence presence;  ///< unless everywhere
    std::size_t count = 0;
};

/// Decodes single columns of one chunk.
class ColumnReader {
  public:
    explicit ColumnReader(const Layout& layout) : layout_(layout) {}

    [[nodiscard]] const std::uint32_t* numbers() const noexcept { return numbers_->data(); }
    [[nodiscard]] const std::vector<std::uint32_t>& ids() const noexcept { return ids_; }

    /// Distances of the rows' times from the first one, into numbers().
    Result<void> times() {
        ByteReader in(layout_.times);
        unsigned head = 0;
        if (!in.u8(head) || (head & (kUnusedBits | kPresenceMask)) != 0 ||
            !get_numbers(in, head, rows(), *numbers_) || in.left() != 0)
            return corrupt("times do not decode");
        const std::uint32_t* n = numbers();
        bool ascending = n[0] == 0;
        for (std::size_t i = 1; i < rows(); ++i) ascending &= n[i] > n[i - 1];
        if (!ascending) return corrupt("times do not ascend");
        if (layout_.info.first_ms + n[rows() - 1] != layout_.info.last_ms)
            return corrupt("last time differs from the head");
        return {};
    }

    /// Values of a numeric column, into numbers().
    Result<void> values(std::size_t column, Carriers& carriers) {
        ByteReader in(layout_.columns[column]);
        unsigned head = 0;
        FLEET_TRY_VOID(carriers_of(column, in, head, carriers));
        if (!get_numbers(in, head, carriers.count, *numbers_) || in.left() != 0)
            return corrupt(name_of(column) + ": numbers do not decode");
        const std::uint32_t* n = numbers();
        const model::FieldInfo& field = model::kFields[column];
        auto low = static_cast<std::int32_t>(n[0]);
        auto high = low;
        for (std::size_t i = 1; i < carriers.count; ++i) {
            low = std::min(low, static_cast<std::int32_t>(n[i]));
            high = std::max(high, static_cast<std::int32_t>(n[i]));
        }
        if (low < field.min || high > field.max)
            return corrupt(name_of(column) + ": value out of range");
        return {};
    }

    /// Numbers in `texts` of a column of text, into ids().
    Result<void> labels(std::size_t column, Carriers& carriers, model::TextPool& texts) {
        ByteReader in(layout_.columns[column]);
        unsigned head = 0;
        FLEET_TRY_VOID(carriers_of(column, in, head, carriers));
        const auto valid = column + 1 == kColumns ? &is_valid_attributes : &is_valid_label;
        if (!get_texts(in, head, carriers.count, valid, texts, ids_) || in.left() != 0)
            return corrupt(name_of(column) + ": texts do not decode");
        return {};
    }

  private:
    [[nodiscard]] std::size_t rows() const noexcept { return layout_.info.count; }

    Result<void> carriers_of(std::size_t column, ByteReader& in, unsigned& head,
                             Carriers& carriers) const {
        carriers.count = rows();
        if (!presence_of(column, in, head, carriers.presence, carriers.count))
            return corrupt(name_of(column) + ": presence does not decode");
        carriers.everywhere = (head & kPresenceMask) == kAllRows;
        return {};
    }

    /// Reads head and presence of a column; `present` is left alone when the column is in all rows.
    bool presence_of(std::size_t column, ByteReader& in, unsigned& head, Presence& presence,
                     std::size_t& present) const {
        if (!in.u8(head) || (head & kUnusedBits) != 0) return false;
        const unsigned mode = head & kPresenceMask;
        if (mode == kAllRows) return true;
        if (mode != kSameAsColumn)
            return get_presence(in, mode, rows(), presence, present) && present != 0;
        unsigned other = 0;
        if (!in.u8(other) || other >= column || (layout_.info.mask & (1U << other)) == 0)
            return false;
        ByteReader there(layout_.columns[other]);
        unsigned its = 0;
        if (!there.u8(its)) return false;
        its &= kPresenceMask;
        return (its == kBitmap || its == kRuns) &&
               get_presence(there, its, rows(), presence, present) && present != 0;
    }

    const Layout& layout_;
    std::unique_ptr<NumberBuffer> numbers_ = std::make_unique_for_overwrite<NumberBuffer>();
    std::vector<std::uint32_t> ids_;
};

/// Calls `visit` with the number of each row that carries a column, ascending.
template <class Visit>
void for_each_carrier(const Carriers& carriers, std::size_t rows, Visit visit) {
    if (carriers.everywhere) {
        for (std::size_t i = 0; i < rows; ++i) visit(i);
        return;
    }
    for (std::size_t w = 0; w * 64 < rows; ++w)
        for (std::uint64_t word = carriers.presence.words[w]; word != 0; word &= word - 1)
            visit(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
}

/// Puts the columns of one chunk into rows that are already there, with the mask of no column.
class Decoder {
  public:
    Decoder(const Layout& layout, std::span<model::Sample> rows, model::TextPool& texts)
        : layout_(layout), reader_(layout), rows_(rows), texts_(texts) {}

    Result<void> times() {
        FLEET_TRY_VOID(reader_.times());
        const std::uint32_t* n = reader_.numbers();
        for (std::size_t i = 0; i < rows_.size(); ++i)
            rows_[i].ts_ms = layout_.info.first_ms + n[i];
        return {};
    }

    Result<void> column(std::size_t column) {
        const std::uint32_t mask = 1U << column;
        std::size_t next = 0;
        if (is_text(column)) {
            FLEET_TRY_VOID(reader_.labels(column, carriers_, texts_));
            for_each_carrier(carriers_, rows_.size(), [&](std::size_t row) {
                set_text_id(rows_[row], column, reader_.ids()[next++]);
                rows_[row].mask |= mask;
            });
            return {};
        }
        FLEET_TRY_VOID(reader_.values(column, carriers_));
        const std::uint32_t* n = reader_.numbers();
        for_each_carrier(carriers_, rows_.size(), [&](std::size_t row) {
            rows_[row].values[column] = static_cast<std::int32_t>(n[next++]);
            rows_[row].mask |= mask;
        });
        return {};
    }

  private:
    const Layout& layout_;
    ColumnReader reader_;
    Carriers carriers_;
    std::span<model::Sample> rows_;
    model::TextPool& texts_;
};

Result<void> decode_into(const Layout& layout, std::uint32_t mask, std::span<model::Sample> rows,
                         model::TextPool& texts) {
    Decoder decoder(layout, rows, texts);
    FLEET_TRY_VOID(decoder.times());
    for (std::uint32_t left = mask & layout.info.mask; left != 0; left &= left - 1)
        FLEET_TRY_VOID(decoder.column(static_cast<std::size_t>(std::countr_zero(left))));
    return {};
}

}  // namespace

void encode_chunk(std::span<const model::Sample> samples, const model::TextPool& texts,
                  std::string& out) {
    FLEET_CHECK(!samples.empty() && samples.size() <= kMaxChunkRows);
    const std::int64_t first = samples.front().ts_ms;
    const std::int64_t last = samples.back().ts_ms;
    FLEET_CHECK(first >= 0 && last <= kMaxMs && day_of({first}) == day_of({last}));
    std::uint32_t somewhere = 0;
    std::uint32_t everywhere = kValidMask;
    std::int64_t before = first - 1;
    for (const model::Sample& s : samples) {
        FLEET_CHECK(s.ts_ms > before);
        before = s.ts_ms;
        somewhere |= s.mask;
        everywhere &= s.mask;
    }
    FLEET_CHECK((somewhere & ~kValidMask) == 0);

    // Columns first, because the directory before them holds their lengths.
    std::string columns;
    columns.reserve(samples.size() * 8);
    std::array<std::uint32_t, kColumns + 1> lengths{};
    std::size_t written = 0;
    std::size_t end = 0;
    const auto note_length = [&] {
        lengths[written++] = static_cast<std::uint32_t>(columns.size() - end);
        end = columns.size();
    };
    Encoder encoder(samples, texts);
    encoder.times(columns);
    note_length();
    for (std::size_t c = 0; c < kColumns; ++c) {
        if ((somewhere & (1U << c)) == 0) continue;
        encoder.column(c, (everywhere & (1U << c)) != 0, columns);
        note_length();
    }

    const std::size_t start = out.size();
    out.reserve(start + 64 + columns.size());
    put_u8(out, kVersion);
    put_le(out, 0, kChecksumBytes);
    put_varint(out, static_cast<std::uint32_t>(samples.size()));
    put_le(out, static_cast<std::uint64_t>(first), kTimeBytes);
    put_varint(out, static_cast<std::uint32_t>(last - first));
    put_varint(out, somewhere);
    for (std::size_t i = 0; i + 1 < written; ++i) put_varint(out, lengths[i]);
    out.append(columns);
    put_checksum(out, start);
}

std::string encode_chunk(std::span<const model::Sample> samples, const model::TextPool& texts) {
    std::string out;
    encode_chunk(samples, texts, out);
    return out;
}

void seal_chunk(std::string& bytes) {
    if (bytes.size() >= kBodyAt) put_checksum(bytes, 0);
}

Result<void> decode_columns(std::string_view bytes, std::uint32_t mask, model::Rows& rows) {
    FLEET_TRY(const Layout layout, read_layout(bytes));
    const std::size_t before = rows.samples.size();
    rows.samples.resize(before + layout.info.count);
    Result<void> done =
        decode_into(layout, mask, std::span(rows.samples).subspan(before), rows.texts);
    if (!done) rows.samples.resize(before);
    return done;
}

Result<void> decode_chunk(std::string_view bytes, model::Rows& rows) {
    return decode_columns(bytes, kAllColumns, rows);
}

Result<void> decode_column(std::string_view bytes, model::Field field, model::ColumnValues& out) {
    FLEET_TRY(const Layout layout, read_layout(bytes));
    if ((layout.info.mask & model::bit(field)) == 0) return {};
    const std::size_t before = out.size();
    const std::size_t rows = layout.info.count;
    ColumnReader reader(layout);
    FLEET_TRY_VOID(reader.times());
    out.resize(before + rows);
    std::int64_t* ts_ms = out.ts_ms.data() + before;
    for (std::size_t i = 0; i < rows; ++i) ts_ms[i] = layout.info.first_ms + reader.numbers()[i];
    Carriers carriers;
    if (auto read = reader.values(static_cast<std::size_t>(field), carriers); !read) {
        out.resize(before);
        return read;
    }
    std::int32_t* values = out.values.data() + before;
    for (std::size_t i = 0; i < carriers.count; ++i)
        values[i] = static_cast<std::int32_t>(reader.numbers()[i]);
    if (!carriers.everywhere) {
        std::size_t next = 0;
        for_each_carrier(carriers, rows, [&](std::size_t row) { ts_ms[next++] = ts_ms[row]; });
        out.resize(before + carriers.count);
    }
    return {};
}

Result<ChunkInfo> chunk_info(std::string_view bytes) {
    FLEET_TRY(Layout layout, read_layout(bytes));
    return layout.info;
}

}  // namespace fleet::codec
