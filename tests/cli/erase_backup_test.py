# SPDX-License-Identifier: Apache-2.0
"""Erasing, and backups of a running server."""
import json
import os
import pty
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

from support import BINARY, HEADER, CliTest, environment, recent, row


def post(url, body=b"", content_type=None):
    headers = {"Content-Type": content_type} if content_type else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method="POST", headers=headers), timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class EraseTest(CliTest):
    def setUp(self):
        super().setUp()
        self.file = self.write("rows.csv", HEADER + "".join(row("V-1", 3600 + i) + row("V-2", 3600 + i) for i in range(20)))
        self.load(self.file)

    def records(self, device):
        return [d["records"] for d in self.fleet("devices", "--data", self.data, "--json").json()["items"] if d["device_id"] == device]

    def holds(self, text, where=None):
        return [path for path in (where or self.data).rglob("*") if path.is_file() and text.encode() in path.read_bytes()]

    def test_a_period_and_then_the_device(self):
        done = self.fleet("erase", "--device", "V-1", "--from", recent(3610), "--yes", "--data", self.data, "--json").json()
        self.assertTrue(0 < done["rows"] < 20, done)
        self.assertEqual((done["device_days"] > 0, done["scrubbed"]), (True, True))
        self.assertEqual(self.records("V-1"), [20 - done["rows"]])
        self.load(self.file)  # what arrives afterwards is stored again
        self.assertEqual(self.records("V-1"), [20])
        self.assertTrue(self.holds("V-1"))
        answer = self.fleet("erase", "--device", "V-1", "--yes", "--data", self.data)
        self.assertIn("erased of V-1: 20 records", answer.out)
        self.assertIn("backups", answer.err)
        self.assertEqual(self.holds("V-1"), [])
        self.assertEqual((self.records("V-1"), self.records("V-2")), ([], [20]))
        self.assertIn("did you mean 'V-2'?", self.fleet("erase", "--device", "V-1", "--yes", "--data", self.data, code=1).err)
        self.fleet("verify", "--data", self.data)

    def test_without_a_terminal_it_wants_yes_and_erases_nothing(self):
        answer = self.fleet("erase", "--device", "V-1", "--data", self.data, code=2, stdin=b"y\n")
        self.assertIn("--yes", answer.err)
        self.assertIn("is not before", self.fleet("erase", "--device", "V-1", "--from", "2026-01-02", "--to", "2026-01-01", "--yes",
                                                  "--data", self.data, code=2).err)
        self.assertIn("no data directory", self.fleet("erase", "--device", "V-1", "--yes", "--data", self.dir / "none", code=1).err)
        self.assertEqual(self.records("V-1"), [20])

    def test_on_a_terminal_it_asks(self):
        for said, left in ((b"n\n", [20]), (b"\n", [20]), (b"y\n", [])):
            ours, theirs = pty.openpty()
            process = subprocess.Popen([BINARY, "erase", "--device", "V-1", "--data", str(self.data)], stdin=theirs, stderr=theirs,
                                       stdout=subprocess.PIPE, cwd=self.dir, env=environment())
            os.close(theirs)
            shown = b""
            while b"[y/N]" not in shown:
                shown += os.read(ours, 1000)
            self.assertIn(b"cannot be undone", shown)
            os.write(ours, said)
            process.communicate(timeout=60)
            os.close(ours)
            self.assertEqual(process.returncode, 1 if left else 0)
            self.assertEqual(self.records("V-1"), left)

    def test_a_running_server_erases_and_a_directory_in_use_says_so(self):
        process, url = self.serve()
        self.assertIn("--url", self.fleet("erase", "--device", "V-1", "--yes", "--data", self.data, code=1).err)
        done = self.fleet("erase", "--device", "V-1", "--to", "now", "--yes", "--url", url, "--json").json()
        self.assertEqual((done["rows"], done["scrubbed"]), (20, True))
        self.assertEqual(self.fleet("erase", "--device", "V-1", "--yes", "--url", url, "--json").json()["rows"], 0)
        self.assertIn("no device V-1", self.fleet("erase", "--device", "V-1", "--yes", "--url", url, code=1).err)
        with urllib.request.urlopen(url + "/api/v1/health", timeout=10) as answer:
            self.assertEqual(json.loads(answer.read())["accounting"]["erased"], 20)
        self.assertEqual(self.holds("V-1"), [])
        self.assertEqual(self.stop(process).code, 0)
        self.assertEqual(self.records("V-1"), [])

    def test_an_older_backup_is_restored_without_what_was_erased_since(self):
        copy = self.dir / "copy"
        self.fleet("backup", copy, "--data", self.data)
        self.fleet("erase", "--device", "V-1", "--yes", "--data", self.data)
        again = self.dir / "again"
        answer = self.fleet("restore", copy, "--data", again, "--erasures-of", self.data, "--json")
        self.assertEqual((answer.json()["rows"], answer.json()["differences"]), (20, 0))
        self.assertIn("20 records", answer.err)
        self.assertEqual(self.holds("V-1", again), [])
        self.fleet("restore", copy, "--data", self.dir / "all")
        self.assertTrue(self.holds("V-1", self.dir / "all"))
        self.assertIn("no data directory", self.fleet("restore", copy, "--data", self.dir / "x", "--erasures-of", self.dir, code=1).err)
        self.assertFalse((self.dir / "x").exists())


class BackupOfAServerTest(CliTest):
    def start_server(self, **settings):
        self.data.mkdir(exist_ok=True)
        (self.data / "fleet.toml").write_text(f"[backup]\ndir = '{self.dir / 'backups'}'\n" if settings.get("on", True) else "")
        return self.serve()

    def test_a_backup_holds_what_was_acknowledged_while_writing_goes_on(self):
        process, url = self.start_server()
        ledger, stop = [], threading.Event()

        def write():
            while not stop.is_set():
                number = len(ledger)
                body = json.dumps([{"device_id": f"V-{number % 7}", "ts": recent(90_000 - number), "speed_kmh": 50}]).encode()
                status, answer = post(url + "/api/v1/ingest", body, "application/json")
                if status != 200 or answer["accepted"] != 1:
                    return
                ledger.append(number)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            before = {}
            for name in ("one", "two"):
                target = len(ledger) + 30
                self.wait_until(lambda target=target: len(ledger) >= target, "records are acknowledged")
                before[name] = len(ledger)
                saved = self.fleet("backup", name, "--url", url, "--json").json()
                self.assertEqual((saved["path"], saved["differences"]), (str(self.dir / "backups" / name), 0))
                self.assertGreaterEqual(saved["rows"], before[name])
        finally:
            stop.set()
            writer.join()
        self.assertIn("already", self.fleet("backup", "one", "--url", url, code=1).err)
        self.assertIn("1 to 64", self.fleet("backup", "../x", "--url", url, code=2).err)
        unnamed = self.fleet("backup", "--url", url, "--json").json()
        self.assertRegex(unnamed["path"], r"/\d{8}T\d{6}Z$")
        with urllib.request.urlopen(url + "/api/v1/backups", timeout=10) as answer:
            self.assertEqual(len(json.loads(answer.read())["items"]), 3)
        self.assertEqual(self.stop(process).code, 0)
        for name, count in before.items():
            restored = self.fleet("restore", self.dir / "backups" / name, "--data", self.dir / name, "--json").json()
            self.assertGreaterEqual(restored["rows"], count)
            self.assertLessEqual(restored["rows"], len(ledger))
            held = self.fleet("devices", "--data", self.dir / name, "--json").json()["items"]
            self.assertEqual(sum(d["records"] for d in held), restored["rows"])

    def test_without_backup_dir_it_says_what_to_set(self):
        _, url = self.start_server(on=False)
        self.assertIn("backup.dir", self.fleet("backup", "x", "--url", url, code=1).err)
        self.assertIn("DIR is required", self.fleet("backup", "--data", self.data, code=2).err)


if __name__ == "__main__":
    unittest.main()
