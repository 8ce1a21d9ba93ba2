/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host devices that a cluster permits, by resource name. Built aside, then immutable: any
 * number of threads may read one list. It is reference-counted; the last unref frees it.
 */
#ifndef VALIDATORS_PERMITTED_LIST_H
#define VALIDATORS_PERMITTED_LIST_H

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct object_facts;
struct permitted_list;

/*
 * The list that HyperConverged or KubeVirt objects hold together; a cluster has one such object. Of
 * the two paths a HyperConverged can have, the one of its own version counts and the other only in
 * its absence. Disabled entries are remembered (for a better message) but permit nothing: HCO does
 * not hand them to KubeVirt (controllers/handlers/kubevirt.go:704). `count` 0: nothing is
 * permitted. Copies what it needs. NULL: out of memory.
 */
struct permitted_list *permitted_list_new(const struct object_facts *objects, size_t count,
                                          struct error *err);

struct permitted_list *permitted_list_ref(struct permitted_list *list);
void permitted_list_unref(struct permitted_list *list); /* NULL-safe */

/*
 * False when there are objects and none has permittedHostDevices at all; see
 * policy.absent_list_permits_all. True when there is no object.
 */
bool permitted_list_is_present(const struct permitted_list *list);

/*
 * Which state of its source the list is, for who logs what it decided: set before others see it,
 * cut to PERMITTED_LIST_VERSION_MAX bytes. "" until then.
 */
#define PERMITTED_LIST_VERSION_MAX 127
void permitted_list_set_version(struct permitted_list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *permitted_list_version(const struct permitted_list *list);

/* How many names are permitted. */
size_t permitted_list_count(const struct permitted_list *list);

enum permission {
    PERMISSION_NONE,     /* no entry has this name */
    PERMISSION_DISABLED, /* only entries with `disabled: true` have it */
    PERMISSION_GRANTED,
};

/* Whether `name`, case-sensitive, is permitted. One hash look-up. */
enum permission permitted_list_find(const struct permitted_list *list, struct str name);

/*
 * For a `name` that no entry has: adds to a message the permitted name that differs only in case,
 * or that is near, or whose PCI selector `name` is. Looks at every entry: not for thousands of
 * names.
 */
void permitted_list_suggest(const struct permitted_list *list, struct str name,
                            struct text *message);

/*
 * For a `name` that no entry has, the one permitted name that permitted_list_suggest() says to
 * write; absent when there is none, or more than one, or what it says is a question. Borrowed from
 * the list. Looks at every entry, too.
 */
struct str permitted_list_meant(const struct permitted_list *list, struct str name);

/* Adds what is permitted: the first names, and how many more there are. */
void permitted_list_enumerate(const struct permitted_list *list, struct text *message);

#endif
