// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "model/field.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleet::model {

inline constexpr std::size_t kMaxDeviceIdLength = 64;
inline constexpr std::size_t kMaxFleetIdLength = 64;
inline constexpr std::size_t kMaxTextLength = 64;      ///< zone, alarm, attribute name
inline constexpr std::size_t kMaxAttributeText = 256;  ///< text value of an attribute
inline constexpr std::size_t kMaxAttributes = 32;

/// Ids of devices and fleets: 1–64 characters of [A-Za-z0-9._:-].
[[nodiscard]] bool is_valid_id(std::string_view id) noexcept;

/// Value of an extra attribute. Order for merging (I4): bool < number < text.
using AttributeValue = std::variant<bool, double, std::string_view>;

struct Attribute {
    std::string_view name;
    AttributeValue value;
};

/// One report of one device, in stored units, as decoded from any source. Text is not owned: it
/// points into the buffer or arena that the decoder states. `mask` has a bit for each present field
/// (absent is not zero).
struct Record {
    std::string_view device;
    std::string_view fleet;  ///< empty when the source does not say
    Timestamp ts;
    std::uint32_t mask = 0;
    std::array<std::int32_t, kFieldCount> values{};  ///< stored units of model/field.hpp
    std::string_view zone;
    std::string_view alarm;
    std::span<const Attribute> attributes;  ///< any order, unique names

    [[nodiscard]] bool has(Field f) const noexcept { return (mask & bit(f)) != 0; }
    [[nodiscard]] std::int32_t value(Field f) const noexcept {
        return values[static_cast<std::size_t>(f)];
    }
    void set(Field f, std::int32_t v) noexcept {
        values[static_cast<std::size_t>(f)] = v;
        mask |= bit(f);
    }
};

/// Strings of some rows, each stored once and named by a small number. 0 is "absent". Not
/// thread-safe.
class TextPool {
  public:
    /// Number of `text`, added if new.
    std::uint32_t intern(std::string_view text);
    /// Text of a number that intern() gave; empty for 0.
    [[nodiscard]] std::string_view text(std::uint32_t id) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    void clear() noexcept;

  private:
    std::vector<std::string> texts_;
    std::vector<std::uint32_t> buckets_;  ///< open addressing over texts_, built above 8 entries
    std::size_t bytes_ = 0;
    void rehash();
};

/// One stored row of a known device: trivially copyable; text lies in the TextPool of its Rows.
struct Sample {
    std::int64_t ts_ms = 0;
    std::uint32_t mask = 0;
    std::array<std::int32_t, kFieldCount> values{};
    std::uint32_t zone = 0;
    std::uint32_t alarm = 0;
    std::uint32_t attributes = 0;  ///< canonical bytes of encode_attributes()

    [[nodiscard]] bool has(Field f) const noexcept { return (mask & bit(f)) != 0; }
    [[nodiscard]] std::int32_t value(Field f) const noexcept {
        return values[static_cast<std::size_t>(f)];
    }
    void set(Field f, std::int32_t v) noexcept {
        values[static_cast<std::size_t>(f)] = v;
        mask |= bit(f);
    }
};
static_assert(sizeof(Sample) == 80);

/// Rows of one device with the texts that they name.
struct Rows {
    std::vector<Sample> samples;
    TextPool texts;

    [[nodiscard]] bool empty() const noexcept { return samples.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return samples.size(); }
    void clear() noexcept {
        samples.clear();
        texts.clear();
    }
};

/// Attributes as bytes: sorted by name, no name twice, so equal sets have equal bytes. Empty for no
/// attributes. Layout of each: name length u8, name, type u8 (0 false, 1 true, 2 number, 3 text),
/// number f64 LE or length u16 LE + text.
[[nodiscard]] std::string encode_attributes(std::span<const Attribute> attributes);
/// Views into `bytes`; false when the bytes are not of encode_attributes().
[[nodiscard]] bool decode_attributes(std::string_view bytes, std::vector<Attribute>& out);

/// Copies a record into `rows` (its text too) and returns the new sample.
Sample& append(Rows& rows, const Record& record);
/// Copies a sample of `from` into the pool of `to` (not into its samples).
[[nodiscard]] Sample translate(const Sample& sample, const TextPool& from, TextPool& to);

}  // namespace fleet::model
