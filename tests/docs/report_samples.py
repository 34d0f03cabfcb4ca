# SPDX-License-Identifier: Apache-2.0
"""Invented result files in the form that docs/report/README.md asks for, so that the report can be tested without measuring. Their
figures mean nothing and reach no document of the tree."""
import json
import math
import sys

MACHINE = {"cpu": "Invented Processor", "cores": 2, "revision": "0a1b2c3"}


def head(name):
    return {"experiment": name, "date": "2026-02-03T04:05:06Z", "command": f"./dev bench {name}", "machine": MACHINE}


def ms(p50, spread=4.0):
    return {"mean": p50 * 1.2, "p50": p50, "p95": p50 * spread / 1.6, "p99": p50 * spread, "max": p50 * spread * 2}


def run(name, tables, rate, client, server, p50, errors=0):
    return {"name": name, "client": "fleet" if name.startswith("fleet") else "python", "mode": "batch", "tables": tables, "records": 50000,
            "seconds": 50000 / rate, "records_per_s": rate, "client_cpu_s_per_100k": client, "server_cpu_s_per_100k": server, "client_rss_mib": 61.2,
            "bytes_per_100k": 31234567, "errors": errors, "write_ms": ms(p50), "verified": True}


def etl():
    floor = {"records": 50000, "records_per_s": 987.6, "seconds": 50.6, "errors": 0, "ack_ms": ms(3.21), "lag_ms": ms(456.7)}
    return head("cassandra-etl") | {
        "cluster": {"version": "5.0.9", "nodes": 4, "heap_mib": 384},
        "runs": [run("fleet-batch", 5, 4321.5, 1.23, 31.4, 42.1), run("fleet-async", 5, 612.3, 9.87, 512.6, 81.7), run("fleet-telemetry", 1, 6543.2, 0.91, 22.2, 38.8),
                 run("bridge-loop", 1, 6789.1, 0.87, 21.9, 37.3), run("guide-batches", 1, 5123.4, 5.43, 27.1, 96.5),
                 run("guide-three-statements", 3, 181.9, 146.3, 861.2, 263.4), run("guide-five-tables", 5, 83.7, 357.8, 1684.9, 577.2, 3)],
        "floors": {"batch": floor, "stream": floor | {"records": 240, "records_per_s": 2.01, "ack_ms": ms(2.34), "lag_ms": ms(512.3)}},
        "crash_rounds": {"rounds": 47, "equal": 47}}


def drill(name, fault, rung):
    timeline = [{"t_s": t, "acked_per_s": 1900 + 80 * math.sin(t), "copied_per_s": 0 if 20 <= t < 27 else 1850 + 300 * math.cos(t / 3), "api_p99_ms": 40.0,
                 "refused": 0, "rung": "local_quorum" if t < 20 or t > 71 else None if t < 24 else rung} for t in range(100)]
    events = [{"t_s": 20.0, "what": f"{fault} dc1-node2"}, {"t_s": 60.0, "what": "restart dc1-node2"}, {"t_s": 74.0, "what": "repair"}, {"t_s": 93.0, "what": "verify"}]
    return {"name": name, "fault": fault, "nodes_down": ["dc1-node2"], "nodetool_down": 1, "acknowledged": 51234, "quarantined": 0, "missing": 0, "doubled": 0,
            "level": "QUORUM", "missing_at_all": 0, "doubled_at_all": 0, "fault_s": 20.0, "heal_s": 60.0, "recovered_s": 6.7, "longest_gap_ms": 2345,
            "rungs": ["LOCAL_QUORUM", rung], "repair_s": 17.3, "lag_zero_s": 88.8,
            "api": {"requests": 812, "errors_5xx": 0, "stale": 19, "p99_ms_first_20s": 1987.6, "p99_ms_after": 143.2},
            "timeline": timeline, "events": events, "log": f"docs/report/logs/drill-{name}-{fault}.log"}


def drills():
    return head("cassandra-drills") | {"drills": [drill(name, fault, rung) for name, rung in (("node", "QUORUM"), ("datacentre", "REMOTE_LOCAL_QUORUM")) for fault in ("kill", "pause")]}


def reads():
    return head("cassandra-reads") | {
        "device_day": {"points": 2880, "page_rows": 500, "requests": 400, "ms": ms(9.87)},
        "fleet_latest": {"vehicles": 300, "requests": 250, "cache_off": {"ms": ms(71.3), "hit_rate": 0.0, "reads_per_request": 300},
                         "cache_on": {"ms": ms(0.43), "hit_rate": 0.964, "reads_per_request": 10.8, "max_age_s": 5}}}


def traces():
    def side(ms_, how, requests, rows):
        return {"cql": "SELECT …", "how": how, "requests": requests, "rows": rows, "ms": ms_,
                "trace": {"duration_us": 1234, "coordinator": "dc1-node1", "nodes": 1, "steps": 1, "events": [{"us": 7, "node": "dc1-node1", "what": "reading"}]}}
    return head("cassandra-traces") | {"rows": 28765, "vehicles": 187, "problems": [
        {"name": name, "before": side(before, "a", 187, 187), "after": side(after, "b", 187, 187)}
        for name, before, after in (("sequential", 1071.3, 97.5), ("filter", 396.2, 8.44), ("pages", 60.3, 21.8))]}


def load():
    one = {"read": 9876543, "stored": 9876543, "rows_per_s": 5123456, "cpu_s": 3.21, "max_rss_mib": 612.3, "bytes_per_row": 2.345, "checksum": "ab" * 32}
    return head("load") | {"file": {"bytes": 912345678}, "runs": [one] * 3, "median_rows_per_s": 5123456, "real_files": {}}


def http(name, rate):
    return head(name) | {"ingest": {"records_per_s": rate, "accepted": 200123, "ack_ms": {"p50": 1.98, "p99": 7.65, "max": 21.4}},
                         "device_day": {"points": 2880, "ms": {"p50": 0.71, "p99": 1.53, "max": 4.2}},
                         "server": {"cpu_s": 4.56, "resident_mib": {"now": 81.2, "largest": 91.3}}}


def write(folder):
    """All result files and logs into a folder: bench/results and docs/report/logs below it."""
    results, logs = folder / "bench" / "results", folder / "docs" / "report" / "logs"
    results.mkdir(parents=True)
    logs.mkdir(parents=True)
    for name, content in {"load": load(), "http": http("http", 812345), "http-single": http("http-single", 23456), "cassandra-etl": etl(), "cassandra-drills": drills(),
                          "cassandra-reads": reads(), "cassandra-traces": traces()}.items():
        (results / f"{name}.json").write_text(json.dumps(content))
    for entry in drills()["drills"]:
        lines = [f"{t:7.1f} s  step {t} of the drill {entry['name']}, {entry['fault']}" for t in range(0, 100, 5)]
        (folder / entry["log"]).write_text("\n".join(lines) + "\n")
    return results


if __name__ == "__main__":
    import pathlib
    print(write(pathlib.Path(sys.argv[1])))
