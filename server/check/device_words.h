/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a device's name, to compare names that are spelt differently: lower-case runs of
 * ASCII letters and digits, each with a blank before it, and a blank at the end. "TU104GL [Tesla
 * T4]" has the words " tu104gl tesla t4 ".
 */
#ifndef SERVER_CHECK_DEVICE_WORDS_H
#define SERVER_CHECK_DEVICE_WORDS_H

#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds a name's words. */
void device_words_add(struct str name, struct text *text);

/* The same where a capital behind a small letter begins a word, as in "TeslaT4". */
void device_words_add_camel(struct str name, struct text *text);

/* The next word behind `*at` (0 at first), without blanks; false: there is none. */
bool device_words_next(struct str words, size_t *at, struct str *ret_word);

/* Whether `word` is one of the words. */
bool device_words_have(struct str words, struct str word);

/* Whether it is a part of them when they are written without blanks. */
bool device_words_contain(struct str words, struct str word);

/*
 * Whether a word tells one model from another: a letter at the beginning and a digit ("t4",
 * "gv100gl"), or four digits ("4090").
 */
bool device_word_tells(struct str word);

#endif
