// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

namespace fleet::app {

/// Exit codes of every command. Scripts rely on them.
enum class ExitCode : int {
    ok = 0,
    failed = 1,         ///< the command could not do its work; the message says what was done
    usage = 2,          ///< arguments or configuration are wrong; nothing was done
    some_rejected = 3,  ///< done, but some records went to the quarantine
    interrupted =
        130,  ///< stopped by SIGINT or SIGTERM after the current step; what was stored is stored
};

/// The exit code of an error: what the caller can only mend by calling differently is a usage
/// error.
[[nodiscard]] constexpr ExitCode exit_code(Code code) noexcept {
    return code == Code::invalid_argument ? ExitCode::usage : ExitCode::failed;
}

}  // namespace fleet::app
