/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/permitted_rules.h"

#include "validators/resource_name_rules.h"
#include "validators/selector_rules.h"
#include "validators/usb_rules.h"

static void judge_place(const struct permitted_section *section, const struct kind *kind,
                        struct context *context)
{
    struct text *message;

    if (!section->belongs || !section->present)
        return;
    message =
        findings_add(context->findings, RULE_LIST_MISPLACED,
                     path_to_key(path_list(section->prefix, NULL)), STR("permittedHostDevices"));
    if (message)
        text_addf(message, "the API server drops this field from a %s/%s %s; write it under %s",
                  kind->group, kind->version, kind->kind, section->belongs);
}

static void judge_foreign_list(const struct permitted_section *section,
                               const struct permitted_spelling *spelling, struct context *context)
{
    struct text *message;

    if (!section->has_foreign_usb_list)
        return;
    message = findings_add(context->findings, RULE_FOREIGN_LIST,
                           path_to_key(path_list(section->prefix, spelling->foreign_usb_list)),
                           str_from(spelling->foreign_usb_list));
    if (message)
        text_addf(message, "%s does not know this key and drops the list; write \"%s\"",
                  spelling->api, spelling->lists[DEVICE_USB]);
}

static void judge_section(const struct permitted_section *section, const struct kind *kind,
                          struct context *context)
{
    judge_place(section, kind, context);
    judge_foreign_list(section, kind->spelling, context);
    judge_pci_selectors(&section->lists[DEVICE_PCI], kind->spelling, context);
    judge_mediated_selectors(&section->lists[DEVICE_MEDIATED], context);
    judge_usb_selectors(&section->lists[DEVICE_USB], context);
    judge_resource_names(section, context);
}

void judge_permitted_devices(const struct object_facts *facts, struct context *context)
{
    for (size_t i = 0; i < facts->section_count; i++)
        judge_section(&facts->sections[i], facts->kind, context);
}
