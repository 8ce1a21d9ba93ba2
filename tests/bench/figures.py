# SPDX-License-Identifier: Apache-2.0
"""From runs to figures: medians, how far they spread, and what is compared with what."""

import statistics


class Figure:
    """What was measured several times. Nothing: it was not."""

    def __init__(self, values):
        self.values = sorted(values)

    def __bool__(self):
        return bool(self.values)

    @property
    def median(self):
        return statistics.median(self.values)

    def show(self, digits=0, factor=1.0):
        return f"{self.median * factor:,.{digits}f}" if self else "-"

    def spread(self, digits=2):
        """Median, and the lowest and highest."""
        if not self:
            return "-"
        return f"{self.median:.{digits}f} ({self.values[0]:.{digits}f}-{self.values[-1]:.{digits}f})"


class Figures:
    def __init__(self, runs):
        self.runs = runs
        # Each run of a server has its own of the floor, known by its round.
        self.floors = {self._key(run): run for run in runs if run["kind"] == "closed" and run["server"] == "floor"}

    @staticmethod
    def _key(run):
        return run["beside"], run["body"], run["connections"], run["round"]

    def of(self, kind, server, **about):
        return [run for run in self.runs if run["kind"] == kind and run["server"] == server
                and all(run.get(key) == value for key, value in about.items())]

    def closed(self, server, body, connections):
        return self.of("closed", server, body=body, connections=connections)

    def value(self, server, body, connections, key):
        return Figure(run[key] for run in self.closed(server, body, connections))

    def against_floor(self, server, body, connections, key):
        """Ratios, each to the run of the floor beside it."""
        return Figure(run[key] / self.floors[self._key(run)][key] for run in self.closed(server, body, connections))

    def above_floor(self, server, body, connections, key):
        return Figure(run[key] - self.floors[self._key(run)][key] for run in self.closed(server, body, connections))

    def floor_beside(self, server, body, connections, key):
        return Figure(self.floors[self._key(run)][key] for run in self.closed(server, body, connections))

    def against_peer(self, peer, body, connections, key):
        """This server's figure as a multiple of the peer's. Both are taken relative to the floor
        beside them, so that a slow moment of the machine does not count for one of them."""
        other = {run["round"]: run for run in self.closed(peer, body, connections)}
        return Figure(self._relative(run, key) / self._relative(other[run["round"]], key)
                      for run in self.closed("hostdev-webhook", body, connections) if run["round"] in other)

    def _relative(self, run, key):
        return run[key] / self.floors[self._key(run)][key]

    def plain(self, kind, server, key):
        return Figure(run[key] for run in self.of(kind, server))

    def memory(self, server, when, key):
        """In MiB."""
        return Figure(run[when][key] / 1024 for run in self.of("memory", server))

    def servers(self):
        return list(dict.fromkeys(run["server"] for run in self.runs))

    def points(self, server):
        return list(dict.fromkeys((run["body"], run["connections"]) for run in self.of("closed", server)))
