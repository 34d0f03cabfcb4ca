#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trips, stops, alerts, day summaries, alert counts and incidents of the `fleet` binary (FLEET_BIN) against the oracle's.

    compare_fold.py --seed 1 --seed 2 …     fleets of random_fleet.py
    compare_fold.py FOLDER                  rows.csv, zones.geojson, rules.toml, and pieces/*.csv if there are some

Each fleet goes in several ways, and all must give the same answers. Every difference is printed, with the rows around it.
"""
import argparse
import pathlib
import re
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "facts")]
import fleet_binary  # noqa: E402
import fold_oracle  # noqa: E402
import oracle  # noqa: E402
import random_fleet  # noqa: E402
import rules as rules_of  # noqa: E402
import zones as zones_of  # noqa: E402

EVER = "from=1970-01-01T00:00:00.000Z&to=2100-01-01T00:00:00.000Z&limit=10000"
FOR_EVER = {"FLEET_RETENTION_DAYS": "0"}   # years-old rows are welcome
BATCH_ROWS = 1000
SETTLE_SECONDS = 30    # within which stored history must have been evaluated again after an import
ROWS_AROUND = 4
SUMMARY = ("trips", "stops", "moving_s")


def whole(number, unit):
    """A JSON number in stored units. What lies between two of them stays as it is, and so is a difference."""
    if number is None:
        return None
    scaled = round(number * unit)
    return scaled if abs(scaled - number * unit) < 1e-3 else number * unit


def instant(text):
    if text is not None and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text):
        raise AssertionError(f"{text!r} is no time of the API")
    return None if text is None else oracle.time_ms(text)


def place(item, lat="lat", lon="lon"):
    return None if item[lat] is None else (whole(item[lat], 10 ** 6), whole(item[lon], 10 ** 6))


class ServerAnswers:
    """What a server says, one function per query, in stored units. The only place that knows paths and names of the API."""

    def __init__(self, server, metrics):
        self._server = server
        self._metrics = metrics   # rule name → unit of its peak and limit

    def trips(self, device):
        found = self._server.get_all(f"devices/{device}/trips?{EVER}")
        ids = [item["id"] for item in found]
        if len(set(ids)) != len(ids):
            raise AssertionError(f"{device}: ids of trips occur twice: {ids}")
        return [{"device": item["device_id"], "start": instant(item["start"]), "end": instant(item["end"]),
                 "distance_mm": whole(item["distance_m"], 1000), "driven_mm": whole(item["driven_m"], 1000),
                 "max_speed": whole(item["max_speed_kmh"], 100), "from": place(item, "from_lat", "from_lon"),
                 "to": place(item, "to_lat", "to_lon"), "start_reason": item["start_reason"],
                 "end_reason": item["end_reason"]} for item in found]

    def stops(self, device):
        return [{"device": item["device_id"], "start": instant(item["start"]), "end": instant(item["end"]), "at": place(item),
                 "duration_ms": whole(item["duration_s"], 1000)} for item in self._server.get_all(f"devices/{device}/stops?{EVER}")]

    def alerts(self, fleet):
        result = []
        for item in self._server.get_all(f"fleets/{fleet}/alerts?{EVER}"):
            unit = self._metrics.get(item["rule"], 1)
            result.append({"id": item["id"], "fleet": item["fleet_id"], "device": item["device_id"], "rule": item["rule"],
                           "type": item["type"], "severity": item["severity"], "start": instant(item["start"]),
                           "end": instant(item["end"]), "peak": whole(item["peak"], unit), "limit": whole(item["limit"], unit),
                           "at": place(item), "zone": item["zone"]})
        return result

    def summary(self, device, day):
        item = self._server.get(f"devices/{device}/summary?day={day}")
        return {name: item[name] for name in SUMMARY}

    def alert_hours(self, fleet, day):
        """Hour → severity → alerts; hours without alerts are left out."""
        hours = self._server.get(f"fleets/{fleet}/analytics?day={day}")["hours"]
        return {item["hour"]: item["alerts"] for item in hours if item["alerts"] is None or any(item["alerts"].values())}

    def incidents(self, fleet):
        return [{"fleet": item["fleet_id"], "type": item["type"], "start": instant(item["start"]), "devices": item["devices"],
                 "alert_ids": sorted(item["alert_ids"])} for item in self._server.get_all(f"fleets/{fleet}/incidents")]


class OracleAnswers:
    """The same functions, answered by the oracle."""

    def __init__(self, store, zones, rules):
        self.store = store
        self._fold = fold_oracle.Fold(store, zones, rules)
        self._hours = {fleet: self._fold.alert_hours(fleet) for fleet in store.fleets()}

    def days(self, device):
        return self._fold.days(device)

    def trips(self, device):
        return [{"device": device, "driven_mm": trip["distance_mm"] - trip["gap_mm"]} |
                {name: value for name, value in trip.items() if name != "gap_mm"} for trip in self._fold.trips[device]]

    def stops(self, device):
        return [{"device": device, "start": stop["start"], "end": stop["end"], "at": stop["at"],
                 "duration_ms": stop["end"] - stop["start"]} for stop in self._fold.stops[device]]

    def alerts(self, fleet):
        return [{"id": alert.id, "fleet": fleet, "device": alert.device, "rule": alert.rule, "type": alert.type,
                 "severity": alert.severity, "start": alert.start, "end": alert.end, "peak": alert.peak, "limit": alert.limit,
                 "at": alert.at, "zone": alert.zone or None} for alert in self._fold.fleet_alerts(fleet)]

    def summary(self, device, day):
        return self._fold.summary(device, day)

    def alert_hours(self, fleet, day):
        return {hour: counts for (of, hour), counts in self._hours[fleet].items() if of == day}

    def incidents(self, fleet):
        return [{"fleet": fleet} | incident for incident in self._fold.incidents(fleet)]


def differences(got, want):
    """Every place where the answers `got` are not those of the oracle `want`, as text."""
    found = []
    store = want.store
    for fleet in store.fleets():
        devices = store.devices(fleet)
        for device in devices:
            for kind in ("trips", "stops"):
                found += _of_lists(kind, getattr(got, kind)(device), getattr(want, kind)(device), ("start",), store)
            for day in want.days(device):
                found += _of_values(f"summary of {device} on {day}", got.summary(device, day), want.summary(device, day))
        found += _of_lists("alerts", got.alerts(fleet), want.alerts(fleet), ("id",), store)
        found += _of_lists("incidents", got.incidents(fleet), want.incidents(fleet), ("type", "start"), store)
        for day in sorted({day for device in devices for day in want.days(device)}):
            found += _of_values(f"alerts by hour of {fleet} on {day}", got.alert_hours(fleet, day), want.alert_hours(fleet, day))
    return found


def _of_values(what, got, want):
    return [] if got == want else [f"{what}: {got}, not {want}"]


def _of_lists(what, got, want, key, store):
    def by_key(items):
        return {tuple(item[name] for name in key): item for item in items}
    found = []
    got_by, want_by = by_key(got), by_key(want)
    if len(got_by) != len(got):
        found.append(f"{what}: {len(got) - len(got_by)} of {len(got)} occur twice")
    for place_of in sorted({*got_by, *want_by}, key=lambda k: (got_by.get(k) or want_by[k])["start"]):
        one, other = got_by.get(place_of), want_by.get(place_of)
        if one == other:
            continue
        if one is None or other is None:
            text = f"{what}: {'missing' if one is None else 'unexpected'} {readable(one or other)}"
        else:
            text = f"{what}: {readable(other)}" + "".join(f"\n    {name} is {readable_value(name, one.get(name))}, not "
                                                           f"{readable_value(name, other.get(name))}"
                                                           for name in sorted({*one, *other}) if one.get(name) != other.get(name))
        item = other or one
        if "device" in item:
            times = {t for side in (one, other) if side for t in (side["start"], side["end"]) if t is not None}
            text += rows_around(store, item["device"], sorted(times))
        found.append(text)
    return found


def readable_value(name, value):
    return oracle.iso(value) if name in ("start", "end") and value is not None else value


def readable(item):
    return "{" + ", ".join(f"{name}: {readable_value(name, value)}" for name, value in item.items()) + "}"


def rows_around(store, device, times):
    """The rows of a device near some times, with their distances to the row at the first of them."""
    rows = sorted(store.rows.get(device, {}).items())
    shown = set()
    for ms in times:
        at = next((i for i, (row_ms, _) in enumerate(rows) if row_ms >= ms), len(rows))
        shown.update(range(max(0, at - ROWS_AROUND), min(len(rows), at + ROWS_AROUND + 1)))
    origin = next(((row["lat"], row["lon"]) for ms, row in rows if times and ms >= times[0] and "lat" in row), None)
    lines, last = [], None
    for i in sorted(shown):
        ms, row = rows[i]
        mm = f"{zones_of.distance_mm(origin, (row['lat'], row['lon']))} mm" if origin and "lat" in row else ""
        lines += ["      …"] if last is not None and i != last + 1 else []
        lines.append(f"    {'>' if ms in times else ' '} {oracle.iso(ms):24} {mm:>14} "
                     f"{ {name: value for name, value in row.items() if name not in ('heading_deg',)} }")
        last = i
    return "\n" + "\n".join(lines)


# --- ways in ---

def import_rules(data, folder):
    fleet_binary.run("zone", "import", folder / "zones.geojson", "--data", data)
    fleet_binary.run("rule", "import", folder / "rules.toml", "--data", data)


def load(data, *files):
    fleet_binary.run("load", "--data", data, "--keep-history", *files)


def pieces(folder):
    return sorted((folder / "pieces").glob("*.csv"))


def in_order(data, folder):
    import_rules(data, folder)
    load(data, folder / "rows.csv")


def in_pieces(data, folder):
    import_rules(data, folder)
    for piece in pieces(folder):
        load(data, piece)


def rules_last(data, folder):
    load(data, folder / "rows.csv")
    import_rules(data, folder)


def rules_between(data, folder):
    files = pieces(folder)
    load(data, *files[:len(files) // 2])
    import_rules(data, folder)
    load(data, *files[len(files) // 2:])


def over_http(data, folder):
    """Rows in small batches to a server that runs, so that each is late for what came before."""
    import_rules(data, folder)
    with fleet_binary.Server(data, **FOR_EVER) as server:
        for piece in pieces(folder):
            header, *rows = piece.read_bytes().splitlines(keepends=True)
            for at in range(0, len(rows), BATCH_ROWS):
                if rejected := server.ingest(header + b"".join(rows[at:at + BATCH_ROWS]), "text/csv")["rejected"]:
                    raise AssertionError(f"{piece} from row {at}: rejected {rejected[:3]}")


def ways(folder):
    return (in_order, rules_last) + ((in_pieces, rules_between, over_http) if pieces(folder) else ())


# --- the comparison ---

def expected(folder):
    store = oracle.Oracle(int(time.time() * 1000))
    store.load((folder / "rows.csv").read_bytes())
    if store.rejected:
        raise AssertionError(f"{folder}: rows of a comparison must be valid: {store.rejected}")
    return OracleAnswers(store, zones_of.read((folder / "zones.geojson").read_text(encoding="utf-8")), rules_in(folder))


def rules_in(folder):
    return rules_of.read((folder / "rules.toml").read_text(encoding="utf-8"))


def units_of(rules):
    """Rule name → unit of its metric."""
    return {rule.name: 100 if rule.metric == "implied_speed" else 10 ** oracle.BY_NAME[rule.metric].decimals
            for rule in rules if rule.metric}


def served(data, rules, want, settle_seconds=0):
    """Differences of a server on a data directory, when it has had time to evaluate stored history again."""
    with fleet_binary.Server(data, **FOR_EVER) as server:
        deadline = time.monotonic() + settle_seconds
        while (found := differences(ServerAnswers(server, units_of(rules)), want)) and time.monotonic() < deadline:
            time.sleep(1)
        return found


def compare(folder, names=()):
    """Number of differences over all ways (or those named); prints them."""
    want = expected(folder)
    total = 0
    for way in ways(folder):
        if names and way.__name__ not in names:
            continue
        with tempfile.TemporaryDirectory(prefix="fleet-fold-") as scratch:
            data = pathlib.Path(scratch) / "data"
            way(data, folder)
            found = served(data, rules_in(folder), want, SETTLE_SECONDS if way in (rules_last, rules_between) else 0)
        for text in found:
            print(text)
        print(f"{folder.name} {way.__name__}: {len(found)} differences", flush=True)
        total += len(found)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, nargs="*")
    parser.add_argument("--seed", action="append", default=[], help="of a fleet to make; may be given again")
    parser.add_argument("--devices", type=int, default=30)
    parser.add_argument("--scenes", type=int, default=25)
    parser.add_argument("--way", action="append", default=[], help="only this one: in_order, rules_last, in_pieces, …")
    options = parser.parse_args()
    if not options.folder and not options.seed:
        parser.error("name a folder or a --seed")
    total = sum(compare(folder, options.way) for folder in options.folder)
    for seed in options.seed:
        with tempfile.TemporaryDirectory(prefix="fleet-random-") as scratch:
            folder = pathlib.Path(scratch) / f"seed-{seed}"
            random_fleet.write(folder, seed, options.devices, options.scenes, pieces=4)
            total += compare(folder, options.way)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
