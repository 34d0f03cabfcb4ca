// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/week_hours.hpp"
#include "model/scope.hpp"
#include "server/http.hpp"
#include "server/router.hpp"
#include "server/site.hpp"
#include "store/control.hpp"
#include "store/reader.hpp"
#include "store/upkeep.hpp"

#include <functional>
#include <memory>

namespace fleet::server {

/// What a request to change or show zones, rules, devices or alerts, to erase or to back up, needs.
struct ControlRequest {
    RouteId route = RouteId::none;
    std::string subject;  ///< zone, rule, alert or device of the path; empty for lists
    Target target;
    Body body;  ///< never null
    model::FleetScope scope;
    std::function<codec::ZoneDatabase()> time_zones;  ///< for hours of rules; never empty
};

/// Whether a route shows or changes zones, rules or what became of alerts, changes devices, erases
/// or backs up.
[[nodiscard]] bool is_control(RouteId route) noexcept;

/// Checks a request by its head: type, encoding and size of its body. Sets limits in `admission`,
/// and the refusal if there is one.
void admit_control(const RequestHead& head, const Services& ready, const Limits& limits,
                   Admission& admission);

/// What an import did, or why it did nothing.
[[nodiscard]] Response counts_response(const Result<store::ChangeCounts>& counts);

/// Decode a body, ask or change, and answer. They block, so they run on the pool.
[[nodiscard]] Response answer_zones(const ControlRequest& request, store::FleetControl& control);
[[nodiscard]] Response answer_rules(const ControlRequest& request, store::FleetControl& control);
[[nodiscard]] Response answer_devices(const ControlRequest& request, store::FleetControl& control,
                                      store::FleetReader& reader);
[[nodiscard]] Response answer_alert(const ControlRequest& request, store::FleetControl& control);
[[nodiscard]] Response answer_upkeep(const ControlRequest& request, store::FleetUpkeep& upkeep,
                                     Timestamp now);

/// Answers a request of these routes. `site` outlives it.
asio::awaitable<Response> control_route(Site& site, Io io, std::shared_ptr<const Request> request,
                                        std::shared_ptr<const Admission> admission,
                                        std::shared_ptr<Reservation> reservation);

}  // namespace fleet::server
