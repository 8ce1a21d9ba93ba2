# SPDX-License-Identifier: Apache-2.0
"""Fills the folder $1 with manifests: what the fixtures create, and files that are hard to report."""
import glob
import json
import os
import sys

folder = sys.argv[1]
os.makedirs(folder + "/below it")

for path in glob.glob("fixtures/*/*/request.json"):
    with open(path, encoding="utf-8") as file:
        request = json.load(file)["request"]
    if request["operation"] != "CREATE" or not isinstance(request.get("object"), dict):
        continue
    kind = request["kind"]
    manifest = {"apiVersion": kind["group"] + "/" + kind["version"], "kind": kind["kind"]}
    manifest.update((key, value) for key, value in request["object"].items() if key not in manifest)
    name = "-".join(path.split("/")[1:3]) + ".json"
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=2, ensure_ascii=False)

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
