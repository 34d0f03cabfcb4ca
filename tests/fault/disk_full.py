#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills the disk under a server, then frees it (F6): refusals are quick, reads go on, ingest resumes without a restart.

Twice: down to the configured reserve, and down to the last byte with the reserve switched off. Needs root and a small
file system of its own: ext4 on a loop device, else tmpfs.
"""
import contextlib
import os
import subprocess
import time

import scene

DISK_BYTES = 192 << 20
RESERVE = 32 << 20
REFUSE_SECONDS = 1
RESUME_SECONDS = 5
FILL_UP_SECONDS = 30    # until the journal has used up what it had written ahead


@contextlib.contextmanager
def small_disk(directory):
    """A mounted file system of DISK_BYTES."""
    if os.geteuid() != 0:
        raise scene.Skip("mounting a small file system needs root")
    image, mount = directory / "image", directory / "disk"
    mount.mkdir()
    with open(image, "wb") as file:
        file.truncate(DISK_BYTES)
    tries = [[["mkfs.ext4", "-q", "-m", "0", str(image)], ["mount", "-o", "loop", str(image), str(mount)]],
             [["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(mount)]]]
    for commands in tries:
        try:
            for command in commands:
                subprocess.run(command, check=True, capture_output=True, timeout=30)
        except (OSError, subprocess.SubprocessError):
            continue
        print(f"  on {'ext4, loop device' if len(commands) == 2 else 'tmpfs'}")
        try:
            yield mount
        finally:
            subprocess.run(["umount", str(mount)], check=True, timeout=30)
            image.unlink()
        return
    raise scene.Skip("neither a loop device nor tmpfs can be mounted here")


def free_bytes(disk):
    info = os.statvfs(disk)
    return info.f_bavail * info.f_frsize


def fill(ballast, leave):
    """Writes a file until at most `leave` bytes are free, to the last byte for 0."""
    block = b"\xa5" * (1 << 20)
    with open(ballast, "ab", buffering=0) as file:
        while len(block) > 0 and free_bytes(ballast.parent) > leave:
            want = min(len(block), max(free_bytes(ballast.parent) - leave, 1)) if leave else len(block)
            try:
                file.write(block[:want])
            except OSError:
                block = block[:len(block) // 2]
        with contextlib.suppress(OSError):   # a full disk is what is wanted
            os.fsync(file.fileno())


def refused_after(stage, since_ns, seconds):
    """Waits for the first refusal; its seconds after `since_ns`."""
    deadline = time.monotonic() + seconds
    with scene.Tail(stage.ledger_path) as tail:
        while time.monotonic() < deadline:
            for event in tail.events():
                if event["t"] > since_ns and event.get("status") == 503:
                    return (event["t"] - since_ns) / 1e9
            if not stage.server.alive():
                last = stage.log_path.read_text(encoding="utf-8").splitlines()[-1]
                raise AssertionError(f"fleet serve ended with {stage.server.process.returncode} on a full disk: {last}")
            time.sleep(0.01)
    raise AssertionError(f"no refusal within {seconds} s on a full disk")


def slowest_refusal(stage, since_ns):
    """The longest time between a request after `since_ns` and its refusal."""
    sent, slowest = {}, 0
    with scene.Tail(stage.ledger_path) as tail:
        for event in tail.events():
            if event["t"] > since_ns and "sent" in event:
                sent[event["sent"]] = event["t"]
            elif event.get("refused") in sent:
                slowest = max(slowest, (event["t"] - sent[event["refused"]]) / 1e9)
    return slowest


def expect_reads(server):
    """Health, the list of devices, one history."""
    started = time.monotonic()
    if server.request("GET", "/api/v1/health", seconds=REFUSE_SECONDS)[0] != 200:
        raise AssertionError("health does not answer on a full disk")
    fleet = server.get("fleets")["items"][0]["fleet_id"]
    device = server.get(f"fleets/{fleet}/devices?limit=1")["items"][0]["device_id"]
    if not server.get(f"devices/{device}/history?from=1970-01-01T00:00:00Z&to=2149-01-01T00:00:00Z")["items"]:
        raise AssertionError("a history is empty on a full disk")
    return time.monotonic() - started


def cycle(stage, disk, reserve):
    """Fill, look, free, look."""
    server = stage.start({"FLEET_ENGINE_DISK_RESERVE": str(reserve)})
    server.wait_ready()
    stage.wait_for_ack(server.started_ns, 2 * scene.FIRST_ACK_SECONDS)
    time.sleep(2)
    ballast = disk / "ballast"
    fill(ballast, reserve // 2)
    full = time.monotonic_ns()
    refused = refused_after(stage, full, REFUSE_SECONDS if reserve else FILL_UP_SECONDS)
    time.sleep(2)
    reads = expect_reads(server)
    time.sleep(1)
    slowest = slowest_refusal(stage, full)
    ballast.unlink()
    resumed = stage.wait_for_ack(time.monotonic_ns(), RESUME_SECONDS)
    print(f"  reserve {reserve >> 20} MiB: refused after {refused:.2f} s, slowest refusal {slowest:.2f} s, reads took {reads:.2f} s, "
          f"acknowledged {resumed:.2f} s after space was freed")
    if slowest > REFUSE_SECONDS:
        raise AssertionError(f"a refusal took {slowest:.2f} s")
    if not server.alive():
        raise AssertionError("fleet serve ended")
    time.sleep(1)
    if server.stop(scene.STOP_SECONDS) != 0:
        raise AssertionError("fleet serve ended with an error after the disk had been full")


def main():
    options = scene.options_of(__doc__.splitlines()[0]).parse_args()
    print("disk full, then freed")
    with scene.Scene(options) as stage, small_disk(stage.dir) as disk:
        stage.data = disk / "data"
        stage.start_ledger("--pause", 0.01)
        cycle(stage, disk, RESERVE)
        cycle(stage, disk, 0)
        stage.start({"FLEET_ENGINE_DISK_RESERVE": "0"}).wait_ready()
        stage.stop_ledger()
        stage.verify()


if __name__ == "__main__":
    scene.run(main)
