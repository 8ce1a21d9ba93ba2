/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/machine_config/vfio_ids.h"

#include "validators/machine_config/kernel_arguments.h"
#include "validators/pci_selector.h"

#include <string.h>

#define ANY_ID 0xffffffffu /* PCI_ANY_ID: all vendors, all devices */

/* Of the first four fields: vendor, device, subvendor, subdevice. */
#define DEVICE_FIELDS 4

enum { FIELD_CLASS = DEVICE_FIELDS, FIELD_CLASS_MASK };

/* A field as it is written. */
struct number {
    unsigned value;
    bool is_short;    /* fewer digits than lspci prints */
    bool is_too_wide; /* more than 32 bits */
};

/* A number as %x takes it. False: there is none. */
static bool read_number(struct str text, size_t *at, struct number *ret_number)
{
    struct number number = {0};
    size_t start = *at;
    size_t end;
    bool has_prefix;

    while (start < text.len && ascii_is_space(text.data[start]))
        start++;
    has_prefix =
        text.len - start > 2 && text.data[start] == '0' && ascii_lower(text.data[start + 1]) == 'x';
    start += has_prefix ? 2 : 0;
    for (end = start; end < text.len && ascii_is_hex(text.data[end]); end++) {
        number.is_too_wide |= number.value > 0xfffffff;
        number.value = number.value << 4 | ascii_hex_value(text.data[end]);
    }
    if (end == start)
        return false;
    number.is_short = !has_prefix && end - start < 4;
    *at = end;
    *ret_number = number;
    return true;
}

/* The kernel compares all 32 bits with the 16 that a device has. */
static bool fits(unsigned number)
{
    return number <= 0xffff || number == ANY_ID;
}

/* A class has 24 bits; of it the kernel compares what the mask, 0 when left out, has. */
static bool can_match(const struct vfio_id *id)
{
    for (size_t i = 0; i < id->count && i < DEVICE_FIELDS; i++) {
        if (!fits(id->fields[i]))
            return false;
    }
    return (id->fields[FIELD_CLASS] & id->fields[FIELD_CLASS_MASK]) <= 0xffffff;
}

/* A subvendor or subdevice of nothing but 0 is a way to write that it has none. */
static bool misses_digits(const struct number *number, size_t field)
{
    return number->is_short && (field < 2 || (field < DEVICE_FIELDS && number->value != 0));
}

struct vfio_id vfio_id_read(struct str text)
{
    struct vfio_id id = {.state = VFIO_ID_GOOD};
    struct number number;
    bool is_short = false;
    bool is_too_wide = false;
    size_t at = 0;

    text = str_trim(text);
    while (id.count < VFIO_ID_FIELDS && read_number(text, &at, &number)) {
        is_short |= misses_digits(&number, id.count);
        is_too_wide |= number.is_too_wide;
        id.fields[id.count++] = number.value;
        id.read = at;
        if (at == text.len || text.data[at] != ':')
            break;
        at++;
    }
    if (id.count < 2)
        id.state = VFIO_ID_SKIPPED;
    else if (is_too_wide || !can_match(&id))
        id.state = VFIO_ID_TOO_WIDE;
    else if (id.count == VFIO_ID_FIELDS && id.read < text.len && text.data[id.read] == ':')
        id.state = VFIO_ID_TOO_MANY;
    else if (id.read < text.len)
        id.state = VFIO_ID_TAIL;
    else if (is_short)
        id.state = VFIO_ID_SHORT;
    return id;
}

bool vfio_id_binds(const struct vfio_id *id)
{
    return id->state != VFIO_ID_SKIPPED && id->state != VFIO_ID_TOO_WIDE;
}

/* --- sets ------------------------------------------------------------------------------------ */

struct vfio_id_key {
    unsigned fields[VFIO_ID_FIELDS];
};

static struct vfio_id_key key_of(const struct vfio_id *id)
{
    struct vfio_id_key key = {{0, 0, ANY_ID, ANY_ID, 0, 0}};

    memcpy(key.fields, id->fields, id->count * sizeof key.fields[0]);
    return key;
}

static struct str bytes_of(const struct vfio_id_key *key)
{
    return (struct str){(const char *)key, sizeof *key};
}

bool vfio_ids_put(struct str_map *set, const struct vfio_id *id)
{
    const struct vfio_id_key key = key_of(id);
    struct str kept;

    if (str_map_get(set, bytes_of(&key)))
        return false;
    kept = arena_copy(set->arena, bytes_of(&key));
    if (kept.data)
        str_map_put(set, kept, 0, NULL);
    return true;
}

void vfio_ids_put_all(struct str_map *set, struct str list)
{
    struct str item;

    while (comma_list_next(&list, &item)) {
        const struct vfio_id id = vfio_id_read(item);

        if (vfio_id_binds(&id))
            vfio_ids_put(set, &id);
    }
}

bool vfio_ids_are_in(const struct str_map *set, struct str list)
{
    struct str item;

    while (comma_list_next(&list, &item)) {
        const struct vfio_id id = vfio_id_read(item);
        const struct vfio_id_key key = key_of(&id);

        if (vfio_id_binds(&id) && !str_map_get(set, bytes_of(&key)))
            return false;
    }
    return true;
}

/* --- words ----------------------------------------------------------------------------------- */

bool vfio_id_is_any(const struct vfio_id *id)
{
    return id->fields[0] == ANY_ID || id->fields[1] == ANY_ID;
}

void vfio_id_add(const struct vfio_id *id, struct text *text)
{
    for (size_t i = 0; i < id->count; i++)
        text_addf(text, "%s%04x", i > 0 ? ":" : "", id->fields[i]);
}

void vfio_id_explain(const struct vfio_id *id, struct str text, struct text *message)
{
    struct text wanted CLEANUP_TEXT = TEXT_INIT(128);

    vfio_id_add(id, &wanted);
    switch (id->state) {
    case VFIO_ID_GOOD:
        break;
    case VFIO_ID_SKIPPED:
        text_add(message, "vfio-pci passes over it in silence; ");
        pci_selector_explain(text, message);
        break;
    case VFIO_ID_TAIL:
        if (str_find(text, '.') < text.len) { /* a device's address */
            text_add(message, "these are not the ids of a device; ");
            pci_selector_explain(text, message);
            break;
        }
        text_addf(message,
                  "vfio-pci reads \"%s\" and ignores the rest; write that alone, and further ids "
                  "behind commas",
                  text_get(&wanted));
        break;
    case VFIO_ID_TOO_MANY:
        text_addf(message,
                  "an id has up to six fields, vendor:device:subvendor:subdevice:class:mask, and "
                  "vfio-pci ignores the rest; write \"%s\"",
                  text_get(&wanted));
        break;
    case VFIO_ID_TOO_WIDE:
        text_add(message, "no device has it: vendor, device, subvendor and subdevice have four hex "
                          "digits each, as `lspci -nnv` prints them in brackets: 10de:1eb8, and a "
                          "class has six");
        break;
    case VFIO_ID_SHORT:
        text_addf(message,
                  "vfio-pci takes it for \"%s\", and a digit may be missing; write four for each, "
                  "as `lspci -nn` prints them in brackets",
                  text_get(&wanted));
        break;
    }
    message->failed |= wanted.failed;
}
