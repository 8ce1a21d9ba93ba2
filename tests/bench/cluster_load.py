# SPDX-License-Identifier: Apache-2.0
"""cluster_load.py MODE ROUNDS SECONDS PEER FILE: the load on the API server that cluster.sh started. Each
contestant is first asked for what it must allow and what it must deny; PEER is yes or no. FILE gets each
run as JSON."""

import http.client
import json
import os
import ssl
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import bodies
import load
from servers import Broken

SIZE = 4500  # bytes, as posted
CLIENTS = (1, 16)
SETTLE_SECONDS = 30  # until registrations are in force
PERMITTED = [bodies.PERMITTED[2], bodies.PERMITTED[0]]


@dataclass
class Plan:
    mode: str
    rounds: int = 7
    seconds: int = 5
    # What machine.described() asks about other kinds of runs.
    reviews: int = 0
    open_rate: int = 0
    open_rounds: int = 0


@dataclass
class Contestant:
    name: str
    title: str
    namespace: str
    process: str = ""  # whose CPU is counted beside the API server's
    body: str = "named"
    denial: int = 403  # the status of what it denies


CONTESTANTS = [
    Contestant("none", "no webhook", "bench-none", denial=201),
    Contestant("validate", "this server: validate", "bench-validate", "hostdev-webhook"),
    Contestant("both", "this server: validate, mutate", "bench-both", "hostdev-webhook"),
    Contestant("filled", "the same, names filled in", "bench-both", "hostdev-webhook", "nameless"),
    Contestant("peer", "controller-runtime: validate", "bench-peer", "controller-runtime"),
    Contestant("policy", "ValidatingAdmissionPolicy", "bench-policy", denial=422),
]


# --- VirtualMachines ----------------------------------------------------------------------------

def virtual_machine(hosts, gpus=()):
    """Of SIZE bytes. Only what the definition of the kind in tests/e2e/crds keeps is in it."""
    vm = bodies.grown(json.loads(bodies.FIXTURE.read_text())["request"]["object"])
    vm["metadata"] = {key: vm["metadata"][key] for key in ("labels", "annotations")}
    vm["metadata"]["name"] = "inference"
    vm.pop("status", None)
    vm["spec"].pop("dataVolumeTemplates")
    spec = vm["spec"]["template"]["spec"]
    for name in ("architecture", "affinity", "livenessProbe", "tolerations", "evictionStrategy"):
        spec.pop(name)
    for name in ("clock", "features", "firmware", "machine"):
        spec["domain"].pop(name)
    devices = spec["domain"]["devices"]
    for name in ("networkInterfaceMultiqueue", "rng", "tpm"):
        devices.pop(name)
    devices["hostDevices"] = list(hosts)
    devices["gpus"] = list(gpus)
    return bodies.pad("userData", vm, SIZE, [bodies.cloud_init_of(vm)])


BODIES = {
    "named": virtual_machine(bodies.devices_named(*PERMITTED)),
    "nameless": virtual_machine({"deviceName": name} for name in PERMITTED),
    "wrong host device": virtual_machine(bodies.devices_named(PERMITTED[0], bodies.MISSPELT)),
    "wrong gpu": virtual_machine(bodies.devices_named(PERMITTED[0]), [{"deviceName": bodies.MISSPELT, "name": "gpu"}]),
}


# --- asking -------------------------------------------------------------------------------------

class Cluster:
    def __init__(self):
        self.api, self.token = os.environ["BENCH_API"], os.environ["BENCH_TOKEN"]
        self.tls = ssl.create_default_context(cafile=os.environ["BENCH_CA"])
        self.processes, self.folder = Path(os.environ["BENCH_DIR"]) / "run", Path(os.environ["BENCH_DIR"]) / "bodies"
        self.folder.mkdir(exist_ok=True)
        for name, body in BODIES.items():
            (self.folder / name).write_bytes(body)

    def url(self, namespace):
        return f"{self.api}/apis/kubevirt.io/v1/namespaces/{namespace}/virtualmachines?dryRun=All"

    def ask(self, namespace, body):
        """The status and the answer."""
        url = urlsplit(self.url(namespace))
        connection = http.client.HTTPSConnection(url.netloc, timeout=30, context=self.tls)
        try:
            connection.request("POST", f"{url.path}?{url.query}", BODIES[body], {
                "Content-Type": "application/json", "Authorization": f"Bearer {self.token}"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def check(self, contestant):
        """Broken unless it allows what is right, and denies what is not."""
        status, answer = self.ask(contestant.namespace, contestant.body)
        if status != 201:
            raise Broken(f"{contestant.title}: {status} for what is right: {answer[:300]!r}")
        devices = json.loads(answer)["spec"]["template"]["spec"]["domain"]["devices"]["hostDevices"]
        if devices != bodies.devices_named(*PERMITTED):
            raise Broken(f"{contestant.title}: the devices became {devices}")
        for body in ("wrong host device", "wrong gpu"):
            status, answer = self.ask(contestant.namespace, body)
            if status != contestant.denial or bodies.MISSPELT not in answer.decode():
                raise Broken(f"{contestant.title}: {status} for a {body}: {answer[:300]!r}")
        return len(answer)

    def settle(self, contestant):
        until = time.monotonic() + SETTLE_SECONDS
        while True:
            try:
                return self.check(contestant)
            except Broken:
                if time.monotonic() > until:
                    raise
            time.sleep(0.2)

    def cpu_seconds(self, process):
        """See Server.cpu_seconds()."""
        return time.clock_gettime(~int((self.processes / f"{process}.pid").read_text()) << 3 | 2) if process else 0

    def load(self, contestant, clients, seconds):
        """That each answer was right is seen from its status: an error is what a denial would be, and so
        would a name that was not filled in."""
        before = [self.cpu_seconds(process) for process in ("apiserver", contestant.process)]
        output = load.run(["wrk", "-t", min(2, clients), "-c", clients, "-d", f"{seconds}s", "--timeout", "30s",
                           "-H", f"Authorization: Bearer {self.token}", "-s", load.HERE / "load.lua",
                           self.url(contestant.namespace), "--", self.folder / contestant.body], contestant.title)
        after = [self.cpu_seconds(process) for process in ("apiserver", contestant.process)]
        figures = json.loads(output.splitlines()[-1])
        count = figures["requests"]
        if count == 0 or figures["errors"]:
            raise Broken(f"{contestant.title}, {clients} clients: {figures}")
        api, webhook = ((b - a) / count * 1e6 for a, b in zip(before, after))
        return {"server": contestant.name, "clients": clients, "rate": count / figures["seconds"],
                "p50_ms": figures["p50_ms"], "p99_ms": figures["p99_ms"], "api_us": api, "webhook_us": webhook}


def measure(plan, cluster, present):
    """Each round has each contestant once, at each number of clients; who is first changes."""
    runs = []
    for contestant in present:
        cluster.settle(contestant)
        cluster.load(contestant, 16, 1)
    for number in range(plan.rounds):
        print(f"        round {number + 1} of {plan.rounds}", file=sys.stderr, flush=True)
        first = number % len(present)
        for clients in CLIENTS:
            for contestant in present[first:] + present[:first]:
                runs.append({**cluster.load(contestant, clients, plan.seconds), "round": number})
    for contestant in present:
        cluster.check(contestant)
    return runs


def main(arguments):
    mode, rounds, seconds, peer, file = arguments
    plan = Plan(mode, int(rounds), int(seconds))
    present = [contestant for contestant in CONTESTANTS if peer == "yes" or contestant.name != "peer"]
    cluster = Cluster()
    try:
        runs = measure(plan, cluster, present)
    except Broken as problem:
        print(f"FAILED  {problem}", file=sys.stderr)
        return 1
    stored = len(cluster.ask("bench-none", "named")[1])
    Path(file).write_text(json.dumps({
        "plan": asdict(plan), "posted": SIZE, "stored": stored, "runs": runs,
        "titles": {contestant.name: contestant.title for contestant in present}}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
