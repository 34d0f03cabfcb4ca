// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Named faults for tests that must fail (canaries) and crashes at named places. They exist only in
/// a build with FLEET_FAULTS=ON; in any other build both macros are constants and the compiler
/// drops what they guard.
///
/// `if (FLEET_FAULT("wrong_merge_order")) …`  true when the environment says
/// FLEET_FAULT=wrong_merge_order, or from the
///   third time on with FLEET_FAULT=wrong_merge_order:3.
/// `FLEET_CRASH_POINT("after_append");`  ends the process at once, as kill -9 would (status 137),
/// the n-th time that the
///   line is reached with FLEET_CRASH=after_append:n (n = 1 when left out).
/// Several can be given, separated by commas. Both are thread-safe. The environment is read once.
#ifdef FLEET_FAULTS
namespace fleet {
[[nodiscard]] bool fault_is_on(const char* name) noexcept;
void crash_point(const char* name) noexcept;
}  // namespace fleet
#define FLEET_FAULT(name) (::fleet::fault_is_on(name))
#define FLEET_CRASH_POINT(name) (::fleet::crash_point(name))
#else
#define FLEET_FAULT(name) (false)
#define FLEET_CRASH_POINT(name) ((void)0)
#endif
