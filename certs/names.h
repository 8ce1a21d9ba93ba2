/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that a serving certificate is for: DNS names and IP addresses, read from a comma list
 * and checked one by one, so that nothing reaches a certificate that a TLS client would not match.
 * A list is immutable and may be read by any number of threads.
 */
#ifndef CERTS_NAMES_H
#define CERTS_NAMES_H

#include "base/error.h"
#include "base/str.h"

#include <stddef.h>

enum {
    /* A service has about ten names (short, .svc, cluster domain, each pod's address); ten times
     * that keeps a certificate near 25 KiB, well within the handshake limits of TLS clients. */
    CERTS_NAMES_MAX = 100,
    /* RFC 1035 2.3.4: 255 octets on the wire are 253 characters in text. */
    CERTS_DNS_NAME_MAX = 253,
};

struct certs_name {
    char text[CERTS_DNS_NAME_MAX + 1]; /* as people read it: lower case, no brackets */
    unsigned char address[16];         /* network order */
    size_t address_len;                /* 4 or 16; 0: a DNS name, `text` is what counts */
};

struct certs_names;

/*
 * Reads `NAME[,NAME…]`. A NAME is a DNS name of RFC 1123 labels (`*` as the whole first label is
 * allowed), an IPv4 address, or an IPv6 address with or without brackets. Names are lower-cased,
 * repeated ones are kept once, the order stays. NULL: one is not valid (the message shows it and
 * says why), there are none or too many, or memory ran out.
 */
struct certs_names *certs_names_new(struct str comma_list, struct error *err);

void certs_names_free(struct certs_names *names);
void certs_names_freep(struct certs_names **names);
#define CLEANUP_CERTS_NAMES __attribute__((cleanup(certs_names_freep)))

/* At least 1. */
size_t certs_names_count(const struct certs_names *names);

/* `index` must be below the count; borrowed. */
const struct certs_name *certs_names_get(const struct certs_names *names, size_t index);

#endif
