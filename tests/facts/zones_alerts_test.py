# SPDX-License-Identifier: Apache-2.0
"""Episodes of speed and battery and crossings of a rectangle in real files: the oracle and the binary must find as many as
facts.json says, and the binary must agree with the oracle about every trip, stop and alert."""
import gzip
import json
import pathlib
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "oracle")]
import compare_fold  # noqa: E402
import fleet_binary as fleet  # noqa: E402
import oracle  # noqa: E402
import truth  # noqa: E402

RULES = """
[[rule]]
name = "over-90"
type = "OVERSPEED"
limit = 90
min_duration_s = 0
hysteresis = 0
cool_down_s = 0
[[rule]]
name = "below-20"
type = "LOW_BATTERY"
limit = 20
min_duration_s = 0
hysteresis = 0
cool_down_s = 0
[[rule]]
name = "enters"
type = "ZONE_ENTER"
zones = ["rectangle"]
[[rule]]
name = "exits"
type = "ZONE_EXIT"
zones = ["rectangle"]
"""
# Where the facts name no rectangle, a zone elsewhere.
NOWHERE = {"lat": [1, 2], "lon": [1, 2]}


def zones_text(name):
    """The rectangle of the facts as GeoJSON."""
    box = truth.facts(name).get("rect_geofence", NOWHERE)
    (south, north), (west, east) = box["lat"], box["lon"]
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {"type": "Feature", "properties": {"id": "rectangle"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def wanted(name):
    facts = truth.facts(name)
    box = facts.get("rect_geofence", {"enters": 0, "exits": 0})
    return {"over-90": facts["overspeed_gt90_episodes"], "below-20": facts["battery_lt20_episodes"],
            "enters": box["enters"], "exits": box["exits"]}


def counted(answers, name):
    """Alerts by rule, of the rules of this test."""
    alerts = answers.alerts(name)
    return {rule: sum(alert["rule"] == rule for alert in alerts) for rule in wanted(name)}


def oracle_answers(name):
    store = oracle.Oracle(int(time.time() * 1000), fleet=name)
    with gzip.open(truth.normalized(name)) as file:
        store.load(file.read())
    return compare_fold.OracleAnswers(store, compare_fold.zones_of.read(zones_text(name)), compare_fold.rules_of.read(RULES))


@unittest.skipIf(truth.missing(), truth.missing())
class OfTheOracle(unittest.TestCase):
    def test_counts_are_the_facts(self):
        for name in truth.SETS:
            with self.subTest(name):
                answers = oracle_answers(name)
                self.assertEqual(counted(answers, name), wanted(name))
                over = [alert["peak"] for alert in answers.alerts(name) if alert["rule"] == "over-90"]
                if over:
                    self.assertEqual(max(over), round(truth.facts(name)["max_speed_kmh"] * 100))


@unittest.skipIf(truth.missing(), truth.missing())
class OfTheBinary(unittest.TestCase):
    def test_counts_are_the_facts_and_all_else_is_what_the_oracle_says(self):
        for name in truth.SETS:
            for is_first in (True, False):
                with self.subTest(name, rules_first=is_first), tempfile.TemporaryDirectory(prefix="fleet-facts-") as scratch:
                    folder = pathlib.Path(scratch)
                    (folder / "zones.geojson").write_text(zones_text(name), encoding="utf-8")
                    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
                    self.check(name, folder, is_first)

    def check(self, name, folder, is_first):
        data = folder / "data"
        if is_first:
            compare_fold.import_rules(data, folder)
        fleet.run("load", "--data", data, "--keep-history", "--fleet", name, truth.normalized(name))
        if not is_first:
            compare_fold.import_rules(data, folder)
        rules = compare_fold.rules_in(folder)
        found = compare_fold.served(data, rules, oracle_answers(name), 0 if is_first else compare_fold.SETTLE_SECONDS)
        self.assertEqual(found, [], f"{len(found)} differences")
        with fleet.Server(data, **compare_fold.FOR_EVER) as server:
            answers = compare_fold.ServerAnswers(server, compare_fold.units_of(rules))
            self.assertEqual(counted(answers, name), wanted(name))
        fleet.run("verify", "--data", data)


if __name__ == "__main__":
    unittest.main()
