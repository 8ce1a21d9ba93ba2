#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of the certificate that the self-signed overlay makes: created, trusted, replaced under
# load, and what becomes of one that is not good.

load lib/all

setup_file() {
    webhook_require
    permit_documented
    eventually 15 device_permitted intel.com/qat
}

teardown_file() {
    delete_all vm
    delete_all hyperconverged
}

# What each webhook of both configurations trusts, in PEM, one line for each that differs.
bundles() {
    kubectl get validatingwebhookconfiguration,mutatingwebhookconfiguration hostdev-webhook -o json |
        jq -r '[.items[].webhooks[].clientConfig.caBundle] | unique[]'
}

secret() {
    kubectl get secret hostdev-webhook-tls -n hostdev-webhook -o json
}

# The certificate that a replica shows, for the name by which the API server calls it.
served_certificate() {
    openssl s_client -connect "$(replica_address "$1"):8443" \
        -servername hostdev-webhook.hostdev-webhook.svc </dev/null 2>/dev/null | openssl x509
}

serve_the_secret() {
    local number
    for number in $(replicas); do
        [ "$(served_certificate "$number")" = "$(secret | jq -r '.data."tls.crt"' | base64 -d |
            openssl x509)" ] || fail "replica $number serves another certificate"
    done
}

@test "created: the Secret has the certificate, its key and its CA, but not the CA's key" {
    secret >secret.json
    accepted jq -r '.type, (.data | keys[])' secret.json <<'END'
kubernetes.io/tls
ca.crt
tls.crt
tls.key
END
    jq -r '.data."ca.crt"' secret.json | base64 -d >ca.crt
    jq -r '.data."tls.crt"' secret.json | base64 -d >tls.crt
    accepted openssl verify -CAfile ca.crt -purpose sslserver \
        -verify_hostname hostdev-webhook.hostdev-webhook.svc tls.crt <<'END'
tls.crt: OK
END
    # A key of its own: not the CA's.
    jq -r '.data."tls.key"' secret.json | base64 -d | openssl pkey -pubout >key.pub
    fails diff -q key.pub <(openssl x509 -in ca.crt -noout -pubkey)
}

@test "patched: each webhook of both configurations trusts that CA" {
    [ "$(bundles)" = "$(secret | jq -r '.data."ca.crt"')" ]
}

@test "created and patched again: nothing changes" {
    secret >before.json
    bundles >before
    job_run job hostdev-webhook-certs
    secret | diff before.json -
    bundles | diff before -
}

@test "not due: the CronJob finds nothing to do" {
    secret >before.json
    job_run cronjob hostdev-webhook-certs
    secret | diff before.json -
}

@test "the CronJob may read and write its Secret and the two configurations, and nothing else" {
    as=(--as system:serviceaccount:hostdev-webhook:hostdev-webhook-certs)
    accepted can "${as[@]}" get secret/hostdev-webhook-tls -n hostdev-webhook <<<yes
    accepted can "${as[@]}" get secret/another -n hostdev-webhook <<<no
    accepted can "${as[@]}" list secrets -n hostdev-webhook <<<no
    accepted can "${as[@]}" get secret/hostdev-webhook-tls -n default <<<no
    accepted can "${as[@]}" patch validatingwebhookconfiguration/hostdev-webhook <<<yes
    accepted can "${as[@]}" patch validatingwebhookconfiguration/another <<<no
    accepted can "${as[@]}" list hyperconvergeds.hco.kubevirt.io <<<no
    as=(--as system:serviceaccount:hostdev-webhook:hostdev-webhook)
    accepted can "${as[@]}" watch hyperconvergeds.hco.kubevirt.io --all-namespaces <<<yes
    accepted can "${as[@]}" update hyperconvergeds.hco.kubevirt.io --all-namespaces <<<no
    accepted can "${as[@]}" get secrets -n hostdev-webhook <<<no
    accepted can "${as[@]}" patch validatingwebhookconfiguration/hostdev-webhook <<<no
}

can() {
    kubectl auth can-i "$@" 2>/dev/null || true
}

@test "rotated under load: no request fails, and both CAs are trusted while both are served" {
    ca_before=$(secret | jq -r '.data."ca.crt"' | base64 -d)
    load_start rotated nvidia.com/TU104GL_Tesla_T4
    job_run cronjob hostdev-webhook-certs --force --settle=3
    # The Secret is new, and the replicas still have the old one: kubelets take up to a minute.
    fails serve_the_secret
    [ "$(bundles | wc -l)" -eq 1 ]
    bundles | base64 -d >bundle.pem
    [ "$(grep -c BEGIN bundle.pem)" -eq 2 ]
    [[ $(cat bundle.pem) = *"$ca_before"* ]]
    sleep 2
    replicas_sync
    eventually 10 serve_the_secret
    sleep 2
    load_stop 200
}

@test "rotated again within the hour: what a server might still show is trusted as well" {
    bundles | base64 -d >before.pem
    job_run cronjob hostdev-webhook-certs --force --settle=1
    bundles | base64 -d >after.pem
    [ "$(grep -c BEGIN after.pem)" -eq 3 ]
    [[ $(cat after.pem) = *"$(cat before.pem)"* ]]
    webhook_in_force
    replicas_sync
    eventually 10 serve_the_secret
    webhook_in_force
}

# A certificate for the server, from a CA of its own, that was valid on one day of 2020.
expired_certificate() {
    cat >openssl.cnf <<'END'
[ca]
default_ca = ca
[ca]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = policy
rand_serial = yes
[policy]
commonName = supplied
[server]
subjectAltName = DNS:hostdev-webhook.hostdev-webhook.svc
extendedKeyUsage = serverAuth
END
    : >index.txt
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt \
        -subj /CN=expired-ca -days 2
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.csr \
        -subj /CN=hostdev-webhook
    openssl ca -config openssl.cnf -batch -notext -cert ca.crt -keyfile ca.key -in tls.csr -out tls.crt \
        -extensions server -startdate 20200101000000Z -enddate 20200102000000Z
}

# secret_becomes CRT KEY CA
secret_becomes() {
    kubectl create secret generic hostdev-webhook-tls -n hostdev-webhook --type=kubernetes.io/tls \
        --from-file=tls.crt="$1" --from-file=tls.key="$2" --from-file=ca.crt="$3" \
        --dry-run=client -o yaml | kubectl replace -f -
}

@test "an expired certificate: a replica that serves keeps its good one, another does not start" {
    secret | jq 'del(.metadata.resourceVersion, .metadata.uid)' >"$E2E_DIR/good-secret.json"
    served_certificate 1 >before.pem
    expired_certificate
    secret_becomes tls.crt tls.key ca.crt
    replicas_sync
    sleep 6
    served_certificate 1 | diff before.pem -
    webhook_in_force
    replica_log 1 | tail -5 | grep -q expired

    replica_launch 3
    eventually 5 ended "$(replica_pid 3)"
    replica_log 3 | grep 'expired' >said
    accepted sed -E 's/^[^ ]+ //; s/it is [^ ]+ now/it is NOW/' said <<'END'
error can't start problem="/etc/hostdev-webhook/tls/tls.crt: certificate 1 (CN = hostdev-webhook): expired on 2020-01-02T00:00:00Z (it is NOW)"
END
    pod_delete hostdev-webhook-3
}

@test "certs create refuses to leave it; certs renew replaces it" {
    run job_run job hostdev-webhook-certs
    [ "$status" -ne 0 ]
    job_run cronjob hostdev-webhook-certs --settle=1
    replicas_sync
    eventually 10 serve_the_secret
    eventually 10 webhook_in_force
}

@test "a certificate whose key does not match is not taken" {
    secret | jq 'del(.metadata.resourceVersion, .metadata.uid)' >good.json
    served_certificate 1 >before.pem
    openssl ecparam -name prime256v1 -genkey -noout -out other.key
    secret | jq -r '.data."tls.crt"' | base64 -d >tls.crt
    secret | jq -r '.data."ca.crt"' | base64 -d >ca.crt
    secret_becomes tls.crt other.key ca.crt
    replicas_sync
    sleep 6
    served_certificate 1 | diff before.pem -
    kubectl replace -f good.json
    replicas_sync
}

@test "keys and tokens are in no log" {
    fails grep -l -e 'PRIVATE KEY' -e 'eyJhbGciOi' "$E2E_DIR"/logs/hostdev-webhook*.log
}
