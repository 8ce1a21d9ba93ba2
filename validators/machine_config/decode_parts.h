/* SPDX-License-Identifier: Apache-2.0 */
/* The parts in which decode_machine_config() reads an object. */
#ifndef VALIDATORS_MACHINE_CONFIG_DECODE_PARTS_H
#define VALIDATORS_MACHINE_CONFIG_DECODE_PARTS_H

#include "validators/decode_fields.h"
#include "validators/machine_config/data_url.h"
#include "validators/machine_config/machine_builder.h"

/* Where a kind has what is read; the prefixes are dotted paths. */
struct machine_spelling {
    const char *arguments_prefix, *arguments;
    const char *storage;
};

/* One object on its way. */
struct machine_reader {
    struct decoder *decoder;
    struct machine_builder builder;
    struct gunzip gunzip;
    size_t left; /* bytes that may still be inflated */
};

void machine_read_arguments(struct machine_reader *reader, const struct value *object,
                            const struct machine_spelling *spelling);

/* Notes kernel arguments where nobody looks for them. */
void machine_find_misplaced(struct machine_reader *reader, const struct value *object,
                            const struct machine_spelling *spelling);

/* What all arguments together do, on an Intel machine or an AMD one, whichever they speak of. */
enum iommu_state machine_iommu_state(const struct machine_argument *argument);

/* Needs `has_config` of the facts. */
void machine_read_files(struct machine_reader *reader, const struct value *object,
                        const struct machine_spelling *spelling);

#endif
