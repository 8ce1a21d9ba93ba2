/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each parser picks out of an AdmissionReview, and where it is: a tree of fields, for a walk
 * over any library's values. The texts are copied, because each library frees its own. For C++ too.
 */
#ifndef TESTS_BENCH_PARSERS_REVIEW_H
#define TESTS_BENCH_PARSERS_REVIEW_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum slot {
    SLOT_UID,
    SLOT_OPERATION,
    SLOT_GROUP,
    SLOT_VERSION,
    SLOT_KIND,
    SLOTS_OF_REQUEST,
    SLOT_DEVICE_NAME = SLOTS_OF_REQUEST, /* of the item that came last */
    SLOT_NAME,
};

/* Two lists in two objects. */
enum list {
    LIST_HOST_DEVICES,
    LIST_GPUS,
    LIST_OLD_HOST_DEVICES,
    LIST_OLD_GPUS,
    LISTS,
};

enum node_type {
    NODE_OBJECT,
    NODE_LIST, /* of objects */
    NODE_STRING,
};

struct node {
    const char *key; /* NULL: behind the last one */
    size_t key_len;
    enum node_type type;
    unsigned which;            /* the slot of a string, the list of a list */
    const struct node *fields; /* of the object, or of each item of the list */
};

/* An AdmissionReview. */
extern const struct node review_root;

/* The field of that key, NULL when nobody reads it. */
const struct node *node_find(const struct node *node, const char *key, size_t key_len);

struct piece {
    const char *data; /* NULL: absent */
    size_t len;
};

#define REVIEW_MAX_DEVICES 16

struct review {
    struct piece request[SLOTS_OF_REQUEST];
    struct {
        size_t count;
        struct {
            struct piece device_name, name;
        } devices[REVIEW_MAX_DEVICES];
    } lists[LISTS];
    enum list open; /* the list whose last item is being read */
    size_t used;
    bool full; /* more than there is room for: whoever sees it refuses */
    char texts[4096];
};

void review_begin(struct review *review);
/* An item of the list begins. */
void review_item(struct review *review, unsigned list);
void review_string(struct review *review, unsigned slot, const char *text, size_t len);

bool review_equal(const struct review *a, const struct review *b);
size_t review_devices(const struct review *review);

#ifdef __cplusplus
}
#endif

#endif
