# SPDX-License-Identifier: Apache-2.0
"""Writes the AdmissionReviews that are parsed, `texts.py FOLDER`: FOLDER/<size>-<number>.json. Those
of a size are alike, but no two have the same lengths and members: a processor that is given one text
again and again learns its branches by heart, and flatters a parser that has many."""

import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import bodies

# How long before they are varied, which shortens them, and how many: some hundreds of kilobytes in all.
SIZES = {"5kB": (lambda: bodies.create(5800, DEVICES), 48), "19kB": (lambda: bodies.update(20200), 24),
         "500kB": (lambda: bodies.update(523_000), 4)}
DEVICES = [{"deviceName": name, "name": f"hostdevices{i + 1}"}
           for i, name in enumerate(["nvidia.com/TU104GL_Tesla_T4", "intel.com/qat"])]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
FIXED = {"kind", "apiVersion", "operation", "group", "version", "fieldsType"}
KEPT = FIXED | {"spec", "template", "domain", "devices", "hostDevices", "gpus", "deviceName", "name", "uid"}


def varied_string(text, chance):
    """Other letters, and up to a quarter longer or shorter."""
    letters = [chance.choice(LETTERS) if c.isascii() and c.isalnum() else c for c in text]
    at, part = chance.randrange(len(text) + 1), chance.randrange(len(text) // 4 + 1)
    if chance.random() < 0.5:
        return "".join(letters[:at] + letters[at + part:])
    return "".join(letters[:at] + letters[max(0, at - part):at] + letters[at:])


def varied(value, chance):
    if isinstance(value, dict):
        return {key: part if key in FIXED else varied(part, chance) for key, part in value.items()
                if key in KEPT or chance.random() > 0.04 or len(str(part)) > 300}
    if isinstance(value, list):
        return [varied(part, chance) for part in value]
    if isinstance(value, str):
        return varied_string(value, chance)
    if isinstance(value, int) and not isinstance(value, bool):
        return chance.randrange(value // 2, value * 2 + 2)
    return value


def varied_review(text, seed):
    """In both objects the same is changed."""
    review = json.loads(text)
    request = review["request"]
    for key in ("object", "oldObject"):
        if request.get(key):
            request[key] = varied(request[key], random.Random(seed))
    return bodies.write_json(review)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for size, (make, count) in SIZES.items():
        for i in range(count):
            (folder / f"{size}-{i:02d}.json").write_bytes(varied_review(make(), i))


main()
