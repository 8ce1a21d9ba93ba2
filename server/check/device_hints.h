/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names of devices are good for: they make messages readable, and they show slips that no rule
 * can see, as each part is well-formed. Such a hint is less than a warning: names are for people,
 * and a list of them is never complete. Pure, but for what `names` does.
 */
#ifndef SERVER_CHECK_DEVICE_HINTS_H
#define SERVER_CHECK_DEVICE_HINTS_H

#include "server/check/device_names.h"
#include "validators/facts.h"
#include "validators/rules.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stddef.h>

/* Of one object no more are told. */
#define DEVICE_HINTS_SHOWN 20

enum hint_id { HINT_PCI_ID_UNKNOWN, HINT_PCI_NAME_DIFFERS, HINT_COUNT };

/* Like rules, for reports; their severities mean nothing. */
extern const struct rule hint_table[HINT_COUNT];

struct device_hint {
    const struct rule *rule; /* of hint_table */
    struct str path;         /* dotted */
    struct str message;
};

struct device_hint_list {
    struct device_hint items[DEVICE_HINTS_SHOWN];
    size_t count;
};

/* Names, and what was made of them; from the first object to the last. */
struct device_hints;

/* `names` must outlive them. NULL: out of memory. */
struct device_hints *device_hints_new(const struct device_names *names, struct error *err);
void device_hints_free(struct device_hints *hints);
#define CLEANUP_DEVICE_HINTS __attribute__((cleanup(device_hints_free_at)))
void device_hints_free_at(struct device_hints **hints);

/*
 * The hints on an object, in the order of its lists; of things in `arena`, which remembers when
 * memory ran out. None without `hints` (NULL) or names.
 */
void device_hints_find(struct device_hints *hints, const struct object_facts *facts,
                       struct arena *arena, struct device_hint_list *ret_list);

/*
 * A message about PCI ids with the device's name behind each that stands there in quotes: `write
 * "10de:1eb8" (NVIDIA Corporation TU104GL [Tesla T4])`. Other messages, and all without `hints`,
 * as they are.
 */
struct str device_hints_name(const struct device_hints *hints, const struct rule *rule,
                             struct str message, struct arena *arena);

#endif
