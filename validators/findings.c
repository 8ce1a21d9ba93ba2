/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/findings.h"

#include <stdlib.h>
#include <string.h>

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

void findings_show(struct findings *found, size_t bytes)
{
    found->denials.limit = found->warnings.limit = bytes;
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
static struct str fault_key(struct arena *arena, enum rule_id rule, struct str value)
{
    const char *id = rule_table[rule].id;
    size_t len = strlen(id) + 1 + value.len;
    char *key = arena_alloc(arena, len + 1, 1);
    char *at;

    if (!key)
        return (struct str){NULL, 0};
    at = stpcpy(stpcpy(key, id), " ");
    if (value.len > 0)
        memcpy(at, value.data, value.len);
    return (struct str){key, len};
}

bool findings_is_old(const struct findings *found, enum rule_id rule, struct str key)
{
    struct str full;

    if (found->old.count == 0)
        return false;
    full = fault_key(found->arena, rule, key);
    return full.data && str_map_get(&found->old, full) != NULL;
}

static void record(struct findings *found, enum rule_id rule, struct str key)
{
    struct str full = fault_key(found->arena, rule, key);

    if (full.data)
        str_map_put(&found->old, full, 0, NULL);
}

static bool is_full(const struct finding_list *list)
{
    size_t most = list->limit / SHORTEST_FINDING;

    return list->bytes >= list->limit ||
           list->shown >= (most > MAX_SHOWN_FINDINGS ? most : MAX_SHOWN_FINDINGS);
}

/* Room for one more to show. False: out of memory. */
static bool reserve(struct finding_list *list)
{
    size_t capacity = list->capacity ? 2 * list->capacity : MAX_SHOWN_FINDINGS;
    struct finding *items;

    if (list->shown < list->capacity)
        return true;
    items = reallocarray(list->items, capacity, sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

/* The next finding to show in `list`, or NULL when the list has shown enough. */
static struct finding *next_shown(struct findings *found, struct finding_list *list)
{
    struct finding *last = list->shown > 0 ? &list->items[list->shown - 1] : NULL;

    if (last && list->count == list->shown)
        list->bytes += last->path.len + last->body.len;
    list->count++;
    if (is_full(list))
        return NULL;
    if (!reserve(list)) {
        found->failed = true;
        return NULL;
    }
    return &list->items[list->shown++];
}

/* The text of a finding that begins with what is wrong, and the value. */
static struct text *begin(struct finding *finding, enum rule_id rule, const struct path *path,
                          struct str value)
{
    finding->rule = &rule_table[rule];
    finding->line = path->line;
    finding->is_key = path->is_key;
    finding->path = (struct text)TEXT_INIT(PATH_LIMIT);
    finding->body = (struct text)TEXT_INIT(BODY_LIMIT);
    path_add_dotted(&finding->path, path);
    text_add(&finding->body, causes[rule_table[rule].cause].words);
    text_add(&finding->body, ": ");
    if (value.data) {
        text_add_quoted(&finding->body, value, SHOWN_VALUE_LIMIT);
        text_add(&finding->body, ": ");
    }
    return &finding->body;
}

/* A finding of at most this severity. */
static struct text *add(struct findings *found, enum rule_id rule, enum severity severity,
                        const struct path *path, struct str key, struct str value)
{
    bool denied = severity == SEVERITY_DENY && !found->warn_only;
    struct finding_list *list;
    struct finding *finding;

    if (found->recording) {
        if (severity == SEVERITY_DENY)
            record(found, rule, key);
        return NULL;
    }
    denied = denied && !findings_is_old(found, rule, key);
    list = denied ? &found->denials : &found->warnings;
    list->by_rule[rule]++;
    finding = next_shown(found, list);
    return finding ? begin(finding, rule, path, value) : NULL;
}

struct text *findings_add_keyed(struct findings *found, enum rule_id rule, struct path path,
                                struct str key, struct str value)
{
    return add(found, rule, rule_table[rule].severity, &path, key, value);
}

struct text *findings_add(struct findings *found, enum rule_id rule, struct path path,
                          struct str value)
{
    return findings_add_keyed(found, rule, path, value, value);
}

struct text *findings_add_warning(struct findings *found, enum rule_id rule, struct path path,
                                  struct str value)
{
    return add(found, rule, SEVERITY_WARN, &path, value, value);
}

void finding_add_to(const struct finding *finding, struct text *text)
{
    text_add_str(text, (struct str){text_get(&finding->path), finding->path.len});
    text_add(text, ": ");
    text_add_str(text, (struct str){text_get(&finding->body), finding->body.len});
}

static void add_rule(const char *id, struct text *text)
{
    if (text->len > 0)
        text_add(text, ",");
    text_add(text, id);
}

void findings_add_rules(const struct findings *found, struct text *text)
{
    const unsigned *denied = found->denials.by_rule;
    const unsigned *warned = found->warnings.by_rule;

    for (int i = 0; i < RULE_COUNT; i++) {
        if (denied[i] > 0)
            add_rule(rule_table[i].id, text);
    }
    for (int i = 0; i < RULE_COUNT; i++) {
        if (warned[i] > 0 && denied[i] == 0)
            add_rule(rule_table[i].id, text);
    }
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
