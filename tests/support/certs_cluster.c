/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/certs_cluster.h"

#include "certs/base64.h"
#include "certs/pem.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOOKS "/apis/admissionregistration.k8s.io/v1/"

static const char configuration_text[] =
    "{'apiVersion': 'admissionregistration.k8s.io/v1', 'metadata': {'name': 'webhook',"
    " 'labels': {'mine': 'kept'}}, 'webhooks': ["
    "{'name': 'a.example.io', 'timeoutSeconds': 5, 'clientConfig': {'service':"
    " {'namespace': 'ns', 'name': 'hostdev-webhook', 'path': '/a'}}},"
    "{'name': 'url.example.io', 'clientConfig': {'url': 'https://x/', 'caBundle': 'b3RoZXI='}},"
    "{'name': 'b.example.io', 'timeoutSeconds': 7, 'clientConfig': {'service':"
    " {'namespace': 'ns', 'name': 'hostdev-webhook', 'path': '/b'}}}]}";

static void die(const char *what)
{
    fprintf(stderr, "certs_cluster: %s\n", what);
    exit(1);
}

struct certs_bundle certs_cluster_issue(const char *hosts, unsigned days, time_t when)
{
    struct certs_request request = {.hosts = str_from(hosts), .days = days, .now = when};
    struct certs_bundle bundle;
    struct error err;

    if (!certs_generate(&request, &bundle, &err))
        die(err.message);
    return bundle;
}

/* --- who trusts whom ------------------------------------------------------------------------- */

bool certs_cluster_accepts(const char *ca_pem, const char *crt_pem)
{
    struct certs_chain cas = {.count = 0}, chain = {.count = 0};
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    struct error err;
    bool good = ca_pem && crt_pem && certs_pem_read_chain(str_from(ca_pem), &cas, &err) &&
                certs_pem_read_chain(str_from(crt_pem), &chain, &err);

    for (size_t i = 0; good && i < cas.count; i++)
        good = X509_STORE_add_cert(store, cas.items[i]) == 1;
    if (good && X509_STORE_CTX_init(context, store, chain.items[0], NULL) != 1)
        die("X509_STORE_CTX_init");
    if (good) {
        X509_STORE_CTX_set_flags(context, X509_V_FLAG_NO_CHECK_TIME);
        good = X509_verify_cert(context) == 1;
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    certs_chain_clear(&cas);
    certs_chain_clear(&chain);
    return good;
}

static char *decoded(const json_t *base64)
{
    struct error err;

    return base64 ? certs_base64_decode(str_from(json_string_value(base64)), &err) : NULL;
}

static json_t *encoded(const char *text)
{
    struct error err;
    char *base64 = certs_base64_encode(str_from(text), &err);
    json_t *value = json_string(base64);

    free(base64);
    return value;
}

char *certs_cluster_part(const struct certs_cluster *cluster, const char *key)
{
    return decoded(json_object_get(json_object_get(cluster->secret, "data"), key));
}

static json_t *client_config(const struct certs_cluster *cluster, size_t configuration,
                             size_t webhook)
{
    json_t *webhooks = json_object_get(cluster->configurations[configuration], "webhooks");

    return json_object_get(json_array_get(webhooks, webhook), "clientConfig");
}

char *certs_cluster_trust(const struct certs_cluster *cluster, size_t configuration, size_t webhook)
{
    return decoded(json_object_get(client_config(cluster, configuration, webhook), "caBundle"));
}

static bool all_accept(const struct certs_cluster *cluster, const char *crt_pem)
{
    static const size_t service_webhooks[] = {0, 2};
    char *last = NULL;
    bool good = true;

    for (size_t i = 0; good && i < 4; i++) {
        char *trust = certs_cluster_trust(cluster, i / 2, service_webhooks[i % 2]);

        /* Under AddressSanitizer OpenSSL takes milliseconds for what is mostly the same. */
        if (i == 0 || !trust || !last || strcmp(trust, last) != 0)
            good = certs_cluster_accepts(trust, crt_pem);
        free(last);
        last = trust;
    }
    free(last);
    return good;
}

bool certs_cluster_is_trusted(const struct certs_cluster *cluster)
{
    return all_accept(cluster, cluster->pair) &&
           (!cluster->pair_before || all_accept(cluster, cluster->pair_before));
}

/* After each change. */
static void look(struct certs_cluster *cluster)
{
    char *pair = certs_cluster_part(cluster, "tls.crt");
    bool trusted;

    if (pair && (!cluster->pair || strcmp(pair, cluster->pair) != 0)) {
        free(cluster->pair_before);
        cluster->pair_before = cluster->pair;
        cluster->pair = pair;
    } else {
        free(pair);
    }
    trusted = certs_cluster_is_trusted(cluster);
    cluster->distrusted += cluster->was_trusted && !trusted;
    cluster->was_trusted = trusted;
}

/* --- objects --------------------------------------------------------------------------------- */

static void set_version(struct certs_cluster *cluster, json_t *object)
{
    char version[16];

    snprintf(version, sizeof version, "%u", ++cluster->version);
    json_object_set_new(json_object_get(object, "metadata"), "resourceVersion",
                        json_string(version));
}

void certs_cluster_put_secret(struct certs_cluster *cluster, const char *ca_crt,
                              const char *tls_crt, const char *tls_key)
{
    const char *const parts[][2] = {{"ca.crt", ca_crt}, {"tls.crt", tls_crt}, {"tls.key", tls_key}};
    json_t *data = json_object();

    for (size_t i = 0; i < 3; i++) {
        if (parts[i][1])
            json_object_set_new(data, parts[i][0], encoded(parts[i][1]));
    }
    json_decref(cluster->secret);
    cluster->secret =
        json_pack("{s:s, s:{s:s}, s:o}", "type", "Opaque", "metadata", "name", "tls", "data", data);
    set_version(cluster, cluster->secret);
    look(cluster);
}

void certs_cluster_drop_secret(struct certs_cluster *cluster)
{
    json_decref(cluster->secret);
    cluster->secret = NULL;
}

void certs_cluster_put_trust(struct certs_cluster *cluster, const char *pem)
{
    for (size_t i = 0; i < 2; i++) {
        json_object_set_new(client_config(cluster, i, 0), "caBundle", encoded(pem));
        json_object_set_new(client_config(cluster, i, 2), "caBundle", encoded(pem));
        set_version(cluster, cluster->configurations[i]);
    }
    look(cluster);
}

/* --- requests -------------------------------------------------------------------------------- */

static void reply_object(struct fake_call *call, int status, const json_t *object)
{
    char *text = json_dumps(object, 0);

    fake_reply(call, status, NULL, text);
    free(text);
}

static void reply_status(struct fake_call *call, int status, const char *message)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:i}", "apiVersion", "v1", "kind", "Status",
                               "status", "Failure", "message", message, "code", status);

    reply_object(call, status, object);
    json_decref(object);
}

/* The strategic merge of what these patches may hold: a webhook's caBundle, found by its name. */
static bool merge_webhooks(json_t *object, const json_t *patch)
{
    json_t *patches = json_object_get(patch, "webhooks");
    json_t *webhooks = json_object_get(object, "webhooks");
    size_t merged = 0;

    for (size_t i = 0; i < json_array_size(patches); i++) {
        json_t *one = json_array_get(patches, i);

        for (size_t j = 0; j < json_array_size(webhooks); j++) {
            json_t *webhook = json_array_get(webhooks, j);

            if (json_equal(json_object_get(one, "name"), json_object_get(webhook, "name")))
                merged += json_object_update(json_object_get(webhook, "clientConfig"),
                                             json_object_get(one, "clientConfig")) == 0;
        }
    }
    return json_object_size(patch) == 2 && merged == json_array_size(patches);
}

static bool merge_secret(json_t *object, const json_t *patch)
{
    if (!json_object_get(object, "data"))
        json_object_set_new(object, "data", json_object());
    return json_object_size(patch) == 2 &&
           json_object_update(json_object_get(object, "data"), json_object_get(patch, "data")) == 0;
}

static bool has_type(const struct fake_call *call, const char *type)
{
    const char *sent = fake_call_header(call, "Content-Type");

    return sent && strcmp(sent, type) == 0;
}

static void patch(struct certs_cluster *cluster, struct fake_call *call, json_t *object)
{
    bool is_secret = object == cluster->secret;
    size_t len;
    const char *body = fake_call_body(call, &len);
    json_t *patch = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
    json_t *version = json_object_get(json_object_get(patch, "metadata"), "resourceVersion");
    json_t *current = json_object_get(json_object_get(object, "metadata"), "resourceVersion");
    bool good = has_type(call, is_secret ? "application/merge-patch+json"
                                         : "application/strategic-merge-patch+json");

    if (version && !json_equal(version, current)) {
        reply_status(call, 409, "the object has been modified");
    } else if (good && (is_secret ? merge_secret(object, patch) : merge_webhooks(object, patch))) {
        set_version(cluster, object);
        look(cluster);
        reply_object(call, 200, object);
    } else {
        reply_status(call, 400, "a bad patch");
    }
    json_decref(patch);
}

static void create(struct certs_cluster *cluster, struct fake_call *call)
{
    size_t len;
    const char *body = fake_call_body(call, &len);
    json_t *object = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);

    if (!object || !has_type(call, "application/json")) {
        reply_status(call, 400, "a bad object");
        json_decref(object);
    } else if (cluster->secret) {
        reply_status(call, 409, "secrets \"tls\" already exists");
        json_decref(object);
    } else {
        cluster->secret = object;
        set_version(cluster, object);
        look(cluster);
        reply_object(call, 201, object);
    }
}

/* Kinds by their paths; a query may follow. */
static const struct {
    const char *path;
    const char *shown;
} kinds[] = {
    {HOOKS "validatingwebhookconfigurations/webhook", "validating"},
    {HOOKS "mutatingwebhookconfigurations/webhook", "mutating"},
    {"/api/v1/namespaces/ns/secrets/tls", "secret"},
    {"/api/v1/namespaces/ns/secrets", "secrets"},
};
enum { SECRET = 2, SECRETS, UNKNOWN };

static size_t kind_of(const struct fake_call *call)
{
    const char *path = fake_call_path(call);
    size_t kind = 0;

    while (kind < UNKNOWN &&
           !str_equal(str_slice(str_from(path), 0, strcspn(path, "?")), str_from(kinds[kind].path)))
        kind++;
    return kind;
}

static void serve(struct certs_cluster *cluster, struct fake_call *call)
{
    size_t kind = kind_of(call);
    const char *method = fake_call_method(call);
    json_t *object = NULL;

    if (kind < SECRETS)
        object = kind == SECRET ? cluster->secret : cluster->configurations[kind];
    if (kind == SECRETS && strcmp(method, "POST") == 0)
        create(cluster, call);
    else if (!object)
        reply_status(call, 404, "not found");
    else if (strcmp(method, "GET") == 0)
        reply_object(call, 200, object);
    else if (strcmp(method, "PATCH") == 0)
        patch(cluster, call, object);
    else
        reply_status(call, 405, "no such method");
}

/* True when the fault leaves nothing to be done. */
static bool fail(struct certs_cluster *cluster, struct fake_call *call, enum cluster_fault fault)
{
    switch (fault) {
    case FAULT_500:
        reply_status(call, 500, "etcdserver: leader changed");
        return true;
    case FAULT_403:
        reply_status(call, 403, "User \"u\" cannot do this");
        return true;
    case FAULT_409:
        reply_status(call, 409, "the object has been modified");
        return true;
    case FAULT_CUT_BEFORE:
        fake_break_off(call);
        return true;
    case FAULT_CUT_AFTER:
        fake_api_cut(cluster->api); /* so that the answer can't be sent */
        return false;
    case FAULT_NO_JSON:
        fake_reply(call, 200, NULL, "<html>it works</html>");
        return true;
    case FAULT_NO_OBJECT:
        fake_reply(call, 200, NULL, "{\"metadata\": {}}");
        return true;
    default:
        return false;
    }
}

static void answer(void *test, struct fake_call *call)
{
    struct certs_cluster *cluster = test;
    size_t kind = kind_of(call);
    size_t number;
    bool faulty;

    pthread_mutex_lock(&cluster->lock);
    number = cluster->requests++;
    text_addf(&cluster->log, "%s %s\n", fake_call_method(call),
              kind < UNKNOWN ? kinds[kind].shown : fake_call_path(call));
    pthread_mutex_unlock(&cluster->lock);
    if (cluster->before_request)
        cluster->before_request(cluster, number);
    pthread_mutex_lock(&cluster->lock);
    faulty = number >= cluster->fault_at && number - cluster->fault_at < cluster->fault_count;
    if (!faulty || !fail(cluster, call, cluster->fault))
        serve(cluster, call);
    pthread_mutex_unlock(&cluster->lock);
}

/* --- tasks ----------------------------------------------------------------------------------- */

struct api_client *certs_cluster_client(struct certs_cluster *cluster)
{
    struct error err;
    struct api_client *client = api_client_new(&cluster->config, &err);

    if (!client)
        die(err.message);
    return client;
}

struct webhook_certificate certs_cluster_task(struct api_client *client,
                                              void (*did)(const char *line))
{
    return (struct webhook_certificate){
        .api = {.client = client, .patience = {30000, 30000, 30000, 1, 4}},
        .secret = {"ns", "tls"},
        .configuration = "webhook",
        .hosts = STR(CERTS_CLUSTER_HOST),
        .days = 365,
        .now = CERTS_CLUSTER_NOW,
        .settle_ms = 1,
        .did = did,
    };
}

/* A task can say nothing about itself but the line. */
static struct certs_cluster *reporting;

static void report_line(const char *line)
{
    text_addf(&reporting->report, "%s\n", line);
}

/* --- life ------------------------------------------------------------------------------------ */

void certs_cluster_rewind(struct certs_cluster *cluster)
{
    text_cut(&cluster->log, 0);
    text_cut(&cluster->report, 0);
    cluster->requests = 0;
    cluster->fault_count = 0;
    cluster->before_request = NULL;
    cluster->distrusted = 0;
}

/* Away with all objects. */
static void clear(struct certs_cluster *cluster)
{
    certs_cluster_drop_secret(cluster);
    json_decref(cluster->configurations[0]);
    json_decref(cluster->configurations[1]);
    free(cluster->pair);
    free(cluster->pair_before);
    cluster->configurations[0] = cluster->configurations[1] = NULL;
    cluster->pair = cluster->pair_before = NULL;
}

void certs_cluster_reset(struct certs_cluster *cluster)
{
    clear(cluster);
    for (size_t i = 0; i < 2; i++) {
        char *text = strdup(configuration_text);

        for (char *c = text; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        cluster->configurations[i] = json_loads(text, 0, NULL);
        free(text);
        if (!cluster->configurations[i])
            die("a bad configuration");
        set_version(cluster, cluster->configurations[i]);
    }
    cluster->was_trusted = false;
    cluster->task = certs_cluster_task(cluster->client, report_line);
    certs_cluster_rewind(cluster);
}

void certs_cluster_start(struct certs_cluster *cluster)
{
    *cluster = (struct certs_cluster){.log = TEXT_INIT(1 << 20), .report = TEXT_INIT(65536)};
    pthread_mutex_init(&cluster->lock, NULL);
    cluster->api = fake_api_start(answer, cluster);
    if (!(cluster->config.server = strdup(fake_api_url(cluster->api))) ||
        !(cluster->config.ca_pem = strdup(fake_api_ca_pem(cluster->api))))
        die("out of memory");
    cluster->client = certs_cluster_client(cluster);
    certs_cluster_reset(cluster);
    reporting = cluster;
}

void certs_cluster_stop(struct certs_cluster *cluster)
{
    api_client_free(cluster->client);
    fake_api_stop(cluster->api);
    cluster_config_clear(&cluster->config);
    clear(cluster);
    text_free(&cluster->log);
    text_free(&cluster->report);
    pthread_mutex_destroy(&cluster->lock);
}
