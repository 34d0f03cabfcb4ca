# SPDX-License-Identifier: Apache-2.0
"""Rules of docs/fold.md, naively: read from TOML, and what they say about a value. Values are stored units, times milliseconds."""
import dataclasses
import datetime
import math
import tomllib
import zoneinfo
from decimal import Decimal

import oracle
from zones import stored

# type: metric, is the condition above, default limit in the metric's unit, min duration s, hysteresis, cool-down s
TYPES = {
    "OVERSPEED": ("speed_kmh", True, 110, 10, 5, 60),
    "LOW_BATTERY": ("battery_pct", False, 20, 0, 5, 0),
    "TEMP_HIGH": ("temp_c", True, 40, 60, 1, 0),
    "TEMP_LOW": ("temp_c", False, -10, 60, 1, 0),
    "GPS_JUMP": ("implied_speed", True, 300, 0, 0, 60),
    "DEVICE_ALARM": (None, None, None, 0, 0, 60),
    "ZONE_ENTER": (None, None, None, 0, 0, 0),
    "ZONE_EXIT": (None, None, None, 0, 0, 0),
    "THRESHOLD": (None, None, None, 0, 0, 0),
}
ZONE_TYPES = ("ZONE_ENTER", "ZONE_EXIT")
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    type: str
    metric: str | None
    above: bool | None
    limit: int | None
    min_duration_ms: int
    hysteresis: int        # stored units of the metric; of zone rules millimetres
    cool_down_ms: int
    severity: str | None = None
    fleets: tuple = ()     # empty: all; so are devices and zones
    devices: tuple = ()
    zones: tuple = ()
    hours: object = None
    valid_from: float = -math.inf   # holds for rows of [valid_from, valid_to), in epoch milliseconds
    valid_to: float = math.inf

    def applies_to(self, device, fleet):
        return (not self.devices or device in self.devices) and (not self.fleets or fleet in self.fleets)

    def is_awake(self, ms):
        return self.hours is None or self.hours.hold(ms)

    def meets(self, value):
        """Whether a value begins a run."""
        if self.type == "DEVICE_ALARM":
            return bool(value)
        return value > self.limit if self.above else value < self.limit

    def goes_on(self, value, run_text):
        """Whether a value extends a run; `run_text` is the alarm of the run."""
        if self.type == "DEVICE_ALARM":
            return value == run_text
        return value > self.limit - self.hysteresis if self.above else value < self.limit + self.hysteresis

    def grade(self, peak, limit):
        """Severity of an alert with this peak, under the limit that it began with."""
        if self.severity:
            return self.severity
        if self.type == "DEVICE_ALARM":
            return "HIGH"
        if self.type in ("GPS_JUMP", *ZONE_TYPES):
            return "LOW"
        high = {"OVERSPEED": lambda: peak > limit + 30_00, "LOW_BATTERY": lambda: 2 * peak < limit,
                "TEMP_HIGH": lambda: peak > limit + 10_00, "TEMP_LOW": lambda: peak < limit - 10_00}
        return "HIGH" if self.type in high and high[self.type]() else "MEDIUM"


class WeekHours:
    """Minutes of the week, e.g. "Mo-Fr 06:00-20:00 Europe/Paris": from the first minute up to the last, which is out."""

    def __init__(self, text):
        days, span, zone = text.split()
        self._zone = zoneinfo.ZoneInfo(zone)
        first, last = (DAYS.index(day) for day in (days.split("-") * 2)[:2])
        begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in span.split("-"))
        length = end - begin if end > begin else end + 1440 - begin   # over midnight
        self._minutes = {(day * 1440 + begin + minute) % 10_080
                         for day in range(first, last + 1 if last >= first else last + 8) for minute in range(length)}

    def hold(self, ms):
        local = datetime.datetime.fromtimestamp(ms // 1000, self._zone)
        return local.weekday() * 1440 + local.hour * 60 + local.minute in self._minutes


def read(text):
    """Rules of a rules file, and the built-in rules of the types that it does not name."""
    tables = tomllib.loads(text, parse_float=Decimal).get("rule", [])
    rules = [rule_of(table) for table in tables if table["type"] != "OFFLINE"]   # that is the clock's
    return rules + built_in({rule.type for rule in rules})


def built_in(replaced=()):
    return [rule_of({"name": kind.lower().replace("_", "-"), "type": kind})
            for kind in TYPES if kind != "THRESHOLD" and kind not in replaced]


def rule_of(table):
    kind = table["type"]
    metric, above, limit, min_duration_s, hysteresis, cool_down_s = TYPES[kind]
    if kind == "THRESHOLD":
        metric, above = table["metric"], {"above": True, "below": False}[table["condition"]]
    if metric:
        limit = table.get("limit", limit)
        unit = 100 if metric == "implied_speed" else 10 ** oracle.BY_NAME[metric].decimals
    else:
        unit = 1000   # metres to millimetres
    return Rule(table["name"], kind, metric, above, stored(limit, unit) if metric else None,
                stored(table.get("min_duration_s", min_duration_s), 1000), stored(table.get("hysteresis", hysteresis), unit),
                stored(table.get("cool_down_s", cool_down_s), 1000), table.get("severity"), tuple(table.get("fleets", ())),
                tuple(table.get("devices", ())), tuple(table.get("zones", ())),
                WeekHours(table["hours"]) if "hours" in table else None)
