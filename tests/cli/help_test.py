# SPDX-License-Identifier: Apache-2.0
"""Help texts are an interface: they change on purpose only. `FLEET_UPDATE_GOLDEN=1` writes them anew."""
import os
import unittest

from support import ROOT, CliTest

GOLDEN = ROOT / "tests" / "golden" / "help"
COMMANDS = ["", "demo", "serve", "load", "batch", "stream", "generate", "devices", "devices add", "devices set", "devices import",
            "devices move", "latest", "history", "series", "scan", "analytics", "trips", "stops", "alerts", "export", "zone", "zone import", "zone list",
            "zone locate", "zone remove", "rule", "rule import", "rule list", "rule remove",
            "quarantine", "quarantine list", "quarantine show", "quarantine redrive", "verify", "erase", "backup", "restore", "notify", "notify test", "config",
            "config show", "cassandra", "cassandra up", "cassandra down", "cassandra status", "cassandra health", "cassandra schema",
            "cassandra repair", "cassandra kill", "cassandra restart", "cassandra pause", "cassandra resume", "cassandra slow"]
LATER = ["user", "token"]
UPDATE = os.environ.get("FLEET_UPDATE_GOLDEN") == "1"


class HelpTest(CliTest):
    def test_every_command_prints_its_golden_help(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                answer = self.fleet(*command.split(), "--help")
                path = GOLDEN / f"{'-'.join(['fleet', *command.split()])}.txt"
                if UPDATE:
                    path.write_text(answer.out)
                self.assertEqual(answer.out, path.read_text())
                self.assertEqual(answer.err, "")

    def test_the_configuration_page_is_the_table_of_settings(self):
        answer = self.fleet("config", "show", "--markdown")
        path = ROOT / "docs" / "configuration.md"
        if UPDATE:
            path.write_text(answer.out)
        self.assertEqual(answer.out, path.read_text())

    def test_version_is_one_line(self):
        self.assertRegex(self.fleet("--version").out, r"^fleet \d+\.\d+\.\d+\n$")

    def test_commands_of_later_versions_are_neither_listed_nor_known(self):
        listed = self.fleet("--help").out
        for command in LATER:
            with self.subTest(command=command):
                self.assertNotIn(f"\n  {command} ", listed)
                answer = self.fleet(command, code=2)
                self.assertIn(f"unknown command '{command}'", answer.err)
                self.assertEqual(answer.out, "")


class UsageTest(CliTest):
    def test_wrong_arguments_end_with_2_and_name_the_nearest(self):
        for line, part in [
            ("laod a.csv", "did you mean 'load'?"),
            ("load a.csv --flet x", "did you mean '--fleet'?"),
            ("quarantine lst", "did you mean 'list'?"),
            ("load a.csv --store elsewhere", "local or cassandra"),
            ("batch --store elsewhere", "local or cassandra"),
            ("stream --interval soon", "no duration"),
            ("history", "DEVICE"),
            ("cassandra status --hosts a,b", "not in this version"),
            ("cassandra schema --hosts a --dir b", "--dir"),
            ("cassandra kill 5", "from 1 to 4"),
            ("latest --store mysql", "cassandra"),
            ("history V-1 --trace", "--store"),
            ("cassandra up --heap 1MiB", "192MiB"),
            ("cassandra up --dir . --network 10.0.0", "127.0.N"),
            ("quarantine redrive --data .", "--all"),
        ]:
            with self.subTest(line=line):
                answer = self.fleet(*line.split(), code=2)
                self.assertIn(part, answer.err)
                self.assertEqual(answer.out, "")

    def test_a_schema_for_another_cluster_says_which_host_is_wrong(self):
        for hosts, code, part in (("127.0.0.1:1", 1, "127.0.0.1:1 does not answer"), ("a:b", 2, "'a:b' is no host"),
                                  ("no.such.invalid", 2, "'no.such.invalid' has no IPv4")):
            self.assertIn(part, self.fleet("cassandra", "schema", "--hosts", hosts, code=code).err)

    def test_nothing_prints_the_help_and_ends_with_2(self):
        self.assertIn("Usage: fleet", self.fleet(code=2).err)

    def test_reading_a_directory_that_is_not_there_makes_none(self):
        answer = self.fleet("devices", "--data", self.dir / "typo", code=1)
        self.assertIn("there is no data directory", answer.err)
        self.assertFalse((self.dir / "typo").exists())


if __name__ == "__main__":
    unittest.main()
