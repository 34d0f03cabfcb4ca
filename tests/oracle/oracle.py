# SPDX-License-Identifier: Apache-2.0
"""What a store must answer, computed a second time: naively, in another language, from the definitions alone.

Reads the rows of a CSV file with the product's own column names (no units, no mapping), decides about each row as the
record table says, merges rows of one identity, and computes hours, device days and latest states from what is left.
Values are integers of the stored resolution, so that everything but distances is exact.
"""
import csv
import dataclasses
import datetime
import io
import math
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

EARTH_RADIUS_M = 6_371_008.8
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
GAP_MS = 600_000
GAP_KMH = 300
MAX_MS = 65_536 * DAY_MS - 1
ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")
TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)\Z")
FORMULA = ("=", "+", "-", "@")


@dataclasses.dataclass(frozen=True)
class Field:
    name: str
    decimals: int
    low: int
    high: int
    reason: str
    group: str
    boolean: bool = False


FIELDS = [
    Field("lat", 6, -90, 90, "bad_latitude", "position"),
    Field("lon", 6, -180, 180, "bad_longitude", "position"),
    Field("altitude_m", 1, -12_000, 100_000, "bad_altitude", "position"),
    Field("accuracy_m", 1, 0, 10_000_000, "bad_accuracy", "position"),
    Field("satellites", 0, 0, 255, "bad_satellites", "position"),
    Field("speed_kmh", 2, 0, 300, "bad_speed", "motion"),
    Field("heading_deg", 2, 0, 360, "bad_heading", "motion"),
    Field("battery_pct", 2, 0, 100, "bad_battery", "energy"),
    Field("charging", 0, 0, 1, "bad_charging", "energy", True),
    Field("fuel_pct", 2, 0, 100, "bad_fuel", "energy"),
    Field("temp_c", 2, -60, 100, "bad_temp", "climate"),
    Field("humidity_pct", 2, 0, 100, "bad_humidity", "climate"),
    Field("ignition", 0, 0, 1, "bad_ignition", "vehicle", True),
    Field("odometer_km", 2, 0, 20_000_000, "bad_odometer", "vehicle"),
]
TEXTS = ("zone", "alarm")   # of the group vehicle, after its numbers
GROUPS = ("position", "motion", "energy", "climate", "vehicle")
# The first failing check names the row.
REASONS = ["too_large", "bad_syntax", "bad_checksum", "bad_utf8", "bad_timestamp", "future_ts", "too_old", "bad_latitude",
           "bad_longitude", "half_position", "null_island", "bad_speed", "bad_battery", "bad_fuel", "bad_humidity",
           "bad_temp", "bad_heading", "bad_altitude", "bad_accuracy", "bad_satellites", "bad_charging", "bad_ignition",
           "bad_odometer", "bad_attribute"]
BY_NAME = {field.name: field for field in FIELDS}
MEMBERS = {group: [f.name for f in FIELDS if f.group == group] + (list(TEXTS) if group == "vehicle" else [])
           for group in GROUPS}


def scaled(text, decimals):
    """Exact decimal and its value at stored resolution, half away from zero; nothing for what is no finite number."""
    if not NUMBER.match(text):
        return None
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return None
    if not math.isfinite(float(exact)):
        return None
    if abs(exact) > Decimal(10) ** 15:
        return exact, None
    return exact, int((exact * 10 ** decimals).to_integral_value(ROUND_HALF_UP))


def time_ms(text):
    """Event time of RFC 3339 with a zone, or of an epoch number; nothing for what is no time."""
    match = TIME.match(text)
    if match:
        year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
        try:
            moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.timezone.utc)
        except ValueError:
            return None
        ms = int((moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds()) * 1000
        if match[7]:
            ms += int((Decimal(match[7]) * 1000).to_integral_value(ROUND_HALF_UP))
        if match[8] not in "Zz":
            hours, minutes = int(match[8][1:3]), int(match[8][-2:])
            if hours > 23 or minutes > 59:
                return None
            ms -= (1 if match[8][0] == "+" else -1) * (hours * 60 + minutes) * 60_000
        return ms if 0 <= ms <= MAX_MS else None
    if not NUMBER.match(text):
        return None
    number = Decimal(text)
    if not math.isfinite(float(number)):
        return None
    ms = int((number * 1000 if number < 10 ** 11 else number).to_integral_value(ROUND_HALF_UP))
    return ms if 0 <= ms <= MAX_MS else None


def haversine_m(a, b):
    """Distance of two (lat, lon) in stored units."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(v / 1e6) for v in (*a, *b))
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(h))


def iso(ms):
    moment = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{ms % 1000:03}Z" if ms % 1000 else "Z")


def day_of(ms):
    return iso(ms)[:10]


class Oracle:
    """Rows as they arrive, and the tables of all that came."""

    def __init__(self, now_ms, fleet="default", earliest_ms=0, future_ms=120_000, max_line=64 << 10):
        self._now_ms = now_ms
        self._earliest_ms = earliest_ms
        self._fleet = fleet
        self._future_ms = future_ms
        self._max_line = max_line
        self.read = self.stored = self.duplicates = self.conflicts = self.late = 0
        self.rejected = {}
        self.rows = {}        # device → {ms → {name → stored value, "attributes" → {…}}}
        self.fleet_of = {}    # device → fleet

    def counts(self):
        """As the last line of `fleet load --json`, without the times."""
        return {"read": self.read, "stored": self.stored, "duplicates": self.duplicates, "conflicts": self.conflicts,
                "late": self.late, "rejected": sum(self.rejected.values()), "rejected_by_reason": dict(self.rejected),
                "devices": len(self.rows)}

    # --- arrival ---

    def load(self, content):
        """All rows of a CSV file, given as bytes. Returns the fate of each row."""
        content = content.removeprefix(b"\xef\xbb\xbf")
        header, _, body = content.partition(b"\n")
        columns = next(csv.reader([header.decode()]))
        return [self._receive(columns, line) for line in records_of(body)]

    def _receive(self, columns, line):
        self.read += 1
        reason, device, ms, row = self._judge(columns, line)
        if reason:
            self.rejected[reason] = self.rejected.get(reason, 0) + 1
            return reason
        fate = self.add(device, ms, row)
        return fate

    def add(self, device, ms, row):
        """A valid row. `row` holds stored values by name; fleet_id and attributes may be in it."""
        fleet = row.pop("fleet_id", None) or self._fleet
        self.fleet_of.setdefault(device, fleet)
        rows = self.rows.setdefault(device, {})
        if rows and ms < max(rows):
            self.late += 1
        known = rows.get(ms)
        if known is None:
            rows[ms] = row
            self.stored += 1
            return "stored"
        if merge(known, row):
            self.conflicts += 1
            return "conflict"
        self.duplicates += 1
        return "duplicate"

    def _judge(self, columns, line):
        """Reason of the quarantine, or device, time and values of a valid row."""
        if len(line) > self._max_line:
            return "too_large", None, None, None
        try:
            text = line.decode()
            problems = set()
        except UnicodeDecodeError:
            text = line.decode(errors="replace")
            problems = {"bad_utf8"}
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
        except csv.Error:
            return "bad_syntax", None, None, None
        if len(cells) != len(columns):
            return "bad_syntax", None, None, None
        cell = dict(zip(columns, cells))
        device = cell.pop("device_id")
        fleet = cell.pop("fleet_id", "")
        if not ID.match(device) or (fleet and not ID.match(fleet)):
            problems.add("bad_syntax")
        ms = time_ms(cell.pop("ts"))
        if ms is None:
            problems.add("bad_timestamp")
        elif ms > self._now_ms + self._future_ms:
            problems.add("future_ts")
        elif ms < self._earliest_ms:
            problems.add("too_old")
        row = {"fleet_id": fleet}
        exact_zero = set()
        for name, value in cell.items():
            if value == "":
                continue
            if name.startswith("attr."):
                kind, content = row.setdefault("attributes", {})[name[5:]] = attribute(value)
                if (kind == 1 and not math.isfinite(content)) or (kind == 2 and len(content) > 256):
                    problems.add("bad_attribute")
            elif name in TEXTS:
                row[name] = value[1:] if value[:1] == "'" and value[1:2] in FORMULA else value
                if len(row[name].encode()) > 64:
                    problems.add("too_large")
            else:
                row[name] = self._value(BY_NAME[name], value, problems, exact_zero)
        if ("lat" in row) != ("lon" in row):
            problems.add("half_position")
        if exact_zero >= {"lat", "lon"}:
            problems.add("null_island")
        if problems:
            return min(problems, key=REASONS.index), None, None, None
        return None, device, ms, row

    @staticmethod
    def _value(field, text, problems, exact_zero):
        if field.boolean and text in ("true", "false"):
            return int(text == "true")
        number = scaled(text, field.decimals)
        if number is None or number[1] is None or not field.low <= number[0] <= field.high:
            problems.add(field.reason)
            return None
        if number[0] == 0:
            exact_zero.add(field.name)
        return number[1]

    # --- tables, in the columns of the facts files ---

    def fleets(self):
        return sorted(set(self.fleet_of.values()))

    def devices(self, fleet):
        return sorted(device for device, name in self.fleet_of.items() if name == fleet)

    def vehicle_days(self, fleet):
        return [{"device": device, "utc_day": day, "stored_rows": len(rows), **_speed(rows),
                 "distance_m": sum(mm for _, mm, _ in legs(rows)) / 1000,
                 "gap_distance_m": sum(mm for _, mm, gap in legs(rows) if gap) / 1000}
                for device in self.devices(fleet) for day, rows in self._days(device).items()]

    def fleet_hours(self, fleet):
        hours = {}
        for device in self.devices(fleet):
            for day, rows in self._days(device).items():
                for ms, row in rows:
                    hour = hours.setdefault((day, ms % DAY_MS // HOUR_MS), {"rows": [], "devices": set(), "mm": 0})
                    hour["rows"].append((ms, row))
                    hour["devices"].add(device)
                for ms, mm, _ in legs(rows):
                    hours[day, ms % DAY_MS // HOUR_MS]["mm"] += mm
        return [{"utc_day": day, "hour": hour, "stored_rows": len(of["rows"]), "active_devices": len(of["devices"]),
                 **_speed(of["rows"]), **_extremes(of["rows"], "battery_pct"), **_extremes(of["rows"], "temp_c"),
                 **_extremes(of["rows"], "humidity_pct"), "distance_m": of["mm"] / 1000}
                for (day, hour), of in sorted(hours.items())]

    def latest(self, fleet):
        result = []
        for device in self.devices(fleet):
            state = {"device": device, "ts": iso(max(self.rows[device])), "pos_ts": ""}
            for ms, row in sorted(self.rows[device].items()):
                for group, members in MEMBERS.items():
                    if not any(name in row for name in members):
                        continue
                    for name in members:
                        state[name] = row.get(name, "")
                    if group == "position":
                        state["pos_ts"] = iso(ms)
            for field in FIELDS:
                if state.setdefault(field.name, "") != "":
                    state[field.name] /= 10 ** field.decimals
            result.append(state)
        return result

    def _days(self, device):
        days = {}
        for ms, row in sorted(self.rows[device].items()):
            days.setdefault(day_of(ms), []).append((ms, row))
        return days


def records_of(body):
    """Records of a CSV body: lines, but a line end inside quotes does not end one. Empty lines are none."""
    records, pending = [], b""
    for line in body.split(b"\n"):
        pending = pending + b"\n" + line if pending else line
        if pending.count(b'"') % 2 == 1:
            continue
        if record := pending.removesuffix(b"\r"):
            records.append(record)
        pending = b""
    return records + ([pending] if pending else [])


def attribute(text):
    """Value of an unquoted attribute cell: (rank of the type, value), so that tuples compare as the merge rule wants."""
    if text in ("true", "false"):
        return 0, text == "true"
    if NUMBER.match(text):
        return 1, float(text)
    return 2, text.encode()


def merge(known, row):
    """Merges `row` into `known` group by group; returns whether they conflict."""
    conflict = False
    for group in GROUPS:
        a, b = _tuple(known, group), _tuple(row, group)
        pairs = list(zip(a, b))
        a_extends = all(y is None or x == y for x, y in pairs)
        b_extends = all(x is None or x == y for x, y in pairs)
        conflict |= not a_extends and not b_extends
        if _order(b) > _order(a):
            for name in MEMBERS[group]:
                known.pop(name, None)
                if name in row:
                    known[name] = row[name]
    for name, value in row.get("attributes", {}).items():
        old = known.setdefault("attributes", {}).get(name)
        if old is not None and old != value:
            conflict = True
        if old is None or value > old:
            known["attributes"][name] = value
    return conflict


def _tuple(row, group):
    return [row[name].encode() if isinstance(row.get(name), str) else row.get(name) for name in MEMBERS[group]]


def _order(values):
    """A key in which absent is below every value."""
    return [(value is not None, value if value is not None else 0) for value in values]


def legs(rows):
    """(time of the later point, millimetres, is it a gap) of the ordered rows of one device-day."""
    result, last = [], None
    for ms, row in rows:
        if "lat" not in row:
            continue
        point = (row["lat"], row["lon"])
        if last:
            mm = int(haversine_m(last[1], point) * 1000 + 0.5)
            dt = ms - last[0]
            # mm/ms · 3.6 = km/h, in integers: 42,750 mm in 513 ms are exactly 300 km/h, in floating point a little more.
            result.append((ms, mm, dt > GAP_MS or mm * 36 > GAP_KMH * 10 * dt))
        last = (ms, point)
    return result


def _values(rows, name):
    return [row[name] / 10 ** BY_NAME[name].decimals for _, row in rows if name in row]


def _speed(rows):
    values = _values(rows, "speed_kmh")
    return {"avg_speed_kmh": math.fsum(values) / len(values) if values else "",
            "max_speed_kmh": max(values) if values else ""}


def _extremes(rows, name):
    values = _values(rows, name)
    return {f"min_{name}": min(values) if values else "", f"max_{name}": max(values) if values else "",
            f"avg_{name}": math.fsum(values) / len(values) if values else ""}
