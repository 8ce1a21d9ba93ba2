/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports on checked files, one format a file report_*.c. A report is written piece by piece, so
 * that only one file's faults are held: its beginning, each file in turn, its end. Whoever writes
 * takes the text away after each of them. Pure: no I/O.
 */
#ifndef SERVER_CHECK_REPORT_H
#define SERVER_CHECK_REPORT_H

#include "server/check/check_file.h"

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* A file's faults take less than this in every format: a fault takes some 4 KiB at most. */
#define REPORT_MEMORY_LIMIT ((size_t)1024 * 1024 * 1024)

struct report {
    struct text text;  /* what was written and not yet taken */
    struct text notes; /* report_sarif's, which stand at its end */
    bool colour;
    bool fails_on_warnings; /* a warning is a failure (--fail-on warn) */
    bool has_item;          /* whether a comma comes next, where there are commas */
};

/* clang-format off */
#define REPORT_INIT {.text = TEXT_INIT(REPORT_MEMORY_LIMIT), .notes = TEXT_INIT(REPORT_MEMORY_LIMIT)}
/* clang-format on */

struct report_format {
    const char *name;
    void (*begin)(struct report *report);
    void (*file)(struct report *report, const struct check_file *file);
    void (*end)(struct report *report, const struct check_summary *summary);
};

extern const struct report_format report_text, report_json, report_junit, report_sarif,
    report_github;

/* The rule id of what can't be read, in formats that want one for everything. */
#define REPORT_UNREADABLE "unreadable"

/* --- for the formats ------------------------------------------------------------------------- */

const char *report_severity(const struct check_fault *fault); /* "deny", "warn" or "hint" */

/* Adds how people call an object: "VirtualMachine blue/vm-with-gpu", as it is written. */
void report_add_object(struct text *text, const struct check_object *object);

/* What was put together aside, for use in `text`, which remembers when memory ran out over it. */
struct str report_part(struct text *text, const struct text *part);

/* Adds `path: message`. */
void report_add_fault(struct text *text, const struct check_fault *fault);

/* A file's name as others call it: without "./" before it. */
struct str report_file_name(const char *name);

/* Adds how many more faults an object has than are told, and of which. */
void report_add_hidden(struct text *text, const struct check_object *object);

/* "" for one thing, and "s" for any other number of them. */
const char *report_plural(size_t count);

/* Adds the line that counts: "2 files, 3 objects, 0 skipped: 1 denied, 0 warned". */
void report_add_summary(struct text *text, const struct check_summary *summary);

/* How many faults of an object are counted and not among its `faults`. */
size_t report_hidden(const struct check_object *object);

/* Adds bytes as UTF-8, each that is none as U+FFFD. */
void report_add_utf8(struct text *text, struct str bytes);

/* Adds bytes as a JSON string, in quotes. */
void report_add_json(struct text *text, struct str bytes);

/* Adds `"key":"bytes"`; nothing when they are absent. */
void report_add_json_member(struct text *text, const char *before, const char *key,
                            struct str bytes);

/* The one JSON member that is a number. */
void report_add_json_number(struct text *text, const char *before, const char *key, size_t number);

#endif
