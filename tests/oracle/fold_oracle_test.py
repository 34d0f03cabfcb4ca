# SPDX-License-Identifier: Apache-2.0
"""The fold's oracle against cases that were worked out by hand from docs/fold.md. Needs no binary.

A degree of latitude is 111,195.08 m on the sphere of that page, so 1e-6 degree are 111.195 mm: 449 of them are 49.927 m,
450 are 50.038 m, 1798 are 199.929 m, 1799 are 200.040 m. Places exactly at 50 m and 200 m were searched for, and are checked.
"""
import json
import math
import unittest

import fold_oracle as f
import oracle as o
import rules
import zones

NOON = o.time_ms("2024-03-15T12:00:00Z")
HERE = (48_000_000, 2_000_000)
EXACTLY_50_M, OVER_50_M = (1, 672), (3, 672)
EXACTLY_200_M, UNDER_200_M = (7, 2688), (4, 2688)
ZEROS = {"min_duration_s": 0, "hysteresis": 0, "cool_down_s": 0}


def at(offset):
    """A place north of HERE by 1e-6 degrees, or (north, east) of it."""
    north, east = offset if isinstance(offset, tuple) else (offset, 0)
    return HERE[0] + north, HERE[1] + east


def moving(*points, origin=NOON):
    """Trips and stops of (seconds, offset, speed or None), as short texts with seconds from the origin."""
    trips, stops = f.trips_and_stops([f.Point(origin + round(s * 1000), at(offset), None if kmh is None else round(kmh * 100))
                                      for s, offset, kmh in points])
    return ([f"{(t['start'] - origin) / 1000:g}-{(t['end'] - origin) / 1000:g} {t['start_reason']} {t['end_reason']}" for t in trips],
            [f"{(s['start'] - origin) / 1000:g}-{(s['end'] - origin) / 1000:g}{' open' if s['open'] else ''}" for s in stops])


def row(s, origin=NOON, **values):
    return origin + round(s * 1000), values


def place(s, offset, **values):
    lat, lon = at(offset)
    return row(s, lat=lat, lon=lon, **values)


def alerts(rule_tables, *rows, zone_list=(), device="V-1", fleet="default"):
    """Alerts of one device; the rules are tables, or made already."""
    store = o.Oracle(2 ** 42, fleet=fleet)
    for ms, values in rows:
        store.add(device, ms, dict(values))
    made = [rules.rule_of({"name": "r"} | table) if isinstance(table, dict) else table for table in rule_tables]
    return f.Fold(store, zone_list, made).alerts[device]


def spans(found):
    """start-end of alerts in seconds from noon; nothing after the dash if open."""
    return [f"{(a.start - NOON) / 1000:g}-" + ("" if a.end is None else f"{(a.end - NOON) / 1000:g}") for a in found]


def speeds(*pairs):
    return [row(s, speed_kmh=round(kmh * 100)) for s, kmh in pairs]


class Distances(unittest.TestCase):
    def test_of_the_places_used_here(self):
        self.assertEqual([zones.distance_mm(HERE, at(n)) for n in (449, 450, 1798, 1799)], [49_927, 50_038, 199_929, 200_040])
        self.assertEqual([zones.distance_mm(HERE, at(n)) for n in (EXACTLY_50_M, OVER_50_M, EXACTLY_200_M, UNDER_200_M)],
                         [50_000, 50_001, 200_000, 199_999])

    def test_legs(self):
        one = f.Point(NOON, at(0), None)
        self.assertEqual(f.leg(one, f.Point(NOON + 600_000, at(1799), None)), (200_040, False))
        self.assertEqual(f.leg(one, f.Point(NOON + 600_001, at(1799), None)), (200_040, True))
        # 200.040 m in 2.4 s are 300.06 km/h, in 2.401 s 299.935 km/h.
        self.assertEqual(f.leg(one, f.Point(NOON + 2400, at(1799), None)), (200_040, True))
        self.assertEqual(f.leg(one, f.Point(NOON + 2401, at(1799), None)), (200_040, False))
        self.assertEqual(f.leg(one, f.Point(NOON + 3000, at((9, 3360)), None)), (250_000, False))
        midnight = o.time_ms("2024-03-16T00:00:00Z")
        self.assertIsNone(f.leg(f.Point(midnight - 1, at(0), None), f.Point(midnight, at(9), None)))


class Trips(unittest.TestCase):
    def test_begin_at_200_m_and_at_the_last_point_at_the_anchor(self):
        trips, stops = moving((0, 0, 0), (180, 449, 0), (200, 450, 0), (220, UNDER_200_M, 0), (240, EXACTLY_200_M, 0), (300, 5000, 9))
        self.assertEqual(trips, ["180-300 distance open"])
        self.assertEqual(stops, ["0-180"])
        self.assertEqual(moving((0, 0, 0), (240, EXACTLY_200_M, 0))[0], ["0-240 distance open"])
        self.assertEqual(moving((0, 0, 0), (240, UNDER_200_M, 0))[0], [])

    def test_50_m_exactly_is_at_the_anchor(self):
        self.assertEqual(moving((0, 0, 0), (180, EXACTLY_50_M, 0), (300, 5000, 0))[0], ["180-300 distance open"])
        self.assertEqual(moving((0, 0, 0), (180, OVER_50_M, 0), (300, 5000, 0))[0], ["0-300 distance open"])

    def test_begin_after_60_s_above_5_kmh(self):
        self.assertEqual(moving((0, 0, 0), (10, 1, 5.01), (70, 2, 5.01))[0], ["10-70 speed open"])
        self.assertEqual(moving((0, 0, 0), (10, 1, 5.01), (69.999, 2, 5.01))[0], [])
        self.assertEqual(moving((0, 0, 0), (10, 1, 5), (70, 2, 9))[0], [])
        self.assertEqual(moving((0, 0, 9), (60, 2, 9))[0], [], "the anchor begins no run")

    def test_a_point_without_speed_changes_nothing_about_the_run(self):
        self.assertEqual(moving((0, 0, 0), (10, 1, 6), (40, 1, None), (70, 2, 6))[0], ["40-70 speed open"])
        self.assertEqual(moving((0, 0, 0), (10, 1, 6), (70, 2, None))[0], ["10-70 speed open"])
        self.assertEqual(moving((0, 0, 0), (10, 1, 6), (40, 1, 5), (70, 2, 6))[0], [])

    def test_distance_is_the_reason_when_both_hold(self):
        self.assertEqual(moving((0, 0, 0), (10, 1, 6), (70, 1799, 6))[0], ["10-70 distance open"])

    def test_end_at_the_first_of_180_s_within_50_m(self):
        self.assertEqual(moving((0, 0, 0), (60, 5000, 50), (120, 9000, 0), (299.999, 9449, 0)), (["0-299.999 distance open"], []))
        self.assertEqual(moving((0, 0, 0), (60, 5000, 50), (120, 9000, 0), (300, 9449, 0)), (["0-120 distance stop"],
                         ["120-300 open"]))
        self.assertEqual(moving((0, 0, 0), (60, 5000, 50), (120, 9000, 0), (300, 9450, 0)), (["0-300 distance open"], []))
        self.assertEqual(moving((0, EXACTLY_200_M, 0), (60, 0, 50), (240, EXACTLY_50_M, 0)), (["0-60 distance stop"],
                         ["60-240 open"]))

    def test_the_point_at_which_it_was_noticed_may_be_the_stop(self):
        self.assertEqual(moving((0, 0, 0), (60, 5000, 0), (240, 5000, 0)), (["0-60 distance stop"], ["60-240 open"]))

    def test_a_creeping_vehicle_goes_on(self):
        # 30 m a minute: the candidate is left at every second point, 60 m on.
        points = [(60 * i, 270 * i, 1.8) for i in range(12)]
        self.assertEqual(moving(*points)[0], ["60-660 distance open"])

    def test_end_at_the_last_point_before_a_silence(self):
        self.assertEqual(moving((0, 0, 0), (60, 5000, 50), (3660, 9000, 50)), (["0-3660 distance open"], []))
        self.assertEqual(moving((0, 0, 0), (60, 5000, 50), (3660.001, 9000, 50)), (["0-60 distance silence"], []))
        # Then it is still, with the point after the silence as anchor, whatever its speed.
        self.assertEqual(moving((0, 0, 0), (60, 5000, 50), (7000, 9000, 50), (7060, 9001, 50), (7120, 9002, 50))[0],
                         ["0-60 distance silence", "7060-7120 speed open"])

    def test_nobody_saw_how_a_still_device_got_away_in_a_silence(self):
        self.assertEqual(moving((0, 0, 0), (200, 0, 0), (3800.001, 1799, 0), (4000, 1799, 0)), ([], ["0-200", "3800-4000 open"]))
        self.assertEqual(moving((0, 0, 0), (200, 0, 0), (9000, EXACTLY_200_M, 0), (9200, EXACTLY_200_M, 0)), ([],
                         ["0-200", "9000-9200 open"]))
        # Nearer, it is only aside of its anchor; staying there is a shift.
        self.assertEqual(moving((0, 0, 0), (200, 0, 0), (9000, UNDER_200_M, 0), (9179.999, UNDER_200_M, 0)), ([], ["0-200 open"]))
        self.assertEqual(moving((0, 0, 0), (200, 0, 0), (9000, UNDER_200_M, 0), (9180, UNDER_200_M, 0)), ([],
                         ["0-200", "9000-9180 open"]))
        self.assertEqual(moving((0, 0, 0), (200, 0, 0), (3800, 1799, 0)), (["200-3800 distance open"], ["0-200"]))
        # Not far: the still period goes on.
        self.assertEqual(moving((0, 0, 0), (200, 0, 0), (9000, 449, 0)), ([], ["0-9000 open"]))

    def test_a_silence_forgets_the_speed_run(self):
        self.assertEqual(moving((0, 0, 0), (10, 0, 6), (4000, 0, 6), (4059.999, 0, 6))[0], [])
        self.assertEqual(moving((0, 0, 0), (10, 0, 6), (4000, 0, 6), (4060, 0, 6))[0], ["4000-4060 speed open"])

    def test_are_cut_at_midnight(self):
        evening = o.time_ms("2024-03-15T23:59:00Z")
        points = (0, 0, 0), (20, 5000, 50), (60, 9000, 50), (80, 14_000, 50)
        self.assertEqual(moving(*points, origin=evening)[0], ["0-20 distance midnight", "60-80 midnight open"])
        self.assertEqual(moving(*points[:3], origin=evening)[0], ["0-20 distance midnight"], "the second has no length yet")
        # The first point of the new day is the candidate: it stops there, and nothing is reported of the second trip.
        self.assertEqual(moving(*points[:3], (240, 9000, 0), origin=evening), (["0-20 distance midnight"], ["60-240 open"]))
        # A silence over midnight is a silence.
        self.assertEqual(moving(*points[:2], (3700, 9000, 50), origin=evening)[0], ["0-20 distance silence"])

    def test_do_not_start_before_the_day_in_which_moving_begins(self):
        evening = o.time_ms("2024-03-15T23:59:00Z")
        self.assertEqual(moving((-180, 0, 0), (0, 0, 0), (59.999, 900, 9), (60, 1000, 9), (70, 1100, 9), (80, 1799, 9), origin=evening),
                         (["60-80 distance open"], ["-180-0"]))
        self.assertEqual(moving((0, 0, 0), (60, 1799, 9), (80, 2500, 9), origin=evening)[0], ["60-80 distance open"])
        self.assertEqual(moving((0, 0, 0), (60, 1799, 9), origin=evening)[0], [], "it has only its start yet")
        self.assertEqual(moving((0, 0, 0), (10, 0, 6), (60, 0, 6), (70, 0, 6), (80, 0, 6), origin=evening)[0], ["60-80 speed open"])
        self.assertEqual(moving((0, 0, 0), (60, 900, 0), (80, 1, 0), (90, 1799, 9), origin=evening)[0], ["80-90 distance open"],
                         "it came back to the anchor")

    def test_do_not_start_before_a_silence(self):
        self.assertEqual(moving((0, 0, 0), (200, 0, 0), (3800, 900, 0), (3900, 1799, 9)), (["200-3900 distance open"], ["0-200"]))
        self.assertEqual(moving((0, 0, 0), (200, 0, 0), (3800.001, 900, 0), (3900, 1799, 9)), (["3800-3900 distance open"],
                         ["0-200"]))
        self.assertEqual(moving((0, 0, 0), (9000, 900, 0), (9010, 1, 0), (9020, 1799, 9))[0], ["9010-9020 distance open"])

    def test_stand_between_50_and_200_m_for_180_s_and_have_shifted(self):
        home = (-600, 0, 0), (0, 0, 0)
        aside = OVER_50_M
        self.assertEqual(moving(*home, (60, aside, 0), (239.999, aside, 0)), ([], ["-600-0 open"]))
        self.assertEqual(moving(*home, (60, aside, 0), (240, aside, 0)), ([], ["-600-0", "60-240 open"]))
        self.assertEqual(moving(*home, (60, EXACTLY_50_M, 0), (240, EXACTLY_50_M, 0)), ([], ["-600-240 open"]))
        self.assertEqual(moving(*home, (60, 900, 0), (240, 1349, 0)), ([], ["-600-0", "60-240 open"]))
        self.assertEqual(moving(*home, (60, 900, 0), (240, 1350, 0)), ([], ["-600-0 open"]), "which is the next candidate")
        self.assertEqual(moving(*home, (60, 900, 0), (100, 1350, 0), (280, 1350, 0)), ([], ["-600-0", "100-280 open"]))

    def test_a_point_at_the_anchor_forgets_the_candidate(self):
        points = (-600, 0, 0), (0, 0, 0), (60, 500, 0), (200, 449, 0), (240, 500, 0)
        self.assertEqual(moving(*points, (419.999, 500, 0)), ([], ["-600-200 open"]))
        self.assertEqual(moving(*points, (420, 500, 0)), ([], ["-600-200", "240-420 open"]))

    def test_a_shift_moves_the_anchor_and_forgets_the_speed_run(self):
        points = (-600, 0, 0), (0, 0, 0), (60, 1700, 0), (200, 1700, 9), (240, 1700, 9)
        self.assertEqual(moving(*points, (250, 3400, 0)), ([], ["-600-0", "60-240 open"]))
        self.assertEqual(moving(*points, (300, 3499, 0)), (["240-300 distance open"], ["-600-0", "60-240"]))
        self.assertEqual(moving(*points, (270, 1700, 9), (329.999, 1700, 9))[0], [])
        self.assertEqual(moving(*points, (270, 1700, 9), (330, 1700, 9))[0], ["270-330 speed open"])
        self.assertEqual(moving((0, 0, 0), (60, 1700, 0), (240, 1700, 0)), ([], ["60-240 open"]), "a short one is not reported")

    def test_moving_is_asked_before_a_shift(self):
        self.assertEqual(moving((0, 0, 0), (60, 1790, 0), (240, 1799, 0))[0], ["0-240 distance open"])
        self.assertEqual(moving((0, 0, 0), (60, 900, 0), (180, 900, 6), (240, 900, 6))[0], ["0-240 speed open"])

    def test_a_shift_starts_in_the_day_in_which_it_is_noticed(self):
        evening = o.time_ms("2024-03-15T23:59:00Z")
        points = (-600, 0, 0), (0, 0, 0), (10, 900, 0), (70, 900, 0)
        self.assertEqual(moving(*points, (249.999, 900, 0), origin=evening)[1], ["-600-0 open"])
        self.assertEqual(moving(*points, (250, 900, 0), origin=evening)[1], ["-600-0", "70-250 open"])

    def test_a_silence_aside_is_standing_there(self):
        self.assertEqual(moving((-600, 0, 0), (0, 0, 0), (60, 900, 0), (9000, 910, 0))[1], ["-600-0", "60-9000 open"])

    def test_stops_run_on_over_midnight_and_short_ones_are_not_reported(self):
        evening = o.time_ms("2024-03-15T23:59:00Z")
        self.assertEqual(moving((0, 0, 0), (180, 0, 0), (240, 5000, 9), origin=evening)[1], ["0-180"])
        self.assertEqual(moving((0, 0, 0), (179.999, 0, 0), (240, 5000, 9))[1], [])

    def test_sum_their_legs_and_know_their_top_speed(self):
        points = [f.Point(NOON, at(0), None), f.Point(NOON + 1000, at(1799), None), f.Point(NOON + 700_000, at(3598), 4000)]
        (trip,), _ = f.trips_and_stops(points)
        self.assertEqual((trip["distance_mm"], trip["gap_mm"], trip["max_speed"]), (400_080, 400_080, 4000))
        self.assertEqual((trip["from"], trip["to"]), (at(0), at(3598)))
        (trip,), _ = f.trips_and_stops(points[:2])
        self.assertIsNone(trip["max_speed"])

    def test_belong_to_the_day_of_their_start(self):
        store = o.Oracle(2 ** 42)
        evening = o.time_ms("2024-03-15T23:59:00Z")
        for s, offset in ((0, 0), (20.7, 5000), (60, 9000), (80.6, 14_000), (300, 14_001)):
            store.add("V-1", *row(s, origin=evening, lat=at(offset)[0], lon=at(offset)[1]))
        fold = f.Fold(store)
        self.assertEqual(fold.summary("V-1", "2024-03-15"), {"trips": 1, "stops": 0, "moving_s": 20})
        self.assertEqual(fold.summary("V-1", "2024-03-16"), {"trips": 1, "stops": 1, "moving_s": 20})


class Places(unittest.TestCase):
    square = zones.Polygon((((0, 0), (0, 1000), (1000, 1000), (1000, 0)),))

    def test_edges_and_vertices_are_inside(self):
        for inside in ((0, 0), (1000, 1000), (0, 500), (500, 1000), (1000, 500), (500, 0), (500, 500), (1, 999)):
            self.assertTrue(self.square.holds(inside), inside)
        for outside in ((-1, 0), (0, -1), (1001, 1000), (1000, 1001), (500, 1001), (-1, 500), (0, 1001)):
            self.assertFalse(self.square.holds(outside), outside)

    def test_a_slanted_edge_is_exact(self):
        triangle = zones.Polygon((((0, 0), (90_000_000, 180_000_000), (90_000_000, 0)),))
        self.assertTrue(triangle.holds((45_000_000, 90_000_000)))
        self.assertTrue(triangle.holds((45_000_001, 90_000_000)))
        self.assertFalse(triangle.holds((45_000_000, 90_000_001)))

    def test_a_hole_is_outside_but_its_edge_is_not(self):
        ring = zones.Polygon((*self.square.rings, ((400, 400), (600, 400), (600, 600), (400, 600))))
        self.assertFalse(ring.holds((500, 500)))
        self.assertTrue(ring.holds((400, 500)))
        self.assertTrue(ring.holds((399, 500)))

    def test_rays_through_vertices_count_once(self):
        diamond = zones.Polygon((((0, 500), (500, 1000), (1000, 500), (500, 0)),))
        self.assertTrue(diamond.holds((500, 1)))
        self.assertFalse(diamond.holds((500, -1)))
        self.assertFalse(diamond.holds((1000, 499)))
        self.assertFalse(diamond.holds((0, 0)))

    def test_circle_and_its_bound(self):
        circle = zones.Circle(HERE, 50_000)
        self.assertTrue(circle.holds(at(EXACTLY_50_M)))
        self.assertFalse(circle.holds(at(OVER_50_M)))
        self.assertEqual(circle.beyond_mm(at(EXACTLY_200_M)), 150_000)

    def test_distance_to_a_segment(self):
        a, b = (48_000_000, 2_000_000), (48_000_000, 2_010_000)
        self.assertAlmostEqual(zones.to_segment_mm((48_000_100, 2_005_000), a, b), 11_119.508, 2)
        # Before its end: the distance to the vertex; 1e-4 degree of longitude at 60 degrees is half one of latitude.
        self.assertAlmostEqual(zones.to_segment_mm((60_000_000, 2_000_100), (60_000_000, 1_000_000), (60_000_000, 2_000_000)),
                               5_559.754, 2)
        self.assertAlmostEqual(zones.to_segment_mm((48_000_100, 2_000_000), a, a), 11_119.508, 2)
        corridor = zones.Corridor((a, b), 11_120)
        self.assertTrue(corridor.holds((48_000_100, 2_005_000)))
        self.assertFalse(corridor.holds((48_000_101, 2_005_000)))
        self.assertAlmostEqual(corridor.beyond_mm((48_000_200, 2_005_000)), 11_119.016, 2)

    def test_are_read_from_geojson(self):
        def feature(kind, coordinates, **properties):
            return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
        ring = [[2, 48], [2.001, 48], [2.001, 48.001], [2, 48]]
        read = zones.read(json.dumps({"type": "FeatureCollection", "features": [
            feature("Polygon", [ring], code="75", confirm_s=1.5, exit_margin_m=2.25),
            feature("MultiPolygon", [[ring], [ring, ring]], id="m"),
            feature("Point", [2.0000005, 48], id="c", radius_m=12.5), feature("LineString", [[2, 48], [3, 48]], id="l", width_m=25)]}))
        self.assertEqual(read[0], zones.Zone("75",
                         zones.Polygon((((48_000_000, 2_000_000), (48_000_000, 2_001_000), (48_001_000, 2_001_000)),)),
                                             1500, 2250))
        self.assertEqual(len(read[1].shape.rings), 3)
        self.assertEqual(read[2].shape, zones.Circle((48_000_000, 2_000_001), 12_500))
        self.assertEqual(read[3].shape, zones.Corridor(((48_000_000, 2_000_000), (48_000_000, 3_000_000)), 12_500))


class Runs(unittest.TestCase):
    def over_90(self, *rows, **options):
        return alerts([{"type": "OVERSPEED", "limit": 90} | ZEROS | options], *rows)

    def test_with_zeros_are_maximal_runs_of_rows_that_carry_the_value(self):
        found = self.over_90(*speeds((0, 90), (10, 90.01), (20, 95)), row(25, battery_pct=1), *speeds((9000, 91), (9010, 90), (9020, 99)))
        self.assertEqual(spans(found), ["10-9000", "9020-"])
        self.assertEqual([(a.peak, a.limit, a.severity) for a in found], [(9500, 9000, "MEDIUM"), (9900, 9000, "MEDIUM")])

    def test_go_on_within_the_hysteresis(self):
        self.assertEqual(spans(self.over_90(*speeds((0, 91), (10, 85.01), (20, 90), (30, 85), (40, 91)), hysteresis=5)),
                         ["0-20", "40-"])

    def test_must_last(self):
        self.assertEqual(spans(self.over_90(*speeds((0,
                         91), (9.999, 91), (20, 0), (30, 91), (40, 91), (50, 0)), min_duration_s=10)), ["30-40"])

    def test_cool_down_counts_from_the_end_of_the_last_alert(self):
        rows = speeds((0, 91), (10, 91), (20, 0), (69.999, 91), (75, 91), (80, 0), (200, 91), (210, 0), (260, 91))
        # 69.999 is less than 60 s after 10: never an alert, though it lasts; it does not count as the last alert either.
        self.assertEqual(spans(self.over_90(*rows, cool_down_s=60)), ["0-10", "200-200", "260-"])

    def test_severity_follows_the_peak(self):
        def severity(kind, name, value, **options):
            return alerts([{"type": kind} | ZEROS | options], row(0, **{name: value}))[0].severity
        self.assertEqual([severity("OVERSPEED", "speed_kmh", v) for v in (140_00, 140_01)], ["MEDIUM", "HIGH"])
        self.assertEqual([severity("LOW_BATTERY", "battery_pct", v) for v in (10_00, 9_99)], ["MEDIUM", "HIGH"])
        self.assertEqual([severity("LOW_BATTERY", "battery_pct", v, limit=20.01) for v in (10_01, 10_00)], ["MEDIUM", "HIGH"])
        self.assertEqual([severity("TEMP_HIGH", "temp_c", v) for v in (50_00, 50_01)], ["MEDIUM", "HIGH"])
        self.assertEqual([severity("TEMP_LOW", "temp_c", v) for v in (-20_00, -20_01)], ["MEDIUM", "HIGH"])
        self.assertEqual(severity("OVERSPEED", "speed_kmh", 200_00, severity="LOW"), "LOW")
        self.assertEqual(severity("THRESHOLD", "humidity_pct", 99_00, metric="humidity_pct", condition="above", limit=1), "MEDIUM")

    def test_below_a_limit(self):
        found = alerts([{"type": "LOW_BATTERY"}], *[row(i, battery_pct=v) for i, v in enumerate((2000, 1999, 2499, 900, 2500, 1999, 2501))])
        self.assertEqual(spans(found), ["1-3", "5-5"])
        self.assertEqual([(a.peak, a.severity) for a in found], [(900, "HIGH"), (1999, "MEDIUM")])

    def test_thresholds(self):
        rule = {"type": "THRESHOLD", "metric": "humidity_pct", "limit": 30.5}
        rows = [row(i, humidity_pct=v) for i, v in enumerate((3050, 3049, 3050, 3051))]
        self.assertEqual(spans(alerts([rule | {"condition": "below"}], *rows)), ["1-1"])
        self.assertEqual(spans(alerts([rule | {"condition": "above"}], *rows)), ["3-"])

    def test_implied_speed_is_rounded_half_up_and_of_one_day(self):
        # 200.040 m in 2.4 s: 200040 · 360 / 2400 = 30006.
        rule = {"type": "GPS_JUMP"}
        self.assertEqual([(a.peak, a.at) for a in alerts([rule], place(0, 0), place(2.4, 1799))], [(30_006, at(1799))])
        # 250.001 m in 3 s: 30000.12, rounded 30000, which is not above; 250.005 m: 30000.6, rounded 30001.
        self.assertEqual(alerts([rule], place(0, 0), place(3, (11, 3360))), [])
        midnight = 43_200
        self.assertEqual(alerts([rule], place(midnight - 1, 0), place(midnight, 9000)), [])
        self.assertEqual(len(alerts([rule], place(midnight - 2, 0), row(midnight - 1.5), place(midnight - 1, 9000))), 1)

    def test_alarms_end_with_another_text_or_none(self):
        rows = [row(0, alarm="SOS"), row(10, alarm="SOS", battery_pct=1), row(20, alarm="panic"), row(30), row(40, alarm="panic")]
        found = alerts([{"type": "DEVICE_ALARM"} | ZEROS], *rows)
        self.assertEqual(spans(found), ["0-10", "20-20", "40-"])
        self.assertEqual([(a.peak, a.limit, a.severity, a.at) for a in found], [(None, None, "HIGH", None)] * 3)
        self.assertEqual(spans(alerts([{"type": "DEVICE_ALARM"}], *rows)), ["0-10"], "cool-down 60 s")

    def test_position_is_that_of_the_last_point_up_to_the_start(self):
        self.assertEqual(self.over_90(place(0, 7), *speeds((10, 91)), place(20, 8))[0].at, at(7))
        self.assertEqual(self.over_90(place(0, 7), place(10, 8, speed_kmh=9100))[0].at, at(8))

    def test_hours_end_runs(self):
        rule = {"hours": "Fr 13:00-13:01 Europe/Paris"}   # 12:00 UTC, a Friday in winter
        self.assertEqual(spans(self.over_90(*speeds((-1, 91), (0, 91), (59.999, 91), (60, 91), (70, 91)), **rule)), ["0-59.999"])

    def test_scope(self):
        self.assertEqual(len(self.over_90(*speeds((0, 91)), devices=["V-1", "V-2"], fleets=["default"])), 1)
        self.assertEqual(self.over_90(*speeds((0, 91)), devices=["V-2"]), [])
        self.assertEqual(self.over_90(*speeds((0, 91)), fleets=["north"]), [])

    def test_a_change_takes_effect_from_its_moment_on(self):
        def rule(limit, valid_from, valid_to):
            made = rules.rule_of({"name": "r", "type": "OVERSPEED", "limit": limit} | ZEROS)
            return f.dataclasses.replace(made, valid_from=valid_from, valid_to=valid_to)
        raised = [rule(90, -math.inf, NOON + 15_000), rule(120, NOON + 15_000, math.inf)]
        found = alerts(raised, *speeds((0, 95), (10, 95), (15, 130), (20, 125), (30, 95)))
        self.assertEqual(spans(found), ["0-20"], "the open run goes on under the new limit")
        self.assertEqual((found[0].limit, found[0].peak, found[0].severity), (9000, 13_000, "HIGH"))
        self.assertEqual(spans(alerts(raised[:1], *speeds((0, 95), (10, 95), (15, 95), (20, 95)))), ["0-10"], "removed")
        self.assertEqual(spans(alerts(raised[:1], *speeds((0, 95), (10, 95)))), ["0-"], "no row has found it removed")
        turned = [raised[0], f.dataclasses.replace(raised[1], type="THRESHOLD", above=False)]
        self.assertEqual(spans(alerts(turned, *speeds((0, 95), (15, 95), (20, 96)))), ["0-0", "15-"], "another condition")

    def test_a_cool_down_is_as_long_as_at_the_last_row_of_the_alert_before(self):
        def rule(cool_down_s, valid_from, valid_to):
            made = rules.rule_of({"name": "r", "type": "OVERSPEED", "limit": 90} | ZEROS | {"cool_down_s": cool_down_s})
            return f.dataclasses.replace(made, valid_from=valid_from, valid_to=valid_to)
        rows = speeds((0, 95), (10, 95), (20, 0), (69.999, 95), (80, 0))
        for changed_s, expected in ((5, ["0-10"]), (15, ["0-10", "69.999-69.999"])):
            versions = [rule(0, -math.inf, NOON + changed_s * 1000), rule(60, NOON + changed_s * 1000, math.inf)]
            self.assertEqual(spans(alerts(versions, *rows)), expected)


class Crossings(unittest.TestCase):
    # 100 by 100 stored units from HERE to the north-east; its northern edge is at 100.
    square = zones.Polygon((((48_000_000, 2_000_000), (48_000_000, 2_000_100), (48_000_100, 2_000_100), (48_000_100, 2_000_000)),))

    def crossings(self, *points, zone_options=(), **options):
        tables = [{"name": name, "type": kind} | options for name, kind in (("in", "ZONE_ENTER"), ("out", "ZONE_EXIT"))]
        found = alerts(tables, *[place(s, offset) for s, offset in points], zone_list=[zones.Zone("z", self.square, *zone_options)])
        self.assertTrue(all(a.end == a.start and a.zone == "z" and a.severity == "LOW" and a.peak is None for a in found))
        return [f"{a.rule} {(a.start - NOON) / 1000:g}" for a in found]

    def test_the_first_point_sets_the_side_silently(self):
        self.assertEqual(self.crossings((0, 50)), [])
        self.assertEqual(self.crossings((0, 50), (1, 101), (2, 100), (3, 100)), ["out 1", "in 2"])
        self.assertEqual(self.crossings((0, 101), (1, 200), (2, 50)), ["in 2"])

    def test_a_crossing_must_be_confirmed(self):
        self.assertEqual(self.crossings((0, 50), (1, 101), (60.999, 101), (61, 50), zone_options=(60_000,)), [])
        self.assertEqual(self.crossings((0, 50), (1, 101), (61, 101), (70, 50), (130, 50), zone_options=(60_000,)), ["out 1",
                         "in 70"])
        self.assertEqual(self.crossings((0, 50), (1, 101), (31, 50), (32, 101), (62, 101), zone_options=(30_000,)), ["out 32"])
        self.assertEqual(self.crossings((0, 50), (1, 101), (31, 101), zone_options=(10_000,), min_duration_s=30.001), [])

    def test_the_exit_margin_holds_for_those_inside_only(self):
        # 9 units are 1.0008 m, 8 are 0.8896 m.
        self.assertEqual(self.crossings((0, 50), (1, 108), (2, 109), (3, 108), (4, 100), zone_options=(0, 1000)), ["out 2", "in 4"])
        self.assertEqual(self.crossings((0, 50), (1, 108), (2, 109), zone_options=(0, 500), hysteresis=1), ["out 2"])
        self.assertEqual(self.crossings((0, 108), (1, 50), (2, 109), zone_options=(0, 1000)), ["in 1", "out 2"])

    def test_cool_down(self):
        self.assertEqual(self.crossings((0, 50), (1, 101), (2, 50), (60.999, 101), (61, 50), (62, 50), cool_down_s=60),
                         ["out 1", "in 2"])
        self.assertEqual(self.crossings((0, 50), (1, 101), (2, 50), (61, 101), (62, 50), cool_down_s=60), ["out 1", "in 2",
                         "out 61", "in 62"])

    def test_outside_its_hours_a_rule_follows_the_side(self):
        hours = {"hours": "Fr 12:01-13:00 UTC"}
        self.assertEqual(self.crossings((0, 50), (1, 101), (60, 50), **hours), ["in 60"])
        # The start of the crossing counts, not its confirmation.
        self.assertEqual(self.crossings((0, 50), (59, 101), (60, 101), (61, 50), zone_options=(1000,), **hours), [])

    def test_rules_name_zones(self):
        self.assertEqual(self.crossings((0, 50), (1, 101), zones=["y"]), [])
        self.assertEqual(self.crossings((0, 50), (1, 101), zones=["y", "z"]), ["out 1"])

    def test_a_removed_zone_forgets_its_sides(self):
        versions = [zones.Zone("z", self.square, valid_to=NOON + 1000), zones.Zone("z", self.square, valid_from=NOON + 2000)]
        rule = {"type": "ZONE_EXIT"}
        found = alerts([rule], place(0, 50), row(1), place(2, 200), place(3, 200), zone_list=versions)
        self.assertEqual(spans(found), ["2-2"], "zone rules see points only")
        self.assertEqual(alerts([rule], place(0, 50), place(1, 50), place(2, 200), place(3, 200), zone_list=versions), [])

    def test_a_rule_that_turns_round_begins_anew(self):
        versions = [f.dataclasses.replace(rules.rule_of({"name": "r", "type": kind}), valid_from=begin, valid_to=end)
                    for kind, begin, end in (("ZONE_EXIT", -math.inf, NOON + 2000), ("ZONE_ENTER", NOON + 2000, math.inf))]
        points = place(0, 50), place(1, 101), place(2, 50), place(3, 101), place(4, 50)
        found = alerts(versions, *points, zone_list=[zones.Zone("z", self.square)])
        self.assertEqual([(a.type, a.start - NOON) for a in found], [("ZONE_EXIT", 1000), ("ZONE_ENTER", 4000)])


class RulesFile(unittest.TestCase):
    def test_defaults_and_built_in_rules(self):
        read = rules.read('[[rule]]\nname = "fast"\ntype = "OVERSPEED"\n[[rule]]\nname = "b"\ntype = "LOW_BATTERY"\nlimit = 15.5\n')
        self.assertEqual([rule.name for rule in read], ["fast", "b", "temp-high", "temp-low", "gps-jump", "device-alarm",
                         "zone-enter", "zone-exit"])
        by_name = {rule.name: (rule.limit, rule.min_duration_ms, rule.hysteresis, rule.cool_down_ms) for rule in read}
        self.assertEqual(by_name["fast"], (110_00, 10_000, 5_00, 60_000))
        self.assertEqual(by_name["b"], (15_50, 0, 5_00, 0))
        self.assertEqual(by_name["temp-low"], (-10_00, 60_000, 1_00, 0))
        self.assertEqual(by_name["gps-jump"], (300_00, 0, 0, 60_000))
        self.assertEqual(by_name["device-alarm"], (None, 0, 0, 60_000))

    def test_hours_of_the_week(self):
        hours = rules.WeekHours("Mo-Fr 06:00-20:00 Europe/Paris")
        for text, awake in (("2024-03-29T05:00:00Z", True), ("2024-03-29T04:59:59.999Z", False), ("2024-03-29T18:59:59.999Z", True),
                            ("2024-03-29T19:00:00Z", False), ("2024-03-30T10:00:00Z", False), ("2024-04-01T04:00:00Z", True),
                            ("2024-04-01T03:59:59Z", False)):   # summer time since the 31st
            self.assertEqual(hours.hold(o.time_ms(text)), awake, text)


class Ids(unittest.TestCase):
    def test_are_fnv_1a(self):
        self.assertEqual(f.fnv1a_128(b""), "6c62272e07bb014262b821756295c58d")
        self.assertEqual(f.fnv1a_128(b"a"), "d228cb696f1a8caf78912b704e4a8964")
        self.assertEqual(f.fnv1a_128(b"foobar"), "343e1662793c64bf6f0d3597ba446f18")
        self.assertEqual(f.alert_id("r", "V-1", "", 5), f.fnv1a_128(b"r\0V-1\0\x005"))


class Incidents(unittest.TestCase):
    def incidents(self, *starts, devices=None):
        """Sizes of the incidents of alerts that start at these seconds, each of a device of its own."""
        store = o.Oracle(2 ** 42)
        for i, s in enumerate(starts):
            store.add(f"V-{i if devices is None else devices[i]}", *row(s, temp_c=99_00))
            store.add(f"V-{i if devices is None else devices[i]}", *row(s + 0.5, temp_c=0))
        rule = rules.rule_of({"name": "r", "type": "TEMP_HIGH"} | ZEROS)
        return [((i["start"] - NOON) / 1000, i["devices"], len(i["alert_ids"])) for i in f.Fold(store, (), [rule]).incidents("default")]

    def test_need_20_devices_within_60_s(self):
        self.assertEqual(self.incidents(*[0] * 19, 60), [(0, 20, 20)])
        self.assertEqual(self.incidents(*[0] * 19, 60.001), [])
        self.assertEqual(self.incidents(*range(20), devices=[*range(19), 0]), [])

    def test_the_window_moves_on_by_one_alert(self):
        self.assertEqual(self.incidents(0, *range(50, 70)), [(50, 20, 20)])

    def test_the_next_window_opens_after_the_incident(self):
        self.assertEqual(self.incidents(*[0] * 20, *[60] * 5, *[61] * 20), [(0, 25, 25), (61, 20, 20)])

    def test_hours_count_alerts_by_severity(self):
        store = o.Oracle(2 ** 42)
        for s, value in ((0, 45_00), (10, 0), (20, 60_00), (30, 0), (3600, 45_00)):
            store.add("V-1", *row(s, temp_c=value))
        fold = f.Fold(store, (), [rules.rule_of({"name": "r", "type": "TEMP_HIGH"} | ZEROS)])
        self.assertEqual(fold.alert_hours("default"), {("2024-03-15", 12): {"HIGH": 1, "MEDIUM": 1, "LOW": 0},
                                                       ("2024-03-15", 13): {"HIGH": 0, "MEDIUM": 1, "LOW": 0}})


if __name__ == "__main__":
    unittest.main()
