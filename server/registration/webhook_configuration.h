/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ValidatingWebhookConfiguration or a MutatingWebhookConfiguration, as far as its caBundles go:
 * the CAs by which the API server knows the server behind each webhook. Only webhooks that are
 * called through a Service count; one with a URL has a certificate of somebody else.
 *
 * Needs the verbs get and patch on the object.
 */
#ifndef SERVER_REGISTRATION_WEBHOOK_CONFIGURATION_H
#define SERVER_REGISTRATION_WEBHOOK_CONFIGURATION_H

#include "certs/stored.h"
#include "server/api/api_retry.h"

#include <jansson.h>
#include <stdbool.h>

enum webhook_configuration_kind {
    WEBHOOK_CONFIGURATION_VALIDATING,
    WEBHOOK_CONFIGURATION_MUTATING,
    WEBHOOK_CONFIGURATION_KINDS
};

/* "validatingwebhookconfiguration" or "mutatingwebhookconfiguration", as kubectl writes it. */
const char *webhook_configuration_kind_name(enum webhook_configuration_kind kind);

struct webhook_configuration {
    enum webhook_configuration_kind kind;
    const char *name; /* borrowed: a name that the API server allows */
    json_t *object;   /* owned; NULL: not read, or there is none */
};

void webhook_configuration_clear(struct webhook_configuration *configuration);
#define CLEANUP_WEBHOOK_CONFIGURATION __attribute__((cleanup(webhook_configuration_clear)))

/* Reads what `configuration` names into its `object`, which is NULL when there is none. */
bool webhook_configuration_get(const struct api_retry *api,
                               struct webhook_configuration *configuration, struct error *err);

/* The two of one name. */
struct webhook_configurations {
    struct webhook_configuration items[WEBHOOK_CONFIGURATION_KINDS];
};

void webhook_configurations_clear(struct webhook_configurations *both);
#define CLEANUP_WEBHOOK_CONFIGURATIONS __attribute__((cleanup(webhook_configurations_clear)))

/* Reads both. A message that names what is missing unless both are there. */
bool webhook_configurations_get(const struct api_retry *api, const char *name,
                                struct webhook_configurations *both, struct error *err);

/* Adds the CAs in its caBundles to `known`. */
void webhook_configuration_collect(const struct webhook_configuration *configuration,
                                   struct certs_chain *known);

/* How many webhooks it has that are called through a Service. */
size_t webhook_configuration_count(const struct webhook_configuration *configuration);

enum webhook_configuration_result {
    WEBHOOK_CONFIGURATION_AS_IT_WAS, /* it had these caBundles already */
    WEBHOOK_CONFIGURATION_SET,
    WEBHOOK_CONFIGURATION_CHANGED, /* it is not the object that was read any more */
    WEBHOOK_CONFIGURATION_FAILED,
};

/*
 * Makes `ca_pem` the caBundle of each webhook that has another one and is called through a Service,
 * and touches nothing else. `err` is set for the last two results.
 */
enum webhook_configuration_result
webhook_configuration_set(const struct api_retry *api,
                          const struct webhook_configuration *configuration, const char *ca_pem,
                          struct error *err);

#endif
