# SPDX-License-Identifier: Apache-2.0
"""The tables, in Markdown that can be read as it is."""

from figures import Figures
from goals import OURS, all_goals

TITLES = {OURS: "this server", "floor": "static reply", "lean": "Go net/http",
          "controller-runtime": "controller-runtime", "opa": "OPA"}
BODIES = {"allow": "CREATE 5.4 kB, allowed", "deny": "CREATE 5.4 kB, denied", "mutate": "CREATE 5.4 kB, patched",
          "update": "UPDATE 19 kB, allowed", "2kB": "CREATE 2 kB, allowed", "500kB": "UPDATE 500 kB, allowed",
          "1MB": "UPDATE 1 MB, allowed"}


def table(head, rows):
    """Columns as wide as what is in them; all but the first two to the right where they are numbers."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    right = [all(row[i][:1] in "-+0123456789" for row in rows) for i in range(len(head))]
    lines = [[cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, widths, right)] for row in [head, *rows]]
    rule = ["-" * (w - 1) + ":" if r else "-" * w for w, r in zip(widths, right)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def closed_table(figures):
    rows = []
    for server in figures.servers():
        for body, connections in figures.points(server) if server != "floor" else []:
            at = (server, body, connections)
            rows.append([
                TITLES[server], BODIES[body], connections,
                figures.value(*at, "rate").show(), figures.floor_beside(*at, "rate").show(),
                figures.against_floor(*at, "rate").spread(),
                figures.value(*at, "p50_ms").show(2), figures.value(*at, "p99_ms").show(2),
                figures.value(*at, "p999_ms").show(2), figures.against_floor(*at, "p99_ms").show(2),
                figures.value(*at, "cpu_us").show(1), figures.above_floor(*at, "cpu_us").show(1),
            ])
    return table(["server", "review", "connections", "requests/s", "static", "of static", "p50 ms", "p99 ms",
                  "p99.9 ms", "p99, of static", "CPU µs", "beyond static"], rows)


def server_table(figures):
    rows = []
    for server in figures.servers():
        rows.append([
            TITLES[server], figures.plain("start", server, "ms").spread(0),
            figures.memory(server, "idle", "rss").show(1), figures.memory(server, "idle", "heap").show(1),
            figures.memory(server, "loaded", "rss").show(1), figures.memory(server, "loaded", "peak").show(1),
            figures.plain("cold", server, "rate").spread(0), figures.plain("cold", server, "cpu_us").show(),
            figures.plain("open", server, "p50_ms").show(2), figures.plain("open", server, "p99_ms").show(2),
            figures.plain("open", server, "p999_ms").show(2),
        ])
    return table(["server", "start ms", "idle MiB", "heap MiB", "loaded MiB", "peak MiB", "cold/s", "CPU µs each",
                  "p50 ms", "p99 ms", "p99.9 ms"], rows)


def goal_table(figures):
    words = {True: "yes", False: "NO", None: "not measured"}
    return table(["figure", "wanted", "measured", "holds"],
                 [[goal.what, goal.wanted, goal.found, words[goal.holds]] for goal in all_goals(figures)])


def all_tables(about, runs):
    figures = Figures(runs)
    short = " So short a run\nshows that all of it works; its figures tell nothing." if about["mode"] == "short" else ""
    lines = "\n".join(f"- {line}" for line in about["lines"])
    return f"""# Performance, {about['date']}

Written by `make bench` (BENCH={about['mode']}). Medians of {about['rounds']} runs of {about['seconds']} s each; in
parentheses the lowest and the highest. Server and client share the processors.{short}

{lines}

## To reach

{goal_table(figures)}

## Against the static reply

Closed loop over TLS keep-alive. Each run is paired with one of the static reply right beside it, with the same
body and an answer of the same bytes: `of static`, `p99, of static` and `beyond static` are medians over these
pairs. CPU is user and system time of the server per request, handshakes included.

{closed_table(figures)}

## Each server by itself

Start: from the process to its first answer over TLS. Idle: resident memory after that answer; heap: the part of
that which is not the program and its libraries; loaded and peak: after {about['reviews']:,} reviews at 64
connections, each answer compared. Cold: reviews/s, each on a connection of its own with a full handshake. The
latencies are those of an open loop, {about['open_rate']:,} reviews/s whatever the answers take.

{server_table(figures)}
"""
