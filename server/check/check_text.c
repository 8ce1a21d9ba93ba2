/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/check_text.h"

#include "server/check/local_files.h"
#include "server/check/text_lines.h"
#include "server/documents/document_places.h"
#include "server/documents/json_member.h"
#include "server/documents/json_value.h"
#include "server/documents/manifest_objects.h"
#include "server/documents/yaml.h"
#include "validators/decode.h"
#include "validators/machine_config/kernel_arguments.h"
#include "validators/review.h"

#include <stdlib.h>
#include <string.h>

/* What a review of the largest object takes, as the webhook has it. */
#define REVIEW_MEMORY_LIMIT ((size_t)256 * 1024 * 1024)

/* More faults of one object than anybody reads: some 5,000 of each severity. */
#define SHOWN_LIMIT ((size_t)1024 * 1024)

struct checker {
    const struct check_basis *basis;
    struct policy policy; /* from there, but for what is shown */
    struct arena *arena;  /* of the result */
    struct text_lines lines;
    struct text_lines hint_lines; /* hints have a rising order of their own */
    struct document_places places;
    struct check_file *file;
    const struct check_object **next; /* where the list of objects goes on */
};

/* --- faults ---------------------------------------------------------------------------------- */

static int compare_numbers(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* By place; at one place denials first, and then in the order of the rules. */
static int compare_faults(const void *a, const void *b)
{
    const struct check_fault *x = a;
    const struct check_fault *y = b;
    int order = compare_numbers(x->place.line, y->place.line);

    if (order == 0)
        order = compare_numbers(x->place.column, y->place.column);
    if (order == 0)
        order = (int)y->severity - (int)x->severity;
    return order != 0 ? order : (x->rule > y->rule) - (x->rule < y->rule);
}

static struct str copy_of(struct checker *checker, const struct text *text)
{
    return arena_copy(checker->arena, (struct str){text_get(text), text->len});
}

/*
 * The place of a line of the text that stands at `place`, where that is written line by line:
 * behind a "|", as Butane documents have files. Other texts stand in one place.
 */
static struct document_place place_within(struct checker *checker, struct document_place place,
                                          struct str path, size_t line)
{
    struct document_place inner = {place.line + line, 1};
    const struct str text = checker->lines.text;
    size_t at;

    if (line == 0 || !str_ends_with(path, STR(".inline")) ||
        !text_lines_offset(&checker->lines, place, &at) || at >= text.len || text.data[at] != '|' ||
        !text_lines_offset(&checker->lines, inner, &at))
        return place;
    for (; at < text.len && text.data[at] == ' '; at++)
        inner.column++;
    return inner;
}

static void add_faults(struct checker *checker, const struct finding_list *list,
                       enum severity severity, const struct manifest_object *from,
                       struct document_place object_place, struct check_fault *faults)
{
    for (size_t i = 0; i < list->shown; i++) {
        const struct finding *finding = &list->items[i];
        struct str path = copy_of(checker, &finding->path);
        struct str message = copy_of(checker, &finding->body);
        struct document_place place =
            (finding->is_key ? document_places_follow_to_key : document_places_follow)(
                &checker->places, from->value, object_place, path);

        faults[i] = (struct check_fault){
            .rule = finding->rule,
            .severity = severity,
            .path = path,
            .message =
                device_hints_name(checker->basis->hints, finding->rule, message, checker->arena),
            .place = place_within(checker, place, path, finding->line),
        };
    }
}

static void keep_findings(struct checker *checker, const struct findings *findings,
                          const struct manifest_object *from, struct check_object *object)
{
    const struct finding_list *denials = &findings->denials;
    const struct finding_list *warnings = &findings->warnings;
    size_t count = denials->shown + warnings->shown;
    struct check_fault *faults = arena_alloc(checker->arena, count, sizeof *faults);

    object->denied = denials->count;
    object->warned = warnings->count;
    if (!faults || count == 0)
        return;
    add_faults(checker, denials, SEVERITY_DENY, from, object->place, faults);
    add_faults(checker, warnings, SEVERITY_WARN, from, object->place, faults + denials->shown);
    qsort(faults, count, sizeof *faults, compare_faults);
    for (size_t i = 0; i < count; i++)
        faults[i].source = text_lines_excerpt(&checker->lines, faults[i].place);
    object->faults = faults;
    object->fault_count = count;
}

static void keep_hints(struct checker *checker, const struct object_facts *facts,
                       const struct manifest_object *from, struct check_object *object)
{
    struct device_hint_list list;
    struct check_fault *hints;

    device_hints_find(checker->basis->hints, facts, checker->arena, &list);
    hints = arena_alloc(checker->arena, list.count, sizeof *hints);
    if (!hints || list.count == 0)
        return;
    for (size_t i = 0; i < list.count; i++) {
        const struct device_hint *hint = &list.items[i];

        hints[i] = (struct check_fault){
            .rule = hint->rule,
            .is_hint = true,
            .path = hint->path,
            .message = hint->message,
            .place =
                document_places_follow(&checker->places, from->value, object->place, hint->path),
        };
    }
    qsort(hints, list.count, sizeof *hints, compare_faults);
    for (size_t i = 0; i < list.count; i++)
        hints[i].source = text_lines_excerpt(&checker->hint_lines, hints[i].place);
    object->hints = hints;
    object->hint_count = list.count;
}

/* --- objects --------------------------------------------------------------------------------- */

static struct document_place object_place(const struct checker *checker,
                                          const struct manifest_object *from)
{
    if (from->items)
        return document_places_item(&checker->places, from->items, from->index);
    return document_places_root(&checker->places, from->value);
}

/* NULL: out of memory. */
static struct check_object *add_object(struct checker *checker, const struct manifest_object *from)
{
    struct check_object *object = arena_alloc(checker->arena, 1, sizeof *object);
    struct str name = json_metadata_str(from->value, "name");

    if (!object)
        return NULL;
    object->kind = from->kind;
    object->generated_name = !name.data;
    if (!name.data)
        name = json_metadata_str(from->value, "generateName");
    object->name = arena_copy(checker->arena, name);
    object->namespace = arena_copy(checker->arena, json_metadata_str(from->value, "namespace"));
    object->place = object_place(checker, from);
    *checker->next = object;
    checker->next = &object->next;
    checker->file->object_count++;
    return object;
}

static bool review(struct checker *checker, const struct manifest_object *from,
                   struct check_object *object, struct error *err)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(REVIEW_MEMORY_LIMIT);
    struct findings findings CLEANUP_FINDINGS = {0};
    const struct check_basis *basis = checker->basis;
    const struct value *value = value_from_json(from->value, &arena);
    struct object_facts facts;
    struct review review = {.object = &facts, .chain = basis->chain, .value = value};
    enum review_result result = REVIEW_NO_MEMORY;

    decode_object(from->kind, value, &arena, &facts);
    if (!arena.failed)
        result = review_validate(&review, &checker->policy, basis->list, &arena, &findings);
    if (result != REVIEW_DECIDED && result != REVIEW_NEEDS_LIST)
        return error_no_memory(err);
    object->names_unjudged = result == REVIEW_NEEDS_LIST;
    keep_findings(checker, &findings, from, object);
    keep_hints(checker, &facts, from, object);
    return true;
}

static bool check_objects(struct checker *checker, const json_t *documents, struct error *err)
{
    struct manifest_cursor cursor = {0};
    struct manifest_object from;

    while (manifest_objects_next(documents, &cursor, &from)) {
        struct check_object *object;

        if (!from.kind) {
            checker->file->skipped++;
            continue;
        }
        object = add_object(checker, &from);
        if (!object || !review(checker, &from, object, err))
            return error_no_memory(err);
    }
    return true;
}

/* --- local files ------------------------------------------------------------------------------ */

/* Butane's error for such a file ends its run, and it writes nothing. */
static bool note_unread(struct checker *checker, const struct unread_file *file)
{
    const struct check_note **next = &checker->file->notes;

    for (; file; file = file->next) {
        struct check_note *note = arena_alloc(checker->arena, 1, sizeof *note);
        struct text words CLEANUP_TEXT = TEXT_INIT(8192);

        if (!note)
            return false;
        text_add(&words, "the local file ");
        text_add_quoted(&words, str_from(file->name), 1024);
        text_addf(&words, " can't be read from the folder of --files-dir, so that butane fails: %s",
                  file->why);
        note->message = copy_of(checker, &words);
        note->place = document_places_member(&checker->places, file->contents, STR("local"));
        *next = note;
        next = &note->next;
    }
    return true;
}

static bool read_local_files(struct checker *checker, json_t *documents, struct error *err)
{
    struct unread_files unread = {.arena = checker->arena, .end = &unread.first};

    return local_files_read(checker->basis->files_dir, documents, &unread, err) &&
           (note_unread(checker, unread.first) || error_no_memory(err));
}

/* --- the whole text -------------------------------------------------------------------------- */

/*
 * OpenShift's documentation has `version: {product-version}.0` for who is to write a number there;
 * left as it is, that is no YAML. Nor is a key that leads to an object and has a mark behind it,
 * and hardly a template: of that the parser finds the fault in some other line.
 */
static const char *hint(struct str text, struct text_excerpt line, const char *message)
{
    static const struct str placeholder = STR_INIT("{product-version}");
    bool has = line.text.len > 0 &&
               memmem(line.text.data, line.text.len, placeholder.data, placeholder.len) != NULL;
    struct str last = str_trim(line.text);

    while (str_find(last, ' ') < last.len)
        last = str_slice(last, str_find(last, ' ') + 1, last.len);
    if (strstr(message, "mapping values are not allowed") && is_callout(last))
        return "; " CALLOUT_EXPLAINED ": leave it out, here and in the lines above";
    if (has)
        return "; write the version of your OpenShift for {product-version}, as in 4.17";
    return text.len > 0 && memmem(text.data, text.len, "{{", 2)
               ? "; a template ({{ }}) must be rendered first, as `helm template` does"
               : "";
}

/* False: it is for lack of memory, not for the text. */
static bool keep_error(struct checker *checker, const struct error *err)
{
    struct document_place at;
    const char *message = document_place_unwrap(err->message, &at);
    struct text_excerpt line = text_lines_excerpt(&checker->lines, at);
    struct text words CLEANUP_TEXT = TEXT_INIT(2 * sizeof err->message);

    text_add(&words, message);
    text_add(&words, hint(checker->lines.text, line, message));
    checker->file->error = copy_of(checker, &words);
    checker->file->error_place = at;
    checker->file->error_source = line;
    return !err->no_memory && !words.failed;
}

bool check_text(struct str text, const struct check_basis *basis, struct arena *arena,
                struct check_file *ret_file, struct error *err)
{
    struct checker checker = {
        .basis = basis,
        .policy = basis->policy,
        .arena = arena,
        .lines = TEXT_LINES_INIT(text, arena),
        .hint_lines = TEXT_LINES_INIT(text, arena),
        .file = ret_file,
        .next = &ret_file->objects,
    };
    struct error problem = {.no_memory = false};
    json_t *documents;
    bool good;

    *ret_file = (struct check_file){0};
    checker.policy.shown_limit = SHOWN_LIMIT;
    document_places_init(&checker.places);
    documents = yaml_load_placed(text.data, text.len, &checker.places, &problem);
    good = documents ? read_local_files(&checker, documents, err) &&
                           check_objects(&checker, documents, err)
                     : keep_error(&checker, &problem);
    json_decref(documents);
    document_places_free(&checker.places);
    return (good && !arena->failed) || error_no_memory(err);
}
