/* SPDX-License-Identifier: Apache-2.0 */
/* AdmissionReview requests for tests: a good one, and its parts exchanged one by one. */
#ifndef TESTS_SUPPORT_REVIEW_JSON_H
#define TESTS_SUPPORT_REVIEW_JSON_H

#include <jansson.h>

/* A CREATE of an empty VirtualMachine; the caller json_decref()s it. */
json_t *review_json_new(void);

/*
 * Sets the member at a dotted path, making the objects on its way; `value` is JSON in which '
 * stands for ", NULL removes the member. What can't be done ends the test program.
 */
void review_json_set(json_t *root, const char *path, const char *value);

/* A text in which ' stands for ", with quotes in their place; the caller free()s it. */
char *review_json_quote(const char *text);

#endif
