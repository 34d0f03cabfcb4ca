// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/bytes.hpp"
#include "engine/alert_table.hpp"
#include "engine/key_bytes.hpp"
#include "fold/day_result.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Keys and bytes of the alert table's rows. For its own files only.
namespace fleet::engine {

using codec::ByteReader;
using codec::ByteWriter;

inline void put_id(std::string& out, const model::AlertId& id) {
    put_be(out, id.high, 8);
    put_be(out, id.low, 8);
}
inline model::AlertId get_id(std::string_view in, std::size_t at) {
    return {get_be(in, at, 8), get_be(in, at + 8, 8)};
}

/// Newest first: the start is stored inverted.
inline std::string place_of(std::uint32_t fleet, std::int64_t start_ms) {
    std::string key;
    put_be(key, fleet, 4);
    put_be(key, ~(static_cast<std::uint64_t>(start_ms) ^ 1ULL << 63), 8);
    return key;
}
inline std::string key_of(std::uint32_t fleet, std::int64_t start_ms, const model::AlertId& id) {
    std::string key = place_of(fleet, start_ms);
    put_id(key, id);
    return key;
}
inline std::int64_t start_of(std::string_view key) {
    return static_cast<std::int64_t>(~get_be(key, 4, 8) ^ 1ULL << 63);
}
inline std::string status_key(std::uint32_t device, const model::AlertId& id) {
    std::string key;
    put_be(key, device, 4);
    put_id(key, id);
    return key;
}
inline std::string device_prefix(std::uint32_t device) {
    std::string key;
    put_be(key, device, 4);
    return key;
}
inline std::string id_key(const model::AlertId& id) {
    std::string key;
    put_id(key, id);
    return key;
}

inline std::string encode_run(std::uint32_t device, const model::AlertRun& run) {
    std::string out;
    ByteWriter(out).varint(device);
    fold::encode_alerts(std::span(&run, 1), out);
    return out;
}
inline Result<std::pair<std::uint32_t, model::AlertRun>> decode_run(std::string_view bytes) {
    ByteReader r(bytes);
    const auto device = static_cast<std::uint32_t>(r.varint());
    FLEET_TRY(std::vector<model::AlertRun> runs,
              fold::decode_alerts(bytes.substr(bytes.size() - r.left())));
    if (!r.ok() || runs.size() != 1) return fail(Code::corrupt, "a stored alert is damaged");
    return std::pair{device, std::move(runs.front())};
}

inline std::int64_t end_of(const model::AlertRun& run) {
    return run.end_ms.value_or(std::numeric_limits<std::int64_t>::max());
}

/// What depends on arrival and on people. There is none for an alert that came in order and was
/// left alone.
struct AlertTable::Status {
    bool late = false;
    bool retracted = false;
    bool notified = false;  ///< sent, or on its way
    std::uint32_t fleet = 0;
    model::AlertRun run;  ///< as last known
    std::vector<AlertAction> actions;

    [[nodiscard]] std::string encode() const {
        std::string out;
        ByteWriter w(out);
        w.u8(static_cast<std::uint8_t>((late ? 1 : 0) | (retracted ? 2 : 0) | (notified ? 4 : 0)));
        w.varint(fleet);
        w.varint(actions.size());
        for (const AlertAction& a : actions) {
            w.varint(a.sequence);
            w.svarint(a.at.ms);
            w.u8(static_cast<std::uint8_t>(a.kind));
            w.text(a.who);
            w.text(a.text);
        }
        fold::encode_alerts(std::span(&run, 1), out);
        return out;
    }
    [[nodiscard]] static Result<Status> decode(std::string_view bytes) {
        ByteReader r(bytes);
        Status s;
        const std::uint8_t flags = r.u8();
        s.late = (flags & 1U) != 0;
        s.retracted = (flags & 2U) != 0;
        s.notified = (flags & 4U) != 0;
        s.fleet = static_cast<std::uint32_t>(r.varint());
        const std::uint64_t count = r.varint();
        for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
            AlertAction a;
            a.sequence = r.varint();
            a.at.ms = r.svarint();
            a.kind = static_cast<AlertAction::Kind>(r.u8());
            a.who = std::string(r.text());
            a.text = std::string(r.text());
            s.actions.push_back(std::move(a));
        }
        FLEET_TRY(std::vector<model::AlertRun> runs,
                  fold::decode_alerts(bytes.substr(bytes.size() - r.left())));
        if (!r.ok() || runs.size() != 1)
            return fail(Code::corrupt, "the status of an alert is damaged");
        s.run = std::move(runs.front());
        return s;
    }
};

}  // namespace fleet::engine
