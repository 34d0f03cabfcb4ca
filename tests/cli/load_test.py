# SPDX-License-Identifier: Apache-2.0
"""`fleet load`: formats and packings, and what every kind of bad input gets."""
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import unittest

from support import HEADER, CliTest, recent, row


class FormatsTest(CliTest):
    def counts(self, answer):
        counts = answer.json()
        self.assertEqual(counts["read"], counts["stored"] + counts["duplicates"] + counts["conflicts"] + counts["rejected"])
        return counts

    def test_the_result_has_the_members_of_the_contract_in_order(self):
        counts = self.counts(self.load("--json", self.write("a.csv", HEADER + row())))
        self.assertEqual(list(counts), ["read", "stored", "duplicates", "conflicts", "late", "rejected", "rejected_by_reason",
                                        "devices", "seconds", "rows_per_s"])
        self.assertEqual((counts["read"], counts["stored"], counts["devices"]), (1, 1, 1))

    def test_every_format_and_packing_gives_the_same_rows(self):
        times = [recent(5000 - i) for i in range(200)]
        csv = HEADER + "".join(f"V-{i % 7},{t},48.85,2.35,{i % 90}\n" for i, t in enumerate(times))
        ndjson = "".join(json.dumps({"device_id": f"V-{i % 7}", "ts": t, "lat": 48.85, "lon": 2.35, "speed_kmh": i % 90}) + "\n"
                         for i, t in enumerate(times))
        files = [self.write("a.csv", csv), self.write("b.csv.gz", gzip.compress(csv.encode())), self.write("c.ndjson", ndjson),
                 self.write("no-ending", ndjson), self.write("crlf.csv", csv.replace("\n", "\r\n"))]
        zstd = shutil.which("zstd")
        if zstd:
            files.append(self.write("d.zst", subprocess.run([zstd, "-c"], input=csv.encode(), capture_output=True, check=True).stdout))
        self.assertEqual(self.counts(self.load("--json", files[0]))["stored"], 200)
        for file in files[1:]:
            with self.subTest(file=file.name):
                self.assertEqual(self.counts(self.load("--json", file))["duplicates"], 200)

    def test_standard_input_and_several_files_load_in_order(self):
        first = self.write("1.csv", HEADER + row(seconds_ago=100))
        counts = self.counts(self.load("--json", first, "-", stdin=(HEADER + row(seconds_ago=200)).encode()))
        self.assertEqual((counts["stored"], counts["late"]), (2, 1))

    def test_columns_units_and_zones_are_mapped(self):
        file = self.write("odd.csv", "vehicle;when;y;x;mph\nA-1;31/10/2026 12:30:00;48.85;2.35;10\n")
        self.load("--map", "vehicle=device_id,when=ts,y=lat,x=lon,mph=speed_kmh", "--speed-unit", "mph", "--time-zone", "Europe/Paris",
                  "--time-format", "%d/%m/%Y %H:%M:%S", "--keep-history", file)
        latest = self.fleet("latest", "A-1", "--data", self.data, "--json").json()
        self.assertEqual((latest["ts"], latest["speed_kmh"]), ("2026-10-31T11:30:00.000Z", 16.09))

    def test_a_large_file_is_counted_exactly_whatever_its_blocks(self):
        rows, devices = 200_000, 50
        body = "".join(f"V-{i % devices},{recent(90_000 - i // devices)},48.85,2.35,{i % 90}\n" for i in range(rows))
        quoted = body.replace("V-7,", '"V-7",')   # cells in quotes take another way through the parser
        for name, text in (("plain.csv", body), ("quoted.csv", quoted)):
            counts = self.counts(self.fleet("load", "--data", self.dir / name[:-4], "--json", self.write(name, HEADER + text)))
            self.assertEqual((counts["read"], counts["stored"], counts["devices"]), (rows, rows - counts["duplicates"], devices))

    def test_keep_history_takes_old_rows_and_keeps_their_fleet(self):
        file = self.write("old.csv", HEADER + "V-1,2001-01-01T00:00:00Z,1,1,1\n")
        counts = self.counts(self.load("--json", file, code=3))
        self.assertEqual(counts["rejected_by_reason"], {"too_old": 1})
        counts = self.counts(self.load("--json", "--keep-history", "--fleet", "museum", file))
        self.assertEqual(counts["stored"], 1)
        self.assertIn("unlimited", self.fleet("devices", "--data", self.data).out)
        self.assertEqual(len(self.fleet("history", "V-1", "--data", self.data, "--json").json()["items"]), 1)

    def test_a_paced_load_counts_the_same(self):
        file = self.write("a.csv", HEADER + "".join(row(seconds_ago=1000 - i) for i in range(300)))
        counts = self.counts(self.load("--json", "--rate", "3000", "--batch-size", "50", file))
        self.assertEqual((counts["stored"], counts["late"]), (300, 0))
        self.assertGreater(counts["seconds"], 0.05)

    def test_a_server_counts_the_same(self):
        file = self.write("a.csv", HEADER + row() + row(lat="91") + row() + row(device="V-2"))
        _, url = self.serve()
        for mode in ("batch", "async"):
            counts = self.counts(self.fleet("load", "--url", url, "--write-mode", mode, "--json", file, code=3))
            self.assertEqual((counts["read"], counts["rejected_by_reason"], counts["late"]), (4, {"bad_latitude": 1}, None))
            self.assertEqual(counts["stored"], 2 if mode == "batch" else 0)
        answer = self.fleet("load", "--data", self.data, file, code=1)
        self.assertIn("--url", answer.err)


class BadInputTest(CliTest):
    def refused(self, file, *parts, code=1):
        """The whole file is refused; nothing is stored, and the message has all the parts."""
        answer = self.load("--json", file, code=code)
        for part in parts:
            self.assertIn(part, answer.err)
        self.assertNotIn("unexpected failure", answer.err)
        return answer

    def good_stored(self, file, reasons, stored=1):
        """Bad rows are rejected with their reasons, good ones are stored."""
        counts = self.load("--json", file, code=3).json()
        self.assertEqual(counts["rejected_by_reason"], reasons)
        self.assertEqual(counts["stored"], stored)
        items = self.fleet("quarantine", "list", "--data", self.data, "--json").json()["items"]
        self.assertEqual(sorted(i["reason"] for i in items), sorted(r for r, n in reasons.items() for _ in range(n)))
        return items

    def test_a_missing_file(self):
        self.refused(self.dir / "missing.csv", "missing.csv", "No such file", "nothing was loaded")

    def test_a_directory(self):
        self.refused(self.dir, "is a directory")

    def test_an_empty_file(self):
        self.refused(self.write("empty.csv", ""), "empty.csv: is empty")

    def test_a_header_only(self):
        answer = self.load("--json", self.write("head.csv", HEADER))
        self.assertIn("has a header and no rows", answer.err)
        self.assertEqual(answer.json()["read"], 0)

    def test_an_unknown_column(self):
        self.refused(self.write("u.csv", "device_id,ts,lat,lon,sped_kmh\n" + row()), "u.csv", "sped_kmh", "speed_kmh", "--map")

    def test_a_missing_column(self):
        self.refused(self.write("m.csv", "device_id,lat,lon\nV-1,1,1\n"), "m.csv", "ts")

    def test_a_bad_file_behind_a_good_one_is_seen_before_anything_is_loaded(self):
        good = self.write("good.csv", HEADER + row())
        answer = self.load(good, self.write("bad.csv", "a,b\n1,2\n"), code=1)
        self.assertIn("nothing was loaded", answer.err)
        self.assertFalse(self.data.exists())

    def test_a_truncated_gz_stores_what_comes_before(self):
        rows = HEADER + "".join(row(device=f"V-{i}", seconds_ago=100_000 - i, lat=f"48.{random.Random(i).randrange(10**6):06}") for i in range(20_000))
        packed = gzip.compress(rows.encode())
        answer = self.refused(self.write("cut.csv.gz", packed[:len(packed) // 2]), "cut.csv.gz", "cut off", "what was stored before is kept")
        counts = answer.json()
        self.assertGreater(counts["stored"], 1000)
        self.assertEqual(counts["rejected"], 0)
        again = self.load("--json", self.write("whole.csv.gz", packed)).json()
        self.assertEqual(again["stored"] + counts["stored"], 20_000)

    def test_a_binary_file(self):
        noise = random.Random(1).randbytes(100_000)
        self.refused(self.write("noise.csv", b"\x00\x01" + noise), "noise.csv")

    def test_a_row_with_too_many_fields(self):
        items = self.good_stored(self.write("f.csv", HEADER + row().strip() + ",extra\n" + row(device="V-2")), {"bad_syntax": 1})
        self.assertIn("line 2", items[0]["detail"])

    def test_impossible_dates_sentinels_and_numbers(self):
        bad = {"bad_timestamp": "V-1,2026-02-30T00:00:00Z,1,1,1\n", "null_island": row(lat="0", lon="0"),
               "bad_speed": row(speed="410.4"), "bad_latitude": row(lat="1e309"), "bad_longitude": row(lon="nan"),
               "half_position": row(lon=""), "future_ts": row(seconds_ago=-3600)}
        items = self.good_stored(self.write("i.csv", HEADER + "".join(bad.values()) + row()), dict.fromkeys(bad, 1))
        self.assertEqual([i["index"] for i in items], list(range(len(bad))))

    def test_255_mph_is_a_sentinel_and_no_speed(self):
        file = self.write("mph.csv", HEADER + row(speed="255") + row(device="V-2", speed="55"))
        counts = self.load("--json", "--speed-unit", "mph", file, code=3).json()
        self.assertEqual(counts["rejected_by_reason"], {"bad_speed": 1})

    def test_a_line_of_100_mb(self):
        path = self.dir / "long.csv"
        with open(path, "wb") as out:
            out.write((HEADER + row()).encode())
            for _ in range(100):
                out.write(b"x" * 1_000_000)
            out.write(("\n" + row(device="V-2")).encode())
        self.good_stored(path, {"too_large": 1}, stored=2)
        ndjson = self.dir / "long.ndjson"
        with open(ndjson, "wb") as out:
            out.write(b'{"device_id":"V-3","ts":"' + recent(60).encode() + b'"}\n')
            for _ in range(20):
                out.write(b"x" * 1_000_000)
            out.write(b'\n{"device_id":"V-4","ts":"' + recent(60).encode() + b'"}\n')
        counts = self.load("--json", ndjson, code=3).json()
        self.assertEqual((counts["stored"], counts["rejected_by_reason"]), (2, {"too_large": 1}))

    def test_a_quote_that_never_closes_costs_one_row(self):
        text = HEADER + row() + '"V-9,' + row(device="x")[2:] + "".join(row(device=f"V-{i}") for i in range(2, 3000))
        counts = self.load("--json", self.write("q.csv", text), code=3).json()
        self.assertEqual((counts["read"], counts["rejected_by_reason"]), (3000, {"bad_syntax": 1}))

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root reads everything, and setpriv is not there")
    def test_a_read_only_directory(self):
        self.data.mkdir()
        os.chmod(self.data, 0o555)
        file = self.write("a.csv", HEADER + row())
        os.chmod(self.dir, 0o755)
        os.chmod(file, 0o644)
        from support import BINARY, environment
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run([*drop, BINARY, "load", "--data", self.data, file], capture_output=True, cwd="/", env=environment(), check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"cannot open the data directory", done.stderr)

    def test_an_interrupted_load_says_so_and_can_be_repeated(self):
        process = self.start("load", "--data", self.data, "--json", "--rate", "500", "--batch-size", "10",
                             self.write("a.csv", HEADER + "".join(row(seconds_ago=20_000 - i) for i in range(5000))))
        self.wait_until(lambda: (self.data / "journal").exists() and any(f.stat().st_size for f in (self.data / "journal").iterdir()),
                        "the load has begun")
        answer = self.stop(process, signal.SIGINT)
        self.assertEqual(answer.code, 130, answer.err)
        counts = answer.json()
        self.assertLess(counts["stored"], 5000)
        again = self.load("--json", self.dir / "a.csv").json()
        self.assertEqual(again["stored"] + counts["stored"], 5000)


if __name__ == "__main__":
    unittest.main()
