#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what Node cannot: GeoPackage polygons (SQLite) and GSHHG's binned rivers (netCDF-4 = HDF5).

Prints one JSON object {"departments": FeatureCollection, "rivers": [[[lon, lat], ...], ...]}.
Needs the Python package h5py. Called by make-map-data.mjs.
"""
import json
import sqlite3
import struct
import sys

import h5py

FRANCE = (-5.6, 41.2, 9.8, 51.4)  # west, south, east, north of the river sheet
RIVER_LEVELS = range(1, 6)  # GSHHG: 1 double-lined to 5 minor, all perennial; canals and dry beds are above


def polygons(blob):
    """Coordinates of a GeoPackage polygon or multipolygon (header, envelope, then WKB)."""
    envelope = (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7]
    at = 8 + envelope

    def take(fmt):
        nonlocal at
        values = struct.unpack_from(fmt, blob, at)
        at += struct.calcsize(fmt)
        return values

    def geometry():
        order = "<" if take("B")[0] == 1 else ">"
        kind = take(order + "I")[0]
        count = take(order + "I")[0]
        if kind == 6:
            return [p for _ in range(count) for p in geometry()]
        if kind != 3:
            raise ValueError(f"unexpected WKB type {kind}")
        rings = []
        for _ in range(count):
            n = take(order + "I")[0]
            flat = take(f"{order}{2 * n}d")
            rings.append([[flat[i], flat[i + 1]] for i in range(0, 2 * n, 2)])
        return [rings]

    return geometry()


def departments(gpkg):
    rows = sqlite3.connect(f"file:{gpkg}?mode=ro", uri=True).execute(
        "select name, geom from states_provinces where adm0_a3 = 'FRA' order by name")
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": name},
         "geometry": {"type": "MultiPolygon", "coordinates": polygons(geom)}} for name, geom in rows]}


def rivers(nc):
    f = h5py.File(nc)
    size = int(f["Bin_size_in_minutes"][0]) / 60
    columns = int(f["N_bins_in_360_longitude_range"][0])
    first, count = f["Id_of_first_segment_in_a_bin"][:], f["N_segments_in_a_bin"][:]
    points, start = f["N_points_for_a_segment"][:], f["Id_of_first_point_in_a_segment"][:]
    level = f["Hierarchial_level_of_a_segment"][:]
    dx = f["Relative_longitude_from_SW_corner_of_bin"][:].astype("uint16")
    dy = f["Relative_latitude_from_SW_corner_of_bin"][:].astype("uint16")
    west, south, east, north = FRANCE
    lines = []
    for b in range(len(first)):
        lon0 = (b % columns) * size
        lon0 = lon0 - 360 if lon0 >= 180 else lon0
        lat0 = 90 - (b // columns + 1) * size
        if lon0 > east or lon0 + size < west or lat0 > north or lat0 + size < south:
            continue
        for s in range(int(first[b]), int(first[b]) + int(count[b])):
            if int(level[s]) not in RIVER_LEVELS:
                continue
            line = [[lon0 + int(dx[i]) * size / 65535, lat0 + int(dy[i]) * size / 65535]
                    for i in range(int(start[s]), int(start[s]) + int(points[s]))]
            if any(west <= x <= east and south <= y <= north for x, y in line):
                lines.append(line)
    return lines


if __name__ == "__main__":
    json.dump({"departments": departments(sys.argv[1]), "rivers": rivers(sys.argv[2])}, sys.stdout)
