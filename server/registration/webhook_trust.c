/* SPDX-License-Identifier: Apache-2.0 */
#include "server/registration/webhook_trust.h"

#include "certs/stored.h"
#include "server/registration/webhook_configuration.h"
#include "server/registration/webhook_report.h"

#include <stdlib.h>
#include <string.h>

/* Others may write at the same time, but that often in a row is no coincidence. */
#define TRIES_MAX 8

/* The caBundle that the Secret stands for; NULL: the Secret is not the one that is wanted. */
static char *current_trust(const struct webhook_certificate *task,
                           const struct webhook_trust *trust, struct error *err)
{
    CLEANUP_SECRET struct secret secret = {.resource_version = NULL};
    enum secret_result result = secret_get(&task->api, &task->secret, &secret, err);
    struct certs_stored stored;
    char *pem;

    if (result == SECRET_DONE && trust->version &&
        strcmp(trust->version, secret.resource_version) != 0)
        result = SECRET_CHANGED;
    if (result != SECRET_DONE) {
        webhook_report_failure(task, result, err);
        return NULL;
    }
    stored = secret_stored(&secret);
    if (trust->version)
        stored.tls_crt = (struct str){NULL, 0};
    pem = certs_stored_trust(&stored, err);
    if (!pem)
        error_wrap(err, "secret %s/%s", task->secret.namespace, task->secret.name);
    return pem;
}

/* The caBundle that holds the new CAs beside those that are trusted already. */
static char *extended_trust(const struct webhook_certificate *task,
                            const struct webhook_configuration *configuration,
                            const struct webhook_trust *trust, struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain known = {.count = 0};

    webhook_configuration_collect(configuration, &known);
    return certs_stored_overlap(str_from(trust->new_cas), &known, (struct str){NULL, 0}, task->now,
                                err);
}

static void tell_trust(const struct webhook_certificate *task,
                       const struct webhook_configuration *configuration, bool wrote,
                       const struct webhook_trust *trust)
{
    size_t count = webhook_configuration_count(configuration);
    const char *kind = webhook_configuration_kind_name(configuration->kind);

    if (wrote)
        webhook_report(task, "%s %s patched: its caBundles (%zu) hold the CA %s secret %s/%s%s",
                       kind, configuration->name, count, trust->new_cas ? "that" : "of",
                       task->secret.namespace, task->secret.name, trust->new_cas ? " gets" : "");
    else if (trust->tell_unchanged && count > 0)
        webhook_report(task, "%s %s left alone: its caBundles (%zu) hold the CA of secret %s/%s",
                       kind, configuration->name, count, task->secret.namespace, task->secret.name);
    else if (trust->tell_unchanged)
        webhook_report(task, "%s %s left alone: it has no webhook that is called through a Service",
                       kind, configuration->name);
}

/*
 * Reads the configuration, then the Secret, and then writes: so what is written is never older than
 * what another one wrote there from a newer Secret. CHANGED: to be done again.
 */
static enum webhook_configuration_result trust_once(const struct webhook_certificate *task,
                                                    struct webhook_configuration *configuration,
                                                    const struct webhook_trust *trust,
                                                    struct error *err)
{
    enum webhook_configuration_result result = WEBHOOK_CONFIGURATION_FAILED;
    char *pem;

    if (!webhook_configuration_get(&task->api, configuration, err))
        return result;
    if (!configuration->object) {
        error_set(err, "%s %s was deleted meanwhile: install it first",
                  webhook_configuration_kind_name(configuration->kind), configuration->name);
        return result;
    }
    pem = trust->new_cas ? extended_trust(task, configuration, trust, err)
                         : current_trust(task, trust, err);
    if (pem)
        result = webhook_configuration_set(&task->api, configuration, pem, err);
    free(pem);
    return result;
}

static bool trust_in(const struct webhook_certificate *task, enum webhook_configuration_kind kind,
                     struct webhook_trust *trust, struct error *err)
{
    CLEANUP_WEBHOOK_CONFIGURATION struct webhook_configuration configuration = {
        .kind = kind, .name = task->configuration};
    enum webhook_configuration_result result = WEBHOOK_CONFIGURATION_CHANGED;
    bool repeated = false;

    for (int i = 0; i < TRIES_MAX && result == WEBHOOK_CONFIGURATION_CHANGED; i++) {
        repeated = i > 0;
        result = trust_once(task, &configuration, trust, err);
    }
    if (result == WEBHOOK_CONFIGURATION_FAILED || result == WEBHOOK_CONFIGURATION_CHANGED)
        return false;
    /* As it was after a conflict: a write of before got through though its answer did not. */
    repeated |= result == WEBHOOK_CONFIGURATION_SET;
    tell_trust(task, &configuration, repeated, trust);
    trust->wrote |= repeated;
    return true;
}

bool webhook_trust_make(const struct webhook_certificate *task, struct webhook_trust *trust,
                        struct error *err)
{
    for (size_t i = 0; i < WEBHOOK_CONFIGURATION_KINDS; i++) {
        if (!trust_in(task, (enum webhook_configuration_kind)i, trust, err))
            return false;
    }
    return true;
}
