/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading a text takes from its account against what it takes of the heap: at no allocation
 * may there be more in use than was taken before. Our own allocations are wrapped by the linker
 * (see LINK_test_json_memory in the Makefile), jansson is told which functions to use.
 */
#include "server/admission/admission_mask.h"
#include "server/documents/json_reader.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* --- what is in use -------------------------------------------------------------------------- */

static const struct account *watched; /* NULL: nothing is counted */
static size_t in_use;
static size_t most_in_use;
static size_t worst; /* the most that was in use beyond what was taken */

/* What a block takes of the heap of glibc: a word in front, in steps of 16, large ones in pages. */
static size_t heap_size(size_t size)
{
    if (size >= (size_t)128 * 1024)
        return (size + 16 + 4095) / 4096 * 4096;
    return size + 8 <= 32 ? 32 : (size + 8 + 15) / 16 * 16;
}

static void *note_new(void *block)
{
    if (!watched || !block)
        return block;
    in_use += heap_size(malloc_usable_size(block));
    if (in_use > most_in_use)
        most_in_use = in_use;
    if (in_use > watched->taken && in_use - watched->taken > worst)
        worst = in_use - watched->taken;
    return block;
}

static void note_free(void *block)
{
    if (watched && block)
        in_use -= heap_size(malloc_usable_size(block));
}

/* The linker's option --wrap asks for these names. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    return note_new(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return note_new(__real_calloc(count, size));
}

/* As if it always moved: the old and the new one are there for a while. */
void *__wrap_realloc(void *old, size_t size)
{
    void *block = __real_malloc(size);

    if (!block)
        return NULL;
    note_new(block);
    if (old) {
        size_t len = malloc_usable_size(old);

        memcpy(block, old, len < size ? len : size);
        note_free(old);
        __real_free(old);
    }
    return block;
}

void __wrap_free(void *block)
{
    note_free(block);
    __real_free(block);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* --- texts ------------------------------------------------------------------------------------ */

/* `head`, `count` times `item` with its number in place of %zu, `tail`. */
struct shape {
    const char *what, *head, *item, *tail;
    size_t count;
};

#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGITS "12345678901234567890123456789012345678901234567890123456789012345678901234567890"

static const struct shape shapes[] = {
    {"nothing", "", "", "0", 0},
    {"empty objects", "[", "{},", "{}]", 16384},
    {"empty arrays", "[", "[],", "[]]", 16384},
    {"numbers", "[", "7,", "7]", 16384},
    {"reals", "[", "1e-300,", "7]", 16385},
    {"long numbers", "[", DIGITS "%zu,", "7]", 5000},
    {"words", "[", "true,null,", "false]", 4000},
    {"empty strings", "[", "\"\",", "\"\"]", 4000},
    {"strings", "[", "\"" LONG "%zu\",", "\"\"]", 4097},
    {"strings with escapes", "[", "\"\\n" LONG LONG "%zu\\u0001\",", "\"\"]", 5000},
    {"keys", "{", "\"%zu\":1,", "\"a\":1}", 8193},
    {"long keys", "{", "\"" LONG "%zu\":{},", "\"a\":1}", 4097},
    {"keys with escapes", "{", "\"\\n" LONG "%zu\":{},", "\"a\":1}", 4097},
    {"objects with one key", "[", "{\"a\":%zu},", "{}]", 8193},
    {"objects with three keys", "[", "{\"a\":1,\"b\":2,\"c\":[]},", "{}]", 4000},
    {"objects with eight keys", "[",
     "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8},", "{}]", 5000},
    {"objects with nine keys", "[",
     "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":\"\"},", "{}]", 5000},
    {"arrays with nine items", "[", "[1,2,3,4,5,6,7,8,9],", "[]]", 8000},
    {"deep objects", "", "{\"a\":", "", 499},
    {"deep arrays", "", "[", "", 499},
    {"one key after the other, deeper", "", "{\"" LONG "\":1,\"b\":", "", 499},
};

static void write_shape(const struct shape *shape, struct text *text)
{
    const char *number = strstr(shape->item, "%zu");
    size_t before = number ? (size_t)(number - shape->item) : strlen(shape->item);

    text_add(text, shape->head);
    for (size_t i = 0; i < shape->count; i++) {
        text_add_str(text, (struct str){shape->item, before});
        if (number)
            text_addf(text, "%zu%s", i, number + 3);
    }
    text_add(text, shape->tail);
}

/* Deep shapes are left open at their end: the memory is in use until the error is found there. */
static bool reads(const char *what, const struct text *text, const struct field_mask *mask)
{
    struct account account = ACCOUNT_INIT(NULL);
    json_t *value = NULL;
    struct error err;
    size_t taken;

    in_use = most_in_use = worst = 0;
    watched = &account;
    json_read_fields(text_get(text), text->len, mask, &account, &value, &err);
    watched = NULL;
    json_decref(value);
    taken = account.taken;
    printf("%-32s %8zu bytes of text, %9zu in use, %9zu taken\n", what, text->len, most_in_use,
           taken);
    if (worst > 0)
        fprintf(stderr, "%s: %zu bytes in use that were not taken\n", what, worst);
    return worst == 0;
}

static void test_no_more_is_used_than_was_taken(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);

        write_shape(&shapes[i], &text);
        wrong += !reads(shapes[i].what, &text, NULL);
    }
    assert_int_equal(wrong, 0);
}

/* One string or one key of megabytes. */
static void test_single_large_texts(void **state)
{
    static const char *const ends[][2] = {
        {"[\"", "\"]"}, {"[\"\\n", "\\n\"]"}, {"{\"", "\":1}"}, {"{\"\\n", "\":1}"}, {"[1", "]"}};
    const size_t size = 819300;
    char *filler = calloc(size + 1, 1);
    size_t wrong = 0;

    (void)state;
    assert_non_null(filler);
    memset(filler, '1', size);
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);

        text_add(&text, ends[i][0]);
        text_add(&text, filler);
        text_add(&text, ends[i][1]);
        wrong += !reads(ends[i][0], &text, NULL);
    }
    free(filler);
    assert_int_equal(wrong, 0);
}

static void test_fields_that_are_kept_and_left_out(void **state)
{
    static const char *const places[] = {
        "{\"request\":{\"object\":{\"status\":", /* left out */
        "{\"request\":{\"object\":{\"spec\":{\"gpus\":",
        "{\"request\":{\"object\":",
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        for (size_t j = 0; j < COUNT(places); j++) {
            struct text text CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);

            text_add(&text, places[j]);
            write_shape(&shapes[i], &text);
            wrong += !reads(shapes[i].what, &text, admission_mask());
        }
    }
    assert_int_equal(wrong, 0);
}

/* What is left out takes nothing but the reader itself. */
static void test_what_is_left_out_takes_nothing(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);
    struct account account = ACCOUNT_INIT(NULL);
    json_t *value = NULL;
    struct error err;

    (void)state;
    text_add(&text, "{\"status\":");
    write_shape(&shapes[1], &text);
    text_add(&text, "}");
    assert_int_equal(
        json_read_fields(text_get(&text), text.len, admission_mask(), &account, &value, &err),
        JSON_READ);
    assert_int_equal(json_object_size(value), 0);
    json_decref(value);
    assert_in_range(account.taken, 1, 64 * 1024);
}

static void test_a_refusal_is_told(void **state)
{
    struct budget budget = {.limit = 1000000};
    struct account account = ACCOUNT_INIT(&budget);
    struct text text CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);
    json_t *value = NULL;
    struct error err;

    (void)state;
    write_shape(&shapes[1], &text);
    assert_int_equal(json_read_fields(text_get(&text), text.len, NULL, &account, &value, &err),
                     JSON_READ_NO_ROOM);
    assert_null(value);
    assert_in_range(budget_used(&budget), 900000, 1000000);
    account_close(&account);
    assert_int_equal(budget_used(&budget), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_more_is_used_than_was_taken),
        cmocka_unit_test(test_single_large_texts),
        cmocka_unit_test(test_fields_that_are_kept_and_left_out),
        cmocka_unit_test(test_what_is_left_out_takes_nothing),
        cmocka_unit_test(test_a_refusal_is_told),
    };

    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
