# SPDX-License-Identifier: Apache-2.0
"""Runs the `fleet` binary: commands with one line of JSON as answer, and a server to ask over HTTP."""
import http.client
import json
import os
import pathlib
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("FLEET_BIN", ROOT / "build" / "fleet")).absolute()
COMMAND_SECONDS = 120
START_SECONDS = 30


def environment(**settings):
    """Nothing of the caller's configuration leaks into a test."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")}
    return kept | settings


def run(*arguments, accept=(0,), stdin=None, env=None):
    """Runs a command to its end and returns what it printed on stdout."""
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=COMMAND_SECONDS, env=env or environment(), check=False)
    if done.returncode not in accept:
        raise AssertionError(f"fleet {' '.join(map(str, arguments))} ended with {done.returncode}, not {accept}:\n"
                             f"{done.stderr.decode(errors='replace')[-4000:]}")
    return done.stdout.decode()


def run_json(*arguments, accept=(0,), stdin=None, env=None):
    """The one line of JSON that a command with --json prints."""
    lines = run(*arguments, "--json", accept=accept, stdin=stdin, env=env).splitlines()
    if len(lines) != 1:
        raise AssertionError(f"--json must print one line, not {len(lines)}: {lines[:3]}")
    return json.loads(lines[0])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`fleet serve` on an ephemeral port; ready when entered, stopped gracefully (or killed) when left."""

    def __init__(self, data, **settings):
        self.port = free_port()
        self._data = data
        self._settings = settings
        self._connection = None
        self._process = None

    def __enter__(self):
        self._process = subprocess.Popen(
            [BINARY, "serve", "--data", str(self._data), "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(**self._settings))
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self._process.poll() is not None:
                raise AssertionError(f"fleet serve ended with {self._process.returncode}: "
                                     f"{self._process.stderr.read().decode(errors='replace')[-4000:]}")
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"fleet serve was not ready within {START_SECONDS} s")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=START_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("fleet serve did not stop in time") from None
        self._process.stderr.close()

    def kill(self):
        """SIGKILL, and the end of the process."""
        self.close()
        self._process.kill()
        self._process.wait(timeout=START_SECONDS)

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ready(self):
        try:
            return self.request("GET", "/api/v1/ready")[0] == 200
        except OSError:
            self.close()
            return False

    def request(self, method, path, body=None, headers=None):
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=COMMAND_SECONDS)
        self._connection.request(method, path, body, headers or {})
        response = self._connection.getresponse()
        return response.status, response.read()

    def get(self, path):
        """JSON of /api/v1/<path>, which must answer 200."""
        status, body = self.request("GET", "/api/v1/" + path)
        if status != 200:
            raise AssertionError(f"GET {path} answered {status}: {body[:500]!r}")
        return json.loads(body)

    def get_all(self, path):
        """Items of all pages of a list."""
        items, cursor = [], None
        while True:
            page = self.get(path + (("&" if "?" in path else "?") + "cursor=" + cursor if cursor else ""))
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def ingest(self, body, content_type):
        """Answer of POST ingest; the connection's errors come through, as when the server dies."""
        status, answer = self.request("POST", "/api/v1/ingest", body, {"Content-Type": content_type})
        if status != 200:
            raise AssertionError(f"POST ingest answered {status}: {answer[:500]!r}")
        return json.loads(answer)

    def metrics(self):
        """Samples of /metrics: {'name{labels}': number}."""
        status, body = self.request("GET", "/metrics")
        if status != 200:
            raise AssertionError(f"GET /metrics answered {status}")
        samples = {}
        for line in body.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples
