/* SPDX-License-Identifier: Apache-2.0 */
/* What concerns the object as a whole: which pool it is for, and its versions. */
#include "validators/machine_config_rules.h"

#include "validators/iommu_rules.h"
#include "validators/machine_file_rules.h"
#include "validators/vfio_rules.h"

/*
 * A pool selects its MachineConfigs by this label (machine-config-operator
 * pkg/controller/template). What the operator renders for a pool has none.
 */
static void judge_role(const struct machine_config_facts *machine, struct context *context)
{
    struct text *message;

    if (machine->is_rendered || !field_is_empty(machine->role) ||
        !(machine->has_arguments || machine->ids || machine->loads_vfio))
        return;
    message = findings_add(context->findings, RULE_MACHINE_ROLE_REQUIRED,
                           path_list(STR("metadata"), "labels"), (struct str){NULL, 0});
    if (message)
        text_add(message, "without the label " ROLE_LABEL " no MachineConfigPool takes it, and no "
                          "node gets it; write " ROLE_LABEL ": worker, or another pool's name");
}

/* A label's value, but for its length, which is never what is wrong. */
static bool is_role(struct str role)
{
    for (size_t i = 0; i < role.len; i++) {
        char c = role.data[i];
        bool inner = i > 0 && i + 1 < role.len && (c == '-' || c == '_' || c == '.');

        if (!ascii_is_alnum(c) && !inner)
            return false;
    }
    return true;
}

static void judge_role_format(const struct machine_config_facts *machine, struct context *context)
{
    struct str role = field_filled(machine->role);
    struct str first = str_trim(role);
    struct text *message;

    if (is_role(role))
        return;
    message = findings_add(context->findings, RULE_MACHINE_ROLE_FORMAT,
                           path_key(STR("metadata.labels"), STR(ROLE_LABEL)), role);
    if (!message)
        return;
    text_add(message, "is no label's value: letters and digits, and between them '-', '_' and '.'");
    first.len = str_find(first, ' ');
    if (first.len > 0 && is_role(first)) {
        text_add(message, "; write \"");
        text_add_str(message, first);
        text_add(message, "\"");
    }
}

/* --- versions -------------------------------------------------------------------------------- */

/* The numbers in front, "4.17" of "4.17.3-rc1"; empty when there are none. */
static struct str major_minor(struct str version)
{
    size_t dots = 0;
    size_t at = 0;

    while (at < version.len &&
           (ascii_is_digit(version.data[at]) || (version.data[at] == '.' && at > 0 && dots == 0))) {
        dots += version.data[at] == '.';
        at++;
    }
    return dots == 1 && version.data[at - 1] != '.' ? str_slice(version, 0, at) : STR("");
}

static bool is_butane_version(struct str version)
{
    struct str numbers = major_minor(version);
    struct str rest = str_slice(version, numbers.len, version.len);

    return numbers.len > 0 && (str_equal(rest, STR(".0")) || str_starts_with(rest, STR(".0-")));
}

static bool has_placeholder(struct str version)
{
    return str_find(version, '{') < version.len || str_find(version, '<') < version.len;
}

static void judge_butane_version(const struct machine_config_facts *machine,
                                 struct context *context)
{
    struct str version = field_filled(machine->version);
    struct str numbers = major_minor(version);
    struct text *message;

    if (machine->version.state == FIELD_MALFORMED || is_butane_version(version))
        return;
    message = findings_add(context->findings, RULE_BUTANE_VERSION, path_list(STR("version"), NULL),
                           version);
    if (!message)
        return;
    if (!version.data) {
        text_add(message, "the version is missing; write that of your OpenShift, ending in .0, as "
                          "in \"4.17.0\"");
    } else if (has_placeholder(version)) {
        text_add(message, "this stands in the documentation for a version; write that of your "
                          "OpenShift, ending in .0, as in \"4.17.0\"");
    } else {
        text_add(message, "Butane's versions for OpenShift end in .0; write \"");
        text_add_str(message, numbers.len > 0 ? numbers : STR("4.17"));
        text_add(message, ".0\"");
    }
}

/* The versions between what OpenShift 4.7 reads and what Butane writes for the latest. */
static bool is_ignition_version(struct str version, struct str *ret_numbers)
{
    static const struct str known[] = {STR_INIT("3.2"), STR_INIT("3.3"), STR_INIT("3.4"),
                                       STR_INIT("3.5")};

    *ret_numbers = STR("3.2");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (str_equal(major_minor(version), known[i])) {
            *ret_numbers = known[i];
            return str_equal(str_slice(version, known[i].len, version.len), STR(".0"));
        }
    }
    return false;
}

static void judge_ignition_version(const struct machine_config_facts *machine,
                                   struct context *context)
{
    struct str version = field_filled(machine->version);
    struct str numbers;
    struct text *message;

    if (!machine->has_config || machine->version.state == FIELD_MALFORMED ||
        is_ignition_version(version, &numbers))
        return;
    message = findings_add(context->findings, RULE_IGNITION_VERSION,
                           path_list(STR("spec.config.ignition.version"), NULL), version);
    if (!message)
        return;
    if (!version.data)
        text_add(message, "the version is missing, without which the configuration is refused; ");
    else
        text_add(message, "versions 3.2.0, 3.3.0, 3.4.0 and 3.5.0 are known here; ");
    text_add(message, "write \"");
    text_add_str(message, numbers);
    text_add(message, ".0\"");
}

void judge_machine_config(const struct machine_config_facts *machine, struct context *context)
{
    judge_role(machine, context);
    judge_role_format(machine, context);
    if (machine->is_butane)
        judge_butane_version(machine, context);
    else
        judge_ignition_version(machine, context);
    judge_iommu(machine, context);
    judge_machine_files(machine, context);
    judge_vfio(machine, context);
}
