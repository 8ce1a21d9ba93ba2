/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted, what is shown, what is old, and that nothing raw is ever shown. */
#include "tests/support/facts.h"
#include "validators/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rules of the table that serve as examples. */
static const enum rule_id denied = RULE_NAME_FORMAT;
static const enum rule_id denied_too = RULE_NAME_REQUIRED;
static const enum rule_id warned = RULE_USB_SELECTOR_SHARED;
static const struct str none = {NULL, 0};

struct world {
    struct arena arena;
    struct findings findings;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    if (!world)
        return -1;
    world->arena = (struct arena)ARENA_INIT(1 << 24);
    findings_init(&world->findings, &world->arena);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    findings_free(&world->findings);
    arena_free(&world->arena);
    free(world);
    return 0;
}

static struct path some_path(void)
{
    return path_field(path_entry(path_list(str_from("spec.a"), "list"), 7), "field");
}

/* Reports the fault, says why where somebody reads it, and tells whether it was a denial. */
static bool add(struct world *world, enum rule_id rule, struct str value)
{
    size_t before = world->findings.denials.count;
    struct text *message = findings_add(&world->findings, rule, some_path(), value);

    if (message)
        text_add(message, "why");
    return world->findings.denials.count > before;
}

/* A rule that denies for this cause. */
static enum rule_id denied_for(enum cause cause)
{
    for (enum rule_id rule = 0; rule < RULE_COUNT; rule++) {
        if (rule_table[rule].severity == SEVERITY_DENY && rule_table[rule].cause == cause)
            return rule;
    }
    fail_msg("no rule denies for cause %d", (int)cause);
    return RULE_COUNT;
}

static void test_a_finding_reads_like_a_field_error(void **state)
{
    static const struct {
        enum cause cause;
        const char *reason, *with_value, *without;
    } rows[] = {
        {CAUSE_REQUIRED, "FieldValueRequired", "Required value: \"v\": why", "Required value: why"},
        {CAUSE_INVALID, "FieldValueInvalid", "Invalid value: \"v\": why", "Invalid value: why"},
        {CAUSE_DUPLICATE, "FieldValueDuplicate", "Duplicate value: \"v\": why",
         "Duplicate value: why"},
        {CAUSE_NOT_SUPPORTED, "FieldValueNotSupported", "Unsupported value: \"v\": why",
         "Unsupported value: why"},
        {CAUSE_TYPE_INVALID, "FieldValueTypeInvalid", "Invalid value: \"v\": why",
         "Invalid value: why"},
        {CAUSE_TOO_LONG, "FieldValueTooLong", "Too long: \"v\": why", "Too long: why"},
    };
    struct world *world = *state;
    size_t wrong = 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum rule_id rule = denied_for(rows[i].cause);

        add(world, rule, STR("v"));
        add(world, rule, none);
        wrong += !text_check(rows[i].reason, rows[i].reason, cause_reason(rows[i].cause));
        wrong += !text_check(rows[i].reason, rows[i].with_value,
                             text_get(&world->findings.denials.items[2 * i].body));
        wrong += !text_check(rows[i].reason, rows[i].without,
                             text_get(&world->findings.denials.items[2 * i + 1].body));
    }
    assert_int_equal(wrong, 0);
    assert_string_equal(text_get(&world->findings.denials.items[0].path), "spec.a.list[7].field");
}

static void test_a_finding_is_added_with_its_path(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(1000);
    struct world *world = *state;

    add(world, warned, STR("v"));
    finding_add_to(&world->findings.warnings.items[0], &text);
    assert_string_equal(text_get(&text), "spec.a.list[7].field: Duplicate value: \"v\": why");
}

static void test_severity_decides_the_list(void **state)
{
    struct world *world = *state;

    assert_true(add(world, denied, STR("a")));
    assert_false(add(world, warned, STR("a")));
    assert_int_equal(world->findings.denials.count, 1);
    assert_int_equal(world->findings.warnings.count, 1);
    assert_ptr_equal(world->findings.denials.items[0].rule, &rule_table[denied]);
    assert_ptr_equal(world->findings.warnings.items[0].rule, &rule_table[warned]);
}

static void test_findings_are_counted_by_rule(void **state)
{
    struct findings *findings = &((struct world *)*state)->findings;

    for (int i = 0; i < 1000; i++)
        add(*state, denied, STR("a"));
    add(*state, denied_too, STR("a"));
    add(*state, warned, STR("a"));
    assert_int_equal(findings->denials.by_rule[denied], 1000);
    assert_int_equal(findings->denials.by_rule[denied_too], 1);
    assert_int_equal(findings->denials.by_rule[warned], 0);
    assert_int_equal(findings->warnings.by_rule[warned], 1);
}

static void test_rules_are_listed_once_denials_first(void **state)
{
    struct text rules CLEANUP_TEXT = TEXT_INIT(FINDINGS_RULES_MAX);
    struct findings *findings = &((struct world *)*state)->findings;

    findings_add_rules(findings, &rules);
    assert_int_equal(rules.len, 0);
    add(*state, warned, STR("a"));
    add(*state, RULE_DEVICES_MISPLACED, STR("a"));
    findings_add_warning(findings, denied, some_path(), STR("a"));
    for (int i = 0; i < 500; i++)
        add(*state, denied, STR("a"));
    add(*state, denied_too, STR("a"));
    findings_add_rules(findings, &rules);
    assert_string_equal(text_get(&rules),
                        "name-format,name-required,devices-misplaced,usb-selector-shared");
}

static void test_the_rules_of_all_findings_fit(void **state)
{
    struct text rules CLEANUP_TEXT = TEXT_INIT(FINDINGS_RULES_MAX);

    for (enum rule_id rule = 0; rule < RULE_COUNT; rule++)
        add(*state, rule, STR("a"));
    findings_add_rules(&((struct world *)*state)->findings, &rules);
    assert_false(rules.truncated);
}

static void test_a_softened_rule_only_warns(void **state)
{
    struct findings *findings = &((struct world *)*state)->findings;

    assert_non_null(findings_add_warning(findings, denied, some_path(), STR("a")));
    assert_int_equal(findings->denials.count, 0);
    assert_int_equal(findings->warnings.by_rule[denied], 1);
    findings->recording = true;
    findings_add_warning(findings, denied, some_path(), STR("a"));
    assert_false(findings_is_old(findings, denied, STR("a")));
}

static void test_warn_only_denies_nothing(void **state)
{
    struct world *world = *state;

    world->findings.warn_only = true;
    assert_false(add(world, denied, STR("a")));
    assert_int_equal(world->findings.warnings.count, 1);
}

static void test_what_was_recorded_is_a_warning(void **state)
{
    struct world *world = *state;

    world->findings.recording = true;
    assert_null(findings_add(&world->findings, denied, some_path(), STR("old")));
    assert_null(findings_add(&world->findings, denied, some_path(), STR("old")));
    assert_null(findings_add(&world->findings, denied_too, some_path(), none));
    assert_null(findings_add(&world->findings, warned, some_path(), STR("w")));
    world->findings.recording = false;
    assert_int_equal(world->findings.denials.count + world->findings.warnings.count, 0);

    assert_false(add(world, denied, STR("old")));
    assert_false(add(world, denied, STR("old")));
    assert_true(add(world, denied, STR("new")));
    assert_true(add(world, denied, STR("ol")));
    assert_true(add(world, denied, STR("old ")));
    assert_true(add(world, denied_too, STR("old")));
    assert_false(add(world, denied_too, none));
    assert_false(add(world, denied_too, STR("")));
    assert_int_equal(world->findings.denials.count, 4);
    assert_int_equal(world->findings.warnings.count, 4);

    assert_true(findings_is_old(&world->findings, denied, STR("old")));
    assert_false(findings_is_old(&world->findings, denied, STR("new")));
    assert_false(findings_is_old(&world->findings, warned, STR("w")));
}

static void test_values_with_nul_are_told_apart(void **state)
{
    struct world *world = *state;

    world->findings.recording = true;
    add(world, denied, STR("a\0b"));
    world->findings.recording = false;
    assert_false(add(world, denied, STR("a\0b")));
    assert_true(add(world, denied, STR("a")));
    assert_true(add(world, denied, STR("a\0c")));
}

static void test_a_key_of_its_own(void **state)
{
    struct findings *findings = &((struct world *)*state)->findings;

    findings->recording = true;
    findings_add_keyed(findings, denied, some_path(), STR("key"), STR("value"));
    findings->recording = false;
    findings_add_keyed(findings, denied, some_path(), STR("key"), STR("other value"));
    findings_add_keyed(findings, denied, some_path(), STR("other key"), STR("value"));
    assert_int_equal(findings->warnings.count, 1);
    assert_int_equal(findings->denials.count, 1);
    assert_non_null(strstr(text_get(&findings->warnings.items[0].body), "\"other value\""));
}

/* All are counted; no more are kept than an answer can show. */
static void test_ten_thousand_faults_cost_a_few_messages(void **state)
{
    struct findings *findings = &((struct world *)*state)->findings;

    for (int i = 0; i < 10000; i++) {
        add(*state, denied, STR("some value or other"));
        add(*state, warned, STR("some value or other"));
    }
    assert_int_equal(findings->denials.count, 10000);
    assert_int_equal(findings->warnings.count, 10000);
    assert_in_range(findings->denials.shown, 64, MAX_SHOWN_FINDINGS);
    assert_in_range(findings->warnings.shown, 32, findings->denials.shown);
    assert_false(findings_failed(findings));
}

/* The shortest findings that there can be. */
static void test_no_more_are_kept_than_there_is_room_for(void **state)
{
    struct findings *findings = &((struct world *)*state)->findings;
    size_t kept = 0;

    for (int i = 0; i < 1000; i++)
        kept += findings_add(findings, denied, path_list(str_from("a"), NULL), none) != NULL;
    assert_int_equal(kept, MAX_SHOWN_FINDINGS);
    assert_int_equal(findings->denials.shown, MAX_SHOWN_FINDINGS);
    assert_int_equal(findings->denials.count, 1000);
}

static void test_as_many_are_shown_as_asked_for(void **state)
{
    struct findings *findings = &((struct world *)*state)->findings;

    findings_show(findings, (size_t)1024 * 1024);
    for (int i = 0; i < 3000; i++)
        add(*state, i < 1000 ? warned : denied, STR("some value or other"));
    assert_int_equal(findings->warnings.shown, 1000);
    assert_int_equal(findings->denials.shown, 2000);
    for (size_t i = 0; i < 2000; i++)
        assert_non_null(strstr(text_get(&findings->denials.items[i].body), "some value"));
    for (int i = 0; i < 30000; i++)
        add(*state, denied, STR("some value or other"));
    assert_in_range(findings->denials.shown, 8000, 1024 * 1024 / SHORTEST_FINDING);
    assert_int_equal(findings->denials.count, 32000);
    assert_false(findings_failed(findings));
}

/* Whatever the value, the reason and what to write instead are there to be read. */
static void test_a_long_value_leaves_room_for_the_reason(void **state)
{
    static const struct {
        const char *what, *unit;
        size_t unit_len;
    } rows[] = {
        {"letters", "x", 1},
        {"NUL", "\0", 1},
        {"a C1 control", "\xc2\x85", 2},
        {"a direction mark", "\u200e", 3},
        {"a tag beyond the BMP", "\U000e0041", 4},
        {"what is not UTF-8", "\xff", 1},
        {"quotes", "\"", 1},
    };
    struct world *world = *state;
    size_t wrong = 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text value CLEANUP_TEXT = TEXT_INIT(10000);
        const struct finding *finding;
        const char *body;

        while (value.len < 2000)
            text_add_str(&value, (struct str){rows[i].unit, rows[i].unit_len});
        findings_free(&world->findings);
        findings_init(&world->findings, &world->arena);
        add(world, denied, (struct str){text_get(&value), value.len});
        finding = &world->findings.denials.items[0];
        body = text_get(&finding->body);
        if (finding->body.truncated || !strstr(body, "…\": why")) {
            fprintf(stderr, "row \"%s\": %zu bytes: …%s\n", rows[i].what, finding->body.len,
                    body + (finding->body.len > 20 ? finding->body.len - 20 : 0));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_nothing_raw_is_shown(void **state)
{
    struct world *world = *state;

    add(world, denied, STR("a\nb\x1b[0m\x7f\xc2\x85\u200e\"\\"));
    assert_string_equal(text_get(&world->findings.denials.items[0].body),
                        "Invalid value: \"a\\nb\\u001b[0m\\u007f\\u0085\\u200e\\\"\\\\\": why");
}

static void test_lack_of_memory_is_remembered(void **state)
{
    struct arena small CLEANUP_ARENA = ARENA_INIT(16);
    struct findings findings CLEANUP_FINDINGS;

    (void)state;
    findings_init(&findings, &small);
    assert_false(findings_failed(&findings));
    findings.recording = true;
    findings_add(&findings, denied, some_path(), STR("a value that does not fit"));
    assert_true(findings_failed(&findings));
}

static void test_a_message_that_failed_is_remembered(void **state)
{
    struct world *world = *state;

    add(world, denied, STR("a"));
    add(world, warned, STR("a"));
    assert_false(findings_failed(&world->findings));
    world->findings.warnings.items[0].body.failed = true;
    assert_true(findings_failed(&world->findings));
    world->findings.warnings.items[0].body.failed = false;
    world->findings.denials.items[0].path.failed = true;
    assert_true(findings_failed(&world->findings));
}

static void test_findings_can_be_freed_twice(void **state)
{
    struct world *world = *state;

    add(world, denied, STR("a"));
    findings_free(&world->findings);
    findings_free(&world->findings);
    assert_int_equal(world->findings.denials.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_finding_reads_like_a_field_error),
        TEST(test_a_finding_is_added_with_its_path),
        TEST(test_severity_decides_the_list),
        TEST(test_findings_are_counted_by_rule),
        TEST(test_rules_are_listed_once_denials_first),
        TEST(test_the_rules_of_all_findings_fit),
        TEST(test_a_softened_rule_only_warns),
        TEST(test_warn_only_denies_nothing),
        TEST(test_what_was_recorded_is_a_warning),
        TEST(test_values_with_nul_are_told_apart),
        TEST(test_a_key_of_its_own),
        TEST(test_ten_thousand_faults_cost_a_few_messages),
        TEST(test_no_more_are_kept_than_there_is_room_for),
        TEST(test_as_many_are_shown_as_asked_for),
        TEST(test_a_long_value_leaves_room_for_the_reason),
        TEST(test_nothing_raw_is_shown),
        TEST(test_lack_of_memory_is_remembered),
        TEST(test_a_message_that_failed_is_remembered),
        TEST(test_findings_can_be_freed_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
