// SPDX-License-Identifier: Apache-2.0
// `fleet devices add|set|import|move`: what people say about vehicles, and where they belong.
#include "app/commands.hpp"
#include "app/control_report.hpp"
#include "app/control_source.hpp"
#include "app/device_file.hpp"
#include "app/local_engine.hpp"
#include "app/text_file.hpp"
#include "base/time.hpp"
#include "codec/device_members.hpp"

#include <optional>
#include <utility>

namespace fleet::app {

namespace {

Result<ExitCode> import(const CommandContext& context) {
    const DeviceOptions& options = context.invocation.devices;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const std::string text, read_text_file(options.file, codec::kMaxDeviceFileBytes));
    auto changes = parse_device_file(text);
    if (!changes) return refuse_file(changes.error(), options.file, output);
    FLEET_TRY(const auto source, open_control(context.config, options.url, Missing::create));
    const auto counts = source->control().put_devices(
        LocalOperator::scope(), std::move(changes).value(), store::Expect::any);
    if (!counts) return refuse_file(counts.error(), options.file, output);
    FLEET_TRY_VOID(source->close());
    print_counts("devices", *counts, output);
    return ExitCode::ok;
}

Result<ExitCode> put_one(const CommandContext& context, store::Expect expect) {
    const DeviceOptions& options = context.invocation.devices;
    const Output output = context.invocation.common.output;
    const Missing missing = expect == store::Expect::absent ? Missing::create : Missing::refuse;
    FLEET_TRY(const auto source, open_control(context.config, options.url, missing));
    const auto counts =
        source->control().put_devices(LocalOperator::scope(), {options.change}, expect);
    if (!counts) return refuse(counts.error(), output);
    FLEET_TRY_VOID(source->close());
    print_counts("devices", *counts, output);
    return ExitCode::ok;
}

Result<ExitCode> move(const CommandContext& context) {
    const DeviceOptions& options = context.invocation.devices;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_control(context.config, options.url, Missing::refuse));
    const store::DeviceMove wanted{
        options.change.id, options.change.fleet,
        options.from.empty() ? std::optional<Day>() : parse_day(options.from)};
    if (const auto done = source->control().move_device(LocalOperator::scope(), wanted); !done)
        return refuse(done.error(), output);
    FLEET_TRY_VOID(source->close());
    print_counts("devices", {0, 1, 0}, output);
    return ExitCode::ok;
}

}  // namespace

Result<ExitCode> run_device_change(const CommandContext& context) {
    switch (context.invocation.command) {
        case Command::devices_import: return import(context);
        case Command::devices_add: return put_one(context, store::Expect::absent);
        case Command::devices_move: return move(context);
        default: return put_one(context, store::Expect::present);
    }
}

}  // namespace fleet::app
