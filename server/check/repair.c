/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/repair.h"

#include "server/check/check_inputs.h"
#include "server/check/scalar_text.h"
#include "server/check/text_lines.h"
#include "server/documents/document_places.h"
#include "server/documents/json_value.h"
#include "server/documents/manifest_objects.h"
#include "server/documents/yaml.h"
#include "validators/decode.h"
#include "validators/repairs.h"

#include "base/str_map.h"

#include <stdint.h>
#include <string.h>

/* What the repairs of the largest object take, as its review does. */
#define REPAIRS_MEMORY_LIMIT ((size_t)256 * 1024 * 1024)

struct repairer {
    struct str text;
    struct policy policy;
    const struct permitted_list *list;
    struct arena *arena; /* of the result */
    struct text_lines lines;
    struct document_places places;
    const json_t *documents;
    json_t *expected; /* what the new text must mean; NULL: nothing was changed yet. Owned */
    struct repaired *repaired;
};

void repaired_free(struct repaired *repaired)
{
    text_free(&repaired->text);
}

/* --- where a value stands -------------------------------------------------------------------- */

/* The field that a repair is about. */
struct target {
    const json_t *entry; /* the mapping */
    struct document_place entry_place;
    struct str key;
    const json_t *value; /* NULL: it is not there */
    struct document_place place;
    bool shared; /* something on the way to it stands in other places, too */
};

static bool is_shared(const json_t *value)
{
    return (json_is_object(value) || json_is_array(value) || json_is_string(value)) &&
           value->refcount > 1;
}

/* A whole document stands nowhere else. */
static void find_target(const struct repairer *repairer, const struct manifest_object *from,
                        struct str path, struct target *ret)
{
    struct document_step step;

    *ret = (struct target){.value = from->value};
    ret->shared = from->items && (is_shared(from->items) || is_shared(from->value));
    ret->place = from->items ? document_places_item(&repairer->places, from->items, from->index)
                             : document_places_root(&repairer->places, from->value);
    while (ret->value && document_step_next(&path, &step)) {
        ret->entry = ret->value;
        ret->entry_place = ret->place;
        ret->key = step.name;
        ret->place = document_places_step(&repairer->places, &ret->value, ret->place, &step);
        ret->shared |= ret->value && is_shared(ret->value);
    }
}

static bool is_before(struct document_place a, struct document_place b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

/* --- the edits of a repair ------------------------------------------------------------------- */

static const char *replace(struct repairer *repairer, const struct target *target, struct str old,
                           struct str value)
{
    size_t at;

    if (is_before(target->place, target->entry_place))
        return "comes by a merge (<<)";
    if (!text_lines_offset(&repairer->lines, target->place, &at))
        return "is not where it was found";
    if (at < repairer->text.len && repairer->text.data[at] == '&')
        return "has an anchor, which an alias may refer to";
    return scalar_text_replace(repairer->text, at, old, value, &repairer->repaired->edits);
}

/* The member behind which a new one is put: deviceName, else the first string that is written. */
static bool find_neighbour(const struct repairer *repairer, const struct target *target,
                           struct member_text *member, struct document_place *ret_place)
{
    bool found = false;
    const char *key;
    size_t len;
    json_t *value;

    json_object_keylen_foreach((json_t *)(uintptr_t)target->entry, key, len, value)
    {
        struct str name = {key, len};
        struct document_place place =
            document_places_member(&repairer->places, target->entry, name);
        bool preferred = str_equal(name, STR("deviceName"));

        if (!json_is_string(value) || is_before(place, target->entry_place) ||
            (found && !preferred && !is_before(place, *ret_place)))
            continue;
        found = true;
        member->before_key = name;
        member->before = (struct str){json_string_value(value), json_string_length(value)};
        *ret_place = place;
        if (preferred)
            break;
    }
    return found;
}

static const char *insert(struct repairer *repairer, const struct target *target, struct str value)
{
    struct member_text member = {.key = target->key, .value = value};
    struct document_place place;

    if (!text_lines_offset(&repairer->lines, target->entry_place, &member.mapping))
        return "is not where it was found";
    if (!find_neighbour(repairer, target, &member, &place))
        return "is missing, and there is no other member to write it behind; write it there";
    if (!text_lines_offset(&repairer->lines, place, &member.before_at))
        return "is not where it was found";
    return scalar_text_insert(repairer->text, &member, &repairer->repaired->edits);
}

static const char *edit(struct repairer *repairer, const struct target *target,
                        const struct repair *repair)
{
    struct str value = arena_copy(repairer->arena, repair->value);
    struct str old = {json_string_value(target->value), json_string_length(target->value)};

    if (!target->entry || !json_is_object(target->entry))
        return "is not where it was found";
    if (target->shared)
        return "stands where an alias puts it, too";
    return target->value ? replace(repairer, target, old, value) : insert(repairer, target, value);
}

/* --- what is meant --------------------------------------------------------------------------- */

/* What the new document must mean: its own copy, in which nothing is shared. NULL: out of memory.
 */
static json_t *expected_document(struct repairer *repairer, size_t document)
{
    json_t *old = json_array_get(repairer->documents, document);

    if (!repairer->expected)
        repairer->expected = json_copy((json_t *)(uintptr_t)repairer->documents);
    if (json_array_get(repairer->expected, document) == old)
        json_array_set_new(repairer->expected, document, json_deep_copy(old));
    old = json_array_get(repairer->expected, document);
    return old != json_array_get(repairer->documents, document) ? old : NULL;
}

/* False: out of memory. */
static bool expect(struct repairer *repairer, const struct manifest_object *from, size_t document,
                   struct str path, struct str value)
{
    struct document_step step = {.index = 0};
    json_t *at = expected_document(repairer, document);
    json_t *parent = NULL;

    if (from->items)
        at = json_array_get(json_object_get(at, "items"), from->index);
    while (at && document_step_next(&path, &step)) {
        parent = at;
        at = step.name.data ? json_object_getn(parent, step.name.data, step.name.len)
                            : json_array_get(parent, step.index);
    }
    return parent && json_object_setn_new_nocheck(parent, step.name.data, step.name.len,
                                                  json_stringn_nocheck(value.data, value.len)) == 0;
}

/* --- the repairs of an object ---------------------------------------------------------------- */

static bool grow(struct repairer *repairer)
{
    struct repaired *repaired = repairer->repaired;
    size_t capacity = repaired->outcome_capacity ? 2 * repaired->outcome_capacity : 16;
    struct repair_outcome *outcomes = arena_alloc(repairer->arena, capacity, sizeof *outcomes);

    if (!outcomes)
        return false;
    if (repaired->outcome_count > 0)
        memcpy(outcomes, repaired->outcomes, repaired->outcome_count * sizeof *outcomes);
    repaired->outcomes = outcomes;
    repaired->outcome_capacity = capacity;
    return true;
}

/* `path` is copied. */
static bool note(struct repairer *repairer, size_t object, enum rule_id rule, struct str path,
                 struct document_place place, const char *why_not)
{
    struct repaired *repaired = repairer->repaired;

    if (repaired->outcome_count == repaired->outcome_capacity && !grow(repairer))
        return false;
    repaired->outcomes[repaired->outcome_count++] = (struct repair_outcome){
        object, &rule_table[rule], arena_copy(repairer->arena, path), place, why_not};
    repaired->count += why_not == NULL;
    return true;
}

static bool make_repair(struct repairer *repairer, const struct manifest_object *from,
                        size_t document, size_t object, const struct repair *repair)
{
    struct text dotted CLEANUP_TEXT = TEXT_INIT(1024);
    struct target target;
    struct str path;
    const char *why;

    path_add_dotted(&dotted, &repair->path);
    path = (struct str){text_get(&dotted), dotted.len};
    find_target(repairer, from, path, &target);
    why = edit(repairer, &target, repair);
    return !dotted.failed && note(repairer, object, repair->rule, path, target.place, why) &&
           (why || expect(repairer, from, document, path, repair->value));
}

static bool repair_object(struct repairer *repairer, const struct manifest_object *from,
                          size_t document, size_t object)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(REPAIRS_MEMORY_LIMIT);
    struct object_facts facts;
    struct repairs repairs;
    bool good = true;

    decode_object(from->kind, value_from_json(from->value, &arena), &arena, &facts);
    if (arena.failed)
        return false;
    repairs = repairs_find(&facts, &repairer->policy, repairer->list, &arena);
    for (size_t i = 0; good && !arena.failed && i < repairs.count; i++)
        good = make_repair(repairer, from, document, object, &repairs.items[i]);
    return good && !arena.failed;
}

static bool repair_objects(struct repairer *repairer)
{
    struct manifest_cursor cursor = {0};
    struct manifest_object from;
    size_t object = 0;

    while (manifest_objects_next(repairer->documents, &cursor, &from)) {
        if (from.kind && !repair_object(repairer, &from, cursor.document, object++))
            return false;
    }
    return !repairer->arena->failed;
}

/* --- the whole text -------------------------------------------------------------------------- */

/* Whether the new text means what is expected. */
static bool is_as_expected(const struct repairer *repairer, struct str text, struct error *err)
{
    json_t *documents = yaml_load(text.data, text.len, err);
    bool good = documents && json_equal(documents, repairer->expected);

    json_decref(documents);
    return good;
}

static void undo(struct repaired *repaired, const char *why)
{
    repaired->count = repaired->edits.count = 0;
    text_free(&repaired->text);
    for (size_t i = 0; i < repaired->outcome_count; i++) {
        if (!repaired->outcomes[i].why_not)
            repaired->outcomes[i].why_not = why;
    }
}

static void apply(const struct text_edits *edits, struct str text, struct text *result)
{
    size_t added = 0;

    for (size_t i = 0; i < edits->count; i++)
        added += edits->items[i].added.len;
    if (text_reserve(result, text.len + added))
        text_edits_apply(edits, text, result);
}

/* The new text must mean what is expected, or nothing is changed. False: out of memory. */
static bool finish(struct repairer *repairer, struct error *err)
{
    struct repaired *repaired = repairer->repaired;
    struct error problem = {.no_memory = false};
    bool good, too_large;

    if (repaired->count == 0)
        return true;
    good = text_edits_sort(&repaired->edits, repairer->text.len);
    if (good)
        apply(&repaired->edits, repairer->text, &repaired->text);
    too_large = repaired->text.truncated;
    good = good && !too_large &&
           is_as_expected(repairer, (struct str){text_get(&repaired->text), repaired->text.len},
                          &problem);
    if (repairer->arena->failed || repaired->text.failed || problem.no_memory)
        return error_no_memory(err);
    if (!good)
        undo(repaired, too_large ? "would make the text larger than what is read"
                                 : "can't be exchanged safely: something else in the text would "
                                   "change with it");
    return true;
}

bool repair_text(struct str text, const struct policy *policy, const struct permitted_list *list,
                 struct arena *arena, struct repaired *ret_repaired, struct error *err)
{
    struct repairer repairer = {
        .text = text,
        .policy = *policy,
        .list = list,
        .arena = arena,
        .lines = TEXT_LINES_INIT(text, arena),
        .repaired = ret_repaired,
    };
    struct error problem = {.no_memory = false};
    json_t *documents;
    bool good;

    *ret_repaired = (struct repaired){
        .edits = TEXT_EDITS_INIT(arena),
        .text = TEXT_INIT(CHECK_TEXT_MAX),
    };
    document_places_init(&repairer.places);
    documents = yaml_load_placed(text.data, text.len, &repairer.places, &problem);
    repairer.documents = documents;
    good = documents ? repair_objects(&repairer) : !problem.no_memory;
    json_decref(documents);
    document_places_free(&repairer.places);
    good = good && finish(&repairer, err);
    json_decref(repairer.expected);
    return good || error_no_memory(err);
}

/* --- what is said of them -------------------------------------------------------------------- */

static void explain_fault(struct check_fault *fault, const char *why, struct arena *arena)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(65536);

    text_add_str(&message, fault->message);
    text_addf(&message, " (not repaired: its value %s)", why);
    fault->message = arena_copy(arena, (struct str){text_get(&message), message.len});
}

/* The outcomes of one object: from `*at` on. Of a path there is at most one. */
static void explain_object(const struct repaired *repaired, size_t number, size_t *at,
                           const struct check_object *object, struct arena *arena)
{
    struct str_map by_path = STR_MAP_INIT(arena);

    for (; *at < repaired->outcome_count && repaired->outcomes[*at].object == number; (*at)++) {
        if (repaired->outcomes[*at].why_not)
            str_map_put(&by_path, repaired->outcomes[*at].path, *at, NULL);
    }
    for (size_t i = 0; i < object->fault_count && by_path.count > 0; i++) {
        struct check_fault *fault = &object->faults[i];
        const size_t *index = str_map_get(&by_path, fault->path);

        if (index && repaired->outcomes[*index].rule == fault->rule)
            explain_fault(fault, repaired->outcomes[*index].why_not, arena);
    }
}

void repair_explain(const struct repaired *repaired, const struct check_file *file,
                    struct arena *arena)
{
    const struct check_object *object = file->objects;
    size_t at = 0;

    for (size_t number = 0; object; number++, object = object->next)
        explain_object(repaired, number, &at, object, arena);
}
