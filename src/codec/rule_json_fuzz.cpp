// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"
#include "codec/rule_json.hpp"
#include "codec/week_hours_testing.hpp"
#include "model/record.hpp"

#include <string>
#include <string_view>
#include <vector>

/// A rule from any bytes is a good rule, and what is written of it reads as the same rule. Hours of
/// the week get the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fleet;
    const std::vector<char> copy(data, data + size);
    const std::string_view text(copy.data(), copy.size());
    static codec::ZoneDatabase zones = codec::two_zones();
    for (const auto& decoded : {codec::decode_rules(text, zones),
                                codec::decode_rules("[" + std::string(text) + "]", zones)}) {
        if (!decoded) {
            FLEET_CHECK(!decoded.error().message.empty());
            continue;
        }
        for (const model::Rule& rule : *decoded) {
            FLEET_CHECK(model::is_valid_id(rule.name));
            FLEET_CHECK(rule.hysteresis >= 0 && rule.min_duration_ms >= 0 &&
                        rule.cool_down_ms >= 0);
            std::string written;
            codec::append_rule(written, rule);
            const auto again = codec::decode_rule(written, zones);
            FLEET_CHECK(again.has_value() && *again == rule);
        }
    }
    if (const auto hours = codec::parse_week_hours(text, zones)) {
        FLEET_CHECK(hours->minutes.any());
        const auto again = codec::parse_week_hours(hours->text, zones);
        FLEET_CHECK(again.has_value() && *again == *hours);
    }
    return 0;
}
