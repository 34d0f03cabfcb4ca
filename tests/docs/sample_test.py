# SPDX-License-Identifier: Apache-2.0
"""data/sample_telemetry.csv is what data/README.md says: made by that command, taken whole, and worth looking at."""
import pathlib
import re
import shlex
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from support import ROOT, CliTest  # noqa: E402

SAMPLE = ROOT / "data" / "sample_telemetry.csv"


class SampleTest(CliTest):
    def test_the_command_of_the_readme_makes_the_file(self):
        command = re.search(r"^fleet (generate .+)$", (ROOT / "data" / "README.md").read_text(encoding="utf-8"), re.MULTILINE).group(1)
        words = shlex.split(command)
        made = self.dir / "made.csv"
        words[words.index("--out") + 1] = str(made)
        self.fleet(*words)
        self.assertEqual(made.read_bytes(), SAMPLE.read_bytes())

    def test_all_of_it_is_taken_and_raises_alerts(self):
        rows = len(SAMPLE.read_text(encoding="utf-8").splitlines()) - 1
        answer = self.load(SAMPLE, "--keep-history", "--json").json()
        self.assertEqual((answer["read"], answer["stored"], answer["rejected"], answer["devices"]), (rows, rows, 0, 10))
        self.assertIn(f"{rows:,} records of ten", (ROOT / "data" / "README.md").read_text(encoding="utf-8"))
        alerts = self.fleet("alerts", "--fleet", "idf", "--data", self.data, "--json").json()["items"]
        self.assertGreaterEqual({alert["type"] for alert in alerts}, {"OVERSPEED"})


if __name__ == "__main__":
    unittest.main()
