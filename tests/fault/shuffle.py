#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads the same records in different orders, repeated and in conflict with each other, through `fleet load` (I4, I5).

Rows and tables must equal those that an independent program computes, whatever the order; the counts of each load must
equal its counts for that order.
"""
import argparse
import json
import random
import subprocess
import time

import scene
import server as serving
import verify
from verify import oracle

COLUMNS = ["device_id", "ts", "lat", "lon", "speed_kmh", "heading_deg", "battery_pct", "temp_c", "humidity_pct", "zone"]
COUNTED = ["read", "stored", "duplicates", "conflicts", "late", "rejected"]
DEVICES = 12
VERSIONS_OF_A_TENTH = 3


def records(chance, count, start_ms):
    """CSV lines: unique identities, and for a tenth of them further versions, poorer or different."""
    lines = []
    for n in range(count):
        device, ms = f"S-{n % DEVICES:02}", start_ms + n * 1_700 + chance.randrange(1_000)
        versions = chance.randint(2, VERSIONS_OF_A_TENTH) if chance.random() < 0.1 else 1
        for _ in range(versions):
            cells = {"device_id": device, "ts": oracle.iso(ms)}
            if chance.random() < 0.9:
                cells |= {"lat": f"{48 + n / 1e5 + chance.randrange(100) / 1e6:.6f}",
                          "lon": f"{2 + n / 1e5 + chance.randrange(100) / 1e6:.6f}"}
            if chance.random() < 0.9:
                cells |= {"speed_kmh": f"{chance.randrange(13_000) / 100:.2f}"}
                if chance.random() < 0.7:
                    cells |= {"heading_deg": f"{chance.randrange(36_000) / 100:.2f}"}
            if chance.random() < 0.8:
                cells |= {"battery_pct": f"{chance.randrange(10_001) / 100:.2f}"}
            if chance.random() < 0.7:
                cells |= {"temp_c": f"{chance.randrange(-2_000, 4_000) / 100:.2f}", "humidity_pct": "50"}
            if chance.random() < 0.3:
                cells |= {"zone": chance.choice(["depot", "harbour"])}
            lines.append(",".join(cells.get(column, "") for column in COLUMNS))
    return lines


def load(stage, binary, file):
    done = subprocess.run([binary, "load", str(file), "--data", str(stage.data), "--json"], capture_output=True, timeout=120,
                          env=serving.environment(stage.settings), check=False)
    lines = done.stdout.decode().splitlines()
    if done.returncode != 0 or len(lines) != 1:
        raise AssertionError(f"fleet load ended with {done.returncode}: {done.stderr.decode()[-1000:]}")
    return json.loads(lines[0])


def load_shuffled(options, lines, order_seed):
    """One data directory, loaded in one order; the differences."""
    chance = random.Random(order_seed)
    sent = lines + chance.sample(lines, len(lines) // 5)
    chance.shuffle(sent)
    pieces = [sent[i::3] for i in range(3)]
    differences = []
    with scene.Scene(argparse.Namespace(**vars(options))) as stage:
        truth = oracle.Oracle(now_ms=oracle.MAX_MS)
        for number, piece in enumerate(pieces):
            file = stage.dir / f"piece-{number}.csv"
            file.write_text("\n".join([",".join(COLUMNS), *piece]) + "\n", encoding="utf-8")
            before = truth.counts()
            truth.load(file.read_bytes())
            shown = load(stage, options.bin, file)
            for name in COUNTED:
                wanted = truth.counts()[name] - before[name]
                if shown[name] != wanted:
                    differences.append(f"piece {number}: fleet load counted {shown[name]} {name}, not {wanted}")
        server = stage.start()
        server.wait_ready()
        rows = verify.present_rows(server, differences)
        wanted = {(device, ms): {name: value for name, value in row.items() if name != "attributes"}
                  for device, of in truth.rows.items() for ms, row in of.items()}
        for identity in sorted(rows.keys() | wanted.keys()):
            if rows.get(identity) != wanted.get(identity):
                differences.append(f"{identity[0]} {oracle.iso(identity[1])} is {rows.get(identity)}, "
                                   f"merged it is {wanted.get(identity)}")
        verify.compare_tables(server, truth, differences)
        server.stop()
        verify.report({"order": order_seed, "sent": len(sent), "rows": len(rows)}, differences)
        if differences:
            raise AssertionError(f"{len(differences)} differences, the first: {differences[0]}")


def main():
    parser = scene.options_of(__doc__.splitlines()[0], orders=3, count=4_000)
    options = parser.parse_args()
    print(f"shuffled, repeated and conflicting records: {options.orders} orders, seed {options.seed}")
    start_ms = int(time.time() * 1000) - 26 * 3_600_000
    lines = records(random.Random(options.seed), options.count, start_ms)
    for order in range(options.orders):
        load_shuffled(options, lines, options.seed * 1_000 + order)


if __name__ == "__main__":
    scene.run(main)
