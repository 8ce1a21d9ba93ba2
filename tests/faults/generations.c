/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/generations.h"

#include "tests/support/client_certs.h"
#include "tests/support/server_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* --- lists ----------------------------------------------------------------------------------- */

#define ALWAYS "vendor.com/always"
#define LATER "vendor.com/later"
#define NEVER "vendor.com/never"

/* JSON, which is YAML as well. */
#define DEVICE(selector, name) \
    "{\"pciDeviceSelector\":\"" selector "\",\"resourceName\":\"" name "\"}"
#define SPEC(devices) "{\"permittedHostDevices\":{\"pciHostDevices\":[" devices "]}}"

static const char old_spec[] = SPEC(DEVICE("10DE:1EB8", ALWAYS));
static const char new_spec[] = SPEC(DEVICE("10DE:1EB8", ALWAYS) "," DEVICE("10DE:1DB6", LATER));

const char *generations_spec(bool is_new)
{
    return is_new ? new_spec : old_spec;
}

const char *generations_device(enum passing device)
{
    static const char *const names[PASSING_COUNT] = {ALWAYS, LATER, NEVER};

    return names[device];
}

static void make_list(const struct generations *files, const char *name, bool is_new)
{
    char list[1024];

    snprintf(list, sizeof list,
             "apiVersion: hco.kubevirt.io/v1beta1\n"
             "kind: HyperConverged\n"
             "metadata: {name: kubevirt-hyperconverged, namespace: openshift-cnv}\n"
             "spec: %s\n",
             generations_spec(is_new));
    temp_write(&files->dir, name, list);
}

/* --- pairs ----------------------------------------------------------------------------------- */

static void make_pair(const struct generations *files, const char *name)
{
    struct temp_path dir = temp_path(&files->dir, name);
    const char *const issue[] = {"certs", "issue", "--dir", dir.text, "--host", "localhost", NULL};
    struct run_result result = run_program(issue);

    if (result.exit_code != 0) {
        fprintf(stderr, "can't issue certificates\n");
        exit(2);
    }
    run_result_free(&result);
}

struct temp_path generations_ca(const struct generations *files, bool is_new)
{
    return temp_path(&files->dir, is_new ? "new/ca.crt" : "old/ca.crt");
}

static void join_cas(struct generations *files)
{
    char *old_ca = temp_read(generations_ca(files, false).text, NULL);
    char *new_ca = temp_read(generations_ca(files, true).text, NULL);
    char both[16384];

    snprintf(both, sizeof both, "%s%s", old_ca, new_ca);
    temp_write(&files->dir, "both.crt", both);
    free(old_ca);
    free(new_ca);
    files->ca = temp_path(&files->dir, "both.crt");
}

/* --- clients --------------------------------------------------------------------------------- */

static const char *const client_names[PASSING_COUNT] = {"always.crt", "later.crt", "never.crt"};

struct temp_path generations_client(const struct generations *files, enum passing client)
{
    return temp_path(&files->dir, client_names[client]);
}

static void make_client(const struct generations *files, enum passing client, EVP_PKEY *key,
                        struct client_ca *ret_ca)
{
    time_t now = time(NULL);
    struct certs_fixture_spec spec;
    X509 *chain[] = {NULL, NULL};

    client_ca_make(ret_ca, client_names[client], NULL, now);
    spec = client_spec(ret_ca, key, now);
    chain[0] = certs_fixture_sign(&spec);
    certs_fixture_write_chain(generations_client(files, client).text, chain);
    X509_free(chain[0]);
}

static void make_clients(struct generations *files)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct client_ca cas[PASSING_COUNT];
    X509 *trusted[] = {NULL, NULL, NULL};

    files->client_key = temp_path(&files->dir, "client.key");
    certs_fixture_write_key(files->client_key.text, key);
    for (int i = 0; i < PASSING_COUNT; i++)
        make_client(files, (enum passing)i, key, &cas[i]);
    trusted[0] = cas[PASSING_ALWAYS].certificate;
    certs_fixture_write_chain(temp_path(&files->dir, "old/clients.crt").text, trusted);
    trusted[1] = cas[PASSING_LATER].certificate;
    certs_fixture_write_chain(temp_path(&files->dir, "new/clients.crt").text, trusted);
    for (int i = 0; i < PASSING_COUNT; i++)
        client_ca_free(&cas[i]);
    EVP_PKEY_free(key);
}

/* --- all of it ------------------------------------------------------------------------------- */

void generations_make(struct generations *files)
{
    temp_dir_make(&files->dir);
    make_pair(files, "old");
    make_pair(files, "new");
    join_cas(files);
    make_list(files, "old/list.yaml", false);
    make_list(files, "new/list.yaml", true);
    make_clients(files);
}

void generations_remove(struct generations *files)
{
    temp_dir_remove(&files->dir);
}
