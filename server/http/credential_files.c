/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/credential_files.h"

#include "certs/check.h"
#include "certs/client_ca.h"
#include "certs/openssl.h"
#include "server/file_follower.h"
#include "server/http/client_certificates.h"
#include "server/http/tls_credentials.h"
#include "server/log.h"
#include "server/monotonic.h"
#include "server/ticker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOKS_BETWEEN_TRIES 10

/* One credential as it is followed. */
struct followed {
    /* Only used by the ticker's thread, and before it is started. */
    struct file_follower follower;
    long long log_again_ms; /* when a failure may be logged again */

    unsigned long reloads, failures; /* these three under the lock */
    bool failing;
};

struct credential_files {
    struct credential_files_config config;
    struct ticker *ticker;
    struct followed followed[CREDENTIAL_COUNT];
    /* Of what is written by the ticker's thread, which itself reads without it, and read by others:
     * the counts and which two are in use. */
    pthread_mutex_t lock;
    struct certs_pair *pair;           /* in use; owned */
    struct certs_client_ca *client_ca; /* likewise; NULL: none */
};

/* --- the serving certificate ----------------------------------------------------------------- */

static void log_loaded(const char *what, const char *subject, time_t expires)
{
    char text[32];
    struct tm utc;

    gmtime_r(&expires, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    log_event(LOG_INFO, what, LOG_TEXT("subject", subject), LOG_TEXT("expires", text));
}

static void log_pair(const struct credential_files *files)
{
    log_loaded("certificate loaded", certs_pair_summary(files->pair),
               certs_pair_earliest_not_after(files->pair));
}

static bool pair_is_in_use(const struct credential_files *files, const struct certs_pair *pair)
{
    return files->pair &&
           strcmp(certs_pair_chain_pem(files->pair), certs_pair_chain_pem(pair)) == 0 &&
           strcmp(certs_pair_key_pem(files->pair), certs_pair_key_pem(pair)) == 0;
}

/* Makes `pair`, which is taken over, the one that is told of. */
static void keep_pair(struct credential_files *files, struct certs_pair *pair)
{
    struct certs_pair *before = files->pair;

    pthread_mutex_lock(&files->lock);
    files->pair = pair;
    pthread_mutex_unlock(&files->lock);
    certs_pair_free(before);
}

static bool load_pair(struct credential_files *files, bool *ret_is_new, struct error *err)
{
    CLEANUP_CERTS_PAIR struct certs_pair *pair =
        certs_pair_load(files->config.cert_file, files->config.key_file, time(NULL), err);

    if (!pair)
        return false;
    *ret_is_new = !pair_is_in_use(files, pair);
    if (!*ret_is_new)
        return true;
    if (!tls_credentials_set(certs_pair_chain_pem(pair), certs_pair_key_pem(pair), err))
        return false;
    keep_pair(files, pair);
    pair = NULL;
    return true;
}

/* --- the client CA --------------------------------------------------------------------------- */

static time_t earliest_end(const struct certs_client_ca *ca)
{
    time_t earliest = certs_client_ca_not_after(ca, 0);

    for (size_t i = 1; i < certs_client_ca_count(ca); i++) {
        if (certs_client_ca_not_after(ca, i) < earliest)
            earliest = certs_client_ca_not_after(ca, i);
    }
    return earliest;
}

static void log_client_ca(const struct credential_files *files)
{
    log_loaded("client CA loaded", certs_client_ca_summary(files->client_ca),
               earliest_end(files->client_ca));
}

/* Makes `ca`, which is taken over, the one that is told of. */
static void keep_client_ca(struct credential_files *files, struct certs_client_ca *ca)
{
    struct certs_client_ca *before = files->client_ca;

    pthread_mutex_lock(&files->lock);
    files->client_ca = ca;
    pthread_mutex_unlock(&files->lock);
    certs_client_ca_unref(before);
}

static bool load_client_ca(struct credential_files *files, bool *ret_is_new, struct error *err)
{
    CLEANUP_CERTS_CLIENT_CA struct certs_client_ca *ca = certs_client_ca_load(
        files->config.client_ca_file, files->config.client_names, time(NULL), err);

    if (!ca)
        return false;
    *ret_is_new = !files->client_ca ||
                  strcmp(certs_client_ca_pem(files->client_ca), certs_client_ca_pem(ca)) != 0;
    if (!*ret_is_new)
        return true;
    client_certificates_set(ca);
    keep_client_ca(files, ca);
    ca = NULL;
    return true;
}

/* --- following both -------------------------------------------------------------------------- */

static const struct {
    /* `*ret_is_new` says whether it is another one than before. */
    bool (*load)(struct credential_files *files, bool *ret_is_new, struct error *err);
    void (*log)(const struct credential_files *files);
    const char *failure;
} kinds[CREDENTIAL_COUNT] = {
    [CREDENTIAL_SERVING] = {load_pair, log_pair,
                            "the new certificate can't be used: the one before stays in use"},
    [CREDENTIAL_CLIENT_CA] = {load_client_ca, log_client_ca,
                              "the new client CA can't be used: the one before stays in use"},
};

static bool is_followed(const struct credential_files *files, size_t which)
{
    return files->followed[which].follower.paths[0] != NULL;
}

static void count(struct credential_files *files, size_t which, bool loaded, bool is_new)
{
    struct followed *followed = &files->followed[which];

    pthread_mutex_lock(&files->lock);
    followed->failing = !loaded;
    followed->failures += !loaded;
    followed->reloads += loaded && is_new;
    pthread_mutex_unlock(&files->lock);
}

static void reload(struct credential_files *files, size_t which)
{
    struct followed *followed = &files->followed[which];
    bool is_retry = file_follower_is_settled(&followed->follower);
    bool is_new = false;
    struct error err;
    bool loaded = kinds[which].load(files, &is_new, &err);

    file_follower_settle(&followed->follower, loaded ? FILE_USED : FILE_FAILED);
    count(files, which, loaded, is_new);
    if (loaded && is_new)
        kinds[which].log(files);
    if (loaded || (is_retry && monotonic_ms() < followed->log_again_ms))
        return;
    followed->log_again_ms = monotonic_ms() + files->config.log_again_ms;
    log_event(LOG_ERROR, kinds[which].failure, LOG_TEXT("problem", err.message));
}

/* A process in which no handshake succeeds any more is worth nothing: another one is started. */
static void end_without_library(void)
{
    if (tls_credentials_library_works())
        return;
    log_message(LOG_ERROR, "GnuTLS has given up in this process: ending, to be started anew");
    _exit(EXIT_FAILURE);
}

static void look_again(void *argument)
{
    struct credential_files *files = argument;

    end_without_library();
    for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
        if (is_followed(files, i) && file_follower_look(&files->followed[i].follower))
            reload(files, i);
    }
}

static bool load_first(struct credential_files *files, struct error *err)
{
    bool is_new;

    for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
        if (!is_followed(files, i))
            continue;
        file_follower_begin(&files->followed[i].follower);
        if (!kinds[i].load(files, &is_new, err))
            return false;
    }
    return true;
}

struct credential_files *credential_files_new(const struct credential_files_config *config,
                                              struct error *err)
{
    struct credential_files *files = calloc(1, sizeof *files);

    if (!files) {
        error_no_memory(err);
        return NULL;
    }
    files->config = *config;
    pthread_mutex_init(&files->lock, NULL);
    files->followed[CREDENTIAL_SERVING].follower = (struct file_follower){
        .paths = {config->cert_file, config->key_file}, .looks_between_tries = LOOKS_BETWEEN_TRIES};
    files->followed[CREDENTIAL_CLIENT_CA].follower = (struct file_follower){
        .paths = {config->client_ca_file}, .looks_between_tries = LOOKS_BETWEEN_TRIES};
    if (!load_first(files, err)) {
        credential_files_free(files);
        return NULL;
    }
    return files;
}

bool credential_files_follow(struct credential_files *files, struct error *err)
{
    for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
        if (is_followed(files, i))
            kinds[i].log(files);
    }
    files->ticker = ticker_start(look_again, files, files->config.interval_ms, err);
    return files->ticker != NULL;
}

void credential_files_free(struct credential_files *files)
{
    if (!files)
        return;
    ticker_stop(files->ticker);
    certs_pair_free(files->pair);
    certs_client_ca_unref(files->client_ca);
    pthread_mutex_destroy(&files->lock);
    free(files);
}

/* --- what it tells --------------------------------------------------------------------------- */

bool credential_files_check(struct credential_files *files, time_t now, struct error *err)
{
    bool good;

    pthread_mutex_lock(&files->lock);
    good = certs_pair_check_ends(files->pair, now, err);
    pthread_mutex_unlock(&files->lock);
    return good || certs_error_in_file(err, files->config.cert_file);
}

static void note_pair(const struct certs_pair *pair, struct credential_status *status)
{
    for (; status->count < certs_pair_count(pair); status->count++)
        status->not_after[status->count] = certs_pair_not_after(pair, status->count);
}

static void note_client_ca(const struct certs_client_ca *ca, struct credential_status *status)
{
    for (; status->count < certs_client_ca_count(ca); status->count++)
        status->not_after[status->count] = certs_client_ca_not_after(ca, status->count);
}

void credential_files_status(struct credential_files *files, enum credential which,
                             struct credential_status *ret_status)
{
    const struct followed *followed = &files->followed[which];

    pthread_mutex_lock(&files->lock);
    *ret_status = (struct credential_status){
        .reloads = followed->reloads, .failures = followed->failures, .failing = followed->failing};
    if (which == CREDENTIAL_SERVING)
        note_pair(files->pair, ret_status);
    else if (files->client_ca)
        note_client_ca(files->client_ca, ret_status);
    pthread_mutex_unlock(&files->lock);
}
