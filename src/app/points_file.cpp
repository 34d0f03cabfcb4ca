// SPDX-License-Identifier: Apache-2.0
#include "app/points_file.hpp"

#include "app/output.hpp"
#include "codec/csv_plan.hpp"
#include "codec/number.hpp"
#include "codec/problem_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace fleet::app {

namespace {

using codec::CsvCell;
using codec::CsvRecord;

constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr std::size_t kAbsent = ~std::size_t{0};
constexpr std::array<std::string_view, 3> kColumns{"id", "lat", "lon"};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// A coordinate in stored units, or nothing when it is none of the range.
std::optional<std::int32_t> coordinate(std::string_view text, std::int64_t most_degrees) {
    const auto value = codec::parse_scaled(text, 6);
    const std::int64_t most = most_degrees * 1'000'000;
    if (!value || value->exceeds(most) || value->below(-most)) return std::nullopt;
    return static_cast<std::int32_t>(value->rounded);
}

/// Rows of one text, one after the other.
class PointsReader {
  public:
    explicit PointsReader(std::string_view text) : text_(text) {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    }

    Result<PointsFile> read() {
        FLEET_TRY_VOID(header());
        while (!text_.empty()) row();
        if (!problems_.empty()) return fail(problems_.error());
        return std::move(file_);
    }

  private:
    /// The next record's cells; false when it has none because its quotes are wrong or it is too
    /// long.
    bool next() {
        at_line_ = line_;
        const CsvRecord record = codec::csv_record(text_.data(), text_.data() + text_.size(),
                                                   delimiter_, kMaxLine, true);
        text_.remove_prefix(static_cast<std::size_t>(record.end - text_.data()));
        line_ += record.lines;
        blank_ = record.text.empty();
        cells_.clear();
        if (record.kind != CsvRecord::Kind::plain && record.kind != CsvRecord::Kind::quoted) {
            problems_.add(fmt::format("line {}", at_line_),
                          record.kind == CsvRecord::Kind::oversized
                              ? "more than 1 MiB long"
                              : "the quotes do not close; a quote inside quotes is written twice");
            return false;
        }
        codec::csv_cells(record, delimiter_, cells_);
        return true;
    }

    Result<void> header() {
        const std::string_view first = text_.substr(0, text_.find('\n'));
        if (trimmed(first).empty())
            return fail(Code::invalid_argument,
                        "line 1: a header with the columns id, lat, lon is missing");
        for (const char c : {';', '\t'})
            if (first.find(',') == std::string_view::npos &&
                first.find(c) != std::string_view::npos)
                delimiter_ = c;
        if (!next()) return fail(problems_.error());
        for (std::size_t k = 0; k < kColumns.size(); ++k) {
            for (std::size_t i = 0; i < cells_.size(); ++i) {
                if (trimmed(cells_[i].text) != kColumns[k]) continue;
                if (places_[k] != kAbsent)
                    return fail(Code::invalid_argument,
                                fmt::format("line 1: the column {} is there twice", kColumns[k]));
                places_[k] = i;
            }
            if (places_[k] == kAbsent)
                return fail(
                    Code::invalid_argument,
                    fmt::format("line 1: no column {}; needed are id, lat and lon", kColumns[k]));
        }
        columns_ = cells_.size();
        return {};
    }

    void row() {
        if (!next() || blank_) return;
        const std::string place = fmt::format("line {}", at_line_);
        if (cells_.size() != columns_) {
            problems_.add(place,
                          fmt::format("{} cells where the header has {}", cells_.size(), columns_));
            return;
        }
        PointRow row;
        row.id = cells_[places_[0]].text;
        if (cells_[places_[0]].escaped) {
            file_.owned.push_back(codec::csv_unescaped(row.id));
            row.id = file_.owned.back();
        }
        row.lat = trimmed(cells_[places_[1]].text);
        row.lon = trimmed(cells_[places_[2]].text);
        const auto lat = coordinate(row.lat, 90);
        const auto lon = coordinate(row.lon, 180);
        if (!lat)
            problems_.add(place, fmt::format("lat '{}' is no number from -90 to 90",
                                             printable(row.lat.substr(0, 60))));
        if (!lon)
            problems_.add(place, fmt::format("lon '{}' is no number from -180 to 180",
                                             printable(row.lon.substr(0, 60))));
        if (!lat || !lon) return;
        row.at = {*lat, *lon};
        file_.rows.push_back(row);
    }

    std::string_view text_;
    char delimiter_ = ',';
    std::uint64_t line_ = 1;     ///< of what is next
    std::uint64_t at_line_ = 1;  ///< of what was read last
    bool blank_ = false;
    std::vector<CsvCell> cells_;
    std::array<std::size_t, 3> places_{kAbsent, kAbsent, kAbsent};
    std::size_t columns_ = 0;
    codec::ProblemList problems_;
    PointsFile file_;
};

}  // namespace

Result<PointsFile> parse_points_file(std::string_view text) { return PointsReader(text).read(); }

}  // namespace fleet::app
