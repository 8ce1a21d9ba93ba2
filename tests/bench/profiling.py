# SPDX-License-Identifier: Apache-2.0
"""profiling.py [BODY]: where the time of a review goes, by perf where it works and else by valgrind's
callgrind. BODY is allow (the default), deny, mutate, update, 2kB, 500kB or 1MB. build/profile/ gets

  flame.svg, stacks.folded   perf: a flame graph, and what it is drawn from
  callgrind.out              callgrind: for callgrind_annotate or kcachegrind
  functions.txt              either: functions by their own time, and by time with what they call

To be run in the project's root, by `make profile`."""

import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bodies
import contestants
import flame
import load
from bench import prepare
from servers import Server

OUT = Path("build/profile")
SECONDS = 5
REVIEWS = 3000  # under callgrind, where each takes fifty times as long
ROWS = 25


def perf_works():
    probe = ["perf", "record", "-q", "-e", "cpu-clock", "-o", os.devnull, "true"]
    return bool(shutil.which("perf")) and subprocess.run(probe, capture_output=True, check=False).returncode == 0


# --- perf -----------------------------------------------------------------------------------------

def short(symbol, module):
    """Of a function without a name at least the library."""
    name = symbol.split("+")[0]
    return name if name and name != "[unknown]" else f"[{Path(module.strip('()')).name}]"


def stacks_of(text):
    """Counts of stacks, outermost function first, in what `perf script` prints."""
    counts = collections.Counter()
    for sample in text.split("\n\n"):
        frames = [line.split(None, 1)[1].rsplit(None, 1) for line in sample.splitlines() if line.strip()]
        if frames:
            counts[";".join(short(*frame) for frame in reversed(frames) if len(frame) == 2)] += 1
    return counts


def by_function(counts):
    """(own, with callees) of each function, as shares."""
    own, inclusive = collections.Counter(), collections.Counter()
    for stack, count in counts.items():
        names = stack.split(";")
        own[names[-1]] += count
        for name in set(names):
            inclusive[name] += count
    total = sum(counts.values()) or 1
    lines = [f"{total} samples\n\n   own  function"]
    lines += [f"{count / total:6.1%}  {name}" for name, count in own.most_common(ROWS)]
    lines += ["\n  with what it calls"]
    lines += [f"{count / total:6.1%}  {name}" for name, count in inclusive.most_common(ROWS)]
    return "\n".join(lines) + "\n"


def by_perf(contestant, body, folder):
    with tempfile.NamedTemporaryFile() as data, Server(contestant, folder, body) as server:
        record = subprocess.Popen(
            ["perf", "record", "-q", "-e", "cpu-clock", "-F", "999", "--call-graph", "dwarf,8192", "-o", data.name,
             "-p", str(server.process.pid), "--", "sleep", str(SECONDS)], stderr=subprocess.DEVNULL)
        load.wrk(server, body, 16, SECONDS)
        record.wait()
        text = subprocess.run(["perf", "script", "-i", data.name, "-F", "ip,sym,dso"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, errors="replace", check=True).stdout
    counts = stacks_of(text)
    (OUT / "stacks.folded").write_text("".join(f"{stack} {count}\n" for stack, count in counts.items()))
    (OUT / "flame.svg").write_text(flame.graph(counts, f"{contestant.title}: {body.title}"))
    return by_function(counts)


# --- callgrind ------------------------------------------------------------------------------------

def by_callgrind(contestant, body, folder):
    out = OUT / "callgrind.out"
    plain = contestant.command
    contestant.command = lambda port: ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *plain(port)]
    with Server(contestant, folder, body) as server:
        load.each_compared(server, body, 4, REVIEWS)
    text = ""
    for title, inclusive in (("Instructions, own", "no"), ("With what it calls", "yes")):
        listing = subprocess.run(["callgrind_annotate", f"--inclusive={inclusive}", "--auto=no", out],
                                 capture_output=True, text=True, check=True).stdout
        rows = [re.sub(r"[^\s\[]*/", "", line) for line in listing.splitlines() if "%)" in line]
        text += "\n".join([title, *rows[:ROWS]]) + "\n\n"
    return text


def main(arguments):
    name = arguments[0] if arguments and arguments[0] else "allow"
    body = {one.name: one for one in bodies.all_bodies()}[name]
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    use_perf = os.environ.get("PROFILE_WITH", "perf" if perf_works() else "callgrind") == "perf"
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), [body, bodies.all_bodies()[0]])
        text = (by_perf if use_perf else by_callgrind)(contestants.ours(folder), body, folder)
    (OUT / "functions.txt").write_text(text)
    print(f"{body.title}\n\n{text}\n{', '.join(sorted(str(path) for path in OUT.iterdir()))}")


if __name__ == "__main__":
    main(sys.argv[1:])
