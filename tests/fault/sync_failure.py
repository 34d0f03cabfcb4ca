#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets one fdatasync of the journal fail (F8): the server exits non-zero, acknowledges nothing afterwards, and recovers.

The failure is injected into the system call with strace; without strace, or where it may not trace, the test is skipped.
"""
import re
import shutil
import subprocess
import time

import scene

FAILS_AT = 150          # of the journal's thread; no other thread syncs nearly as often
EXIT_SECONDS = 20
ON_THE_WAY_SECONDS = 0.05   # an answer that had left before the failure


def tracer(trace):
    """strace as a grandchild, so that the server itself is our child and its exit code ours to see."""
    return ["strace", "-D", "-f", "-qq", "-ttt", "-o", str(trace), "-e", "trace=fdatasync", "-e", "signal=none",
            "-e", f"inject=fdatasync:error=EIO:when={FAILS_AT}"]


def expect_tracing(directory):
    if not shutil.which("strace"):
        raise scene.Skip("strace is not installed")
    done = subprocess.run([*tracer(directory / "probe"), "true"], capture_output=True, timeout=30, check=False)
    if done.returncode != 0 or done.stderr:
        raise scene.Skip(f"strace may not trace here: {done.stderr.decode().strip()[:200]}")


def failure_time(trace):
    """Wall-clock time of the injected failure."""
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        if "INJECTED" in line:
            return float(re.search(r"\d+\.\d+", line).group())
    raise AssertionError("no fdatasync was made to fail")


def main():
    options = scene.options_of(__doc__.splitlines()[0]).parse_args()
    print("one failing fdatasync")
    with scene.Scene(options) as stage:
        expect_tracing(stage.dir)
        stage.start_ledger()
        trace = stage.dir / "strace.out"
        server = stage.start(prefix=tracer(trace))
        code = server.wait_dead(EXIT_SECONDS)
        if code is None:
            raise AssertionError(f"fleet serve runs on {EXIT_SECONDS} s after its start, though a sync had to fail")
        if code <= 0:
            raise AssertionError(f"fleet serve ended with {code} after a failed sync; an exit code above 0 is due")
        failed = failure_time(trace) - time.time() + time.monotonic()
        late = 0
        acked = 0
        with scene.Tail(stage.ledger_path) as tail:
            for event in tail.events():
                acked += "acked" in event
                late += "acked" in event and event["t"] / 1e9 > failed + ON_THE_WAY_SECONDS
        print(f"  exit code {code}, {acked} batches acknowledged before, {late} after the failure")
        if late or not acked:
            raise AssertionError("acknowledged after the failure" if late else "nothing was acknowledged before")
        server = stage.start()
        server.wait_ready()
        stage.wait_for_ack(server.started_ns, scene.FIRST_ACK_SECONDS)
        stage.stop_ledger()
        stage.verify()


if __name__ == "__main__":
    scene.run(main)
