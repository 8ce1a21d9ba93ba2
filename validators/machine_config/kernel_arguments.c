/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/machine_config/kernel_arguments.h"

#include "base/nearest_name.h"

#include <stdint.h>

const char *const kernel_arguments_keys[] = {"kernelArguments",
                                             "kernel_arguments",
                                             "kernel-arguments",
                                             "kernelArgs",
                                             "kernel_args",
                                             "kernel-args",
                                             "kargs",
                                             NULL};

/* Longer than any name that is looked for, with room for slips. */
#define MAX_NAME 32

/* --- arguments ------------------------------------------------------------------------------- */

bool kernel_argument_next(struct str text, size_t *at, struct str *ret_argument)
{
    bool quoted = false;
    size_t start = *at;
    size_t end;

    while (start < text.len && ascii_is_space(text.data[start]))
        start++;
    for (end = start; end < text.len && (quoted || !ascii_is_space(text.data[end])); end++) {
        if (text.data[end] == '"')
            quoted = !quoted;
    }
    *at = end;
    *ret_argument = str_slice(text, start, end - start);
    return end > start;
}

static struct str without_end_quote(struct str text)
{
    return str_ends_with(text, STR("\"")) ? str_slice(text, 0, text.len - 1) : text;
}

struct kernel_argument kernel_argument_split(struct str argument)
{
    struct kernel_argument split;
    size_t equals;

    if (str_starts_with(argument, STR("\"")))
        argument = without_end_quote(str_slice(argument, 1, argument.len));
    equals = str_find(argument, '=');
    split.name = str_slice(argument, 0, equals);
    if (equals == argument.len)
        split.value = (struct str){NULL, 0};
    else
        split.value = str_slice(argument, equals + 1, argument.len);
    if (split.value.data && str_starts_with(split.value, STR("\"")))
        split.value = without_end_quote(str_slice(split.value, 1, split.value.len));
    return split;
}

struct str without_single_quotes(struct str text)
{
    if (str_starts_with(text, STR("'")))
        text = str_slice(text, 1, text.len);
    return str_ends_with(text, STR("'")) ? str_slice(text, 0, text.len - 1) : text;
}

static char with_underscore(char c)
{
    return c == '-' ? '_' : c;
}

bool is_callout(struct str argument)
{
    return argument.len > 0 && argument.len <= 2 && ascii_is_digit(argument.data[0]) &&
           ascii_is_digit(argument.data[argument.len - 1]);
}

bool kernel_names_equal(struct str a, struct str b)
{
    bool equal = a.len == b.len;

    for (size_t i = 0; equal && i < a.len; i++)
        equal = with_underscore(a.data[i]) == with_underscore(b.data[i]);
    return equal;
}

/* False: it is too long to be near to anything. */
static bool fold_name(struct str name, char buffer[MAX_NAME], struct str *ret_folded)
{
    if (name.len > MAX_NAME)
        return false;
    for (size_t i = 0; i < name.len; i++)
        buffer[i] = with_underscore(name.data[i]);
    *ret_folded = (struct str){buffer, name.len};
    return true;
}

size_t kernel_names_distance(struct str a, struct str b, size_t limit)
{
    char buffer_a[MAX_NAME], buffer_b[MAX_NAME];
    struct str folded_a, folded_b;

    if (!fold_name(a, buffer_a, &folded_a) || !fold_name(b, buffer_b, &folded_b))
        return limit + 1;
    return nearest_name_distance(folded_a, folded_b, limit);
}

bool comma_list_next(struct str *list, struct str *ret_item)
{
    size_t comma;

    if (!list->data)
        return false;
    comma = str_find(*list, ',');
    *ret_item = str_slice(*list, 0, comma);
    if (comma < list->len)
        *list = str_slice(*list, comma + 1, list->len);
    else
        *list = (struct str){NULL, 0};
    return true;
}

/* --- the IOMMU ------------------------------------------------------------------------------- */

/*
 * What the kernel compares the items of each list with, by what they begin with:
 * drivers/iommu/intel/iommu.c intel_iommu_setup(), drivers/iommu/amd/init.c
 * parse_amd_iommu_options(), arch/x86/kernel/pci-dma.c iommu_setup(). "amd_iommu=on" is not among
 * them, but documented everywhere, so it is no slip.
 */
static const char *const intel_items[] = {"on",     "off",   "igfx_off", "forcedac",      "strict",
                                          "sp_off", "sm_on", "sm_off",   "tboot_noforce", NULL};
static const char *const amd_items[] = {
    "on",       "off",      "fullflush",   "force_enable", "force_isolation",
    "pgtbl_v1", "pgtbl_v2", "irtcachedis", "nohugepages",  "v2_pgsizes_only",
    NULL};
static const char *const general_items[] = {
    "off",     "force",    "noforce",  "biomerge",   "panic",     "nopanic", "merge",
    "nomerge", "forcesac", "allowdac", "nodac",      "usedac",    "soft",    "pt",
    "nopt",    "memaper",  "noagp",    "noaperture", "fullflush", NULL};

static const struct {
    const char *name;
    const char *const *items;
    size_t near; /* edits that count as a slip: others' arguments are farther away */
} parameters[IOMMU_PARAMETER_COUNT] = {
    [IOMMU_NO_PARAMETER] = {"", NULL, 0},
    [IOMMU_INTEL] = {"intel_iommu", intel_items, 2},
    [IOMMU_AMD] = {"amd_iommu", amd_items, 2},
    [IOMMU_GENERAL] = {"iommu", general_items, 1},
};

const char *iommu_parameter_name(enum iommu_parameter parameter)
{
    return parameters[parameter].name;
}

static enum iommu_parameter find_parameter(struct str name)
{
    enum iommu_parameter at = IOMMU_PARAMETER_COUNT - 1;

    while (at > IOMMU_NO_PARAMETER && !kernel_names_equal(name, str_from(parameters[at].name)))
        at--;
    return at;
}

static enum iommu_parameter find_near(struct str name)
{
    enum iommu_parameter nearest = IOMMU_NO_PARAMETER;
    size_t best = SIZE_MAX;

    for (enum iommu_parameter at = IOMMU_INTEL; at < IOMMU_PARAMETER_COUNT; at++) {
        size_t distance =
            kernel_names_distance(name, str_from(parameters[at].name), parameters[at].near);

        if (distance <= parameters[at].near && distance < best) {
            nearest = at;
            best = distance;
        }
    }
    return nearest;
}

static bool is_known_item(enum iommu_parameter parameter, struct str item)
{
    const char *const *known = parameters[parameter].items;

    while (*known && !str_starts_with(item, str_from(*known)))
        known++;
    return *known != NULL;
}

static void read_item(struct iommu_argument *read, struct str item)
{
    if (item.len == 0)
        return;
    if (!is_known_item(read->parameter, item)) {
        if (!read->unknown.data)
            read->unknown = item;
    } else if (str_starts_with(item, STR("off"))) {
        read->turns = IOMMU_OFF;
    } else if (str_starts_with(item, STR("on")) &&
               (read->parameter == IOMMU_INTEL || read->turns != IOMMU_OFF)) {
        read->turns = IOMMU_ON; /* only Intel's can be turned on again */
    }
}

struct iommu_argument iommu_argument_read(struct kernel_argument argument)
{
    struct iommu_argument read = {.parameter = find_parameter(argument.name)};
    struct str item;

    if (read.parameter == IOMMU_NO_PARAMETER) {
        read.parameter = find_near(without_single_quotes(argument.name));
        read.misspelt = read.parameter != IOMMU_NO_PARAMETER;
        return read;
    }
    if (argument.value.len == 0)
        read.unknown = STR("");
    while (comma_list_next(&argument.value, &item))
        read_item(&read, item);
    return read;
}
