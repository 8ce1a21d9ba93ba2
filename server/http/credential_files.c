/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/credential_files.h"

#include "certs/check.h"
#include "server/file_look.h"
#include "server/http/tls_credentials.h"
#include "server/log.h"
#include "server/monotonic.h"
#include "server/ticker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A pair that could not be used is tried again after this many looks although its files look the
 * same: what was wrong may have been memory, the disk or the clock. */
#define LOOKS_UNTIL_RETRY 10

/* As long as it can't be used, it is said again after this time. */
#define LOG_AGAIN_MS 60000

struct looks {
    struct file_look cert, key;
};

struct credential_files {
    struct credential_files_config config;
    struct ticker *ticker;

    /* Only used by the ticker's thread, and before it is started. */
    struct certs_pair *pair; /* in use; owned */
    struct looks last;       /* what the look before this one saw */
    struct looks settled;    /* what the files looked like when they were dealt with */
    bool is_settled;
    unsigned looks_until_retry; /* 0: there was no failure */
    long long log_again_ms;     /* when that failure may be logged again */
};

static struct looks look_at(const struct credential_files_config *config)
{
    return (struct looks){file_look_at(config->cert_file), file_look_at(config->key_file)};
}

static bool same_looks(const struct looks *a, const struct looks *b)
{
    return file_look_equal(&a->cert, &b->cert) && file_look_equal(&a->key, &b->key);
}

static void log_pair(const struct certs_pair *pair)
{
    time_t end = certs_pair_earliest_not_after(pair);
    char expires[32];
    struct tm utc;

    gmtime_r(&end, &utc);
    strftime(expires, sizeof expires, "%Y-%m-%dT%H:%M:%SZ", &utc);
    log_event(LOG_INFO, "certificate loaded", LOG_TEXT("subject", certs_pair_summary(pair)),
              LOG_TEXT("expires", expires));
}

static bool is_in_use(const struct credential_files *files, const struct certs_pair *pair)
{
    return files->pair &&
           strcmp(certs_pair_chain_pem(files->pair), certs_pair_chain_pem(pair)) == 0 &&
           strcmp(certs_pair_key_pem(files->pair), certs_pair_key_pem(pair)) == 0;
}

/* `*ret_is_new` says whether it is another pair than before. */
static bool load(struct credential_files *files, bool *ret_is_new, struct error *err)
{
    CLEANUP_CERTS_PAIR struct certs_pair *pair =
        certs_pair_load(files->config.cert_file, files->config.key_file, time(NULL), err);

    if (!pair)
        return false;
    *ret_is_new = !is_in_use(files, pair);
    if (!*ret_is_new)
        return true;
    if (!tls_credentials_set(certs_pair_chain_pem(pair), certs_pair_key_pem(pair), err))
        return false;
    certs_pair_free(files->pair);
    files->pair = pair;
    pair = NULL;
    return true;
}

static void reload(struct credential_files *files, const struct looks *now)
{
    bool is_same = files->is_settled && same_looks(now, &files->settled);
    bool is_new;
    struct error err;

    files->is_settled = true;
    files->settled = *now;
    if (load(files, &is_new, &err)) {
        if (is_new)
            log_pair(files->pair);
        files->looks_until_retry = 0;
        return;
    }
    files->looks_until_retry = LOOKS_UNTIL_RETRY;
    if (is_same && monotonic_ms() < files->log_again_ms)
        return;
    files->log_again_ms = monotonic_ms() + LOG_AGAIN_MS;
    log_event(LOG_ERROR, "the new certificate can't be used: the one before stays in use",
              LOG_TEXT("problem", err.message));
}

static void look_again(void *argument)
{
    struct credential_files *files = argument;
    struct looks now = look_at(&files->config);
    bool steady = same_looks(&now, &files->last);

    files->last = now;
    if (files->is_settled && same_looks(&now, &files->settled)) {
        if (files->looks_until_retry == 0 || --files->looks_until_retry > 0)
            return;
    } else if (!steady) {
        return;
    }
    reload(files, &now);
}

/*
 * Not settled after the first reading: an edit within the same tick of the file system's clock
 * would not be seen, so the files are read once more after they looked the same twice.
 */
struct credential_files *credential_files_new(const struct credential_files_config *config,
                                              struct error *err)
{
    struct credential_files *files = calloc(1, sizeof *files);
    bool is_new;

    if (!files) {
        error_no_memory(err);
        return NULL;
    }
    files->config = *config;
    files->last = look_at(config);
    if (!load(files, &is_new, err)) {
        credential_files_free(files);
        return NULL;
    }
    return files;
}

bool credential_files_follow(struct credential_files *files, struct error *err)
{
    log_pair(files->pair);
    files->ticker = ticker_start(look_again, files, files->config.interval_ms, err);
    return files->ticker != NULL;
}

void credential_files_free(struct credential_files *files)
{
    if (!files)
        return;
    ticker_stop(files->ticker);
    certs_pair_free(files->pair);
    free(files);
}
