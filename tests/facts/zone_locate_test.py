# SPDX-License-Identifier: Apache-2.0
"""Departments of a real file and 3,000 points: `fleet zone locate` must say of each what another program found."""
import csv
import gzip
import io
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import fleet_binary as fleet  # noqa: E402
import truth  # noqa: E402

ZONES = truth.DATA / "idf_departements.geojson.gz"
POINTS = truth.DATA / "geofence_truth_departements.csv.gz"


def unpacked(path, to):
    with gzip.open(path) as file:
        to.write_bytes(file.read())
    return to


@unittest.skipUnless(ZONES.is_file() and POINTS.is_file(), f"no departments in {truth.DATA} (set FLEET_SHARED_DATA to where they are)")
class ZoneLocateTest(unittest.TestCase):
    def test_every_point_is_where_the_truth_says(self):
        with tempfile.TemporaryDirectory(prefix="fleet-facts-") as scratch:
            folder = pathlib.Path(scratch)
            data = folder / "data"
            points = unpacked(POINTS, folder / "points.csv")
            wanted = [(row["id"], row["lat"], row["lon"], row["codes"]) for row in csv.DictReader(io.StringIO(points.read_text()))]
            self.assertGreater(len(wanted), 1000)
            fleet.run("zone", "import", "--data", data, unpacked(ZONES, folder / "zones.geojson"))
            self.compare(wanted, fleet.run("zone", "locate", "--data", data, "--points", points))

    def compare(self, wanted, text):
        self.assertEqual(text.splitlines()[0], "id,lat,lon,zones")
        found = [(row["id"], row["lat"], row["lon"], row["zones"]) for row in csv.DictReader(io.StringIO(text))]
        self.assertEqual(len(found), len(wanted))
        self.assertEqual([pair for pair in zip(found, wanted) if pair[0] != pair[1]], [])


if __name__ == "__main__":
    unittest.main()
