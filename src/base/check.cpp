// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace fleet {

void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "fatal: check failed: %s at %s:%d\n", condition, file, line);
    std::abort();
}

}  // namespace fleet
