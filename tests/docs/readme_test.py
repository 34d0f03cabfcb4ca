#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command of README.md is executed, in its order, in one directory, by a shell as a reader has it. Blocks marked `fast` run always, those
marked `full` (they build, or start Cassandra) with --full, `containers` with --full where Docker is."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))
from support import BINARY, environment, free_port, responds  # noqa: E402

FULL = "--full" in sys.argv
BLOCK = re.compile(r"^<!-- test: (\w+) -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECONDS = {"fast": 180, "full": 3600, "containers": 1200}
STAYS = re.compile(r"^(?:build/fleet serve|\./dev demo)\b")   # commands that run until they are ended


def blocks():
    return BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))


def commands(block):
    return [line for line in block.replace("\\\n", "").splitlines() if line.strip() and not line.startswith("#")]


class ReadmeTest(unittest.TestCase):
    def test_every_shell_block_says_how_it_is_tested(self):
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        self.assertEqual(len(re.findall(r"^```sh$", text, re.MULTILINE)), len(blocks()))
        self.assertEqual({kind for kind, _ in blocks()} - set(SECONDS), set())

    def test_blocks_work_in_their_order(self):
        port = free_port()
        url = f"http://localhost:{port}"
        with tempfile.TemporaryDirectory(prefix="fleet-readme-") as name:
            here = pathlib.Path(name)
            if FULL:
                subprocess.run(["git", "clone", "--quiet", "--local", ROOT, here / "tree"], check=True)
                here /= "tree"
            else:
                (here / "build").mkdir()
                (here / "build" / "fleet").symlink_to(BINARY)
            self.left = []
            try:
                for kind, block in blocks():
                    if kind == "fast" or (FULL and (kind == "full" or shutil.which("docker"))):
                        for command in commands(block):
                            with self.subTest(command=command):
                                self.run_one(command.replace("localhost:8501", f"localhost:{port}"), here, url, SECONDS[kind])
                    else:
                        print(f"not run ({kind}): {'; '.join(commands(block))}", file=sys.stderr)
            finally:
                for process in self.left:
                    self.end(process)

    def run_one(self, command, here, url, seconds):
        settings = environment(FLEET_SERVER_LISTEN=url.removeprefix("http://").replace("localhost", "127.0.0.1"))
        if not STAYS.match(command):
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=here, env=settings, capture_output=True, text=True, timeout=seconds, check=False)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
            if "curl" in command:
                self.assertRegex(done.stdout, r'"accepted":1\b|"device_id":"van-7"', command)
            elif "latest" in command:
                self.assertIn("V-", done.stdout, command)
            return
        process = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=here, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True, start_new_session=True)
        self.left.append(process)
        deadline = time.monotonic() + seconds
        while not responds(url + "/api/v1/ready"):
            if process.poll() is not None:
                self.fail(f"{command} ended with {process.returncode}: {process.stderr.read()[-3000:]}")
            self.assertLess(time.monotonic(), deadline, f"{command} did not become ready")
            time.sleep(0.1)
        if command.startswith("./dev"):   # the next command needs the port and the tree
            self.end(process)

    @staticmethod
    def end(process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        process.stderr.close()


if __name__ == "__main__":
    if FULL:
        sys.argv.remove("--full")
    unittest.main()
