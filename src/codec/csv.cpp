// SPDX-License-Identifier: Apache-2.0
#include "codec/csv.hpp"

#include "codec/csv_plan.hpp"
#include "codec/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace fleet::codec {

namespace {

using Kind = Target::Kind;

enum CharClass : std::uint8_t { kOther = 0, kIdChar = 1, kTextChar = 2 };

/// kIdChar: may be in a device id. kTextChar: may be in an unquoted text without a closer look (the
/// delimiter is checked apart).
constexpr std::array<std::uint8_t, 256> kClasses = [] {
    std::array<std::uint8_t, 256> classes{};
    for (unsigned c = 0x20; c < 256; ++c) {
        if (c == '"' || c == 0x7F) continue;
        classes[c] = kTextChar;
        const bool id = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' || c == '-';
        if (id) classes[c] |= kIdChar;
    }
    return classes;
}();

std::uint8_t class_of(char c) noexcept { return kClasses[static_cast<unsigned char>(c)]; }

/// A text whose first character after `'` would be a formula has been neutralised for spreadsheets:
/// takes the `'` off.
std::string_view without_guard(std::string_view text) noexcept {
    if (text.empty() || text.front() != '\'') return text;
    const std::size_t first = text.find_first_not_of('\'');
    const bool guarded = first != std::string_view::npos &&
                         std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
    return guarded ? text.substr(1) : text;
}

/// Bytes that the fast path may read beyond the place where it begins a time.
constexpr std::ptrdiff_t kTimeBytes = 24;

}  // namespace

/// Decodes the row at `p` if nothing about it is unusual, and returns the start of the next one.
/// Nullptr: not such a row, nothing was filed. `end` is after a line end, so that every loop below
/// stops there at the latest.
const char* CsvRows::fast_row(const char* p, const char* end, const model::TimeWindow& window,
                              std::uint64_t index, model::RecordBatch& out) {
    const CsvPlan& plan = *plan_;
    const char delimiter = plan.delimiter;
    model::Record& r = out.records.emplace_back();
    model::Problems problems;
    const char* const begin = p;
    const auto unusual = [&]() -> const char* {
        out.records.pop_back();
        return nullptr;
    };
    const auto at_end_of_cell = [&] { return *p == delimiter || *p == '\n' || *p == '\r'; };
    /// An unquoted text cell; false if it needs a closer look.
    const auto text_cell = [&](std::string_view& text) {
        const char* const from = p;
        unsigned high = 0;
        while (*p != delimiter && (class_of(*p) & kTextChar) != 0)
            high |= static_cast<unsigned char>(*p++);
        text = {from, static_cast<std::size_t>(p - from)};
        return (high & 0x80U) == 0 || is_utf8(text);
    };
    bool has_time = false;
    attributes_.clear();
    const std::size_t columns = plan.columns.size();
    for (std::size_t i = 0;;) {
        const Target& target = plan.columns[i].target;
        if (!at_end_of_cell()) {
            switch (target.kind) {
                case Kind::number: {
                    model::Scaled value;
                    const int decimals = model::info(target.field).decimals;
                    if (target.factor == Factor{}) {
                        p = parse_plain(p, decimals, value);
                        if (p == nullptr) return unusual();
                    } else {
                        std::string_view literal;
                        if (!text_cell(literal)) return unusual();
                        const auto scaled = parse_scaled(literal, decimals, target.factor);
                        if (!scaled) return unusual();
                        value = *scaled;
                    }
                    model::set_field(r, problems, target.field, value);
                    break;
                }
                case Kind::device: {
                    const char* const from = p;
                    while (*p != delimiter && (class_of(*p) & kIdChar) != 0) ++p;
                    r.device = {from, static_cast<std::size_t>(p - from)};
                    if (r.device.size() > model::kMaxDeviceIdLength) return unusual();
                    break;
                }
                case Kind::time: {
                    const bool plain = plan.rules.time.plain() && end - p > kTimeBytes;
                    if (const char* const next =
                            plain ? parse_rfc3339_utc(p, dates_, r.ts) : nullptr) {
                        p = next;
                    } else {
                        std::string_view text;
                        if (!text_cell(text)) return unusual();
                        const auto time = plan.rules.time.parse(text);
                        if (!time) return unusual();
                        r.ts = *time;
                    }
                    has_time = true;
                    break;
                }
                case Kind::zone:
                case Kind::alarm: {
                    std::string_view text;
                    if (!text_cell(text) || text.size() > model::kMaxTextLength ||
                        text.front() == '\'')
                        return unusual();
                    (target.kind == Kind::zone ? r.zone : r.alarm) = text;
                    break;
                }
                case Kind::boolean: {
                    std::string_view text;
                    if (!text_cell(text)) return unusual();
                    if (text == "true" || text == "1") {
                        r.set(target.field, 1);
                    } else if (text == "false" || text == "0") {
                        r.set(target.field, 0);
                    } else {
                        return unusual();
                    }
                    break;
                }
                case Kind::fleet: {
                    std::string_view text;
                    if (!text_cell(text) || !model::is_valid_id(text)) return unusual();
                    r.fleet = text;
                    break;
                }
                case Kind::attribute: {
                    std::string_view text;
                    if (!text_cell(text) || text.front() == '\'' ||
                        text.size() > model::kMaxAttributeText)
                        return unusual();
                    const auto value = attribute_of_text(text);
                    if (!value) return unusual();
                    attributes_.push_back({names_[i], *value});
                    break;
                }
                case Kind::ignore: {
                    std::string_view text;
                    if (!text_cell(text)) return unusual();
                    break;
                }
            }
        }
        if (++i == columns) break;
        if (*p != delimiter) return unusual();
        ++p;
    }
    const char* const text_end = p;
    if (*p == '\r') ++p;
    if (*p != '\n') return unusual();
    if (static_cast<std::size_t>(text_end - begin) > plan.rules.max_line || !has_time ||
        problems.mask != 0)
        return unusual();
    if (r.device.empty()) {
        r.device = builder_.default_device();
        if (r.device.empty()) return unusual();
    }
    if (r.fleet.empty()) r.fleet = builder_.default_fleet();
    if (model::validate(r, problems, window)) return unusual();
    if (!attributes_.empty())
        r.attributes = out.arena.copy(std::span<const model::Attribute>(attributes_));
    out.indexes.push_back(static_cast<std::uint32_t>(index));
    return p + 1;
}

void CsvRows::cell(const CsvPlan::Column& column, const CsvCell& cell, model::RecordBatch& out) {
    std::string_view text = cell.escaped ? out.arena.copy(csv_unescaped(cell.text)) : cell.text;
    const Target& target = column.target;
    const bool is_text = target.kind == Kind::device || target.kind == Kind::fleet ||
                         target.kind == Kind::zone || target.kind == Kind::alarm ||
                         target.kind == Kind::attribute;
    if (text.empty() && !(cell.quoted && target.kind == Kind::attribute)) return;
    const std::string_view bare = is_text ? without_guard(text) : text;
    if (target.kind == Kind::attribute && (cell.quoted || bare.size() != text.size())) {
        builder_.string(target, column.name, bare);
    } else {
        builder_.text(target, column.name, bare);
    }
}

void CsvRows::slow_row(const CsvRecord& record, const RowPlace& place,
                       const model::TimeWindow& window, model::RecordBatch& out) {
    const CsvPlan& plan = *plan_;
    if (record.kind == CsvRecord::Kind::oversized) {
        reject_too_large(place, plan.rules.max_line, record.text, out);
        return;
    }
    const auto bad = [&](std::string detail) {
        out.reject(model::Reason::bad_syntax, place.index, record.text,
                   "line " + std::to_string(place.number) + ": " + std::move(detail));
    };
    if (record.kind == CsvRecord::Kind::malformed)
        return bad(
            "a quote that does not fit; a cell with quotes begins and ends with one, and doubles "
            "those inside");
    csv_cells(record, plan.delimiter, cells_);
    if (cells_.size() != plan.columns.size())
        return bad(std::to_string(cells_.size()) + " cells, but the header has " +
                   std::to_string(plan.columns.size()) + " columns");
    if (record.text.find('\0') != std::string_view::npos) return bad("a NUL byte");
    builder_.begin();
    for (std::size_t i = 0; i < cells_.size(); ++i) cell(plan.columns[i], cells_[i], out);
    if (plan.time_columns.size() > 1) {
        std::string joined;
        for (const std::size_t i : plan.time_columns) {
            if (!joined.empty()) joined.push_back(' ');
            joined.append(cells_[i].text);
        }
        builder_.text(plan.time_target, "ts", out.arena.copy(joined));
    }
    builder_.finish(place, record.text, window);
}

std::size_t CsvRows::decode(std::string_view bytes, bool last, std::size_t max_rows,
                            const model::TimeWindow& window, CsvExtent& before,
                            model::RecordBatch& out) {
    const char* const begin = bytes.data();
    const char* const end = begin + bytes.size();
    const char* p = begin;
    builder_.start(plan_->rules, out);
    names_.clear();
    for (const CsvPlan::Column& c : plan_->columns)
        names_.push_back(out.arena.copy(c.target.attribute));
    if (skipping_ && p != end) {
        const void* const line_end = std::memchr(p, '\n', bytes.size());
        if (line_end == nullptr) return bytes.size();
        p = static_cast<const char*>(line_end) + 1;
        skipping_ = false;
    }
    const char* fast_end = end;  // after the last line end
    while (fast_end != p && fast_end[-1] != '\n') --fast_end;
    while (p != end && (max_rows == 0 || out.rows() < max_rows)) {
        if (plan_->fast && p < fast_end) {
            if (const char* const next = fast_row(p, fast_end, window, before.rows, out)) {
                p = next;
                ++before.rows;
                ++before.lines;
                continue;
            }
        }
        const CsvRecord record = csv_record(p, end, plan_->delimiter, plan_->rules.max_line, last);
        if (record.kind == CsvRecord::Kind::partial) break;
        p = record.end;
        skipping_ = !record.line_end;
        if (!record.text.empty()) {
            slow_row(record, {"line", before.lines + 1, static_cast<std::uint32_t>(before.rows)},
                     window, out);
            ++before.rows;
        }
        before.lines += record.lines;
    }
    return static_cast<std::size_t>(p - begin);
}

CsvExtent decode_csv_rows(const CsvSchema& schema, std::string_view bytes, CsvExtent first,
                          const model::TimeWindow& window, model::RecordBatch& out) {
    CsvRows rows(schema.plan());
    CsvExtent at = first;
    if (!bytes.empty()) {
        const std::size_t first_line = std::max<std::size_t>(bytes.find('\n'), 1);
        out.records.reserve(out.records.size() +
                            bytes.size() / std::min<std::size_t>(first_line, 4096) + 1);
        out.indexes.reserve(out.records.capacity());
    }
    (void)rows.decode(bytes, true, 0, window, at, out);
    return {at.rows - first.rows, at.lines - first.lines};
}

CsvExtent csv_extent(const CsvSchema& schema, std::string_view bytes) noexcept {
    CsvExtent extent;
    const CsvPlan& plan = schema.plan();
    const char* p = bytes.data();
    const char* const end = p + bytes.size();
    while (p != end) {
        // Up to the next quote every line is a record; a line with a quote is looked at closely.
        const void* const found = std::memchr(p, '"', static_cast<std::size_t>(end - p));
        const char* stop = found == nullptr ? end : static_cast<const char*>(found);
        while (found != nullptr && stop != p && stop[-1] != '\n') --stop;
        const char* previous = p;  // after the last line end
        for (const char* q = p; q != stop; ++q) {
            if (*q != '\n') continue;
            const auto length = q - previous;
            extent.rows += length == 0 || (length == 1 && *previous == '\r') ? 0 : 1;
            ++extent.lines;
            previous = q + 1;
        }
        if (previous != stop) {  // a last line without line end
            ++extent.lines;
            extent.rows += stop - previous == 1 && *previous == '\r' ? 0 : 1;
        }
        p = stop;
        if (p == end) break;
        const CsvRecord record = csv_record(p, end, plan.delimiter, plan.rules.max_line, true);
        p = record.end;
        extent.rows += record.text.empty() ? 0 : 1;
        extent.lines += record.lines;
    }
    return extent;
}

std::size_t find_split(const CsvSchema& schema, std::string_view bytes, std::size_t near) noexcept {
    if (near == 0) return 0;
    if (near >= bytes.size()) return bytes.size();
    const std::size_t line_end = bytes.find('\n', near - 1);
    const std::size_t split = line_end == std::string_view::npos ? bytes.size() : line_end + 1;
    const std::size_t quote = bytes.substr(0, split).find('"');
    if (quote == std::string_view::npos) return split;
    const std::size_t before_quote = bytes.rfind('\n', quote);
    const char* p = bytes.data() + (before_quote == std::string_view::npos ? 0 : before_quote + 1);
    const char* const end = bytes.data() + bytes.size();
    const CsvPlan& plan = schema.plan();
    while (p < bytes.data() + near)
        p = csv_record(p, end, plan.delimiter, plan.rules.max_line, true).end;
    return static_cast<std::size_t>(p - bytes.data());
}

}  // namespace fleet::codec
