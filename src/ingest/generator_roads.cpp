// SPDX-License-Identifier: Apache-2.0
#include "ingest/generator_roads.hpp"

#include "base/check.hpp"
#include "ingest/generator_random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <queue>

namespace fleet::ingest {
namespace {

constexpr std::int64_t kKilometre = 1'000'000;  // mm

constexpr std::int32_t kmh(std::int32_t v) noexcept { return v * 10'000 / 36; }  // mm/s

struct Town {
    Place centre;
    int grid;  ///< junctions a side of its street grid
};

/// Towns of Île-de-France, roughly where they are.
constexpr Town kTowns[] = {
    {{48'856'600, 2'352'200}, 6}, {{48'804'900, 2'120'400}, 3}, {{48'936'200, 2'357'400}, 3},
    {{48'839'700, 2'239'900}, 3}, {{48'892'400, 2'207'100}, 3}, {{48'790'400, 2'455'600}, 3},
    {{48'947'200, 2'246'700}, 3}, {{48'863'800, 2'448'500}, 3}, {{48'623'900, 2'429'400}, 3},
    {{49'036'400, 2'076'200}, 3}, {{48'960'100, 2'878'700}, 3}, {{48'542'100, 2'655'400}, 3},
    {{48'404'700, 2'701'600}, 2}, {{48'643'700, 1'833'700}, 2}, {{48'990'600, 1'717'200}, 3},
    {{49'004'000, 2'517'000}, 2}, {{48'743'000, 2'402'000}, 2}, {{48'730'900, 2'271'300}, 3},
    {{48'434'000, 2'161'000}, 2}, {{48'560'000, 3'299'000}, 2}, {{48'815'000, 3'083'000}, 2},
    {{48'848'000, 2'600'000}, 3}, {{48'898'900, 2'093'800}, 2}, {{48'929'000, 2'045'000}, 2},
    {{48'678'000, 2'170'000}, 2}, {{48'777'000, 2'002'000}, 2}, {{48'528'000, 2'011'000}, 2},
    {{48'589'000, 2'248'000}, 2}, {{48'584'000, 2'583'000}, 2}, {{48'692'000, 2'611'000}, 2},
    {{48'883'000, 2'593'000}, 2}, {{48'938'000, 2'494'000}, 2}, {{48'997'000, 2'378'000}, 2},
    {{49'111'000, 2'223'000}, 2}, {{48'267'000, 2'696'000}, 2}, {{48'385'000, 2'951'000}, 2},
    {{48'950'000, 3'126'000}, 2}, {{48'790'000, 1'600'000}, 2}, {{49'155'000, 1'785'000}, 2},
    {{49'054'000, 2'681'000}, 2},
};
constexpr Place kParis = kTowns[0].centre;

/// cos of 48.0, 48.5, 49.0 and 49.5°, times 10⁶.
constexpr std::array<std::int64_t, 4> kCosines{669'131, 662'620, 656'059, 649'448};

std::int64_t cosine_ppm(std::int64_t lat) noexcept {
    constexpr std::int64_t kStep = 500'000;
    const std::int64_t at = std::clamp<std::int64_t>(lat - 48'000'000, 0, 3 * kStep - 1);
    const auto i = static_cast<std::size_t>(at / kStep);
    return kCosines[i] + (kCosines[i + 1] - kCosines[i]) * (at % kStep) / kStep;
}

constexpr std::int64_t kMicrometresPerUnit =
    111'195;  // 1e-6° of latitude = R · π / 180 · 10⁻⁶, in µm

struct Offset {
    std::int64_t north_mm = 0;
    std::int64_t east_mm = 0;
};

Offset offset(Place a, Place b) noexcept {
    const std::int64_t lat = b.lat - a.lat;
    const std::int64_t lon = b.lon - a.lon;
    return {lat * kMicrometresPerUnit / 1000, lon * kMicrometresPerUnit / 1000 *
                                                  cosine_ppm((std::int64_t{a.lat} + b.lat) / 2) /
                                                  1'000'000};
}

Place moved(Place from, std::int64_t north_mm, std::int64_t east_mm) noexcept {
    return {static_cast<std::int32_t>(from.lat + north_mm * 1000 / kMicrometresPerUnit),
            static_cast<std::int32_t>(from.lon + east_mm * 1000 / kMicrometresPerUnit * 1'000'000 /
                                                     cosine_ppm(from.lat))};
}

std::uint8_t zone_of(Place p) noexcept {
    const std::int64_t away = ground_mm(kParis, p);
    return away < 8 * kKilometre ? 0 : away < 25 * kKilometre ? 1 : 2;
}

/// Points between two junctions so that a long road bends a little.
std::vector<Place> bends(Place a, Place b, Random& random) {
    constexpr std::int64_t kPiece = 1'300'000;
    const Offset o = offset(a, b);
    const std::int64_t length = whole_sqrt(o.north_mm * o.north_mm + o.east_mm * o.east_mm);
    const std::int64_t pieces = length / kPiece;
    std::vector<Place> out;
    const std::int64_t bow = random.between(-100, 100);  // per mille of the length
    for (std::int64_t i = 1; i < pieces; ++i) {
        const std::int64_t arch = 4 * i * (pieces - i) * bow / (pieces * pieces);
        const std::int64_t sideways =
            arch + random.between(-60, 60) * kPiece / length;  // per mille
        out.push_back(moved(a, o.north_mm * i / pieces - o.east_mm * sideways / 1000,
                            o.east_mm * i / pieces + o.north_mm * sideways / 1000));
    }
    return out;
}

}  // namespace

std::int64_t whole_sqrt(std::int64_t x) noexcept {
    // Correctly rounded by IEEE 754, so the same everywhere; exact after the correction.
    auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(x)));
    while (root * root > x) --root;
    while ((root + 1) * (root + 1) <= x) ++root;
    return root;
}

std::int64_t ground_mm(Place a, Place b) noexcept {
    const Offset o = offset(a, b);
    return whole_sqrt(o.north_mm * o.north_mm + o.east_mm * o.east_mm);
}

std::int32_t course_cdeg(Place a, Place b) noexcept {
    const Offset o = offset(a, b);
    const std::int64_t north = std::abs(o.north_mm);
    const std::int64_t east = std::abs(o.east_mm);
    if (north == 0 && east == 0) return 0;
    // atan(z) ≈ 45° z + 15.66° z (1 − z) for z in [0, 1]: within 0.3°, no more is needed of a
    // made-up road.
    const std::int64_t z = std::min(north, east) * 10'000 / std::max(north, east);
    std::int64_t angle =
        (4500 * z + 1566 * z * (10'000 - z) / 10'000) / 10'000;  // from the nearer axis
    if (east > north) angle = 9000 - angle;                      // from north towards east
    if (o.north_mm < 0) angle = 18'000 - angle;
    if (o.east_mm < 0) angle = 36'000 - angle;
    return static_cast<std::int32_t>(angle % 36'000);
}

Roads::Roads(std::uint64_t seed) {
    Random random(mix(seed, 0x0A0D5));

    // A grid of streets in every town.
    std::vector<std::vector<std::uint16_t>> streets;
    for (const Town& town : kTowns) {
        const std::int64_t block = random.between(450, 750) * std::int64_t{1000};
        std::vector<std::uint16_t> grid;
        for (int row = 0; row < town.grid; ++row)
            for (int column = 0; column < town.grid; ++column) {
                const std::int64_t north =
                    (2 * row - town.grid + 1) * block / 2 + random.between(-120'000, 120'000);
                const std::int64_t east =
                    (2 * column - town.grid + 1) * block / 2 + random.between(-120'000, 120'000);
                grid.push_back(add_junction(moved(town.centre, north, east), true));
            }
        const auto at = [&](int row, int column) {
            return grid[static_cast<std::size_t>(row) * static_cast<std::size_t>(town.grid) +
                        static_cast<std::size_t>(column)];
        };
        for (int row = 0; row < town.grid; ++row)
            for (int column = 0; column < town.grid; ++column) {
                const std::int32_t limit = random.one_in(3) ? kmh(30) : kmh(50);
                if (column + 1 < town.grid)
                    add_road(at(row, column), at(row, column + 1), limit, {});
                if (row + 1 < town.grid) add_road(at(row, column), at(row + 1, column), limit, {});
            }
        streets.push_back(std::move(grid));
    }
    const auto nearest = [&](std::size_t town, Place to) {
        return *std::min_element(
            streets[town].begin(), streets[town].end(), [&](std::uint16_t a, std::uint16_t b) {
                return ground_mm(junctions_[a], to) < ground_mm(junctions_[b], to);
            });
    };

    // Roads between towns with no third one between them (Gabriel graph: it connects all).
    for (std::size_t a = 0; a < std::size(kTowns); ++a)
        for (std::size_t b = a + 1; b < std::size(kTowns); ++b) {
            const std::int64_t ab = ground_mm(kTowns[a].centre, kTowns[b].centre) / 1000;
            bool alone = true;
            for (std::size_t c = 0; c < std::size(kTowns) && alone; ++c) {
                if (c == a || c == b) continue;
                const std::int64_t ac = ground_mm(kTowns[a].centre, kTowns[c].centre) / 1000;
                const std::int64_t bc = ground_mm(kTowns[b].centre, kTowns[c].centre) / 1000;
                alone = ac * ac + bc * bc > ab * ab;
            }
            if (!alone) continue;
            const std::uint16_t from = nearest(a, kTowns[b].centre);
            const std::uint16_t to = nearest(b, kTowns[a].centre);
            const std::int32_t limit = ab > 14'000 ? kmh(105) : ab > 8'000 ? kmh(90) : kmh(70);
            add_road(from, to, limit, bends(junctions_[from], junctions_[to], random));
        }

    // Two rings around Paris, joined to the nearest street.
    struct Ring {
        std::int64_t radius_mm;
        std::int32_t limit;
    };
    for (const Ring ring : {Ring{5'200'000, kmh(70)}, Ring{11'500'000, kmh(90)}}) {
        constexpr std::size_t kCorners = 12;
        // sin of 0, 30, … 330°, in per mille.
        static constexpr std::array<std::int64_t, kCorners> kSines{
            0, 500, 866, 1000, 866, 500, 0, -500, -866, -1000, -866, -500};
        std::vector<std::uint16_t> corners;
        for (std::size_t i = 0; i < kCorners; ++i) {
            const std::int64_t radius = ring.radius_mm + random.between(-400'000, 400'000);
            corners.push_back(add_junction(moved(kParis, radius * kSines[(i + 3) % kCorners] / 1000,
                                                 radius * kSines[i] / 1000),
                                           false));
        }
        for (std::size_t i = 0; i < kCorners; ++i) {
            const std::uint16_t to = corners[(i + 1) % kCorners];
            add_road(corners[i], to, ring.limit,
                     bends(junctions_[corners[i]], junctions_[to], random));
            std::uint16_t closest = 0;
            for (const auto& grid : streets)
                for (const std::uint16_t junction : grid)
                    if (ground_mm(junctions_[junction], junctions_[corners[i]]) <
                        ground_mm(junctions_[closest], junctions_[corners[i]]))
                        closest = junction;
            add_road(corners[i], closest, kmh(50),
                     bends(junctions_[corners[i]], junctions_[closest], random));
        }
    }

    for (std::size_t town = 0; town < std::size(kTowns); ++town) {
        const Place centre = kTowns[town].centre;
        const std::size_t part = centre.lon > 2'500'000 ? 2 : centre.lat > 48'850'000 ? 0 : 1;
        depots_[part].push_back(streets[town].front());
    }
    find_ways();
}

std::uint16_t Roads::add_junction(Place place, bool in_town) {
    FLEET_CHECK(junctions_.size() < std::numeric_limits<std::uint16_t>::max());
    junctions_.push_back(place);
    in_town_.push_back(in_town);
    return static_cast<std::uint16_t>(junctions_.size() - 1);
}

void Roads::add_road(std::uint16_t a, std::uint16_t b, std::int32_t limit_mm_s,
                     std::span<const Place> between) {
    std::vector<Place> all{junctions_[a]};
    all.insert(all.end(), between.begin(), between.end());
    all.push_back(junctions_[b]);
    add_way(a, b, limit_mm_s, all);
    std::reverse(all.begin(), all.end());
    add_way(b, a, limit_mm_s, all);
}

void Roads::add_way(std::uint16_t a, std::uint16_t b, std::int32_t limit_mm_s,
                    std::span<const Place> all) {
    constexpr std::int64_t kJunctionMs =
        8'000;  // what a junction costs on top, so that ways with few of them are liked
    Link link{.from = a,
              .to = b,
              .first_segment = static_cast<std::uint32_t>(segments_.size()),
              .limit_mm_s = limit_mm_s};
    std::int64_t length = 0;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        Segment s{.from = all[i], .to = all[i + 1]};
        s.length_mm = static_cast<std::int32_t>(ground_mm(s.from, s.to));
        s.course = course_cdeg(s.from, s.to);
        s.limit_mm_s = limit_mm_s;
        s.from_zone = zone_of(s.from);
        s.to_zone = zone_of(s.to);
        length += s.length_mm;
        segments_.push_back(s);
    }
    link.segments = static_cast<std::uint32_t>(segments_.size()) - link.first_segment;
    link.travel_ms = length * 1000 / limit_mm_s + kJunctionMs;
    FLEET_CHECK(links_.size() < std::numeric_limits<std::uint16_t>::max());
    links_.push_back(link);
}

/// Dijkstra from every junction over the reversed links, so that the first link of each way is
/// known.
void Roads::find_ways() {
    const std::size_t count = junctions_.size();
    std::vector<std::vector<std::uint16_t>> arriving(count);
    for (std::size_t id = 0; id < links_.size(); ++id)
        arriving[links_[id].to].push_back(static_cast<std::uint16_t>(id));
    next_.assign(count * count, 0);
    using Entry = std::pair<std::int64_t, std::uint16_t>;
    constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
    for (std::size_t to = 0; to < count; ++to) {
        std::vector<std::int64_t> cost(count, kFar);
        std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
        cost[to] = 0;
        queue.emplace(0, static_cast<std::uint16_t>(to));
        while (!queue.empty()) {
            const auto [so_far, junction] = queue.top();
            queue.pop();
            if (so_far != cost[junction]) continue;
            for (const std::uint16_t id : arriving[junction]) {
                const Link& l = links_[id];
                if (so_far + l.travel_ms >= cost[l.from]) continue;
                cost[l.from] = so_far + l.travel_ms;
                next_[l.from * count + to] = id;
                queue.emplace(cost[l.from], l.from);
            }
        }
        FLEET_CHECK(std::count(cost.begin(), cost.end(), kFar) == 0);
    }
}

std::vector<std::uint16_t> Roads::around(std::uint16_t junction, std::int64_t radius_mm) const {
    std::vector<std::pair<std::int64_t, std::uint16_t>> found;
    for (std::size_t i = 0; i < junctions_.size(); ++i) {
        const std::int64_t away = ground_mm(junctions_[junction], junctions_[i]);
        if (i != junction && away <= radius_mm)
            found.emplace_back(away, static_cast<std::uint16_t>(i));
    }
    std::sort(found.begin(), found.end());
    std::vector<std::uint16_t> out;
    for (const auto& [away, id] : found) out.push_back(id);
    if (out.empty()) out.push_back(links_[next_link(junction, junction == 0 ? 1 : 0)].to);
    return out;
}

}  // namespace fleet::ingest
