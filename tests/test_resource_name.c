/* SPDX-License-Identifier: Apache-2.0 */
/* What an extended resource name is, which rule another text breaks, and the variable it becomes.
 */
#include "tests/support/facts.h"
#include "validators/resource_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN
#define TWO_HUNDRED_FORTY_FOUR SIXTY "." SIXTY "." SIXTY "." SIXTY "a"

static void test_what_is_valid(void **state)
{
    static const char *const rows[] = {
        "nvidia.com/TU104GL_Tesla_T4",
        "a/b",
        "0/0",
        "a-b.c-d.0/A_b-C.d",
        "kubernetes.io.example/x",
        "request.example/x",
        "a/" SIXTY "abc",
        TWO_HUNDRED_FORTY_FOUR "/" SIXTY "abc",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text message CLEANUP_TEXT = TEXT_INIT(1024);

        resource_name_explain(str_from(rows[i]), &message);
        if (!resource_name_is_valid(str_from(rows[i])) || message.len > 0)
            fail_msg("%s: %s", rows[i], text_get(&message));
    }
}

#define FORM "must be a domain, a slash and a name, as in \"nvidia.com/TU104GL_Tesla_T4\""
#define SLASHES "must have exactly one slash, between the domain and the name"
#define HALVES                                                         \
    "must have a domain before the slash and a name behind it, as in " \
    "\"nvidia.com/TU104GL_Tesla_T4\""
#define LONG_PREFIX "the domain before the slash may have at most 244 characters"
#define QUOTA                                                                                 \
    "must not begin with \"requests.\", which Kubernetes keeps for quotas; use the vendor's " \
    "domain"
#define NATIVE                                                                                \
    "domains that end in \"kubernetes.io\" are kept for Kubernetes itself; use the vendor's " \
    "domain"
#define PREFIX                                                                                  \
    "the domain before the slash must consist of lower-case letters, digits, '-' and '.', and " \
    "each of its labels must begin and end with a letter or digit"
#define LONG_NAME "the name behind the slash may have at most 63 characters"
#define NAME                                                                                      \
    "the name behind the slash must consist of letters, digits, '-', '_' and '.', and begin and " \
    "end with a letter or digit"

static void test_the_broken_rule_is_told(void **state)
{
    static const struct {
        struct str name;
        const char *words;
    } rows[] = {
        {STR_INIT("T4"), FORM},
        {STR_INIT(""), FORM},
        {STR_INIT("a/b/c"), SLASHES},
        {STR_INIT("a//b"), SLASHES},
        {STR_INIT("/b"), HALVES},
        {STR_INIT("a/"), HALVES},
        {STR_INIT("/"), HALVES},
        {STR_INIT(TWO_HUNDRED_FORTY_FOUR "a/b"), LONG_PREFIX},
        {STR_INIT(TWO_HUNDRED_FORTY_FOUR TWO_HUNDRED_FORTY_FOUR "/b"), LONG_PREFIX},
        {STR_INIT("requests.nvidia.com/T4"), QUOTA},
        {STR_INIT("kubernetes.io/T4"), NATIVE},
        {STR_INIT("devices.kubernetes.io/T4"), NATIVE},
        {STR_INIT("notkubernetes.io/T4"), NATIVE},
        {STR_INIT("Nvidia.com/T4"), PREFIX "; write \"nvidia.com/T4\""},
        {STR_INIT("NVIDIA.COM/Tesla_T4"), PREFIX "; write \"nvidia.com/Tesla_T4\""},
        {STR_INIT("Nvidia.com/-T4"), PREFIX},
        {STR_INIT("REQUESTS.x/T4"), PREFIX},
        {STR_INIT("nvidia_gpu.com/T4"), PREFIX},
        {STR_INIT("-a.b/T4"), PREFIX},
        {STR_INIT("a-.b/T4"), PREFIX},
        {STR_INIT(".a/T4"), PREFIX},
        {STR_INIT("a./T4"), PREFIX},
        {STR_INIT("a..b/T4"), PREFIX},
        {STR_INIT("a b/T4"), PREFIX},
        {STR_INIT("a\0b/T4"), PREFIX},
        {STR_INIT("\u00e9.com/T4"), PREFIX},
        {STR_INIT("a/" SIXTY "abcd"), LONG_NAME},
        {STR_INIT("a/_b"), NAME},
        {STR_INIT("a/b."), NAME},
        {STR_INIT("a/-"), NAME},
        {STR_INIT("a/b c"), NAME},
        {STR_INIT("a/b\0"), NAME},
        {STR_INIT("a/b\u00e9"), NAME},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text message CLEANUP_TEXT = TEXT_INIT(1024);

        resource_name_explain(rows[i].name, &message);
        wrong += !text_check(rows[i].name.data, rows[i].words, text_get(&message));
        wrong += resource_name_is_valid(rows[i].name);
    }
    assert_int_equal(wrong, 0);
}

/* As KubeVirt's own test of its function has it, and beyond ASCII untouched. */
static void test_the_variable(void **state)
{
    static const struct {
        const char *name, *variable;
    } rows[] = {
        {"nvidia.com/TU104GL_Tesla_T4", "NVIDIA_COM_TU104GL_TESLA_T4"},
        {"a.b/c", "A_B_C"},
        {"a/b.c", "A_B_C"},
        {"a-b/c_d", "A-B_C_D"},
        {"\u00e9/z", "\u00e9_Z"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[64];

        assert_true(str_equal(resource_name_variable(str_from(rows[i].name), buffer),
                              str_from(rows[i].variable)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_valid),
        cmocka_unit_test(test_the_broken_rule_is_told),
        cmocka_unit_test(test_the_variable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
