# SPDX-License-Identifier: Apache-2.0
"""Real files through the real binary: the counts and the three tables must be what other programs found to be true.

However the rows of a set come in – once, twice, shuffled, in pieces, over HTTP, with the process killed in the middle –
`stored` summed over the runs and the tables are the same. Each test states what the other counters must be.
"""
import calendar
import gzip
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fleet_binary as fleet  # noqa: E402
import tables  # noqa: E402
import truth  # noqa: E402

SEED = 20_260_315
# Retention does not hide the years-old rows of a server that these tests start.
FOR_EVER = {"FLEET_RETENTION_DAYS": "0"}


def newest_rows(header, rows):
    """Per row, whether an earlier one of its device was newer, and how many rows carry their device's newest time."""
    device_at, ts_at = (header.decode().strip().split(",").index(name) for name in ("device_id", "ts"))
    newest, late = {}, 0
    times = []
    for row in rows:
        cells = row.decode().split(",")
        device, ts = cells[device_at], cells[ts_at]   # all of one form, so text order is time order
        late += newest.get(device, "") > ts
        newest[device] = max(newest.get(device, ""), ts)
        times.append((device, ts))
    return late, sum(newest[device] == ts for device, ts in times)


def accounting(server):
    """What the store says of itself since it was made, exact over crashes."""
    return server.get("health")["accounting"]


@unittest.skipIf(truth.missing(), truth.missing())
class Facts(unittest.TestCase):
    maxDiff = None

    def fresh(self):
        """An empty place for a data directory and files."""
        directory = tempfile.TemporaryDirectory(prefix="fleet-facts-")
        self.addCleanup(directory.cleanup)
        self.scratch = pathlib.Path(directory.name)
        self.data = self.scratch / "data"

    # --- ways in ---

    def load(self, name, *files, options=(), stdin=None, accept=None):
        rejected = truth.facts(name)["invalid_rows"]
        return fleet.run_json("load", "--data", self.data, "--keep-history", "--fleet", name, *options, *files,
                              stdin=stdin, accept=accept or ((3,) if rejected else (0,)))

    def write(self, name, header, rows):
        path = self.scratch / name
        path.write_bytes(header + b"".join(rows))
        return path

    # --- what must be ---

    def check_counts(self, got, **wanted):
        self.assertEqual({key: got[key] for key in wanted}, wanted)
        self.assertEqual(got["read"], got["stored"] + got["duplicates"] + got["conflicts"] + got["rejected"])

    def first_load_counts(self, name):
        facts = truth.facts(name)
        return {"read": facts["rows"], "stored": facts["stored_rows"], "duplicates": facts["key_duplicates_valid"],
                "conflicts": facts["key_conflicts"], "rejected": facts["invalid_rows"],
                "rejected_by_reason": facts["invalid_by_reason"], "devices": facts["devices"]}

    def check_tables(self, name, server=None, device=lambda text: text):
        if server is None:
            with fleet.Server(self.data) as own:
                return self.check_tables(name, own, device)
        found = tables.differences(server, name, truth.table("vehicle_day", name), truth.table("fleet_hour", name),
                                   truth.table("latest", name), device)
        self.assertEqual(found, [], f"{len(found)} differences")
        return None

    def check_store(self):
        """The store's own recomputation agrees with its tables."""
        fleet.run("verify", "--data", self.data)

    # --- the tests ---

    def test_loading_once_in_file_order_gives_the_facts(self):
        for name in truth.SETS:
            with self.subTest(name):
                self.fresh()
                got = self.load(name, truth.normalized(name))
                self.check_counts(got, late=truth.facts(name)["late_rows"], **self.first_load_counts(name))
                self.assertGreater(got["seconds"], 0)
                self.assertGreater(got["rows_per_s"], 0)
                self.check_tables(name)
                self.check_store()

    def test_loading_all_sets_at_once_adds_their_counts(self):
        self.fresh()
        files = [truth.normalized(name) for name in truth.SETS]
        got = fleet.run_json("load", "--data", self.data, "--keep-history", "--fleet", "all", *files)
        facts = [truth.facts(name) for name in truth.SETS]
        # Some buses drive in both years: devices are counted once, and nothing of 2016 is late for those of 2015.
        ids = {row["device"] for name in truth.SETS for row in truth.table("latest", name)}
        self.check_counts(got, read=sum(f["rows"] for f in facts), stored=sum(f["stored_rows"] for f in facts),
                          duplicates=sum(f["key_duplicates_valid"] for f in facts), conflicts=0,
                          late=sum(f["late_rows"] for f in facts), rejected=0, devices=len(ids))

    def test_loading_twice_stores_nothing_more(self):
        for name in truth.SETS:
            with self.subTest(name):
                self.fresh()
                self.load(name, truth.normalized(name))
                facts = truth.facts(name)
                _, newest = newest_rows(*truth.normalized_lines(name))
                # Everything is there already; late is all but the rows at their device's newest time.
                self.check_counts(self.load(name, truth.normalized(name)), read=facts["rows"], stored=0,
                                  duplicates=facts["rows"] - facts["invalid_rows"], conflicts=0,
                                  late=facts["rows"] - facts["invalid_rows"] - newest, rejected=facts["invalid_rows"])
                self.check_tables(name)

    def test_the_order_of_rows_changes_only_how_many_are_late(self):
        for name in truth.SETS:
            with self.subTest(name, seed=SEED):
                self.fresh()
                header, rows = truth.normalized_lines(name)
                random.Random(SEED).shuffle(rows)
                late, _ = newest_rows(header, rows)
                self.assertNotEqual(late, truth.facts(name)["late_rows"])
                self.check_counts(self.load(name, self.write("shuffled.csv", header, rows)), late=late,
                                  **self.first_load_counts(name))
                self.check_tables(name)
                self.check_store()

    def test_ten_pieces_add_up(self):
        for name in truth.SETS:
            with self.subTest(name):
                self.fresh()
                header, rows = truth.normalized_lines(name)
                facts = truth.facts(name)
                cuts = [len(rows) * i // 10 for i in range(11)]
                runs = [self.load(name, self.write(f"piece{i}.csv", header, rows[cuts[i]:cuts[i + 1]])) for i in range(10)]
                # In file order what is late is late, whichever run brings it.
                total = {key: sum(run[key] for run in runs)
                         for key in ("read", "stored", "duplicates", "conflicts", "late", "rejected")}
                self.check_counts(total, read=facts["rows"], stored=facts["stored_rows"], late=facts["late_rows"],
                                  duplicates=facts["key_duplicates_valid"], conflicts=0, rejected=facts["invalid_rows"])
                self.check_tables(name)

    def test_http_takes_the_same_rows_in_every_format(self):
        for name in truth.SETS:
            with self.subTest(name):
                self.fresh()
                facts = truth.facts(name)
                header, rows = truth.normalized_lines(name)
                total = dict.fromkeys(("accepted", "duplicates", "conflicts", "rejected"), 0)
                with fleet.Server(self.data, FLEET_INGEST_DEFAULT_FLEET=name, **FOR_EVER) as server:
                    for number, start in enumerate(range(0, len(rows), 1000)):
                        body, content_type = encoded(number % 4, header, rows[start:start + 1000])
                        answer = server.ingest(body, content_type)
                        for key in ("accepted", "duplicates", "conflicts"):
                            total[key] += answer[key]
                        total["rejected"] += len(answer["rejected"])
                    self.assertEqual(total, {"accepted": facts["stored_rows"], "duplicates": facts["key_duplicates_valid"],
                                             "conflicts": 0, "rejected": facts["invalid_rows"]})
                    kept = accounting(server)
                    wanted = {"received": facts["rows"], "stored": facts["stored_rows"], "conflicts": 0, "refused": 0,
                              "duplicates": facts["key_duplicates_valid"], "late": facts["late_rows"],
                              "quarantined": facts["invalid_rows"]}
                    self.assertEqual({key: kept[key] for key in wanted}, wanted)
                    metrics = server.metrics()
                    self.assertEqual(metrics['fleet_records_total{outcome="stored"}'], facts["stored_rows"])
                    self.check_tables(name, server)
                self.check_tables(name)   # and after a restart

    def test_a_load_killed_in_the_middle_is_completed_by_loading_again(self):
        for name in truth.SETS:
            for kill in (self.kill_bulk_load, self.kill_paced_load):
                with self.subTest(name, kill=kill.__name__):
                    self.fresh()
                    kill(name)
                    with fleet.Server(self.data) as server:
                        before = accounting(server)
                    facts = truth.facts(name)
                    self.assertLess(before["stored"], facts["stored_rows"], "the load was through before the kill")
                    if kill == self.kill_paced_load:
                        self.assertGreater(before["stored"], 0, "acknowledged rows are gone")
                    again = self.load(name, truth.normalized(name))
                    self.assertEqual(before["stored"] + again["stored"], facts["stored_rows"])
                    # What the killed run had stored comes as duplicates now. A row is at least as late as in one pass.
                    self.check_counts(again, read=facts["rows"], conflicts=0, rejected=facts["invalid_rows"],
                                      duplicates=facts["rows"] - facts["invalid_rows"] - again["stored"])
                    self.assertGreaterEqual(again["late"], facts["late_rows"])
                    with fleet.Server(self.data) as server:
                        kept = accounting(server)
                        self.assertEqual(kept["received"], before["received"] + facts["rows"])
                        self.assertEqual(kept["stored"], facts["stored_rows"])
                        self.assertEqual(kept["conflicts"], 0)
                        self.assertEqual(kept["quarantined"], before["quarantined"] + facts["invalid_rows"])
                        self.assertEqual(kept["received"], kept["stored"] + kept["duplicates"] + kept["quarantined"])
                        self.check_tables(name, server)
                    self.check_store()

    def start_load(self, name, *arguments, log, **pipes):
        command = [fleet.BINARY, "load", "--data", self.data, "--keep-history", "--fleet", name, "--json", *arguments]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log,
                                env=fleet.environment(METRICS_INTERVAL="100ms"), **pipes)

    def kill_bulk_load(self, name):
        """Kills a load of the ordinary kind, which is durable at its end only, when it has half of the rows."""
        header, rows = truth.normalized_lines(name)
        with open(self.scratch / "log", "wb") as log:
            process = self.start_load(name, "-", log=log, stdin=subprocess.PIPE)
            # Returns when all but what fits into the pipe was taken; the other half never comes.
            process.stdin.write(header + b"".join(rows[:len(rows) // 2]))
            process.stdin.flush()
            alive = process.poll() is None
            process.kill()
            process.stdin.close()
            process.wait(timeout=fleet.START_SECONDS)
        self.assertTrue(alive, (self.scratch / "log").read_text())

    def kill_paced_load(self, name):
        """Kills a load that goes through the journal when some of its rows were acknowledged, so are durable."""
        rate = truth.facts(name)["rows"] // 4
        log_file = self.scratch / "log"
        with open(log_file, "wb") as log:
            process = self.start_load(name, "--rate", str(rate), "--batch-size", "250", truth.normalized(name), log=log)
            deadline = time.monotonic() + fleet.START_SECONDS
            while not re.search(rb"records [1-9]", log_file.read_bytes()) and process.poll() is None:
                if time.monotonic() > deadline:
                    break
                time.sleep(0.01)
            alive = process.poll() is None
            process.kill()
            process.wait(timeout=fleet.START_SECONDS)
        self.assertTrue(alive, log_file.read_text())
        self.assertRegex(log_file.read_text(), "records [1-9]")

    def test_a_server_killed_in_the_middle_keeps_what_it_acknowledged(self):
        for name in truth.SETS:
            with self.subTest(name):
                self.fresh()
                facts = truth.facts(name)
                header, rows = truth.normalized_lines(name)
                batches = [rows[start:start + 1000] for start in range(0, len(rows), 1000)]
                settings = {"FLEET_INGEST_DEFAULT_FLEET": name} | FOR_EVER
                acknowledged = 0
                with fleet.Server(self.data, **settings) as server:
                    for batch in batches[:len(batches) // 2]:
                        answer = server.ingest(header + b"".join(batch), "text/csv")
                        acknowledged += answer["accepted"] + answer["duplicates"]
                    server.kill()
                with fleet.Server(self.data, **settings) as server:
                    before = accounting(server)
                    self.assertEqual(before["received"], acknowledged)   # nothing was under way when it was killed
                    for batch in batches:
                        answer = server.ingest(header + b"".join(batch), "text/csv")
                        self.assertEqual((answer["conflicts"], answer["rejected"]), (0, []))
                    after = accounting(server)
                    self.assertEqual(after["stored"], facts["stored_rows"])
                    self.assertEqual(after["duplicates"], acknowledged + facts["rows"] - facts["stored_rows"])
                    self.check_tables(name, server)

    def test_raw_bus_files_load_with_a_map_and_a_unit(self):
        columns = "vehicle_id=device_id,timestamp=ts,latitude=lat,longitude=lon,speed=speed_kmh," \
                  "route_id=-,trip_id=-,trip_headsign=attr:headsign"
        for name, unit in (("capmetro_2015-03-07", "mph"), ("capmetro_2016-11-25", "mps")):
            with self.subTest(name):
                self.fresh()
                facts = truth.facts(name)
                got = self.load(name, truth.DATA / f"{name}.csv.gz", options=("--map", columns, "--speed-unit", unit))
                # Rows of one bus and time that differ in the route only are duplicates; in the headsign, conflicts.
                self.assertEqual(got["duplicates"] + got["conflicts"], facts["key_duplicates_valid"])
                self.check_counts(got, read=facts["rows"], stored=facts["stored_rows"], late=facts["late_rows"],
                                  rejected=0, devices=facts["devices"])
                self.check_tables(name, device=lambda text: text.removeprefix("bus-"))

    def test_raw_car_files_load_with_a_map_and_a_time_format(self):
        self.fresh()
        name = "twizy_T3"
        facts = truth.facts(name)
        files = []
        for source in sorted(truth.DATA.glob("twizy_T3_*.csv.gz")):
            # The files name no vehicle: a column in front does.
            header, *rows = gzip.decompress(source.read_bytes()).splitlines(keepends=True)
            files.append(self.write(source.name.removesuffix(".gz"), b"car," + header, [b"twizy-1," + row for row in rows]))
        self.assertEqual(len(files), 8)
        columns = "car=device_id,Date+Time=ts,Soc=battery_pct,Speed=speed_kmh,LAT=lat,LON=lon,ALT=altitude_m," \
                  "Temperature=temp_c,Humidity=humidity_pct,Mode=-,GpsSpeed=-,Weather=attr:weather,WindSpeedAv=-," \
                  "Traffic=-,SpeedLimit=-"
        got = self.load(name, *files, options=("--map", columns, "--time-format", "%m/%d/%Y %H:%M:%S", "--time-zone", "UTC"))
        self.check_counts(got, late=facts["late_rows"], **self.first_load_counts(name))
        self.check_tables(name)


def encoded(form, header, rows):
    """Rows as body and content type of POST ingest: CSV, NDJSON, a JSON array or the line protocol."""
    if form == 0:
        return header + b"".join(rows), "text/csv"
    names = header.decode().strip().split(",")
    records = [{name: cell for name, cell in zip(names, row.decode().strip().split(",")) if cell} for row in rows]
    numbers = [name for name in names if name not in ("device_id", "ts")]
    if form == 3:
        lines = [f"reading,device_id={r['device_id']} {','.join(f'{n}={r[n]}' for n in numbers if n in r)} {epoch_ns(r['ts'])}"
                 for r in records]
        return "\n".join(lines).encode(), "text/plain"
    objects = ["{" + ",".join(f'"{n}":{json.dumps(r[n]) if n in ("device_id", "ts") else r[n]}' for n in r) + "}"
               for r in records]
    if form == 1:
        return ("\n".join(objects) + "\n").encode(), "application/x-ndjson"
    return ("[" + ",".join(objects) + "]").encode(), "application/json"


def epoch_ns(ts):
    return calendar.timegm(time.strptime(ts, "%Y-%m-%dT%H:%M:%SZ")) * 10 ** 9


if __name__ == "__main__":
    unittest.main()
