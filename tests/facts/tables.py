# SPDX-License-Identifier: Apache-2.0
"""Reads the three tables of a fleet over HTTP and compares them with what is true, row by row."""
MEAN_TOLERANCE = 0.01
DISTANCE_TOLERANCE = 0.001   # of the distance
POSITION_TOLERANCE = 1e-6    # degrees: one stored unit

HOUR_COLUMNS = ("avg_speed_kmh", "max_speed_kmh", "avg_battery_pct", "min_battery_pct", "avg_temp_c", "min_temp_c", "max_temp_c",
                "avg_humidity_pct")


def _distance(metres):
    return DISTANCE_TOLERANCE * float(metres) + 0.05   # the facts have one decimal


def _near(got, want, tolerance):
    if want in ("", None) or got is None:
        return got is None and want in ("", None)
    return abs(got - float(want)) <= tolerance


def differences(server, fleet, vehicle_days, fleet_hours, latest, device=lambda name: name):
    """Every place where the store and the truth differ, as text. `device` turns an id of the truth into one of the store.

    Rows are dictionaries with the column names of the facts files. Both directions are checked: a row that should not
    be there is a difference too.
    """
    found = []

    def check(place, what, got, want, tolerance=None):
        equal = got == want if tolerance is None else _near(got, want, tolerance)
        if not equal:
            found.append(f"{place}: {what} is {got}, not {want}")

    devices = server.get_all(f"fleets/{fleet}/devices")
    ids = sorted({device(row["device"]) for row in latest})
    check(fleet, "list of devices", [item["device_id"] for item in devices], ids)

    days = sorted({row["utc_day"] for row in fleet_hours})
    for day in days:
        hours = {hour["hour"]: hour for hour in server.get(f"fleets/{fleet}/analytics?day={day}")["hours"]}
        wanted = {int(row["hour"]): row for row in fleet_hours if row["utc_day"] == day}
        check(f"{fleet} {day}", "hours", sorted(hours), sorted(wanted))
        for number, row in wanted.items():
            hour = hours.get(number)
            if hour is None:
                continue
            place = f"{fleet} {day} {number:02} h"
            check(place, "records", hour["records"], int(row["stored_rows"]))
            check(place, "active_devices", hour["active_devices"], int(row["active_devices"]))
            for column in HOUR_COLUMNS:
                if column in row:
                    check(place, column, hour[column], row[column], MEAN_TOLERANCE)
            if "distance_m" in row:
                check(place, "distance_m", hour["distance_m"], row["distance_m"], _distance(row["distance_m"]))

    records = {}
    distances = dict.fromkeys(days, 0.0)
    for row in vehicle_days:
        name = device(row["device"])
        summary = server.get(f"devices/{name}/summary?day={row['utc_day']}")
        place = f"{name} {row['utc_day']}"
        check(place, "records", summary["records"], int(row["stored_rows"]))
        check(place, "avg_speed_kmh", summary["avg_speed_kmh"], row["avg_speed_kmh"], MEAN_TOLERANCE)
        check(place, "max_speed_kmh", summary["max_speed_kmh"], row["max_speed_kmh"], MEAN_TOLERANCE)
        for column in ("distance_m", "gap_distance_m"):
            if column in row:
                check(place, column, summary[column], row[column], _distance(row[column]))
        check(place, "driven + gap", summary["driven_m"] + summary["gap_distance_m"], summary["distance_m"], 0.001)
        records[name] = records.get(name, 0) + summary["records"]
        distances[row["utc_day"]] += summary["distance_m"]

    # No row hides on a day that the truth does not name, and hours add up to the days.
    for item in devices:
        check(item["device_id"], "records of all days", item["records"], records.get(item["device_id"], 0))
    for day in days:
        hours = server.get(f"fleets/{fleet}/analytics?day={day}")["hours"]
        check(f"{fleet} {day}", "distance of all hours", sum(hour["distance_m"] for hour in hours), distances[day], 0.01)

    states = {item["device_id"]: item for item in server.get_all(f"fleets/{fleet}/latest")}
    check(fleet, "devices with a latest state", sorted(states), ids)
    for row in latest:
        name = device(row["device"])
        state = states.get(name)
        if state is None:
            continue
        check(name, "latest ts", _seconds(state["ts"]), row["ts"])
        # The facts' rows all have a position; the oracle says when the newest position was.
        check(name, "latest pos_ts", _seconds(state["pos_ts"]) or "", row.get("pos_ts", row["ts"]))
        for field in ("lat", "lon"):
            check(name, "latest " + field, state[field], row[field], POSITION_TOLERANCE)
        for field in ("speed_kmh", "heading_deg", "battery_pct", "temp_c", "humidity_pct"):
            if field in row:
                check(name, "latest " + field, state[field], row[field], MEAN_TOLERANCE)
    return found


def _seconds(ts):
    """2015-03-07T07:24:36.000Z as the facts write it."""
    return ts.replace(".000Z", "Z") if ts else ts
