/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/served_api.h"

#include "base/text.h"
#include "server/documents/json_member.h"

#include <stdio.h>

/* Where a permitted list may be, the best first. */
static const struct source {
    const char *group, *kind, *resource;
} sources[] = {
    {"hco.kubevirt.io", "HyperConverged", "hyperconvergeds"},
    {"kubevirt.io", "KubeVirt", "kubevirts"},
};

/* The part of `sources` that each choice of --permitted-from looks at. */
static const struct {
    size_t first, count;
} ranges[] = {
    [PERMITTED_FROM_AUTO] = {0, 2},
    [PERMITTED_FROM_HYPERCONVERGED] = {0, 1},
    [PERMITTED_FROM_KUBEVIRT] = {1, 1},
};

#define DETAILS_MAX ((size_t)600)
#define SHOWN_VERSION_MAX 30

/* More versions of one kind than the table of kinds has. */
#define MAX_KNOWN ((size_t)8)

static void add_known_versions(const struct source *source, struct text *text)
{
    size_t count;
    const struct kind *kinds = kind_table(&count);
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        if (!str_equal(str_from(kinds[i].kind), str_from(source->kind)) ||
            !str_equal(str_from(kinds[i].group), str_from(source->group)))
            continue;
        text_addf(text, "%s%s", first ? "" : ", ", kinds[i].version);
        first = false;
    }
}

/* `version` is an entry of a group's versions, or its preferredVersion. */
static const struct kind *known_kind(const struct source *source, const json_t *version)
{
    return kind_find(str_from(source->group), json_member_str(version, "version"),
                     str_from(source->kind));
}

/* The known versions of the group's kind, the one to read first in front. Returns their number. */
static size_t known_kinds(const struct source *source, const json_t *group,
                          const struct kind *ret_kinds[MAX_KNOWN])
{
    const struct kind *preferred = known_kind(source, json_object_get(group, "preferredVersion"));
    const json_t *version;
    size_t count = 0;
    size_t i;

    if (preferred)
        ret_kinds[count++] = preferred;
    json_array_foreach(json_object_get(group, "versions"), i, version) {
        const struct kind *kind = known_kind(source, version);

        if (kind && kind != preferred && count < MAX_KNOWN)
            ret_kinds[count++] = kind;
    }
    return count;
}

/* --- asking ---------------------------------------------------------------------------------- */

/*
 * Reads a part of the API's description that has an array `key`. What is no such description is an
 * error, so that it is never taken for "not served".
 */
static enum served_api_result describe(struct api_reads *reads, const char *path, const char *key,
                                       json_t **ret_json, struct error *err)
{
    struct error why;
    json_t *json = NULL;
    enum api_read_result result = api_read(reads, path, NULL, &json, &why);

    if (result == API_READ_DONE && json_is_array(json_object_get(json, key))) {
        *ret_json = json;
        return SERVED_API_FOUND;
    }
    json_decref(json);
    if (result == API_READ_NOT_FOUND)
        return SERVED_API_NONE;
    if (result == API_READ_DONE)
        error_set(err, "GET %s: the answer has no array \"%s\"", path, key);
    else
        *err = why;
    return SERVED_API_FAILED;
}

static bool lists_resource(const json_t *resources, const char *name)
{
    const json_t *resource;
    size_t i;

    json_array_foreach(json_object_get(resources, "resources"), i, resource) {
        if (str_equal(json_member_str(resource, "name"), str_from(name)))
            return true;
    }
    return false;
}

/* Whether the version that `kind` is of serves it: other kinds may have more versions. */
static enum served_api_result ask_version(struct api_reads *reads, const struct kind *kind,
                                          struct error *err)
{
    char path[128];
    json_t *resources = NULL;
    enum served_api_result result;

    snprintf(path, sizeof path, "/apis/%s/%s", kind->group, kind->version);
    result = describe(reads, path, "resources", &resources, err);
    if (result == SERVED_API_FOUND && !lists_resource(resources, kind->resource))
        result = SERVED_API_NONE;
    json_decref(resources);
    return result;
}

static void explain_versions(const struct source *source, const json_t *group, bool any_known,
                             struct text *details)
{
    const json_t *version;
    size_t i;

    if (any_known) {
        text_addf(details, "; it serves %s, but no %s there", source->group, source->resource);
        return;
    }
    text_addf(details, "; it serves %s in versions that are not known here: ", source->group);
    json_array_foreach(json_object_get(group, "versions"), i, version) {
        text_add(details, i > 0 ? ", " : "");
        text_add_quoted(details, json_member_str(version, "version"), SHOWN_VERSION_MAX);
    }
    text_add(details, "; known are ");
    add_known_versions(source, details);
}

static enum served_api_result ask_group(struct api_reads *reads, const struct source *source,
                                        const struct kind *assumed, const struct kind **ret_kind,
                                        struct text *details, struct error *err)
{
    char path[64];
    json_t *group = NULL;
    const struct kind *kinds[MAX_KNOWN];
    enum served_api_result result;
    size_t count;

    snprintf(path, sizeof path, "/apis/%s", source->group);
    result = describe(reads, path, "versions", &group, err);
    if (result != SERVED_API_FOUND)
        return result;
    count = known_kinds(source, group, kinds);
    result = SERVED_API_NONE;
    for (size_t i = 0; i < count && result == SERVED_API_NONE; i++) {
        result = kinds[i] == assumed ? SERVED_API_FOUND : ask_version(reads, kinds[i], err);
        if (result == SERVED_API_FOUND)
            *ret_kind = kinds[i];
    }
    if (result == SERVED_API_NONE)
        explain_versions(source, group, count > 0, details);
    json_decref(group);
    return result;
}

enum served_api_result served_api_find(struct api_reads *reads, enum permitted_from from,
                                       const struct kind *assumed, const struct kind **ret_kind,
                                       struct error *err)
{
    CLEANUP_TEXT struct text details = TEXT_INIT(DETAILS_MAX);
    const struct source *first = &sources[ranges[from].first];

    for (size_t i = 0; i < ranges[from].count; i++) {
        enum served_api_result result =
            ask_group(reads, &first[i], assumed, ret_kind, &details, err);

        if (result != SERVED_API_NONE)
            return result;
    }
    if (ranges[from].count > 1)
        error_set(err, "the cluster serves neither %s of %s nor %s of %s%s", first[0].kind,
                  first[0].group, first[1].kind, first[1].group, text_get(&details));
    else
        error_set(err, "the cluster does not serve %s of %s, which --permitted-from asks for%s",
                  first->kind, first->group, text_get(&details));
    return SERVED_API_NONE;
}
