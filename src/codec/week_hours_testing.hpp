// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/week_hours.hpp"

#include <string>
#include <string_view>

namespace fleet::codec {

/// A TZif file without changes of its own, with a rule such as "CET-1CEST,M3.5.0,M10.5.0/3".
inline std::string tzif_of_rule(std::string_view rule) {
    const auto header = std::string("TZif2") + std::string(15, '\0') + std::string(19, '\0') +
                        '\1' + std::string(3, '\0') + '\1';  // one type, one character of its name
    const std::string body(7, '\0');
    return header + body + header + body + '\n' + std::string(rule) + '\n';
}

/// Knows Europe/Paris and Asia/Kolkata; Broken/File is damaged.
inline ZoneDatabase two_zones() {
    return ZoneDatabase([](const std::string& name) -> Result<std::string> {
        if (name == "Europe/Paris") return tzif_of_rule("CET-1CEST,M3.5.0,M10.5.0/3");
        if (name == "Asia/Kolkata") return tzif_of_rule("IST-5:30");
        if (name == "Broken/File") return std::string("TZif");
        return fail(Code::not_found, "no such file");
    });
}

}  // namespace fleet::codec
