# SPDX-License-Identifier: Apache-2.0
"""`check` on the project's own manifests, as a user runs it: deploy/, in which nothing is to be denied,
and the fixtures one by one, each of which must get the verdict that its folder's name says. $1 is the
program, $2 a folder to put manifests into."""
import collections
import concurrent.futures
import glob
import json
import os
import subprocess
import sys

from created import created, write

program, work = sys.argv[1:]

# Of the kinds in these folders nothing is reviewed.
UNREVIEWED = ("other", "virtualmachineinstance")
# What a request's one object is not told by the webhook, and by `check` is: nothing else is given.
OF_SEVERAL = ("iommu-not-on", "vfio-id-not-permitted")
# The chain of a documentation, and the exit codes: two of its files are no YAML.
DOCUMENTED = {"fixtures/chain/as-documented": 2, "fixtures/chain/with-callouts": 2, "fixtures/chain/mended": 0}

Case = collections.namedtuple("Case", "folder verdict objects arguments ignored")


def check(*arguments):
    """The exit code, the report and its last line."""
    done = subprocess.run([program, "check", "-o", "json", *arguments], capture_output=True, check=False)
    if not done.stdout:
        sys.exit(f"check {' '.join(arguments)}: {done.stderr.decode()}")
    return done.returncode, json.loads(done.stdout), done.stderr.decode().splitlines()[-1]


def verdict_of(folder):
    return os.path.basename(folder).split("-")[0]


def options_of(folder):
    """Those that a fixture is played with."""
    own_list = folder + "/hyperconverged.yaml"
    options = ["--hyperconverged", own_list if os.path.exists(own_list) else "fixtures/hyperconverged.yaml"]
    if os.path.exists(folder + "/arguments"):
        with open(folder + "/arguments", encoding="utf-8") as file:
            options += file.read().split()
    return options


def requests():
    """Of the webhook's fixtures those that create something, and are not for /mutate or a mode of `serve`."""
    for folder, manifest in created():
        options = options_of(folder)
        if verdict_of(folder) == "patch" or "--mode" in options:
            continue
        path = os.path.join(work, *folder.split("/")[1:]) + ".json"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write(manifest, path)
        objects = 0 if folder.split("/")[1] in UNREVIEWED else 1
        yield Case(folder, verdict_of(folder), objects, [*options, path], OF_SEVERAL)


def folders():
    """The fixtures that are manifests; all that is in them is to be judged."""
    for folder in sorted(glob.glob("fixtures/*/*/*-*")):
        if os.path.isdir(folder):
            texts = [open(path, encoding="utf-8").read() for path in glob.glob(folder + "/*")]
            yield Case(folder, verdict_of(folder), sum(1 + text.count("\n---\n") for text in texts), [folder], ())


def problem_of(case):
    """What is wrong with what `check` says; None: nothing is."""
    fail_on = "deny" if case.verdict == "deny" else "warn"
    code, report, last = check("--fail-on", fail_on, *case.arguments)
    faults = [fault for file in report["files"] for object in file["objects"] for fault in object["faults"]]
    told = [fault for fault in faults if fault["rule"] not in case.ignored]
    summary = report["summary"]
    found = "deny" if summary["denied"] else "warn" if told else "allow"
    if found != case.verdict or summary["unreadable"]:
        return f"is to be {case.verdict}: {last}"
    if summary["objects"] != case.objects:
        return f"{case.objects} objects are to be judged: {last}"
    if code != bool(faults):
        return f"the exit code is {code} with --fail-on {fail_on}: {last}"
    if case.verdict == "warn" and check(*case.arguments)[0] != 0:
        return f"the exit code is not 0 for warnings: {last}"
    return None


def play(name, cases, least):
    """Prints how many there are of each verdict; returns what is wrong."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        problems = list(pool.map(problem_of, cases))
    counts = {verdict: sum(case.verdict == verdict for case in cases) for verdict in least}
    print(f"check, {len(cases)} {name}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    wrong = [f"{case.folder}: {problem}" for case, problem in zip(cases, problems) if problem]
    return wrong + [f"only {counts[verdict]} {name} are {verdict}" for verdict in least
                    if counts[verdict] < least[verdict]]


def whole(code, least, unreadable, *arguments):
    """Runs it over all of it at once, and prints its last line; so many documents at least are in it."""
    got, report, last = check(*arguments)
    summary = report["summary"]
    print(f"check {' '.join(arguments)}: {last}")
    if (got, summary["denied"], summary["unreadable"]) == (code, 0, unreadable) and \
            summary["objects"] + summary["skipped"] >= least:
        return []
    return [f"check {' '.join(arguments)}: is to end with {code}, deny nothing, find {least} documents or more, "
            f"and not to read {unreadable} files; it ended with {got}"]


def main():
    wrong = play("objects that fixtures create", list(requests()), {"allow": 100, "warn": 50, "deny": 150})
    wrong += play("fixtures of manifests", list(folders()), {"allow": 20, "warn": 10})
    for folder, code in DOCUMENTED.items():
        wrong += whole(code, 4, 1 if code else 0, folder)
    wrong += whole(0, 30, 0, "deploy")
    wrong += whole(2, 1000, 2, "deploy", "fixtures")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
