/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error shape of the program. A function that can fail returns false (or NULL) and takes
 * `struct error *err` as its last argument; the error is untouched on success. On the way up a
 * caller puts its context in front with error_wrap(). Nothing here allocates, so an error can be
 * reported when memory is what ran out.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

struct error {
    char message[1024]; /* one sentence without a full stop; cut when longer */
    bool no_memory;     /* it is for lack of memory, not for what was asked */
};

static inline bool error_false(void)
{
    return false;
}

/*
 * These are macros so that a compiler sees that they are false, and so that
 * `return error_set(err, …)` reads well.
 */

/* Sets the message. */
#define error_set(err, ...) (error_format((err), __VA_ARGS__), error_false())

/* Puts "context: " in front of the message. */
#define error_wrap(err, ...) (error_prefix((err), __VA_ARGS__), error_false())

/* The message for a failed allocation. */
#define error_no_memory(err) (error_set_no_memory(err), error_false())

void error_format(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
void error_set_no_memory(struct error *err);
void error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
