// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/decode_options.hpp"
#include "codec/target.hpp"
#include "codec/timestamp.hpp"
#include "model/batch.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

/// What all rows of a source share. Immutable once made, apart from the window.
struct RowRules {
    TimeParser time;
    std::string fleet;
    std::string device;
    std::size_t max_line = 0;
    model::TimeWindow window;

    /// invalid_argument for a bad default id or time format.
    [[nodiscard]] static Result<RowRules> make(const DecodeOptions& options);
};

/// Where a row lies in its input, for messages.
struct RowPlace {
    std::string_view unit;     ///< "line" or "element"
    std::uint64_t number = 0;  ///< from 1 for lines, from 0 for elements
    std::uint32_t index = 0;   ///< row from 0
};

/// Collects the values of one row, notes everything that is wrong with it, and files it as a record
/// or a reject with the first failing check. Names and values must stay valid until finish(). Not
/// thread-safe.
class RecordBuilder {
  public:
    RecordBuilder() { attributes_.reserve(model::kMaxAttributes); }

    /// Before the first row of each batch: `out` is where the rows go, and keeps the texts of
    /// `rules` that they use.
    void start(const RowRules& rules, model::RecordBatch& out);
    void begin() noexcept;

    /// A cell, tag or string: text to be read as the target's type. Nothing for an empty text of
    /// any type but attribute.
    void text(const Target& target, std::string_view name, std::string_view value);
    /// The literal of a number.
    void number(const Target& target, std::string_view name, std::string_view literal);
    void boolean(const Target& target, std::string_view name, bool value);
    void string(const Target& target, std::string_view name, std::string_view value);
    /// A value of a type that no target takes (object, array).
    void unusable(const Target& target, std::string_view name, std::string_view why);
    /// The time of formats that have a time outside of names;
    void time(Timestamp t);
    /// An explicit absence: no value, but the name may not come again.
    void null(const Target& target, std::string_view name);
    void attribute(std::string_view name, model::AttributeValue value);

    /// Notes a problem. The first one of each reason is told.
    void problem(model::Reason reason, std::string_view name, std::string_view value,
                 std::string_view why);
    [[nodiscard]] bool failed() const noexcept { return problems_.mask != 0; }

    /// `raw` is the row as received.
    void finish(const RowPlace& place, std::string_view raw, const model::TimeWindow& window);

    /// The defaults of the rules, in the memory of the batch.
    [[nodiscard]] std::string_view default_device() const noexcept { return device_; }
    [[nodiscard]] std::string_view default_fleet() const noexcept { return fleet_; }

  private:
    struct Finding {
        std::string_view name;
        std::string_view value;
        std::string_view why;
    };
    bool first(std::uint32_t bit, std::string_view name);
    void wrong_type(const Target& target, std::string_view name, std::string_view value,
                    std::string_view why);
    void set_time(std::string_view name, std::string_view value);
    void set_device(std::string_view name, std::string_view value);
    void set_fleet(std::string_view name, std::string_view value);
    void set_label(const Target& target, std::string_view name, std::string_view value);
    [[nodiscard]] std::string describe(model::Reason reason, const RowPlace& place) const;

    std::string_view attribute_name(const Target& target, std::string_view name);

    const RowRules* rules_ = nullptr;
    model::RecordBatch* out_ = nullptr;
    std::string_view fleet_;
    std::string_view device_;
    model::Record record_;
    model::Problems problems_;
    std::uint32_t seen_ =
        0;  ///< targets that got a value: fields, and the bits of record_builder.cpp
    bool has_time_ = false;
    std::vector<model::Attribute> attributes_;
    std::array<Finding, model::kReasonCount> findings_;  ///< valid where problems_ has the reason
};

/// A literal as the value of an extra attribute; nothing when it is too large for a double.
[[nodiscard]] std::optional<double> attribute_number(std::string_view literal) noexcept;
/// The type of an unquoted text: true/false, a JSON number (not an integer of over 15 digits), else
/// text. Nothing for a number that is too large.
[[nodiscard]] std::optional<model::AttributeValue> attribute_of_text(
    std::string_view text) noexcept;

/// `text` for a message: cut after 60 bytes, unprintable bytes as `?`.
[[nodiscard]] std::string printable(std::string_view text);

/// One message for all formats about a row over the limit.
void reject_too_large(const RowPlace& place, std::size_t max_line, std::string_view raw,
                      model::RecordBatch& out);

}  // namespace fleet::codec
