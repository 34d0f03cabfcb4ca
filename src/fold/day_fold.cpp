// SPDX-License-Identifier: Apache-2.0
#include "fold/day_fold.hpp"

#include "base/check.hpp"

namespace fleet::fold {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeader = 2;
constexpr std::size_t kPointBytes = 16;

void put(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

std::uint64_t get(std::string_view bytes, std::size_t at, int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)])}
                 << (8 * i);
    return value;
}

}  // namespace

void FoldState::encode(std::string& out) const {
    out.push_back(kVersion);
    out.push_back(has_point ? 1 : 0);
    if (!has_point) return;
    put(out, static_cast<std::uint64_t>(point_ts_ms), 8);
    put(out, static_cast<std::uint32_t>(point.lat), 4);
    put(out, static_cast<std::uint32_t>(point.lon), 4);
}

Result<FoldState> FoldState::decode(std::string_view bytes) {
    if (bytes.size() < kHeader) return fail(Code::corrupt, "fold state is cut off");
    if (bytes[0] > kVersion)
        return fail(Code::unsupported, "fold state was written by a later version");
    if (bytes[0] != kVersion || (bytes[1] != 0 && bytes[1] != 1))
        return fail(Code::corrupt, "fold state has no valid header");
    FoldState state;
    state.has_point = bytes[1] == 1;
    if (bytes.size() != kHeader + (state.has_point ? kPointBytes : 0))
        return fail(Code::corrupt, "fold state has a wrong size");
    if (state.has_point) {
        state.point_ts_ms = static_cast<std::int64_t>(get(bytes, 2, 8));
        state.point.lat = static_cast<std::int32_t>(static_cast<std::uint32_t>(get(bytes, 10, 4)));
        state.point.lon = static_cast<std::int32_t>(static_cast<std::uint32_t>(get(bytes, 14, 4)));
    }
    return state;
}

model::DayHours refold(FoldState& state, std::span<const model::Sample> rows) noexcept {
    model::DayHours hours{};
    if (rows.empty()) return hours;
    FLEET_CHECK(day_of({rows.front().ts_ms}) == day_of({rows.back().ts_ms}));
    std::int64_t last = -1;
    for (const model::Sample& row : rows) {
        FLEET_CHECK(row.ts_ms > last);
        last = row.ts_ms;
        step(state, hours, row);
    }
    return hours;
}

model::DayHours refold(std::span<const model::Sample> rows) noexcept {
    FoldState state;
    return refold(state, rows);
}

model::HourStats total(const model::DayHours& hours) noexcept {
    model::HourStats sum;
    for (const model::HourStats& hour : hours) sum.add(hour);
    sum.active_devices = sum.records == 0 ? 0 : 1;
    return sum;
}

}  // namespace fleet::fold
