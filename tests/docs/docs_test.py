# SPDX-License-Identifier: Apache-2.0
"""The documents speak of what is there: commands and options of `fleet`, settings, environment, routes and metrics exist; each command and
each setting is documented; what is generated is fresh. Paths, links and tests are held by tools/checks/docs_paths.py."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))
sys.path.insert(0, str(ROOT / "tools" / "checks"))
from support import BINARY, environment, free_port, responds  # noqa: E402
from tree import Tree  # noqa: E402

# docs/adr tells what was decided at its time; changelog.d what a release brought.
HISTORY = ("CHANGELOG.md", "changelog.d/", "docs/adr/", "tests/golden/", "tests/corpus/")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:^|[|;&(] ?|\bexec )(?:[A-Z_]+=\S+ )*(?:build/)?fleet (?=[a-z-])([^|;&#)]*)")
ENVIRONMENT = re.compile(r"\b(?:FLEET_[A-Z_]+|CASSANDRA_(?:HOSTS|KEYSPACE|DC)|BATCH_SIZE|ASYNC_CONCURRENCY|WRITE_TIMEOUT|METRICS_INTERVAL)\b")
SETTING = re.compile(r"^[a-z]+\.[a-z_]+$")
ROUTE = re.compile(r"^(?:(GET|POST|PUT|PATCH|DELETE) )?(?:/api/v1)?(/?[a-z][\w/{}.-]*)(?:\?\S*)?$")
METRIC = re.compile(r"\b(?:fleet|process)_[a-z_]+\b")
# What a reading server of a cluster gives; there is none in this test, so these are looked up in the source that writes them.
CLUSTER_METRICS = ROOT / "src" / "app" / "cluster_report.cpp"


def documents():
    return [path for path in Tree(ROOT).paths() if path.endswith(".md") and not path.startswith(HISTORY)]


def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8")


def spans(text):
    return SPAN.findall(FENCE.sub("", text))


def shell_lines(text):
    for language, block in FENCE.findall(text):
        if language in ("sh", "bash", "console"):
            yield from block.replace("\\\n", " ").splitlines()


class Commands:
    """The commands of the binary, from its own help."""

    def __init__(self):
        self.options, self.leaves = {}, set()
        self.read(())

    def read(self, words):
        done = subprocess.run([BINARY, *words, "--help"], capture_output=True, text=True, check=True, env=environment())
        self.options[words] = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", done.stdout))
        listed, inside = [], False
        for line in done.stdout.splitlines():
            if re.match(r"^[A-Z][\w ]*:$", line):
                inside = line not in ("Options:", "Positionals:")
            elif inside and (match := re.match(r"^  ([a-z]+) ", line)):
                listed.append(match.group(1))
        for name in listed:
            self.read((*words, name))
        if words and (not listed or words == ("devices",)):
            self.leaves.add(" ".join(words))

    def problem(self, line):
        """What is wrong with the words after `fleet`, or nothing."""
        words = line.split()
        known = ()
        while words and (*known, words[0]) in self.options:
            known = (*known, words.pop(0))
        if not known and words and not words[0].startswith("-"):
            return f"no command 'fleet {words[0]}'"
        if words and re.fullmatch(r"[a-z]+", words[0]) and any(len(other) > len(known) and other[:len(known)] == known for other in self.options) \
                and known != ("devices",):
            return f"no command 'fleet {' '.join(known)} {words[0]}'"
        for word in words:
            option = re.match(r"^\[?(--[a-z][\w-]*|-[a-z]\b)", word)
            if option and option.group(1) not in self.options[known] | {"--version"}:
                return f"'fleet {' '.join(known)}' has no option {option.group(1)}"
        return None


class DocsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.commands = Commands()
        shown = subprocess.run([BINARY, "config", "show", "--json"], capture_output=True, text=True, check=True, env=environment()).stdout
        cls.settings = set(json.loads(shown))
        cls.variables = set(re.findall(r"`([A-Z_]+)`", text_of("docs/configuration.md")))
        for path in Tree(ROOT).paths():   # and those of tests, experiments and scripts, and macros
            if path.endswith((".py", ".ts", ".cpp", ".hpp", "CMakeLists.txt", ".json", ".sh", "/run", ".mjs")) or path == "dev":
                cls.variables |= set(ENVIRONMENT.findall(text_of(path)))

    def none(self, problems):
        self.assertEqual(sorted(problems), [])

    def test_every_command_that_is_shown_exists(self):
        problems, seen = [], 0
        for path in documents():
            text = text_of(path)
            for line in [*shell_lines(text), *spans(text)]:
                for match in COMMAND.finditer(re.sub(r"\$\([^)]*\)", "X", line)):
                    seen += 1
                    if problem := self.commands.problem(match.group(1)):
                        problems.append(f"{path}: {problem} (in `{line.strip()[:80]}`)")
        self.assertGreater(seen, 150)
        self.none(problems)

    def test_the_check_of_commands_finds_what_is_wrong(self):
        self.assertIn("no command 'fleet fly'", self.commands.problem("fly away"))
        self.assertIn("no option --flet", self.commands.problem("load a.csv --flet x"))
        self.assertIn("no command 'fleet zone lst'", self.commands.problem("zone lst"))
        self.assertIsNone(self.commands.problem("zone list --json"))
        self.assertIsNone(self.commands.problem("history V-1 --day 2026-01-01"))

    def test_each_command_is_in_both_user_guides(self):
        for path in ("docs/user-guide.md", "docs/guide-utilisateur.md"):
            rows = set(re.findall(r"^\| `fleet ([a-z ]+)` \|", text_of(path), re.MULTILINE))
            self.assertEqual(rows, self.commands.leaves, path)

    def test_each_page_is_in_both_user_guides(self):
        rail = re.search(r"kPageIds = \[([^\]]+)\]", text_of("web/src/app/pages.ts")).group(1)
        pages = [*re.findall(r"'(\w+)'", rail), "vehicle"]
        for path in ("docs/user-guide.md", "docs/guide-utilisateur.md"):
            for page in pages:
                self.assertIn(f"| `/{'vehicles/{id}' if page == 'vehicle' else page}` |", text_of(path), path)

    def test_settings_that_are_named_exist(self):
        sections = {name.split(".")[0] for name in self.settings}
        problems = []
        for path in documents():
            if path.startswith("bench/") or path == "docs/api.md":   # members of results and answers look the same
                continue
            for token in spans(text_of(path)):
                name = token.split("=")[0].strip().split(" ")[0]
                if SETTING.match(name) and name.split(".")[0] in sections and not re.search(r"\.(md|py|ts|cpp|hpp|html|json|yaml|yml|toml|csv|js|svg)$", name):
                    if name not in self.settings and not name.endswith("_"):
                        problems.append(f"{path}: there is no setting {name}")
        self.none(problems)

    def test_each_setting_is_documented(self):
        page = text_of("docs/configuration.md")
        for name in self.settings:
            section, key = name.split(".", 1)
            part = page.split(f"## [{section}]", 1)
            self.assertEqual(len(part), 2, f"docs/configuration.md has no section {section}")
            self.assertIn(f"| `{key}` |", part[1].split("\n## ", 1)[0], name)

    def test_variables_of_the_environment_exist(self):
        problems = []
        for path in documents():
            for name in set(ENVIRONMENT.findall(text_of(path))) - self.variables:
                if not name.endswith("_"):
                    problems.append(f"{path}: nothing reads {name}")
        self.none(problems)

    def test_routes_that_are_named_exist(self):
        known = {(method.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, item in
                 yaml.safe_load(text_of("api/openapi.yaml"))["paths"].items() for method in item}
        problems = []
        for path in documents():
            for token in spans(text_of(path)):
                match = ROUTE.match(token)
                if not match or not (match.group(1) or token.startswith("/api/v1/")):
                    continue
                route = match.group(2) if token.split(" ")[-1].startswith(("/api/v1", "/metrics")) else f"/{match.group(2)}"
                full = re.sub(r"\{\w+\}", "{}", ("" if route.startswith("/metrics") else "/api/v1") + route)
                if not any(full == route and match.group(1) in (None, method) for method, route in known):
                    problems.append(f"{path}: there is no route {token}")
        self.none(problems)

    def test_what_is_generated_is_fresh(self):
        for script in ("tools/docs/generate.py", "docs/diagrams/make.py"):
            done = subprocess.run([sys.executable, ROOT / script, "--check"], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_stale_diagram_is_found(self):
        sys.path.insert(0, str(ROOT / "docs" / "diagrams"))
        import make
        path, text = next(iter(make.drawn()))
        self.assertEqual(path.read_text(encoding="utf-8"), text)
        self.assertNotEqual(make.way("en").svg(), make.way("fr").svg())

    def test_metrics_that_are_watched_or_named_are_given(self):
        given = metrics() | set(re.findall(r'"(fleet_cassandra_[a-z_]+)', CLUSTER_METRICS.read_text(encoding="utf-8")))
        prometheus = {name for name in given} | {f"{name}_{part}" for name in given for part in ("bucket", "sum", "count")}
        watched = {"docs/grafana/alerts.yml": text_of("docs/grafana/alerts.yml")}
        watched["docs/grafana/fleet.json"] = "\n".join(
            target["expr"] for panel in json.loads(text_of("docs/grafana/fleet.json"))["panels"] for target in panel["targets"])
        for path, text in watched.items():
            names = set(METRIC.findall(text))
            self.assertGreater(len(names), 8, path)
            self.assertEqual(names - prometheus, set(), path)
        problems = []
        for path in documents():
            for token in spans(text_of(path)):
                if re.fullmatch(r"fleet_[a-z_]+", token) and not token.startswith("fleet_iot") and not token.endswith("_"):
                    if token not in prometheus | {"fleet_id", "fleet_by_device", "fleet_analytics_by_day", "fleet_dev", "fleet_bridge"}:
                        problems.append(f"{path}: there is no metric {token}")
        self.none(problems)

    def test_each_alert_rule_is_explained(self):
        rules = [rule["alert"] for group in yaml.safe_load(text_of("docs/grafana/alerts.yml"))["groups"] for rule in group["rules"]]
        explained = re.findall(r"^\| (Fleet\w+) \|", text_of("docs/operations.md"), re.MULTILINE)
        self.assertEqual(explained, rules)


def metrics():
    """Names that a server gives which copies to a cluster (that is not there) and notifies, after an answered request."""
    with tempfile.TemporaryDirectory(prefix="fleet-docs-") as data:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        process = subprocess.Popen(
            [BINARY, "serve", "--data", data, "--listen", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment(FLEET_STORE_KIND="cassandra", CASSANDRA_HOSTS="127.0.0.1:1", FLEET_NOTIFY_WEBHOOK_URLS="http://127.0.0.1:1/"))
        try:
            deadline = time.monotonic() + 60
            while not responds(url + "/api/v1/ready"):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("the server did not become ready")
                time.sleep(0.05)
            with urllib.request.urlopen(url + "/metrics", timeout=10) as reply:
                text = reply.read().decode()
        finally:
            process.terminate()
            process.wait(timeout=60)
    return set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
