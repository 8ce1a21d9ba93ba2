/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/manifests.h"

#include "base/str.h"
#include "server/documents/yaml.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

json_t *manifest_read(const char *file, const char *kind)
{
    size_t len = 0;
    char *text = temp_read(file, &len);
    struct error err;
    json_t *documents = yaml_load(text, len, &err);
    json_t *found = NULL;
    json_t *document;
    size_t index;

    free(text);
    if (!documents)
        fail_msg("%s: %s", file, err.message);
    json_array_foreach(documents, index, document) {
        if (strcmp(manifest_text(document, "kind"), kind) != 0)
            continue;
        if (found)
            fail_msg("%s: more than one %s", file, kind);
        found = json_incref(document);
    }
    json_decref(documents);
    if (!found)
        fail_msg("%s: no %s", file, kind);
    return found;
}

/* One step of a path, NULL when it leads nowhere. */
static json_t *step(const json_t *value, struct str name)
{
    char key[64];

    if (name.len >= sizeof key)
        return NULL;
    memcpy(key, name.data, name.len);
    key[name.len] = '\0';
    if (json_is_array(value) && ascii_is_digit(key[0]))
        return json_array_get(value, (size_t)strtoul(key, NULL, 10));
    return json_object_get(value, key);
}

json_t *manifest_at(const json_t *value, const char *path)
{
    struct str left = str_from(path);
    json_t *found = NULL;

    while (left.len > 0) {
        size_t len = str_find(left, '.');

        found = step(value, str_slice(left, 0, len));
        if (!found)
            fail_msg("nothing at %s", path);
        value = found;
        left = str_slice(left, len + 1, left.len);
    }
    return found;
}

const char *manifest_text(const json_t *value, const char *path)
{
    const json_t *found = manifest_at(value, path);

    if (!json_is_string(found))
        fail_msg("no string at %s", path);
    return json_string_value(found);
}

void manifest_is(const json_t *value, const char *path, const char *json)
{
    json_t *found = manifest_at(value, path);
    json_t *expected = json_loads(json, JSON_DECODE_ANY, NULL);
    char *text;

    assert_non_null(expected);
    if (!json_equal(found, expected)) {
        text = json_dumps(found, JSON_ENCODE_ANY);
        fail_msg("%s is %s instead of %s", path, text, json);
    }
    json_decref(expected);
}

bool manifest_lists(const json_t *array, const char *text)
{
    const json_t *value;
    size_t index;

    json_array_foreach(array, index, value) {
        if (json_is_string(value) && strcmp(json_string_value(value), text) == 0)
            return true;
    }
    return false;
}
