// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace fleet::store {

/// One page of anything. `next` is an opaque cursor ([A-Za-z0-9_-]) or empty at the end; it stays
/// valid when rows are inserted before or after it, as long as the other parameters stay the same.
/// `retention_from` is set when the question reaches before what is kept: no items and
/// retention_from is another answer than no items.
template <class T>
struct Page {
    std::vector<T> items;
    std::string next;
    std::optional<Timestamp> retention_from;
};

inline constexpr std::size_t kDefaultLimit = 1'000;
inline constexpr std::size_t kMaxLimit = 10'000;

struct PageRequest {
    std::size_t limit = kDefaultLimit;  ///< clamped to kMaxLimit, 0 = default
    std::string cursor;                 ///< empty = from the start
};

}  // namespace fleet::store
