#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`canary.py FAULT TEST_BINARY FILTER`: a named fault must make these tests fail, and without it they must pass.

A test binary of the preset `asan`. Failing means an assertion of a test, not a crash or a test that was not found.
"""
import os
import re
import subprocess
import sys


def run(binary, test_filter, **environment):
    command = [binary, f"--gtest_filter={test_filter}", "--gtest_brief=1"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    match = re.search(r"^\[==========\] (\d+) tests? from", done.stdout, re.MULTILINE)
    failed = re.findall(r"^\[  FAILED  \] ([\w/]+\.[\w/]+)", done.stdout, re.MULTILINE)
    return done.returncode, int(match.group(1)) if match else 0, sorted(set(failed)), done.stdout + done.stderr


def main(fault, binary, test_filter):
    status, tests, failed, output = run(binary, test_filter)
    if status != 0 or tests == 0:
        sys.exit(f"without a fault, {tests} tests of {test_filter} ended with {status}:\n{output[-2000:]}")
    status, _, failed, output = run(binary, test_filter, FLEET_FAULT=fault)
    if status != 1 or not failed:
        sys.exit(f"{fault}: expected failing tests, got exit status {status}:\n{output[-2000:]}")
    print(f"{fault} is found by {', '.join(failed)}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} FAULT TEST_BINARY FILTER")
    main(*sys.argv[1:])
