# SPDX-License-Identifier: Apache-2.0
"""The measurements, each of which appends to a list of runs: dicts of plain values, so that they can
be kept as JSON and looked at again. Runs that belong together have the same round."""

import sys
import time

import load
from servers import Broken, Server


class Bench:
    """What is measured, by whom. `running` has a server for each contestant, by name; the floor is
    among them."""

    def __init__(self, plan, contestants, bodies, folder):
        self.plan, self.contestants, self.folder = plan, contestants, folder
        self.bodies = {body.name: body for body in bodies}
        self.running, self.runs = {}, []
        self.passed, self.failed = 0, []

    def note(self, kind, server, measure, **about):
        """Measures; a run with a wrong answer is told at once, and is no figure."""
        try:
            figures = measure()
        except Broken as problem:
            self.failed.append(str(problem))
            print(f"FAILED  {problem}", file=sys.stderr, flush=True)
            return None
        self.passed += 1
        run = {"kind": kind, "server": server, **about, **figures}
        self.runs.append(run)
        return run

    def start(self, contestant):
        return Server(contestant, self.folder, self.bodies["allow"])

    def start_all(self):
        for contestant in self.contestants:
            self.running[contestant.name] = self.start(contestant)

    def stop_all(self):
        for server in self.running.values():
            server.stop()
        self.running = {}

    # --- each of them by itself -------------------------------------------------------------------

    def starts(self):
        """From the start of the process to the first answer, in turn."""
        for number in range(self.plan.starts):
            for contestant in self.contestants:
                self.note("start", contestant.name, lambda c=contestant: self._start_once(c), round=number)

    def _start_once(self, contestant):
        with self.start(contestant) as server:
            return {"ms": server.start_ms}

    def memory(self):
        """Of a process that has answered once, and then after many reviews, each answer compared."""
        for contestant in self.contestants:
            self.note("memory", contestant.name, lambda c=contestant: self._memory_of(c))

    def _memory_of(self, contestant):
        with self.start(contestant) as server:
            time.sleep(1)
            idle = server.memory()
            figures = load.each_compared(server, self.bodies["allow"], 64, self.plan.reviews)
            return {"idle": idle, "loaded": server.memory(), "reviews": figures["requests"]}

    # --- against each other -----------------------------------------------------------------------

    def closed(self):
        """Each run beside one of the floor; which of the two is first alternates."""
        for number in range(self.plan.rounds):
            self.say(f"closed loop, round {number + 1} of {self.plan.rounds}")
            for body, connections in self.plan.points:
                for contestant in self.contestants:
                    if (contestant.name, body, connections) in self.plan.closed:
                        self._pair(contestant, self.bodies[body], connections, number)

    def _pair(self, contestant, body, connections, number):
        about = {"body": body.name, "connections": connections, "round": number}
        both = [contestant.name, "floor"]
        found = {}
        for name in both if number % 2 else reversed(both):
            found[name] = self.note("closed", name, lambda s=self.running[name]: load.wrk(
                s, body, connections, self.plan.seconds), **about, beside=contestant.name)
        if not all(found.values()):
            self.runs = [run for run in self.runs if run not in found.values()]

    def open(self):
        for number in range(self.plan.open_rounds):
            self.say(f"open loop, round {number + 1} of {self.plan.open_rounds}")
            for name, server in self.running.items():
                self.note("open", name, lambda s=server: load.vegeta(
                    s, self.bodies["allow"], self.plan.open_rate, self.plan.open_seconds), round=number)

    def cold(self):
        for number in range(self.plan.cold_rounds):
            self.say(f"cold connections, round {number + 1} of {self.plan.cold_rounds}")
            for name, server in self.running.items():
                self.note("cold", name, lambda s=server: load.cold(
                    s, self.bodies["allow"], 8, self.plan.seconds), round=number)

    @staticmethod
    def say(what):
        print(f"        {what}", file=sys.stderr, flush=True)
