/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/api_fixture.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* The table is the same for all tests of a program, as the server hands on one pointer only. */
static const struct api_fixture_answer *table;

static void answer(void *test, struct fake_call *call)
{
    struct api_fixture *fixture = test;

    sem_post(&fixture->called);
    for (const struct api_fixture_answer *row = table; row->path; row++) {
        if (strncmp(fake_call_path(call), row->path, strlen(row->path)) == 0) {
            row->write(call);
            return;
        }
    }
}

void api_fixture_make(struct api_fixture *fixture, const struct api_fixture_answer *answers)
{
    *fixture = (struct api_fixture){.api = NULL};
    table = answers;
    sem_init(&fixture->called, 0, 0);
    temp_dir_make(&fixture->dir);
    fixture->ca_file = temp_path(&fixture->dir, "ca.crt");
    fixture->api = fake_api_start(answer, fixture);
    temp_write(&fixture->dir, "ca.crt", fake_api_ca_pem(fixture->api));
    snprintf(fixture->server, sizeof fixture->server, "%s", fake_api_url(fixture->api));
    fixture->config =
        (struct cluster_config){.server = fixture->server, .ca_file = fixture->ca_file.text};
}

void api_fixture_remove(struct api_fixture *fixture)
{
    api_client_free(fixture->client);
    fake_api_stop(fixture->api);
    temp_dir_remove(&fixture->dir);
    sem_destroy(&fixture->called);
}

void api_fixture_start(struct api_fixture *fixture)
{
    struct error err;

    api_client_free(fixture->client);
    fixture->client = api_client_new(&fixture->config, &err);
    if (!fixture->client)
        fail_msg("%s", err.message);
}

void api_fixture_echo(struct fake_call *call)
{
    static const char *const names[] = {"Host",         "Authorization",  "User-Agent", "Accept",
                                        "Content-Type", "Content-Length", "Expect"};
    CLEANUP_TEXT struct text text = TEXT_INIT((size_t)64 * 1024);

    text_addf(&text, "%s %s\n", fake_call_method(call), fake_call_path(call));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = fake_call_header(call, names[i]);

        if (value)
            text_addf(&text, "%s: %s\n", names[i], value);
    }
    if (fake_call_client_name(call))
        text_addf(&text, "client: %s\n", fake_call_client_name(call));
    fake_reply(call, 200, NULL, text_get(&text));
}

struct api_reply api_fixture_get(struct api_fixture *fixture, const char *path)
{
    const struct api_request request = {.method = "GET", .path = path, .deadline_ms = API_LONG_MS};
    struct api_reply reply = {.status = 0};
    struct error err;

    if (!api_client_call(fixture->client, &request, &reply, &err))
        fail_msg("%s: %s", path, err.message);
    return reply;
}

long api_fixture_status(struct api_fixture *fixture, const char *path)
{
    CLEANUP_API_REPLY struct api_reply reply = api_fixture_get(fixture, path);

    return reply.status;
}

void api_fixture_fails(struct api_fixture *fixture, const char *path, unsigned deadline_ms,
                       const char *expected)
{
    const struct api_request request = {.method = "GET", .path = path, .deadline_ms = deadline_ms};
    struct api_reply reply = {.status = 77};
    char start[512];
    struct error err;

    assert_false(api_client_call(fixture->client, &request, &reply, &err));
    assert_int_equal(reply.status, 77);
    snprintf(start, sizeof start, "%s: %s", fixture->config.server, expected);
    if (strncmp(err.message, start, strlen(start)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", err.message, start);
}

void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not hold \"%s\"", text, part);
}

void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" holds \"%s\"", text, part);
}
