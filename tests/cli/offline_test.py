# SPDX-License-Identifier: Apache-2.0
"""A vehicle that falls silent while a server runs: the alert, its end, its rule, and who makes none."""
import json
import unittest
import urllib.request

from support import HEADER, CliTest, row

LIMIT = {"FLEET_LIVE_STALE_AFTER": "1s", "FLEET_LIVE_OFFLINE_AFTER": "2s"}
RULE = '[[rule]]\nname = "gone"\ntype = "OFFLINE"\nlimit = 1\nseverity = "HIGH"\nfleets = ["default"]\n'


class OfflineTest(CliTest):
    def serve_with(self, settings):
        process = self.start("serve", "--data", self.data, "--listen", "127.0.0.1:0", "--json", env=settings)
        url = f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        self.wait_until(lambda: self.ready(url), "the server is ready")
        return process, url

    def ready(self, url):
        try:
            with urllib.request.urlopen(url + "/api/v1/ready", timeout=5) as reply:
                return reply.status == 200
        except OSError:
            return False

    def get(self, url, path):
        with urllib.request.urlopen(url + "/api/v1/" + path, timeout=10) as reply:
            return json.load(reply)

    def alerts(self, url, more=""):
        return self.get(url, "fleets/default/alerts?type=OFFLINE" + more)["items"]

    def send(self, url, device="V-1"):
        self.fleet("load", "--url", url, self.write("now.csv", HEADER + row(device, seconds_ago=0)))

    def test_an_alert_begins_is_shown_everywhere_and_ends(self):
        process, url = self.serve_with(LIMIT)
        self.send(url)
        self.wait_until(lambda: self.alerts(url), "the vehicle is offline")
        alert = self.alerts(url)[0]
        self.assertEqual((alert["rule"], alert["severity"], alert["limit"], alert["peak"], alert["end"], alert["lat"]),
                         ("offline", "MEDIUM", 2, None, None, 48.85))
        self.assertEqual(self.get(url, "fleets/default/latest")["items"][0]["state"], "offline")
        self.assertEqual(self.get(url, "alerts/" + alert["id"])["type"], "OFFLINE")
        hours = self.get(url, "fleets/default/analytics?day=" + alert["start"][:10])["hours"]
        listed = self.get(url, "fleets/default/alerts?day=" + alert["start"][:10])["items"]
        self.assertEqual(sum(n for hour in hours for n in hour["alerts"].values()), len(listed))
        shown = self.fleet("alerts", "--url", url, "--fleet", "default", "--type", "OFFLINE", "--json").json()["items"]
        self.assertEqual([a["id"] for a in shown], [alert["id"]])
        self.send(url)
        self.wait_until(lambda: any(a["id"] == alert["id"] and a["end"] for a in self.alerts(url)), "the alert has ended")
        ended = next(a for a in self.alerts(url) if a["id"] == alert["id"])
        self.assertGreaterEqual(ended["peak"], 2)
        self.assertEqual(self.stop(process).code, 0)
        self.assertIn("everything agrees", self.fleet("verify", "--data", self.data).out)
        kept = self.fleet("alerts", "--data", self.data, "--fleet", "default", "--type", "OFFLINE", "--json").json()["items"]
        self.assertIn(alert["id"], [a["id"] for a in kept])

    def test_a_rule_of_the_type_replaces_the_built_in_one(self):
        process, url = self.serve_with({})   # built in: 30 minutes
        self.fleet("rule", "import", self.write("r.toml", RULE), "--url", url)
        self.send(url)
        self.wait_until(lambda: self.alerts(url), "the vehicle is offline")
        self.assertEqual([(a["rule"], a["severity"], a["limit"]) for a in self.alerts(url)], [("gone", "HIGH", 1)])
        self.assertEqual(self.get(url, "fleets/default/kpis")["critical_alerts"], 1)
        listed = self.get(url, "rules")
        self.assertEqual([r for r in listed["items"] if r["type"] == "OFFLINE"],
                         [{"name": "gone", "type": "OFFLINE", "limit": 1, "severity": "HIGH", "fleets": ["default"]}])
        self.assertNotIn("offline", listed["built_in"])
        self.assertEqual(self.stop(process).code, 0)

    def test_what_is_loaded_raises_none(self):
        settings = {**LIMIT, "FLEET_DATA": str(self.data)}
        self.fleet("load", self.write("a.csv", HEADER + row(seconds_ago=5) + row("V-2", seconds_ago=1)), env=settings)
        process, url = self.serve_with(LIMIT)
        self.send(url, "V-3")   # by the time that this one is offline, the others would be
        self.wait_until(lambda: self.alerts(url), "the vehicle is offline")
        self.assertEqual([a["device_id"] for a in self.alerts(url)], ["V-3"])
        self.assertEqual(self.stop(process).code, 0)
        built_in = next(r for r in self.fleet("rule", "list", "--json", env=settings).json()["items"] if r["name"] == "offline")
        self.assertEqual(built_in["limit"], 2)


if __name__ == "__main__":
    unittest.main()
