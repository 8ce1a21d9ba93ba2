/* SPDX-License-Identifier: Apache-2.0 */
/* What is read out of a data URL and out of gzip, and what is refused. */
#include "validators/machine_config/data_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define MEMORY ((size_t)16 * 1024 * 1024)

static const struct {
    struct str url;
    enum data_problem problem;
    struct str bytes;
} url_rows[] = {
    {STR_INIT("data:,"), DATA_GOOD, STR_INIT("")},
    {STR_INIT("data:,vfio-pci%0A"), DATA_GOOD, STR_INIT("vfio-pci\n")},
    {STR_INIT("data:,%00%ff%FF"), DATA_GOOD, STR_INIT("\0\xff\xff")},
    {STR_INIT("data:,a,b+c"), DATA_GOOD, STR_INIT("a,b+c")},
    {STR_INIT("data:x-a/b;c=\"d,\\\"\";e=f;base64,YQ=="), DATA_GOOD, STR_INIT("a")},
    {STR_INIT("data:text/,a"), DATA_GOOD, STR_INIT("a")},
    {STR_INIT("data:;base64=a,b"), DATA_GOOD, STR_INIT("b")},
    {STR_INIT("DATA:,a"), DATA_NO_DATA_URL, {NULL, 0}},
    {STR_INIT("data:text/plain;charset=utf-8,a"), DATA_GOOD, STR_INIT("a")},
    {STR_INIT("data:;base64,"), DATA_GOOD, STR_INIT("")},
    {STR_INIT("data:;base64,YQ=="), DATA_GOOD, STR_INIT("a")},
    {STR_INIT("data:;base64,YWI="), DATA_GOOD, STR_INIT("ab")},
    {STR_INIT("data:;base64,YWJj"), DATA_GOOD, STR_INIT("abc")},
    {STR_INIT("data:;base64,+/+/"), DATA_GOOD, STR_INIT("\xfb\xff\xbf")},
    {STR_INIT("data:;base64,YWJj\nZGVm\n"), DATA_GOOD, STR_INIT("abcdef")},
    {STR_INIT("data:text/plain;charset=utf-8;base64,YWJj"), DATA_GOOD, STR_INIT("abc")},
    {STR_INIT(""), DATA_NO_DATA_URL, {NULL, 0}},
    {STR_INIT("dat"), DATA_NO_DATA_URL, {NULL, 0}},
    {STR_INIT("https://example.com/a,b"), DATA_NO_DATA_URL, {NULL, 0}},
    {STR_INIT("options vfio-pci ids=10de:1eb8,10de:1db6"), DATA_NO_DATA_URL, {NULL, 0}},
    {STR_INIT("data:"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:;base64"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:vfio-pci"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:text,a"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:foo/bar,a"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:;,a"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:;a,a"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:;a=,a"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:;a=\"b,a"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:;base64;a=b,a"), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:;BASE64,YQ=="), DATA_BAD_HEAD, {NULL, 0}},
    {STR_INIT("data:,a b"), DATA_BAD_CHARACTER, {NULL, 0}},
    {STR_INIT("data:,a\n"), DATA_BAD_CHARACTER, {NULL, 0}},
    {STR_INIT("data:,#a"), DATA_BAD_CHARACTER, {NULL, 0}},
    {STR_INIT("data:,\xc3\xa4"), DATA_BAD_CHARACTER, {NULL, 0}},
    {STR_INIT("data:,a\0"), DATA_BAD_CHARACTER, {NULL, 0}},
    {STR_INIT("data:,%"), DATA_BAD_PERCENT, {NULL, 0}},
    {STR_INIT("data:,%0"), DATA_BAD_PERCENT, {NULL, 0}},
    {STR_INIT("data:,%0g"), DATA_BAD_PERCENT, {NULL, 0}},
    {STR_INIT("data:;base64,Y"), DATA_BAD_BASE64, {NULL, 0}},
    {STR_INIT("data:;base64,YQ"), DATA_BAD_BASE64, {NULL, 0}},
    {STR_INIT("data:;base64,YQ="), DATA_BAD_BASE64, {NULL, 0}},
    {STR_INIT("data:;base64,YQ==="), DATA_BAD_BASE64, {NULL, 0}},
    {STR_INIT("data:;base64,YWJj="), DATA_BAD_BASE64, {NULL, 0}},
    {STR_INIT("data:;base64,YQ==YQ=="), DATA_BAD_BASE64, {NULL, 0}},
    {STR_INIT("data:;base64,Y W="), DATA_BAD_BASE64, {NULL, 0}},
    {STR_INIT("data:;base64,Y_W="), DATA_BAD_BASE64, {NULL, 0}},
};

static void test_urls(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(url_rows); i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY);
        struct str bytes = {NULL, 0};
        enum data_problem problem = data_url_decode(url_rows[i].url, &arena, &bytes);

        if (problem != url_rows[i].problem || !str_equal(bytes, url_rows[i].bytes)) {
            fprintf(stderr, "%s: %d \"%.*s\"\n", url_rows[i].url.data, (int)problem, (int)bytes.len,
                    bytes.data ? bytes.data : "");
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* --- gzip ------------------------------------------------------------------------------------ */

/* `len` bytes of text as gzip; the caller free()s it. */
static struct str compress_text(const char *text, size_t len)
{
    z_stream stream = {0};
    size_t size = len + 1024;
    unsigned char *out = malloc(size);

    assert_non_null(out);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)text;
    stream.avail_in = (unsigned)len;
    stream.next_out = out;
    stream.avail_out = (unsigned)size;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size = stream.total_out;
    deflateEnd(&stream);
    return (struct str){(char *)out, size};
}

static void test_gzip(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY);
    struct gunzip gunzip = GUNZIP_INIT(&arena);
    struct str packed = compress_text("vfio-pci\n", 9);
    struct str bytes;
    char twice[256];

    (void)state;
    assert_true(is_gzip(packed));
    assert_int_equal(gunzip_run(&gunzip, packed, 100, &bytes), DATA_GOOD);
    assert_true(str_equal(bytes, STR("vfio-pci\n")));
    /* The next one, of two members. */
    memcpy(twice, packed.data, packed.len);
    memcpy(twice + packed.len, packed.data, packed.len);
    assert_int_equal(gunzip_run(&gunzip, (struct str){twice, 2 * packed.len}, 100, &bytes),
                     DATA_GOOD);
    assert_true(str_equal(bytes, STR("vfio-pci\nvfio-pci\n")));
    free((void *)(uintptr_t)packed.data);
}

static void test_what_is_no_gzip(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY);
    struct gunzip gunzip = GUNZIP_INIT(&arena);
    struct str packed = compress_text("vfio-pci\n", 9);
    struct str bytes = {NULL, 0};
    char changed[256];

    (void)state;
    assert_int_equal(gunzip_run(&gunzip, STR(""), 100, &bytes), DATA_NOT_GZIP);
    assert_int_equal(gunzip_run(&gunzip, STR("vfio-pci\n"), 100, &bytes), DATA_NOT_GZIP);
    for (size_t len = 0; len < packed.len; len++)
        assert_int_equal(gunzip_run(&gunzip, str_slice(packed, 0, len), 100, &bytes),
                         DATA_NOT_GZIP);
    memcpy(changed, packed.data, packed.len);
    memcpy(changed + packed.len, "behind", 6);
    assert_int_equal(gunzip_run(&gunzip, (struct str){changed, packed.len + 6}, 100, &bytes),
                     DATA_NOT_GZIP);
    changed[packed.len - 1] ^= 1; /* of the length */
    assert_int_equal(gunzip_run(&gunzip, (struct str){changed, packed.len}, 100, &bytes),
                     DATA_NOT_GZIP);
    assert_null(bytes.data);
    free((void *)(uintptr_t)packed.data);
}

static void test_how_much_is_inflated(void **state)
{
    enum { SIZE = 1024 * 1024 };
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY);
    struct gunzip gunzip = GUNZIP_INIT(&arena);
    char *text = calloc(1, SIZE);
    struct str packed, bytes;
    size_t held;

    (void)state;
    assert_non_null(text);
    packed = compress_text(text, SIZE);
    assert_true(packed.len < SIZE / 500);
    assert_int_equal(gunzip_run(&gunzip, packed, SIZE - 1, &bytes), DATA_TOO_LARGE);
    assert_int_equal(gunzip_run(&gunzip, packed, SIZE, &bytes), DATA_GOOD);
    assert_int_equal(bytes.len, SIZE);
    held = arena.held;
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(gunzip_run(&gunzip, packed, SIZE, &bytes), DATA_GOOD);
    assert_int_equal(gunzip_run(&gunzip, packed, 0, &bytes), DATA_TOO_LARGE);
    assert_int_equal(arena.held, held); /* no more for more of them */
    assert_true(held < (size_t)4 * SIZE);
    free((void *)(uintptr_t)packed.data);
    free(text);
}

static void test_memory_that_runs_out(void **state)
{
    struct str packed = compress_text("vfio-pci\n", 9);
    struct str bytes = {NULL, 0};
    bool good = false;

    (void)state;
    for (size_t limit = 0; !good && limit < MEMORY; limit += 4096) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(limit);
        struct gunzip gunzip = GUNZIP_INIT(&arena);

        good = gunzip_run(&gunzip, packed, 100, &bytes) == DATA_GOOD;
        assert_int_equal(arena.failed, !good);
    }
    assert_true(good);
    free((void *)(uintptr_t)packed.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_what_is_no_gzip),
        cmocka_unit_test(test_how_much_is_inflated),
        cmocka_unit_test(test_memory_that_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
