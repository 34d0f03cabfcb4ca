// SPDX-License-Identifier: Apache-2.0
#include "geo/box_tree.hpp"

#include <algorithm>
#include <numeric>

namespace fleet::geo {

namespace {

/// Position of a cell of a grid of 2^16 × 2^16 on the Hilbert curve (H. S. Warren, Hacker's
/// Delight, chapter 16: one quadrant after the other, turned as the curve turns).
std::uint32_t hilbert(std::uint32_t x, std::uint32_t y) noexcept {
    std::uint32_t position = 0;
    for (std::uint32_t side = 1U << 15; side != 0; side >>= 1) {
        const std::uint32_t right = (x & side) != 0 ? 1 : 0;
        const std::uint32_t upper = (y & side) != 0 ? 1 : 0;
        position = (position << 2) | ((3 * right) ^ upper);
        if (upper == 0) {
            if (right != 0) {
                x = ~x;
                y = ~y;
            }
            std::swap(x, y);
        }
    }
    return position;
}

}  // namespace

BoxTree::Node::Node() noexcept {
    for (std::size_t i = 0; i < kFanOut; ++i) set(i, Box());
}

void BoxTree::Node::set(std::size_t child, const Box& box) noexcept {
    lat_min[child] = box.lat_min;
    lat_max[child] = box.lat_max;
    lon_min[child] = box.lon_min;
    lon_max[child] = box.lon_max;
}

std::uint32_t BoxTree::Node::holding(model::GeoPoint at) const noexcept {
    static constexpr auto kBits = [] {
        std::array<std::uint32_t, kFanOut> bits{};
        for (std::size_t i = 0; i < kFanOut; ++i) bits[i] = 1U << i;
        return bits;
    }();
    // No branch and no shift, so that the compiler compares four children at once.
    std::uint32_t mask = 0;
    for (std::size_t i = 0; i < kFanOut; ++i) {
        const int inside =
            static_cast<int>(at.lat >= lat_min[i]) & static_cast<int>(at.lat <= lat_max[i]) &
            static_cast<int>(at.lon >= lon_min[i]) & static_cast<int>(at.lon <= lon_max[i]);
        mask |= static_cast<std::uint32_t>(-inside) & kBits[i];
    }
    return mask;
}

BoxTree::BoxTree(std::span<const Box> boxes) {
    if (boxes.empty()) return;
    Box all;
    for (const Box& box : boxes) all.add(box);
    const auto cell = [](std::int32_t low, std::int32_t high, std::int32_t from, std::int32_t to) {
        const std::int64_t middle = (std::int64_t{low} + high) / 2 - from;
        return static_cast<std::uint32_t>(middle * 65'535 / (std::int64_t{to} - from + 1));
    };
    std::vector<std::uint32_t> curve;
    curve.reserve(boxes.size());
    for (const Box& b : boxes)
        curve.push_back(hilbert(cell(b.lon_min, b.lon_max, all.lon_min, all.lon_max),
                                cell(b.lat_min, b.lat_max, all.lat_min, all.lat_max)));
    order_.resize(boxes.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
        return curve[a] != curve[b] ? curve[a] < curve[b] : a < b;
    });

    std::vector<Box> children;
    children.reserve(boxes.size());
    for (const std::uint32_t i : order_) children.push_back(boxes[i]);
    do {
        levels_.push_back(nodes_.size());
        std::vector<Box> parents((children.size() + kFanOut - 1) / kFanOut);
        nodes_.resize(nodes_.size() + parents.size());
        for (std::size_t i = 0; i < children.size(); ++i) {
            nodes_[levels_.back() + i / kFanOut].set(i % kFanOut, children[i]);
            parents[i / kFanOut].add(children[i]);
        }
        children = std::move(parents);
    } while (children.size() > 1);
}

}  // namespace fleet::geo
