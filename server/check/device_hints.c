/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database of names can be asked only for an id, so for the device that a resource name means all
 * devices of the vendor are asked for once, and kept.
 */
#include "server/check/device_hints.h"

#include "server/check/device_words.h"
#include "validators/findings.h"
#include "validators/pci_selector.h"

#include <stdlib.h>

/* More vendors than any cluster has devices of; each costs some milliseconds. */
#define VENDORS_MAX 32
/* As many searches through a vendor's devices, each some 0.5 ms, as there may ever be a reason for.
 */
#define SEARCHES_MAX 1000
/* 65,536 names. */
#define WORDS_LIMIT ((size_t)16 * 1024 * 1024)
/* What a name, or a message, may take. */
#define NAME_LIMIT 1024
#define MESSAGE_LIMIT ((size_t)16 * 1024)
/* Longer names are not compared: most may have 61 bytes. */
#define RESOURCE_MAX 64

const struct rule hint_table[HINT_COUNT] = {
    [HINT_PCI_ID_UNKNOWN] = {"pci-id-unknown", SEVERITY_WARN, CAUSE_NOT_SUPPORTED,
                             "the system's list of PCI ids does not have this one"},
    [HINT_PCI_NAME_DIFFERS] = {"pci-name-differs", SEVERITY_WARN, CAUSE_INVALID,
                               "the resource name is that of another device than the selector's"},
};

struct known_device {
    unsigned device;
    size_t start, len; /* of its words */
};

struct known_vendor {
    unsigned vendor;
    struct text words; /* of all devices, one behind the other */
    struct known_device *devices;
    size_t count, capacity;
};

struct device_hints {
    const struct device_names *names;
    struct known_vendor vendors[VENDORS_MAX];
    size_t vendor_count;
    size_t searches;
};

struct device_hints *device_hints_new(const struct device_names *names, struct error *err)
{
    struct device_hints *hints = calloc(1, sizeof *hints);

    if (hints)
        hints->names = names;
    else
        error_set_no_memory(err);
    return hints;
}

void device_hints_free(struct device_hints *hints)
{
    for (size_t i = 0; hints && i < hints->vendor_count; i++) {
        text_free(&hints->vendors[i].words);
        free(hints->vendors[i].devices);
    }
    free(hints);
}

void device_hints_free_at(struct device_hints **hints)
{
    device_hints_free(*hints);
}

static struct str all_of(const struct text *text)
{
    return (struct str){text_get(text), text->len};
}

/* --- names ----------------------------------------------------------------------------------- */

struct pci_id {
    unsigned vendor;
    int device;
};

/* `ids` is a selector that is valid. */
static struct pci_id pci_id_of(struct str ids)
{
    unsigned halves[2] = {0, 0};

    for (size_t i = 0; i < ids.len; i++) {
        if (ids.data[i] != ':')
            halves[i > 4] = halves[i > 4] * 16 + ascii_hex_value(ids.data[i]);
    }
    return (struct pci_id){halves[0], (int)halves[1]};
}

static bool add_name(const struct device_hints *hints, unsigned vendor, int device,
                     struct text *text)
{
    return hints->names->add(hints->names->context, vendor, device, text);
}

/* "NVIDIA Corporation TU104GL [Tesla T4]"; nothing when the device is not known. */
static bool add_full_name(const struct device_hints *hints, struct pci_id id, struct text *text)
{
    size_t before = text->len;
    bool known = add_name(hints, id.vendor, DEVICE_NAMES_VENDOR, text);

    text_add(text, " ");
    known = known && add_name(hints, id.vendor, id.device, text);
    if (!known)
        text_cut(text, before);
    return known;
}

static bool is_quoted_id(struct str message, size_t at)
{
    return at + 10 < message.len && message.data[at] == '"' && message.data[at + 10] == '"' &&
           pci_selector_is_valid(str_slice(message, at + 1, 9));
}

static void add_named(const struct device_hints *hints, struct str message, struct text *text)
{
    for (size_t at = 0; at < message.len;) {
        struct text name CLEANUP_TEXT = TEXT_INIT(NAME_LIMIT);
        size_t len = is_quoted_id(message, at) ? 11 : 1;

        text_add_str(text, str_slice(message, at, len));
        if (len > 1 && add_full_name(hints, pci_id_of(str_slice(message, at + 1, 9)), &name))
            text_addf(text, " (%s)", text_get(&name));
        text->failed |= name.failed;
        at += len;
    }
}

struct str device_hints_name(const struct device_hints *hints, const struct rule *rule,
                             struct str message, struct arena *arena)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(MESSAGE_LIMIT);

    /* Ids of USB devices look the same. */
    if (!hints || !message.data || str_starts_with(str_from(rule->id), STR("usb-")) ||
        !hints->names->ready(hints->names->context))
        return message;
    add_named(hints, message, &text);
    arena->failed |= text.failed;
    return arena_copy(arena, all_of(&text));
}

/* --- a vendor's devices ---------------------------------------------------------------------- */

static bool add_device(struct known_vendor *vendor, struct known_device device)
{
    if (vendor->count == vendor->capacity) {
        size_t capacity = vendor->capacity ? 2 * vendor->capacity : 256;
        struct known_device *larger = reallocarray(vendor->devices, capacity, sizeof *larger);

        if (!larger)
            return false;
        vendor->devices = larger;
        vendor->capacity = capacity;
    }
    vendor->devices[vendor->count++] = device;
    return true;
}

/* False: out of memory. */
static bool read_devices(const struct device_hints *hints, struct known_vendor *vendor)
{
    struct text name CLEANUP_TEXT = TEXT_INIT(NAME_LIMIT);

    for (int id = 0; id < DEVICE_NAMES_DEVICES; id++) {
        size_t start = vendor->words.len;

        text_cut(&name, 0);
        if (!add_name(hints, vendor->vendor, id, &name))
            continue;
        device_words_add(all_of(&name), &vendor->words);
        if (name.failed || vendor->words.failed ||
            !add_device(vendor,
                        (struct known_device){(unsigned)id, start, vendor->words.len - start}))
            return false;
    }
    return true;
}

/* NULL: there were too many, or memory ran out, which the arena remembers. */
static const struct known_vendor *find_vendor(struct device_hints *hints, unsigned id,
                                              struct arena *arena)
{
    struct known_vendor *vendor;

    for (size_t i = 0; i < hints->vendor_count; i++) {
        if (hints->vendors[i].vendor == id)
            return &hints->vendors[i];
    }
    if (hints->vendor_count == VENDORS_MAX)
        return NULL;
    vendor = &hints->vendors[hints->vendor_count++];
    *vendor = (struct known_vendor){.vendor = id, .words = TEXT_INIT(WORDS_LIMIT)};
    if (read_devices(hints, vendor))
        return vendor;
    arena->failed = true;
    return NULL;
}

/* --- names that differ ----------------------------------------------------------------------- */

/* Words of the vendor's name say nothing of the device. */
static bool has_all(struct str words, struct str wanted, struct str vendor)
{
    struct str word;

    for (size_t at = 0; device_words_next(wanted, &at, &word);) {
        if (!device_words_have(words, word) && !device_words_have(vendor, word))
            return false;
    }
    return true;
}

/* Whether the words of a resource name tell a model, and none that does is the device's. */
static bool tells_another(struct str wanted, struct str own)
{
    bool tells = false;
    struct str word;

    for (size_t at = 0; device_words_next(wanted, &at, &word);) {
        if (!device_word_tells(word))
            continue;
        if (device_words_contain(own, word))
            return false;
        tells = true;
    }
    return tells;
}

/* How many devices have all these words, and the first of them. */
static size_t search(const struct known_vendor *vendor, struct str wanted, struct str vendor_words,
                     struct pci_id *ret_first)
{
    size_t found = 0;

    for (size_t i = 0; i < vendor->count; i++) {
        const struct known_device *device = &vendor->devices[i];
        struct str words = {text_get(&vendor->words) + device->start, device->len};

        if (has_all(words, wanted, vendor_words) && found++ == 0)
            *ret_first = (struct pci_id){vendor->vendor, (int)device->device};
    }
    return found;
}

/* --- hints ----------------------------------------------------------------------------------- */

struct hinter {
    struct device_hints *hints;
    struct arena *arena;
    struct device_hint_list *list;
};

static void keep(struct hinter *hinter, enum hint_id id, struct path path,
                 const struct text *message)
{
    struct text dotted CLEANUP_TEXT = TEXT_INIT(NAME_LIMIT);

    path_add_dotted(&dotted, &path);
    hinter->arena->failed |= dotted.failed || message->failed;
    hinter->list->items[hinter->list->count++] = (struct device_hint){
        .rule = &hint_table[id],
        .path = arena_copy(hinter->arena, all_of(&dotted)),
        .message = arena_copy(hinter->arena, all_of(message)),
    };
}

static void hint_unknown(struct hinter *hinter, struct str selector, struct path path)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(MESSAGE_LIMIT);
    struct pci_id id = pci_id_of(selector);

    text_add_quoted(&message, selector, SHOWN_VALUE_LIMIT);
    text_add(&message, ": this system's pci.ids has no ");
    if (add_name(hinter->hints, id.vendor, DEVICE_NAMES_VENDOR, &message))
        text_addf(&message, " device %04x", (unsigned)id.device);
    else
        text_addf(&message, "vendor %04x", id.vendor);
    text_add(&message, "; compare with what `lspci -nn` prints on the node");
    keep(hinter, HINT_PCI_ID_UNKNOWN, path, &message);
}

static void hint_differs(struct hinter *hinter, const struct permitted_entry *entry,
                         struct pci_id meant, bool others, struct path path)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(MESSAGE_LIMIT);

    text_add_quoted(&message, entry->resource_name.text, SHOWN_VALUE_LIMIT);
    text_addf(&message, ": this is the name of %04x:%04x (", meant.vendor, (unsigned)meant.device);
    add_full_name(hinter->hints, meant, &message);
    text_add(&message, ")");
    text_add(&message, others ? " and others, but the selector " : ", but the selector ");
    text_add_quoted(&message, entry->selector.text, SHOWN_VALUE_LIMIT);
    text_add(&message, " is that of ");
    add_full_name(hinter->hints, pci_id_of(entry->selector.text), &message);
    text_add(&message, "; take both from one line of `lspci -nn`");
    keep(hinter, HINT_PCI_NAME_DIFFERS, path, &message);
}

/* The part of a resource name that is the device's. */
static void add_resource_words(struct str resource, struct text *text)
{
    size_t slash = str_find(resource, '/');

    if (resource.data && resource.len <= RESOURCE_MAX && slash < resource.len)
        device_words_add_camel(str_slice(resource, slash + 1, resource.len), text);
}

/* How many devices of the vendor have the words of a resource name, and the first of them. */
static size_t search_by_words(struct hinter *hinter, unsigned vendor_id, struct str wanted,
                              struct pci_id *ret_first)
{
    struct text name CLEANUP_TEXT = TEXT_INIT(NAME_LIMIT);
    struct text words CLEANUP_TEXT = TEXT_INIT(NAME_LIMIT);
    const struct known_vendor *vendor;

    if (hinter->hints->searches == SEARCHES_MAX)
        return 0;
    hinter->hints->searches++;
    vendor = find_vendor(hinter->hints, vendor_id, hinter->arena);
    add_name(hinter->hints, vendor_id, DEVICE_NAMES_VENDOR, &name);
    device_words_add(all_of(&name), &words);
    hinter->arena->failed |= name.failed || words.failed;
    return vendor ? search(vendor, wanted, all_of(&words), ret_first) : 0;
}

static void compare(struct hinter *hinter, const struct permitted_entry *entry, unsigned vendor,
                    const struct text *own_name, struct path path)
{
    struct text wanted CLEANUP_TEXT = TEXT_INIT(NAME_LIMIT);
    struct text own CLEANUP_TEXT = TEXT_INIT(NAME_LIMIT);
    struct pci_id first = {0, 0};
    size_t found = 0;

    add_resource_words(field_filled(entry->resource_name), &wanted);
    device_words_add(all_of(own_name), &own);
    hinter->arena->failed |= wanted.failed || own.failed;
    if (tells_another(all_of(&wanted), all_of(&own)))
        found = search_by_words(hinter, vendor, all_of(&wanted), &first);
    if (found > 0)
        hint_differs(hinter, entry, first, found > 1, path);
}

static void look_at(struct hinter *hinter, const struct permitted_entry *entry, struct path at,
                    const struct permitted_spelling *spelling)
{
    struct str selector = field_filled(entry->selector);
    struct text name CLEANUP_TEXT = TEXT_INIT(NAME_LIMIT);
    struct pci_id id;

    if (!entry->is_object || entry->disabled || !selector.data || !pci_selector_is_valid(selector))
        return;
    id = pci_id_of(selector);
    if (add_name(hinter->hints, id.vendor, id.device, &name))
        compare(hinter, entry, id.vendor, &name, path_field(at, "resourceName"));
    else
        hint_unknown(hinter, selector, path_field(at, spelling->pci_selector));
    hinter->arena->failed |= name.failed;
}

void device_hints_find(struct device_hints *hints, const struct object_facts *facts,
                       struct arena *arena, struct device_hint_list *ret_list)
{
    struct hinter hinter = {hints, arena, ret_list};

    ret_list->count = 0;
    for (size_t i = 0; i < facts->section_count; i++) {
        const struct permitted_entries *list = &facts->sections[i].lists[DEVICE_PCI];

        if (!hints || facts->deleting || list->count == 0 ||
            !hints->names->ready(hints->names->context))
            continue;
        for (size_t k = 0; k < list->count && ret_list->count < DEVICE_HINTS_SHOWN; k++)
            look_at(&hinter, &list->items[k], path_entry(list->path, k), facts->kind->spelling);
    }
}
