/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every rule alike: exemptions, modes, the need for a list, and bounded answers. */
#include "tests/support/facts.h"
#include "validators/review.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define T4 "nvidia.com/TU104GL_Tesla_T4"

static int setup(void **state)
{
    static const char *const names[] = {T4, "intel.com/qat"};

    *state = list_of_names(names, COUNT(names));
    return 0;
}

static int teardown(void **state)
{
    permitted_list_unref(*state);
    return 0;
}

static void test_what_is_being_deleted_is_let_through(void **state)
{
    const struct device_rows bad = DEVICES(DEVICE("x/y", "."), DEVICE(NULL, NULL));
    const struct rule_row rows[] = {
        {.what = "the object", .object = {.devices = {bad}, .deleting = true}},
        {.what = "both",
         .object = {.devices = {bad}, .deleting = true},
         .old = {.devices = {DEVICES(DEVICE(T4, "a"))}, .deleting = true}},
        {.what = "oldObject",
         .object = {.devices = {bad}},
         .old = {.devices = {DEVICES(DEVICE(T4, "a"))}, .deleting = true}},
    };

    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", *state), 0);
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", NULL), 0);
}

static void test_mode_warn_denies_nothing(void **state)
{
    const struct rule_row rows[] = {
        {.what = "every denial becomes a warning",
         .object = {.devices = {DEVICES(DEVICE("x/y", "."), DEVICE(NULL, NULL))}},
         .policy = {.warn_only = true},
         .lines = "warn device-not-permitted hostDevices[0].deviceName\n"
                  "warn name-format hostDevices[0].name\n"
                  "warn device-name-required hostDevices[1].deviceName\n"
                  "warn name-required hostDevices[1].name"},
        {.what = "a permitted list too",
         .object = {.kind = "HyperConverged",
                    .section = {.lists = {ENTRIES(
                                    {.selector = "10de", .resource_name = "a.b/c"})}}},
         .policy = {.warn_only = true},
         .lines = "warn pci-selector-format pciHostDevices[0].pciDeviceSelector"},
        {.what = "without a fault there is no word",
         .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
         .policy = {.warn_only = true}},
    };

    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", *state), 0);
}

static const struct {
    const char *what;
    struct object_rows object, old;
    bool update;
    struct policy policy;
    enum review_result unknown; /* while the list is not known */
} list_needs[] = {
    {.what = "a new VM with a device",
     .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
     .unknown = REVIEW_NEEDS_LIST},
    {.what = "a GPU under the mistaken prefix",
     .object = {.misplaced = {{0}, DEVICES(DEVICE(T4, "a"))}},
     .unknown = REVIEW_NEEDS_LIST},
    {.what = "a new VM without", .object = {.kind = "VirtualMachine"}},
    {.what = "a new VM with a claim",
     .object = {.devices = {DEVICES({.name = "a", .claim_name = "c"})}}},
    {.what = "a new VM with a claim and a device",
     .object = {.devices = {DEVICES({.device_name = T4, .name = "a", .claim_name = "c"})}},
     .unknown = REVIEW_NEEDS_LIST},
    {.what = "a device without a name, and other faults, need no list",
     .object = {.devices = {DEVICES(DEVICE(NULL, "."), DEVICE("", NULL), DEVICE(MALFORMED, "a"),
                                    {.no_object = true})}}},
    {.what = "the device was there",
     .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
     .old = {.devices = {DEVICES(DEVICE(T4, "a"))}},
     .update = true},
    {.what = "the device was there once, in another list",
     .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE(T4, "b"))}},
     .old = {.devices = {{0}, DEVICES(DEVICE(T4, "a"))}},
     .update = true},
    {.what = "a device that nobody permits was there",
     .object = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
     .old = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
     .update = true},
    {.what = "one was there, one was not",
     .object = {.devices = {DEVICES(DEVICE(T4, "a"), DEVICE("intel.com/qat", "b"))}},
     .old = {.devices = {DEVICES(DEVICE(T4, "a"))}},
     .update = true,
     .unknown = REVIEW_NEEDS_LIST},
    {.what = "it was a claim's name, not a device's",
     .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
     .old = {.devices = {DEVICES({.name = "a", .claim_name = T4})}},
     .update = true,
     .unknown = REVIEW_NEEDS_LIST},
    {.what = "devices are removed",
     .object = {.kind = "VirtualMachine"},
     .old = {.devices = {DEVICES(DEVICE(T4, "a"))}},
     .update = true},
    {.what = "mode warn can't warn of what it does not know",
     .object = {.devices = {DEVICES(DEVICE(T4, "a"))}},
     .policy = {.warn_only = true},
     .unknown = REVIEW_NEEDS_LIST},
    {.what = "a permitted list needs none",
     .object = {.kind = "HyperConverged", .section = {.present = true}}},
};

static void test_the_list_is_needed_when_a_device_is_added(void **state)
{
    size_t wrong = 0;

    for (size_t i = 0; i < COUNT(list_needs); i++) {
        const struct object_rows *old = list_needs[i].update ? &list_needs[i].old : NULL;
        struct judgement unknown CLEANUP_JUDGEMENT;
        struct judgement known CLEANUP_JUDGEMENT;

        judgement_make(&unknown, &list_needs[i].object, old, &list_needs[i].policy, NULL);
        judgement_make(&known, &list_needs[i].object, old, &list_needs[i].policy, *state);
        if (unknown.result != list_needs[i].unknown || known.result != REVIEW_DECIDED) {
            fprintf(stderr, "row \"%s\": result %d without a list, %d with one\n",
                    list_needs[i].what, (int)unknown.result, (int)known.result);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* While the list is unknown an UPDATE must not fail or nag: nothing can be said of its devices. */
static void test_an_unknown_list_says_nothing_of_old_devices(void **state)
{
    const struct rule_row rows[] = {
        {.what = "only what is known is told",
         .object = {.devices = {DEVICES(DEVICE("x/y", "."))}},
         .old = {.devices = {DEVICES(DEVICE("x/y", "a"))}},
         .lines = "deny name-format hostDevices[0].name"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", NULL), 0);
}

static void test_too_little_room_gives_no_verdict(void **state)
{
    const struct object_rows rows = {.devices = {DEVICES(DEVICE("x/y", "a"))}};
    const struct policy policy = {0};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    struct arena small CLEANUP_ARENA = ARENA_INIT(64);
    struct findings findings CLEANUP_FINDINGS;
    struct default_names names;
    struct object_facts facts;
    const struct review review = {.object = &facts};

    facts_build(&rows, &arena, &facts);
    assert_int_equal(review_validate(&review, &policy, *state, &small, &findings),
                     REVIEW_TOO_LARGE);
    assert_int_equal(review_mutate(&review, &small, &names), REVIEW_TOO_LARGE);
    small.limited = false;
    assert_int_equal(review_failure(&small), REVIEW_NO_MEMORY);
}

/* However much room there is, the verdict is the right one or none. */
static void test_no_amount_of_room_gives_another_verdict(void **state)
{
    const struct entry_row entries[] = {
        {.selector = "10de:1eb8", .resource_name = "a.b/c", .external = true},
        {.selector = "10DE:1EB8", .resource_name = "a.b/c"},
        {.selector = "10de", .resource_name = "a/b.c"}};
    const struct object_rows objects[] = {
        {.kind = "HyperConverged",
         .section = {.lists = {{entries, 3}, {entries, 3}, {entries, 3}}}},
        {.kind = "HyperConverged",
         .section = {.lists = {[DEVICE_USB] = ENTRIES({USB({"1", "2"}, {"x", "2"})},
                                                      {USB({"1", "2"}, {"", "2"})})}}},
        {.devices = {DEVICES(DEVICE("x/y", "a"), DEVICE("x/z", "a"), DEVICE(NULL, "."))}},
    };
    const struct policy policy = {0};

    for (size_t i = 0; i < COUNT(objects); i++) {
        struct judgement right CLEANUP_JUDGEMENT;
        const struct review review = {.object = &right.object, .old_object = &right.old_object};
        size_t decided = 0;

        judgement_make(&right, &objects[i], &objects[i], &policy, *state);
        for (size_t limit = 0; limit < 16000; limit += 16) {
            struct arena small CLEANUP_ARENA = ARENA_INIT(limit);
            struct findings findings CLEANUP_FINDINGS;
            enum review_result result =
                review_validate(&review, &policy, *state, &small, &findings);

            decided += result == REVIEW_DECIDED;
            if (result != REVIEW_TOO_LARGE &&
                (result != REVIEW_DECIDED || findings.denials.count > 0 ||
                 findings.warnings.count != right.findings.warnings.count))
                fail_msg("object %zu with %zu bytes: result %d", i, limit, (int)result);
        }
        assert_true(decided > 0);
    }
}

/* --- mutating ----------------------------------------------------------------------------------
 */

static void test_who_gets_default_names(void **state)
{
    const struct {
        const char *kind;
        bool deleting, old_deleting;
        size_t names;
    } rows[] = {
        {"VirtualMachine", false, false, 1},
        {"VirtualMachineInstanceReplicaSet", false, false, 1},
        {"VirtualMachinePool", false, false, 1},
        {"VirtualMachineInstancetype", false, false, 0},
        {"VirtualMachineClusterInstancetype", false, false, 0},
        {"HyperConverged", false, false, 0},
        {"VirtualMachine", true, false, 0},
        {"VirtualMachine", false, true, 0},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct object_rows object = {.kind = rows[i].kind,
                                           .deleting = rows[i].deleting,
                                           .devices = {DEVICES(DEVICE(T4, NULL))}};
        const struct object_rows old = {.kind = rows[i].kind, .deleting = rows[i].old_deleting};
        struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
        struct object_facts facts, old_facts;
        const struct review review = {.object = &facts, .old_object = &old_facts};
        struct default_names names;

        facts_build(&object, &arena, &facts);
        facts_build(&old, &arena, &old_facts);
        if (review_mutate(&review, &arena, &names) != REVIEW_DECIDED ||
            names.count != rows[i].names) {
            fprintf(stderr, "row %zu (%s): %zu names\n", i, rows[i].kind, names.count);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* --- messages ----------------------------------------------------------------------------------
 */

/* A VM with `count` devices that are not permitted, the names `len` bytes long. */
static struct device_row *faulty_devices(size_t count, size_t len)
{
    struct device_row *rows = calloc(count, sizeof *rows);
    char *names = malloc(count * (len + 32));

    assert_non_null(rows);
    assert_non_null(names);
    for (size_t i = 0; i < count; i++) {
        char *name = names + i * (len + 32);

        snprintf(name, len + 32, "%0*zu", (int)len, i);
        rows[i] = (struct device_row)DEVICE(name, name);
    }
    return rows;
}

static void free_devices(struct device_row *rows)
{
    union {
        const char *borrowed;
        char *owned;
    } names = {rows[0].device_name};

    free(names.owned);
    free(rows);
}

static void test_one_fault_is_the_message(void **state)
{
    const struct object_rows rows = {.devices = {DEVICES(DEVICE(NULL, "a"))}};
    const struct policy policy = {0};
    struct text message CLEANUP_TEXT = TEXT_INIT(DENIAL_MESSAGE_LIMIT);
    struct judgement judgement CLEANUP_JUDGEMENT;

    judgement_make(&judgement, &rows, NULL, &policy, *state);
    review_denial_message(&judgement.findings, &message, NULL);
    assert_string_equal(text_get(&message),
                        "spec.template.spec.domain.devices.hostDevices[0].deviceName: Required "
                        "value: name the device, by the resourceName under which the cluster "
                        "permits it");
}

static void test_several_faults_are_counted_and_listed(void **state)
{
    const struct object_rows rows = {.devices = {DEVICES(DEVICE(NULL, NULL))}};
    const struct policy policy = {0};
    struct text message CLEANUP_TEXT = TEXT_INIT(DENIAL_MESSAGE_LIMIT);
    struct judgement judgement CLEANUP_JUDGEMENT;
    size_t shown = 0;

    judgement_make(&judgement, &rows, NULL, &policy, *state);
    review_denial_message(&judgement.findings, &message, &shown);
    assert_int_equal(shown, 2);
    assert_string_equal(
        text_get(&message),
        "2 faults\n"
        "- spec.template.spec.domain.devices.hostDevices[0].deviceName: Required value: name the "
        "device, by the resourceName under which the cluster permits it\n"
        "- spec.template.spec.domain.devices.hostDevices[0].name: Required value: give the entry a "
        "name that no other entry of its list has");
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

/* Whatever the faults' lengths, the message is within its limit, whole, and adds up. */
static void test_a_message_is_bounded_and_adds_up(void **state)
{
    static const struct {
        size_t count, len;
    } rows[] = {{2, 10}, {20, 100}, {60, 10}, {100, 1}, {1000, 308}, {10000, 20}, {10000, 400}};
    const struct policy policy = {0};
    size_t wrong = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct device_row *devices = faulty_devices(rows[i].count, rows[i].len);
        const struct object_rows object = {.devices = {{devices, rows[i].count}}};
        struct text message CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 4);
        struct judgement judgement CLEANUP_JUDGEMENT;
        size_t shown = 0, total, more;

        judgement_make(&judgement, &object, NULL, &policy, *state);
        review_denial_message(&judgement.findings, &message, &shown);
        total = number_behind(text_get(&message), "");
        more = number_behind(text_get(&message), "\n… and ");
        if (total != rows[i].count || shown + more != total || message.len > DENIAL_MESSAGE_LIMIT ||
            count_of(text_get(&message), "\n- ") != shown || shown < 1 || message.truncated ||
            judgement.findings.denials.count != total) {
            fprintf(stderr, "row %zu: %zu bytes, %zu faults, %zu shown, %zu more\n", i, message.len,
                    total, shown, more);
            wrong++;
        }
        free_devices(devices);
    }
    assert_int_equal(wrong, 0);
}

/* --- cost --------------------------------------------------------------------------------------
 */

enum { MANY = 100000 };

/* A step that looked at each pair of entries would have 10,000,000,000 of them to look at. */
static void test_long_lists_are_reviewed(void **state)
{
    static char names[MANY][40], selectors[MANY][10];
    static const char *pointers[MANY];
    struct entry_row *entries = calloc(MANY, sizeof *entries);
    struct device_row *devices = calloc(1000, sizeof *devices);
    const struct object_rows list_rows = {.kind = "HyperConverged",
                                          .section = {.lists = {{entries, MANY}}}};
    const struct object_rows vm_rows = {.devices = {{devices, 1000}}};
    const struct policy policy = {0};
    struct permitted_list *list;
    struct judgement of_list CLEANUP_JUDGEMENT;
    struct judgement of_vm CLEANUP_JUDGEMENT;

    (void)state;
    assert_non_null(entries);
    assert_non_null(devices);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "vendor%u.example/device", i);
        snprintf(selectors[i], sizeof selectors[i], "%04x:%04x", i >> 16, i & 0xffff);
        entries[i] = (struct entry_row){.selector = selectors[i], .resource_name = names[i]};
        pointers[i] = names[i];
    }
    for (size_t i = 0; i < 1000; i++)
        devices[i] = (struct device_row)DEVICE(names[i * 100], selectors[i] + 5);
    list = list_of_names(pointers, MANY);
    assert_int_equal(permitted_list_count(list), MANY);
    judgement_make(&of_list, &list_rows, &list_rows, &policy, NULL);
    assert_true(judgement_check(&of_list, "100,000 entries", "", NULL));
    judgement_make(&of_vm, &vm_rows, &vm_rows, &policy, list);
    assert_true(judgement_check(&of_vm, "1,000 devices", "", NULL));
    permitted_list_unref(list);
    free(entries);
    free(devices);
}

/* 200,000 faulty devices, all of them old: each pair compared would be 40,000,000,000 steps. */
static void test_old_faults_are_found_by_a_hash(void **state)
{
    const size_t count = 200000;
    struct device_row *devices = faulty_devices(count, 12);
    const struct object_rows rows = {.devices = {{devices, count}}};
    const struct policy policy = {0};
    struct judgement judgement CLEANUP_JUDGEMENT;

    judgement_make(&judgement, &rows, &rows, &policy, *state);
    assert_int_equal(judgement.result, REVIEW_DECIDED);
    assert_int_equal(judgement.findings.denials.count, 0);
    assert_int_equal(judgement.findings.warnings.count, count);
    free_devices(devices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_being_deleted_is_let_through),
        cmocka_unit_test(test_mode_warn_denies_nothing),
        cmocka_unit_test(test_the_list_is_needed_when_a_device_is_added),
        cmocka_unit_test(test_an_unknown_list_says_nothing_of_old_devices),
        cmocka_unit_test(test_too_little_room_gives_no_verdict),
        cmocka_unit_test(test_no_amount_of_room_gives_another_verdict),
        cmocka_unit_test(test_who_gets_default_names),
        cmocka_unit_test(test_one_fault_is_the_message),
        cmocka_unit_test(test_several_faults_are_counted_and_listed),
        cmocka_unit_test(test_a_message_is_bounded_and_adds_up),
        cmocka_unit_test(test_long_lists_are_reviewed),
        cmocka_unit_test(test_old_faults_are_found_by_a_hash),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
