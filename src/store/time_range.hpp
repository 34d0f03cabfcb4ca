// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

namespace fleet::store {

/// from ≤ ts < to
struct TimeRange {
    Timestamp from;
    Timestamp to;
};

}  // namespace fleet::store
