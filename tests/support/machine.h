/* SPDX-License-Identifier: Apache-2.0 */
/* MachineConfigs and Butane documents for tests: written in YAML, decoded and judged. */
#ifndef TESTS_SUPPORT_MACHINE_H
#define TESTS_SUPPORT_MACHINE_H

#include "tests/support/facts.h"
#include "validators/machine_config/machine_config.h"

#include <jansson.h>

/* What stands in front of every MachineConfig and Butane document that is as it should be. */
#define MACHINE_CONFIG_HEAD                              \
    "apiVersion: machineconfiguration.openshift.io/v1\n" \
    "kind: MachineConfig\n"                              \
    "metadata: {name: a, labels: {" ROLE_LABEL ": worker}}\n"
#define BUTANE_HEAD        \
    "variant: openshift\n" \
    "version: 4.17.0\n"    \
    "metadata: {name: a, labels: {" ROLE_LABEL ": worker}}\n"

/* An object and all that it refers to. */
struct machine {
    json_t *documents;
    struct judgement judgement; /* its arena has the facts */
};

/* Decodes and judges the only object of a YAML text; what can't be read fails the test. */
void machine_make(struct machine *machine, const char *yaml);
void machine_free(struct machine *machine);
#define CLEANUP_MACHINE __attribute__((cleanup(machine_free)))

const struct machine_config_facts *machine_facts(const struct machine *machine);

/* The bytes of a file; the caller free()s them. */
char *machine_read(const char *path);

/* A case of a rule. */
struct machine_row {
    const char *what, *yaml;
    const char *lines, *says; /* see judgement_check() */
};

/* Plays the rows, with `head` in front of each text; returns how many went wrong. */
size_t machine_rows_play(const struct machine_row *rows, size_t count, const char *head);

/* --- texts, in a MachineConfig and behind its head ------------------------------------------- */

#define MC_HEAD "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\n"
/* Kernel arguments in the spec. */
#define ARGUMENTS(list) "spec: {kernelArguments: [" list "]}\n"
/* Files in the spec: entries of a YAML flow sequence. */
#define FILES(list) "spec: {config: {ignition: {version: 3.2.0}, storage: {files: [" list "]}}}\n"
#define FILE_OF(path, url) "{path: " path ", contents: {source: '" url "'}}"
#define MODPROBE(url) FILE_OF("/etc/modprobe.d/vfio.conf", "data:," url)
#define LOAD FILE_OF("/etc/modules-load.d/vfio-pci.conf", "data:,vfio-pci%0A")
#define IDS(ids) MODPROBE("options%20vfio-pci%20ids=" ids)
/* The path of the first file's contents. */
#define SOURCE "config.storage.files[0].contents.source"

#endif
