/* SPDX-License-Identifier: Apache-2.0 */
/* Ids for vfio-pci and what loads it: what is warned about, and what is near to it. */
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

static const struct machine_row id_rows[] = {
    {"good", FILES(IDS("10de:1eb8,10DE:1DB6:1028:1234,") ", " LOAD), NULL, NULL},
    {"0x, which the kernel takes", FILES(IDS("0x10de:0x1eb8") ", " LOAD), NULL, NULL},
    {"quotes", FILES(IDS("%2210de:1eb8,10de:1db6%22") ", " LOAD), NULL, NULL},
    {"an underscore", FILES(MODPROBE("options%20vfio_pci%20ids=10de:1db6") ", " LOAD), NULL, NULL},
    {"other parameters",
     FILES(MODPROBE(
         "options%20vfio-pci%20disable_vga=1%20ids=10de:1db6%20disable_idle_d3=1") ", " LOAD),
     NULL, NULL},
    {"a dash", FILES(IDS("10de-1eb8") ", " LOAD), "warn vfio-id-format " SOURCE,
     "spec." SOURCE ": Invalid value: \"10de-1eb8\": line 1 of \"/etc/modprobe.d/vfio.conf\": "
     "vfio-pci passes over it in silence; one colon, and nothing else, belongs between the "
     "ids; write \"10de:1eb8\"\n"},
    {"half of an id", FILES(IDS("10de") ", " LOAD), "warn vfio-id-format " SOURCE,
     "one half is missing"},
    {"a semicolon", FILES(IDS("10de:1eb8;10de:1db6") ", " LOAD), "warn vfio-id-format " SOURCE,
     "vfio-pci reads \"10de:1eb8\" and ignores the rest"},
    {"seven fields", FILES(IDS("1:2:3:4:5:6:7") ", " LOAD), "warn vfio-id-format " SOURCE,
     "up to six fields"},
    {"too wide", FILES(IDS("10de1eb8:1") ", " LOAD), "warn vfio-id-format " SOURCE,
     "no device has it"},
    {"on a line of its own",
     FILES(MODPROBE(
         "%23%20ids%0Aoptions%20vfio-pci%20%5C%0A%20ids=10de:1eb8,%5C%0Anvidia") ", " LOAD),
     "warn vfio-id-format " SOURCE,
     "\"nvidia\": line 4 of \"/etc/modprobe.d/vfio.conf\": vfio-pci"},
    {"twice", FILES(IDS("10de:1eb8,10de:1db6,10DE:1EB8") ", " LOAD),
     "warn vfio-id-duplicate " SOURCE,
     "Duplicate value: \"10DE:1EB8\": line 1 of \"/etc/modprobe.d/vfio.conf\": the list has "
     "this id already; remove one\n"},
    {"twice in other words", FILES(IDS("10de:1eb8,10de:1eb8:ffffffff:ffffffff:0:0") ", " LOAD),
     "warn vfio-id-duplicate " SOURCE, NULL},
    {"two of one device", FILES(IDS("10de:1eb8:1028:0002,10de:1eb8:1028:0003") ", " LOAD), NULL,
     NULL},
    {"two lists in a file",
     FILES(MODPROBE(
         "options%20vfio-pci%20ids=10de:1db6%0Aoptions%20vfio-pci%20ids=10de:1db5") ", " LOAD),
     "warn vfio-ids-replaced " SOURCE,
     "Invalid value: \"10de:1db6\": line 1 of \"/etc/modprobe.d/vfio.conf\": of several lists the "
     "kernel keeps the last, line 2 of \"/etc/modprobe.d/vfio.conf\"; write all ids into one "
     "list\n"},
    {"two lists in two files, the later one first",
     FILES(
         FILE_OF("/etc/modprobe.d/b.conf", "data:,options%20vfio-pci%20ids=10de:1db6") ", " FILE_OF(
             "/etc/modprobe.d/a.conf", "data:,options%20vfio-pci%20ids=10de:1db5") ", " LOAD),
     "warn vfio-ids-replaced config.storage.files[1].contents.source",
     "keeps the last, line 1 of \"/etc/modprobe.d/b.conf\""},
    {"the same list twice",
     FILES(MODPROBE(
         "options%20vfio-pci%20ids=10de:1db6%0Aoptions%20vfio_pci%20ids=10de:1db6") ", " LOAD),
     NULL, NULL},
    {"a digit that is missing", FILES(IDS("10de:1eb") ", " LOAD), "warn vfio-id-format " SOURCE,
     "\"10de:1eb\": line 1 of \"/etc/modprobe.d/vfio.conf\": vfio-pci takes it for "
     "\"10de:01eb\", and a digit may be missing; write four for each, as `lspci -nn` prints "
     "them in brackets\n"},
    {"a leading zero", FILES(IDS("10de:01eb") ", " LOAD), NULL, NULL},
    {"a subdevice that is too wide", FILES(IDS("10de:1eb8:1028:12345") ", " LOAD),
     "warn vfio-id-format " SOURCE, "no device has it: vendor, device, subvendor and subdevice"},
    {"any subdevice", FILES(IDS("10de:1eb8:1028:ffffffff") ", " LOAD), NULL, NULL},
    {"a file beside a kernel argument",
     "spec: {kernelArguments: ['vfio-pci.ids=10de:1db6'], config: {ignition: {version: 3.2.0}, "
     "storage: {files: [" IDS("10de:1eb8") ", " LOAD "]}}}\n",
     "warn vfio-ids-replaced " SOURCE,
     "spec." SOURCE ": Invalid value: \"10de:1eb8\": line 1 of \"/etc/modprobe.d/vfio.conf\": of "
     "several lists the kernel keeps the last, which is that among the kernel's arguments, "
     "spec.kernelArguments[0]; write all ids into one list\n"},
    {"the same list in both",
     "spec: {kernelArguments: ['vfio-pci.ids=10de:1eb8'], config: {ignition: {version: 3.2.0}, "
     "storage: {files: [" IDS("10de:1eb8") ", " LOAD "]}}}\n",
     NULL, NULL},
    {"two kernel arguments",
     "spec: {kernelArguments: ['vfio-pci.ids=10de:1db6 rd.driver.pre=vfio-pci', "
     "'vfio_pci.ids=10de:1eb8']}\n",
     "warn vfio-ids-replaced kernelArguments[0]",
     "spec.kernelArguments[0]: Invalid value: \"10de:1db6\": of several lists the kernel keeps the "
     "last, which is that among the kernel's arguments, spec.kernelArguments[1]; write"},
    {"a blank in a kernel argument",
     "spec: {kernelArguments: ['vfio-pci.ids=10de:1eb8, 10de:1db6, 10de:1db5', "
     "rd.driver.pre=vfio-pci]}\n",
     "warn modprobe-ignored kernelArguments[0]\nwarn modprobe-ignored kernelArguments[0]",
     "spec.kernelArguments[0]: Invalid value: \"10de:1db6,\": a blank ends the list of ids, so "
     "this is not in it"},
    {"a callout behind a kernel argument",
     "spec: {kernelArguments: ['vfio-pci.ids=10de:1eb8 2', rd.driver.pre=vfio-pci]}\n",
     "warn modprobe-ignored kernelArguments[0]",
     "\"2\": the kernel hands it to init, and a number at the end of a line that is copied from "
     "documentation is a mark there; remove it\n"},
    {"what only looks like ids behind another argument",
     "spec: {kernelArguments: ['vfio-pci.ids=10de:1eb8 quiet 10:20 2', rd.driver.pre=vfio-pci]}\n",
     NULL, NULL},
    {"by a kernel argument",
     "spec: {kernelArguments: [intel_iommu=on, 'vfio-pci.ids=10de-1eb8,10de:1db6', "
     "rd.driver.pre=vfio-pci]}\n",
     "warn vfio-id-format kernelArguments[1]",
     "spec.kernelArguments[1]: Invalid value: \"10de-1eb8\": vfio-pci passes over"},
};

static void test_ids(void **state)
{
    (void)state;
    assert_int_equal(machine_rows_play(id_rows, COUNT(id_rows), MACHINE_CONFIG_HEAD), 0);
}

/* 101 ids of nine bytes with their commas take 1,009 bytes; `more` comes behind them. */
static void play_length(const char *more, const char *lines, const char *says)
{
    struct text yaml CLEANUP_TEXT = TEXT_INIT(100000);
    struct machine_row row = {.what = more, .lines = lines, .says = says};

    text_add(&yaml, "spec: {config: {ignition: {version: 3.2.0}, storage: {files: [" LOAD ", "
                    "{path: /etc/modprobe.d/vfio.conf, contents: {source: "
                    "'data:,options%20vfio-pci%20ids=");
    for (unsigned i = 0; i < 101; i++)
        text_addf(&yaml, "%s10de:%04x", i > 0 ? "," : "", i);
    text_add(&yaml, more);
    text_add(&yaml, "'}}]}}}\n");
    row.yaml = text_get(&yaml);
    assert_int_equal(machine_rows_play(&row, 1, MACHINE_CONFIG_HEAD), 0);
}

static void test_length(void **state)
{
    static const char warned[] = "warn vfio-ids-too-long config.storage.files[1].contents.source";

    (void)state;
    play_length("", NULL, NULL);
    play_length(",10de:1eb8:0:0", NULL, NULL); /* 1,023 bytes */
    play_length(",10de:1eb8:0:00", warned,
                "the list is 1024 bytes long, and with more than 1023 vfio-pci "
                "is not loaded at all");
    play_length(",10de-1eb8-1234", warned, NULL); /* what is cut is no id */
}

static void test_slips(void **state)
{
    static const struct machine_row rows[] = {
        {"a blank behind a comma", FILES(IDS("10de:1eb8,%2010de:1db6") ", " LOAD),
         "warn modprobe-ignored " SOURCE,
         "Invalid value: \"10de:1db6\": line 1 of \"/etc/modprobe.d/vfio.conf\": a blank ends the "
         "list of ids, so this is not in it; write the ids with commas and no blanks between "
         "them\n"},
        {"another command", FILES(MODPROBE("option%20vfio-pci%20ids=10de:1db6") ", " LOAD),
         "warn modprobe-ignored " SOURCE,
         "\"option\": line 1 of \"/etc/modprobe.d/vfio.conf\": modprobe knows no line that begins "
         "so, and ignores it; write \"options vfio-pci ids=…\"\n"},
        {"a blank in front of a comment", FILES(MODPROBE("%20%23%20vfio-pci")), NULL, NULL},
        {"an id on the next line",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1db6,%0A10de:1db5") ", " LOAD),
         "warn modprobe-ignored " SOURCE,
         "\"10de:1db5\": line 2 of \"/etc/modprobe.d/vfio.conf\": a list of ids ends with its "
         "line"},
        {"with a colon", FILES(MODPROBE("options%20vfio-pci%20ids:1:2") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "vfio-pci has no such parameter; write \"ids=…\""},
        {"blacklisted",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Ablacklist%20vfio_pci") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "a module that is blacklisted is not loaded at boot"},
        {"others blacklisted",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Ablacklist%20nouveau") ", " LOAD),
         NULL, NULL},
        {"a command in its place",
         FILES(MODPROBE(
             "options%20vfio-pci%20ids=10de:1db6%0Ainstall%20vfio-pci%20/bin/false") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "\"vfio-pci /bin/false\": line 2 of"},
        {"a command that may do it",
         FILES(MODPROBE("install%20vfio-pci%20/usr/sbin/modprobe%20-i%20vfio-pci")), NULL, NULL},
        {"another module", FILES(MODPROBE("options%20vfio-pcie%20ids=10de:1db6") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "there is no such module; write \"vfio-pci\""},
        {"another parameter", FILES(MODPROBE("options%20vfio-pci%20id=10de:1db6") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "vfio-pci has no such parameter; write \"ids=…\""},
        {"as on the command line",
         FILES(MODPROBE("options%20vfio-pci%20vfio-pci.ids=10de:1db6") ", " LOAD),
         "warn modprobe-ignored " SOURCE, NULL},
        {"blanks around the equals sign",
         FILES(MODPROBE("options%20vfio-pci%20ids%20=%2010de:1eb8") ", " LOAD),
         "warn modprobe-ignored " SOURCE "\nwarn modprobe-ignored " SOURCE, NULL},
        {"nothing behind the module", FILES(MODPROBE("options%20vfio-pci") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "no parameter is behind the module"},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_carriage_returns(void **state)
{
    static const struct machine_row rows[] = {
        {"CR LF", FILES(MODPROBE("options%20vfio-pci%20ids=10de:1eb8%0D%0A") ", " LOAD), NULL,
         NULL},
        {"CR LF behind the module", FILES(MODPROBE("options%20vfio-pci%0D%0A") ", " LOAD),
         "warn modprobe-ignored " SOURCE,
         "\"options vfio-pci\": line 1 of \"/etc/modprobe.d/vfio.conf\": no parameter is behind "
         "the module"},
        {"a backslash in front of CR LF",
         FILES(
             MODPROBE("options%20vfio-pci%20ids=10de:1eb8,%5C%0D%0A%2010de:1db6%0D%0A") ", " LOAD),
         "warn modprobe-ignored " SOURCE,
         "\"ids=10de:1eb8,\": line 1 of \"/etc/modprobe.d/vfio.conf\": a backslash in front of a "
         "carriage return continues no line; end the lines in line feeds alone, as on Linux\n"},
        {"the same before all ids",
         FILES(MODPROBE("options%20vfio-pci%20%5C%0D%0A%20ids=10de:1db6%0D%0A") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "\"options vfio-pci\": line 1 of"},
        {"the same within a softdep",
         FILES(FILE_OF(
             "/etc/modprobe.d/nvidia.conf",
             "data:,softdep%20nvidia%20%5C%0D%0A%20pre:%20vfio-pci%0D%0A") ", " IDS("10de:1eb8")),
         "warn modprobe-ignored " SOURCE, "\"pre:\": line 2 of"},
        {"another command with a carriage return",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1eb8%0D%0Ainstall%20vfio-pci%20/bin/"
                        "false%0D%0A") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "this command runs instead of loading vfio-pci"},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_slips_of_who_copies(void **state)
{
    static const struct machine_row rows[] = {
        {"a callout behind the ids", FILES(IDS("10de:1eb8%20%3C2%3E") ", " LOAD),
         "warn modprobe-ignored " SOURCE,
         "\"<2>\": line 1 of \"/etc/modprobe.d/vfio.conf\": this is no parameter of vfio-pci; "
         "remove it, or if it is a comment, give it a line of its own that begins with #\n"},
        {"a digit behind the ids", FILES(IDS("10de:1eb8%202") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "\"2\": line 1"},
        {"a comment behind the ids", FILES(IDS("10de:1eb8%20%23%20ours") ", " LOAD),
         "warn modprobe-ignored " SOURCE, "\"#\": line 1"},
        {"a callout at the ids", FILES(IDS("10de:1eb8%3C2%3E") ", " LOAD),
         "warn vfio-id-format " SOURCE, "vfio-pci reads \"10de:1eb8\""},
        {"a callout behind a module to load",
         FILES(IDS("10de:1db6") ", " FILE_OF("/etc/modules-load.d/a.conf",
                                             "data:,vfio-pci%20%3C3%3E")),
         "warn modprobe-ignored config.storage.files[1].contents.source",
         "\"vfio-pci <3>\": line 1 of \"/etc/modules-load.d/a.conf\": all of the line is taken "
         "for the module's name"},
        {"a parameter without a value", FILES(IDS("10de:1db6%20disable_idle_d3") ", " LOAD), NULL,
         NULL},
        {"a module to load", FILES(FILE_OF("/etc/modules-load.d/a.conf", "data:,vfio-pic")),
         "warn modprobe-ignored " SOURCE,
         "\"vfio-pic\": line 1 of \"/etc/modules-load.d/a.conf\": there is no such module"},
        {"what is understood",
         FILES(MODPROBE("blacklist%20nouveau%0Ainstall%20nvidia%20/bin/true%0Aalias%20a%20b%0A"
                        "remove%20a%20b%0Aoptions%20kvm%20ignore_msrs=1%0Afoo%20bar")),
         NULL, NULL},
        {"modules near by",
         FILES(FILE_OF(
             "/etc/modules-load.d/a.conf",
             "data:,vfio%0Avfio_iommu_type1%0Avirtio_pci%0Avfio_ap%0Avfio_pci_core%0Avfio_cdx")),
         NULL, NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_the_two_halves(void **state)
{
    static const struct machine_row rows[] = {
        {"ids alone", FILES(IDS("10de:1eb8")), "warn vfio-ids-not-loaded " SOURCE,
         "spec." SOURCE ": Required value: line 1 of \"/etc/modprobe.d/vfio.conf\": ids bind "
         "nothing until vfio-pci is loaded, and nothing here loads it; unless another "
         "MachineConfig "
         "does, add a file /etc/modules-load.d/vfio-pci.conf with the line \"vfio-pci\"\n"},
        {"none that binds", FILES(IDS("10de")), "warn vfio-id-format " SOURCE, NULL},
        {"loaded alone", FILES(LOAD), "warn vfio-loaded-without-ids " SOURCE,
         "spec." SOURCE ": Invalid value: \"vfio-pci\": line 1 of "
         "\"/etc/modules-load.d/vfio-pci.conf\": without ids vfio-pci binds no device; unless "
         "another MachineConfig has them, add a file /etc/modprobe.d/vfio.conf with the line "
         "\"options vfio-pci ids=10de:1eb8\", with the "
         "ids of yours\n"},
        {"an empty list", FILES(IDS("") ", " LOAD),
         "warn vfio-loaded-without-ids config.storage.files[1].contents.source", NULL},
        {"loaded by a comment",
         FILES(IDS("10de:1db6") ", " FILE_OF("/etc/modules-load.d/a.conf", "data:,%3bvfio-pci")),
         "warn vfio-ids-not-loaded " SOURCE, NULL},
        {"by a command, perhaps",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Ainstall%20a%20modprobe%20vfio-pci")),
         NULL, NULL},
        {"by systemd's argument",
         "spec: {kernelArguments: ['modules-load=vfio,vfio-pci', vfio_pci.ids=10de:1eb8]}\n", NULL,
         NULL},
        {"by an argument that loads another one",
         "spec: {kernelArguments: ['modules-load=vfio', vfio_pci.ids=10de:1eb8]}\n",
         "warn vfio-ids-not-loaded kernelArguments[1]",
         "spec.kernelArguments[1]: Required value: ids bind nothing"},
        {"by dracut, late", "spec: {kernelArguments: [rd.driver.post=vfio_pci]}\n",
         "warn vfio-loaded-without-ids kernelArguments[0]", NULL},
        {"by an argument, whose ids are in single quotes",
         "spec: {kernelArguments: [rd.driver.pre=vfio_pci, \"'vfio-pci.ids=10de:1eb8'\"]}\n",
         "warn modprobe-ignored kernelArguments[1]", "write \"vfio-pci.ids=…\", without blanks"},
        {"by an argument, without ids", "spec: {kernelArguments: [rd.driver.pre=vfio_pci]}\n",
         "warn vfio-loaded-without-ids kernelArguments[0]", NULL},
        {"without modules of interest",
         FILES(FILE_OF("/etc/modules-load.d/a.conf", "data:,vfio%0A")), NULL, NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_softdeps(void **state)
{
    static const struct machine_row rows[] = {
        {"before another module",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20nvidia%20pre:%20vfio-pci")),
         NULL, NULL},
        {"before another module, with CR LF",
         FILES(MODPROBE(
             "options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20nvidia%20pre:%20vfio-pci%0D%0A")),
         NULL, NULL},
        {"before nothing",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20nvidia%20vfio-pci")),
         "warn vfio-ids-not-loaded " SOURCE, NULL},
        {"before a module that is blacklisted",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20snd-hda-intel%20pre:%20"
                        "vfio-pci%0Ablacklist%20snd_hda_intel")),
         "warn vfio-ids-not-loaded " SOURCE,
         "ids bind nothing until vfio-pci is loaded, and nothing here loads it, as the softdep is "
         "of "
         "\"snd_hda_intel\", which is blacklisted and so not loaded itself; unless another "
         "MachineConfig does, add a file /etc/modules-load.d/vfio-pci.conf with the line "
         "\"vfio-pci\"\n"},
        {"before one that is blacklisted, and another",
         FILES(
             MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20nouveau%20post:%20vfio-pci%0A"
                      "softdep%20nvidia%20pre:%20vfio-pci%0Ablacklist%20nvidia")),
         NULL, NULL},
        {"before one that only looks blacklisted",
         FILES(
             MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20nouveau%20pre:%20vfio-pci%0A"
                      "blacklist%20nouveau%0D%0A")),
         NULL, NULL},
        {"before one that is blacklisted by the kernel's arguments",
         "spec: {kernelArguments: ['modprobe.blacklist=nvidia,nouveau'], config: {ignition: "
         "{version: 3.2.0}, storage: {files: [" MODPROBE(
             "options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20nouveau%20pre:%20vfio-pci") "]}}}\n",
         "warn vfio-ids-not-loaded " SOURCE, "as the softdep is of \"nouveau\""},
        {"before one that the kernel itself keeps out",
         "spec: {kernelArguments: [module_blacklist=nouveau], config: {ignition: "
         "{version: 3.2.0}, storage: {files: [" MODPROBE(
             "options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20nouveau%20pre:%20vfio-pci") "]}}}\n",
         "warn vfio-ids-not-loaded " SOURCE, "as the softdep is of \"nouveau\""},
        {"before one that is blacklisted, without ids",
         FILES(MODPROBE("softdep%20nouveau%20pre:%20vfio-pci%0Ablacklist%20nouveau")), NULL, NULL},
        {"after itself",
         FILES(MODPROBE("options%20vfio-pci%20ids=10de:1db6%0Asoftdep%20vfio-pci%20pre:%20vfio")),
         "warn vfio-ids-not-loaded " SOURCE, NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_slips),
        cmocka_unit_test(test_carriage_returns),
        cmocka_unit_test(test_slips_of_who_copies),
        cmocka_unit_test(test_the_two_halves),
        cmocka_unit_test(test_softdeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
