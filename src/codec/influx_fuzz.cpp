// SPDX-License-Identifier: Apache-2.0
#include "codec/fuzz_pieces.hpp"

/// First byte: options and size of the pieces. The rest is line protocol.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fleet::codec;
    if (size == 0) return 0;
    DecodeOptions options;
    options.format = Format::influx;
    if ((data[0] & 1) != 0)
        options.map = {{{"truck"}, "device_id", {}}, {{"driver"}, "-", {}}, {{"x"}, "ts", {}}};
    if ((data[0] & 2) != 0) options.precision = InfluxPrecision::s;
    if ((data[0] & 4) != 0) options.speed_unit = SpeedUnit::knots;
    if ((data[0] & 8) != 0) options.max_line = 120;
    if ((data[0] & 16) != 0) options.device = "default-1";
    fuzz::check(options, {reinterpret_cast<const char*>(data + 1), size - 1},
                1 + (data[0] >> 5) * 17U);
    return 0;
}
