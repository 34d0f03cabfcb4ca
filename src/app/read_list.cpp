// SPDX-License-Identifier: Apache-2.0
#include "app/read_list.hpp"

#include "base/check.hpp"
#include "base/time.hpp"
#include "model/field.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace fleet::app {

namespace {

std::string cell_of(const Json& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return value.get<std::string>();
    return value.dump();
}

Table table_of(const Json& items, std::span<const Column> columns, bool titles) {
    std::vector<std::string> heads;
    for (const Column& c : columns) heads.emplace_back(titles ? c.title : c.member);
    Table table(std::move(heads));
    for (const Json& item : items) {
        std::vector<std::string> cells;
        for (const Column& c : columns) {
            const auto found = item.find(c.member);
            cells.push_back(found == item.end() ? std::string() : cell_of(*found));
        }
        table.add(std::move(cells));
    }
    return table;
}

}  // namespace

Result<Json> get_json(ReadSource& source, const std::string& target) {
    FLEET_TRY(const std::string body, source.get(target));
    Json document = Json::parse(body, nullptr, false);
    if (document.is_discarded())
        return fail(Code::corrupt, "the server's answer is no JSON; is the address right?");
    return document;
}

std::string query_value(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') ||
                           std::string_view("-._~:").find(c) != std::string_view::npos;
        if (plain) {
            out.push_back(c);
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

Result<Json> get_list(ReadSource& source, const std::string& path, const std::string& query,
                      std::int64_t limit) {
    Json all = Json::array();
    std::string cursor;
    Json page;
    while (true) {
        const auto left = limit - static_cast<std::int64_t>(all.size());
        const auto size = std::min(left, static_cast<std::int64_t>(store::kMaxLimit));
        std::string target = fmt::format("{}?{}limit={}", path, query, size);
        if (!cursor.empty()) target += "&cursor=" + cursor;
        FLEET_TRY(page, get_json(source, target));
        if (!page.is_object() || !page.contains("items"))
            return fail(Code::corrupt, "the server's answer is no list");
        for (Json& item : page["items"]) all.push_back(std::move(item));
        cursor = page["next"].is_string() ? page["next"].get<std::string>() : std::string();
        if (cursor.empty() || static_cast<std::int64_t>(all.size()) >= limit) break;
    }
    page["items"] = std::move(all);
    return page;
}

void print_items(const Json& document, std::span<const Column> columns, Output output) {
    if (output == Output::json) {
        print(document.dump() + "\n");
    } else if (output == Output::csv) {
        print(table_of(document["items"], columns, false).csv());
    } else {
        print(table_of(document["items"], columns, true).text());
    }
}

void explain_empty(const Json& document, std::string_view what) {
    if (!document["items"].empty()) return;
    say(fmt::format("no {}", what));
    if (document.contains("retention_from") && document["retention_from"].is_string())
        say(fmt::format("records before {} are no longer kept",
                        document["retention_from"].get<std::string>()));
}

Result<std::vector<std::string>> fleet_ids(ReadSource& source, const std::string& wanted) {
    if (!wanted.empty()) return std::vector<std::string>{wanted};
    FLEET_TRY(const Json fleets, get_json(source, "fleets"));
    std::vector<std::string> ids;
    for (const Json& fleet : fleets["items"]) ids.push_back(fleet["fleet_id"].get<std::string>());
    return ids;
}

Result<Json> of_fleets(ReadSource& source, const std::string& wanted, std::string_view what,
                       const std::string& query, std::int64_t limit) {
    FLEET_TRY(const auto ids, fleet_ids(source, wanted));
    Json joined = {{"items", Json::array()}, {"next", nullptr}};
    for (const std::string& id : ids) {
        FLEET_TRY(const Json list,
                  get_list(source, fmt::format("fleets/{}/{}", id, what), query, limit));
        for (const Json& item : list["items"]) joined["items"].push_back(item);
    }
    return joined;
}

void print_records(const Json& records, std::vector<Column> columns, Output output) {
    const std::size_t always = columns.size();
    for (const model::FieldInfo& f : model::kFields) columns.push_back({f.name, f.name});
    columns.push_back({"zone", "zone"});
    columns.push_back({"alarm", "alarm"});
    // Columns that no record has would only take room.
    columns.erase(
        std::remove_if(columns.begin() + static_cast<std::ptrdiff_t>(always), columns.end(),
                       [&](const Column& c) {
                           return std::none_of(
                               records["items"].begin(), records["items"].end(),
                               [&](const Json& item) { return item.contains(c.member); });
                       }),
        columns.end());
    print_items(records, columns, output);
}

std::string range_query(const ReadOptions& options) {
    std::string query;
    if (!options.day.empty()) query += fmt::format("day={}&", options.day);
    const Timestamp now = SystemClock().now();
    for (const auto& [name, text] : {std::pair{"at", options.at}, std::pair{"from", options.from},
                                     std::pair{"to", options.to}}) {
        if (text.empty()) continue;
        const auto time = parse_time_argument(text, now);
        FLEET_CHECK(time.has_value());  // the command line was checked
        query += fmt::format("{}={}&", name, query_value(format_rfc3339(*time)));
    }
    return query;
}

}  // namespace fleet::app
