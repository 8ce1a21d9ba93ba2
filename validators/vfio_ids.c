/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/vfio_ids.h"

#include "validators/pci_selector.h"

#define ANY_ID 0xffffffffu /* PCI_ANY_ID: all vendors, all devices */

/* A number as %x takes it. False: there is none. `*too_wide` is set for more than 32 bits. */
static bool read_number(struct str text, size_t *at, unsigned *ret_number, bool *too_wide)
{
    size_t start = *at;
    size_t digits;
    unsigned number = 0;

    while (start < text.len && ascii_is_space(text.data[start]))
        start++;
    if (text.len - start > 2 && text.data[start] == '0' && ascii_lower(text.data[start + 1]) == 'x')
        start += 2;
    for (digits = start; digits < text.len && ascii_is_hex(text.data[digits]); digits++) {
        *too_wide |= number > 0xfffffff;
        number = number << 4 | ascii_hex_value(text.data[digits]);
    }
    if (digits == start)
        return false;
    *at = digits;
    *ret_number = number;
    return true;
}

static bool fits(unsigned number)
{
    return number <= 0xffff || number == ANY_ID;
}

struct vfio_id vfio_id_read(struct str text)
{
    struct vfio_id id = {.state = VFIO_ID_GOOD};
    bool too_wide = false;
    size_t at = 0;

    text = str_trim(text);
    while (id.count < VFIO_ID_FIELDS && read_number(text, &at, &id.fields[id.count], &too_wide)) {
        id.count++;
        id.read = at;
        if (at == text.len || text.data[at] != ':')
            break;
        at++;
    }
    if (id.count < 2)
        id.state = VFIO_ID_SKIPPED;
    else if (too_wide || !fits(id.fields[0]) || !fits(id.fields[1]))
        id.state = VFIO_ID_TOO_WIDE;
    else if (id.count == VFIO_ID_FIELDS && id.read < text.len && text.data[id.read] == ':')
        id.state = VFIO_ID_TOO_MANY;
    else if (id.read < text.len)
        id.state = VFIO_ID_TAIL;
    return id;
}

bool vfio_id_binds(const struct vfio_id *id)
{
    return id->state != VFIO_ID_SKIPPED && id->state != VFIO_ID_TOO_WIDE;
}

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
        text_add(message, "no device has it: vendor and device have at most four hex digits, as "
                          "`lspci -nn` prints them in brackets: 10de:1eb8");
        break;
    }
    message->failed |= wanted.failed;
}
