/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A review waits for the list to be read afresh before it is denied for it: listener, requests and
 * refresher together in one process, over TLS, with a reading that the test directs.
 */
#include "certs/issue.h"
#include "server/http/bind_address.h"
#include "server/http/listener.h"
#include "server/http/tls_credentials.h"
#include "server/permitted/manifest.h"
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct world {
    struct temp_dir dir;
    struct temp_path ca;
    struct service service;
    struct listener *listener;
    struct tls_target target;
    char port[8];

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    int readings;    /* begun so far */
    bool held;       /* a reading that begins waits until it is let go */
    bool fails;      /* … and then fails, or … */
    const char *now; /* … finds this device permitted */
};

static struct permitted_list *make_list(const char *device)
{
    CLEANUP_TEXT struct text manifest = TEXT_INIT(4096);
    CLEANUP_TEXT struct text faults = TEXT_INIT(1024);
    const struct policy policy = {.warn_only = false};
    struct error err;

    text_addf(&manifest,
              "{apiVersion: hco.kubevirt.io/v1beta1, kind: HyperConverged, spec: "
              "{permittedHostDevices: {pciHostDevices: [{pciDeviceSelector: '10de:1eb8', "
              "resourceName: %s}]}}}",
              device);
    return manifest_permitted_list(text_get(&manifest), manifest.len, &policy, &faults, &err);
}

static bool read_list(void *source, struct error *err)
{
    struct world *world = source;
    bool fails;

    pthread_mutex_lock(&world->lock);
    world->readings++;
    pthread_cond_broadcast(&world->changed);
    while (world->held)
        pthread_cond_wait(&world->changed, &world->lock);
    fails = world->fails;
    if (!fails)
        current_list_set(world->service.current, make_list(world->now));
    pthread_mutex_unlock(&world->lock);
    return fails ? error_set(err, "the API server is away") : true;
}

static void let_go(struct world *world)
{
    pthread_mutex_lock(&world->lock);
    world->held = false;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static void await_readings(struct world *world, int count)
{
    pthread_mutex_lock(&world->lock);
    while (world->readings < count)
        pthread_cond_wait(&world->changed, &world->lock);
    pthread_mutex_unlock(&world->lock);
}

/* --- the server ------------------------------------------------------------------------------ */

static void use_certificate(struct world *world)
{
    const struct certs_request request = {.hosts = STR("localhost"), .days = 1, .now = time(NULL)};
    CLEANUP_CERTS_BUNDLE struct certs_bundle bundle = {.ca_crt = NULL};
    struct error err;

    assert_true(certs_generate(&request, &bundle, &err));
    assert_true(tls_credentials_set(bundle.tls_crt, bundle.tls_key, &err));
    temp_write(&world->dir, "ca.crt", bundle.ca_crt);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct refresh_source source = {.read = read_list, .source = world};
    struct bind_address address;
    struct bound_address bound;
    struct error err;
    int fd;

    assert_non_null(world);
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    world->now = "a.b/first";
    temp_dir_make(&world->dir);
    world->ca = temp_path(&world->dir, "ca.crt");
    use_certificate(world);
    world->service.current = current_list_new(&err);
    world->service.memory.limit = (size_t)128 * 1024 * 1024; /* half of it may wait */
    world->service.refresher = refresher_start(&source, &err);
    assert_non_null(world->service.current);
    assert_non_null(world->service.refresher);
    current_list_set(world->service.current, make_list("a.b/first"));
    assert_true(bind_address_parse("127.0.0.1:0", &address, &err));
    fd = bind_address_listen(&address, &err);
    assert_true(fd >= 0 && bound_address_of(fd, &bound, &err));
    snprintf(world->port, sizeof world->port, "%s", strrchr(bound.text, ':') + 1);
    world->listener = listener_start(LISTENER_HTTPS, fd, &world->service, &err);
    assert_non_null(world->listener);
    world->target = (struct tls_target){.host = "127.0.0.1",
                                        .port = world->port,
                                        .ca_file = world->ca.text,
                                        .server_name = "localhost"};
    *state = world;
    return 0;
}

/* As the program does: who waits is told first, so that no connection stays suspended. */
static int tear_down(void **state)
{
    struct world *world = *state;

    let_go(world);
    refresher_stop(world->service.refresher);
    listener_stop(world->listener);
    refresher_free(world->service.refresher);
    current_list_free(world->service.current);
    tls_credentials_clear();
    temp_dir_remove(&world->dir);
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
    free(world);
    return 0;
}

/* --- reviews --------------------------------------------------------------------------------- */

static void make_review(char *body, size_t size, const char *device)
{
    snprintf(body, size,
             "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
             "\"uid\":\"1\",\"kind\":{\"group\":\"kubevirt.io\",\"version\":\"v1\","
             "\"kind\":\"VirtualMachine\"},\"operation\":\"CREATE\",\"object\":{\"spec\":{"
             "\"template\":{\"spec\":{\"domain\":{\"devices\":{\"gpus\":[{\"deviceName\":\"%s\","
             "\"name\":\"g\"}]}}}}}}}}",
             device);
}

static bool send_review(struct world *world, struct tls_client *client, const char *device)
{
    char body[1024];

    make_review(body, sizeof body, device);
    return tls_connect(client, &world->target) &&
           http_send(client, "POST", "/validate", body, strlen(body));
}

/* The answer to a review that was sent, which the caller frees; the connection is closed. */
static char *receive_review(struct tls_client *client)
{
    struct http_response response;
    char *body;

    if (!http_receive(client, false, &response))
        fail_msg("%s", client->problem);
    assert_int_equal(response.status, 200);
    body = response.body;
    response.body = NULL;
    http_response_free(&response);
    tls_close(client);
    return body;
}

static char *review(struct world *world, const char *device)
{
    struct tls_client client;

    assert_true(send_review(world, &client, device));
    return receive_review(&client);
}

#define IS_ALLOWED(answer) (strstr(answer, "\"allowed\":true") != NULL)

static void test_an_allowed_review_reads_nothing(void **state)
{
    struct world *world = *state;
    char *answer = review(world, "a.b/first");

    assert_true(IS_ALLOWED(answer));
    assert_int_equal(world->readings, 0);
    free(answer);
}

static void test_a_device_permitted_meanwhile_is_allowed(void **state)
{
    struct world *world = *state;
    char *answer;

    world->now = "a.b/second";
    answer = review(world, "a.b/second");
    assert_true(IS_ALLOWED(answer));
    assert_null(strstr(answer, "warnings"));
    assert_int_equal(world->readings, 1);
    free(answer);
}

static void test_a_wrong_name_is_denied_after_one_reading(void **state)
{
    struct world *world = *state;
    char *answer = review(world, "a.b/third");

    assert_false(IS_ALLOWED(answer));
    assert_null(strstr(answer, "warnings"));
    assert_int_equal(world->readings, 1);
    free(answer);
}

static void test_when_it_cannot_be_read_the_age_is_told(void **state)
{
    struct world *world = *state;
    char *answer;

    world->fails = true;
    answer = review(world, "a.b/third");
    assert_false(IS_ALLOWED(answer));
    assert_non_null(strstr(answer, "\"warnings\":[\"the permitted list that decided this is "));
    assert_non_null(strstr(answer, " seconds old, and could not be read afresh: the API server is "
                                   "away\"]"));
    free(answer);
}

/* More who wait than the server has threads. */
#define WAITING 100

static void test_nobody_else_waits(void **state)
{
    struct tls_client clients[WAITING];
    struct world *world = *state;
    char *answer;

    world->held = true;
    world->now = "a.b/second";
    for (size_t i = 0; i < WAITING; i++)
        assert_true(send_review(world, &clients[i], i % 2 ? "a.b/second" : "a.b/third"));
    await_readings(world, 1);
    for (size_t i = 0; i < 20; i++) {
        answer = review(world, "a.b/first");
        assert_true(IS_ALLOWED(answer));
        free(answer);
    }
    let_go(world);
    for (size_t i = 0; i < WAITING; i++) {
        answer = receive_review(&clients[i]);
        assert_int_equal(IS_ALLOWED(answer), i % 2);
        free(answer);
    }
    assert_in_range(world->readings, 1, 20);
}

/* A review of one MiB and more, mostly white space. */
static bool send_large_review(struct world *world, struct tls_client *client, const char *device)
{
    const size_t len = (size_t)1024 * 1024 + 1024;
    char *body = malloc(len);
    bool sent;

    assert_non_null(body);
    make_review(body, len, device);
    memset(body + strlen(body), ' ', len - strlen(body));
    sent = tls_connect(client, &world->target) && http_send(client, "POST", "/validate", body, len);
    free(body);
    return sent;
}

#define FITTING 63

static void await_waiting(struct world *world, size_t bytes)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    while (atomic_load(&world->service.waiting_bytes) < bytes)
        nanosleep(&pause, NULL);
}

static void test_those_who_wait_take_a_bounded_memory(void **state)
{
    struct tls_client clients[FITTING], late;
    struct world *world = *state;
    char *answer;

    world->held = true;
    for (size_t i = 0; i < FITTING; i++) {
        assert_true(send_large_review(world, &clients[i], "a.b/third"));
        await_waiting(world, (i + 1) * 1024 * 1024);
    }
    assert_true(send_large_review(world, &late, "a.b/third"));
    answer = receive_review(&late);
    assert_false(IS_ALLOWED(answer));
    assert_non_null(strstr(answer, "could not be read afresh: too many reviews wait for that"));
    free(answer);
    let_go(world);
    for (size_t i = 0; i < FITTING; i++)
        free(receive_review(&clients[i]));
    assert_int_equal(atomic_load(&world->service.waiting_bytes), 0);
}

static void test_one_who_waits_may_go_away(void **state)
{
    struct tls_client client;
    struct world *world = *state;
    char *answer;

    world->held = true;
    assert_true(send_review(world, &client, "a.b/third"));
    await_readings(world, 1);
    tls_close(&client);
    let_go(world);
    answer = review(world, "a.b/third");
    assert_false(IS_ALLOWED(answer));
    free(answer);
}

static void *let_go_later(void *argument)
{
    struct timespec pause = {.tv_nsec = 100000000};

    nanosleep(&pause, NULL);
    let_go(argument);
    return NULL;
}

/* The teardown stops the server while one waits. */
static void test_the_server_stops_while_one_waits(void **state)
{
    struct tls_client client;
    struct world *world = *state;
    pthread_t helper;
    char *answer;

    world->held = true;
    assert_true(send_review(world, &client, "a.b/third"));
    await_readings(world, 1);
    assert_int_equal(pthread_create(&helper, NULL, let_go_later, world), 0);
    refresher_stop(world->service.refresher);
    pthread_join(helper, NULL);
    answer = receive_review(&client);
    assert_false(IS_ALLOWED(answer));
    free(answer);
    answer = review(world, "a.b/third"); /* comes when nothing is read any more */
    assert_non_null(strstr(answer, "could not be read afresh: the server is stopping"));
    free(answer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_an_allowed_review_reads_nothing),
        TEST(test_a_device_permitted_meanwhile_is_allowed),
        TEST(test_a_wrong_name_is_denied_after_one_reading),
        TEST(test_when_it_cannot_be_read_the_age_is_told),
        TEST(test_nobody_else_waits),
        TEST(test_those_who_wait_take_a_bounded_memory),
        TEST(test_one_who_waits_may_go_away),
        TEST(test_the_server_stops_while_one_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
