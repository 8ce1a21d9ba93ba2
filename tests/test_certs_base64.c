/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/base64.h"

#include "certs/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* RFC 4648 10, and what only base64 of bytes above 0x7F shows. */
static const struct {
    const char *text, *base64;
} pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xFF\xBF", "+/+/"},
};

static void test_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct error err = {.message = ""};
        char *base64 = certs_base64_encode(str_from(pairs[i].text), &err);
        char *text = certs_base64_decode(str_from(pairs[i].base64), &err);

        assert_string_equal(base64, pairs[i].base64);
        assert_string_equal(text, pairs[i].text);
        free(base64);
        free(text);
    }
}

static void test_what_is_not_base64(void **state)
{
    static const char *const wrong[] = {
        "Z",    "Zg",      "Zg=",  "Zg===",  "=",        "====",       "Zm9v=",    "Zm9vYg",
        "Zh==", "Zm9=",    "Z===", "Zm9v\n", " Zm9",     "Zm9v\nZg==", "Zg==Zm9v", "Zm-v",
        "Zm_v", "Zm\x80v", "Z=9v", "Zg=\n",  "\n\n\n\n", "    ",       "-m9v",     "Zm9-",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error err = {.message = ""};

        if (certs_base64_decode(str_from(wrong[i]), &err))
            fail_msg("\"%s\" was decoded", wrong[i]);
        assert_string_equal(err.message, "is not base64");
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_nul_bytes(void **state)
{
    static const struct str nul_inside = {"Zm\0v", 4};
    struct error err = {.message = ""};

    (void)state;
    assert_null(certs_base64_decode(STR("AAAA"), &err));
    assert_string_equal(err.message, "is binary, not PEM");
    assert_null(certs_base64_decode(STR("Zm8A"), &err));
    assert_string_equal(err.message, "is binary, not PEM");
    assert_null(certs_base64_decode(nul_inside, &err));
    assert_string_equal(err.message, "is not base64");
}

/* The largest text, and one byte more. */
static void test_limit(void **state)
{
    char *text = malloc(CERTS_PEM_MAX + 1);
    struct error err = {.message = ""};
    char *base64, *again, *longer;
    size_t len;

    (void)state;
    assert_non_null(text);
    memset(text, 'a', CERTS_PEM_MAX + 1);
    base64 = certs_base64_encode((struct str){text, CERTS_PEM_MAX}, &err);
    assert_non_null(base64);
    again = certs_base64_decode(str_from(base64), &err);
    assert_non_null(again);
    assert_int_equal(strlen(again), CERTS_PEM_MAX);
    assert_null(certs_base64_encode((struct str){text, CERTS_PEM_MAX + 1}, &err));
    assert_string_equal(err.message, "is larger than 1048576 bytes");
    /* CERTS_PEM_MAX is one above a multiple of three: "YQ==" for the last, "YWE=" for two. */
    len = strlen(base64);
    memcpy(base64 + len - 4, "YWE=", 4);
    assert_null(certs_base64_decode(str_from(base64), &err));
    assert_string_equal(err.message, "is larger than 1048576 bytes");
    longer = malloc(len + 4);
    assert_non_null(longer);
    memset(longer, 'A', len + 4);
    assert_null(certs_base64_decode((struct str){longer, len + 4}, &err));
    assert_string_equal(err.message, "is larger than 1048576 bytes");
    free(text);
    free(base64);
    free(again);
    free(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_what_is_not_base64),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
