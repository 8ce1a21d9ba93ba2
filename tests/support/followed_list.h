/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fixture of the cluster source's tests: a fake cluster, the source that follows it, what it
 * permits and what it logs. Nothing is timed: a test waits until something is so, and only how long
 * it waits before it gives up is bounded.
 */
#ifndef TESTS_SUPPORT_FOLLOWED_LIST_H
#define TESTS_SUPPORT_FOLLOWED_LIST_H

#include "server/cluster/cluster_source.h"
#include "tests/support/fake_cluster.h"

#include <stdbool.h>
#include <stddef.h>

/* Specs with one PCI device, for each API that has a list. */
#define PCI(selector, name) \
    "{\"pciHostDevices\":[{\"" selector "\":\"10DE:1EB8\",\"resourceName\":\"" name "\"}]}"
#define BETA(name) "{\"permittedHostDevices\":" PCI("pciDeviceSelector", name) "}"
#define V1(name) "{\"virtualization\":" BETA(name) "}"
#define KUBEVIRT(name) \
    "{\"configuration\":{\"permittedHostDevices\":" PCI("pciVendorSelector", name) "}}"
#define NO_LIST "{\"virtualization\":{\"permittedHostDevices\":{\"pciHostDevices\":[]}}}"

struct followed_list {
    struct fake_cluster *cluster;
    struct current_list *current;
    struct cluster_source *source;
    struct cluster_source_config config;
    int log[2];
    char *text; /* the log so far */
    size_t len;
};

/* cmocka's: a source that is not started, with short waits but looks an hour apart. */
int followed_list_set_up(void **state);
int followed_list_tear_down(void **state);

void follow(struct followed_list *list);

/* Whether `name` is permitted now; false as well when nothing is known. */
bool permits(struct followed_list *list, const char *name);
void wait_permitted(struct followed_list *list, const char *name, bool permitted);

/* Nothing is known for a reason that holds `what`: waits for it. */
void wait_problem(struct followed_list *list, const char *what);

size_t times_logged(struct followed_list *list, const char *what);
void wait_logged(struct followed_list *list, const char *what, size_t times);

/* Until the cluster had `count` requests of a kind. */
void wait_requests(struct followed_list *list, enum fake_request request, unsigned count);

/* Reads afresh, as before a denial. False: `ret_problem` says why that failed. */
bool read_afresh(struct followed_list *list, struct error *ret_problem);

#endif
