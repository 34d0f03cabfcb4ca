// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace fleet {
/// Prints the failed condition and its place, then aborts. Never returns.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}  // namespace fleet

/// Always on, also in release builds. For programmer errors only: user input never reaches it.
#define FLEET_CHECK(condition)                                     \
    do {                                                           \
        if (!(condition)) [[unlikely]]                             \
            ::fleet::check_failed(#condition, __FILE__, __LINE__); \
    } while (false)
