// SPDX-License-Identifier: Apache-2.0
// What operators do with alerts: acknowledge, resolve, comment.
#include "codec/json_reader.hpp"
#include "codec/json_writer.hpp"
#include "server/control_route.hpp"
#include "server/json_body.hpp"
#include "server/problem.hpp"
#include "server/render_fold.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace fleet::server {

namespace {

using codec::JsonToken;

constexpr std::string_view kNobody = "operator";

/// Who and text out of `{"who":…,"text":…}`, both optional; an empty body is like `{}`.
Result<store::AlertAction> read_action(std::string_view body) {
    store::AlertAction action;
    action.who = kNobody;
    const auto text_into = [](std::string_view name, std::string& out) {
        return BodyMember{
            name, [name, &out](JsonToken token, const codec::JsonReader& json) {
                if (token == JsonToken::null) return Result<void>();
                if (token != JsonToken::string)
                    return Result<void>(
                        fail(Code::invalid_argument, fmt::format("{}: a text belongs here", name)));
                out = json.text();
                return Result<void>();
            }};
    };
    const std::array members{text_into("who", action.who), text_into("text", action.text)};
    FLEET_TRY_VOID(
        read_body_object(body, R"({"who":"ada","text":"seen"})", "who and text", members));
    return action;
}

std::string status_json(const std::string& id, const store::AlertStatus& status) {
    std::string body;
    codec::JsonWriter json(body);
    json.begin_object();
    json.member("id", id);
    json.member("fleet_id", status.fleet);
    json.member("device_id", status.device);
    json.member("state", name_of(status.state));
    write_actions(json, status.actions);
    json.end_object();
    return body;
}

}  // namespace

Response answer_alert(const ControlRequest& request, store::FleetControl& control) {
    const auto id = model::AlertId::parse(request.subject);
    if (!id)
        return problem(404, "not_found",
                       fmt::format("there is no alert {}", request.subject.substr(0, 64)));
    auto action = read_action(*request.body);
    if (!action) return problem(action.error());
    using Kind = store::AlertAction::Kind;
    action->kind = request.route == RouteId::alert_ack       ? Kind::acknowledge
                   : request.route == RouteId::alert_resolve ? Kind::resolve
                                                             : Kind::comment;
    const auto status = control.act_on_alert(request.scope, *id, std::move(action).value());
    if (!status) return problem(status.error());
    Response response;
    response.content_type = "application/json";
    response.body = status_json(id->text(), *status);
    return response;
}

}  // namespace fleet::server
