/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/followed_list.h"

#include "server/log.h"
#include "server/monotonic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GIVE_UP_MS 30000
#define PAUSE_MS 5
#define LOG_MAX ((size_t)1024 * 1024)

int followed_list_set_up(void **state)
{
    static struct followed_list list;
    struct error err;

    list = (struct followed_list){.cluster = fake_cluster_start()};
    list.current = current_list_new(&err);
    list.text = malloc(LOG_MAX);
    if (!list.current || !list.text || pipe2(list.log, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    list.text[0] = '\0';
    list.config = (struct cluster_source_config){
        .cluster = fake_cluster_config(list.cluster),
        .current = list.current,
        .timing = {.backoff_first_ms = 5,
                   .backoff_max_ms = 40,
                   .backoff_reset_ms = 60000,
                   .look_ms = 3600 * 1000,
                   .list_deadline_ms = 20000,
                   .silence_ms = 60000},
    };
    log_configure(LOG_FORMAT_TEXT, LOG_DEBUG, list.log[1]);
    *state = &list;
    return 0;
}

static const char *log_so_far(struct followed_list *list)
{
    ssize_t got;

    while (list->len < LOG_MAX - 1 &&
           (got = read(list->log[0], list->text + list->len, LOG_MAX - 1 - list->len)) > 0)
        list->len += (size_t)got;
    list->text[list->len] = '\0';
    return list->text;
}

int followed_list_tear_down(void **state)
{
    struct followed_list *list = *state;
    bool leaked;

    cluster_source_free(list->source);
    fake_cluster_stop(list->cluster);
    current_list_free(list->current);
    log_configure(LOG_FORMAT_TEXT, LOG_INFO, STDERR_FILENO);
    leaked = strstr(log_so_far(list), "secret-token") != NULL;
    close(list->log[0]);
    close(list->log[1]);
    free(list->text);
    return leaked ? -1 : 0;
}

void follow(struct followed_list *list)
{
    struct error err;

    list->source = cluster_source_start(&list->config, &err);
    assert_non_null(list->source);
}

bool permits(struct followed_list *list, const char *name)
{
    struct error problem;
    struct permitted_list *permitted = current_list_get(list->current, &problem);
    bool is = permitted && permitted_list_find(permitted, str_from(name)) == PERMISSION_GRANTED;

    permitted_list_unref(permitted);
    return is;
}

/* Gives others time. False: it was waited for long enough. */
static bool pause_until(long long give_up_ms)
{
    poll(NULL, 0, PAUSE_MS);
    return monotonic_ms() < give_up_ms;
}

void wait_permitted(struct followed_list *list, const char *name, bool permitted)
{
    long long give_up_ms = monotonic_ms() + GIVE_UP_MS;

    while (permits(list, name) != permitted) {
        if (!pause_until(give_up_ms))
            fail_msg("%s is still %spermitted:\n%s", name, permitted ? "not " : "",
                     log_so_far(list));
    }
}

void wait_problem(struct followed_list *list, const char *what)
{
    long long give_up_ms = monotonic_ms() + GIVE_UP_MS;
    struct error problem = {.message = ""};

    while (!strstr(problem.message, what)) {
        struct permitted_list *permitted = current_list_get(list->current, &problem);

        permitted_list_unref(permitted);
        if (permitted)
            fail_msg("a list is known:\n%s", log_so_far(list));
        if (!pause_until(give_up_ms))
            fail_msg("the problem is \"%s\":\n%s", problem.message, log_so_far(list));
    }
}

size_t times_logged(struct followed_list *list, const char *what)
{
    size_t count = 0;

    for (const char *at = log_so_far(list); (at = strstr(at, what)); at++)
        count++;
    return count;
}

void wait_logged(struct followed_list *list, const char *what, size_t times)
{
    long long give_up_ms = monotonic_ms() + GIVE_UP_MS;

    while (times_logged(list, what) < times) {
        if (!pause_until(give_up_ms))
            fail_msg("\"%s\" was not logged %zu times:\n%s", what, times, list->text);
    }
}

void wait_requests(struct followed_list *list, enum fake_request request, unsigned count)
{
    long long give_up_ms = monotonic_ms() + GIVE_UP_MS;

    while (fake_cluster_count(list->cluster, request) < count) {
        if (!pause_until(give_up_ms))
            fail_msg("%u requests of kind %d, not %u:\n%s",
                     fake_cluster_count(list->cluster, request), (int)request, count,
                     log_so_far(list));
    }
}

struct asking {
    struct refresh_waiter waiter; /* first: the callback gets its address */
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool is_told, failed;
    struct error problem;
};

static void tell(struct refresh_waiter *waiter, const struct error *problem)
{
    struct asking *asking = (struct asking *)waiter;

    pthread_mutex_lock(&asking->lock);
    asking->is_told = true;
    asking->failed = problem != NULL;
    if (problem)
        asking->problem = *problem;
    pthread_cond_signal(&asking->told);
    pthread_mutex_unlock(&asking->lock);
}

bool read_afresh(struct followed_list *list, struct error *ret_problem)
{
    struct asking asking = {.waiter = {.done = tell}};
    long long give_up_ms = monotonic_ms() + GIVE_UP_MS;

    pthread_mutex_init(&asking.lock, NULL);
    monotonic_cond_init(&asking.told);
    refresher_wait(cluster_source_refresher(list->source), &asking.waiter);
    pthread_mutex_lock(&asking.lock);
    while (!asking.is_told) {
        if (monotonic_wait(&asking.told, &asking.lock, give_up_ms))
            abort(); /* the waiter can't be taken back */
    }
    pthread_mutex_unlock(&asking.lock);
    pthread_cond_destroy(&asking.told);
    pthread_mutex_destroy(&asking.lock);
    *ret_problem = asking.problem;
    return !asking.failed;
}
