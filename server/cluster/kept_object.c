/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/kept_object.h"

#include "server/documents/json_member.h"

#include <stdio.h>
#include <string.h>

/* --- pruning --------------------------------------------------------------------------------- */

/* Makes `to` hold what `from` has at the dotted path, or where the path ends before its time. */
static bool keep_path(json_t *to, const json_t *from, const char *path)
{
    size_t len = strcspn(path, ".");
    char key[64]; /* longer than any part of a path in the table of kinds */
    json_t *value, *child;

    snprintf(key, sizeof key, "%.*s", (int)len, path);
    value = json_object_get(from, key);
    if (!value)
        return true;
    if (path[len] == '\0' || !json_is_object(value))
        return json_object_set(to, key, value) == 0;
    child = json_object_get(to, key);
    if (!child) {
        child = json_object();
        if (json_object_set_new(to, key, child) != 0)
            return false;
    }
    return keep_path(child, value, path + len + 1);
}

/* The caller's reference. What hangs below is shared with `object`, which nobody changes. */
static json_t *prune(const struct kind *kind, const json_t *object, struct error *err)
{
    const char *const paths[] = {"metadata.namespace", "metadata.name", kind->prefix,
                                 kind->other_prefix};
    json_t *kept = json_object();

    for (size_t i = 0; kept && i < sizeof paths / sizeof paths[0]; i++) {
        if (paths[i] && !keep_path(kept, object, paths[i])) {
            json_decref(kept);
            kept = NULL;
        }
    }
    if (!kept)
        error_no_memory(err);
    return kept;
}

/* json_read() has bounded the depth. */
static size_t count_values(json_t *value)
{
    size_t count = 1;
    const char *key;
    json_t *item;
    size_t i;

    json_array_foreach(value, i, item) {
        count += count_values(item);
    }
    json_object_foreach(value, key, item) {
        count += count_values(item);
    }
    return count;
}

bool kept_object_make(const struct kind *kind, const json_t *object, struct kept_object *ret_object,
                      struct error *err)
{
    json_t *content = prune(kind, object, err);

    if (!content)
        return false;
    *ret_object = (struct kept_object){content, count_values(content)};
    return true;
}

void kept_object_clear(struct kept_object *object)
{
    json_decref(object->content);
    *object = (struct kept_object){NULL, 0};
}

/* --- names ----------------------------------------------------------------------------------- */

int kept_object_compare(const json_t *a, const json_t *b)
{
    int order = str_compare(json_metadata_str(a, "namespace"), json_metadata_str(b, "namespace"));

    return order ? order : str_compare(json_metadata_str(a, "name"), json_metadata_str(b, "name"));
}

void kept_object_add_name(const struct kept_object *object, struct text *text)
{
    struct str namespace = json_metadata_str(object->content, "namespace");

    if (namespace.len > 0) {
        text_add_escaped(text, namespace);
        text_add(text, "/");
    }
    text_add_escaped(text, json_metadata_str(object->content, "name"));
}
