/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char MALFORMED[] = "(malformed)";

/* Far above what the largest test takes. */
#define TEST_MEMORY_LIMIT ((size_t)1024 * 1024 * 1024)

static void *piece(struct arena *arena, size_t count, size_t size)
{
    void *memory = arena_alloc(arena, count, size);

    if (!memory)
        abort();
    return memory;
}

struct text_field field_of(const char *text)
{
    if (text == MALFORMED)
        return (struct text_field){.state = FIELD_MALFORMED};
    return (struct text_field){text ? FIELD_TEXT : FIELD_ABSENT, str_from(text)};
}

const struct kind *kind_of_rows(const struct object_rows *rows)
{
    const char *kind = rows->kind ? rows->kind : "VirtualMachine";
    size_t count;
    const struct kind *table = kind_table(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].kind, kind) == 0 &&
            (!rows->version || strcmp(table[i].version, rows->version) == 0))
            return &table[i];
    }
    abort();
}

static void add_device_list(const struct device_rows *rows, size_t number, const char *prefix,
                            const char *belongs, struct arena *arena, struct object_facts *facts)
{
    static const char *const keys[] = {"hostDevices", "gpus"};
    static const char *const stems[] = {"hostdevices", "gpus"};
    struct device_list *list = &facts->devices[facts->device_list_count++];
    struct device *items = piece(arena, rows->count, sizeof *items);

    for (size_t i = 0; i < rows->count; i++) {
        const struct device_row *row = &rows->items[i];

        items[i].is_object = !row->no_object;
        items[i].malformed = row->no_object || row->device_name == MALFORMED ||
                             row->name == MALFORMED || row->claim_name == MALFORMED ||
                             row->request_name == MALFORMED;
        items[i].device_name = field_of(row->device_name);
        items[i].name = field_of(row->name);
        items[i].claim_name = field_of(row->claim_name);
        items[i].request_name = field_of(row->request_name);
    }
    *list = (struct device_list){.path = path_list(str_from(prefix), keys[number]),
                                 .key = keys[number],
                                 .stem = stems[number],
                                 .present = true,
                                 .items = items,
                                 .count = rows->count,
                                 .belongs = belongs};
}

static void add_device_lists(const struct device_rows rows[2], const char *prefix,
                             const char *belongs, struct arena *arena, struct object_facts *facts)
{
    for (size_t i = 0; i < 2; i++) {
        if (rows[i].count > 0)
            add_device_list(&rows[i], i, prefix, belongs, arena, facts);
    }
}

static void fill_entry(const struct entry_row *row, struct arena *arena,
                       struct permitted_entry *ret_entry)
{
    struct usb_selector *usb = piece(arena, row->usb_count, sizeof *usb);

    for (size_t i = 0; i < row->usb_count; i++) {
        usb[i].vendor = field_of(row->usb[i].vendor);
        usb[i].product = field_of(row->usb[i].product);
    }
    *ret_entry = (struct permitted_entry){.is_object = !row->no_object,
                                          .disabled = row->disabled,
                                          .external = row->external,
                                          .selectors_malformed = row->selectors_malformed,
                                          .selector = field_of(row->selector),
                                          .foreign_selector = field_of(row->foreign_selector),
                                          .resource_name = field_of(row->resource_name),
                                          .usb = usb,
                                          .usb_count = row->usb_count};
}

static void add_section(const struct section_rows *rows, const char *prefix, const char *belongs,
                        struct arena *arena, struct object_facts *facts)
{
    struct permitted_section *section = &facts->sections[facts->section_count++];

    section->prefix = str_from(prefix);
    section->belongs = belongs;
    section->present = rows->present || rows->has_foreign_usb_list;
    section->has_foreign_usb_list = rows->has_foreign_usb_list;
    for (size_t i = 0; i < DEVICE_CLASS_COUNT; i++) {
        size_t count = rows->lists[i].count;
        struct permitted_entry *items = piece(arena, count, sizeof *items);

        for (size_t j = 0; j < count; j++)
            fill_entry(&rows->lists[i].items[j], arena, &items[j]);
        section->present = section->present || count > 0;
        section->lists[i] = (struct permitted_entries){
            path_list(section->prefix, facts->kind->spelling->lists[i]), items, count};
    }
}

static void add_labels(const struct label_rows *rows, struct arena *arena, struct node_facts *node)
{
    struct node_label *labels = piece(arena, rows->count, sizeof *labels);

    for (size_t i = 0; i < rows->count; i++)
        labels[i] =
            (struct node_label){str_from(rows->items[i].key), field_of(rows->items[i].value)};
    *node = (struct node_facts){labels, rows->count};
}

void facts_build(const struct object_rows *rows, struct arena *arena,
                 struct object_facts *ret_facts)
{
    const struct kind *kind = kind_of_rows(rows);

    *ret_facts = (struct object_facts){.kind = kind,
                                       .deleting = rows->deleting,
                                       .managed_by_hco = rows->managed_by_hco,
                                       .type_faults = rows->type_faults};
    if (kind->family == FAMILY_DEVICE_REQUESTS) {
        add_device_lists(rows->devices, kind->prefix, NULL, arena, ret_facts);
        add_device_lists(rows->misplaced, kind->other_prefix, kind->prefix, arena, ret_facts);
    } else if (kind->family == FAMILY_NODE) {
        add_labels(&rows->labels, arena, &ret_facts->node);
    } else {
        add_section(&rows->section, kind->prefix, NULL, arena, ret_facts);
        if (kind->other_prefix)
            add_section(&rows->other_section, kind->other_prefix, kind->prefix, arena, ret_facts);
    }
}

struct permitted_list *list_of_rows(const struct object_rows *rows)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(TEST_MEMORY_LIMIT);
    struct object_facts facts;
    struct error err;
    struct permitted_list *list;

    facts_build(rows, &arena, &facts);
    list = permitted_list_new(&facts, 1, &err);
    if (!list)
        abort();
    return list;
}

struct permitted_list *list_of_names(const char *const *names, size_t count)
{
    struct entry_row *entries = calloc(count + 1, sizeof *entries);
    struct object_rows rows = {.kind = "HyperConverged",
                               .section = {.lists = {{entries, count}}, .present = true}};
    struct permitted_list *list;

    if (!entries)
        abort();
    for (size_t i = 0; i < count; i++)
        entries[i].resource_name = names[i];
    list = list_of_rows(&rows);
    free(entries);
    return list;
}

void judgement_make(struct judgement *judgement, const struct object_rows *rows,
                    const struct object_rows *old, const struct policy *policy,
                    const struct permitted_list *list)
{
    struct review review = {.object = &judgement->object,
                            .old_object = old ? &judgement->old_object : NULL};

    judgement->arena = (struct arena)ARENA_INIT(TEST_MEMORY_LIMIT);
    facts_build(rows, &judgement->arena, &judgement->object);
    if (old)
        facts_build(old, &judgement->arena, &judgement->old_object);
    judgement->result =
        review_validate(&review, policy, list, &judgement->arena, &judgement->findings);
}

void judgement_free(struct judgement *judgement)
{
    findings_free(&judgement->findings);
    arena_free(&judgement->arena);
}

static void add_lines(const struct finding_list *list, const char *severity, struct str prefix,
                      struct text *lines, struct text *messages)
{
    for (size_t i = 0; i < list->shown; i++) {
        const struct finding *finding = &list->items[i];
        struct str path = str_from(text_get(&finding->path));

        if (path.len > prefix.len && str_starts_with(path, prefix) && path.data[prefix.len] == '.')
            path = str_slice(path, prefix.len + 1, path.len);
        text_addf(lines, "%s%s %s ", lines->len > 0 ? "\n" : "", severity, finding->rule->id);
        text_add_str(lines, path);
        finding_add_to(finding, messages);
        text_add(messages, "\n");
    }
}

size_t number_behind(const char *text, const char *before)
{
    const char *at = strstr(text, before);

    return at ? strtoul(at + strlen(before), NULL, 10) : 0;
}

bool text_check(const char *what, const char *expected, const char *got)
{
    if (strcmp(expected, got) == 0)
        return true;
    fprintf(stderr, "row \"%s\":\n expected: %s\n got:      %s\n", what, expected, got);
    return false;
}

bool judgement_check(const struct judgement *judgement, const char *what, const char *lines,
                     const char *says)
{
    struct text got CLEANUP_TEXT = TEXT_INIT(1 << 20);
    struct text messages CLEANUP_TEXT = TEXT_INIT(1 << 20);
    struct str prefix = str_from(judgement->object.kind->prefix);
    bool good;

    add_lines(&judgement->findings.denials, "deny", prefix, &got, &messages);
    add_lines(&judgement->findings.warnings, "warn", prefix, &got, &messages);
    good = text_check(what, lines ? lines : "", text_get(&got));
    if (judgement->result != REVIEW_DECIDED) {
        fprintf(stderr, "row \"%s\": not decided (result %d)\n", what, (int)judgement->result);
        good = false;
    }
    if (says && !strstr(text_get(&messages), says)) {
        fprintf(stderr, "row \"%s\":\n not said: %s\n in:       %s\n", what, says,
                text_get(&messages));
        good = false;
    }
    return good;
}

static bool has_entries(const struct section_rows *rows)
{
    bool any = rows->present || rows->has_foreign_usb_list;

    for (size_t i = 0; i < DEVICE_CLASS_COUNT; i++)
        any = any || rows->lists[i].count > 0;
    return any;
}

static bool is_given(const struct object_rows *rows)
{
    return rows->kind || rows->version || rows->type_faults || rows->deleting ||
           rows->managed_by_hco || rows->devices[0].count > 0 || rows->devices[1].count > 0 ||
           rows->misplaced[0].count > 0 || rows->misplaced[1].count > 0 || rows->labels.count > 0 ||
           has_entries(&rows->section) || has_entries(&rows->other_section);
}

static bool play(const struct rule_row *row, const char *kind, const struct permitted_list *list)
{
    struct object_rows object = row->object, old = row->old;
    struct judgement judgement CLEANUP_JUDGEMENT;

    object.kind = object.kind ? object.kind : kind;
    old.kind = object.kind;
    old.version = old.version ? old.version : object.version;
    judgement_make(&judgement, &object, is_given(&row->old) ? &old : NULL, &row->policy, list);
    return judgement_check(&judgement, row->what, row->lines, row->says);
}

size_t rule_rows_play(const struct rule_row *rows, size_t count, const char *kind,
                      const struct permitted_list *list)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += !play(&rows[i], kind, list);
    return wrong;
}
