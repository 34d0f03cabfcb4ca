# SPDX-License-Identifier: Apache-2.0
"""serve and demo: start, refusals in one clear line, graceful stop."""
import json
import signal
import socket
import unittest
import urllib.request

from support import HEADER, CliTest, free_port, row


class ServeTest(CliTest):
    def one_line(self, answer, *parts):
        lines = answer.err.strip().splitlines()
        self.assertEqual(len(lines), 1, answer.err)
        for part in parts:
            self.assertIn(part, lines[0])

    def test_signals_stop_it_gracefully(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            process, url = self.serve()
            self.fleet("load", "--url", url, self.write("a.csv", HEADER + row()))
            answer = self.stop(process, how)
            self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(len(self.fleet("devices", "--data", self.data, "--json").json()["items"]), 1)

    def test_json_tells_the_port_that_was_taken(self):
        process = self.start("serve", "--data", self.data, "--listen", "127.0.0.1:0", "--json")
        told = json.loads(process.stdout.readline())
        with urllib.request.urlopen(f"http://127.0.0.1:{told['port']}/api/v1/ready", timeout=10) as reply:
            self.assertEqual(reply.status, 200)
        self.assertEqual(self.stop(process).code, 0)

    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            answer = self.fleet("serve", "--data", self.data, "--listen", f"127.0.0.1:{port}", code=1)
        self.one_line(answer, str(port), "in use")

    def test_a_data_directory_in_use(self):
        self.serve()
        self.one_line(self.fleet("serve", "--data", self.data, "--listen", f"127.0.0.1:{free_port()}", code=1), "in use by process", "--url")
        self.assertIn("--url", self.fleet("devices", "--data", self.data, code=1).err)

    def test_a_data_directory_of_a_newer_version(self):
        process, _ = self.serve()
        self.stop(process)
        marker = self.data / "FORMAT"
        text = marker.read_bytes()
        self.assertTrue(text)
        marker.write_bytes(text.replace(text.strip().split()[-1], b"9999"))
        answer = self.fleet("serve", "--data", self.data, "--listen", f"127.0.0.1:{free_port()}", code=1)
        self.one_line(answer, str(self.data), "newer")

    def test_a_public_address_needs_a_setting(self):
        answer = self.fleet("serve", "--data", self.data, "--listen", "0.0.0.0:0", code=2)
        self.one_line(answer, "0.0.0.0")
        self.assertFalse(self.data.exists())

    def test_a_file_as_data_directory(self):
        answer = self.fleet("serve", "--data", self.write("file", "x"), "--listen", "127.0.0.1:0", code=1)
        self.one_line(answer, "file")


class DemoTest(CliTest):
    def rows(self, url):
        with urllib.request.urlopen(url + "/api/v1/health", timeout=10) as reply:
            return json.load(reply)["accounting"]

    def test_history_then_live_then_goes_on(self):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        process = self.start("demo", "--listen", f"127.0.0.1:{port}")
        while b"under way" not in (line := process.stderr.readline()):
            self.assertTrue(line, "the demo ended")
        loaded = self.rows(url)["stored"]
        self.assertGreaterEqual(loaded, 50_000)
        self.wait_until(lambda: self.rows(url)["stored"] > loaded + 60, "the vehicles have reported")
        answer = self.stop(process, signal.SIGINT)
        self.assertEqual(answer.code, 0, answer.err)

        again = self.fleet("demo", "--listen", f"127.0.0.1:{port}", "--no-live", "--json")
        self.assertLess(again.json()["records"], 1000)
        self.assertEqual((again.json()["duplicates"], again.json()["conflicts"]), (0, 0))
        self.fleet("verify", "--data", self.dir / "fleet-data" / "demo")

    def test_the_log_has_count_throughput_and_percentiles(self):
        answer = self.fleet("demo", "--no-live", "--vehicles", "5", "--listen", "127.0.0.1:0")
        for part in ("records", "rec/s", "p50", "p95", "p99", "dashboard: http://localhost:"):
            self.assertIn(part, answer.err)


if __name__ == "__main__":
    unittest.main()
