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
};

/* Sets the message and returns false, so that `return error_set(err, …)` reads well. */
bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of the message and returns false. */
bool error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The message for a failed allocation; returns false. */
bool error_no_memory(struct error *err);

#endif
