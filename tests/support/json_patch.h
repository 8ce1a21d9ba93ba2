/* SPDX-License-Identifier: Apache-2.0 */
/* JSON patches as AdmissionReviews carry them, read and applied as the API server does. */
#ifndef TESTS_SUPPORT_JSON_PATCH_H
#define TESTS_SUPPORT_JSON_PATCH_H

#include <jansson.h>
#include <stdbool.h>

/* The operations in `response.patch`, which the caller json_decref()s; NULL: none, or not base64.
 */
json_t *json_patch_of(const json_t *response);

/*
 * Applies `add` operations on members of objects, the only ones that are allowed here (RFC 6902).
 * False when one is of another kind or its path leads nowhere.
 */
bool json_patch_apply(json_t *object, const json_t *operations);

#endif
