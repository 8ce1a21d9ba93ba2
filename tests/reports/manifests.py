# SPDX-License-Identifier: Apache-2.0
"""Fills the folder $1 with manifests: what the fixtures create, and files that are hard to report."""
import os
import sys

import created

folder = sys.argv[1]
os.makedirs(folder + "/below it")

for fixture, manifest in created.created():
    name = "-".join(fixture.split("/")[1:3]) + ".json"
    created.write(manifest, os.path.join(folder, name))

FAULTY = b"""apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: "<&'>\\x07\\x1b]]>%0A::", namespace: "\\u202e\\U0001F600,"}
spec: {domain: {devices: {gpus: [{deviceName: a.b/c, name: "\\x01"}]}}}
"""
# Two hints: a name with the id of another device, and an id that nothing has.
HINTS = b"""apiVersion: hco.kubevirt.io/v1beta1
kind: HyperConverged
metadata: {name: hints}
spec:
  permittedHostDevices:
    pciHostDevices:
    - {pciDeviceSelector: "10DE:1EB8", resourceName: nvidia.com/GV100GL_Tesla_V100}
    - {pciDeviceSelector: "ffff:ffff", resourceName: "a.b/c"}
"""
with open(folder + "/hints.yaml", "wb") as file:
    file.write(HINTS)
ODD_NAMES = [b"a b.yaml", b"100%.yaml", b"c:d,e.yaml", b"#?&=.yaml", b"\"<'>.yaml", b"new\nline.yaml",
             "caf\u00e9 \U0001f600.yaml".encode(), b"not-utf8-\xff.yaml", b"below it/::x.yaml"]
for name in ODD_NAMES:
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:
        file.write(FAULTY)
BROKEN = {"broken.yaml": b"a: [1\nb: c\n", "latin1.yaml": b"a: caf\xe9\n", "template.yaml": b"a: {{ .Values.a }}\n"}
for name, content in BROKEN.items():
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)
