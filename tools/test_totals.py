#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`test_totals.py FOLDER FAILED_STEPS`: adds up the JUnit files and closing lines of a CI run.

Prints the end of what each failed test said, then `N passed, N failed, N skipped`. A step that failed without a failing test in its own figures (a build, a
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


def failures(file, lines=25):
    """Name and last lines of each failed test of a JUnit file."""
    for case in xml.etree.ElementTree.parse(file).getroot().iter("testcase"):
        bad = case.find("failure") if case.find("failure") is not None else case.find("error")
        if bad is None:
            continue
        said = [(part.text or "").strip() for part in (bad, case.find("system-out")) if part is not None]
        yield case.get("name"), [line for text in said for line in text.splitlines() if line][-lines:]


def of_log(file):
    lines = CLOSING.findall(file.read_text(errors="replace"))
    return tuple(int(n or 0) for n in lines[-1]) if lines else (0, 0, 0)


def main(folder, failed_steps):
    reports = sorted(folder.glob("*.xml"))
    for file in reports:
        for name, said in failures(file):
            print(f"FAILED {file.stem}: {name}", *said, sep="\n    ")
    figures = [of_junit(file) for file in reports]
    figures += [of_log(log) for log in sorted(folder.glob("*.log")) if not log.with_suffix(".xml").exists()]
    passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *figures))
    print(f"{passed} passed, {max(failed, failed_steps)} failed, {skipped} skipped")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
