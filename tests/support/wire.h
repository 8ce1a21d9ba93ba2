/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of requests, byte by byte, and what the running server must answer to each. After each
 * row the server is asked for something else on a new connection, which must be answered: whatever
 * a client sends is that client's trouble alone.
 */
#ifndef TESTS_SUPPORT_WIRE_H
#define TESTS_SUPPORT_WIRE_H

#include "base/str.h"
#include "tests/support/serving.h"

/* What becomes of the connection once the answer was read. */
enum wire_after {
    WIRE_STAYS,  /* another request on it is answered */
    WIRE_CLOSES, /* it ends, and a request sent behind this one is not answered */
    WIRE_EITHER, /* the row does not look */
};

struct wire_case {
    const char *what;
    struct str request;
    int status; /* of the first answer; 0: refused in any way, be it without an answer */
    enum wire_after after;
    const char *words; /* somewhere in the body of the answer; NULL: any */
};

/* Plays the rows one by one; those that went wrong are printed, and the test fails. */
void wire_check(const struct serving *serving, const struct wire_case *rows, size_t count);

/* One row, for requests that are made when the test runs. False: it was printed. */
bool wire_check_one(const struct serving *serving, const struct wire_case *row);

/* A body, posted to /validate and to /mutate with its length announced. */
struct wire_body {
    const char *what;
    struct str body;
    int status;
    const char *words; /* as above */
};

void wire_check_bodies(const struct serving *serving, const struct wire_body *rows, size_t count);
bool wire_check_body(const struct serving *serving, const struct wire_body *row);

/* A plain TCP connection to the server's port, below TLS. */
int wire_connect(const struct serving *serving);

/* Ends a connection with a reset: no close_notify, no FIN. */
void wire_reset(int fd);
void wire_reset_tls(struct tls_client *client);

/* Reads until the server ends the connection. True: it did so, within 30 s. */
bool wire_await_end(int fd);
bool wire_await_tls_end(struct tls_client *client);

#endif
