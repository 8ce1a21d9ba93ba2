/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/suggest.h"

#include <stdlib.h>
#include <string.h>

/* Longer words are not compared: no option or command is half as long. */
#define WORD_MAX ((size_t)48)

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The optimal string alignment distance of two words of at most WORD_MAX letters. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][WORD_MAX + 1]; /* the row before the last, the last, the one being made */

    for (size_t j = 0; j <= b_len; j++)
        rows[1][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        rows[2][0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = rows[1][j - 1] + (a[i - 1] != b[j - 1]);

            best = smaller(best, smaller(rows[1][j], rows[2][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = smaller(best, rows[0][j - 2] + 1);
            rows[2][j] = best;
        }
        memcpy(rows[0], rows[1], sizeof rows[0]);
        memcpy(rows[1], rows[2], sizeof rows[1]);
    }
    return rows[1][b_len];
}

const char *suggest(const char *word, size_t count,
                    const char *(*candidate)(size_t i, const void *context), const void *context)
{
    size_t len = strlen(word);
    size_t limit = smaller(len / 3, 3);
    const char *nearest = NULL;

    if (len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *known = candidate(i, context);
        size_t known_len = strlen(known);
        size_t far;

        if (known_len > WORD_MAX)
            continue;
        far = distance(word, len, known, known_len);
        if (far <= limit && (!nearest || far < limit)) {
            nearest = known;
            limit = far;
        }
    }
    return nearest;
}
