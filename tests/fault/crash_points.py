#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets the server die at named places of its code while a ledger client sends, and compares afterwards (F2).

Needs a binary built with FLEET_FAULTS=ON. Each place is hit at least --hits times.
"""
import random

import scene

DEATH = 137
DIE_SECONDS = 30
# Place → how often it may be passed before: those on the way of every batch often, those of a checkpoint now and then.
PLACES = {"after_append": 200, "after_sync": 200, "before_ack": 200, "mid_switch": 3, "mid_checkpoint": 8, "before_trim": 3,
          "mid_trim": 3, "after_trim": 3}


def main():
    parser = scene.options_of(__doc__.splitlines()[0], hits=5, places=",".join(PLACES))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    faults = ",".join(filter(None, ["small_segments", options.fault]))
    print(f"crash at named places: {options.places}, {options.hits} times each, seed {options.seed}")
    with scene.Scene(options, {"FLEET_FAULT": faults}) as stage:
        stage.start_ledger()
        for place in options.places.split(","):
            for _ in range(options.hits):
                server = stage.start({"FLEET_CRASH": f"{place}:{chance.randint(1, PLACES[place])}"})
                code = server.wait_dead(DIE_SECONDS)
                if code is None:
                    raise AssertionError(f"{place} was not reached within {DIE_SECONDS} s")
                if code != DEATH:
                    raise AssertionError(f"fleet serve ended with {code} on the way to {place}")
            print(f"  {place}: {options.hits} crashes")
        server = stage.start()
        server.wait_ready()
        stage.wait_for_ack(server.started_ns, scene.FIRST_ACK_SECONDS)
        stage.stop_ledger()
        stage.verify()


if __name__ == "__main__":
    scene.run(main)
