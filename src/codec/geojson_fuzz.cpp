// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"
#include "codec/geojson.hpp"
#include "geo/shape.hpp"
#include "model/record.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Zones from any bytes are good zones, and what is written of them reads as the same zones. A
/// refusal says why.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fleet;
    const std::vector<char> copy(data, data + size);
    const auto zones = codec::decode_zones({copy.data(), copy.size()});
    if (!zones) {
        FLEET_CHECK(zones.error().code == Code::invalid_argument && !zones.error().message.empty());
        return 0;
    }
    for (const model::Zone& zone : *zones) {
        FLEET_CHECK(model::is_valid_id(zone.id));
        FLEET_CHECK(geo::check_shape(zone.shape).has_value());
        FLEET_CHECK(zone.confirm_ms >= 0 && zone.exit_margin_mm >= 0);
    }
    const std::string once = codec::encode_zones(*zones);
    const auto again = codec::decode_zones(once);
    FLEET_CHECK(again.has_value() && again->size() == zones->size());
    // Holes may have moved to their polygon; after that nothing moves.
    FLEET_CHECK(codec::encode_zones(*again) == once);
    return 0;
}
