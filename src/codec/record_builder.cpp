// SPDX-License-Identifier: Apache-2.0
#include "codec/record_builder.hpp"

#include "codec/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace fleet::codec {

namespace {

using model::Reason;
using Kind = Target::Kind;

constexpr std::uint32_t kDeviceSeen = 1U << 20;
constexpr std::uint32_t kFleetSeen = 1U << 21;
constexpr std::uint32_t kTimeSeen = 1U << 22;

constexpr std::string_view kNoNumber = "is no number";
constexpr std::string_view kOutOfRange = "is out of range";

std::string_view trimmed(std::string_view text) noexcept {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Whether `text` is a number in the grammar of JSON, and not an integer of so many digits that a
/// double would lose some.
bool is_exact_json_number(std::string_view text) noexcept {
    std::size_t at = 0;
    const auto run = [&] {
        const std::size_t from = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - from;
    };
    if (at < text.size() && text[at] == '-') ++at;
    const bool zero = at < text.size() && text[at] == '0';
    const std::size_t digits = run();
    if (digits == 0 || (zero && digits > 1)) return false;
    if (at == text.size()) return digits <= 15;
    if (text[at] == '.') {
        ++at;
        if (run() == 0) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (run() == 0) return false;
    }
    return at == text.size();
}

}  // namespace

Result<RowRules> RowRules::make(const DecodeOptions& options) {
    RowRules rules;
    FLEET_TRY(rules.time, TimeParser::make(options.time_format, options.time_zone));
    for (const std::string& id : {options.fleet, options.device})
        if (!id.empty() && !model::is_valid_id(id))
            return fail(
                Code::invalid_argument,
                fmt::format("\"{}\" is no id: use 1 to 64 characters of A-Z a-z 0-9 . _ : -",
                            printable(id)));
    if (options.max_line == 0)
        return fail(Code::invalid_argument, "the longest line must have at least one byte");
    rules.fleet = options.fleet;
    rules.device = options.device;
    rules.max_line = options.max_line;
    rules.window = options.window;
    return rules;
}

void RecordBuilder::start(const RowRules& rules, model::RecordBatch& out) {
    rules_ = &rules;
    out_ = &out;
    fleet_ = out.arena.copy(rules.fleet);
    device_ = out.arena.copy(rules.device);
}

std::string_view RecordBuilder::attribute_name(const Target& target, std::string_view name) {
    return target.attribute.empty() ? name : out_->arena.copy(target.attribute);
}

void RecordBuilder::begin() noexcept {
    record_ = {};
    problems_ = {};
    seen_ = 0;
    has_time_ = false;
    attributes_.clear();
}

bool RecordBuilder::first(std::uint32_t bit, std::string_view name) {
    if ((seen_ & bit) != 0) {
        problem(Reason::bad_syntax, name, {}, "is given twice");
        return false;
    }
    seen_ |= bit;
    return true;
}

void RecordBuilder::problem(Reason reason, std::string_view name, std::string_view value,
                            std::string_view why) {
    if (!problems_.has(reason)) findings_[static_cast<std::size_t>(reason)] = {name, value, why};
    problems_.add(reason);
}

void RecordBuilder::wrong_type(const Target& target, std::string_view name, std::string_view value,
                               std::string_view why) {
    switch (target.kind) {
        case Kind::number:
        case Kind::boolean:
            if (!first(model::bit(target.field), name)) return;
            problem(model::info(target.field).reason, name, value, why);
            model::set_bad_field(record_, problems_, target.field);
            return;
        case Kind::time:
            if (first(kTimeSeen, name)) problem(Reason::bad_timestamp, name, value, why);
            return;
        case Kind::attribute: problem(Reason::bad_attribute, name, value, why); return;
        case Kind::ignore: return;
        default: problem(Reason::bad_syntax, name, value, why); return;
    }
}

void RecordBuilder::unusable(const Target& target, std::string_view name, std::string_view why) {
    wrong_type(target, name, {}, why);
}

void RecordBuilder::number(const Target& target, std::string_view name, std::string_view literal) {
    switch (target.kind) {
        case Kind::number: {
            if (!first(model::bit(target.field), name)) return;
            const auto scaled =
                parse_scaled(literal, model::info(target.field).decimals, target.factor);
            if (!scaled) {
                problem(model::info(target.field).reason, name, literal, kNoNumber);
                model::set_bad_field(record_, problems_, target.field);
                return;
            }
            const std::uint32_t before = problems_.mask;
            model::set_field(record_, problems_, target.field, *scaled);
            if (problems_.mask != before)
                findings_[static_cast<std::size_t>(model::info(target.field).reason)] = {
                    name, literal, kOutOfRange};
            return;
        }
        case Kind::time: set_time(name, literal); return;
        case Kind::attribute: {
            const auto value = attribute_number(literal);
            if (!value) return problem(Reason::bad_attribute, name, literal, "is too large");
            attribute(attribute_name(target, name), *value);
            return;
        }
        case Kind::ignore: return;
        case Kind::boolean: wrong_type(target, name, literal, "is neither true nor false"); return;
        default: wrong_type(target, name, literal, "is no text"); return;
    }
}

void RecordBuilder::boolean(const Target& target, std::string_view name, bool value) {
    switch (target.kind) {
        case Kind::boolean:
            if (first(model::bit(target.field), name)) record_.set(target.field, value ? 1 : 0);
            return;
        case Kind::attribute: attribute(attribute_name(target, name), value); return;
        case Kind::ignore: return;
        case Kind::number: wrong_type(target, name, value ? "true" : "false", kNoNumber); return;
        default: wrong_type(target, name, value ? "true" : "false", "is no text"); return;
    }
}

void RecordBuilder::string(const Target& target, std::string_view name, std::string_view value) {
    switch (target.kind) {
        case Kind::device: set_device(name, value); return;
        case Kind::fleet: set_fleet(name, value); return;
        case Kind::time: set_time(name, value); return;
        case Kind::zone:
        case Kind::alarm: set_label(target, name, value); return;
        case Kind::attribute: attribute(attribute_name(target, name), value); return;
        case Kind::ignore: return;
        case Kind::boolean: wrong_type(target, name, value, "is neither true nor false"); return;
        case Kind::number: wrong_type(target, name, value, kNoNumber); return;
    }
}

void RecordBuilder::text(const Target& target, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    switch (target.kind) {
        case Kind::number: {
            const std::string_view literal = trimmed(value);
            if (!literal.empty()) number(target, name, literal);
            return;
        }
        case Kind::boolean: {
            const std::string_view word = trimmed(value);
            if (word == "true" || word == "1") return boolean(target, name, true);
            if (word == "false" || word == "0") return boolean(target, name, false);
            if (!word.empty()) wrong_type(target, name, value, "is neither true nor false");
            return;
        }
        case Kind::time: set_time(name, trimmed(value)); return;
        case Kind::attribute: {
            const auto typed = attribute_of_text(value);
            if (!typed) return problem(Reason::bad_attribute, name, value, "is too large");
            attribute(attribute_name(target, name), *typed);
            return;
        }
        default: string(target, name, value); return;
    }
}

void RecordBuilder::time(Timestamp t) {
    if (!first(kTimeSeen, "ts")) return;
    record_.ts = t;
    has_time_ = true;
}

void RecordBuilder::null(const Target& target, std::string_view name) {
    switch (target.kind) {
        case Kind::device: (void)first(kDeviceSeen, name); return;
        case Kind::fleet: (void)first(kFleetSeen, name); return;
        case Kind::time: (void)first(kTimeSeen, name); return;
        case Kind::number:
        case Kind::boolean: (void)first(model::bit(target.field), name); return;
        case Kind::zone: (void)first(model::kZoneBit, name); return;
        case Kind::alarm: (void)first(model::kAlarmBit, name); return;
        case Kind::attribute:
        case Kind::ignore: return;
    }
}

void RecordBuilder::set_time(std::string_view name, std::string_view value) {
    if (!first(kTimeSeen, name)) return;
    const auto t = rules_->time.parse(value);
    if (!t)
        return problem(
            Reason::bad_timestamp, name, value,
            rules_->time.has_zone()
                ? "is no time"
                : "is no time with a zone (--time-zone gives one, --time-format another form)");
    record_.ts = *t;
    has_time_ = true;
}

void RecordBuilder::set_device(std::string_view name, std::string_view value) {
    if (!first(kDeviceSeen, name)) return;
    if (!model::is_valid_id(value))
        return problem(Reason::bad_syntax, name, value,
                       "is no id of 1 to 64 characters A-Z a-z 0-9 . _ : -");
    record_.device = value;
}

void RecordBuilder::set_fleet(std::string_view name, std::string_view value) {
    if (!first(kFleetSeen, name) || value.empty()) return;
    if (!model::is_valid_id(value))
        return problem(Reason::bad_syntax, name, value,
                       "is no id of 1 to 64 characters A-Z a-z 0-9 . _ : -");
    record_.fleet = value;
}

void RecordBuilder::set_label(const Target& target, std::string_view name, std::string_view value) {
    if (!first(target.kind == Kind::zone ? model::kZoneBit : model::kAlarmBit, name)) return;
    if (value.size() > model::kMaxTextLength)
        return problem(Reason::too_large, name, value, "is longer than 64 bytes");
    (target.kind == Kind::zone ? record_.zone : record_.alarm) = value;
}

void RecordBuilder::attribute(std::string_view name, model::AttributeValue value) {
    if (name.empty() || name.size() > model::kMaxTextLength)
        return problem(Reason::bad_attribute, name, {}, "is no attribute name of 1 to 64 bytes");
    if (const auto* text = std::get_if<std::string_view>(&value);
        text != nullptr && text->size() > model::kMaxAttributeText)
        return problem(Reason::bad_attribute, name, *text, "is longer than 256 bytes");
    for (const model::Attribute& a : attributes_)
        if (a.name == name) return problem(Reason::bad_syntax, name, {}, "is given twice");
    if (attributes_.size() == model::kMaxAttributes)
        return problem(Reason::too_large, name, {}, "is attribute 33 of at most 32");
    attributes_.push_back({name, value});
}

void RecordBuilder::finish(const RowPlace& place, std::string_view raw,
                           const model::TimeWindow& window) {
    if (!is_utf8(raw)) problem(Reason::bad_utf8, {}, {}, "the bytes are not UTF-8");
    if (record_.fleet.empty()) record_.fleet = fleet_;
    if (record_.device.empty()) {
        record_.device = device_;
        if (record_.device.empty()) problem(Reason::bad_syntax, "device_id", {}, "is missing");
    }
    if (!has_time_ && !problems_.has(Reason::bad_timestamp))
        problem(Reason::bad_timestamp, "ts", {}, "is missing");
    if (const auto reason = model::validate(record_, problems_, window)) {
        out_->reject(*reason, place.index, raw, describe(*reason, place));
        return;
    }
    record_.attributes = out_->arena.copy(attributes_);
    out_->records.push_back(record_);
    out_->indexes.push_back(place.index);
}

std::string RecordBuilder::describe(Reason reason, const RowPlace& place) const {
    const std::string where =
        place.unit.empty() ? std::string() : fmt::format("{} {}: ", place.unit, place.number);
    if (problems_.has(reason)) {
        const Finding& f = findings_[static_cast<std::size_t>(reason)];
        std::string text = where;
        if (!f.name.empty()) text += fmt::format("{} ", printable(f.name));
        if (!f.value.empty()) text += fmt::format("\"{}\" ", printable(f.value));
        text += f.why;
        if (f.why == kOutOfRange) {
            const auto field =
                std::find_if(model::kFields.begin(), model::kFields.end(),
                             [&](const model::FieldInfo& i) { return i.reason == reason; });
            if (field != model::kFields.end()) {
                const auto unit = static_cast<std::int64_t>(kPowersOfTen[field->decimals]);
                text += fmt::format(" {} to {} of {}", field->min / unit, field->max / unit,
                                    field->name);
            }
        }
        return text;
    }
    switch (reason) {
        case Reason::bad_timestamp:
            return where + "ts " + format_rfc3339(record_.ts) + " is out of range 1970 to 2149";
        case Reason::future_ts:
            return where + "ts " + format_rfc3339(record_.ts) + " is in the future";
        case Reason::too_old:
            return where + "ts " + format_rfc3339(record_.ts) +
                   " is older than the retention (--keep-history keeps it)";
        case Reason::half_position: return where + "lat and lon must come together";
        case Reason::null_island: return where + "lat and lon are both exactly 0";
        default: return where + std::string(model::to_string(reason));
    }
}

std::optional<double> attribute_number(std::string_view literal) noexcept {
    if (literal.starts_with('+')) literal.remove_prefix(1);
    double value = 0;
    const auto [end, error] =
        std::from_chars(literal.data(), literal.data() + literal.size(), value);
    if (error == std::errc::result_out_of_range) {
        const auto scaled = parse_scaled(literal, 0);
        if (scaled && scaled->rounded == 0) return 0.0;  // too small, not too large
        return std::nullopt;
    }
    if (error != std::errc() || end != literal.data() + literal.size()) return std::nullopt;
    return value == 0 ? 0.0 : value;
}

std::optional<model::AttributeValue> attribute_of_text(std::string_view text) noexcept {
    if (text == "true") return model::AttributeValue(true);
    if (text == "false") return model::AttributeValue(false);
    if (!is_exact_json_number(text)) return model::AttributeValue(text);
    const auto number = attribute_number(text);
    if (!number) return std::nullopt;
    return model::AttributeValue(*number);
}

std::string printable(std::string_view text) {
    constexpr std::size_t kMax = 60;
    std::string out;
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p != end) {
        const std::size_t length = utf8_length(p, end);
        if (out.size() + std::max<std::size_t>(length, 1) > kMax) {
            out += "…";
            break;
        }
        const auto c = static_cast<unsigned char>(*p);
        if (length == 0 || c < 0x20 || c == 0x7F) {
            out.push_back('?');
            ++p;
        } else {
            out.append(p, length);
            p += length;
        }
    }
    return out;
}

void reject_too_large(const RowPlace& place, std::size_t max_line, std::string_view raw,
                      model::RecordBatch& out) {
    out.reject(Reason::too_large, place.index, raw,
               fmt::format("{} {}: longer than {} bytes", place.unit, place.number, max_line));
}

}  // namespace fleet::codec
