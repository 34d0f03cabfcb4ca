#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`test_totals.py FOLDER FAILED_STEPS`: adds up the JUnit files and closing lines of a CI run.

Prints `N passed, N failed, N skipped`. A step that failed without a failing test in its own figures (a build, a
linter, a crash) counts as one failure, so that the line never says less than the exit code.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree

CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)


def of_junit(file):
    suites = xml.etree.ElementTree.parse(file).getroot().iter("testsuite")
    passed = failed = skipped = 0
    for suite in suites:
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        out = int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))
        passed += int(suite.get("tests", 0)) - bad - out
        failed += bad
        skipped += out
    return passed, failed, skipped


def of_log(file):
    lines = CLOSING.findall(file.read_text(errors="replace"))
    return tuple(int(n or 0) for n in lines[-1]) if lines else (0, 0, 0)


def main(folder, failed_steps):
    reports = sorted(folder.glob("*.xml"))
    figures = [of_junit(file) for file in reports]
    figures += [of_log(log) for log in sorted(folder.glob("*.log")) if not log.with_suffix(".xml").exists()]
    passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *figures))
    print(f"{passed} passed, {max(failed, failed_steps)} failed, {skipped} skipped")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
