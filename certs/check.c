/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/check.h"

#include "certs/chain.h"
#include "certs/files.h"
#include "certs/openssl.h"
#include "certs/pem.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <stdlib.h>

enum {
    SUMMARY_MAX = 512,
    SUBJECT_MAX = 200,
    /* A writer needs milliseconds for a swap and opening two files a hundredth of one, so even
     * swaps without a pause disturb only a few attempts in a row. */
    ATTEMPTS_MAX = 20,
};

struct certs_end {
    time_t not_after;
    struct text subject;
};

struct certs_pair {
    char *chain_pem;
    char *key_pem;
    struct text summary;
    struct certs_end ends[CERTS_CHAIN_MAX]; /* of each certificate, the serving one first */
    size_t count;
};

/* --- the pair -------------------------------------------------------------------------------- */

static bool note_end(struct certs_pair *pair, const X509 *certificate, struct error *err)
{
    struct certs_end *end = &pair->ends[pair->count++];

    end->subject = (struct text)TEXT_INIT(SUBJECT_MAX);
    certs_add_subject(&end->subject, certificate);
    if (end->subject.failed)
        return error_no_memory(err);
    return certs_not_after(certificate, &end->not_after) ||
           error_set(err, "certificate %zu has a date that can't be read", pair->count);
}

static bool note_ends(struct certs_pair *pair, const struct certs_chain *chain, struct error *err)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (!note_end(pair, chain->items[i], err))
            return false;
    }
    return true;
}

static bool note_summary(struct certs_pair *pair, const X509 *leaf, struct error *err)
{
    certs_add_subject(&pair->summary, leaf);
    text_add(&pair->summary, " (");
    certs_add_names(&pair->summary, leaf);
    text_add(&pair->summary, ")");
    return !pair->summary.failed || error_no_memory(err);
}

static struct certs_pair *make_pair(const struct certs_chain *chain, const EVP_PKEY *key,
                                    struct error *err)
{
    struct certs_pair *pair = calloc(1, sizeof *pair);

    if (!pair) {
        error_no_memory(err);
        return NULL;
    }
    pair->summary = (struct text)TEXT_INIT(SUMMARY_MAX);
    if (!note_ends(pair, chain, err) || !note_summary(pair, chain->items[0], err) ||
        !(pair->chain_pem = certs_pem_from_certificates(chain->items, chain->count, err)) ||
        !(pair->key_pem = certs_pem_from_key(key, err))) {
        certs_pair_free(pair);
        return NULL;
    }
    return pair;
}

static bool check_pair(const struct certs_chain *chain, const EVP_PKEY *key, const char *cert_file,
                       const char *key_file, time_t now, struct error *err)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(400); /* as much as certs_error_in_file() shows */

    if (!certs_chain_check_key(chain, key, err)) {
        text_add_escaped(&shown, str_from(cert_file));
        error_wrap(err, "the private key doesn't match %s", text_get(&shown));
        return certs_error_in_file(err, key_file);
    }
    return certs_chain_check(chain, now, err) || certs_error_in_file(err, cert_file);
}

struct certs_pair *certs_pair_new(struct str cert_pem, struct str key_pem, const char *cert_file,
                                  const char *key_file, time_t now, struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain chain = {.count = 0};
    CLEANUP_KEY EVP_PKEY *key = NULL;
    struct certs_pair *pair = NULL;

    ERR_clear_error();
    if (!certs_pem_read_chain(cert_pem, &chain, err))
        certs_error_in_file(err, cert_file);
    else if (!certs_pem_read_key(key_pem, &key, err))
        certs_error_in_file(err, key_file);
    else if (check_pair(&chain, key, cert_file, key_file, now, err))
        pair = make_pair(&chain, key, err);
    /* Some of OpenSSL's questions leave an error behind although the answer was no error. */
    ERR_clear_error();
    return pair;
}

/* --- opening both files ---------------------------------------------------------------------- */

struct opened {
    int cert_fd;
    int key_fd;
};

static void opened_close(struct opened *opened)
{
    certs_cleanup_fd(&opened->cert_fd);
    certs_cleanup_fd(&opened->key_fd);
    *opened = (struct opened){-1, -1};
}
#define CLEANUP_OPENED __attribute__((cleanup(opened_close)))

static bool open_once(const char *cert_file, const char *key_file, struct opened *opened,
                      struct error *err)
{
    opened->cert_fd = certs_file_open(AT_FDCWD, cert_file, err);
    if (opened->cert_fd < 0)
        return certs_error_in_file(err, cert_file);
    opened->key_fd = certs_file_open(AT_FDCWD, key_file, err);
    if (opened->key_fd < 0)
        return certs_error_in_file(err, key_file);
    if (certs_file_is_at(opened->cert_fd, AT_FDCWD, cert_file))
        return true;
    error_set(err, "keeps being replaced while it is opened together with its key");
    return certs_error_in_file(err, cert_file);
}

/*
 * Opens both files of one pair. The certificate's name led to the same file before and after the
 * key was opened, and that file, being open, can't have made room for another one: so no swap fell
 * in between. A failure may be such a moment too (the folder behind a link was just removed), and
 * only counts when it stays.
 */
static bool open_both(const char *cert_file, const char *key_file, struct opened *opened,
                      struct error *err)
{
    struct error failure;

    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        if (open_once(cert_file, key_file, opened, &failure))
            return true;
        opened_close(opened);
    }
    *err = failure;
    return false;
}

struct certs_pair *certs_pair_load(const char *cert_file, const char *key_file, time_t now,
                                   struct error *err)
{
    CLEANUP_OPENED struct opened opened = {-1, -1};
    CLEANUP_CERTS_FILE struct certs_file cert = {.data = NULL};
    CLEANUP_CERTS_FILE struct certs_file key = {.data = NULL};

    if (!open_both(cert_file, key_file, &opened, err))
        return NULL;
    if (!certs_file_read(opened.cert_fd, &cert, err)) {
        certs_error_in_file(err, cert_file);
        return NULL;
    }
    if (!certs_file_read(opened.key_fd, &key, err)) {
        certs_error_in_file(err, key_file);
        return NULL;
    }
    return certs_pair_new(certs_file_str(&cert), certs_file_str(&key), cert_file, key_file, now,
                          err);
}

/* --- what a pair tells ----------------------------------------------------------------------- */

void certs_pair_free(struct certs_pair *pair)
{
    if (!pair)
        return;
    free(pair->chain_pem);
    certs_wipe_and_free(pair->key_pem);
    text_free(&pair->summary);
    while (pair->count > 0)
        text_free(&pair->ends[--pair->count].subject);
    free(pair);
}

void certs_pair_freep(struct certs_pair **pair)
{
    certs_pair_free(*pair);
}

const char *certs_pair_chain_pem(const struct certs_pair *pair)
{
    return pair->chain_pem;
}

const char *certs_pair_key_pem(const struct certs_pair *pair)
{
    return pair->key_pem;
}

size_t certs_pair_count(const struct certs_pair *pair)
{
    return pair->count;
}

time_t certs_pair_not_after(const struct certs_pair *pair, size_t index)
{
    return pair->ends[index].not_after;
}

time_t certs_pair_earliest_not_after(const struct certs_pair *pair)
{
    time_t earliest = pair->ends[0].not_after;

    for (size_t i = 1; i < pair->count; i++) {
        if (pair->ends[i].not_after < earliest)
            earliest = pair->ends[i].not_after;
    }
    return earliest;
}

bool certs_pair_check_ends(const struct certs_pair *pair, time_t now, struct error *err)
{
    for (size_t i = 0; i < pair->count; i++) {
        if (now <= pair->ends[i].not_after)
            continue;
        certs_error_date(err, "expired on", pair->ends[i].not_after, now);
        return error_wrap(err, "certificate %zu (%s)", i + 1, text_get(&pair->ends[i].subject));
    }
    return true;
}

const char *certs_pair_summary(const struct certs_pair *pair)
{
    return text_get(&pair->summary);
}
