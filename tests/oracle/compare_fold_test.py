# SPDX-License-Identifier: Apache-2.0
"""The comparison finds what it must find: a server in memory that answers as the oracle does, and then lies. Needs no binary."""
import copy
import pathlib
import tempfile
import unittest
import urllib.parse

import compare_fold
import oracle
import random_fleet


def iso(ms):
    text = None if ms is None else oracle.iso(ms)
    return text if text is None or "." in text else text.replace("Z", ".000Z")


def degrees(at):
    return (None, None) if at is None else (at[0] / 1e6, at[1] / 1e6)


def as_json(answers):
    """What the API would say: {path without query, or with the day: answer}."""
    paths = {}
    for fleet in answers.store.fleets():
        devices = answers.store.devices(fleet)
        for device in devices:
            paths[f"devices/{device}/trips"] = [
                {"id": f"{device}-{t['start']}", "device_id": device, "start": iso(t["start"]), "end": iso(t["end"]),
                 "distance_m": t["distance_mm"] / 1000, "driven_m": t["driven_mm"] / 1000,
                 "max_speed_kmh": None if t["max_speed"] is None else t["max_speed"] / 100,
                 "start_reason": t["start_reason"], "end_reason": t["end_reason"]} |
                dict(zip(("from_lat", "from_lon"), degrees(t["from"]))) |
                dict(zip(("to_lat", "to_lon"), degrees(t["to"]))) for t in answers.trips(device)]
            paths[f"devices/{device}/stops"] = [
                {"device_id": device, "start": iso(s["start"]), "end": iso(s["end"]), "lat": s["at"][0] / 1e6,
                 "lon": s["at"][1] / 1e6, "duration_s": s["duration_ms"] / 1000} for s in answers.stops(device)]
            for day in answers.days(device):
                paths[f"devices/{device}/summary?day={day}"] = answers.summary(device, day) | {"device_id": device}
        paths[f"fleets/{fleet}/alerts"] = [
            {"id": a["id"], "fleet_id": fleet, "device_id": a["device"], "rule": a["rule"], "type": a["type"],
             "severity": a["severity"], "start": iso(a["start"]), "end": iso(a["end"]),
             "peak": None if a["peak"] is None else a["peak"] / 100,
             "limit": None if a["limit"] is None else a["limit"] / 100, "lat": degrees(a["at"])[0], "lon": degrees(a["at"])[1],
             "zone": a["zone"], "state": "open", "late": False} for a in answers.alerts(fleet)]
        paths[f"fleets/{fleet}/incidents"] = [
            {"id": str(number), "fleet_id": fleet, "type": i["type"], "start": iso(i["start"]), "devices": i["devices"],
             "alert_ids": i["alert_ids"][::-1]} for number, i in enumerate(answers.incidents(fleet))]
        for day in sorted({day for device in devices for day in answers.days(device)}):
            none = {"HIGH": 0, "MEDIUM": 0, "LOW": 0}
            hours = answers.alert_hours(fleet, day)
            paths[f"fleets/{fleet}/analytics?day={day}"] = {"hours": [{"hour": h, "alerts": hours.get(h, none)} for h in range(24)]}
    return paths


class MemoryServer:
    def __init__(self, paths):
        self.paths = dict(paths)

    def edit(self, path):
        """The answer to a path, to be changed."""
        self.paths[path] = copy.deepcopy(self.paths[path])
        return self.paths[path]

    def get(self, path):
        return self.paths[path]

    def get_all(self, path):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
        assert not query or query["from"] == ["1970-01-01T00:00:00.000Z"], path
        return self.paths[path.partition("?")[0]]


class Comparison(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="fleet-random-") as scratch:
            folder = pathlib.Path(scratch)
            random_fleet.write(folder, seed="compare", devices=26, scenes=8, pieces=3)
            cls.want = compare_fold.expected(folder)
            cls.rules = compare_fold.rules_in(folder)
            cls.whole = (folder / "rows.csv").read_bytes()
            cls.pieces = [path.read_bytes() for path in compare_fold.pieces(folder)]
        cls.paths = as_json(cls.want)

    def differences(self, server):
        return compare_fold.differences(compare_fold.ServerAnswers(server, compare_fold.units_of(self.rules)), self.want)

    def test_equal_answers_have_no_difference(self):
        self.assertEqual(self.differences(MemoryServer(self.paths)), [])

    def test_the_fleet_has_what_is_to_be_compared(self):
        count = {}
        for path, answer in self.paths.items():
            kind = path.partition("?")[0].rsplit("/", 1)[1]
            count[kind] = count.get(kind, 0) + len(answer)
        for kind, least in (("trips", 100), ("stops", 100), ("alerts", 500), ("incidents", 1)):
            self.assertGreaterEqual(count[kind], least, kind)

    def test_pieces_merge_to_the_same_rows(self):
        again = oracle.Oracle(2 ** 42)
        for piece in self.pieces:
            again.load(piece)
        self.assertEqual(again.rows, self.want.store.rows)
        self.assertGreater(again.late, again.stored // 2)
        self.assertGreater(again.duplicates, again.stored // 20)

    def test_the_same_seed_gives_the_same_fleet(self):
        self.assertEqual(random_fleet.make(7, devices=3, scenes=5), random_fleet.make(7, devices=3, scenes=5))
        self.assertNotEqual(random_fleet.make(7, devices=3, scenes=5), random_fleet.make(8, devices=3, scenes=5))

    def test_every_changed_value_is_one_difference(self):
        skipped = {"id", "state", "late"}
        for path in ("devices/V-003/trips", "devices/V-003/stops", "fleets/north/alerts", "fleets/north/incidents"):
            self.assertTrue(self.paths[path], path)
            for name, value in self.paths[path][0].items():
                if name in skipped:
                    continue
                with self.subTest(path, name=name):
                    server = MemoryServer(self.paths)
                    if name in ("start", "end"):
                        changed = "2001-01-01T00:00:00.000Z"
                    elif isinstance(value, list):
                        changed = value[1:]
                    else:
                        changed = value + "x" if isinstance(value, str) else (value or 0) + 0.25
                    server.edit(path)[0][name] = changed
                    # A changed key is one missing and one unexpected.
                    is_key = name == "start" and "alerts" not in path or name == "type" and "incidents" in path
                    self.assertEqual(len(self.differences(server)), 2 if is_key else 1)

    def test_missing_unexpected_and_repeated_items_are_differences(self):
        for path in ("devices/V-003/trips", "devices/V-003/stops", "fleets/north/alerts", "fleets/north/incidents"):
            with self.subTest(path):
                server = MemoryServer(self.paths)
                gone = server.edit(path).pop()
                (text,) = self.differences(server)
                self.assertIn("missing", text)
                if "device_id" in gone:
                    self.assertIn("> " + oracle.iso(oracle.time_ms(gone["start"])), text, "the rows around")
                server.paths[path].append(gone | {"start": "2001-01-01T00:00:00.000Z", "id": "0"})
                self.assertIn("unexpected", "".join(self.differences(server)))
        server = MemoryServer(self.paths)
        alerts = server.edit("fleets/north/alerts")
        alerts.append(alerts[0])
        self.assertEqual(len(self.differences(server)), 1)

    def test_summaries_and_hours(self):
        server = MemoryServer(self.paths)
        path = next(path for path in self.paths if "V-003/summary" in path)
        server.edit(path)["moving_s"] += 1
        self.assertEqual(len(self.differences(server)), 1)
        server = MemoryServer(self.paths)
        server.edit("fleets/north/analytics?day=2024-03-30")["hours"][3]["alerts"]["LOW"] += 1
        self.assertEqual(len(self.differences(server)), 1)
        server.paths["fleets/north/analytics?day=2024-03-30"]["hours"][3]["alerts"] = None
        self.assertEqual(len(self.differences(server)), 1)


if __name__ == "__main__":
    unittest.main()
