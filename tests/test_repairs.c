/* SPDX-License-Identifier: Apache-2.0 */
/* What can be mended in an object: what its messages say to write, and nothing that is a guess. */
#include "tests/support/facts.h"
#include "validators/repairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define LONG_NAME(c) c c c c c c c c c c c c c c c c
#define NAME_OF_320 LONG_NAME("12345 789a123456789b")

struct row {
    const char *what;
    struct object_rows object;
    const char *lines; /* "RULE PATH VALUE", one a line, paths without the prefix */
    struct policy policy;
    bool no_list;
};

static struct permitted_list *make_list(void)
{
    const struct object_rows object = {
        .kind = "HyperConverged",
        .section = {.lists = {ENTRIES({.selector = "10de:1eb8", .resource_name = "nvidia.com/T4"},
                                      {.selector = "10DE:1DB6", .resource_name = "nvidia.com/V100"},
                                      {.selector = "8086:6f54", .resource_name = "intel.com/qat"},
                                      {.selector = "8086:6F54", .resource_name = "intel.com/two"},
                                      {.selector = "8086:0001", .resource_name = "intel.com/GPU"},
                                      {.selector = "8086:0002", .resource_name = "intel.com/gpu"},
                                      {.selector = "8086:0003", .resource_name = "intel.com/No_"},
                                      {.selector = "8086:0004",
                                       .resource_name = "intel.com/off",
                                       .disabled = true})}},
    };

    return list_of_rows(&object);
}

/* Of each repair but a default name, the fault's message says to write just this. */
static bool is_told(const struct judgement *judgement, const struct repair *repair,
                    const char *path)
{
    const struct finding_list *denials = &judgement->findings.denials;
    struct text words CLEANUP_TEXT = TEXT_INIT(1000);

    if (repair->rule == RULE_NAME_REQUIRED)
        return true;
    text_add_quoted(&words, repair->value, 500);
    for (size_t i = 0; i < denials->shown; i++) {
        const char *told = strstr(text_get(&denials->items[i].body), "write ");

        if (denials->items[i].rule == &rule_table[repair->rule] &&
            strcmp(text_get(&denials->items[i].path), path) == 0)
            return told && strstr(told, text_get(&words)) != NULL;
    }
    return false;
}

static bool play(const struct row *row, const struct permitted_list *list)
{
    struct judgement judgement CLEANUP_JUDGEMENT;
    struct text got CLEANUP_TEXT = TEXT_INIT(10000);
    struct repairs repairs;
    bool good = true;
    size_t prefix;

    judgement_make(&judgement, &row->object, NULL, &row->policy, row->no_list ? NULL : list);
    prefix = strlen(judgement.object.kind->prefix) + 1;
    repairs =
        repairs_find(&judgement.object, &row->policy, row->no_list ? NULL : list, &judgement.arena);
    for (size_t i = 0; i < repairs.count; i++) {
        struct text path CLEANUP_TEXT = TEXT_INIT(1000);

        path_add_dotted(&path, &repairs.items[i].path);
        text_addf(&got, "%s %s ", rule_table[repairs.items[i].rule].id, text_get(&path) + prefix);
        text_add_str(&got, repairs.items[i].value);
        text_add(&got, "\n");
        if (!is_told(&judgement, &repairs.items[i], text_get(&path))) {
            fprintf(stderr, "%s: no message says so of %s\n", row->what, text_get(&path));
            good = false;
        }
    }
    return text_check(row->what, row->lines, text_get(&got)) && good;
}

static size_t play_all(const struct row *rows, size_t count)
{
    struct permitted_list *list = make_list();
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += !play(&rows[i], list);
    permitted_list_unref(list);
    return wrong;
}

#define T4 "nvidia.com/T4"

static void test_objects_that_ask_for_devices(void **state)
{
    const struct row rows[] = {
        {.what = "nothing", .lines = ""},
        {.what = "default names",
         .object = {.devices = {DEVICES(DEVICE(T4, NULL), DEVICE(T4, "hostdevices1"),
                                        DEVICE(T4, ""), DEVICE(T4, MALFORMED)),
                                DEVICES(DEVICE(T4, NULL))}},
         .lines = "name-required hostDevices[0].name hostdevices2\n"
                  "name-required hostDevices[2].name hostdevices3\n"
                  "name-required gpus[0].name gpus1\n"},
        {.what = "an object that is being deleted",
         .object = {.devices = {DEVICES(DEVICE(T4, NULL))}, .deleting = true},
         .lines = ""},
        {.what = "aliases",
         .object = {.devices = {DEVICES(DEVICE(T4, "gpu 0"), DEVICE(T4, "gpu.1"),
                                        DEVICE(T4, "gpu-1"), DEVICE(T4, "\u00fc"))}},
         .lines = "name-format hostDevices[0].name gpu-0\nname-format hostDevices[3].name -\n"},
        {.what = "two that would be the same: the first has it",
         .object = {.devices = {DEVICES(DEVICE(T4, "a b"), DEVICE(T4, "a/b"))}},
         .lines = "name-format hostDevices[0].name a-b\n"},
        {.what = "one that is longer than what is shown",
         .object = {.devices = {DEVICES(DEVICE(T4, NAME_OF_320 ".")), DEVICES(DEVICE(T4, "a."))}},
         .lines = "name-format gpus[0].name a-\n"},
        {.what = "a name in another case",
         .object = {.devices = {DEVICES(DEVICE("NVIDIA.com/t4", "a"))}},
         .lines = "device-not-permitted hostDevices[0].deviceName nvidia.com/T4\n"},
        {.what = "two that differ in case only",
         .object = {.devices = {DEVICES(DEVICE("intel.com/Gpu", "a"))}},
         .lines = ""},
        {.what = "a name that is no resource name",
         .object = {.devices = {DEVICES(DEVICE("intel.com/no_", "a"))}},
         .lines = ""},
        {.what = "a selector",
         .object = {.devices = {DEVICES(DEVICE("10de:1db6", "a"))}},
         .lines = "device-not-permitted hostDevices[0].deviceName nvidia.com/V100\n"},
        {.what = "a selector that two have",
         .object = {.devices = {DEVICES(DEVICE("8086:6f54", "a"))}},
         .lines = ""},
        {.what = "what is near, disabled, or nothing",
         .object = {.devices = {DEVICES(DEVICE("nvidia.com/T44", "a"), DEVICE("intel.com/OFF", "b"),
                                        DEVICE("intel.com/off", "c"), DEVICE("x", "d"),
                                        DEVICE("10de:0000", "e"))}},
         .lines = ""},
        {.what = "without a list",
         .object = {.devices = {DEVICES(DEVICE("NVIDIA.com/t4", "a"))}},
         .lines = "",
         .no_list = true},
    };

    (void)state;
    assert_int_equal(play_all(rows, COUNT(rows)), 0);
}

static void test_permitted_devices(void **state)
{
    const struct row rows[] = {
        {.what = "PCI devices",
         .object = {.kind = "HyperConverged",
                    .section = {.lists = {ENTRIES(
                                    {.selector = "0x10DE:0x1EB8", .resource_name = "a.b/c"},
                                    {.selector = "10de:1eb9", .resource_name = "A.b/D "},
                                    {.selector = "02:01.0", .resource_name = "a.b"},
                                    {.selector = "10de", .resource_name = "a.b/e"},
                                    {.no_object = true})}}},
         .lines = "pci-selector-format pciHostDevices[0].pciDeviceSelector "
                  "10DE:1EB8\n"
                  "resource-name-format pciHostDevices[1].resourceName "
                  "a.b/D\n"},
        {.what = "mediated and USB devices",
         .object = {.kind = "HyperConverged",
                    .section = {.lists = {[DEVICE_MEDIATED] =
                                              ENTRIES({.selector = "x", .resource_name = " a.b/m"}),
                                          [DEVICE_USB] =
                                              ENTRIES({.resource_name = "a.b/u",
                                                       USB({"0x951", " 1666"}, {"951", "xyz"})})}}},
         .lines = "resource-name-format mediatedDevices[0].resourceName "
                  "a.b/m\n"
                  "usb-id-format usbHostDevices[0].selectors[0].vendor 951\n"
                  "usb-id-format usbHostDevices[0].selectors[0].product "
                  "1666\n"},
    };

    (void)state;
    assert_int_equal(play_all(rows, COUNT(rows)), 0);
}

static void test_a_list_that_permits_all(void **state)
{
    const struct object_rows absent = {.kind = "HyperConverged"};
    struct permitted_list *list = list_of_rows(&absent);
    const struct row row = {.what = "all is permitted",
                            .object = {.devices = {DEVICES(DEVICE("NVIDIA.com/t4", "a"))}},
                            .lines = "",
                            .policy = {.absent_list_permits_all = true}};

    (void)state;
    assert_true(play(&row, list));
    permitted_list_unref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_that_ask_for_devices),
        cmocka_unit_test(test_permitted_devices),
        cmocka_unit_test(test_a_list_that_permits_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
