// SPDX-License-Identifier: Apache-2.0
// One metric of a device over time.
#include "app/commands.hpp"
#include "app/read_list.hpp"
#include "app/read_source.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fleet::app {

Result<ExitCode> run_series(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_read_source(context.config, options));
    FLEET_TRY(
        const Json series,
        get_json(*source, fmt::format("devices/{}/series?{}metric={}&points={}", options.device,
                                      range_query(options), options.metric, options.points)));
    if (!series.is_object() || !series.contains("points"))
        return fail(Code::corrupt, "the server's answer is no series");
    Json list = {{"items", series["points"]}};
    if (series.contains("retention_from")) list["retention_from"] = series["retention_from"];
    if (output == Output::json) {
        print(series.dump() + "\n");
    } else {
        constexpr Column kColumns[] = {
            {"t", "from"}, {"min", "min"}, {"max", "max"}, {"mean", "mean"}, {"count", "records"}};
        print_items(list, kColumns, output);
    }
    explain_empty(list, fmt::format("{} in that time", options.metric));
    return ExitCode::ok;
}

}  // namespace fleet::app
