/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's log: one line per event on stderr, as text or as JSON. An event is a fixed message
 * and fields; whatever a field holds is escaped, so nothing from outside can forge a line or steer
 * a terminal. Only server/ logs. Any thread may: a line is one write(2) of at most PIPE_BUF bytes.
 * A reader that has gone away or stopped reading never stops the server: such lines are dropped,
 * counted, and the count is logged once lines get through again.
 */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Before the first thread. Without it: text, info and above, file descriptor 2. */
void log_configure(enum log_format format, enum log_level lowest, int fd);

/* Whether an event of this level is written, for fields that are costly to make. */
bool log_enabled(enum log_level level);

struct log_field {
    const char *key;
    bool is_number;
    struct str text; /* borrowed; of a number: its digits, where it has a fraction */
    long long number;
};

#define LOG_STR(the_key, the_str)           \
    (struct log_field)                      \
    {                                       \
        .key = (the_key), .text = (the_str) \
    }
#define LOG_TEXT(the_key, the_text) LOG_STR(the_key, str_from(the_text))
#define LOG_INT(the_key, the_number)                                           \
    (struct log_field)                                                         \
    {                                                                          \
        .key = (the_key), .is_number = true, .number = (long long)(the_number) \
    }

/* A number with a fraction, written out. */
#define LOG_DECIMAL(the_key, the_digits)                                  \
    (struct log_field)                                                    \
    {                                                                     \
        .key = (the_key), .is_number = true, .text = str_from(the_digits) \
    }

/* log_event(LOG_INFO, "listening", LOG_TEXT("address", address), LOG_INT("threads", 2)); */
#define log_event(level, message, ...)                                      \
    log_fields((level), (message), (const struct log_field[]){__VA_ARGS__}, \
               sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* An event without fields. */
#define log_message(level, message) log_fields((level), (message), NULL, 0)

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count);

#endif
