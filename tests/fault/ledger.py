#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client that keeps books: what it sent, and what the server said to it. A process and a file of its own.

Several threads post NDJSON batches of unique (device, time) records, a tenth of them late, and a tenth of what they send is
a record that was acknowledged before. The ledger has a line of JSON per event, with the monotonic time in `t`:
  {"t", "sent": batch, "rows": [line, …]}          written before the request; {"sent": batch, "again": older} repeats one
  {"t", "acked": batch, "answer": {…}}             synced to the disk before the thread goes on
  {"t", "refused": batch, "status", "code"}        429 or 503: nothing of it was taken
  {"t", "unknown": batch, "why"}                   the connection broke, or an error that says nothing about the records
It goes on through restarts of the server until SIGTERM.
"""
import argparse
import collections
import datetime
import http.client
import json
import os
import random
import signal
import threading
import time

RETRY_SECONDS = 0.01
LATE = 0.1
REPEATED = 0.1
SENT_AGAIN = 0.7        # how often a batch of unknown fate is sent once more
KEPT_ACKED = 2_000      # records a thread remembers to repeat
REQUEST_SECONDS = 30


def iso(ms):
    moment = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


class Ledger:
    """The file. Thread-safe; threads that wait for a sync share one."""

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()        # guards the file and what counts its events
        self._sync_lock = threading.Lock()   # held by the thread that syncs
        self._written = 0
        self._synced = 0
        self._next = 0
        self.counts = collections.Counter()

    def write(self, event, durable=False):
        with self._lock:
            event = {"t": time.monotonic_ns(), **event}
            self._file.write(json.dumps(event, separators=(",", ":")) + "\n")
            self._file.flush()
            self._written += 1
            mine = self._written
            for kind in ("sent", "acked", "refused", "unknown"):
                self.counts[kind] += kind in event
        if durable:
            with self._sync_lock:
                if self._synced < mine:
                    with self._lock:
                        written = self._written
                    os.fsync(self._file.fileno())
                    self._synced = written

    def new_batch(self):
        with self._lock:
            self._next += 1
            return self._next


class Vehicles:
    """Where each device is in time; no two records share a device and a time. Thread-safe."""

    def __init__(self, count, start_ms, seed):
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._start = start_ms
        self._next = {f"L-{n:03}": start_ms + n for n in range(count)}
        self._used = {device: set() for device in self._next}
        self._devices = list(self._next)

    def record(self):
        """A new record as a line of NDJSON."""
        with self._lock:
            r = self._random
            device = r.choice(self._devices)
            ms = self._next[device]
            if r.random() < LATE:
                earlier = r.randrange(max(self._start, ms - 600_000), ms + 1)
                if earlier not in self._used[device]:
                    ms = earlier
            while ms in self._used[device]:
                ms += 1
            self._used[device].add(ms)
            self._next[device] = max(self._next[device], ms + r.randrange(400, 2_000))
            return json.dumps(self._values(r, device, ms), separators=(",", ":"))

    @staticmethod
    def _values(r, device, ms):
        row = {"device_id": device, "ts": iso(ms)}
        if r.random() < 0.95:
            angle = ms / 1e6
            row["lat"] = round(48.85 + (angle % 1) / 10 + r.randrange(1_000) / 1e6, 6)
            row["lon"] = round(2.35 + (angle % 1) / 8 + r.randrange(1_000) / 1e6, 6)
        if r.random() < 0.9:
            row["speed_kmh"] = r.randrange(13_000) / 100
            row["heading_deg"] = r.randrange(36_000) / 100
        if r.random() < 0.8:
            row["battery_pct"] = r.randrange(10_001) / 100
        if r.random() < 0.7:
            row["temp_c"] = r.randrange(-2_000, 4_000) / 100
            row["humidity_pct"] = r.randrange(10_001) / 100
        if r.random() < 0.3:
            row["ignition"] = r.random() < 0.5
            row["zone"] = r.choice(["depot", "harbour", "Île-de-France"])
        return row


class Sender(threading.Thread):
    """One connection that posts batch after batch."""

    def __init__(self, number, options, ledger, vehicles, stop):
        super().__init__(name=f"sender-{number}")
        self._options = options
        self._ledger = ledger
        self._vehicles = vehicles
        self._stopping = stop
        self._random = random.Random(options.seed * 1_000 + number)
        self._acked = collections.deque(maxlen=KEPT_ACKED)
        self._connection = None

    def run(self):
        again = None   # (batch, rows) whose fate is unknown and that is to be sent once more
        while not self._stopping.is_set():
            if not self._connect():
                self._stopping.wait(RETRY_SECONDS)
                continue
            batch = self._ledger.new_batch()
            if again:
                rows = again[1]
                self._ledger.write({"sent": batch, "again": again[0]})
            else:
                rows = self._rows()
                self._ledger.write({"sent": batch, "rows": rows})
            again = None if self._post(batch, rows) else (batch, rows)
            if again and self._random.random() > SENT_AGAIN:
                again = None
            if self._options.pause:
                self._stopping.wait(self._options.pause)
        self._close()

    def _rows(self):
        count = self._random.randint(1, self._options.rows)
        return [self._random.choice(self._acked) if self._acked and self._random.random() < REPEATED
                else self._vehicles.record() for _ in range(count)]

    def _post(self, batch, rows):
        """Whether the fate of the batch is known afterwards."""
        try:
            body = "\n".join(rows).encode()
            self._connection.request("POST", "/api/v1/ingest", body, {"Content-Type": "application/x-ndjson"})
            response = self._connection.getresponse()
            text = response.read()
            answer = json.loads(text)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._close()
            self._ledger.write({"unknown": batch, "why": type(error).__name__})
            return False
        if response.will_close:
            self._close()
        if response.status == 200:
            self._ledger.write({"acked": batch, "answer": answer}, durable=True)
            self._acked.extend(rows)
            return True
        if response.status in (429, 503):
            self._ledger.write({"refused": batch, "status": response.status, "code": answer.get("code")})
            self._stopping.wait(5 * RETRY_SECONDS)
            return False   # not stored, so it may be sent again too
        self._ledger.write({"unknown": batch, "why": f"{response.status} {answer.get('code')}"})
        return False

    def _connect(self):
        if self._connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._options.port, timeout=REQUEST_SECONDS)
            try:
                connection.connect()
            except OSError:
                return False
            self._connection = connection
        return True

    def _close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--threads", type=int, default=12)
    parser.add_argument("--devices", type=int, default=40)
    parser.add_argument("--rows", type=int, default=25, help="most records of a batch")
    parser.add_argument("--pause", type=float, default=0, help="seconds between two batches of a thread")
    parser.add_argument("--start-ms", type=int, default=int(time.time() * 1000) - 20 * 3_600_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    ledger = Ledger(options.ledger)
    vehicles = Vehicles(options.devices, options.start_ms, options.seed)
    senders = [Sender(n, options, ledger, vehicles, stop) for n in range(options.threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    print(json.dumps(ledger.counts))


if __name__ == "__main__":
    main()
