// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.hpp"
#include "app/exit_code.hpp"
#include "base/error.hpp"
#include "store/control.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fleet::app {

/// Reports an error of what a command was given to read, or of what is there: the command line was
/// right, so the exit code is `failed`.
[[nodiscard]] ExitCode refuse(const Error& error, Output output);
/// As refuse(), with the name of the file before the message, and that nothing was taken.
[[nodiscard]] ExitCode refuse_file(const Error& error, const std::string& file, Output output);

/// "zones: 3 new, 1 changed, 4 unchanged"
void print_counts(std::string_view what, const store::ChangeCounts& counts, Output output);
void print_removed(std::string_view what, const std::string& name, Output output);
/// Text of anybody, safe on a terminal; as it is in CSV.
[[nodiscard]] std::string printable_name(const std::string& text, Output output);

/// The time of an option that was checked when it was parsed; nothing for an empty one.
[[nodiscard]] store::FleetControl::Since since_of(const std::string& text);

}  // namespace fleet::app
