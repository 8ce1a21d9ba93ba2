/* SPDX-License-Identifier: Apache-2.0 */
/* The address of an API server as people and kubelets write it. Pure functions. */
#ifndef SERVER_KUBECONFIG_SERVER_URL_H
#define SERVER_KUBECONFIG_SERVER_URL_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* A host name has 253 characters at most (RFC 1035 2.3.4); the path of a proxy is short. */
#define SERVER_URL_MAX ((size_t)2048)

/*
 * "https://HOST[:PORT][/PATH]" in its plain form, without a slash at its end; the caller owns it.
 * NULL: it is something else (http, no scheme, a user, a query, a port out of range), and the
 * message says what, without showing a user's password.
 */
char *server_url_read(const char *text, struct error *err);

/* The same from a name or an address, IPv6 without brackets too, and a decimal port. */
char *server_url_from_host(const char *host, const char *port, struct error *err);

/* What a plain URL is made of; each is owned. */
struct server_parts {
    char *host; /* with the brackets of an IPv6 address */
    char *port; /* decimal, that of https when the URL has none */
    char *path; /* "" or "/PATH" */
};
bool server_url_split(const char *url, struct server_parts *ret_parts, struct error *err);
void server_parts_clear(struct server_parts *parts);
#define CLEANUP_SERVER_PARTS __attribute__((cleanup(server_parts_clear)))

/* Adds "HOST:PORT", with the brackets of an IPv6 address that has none. */
void server_url_add_address(struct text *text, const char *host, const char *port);

#endif
