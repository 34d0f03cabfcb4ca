# SPDX-License-Identifier: Apache-2.0
"""Devices: added, changed, imported and disabled, in a data directory and on a running server."""
import json
import unittest

from support import HEADER, CliTest, recent, row

CSV = "device_id,fleet_id,name,plate,enabled\nvan-7,north,Blue van,AB-123-CD,\nvan-8,south,,EF-456-GH,false\n"


def counts(created, changed, unchanged):
    return {"created": created, "changed": changed, "unchanged": unchanged}


class DevicesTest(CliTest):
    def setUp(self):
        super().setUp()
        self.where = ("--data", self.data)

    def devices(self, *arguments, **more):
        return self.fleet("devices", *arguments, *self.where, **more)

    def listed(self):
        return {d["device_id"]: d for d in self.devices("--json").json()["items"]}

    def check_all(self):
        self.assertEqual(self.devices("import", self.write("d.csv", CSV), "--json").json(), counts(2, 0, 0))
        self.assertEqual(self.devices("import", self.write("d.csv", CSV), "--json").json(), counts(0, 0, 2))
        toml = '[[device]]\ndevice_id = "van-8"\ndriver = "Ada"\nenabled = true\n[[device]]\ndevice_id = "van-9"\n'
        self.assertEqual(self.devices("import", "-", stdin=toml.encode()).out, "devices: 1 new, 1 changed, 0 unchanged\n")
        self.devices("add", "--device", "van-10", "--fleet", "north", "--plate", "X-1", "--disabled")
        self.devices("set", "--device", "van-7", "--name", "", "--model", "Kangoo")
        now = self.listed()
        self.assertEqual({d: now[d]["fleet_id"] for d in now}, {"van-7": "north", "van-8": "south", "van-9": "default", "van-10": "north"})
        self.assertEqual([now["van-7"][m] for m in ("name", "plate", "model", "driver", "enabled")], [None, "AB-123-CD", "Kangoo", None, True])
        self.assertEqual([now["van-8"][m] for m in ("plate", "driver", "enabled")], ["EF-456-GH", "Ada", True])
        self.assertFalse(now["van-10"]["enabled"])
        # What was listed can be imported again.
        listed = self.devices("--json").out
        self.assertEqual(self.devices("import", "-", "--json", stdin=listed.encode()).json(), counts(0, 0, 4))

    def check_refusals(self):
        def refused(text, *words):
            answer = self.devices("import", "-", stdin=text.encode(), code=1)
            for word in words:
                self.assertIn(word, answer.err)

        before = self.listed()
        refused("", "the file is empty")
        refused("device_id,plat\na,b\n", "line 1", "did you mean 'plate'?")
        refused("device_id,plate\nnew,1\nvan-7,2\nnew,3\n", "line 4", "at line 2 too")
        refused("device_id,fleet_id\nnew,north\nvan-7,south\n", "van-7", "it is in fleet north")
        refused('[{"device_id":"new","enabled":"yes"}]', "device[0].enabled", "true or false belongs")
        self.assertEqual(self.listed(), before)
        self.assertIn("there is a device van-7 already", self.devices("add", "--device", "van-7", code=1).err)
        self.assertIn("there is no device nobody", self.devices("set", "--device", "nobody", "--plate", "x", code=1).err)

    def test_devices_of_a_data_directory(self):
        self.check_all()
        self.check_refusals()

    def test_devices_of_a_running_server(self):
        _, url = self.serve()
        self.where = ("--url", url)
        self.check_all()
        self.check_refusals()

    def test_a_disabled_device_is_refused_by_loads_and_its_rows_stay(self):
        records = self.write("r.csv", HEADER + row("van-7") + row("van-8"))
        self.load(records)
        self.devices("set", "--device", "van-7", "--enabled", "false")
        more = self.write("more.csv", HEADER + row("van-7", 60) + row("van-8", 60))
        for way in ((), ("--rate", "1000")):
            answer = self.load(more, *way, "--json", code=3).json()
            self.assertEqual(answer["rejected_by_reason"], {"unknown_device": 1}, way)
            self.assertEqual(answer["read"], answer["stored"] + answer["duplicates"] + answer["conflicts"] + answer["rejected"])
        self.assertEqual({d: v["records"] for d, v in self.listed().items()}, {"van-7": 1, "van-8": 2})
        kept = self.fleet("quarantine", "list", "--json", *self.where).json()["items"]
        self.assertEqual([entry["reason"] for entry in kept], ["unknown_device"] * 2)
        self.devices("set", "--device", "van-7", "--enabled", "true")
        self.assertEqual(self.fleet("quarantine", "redrive", "--all", "--json", *self.where).json()["stored"], 1)
        self.assertEqual(self.listed()["van-7"]["records"], 2)

    def check_moves(self, url):
        day = recent(2 * 86400)[:10]
        self.fleet("load", self.write("m.csv", HEADER + row("m-1", 2 * 86400) + row("m-1", 60)), "--fleet", "north", *url)
        self.devices("move", "--device", "m-1", "--to", "south")
        self.devices("move", "--device", "m-1", "--to", "west", "--from", day)
        now = self.listed()["m-1"]
        self.assertEqual(now["fleet_id"], "south")
        self.assertEqual([f["fleet"] for f in now["fleets"]], ["north", "west", "south"])
        self.assertEqual([f["from"] for f in now["fleets"]][:2], [None, day])
        hours = self.fleet("analytics", "--fleet", "west", "--day", day, "--json", *self.where).json()["hours"]
        self.assertEqual(sum(h["records"] for h in hours), 1)
        self.assertIn("there is no device nobody", self.devices("move", "--device", "nobody", "--to", "x", code=1).err)
        self.assertIn("lies in the future", self.devices("move", "--device", "m-1", "--to", "x", "--from", "2100-01-01", code=1).err)

    def test_moves_in_a_data_directory(self):
        self.check_moves(self.where)
        self.assertIn("everything agrees", self.fleet("verify", *self.where).out)

    def test_moves_on_a_running_server(self):
        _, url = self.serve()
        self.where = ("--url", url)
        self.check_moves(self.where)

    def test_usage_errors_name_the_option(self):
        self.assertIn("--enabled", self.devices("set", "--device", "a", "--enabled", "no", code=2).err)
        self.assertIn("201 bytes", self.devices("add", "--device", "a", "--plate", "x" * 201, code=2).err)
        self.assertIn("--device", self.devices("add", code=2).err)
        self.assertEqual(json.loads(self.devices("add", "--device", "a", "--json").out), counts(1, 0, 0))


if __name__ == "__main__":
    unittest.main()
