/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/findings.h"

#include <stdlib.h>

/*
 * One finding's body: the value and a name that is near, each up to SHOWN_VALUE_LIMIT, ten
 * permitted names of 80 bytes, and under 300 bytes of words.
 */
#define BODY_LIMIT ((size_t)2048)
/* The longest path of the table of kinds with two indices takes under 200. */
#define PATH_LIMIT ((size_t)256)

static const struct {
    const char *reason;
    const char *words;
} causes[] = {
    [CAUSE_REQUIRED] = {"FieldValueRequired", "Required value"},
    [CAUSE_INVALID] = {"FieldValueInvalid", "Invalid value"},
    [CAUSE_DUPLICATE] = {"FieldValueDuplicate", "Duplicate value"},
    [CAUSE_NOT_SUPPORTED] = {"FieldValueNotSupported", "Unsupported value"},
    [CAUSE_TYPE_INVALID] = {"FieldValueTypeInvalid", "Invalid value"},
    [CAUSE_TOO_LONG] = {"FieldValueTooLong", "Too long"},
};

const char *cause_reason(enum cause cause)
{
    return causes[cause].reason;
}

void findings_init(struct findings *found, struct arena *arena)
{
    *found = (struct findings){
        .denials = {.limit = DENIAL_MESSAGE_LIMIT},
        .warnings = {.limit = WARNINGS_LIMIT},
        .old = STR_MAP_INIT(arena),
        .arena = arena,
    };
}

static void finding_list_free(struct finding_list *list)
{
    for (size_t i = 0; i < list->shown; i++) {
        text_free(&list->items[i].path);
        text_free(&list->items[i].body);
    }
    free(list->items);
    *list = (struct finding_list){0};
}

void findings_free(struct findings *found)
{
    finding_list_free(&found->denials);
    finding_list_free(&found->warnings);
}

/* "rule-id value": the id holds no space, so two faults never share a key by chance. */
static struct str fault_key(struct arena *arena, const struct rule *rule, struct str value)
{
    struct text key = TEXT_INIT(SIZE_MAX / 2);
    struct str copy;

    text_add(&key, rule->id);
    text_add(&key, " ");
    text_add_str(&key, value);
    if (key.failed)
        arena->failed = true;
    copy = key.failed ? (struct str){NULL, 0}
                      : arena_copy(arena, (struct str){text_get(&key), key.len});
    text_free(&key);
    return copy;
}

bool findings_is_old(const struct findings *found, const struct rule *rule, struct str key)
{
    struct str full;

    if (found->old.count == 0)
        return false;
    full = fault_key(found->arena, rule, key);
    return full.data && str_map_get(&found->old, full) != NULL;
}

static void record(struct findings *found, const struct rule *rule, struct str key)
{
    struct str full;

    if (rule->severity != SEVERITY_DENY)
        return;
    full = fault_key(found->arena, rule, key);
    if (full.data)
        str_map_put(&found->old, full, 0, NULL);
}

/* The next finding to show in `list`, or NULL when the list has shown enough. */
static struct finding *next_shown(struct findings *found, struct finding_list *list)
{
    struct finding *last = list->shown > 0 ? &list->items[list->shown - 1] : NULL;

    if (last && list->count == list->shown)
        list->bytes += last->path.len + last->body.len;
    list->count++;
    if (list->shown == MAX_SHOWN_FINDINGS || list->bytes >= list->limit)
        return NULL;
    if (!list->items)
        list->items = calloc(MAX_SHOWN_FINDINGS, sizeof *list->items);
    if (!list->items) {
        found->failed = true;
        return NULL;
    }
    return &list->items[list->shown++];
}

struct text *findings_add_keyed(struct findings *found, const struct rule *rule, struct path path,
                                struct str key, struct str value)
{
    struct finding *finding;
    bool denied = rule->severity == SEVERITY_DENY && !found->warn_only;

    if (found->recording) {
        record(found, rule, key);
        return NULL;
    }
    denied = denied && !findings_is_old(found, rule, key);
    finding = next_shown(found, denied ? &found->denials : &found->warnings);
    if (!finding)
        return NULL;
    finding->rule = rule;
    finding->path = (struct text)TEXT_INIT(PATH_LIMIT);
    finding->body = (struct text)TEXT_INIT(BODY_LIMIT);
    path_add_dotted(&finding->path, &path);
    text_addf(&finding->body, "%s: ", causes[rule->cause].words);
    if (value.data) {
        text_add_quoted(&finding->body, value, SHOWN_VALUE_LIMIT);
        text_add(&finding->body, ": ");
    }
    return &finding->body;
}

struct text *findings_add(struct findings *found, const struct rule *rule, struct path path,
                          struct str value)
{
    return findings_add_keyed(found, rule, path, value, value);
}

void finding_add_to(const struct finding *finding, struct text *text)
{
    text_add_str(text, (struct str){text_get(&finding->path), finding->path.len});
    text_add(text, ": ");
    text_add_str(text, (struct str){text_get(&finding->body), finding->body.len});
}

static bool list_failed(const struct finding_list *list)
{
    for (size_t i = 0; i < list->shown; i++) {
        if (list->items[i].path.failed || list->items[i].body.failed)
            return true;
    }
    return false;
}

bool findings_failed(const struct findings *found)
{
    return found->failed || found->arena->failed || list_failed(&found->denials) ||
           list_failed(&found->warnings);
}
