/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel arguments, those in a field that nobody reads too. */
#include "validators/machine_config/decode_parts.h"

#include <string.h>

/* `name` is one by which a module list is loaded: by systemd, there or in the initramfs, or dracut.
 */
static bool loads_modules(struct str name)
{
    return kernel_names_equal(name, STR("modules_load")) ||
           kernel_names_equal(name, STR("rd.modules_load")) ||
           kernel_names_equal(name, STR("rd.driver.pre")) ||
           kernel_names_equal(name, STR("rd.driver.post"));
}

static void read_load_list(struct machine_builder *builder, struct str list, struct path path)
{
    struct str module;

    while (comma_list_next(&list, &module)) {
        if (!kernel_names_equal(module, VFIO_MODULE))
            continue;
        builder->facts->loads_vfio = true;
        builder->facts->loads_at = (struct machine_place){.path = path};
    }
}

/* A list of ids is absent where `text` is none. */
static struct str ids_of(struct kernel_argument split)
{
    return kernel_names_equal(split.name, STR("vfio_pci.ids")) ? split.value
                                                               : (struct str){NULL, 0};
}

/*
 * `modprobe.blacklist=`, of which kmod takes the names as they are (kcmdline_parse_result), and the
 * kernel's own `module_blacklist=`.
 */
static void read_blacklisted(struct machine_builder *builder, const struct machine_place *place,
                             struct kernel_argument split)
{
    struct str module;

    if (!str_equal(split.name, STR("modprobe.blacklist")) &&
        !kernel_names_equal(split.name, STR("module_blacklist")))
        return;
    while (comma_list_next(&split.value, &module)) {
        if (kernel_names_equal(module, VFIO_MODULE))
            machine_add_slip(builder, *place, SLIP_BLACKLIST, module);
        machine_add_blacklisted(builder, module);
    }
}

/* "vfio-pci.id=…", "vfio-pci-ids=…", or in single quotes, of which the kernel knows nothing. */
static bool is_nearly_ids(struct kernel_argument split)
{
    return split.value.data && !ids_of(split).data &&
           kernel_names_distance(without_single_quotes(split.name), STR("vfio_pci.ids"), 1) <= 1;
}

/* What was added; NULL when it is not about the IOMMU. */
static struct machine_argument *add_argument(struct machine_builder *builder, struct str text,
                                             struct path path)
{
    struct kernel_argument split = kernel_argument_split(text);
    const struct machine_place place = {.path = path};
    struct machine_argument *argument;
    struct iommu_argument iommu;

    if (ids_of(split).data)
        machine_add_ids(builder, &place, split.value, NULL);
    else if (is_nearly_ids(split))
        machine_add_attempt(builder, place, SLIP_PARAMETER, text);
    read_blacklisted(builder, &place, split);
    if (loads_modules(split.name))
        read_load_list(builder, split.value, path);
    iommu = iommu_argument_read(split);
    if (iommu.parameter == IOMMU_NO_PARAMETER || builder->arguments == MACHINE_LIST_MAX)
        return NULL;
    argument = arena_alloc(builder->arena, 1, sizeof *argument);
    if (!argument)
        return NULL;
    builder->arguments++;
    *argument =
        (struct machine_argument){.path = path, .text = text, .value = split.value, .iommu = iommu};
    *builder->next_argument = argument;
    builder->next_argument = &argument->next;
    return argument;
}

/* False: it may mean anything. */
static bool is_slip_behind_ids(struct str argument, enum machine_slip *ret_slip)
{
    bool is_id = vfio_id_read(argument).count >= 2;

    if (!is_id && !is_callout(argument))
        return false;
    *ret_slip = is_id ? SLIP_BEHIND_SPACE : SLIP_CALLOUT;
    return true;
}

static void read_entry(struct machine_builder *builder, struct str text, struct path path)
{
    const struct machine_place place = {.path = path};
    struct machine_argument *last = NULL;
    bool is_behind_ids = false;
    enum machine_slip slip;
    struct str argument;
    size_t next = 0;

    while (text.data && kernel_argument_next(text, &next, &argument)) {
        if (is_behind_ids && is_slip_behind_ids(argument, &slip)) {
            machine_add_slip(builder, place, slip, argument);
        } else if (last && is_callout(argument)) {
            last->callout = argument;
        } else {
            last = add_argument(builder, argument, path);
            is_behind_ids = ids_of(kernel_argument_split(argument)).data != NULL;
        }
    }
}

void machine_read_arguments(struct machine_reader *reader, const struct value *object,
                            const struct machine_spelling *spelling)
{
    struct path path = path_list(str_from(spelling->arguments_prefix), spelling->arguments);
    const struct value *array = decode_array(
        reader->decoder, decode_walk(reader->decoder, object, spelling->arguments_prefix, false),
        path, spelling->arguments);
    const struct value *entry = array ? array->first : NULL;

    for (size_t i = 0; entry; i++, entry = entry->next) {
        struct path at = path_entry(path, i);

        reader->builder.facts->has_arguments = true;
        if (entry->type != VALUE_STRING)
            decode_type_fault(reader->decoder, at, "a string", entry);
        read_entry(&reader->builder, value_string(entry), at);
    }
}

/* True when there is something in a field, and not just empty lists. */
static bool says_something(const struct value *value)
{
    const struct value *member;

    if (value->type != VALUE_OBJECT)
        return value->type == VALUE_STRING || value->count > 0;
    for (member = value->first; member; member = member->next) {
        if (member->type == VALUE_ARRAY && member->count > 0)
            return true;
    }
    return false;
}

/* Notes what stands in `object`, which is at `prefix`, in any spelling but the `right` one. */
static void find_misplaced(struct machine_builder *builder, const struct value *object,
                           const char *prefix, const char *right)
{
    for (size_t i = 0; kernel_arguments_keys[i]; i++) {
        const char *key = kernel_arguments_keys[i];
        const struct value *value = value_get(object, str_from(key));
        struct machine_misplaced *misplaced;

        if (!value || !says_something(value) || (right && strcmp(key, right) == 0))
            continue;
        misplaced = arena_alloc(builder->arena, 1, sizeof *misplaced);
        if (!misplaced)
            return;
        misplaced->path =
            prefix ? path_list(str_from(prefix), key) : path_list(str_from(key), NULL);
        misplaced->key = key;
        *builder->next_misplaced = misplaced;
        builder->next_misplaced = &misplaced->next;
    }
}

void machine_find_misplaced(struct machine_reader *reader, const struct value *object,
                            const struct machine_spelling *spelling)
{
    const struct value *place = value_get(object, str_from(spelling->arguments_prefix));

    find_misplaced(&reader->builder, place, spelling->arguments_prefix, spelling->arguments);
    if (reader->builder.facts->is_butane)
        find_misplaced(&reader->builder, object, NULL, NULL);
    else
        find_misplaced(&reader->builder, value_get(place, STR("config")), "spec.config", NULL);
}

enum iommu_state machine_iommu_state(const struct machine_argument *argument)
{
    enum iommu_switch last[IOMMU_PARAMETER_COUNT] = {IOMMU_UNCHANGED};

    for (; argument; argument = argument->next) {
        const struct iommu_argument *iommu = &argument->iommu;
        enum iommu_switch *known = &last[iommu->parameter];

        if (iommu->turns != IOMMU_UNCHANGED &&
            (iommu->parameter == IOMMU_INTEL || *known != IOMMU_OFF))
            *known = iommu->turns;
    }
    if (last[IOMMU_GENERAL] == IOMMU_OFF)
        return IOMMU_STATE_OFF;
    if (last[IOMMU_INTEL] == IOMMU_ON || last[IOMMU_AMD] == IOMMU_ON)
        return IOMMU_STATE_ON;
    return last[IOMMU_INTEL] == IOMMU_OFF || last[IOMMU_AMD] == IOMMU_OFF ? IOMMU_STATE_OFF
                                                                          : IOMMU_STATE_UNSET;
}
