/* SPDX-License-Identifier: Apache-2.0 */
/* The permitted list that files hold together. */
#include "server/check/survey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define HCO(names)                                                                               \
    "{apiVersion: hco.kubevirt.io/v1beta1, kind: HyperConverged, spec: {permittedHostDevices: {" \
    "pciHostDevices: [" names "]}}}\n"
#define KUBEVIRT(names)                                                                           \
    "{apiVersion: kubevirt.io/v1, kind: KubeVirt, spec: {configuration: {permittedHostDevices: {" \
    "mediatedDevices: [" names "]}}}}\n"
#define NONE                                                                                      \
    "there is no HyperConverged and no KubeVirt among the files; name one with --hyperconverged " \
    "FILE"

static const struct {
    const char *what;
    const char *texts[3];
    size_t permitted; /* names */
    bool absent;      /* the objects have no list at all */
    const char *note; /* why there is no list; NULL: there is one */
} rows[] = {
    {"nothing", {NULL}, .note = NONE},
    {"other things", {"kind: Pod\n", "a: \"HyperConverged\"\n", "b: 1\n"}, .note = NONE},
    {"one", {"a: 1\n", HCO("{resourceName: a.b/c}, {resourceName: a.b/d}")}, .permitted = 2},
    {"several together",
     {HCO("{resourceName: a.b/c}, {resourceName: a.b/d}"), KUBEVIRT("{resourceName: a.b/c}"),
      "a: 1\n---\n" KUBEVIRT("{resourceName: a.b/e}") "---\nitems:\n- " HCO(
          "{resourceName: f.g/h}")},
     .permitted = 4},
    {"one that is empty", {HCO("")}, .note = NULL},
    {"one without a list",
     {"{apiVersion: hco.kubevirt.io/v1, kind: HyperConverged}\n"},
     .absent = true},
    {"not YAML, of something else", {"a: [", HCO("{resourceName: a.b/c}")}, .permitted = 1},
    {"not YAML, and perhaps a list",
     {HCO("{resourceName: a.b/c}"), "kind: KubeVirt\na: ["},
     .note = "second.yaml, which may hold the list: line 3, column 1: did not find expected node "
             "content"},
    {"a kind written with escapes",
     {"{\"apiVersion\": \"hco.kubevirt.io/v1\", \"kind\": \"Hyper\\u0043onverged\"}"},
     .absent = true},
    {"a kind divided by escapes",
     {"apiVersion: hco.kubevirt.io/v1\nkind: \"Hyper\\\n  Con\\x76erged\"\n"},
     .absent = true},
    {"a kind in base64 with an escaped tag",
     {"apiVersion: hco.kubevirt.io/v1\nkind: !!bin%61ry SHlwZXJDb252ZXJnZWQ=\n"},
     .absent = true},
    {"a kind in base64",
     {"apiVersion: hco.kubevirt.io/v1\nkind: !!binary SHlwZXJDb252ZXJnZWQ=\n"},
     .absent = true},
    {"a part that can't be read",
     {HCO("{resourceName: a.b/c}"), HCO("7"), HCO("{resourceName: 8}")},
     .note =
         "the HyperConverged in second.yaml: spec.permittedHostDevices.pciHostDevices[0]: Invalid "
         "value: \"number\": must be an object, found 7"},
};

static void test_rows(void **state)
{
    static const char *const names[] = {"first.yaml", "second.yaml", "third.yaml"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct survey survey CLEANUP_SURVEY;
        struct permitted_list *list = NULL;
        struct error note = {.message = ""};
        struct error err = {.message = ""};

        survey_init(&survey);
        for (size_t j = 0; j < 3 && rows[i].texts[j]; j++)
            assert_true(
                survey_text(&survey, names[j], str_from(rows[i].texts[j]), SURVEY_ALL, &err));
        assert_true(survey_list(&survey, &list, &note, &err));
        if (rows[i].note ? list || strcmp(note.message, rows[i].note) != 0
                         : !list || permitted_list_count(list) != rows[i].permitted ||
                               permitted_list_is_present(list) == rows[i].absent)
            fail_msg("row \"%s\": %s, %zu names", rows[i].what, note.message,
                     list ? permitted_list_count(list) : 0);
        permitted_list_unref(list);
    }
}

static void test_a_name_that_acts_on_a_terminal(void **state)
{
    struct survey survey CLEANUP_SURVEY;
    struct permitted_list *list = NULL;
    struct error note = {.message = ""};
    struct error err = {.message = ""};

    (void)state;
    survey_init(&survey);
    assert_true(survey_text(&survey, "\x1b[31m\n.yaml", STR(HCO("7")), SURVEY_ALL, &err));
    assert_true(survey_list(&survey, &list, &note, &err));
    assert_null(list);
    assert_non_null(strstr(note.message, "the HyperConverged in \\u001b[31m\\n.yaml: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_a_name_that_acts_on_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
