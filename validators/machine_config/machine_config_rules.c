/* SPDX-License-Identifier: Apache-2.0 */
/* What concerns the object as a whole: which pool it is for, its versions, its fields. */
#include "validators/machine_config/machine_config_rules.h"

#include "validators/machine_config/iommu_rules.h"
#include "validators/machine_config/machine_file_rules.h"
#include "validators/machine_config/machine_versions.h"
#include "validators/machine_config/vfio_rules.h"

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

/* What is copied from documentation may have a callout behind it. */
static void suggest_first_word(struct str text, bool (*is_good)(struct str), struct text *message)
{
    struct str first = str_trim(text);

    first.len = str_find(first, ' ');
    if (first.len == 0 || !is_good(first))
        return;
    text_add(message, "; write \"");
    text_add_str(message, first);
    text_add(message, "\"");
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
    struct text *message;

    if (is_role(role))
        return;
    message = findings_add(context->findings, RULE_MACHINE_ROLE_FORMAT,
                           path_key(STR("metadata.labels"), STR(ROLE_LABEL)), role);
    if (!message)
        return;
    text_add(message, "is no label's value: letters and digits, and between them '-', '_' and '.'");
    suggest_first_word(role, is_role, message);
}

/* A DNS subdomain, but for its length; the API server refuses others, and Butane takes them. */
static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool inner = i > 0 && i + 1 < name.len && (c == '-' || c == '.');

        if (!inner && (!ascii_is_alnum(c) || c != ascii_lower(c)))
            return false;
    }
    return true;
}

static void judge_name(const struct machine_config_facts *machine, struct context *context)
{
    struct text *message;

    if (is_name(machine->name))
        return;
    message = findings_add(context->findings, RULE_MACHINE_NAME_FORMAT,
                           path_field(path_list(STR("metadata"), NULL), "name"), machine->name);
    if (!message)
        return;
    text_add(message, "is no object's name: lower case letters and digits, and between them '-' "
                      "and '.'");
    suggest_first_word(machine->name, is_name, message);
}

/* --- versions -------------------------------------------------------------------------------- */

static bool has_placeholder(struct str version)
{
    return str_find(version, '{') < version.len || str_find(version, '<') < version.len;
}

static void judge_missing_version(const struct machine_config_facts *machine, struct path path,
                                  struct context *context)
{
    struct text *message =
        findings_add(context->findings, RULE_MACHINE_VERSION_REQUIRED, path, (struct str){NULL, 0});

    if (!message)
        return;
    if (machine->is_butane) {
        text_add(message, "without a version Butane refuses the document; write that of your "
                          "OpenShift, ending in .0, as in \"");
        text_add_str(message, BUTANE_VERSION_EXAMPLE);
    } else {
        text_add(message, "without a version the configuration is refused; write \"");
        text_add_str(message, ignition_version_near(STR("")));
    }
    text_add(message, "\"");
}

static void judge_butane_version(struct str version, struct path path, struct context *context)
{
    struct text *message;

    if (butane_version_is_valid(version))
        return;
    message = findings_add(context->findings, RULE_BUTANE_VERSION, path, version);
    if (!message)
        return;
    if (has_placeholder(version)) {
        text_add(message, "this stands in the documentation for a version; write that of your "
                          "OpenShift, ending in .0, as in \"");
        text_add_str(message, BUTANE_VERSION_EXAMPLE);
    } else {
        text_add(message, "Butane's versions for OpenShift end in .0; write \"");
        text_add_str(message, butane_version_near(version, false, context->arena));
    }
    text_add(message, "\"");
}

static void judge_ignition_version(struct str version, struct path path, struct context *context)
{
    struct text *message;

    if (ignition_version_is_known(version))
        return;
    message = findings_add(context->findings, RULE_IGNITION_VERSION, path, version);
    if (!message)
        return;
    if (ignition_version_is_converted(version)) {
        text_add(message, "OpenShift still converts this version; write new files for one of ");
        ignition_versions_add(message);
        return;
    }
    text_add(message, "versions ");
    ignition_versions_add(message);
    text_add(message, " are known here; write \"");
    text_add_str(message, ignition_version_near(version));
    text_add(message, "\"");
}

static void judge_version(const struct machine_config_facts *machine, struct context *context)
{
    struct path path =
        path_list(machine->is_butane ? STR("version") : STR("spec.config.ignition.version"), NULL);
    struct str version = field_filled(machine->version);

    if (machine->version.state == FIELD_MALFORMED || (!machine->is_butane && !machine->has_config))
        return;
    if (!version.data)
        judge_missing_version(machine, path, context);
    else if (machine->is_butane)
        judge_butane_version(version, path, context);
    else
        judge_ignition_version(version, path, context);
}

/* --- kernel arguments ------------------------------------------------------------------------ */

/*
 * Butane leaves out what it does not know and only says "unused key"; it refuses Ignition's own
 * kernel arguments, and so does the machine-config-operator: "ignition kargs section contains
 * changes" (pkg/controller/common/reconcile.go).
 */
static void judge_misplaced_arguments(const struct machine_config_facts *machine,
                                      struct context *context)
{
    const char *place = machine->is_butane ? "openshift" : "spec";
    const char *key = machine->is_butane ? "kernel_arguments" : "kernelArguments";

    for (const struct machine_misplaced *at = machine->misplaced; at; at = at->next) {
        struct text *message =
            findings_add(context->findings, RULE_ARGUMENTS_MISPLACED, at->path, str_from(at->key));

        if (!message)
            continue;
        if (str_equal(at->path.prefix, str_from(place)))
            text_addf(message, "there is no such field, and what is in it gets lost; write %s",
                      key);
        else
            text_addf(message,
                      "OpenShift takes no kernel arguments from here; write them under %s.%s",
                      place, key);
    }
}

void judge_machine_config(const struct machine_config_facts *machine, struct context *context)
{
    judge_name(machine, context);
    judge_role(machine, context);
    judge_role_format(machine, context);
    judge_version(machine, context);
    judge_misplaced_arguments(machine, context);
    judge_iommu(machine, context);
    judge_machine_files(machine, context);
    judge_vfio(machine, context);
}
