# SPDX-License-Identifier: Apache-2.0
"""Reads the reports in the folder $1, each as its consumers do; $2 is the schema of SARIF."""
import json
import os
import re
import sys
import urllib.parse

import jsonschema
import junitparser

work, schema_path = sys.argv[1:]


def read(name):
    with open(os.path.join(work, name), encoding="utf-8") as file:
        return file.read()


def as_utf8(name):
    return name.decode("utf-8", "replace")


def without_dot(name):
    return name[2:] if name.startswith("./") else name


def difference(what, expected, got):
    if expected != got:
        sys.exit(f"{what}: only in JSON {sorted(expected - got)[:5]}, only there {sorted(got - expected)[:5]}")


report = json.loads(read("report.json"))
summary = report["summary"]
# (file, line, column, rule), of every fault and hint, and of what can't be read.
faults = set()
hints = 0
for file in report["files"]:
    name = without_dot(file["file"])
    if "error" in file:
        faults.add((name, file["error"].get("line"), file["error"].get("column"), "unreadable"))
    for obj in file["objects"]:
        assert obj["moreFaults"] == 0, name
        faults.update((name, f["line"], f["column"], f["rule"]) for f in obj["faults"] + obj["hints"])
        hints += len(obj["hints"])
assert summary["unreadable"] == 3 and summary["denied"] > 100 and summary["warned"] > 5, summary
assert summary["hints"] == hints > 2, summary

sarif = json.loads(read("report.sarif"))
with open(schema_path, encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.validators.validator_for(schema).check_schema(schema)
errors = list(jsonschema.validators.validator_for(schema)(schema).iter_errors(sarif))
if errors:
    sys.exit(f"SARIF: {errors[0].message} at {list(errors[0].absolute_path)}")
run = sarif["runs"][0]
found = set()
for result in run["results"]:
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    place = result["locations"][0]["physicalLocation"]
    region = place.get("region", {})
    name = as_utf8(urllib.parse.unquote_to_bytes(place["artifactLocation"]["uri"]))
    found.add((name, region.get("startLine"), region.get("startColumn"), result["ruleId"]))
difference("SARIF", faults, found)

suites = junitparser.JUnitXml.fromfile(os.path.join(work, "report.junit"))
totals = {"tests": 0, "failures": 0, "errors": 0}
failed = 0
for suite in suites:
    for key in totals:
        totals[key] += getattr(suite, key)
    for case in suite:
        failed += any(isinstance(result, junitparser.Failure) for result in case.result)
assert len(list(suites)) == summary["files"], len(list(suites))
assert totals == {"tests": summary["objects"] + summary["unreadable"], "failures": summary["denied"],
                  "errors": summary["unreadable"]}, totals
assert failed == summary["denied"], failed

# As the runner reads a workflow command.
with open(os.path.join(work, "report.github"), "rb") as file:
    lines = file.read().rstrip(b"\n").split(b"\n")


def unescaped(value):
    for escape, byte in ((b"%0D", b"\r"), (b"%0A", b"\n"), (b"%3A", b":"), (b"%2C", b","), (b"%25", b"%")):
        value = value.replace(escape, byte)
    return as_utf8(value)


found = set()
for line in lines:
    command = re.fullmatch(rb"::(?:error|warning|notice) ([^:]*)::(.+)", line)
    assert command, line
    properties = {k.decode(): unescaped(v) for k, v in (p.split(b"=", 1) for p in command[1].split(b","))}
    found.add((properties["file"], int(properties["line"]), int(properties["col"]), properties["title"]))
difference("GitHub", faults, found)

with open(os.path.join(work, "report.text"), "rb") as file:
    text = as_utf8(file.read())
heads = re.findall(r"^.*:\d+:\d+: (?:deny|warn|error|hint): ", text, re.MULTILINE)
assert len(heads) == summary["faults"] + summary["unreadable"] + hints, len(heads)
assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
print(f"{summary['files']} files, {len(faults)} places: 5 passed, 0 failed")
