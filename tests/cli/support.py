# SPDX-License-Identifier: Apache-2.0
"""Runs the `fleet` binary (FLEET_BIN) in a directory of its own, and a server on a free port."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = str(pathlib.Path(os.environ.get("FLEET_BIN", ROOT / "build" / "fleet")).absolute())
OUR_SETTINGS = ("FLEET_", "CASSANDRA_", "BATCH_SIZE", "ASYNC_CONCURRENCY", "WRITE_TIMEOUT", "METRICS_INTERVAL")
SECONDS = 60
HEADER = "device_id,ts,lat,lon,speed_kmh\n"


class Answer:
    """What a command printed and ended with."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode(errors="replace")
        self.err = done.stderr.decode(errors="replace")

    def json(self):
        """The one line that --json prints."""
        lines = self.out.splitlines()
        if len(lines) != 1:
            raise AssertionError(f"--json must print one line, not {len(lines)}: {self.out[:500]!r}; {self.err[-2000:]}")
        return json.loads(lines[0])


def environment(**settings):
    """Nothing of the caller's configuration leaks into a test."""
    return {k: v for k, v in os.environ.items() if not k.startswith(OUR_SETTINGS)} | settings


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def recent(seconds_ago):
    """A time of the last days, as records need one."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))


def row(device="V-1", seconds_ago=3600, lat="48.85", lon="2.35", speed="50"):
    return f"{device},{recent(seconds_ago)},{lat},{lon},{speed}\n"


class CliTest(unittest.TestCase):
    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="fleet-cli-")
        self.addCleanup(self._temporary.cleanup)
        self.dir = pathlib.Path(self._temporary.name)
        self.data = self.dir / "data"

    def write(self, name, content):
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def fleet(self, *arguments, code=0, stdin=b"", env=None):
        """Runs a command to its end; its exit code must be `code`."""
        done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, timeout=SECONDS,
                              cwd=self.dir, env=environment(**(env or {})), check=False)
        answer = Answer(done)
        self.assertEqual(answer.code, code, f"fleet {' '.join(map(str, arguments))}:\n{answer.out[-2000:]}{answer.err[-2000:]}")
        return answer

    def load(self, *arguments, **more):
        return self.fleet("load", "--data", self.data, *arguments, **more)

    def start(self, *arguments, env=None):
        """Starts a command and leaves it running; killed at the end of the test."""
        process = subprocess.Popen([BINARY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE,
                                   cwd=self.dir, env=environment(**(env or {})))

        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()

        self.addCleanup(end)
        return process

    def serve(self, data=None):
        """A server that is ready; its process and its address."""
        port = free_port()
        process = self.start("serve", "--data", data or self.data, "--listen", f"127.0.0.1:{port}")
        url = f"http://127.0.0.1:{port}"
        self.wait_until(lambda: process.poll() is not None or responds(url + "/api/v1/ready"), "the server is ready")
        self.assertIsNone(process.poll(), "the server ended")
        return process, url

    def wait_until(self, condition, what):
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"waited {SECONDS} s in vain until {what}")
            time.sleep(0.02)

    def stop(self, process, how=signal.SIGTERM):
        """Ends a process with a signal; its answer."""
        process.send_signal(how)
        out, err = process.communicate(timeout=SECONDS)
        return Answer(subprocess.CompletedProcess([], process.returncode, out, err))


def responds(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False
