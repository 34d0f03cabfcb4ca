#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verifier must find what it is for: each kind of difference is planted in a small fake of the API."""
import copy
import json
import pathlib
import tempfile
import unittest

import kill9
import verify
from verify import oracle

DAY = "2026-03-04"
START = verify.time_ms(f"{DAY}T23:58:00.000Z")


def line(device, n, **values):
    return json.dumps({"device_id": device, "ts": oracle.iso(START + n * 7_001).replace("Z", ".000Z")
                       if (START + n * 7_001) % 1000 == 0 else oracle.iso(START + n * 7_001), **values})


def sample(n):
    """Record n: three devices, some without position or battery."""
    values = {"speed_kmh": n * 1.25, "temp_c": -3.5 + n}
    if n % 4:
        values |= {"lat": round(48.8 + n / 1000, 6), "lon": 2.35}
    if n % 3:
        values |= {"battery_pct": 90.25 - n, "ignition": n % 2 == 0, "zone": "depot"}
    return line(f"D-{n % 3}", n, **values)


class FakeApi:
    """Answers from its rows as a right server does; a test then spoils an answer."""

    def __init__(self, lines):
        self.lines = list(lines)
        self.spoil = lambda path, answer: answer
        self.outcomes = {"stored": len(self.lines), "duplicate": 0, "conflict": 0, "quarantined": 0, "refused": 0}

    def rows(self, device):
        return sorted((json.loads(text) for text in self.lines if json.loads(text)["device_id"] == device),
                      key=lambda row: row["ts"])

    def truth(self):
        truth = oracle.Oracle(now_ms=oracle.MAX_MS)
        for text in self.lines:
            (device, ms), values = verify.stored(json.loads(text))
            truth.add(device, ms, values)
        return truth

    def answer(self, path):
        truth = self.truth()
        name = path.split("/")[1].split("?")[0] if "/" in path else ""
        if path == "fleets":
            return {"items": [{"fleet_id": fleet} for fleet in truth.fleets()]}
        if "/devices" in path:
            return {"items": [{"device_id": device, "records": len(self.rows(device))} for device in truth.devices(name)]}
        if "/history" in path:
            return {"items": self.rows(name)}
        if "/latest" in path:
            return {"items": [{"device_id": row["device"], "ts": self.full(row["ts"]), "pos_ts": self.full(row["pos_ts"]),
                               **{key: None if row.get(key, "") == "" else row[key]
                                  for key in ("lat", "lon", "speed_kmh", "heading_deg", "battery_pct", "temp_c",
                                              "humidity_pct", "zone")}} for row in truth.latest(name)]}
        day = path.split("day=")[1]
        if "/analytics" in path:
            return {"hours": [{"hour": row["hour"], "records": row["stored_rows"],
                               **{key: None if value == "" else value for key, value in row.items()}}
                              for row in truth.fleet_hours(name) if row["utc_day"] == day]}
        row = next(row for row in truth.vehicle_days("default") if row["device"] == name and row["utc_day"] == day)
        return {"records": row["stored_rows"], **{key: None if value == "" else value for key, value in row.items()}}

    @staticmethod
    def full(text):
        return None if not text else text if "." in text else text.replace("Z", ".000Z")

    def get(self, path):
        return self.spoil(path, copy.deepcopy(self.answer(path)))

    def get_all(self, path):
        return self.get(path)["items"]

    def metrics(self):
        counts = self.outcomes | {"received": sum(self.outcomes.values())} | getattr(self, "claimed", {})
        return {f'fleet_records_total{{outcome="{outcome}"}}': float(value) for outcome, value in counts.items()}


class VerifyTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name) / "ledger.ndjson"
        self.events = []
        self.lines = [sample(n) for n in range(40)]
        self.send(1, self.lines[:20], acked=True)
        self.send(2, self.lines[20:40], acked=True)

    def event(self, **event):
        self.events.append({"t": len(self.events) + 1, **event})

    def send(self, batch, lines, acked=False, answer=None, refused=False, unknown=False):
        self.event(sent=batch, rows=lines)
        if acked:
            self.event(acked=batch, answer=answer or {"accepted": len(lines), "duplicates": 0, "conflicts": 0,
                                                      "rejected": []})
        if refused:
            self.event(refused=batch, status=503, code="unavailable")
        if unknown:
            self.event(unknown=batch, why="ConnectionResetError")

    def differences(self, api):
        self.path.write_text("".join(json.dumps(event) + "\n" for event in self.events), encoding="utf-8")
        self.counts, differences = verify.verify(api, self.path)
        return differences

    def assert_found(self, api, *words):
        found = self.differences(api)
        self.assertTrue(found)
        for word in words:
            self.assertTrue(any(word in difference for difference in found), f"{word} is not in {found}")

    def test_a_right_server_passes(self):
        self.assertEqual(self.differences(FakeApi(self.lines)), [])
        self.assertEqual(self.counts["ok"], 40)

    def test_lost(self):
        self.assert_found(FakeApi(self.lines[:-1]), "lost: D-0")
        self.assertEqual(self.counts["lost"], 1)

    def test_phantom_that_was_never_sent(self):
        self.assert_found(FakeApi([*self.lines, sample(50)]), "phantom: D-2", "was never sent")

    def test_phantom_that_was_refused(self):
        self.send(3, [sample(50)], refused=True)
        self.assert_found(FakeApi([*self.lines, sample(50)]), "was refused, and is there")

    def test_refused_and_absent_passes(self):
        self.send(3, [sample(50)], refused=True)
        self.assertEqual(self.differences(FakeApi(self.lines)), [])

    def test_unknown_may_be_there_or_not(self):
        self.send(3, [sample(50)], unknown=True)
        self.send(4, [sample(51)])   # the client was stopped before an answer
        self.assertEqual(self.differences(FakeApi(self.lines)), [])
        self.assertEqual(self.counts["indeterminate, absent"], 2)
        self.assertEqual(self.differences(FakeApi([*self.lines, sample(50), sample(51)])), [])
        self.assertEqual(self.counts["indeterminate, present"], 2)

    def test_sent_again_and_acknowledged_must_be_there(self):
        self.send(3, [sample(50)], unknown=True)
        self.event(sent=4, again=3)
        self.event(acked=4, answer={"accepted": 0, "duplicates": 1, "conflicts": 0, "rejected": []})
        self.assert_found(FakeApi(self.lines), "lost: D-2")

    def test_doubled(self):
        def twice(path, answer):
            if "/history" in path:
                answer["items"].insert(1, answer["items"][0])
            return answer
        api = FakeApi(self.lines)
        api.spoil = twice
        self.assert_found(api, "doubled: D-0")

    def test_wrong_value(self):
        spoiled = self.lines[7].replace("8.75", "8.76")
        self.assertNotEqual(spoiled, self.lines[7])
        self.assert_found(FakeApi([*self.lines[:7], spoiled, *self.lines[8:]]), "wrong: D-1")

    def test_every_figure_of_the_tables(self):
        figures = {"/analytics": ["records", "active_devices", "avg_speed_kmh", "max_speed_kmh", "avg_battery_pct",
                                  "min_battery_pct", "avg_temp_c", "min_temp_c", "max_temp_c", "distance_m"],
                   "/summary": ["records", "avg_speed_kmh", "distance_m", "gap_distance_m"],
                   "/latest": ["lat", "lon", "speed_kmh", "battery_pct", "temp_c"]}
        for kind, names in figures.items():
            for name in names:
                def spoil(path, answer, kind=kind, name=name):
                    if kind in path:
                        of = answer["hours"][0] if "hours" in answer else answer["items"][0] if "items" in answer else answer
                        of[name] = (of[name] or 0) + 1
                    return answer
                api = FakeApi(self.lines)
                api.spoil = spoil
                with self.subTest(kind + " " + name):
                    self.assert_found(api, name)

    def test_stale_latest_and_missing_hour(self):
        def spoil(path, answer):
            if "/latest" in path:
                answer["items"][0]["pos_ts"] = answer["items"][1]["pos_ts"]
            if "/analytics" in path:
                answer["hours"].pop()
            return answer
        api = FakeApi(self.lines)
        api.spoil = spoil
        self.assert_found(api, "pos_ts", "hours is")

    def test_accounting(self):
        for name in ("received", "stored", "duplicate", "conflict", "quarantined", "refused"):
            api = FakeApi(self.lines)
            api.claimed = {name: 4_711}
            with self.subTest(name):
                self.assert_found(api, "accounting: ")

    def test_counts_applied_twice(self):
        api = FakeApi(self.lines)
        api.outcomes["duplicate"] = 20   # an entry replayed over rows that held it already
        self.assert_found(api, "accounting: duplicate is 20, 0 to 0")

    def test_answers_that_contradict_the_ledger(self):
        repeated = {"accepted": 1, "duplicates": 0, "conflicts": 0, "rejected": []}
        self.send(3, [self.lines[0]], acked=True, answer=repeated)   # was acknowledged before
        self.assert_found(FakeApi(self.lines), "batch 3: 1 were new to the server, 0 to 0")
        self.send(4, [sample(60), sample(61)], acked=True, answer=repeated)
        self.assert_found(FakeApi([*self.lines, sample(60), sample(61)]), "the answer tells of 1 records, 2 were sent")


class RoundsTest(unittest.TestCase):
    def test_counts_what_was_acknowledged_and_in_flight_at_the_kill(self):
        book = verify.Book.__new__(verify.Book)
        book.events = [(10, "sent", 1), (12, "acked", 1), (13, "sent", 2), (14, "sent", 3), (21, "unknown", 2),
                       (22, "unknown", 3), (30, "sent", 4), (35, "acked", 4)]
        self.assertEqual(kill9.judge_rounds(book, [(5, 20), (25, 40)]), [(1, 2), (1, 0)])


if __name__ == "__main__":
    unittest.main()
