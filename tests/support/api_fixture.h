/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An API client and the scripted server that it speaks to, for the tests of the client. What goes
 * wrong unexpectedly fails the test.
 */
#ifndef TESTS_SUPPORT_API_FIXTURE_H
#define TESTS_SUPPORT_API_FIXTURE_H

#include "server/api/api_client.h"
#include "tests/support/fake_api.h"
#include "tests/support/temp_dir.h"

#include <semaphore.h>

#define API_LONG_MS 60000 /* a deadline that no test reaches */
#define API_SHORT_MS 100  /* one that a test waits for */

struct api_fixture {
    struct temp_dir dir;
    struct temp_path ca_file;     /* of the server's CA */
    char server[256];             /* its address */
    struct cluster_config config; /* with `server` and `ca_file`; its texts are borrowed */
    struct fake_api *api;
    struct api_client *client; /* after api_fixture_start() */
    sem_t called;              /* posted for each request that has come */
};

/* One path, or its beginning, and what answers it; a row without a path ends the table. */
struct api_fixture_answer {
    const char *path;
    void (*write)(struct fake_call *call);
};

void api_fixture_make(struct api_fixture *fixture, const struct api_fixture_answer *answers);
void api_fixture_remove(struct api_fixture *fixture);

/* A client for the configuration as it is now, in place of the one before. */
void api_fixture_start(struct api_fixture *fixture);

/* An answer with all that is known of the request, line by line. */
void api_fixture_echo(struct fake_call *call);

/* GETs `path`, which must be answered. */
struct api_reply api_fixture_get(struct api_fixture *fixture, const char *path);
long api_fixture_status(struct api_fixture *fixture, const char *path);

/* GETs `path`, which must fail with "SERVER: " and `expected` at the message's beginning. */
void api_fixture_fails(struct api_fixture *fixture, const char *path, unsigned deadline_ms,
                       const char *expected);

void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

#endif
