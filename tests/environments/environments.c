/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/environments/environments.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *bad_review;

void require(struct serving *serving, bool holds, const char *format, ...)
{
    va_list args;

    if (holds)
        return;
    printf("FAILED  ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("; the server's log:\n%s", server_log(&serving->server));
    server_clean_up(&serving->server);
    serving_remove(serving);
    exit(1);
}

void start_in(struct serving *serving, void (*prepare)(void), const char *option, const char *value)
{
    server_before_exec = prepare;
    serving_start(serving, option, value);
    server_before_exec = NULL;
}

void prepared(bool done, const char *what)
{
    if (done)
        return;
    perror(what);
    _exit(126);
}

/* --- reviews --------------------------------------------------------------------------------- */

bool is_allowed(struct tls_client *client, const char *review, bool *ret_allowed)
{
    struct http_response response = {.status = 0};
    bool answered = http_send(client, "POST", "/validate", review, strlen(review)) &&
                    http_receive(client, false, &response) && response.status == 200;

    if (answered)
        *ret_allowed = strstr(response.body, "\"allowed\":true") != NULL;
    http_response_free(&response);
    return answered;
}

static bool has_verdict(const struct serving *serving, const char *review, bool expected)
{
    struct tls_client client;
    bool allowed = !expected;
    bool answered = tls_connect(&client, &serving->target) && is_allowed(&client, review, &allowed);

    tls_close(&client);
    return answered && allowed == expected;
}

bool answers_rightly(const struct serving *serving)
{
    return has_verdict(serving, serving_review, true) && has_verdict(serving, bad_review, false);
}

char *make_review(size_t size)
{
    static const char name[] = "\"metadata\":{\"name\":\"a\"";
    size_t before = (size_t)(strstr(serving_review, name) - serving_review) + strlen(name);
    char *review = malloc(size + strlen(serving_review) + 64);
    size_t len;

    if (!review)
        abort();
    len =
        (size_t)sprintf(review, "%.*s,\"annotations\":{\"filled\":\"", (int)before, serving_review);
    memset(review + len, 'x', size);
    sprintf(review + len + size, "\"}%s", serving_review + before);
    return review;
}

void replace_certificate(struct serving *serving)
{
    const char *const issue[] = {"certs",  "issue",     "--dir",   serving->dir.path,
                                 "--host", "localhost", "--force", NULL};
    struct run_result result = run_program(issue);

    require(serving, result.exit_code == 0, "certs issue: %s", result.err ? result.err : "");
    run_result_free(&result);
}

/* --- all ------------------------------------------------------------------------------------- */

static const struct {
    const char *what;
    void (*run)(struct serving *serving);
} cases[] = {
    {"few file descriptors and more clients than fit", few_files},
    {"a log that nobody reads", log_nobody_reads},
    {"a clock that is set back and forward", clock_moved},
    {"64 MiB of memory", little_memory},
    {"no /tmp, a read-only folder, no privileges", nothing_writable},
};

int main(void)
{
    struct serving serving;

    setvbuf(stdout, NULL, _IOLBF, 0);
    bad_review = serving_make_bad_review();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        serving_make(&serving);
        cases[i].run(&serving);
        serving_stop(&serving);
        serving_remove(&serving);
        printf("ok      %s\n", cases[i].what);
    }
    return 0;
}
