/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for MachineConfigs and Butane documents: what is warned about, and what is near to it.
 */
#include "tests/support/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_role(void **state)
{
    static const struct machine_row rows[] = {
        {"an argument and no label", "metadata: {name: a}\n" ARGUMENTS("intel_iommu=on"),
         "warn machine-role-required metadata.labels",
         "metadata.labels: Required value: without the label "
         "machineconfiguration.openshift.io/role no MachineConfigPool takes it, and no node gets "
         "it; write machineconfiguration.openshift.io/role: worker, or another pool's name\n"},
        {"an argument that is nobody's here", "metadata: {name: a}\n" ARGUMENTS("quiet"),
         "warn machine-role-required metadata.labels", NULL},
        {"an empty label", "metadata: {labels: {" ROLE_LABEL ": ''}}\n" ARGUMENTS("quiet"),
         "warn machine-role-required metadata.labels", NULL},
        {"another label", "metadata: {labels: {role: worker}}\n" ARGUMENTS("quiet"),
         "warn machine-role-required metadata.labels", NULL},
        {"files alone", "metadata: {name: a}\n" FILES(IDS("10de:1eb8") ", " LOAD),
         "warn machine-role-required metadata.labels", NULL},
        {"no label and nothing of interest", "metadata: {name: a}\n" FILES(""), NULL, NULL},
        {"what the operator renders",
         "metadata: {name: rendered-worker-0}\n" ARGUMENTS("intel_iommu=on"), NULL, NULL},
        {"the label", "metadata: {labels: {" ROLE_LABEL ": gpu}}\n" ARGUMENTS("quiet"), NULL, NULL},
        {"a label that is a number", "metadata: {labels: {" ROLE_LABEL ": 7}}\n" ARGUMENTS("quiet"),
         "warn wrong-type metadata.labels." ROLE_LABEL, "write it in quotes"},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MC_HEAD), 0);
}

static void test_ignition_version(void **state)
{
#define VERSION(version) "spec: {config: {ignition: {version: " version "}}}\n"
    static const struct machine_row rows[] = {
        {"3.2.0", VERSION("3.2.0"), NULL, NULL},
        {"3.3.0", VERSION("3.3.0"), NULL, NULL},
        {"3.4.0", VERSION("3.4.0"), NULL, NULL},
        {"3.5.0", VERSION("3.5.0"), NULL, NULL},
        {"no configuration", "spec: {}\n", NULL, NULL},
        {"null", "spec: {config: null}\n", NULL, NULL},
        {"too old", VERSION("2.2.0"), "warn ignition-version config.ignition.version",
         "spec.config.ignition.version: Unsupported value: \"2.2.0\": OpenShift still converts "
         "this "
         "version; write new files for one of 3.2.0, 3.3.0, 3.4.0 and 3.5.0\n"},
        {"too old to be converted", VERSION("2.1.0"),
         "warn ignition-version config.ignition.version",
         "versions 3.2.0, 3.3.0, 3.4.0 and 3.5.0 are known here; write \"3.2.0\"\n"},
        {"3.1.0", VERSION("3.1.0"), "warn ignition-version config.ignition.version",
         "OpenShift still converts"},
        {"3.6.0", VERSION("3.6.0"), "warn ignition-version config.ignition.version",
         "write \"3.5.0\""},
        {"3.6.0-experimental", VERSION("3.6.0-experimental"),
         "warn ignition-version config.ignition.version", "write \"3.5.0\""},
        {"4.17.0", VERSION("4.17.0"), "warn ignition-version config.ignition.version",
         "write \"3.5.0\""},
        {"99999999999.0", VERSION("3.99999999999.0"),
         "warn ignition-version config.ignition.version", "write \"3.5.0\""},
        {"no version at all", VERSION("latest"), "warn ignition-version config.ignition.version",
         "write \"3.2.0\""},
        {"the end is missing", VERSION("'3.4'"), "warn ignition-version config.ignition.version",
         "write \"3.4.0\""},
        {"another end", VERSION("3.5.1"), "warn ignition-version config.ignition.version",
         "write \"3.5.0\""},
        {"empty", VERSION("''"), "warn machine-version-required config.ignition.version", NULL},
        {"absent", "spec: {config: {ignition: {}}}\n",
         "warn machine-version-required config.ignition.version",
         "spec.config.ignition.version: Required value: without a version the configuration is "
         "refused; write \"3.2.0\"\n"},
        {"an empty configuration", "spec: {config: {}}\n",
         "warn machine-version-required config.ignition.version", NULL},
        {"a number", VERSION("3.2"), "warn wrong-type config.ignition.version",
         "must be a string, found 3.2; write it in quotes and in full, as in \"3.2.0\"\n"},
        {"a whole number", VERSION("3"), "warn wrong-type config.ignition.version",
         "found 3; write it in quotes and in full, as in \"3.2.0\"\n"},
        {"a boolean", VERSION("true"), "warn wrong-type config.ignition.version",
         "found true; write it in quotes\n"},
        {"no object", "spec: {config: {ignition: 3.2.0}}\n",
         "warn wrong-type config.ignition\nwarn machine-version-required config.ignition.version",
         NULL},
        {"no configuration either", "spec: {config: 7}\n", "warn wrong-type config", NULL},
        {"no specification", "spec: 7\n", "warn wrong-type spec", NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

/* --- Butane ---------------------------------------------------------------------------------- */

#define BUTANE(version) "variant: openshift\n" version "metadata: {name: a}\n"

static void test_butane_version(void **state)
{
    static const struct machine_row rows[] = {
        {"4.17.0", BUTANE("version: 4.17.0\n"), NULL, NULL},
        {"4.8.0", BUTANE("version: '4.8.0'\n"), NULL, NULL},
        {"experimental", BUTANE("version: 4.20.0-experimental\n"), NULL, NULL},
        {"a patch", BUTANE("version: 4.17.3\n"), "warn butane-version version",
         "version: Invalid value: \"4.17.3\": Butane's versions for OpenShift end in .0; write "
         "\"4.17.0\"\n"},
        {"the end is missing", BUTANE("version: '4.17'\n"), "warn butane-version version",
         "write \"4.17.0\""},
        {"a long number", BUTANE("version: 4.1234567890123456789012345678901\n"),
         "warn wrong-type version", NULL},
        {"a very long number", BUTANE("version: '4.1234567890123456789012345678901'\n"),
         "warn butane-version version", "write \"4.17.0\""},
        {"no number", BUTANE("version: latest\n"), "warn butane-version version",
         "write \"4.17.0\""},
        {"a dot too much", BUTANE("version: 4..0\n"), "warn butane-version version", NULL},
        {"4.17.01", BUTANE("version: 4.17.01\n"), "warn butane-version version", NULL},
        {"the placeholder", BUTANE("version: '{product-version}.0'\n"),
         "warn butane-version version",
         "version: Invalid value: \"{product-version}.0\": this stands in the documentation for a "
         "version; write that of your OpenShift, ending in .0, as in \"4.17.0\"\n"},
        {"the placeholder without quotes", BUTANE("version: {product-version}\n"),
         "warn butane-version version", "\"{product-version}\": this stands"},
        {"an object", BUTANE("version: {a: 1}\n"), "warn wrong-type version", NULL},
        {"an empty object", BUTANE("version: {}\n"), "warn wrong-type version", NULL},
        {"a number", BUTANE("version: 4.17\n"), "warn wrong-type version",
         "version: Invalid value: \"number\": must be a string, found 4.17; write it in quotes and "
         "in full, as in \"4.17.0\"\n"},
        {"a number that has lost its zero", BUTANE("version: 4.20\n"), "warn wrong-type version",
         "found 4.2; write it in quotes and in full, as in \"4.20.0\"\n"},
        {"a whole number", BUTANE("version: 4\n"), "warn wrong-type version",
         "found 4; write it in quotes and in full, as in \"4.17.0\"\n"},
        {"absent", BUTANE(""), "warn machine-version-required version",
         "version: Required value: without a version Butane refuses the document; write that of "
         "your OpenShift, ending in .0, as in \"4.17.0\"\n"},
        {"empty", BUTANE("version: ''\n"), "warn machine-version-required version", NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), ""), 0);
}

static void test_misplaced_arguments(void **state)
{
#define IN_BUTANE(what) BUTANE_HEAD what "\n"
#define IN_SPEC(what) MACHINE_CONFIG_HEAD "spec: {" what "}\n"
#define IN_CONFIG(what) IN_SPEC("config: {ignition: {version: 3.3.0}, " what "}")
    static const struct machine_row rows[] = {
        {"right", IN_BUTANE("openshift: {kernel_arguments: [intel_iommu=on]}"), NULL, NULL},
        {"other fields", IN_BUTANE("openshift: {kernel_type: default, args: [a]}"), NULL, NULL},
        {"nothing", IN_BUTANE("openshift: {kernelArguments: null}"), NULL, NULL},
        {"an empty list", IN_BUTANE("openshift: {kernelArguments: []}"), NULL, NULL},
        {"as in a MachineConfig", IN_BUTANE("openshift: {kernelArguments: [intel_iommu=on]}"),
         "warn arguments-misplaced openshift.kernelArguments",
         "openshift.kernelArguments: Invalid value: \"kernelArguments\": there is no such field, "
         "and what is in it gets lost; write kernel_arguments\n"},
        {"with a dash", IN_BUTANE("openshift: {kernel-arguments: intel_iommu=on}"),
         "warn arguments-misplaced openshift.kernel-arguments", NULL},
        {"abridged", IN_BUTANE("openshift: {kernel_args: [a], kargs: [a], kernel_arguments: [a]}"),
         "warn arguments-misplaced openshift.kernel_args\n"
         "warn arguments-misplaced openshift.kargs",
         NULL},
        {"beside openshift", IN_BUTANE("kernel_arguments: {should_exist: [intel_iommu=on]}"),
         "warn arguments-misplaced kernel_arguments",
         "kernel_arguments: Invalid value: \"kernel_arguments\": OpenShift takes no kernel "
         "arguments from here; write them under openshift.kernel_arguments\n"},
        {"a MachineConfig's", IN_SPEC("kernelArguments: [intel_iommu=on]"), NULL, NULL},
        {"as in Butane", IN_SPEC("kernel_arguments: [intel_iommu=on]"),
         "warn arguments-misplaced kernel_arguments",
         "spec.kernel_arguments: Invalid value: \"kernel_arguments\": there is no such field, and "
         "what is in it gets lost; write kernelArguments\n"},
        {"Ignition's", IN_CONFIG("kernelArguments: {shouldExist: [intel_iommu=on]}"),
         "warn arguments-misplaced config.kernelArguments",
         "spec.config.kernelArguments: Invalid value: \"kernelArguments\": OpenShift takes no "
         "kernel arguments from here; write them under spec.kernelArguments\n"},
        {"Ignition's, empty", IN_CONFIG("kernelArguments: {shouldExist: [], shouldNotExist: null}"),
         NULL, NULL},
        {"Ignition's, absent", IN_CONFIG("kernelArguments: {}"), NULL, NULL},
        {"a list there", IN_CONFIG("kernelArguments: [intel_iommu=on]"),
         "warn arguments-misplaced config.kernelArguments", NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), ""), 0);
}

static void test_butane(void **state)
{
#define BU_FILE(path, contents) "{path: " path ", contents: {" contents "}}"
#define BU_FILES(list) "storage: {files: [" list "]}\n"
#define BU_IDS(ids) BU_FILE("/etc/modprobe.d/v.conf", "inline: 'options vfio-pci ids=" ids "'")
#define BU_LOAD BU_FILE("/etc/modules-load.d/v.conf", "inline: vfio-pci")
#define INLINE "files[0].contents.inline"
    static const struct machine_row rows[] = {
        {"good",
         "openshift: {kernel_arguments: [intel_iommu=on]}\n" BU_FILES(
             BU_IDS("10de:1eb8") ", " BU_LOAD),
         NULL, NULL},
        {"an argument", "openshift: {kernel_arguments: [intel_immou=on]}\n",
         "warn iommu-argument openshift.kernel_arguments[0]", NULL},
        {"no list", "openshift: {kernel_arguments: intel_iommu=on}\n",
         "warn wrong-type openshift.kernel_arguments", NULL},
        {"an id", BU_FILES(BU_IDS("10de-1eb8") ", " BU_LOAD), "warn vfio-id-format " INLINE,
         "storage." INLINE ": Invalid value: \"10de-1eb8\": line 1 of \"/etc/modprobe.d/v.conf\""},
        {"inline is no data URL", BU_FILES(BU_FILE("/etc/modprobe.d/v.conf", "inline: 'data:,a'")),
         NULL, NULL},
        {"a source", BU_FILES(BU_FILE("/etc/modprobe.d/v.conf", "source: 'http://a'")),
         "warn file-contents files[0].contents.source", NULL},
        {"ids alone", BU_FILES(BU_IDS("10de:1eb8")), "warn vfio-ids-not-loaded " INLINE, NULL},
        {"a local file may load",
         BU_FILES(BU_IDS("10de:1eb8") ", " BU_FILE("/etc/modules-load.d/v.conf", "local: v.conf")),
         NULL, NULL},
        {"a local file may bind",
         BU_FILES(BU_LOAD ", " BU_FILE("/etc/modprobe.d/v.conf", "local: v.conf")), NULL, NULL},
        {"a local file elsewhere", BU_FILES(BU_LOAD ", " BU_FILE("/etc/v.conf", "local: v.conf")),
         "warn vfio-loaded-without-ids " INLINE, NULL},
        {"a tree of local files may load",
         "storage: {trees: [{local: a}], files: [" BU_IDS("10de:1eb8") "]}\n", NULL, NULL},
        {"a mode", BU_FILES("{path: /etc/modprobe.d/v.conf, mode: 644}"),
         "warn file-mode files[0].mode",
         "storage.files[0].mode: Invalid value: \"644\": a number without a leading 0 is decimal, "
         "and this one is the mode 01204; write 0644\n"},
        {"an octal mode", BU_FILES("{path: /etc/modprobe.d/v.conf, mode: 0644}"), NULL, NULL},
        {"compressed already",
         BU_FILES(BU_FILE("/etc/modprobe.d/v.conf", "source: 'data:,a', compression: gzip")),
         "warn file-contents files[0].contents.source", "no gzip"},
        {"nothing", "storage: null\n", NULL, NULL},
    };
    static const struct machine_row unlabelled = {
        "no label", BUTANE("version: 4.17.0\n") "openshift: {kernel_arguments: [quiet]}\n",
        "warn machine-role-required metadata.labels", NULL};

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), BUTANE_HEAD), 0);
    assert_int_equal(machine_rows_play(&unlabelled, 1, ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_role),           cmocka_unit_test(test_ignition_version),
        cmocka_unit_test(test_butane_version), cmocka_unit_test(test_misplaced_arguments),
        cmocka_unit_test(test_butane),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
