# SPDX-License-Identifier: Apache-2.0
"""The compose file, its settings and the image, without a container engine; and each check on a file that breaks it."""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import checks
from compose_file import ROOT, Compose, dockerfile_stages, env_file, interpolate

TEXT = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def compose_of(text=TEXT, variables=None):
    return Compose(text, env_file(EXAMPLE) if variables is None else variables)


class TheFiles(unittest.TestCase):
    def test_nothing_is_wrong_with_the_compose_file(self):
        compose = compose_of()
        for check in (checks.check_services, checks.check_images, checks.check_volumes, checks.check_ports, checks.check_nodes,
                      checks.check_order, checks.check_settings, checks.check_hardening):
            with self.subTest(check=check.__name__):
                self.assertEqual(list(check(compose)), [])

    def test_it_works_without_an_env_file_too(self):
        self.assertEqual(compose_of(variables={}).services, compose_of().services)

    def test_the_example_shows_every_variable_with_its_default(self):
        self.assertEqual(list(checks.check_variables(compose_of(), EXAMPLE)), [])

    def test_the_image_has_what_its_services_start(self):
        self.assertEqual(list(checks.check_dockerfile(dockerfile_stages(DOCKERFILE), compose_of())), [])

    def test_the_build_does_not_see_secrets_or_results(self):
        ignored = (ROOT / ".dockerignore").read_text().split()
        for name in (".env", ".git", "build", "fleet-data"):
            self.assertIn(name, ignored)


class ChecksCanFail(unittest.TestCase):
    """Each break of the compose file is found by the check that is meant to."""
    BREAKS = [
        (checks.check_services, "container_name: dashboard", "container_name: web", "the container is called web"),
        (checks.check_services, "mem_limit: 128m", "mem_limit: much", "no memory limit"),
        (checks.check_services, "    ports: [", "    port: [", "unknown key port"),
        (checks.check_services, "driver: bridge", "driver: host", "is no bridge"),
        (checks.check_images, "image: cassandra:5.0.9 ", "image: cassandra:latest ", "cassandra:latest"),
        (checks.check_images, "target: dashboard", "target: etl", "is built to target etl"),
        (checks.check_volumes, '"cassandra-dc2-node2:/var', '"cassandra-dc2-node1:/var', "shares the volume"),
        (checks.check_volumes, '"etl-data:/var/lib/fleet"', '"etl-data:/data"', "is in no volume"),
        (checks.check_ports, '"127.0.0.1:8501:8501"', '"8501:8501"', "publishes"),
        (checks.check_nodes, "CASSANDRA_ENDPOINT_SNITCH: Goss", "CASSANDRA_SNITCH: Goss", "does not know CASSANDRA_SNITCH"),
        (checks.check_nodes, "CASSANDRA_SEEDS: cassandra-dc1-node1,cassandra-dc2-node1", "CASSANDRA_SEEDS: cassandra-dc1-node1",
         "both datacentres"),
        (checks.check_nodes, "nodetool status | grep", "true | grep", "own line in the ring"),
        (checks.check_order, "cassandra-dc2-node1: {condition: service_healthy}", "cassandra-dc1-node1: {condition: service_healthy}",
         "may join at once"),
        (checks.check_order, "cassandra-schema: {condition: service_completed_successfully}\n\n",
         "dashboard: {condition: service_healthy}\n\n", "in a circle"),
        (checks.check_order, "etl-pipeline: {condition: service_healthy}", "etl-pipeline: {condition: service_started}", "does not wait until"),
        (checks.check_settings, "FLEET_STORE_KIND: cassandra", "FLEET_STORE: cassandra", "does not read FLEET_STORE"),
        (checks.check_settings, "${WRITE_TIMEOUT:-30s}", "soon", "refused"),
        (checks.check_settings, "ETL_BATCHES:", "ETL_ROUNDS:", "does not read ETL_ROUNDS"),
        (checks.check_settings, "FLEET_SERVER_LISTEN: 127.0.0.1:8500", "FLEET_SERVER_LISTEN: 0.0.0.0:8500", "from everybody"),
        (checks.check_hardening, "cap_drop: [ALL]", "cap_drop: []", "keeps capabilities"),
    ]

    def test_each_check_finds_its_break(self):
        for check, old, new, part in self.BREAKS:
            with self.subTest(break_=new):
                self.assertIn(old, TEXT)
                variables = {} if "WRITE_TIMEOUT" in old else None
                problems = list(check(compose_of(TEXT.replace(old, new), variables)))
                self.assertTrue(any(part in problem for problem in problems), problems)

    def test_a_variable_that_is_missing_or_differs_is_found(self):
        for old, new, part in (("ETL_BATCHES=50\n", "", "ETL_BATCHES is missing"), ("BATCH_SIZE=100", "BATCH_SIZE=7", "its default is 100"),
                               ("MAP_TILE_URL=\n", "MAP_TILE_URL=\nOTHER=1\n", "OTHER is used by nobody")):
            self.assertTrue(any(part in p for p in checks.check_variables(compose_of(), EXAMPLE.replace(old, new))), part)

    def test_a_break_of_the_image_is_found(self):
        for old, new, part in (("USER fleet\n", "", "runs as root"), ("libzstd1 ", "", "libzstd.so.1 needs"), (" curl ", " ", "no program curl"),
                               ("AS dashboard", "AS web", "no target dashboard"), ("scripts/etl-pipeline", "scripts/etl", "there is no scripts/etl")):
            problems = list(checks.check_dockerfile(dockerfile_stages(DOCKERFILE.replace(old, new)), compose_of()))
            self.assertTrue(any(part in problem for problem in problems), (part, problems))

    def test_variables_are_filled_in_as_the_engine_does_it(self):
        used = {}
        self.assertEqual(interpolate("$$(x) ${A:-b} ${C:-d} $E ${F}", {"A": "", "C": "c", "E": "e"}, used), "$(x) b c e ")
        self.assertEqual(used, {"A": "b", "C": "d", "E": None, "F": None})


class ThePipeline(unittest.TestCase):
    """scripts/etl-pipeline without a cluster: the journal keeps what the cluster does not take."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="fleet-etl-")
        self.addCleanup(temporary.cleanup)
        self.dir = pathlib.Path(temporary.name)
        (self.dir / "bin").mkdir()
        (self.dir / "bin" / "fleet").symlink_to(os.path.abspath(checks.BINARY))

    def start(self, **settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        env = {"PATH": f"{self.dir / 'bin'}:/usr/bin:/bin", "FLEET_DATA": str(self.dir / "data"), "FLEET_SERVER_LISTEN": f"127.0.0.1:{port}",
               "ETL_BATCHES": "3", "ETL_BATCH_RECORDS": "100", "ETL_RATE_LIMIT": "0", "ETL_STREAM_INTERVAL": "100ms",
               "ETL_STREAM_DURATION": "10m", **settings}
        log = self.dir / "log"
        self.addCleanup(lambda: process.poll() is None and process.kill())
        with log.open("w") as out:
            process = subprocess.Popen([ROOT / "scripts" / "etl-pipeline"], env=env, stdout=out, stderr=out)
        return process, log

    def wait_for(self, log, text):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if text in log.read_text():
                return
            time.sleep(0.1)
        self.fail(f"'{text}' did not come: {log.read_text()}")

    def test_history_is_loaded_once_and_a_signal_ends_it_in_order(self):
        for round_, history in ((1, True), (2, False)):
            process, log = self.start()
            self.wait_for(log, "live: 10 devices")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(timeout=60), 0, log.read_text())
            self.assertEqual("history: 3 batches" in log.read_text(), history, f"round {round_}: {log.read_text()}")
            self.assertIn("stopped", log.read_text())

    def test_a_server_that_ends_ends_the_pipeline(self):
        (self.dir / "data").write_text("a file, no directory")
        process, log = self.start()
        self.assertNotEqual(process.wait(timeout=60), 0)
        self.assertIn("the server has ended", log.read_text())


if __name__ == "__main__":
    unittest.main()
