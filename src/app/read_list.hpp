// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.hpp"
#include "app/output.hpp"
#include "app/read_source.hpp"
#include "base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::app {

/// What the reading commands share: lists of the API, whole, and how they are printed.

using Json = nlohmann::ordered_json;

/// A value of a query, percent-encoded; the ':' of times stays readable.
[[nodiscard]] std::string query_value(std::string_view text);
/// corrupt: the answer is no JSON.
[[nodiscard]] Result<Json> get_json(ReadSource& source, const std::string& target);
/// All pages of a list, up to `limit` items. The result keeps the other members of the last page.
[[nodiscard]] Result<Json> get_list(ReadSource& source, const std::string& path,
                                    const std::string& query, std::int64_t limit);
/// `wanted`, or every fleet when that is empty.
[[nodiscard]] Result<std::vector<std::string>> fleet_ids(ReadSource& source,
                                                         const std::string& wanted);
/// One list of every fleet that is asked for, joined, with at most `limit` items of each.
[[nodiscard]] Result<Json> of_fleets(ReadSource& source, const std::string& wanted,
                                     std::string_view what, const std::string& query,
                                     std::int64_t limit);
/// `day`, `at`, `from` and `to` of checked options as a query that ends in &, or nothing.
[[nodiscard]] std::string range_query(const ReadOptions& options);

/// A column of a table: the member of its rows, and what its head is called.
struct Column {
    std::string_view member;
    std::string_view title;
};

void print_items(const Json& document, std::span<const Column> columns, Output output);
/// A table of records: the given columns, and those that any of them has.
void print_records(const Json& records, std::vector<Column> columns, Output output);
/// People are told what an empty table means.
void explain_empty(const Json& document, std::string_view what);

}  // namespace fleet::app
