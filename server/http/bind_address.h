/* SPDX-License-Identifier: Apache-2.0 */
/* `HOST:PORT` as people write it, and a listening socket on it. */
#ifndef SERVER_HTTP_BIND_ADDRESS_H
#define SERVER_HTTP_BIND_ADDRESS_H

#include "base/error.h"

/* A DNS name is at most 253 characters (RFC 1035 2.3.4); an IPv6 address with its zone is less. */
#define BIND_HOST_MAX 254

struct bind_address {
    char host[BIND_HOST_MAX]; /* a name or an address without brackets; empty: every address */
    char port[6];             /* decimal; "0": any that is free */
};

/*
 * Reads `:PORT`, `HOST:PORT`, `ADDRESS:PORT` or `[IPv6]:PORT`. The error says what is wrong with
 * the text; no name is looked up here.
 */
bool bind_address_parse(const char *text, struct bind_address *ret_address, struct error *err);

/*
 * A non-blocking socket that listens on the address; the caller closes it. Of several addresses of
 * a name the first that works is taken. No host and `[::]` mean IPv6 and IPv4; without IPv6 in the
 * kernel no host means IPv4. Returns -1 on failure.
 */
int bind_address_listen(const struct bind_address *address, struct error *err);

/* What a socket listens on, as `HOST:PORT` with brackets around IPv6. */
struct bound_address {
    char text[80];
};
bool bound_address_of(int fd, struct bound_address *ret_address, struct error *err);

#endif
