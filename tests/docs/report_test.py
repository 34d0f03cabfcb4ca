# SPDX-License-Identifier: Apache-2.0
"""The report says what was measured and nothing else: no number is typed, each number of the PDF is in a result file, it has 5 to 10 pages, and
the one in the tree is the one that the tree makes. Where the tree lacks results, invented ones (report_samples.py) show the same of the maker."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "report"
sys.path[:0] = [str(REPORT), str(pathlib.Path(__file__).resolve().parent), str(ROOT / "tools" / "docs")]
import build  # noqa: E402
import figures  # noqa: E402
import generate  # noqa: E402
import report_samples  # noqa: E402

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`]*`")
# A number that stands for itself: P99, dc1, C++20 and node2 are names.
NUMBER = re.compile(r"(?<![\w+/.#-])\d+(?:[\u202f\u00a0 ]\d{3})*(?:[.,]\d+)*(?![\w/-])")
SHARE = (1, 100, 1e-6)


def plain(text):
    """1 234,5 as a number; a version stays text."""
    if text.count(".") == 2:
        return text
    return float(re.sub(r"[\u202f\u00a0 ]", "", text).replace(",", "."))


def numbers(text):
    return [match.group() for match in NUMBER.finditer(text)]


def leaves(value, key=""):
    """All numbers of a result, but those of courses and traces, which are thousands and would match anything."""
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        yield value
    elif isinstance(value, str):
        yield from (plain(text) for text in re.findall(r"\d+", value) if key == "date")
    elif isinstance(value, dict):
        for name, member in value.items():
            if name not in ("timeline", "events", "trace"):
                yield from leaves(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member, key)


class Source:
    """What a number of the report may be: read from the result files by this test itself, not by the maker."""

    def __init__(self, folder):
        self.files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
        self.values = [value for content in self.files.values() for value in leaves(content)]
        with open(REPORT / "constants.toml", "rb") as file:
            self.values += [float(entry["value"]) for entry in tomllib.load(file).values()]
        runs = {run["name"]: run for run in self.files["cassandra-etl"]["runs"]}
        ours, base, alone = runs["fleet-batch"], runs["guide-five-tables"], runs["fleet-async"]
        drills = self.files["cassandra-drills"]["drills"]
        self.values += [ours["records_per_s"] / base["records_per_s"], base["client_cpu_s_per_100k"] / ours["client_cpu_s_per_100k"],
                        base["server_cpu_s_per_100k"] / ours["server_cpu_s_per_100k"], alone["server_cpu_s_per_100k"] / ours["server_cpu_s_per_100k"]]
        self.values += [sum(drill[name] for drill in drills) for name in ("acknowledged", "missing", "doubled")]
        self.values += [p["before"]["ms"] / p["after"]["ms"] for p in self.files["cassandra-traces"]["problems"]]

    def has(self, text):
        if text.count(".") == 2:   # a version
            return any(f'"{text}"' in json.dumps(content) for content in self.files.values())
        digits = len(text.rsplit(",", 1)[1]) if "," in text else 0
        half = 0.5000001 * 10 ** -digits
        return any(abs(plain(text) - value * share) <= half for value in self.values for share in SHARE)


class ReportText(unittest.TestCase):
    def test_no_number_is_typed(self):
        text = CODE.sub("", FENCE.sub("", re.sub(r"\{\{[^}]+\}\}", "", (REPORT / "rapport.md").read_text(encoding="utf-8"))))
        self.assertEqual(numbers(re.sub(r"<!--.*?-->|\]\([^)]*\)", "", text)), [])

    def test_the_check_of_typed_numbers_finds_one(self):
        self.assertEqual(numbers("P99 sous dc1-node2 en C++20 : 12,5 ms, puis 1\u202f234 relevés"), ["12,5", "1\u202f234"])

    def test_constants_are_those_of_the_tree(self):
        with open(REPORT / "constants.toml", "rb") as file:
            constants = tomllib.load(file)
        template = (REPORT / "rapport.md").read_text(encoding="utf-8") + (REPORT / "figures.py").read_text(encoding="utf-8")
        for name, entry in constants.items():
            with self.subTest(name):
                self.assertIn(name, template, "is not used")
                if "file" not in entry:
                    self.assertIn("guide" if name.startswith("guide") else "", entry["source"])
                    continue
                found = re.search(entry["pattern"], (ROOT / entry["file"]).read_text(encoding="utf-8"))
                self.assertIsNotNone(found, f"{entry['file']} does not say it")
                self.assertEqual(found.group(1).replace(",", ""), str(entry.get("word", entry["value"])))

    def test_a_missing_result_is_an_error_that_names_the_command(self):
        with tempfile.TemporaryDirectory() as folder:
            results = report_samples.write(pathlib.Path(folder))
            (results / "cassandra-drills.json").unlink()
            with self.assertRaisesRegex(SystemExit, r"cassandra-drills.json is missing: \./dev bench cassandra-drills"):
                build.markdown(figures.Results(REPORT, results, pathlib.Path(folder)), draft=False)

    def test_a_missing_member_is_an_error_too(self):
        with tempfile.TemporaryDirectory() as folder:
            results = report_samples.write(pathlib.Path(folder))
            content = json.loads((results / "cassandra-reads.json").read_text())
            del content["device_day"]["ms"]
            (results / "cassandra-reads.json").write_text(json.dumps(content))
            with self.assertRaisesRegex(SystemExit, "cassandra-reads.json has no cassandra-reads.device_day.ms.p99"):
                build.markdown(figures.Results(REPORT, results, pathlib.Path(folder)), draft=False)


class Benchmarks(unittest.TestCase):
    def test_the_page_has_every_result_and_says_what_is_not_measured(self):
        kept = generate.RESULTS
        self.addCleanup(setattr, generate, "RESULTS", kept)
        with tempfile.TemporaryDirectory() as folder:
            generate.RESULTS = report_samples.write(pathlib.Path(folder))
            text = generate.benchmarks()
            self.assertNotIn("Not measured yet", text)
            for figure in ("4,322", "5,123,456", "812,345", "| node, kill | 51,234 |", "96 %", "revision `0a1b2c3`"):
                self.assertIn(figure, text)
            (generate.RESULTS / "cassandra-etl.json").unlink()
            self.assertIn("Not measured yet: `./dev bench cassandra-etl", generate.benchmarks())


class Printed(unittest.TestCase):
    """A report as made, in self.folder: RAPPORT.md, RAPPORT.pdf and the results."""

    def check(self, folder, results, logs):
        markdown = (folder / "RAPPORT.md").read_text(encoding="utf-8")
        self.assertNotIn("{{", markdown)
        self.assertNotIn(figures.UNMEASURED, markdown)
        source = Source(results)
        strange = [text for text in numbers(CODE.sub("", FENCE.sub("", re.sub(r"\]\([^)]*\)", "", markdown)))) if not source.has(text)]
        self.assertEqual(strange, [], "numbers of RAPPORT.md that are in no result file")
        info = subprocess.run(["pdfinfo", folder / "RAPPORT.pdf"], capture_output=True, text=True, check=True).stdout
        pages = int(re.search(r"^Pages:\s+(\d+)", info, re.MULTILINE).group(1))
        self.assertTrue(5 <= pages <= 10, f"{pages} pages")
        text = subprocess.run(["pdftotext", "-layout", folder / "RAPPORT.pdf", "-"], capture_output=True, text=True, check=True).stdout
        allowed = {plain(n) for n in numbers(markdown)} | {plain(n) for n in numbers(" ".join(CODE.findall(markdown)))}
        allowed |= {plain(n) for fence in FENCE.findall(markdown) for n in re.findall(r"\d+(?:[.,]\d+)?", fence)}
        for picture in (folder / "docs" / "report" / "charts").glob("*.svg"):
            allowed |= {plain(n) for label in re.findall(r"<text[^>]*>([^<]*)<", picture.read_text(encoding="utf-8")) for n in numbers(label)}
        for picture in (ROOT / "docs" / "diagrams").glob("*.fr.svg"):
            allowed |= {plain(n) for label in re.findall(r"<text[^>]*>([^<]*)<", picture.read_text(encoding="utf-8")) for n in numbers(label)}
        allowed |= set(range(1, pages + 1))
        found = []
        for token in re.findall(r"(?<![\w+/.#-])\d+(?:[\u202f\u00a0 ]\d{3})*(?:,\d+)?(?![\w/.-])", text):
            if plain(token) not in allowed:   # the space may be one between two columns
                found += [part for part in re.split(r"[\u202f\u00a0 ]", token) if plain(part) not in allowed]
        self.assertEqual(found, [], "numbers of the PDF that are not in RAPPORT.md or in a chart")
        self.assertGreater(len(numbers(text)), 120)
        for word in ("Résumé exécutif", "Architecture", "Modèle de données", "Performances et résilience", "Guide d’utilisation", "Annexes"):
            self.assertIn(word, text)

    def test_the_maker_puts_results_and_nothing_else_into_the_pdf(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            results = report_samples.write(folder)
            build.build(results, folder, folder, draft=False)
            self.check(folder, results, folder)

    def test_the_report_in_the_tree_is_the_one_that_its_results_give(self):
        results = figures.Results(REPORT, ROOT / "bench" / "results", ROOT)
        if results.missing():
            self.assertFalse((ROOT / "RAPPORT.pdf").exists(), "there is a report, but results of it are missing")
            return
        self.assertEqual((ROOT / "RAPPORT.md").read_text(encoding="utf-8"), build.markdown(results, draft=False), "./dev report")
        for name, picture in build.drawn(results, draft=False).items():
            self.assertEqual((REPORT / "charts" / f"{name}.svg").read_text(encoding="utf-8"), picture, "./dev report")
        self.check(ROOT, ROOT / "bench" / "results", ROOT)


if __name__ == "__main__":
    unittest.main()
