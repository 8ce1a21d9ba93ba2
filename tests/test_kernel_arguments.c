/* SPDX-License-Identifier: Apache-2.0 */
/* How kernel arguments are told apart, and what those about the IOMMU do. */
#include "validators/machine_config/kernel_arguments.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_arguments(void **state)
{
    static const struct {
        struct str text;
        const char *arguments; /* each in brackets */
    } rows[] = {
        {STR_INIT(""), ""},
        {STR_INIT(" \t\n"), ""},
        {STR_INIT("a"), "[a]"},
        {STR_INIT(" a  b\tc=d\n"), "[a][b][c=d]"},
        {STR_INIT("a=\"b c\" d"), "[a=\"b c\"][d]"},
        {STR_INIT("\"a b\"=c d"), "[\"a b\"=c][d]"},
        {STR_INIT("a\"b c\"d e"), "[a\"b c\"d][e]"},
        {STR_INIT("a \"b c"), "[a][\"b c]"},
        {STR_INIT("\\\"a b\\\" c"), "[\\\"a b\\\"][c]"}, /* a quote can't be escaped */
        {STR_INIT("a\0b c"), "[a\\x00b][c]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text got CLEANUP_TEXT = TEXT_INIT(1000);
        struct str argument;
        size_t at = 0;

        while (kernel_argument_next(rows[i].text, &at, &argument)) {
            text_add(&got, "[");
            for (size_t j = 0; j < argument.len; j++) {
                struct str byte = str_slice(argument, j, 1);

                if (*byte.data == '\0')
                    text_add(&got, "\\x00");
                else
                    text_add_str(&got, byte);
            }
            text_add(&got, "]");
        }
        assert_string_equal(text_get(&got), rows[i].arguments);
    }
}

static void test_name_and_value(void **state)
{
    static const struct {
        struct str argument, name, value;
    } rows[] = {
        {STR_INIT(""), STR_INIT(""), {NULL, 0}},
        {STR_INIT("a"), STR_INIT("a"), {NULL, 0}},
        {STR_INIT("a="), STR_INIT("a"), STR_INIT("")},
        {STR_INIT("a=b=c"), STR_INIT("a"), STR_INIT("b=c")},
        {STR_INIT("a=\"b c\""), STR_INIT("a"), STR_INIT("b c")},
        {STR_INIT("\"a=b c\""), STR_INIT("a"), STR_INIT("b c")},
        {STR_INIT("\"a"), STR_INIT("a"), {NULL, 0}},
        {STR_INIT("a=\""), STR_INIT("a"), STR_INIT("")},
        {STR_INIT("\""), STR_INIT(""), {NULL, 0}},
        {STR_INIT("a=b\"c\""), STR_INIT("a"), STR_INIT("b\"c\"")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct kernel_argument split = kernel_argument_split(rows[i].argument);

        if (!str_equal(split.name, rows[i].name) || !str_equal(split.value, rows[i].value))
            fail_msg("%s", rows[i].argument.data);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_true(kernel_names_equal(STR("vfio-pci"), STR("vfio_pci")));
    assert_true(kernel_names_equal(STR(""), STR("")));
    assert_false(kernel_names_equal(STR("vfio-pci"), STR("vfio-pc")));
    assert_false(kernel_names_equal(STR("vfio-pci"), STR("VFIO-pci")));
    assert_false(kernel_names_equal(STR("vfio-pci"), STR("vfio.pci")));
    assert_int_equal(kernel_names_distance(STR("vfio-pci"), STR("vfio_pci"), 2), 0);
    assert_int_equal(kernel_names_distance(STR("vfio-pic"), STR("vfio_pci"), 2), 1);
    assert_int_equal(kernel_names_distance(STR("vfio"), STR("vfio_pci"), 2), 3);
    assert_int_equal(kernel_names_distance(STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                                           STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 2),
                     3);
}

static void test_comma_list(void **state)
{
    static const struct {
        struct str list;
        const char *items;
    } rows[] = {
        {{NULL, 0}, ""},
        {STR_INIT(""), "[]"},
        {STR_INIT("a"), "[a]"},
        {STR_INIT("a,b"), "[a][b]"},
        {STR_INIT(",a,,"), "[][a][][]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text got CLEANUP_TEXT = TEXT_INIT(1000);
        struct str rest = rows[i].list;
        struct str item;

        while (comma_list_next(&rest, &item)) {
            text_add(&got, "[");
            text_add_str(&got, item);
            text_add(&got, "]");
        }
        assert_string_equal(text_get(&got), rows[i].items);
    }
}

/* --- the IOMMU ------------------------------------------------------------------------------- */

static const struct {
    const char *argument;
    enum iommu_parameter parameter;
    enum iommu_switch turns;
    const char *unknown; /* NULL: none */
    bool misspelt;
} iommu_rows[] = {
    {"intel_iommu=on", IOMMU_INTEL, IOMMU_ON, NULL, false},
    {"intel-iommu=on", IOMMU_INTEL, IOMMU_ON, NULL, false}, /* the kernel takes it */
    {"\"intel_iommu=on\"", IOMMU_INTEL, IOMMU_ON, NULL, false},
    {"intel_iommu=\"on\"", IOMMU_INTEL, IOMMU_ON, NULL, false},
    {"intel_iommu=off", IOMMU_INTEL, IOMMU_OFF, NULL, false},
    {"intel_iommu=on,off", IOMMU_INTEL, IOMMU_OFF, NULL, false},
    {"intel_iommu=off,on", IOMMU_INTEL, IOMMU_ON, NULL, false},
    {"intel_iommu=on,igfx_off", IOMMU_INTEL, IOMMU_ON, NULL, false},
    {"intel_iommu=,,on,", IOMMU_INTEL, IOMMU_ON, NULL, false},
    {"intel_iommu=sm_on", IOMMU_INTEL, IOMMU_UNCHANGED, NULL, false},
    {"intel_iommu=on,new", IOMMU_INTEL, IOMMU_ON, "new", false},
    {"intel_iommu=yes,no", IOMMU_INTEL, IOMMU_UNCHANGED, "yes", false},
    {"intel_iommu=ON", IOMMU_INTEL, IOMMU_UNCHANGED, "ON", false},
    {"intel_iommu=", IOMMU_INTEL, IOMMU_UNCHANGED, "", false},
    {"intel_iommu", IOMMU_INTEL, IOMMU_UNCHANGED, "", false},
    {"amd_iommu=on", IOMMU_AMD, IOMMU_ON, NULL, false},
    {"amd_iommu=off", IOMMU_AMD, IOMMU_OFF, NULL, false},
    {"amd_iommu=off,on", IOMMU_AMD, IOMMU_OFF, NULL, false},
    {"amd_iommu=fullflush", IOMMU_AMD, IOMMU_UNCHANGED, NULL, false},
    {"amd_iommu=pt", IOMMU_AMD, IOMMU_UNCHANGED, "pt", false},
    {"iommu=pt", IOMMU_GENERAL, IOMMU_UNCHANGED, NULL, false},
    {"iommu=off", IOMMU_GENERAL, IOMMU_OFF, NULL, false},
    {"iommu=on", IOMMU_GENERAL, IOMMU_UNCHANGED, "on", false},
    {"iommu=soft", IOMMU_GENERAL, IOMMU_UNCHANGED, NULL, false},
    {"intel_immou=on", IOMMU_INTEL, IOMMU_UNCHANGED, NULL, true},
    {"Intel_iommu=on", IOMMU_INTEL, IOMMU_UNCHANGED, NULL, true},
    {"inteliommu=on", IOMMU_INTEL, IOMMU_UNCHANGED, NULL, true},
    {"intel_iomm=off", IOMMU_INTEL, IOMMU_UNCHANGED, NULL, true},
    {"adm_iommu=on", IOMMU_AMD, IOMMU_UNCHANGED, NULL, true},
    {"imomu=pt", IOMMU_GENERAL, IOMMU_UNCHANGED, NULL, true},
    {"IOMMU=pt", IOMMU_GENERAL, IOMMU_UNCHANGED, NULL, true},
    /* Others' arguments. */
    {"iomem=relaxed", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
    {"iommu.passthrough=1", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
    {"amd_iommu_dump", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
    {"amd_iommu_intr=legacy", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
    {"amd_pstate=active", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
    {"intel_pstate=disable", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
    {"intel_idle.max_cstate=1", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
    {"", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
    {"=on", IOMMU_NO_PARAMETER, IOMMU_UNCHANGED, NULL, false},
};

static void test_iommu(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(iommu_rows); i++) {
        struct iommu_argument read =
            iommu_argument_read(kernel_argument_split(str_from(iommu_rows[i].argument)));

        if (read.parameter != iommu_rows[i].parameter || read.turns != iommu_rows[i].turns ||
            read.misspelt != iommu_rows[i].misspelt ||
            !str_equal(read.unknown, str_from(iommu_rows[i].unknown))) {
            fprintf(stderr, "%s: %d %d %d \"%.*s\"\n", iommu_rows[i].argument, (int)read.parameter,
                    (int)read.turns, read.misspelt, (int)read.unknown.len,
                    read.unknown.data ? read.unknown.data : "");
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_string_equal(iommu_parameter_name(IOMMU_GENERAL), "iommu");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments), cmocka_unit_test(test_name_and_value),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_comma_list),
        cmocka_unit_test(test_iommu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
