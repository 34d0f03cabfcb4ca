// SPDX-License-Identifier: Apache-2.0
// Request targets: whatever parses keeps its promises, and routes and parameters can be read from
// it.
#include "base/check.hpp"
#include "codec/utf8.hpp"
#include "model/scope.hpp"
#include "server/params.hpp"
#include "server/router.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fleet::server;
    const auto target = parse_target({reinterpret_cast<const char*>(data), size});
    if (!target) return 0;
    FLEET_CHECK(target->segments.size() <= kMaxPathSegments &&
                target->query.size() <= kMaxQueryParameters);
    const auto clean = [](const std::string& text) {
        FLEET_CHECK(fleet::codec::is_utf8(text));
        for (const char c : text) FLEET_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    };
    for (const std::string& segment : target->segments) {
        clean(segment);
        FLEET_CHECK(segment != "." && segment != "..");
    }
    for (const auto& [name, value] : target->query) {
        clean(name);
        clean(value);
    }
    for (const Method method : {Method::get, Method::post, Method::other}) {
        const Match found = match(method, *target);
        if (found.route != nullptr) static_cast<void>(check_query(*found.route, *target));
    }
    static_cast<void>(day_parameter(*target));
    const auto range = range_parameter(*target);
    FLEET_CHECK(!range || range->from <= range->to);
    const auto page = page_parameter(*target);
    FLEET_CHECK(!page || (page->limit >= 1 && page->limit <= fleet::store::kMaxLimit));
    static_cast<void>(order_parameter(*target));
    static_cast<void>(format_parameter(*target));
    static_cast<void>(fields_parameter(*target));
    return 0;
}
