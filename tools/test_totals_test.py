#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The closing line of CI counts what failed."""
import contextlib
import io
import pathlib
import tempfile
import unittest

import test_totals

CTEST = '<testsuite name="x" tests="5" failures="1" disabled="0" skipped="2"/>'
VITEST = '<testsuites tests="9"><testsuite tests="3" failures="0" errors="1" skipped="0"/><testsuite tests="6" failures="0" errors="0" skipped="1"/></testsuites>'


class Totals(unittest.TestCase):
    def closing(self, files, failed_steps=0):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                pathlib.Path(folder, name).write_text(text)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                test_totals.main(pathlib.Path(folder), failed_steps)
        return out.getvalue().strip()

    def test_adds_up_reports_and_closing_lines(self):
        files = {"test.xml": CTEST, "test.log": "7 passed, 7 failed\n", "web.xml": VITEST,
                 "fault.log": "1 passed, 0 failed\nround two\n4 passed, 0 failed, 2 skipped\n", "build.log": "done\n"}
        self.assertEqual(self.closing(files), "13 passed, 2 failed, 5 skipped")

    def test_a_failed_step_is_never_zero_failures(self):
        self.assertEqual(self.closing({"build.log": "error"}, 1), "0 passed, 1 failed, 0 skipped")


if __name__ == "__main__":
    unittest.main()
