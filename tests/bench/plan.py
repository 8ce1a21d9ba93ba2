# SPDX-License-Identifier: Apache-2.0
"""How much is measured: `full` for figures, `short` to see that it all works."""

import os
from dataclasses import dataclass

CORES = 2


@dataclass
class Plan:
    mode: str
    peers: tuple
    closed: list  # of (server, body, connections)
    rounds: int = 7
    seconds: int = 2
    starts: int = 11
    reviews: int = 100_000
    cold_rounds: int = 5
    open_rounds: int = 5
    open_seconds: int = 5
    open_rate: int = 1000  # a second: less than half of what the slowest can do

    @property
    def points(self):
        """Each (body, connections) once, in order."""
        return list(dict.fromkeys((body, connections) for _, body, connections in self.closed))

    @property
    def bodies(self):
        return {body for body, _ in self.points}


def crossed(server, bodies, connections):
    return [(server, body, count) for body in bodies for count in connections]


def full():
    closed = crossed("hostdev-webhook", ["allow", "deny", "mutate", "update"], [1, 16, 64])
    closed += crossed("hostdev-webhook", ["2kB", "500kB", "1MB"], [16])
    peers = ("lean", "controller-runtime", "opa")
    for peer in peers:
        closed += crossed(peer, ["allow"], [1, 16, 64]) + crossed(peer, ["deny", "update"], [16])
        # Of few slow answers those that are under way at the end would be too many.
        closed += crossed(peer, ["500kB"], [4])
    return Plan("full", peers, closed)


def short():
    """Under a minute, once Go has built its own library."""
    closed = crossed("hostdev-webhook", ["allow", "deny", "mutate", "update", "1MB"], [16])
    closed += crossed("hostdev-webhook", ["allow"], [1, 64]) + crossed("lean", ["allow", "deny"], [16])
    return Plan("short", ("lean",), closed, rounds=1, seconds=1, starts=1, reviews=4000, cold_rounds=1, open_rounds=0)


def chosen(mode):
    """$BENCH_ROUNDS and so on change a number; $BENCH_PEERS=lean,opa (or nothing) who is compared with."""
    plan = {"full": full, "short": short}[mode]()
    for name in ("rounds", "seconds", "starts", "reviews", "cold_rounds", "open_rounds", "open_seconds", "open_rate"):
        setattr(plan, name, int(os.environ.get(f"BENCH_{name.upper()}", getattr(plan, name))))
    if "BENCH_PEERS" in os.environ:
        plan.peers = tuple(name for name in plan.peers if name in os.environ["BENCH_PEERS"].split(","))
    return plan


def cores():
    """The first two that this process may use, or those of $BENCH_CORES=0,1."""
    if "BENCH_CORES" in os.environ:
        return {int(core) for core in os.environ["BENCH_CORES"].split(",")}
    return set(sorted(os.sched_getaffinity(0))[:CORES])
