// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"
#include "codec/device_json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A device from any bytes is a good change, and what is written of it reads as the same change.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fleet;
    const std::vector<char> copy(data, data + size);
    const std::string_view text(copy.data(), copy.size());
    for (const auto& decoded :
         {codec::decode_devices(text), codec::decode_devices("[" + std::string(text) + "]")}) {
        if (!decoded) {
            FLEET_CHECK(!decoded.error().message.empty());
            continue;
        }
        for (const model::DeviceChange& change : *decoded)
            FLEET_CHECK(model::problem_of(change).empty());
        const auto again = codec::decode_devices(codec::encode_device_changes(*decoded));
        FLEET_CHECK(again.has_value() && *again == *decoded);
    }
    return 0;
}
