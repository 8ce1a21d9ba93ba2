# SPDX-License-Identifier: Apache-2.0
"""What is to be reached, row by row, and whether a run reached it."""

from dataclasses import dataclass

OURS = "hostdev-webhook"
TITLES = {"lean": "a lean Go net/http webhook", "controller-runtime": "controller-runtime", "opa": "OPA"}


@dataclass
class Goal:
    what: str
    wanted: str
    found: str
    holds: object  # True, False, or None: not measured


def least(what, bound, figure, digits=2, unit=""):
    holds = figure.median >= bound if figure else None
    return Goal(what, f"at least {bound}{unit}", figure.spread(digits), holds)


def most(what, bound, figure, digits=2, unit=""):
    holds = figure.median <= bound if figure else None
    return Goal(what, f"at most {bound}{unit}", figure.spread(digits), holds)


def against_floor(figures):
    rows = []
    for body, what, rate, cpu in (("allow", "allow, 5.4 kB", 0.85, 8), ("deny", "deny with a message", 0.80, 11),
                                  ("mutate", "mutate with a patch", 0.80, 11)):
        rows.append(least(f"{what}: requests/s, of the static reply's", rate,
                          figures.against_floor(OURS, body, 16, "rate")))
        rows.append(most(f"{what}: CPU beyond the static reply's", cpu,
                         figures.above_floor(OURS, body, 16, "cpu_us"), 1, " µs"))
    for body, what, rate in (("update", "UPDATE of 19 kB", 0.75), ("500kB", "500 kB", 0.70)):
        rows.append(least(f"{what}: requests/s, of the static reply's", rate,
                          figures.against_floor(OURS, body, 16, "rate")))
    return rows


def against_peers(figures):
    rows = []
    for peer, rate, part in (("lean", 3.5, 5), ("controller-runtime", 6, 10), ("opa", 10, 20)):
        rows.append(least(f"requests/s against {TITLES[peer]}", rate,
                          figures.against_peer(peer, "allow", 16, "rate"), 1, "x"))
        rows.append(most(f"CPU per request against {TITLES[peer]}", round(1 / part, 2),
                         figures.against_peer(peer, "allow", 16, "cpu_us"), 3, "x"))
    return rows


def the_rest(figures):
    # Without Go there is nothing to compare with.
    peers = [figures.plain("cold", peer, "rate") for peer in ("lean", "controller-runtime")]
    go = max((peer.median for peer in peers if peer), default=None)
    ours = figures.plain("cold", OURS, "rate")
    return [
        most("p99 at 16 connections, of the static reply's", 1.5, figures.against_floor(OURS, "allow", 16, "p99_ms"), 2, "x"),
        most("p99 at 1 connection", 0.5, figures.value(OURS, "allow", 1, "p99_ms"), 2, " ms"),
        most("memory, idle", 8, figures.memory(OURS, "idle", "rss"), 1, " MiB"),
        most("memory, after the reviews at 64 connections", 12, figures.memory(OURS, "loaded", "rss"), 1, " MiB"),
        most("start to first answer over TLS", 50, figures.plain("start", OURS, "ms"), 0, " ms"),
        Goal("cold TLS connections/s", f"as many as Go: {go:,.0f}" if go else "as many as Go", ours.spread(0),
             ours.median >= go if ours and go else None),
    ]


def all_goals(figures):
    return against_floor(figures) + against_peers(figures) + the_rest(figures)
