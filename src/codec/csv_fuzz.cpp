// SPDX-License-Identifier: Apache-2.0
#include "codec/csv.hpp"
#include "codec/fuzz_pieces.hpp"

/// First byte: options and size of the pieces. The rest is a CSV file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fleet;
    using namespace fleet::codec;
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    DecodeOptions options;
    options.window.now = {fuzz::kNowMs};
    if ((data[0] & 1) != 0)
        options.map = {
            {{"Date", "Time"}, "ts", {}}, {{"x"}, "attr:x", {}}, {{"v"}, "speed_kmh", {}}};
    if ((data[0] & 2) != 0) options.speed_unit = SpeedUnit::mph;
    if ((data[0] & 4) != 0) options.time_zone = TimeZone(3'600);
    if ((data[0] & 8) != 0) options.time_format = "%m/%d/%Y %H:%M:%S";
    if ((data[0] & 16) != 0) options.max_line = 100;
    if ((data[0] & 32) != 0) options.device = "default-1";
    fuzz::check(options, input, 1 + (data[0] >> 6) * 29U);

    // Ranges: counting agrees with decoding, and any split gives the same rows.
    const auto header = read_csv_header(input, true, options);
    if (!header) return 0;
    const CsvSchema& schema = (*header)->schema;
    const std::string_view rows = input.substr((*header)->bytes);
    model::RecordBatch whole;
    const CsvExtent before{0, (*header)->lines};
    const CsvExtent extent = decode_csv_rows(schema, rows, before, options.window, whole);
    const std::size_t split = find_split(schema, rows, rows.size() / 2);
    FLEET_CHECK(split >= rows.size() / 2 && split <= rows.size());
    const CsvExtent first = csv_extent(schema, rows.substr(0, split));
    const CsvExtent second = csv_extent(schema, rows.substr(split));
    FLEET_CHECK(first.rows + second.rows == extent.rows &&
                first.lines + second.lines == extent.lines);
    model::RecordBatch parts;
    (void)decode_csv_rows(schema, rows.substr(0, split), before, options.window, parts);
    (void)decode_csv_rows(schema, rows.substr(split), {first.rows, before.lines + first.lines},
                          options.window, parts);
    FLEET_CHECK(fuzz::shown(parts, 0) == fuzz::shown(whole, 0));
    return 0;
}
