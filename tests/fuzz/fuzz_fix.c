/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a manifest that is repaired. What comes out must mean what went in, but for as many
 * values as there are repairs, each of them a string now; repairing that changes nothing; and the
 * diff, carried out strictly, makes the one of the other.
 */
#include "server/check/check_text.h"
#include "server/check/repair.h"
#include "server/check/unified_diff.h"
#include "server/documents/yaml.h"
#include "server/permitted/manifest.h"
#include "tests/fuzz/refusal.h"

#include <jansson.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct policy policy = {0};

static struct permitted_list *make_list(void)
{
    static const char manifest[] =
        "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n"
        "  permittedHostDevices:\n    pciHostDevices:\n"
        "    - {pciDeviceSelector: 10de:1eb8, resourceName: a.b/c}\n"
        "    - {pciDeviceSelector: 10de:1eb9, resourceName: nvidia.com/T4}\n";
    struct text faults CLEANUP_TEXT = TEXT_INIT(1000);
    struct error err;
    struct permitted_list *list =
        manifest_permitted_list(manifest, sizeof manifest - 1, &policy, &faults, &err);

    expect(list != NULL);
    return list;
}

/* --- meaning --------------------------------------------------------------------------------- */

static size_t count_differences(json_t *before, json_t *after);

static size_t count_members(json_t *before, json_t *after)
{
    size_t count = 0, len;
    const char *key;
    json_t *value;

    json_object_keylen_foreach(before, key, len, value)
    {
        expect(json_object_getn(after, key, len) != NULL);
    }
    json_object_keylen_foreach(after, key, len, value)
    {
        count += count_differences(json_object_getn(before, key, len), value);
    }
    return count;
}

/* `before` is NULL: it was not there. */
static size_t count_differences(json_t *before, json_t *after)
{
    size_t count = 0, i;
    json_t *item;

    if (before && json_equal(before, after))
        return 0;
    if (json_is_object(before) && json_is_object(after))
        return count_members(before, after);
    if (json_is_array(before)) {
        expect(json_array_size(before) == json_array_size(after));
        json_array_foreach(after, i, item) {
            count += count_differences(json_array_get(before, i), item);
        }
        return count;
    }
    expect(!before || json_is_null(before) || json_is_string(before));
    expect(json_is_string(after));
    return 1;
}

static void expect_meaning(struct str before, struct str after, size_t repairs)
{
    struct error err = untouched;
    json_t *old = yaml_load(before.data, before.len, &err);
    json_t *new = yaml_load(after.data, after.len, &err);

    expect(old && new);
    expect(count_differences(old, new) == repairs);
    json_decref(old);
    json_decref(new);
}

/* --- the diff -------------------------------------------------------------------------------- */

/* The next line, with its line feed unless `*rest` ends without one. */
static struct str take_line(struct str *rest)
{
    size_t len = str_find(*rest, '\n');
    struct str line = str_slice(*rest, 0, len < rest->len ? len + 1 : len);

    *rest = str_slice(*rest, line.len, rest->len);
    return line;
}

struct patch {
    struct str diff, old;
    size_t old_line, new_line; /* the next, from 1 */
    struct text result;
};

static void copy_line(struct patch *patch)
{
    expect(patch->old.len > 0);
    text_add_str(&patch->result, take_line(&patch->old));
    patch->old_line++;
    patch->new_line++;
}

/* A line of a hunk, without its mark, and without a line feed where the next line says so. */
static struct str take_hunk_line(struct patch *patch)
{
    struct str line = take_line(&patch->diff);

    expect(line.len > 1 && str_ends_with(line, STR("\n")));
    if (str_starts_with(patch->diff, STR("\\ No newline"))) {
        take_line(&patch->diff);
        line.len--;
    }
    return str_slice(line, 1, line.len);
}

static void apply_hunk(struct patch *patch)
{
    size_t old_start, old_count, new_start, new_count;
    struct str header = take_line(&patch->diff);
    char text[128] = "";

    expect(header.len < sizeof text);
    memcpy(text, header.data, header.len);
    /* NOLINTNEXTLINE(cert-err34-c): checked below */
    expect(sscanf(text, "@@ -%zu,%zu +%zu,%zu @@", &old_start, &old_count, &new_start,
                  &new_count) == 4);
    while (patch->old_line < old_start)
        copy_line(patch);
    expect(patch->new_line == new_start);
    while (old_count > 0 || new_count > 0) {
        char mark = patch->diff.len > 0 ? patch->diff.data[0] : '\0';
        struct str line = take_hunk_line(patch);

        expect(mark == ' ' || mark == '-' || mark == '+');
        if (mark != '+') {
            expect(str_equal(take_line(&patch->old), line) && old_count-- > 0);
            patch->old_line++;
        }
        if (mark != '-') {
            text_add_str(&patch->result, line);
            expect(new_count-- > 0);
            patch->new_line++;
        }
    }
}

static void expect_diff(struct str before, struct str after, const struct text_edits *edits)
{
    struct text diff CLEANUP_TEXT = TEXT_INIT((size_t)1 << 30);
    struct patch patch = {.old = before, .old_line = 1, .new_line = 1};

    unified_diff_add(&diff, "a b", before, edits);
    patch.diff = (struct str){text_get(&diff), diff.len};
    patch.result = (struct text)TEXT_INIT((size_t)1 << 30);
    expect(str_equal(take_line(&patch.diff), STR("--- a/a b\t\n")));
    expect(str_equal(take_line(&patch.diff), STR("+++ b/a b\t\n")));
    while (patch.diff.len > 0)
        apply_hunk(&patch);
    text_add_str(&patch.result, patch.old);
    expect(str_equal((struct str){text_get(&patch.result), patch.result.len}, after));
    text_free(&patch.result);
}

static void expect_repaired(struct str text, const struct permitted_list *list)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct repaired repaired CLEANUP_REPAIRED = {0}, again CLEANUP_REPAIRED = {0};
    struct error err;
    struct str after;

    expect(repair_text(text, &policy, list, &arena, &repaired, &err));
    expect(repaired.count <= repaired.outcome_count);
    if (repaired.count == 0) {
        expect(repaired.text.len == 0 && repaired.edits.count == 0);
        return;
    }
    after = (struct str){text_get(&repaired.text), repaired.text.len};
    expect_meaning(text, after, repaired.count);
    expect_diff(text, after, &repaired.edits);
    expect(repair_text(after, &policy, list, &arena, &again, &err));
    expect(again.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct permitted_list *list;
    struct str text = {size > 0 ? (const char *)data : "", size};

    if (!list)
        list = make_list();
    expect_repaired(text, list);
    expect_repaired(text, NULL);
    return 0;
}
