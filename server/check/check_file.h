/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is found in one text: the model that every report is written from. Everything is borrowed
 * from the text and from the arena that it was made in.
 */
#ifndef SERVER_CHECK_CHECK_FILE_H
#define SERVER_CHECK_CHECK_FILE_H

#include "server/check/text_lines.h"
#include "server/documents/document_text.h"
#include "validators/kinds.h"
#include "validators/rules.h"

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct check_fault {
    const struct rule *rule; /* of a hint, that of hint_table */
    enum severity severity;  /* what became of it; of a hint nothing */
    bool is_hint;            /* less than a warning, and never counted as one */
    struct str path;         /* dotted, below the object */
    struct str message;      /* as the webhook has it behind the path */
    struct document_place place;
    struct text_excerpt source;
};

/* An object of a kind that is reviewed. */
struct check_object {
    const struct check_object *next;
    const struct kind *kind;
    struct str namespace; /* absent: none is written */
    struct str name;      /* absent: none is written */
    bool generated_name;  /* it is a generateName */
    struct document_place place;
    struct check_fault *faults; /* in the order of their places */
    size_t fault_count;
    size_t denied, warned; /* all faults: more than `faults` where there are too many */
    const struct check_fault *hints;
    size_t hint_count;
    bool names_unjudged; /* it asks for devices, and the permitted list is not known */
};

/* What is no fault of an object, but to be known. */
struct check_note {
    const struct check_note *next;
    struct str message;
    struct document_place place;
};

struct check_file {
    const char *name; /* for people; as it was given, or found */
    const struct check_object *objects;
    size_t object_count;
    size_t skipped;                    /* objects of other kinds */
    struct str error;                  /* why the text can't be read; absent: it could */
    struct document_place error_place; /* line 0: nobody knows */
    struct text_excerpt error_source;
    const struct check_note *notes;
};

/* Of all files together. */
struct check_summary {
    size_t files, objects, skipped;
    size_t denied, warned; /* objects: with a denial; with warnings alone */
    size_t faults;
    size_t hints;
    size_t unreadable; /* files */
    size_t unjudged;   /* objects with names_unjudged */
    bool fixes;        /* --fix: what is counted above is what remains */
    bool dry_run;      /* with it: nothing is written */
    size_t repaired;   /* faults, or that could be */
    size_t unwritten;  /* files */
    struct str note;   /* why; absent: all was judged */
};

/* Counts a file. */
void check_summary_add(struct check_summary *summary, const struct check_file *file);

enum check_verdict { CHECK_ALLOW, CHECK_WARN, CHECK_DENY };

enum check_verdict check_object_verdict(const struct check_object *object);

#endif
