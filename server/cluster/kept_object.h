/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an object store keeps of an object: its name and its permitted lists, shared with the object
 * that was read, which nobody changes. Pure; used by object_store only.
 */
#ifndef SERVER_CLUSTER_KEPT_OBJECT_H
#define SERVER_CLUSTER_KEPT_OBJECT_H

#include "base/error.h"
#include "base/text.h"
#include "validators/kinds.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct kept_object {
    json_t *content; /* owned */
    size_t values;   /* JSON values in it, itself included */
};

/* From an object of `kind`. False: out of memory. */
bool kept_object_make(const struct kind *kind, const json_t *object, struct kept_object *ret_object,
                      struct error *err);
void kept_object_clear(struct kept_object *object);

/* As memcmp(): the order of two objects, kept or whole, by namespace and then by name. */
int kept_object_compare(const json_t *a, const json_t *b);

/* Adds "NAMESPACE/NAME". */
void kept_object_add_name(const struct kept_object *object, struct text *text);

#endif
