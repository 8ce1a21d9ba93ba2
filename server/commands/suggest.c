/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/suggest.h"

#include "base/nearest_name.h"

/* As near as a third of the letters, and never more than this. */
#define LIMIT_MAX ((size_t)3)

const char *suggest(const char *word, size_t count,
                    const char *(*candidate)(size_t i, const void *context), const void *context)
{
    struct str typed = str_from(word);
    size_t limit = typed.len / 3 < LIMIT_MAX ? typed.len / 3 : LIMIT_MAX;
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        const char *known = candidate(i, context);
        size_t far = nearest_name_distance(typed, str_from(known), limit);

        if (far <= limit && (!nearest || far < limit)) {
            nearest = known;
            limit = far;
        }
    }
    return nearest;
}
