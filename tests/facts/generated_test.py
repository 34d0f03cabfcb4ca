# SPDX-License-Identifier: Apache-2.0
"""Generated files through the real binary: counts and tables must be those of the truth file and of the oracle."""
import datetime
import json
import pathlib
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "oracle")]
import fleet_binary as fleet  # noqa: E402
import oracle  # noqa: E402
import tables  # noqa: E402

COUNTS = ("read", "stored", "duplicates", "conflicts", "late", "rejected", "rejected_by_reason", "devices")
RETENTION_DAYS = 30


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Generated(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="fleet-generated-")
        self.addCleanup(directory.cleanup)
        self.scratch = pathlib.Path(directory.name)
        self.data = self.scratch / "data"
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.now_ms = int(time.time() * 1000)
        self.span = ("--from", iso(now - datetime.timedelta(hours=30)), "--to", iso(now - datetime.timedelta(minutes=5)))

    def generate(self, name, seed, *options):
        path = self.scratch / name
        fleet.run("generate", "--vehicles", 15, *self.span, "--interval", "60s", "--seed", seed, "--out", path, *options)
        return path

    def oracle_of(self, path):
        result = oracle.Oracle(self.now_ms, earliest_ms=self.now_ms - RETENTION_DAYS * oracle.DAY_MS)
        result.load(path.read_bytes())
        return result

    def check_tables(self, expected):
        with fleet.Server(self.data) as server:
            self.assertEqual([item["fleet_id"] for item in server.get("fleets")["items"]], expected.fleets())
            for name in expected.fleets():
                found = tables.differences(server, name, expected.vehicle_days(name), expected.fleet_hours(name),
                                           expected.latest(name))
                self.assertEqual(found, [], f"{len(found)} differences")
            return server.get("health")["accounting"]

    def test_a_clean_file_in_any_form_gives_the_tables_of_the_oracle(self):
        plain = self.generate("rows.csv", 11)
        expected = self.oracle_of(plain)
        self.assertEqual(expected.rejected, {})
        self.assertGreater(expected.stored, 10_000)
        for name in ("rows.csv", "rows.csv.gz", "rows.csv.zst", "rows.ndjson", "rows.ndjson.gz"):
            with self.subTest(name):
                self.data = self.scratch / f"data of {name}"
                path = plain if name == "rows.csv" else self.generate(name, 11)
                got = fleet.run_json("load", "--data", self.data, path)
                self.assertEqual({key: got[key] for key in COUNTS}, expected.counts())
                self.check_tables(expected)

    def test_the_same_seed_gives_the_same_file(self):
        self.assertEqual(self.generate("a.csv", 5).read_bytes(), self.generate("b.csv", 5).read_bytes())
        self.assertNotEqual(self.generate("a.csv", 5).read_bytes(), self.generate("c.csv", 6).read_bytes())

    def test_a_dirty_file_gives_exactly_its_truth(self):
        for seed in (1, 2, 3):
            with self.subTest(seed=seed):
                self.data = self.scratch / f"data{seed}"
                truth_file = self.scratch / f"truth{seed}.json"
                path = self.generate(f"dirty{seed}.csv", seed, "--dirty", "--truth", truth_file)
                truth = json.loads(truth_file.read_text())
                truth = {key: truth[key] for key in COUNTS}
                # A truth that plants nothing would prove nothing.
                self.assertGreaterEqual(len(truth["rejected_by_reason"]), 20)
                self.assertTrue(all(truth[key] > 0 for key in ("stored", "duplicates", "conflicts", "late")))
                expected = self.oracle_of(path)
                self.assertEqual(expected.counts(), truth, "oracle and truth")
                got = fleet.run_json("load", "--data", self.data, path, accept=(3,))
                self.assertEqual({key: got[key] for key in COUNTS}, truth)
                kept = self.check_tables(expected)
                self.assertEqual(kept["quarantined_by_reason"], truth["rejected_by_reason"])
                self.assertEqual(kept["received"], truth["read"])
                fleet.run("verify", "--data", self.data)


if __name__ == "__main__":
    unittest.main()
