#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the rows, zones and rules of a difficult fleet, equal for equal seeds.

Vehicles drive, stop, creep, jump, freeze and fall silent, over midnights and a change to summer time, with values missing
and with values exactly at the bounds of docs/fold.md. The folder gets rows.csv (in time order by device), zones.geojson and
rules.toml; with --pieces N also pieces/*.csv: the same rows shuffled, some of them twice, some of them in parts that merge.
"""
import argparse
import csv
import json
import math
import pathlib
import random

import oracle
from zones import distance_mm

COLUMNS = ("device_id", "ts", "lat", "lon", "speed_kmh", "heading_deg", "battery_pct", "temp_c", "humidity_pct", "alarm",
           "fleet_id")
PARTS = (("lat", "lon"), ("speed_kmh", "heading_deg"), ("battery_pct",), ("temp_c", "humidity_pct"), ("alarm",))
BEGIN_MS = oracle.time_ms("2024-03-29T18:00:00Z")   # a Friday; summer time begins on Sunday in Europe
CITY = (48_850_000, 2_350_000)
METRE = 1e6 / math.radians(1) / oracle.EARTH_RADIUS_M   # in 1e-6 degrees of latitude
AT_BOUNDS = {
    "speed_kmh": ("5", "5.01", "4.99", "5.004", "5.005", "90", "90.01", "105", "105.01", "110", "110.01", "110.004", "110.005",
                  "140", "140.01", "300"),
    "battery_pct": ("20", "19.99", "19.995", "19.994", "25", "24.99", "25.01", "10", "9.99", "0", "100"),
    "temp_c": ("40", "40.01", "39", "39.01", "50", "50.01", "-10", "-10.01", "-9", "-9.01", "-20", "-20.01", "20"),
    "humidity_pct": ("70", "70.01", "68", "68.01", "30"),
}


class Track:
    """Rows of one vehicle, as it moves and time goes by."""

    def __init__(self, rng, device, fleet, special_places):
        self.rng, self.device, self.fleet, self._special_places = rng, device, fleet, special_places
        self.ms = BEGIN_MS + rng.randrange(0, 7_200_000)
        self.at = (CITY[0] + rng.randrange(-60_000, 60_000), CITY[1] + rng.randrange(-60_000, 60_000))
        self.rows = []
        self._wandering = {"battery_pct": rng.uniform(15, 60), "temp_c": rng.uniform(-15, 45), "humidity_pct": rng.uniform(50, 80)}

    # --- reports ---

    def report(self, speed=None, **more):
        """A row at this time and place; None leaves a value out."""
        row = {"speed_kmh": speed, "heading_deg": str(self.rng.randrange(0, 361))} | self._climate() | more
        if self.rng.random() < 0.03:
            row["speed_kmh"] = None
        row |= {"lat": f"{self.at[0] / 1e6:.6f}", "lon": f"{self.at[1] / 1e6:.6f}"}
        if self.rng.random() < 0.03:
            del row["lat"], row["lon"]
        self._write(row)

    def _climate(self):
        row = {}
        for name, value in self._wandering.items():
            if self.rng.random() < 0.3:
                continue
            if self.rng.random() < 0.1:
                row[name] = self.rng.choice(AT_BOUNDS[name])
            else:
                low, high = (-60, 100) if name == "temp_c" else (0, 100)
                self._wandering[name] = min(high, max(low, value + self.rng.gauss(0, 1.5)))
                row[name] = f"{self._wandering[name]:.3f}"
        return row

    def _write(self, row):
        self.rows.append({"device_id": self.device, "fleet_id": self.fleet, "ts": oracle.iso(self.ms)} |
                         {name: value for name, value in row.items() if value is not None})

    def wait(self, ms):
        self.ms += ms

    def go(self, north_m, east_m):
        lat, lon = self.at
        self.at = (lat + round(north_m * METRE), lon + round(east_m * METRE / math.cos(math.radians(lat / 1e6))))

    def go_exactly(self, mm):
        """To one of the places whose distance from here is exactly so many whole millimetres."""
        lat, lon = self.at
        found = []
        for north in range(0, int(mm / 1000 * METRE) + 1):
            east = math.sqrt(max(0, mm ** 2 - (north / METRE * 1000) ** 2)) / 1000 * METRE / math.cos(math.radians(lat / 1e6))
            for candidate in (math.floor(east), math.ceil(east)):
                if distance_mm(self.at, (lat + north, lon + candidate)) == mm:
                    found.append((north, candidate))
        north, east = self.rng.choice(found)
        self.at = (lat + north * self.rng.choice((-1, 1)), lon + east)
        if distance_mm((lat, lon), self.at) != mm:   # to the south the parallels are longer
            self.at = (lat + north, lon + east)

    # --- scenes ---

    def drive(self):
        rng = self.rng
        step_ms = rng.choice((1000, 5000, 10_000, 30_000, 60_000, 120_000, 240_000))
        heading, kmh = rng.uniform(0, 2 * math.pi), rng.uniform(10, 120)
        for _ in range(rng.randrange(5, 40)):
            heading += rng.gauss(0, 0.3)
            kmh = min(150, max(0, kmh + rng.gauss(0, 10)))
            self.wait(step_ms + rng.choice((0, 0, 0, 1, -1, 317)))
            metres = kmh / 3.6 * step_ms / 1000
            if abs(self.at[0] - CITY[0]) > 150_000 or abs(self.at[1] - CITY[1]) > 150_000:
                heading = math.atan2(CITY[1] - self.at[1], CITY[0] - self.at[0])
            self.go(metres * math.cos(heading), metres * math.sin(heading))
            self.report(rng.choice(AT_BOUNDS["speed_kmh"]) if rng.random() < 0.1 else f"{kmh:.2f}")

    def park(self):
        """About here, for a while, with the noise of a receiver."""
        rng = self.rng
        place, noise_m = self.at, rng.choice((0, 5, 20, 40))
        for _ in range(rng.randrange(2, 15)):
            self.wait(rng.choice((10_000, 30_000, 60_000, 300_000)))
            self.at = place
            self.go(rng.gauss(0, noise_m), rng.gauss(0, noise_m))
            self.report(rng.choice(("0", "0", "0", "1.2", None)))

    def stop_exactly(self):
        """Drives, then stays for exactly the shortest stop, or a little less; at the edge of what counts as there."""
        rng = self.rng
        for _ in range(3):
            self.wait(20_000)
            self.go(300, 0)
            self.report("50")
        self.wait(60_000)
        self.go_exactly(rng.choice((50_000, 50_001)))
        self.report("3")
        self.wait(rng.choice((119_999, 120_000, 179_999, 180_000)))
        if rng.random() < 0.5:
            self.go_exactly(rng.choice((50_000, 50_001)))
        self.report("0")
        self.wait(rng.choice((1, 60_000, 180_000)))
        self.report("0")

    def leave_exactly(self):
        """Stays, then is exactly at the distance of leaving, of being there, or a millimetre off."""
        rng = self.rng
        self.report("0")
        place = self.at
        self.wait(rng.choice((179_999, 180_000, 200_000)))
        self.report("0")
        for mm in rng.choices((49_999, 50_000, 50_001, 199_999, 200_000, 200_001), k=rng.randrange(1, 5)):
            self.at = place
            self.wait(rng.choice((1000, 30_000, 180_000)))
            self.go_exactly(mm)
            self.report(rng.choice(("0", "5", None)))

    def stand_aside(self):
        """Stays, then stands off the place but not far from it, for exactly the shortest stop or a little less; then goes on."""
        rng = self.rng
        self.report("0")
        place = self.at
        self.wait(rng.choice((1000, 180_000)))
        self.report("0")
        for _ in range(rng.randrange(1, 4)):
            self.at = place
            self.go_exactly(rng.choice((50_000, 50_001, 199_999)))
            self.wait(rng.choice((1000, 60_000, 3_600_001)))
            self.report(rng.choice(("0", "6")))
            self.wait(rng.choice((179_999, 180_000)))
            if rng.random() < 0.5:
                self.go_exactly(rng.choice((50_000, 50_001)))
            self.report("0")
        self.wait(60_000)
        self.go(300, 0)
        self.report("40")

    def roll(self):
        """Is faster than still on the spot, for about the time that makes it moving; speeds may be missing in between."""
        rng = self.rng
        self.report("0")
        for ms in rng.choice(((30_000, 29_999), (30_000, 30_000), (59_999, 1), (60_000,), (20_000,) * 5)):
            self.go(rng.uniform(-10, 10), rng.uniform(-10, 10))
            self.report(rng.choice(("5.01", "6", "7")))
            self.wait(ms)
            if rng.random() < 0.2:
                self.report(rng.choice((None, "5", "5.004")))
                self.wait(1)
        self.report(rng.choice(("5.01", "6", "5", None)))

    def creep(self):
        rng = self.rng
        step_m, step_ms = rng.choice((2, 10, 30, 49)), rng.choice((10_000, 60_000, 179_000, 181_000))
        for _ in range(rng.randrange(10, 40)):
            self.wait(step_ms)
            self.go(step_m, rng.gauss(0, 2))
            self.report(f"{step_m / step_ms * 3600:.2f}")

    def jump(self):
        """Is far away for a point or two, or at exactly the speed that makes a gap."""
        rng = self.rng
        place = self.at
        self.report("40")
        if rng.random() < 0.5:
            self.wait(3000)
            self.go_exactly(rng.choice((249_999, 250_000, 250_001, 250_004, 250_005)))   # 300 km/h is 250 m in 3 s
            self.report("40")
        else:
            self.wait(rng.choice((1000, 3000, 5000)))
            for _ in range(rng.randrange(1, 3)):
                self.go(rng.uniform(-20_000, 20_000), rng.uniform(-20_000, 20_000))
                self.report("40")
                self.wait(rng.choice((1000, 3000, 59_000, 60_000)))
            self.at = place
            self.report("40")
        self.wait(rng.choice((10_000, 600_000, 600_001)))
        self.go(rng.uniform(-500, 500), 0)
        self.report("40")

    def freeze(self):
        """The place stays while the vehicle goes on, then follows at once."""
        for _ in range(self.rng.randrange(5, 30)):
            self.wait(10_000)
            self.report("60")
        self.go(self.rng.uniform(500, 3000), 0)
        self.report("60")

    def silence(self):
        rng = self.rng
        self.report(rng.choice(("0", "30")))
        self.wait(rng.choice((3_600_000, 3_600_001, 3_599_999, 5_000_000, 30_000_000)))
        metres = rng.choice((0, 30, 100, 200, 5000))
        if metres == 200:
            self.go_exactly(rng.choice((199_999, 200_000)))
        else:
            self.go(metres, 0)
        self.report(rng.choice(("0", "30")))

    def midnight(self):
        """The next midnight comes, with a point before, at or after it, within less than an hour."""
        rng = self.rng
        at_ms = (self.ms // oracle.DAY_MS + 1) * oracle.DAY_MS
        if at_ms - self.ms > 50 * 60_000:
            self.silence()
            at_ms = (self.ms // oracle.DAY_MS + 1) * oracle.DAY_MS
            self.ms = at_ms - 40 * 60_000
        is_moving = rng.random() < 0.6
        while self.ms < at_ms + 600_000:
            self.report(f"{rng.uniform(20, 80):.1f}" if is_moving else "0")
            if is_moving:
                self.go(rng.uniform(60, 800), rng.uniform(-100, 100))
            step_ms = rng.choice((60_000, 120_000, 400_000))
            self.ms = at_ms + rng.choice((-1, 0, 1)) if self.ms < at_ms <= self.ms + step_ms else self.ms + step_ms
            is_moving ^= rng.random() < 0.15

    def visit(self):
        """Places at the edges of zones, for about the confirm times."""
        rng = self.rng
        for _ in range(rng.randrange(4, 25)):
            if rng.random() < 0.7:
                self.at = rng.choice(self._special_places)
            if rng.random() < 0.5:
                self.at = (self.at[0] + rng.choice((-1, 0, 1)), self.at[1] + rng.choice((-1, 0, 1)))
            elif rng.random() < 0.3:
                self.go(rng.uniform(-150, 150), rng.uniform(-150, 150))
            for _ in range(rng.randrange(1, 4)):
                self.report("30")
                self.wait(rng.choice((10_000, 29_999, 30_000, 60_000, 59_999, 60_001, 120_000)))

    def race(self):
        """Speeds at the bounds of the rules, for about their times."""
        rng = self.rng
        for _ in range(rng.randrange(5, 30)):
            self.report(rng.choice(("110.01", "110", "105.01", "105", "120", "140", "140.01", "90.01", "90", "60", None)))
            self.wait(rng.choice((1000, 5000, 9999, 10_000, 30_000, 59_999, 60_000)))
            self.go(rng.uniform(50, 150), 0)

    def sense(self):
        """Batteries and temperatures at the bounds, some in rows without a place."""
        rng = self.rng
        name = rng.choice(("battery_pct", "temp_c", "humidity_pct"))
        for _ in range(rng.randrange(5, 30)):
            self._write({name: rng.choice(AT_BOUNDS[name])})
            self.wait(rng.choice((1000, 29_999, 30_000, 60_000, 59_999)))
            if rng.random() < 0.3:
                self.report("0")
                self.wait(1)

    def ring(self):
        """Alarms, one after the other, repeated, in rows with and without a place."""
        rng = self.rng
        for _ in range(rng.randrange(3, 15)):
            alarm = rng.choice(("SOS", "SOS", "panic", None))
            if rng.random() < 0.5:
                self.report("0", alarm=alarm)
            else:
                self._write({"alarm": alarm, "battery_pct": "50"})
            self.wait(rng.choice((1000, 20_000, 59_999, 60_000)))

    def live(self, scenes):
        kinds = (self.drive, self.drive, self.park, self.stop_exactly, self.leave_exactly, self.stand_aside, self.roll, self.creep,
                 self.jump, self.freeze, self.silence, self.midnight, self.visit, self.visit, self.race, self.sense, self.ring)
        self.report("0")
        for _ in range(scenes):
            self.wait(self.rng.choice((1, 1000, 10_000, 60_000, 61_000)))
            self.rng.choice(kinds)()
        return self


# --- zones ---

def lon_lat(places):
    return [[place[1] / 1e6, place[0] / 1e6] for place in places]


def polygon(rng, centre, size, corners):
    """A ring of corners around a centre, in and out like a star."""
    ring = []
    for i in range(corners):
        angle, radius = 2 * math.pi * i / corners, size * rng.uniform(0.3, 1)
        ring.append((centre[0] + round(radius * math.cos(angle)), centre[1] + round(radius * math.sin(angle))))
    return ring


def rectangle(centre, half):
    (lat, lon), h = centre, half
    return [(lat - h, lon - h), (lat - h, lon + h), (lat + h, lon + h), (lat + h, lon - h)]


def closed(ring):
    return lon_lat(ring + ring[:1])


def zones_of(rng):
    """A feature collection, and places at corners, on edges, and at radius and width."""
    features, special = [], []

    def add(name, kind, coordinates, **properties):
        features.append({"type": "Feature", "properties": {"id": name, "name": name.title()} | properties,
                         "geometry": {"type": kind, "coordinates": coordinates}})

    def somewhere():
        return CITY[0] + rng.randrange(-40_000, 40_000), CITY[1] + rng.randrange(-40_000, 40_000)

    def edges_of(ring):
        for a, b in zip(ring, ring[1:] + ring[:1]):
            special.append(a)
            steps = math.gcd(b[0] - a[0], b[1] - a[1])
            if steps > 1:   # places in whole units that lie exactly on the edge
                part = rng.randrange(1, steps)
                special.append((a[0] + (b[0] - a[0]) // steps * part, a[1] + (b[1] - a[1]) // steps * part))

    for name, extra in (("square", {}), ("square-confirm", {"confirm_s": 60}), ("square-margin", {"exit_margin_m": 50.5}),
                        ("square-both", {"confirm_s": 30, "exit_margin_m": 100})):
        ring = rectangle(somewhere(), rng.choice((2000, 10_000)))
        edges_of(ring)
        add(name, "Polygon", [closed(ring)], **extra)
    centre = somewhere()
    outer, hole = rectangle(centre, 15_000), rectangle(centre, 5_000)
    edges_of(outer), edges_of(hole)
    special.append(centre)
    add("ring", "Polygon", [closed(outer), closed(hole[::-1])])
    star = polygon(rng, somewhere(), 20_000, 11)
    edges_of(star)
    add("star", "Polygon", [closed(star)], exit_margin_m=30)
    near = somewhere()
    two = [rectangle(near, 4_000), rectangle((near[0] + 8_000, near[1] + 8_000), 4_000)]   # they share a corner
    edges_of(two[0]), edges_of(two[1])
    add("two", "MultiPolygon", [[closed(ring)] for ring in two])
    centre = somewhere()
    add("circle", "Point", lon_lat([centre])[0], radius_m=500, exit_margin_m=20)
    special.extend(round_about(rng, centre, (499_999, 500_000, 500_001, 520_000, 520_001)))
    line = [somewhere() for _ in range(4)]
    special.extend(line)
    add("corridor", "LineString", lon_lat(line), width_m=120, confirm_s=rng.choice((0, 30)), exit_margin_m=rng.choice((0, 40)))
    for a, b in zip(line, line[1:]):
        special.append(((a[0] + b[0]) // 2, (a[1] + b[1]) // 2))
    return {"type": "FeatureCollection", "features": features}, special


def round_about(rng, centre, distances):
    for mm in distances:
        track = Track(rng, "", "", [])
        track.at = centre
        track.go_exactly(mm)
        yield track.at


# --- rules ---

def rules_of(rng, devices, zone_ids):
    """Text of a rules file: some types with several rules, some left to the built-in ones."""
    zeros = {"min_duration_s": 0, "hysteresis": 0, "cool_down_s": 0}
    some_devices = rng.sample(devices, max(1, len(devices) // 3))
    day_hours = rng.choice(("Mo-Fr 06:00-20:00 Europe/Paris", "Sa-Su 00:30-12:00 Europe/Paris", "Fr-Su 19:15-23:59 UTC",
                            "Su 01:00-05:30 America/New_York"))
    zones = rng.sample(zone_ids, max(1, len(zone_ids) // 2))
    wanted = {
        "OVERSPEED": [{"limit": 90} | zeros, {}, {"limit": 110, "min_duration_s": 10, "hysteresis": 5, "cool_down_s": 60},
                      {"limit": 105, "hours": day_hours, "cool_down_s": 30}, {"limit": 89.995, "fleets": ["north"]} | zeros],
        "LOW_BATTERY": [{"limit": 20} | zeros, {"limit": 25, "min_duration_s": 60, "cool_down_s": 120, "severity": "HIGH"}],
        "TEMP_HIGH": [{"limit": 40} | zeros, {"hysteresis": 2.5, "devices": some_devices}],
        "TEMP_LOW": [{"limit": -10} | zeros, {"min_duration_s": 59.999, "hours": day_hours}],
        "GPS_JUMP": [{"limit": 300} | zeros, {"limit": 150, "hysteresis": 20, "min_duration_s": 3, "cool_down_s": 10}],
        "DEVICE_ALARM": [zeros, {"cool_down_s": 20, "severity": "MEDIUM"}, {"min_duration_s": 20, "cool_down_s": 0}],
        "ZONE_ENTER": [{}, {"zones": zones, "min_duration_s": 30, "hysteresis": 25}, {"cool_down_s": 60, "hours": day_hours}],
        "ZONE_EXIT": [{"zones": zones}, {"min_duration_s": 60, "cool_down_s": 300, "fleets": ["north"]}, {"hysteresis": 75.25}],
        "THRESHOLD": [{"metric": "humidity_pct", "condition": "above", "limit": 70},
                      {"metric": "speed_kmh", "condition": "below", "limit": 5, "min_duration_s": 30, "hysteresis": 1},
                      {"metric": "temp_c", "condition": "below", "limit": 20.5, "severity": "LOW", "cool_down_s": 600}],
    }
    lines = ["# SPDX-License-Identifier: Apache-2.0"]
    for kind, variants in wanted.items():
        for number, options in enumerate(rng.sample(variants, rng.randrange(0, len(variants) + 1))):
            lines += ["", "[[rule]]", f'name = "{kind.lower()}-{number}"', f'type = "{kind}"']
            lines += [f"{key} = {json.dumps(value)}" for key, value in options.items()]
    return "\n".join(lines) + "\n"


# --- the whole fleet ---

def make_together(rng, fast):
    """The devices of a fleet break a limit at nearly the same time, so that there are incidents, and nearly some."""
    at_ms = BEGIN_MS + 3 * oracle.DAY_MS + rng.randrange(0, oracle.HOUR_MS)
    for count, spread_ms in ((20, 60_000), (19, 30_000), (20, 60_001), (len(fast), 45_000), (len(fast), 130_000)):
        chosen = rng.sample(fast, min(count, len(fast)))
        for number, track in enumerate(chosen):
            track.ms = at_ms + (0, spread_ms)[number] if number < 2 else at_ms + rng.randrange(0, spread_ms + 1)
            track._write({"battery_pct": "50", "temp_c": "60", "alarm": "SOS"})
            track.wait(spread_ms + 120_000)
            track._write({"battery_pct": "50", "temp_c": "10"})
        at_ms += oracle.HOUR_MS


def make(seed, devices=30, scenes=25):
    """Rows (dictionaries of text), zones (GeoJSON) and rules (text)."""
    rng = random.Random(seed)
    zones, special = zones_of(rng)
    tracks = []
    for number in range(devices):
        fleet = "north" if number < 24 else "south"
        tracks.append(Track(random.Random(f"{seed}/{number}"), f"V-{number:03}", fleet, special).live(scenes))
    make_together(rng, [track for track in tracks if track.fleet == "north"])
    rows = [row for track in tracks for row in track.rows]
    for row in rng.sample(rows, len(rows) // 100):   # the same time again with other values: they merge
        rows.append(row | {"speed_kmh": "77.7", "battery_pct": rng.choice(AT_BOUNDS["battery_pct"])})
    rows.sort(key=lambda row: (row["device_id"], oracle.time_ms(row["ts"])))
    names = [track.device for track in tracks]
    return rows, zones, rules_of(rng, names, [feature["properties"]["id"] for feature in zones["features"]])


def pieces_of(seed, rows, count):
    """The rows shuffled into pieces; some twice, some in parts that merge to the row again."""
    rng = random.Random(f"{seed}/pieces")
    loose = []
    for row in rows:
        parts = [{name: row[name] for name in group if name in row} for group in PARTS]
        parts = [part for part in parts if part]
        if len(parts) > 1 and rng.random() < 0.1:
            key = {name: row[name] for name in ("device_id", "ts", "fleet_id")}
            loose += [key | part for part in parts]
        else:
            loose += [row] * (2 if rng.random() < 0.05 else 1)
    rng.shuffle(loose)
    return [loose[len(loose) * i // count:len(loose) * (i + 1) // count] for i in range(count)]


def write_rows(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder, seed, devices=30, scenes=25, pieces=0):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows, zones, rules = make(seed, devices, scenes)
    write_rows(folder / "rows.csv", rows)
    (folder / "zones.geojson").write_text(json.dumps(zones, indent=1) + "\n", encoding="utf-8")
    (folder / "rules.toml").write_text(rules, encoding="utf-8")
    if pieces:
        (folder / "pieces").mkdir(exist_ok=True)
        for number, piece in enumerate(pieces_of(seed, rows, pieces)):
            write_rows(folder / "pieces" / f"{number:03}.csv", piece)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--devices", type=int, default=30)
    parser.add_argument("--scenes", type=int, default=25, help="of each device")
    parser.add_argument("--pieces", type=int, default=0)
    options = parser.parse_args()
    write(options.folder, options.seed, options.devices, options.scenes, options.pieces)


if __name__ == "__main__":
    main()
