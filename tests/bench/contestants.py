# SPDX-License-Identifier: Apache-2.0
"""Who takes part: this server, the static reply as the floor, and peers in Go that do the same check.
The peers are built here; one that can't be is left out, with a line that says why."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import bodies

HERE = Path(__file__).parent
BUILD = Path("build/bench")
PEER_BODIES = ("allow", "deny", "update", "2kB", "500kB", "1MB")


@dataclass
class Contestant:
    name: str
    title: str
    command: Callable[[int], list]  # for a port
    path: Callable[[bodies.Body], str]
    can: tuple = ()  # the names of the bodies that it can answer; none: all


def ours(folder, program="build/hostdev-webhook", more=()):
    return Contestant(
        "hostdev-webhook", "this server",
        lambda port: [program, "serve", f"--bind-address=127.0.0.1:{port}", "--metrics-bind-address=127.0.0.1:0",
                      f"--tls-cert-file={folder}/tls.crt", f"--tls-private-key-file={folder}/tls.key",
                      f"--hyperconverged-file={folder}/list.yaml", "--shutdown-delay=0", *more],
        lambda body: body.path)


def floor(folder, all_bodies):
    """Answers each body with what this server answered, which is in a file by then."""
    names = [body.name for body in all_bodies]
    return Contestant(
        "floor", "static reply",
        lambda port: [BUILD / "floor", str(port), f"{folder}/tls.crt", f"{folder}/tls.key",
                      *(f"{folder}/{name}.reply" for name in names)],
        lambda body: f"/{names.index(body.name)}")


def lean(folder):
    return Contestant(
        "lean", "Go net/http",
        lambda port: [BUILD / "lean", f"127.0.0.1:{port}", f"{folder}/tls.crt", f"{folder}/tls.key",
                      *bodies.PERMITTED],
        lambda body: "/validate", PEER_BODIES)


def controller_runtime(folder):
    return Contestant(
        "controller-runtime", "controller-runtime",
        lambda port: [BUILD / "controller-runtime", str(port), folder, *bodies.PERMITTED],
        lambda body: "/validate", PEER_BODIES)


def opa(folder):
    Path(folder, "data.json").write_text(json.dumps({"permitted": bodies.PERMITTED}))
    return Contestant(
        "opa", "OPA",
        lambda port: [BUILD / "opa", "run", "--server", f"--addr=https://127.0.0.1:{port}", "--log-level=error",
                      "--disable-telemetry", f"--tls-cert-file={folder}/tls.crt",
                      f"--tls-private-key-file={folder}/tls.key", HERE / "peers/opa/policy.rego", f"{folder}/data.json"],
        lambda body: "/", PEER_BODIES)


PEERS = {"lean": lean, "controller-runtime": controller_runtime, "opa": opa}
# What is built for each, in which module.
PACKAGES = {"lean": ("peers/lean", "."), "controller-runtime": ("peers/controller-runtime", "."),
            "opa": ("peers/opa", "github.com/open-policy-agent/opa"),
            "vegeta": ("load", "github.com/tsenart/vegeta/v12")}


def build(name):
    """Of the pinned modules, into build/bench. False, and a line that says so, where it can't be had."""
    module, package = PACKAGES[name]
    if not shutil.which("go"):
        print(f"SKIP  {name}: Go is not installed (Debian's golang-go, or https://go.dev/dl)", flush=True)
        return False
    done = subprocess.run(
        ["go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", (BUILD / name).absolute(), package],
        cwd=HERE / module, env={**os.environ, "CGO_ENABLED": "0"}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line and not line.startswith(("go: downloading", "#"))]
        print(f"SKIP  {name}: it can't be built: {lines[-1] if lines else 'go build failed'}", flush=True)
    return done.returncode == 0


def version_of(name):
    """What go.mod pins."""
    module, package = PACKAGES[name]
    wanted = "sigs.k8s.io/controller-runtime" if name == "controller-runtime" else package
    for line in (HERE / module / "go.mod").read_text().splitlines():
        words = line.removeprefix("require ").split()
        if len(words) >= 2 and words[0] == wanted:
            return words[1]
    return ""
