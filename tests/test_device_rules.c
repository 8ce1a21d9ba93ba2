/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule on hostDevices[] and gpus[]: what breaks it, and the nearest case that does not. */
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define T4 "nvidia.com/TU104GL_Tesla_T4"
#define V100 "nvidia.com/GV100GL_Tesla_V100"
#define QAT "intel.com/qat"
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The documented list, and a device that is switched off. */
static int setup(void **state)
{
    const struct object_rows rows = {
        .kind = "HyperConverged",
        .section = {
            .lists = {ENTRIES(
                {.selector = "10DE:1DB6", .resource_name = V100},
                {.selector = "10DE:1EB8", .resource_name = T4},
                {.selector = "8086:6F54", .resource_name = QAT, .external = true},
                {.selector = "1002:73BF", .resource_name = "amd.com/navi", .disabled = true})}}};

    *state = list_of_rows(&rows);
    return 0;
}

static int teardown(void **state)
{
    permitted_list_unref(*state);
    return 0;
}

static void test_a_device_must_be_permitted(void **state)
{
    const struct rule_row rows[] = {
        {.what = "permitted",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(QAT, "b")),
                                DEVICES(DEVICE(V100, "a"))}},
         .lines = ""},
        {.what = "one device may be asked for twice",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(T4, "b")),
                                DEVICES(DEVICE(T4, "a"))}},
         .lines = ""},
        {.what = "not permitted",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE("example.org/fpga", "b"))}},
         .lines = "deny device-not-permitted hostDevices[1].deviceName",
         .says = "spec.template.spec.domain.devices.hostDevices[1].deviceName: Unsupported value: "
                 "\"example.org/fpga\": this device is not permitted on the cluster; permitted: "
                 "\"intel.com/qat\", \"nvidia.com/GV100GL_Tesla_V100\", "
                 "\"nvidia.com/TU104GL_Tesla_T4\"\n"},
        {.what = "not permitted, as a GPU",
         .object = {.devices = {{0}, DEVICES(DEVICE("example.org/fpga", "b"))}},
         .lines = "deny device-not-permitted gpus[0].deviceName"},
        {.what = "differs in case",
         .object = {.devices = {DEVICES(DEVICE("nvidia.com/TU104GL_TESLA_T4", "a"))}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName",
         .says = "; names are case-sensitive: write \"" T4 "\""},
        {.what = "disabled",
         .object = {.devices = {DEVICES(DEVICE("amd.com/navi", "a"))}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName",
         .says = "\"amd.com/navi\": its entry in the permitted list says `disabled: true`; "
                 "permitted: "},
        {.what = "a slip of the pen",
         .object = {.devices = {DEVICES(DEVICE("nvidia.com/TU104GL_Telsa_T4", "a"))}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName",
         .says = "(did you mean \"" T4 "\"?)"},
        {.what = "a PCI selector",
         .object = {.devices = {DEVICES(DEVICE("10de:1eb8", "a"))}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName",
         .says = "; this is a PCI selector: write its resourceName \"" T4 "\""},
        {.what = "a space behind the name",
         .object = {.devices = {DEVICES(DEVICE("intel.com/qat ", "a"))}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName",
         .says = "\"intel.com/qat \""},
        {.what = "all faults at once",
         .object = {.devices = {DEVICES(DEVICE("x/y", "a"), DEVICE(T4, "b"), DEVICE("x/z", "c")),
                                DEVICES(DEVICE("x/y", "a"))}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName\n"
                  "deny device-not-permitted hostDevices[2].deviceName\n"
                  "deny device-not-permitted gpus[0].deviceName"},
        {.what = "of the wrong type: told elsewhere",
         .object = {.devices = {DEVICES(DEVICE(MALFORMED, "a"), {.no_object = true})}},
         .lines = ""},
    };

    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", *state), 0);
}

static void test_a_device_needs_a_name_or_a_claim(void **state)
{
    const struct rule_row rows[] = {
        {.what = "neither",
         .object = {.devices = {DEVICES(DEVICE(NULL, "a"), DEVICE("", "b"))}},
         .lines = "deny device-name-required hostDevices[0].deviceName\n"
                  "deny device-name-required hostDevices[1].deviceName",
         .says = "hostDevices[0].deviceName: Required value: name the device, by the resourceName"},
        {.what = "a claim",
         .object = {.devices = {DEVICES({.device_name = NULL, .name = "a", .claim_name = "c"}),
                                DEVICES({.device_name = "", .name = "a", .request_name = "r"},
                                        {.device_name = NULL,
                                         .name = "b",
                                         .claim_name = "c",
                                         .request_name = "r"})}},
         .lines = ""},
        {.what = "an empty claim is none",
         .object = {.devices = {DEVICES(
                        {.device_name = NULL, .name = "a", .claim_name = "", .request_name = ""})}},
         .lines = "deny device-name-required hostDevices[0].deviceName"},
        {.what = "a claim of the wrong type: told elsewhere",
         .object = {.devices = {DEVICES(
                        {.device_name = NULL, .name = "a", .claim_name = MALFORMED})}},
         .lines = ""},
        {.what = "both: judged by its deviceName",
         .object = {.devices = {DEVICES({.device_name = "x/y", .name = "a", .claim_name = "c"},
                                        {.device_name = T4, .name = "b", .request_name = "r"})}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName"},
    };

    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", *state), 0);
}

static void test_a_name_becomes_a_libvirt_alias(void **state)
{
    const struct rule_row rows[] = {
        {.what = "every character that is allowed",
         .object = {.devices = {DEVICES(DEVICE(T4, "azAZ09_-"))}},
         .lines = ""},
        {.what = "absent and empty",
         .object = {.devices = {DEVICES(DEVICE(T4, NULL), DEVICE(T4, "")),
                                DEVICES(DEVICE(T4, NULL))}},
         .lines = "deny name-required hostDevices[0].name\n"
                  "deny name-required hostDevices[1].name\n"
                  "deny name-required gpus[0].name",
         .says = "gpus[0].name: Required value: give the entry a name that no other entry of its "
                 "list has"},
        {.what = "a claim needs a name too",
         .object = {.devices = {DEVICES({.device_name = NULL, .name = NULL, .claim_name = "c"})}},
         .lines = "deny name-required hostDevices[0].name"},
        {.what = "a dot",
         .object = {.devices = {DEVICES(DEVICE(T4, "gpu.0"))}},
         .lines = "deny name-format hostDevices[0].name",
         .says = "Invalid value: \"gpu.0\": only letters, digits, '-' and '_' are allowed, as the "
                 "name becomes a libvirt alias; write \"gpu-0\""},
        {.what = "letters beyond ASCII are one character each",
         .object = {.devices = {DEVICES(DEVICE(T4, "gr\u00fc\u00dfe \u65e5"))}},
         .lines = "deny name-format hostDevices[0].name",
         .says = "; write \"gr--e--\""},
        {.what = "control characters",
         .object = {.devices = {DEVICES(DEVICE(T4, "a\x1b[31m\xc2\x85"))}},
         .lines = "deny name-format hostDevices[0].name",
         .says = "Invalid value: \"a\\u001b[31m\\u0085\": only"},
        {.what = "of the wrong type: told elsewhere",
         .object = {.devices = {DEVICES(DEVICE(T4, MALFORMED))}},
         .lines = ""},
    };

    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", *state), 0);
}

static void test_a_name_is_unique_in_its_list(void **state)
{
    const struct rule_row rows[] = {
        {.what = "twice",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(T4, "b"), DEVICE(T4, "a"))}},
         .lines = "deny name-duplicate hostDevices[2].name",
         .says = "hostDevices[2].name: Duplicate value: \"a\": hostDevices[0] has this name too"},
        {.what = "three times",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(T4, "a"), DEVICE(T4, "a"))}},
         .lines = "deny name-duplicate hostDevices[1].name\n"
                  "deny name-duplicate hostDevices[2].name"},
        {.what = "in both lists",
         .object = {.devices = {DEVICES(DEVICE(T4, "a")), DEVICES(DEVICE(T4, "a"))}},
         .lines = ""},
        {.what = "in different case",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(T4, "A"))}},
         .lines = ""},
        {.what = "absent twice is no duplicate",
         .object = {.devices = {DEVICES(DEVICE(T4, ""), DEVICE(T4, ""))}},
         .lines = "deny name-required hostDevices[0].name\n"
                  "deny name-required hostDevices[1].name"},
    };

    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", *state), 0);
}

static void test_an_old_fault_is_a_warning(void **state)
{
    const struct rule_row rows[] = {
        {.what = "the device was there before",
         .object = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
         .old = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
         .lines = "warn device-not-permitted hostDevices[0].deviceName"},
        {.what = "in another place, in another list and twice",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE("x/y", "b")),
                                DEVICES(DEVICE("x/y", "a"))}},
         .old = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
         .lines = "warn device-not-permitted hostDevices[1].deviceName\n"
                  "warn device-not-permitted gpus[0].deviceName"},
        {.what = "a second, new one is denied",
         .object = {.devices = {DEVICES(DEVICE("x/y", "a"), DEVICE("x/z", "b"))}},
         .old = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
         .lines = "deny device-not-permitted hostDevices[1].deviceName\n"
                  "warn device-not-permitted hostDevices[0].deviceName"},
        {.what = "the same in other case is new",
         .object = {.devices = {DEVICES(DEVICE("x/Y", "a"))}},
         .old = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName"},
        {.what = "removed",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
         .old = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE("x/y", "a"), DEVICE(NULL, "."))}},
         .lines = ""},
        {.what = "the same value in another field is new",
         .object = {.devices = {DEVICES(DEVICE("n/n", "n/n"))}},
         .old = {.devices = {DEVICES(DEVICE("n/n", "a"))}},
         .lines = "deny name-format hostDevices[0].name\n"
                  "warn device-not-permitted hostDevices[0].deviceName"},
        {.what = "what is absent counts as one value",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(NULL, NULL), DEVICE("", ""))}},
         .old = {.devices = {DEVICES(DEVICE(NULL, NULL))}},
         .lines = "warn device-name-required hostDevices[1].deviceName\n"
                  "warn name-required hostDevices[1].name\n"
                  "warn device-name-required hostDevices[2].deviceName\n"
                  "warn name-required hostDevices[2].name"},
        {.what = "an absent name does not excuse a wrong one",
         .object = {.devices = {DEVICES(DEVICE(T4, "a.b"))}},
         .old = {.devices = {DEVICES(DEVICE(T4, NULL))}},
         .lines = "deny name-format hostDevices[0].name"},
        {.what = "a wrong name, elsewhere",
         .object = {.devices = {{0}, DEVICES(DEVICE(T4, "a.b"))}},
         .old = {.devices = {DEVICES(DEVICE(T4, "a.b"))}},
         .lines = "warn name-format gpus[0].name"},
        {.what = "a name three times instead of twice",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(T4, "a"), DEVICE(T4, "a"))}},
         .old = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(T4, "a"))}},
         .lines = "warn name-duplicate hostDevices[1].name\n"
                  "warn name-duplicate hostDevices[2].name"},
        {.what = "a name twice instead of once",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(T4, "a"))}},
         .old = {.devices = {DEVICES(DEVICE(T4, "a"))}},
         .lines = "deny name-duplicate hostDevices[1].name"},
    };

    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", *state), 0);
}

static void test_spec_domain_is_judged_and_warned_about(void **state)
{
    const struct rule_row rows[] = {
        {.what = "well-formed",
         .object = {.misplaced = {DEVICES(DEVICE(T4, "a"))}},
         .lines = "warn devices-misplaced spec.domain.devices.hostDevices",
         .says = "spec.domain.devices.hostDevices: Invalid value: \"hostDevices\": the API server "
                 "drops this field "
                 "here; write it under spec.template.spec.domain.devices.hostDevices"},
        {.what = "faulty",
         .object = {.misplaced = {{0}, DEVICES(DEVICE("x/y", "a"))}},
         .lines = "deny device-not-permitted spec.domain.devices.gpus[0].deviceName\n"
                  "warn devices-misplaced spec.domain.devices.gpus"},
        {.what = "beside the right place, names are each list's own",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"))}, .misplaced = {DEVICES(DEVICE(T4, "a"))}},
         .lines = "warn devices-misplaced spec.domain.devices.hostDevices"},
        {.what = "an old fault stays one when it moves to the right place",
         .object = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
         .old = {.misplaced = {DEVICES(DEVICE("x/y", "a"))}},
         .lines = "warn device-not-permitted hostDevices[0].deviceName"},
        {.what = "in a pool",
         .object = {.kind = "VirtualMachinePool", .misplaced = {DEVICES(DEVICE(T4, "a"))}},
         .lines = "warn devices-misplaced spec.domain.devices.hostDevices",
         .says = "write it under "
                 "spec.virtualMachineTemplate.spec.template.spec.domain.devices.hostDevices"},
    };

    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", *state), 0);
}

/* Even an empty list there shows where its writer will put the next device. */
static void test_an_empty_misplaced_list_is_warned_about(void **state)
{
    const struct object_rows rows = {.misplaced = {DEVICES(DEVICE(T4, "a"))}};
    const struct policy policy = {0};

    for (int present = 0; present < 2; present++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
        struct findings findings CLEANUP_FINDINGS;
        struct object_facts facts;
        const struct review review = {.object = &facts};

        facts_build(&rows, &arena, &facts);
        facts.devices[0].count = 0;
        facts.devices[0].present = present;
        assert_int_equal(review_validate(&review, &policy, *state, &arena, &findings),
                         REVIEW_DECIDED);
        assert_int_equal(findings.warnings.count, present);
    }
}

static void test_kinds_that_hold_a_template_are_denied_others_warned(void **state)
{
    static const struct {
        const char *kind;
        bool denied;
    } kinds[] = {
        {"VirtualMachine", true},
        {"VirtualMachineInstanceReplicaSet", true},
        {"VirtualMachinePool", true},
        {"VirtualMachineInstancetype", false},
        {"VirtualMachineClusterInstancetype", false},
    };
    size_t wrong = 0;

    for (size_t i = 0; i < COUNT(kinds); i++) {
        const struct rule_row row = {.what = kinds[i].kind,
                                     .object = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
                                     .lines = kinds[i].denied ? "deny device-not-permitted "
                                                                "hostDevices[0].deviceName"
                                                              : "warn device-not-permitted "
                                                                "hostDevices[0].deviceName"};

        wrong += rule_rows_play(&row, 1, kinds[i].kind, *state);
    }
    assert_int_equal(wrong, 0);
}

static void test_what_no_list_permits_is_the_administrators_choice(void **state)
{
    const struct object_rows absent = {.kind = "HyperConverged"};
    const struct object_rows empty = {.kind = "HyperConverged", .section = {.present = true}};
    struct permitted_list *no_list = list_of_rows(&absent);
    struct permitted_list *empty_list = list_of_rows(&empty);
    const struct rule_row no_list_rows[] = {
        {.what = "--absent-list deny, no list",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
         .lines = "deny device-not-permitted hostDevices[0].deviceName",
         .says = "; no device is permitted: there is no permitted list"},
        {.what = "--absent-list allow, no list",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
         .policy = {.absent_list_permits_all = true},
         .lines = ""},
        {.what = "--absent-list allow: other faults remain",
         .object = {.devices = {DEVICES(DEVICE(NULL, "a"))}},
         .policy = {.absent_list_permits_all = true},
         .lines = "deny device-name-required hostDevices[0].deviceName"},
    };
    const struct rule_row empty_list_rows[] = {
        {.what = "--absent-list allow, an empty list",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
         .policy = {.absent_list_permits_all = true},
         .lines = "deny device-not-permitted hostDevices[0].deviceName",
         .says = "; no device is permitted: the permitted list is empty"},
    };
    size_t wrong = rule_rows_play(no_list_rows, COUNT(no_list_rows), "VirtualMachine", no_list) +
                   rule_rows_play(empty_list_rows, 1, "VirtualMachine", empty_list);

    (void)state;
    permitted_list_unref(no_list);
    permitted_list_unref(empty_list);
    assert_int_equal(wrong, 0);
}

/* A long wrong name, a long one near it and ten more long ones: the message keeps its end. */
static void test_a_message_with_the_longest_names_is_whole(void **state)
{
    static char names[12][320];
    const char *pointers[12];
    char asked[320];
    struct permitted_list *list;
    size_t wrong;

    (void)state;
    for (size_t i = 0; i < 12; i++) {
        snprintf(names[i], sizeof names[i], "%0230zu.%zu.example/%060zu-a", i, i, i);
        pointers[i] = names[i];
    }
    snprintf(asked, sizeof asked, "%0230d.0.example/%060d-b", 0, 0);
    list = list_of_names(pointers, 12);
    {
        const struct rule_row row = {.what = "names of 308 bytes",
                                     .object = {.devices = {DEVICES(DEVICE(asked, "a"))}},
                                     .lines = "deny device-not-permitted hostDevices[0].deviceName",
                                     .says = "\" and 2 more\n"};

        wrong = rule_rows_play(&row, 1, "VirtualMachine", list);
    }
    permitted_list_unref(list);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_device_must_be_permitted),
        cmocka_unit_test(test_a_device_needs_a_name_or_a_claim),
        cmocka_unit_test(test_a_name_becomes_a_libvirt_alias),
        cmocka_unit_test(test_a_name_is_unique_in_its_list),
        cmocka_unit_test(test_an_old_fault_is_a_warning),
        cmocka_unit_test(test_spec_domain_is_judged_and_warned_about),
        cmocka_unit_test(test_an_empty_misplaced_list_is_warned_about),
        cmocka_unit_test(test_kinds_that_hold_a_template_are_denied_others_warned),
        cmocka_unit_test(test_what_no_list_permits_is_the_administrators_choice),
        cmocka_unit_test(test_a_message_with_the_longest_names_is_whole),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
