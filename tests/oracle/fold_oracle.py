# SPDX-License-Identifier: Apache-2.0
"""Trips, stops, alerts and incidents of docs/fold.md, computed a second time: naively, in another language, from that page alone.

Takes the merged rows of `oracle.Oracle`, zones of `zones.py` and rules of `rules.py`, all values in stored units. A list of
zones or rules may hold several versions of one id or name with their times of validity.
"""
import dataclasses
import functools

import oracle
import rules as rules_of
from oracle import DAY_MS, HOUR_MS
from zones import distance_mm

NEAR_MM = 50_000
FAR_MM = 200_000
SILENCE_MS = HOUR_MS
STOP_MS = 180_000
SPEED_RUN_MS = 60_000
MOVING_SPEED = 5_00   # 0.01 km/h
GAP_SPEED = 300_00
INCIDENT_MS = 60_000
INCIDENT_DEVICES = 20
SEVERITIES = ("HIGH", "MEDIUM", "LOW")


@dataclasses.dataclass(frozen=True)
class Point:
    ms: int
    at: tuple            # (lat, lon)
    speed: int | None    # 0.01 km/h


@dataclasses.dataclass
class Alert:
    rule: str
    type: str
    device: str
    zone: str            # empty: none
    start: int
    end: int | None
    peak: int | None
    limit: int | None
    at: tuple | None
    severity: str

    @functools.cached_property
    def id(self):
        return alert_id(self.rule, self.device, self.zone, self.start)


def alert_id(rule, device, zone, start):
    return fnv1a_128(f"{rule}\0{device}\0{zone}\0{start}".encode())


def fnv1a_128(content):
    number = 0x6C62272E07BB014262B821756295C58D
    for byte in content:
        number = (number ^ byte) * 0x0000000001000000000000000000013B % 2 ** 128
    return f"{number:032x}"


def points_of(rows):
    return [Point(ms, (row["lat"], row["lon"]), row.get("speed_kmh")) for ms, row in rows if "lat" in row]


def leg(a, b):
    """(millimetres, is it a gap) of two consecutive points; nothing over midnight."""
    if a.ms // DAY_MS != b.ms // DAY_MS:
        return None
    mm = distance_mm(a.at, b.at)
    return mm, b.ms - a.ms > oracle.GAP_MS or mm * 360 > GAP_SPEED * (b.ms - a.ms)


# --- trips and stops ---

def trips_and_stops(points):
    trips, stops = [], []

    def dist(i, j):
        return distance_mm(points[i].at, points[j].at)

    def still_ended(is_open=False):
        if points[at_anchor].ms - points[anchor].ms >= STOP_MS:
            stops.append({"start": points[anchor].ms, "end": points[at_anchor].ms, "at": points[anchor].at, "open": is_open})

    def trip_ended(last, end_reason):
        if last == start:
            return
        driven = points[start:last + 1]
        legs = [found for found in map(leg, driven, driven[1:]) if found]
        trips.append({"start": points[start].ms, "end": points[last].ms, "distance_mm": sum(mm for mm, _ in legs),
                      "gap_mm": sum(mm for mm, gap in legs if gap),
                      "max_speed": max((p.speed for p in driven if p.speed is not None), default=None),
                      "from": points[start].at, "to": points[last].at, "start_reason": start_reason, "end_reason": end_reason})

    def first_to_go():
        """Where a trip starts that is noticed at i: not before the last silence, and not yesterday."""
        cuts = [j for j in range(at_anchor + 1, i + 1)
                if points[j].ms - points[j - 1].ms > SILENCE_MS or points[j].ms // DAY_MS > points[j - 1].ms // DAY_MS]
        return cuts[-1] if cuts else at_anchor

    moving = False
    anchor = at_anchor = 0     # of the still period: its anchor and the last point at the anchor
    speed_run = None           # its first point
    candidate = None           # first of the points that may turn out to be a stop
    start = start_reason = None   # of the trip
    for i in range(1, len(points)):
        p, before = points[i], points[i - 1]
        silence = p.ms - before.ms > SILENCE_MS
        is_new_day = p.ms // DAY_MS > before.ms // DAY_MS
        if not moving:
            if silence and dist(anchor, i) >= FAR_MM:
                still_ended()
                anchor, at_anchor, speed_run, candidate = i, i, None, None
                continue
            if silence:
                speed_run = None
            if p.speed is not None and p.speed > MOVING_SPEED:
                speed_run = i if speed_run is None else speed_run
            elif p.speed is not None:
                speed_run = None
            is_far = dist(anchor, i) >= FAR_MM
            if is_far or speed_run is not None and p.ms - points[speed_run].ms >= SPEED_RUN_MS:
                still_ended()
                moving, start, start_reason, candidate = True, first_to_go(), "distance" if is_far else "speed", i
            elif dist(anchor, i) <= NEAR_MM:
                at_anchor, candidate = i, None
            elif candidate is None or is_new_day or dist(candidate, i) > NEAR_MM:
                candidate = i
            elif p.ms - points[candidate].ms >= STOP_MS:
                still_ended()
                anchor, at_anchor, speed_run, candidate = candidate, i, None, None
        elif silence:
            trip_ended(i - 1, "silence")
            moving, anchor, at_anchor, speed_run, candidate = False, i, i, None, None
        elif is_new_day:
            trip_ended(i - 1, "midnight")
            start, start_reason, candidate = i, "midnight", i
        elif dist(candidate, i) > NEAR_MM:
            candidate = i
        elif p.ms - points[candidate].ms >= STOP_MS:
            trip_ended(candidate, "stop")
            moving, anchor, at_anchor, speed_run, candidate = False, candidate, i, None, None
    if points and moving:
        trip_ended(len(points) - 1, "open")
    elif points:
        still_ended(is_open=True)
    return trips, stops


# --- alerts ---

def version_at(versions, ms):
    return next((v for v in versions if v.valid_from <= ms < v.valid_to), None)


class Fold:
    """All answers about the devices of an `oracle.Oracle`. The fleet of a device is the same on all days."""

    def __init__(self, store, zones=(), rules=()):
        self._fleet_of = store.fleet_of
        self._rows = {device: sorted(rows.items()) for device, rows in store.rows.items()}
        self._zones = _by(zones, lambda zone: zone.id)
        self._rules = _by(rules, lambda rule: rule.name)
        self._sides = {}
        self.trips, self.stops, self.alerts = {}, {}, {}
        for device, rows in self._rows.items():
            self.trips[device], self.stops[device] = trips_and_stops(points_of(rows))
            self.alerts[device] = self._alerts_of(device, rows)

    def devices(self, fleet):
        return sorted(device for device, name in self._fleet_of.items() if name == fleet)

    def days(self, device):
        return sorted({oracle.day_of(ms) for ms, _ in self._rows[device]})

    def summary(self, device, day):
        """What a device-day says of trips and stops: those that start in it."""
        trips = [trip for trip in self.trips[device] if oracle.day_of(trip["start"]) == day]
        return {"trips": len(trips), "stops": sum(oracle.day_of(stop["start"]) == day for stop in self.stops[device]),
                "moving_s": sum(trip["end"] - trip["start"] for trip in trips) // 1000}

    def alert_hours(self, fleet):
        """(day, hour) → severity → alerts that start in it."""
        hours = {}
        for alert in self.fleet_alerts(fleet):
            of = hours.setdefault((oracle.day_of(alert.start), alert.start % DAY_MS // HOUR_MS), dict.fromkeys(SEVERITIES, 0))
            of[alert.severity] += 1
        return hours

    def fleet_alerts(self, fleet):
        return sorted((alert for device in self.devices(fleet) for alert in self.alerts[device]),
                      key=lambda alert: (alert.start, alert.id))

    def incidents(self, fleet):
        found = []
        for kind in rules_of.TYPES:
            alerts = [alert for alert in self.fleet_alerts(fleet) if alert.type == kind]
            while alerts:
                window = [alert for alert in alerts if alert.start <= alerts[0].start + INCIDENT_MS]
                devices = {alert.device for alert in window}
                if len(devices) >= INCIDENT_DEVICES:
                    found.append({"type": kind, "start": window[0].start, "devices": len(devices),
                                  "alert_ids": sorted(alert.id for alert in window)})
                    alerts = alerts[len(window):]
                else:
                    alerts = alerts[1:]
        return found

    # --- of one device ---

    def _alerts_of(self, device, rows):
        alerts = []
        seen = _with_leg_and_place(rows)
        for versions in self._rules.values():
            if any(rule.type not in rules_of.ZONE_TYPES for rule in versions):
                alerts += self._runs(device, versions, seen)
            if any(rule.type in rules_of.ZONE_TYPES for rule in versions):
                for zone_versions in self._zones.values():
                    alerts += self._crossings(device, versions, zone_versions, rows)
        return sorted(alerts, key=lambda alert: (alert.start, alert.id))

    def _rule_at(self, versions, ms, device):
        """The rule for a row of a device at a time; nothing if it does not hold there."""
        rule = version_at(versions, ms)
        return rule if rule and rule.applies_to(device, self._fleet_of[device]) else None

    def _runs(self, device, versions, seen):
        alerts = []
        run = None         # the alert that the open run is, or may become
        is_alert = barred = False
        run_cool_down_ms = 0
        kind = run_text = last = last_end = None
        cool_down_ms = 0   # of the rule at the last row of the last alert

        def run_ended():
            nonlocal run, last_end, cool_down_ms
            if run and is_alert:
                run.end = last_end = last
                cool_down_ms = run_cool_down_ms
                alerts.append(run)
            run = None

        for ms, row, jump, at in seen:
            rule = self._rule_at(versions, ms, device)
            if rule is None or kind != (rule.type, rule.metric, rule.above):
                run_ended()   # removed, out of scope, or another rule by the same name
                kind = rule and (rule.type, rule.metric, rule.above)
            if rule is None or rule.type in rules_of.ZONE_TYPES:
                continue
            if rule.type == "DEVICE_ALARM":
                value = row.get("alarm", "")
            else:
                value = jump if rule.type == "GPS_JUMP" else row.get(rule.metric)
            if value is None:
                continue
            awake = rule.is_awake(ms)
            if run and not (awake and rule.goes_on(value, run_text)):
                run_ended()
            if run is None:
                if not (awake and rule.meets(value)):
                    continue
                run = Alert(rule.name, rule.type, device, "", ms, None, None, rule.limit, at, "")
                run_text, is_alert = value, False
                barred = last_end is not None and ms - last_end < cool_down_ms
            last, run_cool_down_ms = ms, rule.cool_down_ms
            if rule.type != "DEVICE_ALARM":
                run.peak = value if run.peak is None else max(run.peak, value) if rule.above else min(run.peak, value)
            run.severity = rule.grade(run.peak, run.limit)
            is_alert = is_alert or not barred and ms - run.start >= rule.min_duration_ms
        if run and is_alert:
            alerts.append(run)   # open
        return alerts

    def _crossings(self, device, versions, zone_versions, rows):
        alerts = []
        inside = None    # the side, nothing before the first point
        first = None     # of the consecutive points on the other side: time and place
        kind = last_end = None
        for ms, row in rows:
            if "lat" not in row:
                continue
            rule, zone = self._rule_at(versions, ms, device), version_at(zone_versions, ms)
            if rule is None or zone is None or rule.zones and zone.id not in rule.zones or kind != rule.type:
                inside = first = None   # removed, out of scope, or another rule by the same name
                kind = rule and rule.type
            if kind not in rules_of.ZONE_TYPES or zone is None or rule.zones and zone.id not in rule.zones:
                continue
            at = (row["lat"], row["lon"])
            if inside is None:
                inside = zone.shape.holds(at)
                continue
            if not self._is_other_side(zone, inside, at, max(zone.exit_margin_mm, rule.hysteresis)):
                first = None
                continue
            first = first or (ms, at)
            if ms - first[0] < max(zone.confirm_ms, rule.min_duration_ms):
                continue
            start, place = first
            inside, first = not inside, None
            if inside != (rule.type == "ZONE_ENTER") or not rule.is_awake(start):
                continue
            if last_end is None or start - last_end >= rule.cool_down_ms:
                alerts.append(Alert(rule.name, rule.type, device, zone.id, start, start, None, None, place,
                                    rule.grade(None, None)))
                last_end = start
        return alerts

    def _is_other_side(self, zone, inside, at, margin_mm):
        """Remembers what rules ask about the same place."""
        key = (id(zone), inside, at, margin_mm)
        if key not in self._sides:
            self._sides[key] = zone.is_other_side(inside, at, margin_mm)
        return self._sides[key]


def _by(things, key):
    groups = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups


def _with_leg_and_place(rows):
    """Each row with its implied speed in 0.01 km/h, if it is a point with a leg, and the place of the last point up to it."""
    seen, last = [], None
    for ms, row in rows:
        jump = None
        if "lat" in row:
            point = Point(ms, (row["lat"], row["lon"]), None)
            found = leg(last, point) if last else None
            if found:
                span = ms - last.ms
                jump = min(2 ** 31 - 1, (found[0] * 360 * 2 + span) // (2 * span))   # rounded half up
            last = point
        seen.append((ms, row, jump, last.at if last else None))
    return seen
