/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies that a soak sends, made once. */
#ifndef TESTS_SOAK_BODIES_H
#define TESTS_SOAK_BODIES_H

#include <stdbool.h>
#include <stddef.h>

struct body {
    const char *text;
    size_t len;
};

/* Reviews of a VirtualMachine that asks for one device. */
enum body_vm {
    BODY_PERMITTED, /* always in the list */
    BODY_CHANGING,  /* now in it, now not */
    BODY_MISSPELT,  /* never in it */
    BODY_UNNAMED,   /* permitted, and the entry has no name */
    BODY_LARGE,     /* permitted, with half a megabyte of annotations */
};
#define BODY_VM_COUNT 5

/* To be called once before the others, by one thread. */
void bodies_make(void);
void bodies_free(void);

struct body body_vm(enum body_vm which);
struct body body_list(void);       /* a HyperConverged with a wrong selector */
struct body body_too_long(void);   /* one byte longer than what is taken */
struct body body_of_objects(void); /* more values than are kept */

/* The permitted list as a manifest and as the spec in it, with or without the changing device. */
const char *body_manifest(bool with_changing);
const char *body_spec(bool with_changing);

#endif
