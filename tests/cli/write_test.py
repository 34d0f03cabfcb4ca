# SPDX-License-Identifier: Apache-2.0
"""batch, stream, generate: records that are made up, and the figures of writing them."""
import json
import signal
import unittest

from support import CliTest


class BatchTest(CliTest):
    def test_batches_are_stored_and_measured(self):
        result = self.fleet("batch", "--data", self.data, "--batches", "5", "--size", "200", "--rate-limit", "0", "--json").json()
        self.assertEqual((result["stored"], result["records"], result["errors"], result["writes"]), (1000, 1000, 0, 5))
        latency = result["latency_ms"]
        self.assertLessEqual(latency["p50"], latency["p95"])
        self.assertLessEqual(latency["p95"], latency["p99"])
        self.assertGreater(latency["p50"], 0)
        for name in ("cpu_s", "memory_bytes", "bytes_per_100k_records", "records_per_s"):
            self.assertGreater(result[name], 0, name)

    def test_the_rate_limit_holds(self):
        result = self.fleet("batch", "--data", self.data, "--batches", "4", "--size", "10", "--rate-limit", "10/s", "--json").json()
        self.assertGreaterEqual(result["seconds"], 0.3)

    def test_both_modes_write_to_a_server(self):
        _, url = self.serve()
        for mode, prefix in (("batch", "B-"), ("async", "A-")):
            result = self.fleet("batch", "--url", url, "--write-mode", mode, "--device-prefix", prefix, "--batches", "10", "--size", "100",
                                "--rate-limit", "0", "--json").json()
            self.assertEqual((result["stored"], result["errors"]), (1000, 0))
            self.assertIsNotNone(result["server_cpu_s"])

    def test_a_server_that_is_not_there_is_an_error_in_time(self):
        answer = self.fleet("batch", "--url", "http://127.0.0.1:9", "--batches", "1", "--rate-limit", "0", "--json", code=1,
                            env={"WRITE_TIMEOUT": "500ms"})
        self.assertEqual(answer.json()["errors"], 1000)
        self.assertIn("is the server running?", answer.err)

    def test_metrics_come_at_every_interval(self):
        answer = self.fleet("batch", "--data", self.data, "--batches", "4", "--size", "10", "--rate-limit", "5/s",
                            env={"METRICS_INTERVAL": "200ms"})
        self.assertGreaterEqual(answer.err.count("p99"), 3)


class StreamTest(CliTest):
    def test_one_record_a_device_at_every_tick(self):
        result = self.fleet("stream", "--data", self.data, "--devices", "7", "--interval", "100ms", "--duration", "1s", "--json").json()
        self.assertEqual((result["records"], result["stored"], result["errors"]), (70, 70, 0))
        self.assertGreaterEqual(result["seconds"], 1.0)
        self.assertEqual(len(self.fleet("devices", "--data", self.data, "--json").json()["items"]), 7)

    def test_an_interrupted_stream_keeps_what_it_wrote(self):
        process = self.start("stream", "--data", self.data, "--interval", "50ms", "--duration", "10m", "--json")
        self.wait_until(lambda: (self.data / "journal").exists(), "the stream has begun")
        answer = self.stop(process, signal.SIGINT)
        self.assertEqual(answer.code, 130, answer.err)
        rows = sum(d["records"] for d in self.fleet("devices", "--data", self.data, "--json").json()["items"])
        self.assertEqual(rows, answer.json()["stored"])


class GenerateTest(CliTest):
    SPAN = ("--vehicles", "3", "--from", "2026-01-01", "--to", "2026-01-02", "--interval", "5m")

    def test_the_same_seed_gives_the_same_file_in_every_packing(self):
        for name in ("a.csv", "b.csv", "c.csv.gz", "d.csv.zst", "e.ndjson"):
            self.fleet("generate", *self.SPAN, "--seed", "7", "--out", name)
        self.assertEqual((self.dir / "a.csv").read_bytes(), (self.dir / "b.csv").read_bytes())
        self.fleet("generate", *self.SPAN, "--seed", "8", "--out", "other.csv")
        self.assertNotEqual((self.dir / "a.csv").read_bytes(), (self.dir / "other.csv").read_bytes())
        rows = (self.dir / "a.csv").read_text().count("\n") - 1
        self.assertEqual(self.load("--keep-history", "--json", "a.csv").json()["stored"], rows)
        for name in ("c.csv.gz", "d.csv.zst", "e.ndjson"):
            self.assertEqual(self.load("--keep-history", "--json", name).json()["duplicates"], rows, name)

    def test_the_truth_lies_beside_the_records(self):
        result = self.fleet("generate", "--vehicles", "20", "--from", "2026-01-01", "--to", "2026-01-05", "--interval", "1m", "--out", "a.csv",
                            "--truth", "truth.ndjson", "--json").json()
        truth = [json.loads(line) for line in (self.dir / "truth.ndjson").read_text().splitlines()]
        self.assertEqual(len(truth), result["anomalies"])
        self.assertGreater(len(truth), 0)

    def test_a_dirty_file_is_counted_like_its_truth(self):
        self.fleet("generate", "--vehicles", "10", "--from", "now-1d", "--to", "now", "--interval", "5m", "--dirty", "--out", "dirty.csv.gz",
                   "--truth", "truth.json")
        counts = self.load("--json", "dirty.csv.gz", code=3).json()
        for name in ("seconds", "rows_per_s"):
            del counts[name]
        self.assertEqual(counts, json.loads((self.dir / "truth.json").read_text()))

    def test_chosen_fields_only(self):
        self.fleet("generate", *self.SPAN, "--fields", "lat,lon,speed_kmh", "--out", "a.csv")
        self.assertEqual((self.dir / "a.csv").read_text().splitlines()[0], "device_id,ts,lat,lon,speed_kmh")

    def test_nothing_is_left_behind_when_it_cannot_be_done(self):
        self.fleet("generate", *self.SPAN, "--fields", "colour", "--out", "a.csv", code=2)
        self.fleet("generate", "--from", "2026-01-02", "--to", "2026-01-01", "--out", "a.csv", code=2)
        self.fleet("generate", *self.SPAN, "--out", "no/such/folder/a.csv", code=1)
        self.assertEqual([p.name for p in self.dir.iterdir()], [])


if __name__ == "__main__":
    unittest.main()
