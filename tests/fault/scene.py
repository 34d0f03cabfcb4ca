# SPDX-License-Identifier: Apache-2.0
"""What every fault test has: a directory, a data directory in it, a port, a ledger client, and options."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import server as serving
import verify

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EVENT = re.compile(r'"(sent|acked|refused|unknown)":(\d+)')
FIRST_ACK_SECONDS = 5
STOP_SECONDS = 10
# Checkpoints every second, so that kills fall into them too.
QUICK = {"FLEET_ENGINE_CHECKPOINT_INTERVAL": "1s", "FLEET_ENGINE_CHECKPOINT_JOURNAL": "1MiB"}


def options_of(description, **defaults):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", default=os.environ.get("FLEET_BIN", str(ROOT / "build" / "fleet")))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", default="", help="named faults for a binary built with FLEET_FAULTS=ON")
    parser.add_argument("--keep", action="store_true", help="keep the directory of a run that passed")
    for name, value in defaults.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value)
    return parser


class Scene:
    """Directory and processes of one test. Ends them all when left; keeps the directory when something failed."""

    def __init__(self, options, settings=None, data=None):
        self.options = options
        self.settings = QUICK | ({"FLEET_FAULT": options.fault} if options.fault else {}) | (settings or {})
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="fleet-fault-"))
        self.data = pathlib.Path(data) if data else self.dir / "data"
        self.ledger_path = self.dir / "ledger.ndjson"
        self.log_path = self.dir / "server.log"
        self.port = serving.free_port()
        self.server = None
        self._ledger = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self._ledger:
            self._ledger.kill()
            self._ledger.wait()
        if self.server and self.server.alive():
            self.server.kill()
        if kind is None and not self.options.keep:
            shutil.rmtree(self.dir)
        else:
            print(f"  kept: {self.dir} (data, ledger.ndjson, server.log)")

    def start(self, extra=None, prefix=()):
        self.server = serving.Server(self.options.bin, self.data, self.port, self.log_path,
                                     self.settings | (extra or {}), prefix)
        return self.server

    def start_ledger(self, *arguments):
        self._ledger = subprocess.Popen(
            [sys.executable, str(HERE / "ledger.py"), "--port", str(self.port), "--ledger", str(self.ledger_path),
             "--seed", str(self.options.seed), *map(str, arguments)], stdout=subprocess.PIPE)

    def stop_ledger(self):
        self._ledger.terminate()
        out, _ = self._ledger.communicate(timeout=60)
        if self._ledger.returncode != 0:
            raise AssertionError(f"the ledger client ended with {self._ledger.returncode}")
        self._ledger = None
        return json.loads(out)

    def wait_for_ack(self, after_ns, seconds):
        """Seconds from `after_ns` to the first acknowledgement of a batch that was sent after it."""
        deadline = time.monotonic() + seconds
        sent = set()   # an earlier batch may have got its answer from a server that is dead by now
        with Tail(self.ledger_path) as tail:
            while time.monotonic() < deadline:
                for event in tail.events():
                    if "sent" in event and event["t"] >= after_ns:
                        sent.add(event["sent"])
                    elif event.get("acked") in sent:
                        return (event["t"] - after_ns) / 1e9
                time.sleep(0.005)
        raise AssertionError(f"no acknowledgement within {seconds} s")

    def verify(self):
        """Starts the server if it does not run, compares, stops it, and lets it check itself. Raises on differences."""
        if self.server is None or not self.server.alive():
            self.start().wait_ready()
        counts, differences = verify.verify(self.server, self.ledger_path)
        verify.report(counts, differences)
        code = self.server.stop(STOP_SECONDS)
        if code != 0:
            differences.append(f"fleet serve ended with {code} when asked to stop")
        check = subprocess.run([self.options.bin, "verify", "--data", str(self.data), "--json"], capture_output=True,
                               timeout=120, env=serving.environment({}), check=False)
        if check.returncode != 0:
            differences.append(f"fleet verify ended with {check.returncode}: {check.stdout.decode()[:500]} "
                               f"{check.stderr.decode()[-500:]}")
        if differences:
            raise AssertionError(f"{len(differences)} differences, the first: {differences[0]}")
        return counts


class Tail:
    """Events of a ledger that is being written."""

    def __init__(self, path):
        self._path = path
        self._file = None
        self._rest = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._file:
            self._file.close()

    def lines(self):
        """What was written since the last call."""
        if self._file is None:
            if not self._path.exists():
                return []
            self._file = open(self._path, encoding="utf-8")
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        return lines

    def events(self):
        for line in self.lines():
            yield json.loads(line)


class Traffic:
    """Follows a ledger to know how many requests are in flight."""

    def __init__(self, path):
        self._tail = Tail(path)
        self._open = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._tail.__exit__()

    def wait(self, requests, seconds):
        """Returns at a moment at which so many are in flight, or fewer when the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            lines = self._tail.lines()
            for line in lines:
                kind, batch = EVENT.search(line).groups()
                if kind == "sent":
                    self._open.add(batch)
                else:
                    self._open.discard(batch)
            # After many lines the picture is old already.
            if len(self._open) >= requests and len(lines) < requests:
                return


def run(main):
    """The end of a test program: 0 passed, 1 failed, 77 skipped."""
    try:
        main()
    except Skip as reason:
        print(f"  SKIPPED: {reason}")
        sys.exit(77)
    except (AssertionError, OSError, subprocess.SubprocessError, KeyError, ValueError) as error:
        print(f"  FAILED: {type(error).__name__}: {error}")
        sys.exit(1)


class Skip(Exception):
    """A tool of this machine is missing."""
