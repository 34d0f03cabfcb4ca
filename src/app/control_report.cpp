// SPDX-License-Identifier: Apache-2.0
#include "app/control_report.hpp"

#include "app/commands.hpp"
#include "app/output.hpp"
#include "base/check.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

namespace fleet::app {

ExitCode refuse(const Error& error, Output output) {
    print_error(error, output);
    return ExitCode::failed;
}

ExitCode refuse_file(const Error& error, const std::string& file, Output output) {
    return refuse(Error(error.code, fmt::format("{}: {}", file == "-" ? "standard input" : file,
                                                printable(error.message))),
                  output);
}

void print_counts(std::string_view what, const store::ChangeCounts& counts, Output output) {
    if (output != Output::json) {
        print(fmt::format("{}: {} new, {} changed, {} unchanged\n", what, grouped(counts.created),
                          grouped(counts.changed), grouped(counts.unchanged)));
        return;
    }
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.key("created"), json.unsigned_integer(counts.created);
    json.key("changed"), json.unsigned_integer(counts.changed);
    json.key("unchanged"), json.unsigned_integer(counts.unchanged);
    json.end_object();
    print(out + "\n");
}

void print_removed(std::string_view what, const std::string& name, Output output) {
    if (output != Output::json) {
        print(fmt::format("removed the {} {}\n", what, name));
        return;
    }
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member("removed", name);
    json.end_object();
    print(out + "\n");
}

std::string printable_name(const std::string& text, Output output) {
    if (output == Output::csv) return text;
    std::string out = text;
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return out;
}

store::FleetControl::Since since_of(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto time = parse_time_argument(text, SystemClock().now());
    FLEET_CHECK(time.has_value());  // the command line was checked
    return time;
}

}  // namespace fleet::app
