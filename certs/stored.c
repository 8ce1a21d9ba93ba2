/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/stored.h"

#include "certs/chain.h"
#include "certs/check.h"
#include "certs/names.h"
#include "certs/openssl.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

enum {
    /* A kubelet brings a changed Secret into its pods within two minutes, a node that is asleep or
     * cut off may take longer; certs/issue.c sets the beginning ten minutes back. */
    SETTLED_SECONDS = 3600 + 600,
};

static void cleanup_context(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
}
#define CLEANUP_CONTEXT __attribute__((cleanup(cleanup_context)))

static void cleanup_stack(STACK_OF(X509) * *stack)
{
    sk_X509_free(*stack);
}
#define CLEANUP_STACK __attribute__((cleanup(cleanup_stack)))

/* --- who accepts what ------------------------------------------------------------------------ */

enum verdict { ACCEPTED, REFUSED, UNDECIDED /* out of memory */ };

static STACK_OF(X509) * stack_of(X509 *const *items, size_t count)
{
    STACK_OF(X509) *stack = sk_X509_new_null();

    for (size_t i = 0; stack && i < count; i++) {
        if (sk_X509_push(stack, items[i]) <= 0) {
            sk_X509_free(stack);
            return NULL;
        }
    }
    return stack;
}

/*
 * Whether a client that trusts `cas` accepts `chain`, dates and names aside. A CA need not be a
 * root: Go takes each certificate of a caBundle for a trust anchor.
 */
static enum verdict accepts(X509 *const *cas, size_t ca_count, const struct certs_chain *chain)
{
    CLEANUP_STACK STACK_OF(X509) *trusted = stack_of(cas, ca_count);
    CLEANUP_STACK STACK_OF(X509) *others = stack_of(chain->items + 1, chain->count - 1);
    CLEANUP_CONTEXT X509_STORE_CTX *context = X509_STORE_CTX_new();
    int reason;

    if (!trusted || !others || !context ||
        X509_STORE_CTX_init(context, NULL, chain->items[0], others) != 1 ||
        X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) != 1)
        return UNDECIDED;
    X509_STORE_CTX_set0_trusted_stack(context, trusted);
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
    if (X509_verify_cert(context) == 1)
        return ACCEPTED;
    reason = X509_STORE_CTX_get_error(context);
    ERR_clear_error();
    return reason == X509_V_ERR_OUT_OF_MEM ? UNDECIDED : REFUSED;
}

/* --- CAs ------------------------------------------------------------------------------------- */

static bool holds(const struct certs_chain *chain, const X509 *certificate)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (X509_cmp(chain->items[i], certificate) == 0)
            return true;
    }
    return false;
}

/* Adds a reference; nothing when it is there or there is no room. */
static void add_once(struct certs_chain *chain, X509 *certificate)
{
    if (chain->count < CERTS_CHAIN_MAX && !holds(chain, certificate) &&
        X509_up_ref(certificate) == 1)
        chain->items[chain->count++] = certificate;
}

void certs_known_add(struct certs_chain *known, struct str pem)
{
    CLEANUP_CERTS_CHAIN struct certs_chain read = {.count = 0};
    struct error unused;

    if (certs_pem_read_chain(pem, &read, &unused)) {
        for (size_t i = 0; i < read.count; i++)
            add_once(known, read.items[i]);
    }
    ERR_clear_error();
}

static bool read_part(struct str pem, const char *part, struct certs_chain *ret_chain,
                      struct error *err)
{
    if (!pem.data)
        return error_set(err, "%s is missing", part);
    return certs_pem_read_chain(pem, ret_chain, err) || error_wrap(err, "%s", part);
}

static bool read_cas(const struct certs_stored *stored, struct certs_chain *ret_cas,
                     struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain read = {.count = 0};

    if (!read_part(stored->ca_crt, "ca.crt", &read, err))
        return false;
    for (size_t i = 0; i < read.count; i++)
        add_once(ret_cas, read.items[i]);
    return true;
}

static bool check_accepted(const struct certs_chain *cas, const struct certs_chain *chain,
                           struct error *err)
{
    switch (accepts(cas->items, cas->count, chain)) {
    case ACCEPTED:
        return true;
    case REFUSED:
        return error_set(err, "ca.crt does not hold the CA of tls.crt: clients that trust it "
                              "refuse the certificate");
    case UNDECIDED:
        break;
    }
    return error_no_memory(err);
}

char *certs_stored_trust(const struct certs_stored *stored, struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain cas = {.count = 0};
    CLEANUP_CERTS_CHAIN struct certs_chain chain = {.count = 0};

    ERR_clear_error();
    if (!read_cas(stored, &cas, err))
        return NULL;
    if (stored->tls_crt.data &&
        (!read_part(stored->tls_crt, "tls.crt", &chain, err) || !check_accepted(&cas, &chain, err)))
        return NULL;
    return certs_pem_from_certificates(cas.items, cas.count, err);
}

/* --- the overlap ----------------------------------------------------------------------------- */

static bool is_expired(const X509 *certificate, time_t now)
{
    time_t end;

    return !certs_not_after(certificate, &end) || now > end;
}

/* Whether `ca` is one of those that the chain needs and still lives. */
static bool serves(X509 *ca, const struct certs_chain *chain, time_t now, bool *ret_serves,
                   struct error *err)
{
    enum verdict verdict = is_expired(ca, now) ? REFUSED : accepts(&ca, 1, chain);

    *ret_serves = verdict == ACCEPTED;
    return verdict != UNDECIDED || error_no_memory(err);
}

static bool is_settled(const struct certs_chain *chain, time_t now)
{
    time_t begin;

    return chain->count > 0 && certs_not_before(chain->items[0], &begin) &&
           now - begin > SETTLED_SECONDS;
}

/* Those first that the stored certificate needs, so that they are in whatever there is room for. */
static bool add_needed(struct certs_chain *cas, const struct certs_chain *known,
                       const struct certs_chain *chain, time_t now, bool *ret_found,
                       struct error *err)
{
    *ret_found = false;
    for (size_t i = 0; chain->count > 0 && i < known->count; i++) {
        bool needed;

        if (!serves(known->items[i], chain, now, &needed, err))
            return false;
        if (needed)
            add_once(cas, known->items[i]);
        *ret_found |= needed;
    }
    return true;
}

char *certs_stored_overlap(struct str new_ca, const struct certs_chain *known, struct str tls_crt,
                           time_t now, struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain cas = {.count = 0};
    CLEANUP_CERTS_CHAIN struct certs_chain chain = {.count = 0};
    struct error unreadable = {.no_memory = false};
    bool found;

    ERR_clear_error();
    if (!certs_pem_read_chain(new_ca, &cas, err))
        return NULL;
    if (!certs_pem_read_chain(tls_crt, &chain, &unreadable) && unreadable.no_memory) {
        error_no_memory(err);
        return NULL;
    }
    ERR_clear_error();
    if (!add_needed(&cas, known, &chain, now, &found, err))
        return NULL;
    for (size_t i = 0; !(found && is_settled(&chain, now)) && i < known->count; i++) {
        if (!is_expired(known->items[i], now))
            add_once(&cas, known->items[i]);
    }
    return certs_pem_from_certificates(cas.items, cas.count, err);
}

/* --- the state of what is stored ------------------------------------------------------------- */

static bool is_for(X509 *leaf, const struct certs_name *name)
{
    if (name->address_len > 0)
        return X509_check_ip(leaf, name->address, name->address_len, 0) == 1;
    return X509_check_host(leaf, name->text, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

static bool check_hosts(X509 *leaf, struct str hosts, struct error *err)
{
    CLEANUP_CERTS_NAMES struct certs_names *names = certs_names_new(hosts, err);

    for (size_t i = 0; names && i < certs_names_count(names); i++) {
        if (!is_for(leaf, certs_names_get(names, i)))
            return error_set(err, "tls.crt is not for the name %s",
                             certs_names_get(names, i)->text);
    }
    return names;
}

/* When half of the certificate's life is over. */
static bool half_time(const X509 *certificate, time_t *ret_time, struct error *err)
{
    time_t begin, end;

    if (!certs_not_before(certificate, &begin) || !certs_not_after(certificate, &end))
        return error_set(err, "has a date that can't be read");
    *ret_time = begin + (end - begin) / 2;
    return true;
}

/* Of several CAs by which the chain is accepted, the last to be due counts. */
static bool note_cas(const struct certs_chain *cas, const struct certs_chain *chain, time_t now,
                     struct certs_life *life, struct error *err)
{
    time_t due = 0;
    bool found = false;

    for (size_t i = 0; i < cas->count; i++) {
        time_t half;
        bool good;

        if (!serves(cas->items[i], chain, now, &good, err))
            return false;
        if (good && !half_time(cas->items[i], &half, err))
            return error_wrap(err, "ca.crt");
        if (good && (!found || half > due))
            due = half;
        found |= good;
    }
    if (!found)
        return error_set(err, "the CA of tls.crt in ca.crt has expired");
    if (due < life->due)
        life->due = due;
    return true;
}

static bool check_pair(const struct certs_stored *stored, time_t now, struct certs_life *life,
                       struct error *err)
{
    CLEANUP_CERTS_PAIR struct certs_pair *pair = NULL;

    if (!stored->tls_key.data)
        return error_set(err, "tls.key is missing");
    pair = certs_pair_new(stored->tls_crt, stored->tls_key, "tls.crt", "tls.key", now, err);
    if (!pair)
        return false;
    life->not_after = certs_pair_earliest_not_after(pair);
    return true;
}

bool certs_stored_check(const struct certs_stored *stored, struct str hosts, time_t now,
                        struct certs_life *ret_life, struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain chain = {.count = 0};
    CLEANUP_CERTS_CHAIN struct certs_chain cas = {.count = 0};
    struct certs_life life = {.not_after = 0};

    ERR_clear_error();
    if (!read_part(stored->tls_crt, "tls.crt", &chain, err) ||
        !check_pair(stored, now, &life, err) || !check_hosts(chain.items[0], hosts, err) ||
        !read_cas(stored, &cas, err) || !check_accepted(&cas, &chain, err))
        return false;
    if (!half_time(chain.items[0], &life.due, err))
        return error_wrap(err, "tls.crt");
    if (!note_cas(&cas, &chain, now, &life, err))
        return false;
    ERR_clear_error();
    *ret_life = life;
    return true;
}
