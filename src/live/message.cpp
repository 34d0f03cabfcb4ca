// SPDX-License-Identifier: Apache-2.0
#include "live/message.hpp"

#include "codec/json_reader.hpp"
#include "codec/json_writer.hpp"

#include <charconv>

namespace fleet::live {

namespace {

using codec::JsonToken;

constexpr std::size_t kMaxPingText = 64;

Failure bad(std::string_view what) { return fail(Code::invalid_argument, std::string(what)); }

Result<std::optional<std::uint32_t>> number(JsonToken token, std::string_view text) {
    if (token == JsonToken::null) return std::optional<std::uint32_t>();
    std::uint32_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (token != JsonToken::number || ec != std::errc() || end != text.data() + text.size())
        return bad("epoch, seq and slots are whole numbers from 0");
    return std::optional(value);
}

Result<void> take_member(codec::JsonReader& reader, const std::string& key, ClientMessage& message,
                         std::string& type) {
    const bool known = key == "type" || key == "epoch" || key == "seq" || key == "slots" ||
                       key == "fleet" || key == "t";
    if (!known) {
        if (!reader.skip()) return bad("not valid JSON");
        return {};
    }
    const JsonToken token = reader.next();
    if (token == JsonToken::begin_object || token == JsonToken::begin_array ||
        token == JsonToken::error)
        return bad("members of a message are plain values");
    if (key == "type" || key == "fleet") {
        if (token != JsonToken::string) return bad("type and fleet are strings");
        (key == "type" ? type : message.fleet) = reader.text();
    } else if (key == "t") {
        if (reader.text().size() > kMaxPingText) return bad("t is too long");
        message.t.clear();
        codec::JsonWriter json(message.t);
        if (token == JsonToken::string) {
            json.string(reader.text());
        } else if (token == JsonToken::number) {
            json.raw(reader.text());
        } else {
            json.null();
        }
    } else {
        FLEET_TRY(const auto value, number(token, reader.text()));
        (key == "epoch" ? message.epoch : key == "seq" ? message.seq : message.slots) = value;
    }
    return {};
}

}  // namespace

Result<ClientMessage> parse_message(std::string_view text) {
    codec::JsonReader reader(text);
    ClientMessage message;
    std::string type;
    if (reader.next() != JsonToken::begin_object) return bad("a message is a JSON object");
    JsonToken token = reader.next();
    for (; token == JsonToken::key; token = reader.next()) {
        const std::string key(reader.text());
        FLEET_TRY_VOID(take_member(reader, key, message, type));
    }
    if (token != JsonToken::end_object || reader.next() != JsonToken::end)
        return bad("not valid JSON");

    if (type == "hello") {
        message.type = MessageType::hello;
    } else if (type == "sub") {
        message.type = MessageType::sub;
        if (message.fleet.empty()) return bad("sub needs a fleet");
    } else if (type == "ack") {
        message.type = MessageType::ack;
        if (!message.seq) return bad("ack needs a seq");
    } else if (type == "ping") {
        message.type = MessageType::ping;
    } else {
        return bad("unknown type of message");
    }
    return message;
}

}  // namespace fleet::live
