// SPDX-License-Identifier: Apache-2.0
#include "app/rule_file.hpp"

#include "app/toml_tables.hpp"
#include "codec/rule_members.hpp"

#include <fmt/format.h>

#include <utility>

namespace fleet::app {

Result<std::vector<model::Rule>> parse_rule_file(std::string_view text,
                                                 codec::ZoneDatabase& zones) {
    if (text.size() > codec::kMaxRuleFileBytes)
        return fail(Code::too_large, fmt::format("a rule file of {} bytes; at most {} are read",
                                                 text.size(), codec::kMaxRuleFileBytes));
    codec::RuleDecoder decoder(zones);
    FLEET_TRY_VOID(read_tables(
        text, "rule", decoder.problems(),
        [&](std::string_view path, std::string_view place,
            const std::vector<codec::Member>& members) { decoder.add(path, place, members); }));
    return std::move(decoder).finish();
}

}  // namespace fleet::app
