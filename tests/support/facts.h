/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts written by hand, as rows of a table, and what a review of them finds, as lines that a table
 * can hold too. So a rule is tested with values, without JSON and without a server.
 */
#ifndef TESTS_SUPPORT_FACTS_H
#define TESTS_SUPPORT_FACTS_H

#include "base/arena.h"
#include "validators/facts.h"
#include "validators/findings.h"
#include "validators/permitted_list.h"
#include "validators/policy.h"
#include "validators/review.h"

#include <stdbool.h>
#include <stddef.h>

/* In a row: NULL is an absent field, "" an empty one, and this one of the wrong JSON type. */
extern const char MALFORMED[];

/* One entry of hostDevices[] or gpus[]. */
struct device_row {
    const char *device_name, *name, *claim_name, *request_name;
    bool no_object;
};

struct usb_row {
    const char *vendor, *product;
};

/* One entry of a list in permittedHostDevices. */
struct entry_row {
    const char *selector, *resource_name, *foreign_selector;
    bool external, disabled, no_object, selectors_malformed;
    const struct usb_row *usb;
    size_t usb_count;
};

struct device_rows {
    const struct device_row *items;
    size_t count;
};

struct entry_rows {
    const struct entry_row *items;
    size_t count;
};

#define ROWS_OF(type, ...)                                                              \
    {                                                                                   \
        (const type[]){__VA_ARGS__}, sizeof((const type[]){__VA_ARGS__}) / sizeof(type) \
    }
#define DEVICE(the_device_name, the_name)                    \
    {                                                        \
        .device_name = (the_device_name), .name = (the_name) \
    }
#define DEVICES(...) ROWS_OF(struct device_row, __VA_ARGS__)
#define ENTRIES(...) ROWS_OF(struct entry_row, __VA_ARGS__)
/* Two members of an entry_row at once. */
#define USB(...)                                  \
    .usb = (const struct usb_row[]){__VA_ARGS__}, \
    .usb_count = sizeof((const struct usb_row[]){__VA_ARGS__}) / sizeof(struct usb_row)

/* The lists below one prefix. */
struct section_rows {
    struct entry_rows lists[DEVICE_CLASS_COUNT];
    bool present; /* though every list is empty */
    bool has_foreign_usb_list;
};

/* One of metadata.labels. */
struct label_row {
    const char *key, *value;
};

struct label_rows {
    const struct label_row *items;
    size_t count;
};
#define LABELS(...) ROWS_OF(struct label_row, __VA_ARGS__)

/* One object. What is left out is absent. */
struct object_rows {
    const char *kind, *version;        /* NULL: VirtualMachine; the first row of that kind */
    struct device_rows devices[2];     /* hostDevices, gpus */
    struct device_rows misplaced[2];   /* the same under the mistaken prefix */
    struct section_rows section;       /* under the version's own prefix */
    struct section_rows other_section; /* under the other version's */
    struct label_rows labels;          /* of a Node */
    const struct type_fault *type_faults;
    bool deleting, managed_by_hco;
};

struct text_field field_of(const char *text);
const struct kind *kind_of_rows(const struct object_rows *rows);

/* Everything in `*ret_facts` lies in `arena`, or in `rows`. */
void facts_build(const struct object_rows *rows, struct arena *arena,
                 struct object_facts *ret_facts);

/* The permitted list of an object; ends the test program when it can't be made. */
struct permitted_list *list_of_rows(const struct object_rows *rows);

/* A HyperConverged with the PCI devices `names`, none of them external or disabled. */
struct permitted_list *list_of_names(const char *const *names, size_t count);

/* What was asked and what came out. */
struct judgement {
    struct arena arena;
    struct object_facts object, old_object;
    struct findings findings;
    enum review_result result;
};

/* `old` is NULL for a CREATE, `list` when it is not known. */
void judgement_make(struct judgement *judgement, const struct object_rows *rows,
                    const struct object_rows *old, const struct policy *policy,
                    const struct permitted_list *list);
void judgement_free(struct judgement *judgement);
#define CLEANUP_JUDGEMENT __attribute__((cleanup(judgement_free)))

/*
 * Compares with the expected findings, one a line: "deny RULE PATH" or "warn RULE PATH", denials
 * first, paths without the prefix of the kind; NULL and "" for none. `says` (NULL: anything) must
 * stand in the messages.
 * False, with a report that names `what` on standard error, when they differ.
 */
bool judgement_check(const struct judgement *judgement, const char *what, const char *lines,
                     const char *says);

/* A case of a rule. */
struct rule_row {
    const char *what;
    struct object_rows object;
    struct object_rows old; /* an UPDATE when anything is in it */
    struct policy policy;
    const char *lines, *says; /* see judgement_check() */
};

/* Plays the rows, for objects of `kind` where a row names none; returns how many went wrong. */
size_t rule_rows_play(const struct rule_row *rows, size_t count, const char *kind,
                      const struct permitted_list *list);

/* The number behind the first `before` in a text; 0 when there is none. */
size_t number_behind(const char *text, const char *before);

/* The same text? Else reports on standard error which row has `got` instead. */
bool text_check(const char *what, const char *expected, const char *got);

#endif
