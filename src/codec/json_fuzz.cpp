// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"
#include "codec/json_reader.hpp"
#include "codec/json_writer.hpp"
#include "codec/number.hpp"
#include "codec/time_zone.hpp"
#include "codec/timestamp.hpp"

#include <optional>
#include <vector>

namespace {

/// The text as the reader sees it; nothing when it is not strict JSON.
std::optional<std::string> echoed(std::string_view text, int depth) {
    using namespace fleet::codec;
    JsonReader reader(text, depth);
    std::string out;
    JsonWriter json(out);
    for (;;) {
        switch (reader.next()) {
            case JsonToken::begin_object: json.begin_object(); break;
            case JsonToken::end_object: json.end_object(); break;
            case JsonToken::begin_array: json.begin_array(); break;
            case JsonToken::end_array: json.end_array(); break;
            case JsonToken::key: json.key(reader.text()); break;
            case JsonToken::string: json.string(reader.text()); break;
            case JsonToken::number:
                FLEET_CHECK(parse_scaled(reader.text(), 2)
                                .has_value());  // a JSON number is a decimal number
                json.raw(reader.text());
                break;
            case JsonToken::boolean: json.boolean(reader.boolean()); break;
            case JsonToken::null: json.null(); break;
            case JsonToken::end: return out;
            case JsonToken::error:
                FLEET_CHECK(!reader.problem().empty() && reader.offset() <= text.size());
                FLEET_CHECK(reader.next() == JsonToken::error);
                return std::nullopt;
        }
        FLEET_CHECK(reader.depth() <= depth);
    }
}

}  // namespace

/// Writing what was read, and reading that, changes nothing. Skipping accepts what reading accepts.
/// The other small parsers get the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fleet::codec;
    const std::vector<char> copy(data, data + size);
    const std::string_view text(copy.data(), copy.size());
    const auto once = echoed(text, 8);
    if (once) {
        const auto twice = echoed(*once, 8);
        FLEET_CHECK(twice && *twice == *once);
    }
    JsonReader skipping(text, 8);
    const bool whole = skipping.skip() && skipping.next() == JsonToken::end;
    FLEET_CHECK(whole == once.has_value());

    (void)parse_epoch(text);
    (void)parse_tzif(text);
    (void)parse_fixed_zone(text);
    const auto a = parse_scaled(text, 6);
    const auto b = parse_scaled(text, 6, {1'609'344, -6});
    FLEET_CHECK(a.has_value() == b.has_value());
    const std::size_t half = text.size() / 2;
    if (const auto parser = TimeParser::make(std::string(text.substr(0, half)), std::nullopt))
        (void)parser->parse(text.substr(half));
    return 0;
}
