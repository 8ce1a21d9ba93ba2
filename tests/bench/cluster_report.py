# SPDX-License-Identifier: Apache-2.0
"""The table of cluster.py, in Markdown that can be read as it is."""

from figures import Figure
from report import table

SHORT = "\n\nSo short a run shows that all of it works; its figures tell nothing."
PEER = """\
controller-runtime is registered as this server is, and asked over HTTP/2, this server over HTTP/1.1.
"""
CANNOT = """\
It needs no server, so there is none that could be down. But it compares names, and no more:

- CEL has no edit distance: it can't say "did you mean". Of all that is wrong it tells the first expression that
  failed (here: of wrong hostDevices and wrong gpus only the former), as one string without a field's path.
- It has the cluster's list only by its binding: one object by name, in one version of its kind. This server finds
  the HyperConverged in the version that is served, or the KubeVirt.
- An update is let through when the lists of devices are as they were. This server judges each value: a device
  that was there before is warned about, a new one beside it is denied. In CEL each expression would have to be
  written so, and warning in place of denying takes a policy of its own.
- It fills in no names. (A MutatingAdmissionPolicy could; it is beta in Kubernetes 1.34, and off.)
- The rules on entries' names and on the list itself are not in it; some could be written in CEL."""


class Runs:
    def __init__(self, runs):
        self.runs = runs

    def of(self, server, clients):
        return [run for run in self.runs if run["server"] == server and run["clients"] == clients]

    def value(self, server, clients, key):
        return Figure(run[key] for run in self.of(server, clients))

    def _beside(self, server, other, clients):
        """Pairs of runs of one round."""
        others = {run["round"]: run for run in self.of(other, clients)}
        return [(run, others[run["round"]]) for run in self.of(server, clients)]

    def added(self, server, clients, key):
        """Beyond no webhook."""
        return Figure(run[key] - none[key] for run, none in self._beside(server, "none", clients))

    def ratio(self, server, other, clients, key):
        return Figure(run[key] / beside[key] for run, beside in self._beside(server, other, clients))


def figures_table(runs, titles, all_clients):
    rows = []
    for clients in all_clients:
        for name, title in titles.items():
            at = (name, clients)
            others = [runs.added(*at, key).show(2) if name != "none" else "-" for key in ("p50_ms", "p99_ms")]
            asked = any(run["webhook_us"] for run in runs.of(*at))
            rows.append([title, clients, runs.value(*at, "rate").spread(0), runs.value(*at, "p50_ms").spread(2),
                         runs.value(*at, "p99_ms").spread(2), *others, runs.value(*at, "api_us").show(),
                         runs.value(*at, "webhook_us").show() if asked else "-"])
    return table(["asked about each VM", "clients", "creates/s", "p50 ms", "p99 ms", "p50 added", "p99 added",
                  "CPU µs, API server", "CPU µs, webhook"], rows)


def comparison(runs, clients):
    """Which is faster, this server or the policy."""
    ratio = runs.ratio("validate", "policy", clients, "rate")
    behind = sum(value < 1 for value in ratio.values)
    who, rounds = ("in-tree policy", behind) if ratio.median < 1 else ("webhook", len(ratio.values) - behind)
    added = [runs.added(name, clients, "p50_ms").show(2) for name in ("policy", "validate")]
    return (f"- {clients} client{'s' if clients > 1 else ''}: the {who} is faster, in {rounds} of {len(ratio.values)} "
            f"rounds. The policy adds {added[0]} ms at the median,\n  the webhook {added[1]} ms; creates/s with the "
            f"webhook are {ratio.spread()} of those with the policy.")


def text_of(kept, all_clients):
    about, plan, runs = kept["about"], kept["plan"], Runs(kept["runs"])
    lines = "\n".join(f"- {line}" for line in about["lines"])
    short = SHORT if plan["mode"] == "short" else ""
    compared = "\n".join(comparison(runs, clients) for clients in all_clients)
    posted, answered = (f"{size / 1000:.1f}" for size in (kept["posted"], kept["stored"]))
    peer = PEER if "peer" in kept["titles"] else ""
    return f"""# Through the API server, {about['date']}

Written by `make bench-cluster` (BENCH={plan['mode']}). Medians of {plan['rounds']} interleaved rounds, {plan['seconds']} s
for each row; in parentheses the lowest and the highest. The API server, etcd, the webhooks and the client share
the processors.{short}

{lines}

Clients that keep their connections create a VirtualMachine as a dry run, again and again: {posted} kB ({answered} kB
as the API server answers it, with managedFields), with two permitted host devices. This server, one replica on
loopback, follows the cluster's HyperConverged; its registrations are those of `deploy/`, with its address.
{peer}The policy has the HyperConverged as its parameter, and the same conditions
([cluster-policy.yaml](../cluster-policy.yaml)). Each was seen to allow this VM, and to deny a misspelt device in
hostDevices and in gpus. `names filled in`: the devices of the VM have no names, and get them. Added: the median
over the rounds of the difference to no webhook in the same round. CPU is user and system time per create.

{figures_table(runs, kept['titles'], all_clients)}

This server's validating webhook beside the in-tree policy:

{compared}

## What the in-tree policy can't do

{CANNOT}
"""
