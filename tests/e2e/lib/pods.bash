# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A small kubelet. It runs a container of an applied manifest exactly as the manifest says: command,
# arguments, environment, volumes, user, no capabilities, a read-only root file system in which
# there is nothing but the program and the libraries of this machine. Each pod has a network
# namespace with one address, as in a cluster.
#
#   pods/NAME/pod.json                 {namespace, spec: the pod's}
#   pods/NAME/address
#   pods/NAME/volumes/VOLUME/          what is mounted; files change as a kubelet changes them
#   pods/NAME/containers/CONTAINER/    its root file system

# The image's user, for pods that name none; see deploy/Containerfile.
IMAGE_USER=65532
SERVICE_ACCOUNT_DIR=/var/run/secrets/kubernetes.io/serviceaccount

# pod_create NAME ADDRESS NAMESPACE <POD-TEMPLATE: makes everything but processes.
pod_create() {
    local pod=$E2E_DIR/pods/$1
    mkdir -p "$pod/volumes" "$pod/containers"
    jq -e --arg namespace "$3" '{namespace: $namespace, spec: (.spec // halt_error)}' \
        >"$pod/pod.json" || return 1
    echo "$2" >"$pod/address"
    apiserver_namespace_ready "$3"
    pod_network "$1" "$2"
    pod_volumes "$1"
}

# As if deleted: its processes get SIGTERM, and SIGKILL after the grace period.
pod_delete() {
    local pod=$E2E_DIR/pods/$1 pid_file grace root
    grace=$(jq '.spec.terminationGracePeriodSeconds // 30' "$pod/pod.json")
    for pid_file in "$E2E_DIR/run/$1".*.pid; do
        [ -e "$pid_file" ] || continue
        stop_process "$(cat "$pid_file")" "$grace" || return 1
        rm "$pid_file"
    done
    for root in "$pod"/containers/*; do
        [ ! -e "$root" ] || umount -R "$root"
    done
    ip netns delete "$1"
    rm -rf "$pod"
}

pod_network() {
    local interface=pod${2##*.}
    ip netns add "$1"
    ip link add "$interface" type veth peer name eth0 netns "$1"
    ip link set "$interface" up
    ip route add "$2/32" dev "$interface" src "$API_ADDRESS"
    ip -n "$1" link set lo up
    ip -n "$1" address add "$2/32" dev eth0
    ip -n "$1" link set eth0 up
    ip -n "$1" route add default dev eth0
}

# --- volumes ----------------------------------------------------------------------------------

# Brings every volume of a pod up to date, as a kubelet does once a minute.
pod_volumes() {
    local pod=$E2E_DIR/pods/$1 volume
    while read -r volume; do
        volume_update "$1" "$volume" || return 1
    done < <(pod_volume_list "$pod/pod.json")
}

# The pod's volumes, and the service account's, which every pod has that does not say otherwise.
pod_volume_list() {
    jq -c '.spec | (.volumes // [])[],
        if .automountServiceAccountToken == false then empty else
            {name: "service-account", projected: {sources: [
                {serviceAccountToken: {path: "token", expirationSeconds: 3607}},
                {configMap: {name: "kube-root-ca.crt"}},
                {downwardAPI: {items: [{path: "namespace",
                    fieldRef: {fieldPath: "metadata.namespace"}}]}}]}} end' "$1"
}

# volume_update POD VOLUME-JSON: what the volume shall hold now is written aside, and the link
# "..data" exchanged, so a reader sees all of the old files or all of the new ones.
volume_update() {
    local pod=$E2E_DIR/pods/$1 name dir new file mode
    name=$(jq -r .name <<<"$2")
    dir=$pod/volumes/$name
    mkdir -p "$dir"
    if jq -e .emptyDir <<<"$2" >/dev/null; then
        pod_give_to_user "$1" "$dir"
        return 0
    fi
    new=$dir/..${EPOCHREALTIME/[.,]/_}
    mkdir "$new"
    volume_write "$1" "$2" "$new" || { rm -r "$new"; return 1; }
    if diff -r "$new" "$dir/..data" >/dev/null 2>&1; then
        rm -r "$new"
        return 0
    fi
    mode=$(jq '(.secret // .configMap // .projected).defaultMode // 420' <<<"$2")
    find "$new" -type f -exec chmod "$(printf %o "$mode")" {} +
    pod_give_to_group "$1" "$new"
    volume_exchange "$dir" "$new"
}

# volume_exchange DIR NEW: makes NEW the data of the volume in DIR.
volume_exchange() {
    local old file
    old=$(readlink "$1/..data" || true)
    ln -s "$(basename "$2")" "$1/..data_tmp"
    mv -T "$1/..data_tmp" "$1/..data"
    for file in "$2"/*; do
        [ -L "$1/$(basename "$file")" ] || ln -s "..data/$(basename "$file")" "$1/"
    done
    [ -z "$old" ] || rm -r "${1:?}/$old"
}

# volume_write POD VOLUME-JSON DIR: the files of a secret, config map or projected volume.
volume_write() {
    local namespace source kind
    namespace=$(jq -r .namespace "$E2E_DIR/pods/$1/pod.json")
    while read -r source; do
        kind=$(jq -r 'keys[0]' <<<"$source")
        case $kind in
        secret | configMap) volume_write_keys "$namespace" "$kind" "$source" "$3" || return 1 ;;
        serviceAccountToken)
            kubectl create token -n "$namespace" --duration=1h \
                "$(jq -r '.spec.serviceAccountName // "default"' "$E2E_DIR/pods/$1/pod.json")" |
                tr -d '\n' >"$3/$(jq -r '.[].path' <<<"$source")"
            ;;
        downwardAPI) printf %s "$namespace" >"$3/$(jq -r '.[].items[0].path' <<<"$source")" ;;
        *) fail "the test's kubelet has no volumes from: $source" || return 1 ;;
        esac
    done < <(jq -c 'if .projected then .projected.sources[] else del(.name) end' <<<"$2")
}

# volume_write_keys NAMESPACE secret|configMap SOURCE DIR
volume_write_keys() {
    local name object item
    name=$(jq -r '.[] | .secretName // .name' <<<"$3")
    object=$(kubectl get "$2" "$name" -n "$1" -o json 2>&1) || {
        [ "$(jq '.[].optional' <<<"$3")" = true ] || { fail "$2 $name: $object"; return 1; }
        return 0
    }
    while read -r item; do
        jq -j --argjson item "$item" --arg kind "$2" \
            '.data[$item.key] | if $kind == "secret" then @base64d else . end' <<<"$object" \
            >"$4/$(jq -r .path <<<"$item")"
    done < <(jq -c --argjson source "$3" \
        '$source[].items // (.data // {} | keys | map({key: ., path: .})) | .[]' <<<"$object")
}

# The user a pod's processes have. Without root, there is one user only: the caller.
pod_user() {
    if [ "$E2E_ROOT" = yes ]; then
        jq --argjson default "$IMAGE_USER" '.spec.securityContext.runAsUser // $default' \
            "$E2E_DIR/pods/$1/pod.json"
    else
        echo 0
    fi
}

pod_give_to_user() {
    chown "$(pod_user "$1")" "$2"
}

# With an fsGroup, a kubelet makes the files of a volume readable by that group.
pod_give_to_group() {
    local group
    group=$(jq -r '.spec.securityContext.fsGroup // empty' "$E2E_DIR/pods/$1/pod.json")
    chmod 755 "$2"
    [ "$E2E_ROOT" = yes ] && [ -n "$group" ] || return 0
    find "$2" -exec chgrp "$group" {} + -exec chmod g+r {} +
}

# --- containers -------------------------------------------------------------------------------

# container_root POD CONTAINER-JSON: mounts its root file system; read-only, whatever it says.
container_root() {
    local pod=$E2E_DIR/pods/$1 root mount path lib
    root=$pod/containers/$(jq -r .name <<<"$2")
    mkdir -p "$root"
    mount -t tmpfs -o mode=755 tmpfs "$root"
    mkdir -p "$root"/{etc,dev,proc,usr/bin,tmp}
    for lib in lib lib32 lib64; do
        [ ! -d "/usr/$lib" ] || { mkdir "$root/usr/$lib" && mount --bind "/usr/$lib" "$root/usr/$lib"; }
        [ ! -L "/$lib" ] || ln -s "usr/$lib" "$root/$lib"
    done
    cp /etc/ld.so.cache "$root/etc/"
    cp "$HOSTDEV_WEBHOOK" "$root/usr/bin/hostdev-webhook"
    touch "$root"/dev/{null,urandom}
    mount --bind /dev/null "$root/dev/null"
    mount --bind /dev/urandom "$root/dev/urandom"
    mount -t proc proc "$root/proc"
    while read -r mount; do
        path=$root$(jq -r .mountPath <<<"$mount")
        mkdir -p "$path"
        mount --bind "$pod/volumes/$(jq -r .name <<<"$mount")" "$path"
        [ "$(jq .readOnly <<<"$mount")" != true ] || mount -o remount,bind,ro "$path"
    done < <(container_mounts "$pod/pod.json" "$2")
    mount -o remount,bind,ro "$root"
}

container_mounts() {
    jq -c --argjson pod "$(cat "$1")" --arg path "$SERVICE_ACCOUNT_DIR" '(.volumeMounts // [])[],
        if $pod.spec.automountServiceAccountToken == false then empty else
            {name: "service-account", mountPath: $path, readOnly: true} end' <<<"$2"
}

# container_environment POD CONTAINER-JSON: NAME=VALUE, one a line.
container_environment() {
    local pod=$E2E_DIR/pods/$1
    cat <<END
PATH=/usr/bin
HOSTNAME=$1
KUBERNETES_SERVICE_HOST=$API_SERVICE_ADDRESS
KUBERNETES_SERVICE_PORT=443
END
    jq -r --arg name "$1" --arg address "$(cat "$pod/address")" --argjson pod "$(cat "$pod/pod.json")" \
        '{"metadata.name": $name, "metadata.namespace": $pod.namespace,
          "spec.serviceAccountName": $pod.spec.serviceAccountName, "status.podIP": $address} as $fields |
        (.env // [])[] | "\(.name)=\(.value // $fields[.valueFrom.fieldRef.fieldPath])"' <<<"$2"
}

# container_exec POD CONTAINER-JSON: becomes the container's process (to be called in a subshell).
container_exec() {
    local pod=$E2E_DIR/pods/$1 root environment command user=()
    root=$pod/containers/$(jq -r .name <<<"$2")
    [ "$E2E_ROOT" = no ] || user=(--userspec="$(pod_user "$1"):$(pod_user "$1")" --groups=)
    readarray -t environment < <(container_environment "$1" "$2")
    readarray -t command < <(jq -r '(.command // ["hostdev-webhook"]) + (.args // []) | .[]' <<<"$2")
    # $(NAME) in arguments is a variable of the container's.
    readarray -t command < <(container_expand "${environment[@]}" -- "${command[@]}")
    # What is kept is what chroot needs; it ends with the change to another user.
    exec nsenter --net="/run/netns/$1" \
        setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid \
        env -i "${environment[@]}" \
        /usr/sbin/chroot "${user[@]}" "$root" "${command[@]}"
}

container_expand() {
    local -a variables=()
    local argument variable
    while [ "$1" != -- ]; do
        variables+=("$1")
        shift
    done
    shift
    for argument in "$@"; do
        for variable in "${variables[@]}"; do
            argument=${argument//\$(${variable%%=*})/${variable#*=}}
        done
        printf '%s\n' "$argument"
    done
}

# pod_start POD: its only container, in the background; the log is logs/POD.log.
pod_start() {
    local container
    container=$(jq -c '.spec.containers[0]' "$E2E_DIR/pods/$1/pod.json")
    container_root "$1" "$container"
    start_process "$1" container_exec "$1" "$container"
    mv "$E2E_DIR/run/$1.pid" "$E2E_DIR/run/$1.main.pid"
}

# pod_run POD: its init containers and then its containers, one after the other, each to its end.
pod_run() {
    local container
    while read -r container; do
        container_root "$1" "$container"
        (container_exec "$1" "$container") </dev/null 3>&- 4>&- || return 1
    done < <(jq -c '.spec | (.initContainers // [])[], .containers[]' "$E2E_DIR/pods/$1/pod.json")
}
