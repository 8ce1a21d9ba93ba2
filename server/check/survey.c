/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/survey.h"

#include "server/check/check_inputs.h"
#include "server/check/local_files.h"
#include "server/documents/json_value.h"
#include "server/documents/manifest_objects.h"
#include "server/documents/yaml.h"
#include "validators/decode.h"
#include "validators/type_rules.h"

#include <stdlib.h>
#include <string.h>

/* A cluster has one permitted list, of at most 1.5 MiB; that takes some 10 MiB. */
#define SURVEY_MEMORY_LIMIT ((size_t)128 * 1024 * 1024)

/* What a review of the largest object takes, as the webhook has it. */
#define OBJECT_MEMORY_LIMIT ((size_t)256 * 1024 * 1024)

void survey_init(struct survey *survey)
{
    *survey = (struct survey){.arena = ARENA_INIT(SURVEY_MEMORY_LIMIT),
                              .chain_arena = ARENA_INIT(SURVEY_MEMORY_LIMIT)};
    chain_init(&survey->chain, &survey->chain_arena);
}

void survey_free(struct survey *survey)
{
    json_decref(survey->objects);
    free(survey->facts);
    arena_free(&survey->arena);
    arena_free(&survey->chain_arena);
    survey_init(survey);
}

static bool has(struct str text, const char *part)
{
    return text.len > 0 && memmem(text.data, text.len, part, strlen(part));
}

/*
 * Most texts need not be parsed: a kind stands there as it is, unless a letter of it is written as
 * an escape, its line is divided by one, or it is in base64 (whose tag may have escapes, too).
 */
bool survey_may_find(struct str text)
{
    static const char *const signs[] = {"HyperConverged", "KubeVirt", "MachineConfig", "variant",
                                        "Node",           "\\u",      "\\x",           "\\U",
                                        "\\\n",           "\\\r"};

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (has(text, signs[i]))
            return true;
    }
    return has(text, "!") && (has(text, "binary") || has(text, "%"));
}

/* The first reason counts. */
static void refuse(struct survey *survey, const struct error *fault)
{
    if (survey->is_refused)
        return;
    survey->refused = *fault;
    survey->is_refused = true;
    survey->chain.has_unread_permitted = true;
}

static bool reserve(struct survey *survey, struct error *err)
{
    size_t capacity = survey->capacity ? 2 * survey->capacity : 4;
    struct object_facts *facts;

    if (!survey->objects && !(survey->objects = json_array()))
        return error_no_memory(err);
    if (survey->count < survey->capacity)
        return true;
    facts = reallocarray(survey->facts, capacity, sizeof *facts);
    if (!facts)
        return error_no_memory(err);
    survey->facts = facts;
    survey->capacity = capacity;
    return true;
}

/* The facts are borrowed from the object, which is kept for that. */
static bool add_list(struct survey *survey, const char *name, const struct manifest_object *object,
                     struct error *err)
{
    const struct value *value = value_from_json(object->value, &survey->arena);
    struct object_facts *facts;
    struct error fault;

    if (!reserve(survey, err) ||
        json_array_append(survey->objects, (json_t *)(uintptr_t)object->value) < 0)
        return error_no_memory(err);
    facts = &survey->facts[survey->count];
    decode_object(object->kind, value, &survey->arena, facts);
    if (survey->arena.failed)
        return error_no_memory(err);
    survey->count++;
    if (!type_faults_refuse(facts, &fault)) {
        error_wrap(&fault, "the %s in %s", object->kind->kind, check_name(name).text);
        refuse(survey, &fault);
    }
    chain_add(&survey->chain, facts, value);
    return true;
}

/* The chain keeps copies of the little that it needs. */
static bool add_other(struct survey *survey, const struct manifest_object *object,
                      struct error *err)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(OBJECT_MEMORY_LIMIT);
    const struct value *value = value_from_json(object->value, &arena);
    struct object_facts facts;

    decode_object(object->kind, value, &arena, &facts);
    if (arena.failed)
        return error_no_memory(err);
    chain_add(&survey->chain, &facts, value);
    return true;
}

static bool add(struct survey *survey, const char *name, const struct manifest_object *object,
                enum survey_part part, struct error *err)
{
    switch (object->kind->family) {
    case FAMILY_PERMITTED_DEVICES:
        return part == SURVEY_ALL_OTHERS || add_list(survey, name, object, err);
    case FAMILY_MACHINE_CONFIG:
    case FAMILY_NODE:
        return part == SURVEY_LIST || add_other(survey, object, err);
    case FAMILY_DEVICE_REQUESTS:
        break;
    }
    return true;
}

bool survey_text(struct survey *survey, const char *name, struct str text, enum survey_part part,
                 struct error *err)
{
    struct manifest_cursor cursor = {0};
    struct manifest_object object;
    struct error problem = {.message = ""};
    json_t *documents = NULL;
    bool good = true;

    if (survey_may_find(text))
        documents = yaml_load(text.data, text.len, &problem);
    if (problem.no_memory)
        return error_no_memory(err);
    if (problem.message[0] != '\0' && (has(text, "HyperConverged") || has(text, "KubeVirt"))) {
        error_wrap(&problem, "%s, which may hold the list", check_name(name).text);
        refuse(survey, &problem);
    }
    survey->chain.is_partial |= problem.message[0] != '\0';
    if (part != SURVEY_LIST)
        good = local_files_read(survey->files_dir, documents, NULL, err);
    while (good && documents && manifest_objects_next(documents, &cursor, &object)) {
        if (object.kind)
            good = add(survey, name, &object, part, err);
    }
    json_decref(documents);
    return (good && !survey->chain_arena.failed) || error_no_memory(err);
}

bool survey_list(const struct survey *survey, struct permitted_list **ret_list, struct error *note,
                 struct error *err)
{
    *ret_list = NULL;
    if (survey->is_refused) {
        *note = survey->refused;
        return true;
    }
    if (survey->count == 0) {
        error_set(note, "there is no HyperConverged and no KubeVirt among the files; name one with "
                        "--hyperconverged FILE");
        return true;
    }
    *ret_list = permitted_list_new(survey->facts, survey->count, err);
    return *ret_list != NULL;
}
