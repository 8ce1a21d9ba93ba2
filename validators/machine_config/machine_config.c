/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/machine_config/machine_config.h"

#include <stdio.h>

#define SHOWN_FILE 120

void machine_id_selector(const struct machine_id *id, char ret_selector[MACHINE_ID_SELECTOR_SIZE])
{
    snprintf(ret_selector, MACHINE_ID_SELECTOR_SIZE, "%04x:%04x", id->id.fields[0],
             id->id.fields[1]);
}

struct path machine_place_path(const struct machine_place *place)
{
    struct path path = place->path;

    path.line = place->line;
    return path;
}

void machine_place_add_line(const struct machine_place *place, struct text *text)
{
    if (!place->file.data)
        return;
    text_addf(text, "line %zu of ", place->line);
    text_add_quoted(text, place->file, SHOWN_FILE);
    text_add(text, ": ");
}
