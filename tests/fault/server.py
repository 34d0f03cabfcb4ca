# SPDX-License-Identifier: Apache-2.0
"""Starts, asks, kills and buries `fleet serve` processes. Only processes that were started here are ever killed."""
import http.client
import json
import os
import signal
import socket
import subprocess
import time

ANSWER_SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(settings):
    """The caller's own configuration must not leak in."""
    return {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")} | settings


class Api:
    """The public API of a server on 127.0.0.1, a connection per request."""

    def __init__(self, port):
        self.port = port

    def request(self, method, path, body=None, headers=None, seconds=ANSWER_SECONDS):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def get(self, path):
        """JSON of /api/v1/<path>."""
        status, body = self.request("GET", "/api/v1/" + path)
        if status != 200:
            raise AssertionError(f"GET {path} answered {status}: {body[:300]!r}")
        return json.loads(body)

    def get_all(self, path):
        """Items of all pages."""
        items, cursor = [], None
        while True:
            page = self.get(path + (("&" if "?" in path else "?") + "cursor=" + cursor if cursor else ""))
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def metrics(self):
        """{'name{labels}': number}"""
        status, body = self.request("GET", "/metrics")
        if status != 200:
            raise AssertionError(f"GET /metrics answered {status}")
        samples = {}
        for line in body.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples


class Server(Api):
    """One run of the server on a data directory. Its log is appended to `log`."""

    def __init__(self, binary, data, port, log, settings=None, prefix=()):
        super().__init__(port)
        self.started_ns = time.monotonic_ns()
        self._log = open(log, "ab")
        self.process = subprocess.Popen(
            [*prefix, binary, "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}"],
            stdout=self._log, stderr=self._log, env=environment(settings or {}))

    def alive(self):
        return self.process.poll() is None

    def wait_ready(self, seconds=ANSWER_SECONDS):
        """Waits until the data routes answer; the seconds that it took since the start."""
        deadline = time.monotonic() + seconds
        while True:
            if not self.alive():
                raise AssertionError(f"fleet serve ended with {self.process.returncode} instead of getting ready")
            try:
                if self.request("GET", "/api/v1/ready")[0] == 200:
                    return (time.monotonic_ns() - self.started_ns) / 1e9
            except OSError:
                pass   # not listening yet
            if time.monotonic() > deadline:
                raise AssertionError(f"fleet serve was not ready within {seconds} s")
            time.sleep(0.01)

    def kill(self):
        """kill -9; the monotonic time of it."""
        now = time.monotonic_ns()
        self.process.send_signal(signal.SIGKILL)
        self._bury()
        return now

    def stop(self, seconds=ANSWER_SECONDS):
        """Asks it to end and returns the exit code; kills it, and fails, when it does not."""
        self.process.terminate()
        try:
            return self._bury(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"fleet serve did not stop within {seconds} s") from None

    def wait_dead(self, seconds):
        """The exit code of a server that should end by itself; nothing if it did not within the time."""
        try:
            return self._bury(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _bury(self, seconds=ANSWER_SECONDS):
        code = self.process.wait(timeout=seconds)
        self._log.close()
        return code
