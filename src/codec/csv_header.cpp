// SPDX-License-Identifier: Apache-2.0
#include "codec/csv_plan.hpp"
#include "codec/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace fleet::codec {

namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::size_t kMaxColumns = 256;

/// The delimiter that the header uses most; a comma when in doubt.
char delimiter_of(std::string_view header) {
    std::size_t commas = 0;
    std::size_t semicolons = 0;
    std::size_t tabs = 0;
    bool quoted = false;
    for (const char c : header) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        commas += c == ',' ? 1 : 0;
        semicolons += c == ';' ? 1 : 0;
        tabs += c == '\t' ? 1 : 0;
    }
    if (commas >= semicolons && commas >= tabs) return ',';
    return semicolons >= tabs ? ';' : '\t';
}

Failure bad_header(std::string message) {
    return fail(Code::invalid_argument, "line 1: " + std::move(message));
}

Result<std::vector<std::string>> header_names(std::string_view header, char delimiter) {
    const char* const begin = header.data();
    const CsvRecord record =
        csv_record(begin, begin + header.size(), delimiter, header.size(), true);
    if (record.kind != CsvRecord::Kind::plain && record.kind != CsvRecord::Kind::quoted)
        return bad_header(
            "the quotes of the header do not fit; write names that hold a delimiter as \"a,b\" and "
            "a quote as \"\"");
    std::vector<CsvCell> cells;
    csv_cells(record, delimiter, cells);
    if (cells.size() > kMaxColumns)
        return bad_header(
            fmt::format("{} columns; at most {} are read", cells.size(), kMaxColumns));
    std::vector<std::string> names;
    for (const CsvCell& cell : cells) {
        std::string name = cell.escaped ? csv_unescaped(cell.text) : std::string(cell.text);
        const std::size_t from = name.find_first_not_of(" \t");
        name = from == std::string::npos
                   ? std::string()
                   : name.substr(from, name.find_last_not_of(" \t") - from + 1);
        names.push_back(std::move(name));
    }
    return names;
}

std::string listed(const std::vector<std::string>& names) {
    std::string out;
    for (std::size_t i = 0; i < names.size() && i < 20; ++i)
        out += (i == 0 ? "" : ", ") + printable(names[i]);
    if (names.size() > 20) out += ", …";
    return out;
}

/// Builds the plan of one header.
class HeaderReader {
  public:
    HeaderReader(const DecodeOptions& options, std::vector<std::string> names, CsvPlan& plan)
        : options_(options), names_(std::move(names)), plan_(plan) {}

    Result<void> read() {
        plan_.columns.resize(names_.size());
        mapped_.assign(names_.size(), false);
        for (std::size_t i = 0; i < names_.size(); ++i) plan_.columns[i].name = names_[i];
        for (const ColumnMapping& m : options_.map) FLEET_TRY_VOID(apply(m));
        for (std::size_t i = 0; i < names_.size(); ++i)
            if (!mapped_[i]) FLEET_TRY_VOID(apply_name(i));
        return finish();
    }

  private:
    Result<void> apply(const ColumnMapping& m) {
        auto target = target_of(m.target);
        if (!target)
            return fail(Code::invalid_argument,
                        fmt::format("--map: \"{}\" is no field; nearest: {}", m.target,
                                    nearest_columns(m.target)));
        if (target->kind == Target::Kind::number)
            target->factor = factor_for(target->field, m.factor, options_.speed_unit);
        for (const std::string& source : m.sources) {
            bool found = false;
            for (std::size_t i = 0; i < names_.size(); ++i) {
                if (names_[i] != source) continue;
                if (mapped_[i])
                    return bad_header(fmt::format("column {} \"{}\": --map names it twice", i + 1,
                                                  printable(source)));
                if (found && target->kind != Target::Kind::ignore)
                    return bad_header(
                        fmt::format("column {} \"{}\" is there twice; rename one, or ignore both "
                                    "with --map \"{}=-\"",
                                    i + 1, printable(source), source));
                found = true;
                FLEET_TRY_VOID(assign(i, *target, m.sources.size() > 1));
            }
            if (!found)
                return bad_header(
                    fmt::format("--map names the column \"{}\", which is not in the header ({})",
                                printable(source), listed(names_)));
        }
        return {};
    }

    Result<void> apply_name(std::size_t i) {
        const std::string& name = names_[i];
        std::optional<Target> target;
        if (name.starts_with("attr.")) {
            target = target_of("attr:" + name.substr(5));
        } else if (name != "-" && !name.starts_with("attr:")) {
            target = target_of(name);
        }
        if (name.empty())
            return bad_header(fmt::format(
                "column {} has no name; name it, or ignore it with --map \"=-\"", i + 1));
        if (!target)
            return bad_header(fmt::format(
                "column {} \"{}\" is unknown; nearest: {}. Say what it is with --map \"{}=FIELD\", "
                "keep it as "
                "an attribute with --map \"{}=attr:NAME\", or ignore it with --map \"{}=-\"",
                i + 1, printable(name), nearest_columns(name), printable(name), printable(name),
                printable(name)));
        if (target->kind == Target::Kind::number)
            target->factor = factor_for(target->field, {}, options_.speed_unit);
        return assign(i, *target, false);
    }

    Result<void> assign(std::size_t i, Target target, bool joined) {
        using Kind = Target::Kind;
        mapped_[i] = true;
        CsvPlan::Column& column = plan_.columns[i];
        if (target.kind == Kind::attribute && target.attribute.empty())
            target.attribute = column.name;
        column.target = target;
        if (target.kind == Kind::ignore) return {};
        if (joined && !plan_.time_columns.empty() && joined_) {
            plan_.time_columns.push_back(i);
            return {};
        }
        const std::string key = fmt::format("{}/{}/{}", static_cast<int>(target.kind),
                                            static_cast<int>(target.field), target.attribute);
        const auto [other, added] = owners_.emplace(key, i);
        if (!added)
            return bad_header(
                fmt::format("columns {} \"{}\" and {} \"{}\" are the same field; ignore one with "
                            "--map \"{}=-\"",
                            other->second + 1, printable(names_[other->second]), i + 1,
                            printable(names_[i]), printable(names_[i])));
        if (target.kind == Kind::time) {
            plan_.time_columns.push_back(i);
            joined_ = joined;
        }
        return {};
    }

    Result<void> finish() {
        using Kind = Target::Kind;
        bool device = !plan_.rules.device.empty();
        std::size_t attributes = 0;
        for (const CsvPlan::Column& c : plan_.columns) {
            device = device || c.target.kind == Kind::device;
            attributes += c.target.kind == Kind::attribute ? 1 : 0;
        }
        if (!device)
            return bad_header(
                fmt::format("there is no column \"device_id\" (columns: {}); name one with --map "
                            "\"COLUMN=device_id\"",
                            listed(names_)));
        if (plan_.time_columns.empty())
            return bad_header(
                fmt::format("there is no column \"ts\" (columns: {}); name one with --map "
                            "\"COLUMN=ts\", or two with --map "
                            "\"DATE+TIME=ts\" and --time-format",
                            listed(names_)));
        if (attributes > model::kMaxAttributes)
            return bad_header(fmt::format(
                "{} attribute columns; at most {} are kept, ignore some with --map \"COLUMN=-\"",
                attributes, model::kMaxAttributes));
        plan_.time_target = plan_.columns[plan_.time_columns[0]].target;
        if (plan_.time_columns.size() > 1)
            for (const std::size_t i : plan_.time_columns)
                plan_.columns[i].target.kind = Kind::ignore;
        plan_.fast = plan_.time_columns.size() == 1;
        return {};
    }

    const DecodeOptions& options_;
    std::vector<std::string> names_;
    CsvPlan& plan_;
    std::vector<bool> mapped_;
    std::map<std::string, std::size_t> owners_;
    bool joined_ = false;
};

}  // namespace

char CsvSchema::delimiter() const noexcept { return plan_->delimiter; }
std::size_t CsvSchema::columns() const noexcept { return plan_->columns.size(); }

Result<CsvSchema> parse_csv_header(std::string_view header, const DecodeOptions& options) {
    if (header.starts_with(kMark)) header.remove_prefix(kMark.size());
    if (header.find('\0') != std::string_view::npos)
        return bad_header(
            "binary content (a NUL byte), not CSV; compressed files need their ending .gz or .zst, "
            "other formats --format");
    if (header.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return bad_header(
            "the header is empty; the first line must name the columns, such as "
            "device_id,ts,lat,lon,speed_kmh");
    if (!is_utf8(header))
        return bad_header("the header is not UTF-8; convert the file, for example with iconv");
    auto plan = std::make_shared<CsvPlan>();
    FLEET_TRY(plan->rules, RowRules::make(options));
    plan->delimiter = delimiter_of(header);
    FLEET_TRY(auto names, header_names(header, plan->delimiter));
    FLEET_TRY_VOID(HeaderReader(options, std::move(names), *plan).read());
    return CsvSchema(std::move(plan));
}

Result<std::optional<CsvHeader>> read_csv_header(std::string_view bytes, bool last,
                                                 const DecodeOptions& options) {
    if (bytes.empty()) {
        if (!last) return std::optional<CsvHeader>();
        return fail(Code::invalid_argument,
                    "the input is empty: the first line must name the columns, such as "
                    "device_id,ts,lat,lon,speed_kmh");
    }
    if (!last && bytes.size() < kMark.size()) return std::optional<CsvHeader>();
    const std::size_t mark = bytes.starts_with(kMark) ? kMark.size() : 0;
    const char* const begin = bytes.data() + mark;
    const char* const end = bytes.data() + bytes.size();
    if (begin == end && !last) return std::optional<CsvHeader>();
    // Quotes decide where the header ends; which delimiter it has is only known then, and any finds
    // the same end unless a quote follows another character, which is malformed with all of them.
    CsvRecord record;
    for (const char delimiter : {',', ';', '\t'}) {
        record = begin == end ? CsvRecord{CsvRecord::Kind::plain, end, {}, 1, true}
                              : csv_record(begin, end, delimiter, options.max_line, last);
        if (record.kind != CsvRecord::Kind::malformed) break;
    }
    if (record.kind == CsvRecord::Kind::partial) return std::optional<CsvHeader>();
    if (record.text.find('\0') == std::string_view::npos &&
        record.kind == CsvRecord::Kind::oversized)
        return fail(Code::too_large,
                    fmt::format("line 1: the header is longer than {} bytes; is this a CSV file?",
                                options.max_line));
    FLEET_TRY(CsvSchema schema, parse_csv_header(record.text, options));
    return std::optional(CsvHeader{
        std::move(schema), static_cast<std::size_t>(record.end - bytes.data()), record.lines});
}

}  // namespace fleet::codec
