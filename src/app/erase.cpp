// SPDX-License-Identifier: Apache-2.0
// `fleet erase`: a device, or its records of a period, for ever.
#include "app/commands.hpp"
#include "app/control_report.hpp"
#include "app/local_engine.hpp"
#include "app/output.hpp"
#include "app/upkeep_source.hpp"
#include "codec/json_writer.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <iostream>
#include <limits>
#include <optional>
#include <string>

namespace fleet::app {

namespace {

std::string what_of(const EraseOptions& options, const std::optional<store::ErasePeriod>& period) {
    if (!period)
        return fmt::format("the device {} with all its records, alerts and rejected records",
                           options.device);
    return fmt::format("the records of {} {}{}{}, and the alerts that start there", options.device,
                       options.from.empty() ? "" : "from " + format_rfc3339(period->from),
                       options.from.empty() || options.to.empty() ? "" : " ",
                       options.to.empty() ? "" : "to before " + format_rfc3339(period->to));
}

/// Whether to go on. A person is asked; without one somebody has to have said it before.
Result<bool> confirmed(const EraseOptions& options, const std::string& what) {
    if (options.yes) return true;
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0)
        return fail(Code::invalid_argument,
                    fmt::format("this would erase {}; there is no terminal to ask at, so say it "
                                "with --yes",
                                what));
    std::cerr << "This erases " << what << ". It cannot be undone. Go on? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

void tell(const EraseOptions& options, const store::Erased& done, Output output) {
    if (output == Output::json) {
        std::string out;
        codec::JsonWriter json(out);
        json.begin_object();
        json.member("device_id", options.device);
        json.member_unsigned("rows", done.rows);
        json.member_unsigned("device_days", done.device_days);
        json.member_unsigned("alerts", done.alerts);
        json.member_unsigned("quarantined", done.quarantined);
        json.member_boolean("scrubbed", done.scrubbed);
        json.end_object();
        print(out + "\n");
    } else {
        print(fmt::format("erased of {}: {} records of {} days, {} alerts, {} rejected records\n",
                          options.device, grouped(done.rows), grouped(done.device_days),
                          grouped(done.alerts), grouped(done.quarantined)));
    }
    if (!done.scrubbed)
        say("nothing of it is shown any more, but old bytes are still in files of the data "
            "directory: the disk refused to rewrite them. It is tried again while the store runs.");
    say("backups that were made before still hold it: docs/erasure.md says what to do with them");
}

}  // namespace

Result<ExitCode> run_erase(const CommandContext& context) {
    const EraseOptions& options = context.invocation.erase;
    const Output output = context.invocation.common.output;
    std::optional<store::ErasePeriod> period;
    if (!options.from.empty() || !options.to.empty())
        period = store::ErasePeriod{
            since_of(options.from).value_or(Timestamp{0}),
            since_of(options.to).value_or(Timestamp{std::numeric_limits<std::int64_t>::max()})};
    if (period && !options.to.empty() && period->from >= period->to)
        return fail(Code::invalid_argument,
                    fmt::format("--from {} is not before --to {}", format_rfc3339(period->from),
                                format_rfc3339(period->to)));
    FLEET_TRY(const bool go_on, confirmed(options, what_of(options, period)));
    if (!go_on) {
        say("nothing was erased");
        return ExitCode::failed;
    }
    FLEET_TRY(const auto source, open_upkeep(context.config, options.url));
    const auto done = source->upkeep().erase(LocalOperator::scope(), options.device, period);
    if (!done) return refuse(done.error(), output);
    FLEET_TRY_VOID(source->close());
    tell(options, *done, output);
    return ExitCode::ok;
}

}  // namespace fleet::app
