// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geo/box.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fleet::geo {

/// Which of many boxes hold a place: a packed R-tree over the boxes in the order of the Hilbert
/// curve through their centres (I. Kamel, C. Faloutsos, "On Packing R-trees", CIKM 1993).
/// Immutable; thread-safe. 17 bytes a box.
class BoxTree {
  public:
    BoxTree() = default;
    explicit BoxTree(std::span<const Box> boxes);

    /// Calls `hit(i)` for each box i (position in the span) that holds `at`, in no order.
    template <class Hit>
    void visit(model::GeoPoint at, const Hit& hit) const {
        if (!nodes_.empty()) descend(levels_.size() - 1, 0, at, hit);
    }

  private:
    static constexpr std::size_t kFanOut = 16;
    /// The boxes of its children, column by column; a child that is not there has an empty box.
    struct alignas(64) Node {
        std::array<std::int32_t, kFanOut> lat_min;
        std::array<std::int32_t, kFanOut> lat_max;
        std::array<std::int32_t, kFanOut> lon_min;
        std::array<std::int32_t, kFanOut> lon_max;

        Node() noexcept;
        void set(std::size_t child, const Box& box) noexcept;
        /// Bit i: child i holds `at`.
        [[nodiscard]] std::uint32_t holding(model::GeoPoint at) const noexcept;
    };

    template <class Hit>
    void descend(std::size_t level, std::size_t node, model::GeoPoint at, const Hit& hit) const {
        for (std::uint32_t rest = nodes_[levels_[level] + node].holding(at); rest != 0;
             rest &= rest - 1) {
            const std::size_t child =
                node * kFanOut + static_cast<std::size_t>(std::countr_zero(rest));
            if (level == 0) {
                hit(order_[child]);
            } else {
                descend(level - 1, child, at, hit);
            }
        }
    }

    std::vector<Node> nodes_;          ///< level by level, leaves first
    std::vector<std::size_t> levels_;  ///< first node of each level
    std::vector<std::uint32_t> order_;
};

}  // namespace fleet::geo
