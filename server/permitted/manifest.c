/* SPDX-License-Identifier: Apache-2.0 */
#include "server/permitted/manifest.h"

#include "server/documents/json_member.h"
#include "server/documents/yaml.h"
#include "validators/decode.h"
#include "validators/review.h"
#include "validators/type_rules.h"

#include <jansson.h>

/* A manifest of 7 MiB with nothing but entries, all of them faulty, takes about half of this. */
#define MANIFEST_MEMORY_LIMIT ((size_t)256 * 1024 * 1024)

/* The row of an object in a manifest, where group and version stand together. */
static const struct kind *kind_of(const json_t *object)
{
    struct str api_version = json_member_str(object, "apiVersion");
    size_t slash = str_find(api_version, '/');

    return kind_find(str_slice(api_version, 0, slash),
                     str_slice(api_version, slash + 1, api_version.len),
                     json_member_str(object, "kind"));
}

/* What has been found so far. */
struct search {
    const json_t *object;
    const struct kind *kind;
    size_t count;
};

static void look_at(const json_t *object, struct search *search)
{
    const struct kind *kind = kind_of(object);

    if (!kind || kind->family != FAMILY_PERMITTED_DEVICES)
        return;
    search->object = object;
    search->kind = kind;
    search->count++;
}

static bool find(const json_t *documents, struct search *ret_search, struct error *err)
{
    struct search search = {0};
    const json_t *document, *item;
    size_t i, j;

    json_array_foreach(documents, i, document) {
        const json_t *items = json_object_get(document, "items");

        look_at(document, &search);
        json_array_foreach(items, j, item) {
            look_at(item, &search);
        }
    }
    if (search.count == 0)
        return error_set(err, "holds no HyperConverged (apiVersion hco.kubevirt.io/v1beta1 or "
                              "hco.kubevirt.io/v1) and no KubeVirt");
    if (search.count > 1)
        return error_set(err, "holds %zu objects with a permitted list; leave one", search.count);
    *ret_search = search;
    return true;
}

/* What the webhook would say of this object, one line each. */
static void list_faults(const struct object_facts *facts, const struct policy *policy,
                        struct arena *arena, struct text *faults)
{
    const struct review review = {facts, NULL};
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
    struct search search;
    json_t *documents = yaml_load(text, len, err);

    if (!documents)
        return NULL;
    if (find(documents, &search, err)) {
        decode_object(search.kind, search.object, &arena, &facts);
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
