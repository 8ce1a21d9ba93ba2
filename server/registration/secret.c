/* SPDX-License-Identifier: Apache-2.0 */
#include "server/registration/secret.h"

#include "certs/base64.h"
#include "server/documents/json_member.h"
#include "server/documents/json_reader.h"
#include "server/documents/json_write.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A namespace has at most 63 characters, a name 253, and the rest is fixed. */
#define PATH_SIZE 512

/* Who this program is in the managedFields of what it writes. */
#define FIELD_MANAGER "?fieldManager=hostdev-webhook-certs"

/* The parts: their keys, and where they are in the two structs. */
static const struct part {
    const char *key;
    size_t in_secret; /* a char * */
    size_t in_stored; /* a struct str */
} parts[] = {
    {"ca.crt", offsetof(struct secret, ca_crt), offsetof(struct certs_stored, ca_crt)},
    {"tls.crt", offsetof(struct secret, tls_crt), offsetof(struct certs_stored, tls_crt)},
    {"tls.key", offsetof(struct secret, tls_key), offsetof(struct certs_stored, tls_key)},
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

static char **part_of(struct secret *secret, const struct part *part)
{
    return (char **)(void *)((char *)secret + part->in_secret);
}

static struct str wanted_part(const struct certs_stored *stored, const struct part *part)
{
    return *(const struct str *)(const void *)((const char *)stored + part->in_stored);
}

void secret_clear(struct secret *secret)
{
    free(secret->resource_version);
    for (size_t i = 0; i < PART_COUNT; i++)
        certs_wipe_and_free(*part_of(secret, &parts[i]));
    *secret = (struct secret){.resource_version = NULL};
}

struct certs_stored secret_stored(const struct secret *secret)
{
    return (struct certs_stored){str_from(secret->ca_crt), str_from(secret->tls_crt),
                                 str_from(secret->tls_key)};
}

/* --- what must not stay in memory ------------------------------------------------------------ */

static void wipe_reply(struct api_reply *reply)
{
    if (reply->body)
        explicit_bzero(reply->body, reply->len);
    api_reply_clear(reply);
}
#define CLEANUP_SECRET_REPLY __attribute__((cleanup(wipe_reply)))

/* The strings in `data` of the Secret are wiped: jansson hands out its own memory. */
static void wipe_object(json_t **object)
{
    json_t *data = json_object_get(*object, "data");
    const char *key;
    json_t *value;

    json_object_foreach(data, key, value) {
        struct str text = json_member_str(data, key);

        if (text.data)
            explicit_bzero((void *)(uintptr_t)text.data, text.len);
    }
    json_decref(*object);
}
#define CLEANUP_SECRET_OBJECT __attribute__((cleanup(wipe_object)))

static void wipe_text(char **text)
{
    certs_wipe_and_free(*text);
}
#define CLEANUP_SECRET_TEXT __attribute__((cleanup(wipe_text)))

/* --- reading --------------------------------------------------------------------------------- */

/* A part that is no PEM text counts as absent: it is of no use, whatever it is. */
static bool read_part(const json_t *object, const struct part *part, struct secret *secret,
                      struct error *err)
{
    struct str base64 = json_member_str(json_object_get(object, "data"), part->key);
    struct error unreadable = {.no_memory = false};
    char *text = base64.data ? certs_base64_decode(base64, &unreadable) : NULL;

    *part_of(secret, part) = text;
    return !unreadable.no_memory || error_no_memory(err);
}

static bool read_object(const json_t *object, struct secret *ret_secret, struct error *err)
{
    struct secret secret = {.resource_version = NULL};
    struct str version = json_metadata_str(object, "resourceVersion");
    bool good = version.len > 0 || error_set(err, "the API server's answer is not a Secret");

    if (good && !(secret.resource_version = strdup(version.data)))
        good = error_no_memory(err);
    for (size_t i = 0; good && i < PART_COUNT; i++)
        good = read_part(object, &parts[i], &secret, err);
    if (good)
        *ret_secret = secret;
    else
        secret_clear(&secret);
    return good;
}

static bool read_reply(const struct api_reply *reply, struct secret *ret_secret, struct error *err)
{
    CLEANUP_SECRET_OBJECT json_t *object = NULL;

    if (json_read(reply->body, reply->len, &object, err) != JSON_READ)
        return error_wrap(err, "the API server's answer");
    return read_object(object, ret_secret, err);
}

/* --- writing --------------------------------------------------------------------------------- */

static bool add_part(json_t *data, const struct part *part, struct str pem, struct error *err)
{
    CLEANUP_SECRET_TEXT char *base64 = pem.data ? certs_base64_encode(pem, err) : NULL;

    if (!pem.data)
        return true;
    return base64 &&
           (json_object_set_new(data, part->key, json_string(base64)) == 0 || error_no_memory(err));
}

/* Steals `object`, which gets the parts as its `data`. The text is to be wiped. */
static char *write_object(json_t *object, const struct certs_stored *stored, struct error *err)
{
    CLEANUP_SECRET_OBJECT json_t *owned = object;
    json_t *data = json_object();
    char *text;

    if (json_object_set_new(owned, "data", data) != 0) {
        error_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (!add_part(data, &parts[i], wanted_part(stored, &parts[i]), err))
            return NULL;
    }
    text = json_write(owned);
    if (!text)
        error_no_memory(err);
    return text;
}

/* --- requests -------------------------------------------------------------------------------- */

static void make_path(const struct secret_name *name, bool with_name, const char *query,
                      char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "/api/v1/namespaces/%s/secrets%s%s%s", name->namespace,
             with_name ? "/" : "", with_name ? name->name : "", query);
}

/* Sends the request and reads the Secret that is the answer. */
static enum secret_result call(const struct api_retry *api, const struct api_request *request,
                               struct secret *ret_secret, struct error *err)
{
    CLEANUP_SECRET_REPLY struct api_reply reply = {.status = 0};

    if (!api_retry_call(api, request, &reply, err))
        return SECRET_FAILED;
    if (reply.status / 100 == 2)
        return read_reply(&reply, ret_secret, err) ? SECRET_DONE : SECRET_FAILED;
    api_reply_error(&reply, "the API server answers", err);
    if (reply.status == 404)
        return SECRET_ABSENT;
    return reply.status == 409 ? SECRET_CHANGED : SECRET_FAILED;
}

/* Puts the Secret's name in front of the message. */
static enum secret_result named(const struct secret_name *name, enum secret_result result,
                                struct error *err)
{
    if (result != SECRET_DONE)
        error_wrap(err, "secret %s/%s", name->namespace, name->name);
    return result;
}

enum secret_result secret_get(const struct api_retry *api, const struct secret_name *name,
                              struct secret *ret_secret, struct error *err)
{
    char path[PATH_SIZE];

    make_path(name, true, "", path);
    return named(name,
                 call(api, &(struct api_request){.method = "GET", .path = path}, ret_secret, err),
                 err);
}

static enum secret_result send_object(const struct api_retry *api,
                                      const struct api_request *request, json_t *object,
                                      const struct certs_stored *stored, struct secret *ret_secret,
                                      struct error *err)
{
    CLEANUP_SECRET_TEXT char *body = write_object(object, stored, err);
    struct api_request complete = *request;

    if (!body)
        return SECRET_FAILED;
    complete.body = str_from(body);
    return call(api, &complete, ret_secret, err);
}

enum secret_result secret_create(const struct api_retry *api, const struct secret_name *name,
                                 const struct certs_stored *stored, struct error *err)
{
    CLEANUP_SECRET struct secret created = {.resource_version = NULL};
    char path[PATH_SIZE];
    const struct api_request request = {
        .method = "POST", .path = path, .content_type = "application/json"};
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:{s:s}}}", "apiVersion", "v1", "kind", "Secret",
                  "type", "kubernetes.io/tls", "metadata", "namespace", name->namespace, "name",
                  name->name, "labels", "app.kubernetes.io/name", "hostdev-webhook");

    make_path(name, false, FIELD_MANAGER, path);
    return named(name, send_object(api, &request, object, stored, &created, err), err);
}

/* True when the Secret has each part that `stored` gives: an earlier try got through unanswered. */
static bool has_parts(struct secret *secret, const struct certs_stored *stored)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        struct str part = wanted_part(stored, &parts[i]);

        if (part.data && !str_equal(part, str_from(*part_of(secret, &parts[i]))))
            return false;
    }
    return true;
}

enum secret_result secret_patch(const struct api_retry *api, const struct secret_name *name,
                                const struct certs_stored *stored, struct secret *secret,
                                struct error *err)
{
    CLEANUP_SECRET struct secret changed = {.resource_version = NULL};
    struct error unused;
    char path[PATH_SIZE];
    /* A resourceVersion in a patch is what the object must still have (409 if not). */
    const struct api_request request = {
        .method = "PATCH", .path = path, .content_type = "application/merge-patch+json"};
    json_t *object =
        json_pack("{s:{s:s}}", "metadata", "resourceVersion", secret->resource_version);
    enum secret_result result;

    make_path(name, true, FIELD_MANAGER, path);
    result = send_object(api, &request, object, stored, &changed, err);
    if (result == SECRET_CHANGED && secret_get(api, name, &changed, &unused) == SECRET_DONE &&
        has_parts(&changed, stored))
        result = SECRET_DONE;
    if (result == SECRET_DONE) {
        secret_clear(secret);
        *secret = changed;
        changed = (struct secret){.resource_version = NULL};
    }
    return named(name, result, err);
}
