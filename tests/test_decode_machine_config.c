/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a MachineConfig comes to: the state of the IOMMU, the devices that it binds and where that
 * stands; the same for Butane documents and for what the real Butane makes of them.
 */
#include "tests/support/machine.h"

#include "server/documents/json_value.h"
#include "validators/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_the_state_of_the_iommu(void **state)
{
    static const struct {
        const char *arguments;
        enum iommu_state iommu;
    } rows[] = {
        {"", IOMMU_STATE_UNSET},
        {"quiet, iommu=pt", IOMMU_STATE_UNSET},
        {"intel_immou=on", IOMMU_STATE_UNSET},
        {"intel_iommu=yes", IOMMU_STATE_UNSET},
        {"intel_iommu=on", IOMMU_STATE_ON},
        {"intel-iommu=on", IOMMU_STATE_ON},
        {"'quiet intel_iommu=sm_on,on iommu=pt'", IOMMU_STATE_ON},
        {"intel_iommu=off, intel_iommu=on", IOMMU_STATE_ON},
        {"intel_iommu=on, intel_iommu=off", IOMMU_STATE_OFF},
        {"intel_iommu=on, intel_iommu=sm_on", IOMMU_STATE_ON},
        {"amd_iommu=on", IOMMU_STATE_ON},
        {"amd_iommu=off", IOMMU_STATE_OFF},
        {"amd_iommu=off, amd_iommu=on", IOMMU_STATE_OFF},
        {"amd_iommu=off, intel_iommu=on", IOMMU_STATE_ON},
        {"intel_iommu=on, iommu=off, iommu=pt", IOMMU_STATE_OFF},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct machine machine CLEANUP_MACHINE;
        struct text yaml CLEANUP_TEXT = TEXT_INIT(4096);

        text_addf(&yaml, MACHINE_CONFIG_HEAD "spec: {kernelArguments: [%s]}\n", rows[i].arguments);
        machine_make(&machine, text_get(&yaml));
        if (machine_facts(&machine)->iommu != rows[i].iommu)
            fail_msg("%s", rows[i].arguments);
    }
}

/* "10de:1eb8 LINE PATH" for each device that is bound, and what else the next stage asks for. */
static void describe(const struct machine_config_facts *facts, struct text *text)
{
    for (const struct machine_id *id = machine_id_bound(facts->ids); id;
         id = machine_id_bound(id->next)) {
        char selector[MACHINE_ID_SELECTOR_SIZE];

        machine_id_selector(id, selector);
        text_addf(text, "%s %zu ", selector, id->place.line);
        path_add_dotted(text, &id->place.path);
        text_add(text, "\n");
    }
    text_addf(text, "%s%s%s\n", facts->loads_vfio ? "loads" : "does not load",
              facts->may_load ? ", may load" : "", facts->may_bind ? ", may bind" : "");
}

static void test_what_is_bound(void **state)
{
    static const char yaml[] = MACHINE_CONFIG_HEAD
        "spec:\n"
        "  config:\n"
        "    ignition: {version: 3.2.0}\n"
        "    storage:\n"
        "      files:\n"
        "      - {path: /etc/hosts}\n"
        "      - path: /etc/modprobe.d/a.conf\n"
        "        contents: {source: 'data:,options%20vfio-pci%20ids=1:2'}\n"
        "      - path: /etc/modprobe.d/b.conf\n"
        "        contents: {source: 'data:,%0Aoptions%20vfio-pci%20ids=10DE:1EB8,10de,10de:1eb8,"
        "%5C%0A0x1002:6860:1:2,123456:1'}\n"
        "      - path: /etc/modules-load.d/a.conf\n"
        "        contents: {source: 'data:,vfio_pci'}\n";
    struct machine machine CLEANUP_MACHINE;
    struct text got CLEANUP_TEXT = TEXT_INIT(4096);

    (void)state;
    machine_make(&machine, yaml);
    describe(machine_facts(&machine), &got);
    assert_string_equal(text_get(&got), "10de:1eb8 2 spec.config.storage.files[2].contents.source\n"
                                        "1002:6860 3 spec.config.storage.files[2].contents.source\n"
                                        "loads\n");
    assert_true(str_equal(field_filled(machine_facts(&machine)->role), STR("worker")));
    assert_int_equal(machine_facts(&machine)->loads_at.line, 1);
}

/* modprobe has the kernel's arguments behind the options in files. */
static void test_what_arguments_bind(void **state)
{
    static const struct {
        const char *arguments, *bound;
    } rows[] = {
        {"quiet", "10de:1eb8 1 spec.config.storage.files[0].contents.source\n"},
        {"'vfio-pci.ids=8086:6F54'", "8086:6f54 0 spec.kernelArguments[0]\n"},
        {"'vfio-pci.ids=8086:6F54', quiet, 'vfio_pci.ids=10de:1db6'",
         "10de:1db6 0 spec.kernelArguments[2]\n"},
        {"vfio-pci.ids", "10de:1eb8 1 spec.config.storage.files[0].contents.source\n"},
        {"'vfio-pci.ids='", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct machine machine CLEANUP_MACHINE;
        struct text got CLEANUP_TEXT = TEXT_INIT(4096);
        struct text wanted CLEANUP_TEXT = TEXT_INIT(4096);
        struct text yaml CLEANUP_TEXT = TEXT_INIT(4096);

        text_addf(&yaml,
                  MACHINE_CONFIG_HEAD
                  "spec:\n  kernelArguments: [%s]\n"
                  "  config: {storage: {files: [{path: /etc/modprobe.d/a.conf, "
                  "contents: {source: 'data:,options%%20vfio-pci%%20ids=10de:1eb8'}}]}}\n",
                  rows[i].arguments);
        text_addf(&wanted, "%sdoes not load\n", rows[i].bound);
        machine_make(&machine, text_get(&yaml));
        describe(machine_facts(&machine), &got);
        assert_string_equal(text_get(&got), text_get(&wanted));
    }
}

static void test_what_may_be_elsewhere(void **state)
{
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {MACHINE_CONFIG_HEAD "spec: {config: {storage: {files: [{path: /etc/modprobe.d/a.conf, "
                             "contents: {source: 'http://a'}}]}}}\n",
         "does not load, may load, may bind\n"},
        {MACHINE_CONFIG_HEAD "spec: {config: {storage: {files: [{path: /etc/a.conf, contents: "
                             "{source: 'http://a'}}]}}}\n",
         "does not load\n"},
        {BUTANE_HEAD "storage: {files: [{path: /etc/modprobe.d/a.conf, contents: {local: a}}]}\n",
         "does not load, may load, may bind\n"},
        {BUTANE_HEAD "storage: {trees: [{local: a}]}\n", "does not load, may load, may bind\n"},
        {BUTANE_HEAD "storage: {files: [{path: /etc/modprobe.d/a.conf, contents: {inline: a}}]}\n",
         "does not load\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct machine machine CLEANUP_MACHINE;
        struct text got CLEANUP_TEXT = TEXT_INIT(4096);

        machine_make(&machine, rows[i].yaml);
        describe(machine_facts(&machine), &got);
        assert_string_equal(text_get(&got), rows[i].says);
    }
}

/* --- the real Butane ------------------------------------------------------------------------- */

/* The selectors alone: the paths differ. */
static void add_selectors(const struct machine_config_facts *facts, struct text *text)
{
    for (const struct machine_id *id = machine_id_bound(facts->ids); id;
         id = machine_id_bound(id->next)) {
        char selector[MACHINE_ID_SELECTOR_SIZE];

        machine_id_selector(id, selector);
        text_addf(text, "%s@%zu ", selector, id->place.line);
    }
}

static size_t compare_pair(const char *name)
{
    struct machine machines[2];
    struct text got[2] = {TEXT_INIT(4096), TEXT_INIT(4096)};
    static const char *const endings[] = {"bu", "yaml"};
    size_t ids = 0;

    for (size_t i = 0; i < 2; i++) {
        char path[128];
        char *text;

        snprintf(path, sizeof path, "tests/butane/%s.%s", name, endings[i]);
        text = machine_read(path);
        machine_make(&machines[i], text);
        free(text);
        add_selectors(machine_facts(&machines[i]), &got[i]);
        assert_int_equal(machines[i].judgement.findings.warnings.count, 0);
        assert_int_equal(machines[i].judgement.findings.denials.count, 0);
        assert_true(machine_facts(&machines[i])->loads_vfio);
        assert_false(machine_facts(&machines[i])->may_load);
    }
    assert_string_equal(text_get(&got[0]), text_get(&got[1]));
    assert_true(machine_facts(&machines[0])->is_butane);
    assert_false(machine_facts(&machines[1])->is_butane);
    assert_int_equal(machine_facts(&machines[0])->iommu, machine_facts(&machines[1])->iommu);
    assert_true(
        str_equal(machine_facts(&machines[0])->role.text, machine_facts(&machines[1])->role.text));
    for (const struct machine_id *id = machine_facts(&machines[0])->ids; id; id = id->next)
        ids++;
    for (size_t i = 0; i < 2; i++) {
        machine_free(&machines[i]);
        text_free(&got[i]);
    }
    return ids;
}

static void test_what_butane_writes(void **state)
{
    (void)state;
    assert_int_equal(compare_pair("percent-encoded"), 1);
    assert_int_equal(compare_pair("base64"), 2);
    assert_int_equal(compare_pair("gzip"), 30);
}

/* --- limits ---------------------------------------------------------------------------------- */

/* Adds what `size` zeros are as gzip and base64. */
static void add_zeros(struct text *text, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    z_stream stream = {0};
    unsigned char *zeros = calloc(1, size);
    unsigned char packed[4096] = {0};
    size_t len;

    assert_non_null(zeros);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = zeros;
    stream.avail_in = (unsigned)size;
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    len = stream.total_out;
    deflateEnd(&stream);
    free(zeros);
    text_add(text, "data:;base64,");
    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = (unsigned)packed[i] << 16 |
                        (i + 1 < len ? (unsigned)packed[i + 1] << 8 : 0) |
                        (i + 2 < len ? packed[i + 2] : 0);

        text_addf(text, "%c%c", digits[bits >> 18], digits[bits >> 12 & 63]);
        text_addf(text, "%c", i + 1 < len ? digits[bits >> 6 & 63] : '=');
        text_addf(text, "%c", i + 2 < len ? digits[bits & 63] : '=');
    }
}

/* How many of `count` files of `size` zeros are too large. */
static size_t count_too_large(size_t count, size_t size)
{
    struct machine machine CLEANUP_MACHINE;
    struct text yaml CLEANUP_TEXT = TEXT_INIT((size_t)4 * 1024 * 1024);
    size_t found = 0;

    text_add(&yaml, MACHINE_CONFIG_HEAD
             "spec: {config: {ignition: {version: 3.2.0}, storage: {files: [\n");
    for (size_t i = 0; i < count; i++) {
        text_addf(&yaml, "{path: /etc/modprobe.d/%zu.conf, contents: {compression: gzip, source: '",
                  i);
        add_zeros(&yaml, size);
        text_add(&yaml, "'}},\n");
    }
    text_add(&yaml, "]}}}\n");
    machine_make(&machine, text_get(&yaml));
    for (const struct machine_file *file = machine_facts(&machine)->files; file; file = file->next)
        found += file->contents == CONTENTS_UNREADABLE && file->problem == DATA_TOO_LARGE;
    assert_int_equal(machine.judgement.findings.warnings.by_rule[RULE_FILE_CONTENTS], found);
    assert_true(machine.judgement.arena.held < (size_t)16 * 1024 * 1024);
    return found;
}

static void test_how_much_is_inflated(void **state)
{
    (void)state;
    assert_int_equal(count_too_large(1, MACHINE_FILE_MAX), 0);
    assert_int_equal(count_too_large(1, MACHINE_FILE_MAX + 1), 1);
    assert_int_equal(count_too_large(4, MACHINE_FILE_MAX), 0);
    assert_int_equal(count_too_large(6, MACHINE_FILE_MAX), 2);
}

/* Repeats `part` so often, as the text of a file of modprobe. */
static void judge_many(const char *part, size_t count, struct machine *machine)
{
    struct text yaml CLEANUP_TEXT = TEXT_INIT((size_t)8 * 1024 * 1024);

    text_add(&yaml, BUTANE_HEAD "storage: {files: [{path: /etc/modprobe.d/a.conf, contents: "
                                "{inline: \"");
    for (size_t i = 0; i < count; i++)
        text_add(&yaml, part);
    text_add(&yaml, "\"}}]}\n");
    machine_make(machine, text_get(&yaml));
}

static void test_how_much_is_kept(void **state)
{
    static const char *const parts[] = {"options vfio-pci ids=1:2,,3\\n",
                                        "options vfio-pci x=1 1:2 \\n",
                                        "option vfio-pci\\n",
                                        "softdep a pre: vfio-pci\\n",
                                        "blacklist a\\nblacklist a-b\\n",
                                        "options vfio-pci \\\\\\n",
                                        "\\\\\\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        struct machine machine CLEANUP_MACHINE;
        const struct machine_config_facts *facts;
        size_t ids = 0, ignored = 0;

        judge_many(parts[i], 50000, &machine);
        facts = machine_facts(&machine);
        for (const struct machine_id *id = facts->ids; id; id = id->next)
            ids++;
        for (const struct machine_ignored *at = facts->ignored; at; at = at->next)
            ignored++;
        assert_in_range(ids, 0, MACHINE_LIST_MAX);
        assert_in_range(ignored, 0, MACHINE_LIST_MAX);
        assert_int_equal(machine.judgement.result, REVIEW_DECIDED);
        assert_true(machine.judgement.arena.held < (size_t)32 * 1024 * 1024);
    }
}

/* Whatever the arena may hold, there are facts or it has failed. */
static void decode_with_little(const char *yaml, size_t step)
{
    struct machine machine CLEANUP_MACHINE;
    bool good = false;

    machine_make(&machine, yaml);
    for (size_t limit = 0; !good && limit < (size_t)1024 * 1024; limit += step) {
        struct arena values CLEANUP_ARENA = ARENA_INIT(SIZE_MAX / 2);
        struct arena arena CLEANUP_ARENA = ARENA_INIT(limit);
        struct object_facts facts;

        decode_object(machine.judgement.object.kind,
                      value_from_json(json_array_get(machine.documents, 0), &values), &arena,
                      &facts);
        good = !arena.failed;
        if (good)
            assert_non_null(facts.machine);
    }
    assert_true(good);
}

static void test_memory_that_runs_out(void **state)
{
    static const char refused[] =
        MC_HEAD "spec: {kernel_arguments: [a], kernelArguments: [a, intel_iommu=on], config: {"
                "ignition: {version: 3.2}, kernelArguments: [a], storage: {files: ["
                "{path: /etc/modprobe.d//a.conf, append: [a]}]}}}\n";
    static const char of_butane[] = "variant: openshift\nversion: 4.17\nkernel_arguments: [a]\n";
    char *gzip = machine_read("tests/butane/gzip.yaml");

    (void)state;
    decode_with_little(gzip, 1024);
    free(gzip);
    decode_with_little(refused, 16);
    decode_with_little(of_butane, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_state_of_the_iommu), cmocka_unit_test(test_what_is_bound),
        cmocka_unit_test(test_what_arguments_bind),    cmocka_unit_test(test_what_may_be_elsewhere),
        cmocka_unit_test(test_what_butane_writes),     cmocka_unit_test(test_how_much_is_inflated),
        cmocka_unit_test(test_how_much_is_kept),       cmocka_unit_test(test_memory_that_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
