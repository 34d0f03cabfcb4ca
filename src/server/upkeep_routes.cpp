// SPDX-License-Identifier: Apache-2.0
// Erasing a device's data, and backups of the running store.
#include "codec/json_reader.hpp"
#include "codec/json_writer.hpp"
#include "server/control_route.hpp"
#include "server/json_body.hpp"
#include "server/params.hpp"
#include "server/problem.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace fleet::server {

namespace {

using codec::JsonToken;

Response with_json(std::string body, bool created = false) {
    Response response;
    response.status = created ? 201 : 200;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
}

Response erase(const ControlRequest& request, store::FleetUpkeep& upkeep) {
    const auto from = time_parameter(request.target, "from");
    if (!from) return problem(from.error());
    const auto to = time_parameter(request.target, "to");
    if (!to) return problem(to.error());
    std::optional<store::ErasePeriod> period;
    if (*from || *to)
        period =
            store::ErasePeriod{from->value_or(Timestamp{0}),
                               to->value_or(Timestamp{std::numeric_limits<std::int64_t>::max()})};
    const auto done = upkeep.erase(request.scope, request.subject, period);
    if (!done) return problem(done.error());
    std::string body;
    codec::JsonWriter json(body);
    json.begin_object();
    json.member("device_id", request.subject);
    json.member_unsigned("rows", done->rows);
    json.member_unsigned("device_days", done->device_days);
    json.member_unsigned("alerts", done->alerts);
    json.member_unsigned("quarantined", done->quarantined);
    json.member_boolean("scrubbed", done->scrubbed);
    json.end_object();
    return with_json(std::move(body));
}

void write_backup(codec::JsonWriter& json, const store::BackupInfo& backup) {
    json.member("name", backup.name);
    json.member("path", backup.path);
    json.member("made", format_rfc3339(backup.made));
}

Response list(store::FleetUpkeep& upkeep) {
    const auto found = upkeep.backups();
    if (!found) return problem(found.error());
    std::string body;
    codec::JsonWriter json(body);
    json.begin_object();
    json.key("items");
    json.begin_array();
    for (const store::BackupInfo& backup : *found) {
        json.begin_object();
        write_backup(json, backup);
        json.end_object();
    }
    json.end_array();
    json.key("next");
    json.null();
    json.end_object();
    return with_json(std::move(body));
}

struct Wanted {
    std::string name;  ///< empty: the time
    bool verify = true;
};

/// `{"name":…,"verify":…}`, both optional; an empty body is like `{}`.
Result<Wanted> read_wanted(std::string_view body) {
    Wanted wanted;
    const std::array members{
        BodyMember{"name",
                   [&](JsonToken token, const codec::JsonReader& json) -> Result<void> {
                       if (token != JsonToken::string)
                           return fail(Code::invalid_argument, "name: a text belongs here");
                       wanted.name = json.text();
                       if (wanted.name.empty())
                           return fail(Code::invalid_argument, "name: it is empty");
                       return {};
                   }},
        BodyMember{"verify", [&](JsonToken token, const codec::JsonReader& json) -> Result<void> {
                       if (token != JsonToken::boolean)
                           return fail(Code::invalid_argument,
                                       "verify: true or false belongs here");
                       wanted.verify = json.boolean();
                       return {};
                   }}};
    FLEET_TRY_VOID(
        read_body_object(body, R"({"name":"monday","verify":true})", "name and verify", members));
    return wanted;
}

Response make(const ControlRequest& request, store::FleetUpkeep& upkeep, Timestamp now) {
    auto wanted = read_wanted(*request.body);
    if (!wanted) return problem(wanted.error());
    if (wanted->name.empty()) wanted->name = store::default_backup_name(now);
    const auto made = upkeep.backup(wanted->name, wanted->verify);
    if (!made)
        return made.error().code == Code::busy ? problem(409, "busy", made.error().message)
                                               : problem(made.error());
    std::string body;
    codec::JsonWriter json(body);
    json.begin_object();
    write_backup(json, made->backup);
    json.member_boolean("verified", made->check.has_value());
    if (made->check) {
        json.member_unsigned("rows", made->check->rows);
        json.member_unsigned("device_days", made->check->device_days);
        json.member_unsigned("differences", made->check->differences);
    }
    json.end_object();
    return with_json(std::move(body), true);
}

}  // namespace

Response answer_upkeep(const ControlRequest& request, store::FleetUpkeep& upkeep, Timestamp now) {
    switch (request.route) {
        case RouteId::device_erase: return erase(request, upkeep);
        case RouteId::backups: return list(upkeep);
        default: return make(request, upkeep, now);
    }
}

}  // namespace fleet::server
