// SPDX-License-Identifier: Apache-2.0
#include "codec/line_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace fleet::codec {

namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view line) noexcept {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

Result<void> LineDecoder::decode(std::string_view bytes, bool last, model::RecordBatch& out,
                                 std::size_t& consumed) {
    consumed = 0;
    start(out);
    if (!started_) {
        if (!last && bytes.size() < kMark.size()) return {};
        if (bytes.starts_with(kMark)) consumed = kMark.size();
    }
    while (consumed < bytes.size() && (max_rows_ == 0 || out.rows() < max_rows_)) {
        const std::string_view rest = bytes.substr(consumed);
        const std::size_t line_end = rest.find('\n');
        const bool whole = line_end != std::string_view::npos;
        if (skipping_) {
            consumed = whole ? consumed + line_end + 1 : bytes.size();
            skipping_ = !whole;
            continue;
        }
        std::string_view text = rest.substr(0, line_end);
        if (!whole && !last && text.size() < rules_.max_line + 2)
            return {};  // CR and LF do not count
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (!started_ && text.substr(0, rules_.max_line).find('\0') != std::string_view::npos &&
            !plausible(text))
            return fail(Code::invalid_argument,
                        "line 1: binary content (a NUL byte), not text; compressed files need "
                        "their ending .gz or .zst");
        started_ = true;
        ++lines_;
        consumed = whole ? consumed + line_end + 1 : bytes.size();
        skipping_ = !whole && !last;
        const RowPlace place{"line", lines_, static_cast<std::uint32_t>(rows_)};
        if (text.size() > rules_.max_line) {
            reject_too_large(place, rules_.max_line, text.substr(0, rules_.max_line), out);
        } else if (is_blank(text) || skipped(text)) {
            continue;
        } else {
            line(text, place, out);
        }
        ++rows_;
    }
    return {};
}

}  // namespace fleet::codec
