/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays every fixture through the running program over TLS: one server for each set of arguments
 * and permitted list that fixtures ask for, one keep-alive connection to each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/fixture.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any fixture needs. */
#define MAX_ARGUMENTS 16

struct setting {
    struct temp_dir dir;
    struct server_process server;
    struct tls_client client;
};

static int issue_certificates(void **state)
{
    static struct setting setting;
    struct run_result result;

    temp_dir_make(&setting.dir);
    result = run_program((const char *const[]){"certs", "issue", "--dir", setting.dir.path,
                                               "--host", "localhost,127.0.0.1", NULL});
    *state = &setting;
    if (result.exit_code != 0)
        fputs(result.err, stderr);
    run_result_free(&result);
    return result.exit_code;
}

static int clean_up(void **state)
{
    struct setting *setting = *state;

    tls_close(&setting->client);
    server_clean_up(&setting->server);
    temp_dir_remove(&setting->dir);
    return 0;
}

/* Starts a server as `fixture` asks for, and connects to it. */
static void serve(struct setting *setting, const struct fixture *fixture)
{
    struct temp_path ca = temp_path(&setting->dir, "ca.crt");
    struct temp_path certificate = temp_path(&setting->dir, "tls.crt");
    struct temp_path key = temp_path(&setting->dir, "tls.key");
    const char *arguments[MAX_ARGUMENTS + 1] = {"--tls-cert-file",        certificate.text,
                                                "--tls-private-key-file", key.text,
                                                "--hyperconverged-file",  fixture->hyperconverged};
    char *own = strdup(fixture->arguments);
    char *rest = own;
    char *word;
    size_t count = 6;

    assert_non_null(own);
    while ((word = strsep(&rest, " ")) && count < MAX_ARGUMENTS) {
        if (*word)
            arguments[count++] = word;
    }
    server_start(&setting->server, arguments);
    free(own);
    if (!tls_connect(&setting->client, &(struct tls_target){.host = setting->server.host,
                                                            .port = setting->server.port,
                                                            .ca_file = ca.text,
                                                            .server_name = "localhost"}))
        fail_msg("%s", setting->client.problem);
}

static void stop(struct setting *setting)
{
    tls_close(&setting->client);
    server_stop(&setting->server);
    server_clean_up(&setting->server);
}

static bool play(struct setting *setting, const struct fixture *fixture)
{
    struct http_response response = {.status = 0};
    char url[64];
    bool good;

    snprintf(url, sizeof url, "%s?timeout=10s", fixture_path(fixture));
    if (!http_send(&setting->client, "POST", url, fixture->request, fixture->request_len) ||
        !http_receive(&setting->client, false, &response))
        fail_msg("%s: %s", fixture->folder, setting->client.problem);
    good = response.status == 200 && fixture_check(fixture, response.body, response.body_len);
    if (response.status != 200)
        fprintf(stderr, "%s: status %d: %s\n", fixture->folder, response.status, response.body);
    http_response_free(&response);
    return good;
}

static bool same_server(const struct fixture *a, const struct fixture *b)
{
    return strcmp(a->arguments, b->arguments) == 0 &&
           strcmp(a->hyperconverged, b->hyperconverged) == 0;
}

/* Plays the fixtures that want the same server as fixtures->items[first], unless that was done. */
static size_t play_group(struct setting *setting, const struct fixtures *fixtures, size_t first,
                         size_t *played)
{
    size_t wrong = 0;

    for (size_t i = 0; i < first; i++) {
        if (same_server(&fixtures->items[i], &fixtures->items[first]))
            return 0;
    }
    serve(setting, &fixtures->items[first]);
    for (size_t i = first; i < fixtures->count; i++) {
        if (!same_server(&fixtures->items[i], &fixtures->items[first]))
            continue;
        wrong += !play(setting, &fixtures->items[i]);
        (*played)++;
    }
    stop(setting);
    return wrong;
}

static void test_every_fixture_gets_its_answer_over_tls(void **state)
{
    struct fixtures fixtures = fixtures_load();
    size_t wrong = 0;
    size_t played = 0;
    size_t count;

    for (size_t i = 0; i < fixtures.count; i++)
        wrong += play_group(*state, &fixtures, i, &played);
    printf("%zu fixtures played over TLS, %zu wrong\n", played, wrong);
    count = fixtures.count;
    fixtures_free(&fixtures);
    assert_true(played > 0);
    assert_int_equal(played, count);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fixture_gets_its_answer_over_tls),
    };

    return cmocka_run_group_tests(tests, issue_certificates, clean_up);
}
