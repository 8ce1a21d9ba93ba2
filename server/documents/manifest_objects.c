/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/manifest_objects.h"

#include "server/documents/json_member.h"

/*
 * The row of an object in a manifest, where group and version stand together. A Butane document has
 * none of these, and says what it is for instead.
 */
static const struct kind *kind_of(const json_t *object)
{
    struct str api_version = json_member_str(object, "apiVersion");
    size_t slash = str_find(api_version, '/');
    bool is_core = slash == api_version.len; /* "v1" is of the group "" */

    if (!json_object_get(object, "apiVersion") && !json_object_get(object, "kind") &&
        str_equal(json_member_str(object, "variant"), STR("openshift")))
        return &kind_butane;
    return kind_find(is_core ? STR("") : str_slice(api_version, 0, slash),
                     is_core ? api_version : str_slice(api_version, slash + 1, api_version.len),
                     json_member_str(object, "kind"));
}

static const json_t *items_of(const json_t *document)
{
    const json_t *items = json_object_get(document, "items");

    return json_is_array(items) ? items : NULL;
}

bool manifest_objects_next(const json_t *documents, struct manifest_cursor *cursor,
                           struct manifest_object *ret_object)
{
    for (;; cursor->document++, cursor->item = 0) {
        const json_t *document = json_array_get(documents, cursor->document);
        const json_t *items = items_of(document);

        if (!document)
            return false;
        if (cursor->item == 0) {
            const struct kind *kind = kind_of(document);

            cursor->item = 1;
            *ret_object = (struct manifest_object){document, kind, NULL, cursor->document};
            if (kind || !items)
                return true;
        }
        if (cursor->item <= json_array_size(items)) {
            size_t index = cursor->item++ - 1;
            const json_t *item = json_array_get(items, index);

            *ret_object = (struct manifest_object){item, kind_of(item), items, index};
            return true;
        }
    }
}
