/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/odd_texts.h"

#include "tests/bench/parsers/padded_text.h"

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* --- the texts -------------------------------------------------------------------------------- */

/* A review with holes: in the request, a skipped field, a device, and for that device's name. */
static const char review_1[] =
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
    "\"uid\":\"1-2-3\",\"kind\":{\"group\":\"kubevirt.io\",\"version\":\"v1\",\"kind\":"
    "\"VirtualMachine\"},\"operation\":\"CREATE\",";
static const char review_2[] = "\"object\":{\"status\":";
static const char review_3[] = ",\"spec\":{\"template\":{\"spec\":{\"domain\":{\"devices\":{"
                               "\"hostDevices\":[{\"deviceName\":\"a.com/b\",";
static const char review_4[] = "\"name\":";
static const char review_5[] = "}]}}}}}}}}";

struct odd_text {
    const char *title;
    const char *request; /* each NULL: nothing out of the ordinary */
    const char *skipped;
    const char *device;
    const char *name;
    const char *trailing;
    size_t trailing_len; /* 0: strlen() */
    unsigned depth;      /* of arrays in the skipped field */
    const char *before;
    bool may_be_taken; /* in a field that is skipped, where the reference refuses it */
};

static const struct odd_text odd_texts[] = {
    {.title = "nothing odd"},
    {.title = "duplicate key on the way", .request = "\"operation\":\"DELETE\","},
    {.title = "the same, one with an escape", .request = "\"oper\\u0061tion\":\"DELETE\","},
    {.title = "duplicate key in a device", .device = "\"deviceName\":\"c.com/d\","},
    {.title = "duplicate key in a skipped field",
     .skipped = "{\"a\":1,\"a\":2}",
     .may_be_taken = true},
    {.title = "\\u0000 in a kept field", .name = "\"n\\u0000\""},
    {.title = "\\u0000 in a skipped field", .skipped = "\"\\u0000\""},
    {.title = "\\u0000 in a skipped key", .skipped = "{\"a\\u0000\":1}"},
    {.title = "half a surrogate pair, kept", .name = "\"n\\ud83d\""},
    {.title = "half a surrogate pair, skipped", .skipped = "\"\\udc00\""},
    {.title = "bad UTF-8, kept", .name = "\"n\xff\""},
    {.title = "bad UTF-8, skipped", .skipped = "\"\xc3(\""},
    {.title = "surrogate in UTF-8, skipped", .skipped = "\"\xed\xa0\x80\""},
    {.title = "overlong UTF-8, skipped", .skipped = "\"\xc0\xaf\""},
    {.title = "control character, skipped", .skipped = "\"\n\""},
    {.title = "depth 300, skipped", .depth = 300},
    {.title = "depth 600, skipped", .depth = 600},
    {.title = "depth 1100, skipped", .depth = 1100},
    {.title = "integer of 20 digits, skipped", .skipped = "98765432109876543210"},
    {.title = "1e400, skipped", .skipped = "1e400"},
    {.title = "01, skipped", .skipped = "01"},
    {.title = "1., skipped", .skipped = "1."},
    {.title = "tru, skipped", .skipped = "tru"},
    {.title = "nulL, skipped", .skipped = "nulL"},
    {.title = "NaN, skipped", .skipped = "NaN"},
    {.title = "[1,], skipped", .skipped = "[1,]"},
    {.title = "{\"a\" 1}, skipped", .skipped = "{\"a\" 1}"},
    {.title = "[1}, skipped", .skipped = "[1}"},
    {.title = "\\x in a skipped string", .skipped = "\"\\x\""},
    {.title = "a comment, skipped", .skipped = "1/**/"},
    {.title = "trailing }", .trailing = "}"},
    {.title = "trailing text", .trailing = " x"},
    {.title = "trailing NUL byte", .trailing = "\0", .trailing_len = 1},
    {.title = "byte order mark", .before = "\xef\xbb\xbf"},
    {.title = "form feed as white space", .before = "\f"},
};

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static char *append(char *at, const char *part, size_t len)
{
    memcpy(at, part, len);
    return at + len;
}

static struct padded_text write_text(const struct odd_text *odd)
{
    const char *const parts[] = {
        or_nothing(odd->before),
        review_1,
        or_nothing(odd->request),
        review_2,
        odd->skipped ? odd->skipped : "null",
        review_3,
        or_nothing(odd->device),
        review_4,
        odd->name ? odd->name : "\"n\"",
        review_5,
    };
    const size_t trailing_len =
        odd->trailing_len ? odd->trailing_len : strlen(or_nothing(odd->trailing));
    size_t len = (size_t)2 * odd->depth + trailing_len;
    struct padded_text text;
    char *at;

    for (size_t i = 0; i < COUNT(parts); i++)
        len += strlen(parts[i]);
    text = padded_text_new(len);
    at = text.bytes;
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (i == 4)
            at = (char *)memset(at, '[', odd->depth) + odd->depth;
        at = append(at, parts[i], strlen(parts[i]));
        if (i == 4)
            at = (char *)memset(at, ']', odd->depth) + odd->depth;
    }
    (void)append(at, or_nothing(odd->trailing), trailing_len);
    return text;
}

/* --- who takes them --------------------------------------------------------------------------- */

#define MAX_CANDIDATES 16
#define MAX_WIDTH 100

/* Takes it as the reference does, refuses, takes it otherwise, or leaves it to another one. */
#define SAME '+'
#define NOT '-'
#define OTHERWISE '*'
#define LEFT '?'

static enum taken read_once(const struct candidate *candidate, const struct padded_text *text,
                            struct review *review)
{
    void *state = candidate->open ? candidate->open() : NULL;
    enum taken taken;

    review_begin(review);
    taken = candidate->read(state, text->bytes, text->len, review);
    if (candidate->close)
        candidate->close(state);
    return taken;
}

static char mark_of(const struct candidate *candidate, const struct padded_text *text,
                    enum taken right_taken, const struct review *right)
{
    struct review review;
    const enum taken taken = read_once(candidate, text, &review);

    if (taken == LEFT_TO_READER)
        return LEFT;
    if (taken == REFUSED)
        return NOT;
    return right_taken == TAKEN && !review_equal(&review, right) ? OTHERWISE : SAME;
}

/* The marks of one text, and in the last place the reference's own. */
static void judge(const struct odd_text *odd, const struct candidate *const *candidates,
                  size_t count, const struct candidate *reference, char *marks)
{
    struct padded_text text = write_text(odd);
    struct review right;
    const enum taken right_taken = read_once(reference, &text, &right);

    for (size_t i = 0; i < count; i++)
        marks[i] = mark_of(candidates[i], &text, right_taken, &right);
    marks[count] = right_taken == TAKEN ? SAME : NOT;
    padded_text_free(&text);
}

/* The titles of the texts that the candidate has that mark for, and the reference the other. */
static void print_those(const char *what, char mark, char right, size_t column, size_t count,
                        char marks[][MAX_CANDIDATES + 1])
{
    size_t width = 0;

    for (size_t i = 0; i < COUNT(odd_texts); i++) {
        const char *title = odd_texts[i].title;

        if (marks[i][column] != mark || marks[i][count] != right)
            continue;
        if (width == 0)
            width = (size_t)printf("    %s: ", what);
        else if (width + strlen(title) > MAX_WIDTH)
            width = (size_t)printf(";\n      ");
        else
            width += (size_t)printf("; ");
        width += (size_t)printf("%s", title);
    }
    if (width > 0)
        putchar('\n');
}

static void print_differences(const struct candidate *const *candidates, size_t count,
                              char marks[][MAX_CANDIDATES + 1])
{
    for (size_t i = 0; i < count; i++) {
        printf("[%zu] %s\n", i + 1, candidates[i]->name);
        print_those("takes what is refused there", SAME, NOT, i, count, marks);
        print_those("refuses what is taken there", NOT, SAME, i, count, marks);
        print_those("takes it otherwise", OTHERWISE, SAME, i, count, marks);
        print_those("leaves to the reader what is taken there", LEFT, SAME, i, count, marks);
    }
}

static void print_table(const struct candidate *const *candidates, size_t count,
                        char marks[][MAX_CANDIDATES + 1])
{
    for (size_t i = 0; i < count; i++)
        printf("  [%zu] %s\n", i + 1, candidates[i]->name);
    printf("\n%-34s", "text");
    for (size_t i = 0; i < count; i++)
        printf(" [%zu]%s", i + 1, i < 9 ? " " : "");
    putchar('\n');
    for (size_t row = 0; row < COUNT(odd_texts); row++) {
        printf("%-34s", odd_texts[row].title);
        for (size_t i = 0; i < count; i++)
            printf("  %c  ", marks[row][i]);
        putchar('\n');
    }
}

/* Whether the first candidate may have that mark where the reference has the other. */
static bool is_right(const struct odd_text *odd, char mark, char right)
{
    if (mark == OTHERWISE)
        return false;
    return mark != SAME || right == SAME || odd->may_be_taken;
}

bool odd_texts_print(const struct candidate *const *candidates, size_t count,
                     const struct candidate *reference)
{
    char marks[COUNT(odd_texts)][MAX_CANDIDATES + 1];
    bool good = true;

    for (size_t row = 0; row < COUNT(odd_texts); row++) {
        judge(&odd_texts[row], candidates, count, reference, marks[row]);
        good = good && is_right(&odd_texts[row], marks[row][0], marks[row][count]);
    }
    printf("Odd texts: %c taken, %c refused, %c taken with other values than by %s,\n%c left to "
           "json_read_fields\n\n",
           SAME, NOT, OTHERWISE, reference->name, LEFT);
    print_table(candidates, count, marks);
    printf("\nAgainst %s; skipped: in a field that nobody reads:\n", reference->name);
    print_differences(candidates, count, marks);
    return good;
}
