# SPDX-License-Identifier: Apache-2.0
"""Reading commands: the same answers from the data directory and from a server, as table, JSON, CSV and files."""
import csv
import io
import json
import unittest
import xml.etree.ElementTree as ElementTree

from support import CliTest, recent


class ReadTest(CliTest):
    def setUp(self):
        super().setUp()
        self.day = recent(86_400)[:10]
        header = "device_id,fleet_id,ts,lat,lon,speed_kmh,battery_pct,attr.driver\n"
        rows = "".join(f"V-{d},north,{self.day}T10:{m:02}:00Z,48.{85 + d},2.35,{m},{90 - m},ann\n" for d in (1, 2) for m in range(30))
        rows += f"S-1,south,{self.day}T11:00:00Z,,,,55,\n"
        self.load(self.write("a.csv", header + rows))

    def local(self, *arguments, **more):
        return self.fleet(*arguments, "--data", self.data, **more)

    def test_devices_and_latest_of_all_fleets_or_one(self):
        devices = self.local("devices", "--json").json()["items"]
        self.assertEqual([d["device_id"] for d in devices], ["V-1", "V-2", "S-1"])
        self.assertEqual(len(self.local("latest", "--fleet", "north", "--json").json()["items"]), 2)
        one = self.local("latest", "V-1", "--json").json()
        self.assertEqual((one["ts"], one["speed_kmh"], one["state"]), (f"{self.day}T10:29:00.000Z", 29, "offline"))
        self.assertIn("30 days", self.local("devices").out)

    def test_history_by_day_range_order_and_limit(self):
        items = self.local("history", "V-1", "--day", self.day, "--json").json()["items"]
        self.assertEqual(len(items), 30)
        self.assertGreater(items[0]["ts"], items[-1]["ts"])
        part = self.local("history", "V-1", "--from", f"{self.day}T10:10:00Z", "--to", f"{self.day}T10:20:00Z", "--order", "asc", "--json").json()
        self.assertEqual([i["speed_kmh"] for i in part["items"]], list(range(10, 20)))
        self.assertEqual(len(self.local("history", "V-1", "--limit", "3", "--json").json()["items"]), 3)
        table = self.local("history", "V-1", "--limit", "2").out.splitlines()
        self.assertEqual(len(table), 3)
        self.assertNotIn("temp_c", table[0], "a column that no record has")

    def test_a_series_keeps_extremes_and_gaps(self):
        self.load(self.write("spike.csv", f"device_id,ts,speed_kmh\nV-1,{self.day}T10:00:30Z,250\nV-1,{self.day}T10:40:00Z,7\n"))
        flags = ["series", "--device", "V-1", "--metric", "speed_kmh", "--from", f"{self.day}T10:00:00Z", "--to", f"{self.day}T11:00:00Z", "--points", "6"]
        series = self.local(*flags, "--json").json()
        self.assertEqual((series["metric"], series["bucket_s"]), ("speed_kmh", 600))
        self.assertEqual([(p["t"][11:16], p["min"], p["max"], p["mean"], p["count"]) for p in series["points"]],
                         [("10:00", 0, 250, round(295 / 11, 6), 11), ("10:10", 10, 19, 14.5, 10), ("10:20", 20, 29, 24.5, 10), ("10:40", 7, 7, 7, 1)])
        rows = list(csv.DictReader(io.StringIO(self.local(*flags, "--csv").out)))
        self.assertEqual([r["max"] for r in rows], ["250", "19", "29", "7"])
        self.assertEqual(self.local(*flags).out.splitlines()[0].split(), ["from", "min", "max", "mean", "records"])
        self.assertIn("no fuel_pct", self.local("series", "--device", "V-1", "--metric", "fuel_pct").err)
        self.assertIn("ghost", self.local("series", "--device", "ghost", "--metric", "fuel_pct", code=1).err)
        self.assertIn("speed_kmh", self.local("series", "--device", "V-1", "--metric", "speed", code=2).err)

    def test_analytics_of_the_only_fleet_or_the_named_one(self):
        answer = self.local("analytics", "--day", self.day, code=2)
        self.assertIn("north, south", answer.err)
        day = self.local("analytics", "--fleet", "north", "--day", self.day, "--json").json()
        self.assertEqual([(h["hour"], h["records"], h["active_devices"]) for h in day["hours"]], [(10, 60, 2)])

    def test_a_scan_finds_records_of_whole_fleets(self):
        rows = f"device_id,fleet_id,ts,speed_kmh,battery_pct\nX-1,scans,{self.day}T08:00:00Z,50,9\nX-1,scans,{self.day}T08:01:00Z,95,9\n"
        self.load(self.write("scan.csv", rows + f"X-2,scans,{self.day}T08:00:00Z,99,80\n"))
        flags = ["scan", "--fleet", "scans", "--where", "speed_kmh>90"]
        found = self.local(*flags, "--json").json()["items"]
        self.assertEqual([(r["device_id"], r["speed_kmh"]) for r in found], [("X-1", 95), ("X-2", 99)])
        both = self.local(*flags, "--where", "battery_pct<10", "--csv").out
        self.assertEqual([r["ts"] for r in csv.DictReader(io.StringIO(both))], [f"{self.day}T08:01:00.000Z"])
        days = self.local(*flags, "--metric", "battery_pct", "--json").json()["items"]
        self.assertEqual([(d["device_id"], d["day"], d["mean"], d["count"]) for d in days], [("X-1", self.day, 9, 1), ("X-2", self.day, 80, 1)])
        self.assertIn("no records that meet", self.local(*flags, "--day", recent(3 * 86_400)[:10]).err)
        self.assertIn("speed_kmh", self.local("scan", "--where", "speed>90", code=2).err)
        before = self.local("latest", "--fleet", "scans", "--at", f"{self.day}T08:00:30Z", "--json").json()["items"]
        self.assertEqual([(r["device_id"], r["speed_kmh"]) for r in before], [("X-1", 50), ("X-2", 99)])

    def drive(self):
        """V-9 rests from 8:00, drives north at 150 km/h from 8:10 to 8:15, and rests until 8:30."""
        rows = "device_id,fleet_id,ts,lat,lon,speed_kmh\n"
        for minute in range(31):
            north = min(max(minute - 10, 0), 5) * 0.02
            rows += f"V-9,west,{self.day}T08:{minute:02}:00Z,{48.5 + north:.2f},2.5,{150 if 10 < minute < 15 else 0}\n"
        self.load(self.write("drive.csv", rows))

    def test_trips_and_stops_by_day_and_range(self):
        self.drive()
        trips = self.local("trips", "--device", "V-9", "--day", self.day, "--json").json()["items"]
        self.assertEqual([(t["id"], t["end"], t["max_speed_kmh"], t["end_reason"]) for t in trips],
                         [(f"V-9@{self.day}T08:10:00.000Z", f"{self.day}T08:15:00.000Z", 150, "stop")])
        stops = self.local("stops", "--device", "V-9", "--json").json()["items"]
        self.assertEqual([s["duration_s"] for s in stops], [600, 900])
        part = self.local("stops", "--device", "V-9", "--from", f"{self.day}T08:01:00Z", "--csv").out
        self.assertEqual([r["start"] for r in csv.DictReader(io.StringIO(part))], [f"{self.day}T08:15:00.000Z"])
        self.assertEqual(len(self.local("stops", "--device", "V-9", "--limit", "1", "--json").json()["items"]), 1)
        self.assertIn("distance m", self.local("trips", "--device", "V-9").out.splitlines()[0])
        self.assertIn("no trips", self.local("trips", "--device", "V-9", "--day", recent(3 * 86_400)[:10]).err)
        self.assertIn("ghost", self.local("trips", "--device", "ghost", code=1).err)

    def test_alerts_of_one_fleet_or_all(self):
        self.drive()
        battery = f"device_id,fleet_id,ts,battery_pct\nV-1,north,{self.day}T12:00:00Z,15\nV-1,north,{self.day}T12:01:00Z,90\n"
        self.load(self.write("battery.csv", battery))
        found = self.local("alerts", "--json").json()["items"]
        self.assertEqual([(a["fleet_id"], a["type"], a["severity"], a["peak"], a["state"]) for a in found],
                         [("north", "LOW_BATTERY", "MEDIUM", 15, "OPEN"), ("west", "OVERSPEED", "HIGH", 150, "OPEN")])
        for flags, count in [(["--fleet", "west"], 1), (["--fleet", "south"], 0), (["--severity", "HIGH"], 1), (["--type", "LOW_BATTERY"], 1),
                             (["--state", "RESOLVED"], 0), (["--fleet", "north", "--device", "V-2"], 0), (["--limit", "1"], 1),
                             (["--day", self.day], 2), (["--to", f"{self.day}T12:00:00Z"], 1), (["--retracted"], 2)]:
            with self.subTest(flags=flags):
                self.assertEqual(len(self.local("alerts", *flags, "--json").json()["items"]), count)
        self.assertIn("overspeed", self.local("alerts").out)
        rows = list(csv.DictReader(io.StringIO(self.local("alerts", "--fleet", "west", "--csv").out)))
        self.assertEqual([(r["rule"], r["limit"], r["late"]) for r in rows], [("overspeed", "110", "false")])
        self.assertIn("no alerts", self.local("alerts", "--fleet", "south").err)
        hours = self.local("analytics", "--fleet", "west", "--day", self.day, "--csv").out
        self.assertEqual([r["alerts_high"] for r in csv.DictReader(io.StringIO(hours))], ["1"])

    def test_csv_is_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.local("devices", "--csv").out)))
        self.assertEqual([r["device_id"] for r in rows], ["V-1", "V-2", "S-1"])

    def test_missing_and_empty_are_different(self):
        self.assertIn("ghost", self.local("latest", "ghost", code=1).err)
        answer = self.local("history", "V-1", "--day", recent(3 * 86_400)[:10])
        self.assertIn("no records", answer.err)
        answer = self.local("latest", "ghost", "--json", code=1)
        self.assertEqual(answer.json()["error"]["code"], "not_found")

    def test_a_server_gives_the_same_answers(self):
        self.drive()
        commands = [("trips", "--device", "V-9"), ("stops", "--device", "V-9"), ("alerts",), ("alerts", "--fleet", "west"),
                    ("devices",), ("latest", "--day", self.day), ("history", "V-1"), ("series", "--device", "V-1", "--metric", "battery_pct"), ("analytics", "--fleet", "north", "--day", self.day)]
        here = [self.local(*c, "--json").json() for c in commands]
        exports = {f: self.local("export", "--device", "V-1", "--format", f).out for f in ("csv", "ndjson", "geojson", "gpx")}
        _, url = self.serve()
        self.assertEqual([self.fleet(*c, "--url", url, "--json").json() for c in commands], here)
        for form, text in exports.items():
            self.assertEqual(self.fleet("export", "--device", "V-1", "--format", form, "--url", url).out, text, form)
        self.assertIn("V-1", self.fleet("latest", "--url", url).out)
        self.assertIn("ghost", self.fleet("latest", "ghost", "--url", url, code=1).err)

    def test_exports_are_whole_and_load_again(self):
        for form in ("csv", "ndjson"):
            self.local("export", "--device", "V-1", "--format", form, "--out", f"v1.{form}")
            counts = self.fleet("load", "--data", self.dir / form, "--json", f"v1.{form}").json()
            self.assertEqual((counts["stored"], counts["rejected"]), (30, 0))
            again = self.fleet("export", "--device", "V-1", "--format", form, "--data", self.dir / form).out
            self.assertEqual(again, (self.dir / f"v1.{form}").read_text())
        points = json.loads(self.local("export", "--device", "V-1", "--format", "geojson").out)["features"]
        self.assertEqual(len(points), 30)
        self.assertEqual(points[0]["geometry"]["coordinates"], [2.35, 48.86])
        self.assertEqual(points[0]["properties"]["attributes"], {"driver": "ann"})
        track = ElementTree.fromstring(self.local("export", "--device", "V-1", "--format", "gpx").out)
        self.assertEqual(len(track.findall(".//{*}trkpt")), 30)
        answer = self.local("export", "--device", "S-1", "--format", "gpx")
        self.assertIn("1 records without a position", answer.err)


class QuarantineTest(CliTest):
    def test_rows_are_listed_shown_and_tried_again(self):
        file = self.write("a.csv", "device_id,ts,speed_kmh\nV-1,2026-01-01 10:00:00,5\nV-1,2001-01-01T00:00:00Z,6\nV-1,x,7\n")
        self.load(file, code=3)
        items = self.fleet("quarantine", "list", "--data", self.data, "--json").json()["items"]
        self.assertEqual([i["reason"] for i in items], ["bad_timestamp", "too_old", "bad_timestamp"])
        shown = self.fleet("quarantine", "show", items[0]["id"], "--data", self.data, "--json").json()
        self.assertIn("V-1,2026-01-01 10:00:00,5", shown["raw"])
        self.assertEqual(shown["source"], f"file:{file}")
        self.assertEqual(len(self.fleet("quarantine", "list", "--data", self.data, "--limit", "2").out.splitlines()), 3)

        result = self.fleet("quarantine", "redrive", "--all", "--time-zone", "UTC", "--keep-history", "--data", self.data, "--json", code=3).json()
        self.assertEqual((result["tried"], result["stored"], result["rejected"]), (3, 2, 1))
        left = self.fleet("quarantine", "list", "--data", self.data, "--json").json()["items"]
        self.assertEqual([i["id"] for i in left], [items[2]["id"]])
        self.fleet("verify", "--data", self.data)

    def test_an_entry_that_is_not_there(self):
        self.load(self.write("a.csv", "device_id,ts\nV-1,x\n"), code=3)
        self.assertIn("no entry 99", self.fleet("quarantine", "show", "99", "--data", self.data, code=1).err)


class VerifyTest(CliTest):
    def test_a_good_store_agrees(self):
        self.fleet("batch", "--data", self.data, "--batches", "2", "--rate-limit", "0")
        report = self.fleet("verify", "--data", self.data, "--json").json()
        self.assertEqual((report["rows"], report["differences"], report["rebuilt"]), (2000, 0, False))


class BackupTest(CliTest):
    def test_a_backup_is_checked_and_becomes_a_data_directory(self):
        self.fleet("batch", "--data", self.data, "--batches", "2", "--rate-limit", "0")
        copy, other = self.dir / "copies" / "monday", self.dir / "other"
        saved = self.fleet("backup", copy, "--data", self.data, "--json").json()
        self.assertEqual((saved["path"], saved["rows"], saved["differences"]), (str(copy), 2000, 0))
        self.fleet("batch", "--data", self.data, "--batches", "1", "--rate-limit", "0", "--seed", "9")
        self.assertIn("2,000 rows", self.fleet("restore", copy, "--data", other).out)
        self.assertEqual(self.fleet("verify", "--data", other, "--json").json()["rows"], 2000)

    def test_nothing_is_written_over_and_nothing_else_is_taken(self):
        self.fleet("batch", "--data", self.data, "--batches", "1", "--rate-limit", "0")
        self.assertIn("not an empty directory", self.fleet("backup", self.data, "--data", self.data, code=1).err)
        self.fleet("backup", self.dir / "copy", "--data", self.data)
        self.assertIn("not an empty directory", self.fleet("restore", self.dir / "copy", "--data", self.data, code=1).err)
        self.assertIn("is no backup", self.fleet("restore", self.dir, "--data", self.dir / "new", code=1).err)
        self.assertIn("DIR", self.fleet("restore", code=2).err)
        self.assertIn("no data directory", self.fleet("backup", self.dir / "x", "--data", self.dir / "absent", code=1).err)


if __name__ == "__main__":
    unittest.main()
