# SPDX-License-Identifier: Apache-2.0
"""The oracle against cases that were worked out by hand. Needs no binary."""
import unittest

import oracle as o

HEADER = b"device_id,ts,lat,lon,speed_kmh,battery_pct,temp_c,zone,attr.rpm\n"
NOW = o.time_ms("2026-03-15T12:00:00Z")


def loaded(*lines):
    oracle = o.Oracle(NOW, earliest_ms=NOW - 30 * o.DAY_MS)
    fates = oracle.load(HEADER + b"".join(line.encode() + b"\n" for line in lines))
    return oracle, fates


class Values(unittest.TestCase):
    def test_rounds_half_away_from_zero(self):
        self.assertEqual(o.scaled("0.285", 2)[1], 29)
        self.assertEqual(o.scaled("-0.285", 2)[1], -29)
        self.assertEqual(o.scaled("48.8566969", 6)[1], 48_856_697)
        for text in ("nan", "inf", "1e309", "0x10", "", "1_0", " 1", "1,5"):
            self.assertIsNone(o.scaled(text, 2), text)

    def test_reads_times_with_a_zone_and_epochs(self):
        self.assertEqual(o.time_ms("1970-01-01T00:00:01.5Z"), 1500)
        self.assertEqual(o.time_ms("2015-03-07T10:03:34-06:00"), o.time_ms("2015-03-07T16:03:34Z"))
        self.assertEqual(o.time_ms("1700000000"), 1_700_000_000_000)
        self.assertEqual(o.time_ms("1700000000123"), 1_700_000_000_123)
        for text in ("2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "yesterday", "", "1969-12-31T23:59:59Z"):
            self.assertIsNone(o.time_ms(text), text)

    def test_distance_of_one_degree(self):
        self.assertAlmostEqual(o.haversine_m((0, 0), (1_000_000, 0)), o.EARTH_RADIUS_M * 3.141592653589793 / 180, 6)


class Arrival(unittest.TestCase):
    def test_counts_each_row_once(self):
        oracle, fates = loaded("V-1,2026-03-15T10:00:00Z,48,2,10,,,,",
                               "V-1,2026-03-15T10:00:00Z,48,2,10,,,,",
                               "V-1,2026-03-15T09:00:00Z,48,2,10,,,,",
                               "V-1,2026-03-15T10:00:00Z,48,2,20,,,,",
                               "V-1,2026-03-15T10:00:00Z,,,,50,,,")
        self.assertEqual(fates, ["stored", "duplicate", "stored", "conflict", "duplicate"])
        self.assertEqual(oracle.counts(), {"read": 5, "stored": 2, "duplicates": 2, "conflicts": 1, "late": 1, "rejected": 0,
                                           "rejected_by_reason": {}, "devices": 1})

    def test_names_the_first_failing_check(self):
        rows = {"V-1,2026-03-15T10:00:00Z,91,999,301,,,,": "bad_latitude",
                "V-1,2026-03-15T10:00:00Z,48,,301,,,,": "half_position",
                "V-1,2026-03-15T10:00:00Z,0,0.0,,,,,": "null_island",
                "V-1,2026-03-15T10:00:00Z,0,0.0000001,,,,,": "stored",
                "V-1,2026-03-15T10:00:00Z,48,2,nan,,,,": "bad_speed",
                "V-1,2026-03-15T10:00:00Z,48,2,300.001,,,,": "bad_speed",
                "V-1,2026-03-15T10:00:00Z,48,2,,100.5,,,": "bad_battery",
                "V-1,2026-03-15T10:00:00Z,48,2,,,1e309,,": "bad_temp",
                "V-1,2026-03-15 10:00,48,2,,,,,": "bad_timestamp",
                "V-1,2026-03-15T12:02:00.001Z,48,2,,,,,": "future_ts",
                "V-1,2026-03-15T10:00:00Z,48": "bad_syntax",
                "V 1,2026-03-15T10:00:00Z,48,2,,,,,": "bad_syntax",
                'V-1,2026-03-15T10:00:00Z,48,2,,,,"a"b,': "bad_syntax",
                "V-1,2026-03-15T10:00:00Z,48,2,,,," + "z" * 65 + ",": "too_large",
                "V-1,2026-03-15T10:00:00Z,48,2,,,,," + "d" * 257: "bad_attribute",
                "V-1,2026-03-15T10:00:00Z,48,2,,,,,1e999": "bad_attribute",
                "V-1,2026-01-15T10:00:00Z,48,2,,,,,": "too_old",
                "V-1,2026-03-15T10:00:00Z,48,2,,,," + "x" * 70_000 + ",": "too_large"}
        for row, fate in rows.items():
            self.assertEqual(loaded(row)[1], [fate], row[:80])

    def test_merges_by_group_and_attribute(self):
        oracle, fates = loaded("V-1,2026-03-15T10:00:00Z,48,2,10,,,depot,5",
                               "V-1,2026-03-15T10:00:00Z,47,9,11,,,,7",
                               "V-1,2026-03-15T10:00:00Z,,,,,3,,true")
        self.assertEqual(fates, ["stored", "conflict", "conflict"])
        row = oracle.rows["V-1"][o.time_ms("2026-03-15T10:00:00Z")]
        self.assertEqual((row["lat"], row["lon"], row["speed_kmh"]), (48_000_000, 2_000_000, 1_100))
        self.assertEqual((row["zone"], row["temp_c"], row["attributes"]), ("depot", 300, {"rpm": (1, 7.0)}))

    def test_keeps_line_ends_inside_quotes(self):
        self.assertEqual(o.records_of(b'a,"b\nc"\r\nd\n\n"e'), [b'a,"b\nc"', b"d", b'"e'])


class Tables(unittest.TestCase):
    def test_follow_the_definitions(self):
        oracle, _ = loaded("V-1,2026-03-14T23:59:59Z,0,0.5,,,,,",
                           "V-1,2026-03-15T00:00:10Z,0,0.001,0,,,,",
                           "V-1,2026-03-15T00:00:20Z,0,0.002,50,80,,,",
                           "V-1,2026-03-15T01:00:00Z,0,0.003,70,,,,",
                           "V-2,2026-03-15T01:00:01Z,,,,,-5,,")
        leg = round(o.haversine_m((0, 1000), (0, 2000)), 3)
        first, second = oracle.fleet_hours("default")[1:]
        self.assertEqual((first["utc_day"], first["hour"], first["stored_rows"]), ("2026-03-15", 0, 2))
        self.assertAlmostEqual(first["distance_m"], leg)
        self.assertEqual((second["hour"], second["active_devices"], second["avg_speed_kmh"]), (1, 2, 70))
        self.assertEqual((second["min_temp_c"], second["avg_battery_pct"]), (-5, ""))
        day = [row for row in oracle.vehicle_days("default") if row["utc_day"] == "2026-03-15"][0]
        self.assertEqual((day["stored_rows"], day["avg_speed_kmh"], day["max_speed_kmh"]), (3, 40, 70))
        self.assertAlmostEqual(day["distance_m"], 2 * leg)
        self.assertAlmostEqual(day["gap_distance_m"], leg)
        self.assertEqual([row["ts"] for row in oracle.latest("default")], ["2026-03-15T01:00:00Z", "2026-03-15T01:00:01Z"])
        self.assertEqual(oracle.latest("default")[0]["battery_pct"], 80)

    def test_exactly_300_km_h_is_no_gap(self):
        leg = [(0, {"lat": 0, "lon": 0}), (126, {"lat": 9, "lon": 94})]  # 10.5 m
        self.assertEqual(o.legs(leg), [(126, 10_500, False)])
        self.assertEqual(o.legs([leg[0], (125, leg[1][1])]), [(125, 10_500, True)])


if __name__ == "__main__":
    unittest.main()
