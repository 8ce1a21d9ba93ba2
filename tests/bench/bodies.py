# SPDX-License-Identifier: Apache-2.0
"""The reviews that are posted: VirtualMachines as people and clusters write them, made from one of
fixtures/ by adding what real ones have (disks, networks, cloud-init, annotations, managedFields),
to a size, and what the right answer to each is."""

import base64
import copy
import json
from dataclasses import dataclass, field
from pathlib import Path

FIXTURE = Path("fixtures/virtualmachine/allow-documented-hostdevices1/request.json")
PERMITTED = ["intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"]
MISSPELT = "nvidia.com/TU104GL_Telsa_T4"
DEVICES = "/spec/template/spec/domain/devices"


@dataclass
class Body:
    """One review, and what is wrong with an answer to it."""

    name: str
    title: str
    text: bytes
    path: str = "/validate"
    denied_device: str = ""
    patched: list = field(default_factory=list)

    @property
    def verdict(self):
        """What each right answer holds, however it is written."""
        return '"allowed":false' if self.denied_device else '"allowed":true'

    def fault_of(self, answer):
        """None for a right answer, else what is wrong."""
        review = json.loads(answer)
        response = review.get("response", {})
        if review.get("kind") != "AdmissionReview" or response.get("uid") != uid_of(self.text):
            return "not the AdmissionReview that was asked for"
        if response.get("allowed") is not (not self.denied_device):
            return f"allowed is {response.get('allowed')}"
        if self.denied_device not in response.get("status", {}).get("message", ""):
            return "the message does not name the device"
        patch = json.loads(base64.b64decode(response.get("patch", "W10=")))
        if [(step["op"], step["path"]) for step in patch] != [("add", path) for path in self.patched]:
            return f"the patch is {patch}"
        return None


def uid_of(text):
    return json.loads(text[:4096].split(b',"object"')[0] + b"}}")["request"]["uid"]


def write_json(value):
    """As Go's encoder does, and so the API server."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()


# --- a VirtualMachine ---------------------------------------------------------------------------

CLOUD_INIT = """#cloud-config
user: operator
ssh_pwauth: false
packages: [qemu-guest-agent, nvidia-driver, prometheus-node-exporter]
runcmd:
"""


def grown(vm):
    """Adds what a VM has beside its devices."""
    spec = vm["spec"]["template"]["spec"]
    vm["metadata"].pop("managedFields", None)
    vm["metadata"]["labels"] = {"app": "inference", "app.kubernetes.io/part-of": "inference-platform",
                                "vm.kubevirt.io/template": "rhel9-server-large"}
    vm["metadata"]["annotations"] = {"vm.kubevirt.io/validations": "[]", "description": "serves <models> & more"}
    vm["spec"]["dataVolumeTemplates"] = [{
        "apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "DataVolume", "metadata": {"name": "inference-root"},
        "spec": {"sourceRef": {"kind": "DataSource", "name": "rhel9", "namespace": "os-images"},
                 "storage": {"resources": {"requests": {"storage": "60Gi"}}}}}]
    vm["spec"]["template"]["metadata"]["annotations"] = {"vm.kubevirt.io/os": "rhel9", "vm.kubevirt.io/workload": "server"}
    names = ["rootdisk", "cloudinitdisk", "models", "datasets", "results", "scratch"]
    spec["architecture"] = "amd64"
    spec["domain"].update({
        "cpu": {"cores": 8, "sockets": 1, "threads": 2, "model": "host-passthrough", "dedicatedCpuPlacement": True},
        "clock": {"utc": {}, "timer": {"hpet": {"present": False}, "hyperv": {}, "pit": {"tickPolicy": "delay"},
                                       "rtc": {"tickPolicy": "catchup"}}},
        "features": {"acpi": {}, "apic": {}, "smm": {"enabled": True}, "hyperv": {
            **{name: {} for name in ("frequencies", "ipi", "reenlightenment", "relaxed", "reset", "runtime", "synic",
                                     "tlbflush", "vapic", "vpindex")},
            "spinlocks": {"spinlocks": 8191}, "synictimer": {"direct": {}}}},
        "firmware": {"bootloader": {"efi": {"secureBoot": True}}},
        "machine": {"type": "pc-q35-rhel9.4.0"},
        "resources": {"limits": {"memory": "34Gi"}, "requests": {"memory": "32Gi"}}})
    spec["domain"]["devices"].update({
        "disks": [{"disk": {"bus": "virtio"}, "name": name, "bootOrder": i + 1} for i, name in enumerate(names)],
        "interfaces": [{"masquerade": {}, "model": "virtio", "name": "default"},
                       {"bridge": {}, "macAddress": "02:1b:54:00:00:07", "model": "virtio", "name": "storage"}],
        "networkInterfaceMultiqueue": True, "rng": {}, "tpm": {"persistent": True}})
    spec["networks"] = [{"name": "default", "pod": {}},
                        {"multus": {"networkName": "workloads/storage-vlan-120"}, "name": "storage"}]
    spec["volumes"] = [{"dataVolume": {"name": "inference-root"}, "name": "rootdisk"},
                       {"cloudInitNoCloud": {"userData": CLOUD_INIT}, "name": "cloudinitdisk"},
                       *({"persistentVolumeClaim": {"claimName": name}, "name": name} for name in names[2:5]),
                       {"emptyDisk": {"capacity": "20Gi"}, "name": "scratch"}]
    spec["affinity"] = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
        "podAffinityTerm": {"labelSelector": {"matchExpressions": [
            {"key": "kubevirt.io/vm", "operator": "In", "values": ["inference"]}]},
            "topologyKey": "kubernetes.io/hostname"}, "weight": 100}]}}
    spec["livenessProbe"] = {"httpGet": {"path": "/healthz", "port": 8000}, "initialDelaySeconds": 120,
                             "periodSeconds": 20, "timeoutSeconds": 10}
    spec["nodeSelector"] = {"node-role.kubernetes.io/gpu": "", "topology.kubernetes.io/zone": "eu-central-1a"}
    spec["tolerations"] = [{"effect": effect, "key": "nvidia.com/gpu", "operator": "Exists"}
                           for effect in ("NoSchedule", "PreferNoSchedule")]
    spec["evictionStrategy"] = "None"
    spec["terminationGracePeriodSeconds"] = 180
    return vm


def field_set(value):
    """The FieldsV1 of all that is in it, as a server-side apply records them."""
    if isinstance(value, dict):
        return {f"f:{name}": field_set(part) for name, part in sorted(value.items())}
    if isinstance(value, list) and value and isinstance(value[0], dict) and "name" in value[0]:
        return {"k:" + json.dumps({"name": part["name"]}, separators=(",", ":")):
                {".": {}, **field_set(part)} for part in value}
    return {}


def manager(name, of, number=0):
    return {"apiVersion": "kubevirt.io/v1", "fieldsType": "FieldsV1", "fieldsV1": field_set(of), "manager": name,
            "operation": "Update", "time": f"2026-11-{number % 28 + 1:02d}T09:12:44Z"}


def with_managed_fields(vm, size):
    """To about `size` bytes: what controllers note in annotations (at most the 256 KiB that
    Kubernetes allows), and managedFields."""
    kept = copy.deepcopy(vm)
    vm["status"] = {"created": True, "printableStatus": "Running", "ready": True, "conditions": [
        {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": "2026-11-04T09:13:02Z"}
        for kind in ("Ready", "LiveMigratable", "AgentConnected")]}
    vm["metadata"]["managedFields"] = [
        manager("kubectl-client-side-apply", {"spec": kept["spec"]}), manager("virt-controller", {"status": vm["status"]})]
    metadata, annotations = {"metadata": kept["metadata"]}, vm["metadata"]["annotations"]
    record = write_json(kept["spec"]).decode()
    missing, number = size - len(write_json(vm)), 0
    while missing > 800:
        number += 1
        if missing > max(size / 2, 5000) and number <= 48:
            added = {f"backup.example.com/record-{number}": record}
            annotations.update(added)
        else:
            added = manager(f"controller-{number}", kept if missing > 5000 else metadata, number)
            vm["metadata"]["managedFields"].append(added)
        missing -= len(write_json(added)) + 1
    return vm


FILLER = "- systemctl enable --now model-server@0\n"  # 41 bytes as JSON


def pad(key, review, size, owners):
    """Lines of cloud-init at `key` of each owner until the review has its size to the byte."""
    missing = size - len(write_json(review))
    for i, owner in enumerate(owners):
        share = missing // len(owners) if i else missing - missing // len(owners) * (len(owners) - 1)
        owner[key] += FILLER * (share // 41) + "#" * (share % 41)
    return write_json(review)


# --- reviews ------------------------------------------------------------------------------------

def cloud_init_of(vm):
    return vm["spec"]["template"]["spec"]["volumes"][1]["cloudInitNoCloud"]


def create(size, devices):
    review = json.loads(FIXTURE.read_text())
    vm = review["request"]["object"]
    if size > 4000:
        grown(vm)
    vm["spec"]["template"]["spec"]["domain"]["devices"]["hostDevices"] = devices
    if size > 4000:
        return pad("userData", review, size, [cloud_init_of(vm)])
    vm["metadata"]["annotations"] = {"description": ""}
    return pad("description", review, size, [vm["metadata"]["annotations"]])


def update(size):
    """A label is added; the rest of both objects is the same."""
    review = json.loads(FIXTURE.read_text())
    request = review["request"]
    head = len(write_json(review)) - len(write_json(request["object"]))
    request["operation"] = "UPDATE"
    request["options"]["kind"] = "UpdateOptions"
    request["object"]["metadata"]["resourceVersion"] = "190022"
    old = with_managed_fields(grown(request["object"]), (size - head) // 2)
    new = copy.deepcopy(old)
    new["metadata"]["labels"]["team"] = "vision"
    request["object"], request["oldObject"] = new, old
    return pad("userData", review, size, [cloud_init_of(new), cloud_init_of(old)])


def devices_named(*names):
    return [{"deviceName": name, "name": f"hostdevices{i + 1}"} for i, name in enumerate(names)]


def all_bodies():
    permitted = devices_named(PERMITTED[2], PERMITTED[0])
    nameless = [{"deviceName": PERMITTED[2]}, {"deviceName": PERMITTED[0]}]
    return [
        Body("allow", "CREATE 5.4 kB, allowed", create(5400, permitted)),
        Body("deny", "CREATE 5.4 kB, denied with a message", create(5400, devices_named(PERMITTED[0], MISSPELT)),
             denied_device=MISSPELT),
        Body("mutate", "CREATE 5.4 kB, patched", create(5400, nameless), path="/mutate",
             patched=[f"{DEVICES}/hostDevices/{i}/name" for i in range(2)]),
        Body("update", "UPDATE 19 kB, oldObject, managedFields", update(19000)),
        Body("2kB", "CREATE 2 kB, allowed", create(2000, permitted)),
        Body("500kB", "UPDATE 500 kB, oldObject, managedFields", update(500_000)),
        Body("1MB", "UPDATE 1 MB, oldObject, managedFields", update(1_000_000)),
    ]
