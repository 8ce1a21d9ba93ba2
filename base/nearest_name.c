/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Optimal string alignment (Damerau-Levenshtein with non-overlapping swaps), computed only in the
 * diagonal band that a distance of at most `limit` can reach (Ukkonen, 1985).
 */
#include "base/nearest_name.h"

#define MAX_LIMIT 8

size_t nearest_name_tolerance(size_t len)
{
    return len < 5 ? 1 : len < 10 ? 2 : len < 20 ? 3 : 4;
}

uint64_t nearest_name_letters(struct str name)
{
    uint64_t letters = 0;

    for (size_t i = 0; i < name.len; i++)
        letters |= (uint64_t)1 << ((unsigned char)ascii_lower(name.data[i]) % 64);
    return letters;
}

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct rows {
    unsigned char *before, *above, *here; /* of the rows i - 2, i - 1 and i */
};

static size_t cell(struct str a, struct str b, size_t i, size_t j, const struct rows *rows)
{
    char last_a = ascii_lower(a.data[i - 1]);
    char last_b = ascii_lower(b.data[j - 1]);
    size_t best = rows->above[j - 1] + (size_t)(last_a != last_b);

    best = min(best, (size_t)rows->above[j] + 1);
    best = min(best, (size_t)rows->here[j - 1] + 1);
    if (i > 1 && j > 1 && last_a == ascii_lower(b.data[j - 2]) &&
        last_b == ascii_lower(a.data[i - 2]))
        best = min(best, (size_t)rows->before[j - 2] + 1);
    return best;
}

size_t nearest_name_distance(struct str a, struct str b, size_t limit)
{
    unsigned char storage[3][NEAREST_NAME_LIMIT + MAX_LIMIT + 2] = {{0}};
    struct rows rows = {storage[0], storage[1], storage[2]};
    size_t longer = a.len > b.len ? a.len : b.len;
    size_t difference = a.len > b.len ? a.len - b.len : b.len - a.len;

    if (limit > MAX_LIMIT || difference > limit || longer > NEAREST_NAME_LIMIT)
        return limit + 1;
    for (size_t j = 0; j <= b.len; j++)
        rows.above[j] = (unsigned char)min(j, limit + 1);
    for (size_t i = 1; i <= a.len; i++) {
        size_t from = i > limit ? i - limit : 1;
        size_t to = min(i + limit, b.len);
        size_t best = limit + 1;
        unsigned char *spare = rows.before;

        /* Outside the band everything is too far; its edges are read by the next rows. */
        rows.here[from - 1] = (unsigned char)(from == 1 ? min(i, limit + 1) : limit + 1);
        for (size_t j = from; j <= to; j++) {
            rows.here[j] = (unsigned char)min(cell(a, b, i, j, &rows), limit + 1);
            best = min(best, rows.here[j]);
        }
        rows.here[to + 1] = (unsigned char)(limit + 1);
        if (best > limit && rows.here[from - 1] > limit)
            return limit + 1;
        rows.before = rows.above;
        rows.above = rows.here;
        rows.here = spare;
    }
    return rows.above[b.len];
}
