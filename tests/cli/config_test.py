# SPDX-License-Identifier: Apache-2.0
"""Configuration: where a value comes from, and what a wrong one gets."""
import unittest

from support import CliTest


class ConfigTest(CliTest):
    def shown(self, *arguments, **env):
        return self.fleet("config", "show", "--json", *arguments, env=env).json()

    def test_the_sources_win_in_their_order(self):
        self.data.mkdir()
        (self.data / "fleet.toml").write_text("[write]\nbatch_size = 7\nconcurrency = 8\n[cassandra]\nhosts = ['a', 'b']\n")
        shown = self.shown("--data", self.data, BATCH_SIZE="9")
        self.assertEqual(shown["write.batch_size"], {"value": "9", "origin": "environment BATCH_SIZE"})
        self.assertEqual(shown["write.concurrency"], {"value": "8", "origin": f"{self.data}/fleet.toml:3"})
        self.assertEqual(shown["cassandra.hosts"]["value"], "a,b")
        self.assertEqual(shown["data.dir"]["origin"], "flag --data")
        self.assertEqual(shown["write.timeout"], {"value": "30s", "origin": "default"})

    def test_fleet_data_names_the_directory(self):
        self.assertEqual(self.shown(FLEET_DATA="elsewhere")["data.dir"], {"value": "elsewhere", "origin": "environment FLEET_DATA"})

    def test_secrets_are_masked_everywhere(self):
        secret = "correct-horse"
        for how in ([], ["--json"], ["--csv"]):
            answer = self.fleet("config", "show", *how, env={"FLEET_CASSANDRA_PASSWORD": secret})
            self.assertNotIn(secret, answer.out + answer.err)
            self.assertIn("****", answer.out)

    def test_a_bad_file_stops_every_command_with_its_line(self):
        config = self.write("bad.toml", "[write]\n\nbatch_sise = 7\n")
        for command in (["config", "show"], ["serve"], ["devices"]):
            answer = self.fleet(*command, "--config", config, code=2)
            self.assertIn(f"{config}:3: unknown setting 'write.batch_sise'; did you mean 'write.batch_size'?", answer.err)
        self.assertFalse((self.dir / "fleet-data").exists())

    def test_a_bad_value_of_the_environment_stops(self):
        answer = self.fleet("config", "show", env={"ASYNC_CONCURRENCY": "lots"}, code=2)
        self.assertIn("environment ASYNC_CONCURRENCY", answer.err)
        self.assertIn("from 1 to 10000", answer.err)

    def test_a_named_file_must_be_there(self):
        self.assertIn("missing.toml", self.fleet("config", "show", "--config", "missing.toml", code=1).err)


if __name__ == "__main__":
    unittest.main()
