// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace fleet {

std::string_view to_string(Code code) noexcept {
    switch (code) {
        case Code::invalid_argument: return "invalid_argument";
        case Code::not_found: return "not_found";
        case Code::already_exists: return "already_exists";
        case Code::out_of_retention: return "out_of_retention";
        case Code::too_large: return "too_large";
        case Code::unsupported: return "unsupported";
        case Code::unauthenticated: return "unauthenticated";
        case Code::forbidden: return "forbidden";
        case Code::overloaded: return "overloaded";
        case Code::unavailable: return "unavailable";
        case Code::deadline_exceeded: return "deadline_exceeded";
        case Code::corrupt: return "corrupt";
        case Code::io: return "io";
        case Code::busy: return "busy";
        case Code::internal: return "internal";
    }
    return "internal";
}

Error Error::within(std::string_view prefix) const {
    return Error(code, fmt::format("{}: {}", prefix, message));
}

Error errno_error(std::string_view what, int errno_value) {
    const Code code = errno_value == ENOENT                            ? Code::not_found
                      : errno_value == ENOSPC || errno_value == EDQUOT ? Code::unavailable
                                                                       : Code::io;
    return Error(code, fmt::format("{}: {}", what, std::generic_category().message(errno_value)));
}

}  // namespace fleet
