# SPDX-License-Identifier: Apache-2.0
"""growth.py: what this server costs as things grow: the permitted list, devices of a VM, bodies,
connections, processors, processes. Prints a table for each, and whether it grows no worse than
linearly, and writes them into tests/bench/results. `growth.py entries connections` measures only
these, and writes nothing. To be run in the project's root, by `make bench-growth`."""

import json
import os
import resource
import statistics
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from math import log
from pathlib import Path

import bodies
import contestants
import load
import machine
import plan as plans
from bench import RESULTS, prepare
from report import table
from servers import Broken, Server, keep_to

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
SECONDS = int(os.environ.get("BENCH_SECONDS", 2))
PARTS = ("entries", "devices", "sizes", "connections", "cores", "processes")
DEVICE = bodies.PERMITTED[2]
# Beyond exactly linear: what measuring twice differs by.
ALLOWANCE = 1.1


def body_of(folder, name, text, **more):
    body = bodies.Body(name, name, text, **more)
    (folder / f"{name}.json").write_bytes(text)
    return body


def list_of(count):
    """A HyperConverged that permits DEVICE and count - 1 others. JSON, as 100,000 entries of YAML are
    more than a manifest may have."""
    entries = [{"pciDeviceSelector": "10DE:1EB8", "resourceName": DEVICE}]
    entries += [{"pciDeviceSelector": f"{0x1000 + i // 65536:04X}:{i % 65536:04X}", "resourceName": f"v.io/d{i}"}
                for i in range(count - 1)]
    return json.dumps({"apiVersion": "hco.kubevirt.io/v1beta1", "kind": "HyperConverged",
                       "metadata": {"name": "kubevirt-hyperconverged", "namespace": "openshift-cnv"},
                       "spec": {"permittedHostDevices": {"pciHostDevices": entries}}}, separators=(",", ":"))


class Growth:
    """Measures on `folder`'s files; rows are lists of cells for a table."""

    def __init__(self, folder):
        self.folder, self.ours = folder, contestants.ours(folder)
        self.first = body_of(folder, "first", bodies.create(5400, bodies.devices_named(DEVICE)))
        self.linear, self.text = [], ""

    def start(self):
        return Server(self.ours, self.folder, self.first)

    @staticmethod
    def median(server, body, connections):
        """Of several runs, long enough for all to connect, and that what is under way at the end is
        little: requests/s and CPU µs per request."""
        seconds = SECONDS + connections // 100 + len(body.text) // 500_000
        runs = [load.wrk(server, body, connections, seconds) for _ in range(ROUNDS)]
        return [statistics.median(run[key] for run in runs) for key in ("rate", "cpu_us")]

    def judge(self, what, sizes, costs):
        """By which power the cost grows from each size to the next: 1 is linear, 0 not at all. What counts
        is the way from the first to the last, and the last step, where what is fixed matters least."""
        powers = [log(b / a) / log(n / m) for m, n, a, b in zip(sizes, sizes[1:], costs, costs[1:])]
        worst = max(powers[-1], log(costs[-1] / costs[0]) / log(sizes[-1] / sizes[0]))
        self.linear.append((what, worst, worst <= ALLOWANCE))
        return ["", *(f"{power:.2f}" for power in powers)]

    def say(self, text):
        self.text += text + "\n\n"
        print(text + "\n", flush=True)

    def show(self, part):
        try:
            self.say(getattr(self, part)())
        except Broken as problem:
            print(f"FAILED  {part}: {problem}\n", flush=True)
            return False
        return True

    # --- each of them -----------------------------------------------------------------------------

    def entries(self):
        sizes = [1, 10, 100, 1000, 10_000, 100_000]
        typo = body_of(self.folder, "typo", bodies.create(5400, bodies.devices_named(bodies.MISSPELT)),
                       denied_device=bodies.MISSPELT)
        found = []
        for size in sizes:
            (self.folder / "list.yaml").write_text(list_of(size))
            with self.start() as server:
                memory = server.memory()["rss"]
                found.append([server.start_ms, memory / 1024, self.median(server, self.first, 16)[1],
                              self.median(server, typo, 16)[1]])
        (self.folder / "list.yaml").write_text(list_of(3))
        powers = [self.judge(f"permitted entries, {what}", sizes, [row[i] for row in found])
                  for i, what in enumerate(("start", "memory", "an allowed review", "a denied one"))]
        each = (found[-1][1] - found[-3][1]) * 1024 * 1024 / (sizes[-1] - sizes[-3])
        self.say(f"A permitted entry takes {each:.0f} bytes (from {sizes[-3]:,} to {sizes[-1]:,} entries).")
        return table(["permitted entries", "start ms", "growth", "idle MiB", "growth", "allowed: CPU µs", "growth",
                      "denied: CPU µs", "growth"],
                     [[f"{size:,}", f"{row[0]:.0f}", p[0], f"{row[1]:.1f}", p[1], f"{row[2]:.1f}", p[2], f"{row[3]:.1f}",
                       p[3]] for size, row, p in zip(sizes, found, zip(*powers))])

    def by_body(self, what, sizes, text_of, unit, per):
        found = []
        with self.start() as server:
            for size in sizes:
                body = body_of(self.folder, "grown", text_of(size))
                # So many large ones at a time as --max-request-memory lets in.
                connections = 16 if len(body.text) < 1_000_000 else 4
                found.append([len(body.text), connections, *self.median(server, body, connections)])
        power = self.judge(what, sizes, [row[3] for row in found])
        return table([what, "bytes", "connections", "requests/s", "CPU µs", f"µs per {unit}", "growth"],
                     [[f"{size:,}", f"{row[0]:,}", row[1], f"{row[2]:,.0f}", f"{row[3]:,.1f}", f"{row[3] / size * per:.3f}", p]
                      for size, row, p in zip(sizes, found, power)])

    def devices(self):
        return self.by_body("devices of a VM", [1, 10, 100, 1000],
                            lambda n: bodies.create(5400 + 75 * n, bodies.devices_named(*[DEVICE] * n)), "device", 1)

    def sizes(self):
        return self.by_body("body", [2000, 20_000, 200_000, 2_000_000, 6_000_000],
                            lambda n: bodies.update(n) if n > 10_000 else bodies.create(n, bodies.devices_named(DEVICE)),
                            "kB", 1000)

    def connections(self):
        sizes = [1, 4, 16, 64, 256, 1000, 2000]
        found = []
        for size in sizes:
            with self.start() as server:
                found.append([*self.median(server, self.first, size), server.memory()["peak"] / 1024])
        cpu = self.judge("connections, CPU of a review", sizes, [row[1] for row in found])
        memory = self.judge("connections, memory", sizes, [row[2] for row in found])
        each = (found[-1][2] - found[-4][2]) * 1024 / (sizes[-1] - sizes[-4])
        self.say(f"A connection that asks takes {each:.0f} KiB (from {sizes[-4]:,} to {sizes[-1]:,} connections).")
        return table(["connections", "requests/s", "CPU µs", "growth", "peak MiB", "growth"],
                     [[f"{size:,}", f"{row[0]:,.0f}", f"{row[1]:.1f}", c, f"{row[2]:.1f}", m]
                      for size, row, c, m in zip(sizes, found, cpu, memory)])

    def cores(self):
        all_cores, rows = sorted(plans.cores()), []
        for count in range(1, len(all_cores) + 1):
            keep_to(all_cores[:count])
            with self.start() as server:
                rate, cpu = self.median(server, self.first, 16)
                rows.append([count, f"{rate:,.0f}", f"{cpu:.1f}", f"{server.memory()['peak'] / 1024:.1f}"])
        keep_to(all_cores)
        return table(["processors, client included", "requests/s", "CPU µs", "peak MiB"], rows)

    def processes(self):
        """Each on a port of its own, with its part of 64 connections."""
        rows = []
        for count in range(1, 5):
            servers = [self.start() for _ in range(count)]
            try:
                with ThreadPoolExecutor() as pool:
                    runs = [list(pool.map(lambda s: load.wrk(s, self.first, 64 // count, SECONDS), servers))
                            for _ in range(ROUNDS)]
                rate = statistics.median(sum(run["rate"] for run in each) for each in runs)
                cpu = statistics.median(statistics.mean(run["cpu_us"] for run in each) for each in runs)
                memory = [server.memory() for server in servers]
            finally:
                for server in servers:
                    server.stop()
            rows.append([count, f"{rate:,.0f}", f"{cpu:.1f}", f"{sum(m['rss'] for m in memory) / 1024:.1f}",
                         f"{sum(m['pss'] for m in memory) / 1024:.1f}"])
        return table(["processes", "requests/s", "CPU µs", "MiB", "their share"], rows)


def main(parts):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    about = machine.described([], plans.Plan("growth", (), [], open_rounds=0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, bodies.all_bodies()[:1])
        growth = Growth(folder)
        growth.say(f"# The cost of growth, {about['date']}\n\nWritten by `make bench-growth`. Medians of {ROUNDS} runs of "
                   f"{SECONDS} s or more each; reviews of 5.4 kB and 16 connections where nothing else is said.\n"
                   "Growth is the power by which a cost grows from the row above: 1 is linear, 0 is not at all.\n\n"
                   + "\n".join(f"- {line}" for line in about["lines"]))
        keep_to(plans.cores())
        failed = [part for part in parts or PARTS if not growth.show(part)]
    growth.say(table(["what grows", "power, at worst", "no worse than linearly"],
                     [[what, f"{power:.2f}", "yes" if holds else "NO"] for what, power, holds in growth.linear]))
    if not parts and not failed:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{about['date']}-growth.md").write_text(growth.text.rstrip() + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
