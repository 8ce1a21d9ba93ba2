/* SPDX-License-Identifier: Apache-2.0 */
#include "server/permitted/current_list.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct current_list {
    pthread_mutex_t lock;
    struct permitted_list *list; /* NULL until the first is known */
    time_t confirmed;            /* seconds of `now()` */
    struct error problem;        /* counts while `list` is NULL */
};

/* Seconds that also pass while the machine sleeps, and that nobody sets. */
static time_t now(void)
{
    struct timespec time = {0};

    clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec;
}

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
    current->confirmed = now();
    pthread_mutex_unlock(&current->lock);
    permitted_list_unref(old);
}

void current_list_confirm(struct current_list *current)
{
    pthread_mutex_lock(&current->lock);
    current->confirmed = now();
    pthread_mutex_unlock(&current->lock);
}

unsigned long current_list_age(struct current_list *current)
{
    unsigned long age = 0;

    pthread_mutex_lock(&current->lock);
    if (current->list)
        age = (unsigned long)(now() - current->confirmed);
    pthread_mutex_unlock(&current->lock);
    return age;
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
