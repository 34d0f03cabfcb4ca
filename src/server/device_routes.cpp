// SPDX-License-Identifier: Apache-2.0
// Devices: add one, import many, change one.
#include "codec/device_json.hpp"
#include "codec/json_writer.hpp"
#include "server/control_route.hpp"
#include "server/problem.hpp"
#include "server/render.hpp"

#include <string>
#include <utility>

namespace fleet::server {

namespace {

/// The device as it is afterwards.
Response put_one(const ControlRequest& request, Result<model::DeviceChange> change,
                 store::Expect expect, store::FleetControl& control, store::FleetReader& reader) {
    if (!change) return problem(change.error());
    const std::string id = change->id;
    const auto done = control.put_devices(request.scope, {std::move(change).value()}, expect);
    if (!done) return problem(done.error());
    const auto device = reader.device(request.scope, id);
    if (!device) return problem(device.error());
    Response response;
    response.status = done->created > 0 ? 201 : 200;
    response.content_type = "application/json";
    codec::JsonWriter json(response.body);
    write_device(json, *device);
    return response;
}

bool is_list(std::string_view body) {
    const auto at = body.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && body[at] == '[';
}

}  // namespace

Response answer_devices(const ControlRequest& request, store::FleetControl& control,
                        store::FleetReader& reader) {
    if (request.route == RouteId::device_change)
        return put_one(request, codec::decode_device_change(*request.body, request.subject),
                       store::Expect::present, control, reader);
    if (!is_list(*request.body))
        return put_one(request, codec::decode_device(*request.body), store::Expect::absent, control,
                       reader);
    auto changes = codec::decode_devices(*request.body);
    if (!changes) return problem(changes.error());
    return counts_response(
        control.put_devices(request.scope, std::move(changes).value(), store::Expect::any));
}

}  // namespace fleet::server
