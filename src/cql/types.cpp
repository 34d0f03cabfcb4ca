// SPDX-License-Identifier: Apache-2.0
#include "cql/types.hpp"

#include <cstddef>

namespace fleet::cql {

std::string_view to_string(Consistency consistency) noexcept {
    switch (consistency) {
        case Consistency::any: return "ANY";
        case Consistency::one: return "ONE";
        case Consistency::two: return "TWO";
        case Consistency::three: return "THREE";
        case Consistency::quorum: return "QUORUM";
        case Consistency::all: return "ALL";
        case Consistency::local_quorum: return "LOCAL_QUORUM";
        case Consistency::each_quorum: return "EACH_QUORUM";
        case Consistency::serial: return "SERIAL";
        case Consistency::local_serial: return "LOCAL_SERIAL";
        case Consistency::local_one: return "LOCAL_ONE";
    }
    return "UNKNOWN";
}

std::string to_string(const TraceId& id) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += kDigits[id[i] >> 4U];
        text += kDigits[id[i] & 0xFU];
    }
    return text;
}

}  // namespace fleet::cql
