// SPDX-License-Identifier: Apache-2.0
// Commands that list and manage devices.
#include "app/cli_options.hpp"
#include "app/cli_tree.hpp"
#include "model/device.hpp"

#include <string>

namespace fleet::app {

namespace {

/// A text about a device; "" empties it.
void text_option(CLI::App* app, const std::string& flag, std::optional<std::string>& target,
                 const std::string& description) {
    app->add_option_function<std::string>(
           flag,
           [&target, flag](const std::string& text) {
               if (const std::string wrong = model::problem_of_text(text); !wrong.empty())
                   throw CLI::ValidationError(flag, wrong);
               target = text;
           },
           description)
        ->type_name("TEXT");
}

}  // namespace

void CommandLine::add_device_commands() {
    ReadOptions& read = invocation_.read;
    CLI::App* devices =
        command("devices", "Devices of a fleet, or of all fleets; add, set, import, move", kRead,
                Command::devices);
    id_option(devices, "--fleet", read.fleet, "fleet", "Fleet (else all)");
    common(devices);
    data_or_url(devices, read.url);
    read_store_option(devices, read.store)->excludes("--url");
    csv_flag(devices);
    devices->require_subcommand(0, 1);
    // A command below is done before this one, which must not take its place.
    devices->parse_complete_callback([this, devices] {
        if (!devices->get_subcommands().empty()) return;
        invocation_.command = Command::devices;
        chosen_ = true;
    });

    DeviceOptions& options = invocation_.devices;
    model::DeviceChange& change = options.change;
    const auto texts = [&](CLI::App* app) {
        id_option(app, "--device", change.id, "device", "Device")->required();
        text_option(app, "--name", change.name, "What people call it");
        text_option(app, "--plate", change.plate, "Registration plate");
        text_option(app, "--model", change.model, "Make and model");
        text_option(app, "--driver", change.driver, "Who drives it");
    };
    const auto finish = [&](CLI::App* app) {
        data_or_url(app, options.url);
        common(app);
    };

    CLI::App* add = command_in(devices, "add", "Register a device", Command::devices_add);
    texts(add);
    id_option(add, "--fleet", change.fleet, "fleet", "Fleet that it joins")->default_str("default");
    add->add_flag_callback(
        "--disabled", [&change] { change.enabled = false; }, "Take no records of it yet");
    finish(add);

    CLI::App* set = command_in(devices, "set", "Change what is said about a device, or disable it",
                               Command::devices_set);
    texts(set);
    set->add_option_function<std::string>(
           "--enabled",
           [&change](const std::string& text) {
               if (text != "true" && text != "false")
                   throw CLI::ValidationError("--enabled", "true or false belongs here");
               change.enabled = text == "true";
           },
           "false: its records are refused, what is stored stays; true: they are taken again")
        ->type_name("BOOL");
    finish(set);
    set->footer("What is not given stays as it is; an empty text (\"\") removes what was said.");

    CLI::App* move =
        command_in(devices, "move", "Move a device to another fleet", Command::devices_move);
    id_option(move, "--device", change.id, "device", "Device")->required();
    id_option(move, "--to", change.fleet, "fleet", "Fleet that it goes to; made if it is not there")
        ->required();
    day_option(move, options.from, "First UTC day in that fleet (else today)", "--from");
    finish(move);
    move->footer("What it did from that day on, until its next move, counts in the new fleet.");

    CLI::App* import = command_in(devices, "import", "Take devices from a CSV, TOML or JSON file",
                                  Command::devices_import);
    import->add_option("FILE", options.file, "File; - = standard input")->required()->type_name("");
    finish(import);
    import->footer(
        "All of the file is taken or nothing. What is there is changed, what is new is added, all "
        "else stays.\nMembers: device_id, fleet_id, name, plate, model, driver, enabled.");
}

}  // namespace fleet::app
