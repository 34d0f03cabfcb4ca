# SPDX-License-Identifier: Apache-2.0
"""Reads the three tables of a fleet over HTTP and compares them with what is true, row by row."""
MEAN_TOLERANCE = 0.01
DISTANCE_TOLERANCE = 0.001   # of the distance
POSITION_TOLERANCE = 1e-6    # degrees: one stored unit


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
    check(fleet, "list of devices", [item["id"] for item in devices], ids)

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
            check(place, "avg_speed_kmh", hour["avg_speed_kmh"], row["avg_speed_kmh"], MEAN_TOLERANCE)
            check(place, "max_speed_kmh", hour["max_speed_kmh"], row["max_speed_kmh"], MEAN_TOLERANCE)
            check(place, "min_battery_pct", hour["min_battery_pct"], row["min_battery_pct"], MEAN_TOLERANCE)
            check(place, "avg_battery_pct", hour["avg_battery_pct"], row["avg_battery_pct"], MEAN_TOLERANCE)

    records = {}
    distances = dict.fromkeys(days, 0.0)
    for row in vehicle_days:
        name = device(row["device"])
        summary = server.get(f"devices/{name}/summary?day={row['utc_day']}")
        place = f"{name} {row['utc_day']}"
        check(place, "records", summary["records"], int(row["stored_rows"]))
        check(place, "avg_speed_kmh", summary["avg_speed_kmh"], row["avg_speed_kmh"], MEAN_TOLERANCE)
        check(place, "max_speed_kmh", summary["max_speed_kmh"], row["max_speed_kmh"], MEAN_TOLERANCE)
        tolerance = DISTANCE_TOLERANCE * float(row["distance_m"]) + 0.05   # the truth has one decimal
        check(place, "distance_m", summary["distance_m"], row["distance_m"], tolerance)
        check(place, "driven + gap", summary["driven_m"] + summary["gap_distance_m"], summary["distance_m"], 0.001)
        records[name] = records.get(name, 0) + summary["records"]
        distances[row["utc_day"]] += summary["distance_m"]

    # No row hides on a day that the truth does not name, and hours add up to the days.
    for item in devices:
        check(item["id"], "records of all days", item["records"], records.get(item["id"], 0))
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
        check(name, "latest pos_ts", _seconds(state["pos_ts"]), row["ts"])
        for field, tolerance in (("lat", POSITION_TOLERANCE), ("lon", POSITION_TOLERANCE),
                                 ("speed_kmh", MEAN_TOLERANCE), ("battery_pct", MEAN_TOLERANCE)):
            check(name, "latest " + field, state[field], row[field], tolerance)
    return found


def _seconds(ts):
    """2015-03-07T07:24:36.000Z as the facts write it."""
    return ts.replace(".000Z", "Z") if ts else ts
