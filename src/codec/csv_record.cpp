// SPDX-License-Identifier: Apache-2.0
#include "codec/csv_plan.hpp"

#include <algorithm>
#include <cstring>

namespace fleet::codec {

namespace {

const char* find(const char* p, const char* end, char c) noexcept {
    const void* const at =
        p == end ? nullptr : std::memchr(p, c, static_cast<std::size_t>(end - p));
    return at == nullptr ? end : static_cast<const char*>(at);
}

std::string_view without_cr(const char* p, const char* line_end) noexcept {
    if (line_end != p && line_end[-1] == '\r') --line_end;
    return {p, static_cast<std::size_t>(line_end - p)};
}

enum class Quotes : std::uint8_t { closed, wrong, open };

/// Follows the quotes from `p` on; sets `line_end` to the end of the record's text (before LF) when
/// they close.
Quotes follow_quotes(const char* p, const char* end, char delimiter, const char*& line_end,
                     std::uint64_t& lines) noexcept {
    lines = 1;
    for (;;) {  // once per cell
        if (p != end && *p == '"') {
            ++p;
            for (;;) {
                const char* const quote = find(p, end, '"');
                lines += static_cast<std::uint64_t>(std::count(p, quote, '\n'));
                if (quote == end) return Quotes::open;
                p = quote + 1;
                if (p == end) break;
                if (*p != '"') break;
                ++p;
            }
            if (p != end && *p == '\r' && (p + 1 == end || p[1] == '\n')) ++p;
        } else {
            while (p != end && *p != delimiter && *p != '\n' && *p != '"') ++p;
        }
        if (p == end || *p == '\n') {
            line_end = p;
            return Quotes::closed;
        }
        if (*p != delimiter) return Quotes::wrong;
        ++p;
    }
}

}  // namespace

CsvRecord csv_record(const char* p, const char* end, char delimiter, std::size_t max_line,
                     bool last) noexcept {
    using Kind = CsvRecord::Kind;
    const auto available = static_cast<std::size_t>(end - p);
    const char* const line_end =
        find(p, p + std::min(available, max_line + 2), '\n');  // CR and LF do not count
    const bool whole_line = line_end != end && *line_end == '\n';
    CsvRecord r;
    const auto first_line = [&](Kind kind) {
        r.kind = kind;
        r.text = without_cr(p, line_end).substr(0, max_line);
        r.end = whole_line ? line_end + 1 : line_end;
        r.lines = 1;
        r.line_end = whole_line || (last && line_end == end);
    };
    if (!whole_line && line_end != end) {  // longer than the limit
        first_line(Kind::oversized);
        const char* const far_end = find(line_end, end, '\n');
        r.text = {p, max_line};
        r.end = far_end == end ? end : far_end + 1;
        r.line_end = far_end != end || last;
        return r;
    }
    if (!whole_line && !last) return r;
    if (without_cr(p, line_end).size() > max_line) {
        first_line(Kind::oversized);
        return r;
    }
    if (find(p, line_end, '"') == line_end) {
        first_line(Kind::plain);
        return r;
    }
    // A quoted record may go on over further lines, within max_line bytes.
    const char* const limit = p + std::min(available, max_line + 2);
    const char* record_end = nullptr;
    switch (follow_quotes(p, limit, delimiter, record_end, r.lines)) {
        case Quotes::closed:
            if (record_end == limit && limit != end) {  // cut by the limit, not by the input
                first_line(Kind::malformed);
                return r;
            }
            if (record_end == end && !last) {
                r = CsvRecord{};
                return r;
            }
            r.kind = Kind::quoted;
            r.text = without_cr(p, record_end);
            r.end = record_end == end ? end : record_end + 1;
            if (r.text.size() > max_line) first_line(Kind::malformed);
            return r;
        case Quotes::open:
            if (limit == end && !last && available < max_line + 2) return CsvRecord{};
            [[fallthrough]];
        case Quotes::wrong: first_line(Kind::malformed); return r;
    }
    return r;
}

void csv_cells(const CsvRecord& record, char delimiter, std::vector<CsvCell>& cells) {
    cells.clear();
    const char* p = record.text.data();
    const char* const end = p + record.text.size();
    for (;;) {
        CsvCell cell;
        if (record.kind == CsvRecord::Kind::quoted && p != end && *p == '"') {
            cell.quoted = true;
            const char* const from = ++p;
            for (;;) {
                p = find(p, end, '"');
                if (p == end || p + 1 == end || p[1] != '"') break;
                cell.escaped = true;
                p += 2;
            }
            cell.text = {from, static_cast<std::size_t>(p - from)};
            if (p != end) ++p;
        } else {
            const char* const from = p;
            p = find(p, end, delimiter);
            cell.text = {from, static_cast<std::size_t>(p - from)};
        }
        cells.push_back(cell);
        if (p == end) return;
        ++p;  // the delimiter
    }
}

std::string csv_unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        out.push_back(text[i]);
        if (text[i] == '"') ++i;
    }
    return out;
}

}  // namespace fleet::codec
