// SPDX-License-Identifier: Apache-2.0
#include "geo/ring_crossing.hpp"

#include "geo/box.hpp"

#include <algorithm>
#include <tuple>

namespace fleet::geo {

namespace {

using model::GeoPoint;

/// So few edges are compared each with each.
constexpr std::size_t kFew = 16;
/// Comparisons of two edges, or of an edge with a box, before giving up: well below a second.
constexpr std::int64_t kMaxSteps = 150'000'000;

struct Direction {
    std::int64_t x = 0;
    std::int64_t y = 0;
};

Direction direction(GeoPoint from, GeoPoint to) noexcept {
    return {std::int64_t{to.lon} - from.lon, std::int64_t{to.lat} - from.lat};
}

/// Positive when v lies to the left of u. Below 2^59, as all edges are shorter than half a turn.
std::int64_t cross(Direction u, Direction v) noexcept { return u.x * v.y - u.y * v.x; }

int sign(std::int64_t value) noexcept { return value > 0 ? 1 : value < 0 ? -1 : 0; }

int side(GeoPoint a, GeoPoint b, GeoPoint p) noexcept {
    return sign(cross(direction(a, b), direction(a, p)));
}

bool same_way(Direction u, Direction v) noexcept {
    return cross(u, v) == 0 && sign(u.x) == sign(v.x) && sign(u.y) == sign(v.y);
}

struct Edge {
    GeoPoint a;
    GeoPoint b;
    GeoPoint before;  ///< the vertex before a
    Box box;
    std::uint32_t ring = 0;
    std::uint32_t number = 0;

    [[nodiscard]] bool operator<(const Edge& other) const noexcept {
        return std::tie(ring, number) < std::tie(other.ring, other.number);
    }
};

bool apart(const Box& a, const Box& b) noexcept {
    return a.lat_max < b.lat_min || b.lat_max < a.lat_min || a.lon_max < b.lon_min ||
           b.lon_max < a.lon_min;
}

/// Whether the way from u1 over the common point to u2 has v1 and v2 on different sides.
bool ways_cross(Direction u1, Direction u2, Direction v1, Direction v2) noexcept {
    for (const Direction v : {v1, v2})
        if (same_way(u1, v) || same_way(u2, v)) return false;  // an overlap, found with those edges
    const auto left = [&](Direction v) {  // between u1 and u2, counter-clockwise
        const int turn = sign(cross(u1, u2));
        if (turn == 0) return cross(u1, v) > 0;
        return turn > 0 ? cross(u1, v) > 0 && cross(v, u2) > 0
                        : !(cross(u2, v) > 0 && cross(v, u1) > 0);
    };
    return left(v1) != left(v2);
}

/// Whether the ring of `f` crosses that of `e` at the first point of f, which lies on e. The end of
/// e is the start of another edge, and looked at there.
bool crosses_at_start(const Edge& e, const Edge& f) noexcept {
    const GeoPoint p = f.a;
    if (p == e.b) return false;
    return ways_cross(direction(p, p == e.a ? e.before : e.a), direction(p, e.b),
                      direction(p, f.before), direction(p, f.b));
}

bool overlap(const Edge& e, const Edge& f) noexcept {
    const auto length = [](std::int32_t a_min, std::int32_t a_max, std::int32_t b_min,
                           std::int32_t b_max) {
        return std::int64_t{std::min(a_max, b_max)} - std::max(a_min, b_min);
    };
    return length(e.box.lat_min, e.box.lat_max, f.box.lat_min, f.box.lat_max) > 0 ||
           length(e.box.lon_min, e.box.lon_max, f.box.lon_min, f.box.lon_max) > 0;
}

std::optional<Crossing::Kind> meeting(const Edge& e, const Edge& f) noexcept {
    const int c = side(e.a, e.b, f.a);
    const int d = side(e.a, e.b, f.b);
    if (c * d > 0) return std::nullopt;
    const int a = side(f.a, f.b, e.a);
    const int b = side(f.a, f.b, e.b);
    if (a * b > 0) return std::nullopt;
    if (c == 0 && d == 0 && overlap(e, f)) return Crossing::Kind::overlap;
    if (c * d < 0 && a * b < 0) return Crossing::Kind::cross;
    if (c == 0 && e.box.holds(f.a) && crosses_at_start(e, f)) return Crossing::Kind::cross;
    if (a == 0 && e.a != f.a && f.box.holds(e.a) && crosses_at_start(f, e))
        return Crossing::Kind::cross;
    return std::nullopt;
}

/// Whether an edge has a point in a box.
bool enters(const Edge& e, const Box& box) noexcept {
    if (apart(e.box, box)) return false;
    const int first = side(e.a, e.b, {box.lat_min, box.lon_min});
    return first == 0 || first != side(e.a, e.b, {box.lat_min, box.lon_max}) ||
           first != side(e.a, e.b, {box.lat_max, box.lon_min}) ||
           first != side(e.a, e.b, {box.lat_max, box.lon_max});
}

class Search {
  public:
    explicit Search(std::vector<Edge> edges) : edges_(std::move(edges)) {}

    std::optional<Crossing> run() {
        std::vector<std::uint32_t> all(edges_.size());
        Box box;
        for (std::uint32_t i = 0; i < all.size(); ++i) {
            all[i] = i;
            box.add(edges_[i].box);
        }
        const bool done = part(box, std::move(all));
        if (best_) return best_;
        if (!done) return Crossing{Crossing::Kind::too_intricate, {}, {}};
        return std::nullopt;
    }

  private:
    using Names = std::vector<std::uint32_t>;

    /// Compares all edges of a part of the plane with each other. False when it takes too long.
    bool part(Box box, Names names) {
        Box used;
        for (const std::uint32_t i : names) used.add(edges_[i].box);
        box = {std::max(box.lat_min, used.lat_min), std::min(box.lat_max, used.lat_max),
               std::max(box.lon_min, used.lon_min), std::min(box.lon_max, used.lon_max)};
        if (names.size() <= kFew) return each_with_each(names);
        Halves tall = halves(box, names, true);
        Halves wide = halves(box, names, false);
        if (steps_ > kMaxSteps) return false;
        const bool by_lat = tall.cost(names.size()) < wide.cost(names.size());
        Halves better = std::move(by_lat ? tall : wide);
        // Edges that lie in both halves are work for nothing.
        if (better.cost(names.size()) > names.size() + names.size() / 2)
            return each_with_each(names);
        (by_lat ? wide : tall) = {};
        names = {};
        return part(better.low_box, std::move(better.low)) &&
               part(better.high_box, std::move(better.high));
    }

    struct Halves {
        Box low_box, high_box;
        Names low, high;
        bool divided = false;

        /// Edges in both together, of `all`; more than that when nothing is gained.
        [[nodiscard]] std::size_t cost(std::size_t all) const noexcept {
            const std::size_t less = std::min(low.size(), high.size());
            const std::size_t more = std::max(low.size(), high.size());
            return !divided || (more == all && less > 0) ? 2 * all : less + more;
        }
    };

    Halves halves(const Box& box, const Names& names, bool by_lat) {
        Halves h{box, box, {}, {}, false};
        const std::int32_t low = by_lat ? box.lat_min : box.lon_min;
        const std::int32_t high = by_lat ? box.lat_max : box.lon_max;
        if (std::int64_t{high} - low <= 1) return h;  // edges may cross between two numbers
        const auto middle = static_cast<std::int32_t>((std::int64_t{low} + high) / 2);
        (by_lat ? h.low_box.lat_max : h.low_box.lon_max) = middle;
        (by_lat ? h.high_box.lat_min : h.high_box.lon_min) = middle;
        h.divided = true;
        steps_ += static_cast<std::int64_t>(names.size());
        for (const std::uint32_t i : names) {
            if (enters(edges_[i], h.low_box)) h.low.push_back(i);
            if (enters(edges_[i], h.high_box)) h.high.push_back(i);
        }
        return h;
    }

    bool each_with_each(const Names& names) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (steps_ > kMaxSteps) return false;
            steps_ += static_cast<std::int64_t>(names.size() - i);
            const Edge& e = edges_[names[i]];
            for (std::size_t j = i + 1; j < names.size(); ++j) {
                const Edge& f = edges_[names[j]];
                if (apart(e.box, f.box)) continue;
                if (const auto kind = meeting(e, f)) note(*kind, e, f);
            }
        }
        return true;
    }

    void note(Crossing::Kind kind, const Edge& e, const Edge& f) {
        const auto& [first, second] = e < f ? std::tie(e, f) : std::tie(f, e);
        const auto name = [](const Edge& edge) {
            return EdgeName{edge.ring, edge.number, edge.a, edge.b};
        };
        const auto rank = [](const Crossing& c) {
            return std::tuple(c.first.ring, c.first.edge, c.second.ring, c.second.edge);
        };
        Crossing found{kind, name(first), name(second)};
        if (!best_ || rank(found) < rank(*best_)) best_ = found;
    }

    std::vector<Edge> edges_;
    std::optional<Crossing> best_;
    std::int64_t steps_ = 0;
};

}  // namespace

std::vector<Vertex> clean_ring(const model::Ring& ring) {
    std::vector<Vertex> clean;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        if (clean.size() >= 2 && clean[clean.size() - 2].at == ring[i]) clean.pop_back();
        if (!clean.empty() && clean.back().at == ring[i]) {
            clean.back().number = i;  // the edge begins where the ring leaves the place
        } else {
            clean.push_back({ring[i], i});
        }
    }
    // The same round the end of the ring.
    std::size_t from = 0;
    while (clean.size() - from >= 2) {
        const std::size_t last = clean.size() - 1;
        if (clean[from].at == clean[last].at) {
            clean.pop_back();
        } else if (clean.size() - from >= 3 && clean[from + 1].at == clean[last].at) {
            ++from;
        } else if (clean.size() - from >= 3 && clean[from].at == clean[last - 1].at) {
            clean.pop_back();
        } else {
            break;
        }
    }
    clean.erase(clean.begin(), clean.begin() + static_cast<std::ptrdiff_t>(from));
    return clean;
}

std::optional<Crossing> find_crossing(const std::vector<std::vector<Vertex>>& rings) {
    std::vector<Edge> edges;
    for (std::size_t r = 0; r < rings.size(); ++r)
        for (std::size_t i = 0; i < rings[r].size(); ++i) {
            const std::vector<Vertex>& ring = rings[r];
            Edge e;
            e.a = ring[i].at;
            e.b = ring[i + 1 < ring.size() ? i + 1 : 0].at;
            e.before = ring[i > 0 ? i - 1 : ring.size() - 1].at;
            e.box.add(e.a);
            e.box.add(e.b);
            e.ring = static_cast<std::uint32_t>(r);
            e.number = static_cast<std::uint32_t>(ring[i].number);
            edges.push_back(e);
        }
    return Search(std::move(edges)).run();
}

}  // namespace fleet::geo
