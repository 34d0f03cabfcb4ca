#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the server at random moments while a ledger client sends, and compares afterwards (F1).

Prints for each round what had been acknowledged and what was in flight at the kill; a round without either proves nothing
and fails the test, as does a first acknowledgement later than 5 s after a start.
"""
import bisect
import random
import time

import scene
import verify

LONGEST_SECONDS = 1.2
IN_FLIGHT = 3           # a kill waits until so many requests are under way, but not longer than …
TRAFFIC_SECONDS = 0.5


def judge_rounds(book, rounds):
    """[(acknowledged, in flight)] of each round (start, kill), in batches."""
    acked, fates, sent = [], {}, {}
    for t, kind, batch in book.events:
        if kind == "sent":
            sent[batch] = t
        else:
            fates[batch] = t
            if kind == verify.ACKED:
                acked.append(sent[batch])
    acked.sort()
    result = []
    for start, kill in rounds:
        acknowledged = bisect.bisect(acked, kill) - bisect.bisect(acked, start)
        in_flight = sum(start < t <= kill < fates.get(batch, kill + 1) for batch, t in sent.items())
        result.append((acknowledged, in_flight))
    return result


def main():
    parser = scene.options_of(__doc__.splitlines()[0], rounds=20)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    print(f"kill -9: {options.rounds} rounds, seed {options.seed}")
    with scene.Scene(options) as stage, scene.Traffic(stage.ledger_path) as traffic:
        stage.start_ledger()
        rounds, first_acks = [], []
        for _ in range(options.rounds):
            server = stage.start()
            first_acks.append(stage.wait_for_ack(server.started_ns, 4 * scene.FIRST_ACK_SECONDS))
            time.sleep(chance.random() * LONGEST_SECONDS)
            traffic.wait(IN_FLIGHT, TRAFFIC_SECONDS)
            if not server.alive():
                raise AssertionError(f"fleet serve ended by itself with {server.process.returncode}")
            rounds.append((server.started_ns, server.kill()))
        stage.start().wait_ready()
        stage.wait_for_ack(time.monotonic_ns(), scene.FIRST_ACK_SECONDS)
        stage.stop_ledger()
        empty = 0
        for number, (acknowledged, in_flight) in enumerate(judge_rounds(verify.Book(stage.ledger_path), rounds), 1):
            print(f"  round {number:3}: {acknowledged:5} batches acknowledged, {in_flight} in flight at the kill, "
                  f"first acknowledgement after {first_acks[number - 1]:.2f} s")
            empty += acknowledged == 0 or in_flight == 0
        stage.verify()
        if empty:
            raise AssertionError(f"{empty} rounds had nothing acknowledged or nothing in flight: they prove nothing")
        if max(first_acks) > scene.FIRST_ACK_SECONDS:
            raise AssertionError(f"a first acknowledgement came {max(first_acks):.2f} s after the start")


if __name__ == "__main__":
    scene.run(main)
