#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a property test with its share of the seeds: property.py TEST_BINARY GTEST_NAME PART PARTS.

FLEET_PROPERTY_TOTAL is the number of seeds of all parts (1,000). Directories are made in memory where the system has a place for
that, because thousands of small stores would mostly wait for the disk.
"""
import os
import pathlib
import subprocess
import sys

SEEDS = 1_000
IN_MEMORY = pathlib.Path("/dev/shm")


def main():
    binary, name, part, parts = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    total = int(os.environ.get("FLEET_PROPERTY_TOTAL") or SEEDS)
    first, end = total * part // parts, total * (part + 1) // parts
    environment = os.environ | {"FLEET_PROPERTY_FIRST": str(first + 1), "FLEET_PROPERTY_SEEDS": str(end - first)}
    if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK):
        environment.setdefault("TMPDIR", str(IN_MEMORY))
    print(f"seeds {first + 1} to {end}", flush=True)
    done = subprocess.run([binary, f"--gtest_filter={name}"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    if "[  PASSED  ] 1 test." not in done.stdout:
        sys.exit(f"{name} did not run: is its name right?")
    print(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
