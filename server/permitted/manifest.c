/* SPDX-License-Identifier: Apache-2.0 */
#include "server/permitted/manifest.h"

#include "server/documents/json_value.h"
#include "server/documents/manifest_objects.h"
#include "server/documents/yaml.h"
#include "validators/decode.h"
#include "validators/review.h"
#include "validators/type_rules.h"

#include <jansson.h>

/* A manifest of 7 MiB with nothing but entries, all of them faulty, takes about half of this. */
#define MANIFEST_MEMORY_LIMIT ((size_t)256 * 1024 * 1024)

/* The one object with a permitted list. */
static bool find(const json_t *documents, struct manifest_object *ret_object, struct error *err)
{
    struct manifest_cursor cursor = {0};
    struct manifest_object object;
    size_t count = 0;

    while (manifest_objects_next(documents, &cursor, &object)) {
        if (!object.kind || object.kind->family != FAMILY_PERMITTED_DEVICES)
            continue;
        *ret_object = object;
        count++;
    }
    if (count == 0)
        return error_set(err, "holds no HyperConverged (apiVersion hco.kubevirt.io/v1beta1 or "
                              "hco.kubevirt.io/v1) and no KubeVirt");
    if (count > 1)
        return error_set(err, "holds %zu objects with a permitted list; leave one", count);
    return true;
}

/* What the webhook would say of this object, one line each. */
static void list_faults(const struct object_facts *facts, const struct policy *policy,
                        struct arena *arena, struct text *faults)
{
    const struct review review = {.object = facts};
    struct findings findings CLEANUP_FINDINGS;
    const struct finding_list *lists[] = {&findings.denials, &findings.warnings};

    if (review_validate(&review, policy, NULL, arena, &findings) != REVIEW_DECIDED)
        return;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (size_t j = 0; j < lists[i]->shown; j++) {
            finding_add_to(&lists[i]->items[j], faults);
            text_add(faults, "\n");
        }
    }
}

struct permitted_list *manifest_permitted_list(const char *text, size_t len,
                                               const struct policy *policy, struct text *faults,
                                               struct error *err)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MANIFEST_MEMORY_LIMIT);
    struct permitted_list *list = NULL;
    struct object_facts facts;
    struct manifest_object object;
    json_t *documents = yaml_load(text, len, err);

    if (!documents)
        return NULL;
    if (find(documents, &object, err)) {
        decode_object(object.kind, value_from_json(object.value, &arena), &arena, &facts);
        if (arena.failed)
            error_no_memory(err);
        else if (type_faults_refuse(&facts, err))
            list = permitted_list_new(&facts, 1, err);
        if (list)
            list_faults(&facts, policy, &arena, faults);
    }
    json_decref(documents);
    return list;
}
