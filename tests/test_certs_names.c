/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/names.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define LABEL_63 "a23456789-123456789-123456789-123456789-123456789-123456789-123"
#define NAME_251                           \
    LABEL_63 "." LABEL_63 "." LABEL_63 "." \
             "123456789-123456789-123456789-123456789-123456789-123456789"
#define NAME_253 NAME_251 "-z"

static void expect_name(const char *written, const char *text, size_t address_len)
{
    struct error err = {.message = "untouched"};
    struct certs_names *names = certs_names_new(str_from(written), &err);

    assert_string_equal(err.message, "untouched");
    assert_non_null(names);
    assert_int_equal(certs_names_count(names), 1);
    assert_string_equal(certs_names_get(names, 0)->text, text);
    assert_int_equal(certs_names_get(names, 0)->address_len, address_len);
    certs_names_free(names);
}

static void expect_refused(struct str list, const char *message)
{
    struct error err = {.message = ""};

    assert_null(certs_names_new(list, &err));
    assert_string_equal(err.message, message);
}

static void test_dns_names(void **state)
{
    (void)state;
    assert_int_equal(strlen(NAME_253), 253);
    expect_name("localhost", "localhost", 0);
    expect_name("Webhook.NS.svc", "webhook.ns.svc", 0);
    expect_name("*.example", "*.example", 0);
    expect_name("*.a.example.com", "*.a.example.com", 0);
    expect_name("xn--bcher-kva.example", "xn--bcher-kva.example", 0);
    expect_name("1a.2b", "1a.2b", 0);
    expect_name("10.0.0.1.example", "10.0.0.1.example", 0);
    expect_name(LABEL_63, LABEL_63, 0);
    expect_name(NAME_253, NAME_253, 0);
}

static void test_addresses(void **state)
{
    static const unsigned char v4[] = {192, 0, 2, 7};
    struct error err;
    struct certs_names *names = certs_names_new(STR("192.0.2.7"), &err);

    (void)state;
    assert_non_null(names);
    assert_memory_equal(certs_names_get(names, 0)->address, v4, sizeof v4);
    certs_names_free(names);
    expect_name("127.0.0.1", "127.0.0.1", 4);
    expect_name("::1", "::1", 16);
    expect_name("[::1]", "::1", 16);
    expect_name("2001:DB8:0:0:0:0:0:1", "2001:db8::1", 16);
    expect_name("[2001:0db8:0000:0000:0000:0000:192.0.2.7]", "2001:db8::c000:207", 16);
}

static void test_what_is_no_name(void **state)
{
    static const struct {
        struct str written;
        const char *message;
    } cases[] = {
        {STR_INIT(""), "host name \"\" is empty: give NAME[,NAME…]"},
        {STR_INIT("a,,b"), "host name \"\" is empty: give NAME[,NAME…]"},
        {STR_INIT("a,"), "host name \"\" is empty: give NAME[,NAME…]"},
        {STR_INIT("a, b"), "host name \" b\" may only hold letters, digits, '-' and '.'"},
        {STR_INIT("a b"), "host name \"a b\" may only hold letters, digits, '-' and '.'"},
        {STR_INIT("a_b"), "host name \"a_b\" may only hold letters, digits, '-' and '.'"},
        {STR_INIT("https//a"), "host name \"https//a\" may only hold letters, digits, '-' and '.'"},
        {STR_INIT("a\x1b[31m"), "host name \"a\\u001b[31m\" does not hold an IPv6 address in its "
                                "brackets"},
        {STR_INIT("a\nb"), "host name \"a\\nb\" may only hold letters, digits, '-' and '.'"},
        {STR_INIT("a\0b"), "host name \"a\\u0000b\" may only hold letters, digits, '-' and '.'"},
        {STR_INIT("127.0.0.1\0"), "host name \"127.0.0.1\\u0000\" may only hold letters, digits, "
                                  "'-' and '.'"},
        {STR_INIT("b\xc3\xbc.de"), "host name \"b\xc3\xbc.de\" is not ASCII: write an "
                                   "international name in its xn--… form"},
        {STR_INIT("\xff"), "host name \"\\xff\" is not ASCII: write an international name in its "
                           "xn--… form"},
        {STR_INIT("localhost:8443"), "host name \"localhost:8443\" is not an IPv6 address: write a "
                                     "name without a port, an address without a zone"},
        {STR_INIT("fe80::1%eth0"), "host name \"fe80::1%eth0\" is not an IPv6 address: write a "
                                   "name without a port, an address without a zone"},
        {STR_INIT("[::1]:8443"), "host name \"[::1]:8443\" does not hold an IPv6 address in its "
                                 "brackets"},
        {STR_INIT("[127.0.0.1]"), "host name \"[127.0.0.1]\" does not hold an IPv6 address in its "
                                  "brackets"},
        {STR_INIT("["), "host name \"[\" does not hold an IPv6 address in its brackets"},
        {STR_INIT("[]"), "host name \"[]\" does not hold an IPv6 address in its brackets"},
        {STR_INIT("*"), "host name \"*\" has a '*' that is not the whole first label, as in "
                        "*.example.com"},
        {STR_INIT("a.*.b"), "host name \"a.*.b\" has a '*' that is not the whole first label, as "
                            "in *.example.com"},
        {STR_INIT("*.*.b"), "host name \"*.*.b\" has a '*' that is not the whole first label, as "
                            "in *.example.com"},
        {STR_INIT("w*.b"), "host name \"w*.b\" has a '*' that is not the whole first label, as in "
                           "*.example.com"},
        {STR_INIT("*."), "host name \"*.\" ends in a dot: leave it out"},
        {STR_INIT("a.example."), "host name \"a.example.\" ends in a dot: leave it out"},
        {STR_INIT("a..b"), "host name \"a..b\" has two dots side by side or one in front"},
        {STR_INIT(".a"), "host name \".a\" has two dots side by side or one in front"},
        {STR_INIT("-a.b"), "host name \"-a.b\" has a '-' at the beginning or end of a label"},
        {STR_INIT("a.b-"), "host name \"a.b-\" has a '-' at the beginning or end of a label"},
        {STR_INIT("a-.b"), "host name \"a-.b\" has a '-' at the beginning or end of a label"},
        {STR_INIT("256.0.0.1"), "host name \"256.0.0.1\" ends in a number but is not an IPv4 "
                                "address"},
        {STR_INIT("10"), "host name \"10\" ends in a number but is not an IPv4 address"},
        {STR_INIT(LABEL_63 "x.b"), "host name \"" LABEL_63 "x.b\" has more than 63 characters "
                                   "between two dots"},
        {STR_INIT(NAME_253 "x"), "host name \"" NAME_253 "x\" is longer than 253 characters"},
        {STR_INIT(NAME_253 NAME_253), "host name \"" NAME_253 "a234567…\" is longer than 253 "
                                      "characters"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_refused(cases[i].written, cases[i].message);
}

static void test_repeated_names_are_kept_once(void **state)
{
    struct error err;
    struct certs_names *names =
        certs_names_new(STR("b.example,::1,B.EXAMPLE,0:0::1,a.example,[::1],127.0.0.1"), &err);

    (void)state;
    assert_non_null(names);
    assert_int_equal(certs_names_count(names), 4);
    assert_string_equal(certs_names_get(names, 0)->text, "b.example");
    assert_string_equal(certs_names_get(names, 1)->text, "::1");
    assert_string_equal(certs_names_get(names, 2)->text, "a.example");
    assert_string_equal(certs_names_get(names, 3)->text, "127.0.0.1");
    certs_names_free(names);
    certs_names_free(NULL);
}

static void test_number_of_names(void **state)
{
    CLEANUP_TEXT struct text list = TEXT_INIT(2048);
    struct error err;
    struct certs_names *names;

    (void)state;
    for (int i = 0; i < CERTS_NAMES_MAX; i++)
        text_addf(&list, "host%d,", i);
    text_add(&list, "host0"); /* one more, but a repeated one */
    names = certs_names_new(str_from(text_get(&list)), &err);
    assert_non_null(names);
    assert_int_equal(certs_names_count(names), CERTS_NAMES_MAX);
    certs_names_free(names);
    text_add(&list, ",another");
    expect_refused(str_from(text_get(&list)),
                   "more than 100 host names: one certificate holds no more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dns_names),       cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_what_is_no_name), cmocka_unit_test(test_repeated_names_are_kept_once),
        cmocka_unit_test(test_number_of_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
