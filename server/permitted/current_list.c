/* SPDX-License-Identifier: Apache-2.0 */
#include "server/permitted/current_list.h"

#include <pthread.h>
#include <stdlib.h>

struct current_list {
    pthread_mutex_t lock;
    struct permitted_list *list; /* NULL until the first is known */
    struct error problem;        /* counts while `list` is NULL */
};

struct current_list *current_list_new(struct error *err)
{
    struct current_list *current = calloc(1, sizeof *current);

    if (!current) {
        error_no_memory(err);
        return NULL;
    }
    pthread_mutex_init(&current->lock, NULL);
    error_set(&current->problem, "the permitted list was not read yet");
    return current;
}

void current_list_free(struct current_list *current)
{
    if (!current)
        return;
    permitted_list_unref(current->list);
    pthread_mutex_destroy(&current->lock);
    free(current);
}

struct permitted_list *current_list_get(struct current_list *current, struct error *ret_problem)
{
    struct permitted_list *list = NULL;

    pthread_mutex_lock(&current->lock);
    if (current->list)
        list = permitted_list_ref(current->list);
    else
        *ret_problem = current->problem;
    pthread_mutex_unlock(&current->lock);
    return list;
}

void current_list_set(struct current_list *current, struct permitted_list *list)
{
    struct permitted_list *old;

    pthread_mutex_lock(&current->lock);
    old = current->list;
    current->list = list;
    pthread_mutex_unlock(&current->lock);
    permitted_list_unref(old);
}

bool current_list_set_problem(struct current_list *current, const struct error *problem)
{
    bool unknown;

    pthread_mutex_lock(&current->lock);
    unknown = !current->list;
    if (unknown)
        current->problem = *problem;
    pthread_mutex_unlock(&current->lock);
    return unknown;
}
