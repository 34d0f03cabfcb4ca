// SPDX-License-Identifier: Apache-2.0
#include "codec/live_frame.hpp"

#include "base/check.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <optional>
#include <type_traits>

namespace fleet::codec {

namespace {

static_assert(std::endian::native == std::endian::little,
              "the columns are copied as they lie in memory");

constexpr std::size_t padded(std::size_t bytes) noexcept { return (bytes + 3) / 4 * 4; }

template <class T>
void store(char*& to, T value) noexcept {
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
}
template <class T>
T load(const char*& from) noexcept {
    T value{};
    std::memcpy(&value, from, sizeof value);
    from += sizeof value;
    return value;
}

std::uint32_t age_at(std::int64_t base_ms, std::int64_t ts_ms) noexcept {
    if (ts_ms < 0) return kNoAge;
    const std::int64_t age = base_ms - ts_ms;
    if (age <= 0) return 0;
    return age >= kNoAge ? kNoAge : static_cast<std::uint32_t>(age);
}

/// Writes one column, padded with zeros.
template <class Get>
void store_column(char*& to, std::span<const LiveRow> rows, Get get) noexcept {
    using T = std::invoke_result_t<Get, const LiveRow&>;
    for (const LiveRow& row : rows) store<T>(to, get(row));
    for (std::size_t i = rows.size() * sizeof(T); i < padded(rows.size() * sizeof(T)); ++i)
        *to++ = 0;
}

/// Reads one column; false when its padding is not zero.
template <class T, class Set>
bool load_column(const char*& from, std::vector<LiveRow>& rows, Set set) noexcept {
    for (LiveRow& row : rows) set(row, load<T>(from));
    bool clean = true;
    for (std::size_t i = rows.size() * sizeof(T); i < padded(rows.size() * sizeof(T)); ++i)
        clean = *from++ == 0 && clean;
    return clean;
}

void member_fixed_or_null(JsonWriter& json, std::string_view name, bool present, std::int64_t units,
                          int decimals) {
    if (present) {
        json.member_fixed(name, units, decimals);
    } else {
        json.member_null(name);
    }
}

}  // namespace

std::size_t frame_bytes(std::size_t rows) noexcept {
    return kFrameHeaderBytes + rows * 5 * 4 + 6 * padded(rows * 2) + padded(rows);
}

std::string encode_frame(const FrameHeader& header, std::span<const LiveRow> rows) {
    FLEET_CHECK(rows.size() <= kMaxFrameRows);
    std::string out(frame_bytes(rows.size()), '\0');
    char* to = out.data();
    store(to, kFrameMagic);
    store(to, kFrameVersion);
    store(to, static_cast<std::uint8_t>(header.type));
    store(to, header.epoch);
    store(to, header.seq);
    store(to, static_cast<std::uint32_t>(rows.size()));
    store(to, static_cast<double>(header.base_ms));
    store_column(to, rows, [](const LiveRow& r) { return r.slot; });
    store_column(to, rows, [](const LiveRow& r) { return r.lat; });
    store_column(to, rows, [](const LiveRow& r) { return r.lon; });
    store_column(to, rows, [&](const LiveRow& r) { return age_at(header.base_ms, r.ts_ms); });
    store_column(to, rows, [&](const LiveRow& r) { return age_at(header.base_ms, r.pos_ts_ms); });
    store_column(to, rows, [](const LiveRow& r) { return r.speed; });
    store_column(to, rows, [](const LiveRow& r) { return r.heading; });
    store_column(to, rows, [](const LiveRow& r) { return r.battery; });
    store_column(to, rows, [](const LiveRow& r) { return r.temp; });
    store_column(to, rows, [](const LiveRow& r) { return r.humidity; });
    store_column(to, rows, [](const LiveRow& r) { return r.zone; });
    store_column(to, rows, [](const LiveRow& r) { return r.flags; });
    FLEET_CHECK(to == out.data() + out.size());
    return out;
}

Result<LiveFrame> decode_frame(std::string_view bytes) {
    const auto corrupt = [](std::string_view what) {
        return fail(Code::corrupt, fmt::format("live frame: {}", what));
    };
    if (bytes.size() < kFrameHeaderBytes) return corrupt("shorter than its header");
    const char* from = bytes.data();
    if (load<std::uint16_t>(from) != kFrameMagic) return corrupt("wrong magic");
    if (const auto version = load<std::uint8_t>(from); version != kFrameVersion)
        return fail(Code::unsupported, fmt::format("live frame: version {} is not known", version));
    LiveFrame frame;
    const auto type = load<std::uint8_t>(from);
    if (type != 1 && type != 2) return corrupt("unknown type");
    frame.header.type = static_cast<FrameType>(type);
    frame.header.epoch = load<std::uint32_t>(from);
    frame.header.seq = load<std::uint32_t>(from);
    const auto count = load<std::uint32_t>(from);
    const auto base = load<double>(from);
    if (count > kMaxFrameRows) return corrupt("too many rows");
    if (bytes.size() != frame_bytes(count)) return corrupt("length and row count disagree");
    constexpr double kLargest = 9'007'199'254'740'992.0;  // 2^53: whole numbers below are exact
    if (!(base >= 0 && base < kLargest)) return corrupt("base time out of range");
    frame.header.base_ms = static_cast<std::int64_t>(base);
    if (static_cast<double>(frame.header.base_ms) != base)
        return corrupt("base time is no whole number");

    const auto time = [&](std::uint32_t age) {
        return age == kNoAge ? -1 : frame.header.base_ms - age;
    };
    frame.rows.resize(count);
    std::vector<LiveRow>& rows = frame.rows;
    bool clean = load_column<std::uint32_t>(from, rows, [](LiveRow& r, auto v) { r.slot = v; });
    clean = load_column<std::int32_t>(from, rows, [](LiveRow& r, auto v) { r.lat = v; }) && clean;
    clean = load_column<std::int32_t>(from, rows, [](LiveRow& r, auto v) { r.lon = v; }) && clean;
    clean =
        load_column<std::uint32_t>(from, rows, [&](LiveRow& r, auto v) { r.ts_ms = time(v); }) &&
        clean;
    clean = load_column<std::uint32_t>(from, rows,
                                       [&](LiveRow& r, auto v) { r.pos_ts_ms = time(v); }) &&
            clean;
    clean =
        load_column<std::uint16_t>(from, rows, [](LiveRow& r, auto v) { r.speed = v; }) && clean;
    clean =
        load_column<std::uint16_t>(from, rows, [](LiveRow& r, auto v) { r.heading = v; }) && clean;
    clean =
        load_column<std::uint16_t>(from, rows, [](LiveRow& r, auto v) { r.battery = v; }) && clean;
    clean = load_column<std::int16_t>(from, rows, [](LiveRow& r, auto v) { r.temp = v; }) && clean;
    clean =
        load_column<std::uint16_t>(from, rows, [](LiveRow& r, auto v) { r.humidity = v; }) && clean;
    clean = load_column<std::uint16_t>(from, rows, [](LiveRow& r, auto v) { r.zone = v; }) && clean;
    clean = load_column<std::uint8_t>(from, rows, [](LiveRow& r, auto v) { r.flags = v; }) && clean;
    if (!clean) return corrupt("padding is not zero");
    return frame;
}

std::string encode_frame_json(const FrameHeader& header, std::string_view fleet,
                              std::span<const LiveRow> rows) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("type", header.type == FrameType::snap ? "snap" : "delta");
    json.member("fleet", fleet);
    json.member_integer("epoch", header.epoch);
    json.member_integer("seq", header.seq);
    json.member_time("base", Timestamp{header.base_ms});
    json.key("rows");
    json.begin_array();
    for (const LiveRow& row : rows) {
        const std::uint32_t age = age_at(header.base_ms, row.ts_ms);
        const std::uint32_t pos_age = age_at(header.base_ms, row.pos_ts_ms);
        json.begin_object();
        json.member_integer("slot", row.slot);
        member_fixed_or_null(json, "lat", row.lat != kNoPosition, row.lat, 7);
        member_fixed_or_null(json, "lon", row.lon != kNoPosition, row.lon, 7);
        member_fixed_or_null(json, "age_ms", age != kNoAge, age, 0);
        member_fixed_or_null(json, "pos_age_ms", pos_age != kNoAge, pos_age, 0);
        member_fixed_or_null(json, "speed_kmh", row.speed != kNoU16, row.speed, 2);
        member_fixed_or_null(json, "heading_deg", row.heading != kNoU16, row.heading, 2);
        member_fixed_or_null(json, "battery_pct", row.battery != kNoU16, row.battery, 2);
        member_fixed_or_null(json, "temp_c", row.temp != kNoI16, row.temp, 2);
        member_fixed_or_null(json, "humidity_pct", row.humidity != kNoU16, row.humidity, 2);
        json.member_integer("zone", row.zone);
        json.member_boolean("moving", (row.flags & kMoving) != 0);
        json.member_boolean("charging", (row.flags & kCharging) != 0);
        json.member_boolean("ignition", (row.flags & kIgnition) != 0);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return out;
}

}  // namespace fleet::codec
