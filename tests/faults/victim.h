/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program under a fault: a folder with links to its files, the control file, its log, the
 * cluster that it follows, and an address of its own among those of the loopback network, so that
 * nobody has to read it from a log that may be what failed.
 */
#ifndef TESTS_FAULTS_VICTIM_H
#define TESTS_FAULTS_VICTIM_H

#include "tests/faults/control.h"
#include "tests/faults/generations.h"
#include "tests/support/fake_cluster.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_client.h"

#include <sys/types.h>

/* The bound of everything that is waited for: generous, as machines are busy. */
#define VICTIM_PATIENCE_MS 20000

/* How the program is set up. */
enum setting {
    SETTING_FILE,    /* its list is a file, and it talks to everybody */
    SETTING_CLUSTER, /* its list is a cluster's */
    SETTING_CLIENTS, /* its list is a file, and its clients need a certificate */
};

struct victim {
    const struct generations *files;
    enum setting setting;
    struct temp_dir dir;
    struct control *control;
    struct fake_cluster *cluster; /* NULL: its list is a file */
    pid_t child;                  /* 0: not running. The program, or its tracer */
    bool traced;
    bool is_new[PART_COUNT]; /* of what is in place */
    char host[32];
    struct temp_path client_cert;
    struct tls_target target, probes;
};

/* Makes what it needs; `number` makes its address. Nothing runs yet. */
void victim_make(struct victim *victim, const struct generations *files, enum setting setting,
                 long number, bool traced);
void victim_start(struct victim *victim);
void victim_remove(struct victim *victim); /* SIGKILL when it still runs */

/* Puts the other one in place, in one step. */
void victim_replace(struct victim *victim, enum part part);
bool victim_has(const struct victim *victim, enum part part);

/* Waits for its end: its exit code, or 128 + the signal that ended it. False: it did not end. */
bool victim_await_end(struct victim *victim, int patience_ms, int *ret_code);

/* SIGTERM. */
void victim_tell_to_stop(struct victim *victim);

/* How often a text stands in its log. */
unsigned victim_log_count(const struct victim *victim, const char *text);

/* The log; the caller frees it. */
char *victim_log(const struct victim *victim);

#endif
