// SPDX-License-Identifier: Apache-2.0
#include "cql/packed_rows.hpp"

#include "base/check.hpp"
#include "cql/big_endian.hpp"

#include <fmt/format.h>
#include <bit>
#include <limits>

namespace fleet::cql {
namespace {

constexpr std::int32_t kNull = -1;
constexpr std::int32_t kUnset = -2;
constexpr std::size_t kMaxCell = std::size_t{256} * 1024 * 1024;  // the protocol's largest frame

template <class T>
std::string encoded(T value) {
    std::string bytes;
    append_big_endian(bytes, value);
    return bytes;
}

std::int32_t length_of(std::size_t length) {
    FLEET_CHECK(length <= kMaxCell);
    return static_cast<std::int32_t>(length);
}

}  // namespace

void PackedRows::clear() noexcept {
    bytes_.clear();
    ends_.clear();
    cells_ = 0;
}

PackedRows& PackedRows::null() {
    begin_cell(kNull);
    return *this;
}

PackedRows& PackedRows::unset() {
    begin_cell(kUnset);
    return *this;
}

void PackedRows::begin_cell(std::int32_t length) {
    FLEET_CHECK(cells_ < params_);
    ++cells_;
    append_big_endian(bytes_, length);
}

PackedRows& PackedRows::value(std::string_view encoded) {
    begin_cell(length_of(encoded.size()));
    bytes_ += encoded;
    return *this;
}

PackedRows& PackedRows::text(std::string_view text) { return value(text); }
PackedRows& PackedRows::blob(std::string_view blob) { return value(blob); }

PackedRows& PackedRows::boolean(bool flag) {
    return value(flag ? std::string_view("\1", 1) : std::string_view("\0", 1));
}
PackedRows& PackedRows::tinyint(std::int8_t number) { return value(encoded(number)); }
PackedRows& PackedRows::smallint(std::int16_t number) { return value(encoded(number)); }
PackedRows& PackedRows::integer(std::int32_t number) { return value(encoded(number)); }
PackedRows& PackedRows::bigint(std::int64_t number) { return value(encoded(number)); }
PackedRows& PackedRows::timestamp(std::int64_t ms) { return bigint(ms); }
PackedRows& PackedRows::real(float number) {
    return value(encoded(std::bit_cast<std::uint32_t>(number)));
}
PackedRows& PackedRows::real64(double number) {
    return value(encoded(std::bit_cast<std::uint64_t>(number)));
}

PackedRows& PackedRows::date(std::int32_t days) {
    // The protocol counts from -5877641-06-23, so that 1970-01-01 is in the middle.
    return value(encoded(static_cast<std::uint32_t>(days) + 0x80000000U));
}

PackedRows& PackedRows::uuid(const std::array<std::uint8_t, 16>& id) {
    begin_cell(length_of(id.size()));
    bytes_.append(id.begin(), id.end());
    return *this;
}

PackedRows& PackedRows::texts(std::span<const std::string_view> values) {
    std::size_t length = 4;
    for (const auto& text : values) length += 4 + text.size();
    begin_cell(length_of(length));
    append_big_endian(bytes_, length_of(values.size()));
    for (const auto& text : values) {
        append_big_endian(bytes_, length_of(text.size()));
        bytes_ += text;
    }
    return *this;
}

PackedRows& PackedRows::text_map(
    std::span<const std::pair<std::string_view, std::string_view>> values) {
    std::size_t length = 4;
    for (const auto& [key, text] : values) length += 8 + key.size() + text.size();
    begin_cell(length_of(length));
    append_big_endian(bytes_, length_of(values.size()));
    for (const auto& [key, text] : values) {
        append_big_endian(bytes_, length_of(key.size()));
        bytes_ += key;
        append_big_endian(bytes_, length_of(text.size()));
        bytes_ += text;
    }
    return *this;
}

void PackedRows::end_row() {
    FLEET_CHECK(cells_ == params_);
    ends_.push_back(bytes_.size());
    cells_ = 0;
}

PackedRows PackedRows::row(std::size_t index) const {
    FLEET_CHECK(index < ends_.size());
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    PackedRows out(params_);
    out.bytes_ = bytes_.substr(begin, ends_[index] - begin);
    out.ends_.push_back(out.bytes_.size());
    return out;
}

void PackedRows::drop_row() {
    FLEET_CHECK(!ends_.empty() && cells_ == 0);
    ends_.pop_back();
    bytes_.resize(ends_.empty() ? 0 : ends_.back());
}

std::string_view PackedRows::bytes() const {
    FLEET_CHECK(cells_ == 0);
    return bytes_;
}

Result<void> check_types(std::span<const ColumnInfo> found,
                         std::span<const std::string_view> expected) {
    if (found.size() != expected.size()) {
        return fail(Code::invalid_argument,
                    fmt::format("the statement has {} columns, {} are expected", found.size(),
                                expected.size()));
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].type != expected[i]) {
            return fail(
                Code::invalid_argument,
                fmt::format("column {} is {}, {} is expected: does the schema fit this version?",
                            found[i].name, found[i].type, expected[i]));
        }
    }
    return {};
}

}  // namespace fleet::cql
