#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fragments become a section, newest release first, and are gone afterwards."""
import pathlib
import tempfile
import unittest

import changelog


class Release(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.fragments = self.root / "changelog.d"
        self.fragments.mkdir()
        (self.fragments / "README.md").write_text("how\n")
        (self.root / "CHANGELOG.md").write_text("# Changelog\n\nIntro.\n")

    def test_groups_by_kind_and_puts_the_newest_first(self):
        (self.fragments / "map.added.md").write_text("A map.\nWith zoom.\n")
        changelog.release(self.root, "0.1.0", "2026-01-01")
        (self.fragments / "crash.fixed.md").write_text("No crash.\n")
        (self.fragments / "lists.added.md").write_text("Lists.\n")
        changelog.release(self.root, "0.2.0", "2026-02-01")
        self.assertEqual((self.root / "CHANGELOG.md").read_text(), """\
# Changelog

Intro.

## 0.2.0 – 2026-02-01

### Added

- Lists.

### Fixed

- No crash.

## 0.1.0 – 2026-01-01

### Added

- A map.
  With zoom.
""")
        self.assertEqual([f.name for f in self.fragments.iterdir()], ["README.md"])

    def test_refuses_a_fragment_without_kind_and_nothing_at_all(self):
        with self.assertRaises(SystemExit):
            changelog.release(self.root, "0.1.0", "2026-01-01")
        (self.fragments / "map.md").write_text("A map.\n")
        with self.assertRaises(SystemExit):
            changelog.release(self.root, "0.1.0", "2026-01-01")


if __name__ == "__main__":
    unittest.main()
