/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixtures: fixtures/<kind>/<verdict>-<why>/ holds
 *   request.json         the AdmissionReview that is sent
 *   response.json        the AdmissionReview that is expected; a patch stands there decoded
 *   arguments            (optional) options of `serve` that differ from the defaults, on one line
 *   hyperconverged.yaml  (optional) the permitted list, instead of fixtures/hyperconverged.yaml
 * The verdict is allow, deny, warn (allowed with warnings) or patch (sent to /mutate, where the
 * others go to /validate; allowed, with or without a patch).
 *
 * With FIXTURES_RECORD=1 in the environment, an answer that differs is written to response.json
 * instead of failing, for the author to read before committing.
 */
#ifndef TESTS_SUPPORT_FIXTURE_H
#define TESTS_SUPPORT_FIXTURE_H

#include "validators/permitted_list.h"
#include "validators/policy.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct fixture {
    char *folder;        /* "fixtures/virtualmachine/deny-device-not-permitted" */
    const char *verdict; /* "allow", "deny", "warn" or "patch" */
    char *request;       /* the bytes of request.json */
    size_t request_len;
    json_t *response;     /* NULL when there is no response.json (only while recording) */
    char *arguments;      /* "" when there is no such file */
    char *hyperconverged; /* path of the permitted list's manifest */
};

struct fixtures {
    struct fixture *items;
    size_t count;
};

/* Loads every fixture below fixtures/, in order of their folders; exits when one is unreadable. */
struct fixtures fixtures_load(void);
void fixtures_free(struct fixtures *fixtures);

/* What its arguments choose. */
struct policy fixture_policy(const struct fixture *fixture);

/* Its permitted list; NULL, with a message on standard error, when the manifest has none. */
struct permitted_list *fixture_list(const struct fixture *fixture, const struct policy *policy);

/* "/validate" or "/mutate". */
const char *fixture_path(const struct fixture *fixture);

/*
 * Compares an answer (the bytes of the response body) with what is expected, and the folder's
 * verdict with both. False, with a report on standard error, when they differ.
 */
bool fixture_check(const struct fixture *fixture, const char *body, size_t body_len);

/* The bytes of a file, NUL-terminated; NULL when it is not there. The caller frees them. */
char *fixture_read_file(const char *path, size_t *ret_len);

#endif
