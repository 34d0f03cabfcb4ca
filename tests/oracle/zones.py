# SPDX-License-Identifier: Apache-2.0
"""Zones of docs/fold.md, naively: read from GeoJSON, and where a place lies. Degrees are 1e-6, lengths millimetres."""
import dataclasses
import json
import math
from decimal import ROUND_HALF_UP, Decimal

import oracle

EARTH_RADIUS_MM = oracle.EARTH_RADIUS_M * 1000


def distance_mm(a, b):
    """Haversine distance of two (lat, lon) in whole millimetres."""
    return int(oracle.haversine_m(a, b) * 1000 + 0.5)


def stored(number, unit):
    """A number in a smaller unit, rounded half away from zero."""
    return int((Decimal(number) * unit).to_integral_value(ROUND_HALF_UP))


@dataclasses.dataclass(frozen=True)
class Polygon:
    rings: tuple   # of all polygons, outer rings and holes alike; each a tuple of (lat, lon), not closed

    def edges(self):
        for ring in self.rings:
            yield from zip(ring, ring[1:] + ring[:1])

    def holds(self, at):
        """Even-odd over all rings; what lies on an edge or vertex is inside."""
        lat, lon = at
        odd = False
        for (lat_a, lon_a), (lat_b, lon_b) in self.edges():
            # Twice the area of the triangle of edge and place: 0 if they are in line, else its sign is the side.
            side = (lon_b - lon_a) * (lat - lat_a) - (lat_b - lat_a) * (lon - lon_a)
            if side == 0 and min(lat_a, lat_b) <= lat <= max(lat_a, lat_b) and min(lon_a, lon_b) <= lon <= max(lon_a, lon_b):
                return True
            # A ray to the east crosses edges that begin at or below its latitude and end above it, or the other way round.
            if lat_a <= lat < lat_b and side > 0 or lat_b <= lat < lat_a and side < 0:
                odd = not odd
        return odd

    def beyond_mm(self, at):
        """How far an outside place is from the edge."""
        return min(to_segment_mm(at, a, b) for a, b in self.edges())


@dataclasses.dataclass(frozen=True)
class Circle:
    centre: tuple
    radius_mm: int

    def holds(self, at):
        return distance_mm(self.centre, at) <= self.radius_mm

    def beyond_mm(self, at):
        return distance_mm(self.centre, at) - self.radius_mm


@dataclasses.dataclass(frozen=True)
class Corridor:
    line: tuple
    half_width_mm: int

    def _to_line_mm(self, at):
        return min(to_segment_mm(at, a, b) for a, b in zip(self.line, self.line[1:]))

    def holds(self, at):
        return self._to_line_mm(at) <= self.half_width_mm

    def beyond_mm(self, at):
        return self._to_line_mm(at) - self.half_width_mm


def to_segment_mm(at, a, b):
    """Distance of a place to a segment, on the plane that touches the sphere at the place."""
    def on_plane(vertex):
        return (EARTH_RADIUS_MM * math.radians((vertex[1] - at[1]) / 1e6) * math.cos(math.radians(at[0] / 1e6)),
                EARTH_RADIUS_MM * math.radians((vertex[0] - at[0]) / 1e6))
    (ax, ay), (bx, by) = on_plane(a), on_plane(b)
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = 0 if length == 0 else min(1, max(0, -(ax * dx + ay * dy) / length))
    return math.hypot(ax + along * dx, ay + along * dy)


@dataclasses.dataclass(frozen=True)
class Zone:
    id: str
    shape: object
    confirm_ms: int = 0
    exit_margin_mm: int = 0
    valid_from: float = -math.inf   # holds for rows of [valid_from, valid_to), in epoch milliseconds
    valid_to: float = math.inf

    def is_other_side(self, inside, at, margin_mm):
        """Whether a place is on the other side for a device that is inside, or is not."""
        if not inside:
            return self.shape.holds(at)
        return not self.shape.holds(at) and (margin_mm == 0 or self.shape.beyond_mm(at) > margin_mm)


def read(text):
    """Zones of a GeoJSON FeatureCollection."""
    return [zone_of(feature) for feature in json.loads(text, parse_float=Decimal)["features"]]


def zone_of(feature):
    properties, geometry = feature["properties"], feature["geometry"]
    name = properties["id"] if "id" in properties else properties["code"]
    return Zone(str(name), shape_of(geometry["type"], geometry["coordinates"], properties),
                stored(properties.get("confirm_s", 0), 1000), stored(properties.get("exit_margin_m", 0), 1000))


def shape_of(kind, coordinates, properties):
    if kind == "Point":
        return Circle(place(coordinates), stored(properties["radius_m"], 1000))
    if kind == "LineString":
        return Corridor(tuple(map(place, coordinates)), stored(Decimal(properties["width_m"]) / 2, 1000))
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}[kind]
    return Polygon(tuple(opened(tuple(map(place, ring))) for polygon in polygons for ring in polygon))


def place(position):
    """(lat, lon) of a GeoJSON position, which has the longitude first."""
    return stored(position[1], 10 ** 6), stored(position[0], 10 ** 6)


def opened(ring):
    return ring[:-1] if ring[0] == ring[-1] else ring
