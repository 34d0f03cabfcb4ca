#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a server shows, through its public API only, with the books of ledger.py.

Every record that was sent is ok, lost (acknowledged, not there), wrong (there with other values), or indeterminate (its fate
was never told: it may be there or not). What is there and was not sent is a phantom, what is there twice is doubled. From the rows
that are there, latest states, hours and days are computed a second time and compared.
"""
import argparse
import collections
import datetime
import json
import pathlib
import sys

import server as serving

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
import oracle  # noqa: E402

DECIMALS = {field.name: field.decimals for field in oracle.FIELDS}
BOOLEAN = {field.name for field in oracle.FIELDS if field.boolean}
MEAN = 1e-6          # the API rounds means to six decimals
METRES = 0.01        # legs are rounded to millimetres; the last bit of sin and cos may turn one
SHOWN = 20
UNKNOWN, REFUSED, ACKED = "unknown", "refused", "acked"


def time_ms(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def stored(row):
    """A record of the API or of a sent line in stored units: ((device, ms), values)."""
    values = {}
    for name, value in row.items():
        if name in BOOLEAN:
            values[name] = int(value)
        elif name in DECIMALS:
            values[name] = round(value * 10 ** DECIMALS[name])
        elif name in oracle.TEXTS:
            values[name] = value
    return (row["device_id"], time_ms(row["ts"])), values


class Book:
    """What a ledger says, checked for answers that contradict each other."""

    def __init__(self, path):
        self.rows = {}          # identity → values
        self.fate = {}          # identity → the best that was said about it
        self.differences = []
        self.sent_rows = collections.Counter()   # rows of all requests by the requests' fate
        self.duplicates = 0     # as answered
        self.events = []        # (t, kind, batch)
        self._batches = {}
        self._expected = {}     # batch → (fewest, most) rows that can be new
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                self._read(json.loads(line))
        for batch, identities in self._batches.items():
            if batch in self._expected:   # no answer when the client was stopped
                self._settle(batch, UNKNOWN)

    def _read(self, event):
        for kind in ("sent", ACKED, REFUSED, UNKNOWN):
            if kind in event:
                batch = event[kind]
                self.events.append((event["t"], kind, batch))
                if kind == "sent":
                    self._sent(batch, event)
                else:
                    self._settle(batch, kind)
                    if kind == ACKED:
                        self._check_answer(batch, event["answer"])
                return

    def _sent(self, batch, event):
        if "again" in event:
            identities = self._batches[event["again"]]
        else:
            identities = []
            for line in event["rows"]:
                identity, values = stored(json.loads(line))
                self.rows[identity] = values
                identities.append(identity)
        self._batches[batch] = identities
        distinct = set(identities)
        known = sum(self.fate.get(i) == ACKED for i in distinct)
        fresh = sum(i not in self.fate for i in distinct)
        self._expected[batch] = (fresh, len(distinct) - known)
        for identity in distinct:
            self.fate.setdefault(identity, None)

    def _settle(self, batch, kind):
        self.sent_rows[kind] += len(self._batches[batch])
        rank = [None, REFUSED, UNKNOWN, ACKED]
        for identity in self._batches[batch]:
            if rank.index(self.fate[identity]) < rank.index(kind):
                self.fate[identity] = kind
        if kind != ACKED:
            self._expected.pop(batch)

    def _check_answer(self, batch, answer):
        fewest, most = self._expected.pop(batch)
        count = len(self._batches[batch])
        total = answer["accepted"] + answer["duplicates"] + answer["conflicts"] + len(answer["rejected"])
        if total != count:
            self.differences.append(f"batch {batch}: the answer tells of {total} records, {count} were sent: {answer}")
        if answer["rejected"] or answer["conflicts"]:
            self.differences.append(f"batch {batch}: valid, consistent records were rejected or in conflict: {answer}")
        if not fewest <= answer["accepted"] <= most:
            self.differences.append(f"batch {batch}: {answer['accepted']} were new to the server, "
                                    f"{fewest} to {most} can have been")
        self.duplicates += answer["duplicates"]


def present_rows(server, differences):
    """All rows of all devices: {identity: values}."""
    rows = {}
    for fleet in server.get_all("fleets"):
        for device in server.get_all(f"fleets/{fleet['fleet_id']}/devices"):
            name = device["device_id"]
            items = server.get_all(f"devices/{name}/history?from=1970-01-01T00:00:00Z&to=2149-01-01T00:00:00Z"
                                   "&order=asc&limit=10000")
            last = -1
            for item in items:
                identity, values = stored({"device_id": name, **item})
                if identity[0] != name:
                    differences.append(f"phantom: a record of {identity[0]} in the history of {name}")
                if identity in rows:
                    differences.append(f"doubled: {name} {item['ts']}")
                elif identity[1] <= last:
                    differences.append(f"order: {name} {item['ts']} comes after a later record")
                last = identity[1]
                rows[identity] = values
            if device["records"] != len(items):
                differences.append(f"{name}: the list of devices says {device['records']} records, "
                                   f"its history has {len(items)}")
    return rows


def compare_rows(book, rows, differences):
    """Judges every record; counts by category."""
    counts = collections.Counter(sent=len(book.rows), present=len(rows))
    for identity, values in book.rows.items():
        fate = book.fate[identity]
        there = rows.get(identity)
        where = f"{identity[0]} {oracle.iso(identity[1])}"
        if fate == ACKED:
            counts["acked"] += 1
        if there is None:
            if fate == ACKED:
                counts["lost"] += 1
                differences.append(f"lost: {where} was acknowledged")
            elif fate != REFUSED:
                counts["indeterminate, absent"] += 1
        elif fate == REFUSED:
            counts["phantom"] += 1
            differences.append(f"phantom: {where} was refused, and is there")
        elif there != values:
            counts["wrong"] += 1
            differences.append(f"wrong: {where} is {there}, sent was {values}")
        elif fate == ACKED:
            counts["ok"] += 1
        else:
            counts["indeterminate, present"] += 1
    for identity in rows.keys() - book.rows.keys():
        counts["phantom"] += 1
        differences.append(f"phantom: {identity[0]} {oracle.iso(identity[1])} was never sent")
    return counts


def compare_tables(server, truth, differences):
    """Latest states, hours and days against those of `truth`, an oracle.Oracle."""
    def check(place, name, got, want, tolerance=0):
        want = None if want == "" else want
        same = got == want if got is None or want is None or isinstance(want, str) else abs(got - want) <= tolerance
        if not same:
            differences.append(f"{place}: {name} is {got}, recomputed {want}")

    for fleet in truth.fleets():
        hours = {}
        for row in truth.fleet_hours(fleet):
            hours.setdefault(row["utc_day"], {})[row["hour"]] = row
        for day, wanted in hours.items():
            shown = {hour["hour"]: hour for hour in server.get(f"fleets/{fleet}/analytics?day={day}")["hours"]}
            check(f"{fleet} {day}", "hours", str(sorted(shown)), str(sorted(wanted)))
            for number in shown.keys() & wanted.keys():
                place, hour, row = f"{fleet} {day} {number:02} h", shown[number], wanted[number]
                check(place, "records", hour["records"], row["stored_rows"])
                check(place, "active_devices", hour["active_devices"], row["active_devices"])
                for name in ("avg_speed_kmh", "avg_battery_pct", "avg_temp_c", "avg_humidity_pct"):
                    check(place, name, hour[name], row[name], MEAN)
                for name in ("max_speed_kmh", "min_battery_pct", "min_temp_c", "max_temp_c"):
                    check(place, name, hour[name], row[name], 1e-9)
                check(place, "distance_m", hour["distance_m"], row["distance_m"], METRES)
        for row in truth.vehicle_days(fleet):
            summary = server.get(f"devices/{row['device']}/summary?day={row['utc_day']}")
            place = f"{row['device']} {row['utc_day']}"
            check(place, "records", summary["records"], row["stored_rows"])
            check(place, "avg_speed_kmh", summary["avg_speed_kmh"], row["avg_speed_kmh"], MEAN)
            check(place, "distance_m", summary["distance_m"], row["distance_m"], METRES)
            check(place, "gap_distance_m", summary["gap_distance_m"], row["gap_distance_m"], METRES)
        states = {item["device_id"]: item for item in server.get_all(f"fleets/{fleet}/latest")}
        for row in truth.latest(fleet):
            state = states.get(row["device"])
            if state is None:
                differences.append(f"{row['device']}: has no latest state in {fleet}")
                continue
            for name in ("ts", "pos_ts"):
                shown = oracle.iso(time_ms(state[name])) if state[name] else None
                check(f"{row['device']} latest", name, shown, row[name])
            for name in ("lat", "lon", "speed_kmh", "heading_deg", "battery_pct", "temp_c", "humidity_pct"):
                check(f"{row['device']} latest", name, state[name], row[name], 1e-9)
            check(f"{row['device']} latest", "zone", state["zone"], row.get("zone", ""))


def compare_accounting(server, book, rows, differences):
    """I2: received = stored + duplicates + conflicts + quarantined + refused, and each within what the ledger allows."""
    samples = server.metrics()
    total = {outcome: int(samples[f'fleet_records_total{{outcome="{outcome}"}}'])
             for outcome in ("received", "stored", "duplicate", "conflict", "quarantined", "refused")}
    parts = sum(total.values()) - total["received"]
    if parts != total["received"]:
        differences.append(f"accounting: received {total['received']} is not the sum of its parts {parts}: {total}")
    unknown = book.sent_rows[UNKNOWN]
    bounds = {"stored": (len(rows), len(rows)), "conflict": (0, 0), "quarantined": (0, 0),
              "duplicate": (book.duplicates, book.duplicates + unknown),
              "refused": (0, book.sent_rows[REFUSED] + unknown)}
    for outcome, (low, high) in bounds.items():
        if not low <= total[outcome] <= high:
            differences.append(f"accounting: {outcome} is {total[outcome]}, {low} to {high} are possible")
    return total


def verify(server, ledger_path):
    """(counts, differences); everything is right when there are no differences."""
    book = Book(ledger_path)
    differences = list(book.differences)
    rows = present_rows(server, differences)
    counts = compare_rows(book, rows, differences)
    truth = oracle.Oracle(now_ms=oracle.MAX_MS)
    for (device, ms), values in sorted(rows.items()):
        truth.add(device, ms, dict(values))
    compare_tables(server, truth, differences)
    compare_accounting(server, book, rows, differences)
    counts["rows of unknown batches"] = book.sent_rows[UNKNOWN]
    counts["rows refused"] = book.sent_rows[REFUSED]
    return counts, differences


def report(counts, differences):
    print("  " + ", ".join(f"{name} {number}" for name, number in counts.items()))
    for difference in differences[:SHOWN]:
        print("  DIFFERENCE " + difference)
    if len(differences) > SHOWN:
        print(f"  … and {len(differences) - SHOWN} more")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True, help="of a running server on 127.0.0.1")
    parser.add_argument("ledger")
    options = parser.parse_args()
    counts, differences = verify(serving.Api(options.port), options.ledger)
    report(counts, differences)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
