#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The path of OpenShift's documentation, from an empty list to a device that is taken away again.

load lib/all

setup_file() {
    webhook_require
    kubectl create namespace "$HYPERCONVERGED_NAMESPACE"
    hyperconverged v1beta1 | kubectl apply -f -
}

teardown_file() {
    delete_all vm
    delete_all hyperconverged
}

documented_vm() {
    cat >vm.yaml <<'END'
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: vm-with-gpu
spec:
  runStrategy: Always
  template:
    spec:
      domain:
        devices:
          hostDevices:
          - deviceName: nvidia.com/TU104GL_Tesla_T4
            name: hostdevices1
          - deviceName: intel.com/qat
END
}

@test "the list is empty, as on a new installation: a VM with devices is refused" {
    documented_vm
    refused kubectl apply -f vm.yaml <<'END'
Error from server (Forbidden): error when creating "vm.yaml": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: 2 faults
- spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "nvidia.com/TU104GL_Tesla_T4": this device is not permitted on the cluster; no device is permitted: the permitted list is empty
- spec.template.spec.domain.devices.hostDevices[1].deviceName: Unsupported value: "intel.com/qat": this device is not permitted on the cluster; no device is permitted: the permitted list is empty
END
}

@test "the administrator lists the three documented devices" {
    cp "$E2E_HERE/../../fixtures/hyperconverged.yaml" .
    accepted kubectl apply -f hyperconverged.yaml <<'END'
hyperconverged.hco.kubevirt.io/kubevirt-hyperconverged configured
END
}

@test "at once the VM is accepted, first by a server-side dry run, then for real" {
    documented_vm
    accepted kubectl apply --dry-run=server -f vm.yaml <<'END'
virtualmachine.kubevirt.io/vm-with-gpu created (server dry run)
END
    accepted kubectl apply -f vm.yaml <<'END'
virtualmachine.kubevirt.io/vm-with-gpu created
END
}

@test "the name that the second device lacks was filled in" {
    accepted devices_of vm-with-gpu <<'END'
nvidia.com/TU104GL_Tesla_T4 hostdevices1
intel.com/qat hostdevices2
END
}

@test "it is shown before anything is stored, too" {
    documented_vm
    sed -i 's/name: vm-with-gpu/name: another/' vm.yaml
    accepted kubectl create --dry-run=server -f vm.yaml \
        -o 'jsonpath={.spec.template.spec.domain.devices.hostDevices[1]}' <<'END'
{"deviceName":"intel.com/qat","name":"hostdevices2"}
END
}

@test "the administrator removes intel.com/qat" {
    sed '/8086:6F54/,$d' "$E2E_HERE/../../fixtures/hyperconverged.yaml" >hyperconverged.yaml
    accepted kubectl apply -f hyperconverged.yaml <<'END'
hyperconverged.hco.kubevirt.io/kubevirt-hyperconverged configured
END
    eventually 2 device_refused intel.com/qat
}

@test "a new VM with it is refused" {
    vm new-vm nvidia.com/TU104GL_Tesla_T4@t4 intel.com/qat@qat >vm.json
    refused kubectl create -f vm.json <<'END'
Error from server (Forbidden): error when creating "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[1].deviceName: Unsupported value: "intel.com/qat": this device is not permitted on the cluster; permitted: "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
}

@test "the VM that has it can still be labelled" {
    accepted kubectl label vm vm-with-gpu team=compute <<'END'
virtualmachine.kubevirt.io/vm-with-gpu labeled
END
}

@test "and stopped" {
    accepted kubectl patch vm vm-with-gpu --type=merge -p '{"spec":{"runStrategy":"Halted"}}' <<'END'
virtualmachine.kubevirt.io/vm-with-gpu patched
END
}

@test "and its devices edited: what it had is warned about, what it has not is filled in" {
    accepted kubectl patch vm vm-with-gpu --type=json -p '[{"op": "add",
        "path": "/spec/template/spec/domain/devices/hostDevices/-",
        "value": {"deviceName": "nvidia.com/GV100GL_Tesla_V100"}}]' <<'END'
Warning: spec.template.spec.domain.devices.hostDevices[1].deviceName: Unsupported value: "intel.com/qat": this device is not permitted on the cluster; permitted: "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
virtualmachine.kubevirt.io/vm-with-gpu patched
END
    accepted devices_of vm-with-gpu <<'END'
nvidia.com/TU104GL_Tesla_T4 hostdevices1
intel.com/qat hostdevices2
nvidia.com/GV100GL_Tesla_V100 hostdevices3
END
}

@test "but another device that is not permitted is refused" {
    refused kubectl patch vm vm-with-gpu --type=json -p '[{"op": "add",
        "path": "/spec/template/spec/domain/devices/hostDevices/-",
        "value": {"deviceName": "example.com/other", "name": "other"}}]' <<'END'
Warning: spec.template.spec.domain.devices.hostDevices[1].deviceName: Unsupported value: "intel.com/qat": this device is not permitted on the cluster; permitted: "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
Error from server (Forbidden): admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[3].deviceName: Unsupported value: "example.com/other": this device is not permitted on the cluster; permitted: "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
}

# What the API server's audit log holds of the webhook's answers: verb, status, verdict, rule.
audited() {
    jq -r 'select(.objectRef.resource == "virtualmachines" and .stage == "ResponseComplete") |
        [.verb, .responseStatus.code,
            (.annotations // {} | to_entries[] |
                select(.key | test("^virtualmachine.validate.hostdev-webhook.io/(verdict|rule)$")) |
                "\(.key | sub(".*/"; ""))=\(.value)")] | map(tostring) | join(" ")' \
        "$E2E_DIR/logs/audit.log" | sort -u
}

has_audited() {
    audited | grep -qxF "$1" || fail "not in the audit log: $1" "$(audited)"
}

@test "the audit log has the verdicts and the rules" {
    eventually 5 has_audited "create 403 rule=device-not-permitted verdict=deny"
    eventually 5 has_audited "create 201 verdict=allow"
    eventually 5 has_audited "patch 200 rule=device-not-permitted verdict=warn"
    eventually 5 has_audited "patch 403 rule=device-not-permitted verdict=deny"
}

@test "the log of the replicas has the denials, with the list that decided" {
    denials() {
        for number in $(replicas); do
            replica_log "$number"
        done | grep " denied rule=device-not-permitted "
    }
    denials | grep "list_version=HyperConverged/[0-9]* kind=VirtualMachine operation=CREATE dry_run=no" |
        grep "user=administrator namespace=default name=new-vm path=spec.template.spec"
}

@test "it loses a finalizer while it is being deleted, and is gone" {
    kubectl patch vm vm-with-gpu --type=merge -p '{"metadata":{"finalizers":["example.com/disk"]}}'
    kubectl delete vm vm-with-gpu --wait=false
    kubectl get vm vm-with-gpu -o 'jsonpath={.metadata.deletionTimestamp}' | grep -q .
    accepted kubectl patch vm vm-with-gpu --type=merge -p '{"metadata":{"finalizers":null}}' <<'END'
virtualmachine.kubevirt.io/vm-with-gpu patched
END
    refused kubectl get vm vm-with-gpu <<'END'
Error from server (NotFound): virtualmachines.kubevirt.io "vm-with-gpu" not found
END
}
