// SPDX-License-Identifier: Apache-2.0
#include "codec/device_json.hpp"

#include "codec/device_members.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace fleet::codec {

namespace {

constexpr MemberNames kNames{"device", "a list of devices", "a device's object"};

Result<std::vector<model::DeviceChange>> read(std::string_view json, bool list,
                                              std::string_view id) {
    if (json.size() > kMaxDeviceFileBytes)
        return fail(Code::too_large, fmt::format("devices of {} bytes; at most {} are read",
                                                 json.size(), kMaxDeviceFileBytes));
    DeviceDecoder decoder;
    read_members(json, list, kNames, decoder.problems(),
                 [&](std::string_view path, const std::vector<Member>& members) {
                     decoder.add(path, {}, members, id);
                 });
    return std::move(decoder).finish();
}

}  // namespace

Result<model::DeviceChange> decode_device(std::string_view json) {
    return decode_device_change(json, {});
}

Result<model::DeviceChange> decode_device_change(std::string_view json, std::string_view id) {
    FLEET_TRY(auto changes, read(json, false, id));
    return std::move(changes.front());
}

Result<std::vector<model::DeviceChange>> decode_devices(std::string_view json) {
    return read(json, true, {});
}

void append_device_change(std::string& out, const model::DeviceChange& change) {
    JsonWriter json(out);
    json.begin_object();
    json.member("device_id", change.id);
    if (!change.fleet.empty()) json.member("fleet_id", change.fleet);
    const std::array<std::pair<std::string_view, const std::optional<std::string>*>, 4> texts{
        {{"name", &change.name},
         {"plate", &change.plate},
         {"model", &change.model},
         {"driver", &change.driver}}};
    for (const auto& [name, text] : texts)
        if (*text) json.member(name, **text);
    if (change.enabled) json.member_boolean("enabled", *change.enabled);
    json.end_object();
}

std::string encode_device_changes(std::span<const model::DeviceChange> changes) {
    std::string out = "[";
    for (const model::DeviceChange& change : changes) {
        if (out.size() > 1) out.push_back(',');
        append_device_change(out, change);
    }
    out.push_back(']');
    return out;
}

}  // namespace fleet::codec
