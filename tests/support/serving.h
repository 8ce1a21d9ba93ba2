/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests of the running server share: certificates from its own `certs issue`, a manifest that
 * permits one device, the server, and how to reach it. Like server_process.h, what can't be set up
 * ends the test program.
 */
#ifndef TESTS_SUPPORT_SERVING_H
#define TESTS_SUPPORT_SERVING_H

#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_client.h"

struct serving {
    struct temp_dir dir;
    struct temp_path ca, crt, key;
    struct temp_path list; /* the manifest; a test may name another before it starts the server */
    struct server_process server;
    struct tls_target target; /* the server's address under the name `localhost` */
    struct tls_target probes; /* its plain port */
};

/* A HyperConverged that permits nvidia.com/TU104GL_Tesla_T4. */
extern const char serving_list[];

/* An AdmissionReview of a VM that asks for it. */
extern const char serving_review[];

/* The same of a device that is not permitted, of the same length; the caller frees it. */
char *serving_make_bad_review(void);

/* The head of a review as far as it is the same in all requests. */
#define SERVING_HEAD "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"

/* The folder with its files, without a server; both are for a group's setup and teardown. */
void serving_make(struct serving *serving);
void serving_remove(struct serving *serving);

/* Starts the server with one more option; NULL: none. */
void serving_start(struct serving *serving, const char *option, const char *value);

/* The same with several, up to 16 words that end with NULL. */
void serving_start_with(struct serving *serving, const char *const *options);

/* Stops the server, checks that it ended well, and frees its log. */
void serving_stop(struct serving *serving);

/*
 * The same as cmocka wants it, for one serving that all tests of a program share: certificates and
 * manifest are made for the group, a server for each test, which gets the serving as its state.
 */
extern struct serving serving_shared;
int serving_make_files(void **state);
int serving_remove_files(void **state);
int serving_set_up(void **state);
int serving_tear_down(void **state);
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, serving_set_up, serving_tear_down)

/* For a test that starts and stops servers by itself: what it leaves behind is ended. */
int serving_take_files(void **state);
int serving_clean_up(void **state);
#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, serving_take_files, serving_clean_up)

/* GET on a connection of its own. Returns the status, 0 when no answer came. */
int serving_get(const struct serving *serving, const char *url);

/* POST of a body, as JSON. */
int serving_post(const struct serving *serving, const char *url, const char *body, size_t len);

/* Sends bytes as they are on a connection of its own. Returns the status, 0 when none came. */
int serving_send(const struct serving *serving, const char *request, size_t len);

/*
 * Connects and sends the head of a review that expects to be told to go on. True once the server
 * said so: it waits for the body, serving_review.
 */
bool serving_begin_review(const struct serving *serving, struct tls_client *client);

#endif
