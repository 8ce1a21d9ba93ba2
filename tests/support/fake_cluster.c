/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_cluster.h"

#include "tests/support/fake_cluster_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

/* --- life ------------------------------------------------------------------------------------ */

struct fake_cluster *fake_cluster_start(void)
{
    struct fake_cluster *cluster = checked(calloc(1, sizeof *cluster));

    pthread_mutex_init(&cluster->lock, NULL);
    pthread_cond_init(&cluster->changed, NULL);
    cluster->version = 1000;
    cluster->api = fake_api_start(fake_cluster_answer, cluster);
    cluster->config.server = checked(strdup(fake_api_url(cluster->api)));
    cluster->config.ca_pem = checked(strdup(fake_api_ca_pem(cluster->api)));
    cluster->config.token = checked(strdup("secret-token"));
    cluster->config.namespace = checked(strdup("ns"));
    return cluster;
}

void fake_cluster_stop(struct fake_cluster *cluster)
{
    pthread_mutex_lock(&cluster->lock);
    cluster->stopping = true;
    pthread_cond_broadcast(&cluster->changed);
    pthread_mutex_unlock(&cluster->lock);
    fake_api_stop(cluster->api);
    for (size_t i = 0; i < cluster->object_count; i++) {
        free(cluster->objects[i].name);
        free(cluster->objects[i].spec);
    }
    for (size_t i = 0; i < cluster->entry_count; i++) {
        free(cluster->entries[i].object.name);
        free(cluster->entries[i].object.spec);
        free(cluster->entries[i].text);
    }
    cluster_config_clear(&cluster->config);
    pthread_cond_destroy(&cluster->changed);
    pthread_mutex_destroy(&cluster->lock);
    free(cluster);
}

const struct cluster_config *fake_cluster_config(const struct fake_cluster *cluster)
{
    return &cluster->config;
}

struct temp_path fake_cluster_kubeconfig(const struct fake_cluster *cluster,
                                         const struct temp_dir *dir)
{
    const struct cluster_config *config = &cluster->config;
    char *text = fake_print(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
        "contexts:\n- {name: here, context: {cluster: c, user: u, namespace: %s}}\n"
        "clusters:\n- name: c\n  cluster: {server: \"%s\", certificate-authority: api-ca.crt}\n"
        "users:\n- {name: u, user: {token: %s}}\n",
        config->namespace, config->server, config->token);

    temp_write(dir, "api-ca.crt", config->ca_pem);
    temp_write(dir, "kubeconfig", text);
    free(text);
    return temp_path(dir, "kubeconfig");
}

/* --- what the test does ---------------------------------------------------------------------- */

static void lock(struct fake_cluster *cluster)
{
    pthread_mutex_lock(&cluster->lock);
}

static void unlock(struct fake_cluster *cluster)
{
    pthread_cond_broadcast(&cluster->changed);
    pthread_mutex_unlock(&cluster->lock);
}

void fake_cluster_serve(struct fake_cluster *cluster, enum fake_api_group group,
                        const char *versions)
{
    lock(cluster);
    cluster->versions[group] = versions;
    unlock(cluster);
}

void fake_cluster_set_resource(struct fake_cluster *cluster, enum fake_api_group group, bool has)
{
    lock(cluster);
    cluster->has_no_resource[group] = !has;
    unlock(cluster);
}

static void add_entry(struct fake_cluster *cluster, struct entry entry)
{
    if (cluster->entry_count == MAX_ENTRIES)
        abort();
    cluster->entries[cluster->entry_count++] = entry;
}

static void add_event(struct fake_cluster *cluster, const char *type, const struct object *object)
{
    struct entry entry = {.what = EVENT, .type = type, .object = *object};

    entry.object.name = checked(strdup(object->name));
    entry.object.spec = checked(strdup(object->spec));
    add_entry(cluster, entry);
}

/* NULL: it is not there. */
static struct object *find(struct fake_cluster *cluster, enum fake_api_group group,
                           const char *name)
{
    for (size_t i = 0; i < cluster->object_count; i++) {
        if (cluster->objects[i].group == group && strcmp(cluster->objects[i].name, name) == 0)
            return &cluster->objects[i];
    }
    return NULL;
}

unsigned fake_cluster_put(struct fake_cluster *cluster, enum fake_api_group group, const char *name,
                          const char *spec)
{
    struct object *object;
    bool is_new;
    unsigned version;

    lock(cluster);
    object = find(cluster, group, name);
    is_new = !object;
    if (is_new) {
        if (cluster->object_count == MAX_OBJECTS)
            abort();
        object = &cluster->objects[cluster->object_count++];
        *object = (struct object){.group = group, .name = checked(strdup(name))};
    }
    free(object->spec);
    object->spec = checked(strdup(spec));
    object->version = version = ++cluster->version;
    add_event(cluster, is_new ? "ADDED" : "MODIFIED", object);
    unlock(cluster);
    return version;
}

void fake_cluster_begin_delete(struct fake_cluster *cluster, enum fake_api_group group,
                               const char *name)
{
    struct object *object;

    lock(cluster);
    object = checked(find(cluster, group, name));
    object->deleting = true;
    object->version = ++cluster->version;
    add_event(cluster, "MODIFIED", object);
    unlock(cluster);
}

void fake_cluster_delete(struct fake_cluster *cluster, enum fake_api_group group, const char *name)
{
    struct object *object;

    lock(cluster);
    object = checked(find(cluster, group, name));
    object->version = ++cluster->version;
    add_event(cluster, "DELETED", object);
    free(object->name);
    free(object->spec);
    *object = cluster->objects[--cluster->object_count];
    unlock(cluster);
}

void fake_cluster_say(struct fake_cluster *cluster, const char *text)
{
    lock(cluster);
    add_entry(cluster, (struct entry){.what = TEXT, .text = checked(strdup(text))});
    unlock(cluster);
}

void fake_cluster_bookmark(struct fake_cluster *cluster)
{
    lock(cluster);
    add_entry(cluster,
              (struct entry){.what = TEXT,
                             .text = fake_print("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\""
                                                ":{\"resourceVersion\":\"%u\"}}}\n",
                                                ++cluster->version)});
    unlock(cluster);
}

void fake_cluster_end_watches(struct fake_cluster *cluster)
{
    lock(cluster);
    add_entry(cluster, (struct entry){.what = END});
    unlock(cluster);
}

void fake_cluster_cut(struct fake_cluster *cluster)
{
    fake_api_cut(cluster->api);
    fake_cluster_end_watches(cluster); /* whose threads don't look at their connections */
}

void fake_cluster_hold_events(struct fake_cluster *cluster, bool held)
{
    lock(cluster);
    cluster->held = held;
    unlock(cluster);
}

void fake_cluster_compact(struct fake_cluster *cluster)
{
    lock(cluster);
    cluster->oldest = ++cluster->version;
    unlock(cluster);
}

void fake_cluster_set_back(struct fake_cluster *cluster, unsigned version)
{
    lock(cluster);
    cluster->version = version;
    for (size_t i = 0; i < cluster->object_count; i++)
        cluster->objects[i].version = version;
    for (size_t i = 0; i < cluster->entry_count; i++)
        cluster->entries[i].object.version = 0;
    unlock(cluster);
}

void fake_cluster_set_page(struct fake_cluster *cluster, size_t objects)
{
    lock(cluster);
    cluster->page = objects;
    unlock(cluster);
}

void fake_cluster_fault(struct fake_cluster *cluster, enum fake_request request,
                        struct fake_fault fault)
{
    lock(cluster);
    cluster->faults[request] = fault;
    unlock(cluster);
}

unsigned fake_cluster_count(struct fake_cluster *cluster, enum fake_request request)
{
    unsigned count;

    lock(cluster);
    count = cluster->counts[request];
    unlock(cluster);
    return count;
}

void fake_cluster_last_path(struct fake_cluster *cluster, enum fake_request request, char path[512])
{
    lock(cluster);
    snprintf(path, 512, "%s", cluster->paths[request]);
    unlock(cluster);
}
