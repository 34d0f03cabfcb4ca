#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that the suites can fail: each planted fault must make one of them find differences, and none must pass them all.

Needs a binary built with FLEET_FAULTS=ON.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import scene

HERE = pathlib.Path(__file__).resolve().parent
SUITE_SECONDS = 300
SUITES = {
    "kill9": ["kill9.py", "--rounds", "4"],
    "crash": ["crash_points.py", "--places", "mid_checkpoint,before_trim", "--hits", "3"],
    "shuffle": ["shuffle.py", "--orders", "1"],
}
# Fault → the suite that is expected to find it; the others are tried when it does not.
FAULTS = {"ack_before_sync": "kill9", "device_sequence_dropped": "crash", "refold_skipped": "kill9",
          "wrong_merge_order": "shuffle"}


def run_suite(options, name, fault):
    """(passed, output). A suite that fails without having found a difference is an error of its own."""
    command = [sys.executable, str(HERE / SUITES[name][0]), *SUITES[name][1:], "--bin", options.bin,
               "--seed", str(options.seed), *(["--fault", fault] if fault else [])]
    with tempfile.TemporaryDirectory(prefix="fleet-canary-") as directory:   # what a suite keeps on failure goes with it
        done = subprocess.run(command, capture_output=True, timeout=SUITE_SECONDS, check=False,
                              env=os.environ | {"TMPDIR": directory})
    output = done.stdout.decode() + done.stderr.decode()
    if done.returncode != 0 and "DIFFERENCE" not in output:
        raise AssertionError(f"{name} with '{fault}' failed without finding a difference:\n{output}")
    return done.returncode == 0, output


def first_difference(output):
    return next(line.strip() for line in output.splitlines() if "DIFFERENCE" in line)


def main():
    options = scene.options_of(__doc__.splitlines()[0]).parse_args()
    print(f"canaries, seed {options.seed}")
    for name in SUITES:
        passed, output = run_suite(options, name, "")
        if not passed:
            raise AssertionError(f"{name} fails without any fault:\n{output}")
        print(f"  no fault: {name} passes")
    missed = []
    for fault, expected in FAULTS.items():
        for name in [expected, *(suite for suite in SUITES if suite != expected)]:
            passed, output = run_suite(options, name, fault)
            if not passed:
                print(f"  {fault}: found by {name}: {first_difference(output)}")
                break
        else:
            print(f"  {fault}: NOT FOUND")
            missed.append(fault)
    if missed:
        raise AssertionError(f"no suite finds {', '.join(missed)}")


if __name__ == "__main__":
    scene.run(main)
