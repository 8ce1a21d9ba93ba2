/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything lies in one arena: the entries sorted by name (for messages), a hash from name to
 * entry (for the verdict) and a hash from PCI selector to entry (for people who write ids).
 */
#include "validators/permitted_list.h"

#include "base/arena.h"
#include "base/nearest_name.h"
#include "base/str_map.h"
#include "validators/facts.h"
#include "validators/pci_selector.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message names this many permitted devices; the rest is counted. */
#define MAX_NAMED 10

/*
 * The arena's limit: an object is at most 7 MiB of JSON (etcd takes 1.5), an entry at least 40
 * bytes of it, and takes about 400 bytes here. No list that fits in a request comes near.
 */
#define ARENA_LIMIT ((size_t)256 * 1024 * 1024)

struct entry {
    struct str name;
    uint64_t letters; /* see nearest_name_letters() */
    bool enabled;
    bool shares_selector; /* another entry has the PCI selector by which it is found */
};

struct permitted_list {
    atomic_uint references;
    struct arena arena;
    bool has_objects;
    bool present;
    struct entry *entries; /* sorted by name */
    size_t entry_count;
    size_t enabled_count;
    struct str_map by_name;     /* → index in entries */
    struct str_map by_selector; /* lower-case PCI selector → index in entries */
    char version[PERMITTED_LIST_VERSION_MAX + 1];
};

struct permitted_list *permitted_list_ref(struct permitted_list *list)
{
    atomic_fetch_add_explicit(&list->references, 1, memory_order_relaxed);
    return list;
}

void permitted_list_unref(struct permitted_list *list)
{
    if (!list || atomic_fetch_sub_explicit(&list->references, 1, memory_order_acq_rel) > 1)
        return;
    arena_free(&list->arena);
    free(list);
}

void permitted_list_set_version(struct permitted_list *list, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(list->version, sizeof list->version, format, args);
    va_end(args);
}

const char *permitted_list_version(const struct permitted_list *list)
{
    return list->version;
}

bool permitted_list_is_present(const struct permitted_list *list)
{
    return list->present;
}

size_t permitted_list_count(const struct permitted_list *list)
{
    return list->enabled_count;
}

/* --- building -------------------------------------------------------------------------------- */

/* The object's own path when it is there, else the mistaken one when that is, or NULL. */
static const struct permitted_section *section_in_force(const struct object_facts *facts)
{
    for (size_t i = 0; i < facts->section_count; i++) {
        if (facts->sections[i].present)
            return &facts->sections[i];
    }
    return NULL;
}

static size_t count_entries(const struct permitted_section *section)
{
    size_t count = 0;

    for (int i = 0; section && i < DEVICE_CLASS_COUNT; i++)
        count += section->lists[i].count;
    return count;
}

static void add_entry(struct permitted_list *list, const struct permitted_entry *from)
{
    struct str name = field_filled(from->resource_name);
    bool added = false;
    size_t *index;

    if (!name.data)
        return;
    name = arena_copy(&list->arena, name);
    index = name.data ? str_map_put(&list->by_name, name, list->entry_count, &added) : NULL;
    if (!index)
        return;
    if (added)
        list->entries[list->entry_count++] =
            (struct entry){.name = name, .letters = nearest_name_letters(name), .enabled = false};
    if (!from->disabled && !list->entries[*index].enabled) {
        list->entries[*index].enabled = true;
        list->enabled_count++;
    }
}

static int compare_entries(const void *a, const void *b)
{
    return str_compare(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void sort_entries(struct permitted_list *list)
{
    qsort(list->entries, list->entry_count, sizeof *list->entries, compare_entries);
    for (size_t i = 0; i < list->entry_count; i++)
        str_map_put(&list->by_name, list->entries[i].name, i, NULL)[0] = i;
}

static void add_selector(struct permitted_list *list, const struct permitted_entry *from)
{
    struct str selector = field_filled(from->selector);
    struct str name = field_filled(from->resource_name);
    const size_t *index, *first;

    if (from->disabled || !name.data || !pci_selector_is_valid(selector))
        return;
    index = str_map_get(&list->by_name, name);
    selector = arena_lower(&list->arena, selector);
    if (!index || !selector.data)
        return;
    first = str_map_put(&list->by_selector, selector, *index, NULL);
    if (first && *first != *index)
        list->entries[*first].shares_selector = true;
}

static void add_selectors(struct permitted_list *list, const struct permitted_section *section)
{
    for (size_t i = 0; section && i < section->lists[DEVICE_PCI].count; i++)
        add_selector(list, &section->lists[DEVICE_PCI].items[i]);
}

/* The entries of one object, behind those of the objects before it. */
static void add_section(struct permitted_list *list, const struct permitted_section *section)
{
    list->present = true;
    for (int i = 0; i < DEVICE_CLASS_COUNT; i++) {
        for (size_t j = 0; j < section->lists[i].count; j++)
            add_entry(list, &section->lists[i].items[j]);
    }
}

static void fill(struct permitted_list *list, const struct object_facts *objects, size_t count)
{
    size_t entries = 1;

    for (size_t i = 0; i < count; i++)
        entries += count_entries(section_in_force(&objects[i]));
    list->entries = arena_alloc(&list->arena, entries, sizeof *list->entries);
    if (!list->entries)
        return;
    for (size_t i = 0; i < count; i++) {
        if (section_in_force(&objects[i]))
            add_section(list, section_in_force(&objects[i]));
    }
    sort_entries(list);
    for (size_t i = 0; i < count; i++)
        add_selectors(list, section_in_force(&objects[i]));
}

struct permitted_list *permitted_list_new(const struct object_facts *objects, size_t count,
                                          struct error *err)
{
    struct permitted_list *list = calloc(1, sizeof *list);

    if (!list) {
        error_no_memory(err);
        return NULL;
    }
    atomic_init(&list->references, 1);
    list->arena = (struct arena)ARENA_INIT(ARENA_LIMIT);
    list->by_name = (struct str_map)STR_MAP_INIT(&list->arena);
    list->by_selector = (struct str_map)STR_MAP_INIT(&list->arena);
    list->present = count == 0;
    list->has_objects = count > 0;
    fill(list, objects, count);
    if (list->arena.failed) {
        permitted_list_unref(list);
        error_no_memory(err);
        return NULL;
    }
    return list;
}

/* --- asking ---------------------------------------------------------------------------------- */

enum permission permitted_list_find(const struct permitted_list *list, struct str name)
{
    const size_t *index = str_map_get(&list->by_name, name);

    if (!index)
        return PERMISSION_NONE;
    return list->entries[*index].enabled ? PERMISSION_GRANTED : PERMISSION_DISABLED;
}

static struct str behind_slash(struct str name)
{
    size_t slash = str_find(name, '/');

    return slash == name.len ? name : str_slice(name, slash + 1, name.len);
}

/* The entry whose name differs from `name` in case only; NULL: none. */
static const struct entry *find_case_slip(const struct permitted_list *list, struct str name,
                                          bool enabled)
{
    for (size_t i = 0; i < list->entry_count; i++) {
        if (list->entries[i].enabled == enabled &&
            str_equal_ignoring_case(list->entries[i].name, name))
            return &list->entries[i];
    }
    return NULL;
}

static const struct entry *find_in_other_case(const struct permitted_list *list, struct str name)
{
    return find_case_slip(list, name, true);
}

static const struct entry *find_disabled_in_other_case(const struct permitted_list *list,
                                                       struct str name)
{
    return find_case_slip(list, name, false);
}

/* The enabled entry of which `name` is the PCI selector, or NULL. */
static const struct entry *find_by_selector(const struct permitted_list *list, struct str name)
{
    char ids[16];
    const size_t *index;

    if (!pci_selector_is_valid(name))
        return NULL;
    for (size_t i = 0; i < name.len; i++)
        ids[i] = ascii_lower(name.data[i]);
    index = str_map_get(&list->by_selector, (struct str){ids, name.len});
    return index ? &list->entries[*index] : NULL;
}

/*
 * The enabled entry nearest to `name`, or NULL. How near it must be depends on the part behind the
 * slash: a domain that both share says nothing. A name without its domain, or with another one,
 * counts as one edit.
 */
static const struct entry *find_nearest(const struct permitted_list *list, struct str name)
{
    struct str device = behind_slash(name);
    size_t limit = nearest_name_tolerance(device.len);
    uint64_t letters = nearest_name_letters(name);
    const struct entry *best = NULL;

    for (size_t i = 0; i < list->entry_count; i++) {
        const struct entry *entry = &list->entries[i];
        size_t distance = limit + 1;

        if (!entry->enabled)
            continue;
        if ((size_t)__builtin_popcountll(entry->letters ^ letters) <= 2 * limit)
            distance = nearest_name_distance(name, entry->name, limit);
        if (distance > 1 && str_equal_ignoring_case(device, behind_slash(entry->name)))
            distance = 1;
        if (distance > limit || (best && distance == limit))
            continue;
        best = entry;
        limit = distance;
        if (limit <= 1)
            break; /* nothing is nearer: a name that differs in case only was found before */
    }
    return best;
}

void permitted_list_enumerate(const struct permitted_list *list, struct text *message)
{
    size_t named = 0;

    if (list->enabled_count == 0) {
        text_add(message, "; no device is permitted: ");
        text_add(message, !list->has_objects      ? "there is no object with a permitted list"
                          : !list->present        ? "there is no permitted list"
                          : list->entry_count > 0 ? "every entry of the permitted list is disabled"
                                                  : "the permitted list is empty");
        return;
    }
    text_add(message, "; permitted: ");
    for (size_t i = 0; i < list->entry_count && named < MAX_NAMED; i++) {
        if (!list->entries[i].enabled)
            continue;
        text_add(message, named > 0 ? ", " : "");
        text_add_quoted(message, list->entries[i].name, 80);
        named++;
    }
    if (list->enabled_count > named)
        text_addf(message, " and %zu more", list->enabled_count - named);
}

/* The ways to find what was meant, best first, and the words around the name. */
static const struct {
    const struct entry *(*find)(const struct permitted_list *list, struct str name);
    const char *before, *behind;
} ways[] = {
    {find_by_selector, "; this is a PCI selector: write its resourceName ", ""},
    {find_in_other_case, "; names are case-sensitive: write ", ""},
    {find_disabled_in_other_case, "; names are case-sensitive, and the entry ",
     " says `disabled: true`"},
    {find_nearest, " (did you mean ", "?)"},
};

void permitted_list_suggest(const struct permitted_list *list, struct str name,
                            struct text *message)
{
    if (name.len > NEAREST_NAME_LIMIT || permitted_list_find(list, name) != PERMISSION_NONE)
        return;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct entry *entry = ways[i].find(list, name);

        if (!entry)
            continue;
        text_add(message, ways[i].before);
        text_add_quoted(message, entry->name, NEAREST_NAME_LIMIT);
        text_add(message, ways[i].behind);
        return;
    }
}

/* The same as find_in_other_case(), and NULL when there are two. */
static const struct entry *find_only_one_in_other_case(const struct permitted_list *list,
                                                       struct str name)
{
    const struct entry *found = find_in_other_case(list, name);
    const struct entry *end = list->entries + list->entry_count;

    for (const struct entry *entry = found ? found + 1 : end; entry < end; entry++) {
        if (entry->enabled && str_equal_ignoring_case(entry->name, name))
            return NULL;
    }
    return found;
}

struct str permitted_list_meant(const struct permitted_list *list, struct str name)
{
    const struct str unknown = {NULL, 0};
    const struct entry *entry;

    if (name.len > NEAREST_NAME_LIMIT || permitted_list_find(list, name) != PERMISSION_NONE)
        return unknown;
    if (!pci_selector_is_valid(name)) {
        entry = find_only_one_in_other_case(list, name);
        return entry ? entry->name : unknown;
    }
    entry = find_by_selector(list, name);
    return entry && !entry->shares_selector ? entry->name : unknown;
}
