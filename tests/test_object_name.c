/* SPDX-License-Identifier: Apache-2.0 */
#include "server/object_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEN "a123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void test_names(void **state)
{
    static const struct {
        const char *name;
        bool is_label, is_subdomain;
    } rows[] = {
        {"a", true, true},
        {"0", true, true},
        {"kube-system", true, true},
        {"a--b", true, true},
        {SIXTY "123", true, true},
        {SIXTY "1234", false, true},
        {"a.b", false, true},
        {"webhook.example.com", false, true},
        {SIXTY "." SIXTY "." SIXTY "." SIXTY ".123456789", false, true}, /* 253 bytes */
        {SIXTY "." SIXTY "." SIXTY "." SIXTY ".a123456789", false, false},
        {"", false, false},
        {"-a", false, false},
        {"a-", false, false},
        {"a-.b", false, false},
        {"a..b", false, false},
        {".a", false, false},
        {"a.", false, false},
        {"A", false, false},
        {"a_b", false, false},
        {"a/b", false, false},
        {"\xc3\xa4", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str name = str_from(rows[i].name);

        if (object_name_is_label(name) != rows[i].is_label ||
            object_name_is_subdomain(name) != rows[i].is_subdomain)
            fail_msg("%s", rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
