// SPDX-License-Identifier: Apache-2.0
#include "codec/member_json.hpp"

#include "codec/json_reader.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace fleet::codec {

namespace {

using Kind = MemberValue::Kind;

class MemberReader {
  public:
    MemberReader(std::string_view json, const MemberNames& names, ProblemList& problems,
                 const MemberSink& sink)
        : reader_(json, 16), names_(names), problems_(problems), sink_(sink) {}

    void read(bool list) {
        const JsonToken token = reader_.next();
        bool good = token != JsonToken::error;
        if (good && token != (list ? JsonToken::begin_array : JsonToken::begin_object)) {
            problems_.add({}, fmt::format("{} where {} belongs", kind_of(simple(token)),
                                          list ? names_.list : names_.one));
            good = pass(token);
        } else if (good) {
            good = list ? objects() : object({});
        }
        if (!good || reader_.next() != JsonToken::end)
            problems_.add({}, fmt::format("byte {}: {}; it is no JSON from there on",
                                          reader_.offset(), reader_.problem()));
    }

  private:
    // What reads returns false when the text is no JSON.

    bool pass(JsonToken token) {
        return (token != JsonToken::begin_object && token != JsonToken::begin_array) ||
               reader_.skip();
    }

    bool objects() {
        for (std::size_t i = 0;; ++i) {
            const JsonToken token = reader_.next();
            if (token == JsonToken::end_array) return true;
            if (token == JsonToken::error) return false;
            const std::string path = fmt::format("{}[{}]", names_.path, i);
            if (token == JsonToken::begin_object) {
                if (!object(path)) return false;
                continue;
            }
            problems_.add(path,
                          fmt::format("{} where {} belongs", kind_of(simple(token)), names_.one));
            if (!pass(token)) return false;
        }
    }

    bool object(std::string_view path) {
        std::vector<Member> members;
        for (;;) {
            const JsonToken token = reader_.next();
            if (token == JsonToken::end_object) break;
            if (token != JsonToken::key) return false;
            Member& member = members.emplace_back();
            member.name = reader_.text();
            const JsonToken first = reader_.next();
            if (first == JsonToken::error) return false;
            if (first == JsonToken::begin_array) {
                if (!items(member.value)) return false;
                continue;
            }
            member.value = simple(first);
            if (!pass(first)) return false;
        }
        sink_(path, members);
        return true;
    }

    bool items(MemberValue& list) {
        list.kind = Kind::list;
        for (;;) {
            const JsonToken token = reader_.next();
            if (token == JsonToken::end_array) return true;
            if (token == JsonToken::error) return false;
            list.items.push_back(simple(token));
            if (!pass(token)) return false;
        }
    }

    /// A value without its inside.
    [[nodiscard]] MemberValue simple(JsonToken token) const {
        switch (token) {
            case JsonToken::string: return {Kind::text, std::string(reader_.text()), {}};
            case JsonToken::number: return {Kind::number, std::string(reader_.text()), {}};
            case JsonToken::boolean:
                return {Kind::boolean, reader_.boolean() ? "true" : "false", {}};
            case JsonToken::begin_object: return {Kind::other, "an object", {}};
            case JsonToken::begin_array: return {Kind::other, "a list", {}};
            default: return {Kind::null, "null", {}};
        }
    }

    JsonReader reader_;
    const MemberNames& names_;
    ProblemList& problems_;
    const MemberSink& sink_;
};

}  // namespace

std::string kind_of(const MemberValue& value) {
    switch (value.kind) {
        case Kind::text: return "a text";
        case Kind::number: return "a number";
        case Kind::boolean: return "true or false";
        case Kind::list: return "a list";
        case Kind::null:
        case Kind::other: break;
    }
    return value.text;
}

void read_members(std::string_view json, bool list, const MemberNames& names, ProblemList& problems,
                  const MemberSink& sink) {
    MemberReader(json, names, problems, sink).read(list);
}

}  // namespace fleet::codec
