// SPDX-License-Identifier: Apache-2.0
// For the fuzz targets of the text formats: what must hold for any bytes.
#pragma once

#include "base/check.hpp"
#include "codec/decoder.hpp"
#include "codec/json_writer.hpp"
#include "codec/record_json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec::fuzz {

inline constexpr std::int64_t kNowMs = 1'764'028'800'000;

/// Rows as text, in row order.
inline std::vector<std::string> shown(const model::RecordBatch& batch, std::uint32_t first) {
    std::vector<std::string> rows(batch.rows());
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        const model::Record& r = batch.records[i];
        model::Rows one;
        model::append(one, r);
        FLEET_CHECK(model::is_valid_id(r.device) &&
                    (r.fleet.empty() || model::is_valid_id(r.fleet)));
        JsonWriter json(rows.at(batch.indexes[i] - first));
        append_sample(json, r.device, r.fleet, one.samples[0], one.texts);
    }
    for (const model::Reject& r : batch.rejects) {
        FLEET_CHECK(r.raw.size() <= model::kMaxRawBytes && !r.detail.empty());
        rows.at(r.index - first) = std::string(to_string(r.reason)) + r.detail + r.raw;
    }
    for (const std::string& row : rows)
        FLEET_CHECK(!row.empty());  // every row is filed exactly once
    return rows;
}

/// Decodes `input` at once, and again in pieces of `piece` bytes, each in memory of its own: both
/// give the same rows. Records that are valid are written as NDJSON and read again: they stay what
/// they are.
inline void check(DecodeOptions options, std::string_view input, std::size_t piece) {
    options.window.now = {kNowMs};
    model::RecordBatch whole;
    const auto decoder = decode_all(options, input, whole);
    const std::vector<std::string> expected = shown(whole, 0);

    auto pieces = make_decoder(options);
    FLEET_CHECK(pieces.has_value());
    std::vector<std::string> rows;
    std::string buffer;
    std::size_t fed = 0;
    bool failed = false;
    for (bool last = false; !last && !failed;) {
        const std::size_t size = std::min(piece, input.size() - fed);
        buffer.append(input.substr(fed, size));
        fed += size;
        last = fed == input.size();
        const std::vector<char> exact(buffer.begin(), buffer.end());
        model::RecordBatch batch;
        std::size_t consumed = 0;
        failed = !(*pieces)->decode({exact.data(), exact.size()}, last, batch, consumed);
        FLEET_CHECK(consumed <= exact.size());
        FLEET_CHECK(failed || !last || consumed == exact.size());
        for (std::string& row : shown(batch, static_cast<std::uint32_t>(rows.size())))
            rows.push_back(std::move(row));
        buffer.erase(0, consumed);
    }
    FLEET_CHECK(failed == !decoder.has_value());
    FLEET_CHECK(rows == expected);

    std::string lines;
    for (const std::string& row : expected)
        if (row.front() == '{') lines += row + "\n";
    DecodeOptions again;
    again.window.now = {kNowMs};
    again.format = Format::ndjson;
    again.max_line = 1 << 20;  // escapes make a line longer
    model::RecordBatch copy;
    FLEET_CHECK(decode_all(again, lines, copy).has_value());
    FLEET_CHECK(copy.rejects.empty());
    std::string copied;
    for (const std::string& row : shown(copy, 0)) copied += row + "\n";
    FLEET_CHECK(copied == lines);
}

}  // namespace fleet::codec::fuzz
