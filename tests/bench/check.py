#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check.py PROGRAM: what `check` takes for 300 files of 100 MB together, without a fault, with
thousands, repaired and shown as a diff: seconds of CPU time, and the most memory, which must stay within a bound
that does not depend on how many files there are. Each run must count what was put there."""

import os
import subprocess
import sys
import tempfile

FILES = 300
BYTES = 100 * 1000 * 1000
# One file at a time is in memory: what its values take, and its text, old and new.
MEMORY_LIMIT = 128 * 1024 * 1024

LIST = """apiVersion: hco.kubevirt.io/v1beta1
kind: HyperConverged
metadata:
  name: kubevirt-hyperconverged
  namespace: openshift-cnv
spec:
  permittedHostDevices:
    pciHostDevices:
    - pciDeviceSelector: 10DE:1EB8
      resourceName: nvidia.com/TU104GL_Tesla_T4
"""

VM = """---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: vm-{number}
  namespace: blue
  labels: {{app: web, tier: "front"}}
spec:
  runStrategy: Always
  template:
    metadata:
      labels:
        kubevirt.io/vm: vm-{number}
    spec:
      domain:
        resources:
          requests:
            memory: 8Gi
        devices:
          disks:
          - disk: {{bus: virtio}}
            name: root
          interfaces:
          - masquerade: {{}}
            name: default
          hostDevices:
          - deviceName: nvidia.com/TU104GL_Tesla_T4 # the first
{name}      networks:
      - name: default
        pod: {{}}
      volumes:
      - name: root
        persistentVolumeClaim: {{claimName: vm-{number}}}
"""
NAME = "            name: gpu1\n"


def write(folder, nameless):
    """Every `nameless`th VM lacks a name, 0: none. Returns how many VMs there are, and do."""
    count = faults = 0
    with open(f"{folder}/000-list.yaml", "w") as file:
        file.write(LIST)
    for i in range(1, FILES):
        size = 0
        with open(f"{folder}/{i:03}.yaml", "w") as file:
            while size < BYTES / (FILES - 1):
                lacks = nameless and count % nameless == 0
                text = VM.format(number=count, name="" if lacks else NAME)
                file.write(text)
                size += len(text)
                count += 1
                faults += bool(lacks)
    return count, faults


def run(program, folder, options):
    """Its exit code, seconds, most memory, and last line."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen([program, "check", *options, folder], stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = usage.ru_utime + usage.ru_stime
        child.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        return child.returncode, seconds, usage.ru_maxrss * 1024, err.read().decode().strip()


def main():
    program = sys.argv[1]
    failed = False
    print(f"{FILES} files, {BYTES // 1000000} MB")
    print(f"{'':34}{'seconds':>8}{'MB/s':>7}{'MiB':>6}")
    for what, nameless, options in (
        ("no fault", 0, []),
        ("the same, --fix", 0, ["--fix"]),
        ("a name is missing of every 10th VM", 10, []),
        ("the same, --fix --dry-run", 10, ["--fix", "--dry-run"]),
        ("the same, --fix", 10, ["--fix"]),
    ):
        with tempfile.TemporaryDirectory() as folder:
            vms, faults = write(folder, nameless)
            fixed = "--fix" in options
            dry = "--dry-run" in options
            code, seconds, memory, line = run(program, folder, options)
            denied = 0 if fixed else faults
            expected = f"{FILES} files, {vms + 1} objects, 0 skipped: {denied} denied, 0 warned"
            if fixed:
                expected += f", {faults} {'could be ' if dry else ''}repaired"
            print(f"{what:34}{seconds:8.1f}{BYTES / 1e6 / seconds:7.0f}{memory / 2**20:6.0f}")
            if line != expected or code != (1 if denied or (dry and faults) else 0):
                print(f"expected: {expected}\ngot {code}: {line}")
                failed = True
            if memory > MEMORY_LIMIT:
                print(f"more than {MEMORY_LIMIT // 2**20} MiB")
                failed = True
            if fixed and not dry:
                again = run(program, folder, options)[3]
                if not again.endswith(": 0 denied, 0 warned, 0 repaired"):
                    print(f"a second time: {again}")
                    failed = True
    sys.exit(failed)


main()
