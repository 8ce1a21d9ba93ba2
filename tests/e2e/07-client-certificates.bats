#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Only the API server may ask: done with the commands and files of deploy/README.md, renewed as it
# says, and what becomes of calls while the API server's certificate is not by the replicas' CA.

load lib/all

CLIENTS=$E2E_DIR/clients     # where an administrator makes CAs and certificates, a folder each
ADMISSION=$E2E_DIR/admission # /etc/kubernetes/admission of the control plane's node

setup_file() {
    webhook_require
    permit_documented
    eventually 15 device_permitted intel.com/qat
}

teardown_file() {
    webhook_apply self-signed
    kubectl delete configmap hostdev-webhook-clients -n hostdev-webhook --ignore-not-found
    replicas_renew now
    apiserver_stop
    apiserver_start
    delete_all vm
    delete_all hyperconverged
}

# make_clients NAME: a CA and a certificate by it, in a folder of this name.
make_clients() (
    commands=$(documented 'openssl req -x509')
    mkdir -p "$CLIENTS/$1"
    cd "$CLIENTS/$1" || return
    eval "$commands"
)

# One of the node's two files.
admission_file() {
    documented "# /etc/kubernetes/admission/$1" | sed "s|/etc/kubernetes/admission|$ADMISSION|" >"$ADMISSION/$1"
}

# The API server's certificate is now that of a folder.
present() {
    mkdir -p "$ADMISSION"
    cp "$CLIENTS/$1/client.key" "$CLIENTS/$1/client.crt" "$ADMISSION/"
}

apiserver_restart() {
    apiserver_stop
    apiserver_start --admission-control-config-file="$ADMISSION/config.yaml"
    eventually 10 webhook_in_force
}

CA_RELOADS='certificate_reloads_total{certificate="client_ca",result="success"}'

# trust NAME…: the ConfigMap holds the CAs of these folders, and the replicas have read them.
trust() {
    local before
    before=$(replicas_metric "$CA_RELOADS")
    (cd "$CLIENTS" && cat "${@/%//clients-ca.crt}") >ca.crt
    kubectl create configmap hostdev-webhook-clients -n hostdev-webhook --from-file=ca.crt \
        --dry-run=client -o yaml | kubectl replace -f - >/dev/null
    replicas_sync
    eventually 10 have_reloaded $((before + $(replicas | wc -l)))
}

have_reloaded() {
    [ "$(replicas_metric "$CA_RELOADS")" -ge "$1" ]
}

@test "the documented commands make a CA and a certificate for a client, with the name that is let in" {
    make_clients first
    cd "$CLIENTS/first"
    accepted openssl verify -x509_strict -CAfile clients-ca.crt -purpose sslclient client.crt <<'END'
client.crt: OK
END
    accepted openssl x509 -in client.crt -noout -subject <<'END'
subject=CN = kube-apiserver
END
}

@test "the API server has it, by the documented files, and asks replicas that do not want it as before" {
    present first
    admission_file webhooks.kubeconfig
    admission_file config.yaml
    apiserver_restart
    vm good nvidia.com/TU104GL_Tesla_T4 >vm.json
    accepted kubectl create --dry-run=server -f vm.json <<'END'
virtualmachine.kubevirt.io/good created (server dry run)
END
}

# The documented patches on the overlay, as in an administrator's own kustomization.
ask_for_certificates() {
    cp -r "$DEPLOY" deploy
    {
        printf '%s\n' 'apiVersion: kustomize.config.k8s.io/v1beta1' 'kind: Kustomization' \
            'resources: [deploy/overlays/self-signed]'
        documented patches:
    } >kustomization.yaml
    kubectl apply -k .
}

@test "the replicas ask for it, replaced one after the other under load: no VM is refused or lost" {
    command=$(documented 'kubectl -n hostdev-webhook create configmap')
    (cd "$CLIENTS/first" && eval "$command")
    ask_for_certificates
    load_start asked nvidia.com/TU104GL_Tesla_T4
    replicas_roll
    load_stop 200
    for number in $(replicas); do
        replica_log "$number" | grep 'client CA loaded' | grep -F 'CN = webhook-clients'
    done
}

@test "a VM is judged, and the names that it lacks are filled in" {
    vm good nvidia.com/TU104GL_Tesla_T4 intel.com/qat >vm.json
    accepted kubectl create -f vm.json <<'END'
virtualmachine.kubevirt.io/good created
END
    accepted devices_of good <<'END'
nvidia.com/TU104GL_Tesla_T4 hostdevices1
intel.com/qat hostdevices2
END
    vm bad intel.com/gone@gone >vm.json
    refused kubectl create -f vm.json <<'END'
Error from server (Forbidden): error when creating "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/gone": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    hyperconverged "$(hyperconverged_version)" "$V100" 10DE:1EB8=nvidia.com/GV100GL_Tesla_V100 >list.json
    run kubectl apply -f list.json
    [ "$status" -ne 0 ]
    [[ $output = *'"hyperconverged.validate.hostdev-webhook.io" denied the request'* ]]
}

# ask [NAME]: sends the first replica a review, with the certificate of that folder, or with none.
ask() {
    local review=$E2E_HERE/../../fixtures/virtualmachine/allow-documented-hostdevices1/request.json options=()
    [ $# -eq 0 ] || options=(--cert "$CLIENTS/$1/client.crt" --key "$CLIENTS/$1/client.key")
    curl -sS --max-time 5 --cacert "$CLIENTS/serving-ca.crt" "${options[@]}" \
        --connect-to "::$(replica_address 1):8443" -H 'Content-Type: application/json' \
        --data-binary "@$review" https://hostdev-webhook.hostdev-webhook.svc/validate
}

# turned_away PROBLEM [NAME]: who asks so, however often, gets no answer; the replica's log, which has a
# line a second about such clients, says why.
turned_away() {
    : >answers
    eventually 5 asked_in_vain "$@"
    [ ! -s answers ] || fail "an answer:" "$(cat answers)"
}

asked_in_vain() {
    ask "${@:2}" >>answers || true
    replica_log 1 | grep 'client refused' | grep -F -- "$1"
}

@test "whoever has no such certificate gets no answer" {
    kubectl get secret hostdev-webhook-tls -n hostdev-webhook -o json | jq -r '.data."ca.crt"' |
        base64 -d >"$CLIENTS/serving-ca.crt"
    ask first | jq -e .response.allowed
    turned_away 'the client sent no certificate'

    make_clients second
    turned_away '(CN = kube-apiserver) is by none of the client CAs' second

    cp -r "$CLIENTS/first" "$CLIENTS/someone"
    (
        cd "$CLIENTS/someone"
        openssl req -new -key client.key -subj /CN=someone -out client.csr
        openssl x509 -req -in client.csr -CA clients-ca.crt -CAkey clients-ca.key -days 1 \
            -extfile client.ext -out client.crt
    )
    turned_away '(CN = someone) has none of the names that are let in' someone
}

@test "probes and metrics, on the plain port, ask for none" {
    for number in $(replicas); do
        accepted replica_probe "$number" livenessProbe <<<ok
        accepted replica_probe "$number" readinessProbe <<<ok
    done
    # What the API server asked with its certificate, both times, and who was turned away.
    [ "$(replicas_metric 'reviews_total{path="mutate",kind="VirtualMachine",operation="CREATE",verdict="patch"}')" -ge 1 ]
    [ "$(replicas_metric 'reviews_total{path="validate",kind="VirtualMachine",operation="CREATE",verdict="deny"}')" -ge 1 ]
    [ "$(replicas_metric 'tls_handshake_failures_total{reason="client_certificate"}')" -ge 3 ]
}

# The command's output with one word for what a call may fail by when a certificate is not taken.
plainly() (
    set -o pipefail
    "$@" 2>&1 | sed -E 's/(timeout=5s": )(remote error: tls: unknown certificate authority|(write tcp .*: )?(broken pipe|use of closed network connection))$/\1WHY/'
)

@test "another CA: the API server is not let in any more, and VMs with devices are refused" {
    trust second
    replicas_renew now # connections that were let in before would go on
    vm later nvidia.com/TU104GL_Tesla_T4@gpu >vm.json
    for _ in 1 2 3 4 5; do
        refused plainly kubectl create -f vm.json <<'END'
Error from server (InternalError): error when creating "vm.json": Internal error occurred: failed calling webhook "virtualmachine.validate.hostdev-webhook.io": failed to call webhook: Post "https://hostdev-webhook.hostdev-webhook.svc:443/validate?timeout=5s": WHY
END
    done
}

@test "the right CA beside it: the API server is let in again, and nothing was restarted" {
    trust first second
    vm later nvidia.com/TU104GL_Tesla_T4@gpu >vm.json
    accepted kubectl create -f vm.json <<'END'
virtualmachine.kubevirt.io/later created
END
}

@test "renewed: another certificate, which the API server reads by itself, and then its CA alone" {
    present second
    trust second
    replicas_renew now
    # It notices as it connects, closes its connections, and so the first call of each kind fails.
    eventually 10 webhook_in_force
    vm renewed nvidia.com/TU104GL_Tesla_T4 >vm.json
    accepted kubectl create -f vm.json <<'END'
virtualmachine.kubevirt.io/renewed created
END
    ask second | jq -e .response.allowed
    turned_away '(CN = kube-apiserver) is by none of the client CAs' first
}

@test "keys are in no log" {
    fails grep -l -e 'PRIVATE KEY' "$E2E_DIR"/logs/*.log
}
