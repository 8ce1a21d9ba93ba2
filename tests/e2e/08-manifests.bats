#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each overlay is accepted by the API server (kubectl apply checks every field strictly), its pods
# are what a restricted namespace lets in, and all of it is removed again, registrations first.

load lib/all

# `kubectl apply -k` of an overlay must say "created" of all and warn of nothing.
applied() {
    webhook_apply "$1" >said 2>&1 || fail "$(cat said)"
    fails grep -vE ' created$' said
}

# The pods that the overlay's workloads would make, as the API server's admission sees them.
pods_are_admitted() {
    local workload
    while read -r workload; do
        jq '{apiVersion: "v1", kind: "Pod", metadata: ((.template.metadata // {}) + {name: "probe", namespace: "hostdev-webhook"}),
            spec: .template.spec}' <<<"$workload" >pod.json
        accepted kubectl create --dry-run=server -f pod.json <<'END'
pod/probe created (server dry run)
END
    done < <(kubectl get deployments,jobs,cronjobs -n hostdev-webhook -o json |
        jq -c '.items[] | (.spec.jobTemplate // .).spec')
}

# Which objects there are, and how often each one's specification was changed. (What kubectl apply
# says is not it: it calls a PodDisruptionBudget "configured" each time.)
generations() {
    kubectl kustomize "$DEPLOY/overlays/$1" | kubectl get -f - -o json |
        jq -r '.items[] | "\(.kind) \(.metadata.name) \(.metadata.generation // .metadata.resourceVersion)"'
}

# As the README says. No namespace controller runs here: its part is done by hand.
uninstall() {
    readme_run 'kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration hostdev-webhook'
    readme_run 'kubectl delete -k deploy/overlays/self-signed --ignore-not-found' "$1" --wait=false
    kubectl get namespace hostdev-webhook -o json | jq '.spec.finalizers = []' |
        kubectl replace --raw /api/v1/namespaces/hostdev-webhook/finalize -f - >/dev/null
}

# Nothing that the overlay has is there any more.
is_gone() {
    kubectl kustomize "$DEPLOY/overlays/$1" | kubectl get -f - -o name --ignore-not-found >left 2>&1 || true
    fails grep -v 'namespaces "hostdev-webhook" not found' left
}

@test "the server's memory at the end of the story" {
    webhook_require
    replicas_memory | while read -r number kib; do
        echo "# replica $number: $kib KiB" >&3
        # 16 MiB measured, with its libraries; the base manifest asks for 32.
        [ "$kib" -lt 32768 ]
    done
}

@test "self-signed: its pods are admitted in its namespace, which is a restricted one" {
    pods_are_admitted
}

@test "self-signed: uninstalled, registrations first, and VMs are free again" {
    replica_stop 1
    replica_stop 2
    uninstall self-signed
    is_gone self-signed
    vm free example.com/anything@gpu >vm.json
    eventually 10 kubectl create -f vm.json
    delete_all vm
}

@test "every overlay: applied, its pods admitted, applied again without a change, removed" {
    kubectl create -f "$E2E_HERE/stand-ins/cert-manager.yaml"
    kubectl wait --for=condition=Established --timeout=30s -f "$E2E_HERE/stand-ins/cert-manager.yaml"
    for overlay in "$DEPLOY"/overlays/*; do
        overlay=$(basename "$overlay")
        applied "$overlay"
        pods_are_admitted
        generations "$overlay" >before
        webhook_apply "$overlay"
        generations "$overlay" | diff before -
        uninstall "$overlay"
        is_gone "$overlay"
        echo "# $overlay" >&3
    done
}

# Its kinds are the Prometheus operator's, which is not here: what is built, and not what is stored.
@test "the monitoring component fits on every overlay" {
    cp -r "$DEPLOY" deploy
    for overlay in deploy/overlays/*; do
        printf '%s\n' 'apiVersion: kustomize.config.k8s.io/v1beta1' 'kind: Kustomization' \
            "resources: [$overlay]" 'components: [deploy/components/monitoring]' >kustomization.yaml
        kubectl kustomize . >with.yaml
        kubectl kustomize "$overlay" >without.yaml
        # It adds these four, and changes nothing of the rest.
        diff without.yaml with.yaml >changes || true
        grep '^> kind:' changes | sort >kinds
        accepted cat kinds <<'END'
> kind: ConfigMap
> kind: PrometheusRule
> kind: Service
> kind: ServiceMonitor
END
        fails grep '^<' changes
    done
}

@test "the first step of a roll-out is Ignore, the second Fail" {
    for overlay in "$DEPLOY"/overlays/*-ignore; do
        kubectl kustomize "$overlay" | kubectl create --dry-run=client -o json -f - >ignore.json
        kubectl kustomize "${overlay%-ignore}" | kubectl create --dry-run=client -o json -f - >fail.json
        policies ignore.json >ignore
        policies fail.json >fail
        fails grep -q Fail ignore
        # What only ever warns never fails anything.
        accepted grep -v ' Fail$' fail <<'END'
instancetype.validate.hostdev-webhook.io Ignore
machineconfig.validate.hostdev-webhook.io Ignore
node.validate.hostdev-webhook.io Ignore
END
    done
}

policies() {
    jq -r 'select(.kind == "ValidatingWebhookConfiguration").webhooks[] |
        "\(.name) \(.failurePolicy)"' "$1"
}
