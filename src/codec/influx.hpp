// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/decoder.hpp"

#include <memory>

namespace fleet::codec {

/// Decoder of the Influx line protocol: `measurement,tag=value,… field=value,… time`.
///
/// The measurement is not kept. The device is the tag `device_id`, else `device`, else `name`; the
/// fleet the tag `fleet_id` or `fleet`. Tags and fields with a name of design.md §4 are those; by
/// themselves the fields of the TSBS fleet set are known too: latitude, longitude, elevation (m),
/// velocity (in the speed unit), heading, and fuel_state, a fraction of 1 (fuel_pct = 100 ×
/// fuel_state). DecodeOptions::map goes before all of it. Other tags are extra attributes of type
/// text, other fields of the field's type. Integers may end in i or u; booleans are t T true True
/// TRUE and f F false False FALSE, for boolean fields also 0 and 1; strings are quoted on one line.
/// The time is an integer of DecodeOptions::precision. Lines of one device and time are separate
/// records; the engine merges them (I4).
[[nodiscard]] Result<std::unique_ptr<Decoder>> make_influx_decoder(const DecodeOptions& options);

}  // namespace fleet::codec
