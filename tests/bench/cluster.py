# SPDX-License-Identifier: Apache-2.0
"""cluster.py [full|short]: what creating a VirtualMachine costs through a real kube-apiserver with no
webhook, with this server, with the same check in controller-runtime, and with an in-tree policy. Prints
a table; `full` writes it into tests/bench/results as well. To be run in the project's root, by
`make bench-cluster`.

Timings never fail it; wrong answers do."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import contestants
import machine
import plan as plans
from cluster_load import CLIENTS, Plan
from cluster_report import text_of
from servers import keep_to

HERE = Path(__file__).parent
RESULTS = Path("tests/bench/results")
# No port, process or mount of the machine is touched.
NAMESPACES = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def chosen(mode):
    """$BENCH_ROUNDS and $BENCH_SECONDS change a number."""
    plan = {"full": Plan("full"), "short": Plan("short", rounds=1, seconds=1)}[mode]
    plan.rounds = int(os.environ.get("BENCH_ROUNDS", plan.rounds))
    plan.seconds = int(os.environ.get("BENCH_SECONDS", plan.seconds))
    return plan


def tools():
    """etcd, kube-apiserver and kubectl, as `make e2e` finds or builds them."""
    found = subprocess.run([HERE / "../e2e/get-tools"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(word.split("=", 1) for word in shlex.split(found))


def described(plan, found, peer):
    about = machine.described(["controller-runtime"] if peer else [], plan)
    etcd = machine.output(found["ETCD"], "--version").splitlines()[0].removeprefix("etcd Version: ")
    kubernetes = machine.output(found["KUBE_APISERVER"], "--version").removeprefix("Kubernetes ")
    about["lines"].insert(4, f"cluster: kube-apiserver {kubernetes}, etcd {etcd}")
    return about


def measure(plan, found, peer, file):
    command = NAMESPACES + ([] if os.getuid() == 0 else ["--map-root-user"])
    command += [HERE / "cluster.sh", peer or "-", sys.executable, "-B", HERE / "cluster_load.py"]
    command += [plan.mode, plan.rounds, plan.seconds, "yes" if peer else "no", file]
    subprocess.run([str(word) for word in command], check=True, env={
        **os.environ, **found, "HOSTDEV_WEBHOOK": str(Path("build/hostdev-webhook").absolute()), "E2E_ROOT": "no"})
    return json.loads(file.read_text())


def main(arguments):
    plan = chosen(arguments[0] if arguments else "full")
    contestants.BUILD.mkdir(parents=True, exist_ok=True)
    peer = (contestants.BUILD / "controller-runtime").absolute() if contestants.build("controller-runtime") else None
    found = tools()
    keep_to(plans.cores())
    about = described(plan, found, peer)
    file = contestants.BUILD / f"cluster-{plan.mode}.json"
    try:
        kept = measure(plan, found, peer, file)
    except subprocess.CalledProcessError:
        print("bench-cluster: failed", file=sys.stderr)
        return 1
    kept["about"] = about
    file.write_text(json.dumps(kept))
    text = text_of(kept, CLIENTS)
    print(text)
    if plan.mode == "full":
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{about['date']}-cluster.md").write_text(text)
        print(f"Written: {RESULTS / about['date']}-cluster.md")
    print(f"{file} has each run.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
