/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAMP_LEN strlen("2026-01-31T23:59:59.123Z")

struct output {
    int ends[2];
    char text[65536];
};

static int set_up(void **state)
{
    static struct output output;

    signal(SIGPIPE, SIG_IGN);
    *state = &output;
    return pipe2(output.ends, O_CLOEXEC | O_NONBLOCK);
}

static int tear_down(void **state)
{
    struct output *output = *state;

    log_configure(LOG_FORMAT_TEXT, LOG_INFO, STDERR_FILENO);
    if (output->ends[0] >= 0)
        close(output->ends[0]);
    close(output->ends[1]);
    return 0;
}

/* What was written since the last call. */
static const char *written(struct output *output)
{
    ssize_t got = read(output->ends[0], output->text, sizeof output->text - 1);

    output->text[got > 0 ? got : 0] = '\0';
    return output->text;
}

static void test_text(void **state)
{
    struct output *output = *state;
    const char *line;

    log_configure(LOG_FORMAT_TEXT, LOG_INFO, output->ends[1]);
    log_event(LOG_INFO, "listening", LOG_TEXT("address", "[::]:8443"), LOG_INT("threads", -2),
              LOG_TEXT("empty", ""), LOG_TEXT("words", "a b"), LOG_TEXT("quote", "a\"b"),
              LOG_TEXT("pair", "a=b"));
    line = written(output);
    assert_int_equal(line[STAMP_LEN - 1], 'Z');
    assert_int_equal(line[10], 'T');
    assert_string_equal(line + STAMP_LEN,
                        " info  listening address=[::]:8443 threads=-2 empty=\"\" "
                        "words=\"a b\" quote=\"a\\\"b\" pair=\"a=b\"\n");
    log_message(LOG_ERROR, "plain");
    assert_string_equal(written(output) + STAMP_LEN, " error plain\n");
}

static void test_levels(void **state)
{
    struct output *output = *state;

    log_configure(LOG_FORMAT_TEXT, LOG_WARN, output->ends[1]);
    log_message(LOG_DEBUG, "one");
    log_message(LOG_INFO, "two");
    assert_string_equal(written(output), "");
    log_message(LOG_WARN, "three");
    assert_non_null(strstr(written(output), " warn  three\n"));
    assert_false(log_enabled(LOG_INFO));
    assert_true(log_enabled(LOG_ERROR));
    log_configure(LOG_FORMAT_TEXT, LOG_DEBUG, output->ends[1]);
    log_message(LOG_DEBUG, "one");
    assert_non_null(strstr(written(output), " debug one\n"));
}

/* Whatever a field holds: one line, nothing in it that acts on a terminal. */
static const struct {
    struct str raw;
    const char *shown;
} hostile[] = {
    {STR_INIT("a\nb"), "a\\nb"},
    {STR_INIT("\x1b[31m"), "\\u001b[31m"},
    {STR_INIT("\xc2\x9b"), "\\u009b"},                        /* C1 */
    {STR_INIT("\xe2\x80\xae\xe2\x80\xac"), "\\u202e\\u202c"}, /* right-to-left, and its end */
    {STR_INIT("\xff"), "\\xff"},                              /* not UTF-8 */
    {STR_INIT("a\0b"), "a\\u0000b"},
    {STR_INIT("\\"), "\\\\"},
    {STR_INIT("ä"), "ä"},
};

static void test_hostile_text(void **state)
{
    struct output *output = *state;

    log_configure(LOG_FORMAT_TEXT, LOG_INFO, output->ends[1]);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        char expected[64];

        log_event(LOG_INFO, "m", LOG_STR("k", hostile[i].raw));
        snprintf(expected, sizeof expected, " info  m k=\"%s\"\n", hostile[i].shown);
        assert_string_equal(written(output) + STAMP_LEN, expected);
    }
}

static void test_json(void **state)
{
    struct output *output = *state;
    json_t *line;

    log_configure(LOG_FORMAT_JSON, LOG_INFO, output->ends[1]);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        log_event(LOG_WARN, "listening", LOG_STR("k", hostile[i].raw), LOG_INT("n", -7),
                  LOG_TEXT("q", "say \"hi\""));
        line = json_loads(written(output), JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(line);
        assert_int_equal(json_object_size(line), 6);
        assert_int_equal(strlen(json_string_value(json_object_get(line, "time"))), STAMP_LEN);
        assert_string_equal(json_string_value(json_object_get(line, "level")), "warn");
        assert_string_equal(json_string_value(json_object_get(line, "message")), "listening");
        assert_string_equal(json_string_value(json_object_get(line, "k")),
                            hostile[i].raw.data[0] == '\\' ? "\\" : hostile[i].shown);
        assert_int_equal(json_integer_value(json_object_get(line, "n")), -7);
        assert_string_equal(json_string_value(json_object_get(line, "q")), "say \"hi\"");
        json_decref(line);
    }
}

/* Long values are cut, what does not fit is left out, and the line is well-formed all the same. */
static void test_long_line(void **state)
{
    struct output *output = *state;
    char value[10000];
    const char *line;
    json_t *parsed;

    memset(value, '\n', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int format = LOG_FORMAT_TEXT; format <= LOG_FORMAT_JSON; format++) {
        log_configure((enum log_format)format, LOG_INFO, output->ends[1]);
        log_event(LOG_INFO, "long", LOG_TEXT("a", value), LOG_TEXT("b", value),
                  LOG_TEXT("c", value), LOG_TEXT("d", value), LOG_TEXT("e", value),
                  LOG_INT("last", 1));
        line = written(output);
        assert_true(strlen(line) <= PIPE_BUF);
        assert_int_equal(strcspn(line, "\n"), strlen(line) - 1);
        assert_non_null(strstr(line, "last"));
    }
    parsed = json_loads(line, 0, NULL);
    assert_non_null(parsed);
    json_decref(parsed);
}

static void test_reader_gone(void **state)
{
    struct output *output = *state;

    log_configure(LOG_FORMAT_TEXT, LOG_INFO, output->ends[1]);
    close(output->ends[0]);
    output->ends[0] = -1;
    for (int i = 0; i < 100; i++)
        log_message(LOG_INFO, "nobody hears this");
}

/* A reader that stops reading loses lines and is told how many once it reads again. */
static void test_reader_stuck(void **state)
{
    struct output *output = *state;
    int flags = fcntl(output->ends[1], F_GETFL);
    size_t lines = 0;
    size_t kept = 0;
    unsigned long dropped = 0;
    const char *at;

    /* The write end blocks, as a real one does: a logger that relied on EAGAIN would hang here. */
    assert_int_equal(fcntl(output->ends[1], F_SETFL, flags & ~O_NONBLOCK), 0);
    fcntl(output->ends[1], F_SETPIPE_SZ, 4 * 4096);
    log_configure(LOG_FORMAT_TEXT, LOG_INFO, output->ends[1]);
    for (; lines < 2000; lines++)
        log_event(LOG_INFO, "filling", LOG_TEXT("words", "some words to fill the pipe with"));
    while (*(at = written(output)) != '\0') {
        for (; (at = strchr(at, '\n')); at++)
            kept++;
    }
    assert_true(kept > 0 && kept < lines);
    log_message(LOG_INFO, "after");
    at = written(output);
    at = strstr(at, "count=");
    if (!at)
        fail_msg("no count of the lines that were dropped");
    else
        dropped = strtoul(at + strlen("count="), NULL, 10);
    assert_int_equal(kept + dropped, lines);
    assert_non_null(strstr(output->text, " info  after\n"));
}

#define THREADS 4
#define LINES 50

static void *log_many(void *name)
{
    for (int i = 0; i < LINES; i++)
        log_event(LOG_INFO, "from a thread", LOG_TEXT("name", name), LOG_INT("i", i));
    return NULL;
}

static void test_threads(void **state)
{
    struct output *output = *state;
    char names[THREADS][2] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];
    size_t count = 0;

    log_configure(LOG_FORMAT_JSON, LOG_INFO, output->ends[1]);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, names[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    written(output);
    for (char *line = strtok(output->text, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *parsed = json_loads(line, 0, NULL);

        assert_non_null(parsed);
        json_decref(parsed);
        count++;
    }
    assert_int_equal(count, THREADS * LINES);
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PIPE(test_text),         WITH_PIPE(test_levels),    WITH_PIPE(test_hostile_text),
        WITH_PIPE(test_json),         WITH_PIPE(test_long_line), WITH_PIPE(test_reader_gone),
        WITH_PIPE(test_reader_stuck), WITH_PIPE(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
