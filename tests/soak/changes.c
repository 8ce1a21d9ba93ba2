/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/soak/changes.h"

#include "tests/soak/bodies.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "soak: %s\n", what);
    exit(1);
}

/* --- certificates ---------------------------------------------------------------------------- */

static void use_pair(struct changes *changes, size_t which)
{
    temp_replace(&changes->dir, "tls.crt", changes->pairs[which].tls_crt);
    temp_replace(&changes->dir, "tls.key", changes->pairs[which].tls_key);
    changes->reloads++;
}

/* A key that does not fit; the pair before stays in use. */
static void break_pair(struct changes *changes)
{
    temp_replace(&changes->dir, "tls.crt", changes->pairs[0].tls_crt);
    temp_replace(&changes->dir, "tls.key", changes->pairs[1].tls_key);
}

static void change_pair(struct changes *changes, size_t second)
{
    if (second % 15 == 9)
        break_pair(changes);
    else if (second % 5 == 0)
        use_pair(changes, second / 5 % 2);
}

/* --- lists ----------------------------------------------------------------------------------- */

static void change_file(struct changes *changes, size_t second)
{
    if (second % 11 == 7) {
        temp_replace(&changes->dir, "list.yaml", "kind: [broken");
    } else if (second % 2 == 0) {
        temp_replace(&changes->dir, "list.yaml", body_manifest(second / 2 % 2));
        changes->lists++;
    }
}

void changes_edit(struct changes *changes, bool with_changing)
{
    fake_cluster_put(changes->cluster, FAKE_HCO, "kubevirt-hyperconverged",
                     body_spec(with_changing));
    changes->lists++;
}

/*
 * Watches end as they do of themselves, expire, and break; the last more seldom, as the server
 * waits the longer the more often that happens. Or for a while nothing can be read, or watched.
 */
static void trouble_cluster(struct changes *changes, size_t second)
{
    static const struct fake_fault refusal = {.status = 500, .times = 3};

    if (second % 150 == 20) {
        fake_cluster_cut(changes->cluster);
    } else if (second % 20 == 7) {
        fake_cluster_end_watches(changes->cluster);
    } else if (second % 40 == 31) {
        fake_cluster_compact(changes->cluster);
        fake_cluster_end_watches(changes->cluster);
    } else if (second % 40 == 15) {
        fake_cluster_fault(changes->cluster, FAKE_LIST, refusal);
    } else if (second % 150 == 45) {
        fake_cluster_fault(changes->cluster, FAKE_WATCH, refusal);
        fake_cluster_end_watches(changes->cluster);
    }
}

void changes_apply(struct changes *changes, size_t second, unsigned long client_cas)
{
    change_pair(changes, second);
    change_file(changes, second);
    if (second % 3 == 0)
        changes_edit(changes, second / 3 % 2);
    trouble_cluster(changes, second);
    rotation_step(&changes->rotation, client_cas);
}

void changes_end(struct changes *changes)
{
    static const struct fake_fault none = {.times = 0};

    use_pair(changes, 0);
    fake_cluster_fault(changes->cluster, FAKE_LIST, none);
    fake_cluster_fault(changes->cluster, FAKE_WATCH, none);
}

void changes_report(struct changes *changes)
{
    printf("%lu certificates, %u turns of client CAs, %lu lists, %u watches\n", changes->reloads,
           rotation_turn(&changes->rotation), changes->lists,
           fake_cluster_count(changes->cluster, FAKE_WATCH));
}

/* --- life ------------------------------------------------------------------------------------ */

static void make_pairs(struct changes *changes)
{
    struct error err;
    char *both = NULL;

    for (int i = 0; i < 2; i++) {
        const struct certs_request request = {
            .hosts = STR("localhost"), .days = 7, .now = time(NULL)};

        if (!certs_generate(&request, &changes->pairs[i], &err))
            die(err.message);
    }
    if (asprintf(&both, "%s%s", changes->pairs[0].ca_crt, changes->pairs[1].ca_crt) < 0)
        die("out of memory");
    temp_write(&changes->dir, "ca.crt", both);
    free(both);
}

void changes_make(struct changes *changes)
{
    struct temp_dir *dir = &changes->dir;

    temp_dir_make(dir);
    make_pairs(changes);
    use_pair(changes, 0);
    temp_write(dir, "list.yaml", body_manifest(1));
    rotation_make(&changes->rotation, dir);
    changes->cluster = fake_cluster_start();
    fake_cluster_serve(changes->cluster, FAKE_HCO, "v1beta1");
    changes_edit(changes, true);
    changes->ca = temp_path(dir, "ca.crt");
    changes->crt = temp_path(dir, "tls.crt");
    changes->key = temp_path(dir, "tls.key");
    changes->list = temp_path(dir, "list.yaml");
    changes->client_ca = temp_path(dir, ROTATION_CA);
    changes->kubeconfig = fake_cluster_kubeconfig(changes->cluster, dir);
}

void changes_remove(struct changes *changes)
{
    fake_cluster_stop(changes->cluster);
    rotation_free(&changes->rotation);
    temp_dir_remove(&changes->dir);
    for (int i = 0; i < 2; i++)
        certs_bundle_free(&changes->pairs[i]);
}
