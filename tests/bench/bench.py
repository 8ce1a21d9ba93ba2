# SPDX-License-Identifier: Apache-2.0
"""bench.py [full|short]: starts this server, a static reply and the peers on the same processors,
puts the same load on each in turn, and prints tables of what was measured in this run. `full` writes
them, with a picture, into tests/bench/results as well. `bench.py report RUNS.json` prints the tables
of a run that was kept. To be run in the project's root, by `make bench`.

Timings never fail it; wrong answers do."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bodies
import contestants
import machine
import plan as plans
import plot
import report
from measure import Bench
from servers import keep_to

RESULTS = Path("tests/bench/results")


def prepare(folder, all_bodies):
    """Certificates, the permitted list, the bodies, and this server's answers, for the floor."""
    subprocess.run(["build/hostdev-webhook", "certs", "issue", f"--dir={folder}", "--host=localhost,127.0.0.1"],
                   check=True, capture_output=True)
    shutil.copy("fixtures/hyperconverged.yaml", folder / "list.yaml")
    for body in all_bodies:
        (folder / f"{body.name}.json").write_bytes(body.text)
    bench = Bench(None, [], all_bodies, folder)
    with bench.start(contestants.ours(folder)) as server:
        for body in all_bodies:
            server.check(body)
            (folder / f"{body.name}.reply").write_bytes(server.ask(body)[0])


def take_part(plan, folder, all_bodies):
    """The contestants, those that can be had."""
    found = [contestants.ours(folder), contestants.floor(folder, all_bodies)]
    found += [contestants.PEERS[name](folder) for name in plan.peers if contestants.build(name)]
    if plan.open_rounds and not contestants.build("vegeta"):
        plan.open_rounds = 0
    return found


def measure(plan, folder):
    all_bodies = [body for body in bodies.all_bodies() if body.name in plan.bodies]
    prepare(folder, all_bodies)
    bench = Bench(plan, take_part(plan, folder, all_bodies), all_bodies, folder)
    about = machine.described([c.name for c in bench.contestants], plan)
    keep_to(plans.cores())
    bench.starts()
    bench.start_all()
    try:
        bench.closed()
        bench.open()
        bench.cold()
    finally:
        bench.stop_all()
    bench.memory()
    return bench, about


def keep(about, runs, text):
    """The dated file and the picture that the README shows."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{about['date']}.md"
    file.write_text(text)
    picture = RESULTS / "performance.png"
    plot.draw(runs, picture)
    print(f"Written: {file}, {picture} ({picture.stat().st_size} bytes)")


def main(arguments):
    if arguments[:1] == ["report"]:
        kept = json.loads(Path(arguments[1]).read_text())
        text = report.all_tables(kept["about"], kept["runs"])
        print(text)
        keep(kept["about"], kept["runs"], text)
        return 0
    plan = plans.chosen(arguments[0] if arguments else "full")
    with tempfile.TemporaryDirectory() as folder:
        bench, about = measure(plan, Path(folder))
    kept = contestants.BUILD / f"{plan.mode}.json"
    kept.write_text(json.dumps({"about": about, "runs": bench.runs}))
    text = report.all_tables(about, bench.runs)
    print(text)
    if plan.mode == "full":
        keep(about, bench.runs, text)
    print(f"{kept} has each run.\nRuns in which each answer was right, and others:")
    print(f"{bench.passed} passed, {len(bench.failed)} failed")
    return 1 if bench.failed or not bench.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
