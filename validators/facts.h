/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules know of an object: small typed values that a decoder has picked out of it. Rules
 * read these and never JSON, so a rule can be tested with values written by hand, and the decoder
 * can be exchanged without touching a rule. Everything is borrowed from the decoder's arena and
 * from the document; an entry's place in its array is its index in the list.
 */
#ifndef VALIDATORS_FACTS_H
#define VALIDATORS_FACTS_H

#include "base/str.h"
#include "validators/kinds.h"
#include "validators/path.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_state {
    FIELD_ABSENT,    /* or null: the API server treats both alike */
    FIELD_TEXT,      /* a string, possibly empty */
    FIELD_MALFORMED, /* of another JSON type; a type_fault says so */
};

struct text_field {
    enum field_state state;
    struct str text; /* absent unless FIELD_TEXT */
};

/* A field whose JSON type is not the schema's. */
struct type_fault {
    const struct type_fault *next;
    struct path path;
    const char *expected; /* "a string" */
    const char *found;    /* "number" */
    struct str scalar;    /* the string, number or boolean; absent for other types */
    uint64_t digest;      /* of the value found, to tell it from another */
    struct str wanted;    /* the string to write instead of a number; absent: that number */
};

/* One entry of hostDevices[] or gpus[]. */
struct device {
    bool malformed; /* the entry, or a field of it, has the wrong type */
    bool is_object;
    struct text_field device_name, name, claim_name, request_name;
};

struct device_list {
    struct path path; /* of the list */
    const char *key;  /* "hostDevices" or "gpus" */
    const char *stem; /* what default names begin with */
    bool present;     /* the field is there, though perhaps not as an array */
    const struct device *items;
    size_t count;
    const char *belongs; /* the prefix where it should be, when it is not there; else NULL */
};

struct usb_selector {
    struct text_field vendor, product;
};

/* One entry of a list in permittedHostDevices. */
struct permitted_entry {
    bool is_object;                     /* else nothing below is set */
    bool disabled;                      /* checked for form only */
    bool external;                      /* externalResourceProvider */
    bool selectors_malformed;           /* USB: `selectors` is not an array */
    struct text_field selector;         /* PCI: ids; mediated: name */
    struct text_field foreign_selector; /* PCI: the ids under the other API's key */
    struct text_field resource_name;
    const struct usb_selector *usb;
    size_t usb_count;
};

struct permitted_entries {
    struct path path;
    const struct permitted_entry *items;
    size_t count;
};

/* One permittedHostDevices object. */
struct permitted_section {
    struct str prefix;
    bool present;
    bool has_foreign_usb_list;
    const char *belongs; /* as in device_list */
    struct permitted_entries lists[DEVICE_CLASS_COUNT];
};

/* One of metadata.labels. */
struct node_label {
    struct str key;
    struct text_field value;
};

/* What a Node says of its GPUs. */
struct node_facts {
    const struct node_label *labels; /* all of them */
    size_t label_count;
};

/* hostDevices and gpus, under the right prefix and under the mistaken one */
#define MAX_DEVICE_LISTS 4
#define MAX_SECTIONS 2

struct machine_config_facts; /* machine_config.h */

struct object_facts {
    const struct kind *kind;
    bool deleting;       /* metadata.deletionTimestamp is set */
    bool managed_by_hco; /* labelled app.kubernetes.io/managed-by: hco-operator */
    const struct type_fault *type_faults;
    struct device_list devices[MAX_DEVICE_LISTS]; /* of FAMILY_DEVICE_REQUESTS */
    size_t device_list_count;
    struct permitted_section sections[MAX_SECTIONS]; /* of FAMILY_PERMITTED_DEVICES */
    size_t section_count;
    struct node_facts node;                     /* of FAMILY_NODE */
    const struct machine_config_facts *machine; /* of FAMILY_MACHINE_CONFIG */
};

/* The field's text when it is a string with at least one byte, else the absent str. */
static inline struct str field_filled(struct text_field field)
{
    return field.state == FIELD_TEXT && field.text.len > 0 ? field.text : (struct str){NULL, 0};
}

/* True when there is nothing: absent, null or the empty string (but not when malformed). */
static inline bool field_is_empty(struct text_field field)
{
    return field.state != FIELD_MALFORMED && !field_filled(field).data;
}

/* True for an entry that asks by a DRA claim (it needs no deviceName then). */
static inline bool device_has_claim(const struct device *device)
{
    return !field_is_empty(device->claim_name) || !field_is_empty(device->request_name);
}

#endif
