// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/incident.hpp"
#include "store/reader.hpp"

#include <string>

namespace fleet::store {

/// Incidents of a fleet that start in a range, newest first (docs/fold.md, Incident). Works on any
/// store, by its list of alerts: reads those of the range, those up to a minute after it, and those
/// before it back to the first silence of a minute. Errors and `retention_from` as in
/// FleetReader::alerts().
[[nodiscard]] Result<Page<model::Incident>> incidents(FleetReader& reader,
                                                      const model::FleetScope& scope,
                                                      const std::string& fleet, TimeRange range,
                                                      const PageRequest& page);

}  // namespace fleet::store
