// SPDX-License-Identifier: Apache-2.0
// Any bytes as a chunk: first as they are, then under a checksum that fits, so that the decoder
// behind it is reached. Accepted rows must be valid, and the same by way of another encoding and
// column by column.
#include "base/check.hpp"
#include "codec/chunk.hpp"
#include "codec/chunk_seal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace fleet;

bool same(const model::Sample& a, const model::TextPool& a_texts, const model::Sample& b,
          const model::TextPool& b_texts) {
    return a.ts_ms == b.ts_ms && a.mask == b.mask && a.values == b.values &&
           a_texts.text(a.zone) == b_texts.text(b.zone) &&
           a_texts.text(a.alarm) == b_texts.text(b.alarm) &&
           a_texts.text(a.attributes) == b_texts.text(b.attributes);
}

void check(std::string_view bytes) {
    model::Rows rows;
    const Result<void> done = codec::decode_chunk(bytes, rows);
    if (!done) {
        FLEET_CHECK(rows.empty());
        return;
    }
    const Result<codec::ChunkInfo> info = codec::chunk_info(bytes);
    FLEET_CHECK(info.has_value() && info->count == rows.size() &&
                info->first_ms == rows.samples.front().ts_ms &&
                info->last_ms == rows.samples.back().ts_ms);

    model::Rows again;
    FLEET_CHECK(
        codec::decode_chunk(codec::encode_chunk(rows.samples, rows.texts), again).has_value());
    FLEET_CHECK(again.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        FLEET_CHECK(same(rows.samples[i], rows.texts, again.samples[i], again.texts));

    for (std::uint32_t left = info->mask; left != 0; left &= left - 1) {
        const std::uint32_t column = left & (0U - left);
        model::Rows one;
        FLEET_CHECK(codec::decode_columns(bytes, column, one).has_value() &&
                    one.size() == rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
            FLEET_CHECK(one.samples[i].mask == (rows.samples[i].mask & column));
    }
    for (const model::FieldInfo& field : model::kFields) {
        model::ColumnValues values;
        FLEET_CHECK(codec::decode_column(bytes, field.field, values).has_value());
        std::size_t next = 0;
        for (const model::Sample& s : rows.samples) {
            if (!s.has(field.field)) continue;
            FLEET_CHECK(next < values.size() && values.ts_ms[next] == s.ts_ms &&
                        values.values[next] == s.value(field.field));
            ++next;
        }
        FLEET_CHECK(next == values.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    check(bytes);
    codec::seal_chunk(bytes);
    check(bytes);
    return 0;
}
