/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources: kubevirt pkg/virt-handler/device-manager/usb_device.go:506 (ids are parsed as hex
 * without a prefix) and :560 (an entry without selectors makes virt-handler loop, unless it is
 * external).
 */
#include "validators/usb_rules.h"

#include <string.h>

static void judge_selectors_present(const struct permitted_entry *entry, struct path path,
                                    struct context *context)
{
    struct text *message;

    if (entry->external || entry->usb_count > 0 || entry->selectors_malformed)
        return;
    message =
        findings_add(context->findings, RULE_USB_SELECTORS_REQUIRED, path, (struct str){NULL, 0});
    if (message)
        text_add(message,
                 "virt-handler keeps restarting its plugin for an entry without selectors; "
                 "write at least one with the vendor and product id that lsusb prints, or "
                 "set externalResourceProvider");
}

/* One to four hex digits. */
static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        if (!ascii_is_hex(id.data[i]))
            return false;
    }
    return id.len >= 1 && id.len <= 4;
}

struct str usb_id_meant(struct str id)
{
    struct str bare = str_trim(id);

    if (is_id(id))
        return (struct str){NULL, 0};
    if (str_starts_with(bare, STR("0x")) || str_starts_with(bare, STR("0X")))
        bare = str_slice(bare, 2, bare.len);
    return is_id(bare) ? bare : (struct str){NULL, 0};
}

static void explain_id(struct str id, struct text *message)
{
    struct str meant = usb_id_meant(id);

    text_add(message, "must be one to four hex digits, as lsusb prints them in ID vendor:product");
    if (!meant.data)
        return;
    text_add(message, "; write ");
    text_add_quoted(message, meant, meant.len);
}

static void judge_id(struct text_field id, struct path path, struct context *context)
{
    struct str text = field_filled(id);
    struct text *message;

    if (field_is_empty(id)) {
        message =
            findings_add(context->findings, RULE_USB_ID_REQUIRED, path, (struct str){NULL, 0});
        if (message)
            text_add(message, "write the id that lsusb prints, one to four hex digits");
    } else if (text.data && !is_id(text)) {
        message = findings_add(context->findings, RULE_USB_ID_FORMAT, path, text);
        if (message)
            explain_id(text, message);
    }
}

/* The id as a number in four hex digits: KubeVirt compares numbers. */
static void add_number(char *ret_digits, struct str id)
{
    memset(ret_digits, '0', 4);
    for (size_t i = 0; i < id.len; i++)
        ret_digits[4 - id.len + i] = ascii_lower(id.data[i]);
}

static void judge_shared(const struct usb_selector *selector, struct path path,
                         struct str_map *seen, struct context *context)
{
    struct str vendor = field_filled(selector->vendor);
    struct str product = field_filled(selector->product);
    char number[] = "0000:0000";
    struct str key;
    bool added = true;
    const size_t *first;
    struct text *message;

    if (!is_id(vendor) || !is_id(product))
        return;
    add_number(number, vendor);
    add_number(number + 5, product);
    key = arena_copy(context->arena, (struct str){number, sizeof number - 1});
    first = key.data ? str_map_put(seen, key, path.index, &added) : NULL;
    if (!first || added || *first == path.index)
        return;
    message = findings_add(context->findings, RULE_USB_SELECTOR_SHARED, path, key);
    if (message)
        text_addf(message,
                  "%s[%zu] selects the same devices; which of the two offers one is left "
                  "to chance",
                  path.list, *first);
}

static void judge_entry(const struct permitted_entry *entry, struct path entry_path,
                        struct str_map *seen, struct context *context)
{
    struct path path = path_field(entry_path, "selectors");

    judge_selectors_present(entry, path, context);
    for (size_t i = 0; i < entry->usb_count; i++) {
        struct path at = path_sub_entry(path, i);

        judge_id(entry->usb[i].vendor, path_sub_field(at, "vendor"), context);
        judge_id(entry->usb[i].product, path_sub_field(at, "product"), context);
        if (!entry->disabled)
            judge_shared(&entry->usb[i], at, seen, context);
    }
}

void judge_usb_selectors(const struct permitted_entries *list, struct context *context)
{
    struct str_map seen = STR_MAP_INIT(context->arena);

    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].is_object)
            judge_entry(&list->items[i], path_entry(list->path, i), &seen, context);
    }
}
