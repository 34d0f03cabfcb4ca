// SPDX-License-Identifier: Apache-2.0
// Records of whole fleets that meet conditions.
#include "app/commands.hpp"
#include "app/read_list.hpp"
#include "app/read_source.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fleet::app {

Result<ExitCode> run_scan(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_read_source(context.config, options));
    std::string query = range_query(options);
    if (!options.where.empty())
        query +=
            fmt::format("where={}&", query_value(fmt::format("{}", fmt::join(options.where, ","))));
    if (!options.metric.empty()) query += fmt::format("metric={}&", options.metric);
    FLEET_TRY(const Json found, of_fleets(*source, options.fleet, "scan", query, options.limit));
    if (options.metric.empty()) {
        if (output == Output::json) {
            print(found.dump() + "\n");
        } else {
            print_records(found, {{"device_id", "device"}, {"ts", "time"}}, output);
        }
    } else {
        constexpr Column kColumns[] = {{"device_id", "device"}, {"day", "day"},
                                       {"min", "min"},          {"max", "max"},
                                       {"mean", "mean"},        {"count", "records"}};
        print_items(found, kColumns, output);
    }
    explain_empty(found, "records that meet the conditions in that time");
    return ExitCode::ok;
}

}  // namespace fleet::app
