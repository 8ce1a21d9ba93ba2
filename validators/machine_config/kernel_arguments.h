/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel arguments, and what those about the IOMMU mean. They are told apart as the machine config
 * operator (pkg/daemon/update.go, splitKernelArguments) and the kernel (lib/cmdline.c, next_arg)
 * do: at white space, of which double quotes make an ordinary character. In names the kernel takes
 * a dash for an underscore (kernel/params.c, parameqn).
 */
#ifndef VALIDATORS_MACHINE_CONFIG_KERNEL_ARGUMENTS_H
#define VALIDATORS_MACHINE_CONFIG_KERNEL_ARGUMENTS_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct kernel_argument {
    struct str name;
    struct str value; /* without the quotes around it; absent without an equals sign */
};

/*
 * The next argument of `text` from byte `*at` on, which is moved behind it; still with its quotes.
 * False: there is none.
 */
bool kernel_argument_next(struct str text, size_t *at, struct str *ret_argument);

struct kernel_argument kernel_argument_split(struct str argument);

/*
 * Without the single quotes around it, which to all of these, other than to a shell, are characters
 * like others.
 */
struct str without_single_quotes(struct str text);

/* What to say of a number at the end of a line. */
#define CALLOUT_EXPLAINED \
    "a number at the end of a line that is copied from documentation is a mark there"

/* A small number: documentation marks lines by it, and a line that is copied there ends in it. */
bool is_callout(struct str argument);

/* Whether two names (of arguments, of modules) are the same to the kernel. */
bool kernel_names_equal(struct str a, struct str b);

/* At how many edits the one becomes the other, as nearest_name_distance() has it. */
size_t kernel_names_distance(struct str a, struct str b, size_t limit);

/* The next item of a comma list, which is taken off `*list`. False: there is none. */
bool comma_list_next(struct str *list, struct str *ret_item);

enum iommu_parameter {
    IOMMU_NO_PARAMETER,
    IOMMU_INTEL,   /* intel_iommu= */
    IOMMU_AMD,     /* amd_iommu= */
    IOMMU_GENERAL, /* iommu= */
    IOMMU_PARAMETER_COUNT
};

enum iommu_switch { IOMMU_UNCHANGED, IOMMU_ON, IOMMU_OFF };

/* What an argument says about the IOMMU. */
struct iommu_argument {
    enum iommu_parameter parameter; /* that it is, or was meant to be */
    bool misspelt;                  /* the kernel does not know the name */
    enum iommu_switch turns;        /* the last in the list that says so; not when misspelt */
    struct str unknown;             /* the first in the list that the kernel ignores; absent: none.
                                       Empty where the whole value is missing */
};

struct iommu_argument iommu_argument_read(struct kernel_argument argument);

/* "intel_iommu" … */
const char *iommu_parameter_name(enum iommu_parameter parameter);

/* What kernel arguments are called, rightly here and there or never; NULL ends them. */
extern const char *const kernel_arguments_keys[];

#endif
