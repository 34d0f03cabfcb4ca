// SPDX-License-Identifier: Apache-2.0
// What operators do with alerts: acknowledge, resolve, comment.
#include "codec/json_reader.hpp"
#include "codec/json_writer.hpp"
#include "server/control_route.hpp"
#include "server/problem.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace fleet::server {

namespace {

using codec::JsonToken;

constexpr std::string_view kNobody = "operator";

/// Who and text out of `{"who":…,"text":…}`, both optional; an empty body is like `{}`.
Result<store::AlertNote> read_note(std::string_view body) {
    store::AlertNote note;
    note.who = kNobody;
    if (body.empty()) return note;
    codec::JsonReader json(body);
    const auto broken = [&] {
        return fail(Code::invalid_argument, fmt::format("byte {}: {}; it is no JSON from there on",
                                                        json.offset(), json.problem()));
    };
    JsonToken token = json.next();
    if (token == JsonToken::error) return broken();
    if (token != JsonToken::begin_object)
        return fail(Code::invalid_argument,
                    R"(an object such as {"who":"ada","text":"seen"} belongs here)");
    bool has_who = false;
    bool has_text = false;
    while ((token = json.next()) == JsonToken::key) {
        const std::string name(json.text());
        if (name != "who" && name != "text")
            return fail(Code::invalid_argument,
                        fmt::format("{}: unknown; known are who and text", name.substr(0, 60)));
        bool& seen = name == "who" ? has_who : has_text;
        if (std::exchange(seen, true))
            return fail(Code::invalid_argument, name + ": is there twice");
        token = json.next();
        if (token == JsonToken::error) return broken();
        if (token == JsonToken::null) continue;
        if (token != JsonToken::string)
            return fail(Code::invalid_argument, name + ": a text belongs here");
        (name == "who" ? note.who : note.text) = json.text();
    }
    if (token == JsonToken::end_object) token = json.next();
    if (token != JsonToken::end) return broken();
    return note;
}

std::string_view name_of(store::AlertStep step) noexcept {
    switch (step) {
        case store::AlertStep::ack: return "ack";
        case store::AlertStep::resolve: return "resolve";
        case store::AlertStep::comment: break;
    }
    return "comment";
}

std::string status_json(const std::string& id, const store::AlertStatus& status) {
    std::string body;
    codec::JsonWriter json(body);
    json.begin_object();
    json.member("id", id);
    json.member("fleet_id", status.fleet);
    json.member("device_id", status.device);
    json.member("state", status.state);
    json.key("notes");
    json.begin_array();
    for (const store::AlertNote& note : status.notes) {
        json.begin_object();
        json.member("action", name_of(note.step));
        json.member_time("at", note.at);
        json.member("who", note.who);
        json.member("text", note.text);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return body;
}

}  // namespace

Response answer_alert(const ControlRequest& request, store::FleetControl& control) {
    const auto id = model::AlertId::parse(request.subject);
    if (!id)
        return problem(404, "not_found",
                       fmt::format("there is no alert {}", request.subject.substr(0, 64)));
    auto note = read_note(*request.body);
    if (!note) return problem(note.error());
    note->step = request.route == RouteId::alert_ack       ? store::AlertStep::ack
                 : request.route == RouteId::alert_resolve ? store::AlertStep::resolve
                                                           : store::AlertStep::comment;
    const auto status = control.act_on_alert(request.scope, *id, std::move(note).value());
    if (!status) return problem(status.error());
    Response response;
    response.content_type = "application/json";
    response.body = status_json(id->text(), *status);
    return response;
}

}  // namespace fleet::server
