/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Environments that a server must bear, each tried by running it. A case that finds something else
 * says so and ends the program.
 */
#ifndef TESTS_ENVIRONMENTS_ENVIRONMENTS_H
#define TESTS_ENVIRONMENTS_ENVIRONMENTS_H

#include "tests/support/serving.h"

#include <stdbool.h>

/* --- the cases ------------------------------------------------------------------------------- */

void few_files(struct serving *serving);
void log_nobody_reads(struct serving *serving);
void clock_moved(struct serving *serving);
void little_memory(struct serving *serving);
void nothing_writable(struct serving *serving);

/* --- what they share ------------------------------------------------------------------------- */

/* Says what was required and does not hold, with the server's log, and ends the program. */
void require(struct serving *serving, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As serving_start(), in an environment that `prepare` makes, in the child. */
void start_in(struct serving *serving, void (*prepare)(void), const char *option,
              const char *value);

/* Ends the child when something could not be prepared. */
void prepared(bool done, const char *what);

/* A good review is allowed and a bad one denied, each on a connection of its own. */
bool answers_rightly(const struct serving *serving);

/* The same on one that is open. `review` is one of the next two, or one of these made larger. */
bool is_allowed(struct tls_client *client, const char *review, bool *ret_allowed);

/* serving_review with a device that is not permitted. */
extern const char *bad_review;

/* A good review of at least `size` bytes; the caller frees it. */
char *make_review(size_t size);

/* Puts a new certificate in place, and makes clients trust that one alone. */
void replace_certificate(struct serving *serving);

#endif
