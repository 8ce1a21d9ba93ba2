/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to the fake API server, from its first byte to the end of its answer: what
 * fake_api.c has for itself; tests see it by fake_api.h.
 */
#ifndef TESTS_SUPPORT_FAKE_CALL_H
#define TESTS_SUPPORT_FAKE_CALL_H

#include "tests/support/fake_api.h"

#include <openssl/ssl.h>

/* How long either side of a connection may keep the other waiting. */
#define FAKE_API_WAIT_SECONDS 30

/* The next request of a connection, which must outlive it; NULL when there is none any more. */
struct fake_call *fake_call_receive(SSL *ssl, int fd);

/* Answers 404 when nobody did, and frees it. Whether the connection may be used again. */
bool fake_call_end(struct fake_call *call);

/* Ends the program. */
_Noreturn void fake_api_die(const char *what);
void *fake_api_checked(void *memory);

#endif
