/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsers of AdmissionReviews side by side: `parsers FOLDER [ROUNDS]` reads the texts
 * FOLDER/<size>-<number>.json. All candidates must pick the same out of each; then their time and
 * memory are measured, and it is tried which odd texts they take.
 */
#include "tests/bench/parsers/machine.h"
#include "tests/bench/parsers/odd_texts.h"
#include "tests/bench/parsers/timing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define MAX_TEXTS 64
#define MAX_ROUNDS 10000

static const struct candidate *const all[] = {
    &with_json_pick,
    &with_json_pick_few,
    &with_json_read_fields,
    &with_json_read,
    &with_jansson,
    &with_simdjson_dom,
    &with_simdjson_dom_strict,
    &with_simdjson_ondemand,
    &with_yajl,
    &with_yyjson,
    &with_json_c,
    &with_cjson,
};

static const char *const sizes[] = {"5kB", "19kB", "500kB"};

/* --- texts ------------------------------------------------------------------------------------ */

static bool read_file(const char *path, struct padded_text *ret_text)
{
    FILE *file = fopen(path, "rbe");
    long len = -1;
    struct padded_text text;
    bool good;

    if (!file)
        return false;
    if (fseek(file, 0, SEEK_END) == 0)
        len = ftell(file);
    if (len < 0 || fseek(file, 0, SEEK_SET) != 0) {
        (void)fclose(file);
        return false;
    }
    text = padded_text_new((size_t)len);
    good = fread(text.bytes, 1, text.len, file) == text.len;
    (void)fclose(file);
    if (good)
        *ret_text = text;
    else
        padded_text_free(&text);
    return good;
}

static struct texts read_texts(const char *folder, const char *size)
{
    struct texts texts = {calloc(MAX_TEXTS, sizeof texts.all[0]), 0};
    char path[4096];

    if (!texts.all)
        abort();
    while (texts.count < MAX_TEXTS) {
        (void)snprintf(path, sizeof path, "%s/%s-%02zu.json", folder, size, texts.count);
        if (!read_file(path, &texts.all[texts.count]))
            break;
        texts.count++;
    }
    return texts;
}

static size_t mean_of(const struct texts *texts)
{
    size_t sum = 0;

    for (size_t i = 0; i < texts->count; i++)
        sum += texts->all[i].len;
    return texts->count > 0 ? sum / texts->count : 0;
}

static void free_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        padded_text_free(&texts->all[i]);
    free(texts->all);
}

/* --- agreement -------------------------------------------------------------------------------- */

static bool is_agreed(const struct candidate *candidate, const struct padded_text *text)
{
    static struct review right, review;
    void *state = candidate->open ? candidate->open() : NULL;
    bool good;

    review_begin(&right);
    review_begin(&review);
    good = with_json_read.read(NULL, text->bytes, text->len, &right) == TAKEN &&
           right.request[SLOT_UID].len > 0 && review_devices(&right) > 0 &&
           candidate->read(state, text->bytes, text->len, &review) == TAKEN &&
           review_equal(&review, &right);
    if (candidate->close)
        candidate->close(state);
    return good;
}

static bool are_agreed(const struct candidate *const *candidates, size_t count,
                       const struct texts *texts, const char *size)
{
    bool good = texts->count > 0;

    if (!good)
        (void)fprintf(stderr, "There are no texts of %s.\n", size);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < texts->count; k++) {
            if (is_agreed(candidates[i], &texts->all[k]))
                continue;
            (void)fprintf(stderr, "%s does not pick what json_read does out of %s-%02zu.json.\n",
                          candidates[i]->name, size, k);
            good = false;
        }
    }
    return good;
}

/* --- the table -------------------------------------------------------------------------------- */

static void print_head(const struct texts *texts)
{
    printf("%-44s", "");
    for (size_t i = 0; i < COUNT(sizes); i++)
        printf(" |%2zu texts of %6zu bytes ", texts[i].count, mean_of(&texts[i]));
    printf("| heap at most, bytes\n%-44s", "parser");
    for (size_t i = 0; i < COUNT(sizes); i++)
        printf(" | %9s %6s %7s", "us", "+-", "ratio");
    printf(" |");
    for (size_t i = 0; i < COUNT(sizes); i++)
        printf(" %9s", sizes[i]);
    putchar('\n');
}

static void print_rows(const struct candidate *const *candidates, size_t count,
                       struct timing timings[][COUNT(all)])
{
    for (size_t i = 0; i < count; i++) {
        printf("%-44s", candidates[i]->name);
        for (size_t k = 0; k < COUNT(sizes); k++)
            printf(" | %9.2f %4.0f %% %7.2f", timings[k][i].median, timings[k][i].spread * 100,
                   timings[k][i].ratio);
        printf(" |");
        for (size_t k = 0; k < COUNT(sizes); k++)
            printf(" %9zu", timings[k][i].peak_bytes);
        putchar('\n');
    }
}

static bool print_table(const struct candidate *const *candidates, size_t count, const char *folder,
                        unsigned rounds)
{
    struct timing timings[COUNT(sizes)][COUNT(all)];
    struct texts texts[COUNT(sizes)];
    bool good = true;

    for (size_t i = 0; i < COUNT(sizes); i++) {
        texts[i] = read_texts(folder, sizes[i]);
        good = are_agreed(candidates, count, &texts[i], sizes[i]) && good;
    }
    for (size_t i = 0; good && i < COUNT(sizes); i++) {
        (void)fprintf(stderr, "%s, %u rounds\n", sizes[i], rounds);
        timing_measure(candidates, count, &texts[i], rounds, timings[i]);
    }
    if (good) {
        print_head(texts);
        print_rows(candidates, count, timings);
    }
    for (size_t i = 0; i < COUNT(sizes); i++)
        free_texts(&texts[i]);
    return good;
}

/* --- the program ------------------------------------------------------------------------------ */

static size_t print_candidates(const struct candidate **ret_candidates)
{
    const char *before = "";
    size_t count = 0;

    printf("libraries:");
    for (size_t i = 0; i < COUNT(all); i++) {
        if (all[i]->skipped || !all[i]->library)
            continue;
        printf("%s %s %s", before, all[i]->library, all[i]->version());
        before = ",";
    }
    putchar('\n');
    for (size_t i = 0; i < COUNT(all); i++) {
        if (all[i]->skipped)
            printf("skipped: %s: %s\n", all[i]->name, all[i]->skipped);
        else
            ret_candidates[count++] = all[i];
    }
    return count;
}

static void print_notes(unsigned rounds)
{
    printf(
        "\nMicroseconds of processor time a parse, with what it takes to pick the fields and to "
        "free what was\nallocated: the median of %u rounds of all parsers in turn; +- is half of "
        "what is between the first and\nthe last decile, ratio the median of the ratios to %s in "
        "the same round.\nHeap: the most in use at one time beside the text, at a parser's first "
        "parse; simdjson's parsers keep\ntheir buffers from one text to the next, the others "
        "nothing. json_pick has 8 KiB of its caller's stack.\n\n",
        rounds, all[0]->name);
}

int main(int argc, char **argv)
{
    const struct candidate *candidates[COUNT(all)];
    const unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 101;
    size_t count;
    bool good;

    if (argc < 2 || argc > 3 || rounds == 0 || rounds > MAX_ROUNDS) {
        (void)fputs("usage: parsers FOLDER [ROUNDS]\n", stderr);
        return 2;
    }
    machine_print();
    count = print_candidates(candidates);
    putchar('\n');
    if (!print_table(candidates, count, argv[1], (unsigned)rounds))
        return 1;
    print_notes((unsigned)rounds);
    good = odd_texts_print(candidates, count, &with_json_read);
    if (!good)
        (void)fprintf(stderr, "%s takes what it must not (see the table).\n", all[0]->name);
    return good && !ferror(stdout) ? 0 : 1;
}
