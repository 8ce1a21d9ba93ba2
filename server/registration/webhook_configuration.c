/* SPDX-License-Identifier: Apache-2.0 */
#include "server/registration/webhook_configuration.h"

#include "base/text.h"
#include "certs/base64.h"
#include "server/documents/json_member.h"
#include "server/documents/json_reader.h"
#include "server/documents/json_write.h"

#include <stdio.h>
#include <stdlib.h>

/* A name has at most 253 characters, and the rest is fixed. */
#define PATH_SIZE 512

static const struct {
    const char *name;
    const char *path;
} kinds[WEBHOOK_CONFIGURATION_KINDS] = {
    [WEBHOOK_CONFIGURATION_VALIDATING] =
        {"validatingwebhookconfiguration",
         "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"},
    [WEBHOOK_CONFIGURATION_MUTATING] =
        {"mutatingwebhookconfiguration",
         "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"},
};

const char *webhook_configuration_kind_name(enum webhook_configuration_kind kind)
{
    return kinds[kind].name;
}

void webhook_configuration_clear(struct webhook_configuration *configuration)
{
    json_decref(configuration->object);
    configuration->object = NULL;
}

/* --- the webhooks in it ---------------------------------------------------------------------- */

/* NULL: not called through a Service. */
static const json_t *service_client(const json_t *webhook)
{
    const json_t *client = json_object_get(webhook, "clientConfig");

    return json_is_object(json_object_get(client, "service")) ? client : NULL;
}

/* An absent caBundle is the absent str. */
static struct str ca_bundle(const json_t *webhook)
{
    return json_member_str(service_client(webhook), "caBundle");
}

void webhook_configuration_collect(const struct webhook_configuration *configuration,
                                   struct certs_chain *known)
{
    const json_t *webhooks = json_object_get(configuration->object, "webhooks");
    struct str last = {NULL, 0};
    struct error unused;

    for (size_t i = 0; i < json_array_size(webhooks); i++) {
        struct str base64 = ca_bundle(json_array_get(webhooks, i));
        char *pem;

        if (!base64.data || str_equal(base64, last))
            continue;
        pem = certs_base64_decode(base64, &unused);
        certs_known_add(known, str_from(pem));
        certs_wipe_and_free(pem);
        last = base64;
    }
}

size_t webhook_configuration_count(const struct webhook_configuration *configuration)
{
    const json_t *webhooks = json_object_get(configuration->object, "webhooks");
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(webhooks); i++)
        count += service_client(json_array_get(webhooks, i)) != NULL;
    return count;
}

/* --- requests -------------------------------------------------------------------------------- */

static bool in_configuration(const struct webhook_configuration *configuration, struct error *err)
{
    return error_wrap(err, "%s %s", kinds[configuration->kind].name, configuration->name);
}

static void make_path(const struct webhook_configuration *configuration, const char *query,
                      char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/%s%s", kinds[configuration->kind].path, configuration->name,
             query);
}

static bool read_reply(const struct api_reply *reply, json_t **ret_object, struct error *err)
{
    json_t *object = NULL;

    if (json_read(reply->body, reply->len, &object, err) != JSON_READ)
        return error_wrap(err, "the API server's answer");
    if (!json_metadata_str(object, "resourceVersion").data) {
        json_decref(object);
        return error_set(err, "the API server's answer is no such object");
    }
    *ret_object = object;
    return true;
}

bool webhook_configuration_get(const struct api_retry *api,
                               struct webhook_configuration *configuration, struct error *err)
{
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    char path[PATH_SIZE];

    webhook_configuration_clear(configuration);
    make_path(configuration, "", path);
    if (!api_retry_call(api, &(struct api_request){.method = "GET", .path = path}, &reply, err))
        return in_configuration(configuration, err);
    if (reply.status == 404)
        return true;
    if (reply.status != 200) {
        api_reply_error(&reply, "the API server answers", err);
        return in_configuration(configuration, err);
    }
    return read_reply(&reply, &configuration->object, err) || in_configuration(configuration, err);
}

/* --- both ------------------------------------------------------------------------------------ */

void webhook_configurations_clear(struct webhook_configurations *both)
{
    for (size_t i = 0; i < WEBHOOK_CONFIGURATION_KINDS; i++)
        webhook_configuration_clear(&both->items[i]);
}

bool webhook_configurations_get(const struct api_retry *api, const char *name,
                                struct webhook_configurations *both, struct error *err)
{
    CLEANUP_TEXT struct text missing = TEXT_INIT(128);

    for (size_t i = 0; i < WEBHOOK_CONFIGURATION_KINDS; i++) {
        struct webhook_configuration *item = &both->items[i];

        webhook_configuration_clear(item);
        item->kind = (enum webhook_configuration_kind)i;
        item->name = name;
        if (!webhook_configuration_get(api, item, err))
            return false;
        if (!item->object)
            text_addf(&missing, "%s%s", missing.len > 0 ? " and no " : "", kinds[i].name);
    }
    if (missing.failed)
        return error_no_memory(err);
    return missing.len == 0 ||
           error_set(err, "there is no %s %s: install it first", text_get(&missing), name);
}

/* --- changing it ----------------------------------------------------------------------------- */

/*
 * The webhooks that differ, for a strategic merge patch: an item is merged with the one of its
 * `name`, so nothing else of the configuration is touched. NULL: out of memory.
 */
static json_t *differing_webhooks(const struct webhook_configuration *configuration,
                                  const char *base64)
{
    const json_t *webhooks = json_object_get(configuration->object, "webhooks");
    json_t *differing = json_array();

    for (size_t i = 0; i < json_array_size(webhooks); i++) {
        const json_t *webhook = json_array_get(webhooks, i);

        if (!service_client(webhook) || str_equal(ca_bundle(webhook), str_from(base64)))
            continue;
        if (json_array_append_new(differing, json_pack("{s:O, s:{s:s}}", "name",
                                                       json_object_get(webhook, "name"),
                                                       "clientConfig", "caBundle", base64)) != 0) {
            json_decref(differing);
            return NULL;
        }
    }
    return differing;
}

/* Steals `webhooks`. The resourceVersion is what the object must still have (409 if not). */
static char *write_patch(const struct webhook_configuration *configuration, json_t *webhooks)
{
    json_t *metadata = json_object_get(configuration->object, "metadata");
    json_t *patch = json_pack("{s:{s:O}, s:o}", "metadata", "resourceVersion",
                              json_object_get(metadata, "resourceVersion"), "webhooks", webhooks);
    char *text = patch ? json_write(patch) : NULL;

    json_decref(patch);
    return text;
}

static enum webhook_configuration_result
send_patch(const struct api_retry *api, const struct webhook_configuration *configuration,
           const char *patch, struct error *err)
{
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    char path[PATH_SIZE];
    const struct api_request request = {
        .method = "PATCH",
        .path = path,
        .content_type = "application/strategic-merge-patch+json",
        .body = str_from(patch),
    };

    /* Who this program is in the managedFields of what it writes. */
    make_path(configuration, "?fieldManager=hostdev-webhook-certs", path);
    if (!api_retry_call(api, &request, &reply, err))
        return WEBHOOK_CONFIGURATION_FAILED;
    if (reply.status / 100 == 2)
        return WEBHOOK_CONFIGURATION_SET;
    api_reply_error(&reply, "the API server answers", err);
    return reply.status == 409 ? WEBHOOK_CONFIGURATION_CHANGED : WEBHOOK_CONFIGURATION_FAILED;
}

static enum webhook_configuration_result
set_base64(const struct api_retry *api, const struct webhook_configuration *configuration,
           const char *base64, struct error *err)
{
    enum webhook_configuration_result result = WEBHOOK_CONFIGURATION_FAILED;
    json_t *webhooks = differing_webhooks(configuration, base64);
    char *patch;

    if (webhooks && json_array_size(webhooks) == 0) {
        json_decref(webhooks);
        return WEBHOOK_CONFIGURATION_AS_IT_WAS;
    }
    patch = webhooks ? write_patch(configuration, webhooks) : NULL;
    if (patch)
        result = send_patch(api, configuration, patch, err);
    else
        error_no_memory(err);
    free(patch);
    return result;
}

enum webhook_configuration_result
webhook_configuration_set(const struct api_retry *api,
                          const struct webhook_configuration *configuration, const char *ca_pem,
                          struct error *err)
{
    char *base64 = certs_base64_encode(str_from(ca_pem), err);
    enum webhook_configuration_result result = WEBHOOK_CONFIGURATION_FAILED;

    if (base64)
        result = set_base64(api, configuration, base64, err);
    if (result == WEBHOOK_CONFIGURATION_CHANGED || result == WEBHOOK_CONFIGURATION_FAILED)
        in_configuration(configuration, err);
    free(base64);
    return result;
}
