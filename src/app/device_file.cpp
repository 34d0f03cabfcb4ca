// SPDX-License-Identifier: Apache-2.0
#include "app/device_file.hpp"

#include "app/output.hpp"
#include "app/toml_tables.hpp"
#include "codec/csv_plan.hpp"
#include "codec/device_json.hpp"
#include "codec/device_members.hpp"
#include "codec/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace fleet::app {

namespace {

using codec::CsvCell;
using codec::CsvRecord;
using codec::Member;
using codec::MemberValue;
using Kind = MemberValue::Kind;

constexpr std::size_t kMaxLine = std::size_t{1} << 20;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

/// A CSV of devices, row by row.
class DeviceCsv {
  public:
    explicit DeviceCsv(std::string_view text) : text_(text) {}

    Result<std::vector<model::DeviceChange>> read() {
        FLEET_TRY_VOID(header());
        bool any = false;
        while (!text_.empty()) any = row() || any;
        if (!any) decoder_.problems().add({}, "there is no device below the header");
        return std::move(decoder_).finish();
    }

  private:
    /// The next record's cells; false when it has none.
    bool next() {
        at_line_ = line_;
        const CsvRecord record = codec::csv_record(text_.data(), text_.data() + text_.size(),
                                                   delimiter_, kMaxLine, true);
        text_.remove_prefix(static_cast<std::size_t>(record.end - text_.data()));
        line_ += record.lines;
        cells_.clear();
        if (record.kind != CsvRecord::Kind::plain && record.kind != CsvRecord::Kind::quoted) {
            problem(record.kind == CsvRecord::Kind::oversized
                        ? "more than 1 MiB long"
                        : "the quotes do not close; a quote inside quotes is written twice");
            return false;
        }
        if (trimmed(record.text).empty()) return false;
        codec::csv_cells(record, delimiter_, cells_);
        return true;
    }

    [[nodiscard]] std::string place() const { return fmt::format("line {}", at_line_); }
    void problem(std::string_view what) { decoder_.problems().add(place(), what); }

    Result<void> header() {
        std::string_view first = text_.substr(0, text_.find('\n'));
        for (; trimmed(first).empty(); first = text_.substr(0, text_.find('\n'))) {
            text_.remove_prefix(first.size() + 1);
            ++line_;
        }
        for (const char c : {';', '\t'})
            if (first.find(',') == std::string_view::npos &&
                first.find(c) != std::string_view::npos)
                delimiter_ = c;
        if (!next()) return fail(decoder_.problems().error());
        for (const CsvCell& cell : cells_) {
            const std::string name(trimmed(cell.text));
            const std::string wrong = codec::problem_of_device_member(name);
            if (!wrong.empty())
                problem(fmt::format("the column '{}' is {}", printable(name.substr(0, 60)), wrong));
            if (std::find(columns_.begin(), columns_.end(), name) != columns_.end())
                problem(fmt::format("the column {} is there twice", name));
            columns_.push_back(name);
        }
        if (std::find(columns_.begin(), columns_.end(), "device_id") == columns_.end())
            problem(
                "no column device_id; a header with device_id and some of fleet_id, name, plate, "
                "model, driver, enabled belongs here");
        if (!decoder_.problems().empty()) return fail(decoder_.problems().error());
        return {};
    }

    bool row() {
        if (!next()) return false;
        if (cells_.size() != columns_.size()) {
            problem(
                fmt::format("{} cells where the header has {}", cells_.size(), columns_.size()));
            return true;
        }
        std::vector<Member> members;
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            std::string text(cells_[i].quoted ? cells_[i].text : trimmed(cells_[i].text));
            if (cells_[i].escaped) text = codec::csv_unescaped(text);
            if (!is_utf8(text)) {
                problem(fmt::format("{} is no UTF-8; save the file as UTF-8", columns_[i]));
                return true;
            }
            const bool flag = columns_[i] == "enabled";
            // An empty cell of these says nothing; that of a text empties it.
            if (text.empty() && (flag || columns_[i] == "fleet_id")) continue;
            const bool boolean = flag && (text == "true" || text == "false");
            members.push_back(
                {columns_[i], {boolean ? Kind::boolean : Kind::text, std::move(text), {}}, {}});
        }
        decoder_.add({}, place(), members);
        return true;
    }

    static bool is_utf8(std::string_view text) {
        const char* p = text.data();
        const char* const end = p + text.size();
        while (p < end) {
            const std::size_t length = codec::utf8_length(p, end);
            if (length == 0) return false;
            p += length;
        }
        return true;
    }

    std::string_view text_;
    char delimiter_ = ',';
    std::uint64_t line_ = 1;     ///< of what is next
    std::uint64_t at_line_ = 1;  ///< of what was read last
    std::vector<CsvCell> cells_;
    std::vector<std::string> columns_;
    codec::DeviceDecoder decoder_;
};

Result<std::vector<model::DeviceChange>> parse_toml(std::string_view text) {
    codec::DeviceDecoder decoder;
    FLEET_TRY_VOID(read_tables(
        text, "device", decoder.problems(),
        [&](std::string_view path, std::string_view place, const std::vector<Member>& members) {
            decoder.add(path, place, members);
        }));
    return std::move(decoder).finish();
}

Result<std::vector<model::DeviceChange>> parse_json(std::string_view text) {
    if (text.front() == '[') return codec::decode_devices(text);
    // As `fleet devices --json` prints it.
    const auto document = nlohmann::ordered_json::parse(text, nullptr, false);
    if (document.is_object() && document.contains("items") && document["items"].is_array())
        return codec::decode_devices(document["items"].dump());
    return codec::decode_devices(text);
}

/// Whether a file that begins so is TOML; `text` has no blanks in front.
bool is_toml(std::string_view text) {
    if (text.front() == '#') return true;
    if (text.front() == '[') {
        const std::string_view inside = trimmed(text.substr(1, 80));
        const char c = inside.empty() ? ' ' : inside.front();
        return c == '[' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
    const std::string_view first = text.substr(0, text.find('\n'));
    return first.find('=') < first.find_first_of(",;\t");
}

}  // namespace

Result<std::vector<model::DeviceChange>> parse_device_file(std::string_view text) {
    if (text.size() > codec::kMaxDeviceFileBytes)
        return fail(Code::too_large, fmt::format("a device file of {} bytes; at most {} are read",
                                                 text.size(), codec::kMaxDeviceFileBytes));
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const std::string_view content = trimmed(text);
    if (content.empty())
        return fail(Code::invalid_argument,
                    "the file is empty; a CSV with a header, [[device]] tables in TOML or a list "
                    "in JSON belongs there");
    if (is_toml(content)) return parse_toml(text);
    if (content.front() == '{' || content.front() == '[') return parse_json(content);
    return DeviceCsv(text).read();
}

}  // namespace fleet::app
