/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a MachineConfig holds in languages of its own. The first byte chooses: a data URL, gzip, the
 * lines of modprobe, kernel arguments, or all of it as an object, of which the bytes are a file and
 * a kernel argument. Whatever they are, nothing is denied, nothing is larger than its limit, lines
 * are counted as they stand, and each message can be shown.
 */
#include "tests/fuzz/refusal.h"
#include "validators/decode.h"
#include "validators/machine_config/kernel_arguments.h"
#include "validators/machine_config/machine_config.h"
#include "validators/machine_config/modprobe.h"
#include "validators/review.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY ((size_t)64 * 1024 * 1024)
#define INFLATED ((size_t)64 * 1024)

static void try_data_url(struct str input)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY);
    struct str bytes = {NULL, 0};
    enum data_problem problem = data_url_decode(input, &arena, &bytes);

    expect(!arena.failed);
    expect((problem == DATA_GOOD) == (bytes.data != NULL));
    expect(bytes.len <= input.len);
}

static void try_gzip(struct str input)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY);
    struct gunzip gunzip = GUNZIP_INIT(&arena);
    struct str first = {NULL, 0};
    struct str again = {NULL, 0};
    enum data_problem problem = gunzip_run(&gunzip, input, INFLATED, &first);

    expect(!arena.failed);
    expect((problem == DATA_GOOD) == (first.data != NULL));
    expect(first.len <= INFLATED && arena.held < (size_t)1024 * 1024);
    expect(gunzip_run(&gunzip, input, INFLATED, &again) == problem && again.len == first.len);
    if (problem == DATA_GOOD && first.len > 0)
        expect(gunzip_run(&gunzip, input, first.len - 1, &again) == DATA_TOO_LARGE);
}

static void try_modprobe(struct str input)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY);
    struct modprobe_lines lines = MODPROBE_LINES_INIT(input, &arena);
    struct text_place next = {0, 1};
    struct modprobe_line line;
    size_t last = 0, number, total = 0, feeds = 1;
    struct str module;

    for (size_t i = 0; i < input.len; i++)
        feeds += input.data[i] == '\n';
    while (modprobe_lines_next(&lines, &line)) {
        expect(line.number > last);
        last = line.number;
        for (size_t at = 0; at < line.text.len; at++) {
            expect(modprobe_line_number(&line, at) >= last);
            last = modprobe_line_number(&line, at);
        }
        total += line.text.len;
    }
    expect(last <= feeds && total <= input.len && !arena.failed);
    for (last = 0; modules_load_next(input, &next, &module, &number); last = number)
        expect(number > last && number <= feeds && module.len > 0);
}

static void try_arguments(struct str input)
{
    struct str argument;
    size_t at = 0, total = 0;

    while (kernel_argument_next(input, &at, &argument)) {
        struct kernel_argument split = kernel_argument_split(argument);
        struct iommu_argument read = iommu_argument_read(split);

        expect(argument.len > 0 && at <= input.len);
        expect(split.name.len + split.value.len <= argument.len);
        expect(!read.misspelt || (read.turns == IOMMU_UNCHANGED && !read.unknown.data));
        total += argument.len;
    }
    expect(total <= input.len);
}

/* --- an object ------------------------------------------------------------------------------- */

/* A member, in front of `next`. */
static struct value member(const char *key, enum value_type type, const struct value *next)
{
    return (struct value){.type = type, .key = str_from(key), .next = next};
}

static struct value text_member(const char *key, struct str text, const struct value *next)
{
    struct value value = member(key, VALUE_STRING, next);

    value.text = text;
    return value;
}

static struct value holder(const char *key, enum value_type type, const struct value *first,
                           const struct value *next)
{
    struct value value = member(key, type, next);

    value.first = first;
    for (; first; first = first->next)
        value.count++;
    return value;
}

static void expect_findings(const struct finding_list *list)
{
    for (size_t i = 0; i < list->shown; i++) {
        expect_message(text_get(&list->items[i].body));
        expect_message(text_get(&list->items[i].path));
    }
}

static void judge(const struct kind *kind, const struct value *object)
{
    static const struct policy policy;
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY);
    struct findings findings CLEANUP_FINDINGS = {0};
    struct object_facts facts;
    struct review review = {.object = &facts};

    decode_object(kind, object, &arena, &facts);
    expect(!arena.failed && facts.machine);
    expect(review_validate(&review, &policy, NULL, &arena, &findings) == REVIEW_DECIDED);
    expect(findings.denials.count == 0);
    expect_findings(&findings.warnings);
    review.old_object = &facts;
    findings_free(&findings);
    expect(review_validate(&review, &policy, NULL, &arena, &findings) == REVIEW_DECIDED);
    expect(findings.denials.count == 0);
}

/* The bytes in a file of `folder`: as its text in Butane, as its source in a MachineConfig. */
static void try_object(struct str input, const char *folder, bool is_butane)
{
    const struct kind *machine_config =
        kind_find(STR("machineconfiguration.openshift.io"), STR("v1"), STR("MachineConfig"));
    struct value compression =
        text_member("compression", input.len % 2 ? STR("") : STR("gzip"), NULL);
    struct value text =
        text_member(is_butane ? "inline" : "source", input, is_butane ? NULL : &compression);
    struct value contents = holder("contents", VALUE_OBJECT, &text, NULL);
    struct value path = text_member("path", str_from(folder), &contents);
    struct value file = holder(NULL, VALUE_OBJECT, &path, NULL);
    struct value files = holder("files", VALUE_ARRAY, &file, NULL);
    struct value argument = text_member(NULL, input, NULL);
    struct value arguments =
        holder(is_butane ? "kernel_arguments" : "kernelArguments", VALUE_ARRAY, &argument, NULL);
    struct value openshift = holder("openshift", VALUE_OBJECT, &arguments, NULL);
    struct value version = text_member("version", input, &openshift);
    struct value storage = holder("storage", VALUE_OBJECT, &files, is_butane ? &version : NULL);
    struct value config = holder("config", VALUE_OBJECT, &storage, &arguments);
    struct value spec = holder("spec", VALUE_OBJECT, &config, NULL);
    struct value object = holder(NULL, VALUE_OBJECT, is_butane ? &storage : &spec, NULL);

    judge(is_butane ? &kind_butane : machine_config, &object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data + 1, size - 1};

    if (size == 0)
        return 0;
    switch (data[0] % 8) {
    case 0:
        try_data_url(input);
        break;
    case 1:
        try_gzip(input);
        break;
    case 2:
        try_modprobe(input);
        break;
    case 3:
        try_arguments(input);
        break;
    default:
        try_object(input, data[0] & 2 ? "/etc/modprobe.d/a.conf" : "/etc/modules-load.d/a.conf",
                   data[0] & 1);
        break;
    }
    return 0;
}
