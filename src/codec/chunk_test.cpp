// SPDX-License-Identifier: Apache-2.0
#include "codec/chunk.hpp"

#include "codec/chunk_column.hpp"
#include "codec/chunk_seal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace fleet::codec {
namespace {

using model::Field;
using model::kFieldCount;
using model::kFields;
using model::Rows;
using model::Sample;

constexpr std::int64_t kDay0 = 20'000 * kMsPerDay;

/// All content of a row as text, so that rows of different pools compare.
std::string print(const Sample& s, const model::TextPool& texts) {
    std::string out = std::to_string(s.ts_ms) + "/" + std::to_string(s.mask);
    for (std::size_t f = 0; f < kFieldCount; ++f)
        out += "," + ((s.mask >> f & 1) != 0 ? std::to_string(s.values[f]) : std::string());
    for (const std::uint32_t id : {s.zone, s.alarm, s.attributes})
        out += "|" + std::string(texts.text(id));
    return out;
}
std::vector<std::string> print(const Rows& rows) {
    std::vector<std::string> out;
    for (const Sample& s : rows.samples) out.push_back(print(s, rows.texts));
    return out;
}

Rows decode(std::string_view bytes) {
    Rows rows;
    const Result<void> done = decode_chunk(bytes, rows);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    return rows;
}

void expect_round_trip(const Rows& rows) {
    const std::string bytes = encode_chunk(rows.samples, rows.texts);
    ASSERT_EQ(print(decode(bytes)), print(rows));
    const auto info = chunk_info(bytes);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->first_ms, rows.samples.front().ts_ms);
    EXPECT_EQ(info->last_ms, rows.samples.back().ts_ms);
    EXPECT_EQ(info->count, rows.size());
    std::uint32_t mask = 0;
    for (const Sample& s : rows.samples) mask |= s.mask;
    EXPECT_EQ(info->mask, mask);
}

void set_text(Rows& rows, Sample& s, std::uint32_t bit, std::string_view text) {
    (bit == model::kZoneBit    ? s.zone
     : bit == model::kAlarmBit ? s.alarm
                               : s.attributes) = rows.texts.intern(text);
    s.mask |= bit;
}

/// Rows whose every column has its own shape: how its values move, where it is absent, how coarse
/// it is.
Rows random_rows(std::mt19937_64& rng, std::size_t count) {
    Rows rows;
    std::int64_t ts = kDay0 + static_cast<std::int64_t>(rng() % 1000);
    const std::uint64_t time_shape = rng() % 3;
    const std::int64_t room = kMsPerDay - 2000;
    for (std::size_t i = 0; i < count; ++i) {
        rows.samples.emplace_back().ts_ms = ts;
        const std::int64_t most =
            std::max<std::int64_t>(1, room / static_cast<std::int64_t>(count));
        ts += time_shape == 0   ? std::min<std::int64_t>(10'000, most)
              : time_shape == 1 ? 1 + static_cast<std::int64_t>(rng()) % most *
                                          static_cast<std::int64_t>(rng() % 2)
                                : 1;
        if (ts <= rows.samples.back().ts_ms) ts = rows.samples.back().ts_ms + 1;
    }
    std::vector<bool> shared(count);
    for (std::size_t i = 0; i < count; ++i) shared[i] = rng() % 4 != 0;
    const auto presence = [&](std::uint64_t shape, std::size_t i) {
        switch (shape) {
            case 0: return false;
            case 1: return rng() % 2 == 0;
            case 2: return static_cast<bool>(shared[i]);
            case 3: return i / 50 % 2 == 1;
            case 4: return i + 1 == count;
            default: return true;
        }
    };
    for (std::size_t f = 0; f < kFieldCount; ++f) {
        const auto& field = kFields[f];
        const std::uint64_t where = rng() % 8;
        const std::uint64_t shape = rng() % 8;
        const std::int64_t range = field.max - field.min;
        const std::int64_t coarse = rng() % 3 == 0 ? std::min<std::int64_t>(100, range) : 1;
        std::int64_t value =
            static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(range + 1));
        std::int64_t step = static_cast<std::int64_t>(rng() % 100);
        for (std::size_t i = 0; i < count; ++i) {
            if (shape == 1) value += static_cast<std::int64_t>(rng() % 41) - 20;
            if (shape == 2) value += step += static_cast<std::int64_t>(rng() % 5) - 2;
            if (shape == 3)
                value = static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(range + 1));
            if (shape == 4) value = rng() % 2 == 0 ? 0 : range;
            if (shape == 5 && rng() % 20 == 0)
                value = static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(range + 1));
            if (shape == 6) value += step;
            if (shape == 7) value = range / 20 * static_cast<std::int64_t>(rng() % 20);
            value = std::clamp<std::int64_t>(value, 0, range);
            if (presence(where, i))
                rows.samples[i].set(static_cast<Field>(f),
                                    static_cast<std::int32_t>(field.min + value / coarse * coarse));
        }
    }
    for (const std::uint32_t bit : {model::kZoneBit, model::kAlarmBit, model::kAttributesBit}) {
        const std::uint64_t where = rng() % 8;
        const std::uint64_t distinct = 1 + rng() % (rng() % 2 == 0 ? 3 : 300);
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rng() % 8 == 0) number = rng() % distinct;
            if (!presence(where, i)) continue;
            const std::string text = "text " + std::to_string(number);
            const model::Attribute attributes[] = {{"b", number % 2 == 0},
                                                   {"n", static_cast<double>(number) / 8},
                                                   {"t", std::string_view(text)}};
            set_text(rows, rows.samples[i], bit,
                     bit == model::kAttributesBit ? model::encode_attributes(attributes) : text);
        }
    }
    return rows;
}

/// Nine columns, a text that changes and a column with holes.
Rows small_rows() {
    Rows rows;
    std::mt19937_64 rng(5);
    for (int i = 0; i < 40; ++i) {
        Sample s;
        s.ts_ms = kDay0 + 10'000 * i;
        s.set(Field::lat, 48'000'000 + 1200 * i + static_cast<int>(rng() % 50));
        s.set(Field::lon, 2'000'000 - 800 * i + static_cast<int>(rng() % 50));
        s.set(Field::speed, 5000 + static_cast<int>(rng() % 300));
        s.set(Field::battery, 9000 - i);
        if (i % 3 != 0) s.set(Field::temp, 2000 + static_cast<int>(rng() % 40));
        s.set(Field::humidity, 5000 + 777 * static_cast<int>(rng() % 3));
        rows.samples.push_back(s);
        set_text(rows, rows.samples.back(), model::kZoneBit, i < 20 ? "zone_a" : "zone_b");
        const model::Attribute attributes[] = {{"door", i % 7 == 0}};
        set_text(rows, rows.samples.back(), model::kAttributesBit,
                 model::encode_attributes(attributes));
    }
    return rows;
}

TEST(Chunk, GivesBackEveryRowOfAnyShape) {
    std::mt19937_64 rng(20261125);
    for (int round = 0; round < 400; ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        static constexpr std::size_t kCounts[] = {1,   2,   3,   63,   64,   65,  127,
                                                  128, 129, 300, 1024, 4095, 4096};
        const std::size_t count =
            round % 3 == 0 ? 1 + rng() % 700 : kCounts[rng() % std::size(kCounts)];
        expect_round_trip(random_rows(rng, count));
        if (HasFatalFailure()) return;
    }
}

TEST(Chunk, HoldsTheExtremesOfEveryField) {
    for (const auto& field : kFields) {
        Rows rows;
        for (int i = 0; i < 300; ++i) {
            Sample& s = rows.samples.emplace_back();
            s.ts_ms = kMaxMs - 299 + i;
            s.set(field.field, static_cast<std::int32_t>(i % 2 == 0   ? field.min
                                                         : i % 5 == 0 ? 0
                                                                      : field.max));
        }
        SCOPED_TRACE(field.name);
        expect_round_trip(rows);
    }
    Rows whole_day;
    whole_day.samples.emplace_back().ts_ms = 0;
    whole_day.samples.emplace_back().ts_ms = kMsPerDay - 1;
    expect_round_trip(whole_day);
}

TEST(Chunk, HoldsTheLargestTexts) {
    Rows rows;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < model::kMaxAttributes; ++i)
        names.push_back(std::string(model::kMaxTextLength - 2, 'n') + std::to_string(10 + i));
    for (int i = 0; i < 10; ++i) {
        const std::string value(model::kMaxAttributeText, static_cast<char>('a' + i));
        std::vector<model::Attribute> attributes;
        for (const std::string& name : names) attributes.push_back({name, std::string_view(value)});
        rows.samples.emplace_back().ts_ms = kDay0 + i;
        set_text(rows, rows.samples.back(), model::kAttributesBit,
                 model::encode_attributes(attributes));
        set_text(rows, rows.samples.back(), model::kZoneBit,
                 std::string(model::kMaxTextLength, static_cast<char>('a' + i)));
    }
    expect_round_trip(rows);
}

TEST(Chunk, BytesDependOnContentOnly) {
    const Rows rows = small_rows();
    Rows other;
    for (const char* text : {"zone_b", "unused", "zone_a"}) (void)other.texts.intern(text);
    for (const Sample& s : rows.samples) {
        Sample copy = model::translate(s, rows.texts, other.texts);
        if (!copy.has(Field::temp))
            copy.values[static_cast<std::size_t>(Field::temp)] = 123;  // absent, so no content
        other.samples.push_back(copy);
    }
    EXPECT_EQ(encode_chunk(rows.samples, rows.texts), encode_chunk(other.samples, other.texts));
}

TEST(Chunk, AppendsToBytesAndToRowsThatAreThere) {
    const Rows rows = small_rows();
    const std::string alone = encode_chunk(rows.samples, rows.texts);
    std::string bytes = "before";
    encode_chunk(rows.samples, rows.texts, bytes);
    ASSERT_EQ(bytes, "before" + alone);
    Rows out;
    (void)out.texts.intern("other text");
    out.samples.emplace_back().ts_ms = 7;
    ASSERT_TRUE(decode_chunk(alone, out));
    ASSERT_EQ(out.size(), rows.size() + 1);
    EXPECT_EQ(out.samples.front().ts_ms, 7);
    std::vector<std::string> printed = print(out);
    printed.erase(printed.begin());
    EXPECT_EQ(printed, print(rows));
}

TEST(Chunk, ReadsTheAskedColumnsOnly) {
    std::mt19937_64 rng(3);
    for (int round = 0; round < 50; ++round) {
        Rows rows = random_rows(rng, 1 + rng() % 400);
        const std::string bytes = encode_chunk(rows.samples, rows.texts);
        const auto mask = static_cast<std::uint32_t>(rng());
        Rows out;
        ASSERT_TRUE(decode_columns(bytes, mask, out));
        for (Sample& s : rows.samples) {
            s.mask &= mask;
            if ((s.mask & model::kZoneBit) == 0) s.zone = 0;
            if ((s.mask & model::kAlarmBit) == 0) s.alarm = 0;
            if ((s.mask & model::kAttributesBit) == 0) s.attributes = 0;
        }
        ASSERT_EQ(print(out), print(rows)) << "round " << round;
    }
}

TEST(Chunk, EveryTruncationIsAnError) {
    const Rows rows = small_rows();
    const std::string bytes = encode_chunk(rows.samples, rows.texts);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Rows out;
        const Result<void> done = decode_chunk(std::string_view(bytes).substr(0, size), out);
        ASSERT_FALSE(done) << size;
        EXPECT_EQ(done.error().code, Code::corrupt);
        EXPECT_TRUE(out.empty());
        EXPECT_FALSE(chunk_info(std::string_view(bytes).substr(0, size)));
    }
    Rows out;
    EXPECT_FALSE(decode_chunk(bytes + '\0', out));
}

TEST(Chunk, EveryChangedByteIsAnError) {
    const Rows rows = small_rows();
    const std::string bytes = encode_chunk(rows.samples, rows.texts);
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (unsigned flip = 1; flip < 256; ++flip) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
            Rows out;
            ASSERT_FALSE(decode_chunk(damaged, out)) << at << " ^ " << flip;
            ASSERT_TRUE(out.empty());
        }
}

/// The checksum cannot help here: whatever is accepted must be valid rows all the same.
TEST(Chunk, DamageUnderAGoodChecksumNeverGivesInvalidRows) {
    const Rows rows = small_rows();
    const std::string bytes = encode_chunk(rows.samples, rows.texts);
    std::size_t accepted = 0;
    for (std::size_t at = 1; at < bytes.size(); ++at)
        for (unsigned flip = 1; flip < 256; ++flip) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
            seal_chunk(damaged);
            Rows out;
            if (!decode_chunk(damaged, out)) continue;
            ++accepted;
            const std::string again =
                encode_chunk(out.samples, out.texts);  // checks ranges, order and day
            ASSERT_EQ(print(decode(again)), print(out)) << at << " ^ " << flip;
        }
    EXPECT_GT(accepted, 0U);
}

TEST(Chunk, LaterVersionsAreUnsupportedNotCorrupt) {
    const Rows rows = small_rows();
    std::string bytes = encode_chunk(rows.samples, rows.texts);
    bytes.front() = 2;
    Rows out;
    const Result<void> done = decode_chunk(bytes, out);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::unsupported);
}

TEST(Chunk, AHundredRowsOfNineColumnsHaveASmallHead) {
    Rows rows;
    for (int i = 0; i < 100; ++i) {
        Sample& s = rows.samples.emplace_back();
        s.ts_ms = kDay0 + 10'000 * i;
        for (const Field f : {Field::lat, Field::lon, Field::speed, Field::heading, Field::battery,
                              Field::temp, Field::humidity})
            s.set(f, 3000);
        set_text(rows, s, model::kZoneBit, "z");
    }
    EXPECT_LE(encode_chunk(rows.samples, rows.texts).size(),
              75U);  // of it 35 for the values themselves
}

TEST(ChunkDeathTest, RefusesRowsThatBreakItsContract) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Rows rows;
    EXPECT_DEATH((void)encode_chunk(rows.samples, rows.texts), "check failed");
    rows.samples.resize(2);
    EXPECT_DEATH((void)encode_chunk(rows.samples, rows.texts), "check failed");
    rows.samples[1].ts_ms = kMsPerDay;
    EXPECT_DEATH((void)encode_chunk(rows.samples, rows.texts), "check failed");
    rows.samples[1].ts_ms = 1;
    rows.samples[1].set(Field::speed, 30'001);
    EXPECT_DEATH((void)encode_chunk(rows.samples, rows.texts), "check failed");
}

}  // namespace
}  // namespace fleet::codec

namespace fleet::codec::chunk {
namespace {

TEST(ChunkPack, UnpacksWhatItPackedAtEveryWidthAndLength) {
    std::mt19937_64 rng(1);
    for (unsigned width = 0; width <= 32; ++width)
        for (std::size_t count = 1; count <= kBlock; ++count) {
            std::array<std::uint32_t, kBlock> values{};
            for (std::size_t i = 0; i < count; ++i)
                values[i] = static_cast<std::uint32_t>(rng() & ((std::uint64_t{1} << width) - 1));
            std::string bytes;
            pack(values.data(), count, width, bytes);
            ASSERT_EQ(bytes.size(), packed_size(count, width));
            ByteReader in(bytes);
            std::array<std::uint32_t, kBlock> out{};
            ASSERT_TRUE(unpack(in, count, width, out.data()));
            ASSERT_TRUE(std::equal(
                values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count), out.begin()));
            if (bytes.empty()) continue;
            ByteReader cut(std::string_view(bytes).substr(1));
            ASSERT_FALSE(unpack(cut, count, width, out.data()));
        }
}

TEST(ChunkPack, FewLargeValuesDoNotWidenTheOthers) {
    std::array<std::uint32_t, kBlock + 2> values{};
    for (std::size_t i = 0; i < kBlock; ++i) values[i + 2] = static_cast<std::uint32_t>(i % 3);
    values[40] = 4'000'000'000U;
    values[90] = 70'000;
    std::string bytes;
    encode_block(values.data() + 2, kBlock, bytes);
    EXPECT_LE(bytes.size(), kBlock * 2 / 8 + 16);
    std::array<std::uint32_t, kBlock + 2> out{};
    ByteReader in(bytes);
    ASSERT_TRUE(decode_block(in, kBlock, out.data() + 2));
    EXPECT_EQ(out, values);
}

TEST(Chunk, OneColumnIsThatOfTheRows) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        Rows rows;
        const auto sparse = static_cast<unsigned>(random() % 4);
        std::int64_t ts = kDay0;
        const std::size_t count = 1 + random() % 700;
        for (std::size_t i = 0; i < count; ++i) {
            Sample& s = rows.samples.emplace_back();
            s.ts_ms = ts += 1 + random() % 1'000;
            for (const Field f : {Field::speed, Field::temp, Field::odometer})
                if (sparse == 0 || random() % (2 * sparse) == 0)
                    s.set(f, static_cast<std::int32_t>(random() % 3'000));
        }
        const std::string bytes = encode_chunk(rows.samples, rows.texts);
        for (const Field f : {Field::speed, Field::temp, Field::odometer, Field::fuel}) {
            model::ColumnValues got;
            got.ts_ms = {1};
            got.values = {2};  // what was there stays
            ASSERT_TRUE(decode_column(bytes, f, got));
            model::ColumnValues want;
            want.ts_ms = {1};
            want.values = {2};
            for (const Sample& s : rows.samples) {
                if (!s.has(f)) continue;
                want.ts_ms.push_back(s.ts_ms);
                want.values.push_back(s.value(f));
            }
            ASSERT_EQ(got.ts_ms, want.ts_ms);
            ASSERT_EQ(got.values, want.values);
        }
    }
}

TEST(Chunk, ADamagedColumnIsRefusedAndLeavesNothingBehind) {
    Rows rows;
    for (int i = 0; i < 300; ++i) {
        Sample& s = rows.samples.emplace_back();
        s.ts_ms = kDay0 + i * 1'000 + i % 7;
        if (i % 3 != 0) s.set(Field::speed, i * i % 2'999);
    }
    const std::string bytes = encode_chunk(rows.samples, rows.texts);
    std::mt19937 random(11);
    int refused = 0;
    for (int round = 0; round < 2'000; ++round) {
        std::string damaged = bytes;
        damaged[5 + random() % (damaged.size() - 5)] ^= static_cast<char>(1U << (random() % 8));
        model::ColumnValues got;
        EXPECT_FALSE(decode_column(damaged, Field::speed, got));  // the checksum
        seal_chunk(damaged);
        Rows all;
        const bool legal = decode_chunk(damaged, all).has_value();
        const bool read = decode_column(damaged, Field::speed, got).has_value();
        const auto info = chunk_info(damaged);
        if (info && info->mask == model::bit(Field::speed)) {
            EXPECT_EQ(read, legal);  // there is no other column
        }
        EXPECT_EQ(got.ts_ms.size(), got.values.size());
        if (!read) {
            EXPECT_EQ(got.size(), 0U);
        }
        refused += read ? 0 : 1;
    }
    EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace fleet::codec::chunk
