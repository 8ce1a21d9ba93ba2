/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/type_rules.h"

#include <string.h>

/* The last name in a path: what tells two faulty fields apart wherever their entries stand. */
static struct str last_name(const struct path *path)
{
    const char *name = path->sub_field ? path->sub_field : path->field ? path->field : path->list;

    if (name)
        return str_from(name);
    return path->key.data ? path->key : path->prefix;
}

/* The field, and what was wanted and found there. */
static struct str fault_key(const struct type_fault *fault, struct arena *arena)
{
    struct text key = TEXT_INIT(512);
    struct str copy;

    text_add_str(&key, last_name(&fault->path));
    text_addf(&key, " %s %s %016llx", fault->expected, fault->found,
              (unsigned long long)fault->digest);
    if (key.failed)
        arena->failed = true;
    copy = arena_copy(arena, (struct str){text_get(&key), key.len});
    text_free(&key);
    return copy;
}

static void explain_string(const struct type_fault *fault, struct text *message)
{
    /* Of a label every letter counts, and YAML's False, no and off are all the same here. */
    if (fault->path.key.data && strcmp(fault->found, "boolean") == 0) {
        text_add(message, "; write \"");
        text_add_str(message, fault->scalar);
        text_add(message, "\", with the quotes");
        return;
    }
    text_add(message, "; write it in quotes");
    if (!fault->wanted.data)
        return;
    text_add(message, " and in full, as in \"");
    text_add_str(message, fault->wanted);
    text_add(message, "\"");
}

void type_fault_explain(const struct type_fault *fault, struct text *message)
{
    bool quoted = strcmp(fault->found, "string") == 0;

    text_addf(message, "must be %s", fault->expected);
    if (!fault->scalar.data)
        return;
    text_add(message, ", found ");
    if (quoted)
        text_add_quoted(message, fault->scalar, SHOWN_VALUE_LIMIT);
    else
        text_add_str(message, fault->scalar);
    if (strcmp(fault->expected, "a string") == 0)
        explain_string(fault, message);
    else if (quoted && strcmp(fault->expected, "a boolean") == 0)
        text_add(message, "; write true or false without quotes");
}

void judge_types(const struct object_facts *facts, struct context *context)
{
    for (const struct type_fault *fault = facts->type_faults; fault; fault = fault->next) {
        struct text *message =
            findings_add_keyed(context->findings, RULE_WRONG_TYPE, fault->path,
                               fault_key(fault, context->arena), str_from(fault->found));

        if (message)
            type_fault_explain(fault, message);
    }
}

bool type_faults_refuse(const struct object_facts *facts, struct error *err)
{
    const struct type_fault *fault = facts->type_faults;
    struct text words CLEANUP_TEXT = TEXT_INIT(sizeof err->message);

    if (!fault)
        return true;
    path_add_dotted(&words, &fault->path);
    text_addf(&words, ": Invalid value: \"%s\": ", fault->found);
    type_fault_explain(fault, &words);
    return words.failed ? error_no_memory(err) : error_set(err, "%s", text_get(&words));
}
