/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_cluster_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct group {
    const char *name, *kind, *resource;
} groups[FAKE_GROUP_COUNT] = {
    [FAKE_HCO] = {"hco.kubevirt.io", "HyperConverged", "hyperconvergeds"},
    [FAKE_KUBEVIRT] = {"kubevirt.io", "KubeVirt", "kubevirts"},
};

char *fake_print(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    return text;
}

/* Puts `more` behind `text`; takes over both. */
static char *join(char *text, char *more)
{
    char *joined = fake_print("%s%s", text, more);

    free(text);
    free(more);
    return joined;
}

/* --- answers, with the lock held ------------------------------------------------------------- */

static char *object_json(const struct object *object, const char *version)
{
    const struct group *group = &groups[object->group];

    return fake_print(
        "{\"apiVersion\":\"%s/%s\",\"kind\":\"%s\",\"metadata\":{\"namespace\":\"ns\","
        "\"name\":\"%s\",\"uid\":\"u\",\"resourceVersion\":\"%u\"%s},\"spec\":%s}",
        group->name, version, group->kind, object->name, object->version,
        object->deleting ? ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"" : "", object->spec);
}

static char *group_json(struct fake_cluster *cluster, enum fake_api_group group)
{
    const char *at = cluster->versions[group];
    size_t preferred = strcspn(at, " ");
    char *json = fake_print("{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",\"name\":\"%s\","
                            "\"preferredVersion\":{\"version\":\"%.*s\"},\"versions\":[",
                            groups[group].name, (int)preferred, at);

    for (bool first = true; *at; first = false) {
        size_t len = strcspn(at, " ");

        json = join(json,
                    fake_print("%s{\"groupVersion\":\"%s/%.*s\",\"version\":\"%.*s\"}",
                               first ? "" : ",", groups[group].name, (int)len, at, (int)len, at));
        at += len + (at[len] == ' ');
    }
    return join(json, fake_print("]}"));
}

static char *resources_json(struct fake_cluster *cluster, enum fake_api_group group)
{
    return fake_print("{\"kind\":\"APIResourceList\",\"resources\":[{\"name\":\"others\"},"
                      "{\"name\":\"%s\"}]}",
                      cluster->has_no_resource[group] ? "more" : groups[group].resource);
}

/* The page that begins behind `skip` objects of the group. */
static char *page_json(struct fake_cluster *cluster, enum fake_api_group group, const char *version,
                       size_t skip)
{
    char *items = fake_print("%s", "");
    size_t seen = 0;
    size_t shown = 0;
    bool more = false;
    char token[32] = "";

    for (size_t i = 0; i < cluster->object_count && !more; i++) {
        if (cluster->objects[i].group != group || seen++ < skip)
            continue;
        more = cluster->page > 0 && shown == cluster->page;
        if (!more) {
            items = join(items, fake_print("%s", shown++ > 0 ? "," : ""));
            items = join(items, object_json(&cluster->objects[i], version));
        }
    }
    if (more) /* with a byte that must be encoded in a query */
        snprintf(token, sizeof token, "next/%zu", skip + shown);
    items = join(fake_print("{\"kind\":\"%sList\",\"metadata\":{\"resourceVersion\":\"%u\","
                            "\"continue\":\"%s\"},\"items\":[",
                            groups[group].kind, cluster->version, token),
                 items);
    return join(items, fake_print("]}"));
}

/* --- requests -------------------------------------------------------------------------------- */

/* What a path asks for. */
struct target {
    enum fake_request request;
    enum fake_api_group group;
    char version[32];  /* "": that of the group */
    bool has_resource; /* else the group or version is described */
};

static bool parse_path(const char *path, struct target *ret_target)
{
    *ret_target = (struct target){.request = FAKE_DISCOVER};
    for (int i = 0; i < FAKE_GROUP_COUNT; i++) {
        size_t len = strlen(groups[i].name);
        const char *rest = path + strlen("/apis/") + len;
        size_t version_len;

        if (strncmp(path, "/apis/", 6) != 0 || strncmp(path + 6, groups[i].name, len) != 0)
            continue;
        ret_target->group = (enum fake_api_group)i;
        if (*rest == '\0')
            return true;
        version_len = strcspn(rest + 1, "/");
        snprintf(ret_target->version, sizeof ret_target->version, "%.*s", (int)version_len,
                 rest + 1);
        rest += 1 + version_len;
        ret_target->has_resource = *rest == '/';
        if (ret_target->has_resource)
            ret_target->request = strstr(rest, "watch=true")  ? FAKE_WATCH
                                  : strstr(rest, "continue=") ? FAKE_CONTINUE
                                                              : FAKE_LIST;
        return true;
    }
    return false;
}

/* A whole word of the group's versions. */
static bool serves_version(const struct fake_cluster *cluster, const struct target *target)
{
    const char *at = cluster->versions[target->group];
    size_t len = strlen(target->version);

    while (at && (strncmp(at, target->version, len) != 0 || (at[len] != ' ' && at[len] != '\0')))
        at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL;
    return at != NULL;
}

/*
 * Counts the request, but a watch only once it is open: who has waited for it can speak to it then.
 * True: `*ret_fault` is to be played.
 */
static bool note_request(struct fake_cluster *cluster, enum fake_request request, const char *path,
                         struct fake_fault *ret_fault)
{
    struct fake_fault *fault = &cluster->faults[request];
    bool faulty;

    pthread_mutex_lock(&cluster->lock);
    snprintf(cluster->paths[request], sizeof cluster->paths[request], "%s", path);
    faulty = fault->times != 0;
    cluster->counts[request] += faulty || request != FAKE_WATCH;
    fault->times -= fault->times > 0;
    *ret_fault = *fault;
    pthread_mutex_unlock(&cluster->lock);
    return faulty;
}

static void play(struct fake_call *call, const struct fake_fault *fault)
{
    char *status = fake_print("{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"%s\","
                              "\"code\":%d}",
                              fault->text ? fault->text : "fault", fault->status);

    if (fault->status == 0)
        fake_hang(call);
    else
        fake_reply(call, fault->status, fault->headers,
                   fault->status == 200 && fault->text ? fault->text : status);
    free(status);
}

/* NULL: nothing is there. */
static char *answer_json(struct fake_cluster *cluster, const struct target *target,
                         const char *path)
{
    const char *token = strstr(path, "continue=next%2F");
    char *json = NULL;

    pthread_mutex_lock(&cluster->lock);
    if (cluster->versions[target->group] && target->version[0] == '\0')
        json = group_json(cluster, target->group);
    else if (serves_version(cluster, target) && !target->has_resource)
        json = resources_json(cluster, target->group);
    else if (serves_version(cluster, target) && !cluster->has_no_resource[target->group])
        json = page_json(cluster, target->group, target->version,
                         token ? strtoul(token + strlen("continue=next%2F"), NULL, 10) : 0);
    pthread_mutex_unlock(&cluster->lock);
    return json;
}

/* --- watches --------------------------------------------------------------------------------- */

/* The caller's; NULL: this entry is nothing for a watch from `version` on. */
static char *entry_text(const struct entry *entry, const struct target *target, unsigned version,
                        bool is_old)
{
    char *object, *text;

    if (entry->what == TEXT && !is_old)
        return fake_print("%s", entry->text);
    if (entry->what != EVENT || entry->object.group != target->group ||
        entry->object.version <= version)
        return NULL;
    object = object_json(&entry->object, target->version);
    text = fake_print("{\"type\":\"%s\",\"object\":%s}\n", entry->type, object);
    free(object);
    return text;
}

/*
 * With the lock held: the text of the next entry from `*at` on, the caller's, once there is one.
 * NULL: the watch is to end, by itself if `*ret_well`.
 */
static char *next_text(struct fake_cluster *cluster, const struct target *target, unsigned version,
                       size_t old, size_t *at, bool *ret_well)
{
    for (;;) {
        while (!cluster->stopping && (cluster->held || *at >= cluster->entry_count))
            pthread_cond_wait(&cluster->changed, &cluster->lock);
        *ret_well = false;
        if (cluster->stopping)
            return NULL;
        for (; *at < cluster->entry_count; ++*at) {
            const struct entry *entry = &cluster->entries[*at];
            char *text = entry_text(entry, target, version, *at < old);

            *ret_well = entry->what == END && *at >= old;
            if (text || *ret_well) {
                ++*at;
                return text;
            }
        }
    }
}

static void watch(struct fake_cluster *cluster, struct fake_call *call, const struct target *target,
                  unsigned version)
{
    size_t at = 0;
    size_t old;
    bool well = false;
    bool there = true;
    char *text;

    fake_stream_begin(call, 200);
    pthread_mutex_lock(&cluster->lock);
    old = cluster->entry_count;
    cluster->counts[FAKE_WATCH]++;
    pthread_cond_broadcast(&cluster->changed);
    while (there && (text = next_text(cluster, target, version, old, &at, &well))) {
        pthread_mutex_unlock(&cluster->lock);
        there = fake_stream_send(call, text, strlen(text));
        free(text);
        pthread_mutex_lock(&cluster->lock);
    }
    pthread_mutex_unlock(&cluster->lock);
    if (there && well)
        fake_stream_end(call);
    else
        fake_break_off(call);
}

static void answer_watch(struct fake_cluster *cluster, struct fake_call *call,
                         const struct target *target)
{
    static const char expired[] =
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\","
        "\"message\":\"too old resource version\"}}\n";
    const char *from = strstr(fake_call_path(call), "resourceVersion=");
    unsigned version = from ? (unsigned)strtoul(from + strlen("resourceVersion="), NULL, 10) : 0;
    bool served, is_old;

    pthread_mutex_lock(&cluster->lock);
    served = serves_version(cluster, target) && !cluster->has_no_resource[target->group];
    is_old = version < cluster->oldest;
    pthread_mutex_unlock(&cluster->lock);
    if (!served)
        return;
    if (!is_old) {
        watch(cluster, call, target, version);
        return;
    }
    fake_stream_begin(call, 200);
    fake_stream_send(call, expired, strlen(expired));
    fake_stream_end(call);
}

void fake_cluster_answer(void *context, struct fake_call *call)
{
    struct fake_cluster *cluster = context;
    const char *path = fake_call_path(call);
    struct target target;
    struct fake_fault fault;
    char *json;

    if (!parse_path(path, &target))
        return;
    if (note_request(cluster, target.request, path, &fault)) {
        play(call, &fault);
        return;
    }
    if (target.request == FAKE_WATCH) {
        answer_watch(cluster, call, &target);
        return;
    }
    json = answer_json(cluster, &target, path);
    if (json)
        fake_reply(call, 200, NULL, json);
    free(json);
}
