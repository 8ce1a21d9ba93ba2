# SPDX-License-Identifier: Apache-2.0
"""Load on one server: wrk's closed loop, vegeta's open one, and a new connection for each review.
Each gives a dict of figures, and raises Broken when an answer was not right."""

import json
import os
import subprocess
from pathlib import Path

from contestants import BUILD
from servers import Broken

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "OPENSSL_CONF": str(HERE / "openssl.cnf")}


def run(command, what):
    done = subprocess.run([str(word) for word in command], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"{what}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def wrk(server, body, connections, seconds, more=()):
    """`connections` clients, each of which posts again as soon as it is answered. That all answers
    were right is seen from the first, the last, and the sum of their lengths: looking at each would
    take more of the processors than the server does."""
    length = server.check(body)
    before = server.cpu_seconds()
    output = run(["wrk", "-t", min(2, connections), "-c", connections, "-d", f"{seconds}s", "--timeout", "30s",
                  "-s", HERE / "load.lua", server.url(body), "--", server.folder / f"{body.name}.json", *more],
                 server.contestant.title)
    cpu = server.cpu_seconds() - before
    server.check(body)
    figures = json.loads(output.splitlines()[-1])
    count = figures["requests"]
    if count == 0 and not figures["errors"] and seconds < 30:
        return wrk(server, body, connections, 2 * seconds, more)  # slow, but not broken
    where = f"{server.contestant.title}, {body.title}, {connections} connections"
    if count == 0 or figures["errors"] or figures["wrong"]:
        raise Broken(f"{where}: {figures}")
    if not count * length <= figures["bytes"] <= (count + connections) * length:
        raise Broken(f"{where}: {count} answers of {length} bytes came as {figures['bytes']} bytes")
    return {**figures, "rate": count / figures["seconds"], "cpu_us": cpu / count * 1e6}


def each_compared(server, body, connections, count):
    """At least `count` reviews; each answer is compared with the first one, which was right."""
    expected = server.folder / "expected.reply"
    answer, _ = server.ask(body)
    expected.write_bytes(answer)
    done, rate = 0, count
    while done < count:
        figures = wrk(server, body, connections, int((count - done) / rate) + 1, [expected])
        done, rate = done + figures["requests"], figures["rate"]
    return {"requests": done}


def vegeta(server, body, rate, seconds):
    """Reviews at a fixed rate, whatever the answers take: what waits behind a slow one is counted."""
    answer, _ = server.ask(body)
    results = server.folder / "vegeta.bin"
    targets = server.folder / "vegeta.targets"
    targets.write_text(f"POST {server.url(body)}\nContent-Type: application/json\n")
    run([BUILD / "vegeta", "attack", f"-rate={rate}", f"-duration={seconds}s", "-http2=false", "-connections=64", "-max-workers=2000",
         f"-root-certs={server.folder}/ca.crt", f"-targets={targets}", f"-body={server.folder}/{body.name}.json",
         f"-output={results}"], server.contestant.title)
    report = json.loads(run([BUILD / "vegeta", "report", "-type=json", results], "vegeta"))
    count, codes = report["requests"], report["status_codes"]
    if codes != {"200": count} or report["bytes_in"]["total"] != count * len(answer):
        raise Broken(f"{server.contestant.title} at {rate} a second: {codes}, {report['bytes_in']}, "
                     f"{report['errors']}")
    latencies = report["latencies"]
    return {"requests": count, "asked": rate, "rate": report["rate"], "max_ms": latencies["max"] / 1e6,
            "p50_ms": latencies["50th"] / 1e6, "p99_ms": latencies["99th"] / 1e6,
            "p999_ms": percentile_of(run([BUILD / "vegeta", "report", "-type=hdrplot", results], "vegeta"), 0.999)}


def percentile_of(plot, wanted):
    """In ms, of lines with a value, a percentile, …."""
    for line in plot.splitlines()[1:]:
        words = line.split()
        if len(words) >= 2 and float(words[1]) >= wanted:
            return float(words[0])
    raise Broken("vegeta's plot has no such percentile")


def cold(server, body, clients, seconds):
    """Each review on a connection of its own, with a full handshake."""
    server.check(body)
    before = server.cpu_seconds()
    output = run([BUILD / "cold", "127.0.0.1", server.port, server.folder / "ca.crt", server.contestant.path(body),
                  server.folder / f"{body.name}.json", body.verdict, clients, seconds], server.contestant.title)
    cpu = server.cpu_seconds() - before
    figures = json.loads(output)
    if figures["wrong"] or not figures["right"]:
        raise Broken(f"{server.contestant.title}, a connection each: {figures}")
    return {"requests": figures["right"], "rate": figures["right"] / figures["seconds"],
            "cpu_us": cpu / figures["right"] * 1e6}
