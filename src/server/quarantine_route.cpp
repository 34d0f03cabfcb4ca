// SPDX-License-Identifier: Apache-2.0
#include "server/quarantine_route.hpp"

#include "codec/json_writer.hpp"
#include "codec/utf8.hpp"
#include "ingest/ingest_port.hpp"
#include "server/params.hpp"
#include "server/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace fleet::server {

namespace {

constexpr std::size_t kDefaultEntries = 50;
constexpr std::size_t kMaxEntries = 200;
/// Of what was sent, in an answer; a record may have 64 KiB.
constexpr std::size_t kMaxRawBytes = 2'000;

/// The longest beginning of well-formed UTF-8 within `most` bytes; empty when not even the first
/// character is.
std::string_view text_part(std::string_view bytes, std::size_t most) {
    const char* const end = bytes.data() + std::min(bytes.size(), most);
    const char* at = bytes.data();
    while (at < end) {
        const std::size_t length = codec::utf8_length(at, end);
        if (length == 0) break;
        at += length;
    }
    return bytes.substr(0, static_cast<std::size_t>(at - bytes.data()));
}

/// Text as it is, anything else in hex; cut with an ellipsis.
std::string shown(std::string_view raw) {
    const std::string_view part = text_part(raw, kMaxRawBytes);
    // A character may be cut in two by the limit, but nothing else may be wrong before it.
    if (part.size() == raw.size()) return std::string(part);
    if (part.size() + 4 > kMaxRawBytes) return std::string(part) + "…";
    std::string hex = "0x";
    for (const char c : raw.substr(0, kMaxRawBytes / 2))
        hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    if (raw.size() > kMaxRawBytes / 2) hex += "…";
    return hex;
}

Response answer(const std::vector<ingest::QuarantineEntry>& entries) {
    Response response;
    response.content_type = "application/json";
    codec::JsonWriter json(response.body);
    json.begin_object();
    json.key("items");
    json.begin_array();
    for (const ingest::QuarantineEntry& entry : entries) {
        json.begin_object();
        json.member_unsigned("id", entry.id);
        json.member_time("received", entry.received);
        json.member("source", shown(entry.source));
        json.member_unsigned("row", entry.index + std::uint64_t{1});
        json.member("reason", entry.reason);
        json.member("detail", shown(entry.detail));
        json.member("raw", shown(entry.raw));
        json.end_object();
    }
    json.end_array();
    json.member_null("next");
    json.end_object();
    return response;
}

}  // namespace

Result<ReadTask> plan_quarantine(const Target& target, const model::FleetScope& scope,
                                 std::shared_ptr<ingest::IngestPort> ingest) {
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    const std::size_t limit =
        target.parameter("limit") == nullptr ? kDefaultEntries : std::min(page.limit, kMaxEntries);
    return ReadTask([=, all = scope.all(), port = std::move(ingest)](store::FleetReader&) {
        if (!all)
            return problem(403, "forbidden",
                           "rejected records belong to no fleet: only who may see all fleets may "
                           "see them");
        if (port == nullptr)
            return problem(503, "unavailable", "this node only shows; another one has the records");
        const auto entries = port->newest_quarantined(limit);
        return entries ? answer(*entries) : problem(entries.error());
    });
}

}  // namespace fleet::server
