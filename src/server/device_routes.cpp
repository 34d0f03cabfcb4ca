// SPDX-License-Identifier: Apache-2.0
// Devices: add one, import many, change one, move one.
#include "base/time.hpp"
#include "codec/device_json.hpp"
#include "codec/json_writer.hpp"
#include "model/record.hpp"
#include "server/control_route.hpp"
#include "server/json_body.hpp"
#include "server/problem.hpp"
#include "server/render.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace fleet::server {

namespace {

using codec::JsonToken;

/// The device as it is now.
Response device_response(const ControlRequest& request, const std::string& id, bool created,
                         store::FleetReader& reader) {
    const auto device = reader.device(request.scope, id);
    if (!device) return problem(device.error());
    Response response;
    response.status = created ? 201 : 200;
    response.content_type = "application/json";
    codec::JsonWriter json(response.body);
    write_device(json, *device);
    return response;
}

Response put_one(const ControlRequest& request, Result<model::DeviceChange> change,
                 store::Expect expect, store::FleetControl& control, store::FleetReader& reader) {
    if (!change) return problem(change.error());
    const std::string id = change->id;
    const auto done = control.put_devices(request.scope, {std::move(change).value()}, expect);
    if (!done) return problem(done.error());
    return device_response(request, id, done->created > 0, reader);
}

/// `{"fleet_id":…,"from":…}`.
Result<store::DeviceMove> read_move(const ControlRequest& request) {
    store::DeviceMove move;
    move.device = request.subject;
    const std::array members{
        BodyMember{"fleet_id",
                   [&](JsonToken token, const codec::JsonReader& json) -> Result<void> {
                       if (token != JsonToken::string || !model::is_valid_id(json.text()))
                           return fail(Code::invalid_argument,
                                       "fleet_id: 1 to 64 letters, digits, or . _ : - belong here");
                       move.fleet = json.text();
                       return {};
                   }},
        BodyMember{"from", [&](JsonToken token, const codec::JsonReader& json) -> Result<void> {
                       if (token == JsonToken::null) return {};
                       move.from = token == JsonToken::string ? parse_day(json.text())
                                                              : std::optional<Day>();
                       if (!move.from)
                           return fail(Code::invalid_argument,
                                       "from: a UTC day such as \"2026-11-25\" belongs here");
                       return {};
                   }}};
    FLEET_TRY_VOID(read_body_object(*request.body, R"({"fleet_id":"north","from":"2026-11-25"})",
                                    "fleet_id and from", members));
    if (move.fleet.empty())
        return fail(Code::invalid_argument, "fleet_id: missing; a move needs it");
    return move;
}

Response move_one(const ControlRequest& request, store::FleetControl& control,
                  store::FleetReader& reader) {
    const auto move = read_move(request);
    if (!move) return problem(move.error());
    if (const auto done = control.move_device(request.scope, *move); !done)
        return problem(done.error());
    return device_response(request, move->device, false, reader);
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
    if (request.route == RouteId::device_move) return move_one(request, control, reader);
    if (!is_list(*request.body))
        return put_one(request, codec::decode_device(*request.body), store::Expect::absent, control,
                       reader);
    auto changes = codec::decode_devices(*request.body);
    if (!changes) return problem(changes.error());
    return counts_response(
        control.put_devices(request.scope, std::move(changes).value(), store::Expect::any));
}

}  // namespace fleet::server
