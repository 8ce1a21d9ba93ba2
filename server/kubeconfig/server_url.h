/* SPDX-License-Identifier: Apache-2.0 */
/* The address of an API server as people and kubelets write it. Pure functions. */
#ifndef SERVER_KUBECONFIG_SERVER_URL_H
#define SERVER_KUBECONFIG_SERVER_URL_H

#include "base/error.h"

/*
 * "https://HOST[:PORT][/PATH]" in its plain form, without a slash at its end; the caller owns it.
 * NULL: it is something else (http, no scheme, a user, a query, a port out of range), and the
 * message says what, without showing a user's password.
 */
char *server_url_read(const char *text, struct error *err);

/* The same from a name or an address, IPv6 without brackets too, and a decimal port. */
char *server_url_from_host(const char *host, const char *port, struct error *err);

#endif
