/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/review.h"

#include <string.h>

/* --- the fields ------------------------------------------------------------------------------- */

#define KEY(literal) (literal), sizeof(literal) - 1
#define STRING(literal, slot)                   \
    {                                           \
        KEY(literal), NODE_STRING, (slot), NULL \
    }
#define OBJECT(literal, members)                \
    {                                           \
        KEY(literal), NODE_OBJECT, 0, (members) \
    }
#define LIST(literal, list, members)               \
    {                                              \
        KEY(literal), NODE_LIST, (list), (members) \
    }
#define END                           \
    {                                 \
        NULL, 0, NODE_OBJECT, 0, NULL \
    }

static const struct node device[] = {STRING("deviceName", SLOT_DEVICE_NAME),
                                     STRING("name", SLOT_NAME), END};

static const struct node devices[] = {LIST("hostDevices", LIST_HOST_DEVICES, device),
                                      LIST("gpus", LIST_GPUS, device), END};
static const struct node domain[] = {OBJECT("devices", devices), END};
static const struct node template_spec[] = {OBJECT("domain", domain), END};
static const struct node template[] = {OBJECT("spec", template_spec), END};
static const struct node spec[] = {OBJECT("template", template), END};
static const struct node object[] = {OBJECT("spec", spec), END};

static const struct node old_devices[] = {LIST("hostDevices", LIST_OLD_HOST_DEVICES, device),
                                          LIST("gpus", LIST_OLD_GPUS, device), END};
static const struct node old_domain[] = {OBJECT("devices", old_devices), END};
static const struct node old_template_spec[] = {OBJECT("domain", old_domain), END};
static const struct node old_template[] = {OBJECT("spec", old_template_spec), END};
static const struct node old_spec[] = {OBJECT("template", old_template), END};
static const struct node old_object[] = {OBJECT("spec", old_spec), END};

static const struct node kind[] = {STRING("group", SLOT_GROUP), STRING("version", SLOT_VERSION),
                                   STRING("kind", SLOT_KIND), END};
static const struct node request[] = {STRING("uid", SLOT_UID),
                                      OBJECT("kind", kind),
                                      STRING("operation", SLOT_OPERATION),
                                      OBJECT("object", object),
                                      OBJECT("oldObject", old_object),
                                      END};
static const struct node root[] = {OBJECT("request", request), END};

const struct node review_root = OBJECT("", root);

const struct node *node_find(const struct node *node, const char *key, size_t key_len)
{
    for (const struct node *field = node->fields; field->key; field++) {
        if (field->key_len == key_len && memcmp(field->key, key, key_len) == 0)
            return field;
    }
    return NULL;
}

/* --- what is picked --------------------------------------------------------------------------- */

void review_begin(struct review *review)
{
    memset(review->request, 0, sizeof review->request);
    for (size_t i = 0; i < LISTS; i++)
        review->lists[i].count = 0;
    review->open = LIST_HOST_DEVICES;
    review->used = 0;
    review->full = false;
}

void review_item(struct review *review, unsigned list)
{
    const size_t i = review->lists[list].count;

    if (i == REVIEW_MAX_DEVICES) {
        review->full = true;
        return;
    }
    memset(&review->lists[list].devices[i], 0, sizeof review->lists[list].devices[i]);
    review->lists[list].count++;
    review->open = (enum list)list;
}

static struct piece *piece_of(struct review *review, unsigned slot)
{
    const size_t count = review->lists[review->open].count;

    if (slot < SLOTS_OF_REQUEST)
        return &review->request[slot];
    if (slot == SLOT_DEVICE_NAME)
        return &review->lists[review->open].devices[count - 1].device_name;
    return &review->lists[review->open].devices[count - 1].name;
}

void review_string(struct review *review, unsigned slot, const char *text, size_t len)
{
    char *copy = review->texts + review->used;

    if (review->full || len > sizeof review->texts - review->used) {
        review->full = true;
        return;
    }
    memcpy(copy, text, len);
    review->used += len;
    *piece_of(review, slot) = (struct piece){copy, len};
}

static bool piece_equal(struct piece a, struct piece b)
{
    if (!a.data || !b.data)
        return a.data == b.data;
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

bool review_equal(const struct review *a, const struct review *b)
{
    for (size_t i = 0; i < SLOTS_OF_REQUEST; i++) {
        if (!piece_equal(a->request[i], b->request[i]))
            return false;
    }
    for (size_t i = 0; i < LISTS; i++) {
        if (a->lists[i].count != b->lists[i].count)
            return false;
        for (size_t k = 0; k < a->lists[i].count; k++) {
            if (!piece_equal(a->lists[i].devices[k].device_name,
                             b->lists[i].devices[k].device_name) ||
                !piece_equal(a->lists[i].devices[k].name, b->lists[i].devices[k].name))
                return false;
        }
    }
    return true;
}

size_t review_devices(const struct review *review)
{
    size_t count = 0;

    for (size_t i = 0; i < LISTS; i++)
        count += review->lists[i].count;
    return count;
}
