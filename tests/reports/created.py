# SPDX-License-Identifier: Apache-2.0
"""What the fixtures create, as manifests."""
import glob
import json
import os


def created():
    """Yields the folder of each fixture in which an object is created, and that object's manifest."""
    for path in sorted(glob.glob("fixtures/*/*/request.json")):
        with open(path, encoding="utf-8") as file:
            request = json.load(file)["request"]
        if request["operation"] != "CREATE" or not isinstance(request.get("object"), dict):
            continue
        kind = request["kind"]
        group = kind["group"] + "/" if kind["group"] else ""
        manifest = {"apiVersion": group + kind["version"], "kind": kind["kind"]}
        manifest.update((key, value) for key, value in request["object"].items() if key not in manifest)
        yield os.path.dirname(path), manifest


def write(manifest, path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=2, ensure_ascii=False)
