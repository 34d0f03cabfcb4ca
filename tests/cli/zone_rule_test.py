# SPDX-License-Identifier: Apache-2.0
"""Zones and rules: files in, lists out, in a data directory and on a running server."""
import csv
import io
import json
import time
import unittest
import urllib.error
import urllib.request

from support import CliTest

RULES = """
[[rule]]
name = "fast"
type = "OVERSPEED"
limit = 90
min_duration_s = 0
hours = "Mo-Su 00:00-24:00 Europe/Paris"
[[rule]]
name = "enters"
type = "ZONE_ENTER"
zones = ["b", "a"]
"""


def square(zone_id, south, west, side=1.0, **properties):
    north, east = south + side, west + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "properties": {"id": zone_id} | properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features})


def counts(created, changed, unchanged):
    return {"created": created, "changed": changed, "unchanged": unchanged}


class ZoneTest(CliTest):
    def setUp(self):
        super().setUp()
        self.where = ("--data", self.data)

    def zone(self, *arguments, **more):
        return self.fleet("zone", *arguments, *self.where, **more)

    def rule(self, *arguments, **more):
        return self.fleet("rule", *arguments, *self.where, **more)

    def take_zones(self):
        """B lies in A; C beside them."""
        features = (square("b", 48, 2, 0.5, name="=inner"), square("a", 48, 2), square("c", 10, 10))
        return self.zone("import", self.write("z.geojson", collection(*features)), "--json").json()

    def test_an_import_replaces_by_id_and_leaves_the_others(self):
        self.assertEqual(self.take_zones(), counts(3, 0, 0))
        changed = collection(square("c", 20, 10), square("a", 48, 2), square("d", 0, 0))
        answer = self.zone("import", self.write("more.geojson", changed))
        self.assertEqual(answer.out, "zones: 1 new, 1 changed, 1 unchanged\n")
        self.assertEqual([f["properties"]["id"] for f in self.zone("list", "--json").json()["features"]], ["a", "b", "c", "d"])
        rows = list(csv.DictReader(io.StringIO(self.zone("list", "--csv").out)))
        self.assertEqual([(r["id"], r["kind"], r["vertices"]) for r in rows], [(i, "area", "4") for i in "abcd"])
        self.assertEqual(rows[1]["name"], "'=inner")

    def test_what_was_listed_can_be_imported_again(self):
        self.take_zones()
        listed = self.zone("list", "--json").out
        self.assertEqual(self.zone("import", "-", "--json", stdin=listed.encode()).json(), counts(0, 0, 3))

    def test_locate_keeps_rows_and_order_and_joins_ids(self):
        self.take_zones()
        points = self.write("p.csv", "lat,x,id,lon\n48.25,1,p2,2.25\n48.75,,p1,2.75\n-1,,\"p,3\",1\n48.0,,-7,2.50\n")
        wanted = "id,lat,lon,zones\np2,48.25,2.25,a|b\np1,48.75,2.75,a\n\"p,3\",-1,1,\n-7,48.0,2.50,a|b\n"
        self.assertEqual(self.zone("locate", "--points", points).out, wanted)
        items = self.zone("locate", "--points", points, "--json").json()["items"]
        self.assertEqual(items[0], {"id": "p2", "lat": 48.25, "lon": 2.25, "zones": ["a", "b"]})
        self.assertEqual(len(items), 4)

    def test_bad_points_are_named_with_their_lines(self):
        self.take_zones()
        answer = self.zone("locate", "--points", self.write("p.csv", "id,lat,lon\n1,2,3\n2,91,3\n3,1\n"), code=1)
        self.assertIn("line 3: lat '91'", answer.err)
        self.assertIn("line 4: 2 cells", answer.err)
        self.assertEqual(answer.out, "")
        self.zone("locate", code=2)

    def test_one_bad_zone_or_rule_keeps_all_out(self):
        self.take_zones()
        bad = self.write("bad.geojson", collection(square("e", 1, 1), square("f", 89.5, 1)))
        self.assertIn("features[1].geometry.coordinates[0]", self.zone("import", bad, code=1).err)
        self.assertEqual(len(self.zone("list", "--json").json()["features"]), 3)
        before = self.rule("list").out
        answer = self.rule("import", self.write("bad.toml", RULES.replace("limit = 90", "limit = 900")), code=1)
        self.assertIn("rule[0].limit (line 5)", answer.err)
        answer = self.rule("import", self.write("lost.toml", RULES.replace('"b"', '"lost"')), "--json", code=1)
        self.assertIn("lost", answer.json()["error"]["message"])
        self.assertEqual(self.rule("list").out, before)

    def test_rules_are_listed_with_the_built_in_ones_that_hold(self):
        self.take_zones()
        rules = self.write("r.toml", RULES)
        self.assertEqual(self.rule("import", rules, "--json").json(), counts(2, 0, 0))
        self.assertEqual(self.rule("import", rules, "--json").json(), counts(0, 0, 2))
        listed = self.rule("list", "--json").json()
        names = [item["name"] for item in listed["items"]]
        self.assertEqual(names, sorted(names))
        self.assertIn("fast", names)
        self.assertIn("low-battery", listed["built_in"])
        self.assertNotIn("overspeed", names)
        row = next(r for r in csv.DictReader(io.StringIO(self.rule("list", "--csv").out)) if r["name"] == "enters")
        self.assertEqual((row["type"], row["zones"], row["built_in"]), ("ZONE_ENTER", "b|a", "no"))

    def test_a_zone_that_a_rule_names_is_not_removed(self):
        self.take_zones()
        self.rule("import", self.write("r.toml", RULES))
        self.assertIn("named by the rule enters", self.zone("remove", "a", code=1).err)
        self.assertEqual(self.rule("remove", "enters", "--json").json(), {"removed": "enters"})
        self.zone("remove", "a")
        self.assertIn("there is no zone a", self.zone("remove", "a", code=1).err)
        self.assertIn("there is no rule enters", self.rule("remove", "enters", code=1).err)

    def test_nothing_is_made_by_looking(self):
        self.assertIn("there is no data directory", self.zone("list", code=1).err)
        self.assertFalse(self.data.exists())
        self.assertIn("lies in the future", self.zone("import", self.write("z.geojson", collection(square("a", 1, 1))), "--recompute", "now+2h", code=1).err)

    def test_history_that_is_there_is_judged_by_new_rules(self):
        start = int(time.time()) - 7200
        rows = "".join(f"V-1,{(start + 60 * i) * 1000},{47.9 + i * 0.01:.2f},2.25,{95 if 5 <= i < 9 else 50}\n" for i in range(30))
        self.load(self.write("a.csv", "device_id,ts,lat,lon,speed_kmh\n" + rows))
        self.take_zones()
        self.rule("import", self.write("r.toml", RULES))
        self.assertIn("everything agrees", self.fleet("verify", *self.where).out)
        _, url = self.serve()
        # 48.00 is on the edge of a, and so inside; b begins there too.
        wanted = {alert_id("fast", "V-1", "", (start + 300) * 1000), *(alert_id("enters", "V-1", zone, (start + 600) * 1000) for zone in "ab")}
        for alert in wanted:
            self.wait_until(lambda name=alert: ask(url, "POST", f"alerts/{name}/ack")[0] == 200, f"there is the alert {alert}")


def alert_id(rule, device, zone, start_ms):
    """The id of docs/fold.md: FNV-1a, 128 bits."""
    state = 0x6C62272E07BB014262B821756295C58D
    for byte in f"{rule}\0{device}\0{zone}\0{start_ms}".encode():
        state = (state ^ byte) * 0x0000000001000000000000000000013B % 2 ** 128
    return f"{state:032x}"


def ask(url, method, target, body=None):
    """Status and answer of a request."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/api/v1/{target}", data=data, method=method, headers={"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class ServerTest(CliTest):
    def setUp(self):
        super().setUp()
        _, self.url = self.serve()

    def remote(self, *arguments, **more):
        return self.fleet(*arguments, "--url", self.url, **more)

    def ask(self, *request):
        return ask(self.url, *request)

    def test_a_directory_in_use_names_the_way_out(self):
        file = self.write("z.geojson", collection(square("a", 48, 2)))
        self.assertIn("use --url", self.fleet("zone", "import", file, "--data", self.data, code=1).err)

    def test_a_running_server_takes_gives_and_keeps_them(self):
        file = self.write("z.geojson", collection(square("b", 48, 2, 0.5), square("a", 48, 2)))
        self.assertEqual(self.remote("zone", "list", "--csv").out.count("\n"), 1)
        self.assertEqual(self.remote("zone", "import", file, "--json").json(), counts(2, 0, 0))
        self.assertEqual(self.remote("zone", "import", file, "--recompute", "now-24h", "--json").json(), counts(0, 0, 2))
        rules = self.write("r.toml", RULES)
        self.assertEqual(self.remote("rule", "import", rules, "--json").json(), counts(2, 0, 0))
        answer = self.remote("rule", "import", self.write("lost.toml", RULES.replace('"b"', '"lost"')), code=1)
        self.assertIn("lost", answer.err)
        points = self.write("p.csv", "id,lat,lon\np,48.25,2.25\n")
        self.assertEqual(self.remote("zone", "locate", "--points", points).out, "id,lat,lon,zones\np,48.25,2.25,a|b\n")
        self.assertIn("named by the rule enters", self.remote("zone", "remove", "a", code=1).err)
        status, rule = self.ask("GET", "rules/fast")
        self.assertEqual((status, rule["limit"], rule["hours"]), (200, 90, "Mo-Su 00:00-24:00 Europe/Paris"))
        self.assertEqual(self.ask("PUT", "rules/fast", rule | {"limit": 80})[0], 200)
        self.assertEqual(self.ask("DELETE", "zones/a")[1]["code"], "zone_in_use")
        self.remote("rule", "remove", "enters")
        self.assertEqual(self.ask("DELETE", "zones/a"), (204, None))
        self.assertIn("there is no zone a", self.remote("zone", "remove", "a", code=1).err)

    def test_the_directory_lists_what_the_server_listed(self):
        self.remote("zone", "import", self.write("z.geojson", collection(square("b", 48, 2, 0.5), square("a", 48, 2))))
        self.remote("rule", "import", self.write("r.toml", RULES))
        commands = [(what, "list", *form) for what in ("zone", "rule") for form in ((), ("--csv",), ("--json",))]
        served = [self.remote(*command).out for command in commands]
        copy = self.dir / "copy"
        self.fleet("zone", "import", self.write("copy.geojson", served[2]), "--data", copy)
        self.fleet("rule", "import", self.dir / "r.toml", "--data", copy)
        self.assertEqual([self.fleet(*command, "--data", copy).out for command in commands], served)

    def test_alerts_are_worked_on(self):
        self.remote("rule", "import", self.write("r.toml", RULES.split("[[rule]]\nname = \"enters\"", maxsplit=1)[0]))
        start = int(time.time()) - 3600
        rows = "".join(f"V-1,{(start + 60 * i) * 1000},48.85,2.35,{120 if i >= 1 else 50}\n" for i in range(5))
        self.remote("load", self.write("a.csv", "device_id,ts,lat,lon,speed_kmh\n" + rows))
        alert = "alerts/" + alert_id("fast", "V-1", "", (start + 60) * 1000)
        status, answer = self.ask("POST", f"{alert}/ack")
        self.assertEqual((status, answer["state"], answer["device_id"]), (200, "ACKNOWLEDGED", "V-1"), answer)
        self.assertEqual(self.ask("POST", f"{alert}/comment", {"who": "ada", "text": "on my way"})[0], 200)
        status, answer = self.ask("POST", f"{alert}/resolve", {"who": "ada"})
        self.assertEqual((status, answer["state"]), (200, "RESOLVED"))
        self.assertEqual([(n["action"], n["who"], n["text"]) for n in answer["actions"]],
                         [("acknowledge", "operator", ""), ("comment", "ada", "on my way"), ("resolve", "ada", "")])
        self.assertEqual(self.ask("POST", f"{alert}/comment", {"text": "x" * 2001})[0], 400)
        self.assertEqual(self.ask("POST", "alerts/" + alert_id("fast", "V-2", "", 1) + "/ack")[0], 404)


if __name__ == "__main__":
    unittest.main()
