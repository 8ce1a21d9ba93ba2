/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of the certificates in use, while a real thread follows real files. How handshakes
 * go, the tests of the server show. Nothing is timed but when a test gives up.
 */
#include "server/http/credential_files.h"

#include "server/http/client_certificates.h"
#include "server/http/tls_credentials.h"
#include "server/log.h"
#include "tests/support/client_certs.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY 86400
#define GIVE_UP_STEPS 3000 /* of 10 ms */

/* A CA below a root, which issue the served certificate and stand in the client CA's file. */
struct world {
    struct temp_dir dir;
    struct temp_path crt, key, clients;
    struct client_ca root, middle;
    EVP_PKEY *leaf_key;
    time_t now;
    struct credential_files *files;
    unsigned log_again_ms;
    struct temp_path log_file;
    int log;
};

static void write_pair(struct world *world, time_t leaf_end)
{
    struct certs_fixture_spec spec = client_spec(&world->middle, world->leaf_key, world->now);
    X509 *chain[] = {NULL, world->middle.certificate, NULL};

    spec.common_name = "localhost";
    spec.names = "DNS:localhost";
    spec.extended_key_usage = "serverAuth";
    spec.not_after = leaf_end;
    chain[0] = certs_fixture_sign(&spec);
    certs_fixture_write_chain(world->crt.text, chain);
    X509_free(chain[0]);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    world->now = time(NULL);
    temp_dir_make(&world->dir);
    world->log_file = temp_path(&world->dir, "log");
    world->log = open(world->log_file.text, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    log_configure(LOG_FORMAT_TEXT, LOG_INFO, world->log);
    world->log_again_ms = CREDENTIAL_FILES_LOG_AGAIN_MS;
    world->crt = temp_path(&world->dir, "tls.crt");
    world->key = temp_path(&world->dir, "tls.key");
    world->clients = temp_path(&world->dir, "clients.crt");
    client_ca_make(&world->root, "Root", NULL, world->now);
    client_ca_make(&world->middle, "Middle", &world->root, world->now - 60 * (time_t)DAY);
    world->leaf_key = EVP_EC_gen("P-256");
    certs_fixture_write_key(world->key.text, world->leaf_key);
    write_pair(world, world->now + 100 * (time_t)DAY);
    certs_fixture_write_chain(world->clients.text, (X509 *[]){world->root.certificate, NULL});
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    credential_files_free(world->files);
    client_certificates_set(NULL);
    tls_credentials_clear();
    log_configure(LOG_FORMAT_TEXT, LOG_INFO, STDERR_FILENO);
    close(world->log);
    client_ca_free(&world->root);
    client_ca_free(&world->middle);
    EVP_PKEY_free(world->leaf_key);
    temp_dir_remove(&world->dir);
    free(world);
    return 0;
}

static void start(struct world *world, const char *client_ca_file)
{
    const struct credential_files_config config = {
        .cert_file = world->crt.text,
        .key_file = world->key.text,
        .client_ca_file = client_ca_file,
        .interval_ms = 10,
        .log_again_ms = world->log_again_ms,
    };
    struct error err;

    world->files = credential_files_new(&config, &err);
    if (!world->files)
        fail_msg("%s", err.message);
    assert_true(credential_files_follow(world->files, &err));
}

static struct credential_status status_of(struct world *world, enum credential which)
{
    struct credential_status status;

    credential_files_status(world->files, which, &status);
    return status;
}

/* The status once so many reloads and at least so many failures were counted. */
static struct credential_status await(struct world *world, enum credential which,
                                      unsigned long reloads, unsigned long failures)
{
    struct credential_status status = status_of(world, which);

    for (int i = 0; i < GIVE_UP_STEPS; i++) {
        if (status.reloads == reloads && status.failures >= failures)
            return status;
        usleep(10000);
        status = status_of(world, which);
    }
    fail_msg("%lu reloads, %lu failures", status.reloads, status.failures);
    return status;
}

static void test_what_is_in_use(void **state)
{
    struct world *world = *state;
    struct credential_status status;
    struct error err;

    start(world, world->clients.text);
    status = status_of(world, CREDENTIAL_SERVING);
    assert_int_equal(status.count, 2);
    assert_int_equal(status.not_after[0], world->now + 100 * (time_t)DAY);
    assert_int_equal(status.not_after[1], world->now + 30 * (time_t)DAY);
    assert_int_equal(status.reloads, 0);
    assert_false(status.failing);
    status = status_of(world, CREDENTIAL_CLIENT_CA);
    assert_int_equal(status.count, 1);
    assert_int_equal(status.not_after[0], world->now + 90 * (time_t)DAY);
    assert_true(credential_files_check(world->files, world->now, &err));
}

static void test_no_client_ca(void **state)
{
    struct world *world = *state;
    struct credential_status status;

    start(world, NULL);
    status = status_of(world, CREDENTIAL_CLIENT_CA);
    assert_int_equal(status.count, 0);
    assert_false(status.failing);
}

static void test_new_pair(void **state)
{
    struct world *world = *state;
    struct credential_status status;

    start(world, world->clients.text);
    write_pair(world, world->now + 50 * (time_t)DAY);
    status = await(world, CREDENTIAL_SERVING, 1, 0);
    assert_int_equal(status.not_after[0], world->now + 50 * (time_t)DAY);
    assert_int_equal(status_of(world, CREDENTIAL_CLIENT_CA).reloads, 0);
}

static void test_new_client_ca(void **state)
{
    struct world *world = *state;
    struct credential_status status;

    start(world, world->clients.text);
    certs_fixture_write_chain(world->clients.text,
                              (X509 *[]){world->root.certificate, world->middle.certificate, NULL});
    status = await(world, CREDENTIAL_CLIENT_CA, 1, 0);
    assert_int_equal(status.count, 2);
    assert_int_equal(status.not_after[1], world->now + 30 * (time_t)DAY);
    assert_int_equal(status_of(world, CREDENTIAL_SERVING).reloads, 0);
}

/* The one before stays in use, and each try counts. */
static void test_broken(void **state)
{
    static const struct {
        enum credential which;
        const char *name;
    } cases[] = {{CREDENTIAL_SERVING, "tls.crt"}, {CREDENTIAL_CLIENT_CA, "clients.crt"}};
    struct world *world = *state;

    start(world, world->clients.text);
    for (size_t i = 0; i < 2; i++) {
        struct credential_status before = status_of(world, cases[i].which);
        char *content = temp_read(temp_path(&world->dir, cases[i].name).text, NULL);
        struct credential_status status;

        temp_replace(&world->dir, cases[i].name, "hello\n");
        status = await(world, cases[i].which, 0, 2);
        assert_true(status.failing);
        assert_int_equal(status.count, before.count);
        assert_int_equal(status.not_after[0], before.not_after[0]);
        temp_replace(&world->dir, cases[i].name, content);
        for (int j = 0; j < GIVE_UP_STEPS && status_of(world, cases[i].which).failing; j++)
            usleep(10000);
        assert_false(status_of(world, cases[i].which).failing);
        assert_int_equal(status_of(world, cases[i].which).reloads, 0);
        free(content);
    }
}

static unsigned count_lines(const struct world *world, const char *text)
{
    char *log = temp_read(world->log_file.text, NULL);
    unsigned count = 0;

    for (const char *at = strstr(log, text); at; at = strstr(at + 1, text))
        count++;
    free(log);
    return count;
}

/* However often it is tried, it is said once in a while: every minute, here every try or once. */
static void expect_lines(struct world *world, unsigned log_again_ms, unsigned least, unsigned most)
{
    static const char line[] = "the new certificate can't be used";
    unsigned lines;

    world->log_again_ms = log_again_ms;
    start(world, NULL);
    temp_replace(&world->dir, "tls.crt", "hello\n");
    await(world, CREDENTIAL_SERVING, 0, 4);
    credential_files_free(world->files);
    world->files = NULL;
    lines = count_lines(world, line);
    assert_true(lines >= least && lines <= most);
}

static void test_said_once_in_a_while(void **state)
{
    expect_lines(*state, CREDENTIAL_FILES_LOG_AGAIN_MS, 1, 1);
}

static void test_said_again(void **state)
{
    expect_lines(*state, 0, 4, 1000);
}

/* An expired pair is not taken, so it is the one in use that ends. */
static void test_end(void **state)
{
    struct world *world = *state;
    struct error err;

    start(world, NULL);
    assert_true(credential_files_check(world->files, world->now - 1000 * (time_t)DAY, &err));
    assert_true(credential_files_check(world->files, world->now + 30 * (time_t)DAY, &err));
    assert_false(credential_files_check(world->files, world->now + 30 * (time_t)DAY + 1, &err));
    assert_non_null(strstr(err.message, "tls.crt: certificate 2 (CN = Middle): expired on "));
    assert_false(credential_files_check(world->files, world->now + 100 * (time_t)DAY + 1, &err));
    assert_non_null(strstr(err.message, "tls.crt: certificate 1 (CN = localhost): expired on "));
}

static void test_bad_client_ca_at_start(void **state)
{
    struct world *world = *state;
    const struct credential_files_config config = {
        .cert_file = world->crt.text,
        .key_file = world->key.text,
        .client_ca_file = world->key.text,
        .interval_ms = 10,
    };
    struct error err;

    world->files = credential_files_new(&config, &err);
    assert_null(world->files);
    assert_non_null(strstr(err.message, "tls.key: holds a private key and no certificate"));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_what_is_in_use),
        WITH_WORLD(test_no_client_ca),
        WITH_WORLD(test_new_pair),
        WITH_WORLD(test_new_client_ca),
        WITH_WORLD(test_broken),
        WITH_WORLD(test_said_once_in_a_while),
        WITH_WORLD(test_said_again),
        WITH_WORLD(test_end),
        WITH_WORLD(test_bad_client_ca_at_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
