/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders of manifests, each beside the report of `check` on it. What the webhook is never asked
 * has its fixtures here: several objects together (fixtures/chain) and Butane documents
 * (fixtures/butane), as fixtures/<kind>/<rule>/<warn|allow>-<why>/; and the chain that OpenShift's
 * page on PCI passthrough documents: as it is written there, with the marks that a copied line ends
 * in, and mended. With FIXTURES_RECORD=1 in the environment a report that differs is written
 * instead.
 */
#include "server/check/check_inputs.h"
#include "server/check/check_text.h"
#include "server/check/report.h"
#include "server/check/survey.h"
#include "tests/support/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* --- the report on a folder ------------------------------------------------------------------ */

/* What is found in a folder. */
struct found {
    struct report report;
    struct check_summary summary;
    size_t by_rule[RULE_COUNT];
};

static void survey_all(struct check_inputs *inputs, struct survey *survey)
{
    for (size_t i = 0; i < inputs->count; i++) {
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct error err;

        assert_true(check_inputs_read(inputs, i, &bytes, &err));
        assert_true(survey_text(survey, inputs->items[i].name, bytes.text, SURVEY_ALL, &err));
    }
}

static void count_rules(const struct check_file *file, struct found *found)
{
    for (const struct check_object *object = file->objects; object; object = object->next) {
        for (size_t i = 0; i < object->fault_count; i++)
            found->by_rule[object->faults[i].rule - rule_table]++;
    }
}

static void report_all(struct check_inputs *inputs, const struct check_basis *basis,
                       struct found *found)
{
    for (size_t i = 0; i < inputs->count; i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct check_file file;
        struct error err;

        assert_true(check_inputs_read(inputs, i, &bytes, &err));
        assert_true(check_text(bytes.text, basis, &arena, &file, &err));
        file.name = inputs->items[i].name;
        report_text.file(&found->report, &file);
        check_summary_add(&found->summary, &file);
        count_rules(&file, found);
    }
}

/* An allowed folder's report is this alone, so that it tells that something was judged. */
static void add_summary(struct found *found, const struct error *note)
{
    if (note->message[0] != '\0')
        text_addf(&found->report.text, "note: %s\n", note->message);
    report_add_summary(&found->report.text, &found->summary);
}

/* text_free() the report. */
static void check_folder(const char *folder, struct found *ret_found)
{
    struct check_inputs inputs CLEANUP_CHECK_INPUTS = CHECK_INPUTS_INIT;
    struct survey survey CLEANUP_SURVEY;
    struct check_basis basis = {.chain = &survey.chain};
    struct permitted_list *list = NULL;
    struct error note = {.message = ""}, err;

    *ret_found = (struct found){.report = REPORT_INIT};
    survey_init(&survey);
    assert_true(check_inputs_add(&inputs, folder, &err));
    survey_all(&inputs, &survey);
    assert_true(survey_list(&survey, &list, &note, &err));
    basis.list = list;
    report_all(&inputs, &basis, ret_found);
    if (ret_found->summary.unjudged == 0)
        note.message[0] = '\0';
    add_summary(ret_found, &note);
    permitted_list_unref(list);
}

static bool is_as_recorded(const char *folder, const char *got)
{
    char name[256];
    char *expected;
    bool same;
    FILE *file;

    snprintf(name, sizeof name, "%s.txt", folder);
    expected = fixture_read_file(name, NULL);
    same = expected && strcmp(expected, got) == 0;
    if (!same && !getenv("FIXTURES_RECORD"))
        fprintf(stderr, "%s: expected\n%s\nfound\n%s\n", folder, expected ? expected : "(nothing)",
                got);
    free(expected);
    if (same || !getenv("FIXTURES_RECORD"))
        return same;
    file = fopen(name, "w");
    assert_non_null(file);
    fputs(got, file);
    assert_int_equal(fclose(file), 0);
    printf("recorded %s\n", name);
    return true;
}

/* --- the documented chain -------------------------------------------------------------------- */

static void test_the_documented_chain(void **state)
{
    static const struct {
        const char *folder;
        size_t unreadable, warned;
    } rows[] = {
        {"fixtures/chain/as-documented", 1, 2},
        {"fixtures/chain/with-callouts", 1, 3},
        {"fixtures/chain/mended", 0, 0},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct found found;

        check_folder(rows[i].folder, &found);
        wrong += !is_as_recorded(rows[i].folder, text_get(&found.report.text));
        assert_int_equal(found.summary.unreadable, rows[i].unreadable);
        assert_int_equal(found.summary.warned, rows[i].warned);
        text_free(&found.report.text);
    }
    assert_int_equal(wrong, 0);
}

/* --- rules, each with its verdict and its nearest pass --------------------------------------- */

/* What folders there are of a rule. */
struct played {
    size_t warn, allow;
};

/* The rule of "fixtures/chain/iommu-not-on/warn-..."; RULE_COUNT: it has none. */
static size_t rule_of(const char *folder)
{
    char kind[64], rule[64];
    size_t i = 0;

    if (sscanf(folder, "fixtures/%63[^/]/%63[^/]/", kind, rule) != 2)
        return RULE_COUNT;
    while (i < RULE_COUNT && strcmp(rule_table[i].id, rule) != 0)
        i++;
    return i;
}

/* A folder shows one rule, and whatever is in it is judged. */
static bool shows(const struct found *found, size_t rule, bool warns)
{
    size_t faults = 0;

    for (size_t i = 0; i < RULE_COUNT; i++)
        faults += found->by_rule[i];
    return found->summary.objects > 0 && found->summary.skipped == 0 &&
           found->summary.unreadable == 0 && found->summary.denied == 0 &&
           faults == found->by_rule[rule] && (faults > 0) == warns;
}

static bool play(const char *folder, struct played *played)
{
    bool warns = strncmp(strrchr(folder, '/') + 1, "warn-", strlen("warn-")) == 0;
    size_t rule = rule_of(folder);
    struct found found;
    bool good;

    if (rule == RULE_COUNT) {
        fprintf(stderr, "%s: the folder that it is in must have a rule's name\n", folder);
        return false;
    }
    check_folder(folder, &found);
    good = is_as_recorded(folder, text_get(&found.report.text));
    if (good && !shows(&found, rule, warns)) {
        fprintf(stderr, "%s: its name says something else than\n%s\n", folder,
                text_get(&found.report.text));
        good = false;
    }
    text_free(&found.report.text);
    *(warns ? &played[rule].warn : &played[rule].allow) += 1;
    return good;
}

static size_t play_all(const char *pattern, struct played *played)
{
    size_t wrong = 0;
    glob_t folders;

    assert_int_equal(glob(pattern, GLOB_ONLYDIR, NULL, &folders), 0);
    for (size_t i = 0; i < folders.gl_pathc; i++)
        wrong += !play(folders.gl_pathv[i], played);
    printf("%zu folders played, %zu wrong: %s\n", folders.gl_pathc, wrong, pattern);
    globfree(&folders);
    return wrong;
}

/* Marks the rules that the webhook's recorded answers name, in one word with commas between them.
 */
static void mark_answered(const json_t *answer, bool *answered)
{
    const json_t *notes = json_object_get(json_object_get(answer, "response"), "auditAnnotations");
    const char *ids = json_string_value(json_object_get(notes, "rule"));
    struct str left = str_from(ids ? ids : "");

    while (left.len > 0) {
        size_t comma = str_find(left, ',');

        for (size_t i = 0; i < RULE_COUNT; i++)
            answered[i] |= str_equal(str_slice(left, 0, comma), str_from(rule_table[i].id));
        left = str_slice(left, comma + 1, left.len);
    }
}

/*
 * What no answer of the webhook shows, folders must; and so they must what several objects together
 * are judged by though one of them may break it, too.
 */
static void find_wanted(bool *wanted)
{
    static const enum rule_id also[] = {RULE_VFIO_IDS_NOT_LOADED, RULE_VFIO_IDS_REPLACED,
                                        RULE_VFIO_LOADED_WITHOUT_IDS};
    struct fixtures fixtures = fixtures_load();
    bool answered[RULE_COUNT] = {false};

    for (size_t i = 0; i < fixtures.count; i++)
        mark_answered(fixtures.items[i].response, answered);
    fixtures_free(&fixtures);
    for (size_t i = 0; i < RULE_COUNT; i++)
        wanted[i] = !answered[i];
    for (size_t i = 0; i < COUNT(also); i++)
        wanted[also[i]] = true;
}

static void test_each_rule_has_its_verdict_and_its_pass(void **state)
{
    struct played played[RULE_COUNT] = {{0, 0}};
    bool wanted[RULE_COUNT];
    size_t wrong = 0;

    (void)state;
    wrong += play_all("fixtures/*/*/warn-*", played);
    wrong += play_all("fixtures/*/*/allow-*", played);
    find_wanted(wanted);
    for (size_t i = 0; i < RULE_COUNT; i++) {
        bool some = wanted[i] || played[i].warn > 0 || played[i].allow > 0;

        if (some && (played[i].warn == 0 || played[i].allow == 0)) {
            fprintf(stderr, "%s: of its folders %zu are warn-*, %zu allow-*; each must be there\n",
                    rule_table[i].id, played[i].warn, played[i].allow);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_documented_chain),
        cmocka_unit_test(test_each_rule_has_its_verdict_and_its_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
