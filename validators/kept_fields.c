/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/kept_fields.h"

#include "validators/kinds.h"
#include "validators/machine_config/decode_machine_config.h"
#include "validators/machine_config/machine_config.h"

#include <string.h>

static void add_all(struct field_pool *pool, struct field_mask *object, const char *const *keys)
{
    for (; *keys; keys++)
        field_mask_add(pool, object, str_from(*keys), FIELD_SHAPE_WHOLE);
}

/* A misspelt label of a Node is found only where all labels are read. */
static void add_metadata(struct field_pool *pool, struct field_mask *object)
{
    static const char *const keys[] = {
        "name", "generateName", "namespace", "deletionTimestamp", "labels", NULL};
    struct field_mask *metadata = field_mask_add(pool, object, STR("metadata"), FIELD_SHAPE_OBJECT);

    add_all(pool, metadata, keys);
}

/* The objects in the list `key`, of which `keys` are read. */
static struct field_mask *add_list(struct field_pool *pool, struct field_mask *object,
                                   const char *key, const char *const *keys)
{
    struct field_mask *items =
        field_mask_items(pool, field_mask_add(pool, object, str_from(key), FIELD_SHAPE_LIST));

    add_all(pool, items, keys);
    return items;
}

static void add_devices(struct field_pool *pool, struct field_mask *devices)
{
    static const char *const keys[] = {"deviceName", "name", "claimName", "requestName", NULL};

    add_list(pool, devices, "hostDevices", keys);
    add_list(pool, devices, "gpus", keys);
}

static void add_permitted(struct field_pool *pool, struct field_mask *section,
                          const struct permitted_spelling *spelling)
{
    const char *const pci[] = {"disabled",
                               "externalResourceProvider",
                               "resourceName",
                               spelling->pci_selector,
                               spelling->foreign_pci_selector,
                               NULL};
    static const char *const mediated[] = {"disabled", "externalResourceProvider", "resourceName",
                                           "mdevNameSelector", NULL};
    static const char *const usb[] = {"disabled", "externalResourceProvider", "resourceName", NULL};
    static const char *const selector[] = {"vendor", "product", NULL};
    struct field_mask *entry;

    add_list(pool, section, spelling->lists[DEVICE_PCI], pci);
    add_list(pool, section, spelling->lists[DEVICE_MEDIATED], mediated);
    entry = add_list(pool, section, spelling->lists[DEVICE_USB], usb);
    add_list(pool, entry, "selectors", selector);
    /* Read only for whether it is there; as a list, which it is in the other API. */
    field_mask_add(pool, section, str_from(spelling->foreign_usb_list), FIELD_SHAPE_LIST);
}

/* Kernel arguments that are not where they should be are found by their name alone. */
static void add_misplaced_arguments(struct field_pool *pool, struct field_mask *spec,
                                    struct field_mask *config)
{
    add_all(pool, config, kernel_arguments_keys);
    for (const char *const *key = kernel_arguments_keys; *key; key++) {
        if (strcmp(*key, "kernelArguments") != 0)
            field_mask_add(pool, spec, str_from(*key), FIELD_SHAPE_WHOLE);
    }
}

static void add_machine_config(struct field_pool *pool, struct field_mask *spec)
{
    static const char *const file_keys[] = {"path", "mode", "append", NULL};
    static const char *const contents_keys[] = {"source", "compression", NULL};
    static const char *const unit_keys[] = {"contents", "dropins", NULL};
    struct field_mask *arguments = field_mask_items(
        pool, field_mask_add(pool, spec, STR("kernelArguments"), FIELD_SHAPE_LIST));
    struct field_mask *config = field_mask_add(pool, spec, STR("config"), FIELD_SHAPE_OBJECT);
    struct field_mask *files;

    if (arguments)
        arguments->shape = FIELD_SHAPE_WHOLE; /* they are strings */
    add_misplaced_arguments(pool, spec, config);
    field_mask_add_path(pool, config, "ignition.version", FIELD_SHAPE_WHOLE);
    add_list(pool, field_mask_add(pool, config, STR("systemd"), FIELD_SHAPE_OBJECT), "units",
             unit_keys);
    files = add_list(pool, field_mask_add(pool, config, STR("storage"), FIELD_SHAPE_OBJECT),
                     "files", file_keys);
    add_all(pool, field_mask_add(pool, files, STR("contents"), FIELD_SHAPE_OBJECT), contents_keys);
}

static void add_prefix(struct field_pool *pool, struct field_mask *object, const struct kind *kind,
                       const char *prefix)
{
    struct field_mask *section;

    if (kind->family == FAMILY_NODE) /* metadata is read of every kind */
        return;
    section = field_mask_add_path(pool, object, prefix, FIELD_SHAPE_OBJECT);
    if (kind->family == FAMILY_DEVICE_REQUESTS)
        add_devices(pool, section);
    else if (kind->family == FAMILY_MACHINE_CONFIG)
        add_machine_config(pool, section);
    else
        add_permitted(pool, section, kind->spelling);
}

void kept_fields_add(struct field_pool *pool, struct field_mask *object)
{
    size_t count;
    const struct kind *kinds = kind_table(&count);

    add_metadata(pool, object);
    for (size_t i = 0; i < count; i++) {
        add_prefix(pool, object, &kinds[i], kinds[i].prefix);
        if (kinds[i].other_prefix)
            add_prefix(pool, object, &kinds[i], kinds[i].other_prefix);
    }
}
