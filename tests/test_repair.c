/* SPDX-License-Identifier: Apache-2.0 */
/* From a text to the same text with what can be mended in it, and not a byte else changed. */
#include "server/check/check_inputs.h"
#include "server/check/check_text.h"
#include "server/check/repair.h"
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define VM_HEAD                                                                         \
    "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nspec:\n  template:\n    spec:\n" \
    "      domain:\n        devices:\n"
#define VM(devices) VM_HEAD "          hostDevices:\n" devices
#define FLOW(devices)                                                                       \
    "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, spec: {template: {spec: {domain: {" \
    "devices: {gpus: [" devices "]}}}}}}\n"
#define JSON(devices)                                                                         \
    "{\"apiVersion\":\"kubevirt.io/v1\",\"kind\":\"VirtualMachine\",\"spec\":{\"template\":{" \
    "\"spec\":{\"domain\":{\"devices\":{\"gpus\":[" devices "]}}}}}}\n"
#define HCO(entries)                                                     \
    "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n" \
    "  permittedHostDevices:\n    pciHostDevices:\n" entries
#define USBS(entries)                                                    \
    "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n" \
    "  permittedHostDevices:\n    usbHostDevices:\n" entries

#define NO_PLACE                                                                             \
    "is missing, and the entry is written in a way that leaves no place for it; write each " \
    "member as \"key: value\" on one line, or all of them between { and }"

static const struct row {
    const char *what, *before;
    const char *after; /* NULL: nothing is changed */
    const char *why;   /* of the first repair that is not made; NULL: all are */
    size_t count;
} rows[] = {
    {"nothing", "", NULL, NULL, 0},
    {"what can't be read", "a: [\n", NULL, NULL, 0},
    {"no fault", VM("          - {deviceName: a.b/c, name: d}\n"), NULL, NULL, 0},
    {"a fault that nobody can mend", VM("          - {deviceName: a.b/x, name: d}\n"), NULL, NULL,
     0},
    {"an object that is being deleted",
     "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {deletionTimestamp: x}\n"
     "spec: {template: {spec: {domain: {devices: {gpus: [{deviceName: a.b/c}]}}}}}\n",
     NULL, NULL, 0},
    /* --- names, in blocks --- */
    {"a name behind the only member", VM("          - deviceName: a.b/c\n"),
     VM("          - deviceName: a.b/c\n            name: hostdevices1\n"), NULL, 1},
    {"behind deviceName, before what follows it",
     VM("          - tag: t\n            deviceName: a.b/c # mine\n            # more\n"
        "            x: y\n          - deviceName: a.b/c\n            name: hostdevices1\n"),
     VM("          - tag: t\n            deviceName: a.b/c # mine\n            name: hostdevices2\n"
        "            # more\n            x: y\n          - deviceName: a.b/c\n"
        "            name: hostdevices1\n"),
     NULL, 1},
    {"at the indentation of the entry, whatever it is",
     VM("          -   deviceName:   a.b/c\n          -\n             deviceName: a.b/c\n"),
     VM("          -   deviceName:   a.b/c\n              name:   hostdevices1\n"
        "          -\n             deviceName: a.b/c\n             name: hostdevices2\n"),
     NULL, 2},
    {"a claim", VM("          - claimName: c\n            requestName: r\n"),
     VM("          - claimName: c\n            name: hostdevices1\n            requestName: r\n"),
     NULL, 1},
    {"quotes as the neighbour has them",
     VM("          - 'deviceName': \"a.b/c\"\n          - deviceName: 'a.b/c'\n"),
     VM("          - 'deviceName': \"a.b/c\"\n            'name': \"hostdevices1\"\n"
        "          - deviceName: 'a.b/c'\n            name: 'hostdevices2'\n"),
     NULL, 2},
    {"a last line without an end", VM("          - deviceName: a.b/c"),
     VM("          - deviceName: a.b/c\n            name: hostdevices1"), NULL, 1},
    {"lines of Windows, and a byte order mark",
     "\xEF\xBB\xBF"
     "apiVersion: kubevirt.io/v1\r\nkind: VirtualMachine\r\nspec: {template: {spec: {domain:\r\n"
     "   {devices: {gpus: [\r\n{deviceName: a.b/c}]}}}}}\r\n---\r\n"
     "apiVersion: kubevirt.io/v1\r\nkind: VirtualMachine\r\nspec:\r\n domain:\r\n  devices:\r\n"
     "   gpus:\r\n   - deviceName: a.b/c",
     "\xEF\xBB\xBF"
     "apiVersion: kubevirt.io/v1\r\nkind: VirtualMachine\r\nspec: {template: {spec: {domain:\r\n"
     "   {devices: {gpus: [\r\n{deviceName: a.b/c, name: gpus1}]}}}}}\r\n---\r\n"
     "apiVersion: kubevirt.io/v1\r\nkind: VirtualMachine\r\nspec:\r\n domain:\r\n  devices:\r\n"
     "   gpus:\r\n   - deviceName: a.b/c\r\n     name: gpus1",
     NULL, 2},
    {"empty, null and nothing in place of a name",
     VM("          - name: \"\" # here\n            deviceName: a.b/c\n"
        "          - name: null\n            deviceName: a.b/c\n"
        "          - name: ~\n            deviceName: a.b/c\n"
        "          - name:\n            deviceName: a.b/c\n"
        "          - name:   # here\n            deviceName: a.b/c\n"
        "          - name: ''\n            deviceName: a.b/c\n"),
     VM("          - name: \"hostdevices1\" # here\n            deviceName: a.b/c\n"
        "          - name: hostdevices2\n            deviceName: a.b/c\n"
        "          - name: hostdevices3\n            deviceName: a.b/c\n"
        "          - name: hostdevices4\n            deviceName: a.b/c\n"
        "          - name: hostdevices5   # here\n            deviceName: a.b/c\n"
        "          - name: 'hostdevices6'\n            deviceName: a.b/c\n"),
     NULL, 6},
    /* --- names, between brackets --- */
    {"flow style",
     FLOW("{deviceName: a.b/c}, { deviceName: 'a.b/c' }, {tag: x, deviceName: a.b/c}"),
     FLOW("{deviceName: a.b/c, name: gpus1}, { deviceName: 'a.b/c', name: 'gpus2' }, "
          "{tag: x, deviceName: a.b/c, name: gpus3}"),
     NULL, 3},
    {"flow style without a value", FLOW("{name: , deviceName: a.b/c}, {deviceName: a.b/c, name: }"),
     FLOW("{name: gpus1, deviceName: a.b/c}, {deviceName: a.b/c, name: gpus2}"), NULL, 2},
    {"compact JSON",
     JSON("{\"deviceName\":\"a.b/c\"},{\"deviceName\":\"a.b/c\",\"name\":null},"
          "{\"deviceName\":\"a.b/c\",\"name\":\"\"}"),
     JSON("{\"deviceName\":\"a.b/c\",\"name\":\"gpus1\"},{\"deviceName\":\"a.b/c\",\"name\":"
          "\"gpus2\"},{\"deviceName\":\"a.b/c\",\"name\":\"gpus3\"}"),
     NULL, 3},
    {"JSON with blanks", JSON("{ \"deviceName\": \"a.b/c\" }"),
     JSON("{ \"deviceName\": \"a.b/c\", \"name\": \"gpus1\" }"), NULL, 1},
    {"JSON in lines",
     JSON("{\n\t\t\"deviceName\": \"a.b/c\"\n\t}, {\n  \"deviceName\" : \"a.b/c\",\n  \"tag\": "
          "\"x\"\n}"),
     JSON("{\n\t\t\"deviceName\": \"a.b/c\",\n\t\t\"name\": \"gpus1\"\n\t}, {\n  \"deviceName\" : "
          "\"a.b/c\",\n  \"name\" : \"gpus2\",\n  \"tag\": \"x\"\n}"),
     NULL, 2},
    {"comments between brackets",
     FLOW("{\n  deviceName: a.b/c # one\n }, {\n  deviceName: a.b/c, # two\n  tag: x}"),
     FLOW("{\n  deviceName: a.b/c, # one\n  name: gpus1\n }, {\n  deviceName: a.b/c, # two\n"
          "  name: gpus2,\n  tag: x}"),
     NULL, 2},
    {"an empty entry", FLOW("{}"), NULL,
     "is missing, and there is no other member to write it behind; write it there", 0},
    {"a pair without brackets", FLOW("deviceName: a.b/c"), NULL, NO_PLACE, 0},
    /* --- values --- */
    {"selectors",
     HCO("    - pciDeviceSelector: 0x10DE:0x1EB8 # T4\n      resourceName: a.b/c\n"
         "    - {pciDeviceSelector: \" 10de:1eb9 \", resourceName: a.b/d}\n"
         "    - pciDeviceSelector: '[10de:1eba]'\n      resourceName: a.b/e\n"
         "    - pciDeviceSelector: 10de-1ebb\n      resourceName: a.b/f\n"
         "    - pciDeviceSelector: 10de:1ebx\n      resourceName: a.b/g\n"),
     HCO("    - pciDeviceSelector: 10DE:1EB8 # T4\n      resourceName: a.b/c\n"
         "    - {pciDeviceSelector: \"10de:1eb9\", resourceName: a.b/d}\n"
         "    - pciDeviceSelector: '10de:1eba'\n      resourceName: a.b/e\n"
         "    - pciDeviceSelector: 10de:1ebb\n      resourceName: a.b/f\n"
         "    - pciDeviceSelector: 10de:1ebx\n      resourceName: a.b/g\n"),
     NULL, 4},
    {"a value that must be quoted",
     USBS("    - resourceName: a.b/u\n      selectors:\n"
          "      - vendor: 0x0951\n        product: \"0x1666\"\n"
          "      - {vendor: !!str 0x12, product: ' 1e10'}\n"),
     USBS("    - resourceName: a.b/u\n      selectors:\n"
          "      - vendor: 0x0951\n        product: \"1666\"\n"
          "      - {vendor: !!str \"12\", product: '1e10'}\n"),
     NULL, 3},
    {"resource names",
     HCO("    - pciDeviceSelector: 10de:1eb8\n      resourceName: \" NVIDIA.com/T4\"\n"),
     HCO("    - pciDeviceSelector: 10de:1eb8\n      resourceName: \"nvidia.com/T4\"\n"), NULL, 1},
    {"a device in another case, and by its selector",
     VM("          - deviceName: A.b/C\n            name: a\n"
        "          - {deviceName: 10de:1eb8, name: b}\n"),
     VM("          - deviceName: a.b/c\n            name: a\n"
        "          - {deviceName: a.b/c, name: b}\n"),
     NULL, 2},
    {"what is only near is a question", VM("          - {deviceName: a.b/cc, name: a}\n"), NULL,
     NULL, 0},
    {"an alias, that nobody has",
     VM("          - name: gpu 0\n            deviceName: a.b/c\n"
        "          - {name: gpu.0, deviceName: a.b/c}\n"
        "          - name: \"gr\\u00fcn\"\n            deviceName: a.b/c\n"
        "          - {name: /, deviceName: a.b/c}\n"),
     VM("          - name: gpu-0\n            deviceName: a.b/c\n"
        "          - {name: gpu.0, deviceName: a.b/c}\n"
        "          - name: \"gr-n\"\n            deviceName: a.b/c\n"
        "          - {name: \"-\", deviceName: a.b/c}\n"),
     NULL, 3},
    {"two repairs at one entry", FLOW("{deviceName: A.b/c}"),
     FLOW("{deviceName: a.b/c, name: gpus1}"), NULL, 2},
    {"objects of a List",
     "kind: List\nitems:\n- " FLOW("{deviceName: a.b/c}") "- kind: Pod\n- " FLOW(
         "{deviceName: A.b/c, name: x}"),
     "kind: List\nitems:\n- " FLOW("{deviceName: a.b/c, name: gpus1}") "- kind: Pod\n- " FLOW(
         "{deviceName: a.b/c, name: x}"),
     NULL, 2},
    /* --- what can't be edited --- */
    {"an alias of a scalar",
     "x: &n A.b/c\n---\n" VM("          - deviceName: &n A.b/c\n            name: a\n"
                             "          - deviceName: *n\n            name: b\n"),
     NULL, "has an anchor, which an alias may refer to", 0},
    {"a neighbour with an anchor", VM("          - deviceName: &n a.b/c\n            tag: *n\n"),
     VM("          - deviceName: &n a.b/c\n            name: hostdevices1\n            tag: *n\n"),
     NULL, 1},
    {"an alias of an entry", VM("          - &e {deviceName: a.b/c}\n          - *e\n"), NULL,
     "stands where an alias puts it, too", 0},
    {"an anchored entry that nobody uses",
     VM("          - &e\n            deviceName: a.b/c\n"
        "          - &f {deviceName: a.b/c}\n"),
     VM("          - &e\n            deviceName: a.b/c\n            name: hostdevices1\n"
        "          - &f {deviceName: a.b/c, name: hostdevices2}\n"),
     NULL, 2},
    {"a list that stands in two objects",
     "x: &l [{deviceName: a.b/c}]\nkind: VirtualMachine\napiVersion: kubevirt.io/v1\n"
     "spec: {template: {spec: {domain: {devices: {gpus: *l}}}}}\n",
     NULL, "stands where an alias puts it, too", 0},
    {"a merge", "x: &m {deviceName: A.b/c}\n" VM("          - <<: *m\n            name: a\n"), NULL,
     "stands where an alias puts it, too", 0},
    {"a name behind a merge",
     "x: &m {deviceName: a.b/c}\n" VM("          - <<: *m\n            tag: t\n"),
     "x: &m {deviceName: a.b/c}\n" VM("          - <<: *m\n            tag: t\n"
                                      "            name: hostdevices1\n"),
     NULL, 1},
    {"a block scalar", VM("          - deviceName: |-\n              A.b/c\n            name: a\n"),
     NULL, "is a block scalar", 0},
    {"several lines",
     VM("          - deviceName: \"A.b\\\n              /c\"\n            name: a\n"), NULL,
     "goes over several lines", 0},
    {"a plain scalar of several lines",
     VM("          - deviceName: a.b/c\n            name: a\n              b\n"), NULL,
     "is not written in one piece on one line", 0},
    {"a tag", VM("          - deviceName: !x A.b/c\n            name: a\n"), NULL, "has a tag", 0},
    {"a name that must not stand behind a block",
     VM("          - deviceName: >-\n              a.b/c\n"), NULL, NO_PLACE, 0},
    {"a key that is written by itself", VM("          - ? deviceName\n            : a.b/c\n"), NULL,
     NO_PLACE, 0},
};

/* Between brackets without braces a new line would be something else: the second reading sees it.
 */
static const struct row undone = {
    "a pair in lines of its own", FLOW("\n  deviceName: a.b/c\n"), NULL,
    "can't be exchanged safely: something else in the text would change with it", 0};

/* Of what is nearly as large as what is read. */
static void make_large(struct text *text)
{
    text_add(text, FLOW("{deviceName: a.b/c}") "# ");
    while (text->len + 5 < CHECK_TEXT_MAX)
        text_add_str(text, str_slice(STR("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), 0,
                                     CHECK_TEXT_MAX - text->len - 5));
    text_add(text, "\n");
}

static struct permitted_list *some_list(void)
{
    const struct object_rows object = {
        .kind = "HyperConverged",
        .section = {.lists = {ENTRIES({.selector = "10de:1eb8", .resource_name = "a.b/c"})}},
    };

    return list_of_rows(&object);
}

static const struct policy policy = {0};

/* The first reason, or NULL. */
static const char *first_reason(const struct repaired *repaired)
{
    for (size_t i = 0; i < repaired->outcome_count; i++) {
        if (repaired->outcomes[i].why_not)
            return repaired->outcomes[i].why_not;
    }
    return NULL;
}

static bool play(const struct row *row, const struct permitted_list *list)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct repaired repaired CLEANUP_REPAIRED = {0}, again CLEANUP_REPAIRED = {0};
    struct error err;
    const char *after, *why;
    bool good;

    assert_true(repair_text(str_from(row->before), &policy, list, &arena, &repaired, &err));
    after = repaired.count > 0 ? text_get(&repaired.text) : row->before;
    why = first_reason(&repaired);
    good = text_check(row->what, row->after ? row->after : row->before, after);
    good &= text_check(row->what, row->why ? row->why : "", why ? why : "");
    if (repaired.count != row->count) {
        fprintf(stderr, "%s: %zu repairs\n", row->what, repaired.count);
        good = false;
    }
    assert_true(repair_text(str_from(after), &policy, list, &arena, &again, &err));
    if (again.count > 0) {
        fprintf(stderr, "%s: the second time %zu repairs\n", row->what, again.count);
        good = false;
    }
    return good;
}

static void test_rows(void **state)
{
    struct permitted_list *list = some_list();
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        wrong += !play(&rows[i], list);
    permitted_list_unref(list);
    assert_int_equal(wrong, 0);
}

static void test_what_is_undone(void **state)
{
    struct permitted_list *list = some_list();
    struct text large CLEANUP_TEXT = TEXT_INIT(CHECK_TEXT_MAX);
    struct row row = {"a large text", NULL, NULL, "would make the text larger than what is read",
                      0};

    (void)state;
    assert_true(play(&undone, list));
    make_large(&large);
    row.before = text_get(&large);
    assert_true(play(&row, list));
    permitted_list_unref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_what_is_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
