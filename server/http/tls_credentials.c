/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/tls_credentials.h"

#include <gnutls/x509.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    gnutls_x509_crt_t chain[TLS_CHAIN_MAX];
    unsigned int chain_length;
    gnutls_x509_privkey_t key;
};

/*
 * Guards `current` and what it points to: GnuTLS does not promise that its objects can be read by
 * two threads at once. Copying them takes a hundredth of the time of a handshake.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pair *current;

static void pair_free(struct pair *pair)
{
    if (!pair)
        return;
    for (unsigned int i = 0; i < pair->chain_length; i++)
        gnutls_x509_crt_deinit(pair->chain[i]);
    gnutls_x509_privkey_deinit(pair->key);
    free(pair);
}

/* Puts `next` (NULL: none) in place of the current pair. */
static void swap(struct pair *next)
{
    struct pair *old;

    pthread_mutex_lock(&lock);
    old = current;
    current = next;
    pthread_mutex_unlock(&lock);
    pair_free(old);
}

/* GnuTLS does not write through `data`, but its type is not const. */
static bool as_datum(const char *text, gnutls_datum_t *ret_datum)
{
    size_t len = strlen(text);
    unsigned char *copy = len <= UINT_MAX ? malloc(len + 1) : NULL;

    if (!copy)
        return false;
    memcpy(copy, text, len + 1);
    *ret_datum = (gnutls_datum_t){.data = copy, .size = (unsigned int)len};
    return true;
}

static void wipe(gnutls_datum_t *datum)
{
    if (datum->data)
        explicit_bzero(datum->data, datum->size);
    free(datum->data);
}

static int import(struct pair *pair, const gnutls_datum_t *chain, const gnutls_datum_t *key)
{
    unsigned int count = TLS_CHAIN_MAX;
    int result = gnutls_x509_crt_list_import(pair->chain, &count, chain, GNUTLS_X509_FMT_PEM,
                                             GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);

    if (result < 0)
        return result;
    pair->chain_length = count;
    result = gnutls_x509_privkey_init(&pair->key);
    if (result < 0)
        return result;
    return gnutls_x509_privkey_import2(pair->key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
}

/* --- one handshake --------------------------------------------------------------------------- */

/* With memory of gnutls_malloc(), as GnuTLS frees it. */
static int copy_chain(const struct pair *pair, gnutls_pcert_st **ret_chain)
{
    gnutls_pcert_st *copies = gnutls_calloc(pair->chain_length, sizeof *copies);

    if (!copies)
        return GNUTLS_E_MEMORY_ERROR;
    for (unsigned int i = 0; i < pair->chain_length; i++) {
        int result = gnutls_pcert_import_x509(&copies[i], pair->chain[i], 0);

        if (result < 0) {
            while (i > 0)
                gnutls_pcert_deinit(&copies[--i]);
            gnutls_free(copies);
            return result;
        }
    }
    *ret_chain = copies;
    return 0;
}

static int copy_key(const struct pair *pair, gnutls_privkey_t *ret_key)
{
    gnutls_privkey_t copy;
    int result = gnutls_privkey_init(&copy);

    if (result < 0)
        return result;
    result = gnutls_privkey_import_x509(copy, pair->key, GNUTLS_PRIVKEY_IMPORT_COPY);
    if (result < 0) {
        gnutls_privkey_deinit(copy);
        return result;
    }
    *ret_key = copy;
    return 0;
}

/* All or nothing. */
static int copy_pair(const struct pair *pair, gnutls_pcert_st **ret_chain,
                     gnutls_privkey_t *ret_key)
{
    gnutls_privkey_t key;
    int result = copy_key(pair, &key);

    if (result < 0)
        return result;
    result = copy_chain(pair, ret_chain);
    if (result < 0)
        gnutls_privkey_deinit(key);
    else
        *ret_key = key;
    return result;
}

int tls_credentials_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                             gnutls_pcert_st **ret_chain, unsigned int *ret_chain_length,
                             gnutls_ocsp_data_st **ret_ocsp, unsigned int *ret_ocsp_length,
                             gnutls_privkey_t *ret_key, unsigned int *ret_flags)
{
    int result = -1;

    (void)session;
    (void)info;
    pthread_mutex_lock(&lock);
    if (current && copy_pair(current, ret_chain, ret_key) == 0) {
        *ret_chain_length = current->chain_length;
        *ret_ocsp = NULL;
        *ret_ocsp_length = 0;
        *ret_flags |= GNUTLS_CERT_RETR_DEINIT_ALL;
        result = 0;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

/* --- a new pair ------------------------------------------------------------------------------ */

static int sign_and_verify(const gnutls_pcert_st *leaf, gnutls_privkey_t key)
{
    unsigned char bytes[] = "handshake";
    const gnutls_datum_t text = {bytes, sizeof bytes};
    gnutls_datum_t signature = {NULL, 0};
    gnutls_digest_algorithm_t hash;
    gnutls_sign_algorithm_t algorithm;
    int kind = gnutls_privkey_get_pk_algorithm(key, NULL);
    int result = gnutls_pubkey_get_preferred_hash_algorithm(leaf->pubkey, &hash, NULL);

    if (result < 0 || kind < 0)
        return result < 0 ? result : kind;
    algorithm = gnutls_pk_to_sign((gnutls_pk_algorithm_t)kind, hash);
    result = gnutls_privkey_sign_data2(key, algorithm, 0, &text, &signature);
    if (result >= 0)
        result = gnutls_pubkey_verify_data2(leaf->pubkey, algorithm, 0, &text, &signature);
    gnutls_free(signature.data);
    return result;
}

/*
 * Does what handshakes will do. An import during which memory ran out may say that all is well, and
 * leave a certificate or a key with which no handshake succeeds.
 */
static int try_out(const struct pair *pair)
{
    gnutls_pcert_st *chain;
    gnutls_privkey_t key;
    int result = copy_pair(pair, &chain, &key);

    if (result < 0)
        return result;
    result = sign_and_verify(chain, key);
    for (unsigned int i = 0; i < pair->chain_length; i++)
        gnutls_pcert_deinit(&chain[i]);
    gnutls_free(chain);
    gnutls_privkey_deinit(key);
    return result;
}

bool tls_credentials_set(const char *chain_pem, const char *key_pem, struct error *err)
{
    struct pair *next = calloc(1, sizeof *next);
    gnutls_datum_t chain = {NULL, 0};
    gnutls_datum_t key = {NULL, 0};
    int result = GNUTLS_E_MEMORY_ERROR;

    if (next && as_datum(chain_pem, &chain) && as_datum(key_pem, &key))
        result = import(next, &chain, &key);
    if (result >= 0)
        result = try_out(next);
    wipe(&chain);
    wipe(&key);
    if (result < 0) {
        pair_free(next);
        return error_set(err, "GnuTLS can't use the certificate or its key: %s",
                         gnutls_strerror(result));
    }
    swap(next);
    return true;
}

void tls_credentials_clear(void)
{
    swap(NULL);
}

bool tls_credentials_library_works(void)
{
    gnutls_privkey_t key = NULL;
    int result = gnutls_privkey_init(&key);

    if (result >= 0)
        gnutls_privkey_deinit(key);
    return result != GNUTLS_E_LIB_IN_ERROR_STATE;
}
