/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that all victims share: what the program works with in two generations, "old" and
 * "new", and certificates of clients. Of devices as of clients there are some that are let through
 * in both generations, in the new one only, and never.
 */
#ifndef TESTS_FAULTS_GENERATIONS_H
#define TESTS_FAULTS_GENERATIONS_H

#include "tests/support/temp_dir.h"

#include <stdbool.h>

/* What is replaced as one. */
enum part {
    PART_PAIR,
    PART_LIST,
    PART_CLIENT_CA,
};
#define PART_COUNT 3

enum passing {
    PASSING_ALWAYS,
    PASSING_LATER,
    PASSING_NEVER,
};
#define PASSING_COUNT 3

struct generations {
    struct temp_dir dir; /* old/{tls.crt,tls.key,ca.crt,list.yaml,clients.crt}, new/… */
    struct temp_path ca; /* trusts the pairs of both */
    struct temp_path client_key;
};

/* Ends the program when something can't be made. */
void generations_make(struct generations *files);
void generations_remove(struct generations *files);

/* Trusts the pair of one. */
struct temp_path generations_ca(const struct generations *files, bool is_new);

/* A client's certificate. */
struct temp_path generations_client(const struct generations *files, enum passing client);

/* The name of a device. */
const char *generations_device(enum passing device);

/* What the list is in a HyperConverged of a cluster. */
const char *generations_spec(bool is_new);

#endif
