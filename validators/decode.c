/* SPDX-License-Identifier: Apache-2.0 */
/* Reads only what the rules need. */
#include "validators/decode.h"

#include "validators/decode_fields.h"
#include "validators/decode_node.h"
#include "validators/machine_config/decode_machine_config.h"

/* --- hostDevices and gpus -------------------------------------------------------------------- */

static void decode_device(struct decoder *decoder, const struct value *entry, struct path path,
                          struct device *ret_device)
{
    if (entry->type != VALUE_OBJECT) {
        decode_type_fault(decoder, path, "an object", entry);
        ret_device->malformed = true;
        return;
    }
    ret_device->is_object = true;
    ret_device->device_name = decode_text(decoder, entry, path, "deviceName");
    ret_device->name = decode_text(decoder, entry, path, "name");
    ret_device->claim_name = decode_text(decoder, entry, path, "claimName");
    ret_device->request_name = decode_text(decoder, entry, path, "requestName");
    ret_device->malformed = ret_device->device_name.state == FIELD_MALFORMED ||
                            ret_device->name.state == FIELD_MALFORMED ||
                            ret_device->claim_name.state == FIELD_MALFORMED ||
                            ret_device->request_name.state == FIELD_MALFORMED;
}

static void decode_device_list(struct decoder *decoder, const struct value *devices,
                               struct device_list *ret_list)
{
    const struct value *array = decode_array(decoder, devices, ret_list->path, ret_list->key);
    size_t count = array ? array->count : 0;
    struct device *items = count > 0 ? arena_alloc(decoder->arena, count, sizeof *items) : NULL;
    const struct value *entry;

    ret_list->present = value_get(devices, str_from(ret_list->key)) != NULL;
    if (!items)
        return;
    entry = array->first;
    for (size_t i = 0; i < count; i++, entry = entry->next)
        decode_device(decoder, entry, path_entry(ret_list->path, i), &items[i]);
    ret_list->items = items;
    ret_list->count = count;
}

static void decode_devices(struct decoder *decoder, const struct value *object, const char *prefix,
                           const char *belongs, struct object_facts *facts)
{
    static const char *const lists[][2] = {{"hostDevices", "hostdevices"}, {"gpus", "gpus"}};
    const struct value *devices = decode_walk(decoder, object, prefix, belongs != NULL);

    for (size_t i = 0; devices && i < sizeof lists / sizeof lists[0]; i++) {
        struct device_list *list = &facts->devices[facts->device_list_count++];

        list->path = path_list(str_from(prefix), lists[i][0]);
        list->key = lists[i][0];
        list->stem = lists[i][1];
        list->belongs = belongs;
        decode_device_list(decoder, devices, list);
    }
}

/* --- permittedHostDevices -------------------------------------------------------------------- */

static void decode_usb_selectors(struct decoder *decoder, const struct value *entry,
                                 struct path path, struct permitted_entry *ret_entry)
{
    const struct value *array = decode_array(decoder, entry, path, "selectors");
    size_t count = array ? array->count : 0;
    struct usb_selector *usb = count > 0 ? arena_alloc(decoder->arena, count, sizeof *usb) : NULL;
    const struct value *selector;

    ret_entry->selectors_malformed = !array && value_get(entry, STR("selectors"));
    if (!usb)
        return;
    selector = array->first;
    for (size_t i = 0; i < count; i++, selector = selector->next) {
        struct path at = path_sub_entry(path, i);

        if (selector->type == VALUE_OBJECT) {
            usb[i].vendor = decode_text(decoder, selector, at, "vendor");
            usb[i].product = decode_text(decoder, selector, at, "product");
        } else {
            decode_type_fault(decoder, at, "an object", selector);
            usb[i].vendor.state = usb[i].product.state = FIELD_MALFORMED;
        }
    }
    ret_entry->usb = usb;
    ret_entry->usb_count = count;
}

static void decode_permitted_entry(struct decoder *decoder, const struct value *entry,
                                   struct path path, const struct permitted_spelling *spelling,
                                   enum device_class device_class,
                                   struct permitted_entry *ret_entry)
{
    if (entry->type != VALUE_OBJECT) {
        decode_type_fault(decoder, path, "an object", entry);
        return;
    }
    ret_entry->is_object = true;
    ret_entry->disabled = spelling->has_disabled && decode_bool(decoder, entry, path, "disabled");
    ret_entry->external = decode_bool(decoder, entry, path, "externalResourceProvider");
    ret_entry->resource_name = decode_text(decoder, entry, path, "resourceName");
    if (device_class == DEVICE_PCI) {
        ret_entry->selector = decode_text(decoder, entry, path, spelling->pci_selector);
        ret_entry->foreign_selector =
            decode_text(decoder, entry, path, spelling->foreign_pci_selector);
    } else if (device_class == DEVICE_MEDIATED) {
        ret_entry->selector = decode_text(decoder, entry, path, "mdevNameSelector");
    } else {
        decode_usb_selectors(decoder, entry, path_field(path, "selectors"), ret_entry);
    }
}

static void decode_permitted_list(struct decoder *decoder, const struct value *section,
                                  const struct permitted_spelling *spelling,
                                  enum device_class device_class,
                                  struct permitted_entries *ret_list)
{
    const struct value *array =
        decode_array(decoder, section, ret_list->path, spelling->lists[device_class]);
    size_t count = array ? array->count : 0;
    struct permitted_entry *items =
        count > 0 ? arena_alloc(decoder->arena, count, sizeof *items) : NULL;
    const struct value *entry;

    if (!items)
        return;
    entry = array->first;
    for (size_t i = 0; i < count; i++, entry = entry->next)
        decode_permitted_entry(decoder, entry, path_entry(ret_list->path, i), spelling,
                               device_class, &items[i]);
    ret_list->items = items;
    ret_list->count = count;
}

static void decode_section(struct decoder *decoder, const struct value *object, const char *prefix,
                           const char *belongs, struct object_facts *facts)
{
    const struct permitted_spelling *spelling = facts->kind->spelling;
    const struct value *devices = decode_walk(decoder, object, prefix, belongs != NULL);
    struct permitted_section *section = &facts->sections[facts->section_count++];

    section->prefix = str_from(prefix);
    section->belongs = belongs;
    section->present = devices != NULL;
    section->has_foreign_usb_list =
        value_get(devices, str_from(spelling->foreign_usb_list)) != NULL;
    for (int i = 0; i < DEVICE_CLASS_COUNT; i++) {
        section->lists[i].path = path_list(section->prefix, spelling->lists[i]);
        decode_permitted_list(decoder, devices, spelling, (enum device_class)i, &section->lists[i]);
    }
}

/* --- any object ------------------------------------------------------------------------------ */

static void decode_metadata(const struct value *metadata, struct object_facts *facts)
{
    const struct value *manager =
        value_get(value_get(metadata, STR("labels")), STR("app.kubernetes.io/managed-by"));

    facts->deleting = value_get(metadata, STR("deletionTimestamp")) != NULL;
    facts->managed_by_hco = str_equal(value_string(manager), STR("hco-operator"));
}

static void decode_lists(struct decoder *decoder, const struct value *object,
                         struct object_facts *facts)
{
    const struct kind *kind = facts->kind;
    void (*decode)(struct decoder *, const struct value *, const char *, const char *,
                   struct object_facts *) =
        kind->family == FAMILY_DEVICE_REQUESTS ? decode_devices : decode_section;

    decode(decoder, object, kind->prefix, NULL, facts);
    if (kind->other_prefix)
        decode(decoder, object, kind->other_prefix, kind->prefix, facts);
}

void decode_object(const struct kind *kind, const struct value *object, struct arena *arena,
                   struct object_facts *ret_facts)
{
    struct decoder decoder = {arena, &ret_facts->type_faults};

    *ret_facts = (struct object_facts){.kind = kind};
    decode_metadata(value_get(object, STR("metadata")), ret_facts);
    switch (kind->family) {
    case FAMILY_PERMITTED_DEVICES:
    case FAMILY_DEVICE_REQUESTS:
        decode_lists(&decoder, object, ret_facts);
        break;
    case FAMILY_MACHINE_CONFIG:
        decode_machine_config(&decoder, object, ret_facts);
        break;
    case FAMILY_NODE:
        decode_node(&decoder, object, ret_facts);
        break;
    }
}
