# SPDX-License-Identifier: Apache-2.0
"""On what, and of which versions, it was measured."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

import contestants


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def found(pattern, text):
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1) if match else "?"


def libraries():
    names = {"libmicrohttpd": "libmicrohttpd", "GnuTLS": "gnutls", "OpenSSL": "openssl", "jansson": "jansson"}
    return ", ".join(f"{name} {output('pkg-config', '--modversion', package)}" for name, package in names.items())


def versions_of_peers(names):
    peers = [f"{name} {contestants.version_of(name)}".strip() for name in names if name in contestants.PACKAGES]
    return ", ".join(peers + [output("go", "version").removeprefix("go version ").split(" ")[0]]) if peers else "none"


def described(names, plan):
    """Lines for a person, and the date."""
    cpu = Path("/proc/cpuinfo").read_text()
    memory = int(found(r"^MemTotal: *(\d+)", Path("/proc/meminfo").read_text())) // 1024 // 1024
    commit = output("git", "describe", "--always", "--dirty", "--abbrev=12") or "?"
    return {
        "date": datetime.date.today().isoformat(),
        "mode": plan.mode, "rounds": plan.rounds, "seconds": plan.seconds, "reviews": plan.reviews,
        "open_rate": plan.open_rate,
        "lines": [
            f"processors: {os.cpu_count()} x {found(r'^model name.*: (.*)', cpu)}, of which the same "
            f"{min(2, os.cpu_count())} for servers and clients",
            f"memory: {memory} GiB; {platform.system()} {platform.release()} {platform.machine()}; "
            f"{found('^PRETTY_NAME=.(.*).$', Path('/etc/os-release').read_text())}; load before: {os.getloadavg()[0]:.2f}",
            f"this server: commit {commit}, {output('build/hostdev-webhook', 'version').splitlines()[0]}, "
            f"{output('cc', '--version').splitlines()[0]}",
            f"libraries: {libraries()}",
            f"peers: {versions_of_peers(names)}",
            f"load: wrk {found(r'wrk (?:debian/)?([0-9.]+)', output('wrk', '-v'))}"
            + (f", vegeta {contestants.version_of('vegeta')}" if plan.open_rounds else ""),
        ],
    }
