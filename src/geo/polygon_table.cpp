// SPDX-License-Identifier: Apache-2.0
#include "geo/polygon_table.hpp"

namespace fleet::geo {

namespace {

/// Copies of edges in slabs per edge, at most: what memory may cost for short lists.
constexpr std::size_t kCopies = 4;

}  // namespace

std::uint32_t PolygonTable::add(const model::Polygons& polygons) {
    Entry entry;
    std::vector<Edge> own;
    for (const model::Ring& ring : polygons.rings)
        for (std::size_t i = 0; i < ring.size(); ++i) {
            entry.box.add(ring[i]);
            const model::GeoPoint next = ring[i + 1 < ring.size() ? i + 1 : 0];
            if (ring[i] != next) own.push_back({ring[i], next});
        }

    const std::int64_t height = std::int64_t{entry.box.lat_max} - entry.box.lat_min;
    const auto slab_of = [&](std::int32_t lat) {
        return static_cast<std::size_t>((std::int64_t{lat} - entry.box.lat_min) >> entry.shift);
    };
    const auto slabs_of = [&](const Edge& e) {
        const std::size_t a = slab_of(e.a.lat);
        const std::size_t b = slab_of(e.b.lat);
        return a < b ? std::pair(a, b) : std::pair(b, a);
    };
    while (static_cast<std::size_t>(height >> entry.shift) > own.size() / 2) ++entry.shift;
    for (;; ++entry.shift) {
        std::size_t copies = 0;
        for (const Edge& e : own) copies += slabs_of(e).second - slabs_of(e).first + 1;
        if (copies <= kCopies * own.size()) break;
    }

    const std::size_t slabs = static_cast<std::size_t>(height >> entry.shift) + 1;
    entry.first_slab = slabs_.size();
    std::vector<std::size_t> next(slabs + 1, 0);  // where the next edge of a slab goes
    for (const Edge& e : own)
        for (auto [s, last] = slabs_of(e); s <= last; ++s) ++next[s + 1];
    next[0] = edges_.size();
    for (std::size_t s = 0; s < slabs; ++s) next[s + 1] += next[s];
    slabs_.insert(slabs_.end(), next.begin(), next.end());
    edges_.resize(next[slabs]);
    for (const Edge& e : own)
        for (auto [s, last] = slabs_of(e); s <= last; ++s) edges_[next[s]++] = e;
    entries_.push_back(entry);
    return static_cast<std::uint32_t>(entries_.size() - 1);
}

bool PolygonTable::contains(std::uint32_t polygon, model::GeoPoint at) const noexcept {
    const Entry& entry = entries_[polygon];
    if (!entry.box.holds(at)) return false;
    const std::size_t slab =
        entry.first_slab +
        static_cast<std::size_t>((std::int64_t{at.lat} - entry.box.lat_min) >> entry.shift);
    int inside = 0;
    for (std::size_t i = slabs_[slab]; i < slabs_[slab + 1]; ++i) {
        const auto [a, b] = edges_[i];
        const bool a_above = a.lat > at.lat;
        const bool b_above = b.lat > at.lat;
        // Which side of the line through the edge: differences are below 2^29, products below 2^58.
        const std::int64_t side = (std::int64_t{b.lon} - a.lon) * (std::int64_t{at.lat} - a.lat) -
                                  (std::int64_t{at.lon} - a.lon) * (std::int64_t{b.lat} - a.lat);
        if (side == 0) {
            const bool on_edge =
                at.lat >= std::min(a.lat, b.lat) && at.lat <= std::max(a.lat, b.lat) &&
                at.lon >= std::min(a.lon, b.lon) && at.lon <= std::max(a.lon, b.lon);
            if (on_edge) return true;
        }
        // Counted when it passes east of the place: an edge that goes up has it on its left.
        // Without a branch, which nobody could predict.
        inside ^= static_cast<int>(a_above != b_above) & static_cast<int>((side > 0) == b_above);
    }
    return inside != 0;
}

}  // namespace fleet::geo
