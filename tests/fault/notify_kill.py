#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the server around the delivery of notifications: every alert is told of, again under the same id, and listed once.

Rounds take turns: killed while the receiver has the notification and has not answered, just after the answer (so before or
after the mark), and at a random moment. A fleet of its own for each round, every third one an incident.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

import scene
import server as serving

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from receivers import Webhook   # noqa: E402 pylint: disable=wrong-import-position

SINGLES, INCIDENT = 5, 40
TOLD_SECONDS = 30
FIRST_LOOK_SECONDS = 3
LONGEST_SECONDS = 2.5
AFTER_ANSWER_SECONDS = 0.02
KINDS = ("before the answer", "after the answer", "at random")


def send(server, fleet, devices):
    ts = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    body = "device_id,fleet_id,ts,battery_pct\n" + "".join(f"{fleet}-{i},{fleet},{ts},5\n" for i in range(devices))
    status, answer = server.request("POST", "/api/v1/ingest", body, {"Content-Type": "text/csv"})
    if status != 200 or json.loads(answer)["accepted"] != devices:
        raise AssertionError(f"the alerts' records were not taken: {status} {answer[:300]!r}")


def notifications(posts, fleet):
    return [payload for payload in (json.loads(body) for _, _, body in posts) if payload["fleet_id"] == fleet]


def kill_one(stage, hook, fleet, devices, kind, chance):
    """One life of the server, from its start to its kill."""
    killed = threading.Event()
    server = stage.start()
    server.wait_ready()

    def kill(after):
        time.sleep(after)
        if not killed.is_set():
            killed.set()
            server.kill()

    def receive(body):
        if json.loads(body)["fleet_id"] != fleet or killed.is_set():
            return
        if kind == KINDS[0]:
            kill(0)
        elif kind == KINDS[1]:
            threading.Thread(target=kill, args=(chance.random() * AFTER_ANSWER_SECONDS,)).start()

    hook.before_answer = receive
    send(server, fleet, devices)
    if kind == KINDS[2]:
        kill(chance.random() * LONGEST_SECONDS)
    if not killed.wait(TOLD_SECONDS):
        raise AssertionError(f"fleet {fleet} was not told of within {TOLD_SECONDS} s")
    server.process.wait()
    hook.before_answer = None


def check(server, hook, fleet, devices):
    """Differences between what is listed and what was told."""
    listed = server.get_all(f"fleets/{fleet}/alerts?limit=1000")
    told = {}
    for payload in notifications(hook.posts, fleet):
        for alert in payload["alert_ids"]:
            told.setdefault(alert, []).append(payload["id"])
    ids = [alert["id"] for alert in listed]
    if len(ids) != devices or len(set(ids)) != devices:
        yield f"{fleet}: {len(ids)} alerts are listed, {len(set(ids))} distinct, not {devices}"
    if missing := set(ids) - set(told):
        yield f"{fleet}: {len(missing)} alerts were never told of, for example {min(missing)}"
    if changed := [alert for alert, names in told.items() if len(set(names)) != 1]:
        yield f"{fleet}: {len(changed)} alerts were told of under different ids, for example {told[changed[0]]}"
    if strange := set(told) - set(ids):
        yield f"{fleet}: {len(strange)} alerts that were told of are not listed"


def wait_until_told(server):
    """Returns when no alert waits: told of and marked. The first look at them is a moment after the start."""
    started = time.monotonic()
    waiting = True
    while waiting or time.monotonic() < started + FIRST_LOOK_SECONDS:
        if time.monotonic() > started + TOLD_SECONDS:
            raise AssertionError(f"alerts still wait after {TOLD_SECONDS} s")
        time.sleep(0.1)
        metrics = server.metrics()
        waiting = metrics["fleet_notify_waiting_alerts"] + metrics["fleet_notify_undelivered"] > 0


def main():
    options = scene.options_of(__doc__.splitlines()[0], rounds=9).parse_args()
    chance = random.Random(options.seed)
    print(f"kill -9 around notifications: {options.rounds} rounds, seed {options.seed}")
    os.environ |= {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    hook = Webhook()
    settings = {"FLEET_NOTIFY_WEBHOOK_URLS": hook.url, "FLEET_NOTIFY_GROUP_WAIT": "1s"}
    with scene.Scene(options, settings) as stage:
        fleets = {}
        for number in range(options.rounds):
            kind = KINDS[number % len(KINDS)]
            fleet = f"f{number}"
            fleets[fleet] = INCIDENT if number // len(KINDS) % 3 == 2 else SINGLES
            kill_one(stage, hook, fleet, fleets[fleet], kind, chance)
        server = stage.start()
        server.wait_ready()
        wait_until_told(server)
        differences = [text for fleet, devices in fleets.items() for text in check(server, hook, fleet, devices)]
        twice = 0
        for number, fleet in enumerate(fleets):
            names = [payload["id"] for payload in notifications(hook.posts, fleet)]
            twice += len(names) > len(set(names))
            print(f"  {fleet}: {fleets[fleet]} alerts, killed {KINDS[number % len(KINDS)]}: "
                  f"{len(names)} deliveries of {len(set(names))} notifications")
        if (code := server.stop(scene.STOP_SECONDS)) != 0:
            differences.append(f"fleet serve ended with {code} when asked to stop")
        verified = subprocess.run([options.bin, "verify", "--data", str(stage.data), "--json"], capture_output=True, timeout=120,
                                  env=serving.environment({}), check=False)
        if verified.returncode != 0:
            differences.append(f"fleet verify ended with {verified.returncode}: {verified.stdout.decode()[:500]}")
        if differences:
            raise AssertionError(f"{len(differences)} differences, the first: {differences[0]}")
        if twice == 0:
            raise AssertionError("nothing was delivered twice: no kill fell between delivery and mark, so this proves nothing")
    hook.close()


if __name__ == "__main__":
    scene.run(main)
