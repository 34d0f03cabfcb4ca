// SPDX-License-Identifier: Apache-2.0
#include "app/cli.hpp"
#include "app/commands.hpp"

#include <cstdio>
#include <string>
#include <variant>
#include <vector>

int main(int argc, char** argv) {
    using namespace fleet::app;
    const auto parsed = parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
    if (const auto* answer = std::get_if<CliAnswer>(&parsed)) {
        std::fputs(answer->text.c_str(), answer->code == ExitCode::ok ? stdout : stderr);
        return static_cast<int>(answer->code);
    }
    return static_cast<int>(run_command(std::get<Invocation>(parsed)));
}
