/* SPDX-License-Identifier: Apache-2.0 */
#include "server/registration/webhook_certificate.h"

#include "certs/issue.h"
#include "certs/pem.h"
#include "certs/stored.h"
#include "server/monotonic.h"
#include "server/registration/webhook_configuration.h"
#include "server/registration/webhook_report.h"
#include "server/registration/webhook_trust.h"

#include <stdlib.h>

/* Others may write at the same time, but that often in a row is no coincidence. */
#define TRIES_MAX 8

struct date {
    char text[32];
};

static struct date date_of(time_t when)
{
    struct date date = {""};
    struct tm utc;

    if (gmtime_r(&when, &utc))
        strftime(date.text, sizeof date.text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return date;
}

/* --- a new pair ------------------------------------------------------------------------------ */

struct fresh {
    struct certs_bundle bundle; /* without the CA's key */
    struct certs_stored parts;  /* borrowed from the bundle */
    struct certs_life life;
};

static bool make_fresh(const struct webhook_certificate *task, struct fresh *ret_fresh,
                       struct error *err)
{
    const struct certs_request request = {task->hosts, task->days, task->now};
    struct fresh fresh;

    if (!certs_generate(&request, &fresh.bundle, err))
        return false;
    certs_wipe_and_free(fresh.bundle.ca_key);
    fresh.bundle.ca_key = NULL;
    fresh.parts =
        (struct certs_stored){str_from(fresh.bundle.ca_crt), str_from(fresh.bundle.tls_crt),
                              str_from(fresh.bundle.tls_key)};
    if (!certs_stored_check(&fresh.parts, task->hosts, task->now, &fresh.life, err)) {
        certs_bundle_free(&fresh.bundle);
        return error_wrap(err, "a new pair");
    }
    *ret_fresh = fresh;
    return true;
}

static void fresh_free(struct fresh *fresh)
{
    certs_bundle_free(&fresh->bundle);
}
#define CLEANUP_FRESH __attribute__((cleanup(fresh_free)))

/* --- create ---------------------------------------------------------------------------------- */

static enum secret_result create_from(const struct webhook_certificate *task,
                                      const struct fresh *fresh, struct error *err)
{
    enum secret_result result = secret_create(&task->api, &task->secret, &fresh->parts, err);

    if (result == SECRET_DONE)
        webhook_report_secret(task, "created, valid until %s", date_of(fresh->life.not_after).text);
    return result;
}

static enum secret_result create_new(const struct webhook_certificate *task, struct error *err)
{
    CLEANUP_FRESH struct fresh fresh = {.bundle = {.ca_crt = NULL}};

    return make_fresh(task, &fresh, err) ? create_from(task, &fresh, err) : SECRET_FAILED;
}

static bool accept_present(const struct webhook_certificate *task, const struct secret *secret,
                           struct error *err)
{
    const struct certs_stored stored = secret_stored(secret);
    struct certs_life life;

    if (certs_stored_check(&stored, task->hosts, task->now, &life, err)) {
        webhook_report_secret(task, "left alone: it holds a good pair, valid until %s",
                              date_of(life.not_after).text);
        return true;
    }
    return error_wrap(err,
                      "secret %s/%s is there, but not good, and \"certs renew\" would replace it",
                      task->secret.namespace, task->secret.name);
}

bool webhook_certificate_create(const struct webhook_certificate *task, struct error *err)
{
    enum secret_result result = SECRET_CHANGED;

    /* Another one may make it, or delete it, between the two requests. */
    for (int i = 0; i < TRIES_MAX && result == SECRET_CHANGED; i++) {
        CLEANUP_SECRET struct secret secret = {.resource_version = NULL};

        result = secret_get(&task->api, &task->secret, &secret, err);
        if (result == SECRET_DONE)
            return accept_present(task, &secret, err);
        if (result == SECRET_ABSENT)
            result = create_new(task, err);
    }
    return result == SECRET_DONE;
}

/* --- patch ----------------------------------------------------------------------------------- */

bool webhook_certificate_patch(const struct webhook_certificate *task, struct error *err)
{
    CLEANUP_WEBHOOK_CONFIGURATIONS struct webhook_configurations both = {
        .items = {{.object = NULL}}};
    struct webhook_trust trust = {.tell_unchanged = true};

    return webhook_configurations_get(&task->api, task->configuration, &both, err) &&
           webhook_trust_make(task, &trust, err);
}

/* --- renew ----------------------------------------------------------------------------------- */

/* Returns once nobody has put other caBundles in the place of ours while they spread. */
static bool settle_trust(const struct webhook_certificate *task, const struct webhook_trust *wanted,
                         struct error *err)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        struct webhook_trust trust = *wanted;

        if (!webhook_trust_make(task, &trust, err))
            return false;
        if (i > 0 && !trust.wrote)
            return true;
        monotonic_sleep(task->settle_ms);
    }
    return error_set(err,
                     "something keeps changing the caBundles of the webhook configurations %s "
                     "back: no new pair was put into use",
                     task->configuration);
}

/*
 * The CAs to trust from now on, for free(). If servers may use the pair in the Secret (`is_good`),
 * nothing that would make clients refuse it leaves this function, whatever went wrong before.
 */
static char *make_overlap(const struct webhook_certificate *task, const struct secret *secret,
                          bool is_good, const struct webhook_configurations *both,
                          const char *new_ca, struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain known = {.count = 0};
    struct certs_stored old_pair = secret_stored(secret);
    char *overlap, *trusted;

    certs_known_add(&known, str_from(secret->ca_crt));
    for (size_t i = 0; i < WEBHOOK_CONFIGURATION_KINDS; i++)
        webhook_configuration_collect(&both->items[i], &known);
    overlap =
        certs_stored_overlap(str_from(new_ca), &known, str_from(secret->tls_crt), task->now, err);
    if (!overlap || !is_good)
        return overlap;
    old_pair.ca_crt = str_from(overlap);
    trusted = certs_stored_trust(&old_pair, err);
    free(overlap);
    return trusted;
}

/* Sets the given parts of the Secret. */
static bool write_parts(const struct webhook_certificate *task, struct secret *secret,
                        const struct certs_stored *parts, struct error *err)
{
    enum secret_result result = secret_patch(&task->api, &task->secret, parts, secret, err);

    return result == SECRET_DONE || webhook_report_failure(task, result, err);
}

static bool replace(const struct webhook_certificate *task, struct secret *secret, bool is_good,
                    const struct webhook_configurations *both, struct error *err)
{
    CLEANUP_FRESH struct fresh fresh = {.bundle = {.ca_crt = NULL}};
    struct certs_stored trusted = {.ca_crt = {NULL, 0}};
    struct webhook_trust trust = {.version = NULL};
    struct certs_stored pair;
    char *overlap;
    bool done;

    if (!make_fresh(task, &fresh, err) ||
        !(overlap = make_overlap(task, secret, is_good, both, fresh.bundle.ca_crt, err)))
        return false;
    trusted.ca_crt = str_from(overlap);
    done = write_parts(task, secret, &trusted, err);
    free(overlap);
    if (!done)
        return false;
    webhook_report_secret(task, "%s", "patched: its ca.crt begins with a new CA");
    trust.version = secret->resource_version;
    if (!settle_trust(task, &trust, err))
        return false;
    pair = (struct certs_stored){.tls_crt = fresh.parts.tls_crt, .tls_key = fresh.parts.tls_key};
    if (!write_parts(task, secret, &pair, err))
        return false;
    webhook_report_secret(task, "renewed, valid until %s", date_of(fresh.life.not_after).text);
    return true;
}

enum verdict { LEFT_ALONE, DUE, NOT_GOOD, UNKNOWN };

/* What is to become of the pair; UNKNOWN: out of memory. */
static enum verdict judge(const struct webhook_certificate *task, const struct secret *secret,
                          bool force, struct error *err)
{
    const struct certs_stored stored = secret_stored(secret);
    struct certs_life life;
    struct error why;

    if (!certs_stored_check(&stored, task->hosts, task->now, &life, &why)) {
        if (why.no_memory) {
            error_no_memory(err);
            return UNKNOWN;
        }
        webhook_report_secret(task, "is not good and gets a new pair: %s", why.message);
        return NOT_GOOD;
    }
    if (force || task->now >= life.due)
        return DUE;
    webhook_report_secret(task, "left alone: valid until %s, to be renewed from %s on",
                          date_of(life.not_after).text, date_of(life.due).text);
    return LEFT_ALONE;
}

static bool renew_present(const struct webhook_certificate *task, struct secret *secret, bool force,
                          struct error *err)
{
    CLEANUP_WEBHOOK_CONFIGURATIONS struct webhook_configurations both = {
        .items = {{.object = NULL}}};
    struct webhook_trust trust = {.version = NULL};

    if (!webhook_configurations_get(&task->api, task->configuration, &both, err))
        return false;
    switch (judge(task, secret, force, err)) {
    case LEFT_ALONE:
        return webhook_trust_make(task, &trust, err);
    case DUE:
        return replace(task, secret, true, &both, err);
    case NOT_GOOD:
        return replace(task, secret, false, &both, err);
    case UNKNOWN:
        break;
    }
    return false;
}

/* Trusts first and creates then, so no server starts with a pair that nobody trusts. */
static enum secret_result create_trusted(const struct webhook_certificate *task, struct error *err)
{
    CLEANUP_FRESH struct fresh fresh = {.bundle = {.ca_crt = NULL}};
    CLEANUP_WEBHOOK_CONFIGURATIONS struct webhook_configurations both = {
        .items = {{.object = NULL}}};
    const struct secret nothing = {.resource_version = NULL};
    enum secret_result result = SECRET_FAILED;
    char *overlap;

    if (!webhook_configurations_get(&task->api, task->configuration, &both, err) ||
        !make_fresh(task, &fresh, err) ||
        !(overlap = make_overlap(task, &nothing, false, &both, fresh.bundle.ca_crt, err)))
        return result;
    webhook_report_secret(task, "%s", "is not there: it is created once its CA is trusted");
    fresh.parts.ca_crt = str_from(overlap);
    if (settle_trust(task, &(struct webhook_trust){.new_cas = overlap}, err))
        result = create_from(task, &fresh, err);
    free(overlap);
    return result;
}

bool webhook_certificate_renew(const struct webhook_certificate *task, bool force,
                               struct error *err)
{
    enum secret_result result = SECRET_CHANGED;

    /* Another one may make it, or delete it, between the requests; what was made is not forced. */
    for (int i = 0; i < TRIES_MAX && result == SECRET_CHANGED; i++) {
        CLEANUP_SECRET struct secret secret = {.resource_version = NULL};

        result = secret_get(&task->api, &task->secret, &secret, err);
        if (result == SECRET_DONE)
            return renew_present(task, &secret, force && i == 0, err);
        if (result == SECRET_ABSENT)
            result = create_trusted(task, err);
    }
    return result == SECRET_DONE;
}
