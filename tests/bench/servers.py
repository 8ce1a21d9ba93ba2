# SPDX-License-Identifier: Apache-2.0
"""A contestant's process: started on a free port of loopback, asked, looked at, ended."""

import http.client
import os
import socket
import ssl
import subprocess
import time
from pathlib import Path

WAIT_SECONDS = 60


class Broken(Exception):
    """A server that can't be measured, or answered wrongly."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`contestant` says how it is started; `folder` holds the certificates and gets the log."""

    def __init__(self, contestant, folder, body):
        self.contestant, self.folder = contestant, Path(folder)
        self.port = free_port()
        self.log = open(self.folder / f"{contestant.name}.log", "ab")
        self.tls = ssl.create_default_context(cafile=self.folder / "ca.crt")
        begun = time.monotonic()
        self.process = subprocess.Popen(contestant.command(self.port), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        self._wait_for_first_answer(body, begun + WAIT_SECONDS)
        self.start_ms = (time.monotonic() - begun) * 1000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _wait_for_first_answer(self, body, until):
        while True:
            try:
                self.check(body)
                return
            except (OSError, http.client.HTTPException, Broken) as problem:
                if self.process.poll() is not None or time.monotonic() > until:
                    self.stop()
                    raise Broken(f"{self.contestant.title} gave no answer after its start ({problem}); "
                                 f"its log is {self.log.name}") from problem
            time.sleep(0.0005)

    def url(self, body):
        return f"https://127.0.0.1:{self.port}{self.contestant.path(body)}"

    def ask(self, body):
        """Posts it on a new connection: the answer, and its length with its head."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS, context=self.tls)
        try:
            connection.request("POST", self.contestant.path(body), body.text, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        head = sum(len(name) + len(value) + 4 for name, value in response.getheaders())
        status_line = len(f"HTTP/1.1 {response.status} {response.reason}\r\n\r\n")
        if response.status != 200 or response.chunked:
            raise Broken(f"{self.contestant.title} answered {response.status} {answer[:200]!r}")
        return answer, status_line + head + len(answer)

    def check(self, body):
        """Broken unless the answer is right; the length of the answer with its head."""
        answer, length = self.ask(body)
        fault = body.fault_of(answer)
        if fault:
            raise Broken(f"{self.contestant.title}, {body.title}: {fault}")
        return length

    def cpu_seconds(self):
        """User and system time of all its threads so far, to the nanosecond (see clock_getcpuclockid(3))."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def memory(self):
        """In KiB: resident now, of that what is no file's (heaps and stacks), the most that was ever
        resident, and its share where pages are shared."""
        process = Path(f"/proc/{self.process.pid}")
        lines = (process / "status").read_text() + (process / "smaps_rollup").read_text()
        found = dict(line.split(":", 1) for line in lines.splitlines() if line.endswith("kB"))
        return {key: int(found[name].split()[0]) for key, name in
                (("rss", "VmRSS"), ("heap", "RssAnon"), ("peak", "VmHWM"), ("pss", "Pss"))}

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def keep_to(cores):
    """From now on this program, and all that it starts, runs on these processors."""
    os.sched_setaffinity(0, cores)
