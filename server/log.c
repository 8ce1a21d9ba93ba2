/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log.h"

#include "base/text.h"
#include "server/metrics/metrics.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * PIPE_BUF: poll(2) reports a pipe writable when that much fits, so such a line never blocks. One
 * byte of it is the newline. A quarter of it is for one value, so that later fields have room too.
 */
#define LINE_MAX_BYTES ((size_t)PIPE_BUF - 1)
#define VALUE_MAX_BYTES ((size_t)PIPE_BUF / 4)
/* How long a slow reader may hold up the first line that it has no room for. */
#define PATIENCE_MS 100

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static struct {
    pthread_mutex_t lock; /* of all below but format, lowest and fd, which never change */
    enum log_format format;
    enum log_level lowest;
    int fd;
    bool stuck; /* the last line found no room: don't wait for the next one */
    unsigned long dropped;
} logger = {.lock = PTHREAD_MUTEX_INITIALIZER, .lowest = LOG_INFO, .fd = STDERR_FILENO};

void log_configure(enum log_format format, enum log_level lowest, int fd)
{
    logger.format = format;
    logger.lowest = lowest;
    logger.fd = fd;
    logger.stuck = false;
    logger.dropped = 0;
}

bool log_enabled(enum log_level level)
{
    return level >= logger.lowest;
}

/* RFC 3339, UTC, milliseconds. */
static void add_time(struct text *line)
{
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    text_addf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900, utc.tm_mon + 1,
              utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

/* A value needs no quotes when no reader could take a part of it for something else. */
static bool is_plain(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];

        if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return value.len > 0 && value.len <= VALUE_MAX_BYTES;
}

static void add_number(struct text *line, const struct log_field *field)
{
    if (field->text.data)
        text_add_str(line, field->text);
    else
        text_addf(line, "%lld", field->number);
}

static void add_text_field(struct text *line, const struct log_field *field)
{
    text_addf(line, " %s=", field->key);
    if (field->is_number)
        add_number(line, field);
    else if (is_plain(field->text))
        text_add_str(line, field->text);
    else
        text_add_quoted(line, field->text, VALUE_MAX_BYTES);
}

/*
 * A JSON string of the value: what JSON can't hold (bytes that are not UTF-8) and what a reader
 * must not act on is written out. Messages have that behind them already, so a backslash is not
 * doubled but by JSON itself. Afterwards only `\` and `"` are special.
 */
static void add_json_string(struct text *line, struct str value)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(VALUE_MAX_BYTES);
    const char *at;

    text_add_visible(&shown, value);
    text_add(line, "\"");
    for (at = text_get(&shown); *at != '\0'; at++) {
        size_t plain = strcspn(at, "\\\"");

        text_add_str(line, (struct str){at, plain});
        at += plain;
        if (*at == '\0')
            break;
        text_addf(line, "\\%c", *at);
    }
    text_add(line, shown.truncated ? "…\"" : "\"");
}

static void add_json_field(struct text *line, const struct log_field *field)
{
    text_addf(line, ",\"%s\":", field->key);
    if (field->is_number)
        add_number(line, field);
    else
        add_json_string(line, field->text);
}

static void add_head(struct text *line, enum log_level level, const char *message)
{
    if (logger.format == LOG_FORMAT_JSON) {
        text_add(line, "{\"time\":\"");
        add_time(line);
        text_addf(line, "\",\"level\":\"%s\",\"message\":\"%s\"", level_names[level], message);
    } else {
        add_time(line);
        text_addf(line, " %-5s %s", level_names[level], message);
    }
}

/*
 * Adds the fields that fit whole, so that a line that reached its limit is still well-formed.
 * One byte is kept for the closing brace.
 */
static void add_fields(struct text *line, const struct log_field *fields, size_t count)
{
    bool json = logger.format == LOG_FORMAT_JSON;

    for (size_t i = 0; i < count; i++) {
        size_t before = line->len;

        (json ? add_json_field : add_text_field)(line, &fields[i]);
        if (line->truncated || line->len + 1 > line->limit) {
            text_cut(line, before);
            line->truncated = false;
        }
    }
    if (json)
        text_add(line, "}");
}

/* With the lock held. False: there was no room, or nobody reads any more. */
static bool write_line(const char *data, size_t len)
{
    struct pollfd target = {.fd = logger.fd, .events = POLLOUT};
    int ready = poll(&target, 1, logger.stuck ? 0 : PATIENCE_MS);

    logger.stuck = ready <= 0;
    return !logger.stuck && write(logger.fd, data, len) == (ssize_t)len;
}

static bool write_event(enum log_level level, const char *message, const struct log_field *fields,
                        size_t count)
{
    CLEANUP_TEXT struct text line = TEXT_INIT(LINE_MAX_BYTES);

    add_head(&line, level, message);
    add_fields(&line, fields, count);
    if (line.failed)
        return false;
    line.limit++;
    text_add(&line, "\n");
    return write_line(text_get(&line), line.len);
}

/* With the lock held: once lines get through again, says how many did not. */
static void report_dropped(void)
{
    if (logger.dropped > 0 &&
        write_event(LOG_WARN, "log lines were dropped: their reader had stopped reading",
                    &LOG_INT("count", logger.dropped), 1))
        logger.dropped = 0;
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count)
{
    if (!log_enabled(level))
        return;
    pthread_mutex_lock(&logger.lock);
    report_dropped();
    if (logger.dropped > 0 || !write_event(level, message, fields, count)) {
        logger.dropped++;
        metrics_count(METRIC_LOG_LINES_DROPPED, METRIC_LABELS(LOG_DROP_READER));
    }
    pthread_mutex_unlock(&logger.lock);
}
