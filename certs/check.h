/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a serving certificate with its chain and its private key, and refuses at once, with the
 * reason, what a TLS client such as kube-apiserver would refuse later without one. A pair is
 * immutable: any number of threads may read it. The key is wiped when the pair is freed.
 */
#ifndef CERTS_CHECK_H
#define CERTS_CHECK_H

#include "base/error.h"
#include "base/str.h"

#include <stddef.h>
#include <time.h>

struct certs_pair;

/*
 * Reads and checks the pair. `cert_file` is PEM: the serving certificate, then each one's issuer
 * (the root may be left out); `key_file` is PEM and not encrypted. One file may hold both. Checked
 * are: the key belongs to the first certificate, every certificate is valid at `now` (seconds since
 * the epoch), each is issued by the next, and the first can serve TLS to a Go client: not a CA, a
 * subjectAltName, serverAuth, and a key of a kind and strength that is accepted.
 *
 * A pair that is swapped while it is opened (a kubelet's `..data`, certs/store.h) is never mixed.
 * Never prompts for a password. NULL: the message names the file and what is wrong with it.
 */
struct certs_pair *certs_pair_load(const char *cert_file, const char *key_file, time_t now,
                                   struct error *err);

/*
 * The same for PEM that is in memory; the file names only serve the messages. No I/O. Neither text
 * is kept.
 */
struct certs_pair *certs_pair_new(struct str cert_pem, struct str key_pem, const char *cert_file,
                                  const char *key_file, time_t now, struct error *err);

void certs_pair_free(struct certs_pair *pair);
void certs_pair_freep(struct certs_pair **pair);
#define CLEANUP_CERTS_PAIR __attribute__((cleanup(certs_pair_freep)))

/*
 * The chain (first the serving certificate) and the key (PKCS#8) as PEM: NUL-terminated, owned by
 * the pair. Written anew from what was checked, so comments and other blocks of the files are gone.
 */
const char *certs_pair_chain_pem(const struct certs_pair *pair);
const char *certs_pair_key_pem(const struct certs_pair *pair);

/* Certificates of the chain, at least one. */
size_t certs_pair_count(const struct certs_pair *pair);

/* Seconds since the epoch: the end of the certificate at `index` (0: the serving one), and the
 * first end in the chain. */
time_t certs_pair_not_after(const struct certs_pair *pair, size_t index);
time_t certs_pair_earliest_not_after(const struct certs_pair *pair);

/*
 * Checks that no certificate of the chain has expired at `now`. The message says which one, by its
 * place and subject, and when. One that is not valid yet is no fault: a clock may have been set
 * back.
 */
bool certs_pair_check_ends(const struct certs_pair *pair, time_t now, struct error *err);

/* For a log line: `CN = localhost (DNS:localhost, IP:127.0.0.1)`. Escaped, at most 512 bytes. */
const char *certs_pair_summary(const struct certs_pair *pair);

#endif
