/* SPDX-License-Identifier: Apache-2.0 */
/* Every format of what check finds in texts. */
#include "server/check/check_text.h"
#include "server/check/report.h"
#include "tests/support/device_names.h"
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* --- reports of texts ------------------------------------------------------------------------ */

#define HEAD "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n"
#define VM                                                                         \
    HEAD "metadata: {name: vm, namespace: blue}\nspec:\n  domain:\n    devices:\n" \
         "      gpus:\n      - {deviceName: a.b/c, name: \"<&>\\u0007%,:\"}\n"

/* A file of each kind: with faults, broken, without a fault, without an object. */
static const struct {
    const char *name, *text;
} files[] = {
    {"./a b/vm.yaml", VM},
    {"broken.yaml", "a: [1\nb: c\n"},
    {"good.yaml", HEAD "metadata: {generateName: vm-}\n---\nkind: Pod\n"},
    {"other.yaml", "kind: Pod\n"},
};

static const struct policy policy = {0};

static void add_text(struct report *report, const struct report_format *format, const char *name,
                     const char *text, struct check_summary *summary)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct error err;
    struct device_hints *hints CLEANUP_DEVICE_HINTS = device_hints_new(&some_device_names, &err);
    struct check_file file;

    assert_non_null(hints);
    assert_true(check_text(str_from(text), &(struct check_basis){.policy = policy, .hints = hints},
                           &arena, &file, &err));
    file.name = name;
    check_summary_add(summary, &file);
    format->file(report, &file);
}

static struct report written(const struct report_format *format, bool colour, bool warnings_fail)
{
    struct report report = REPORT_INIT;
    struct check_summary summary = {0};

    report.colour = colour;
    report.fails_on_warnings = warnings_fail;
    format->begin(&report);
    for (size_t i = 0; i < COUNT(files); i++)
        add_text(&report, format, files[i].name, files[i].text, &summary);
    summary.note = STR("the device names of 1 object were not judged: 100%");
    format->end(&report, &summary);
    assert_false(report.text.failed || report.text.truncated);
    return report;
}

static void expect(const char *what, struct report report, const char *expected)
{
    assert_true(text_check(what, expected, text_get(&report.text)));
    text_free(&report.text);
}

#define MISPLACED                                                                               \
    "spec.domain.devices.gpus: Invalid value: \"gpus\": the API server drops this field here; " \
    "write it under spec.template.spec.domain.devices.gpus"
#define BAD_NAME                                                                                 \
    "spec.domain.devices.gpus[0].name: Invalid value: \"<&>\\u0007%,:\": only letters, digits, " \
    "'-' and '_' are allowed, as the name becomes a libvirt alias; write \"-------\""
#define NOT_YAML \
    "did not find expected ',' or ']' (while parsing a flow sequence that begins on line 1)"

static void test_text(void **state)
{
    (void)state;
    expect("text", written(&report_text, false, false),
           "./a b/vm.yaml:7:7: warn: VirtualMachine blue/vm [devices-misplaced]\n"
           "  " MISPLACED "\n"
           "    7 |       gpus:\n"
           "      |       ^\n"
           "./a b/vm.yaml:8:35: deny: VirtualMachine blue/vm [name-format]\n"
           "  " BAD_NAME "\n"
           "    8 |       - {deviceName: a.b/c, name: \"<&>\\u0007%,:\"}\n"
           "      |                                   ^\n"
           "broken.yaml:2:2: error: " NOT_YAML "\n"
           "    2 | b: c\n"
           "      |  ^\n");
}

static void test_colour(void **state)
{
    struct report report = written(&report_text, true, false);

    (void)state;
    assert_non_null(strstr(text_get(&report.text),
                           "\033[1m./a b/vm.yaml:7:7:\033[0m \033[1;33mwarn\033[0m: Virt"));
    assert_non_null(strstr(text_get(&report.text), " \033[1;31mdeny\033[0m: Virt"));
    assert_non_null(strstr(text_get(&report.text), "      |       \033[1;32m^\033[0m\n"));
    text_free(&report.text);
}

static void test_github(void **state)
{
    (void)state;
    expect("github", written(&report_github, false, false),
           "::warning file=a b/vm.yaml,line=7,col=7,title=devices-misplaced::VirtualMachine "
           "blue/vm: " MISPLACED "\n"
           "::error file=a b/vm.yaml,line=8,col=35,title=name-format::VirtualMachine blue/vm: "
           "spec.domain.devices.gpus[0].name: Invalid value: \"<&>\\u0007%25,:\": only letters, "
           "digits, '-' and '_' are allowed, as the name becomes a libvirt alias; write "
           "\"-------\"\n"
           "::error file=broken.yaml,line=2,col=2,title=unreadable::" NOT_YAML "\n"
           "::notice::the device names of 1 object were not judged: 100%25\n");
}

#define XML_MISPLACED                                                                           \
    "spec.domain.devices.gpus: Invalid value: &#34;gpus&#34;: the API server drops this field " \
    "here; write it under spec.template.spec.domain.devices.gpus"
#define XML_BAD_NAME                                                                         \
    "spec.domain.devices.gpus[0].name: Invalid value: &#34;&#60;&#38;&#62;\\u0007%,:&#34;: " \
    "only letters, digits, '-' and '_' are allowed, as the name becomes a libvirt alias; "   \
    "write &#34;-------&#34;"

static void test_junit(void **state)
{
    (void)state;
    expect(
        "junit", written(&report_junit, false, false),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"hostdev-webhook check\">\n"
        "  <testsuite name=\"./a b/vm.yaml\" tests=\"1\" failures=\"1\" errors=\"0\" "
        "skipped=\"0\">\n"
        "    <testcase name=\"VirtualMachine blue/vm\" classname=\"./a b/vm.yaml\" "
        "file=\"./a b/vm.yaml\" line=\"1\"><failure type=\"name-format\" message=\"" XML_BAD_NAME
        "\">./a b/vm.yaml:7:7: warn: " XML_MISPLACED " [devices-misplaced]\n"
        "./a b/vm.yaml:8:35: deny: " XML_BAD_NAME " [name-format]\n"
        "</failure></testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"broken.yaml\" tests=\"1\" failures=\"0\" errors=\"1\" "
        "skipped=\"0\">\n"
        "    <testcase name=\"can be read\" classname=\"broken.yaml\" file=\"broken.yaml\" "
        "line=\"2\"><error type=\"unreadable\" message=\"" NOT_YAML "\">broken.yaml:2:2: " NOT_YAML
        "</error></testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"good.yaml\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n"
        "    <testcase name=\"VirtualMachine vm-*\" classname=\"good.yaml\" file=\"good.yaml\" "
        "line=\"1\"></testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"other.yaml\" tests=\"0\" failures=\"0\" errors=\"0\" "
        "skipped=\"0\">\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

/* A warning is no failure, unless it is to be one. */
static void test_junit_and_warnings(void **state)
{
    static const char text[] = HEAD "spec: {domain: {devices: {gpus: []}}}\n";

    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        struct report report = REPORT_INIT;
        struct check_summary summary = {0};

        report.fails_on_warnings = fails;
        add_text(&report, &report_junit, "a.yaml", text, &summary);
        assert_int_equal(summary.warned, 1);
        assert_non_null(
            strstr(text_get(&report.text), fails ? "failures=\"1\"" : "failures=\"0\""));
        assert_non_null(strstr(text_get(&report.text), fails
                                                           ? "<failure type=\"devices-misplaced\" "
                                                           : "<system-out>a.ya"));
        text_free(&report.text);
    }
}

/* --- hints ----------------------------------------------------------------------------------- */

#define HINTED(second)                                                                        \
    "kind: HyperConverged\napiVersion: hco.kubevirt.io/v1beta1\nmetadata: {name: h}\nspec:\n" \
    "  permittedHostDevices:\n    pciHostDevices:\n    - pciDeviceSelector: abcd:0001\n"      \
    "      resourceName: a.b/c\n" second
#define FAULTY "    - {pciDeviceSelector: x, resourceName: a.b/d}\n"

static const char hint_path[] = "spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector";
static const char hint_words[] = "this system's pci.ids has no vendor abcd; compare with what "
                                 "`lspci -nn` prints on the node";

/* A hint is told in every format, behind the faults, and makes none of them. */
static void test_hints(void **state)
{
    static const struct {
        const struct report_format *format;
        const char *text, *before, *behind;
    } rows[] = {
        {&report_text, HINTED(""), "a.yaml:7:26: hint: HyperConverged h [pci-id-unknown]\n  ",
         "\n    7 |     - pciDeviceSelector: abcd:0001\n      |                          ^\n"},
        {&report_github, HINTED(""),
         "::notice file=a.yaml,line=7,col=26,title=pci-id-unknown::HyperConverged h: ", "\n"},
        {&report_json, HINTED(""),
         "\"verdict\":\"allow\",\"deviceNamesJudged\":true,\"faults\":[],\"moreFaults\":0,"
         "\"hints\":"
         "[{\"severity\":\"hint\",\"rule\":\"pci-id-unknown\",\"path\":\"",
         "\"}]}"},
        {&report_sarif, HINTED(""),
         ",\"level\":\"note\",\"message\":{\"text\":\"HyperConverged h: ", "\"},\"locations\":"},
        {&report_junit, HINTED(""), "line=\"1\"><system-out>a.yaml:7:26: hint: ",
         " [pci-id-unknown]\n</system-out></testcase>"},
        {&report_junit, HINTED(FAULTY), "</failure><system-out>a.yaml:7:26: hint: ",
         " [pci-id-unknown]\n</system-out></testcase>"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct report report = REPORT_INIT;
        struct check_summary summary = {0};
        const char *begin, *path, *words;

        report.fails_on_warnings = true;
        add_text(&report, rows[i].format, "a.yaml", rows[i].text, &summary);
        assert_int_equal(summary.hints, 1);
        assert_int_equal(summary.faults + summary.denied, i + 1 < COUNT(rows) ? 0 : 2);
        begin = strstr(text_get(&report.text), rows[i].before);
        path = begin ? strstr(begin, hint_path) : NULL;
        words = path ? strstr(path, hint_words) : NULL;
        if (!words || path != begin + strlen(rows[i].before) ||
            strncmp(words + strlen(hint_words), rows[i].behind, strlen(rows[i].behind)) != 0)
            fail_msg("row %zu: %s", i, text_get(&report.text));
        text_free(&report.text);
    }
}

/* --- reports that are JSON ------------------------------------------------------------------- */

static json_t *parsed(struct report report)
{
    json_error_t error;
    json_t *value = json_loadb(text_get(&report.text), report.text.len, JSON_ALLOW_NUL, &error);

    if (!value)
        fail_msg("line %d: %s: %s", error.line, error.text, text_get(&report.text));
    text_free(&report.text);
    return value;
}

/* The value at a path of keys and indices with dots between them. */
static const json_t *at(const json_t *value, const char *path)
{
    char copy[256];
    char *rest = copy;
    char *key;

    snprintf(copy, sizeof copy, "%s", path);
    while ((key = strsep(&rest, ".")))
        value = json_is_array(value) ? json_array_get(value, (size_t)atoi(key))
                                     : json_object_get(value, key);
    return value;
}

/* Each row: a path, and the JSON there; NULL: nothing. */
static void expect_values(const char *what, json_t *value, const char *const (*rows)[2],
                          size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        const json_t *found = at(value, rows[i][0]);
        char *got =
            found ? json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;

        if (got ? !rows[i][1] || strcmp(got, rows[i][1]) != 0 : rows[i][1] != NULL) {
            fprintf(stderr, "%s: %s is %s\n", what, rows[i][0], got ? got : "missing");
            wrong++;
        }
        free(got);
    }
    json_decref(value);
    assert_int_equal(wrong, 0);
}

static void test_json(void **state)
{
    static const char *const rows[][2] = {
        {"version", "1"},
        {"files.0.file", "\"./a b/vm.yaml\""},
        {"files.0.skipped", "0"},
        {"files.0.error", NULL},
        {"files.0.objects.0.apiVersion", "\"kubevirt.io/v1\""},
        {"files.0.objects.0.kind", "\"VirtualMachine\""},
        {"files.0.objects.0.namespace", "\"blue\""},
        {"files.0.objects.0.name", "\"vm\""},
        {"files.0.objects.0.line", "1"},
        {"files.0.objects.0.column", "1"},
        {"files.0.objects.0.verdict", "\"deny\""},
        {"files.0.objects.0.deviceNamesJudged", "false"},
        {"files.0.objects.0.moreFaults", "0"},
        {"files.0.objects.0.faults.0.severity", "\"warn\""},
        {"files.0.objects.0.faults.1.severity", "\"deny\""},
        {"files.0.objects.0.faults.1.rule", "\"name-format\""},
        {"files.0.objects.0.faults.1.path", "\"spec.domain.devices.gpus[0].name\""},
        {"files.0.objects.0.faults.1.line", "8"},
        {"files.0.objects.0.faults.1.column", "35"},
        {"files.0.objects.0.faults.2", NULL},
        {"files.1.objects", "[]"},
        {"files.1.error", "{\"column\":2,\"line\":2,\"message\":\"" NOT_YAML "\"}"},
        {"files.2.objects.0.generateName", "\"vm-\""},
        {"files.2.objects.0.name", NULL},
        {"files.2.objects.0.verdict", "\"allow\""},
        {"files.2.objects.0.deviceNamesJudged", "true"},
        {"files.2.skipped", "1"},
        {"files.4", NULL},
        {"summary",
         "{\"denied\":1,\"faults\":2,\"files\":4,\"hints\":0,\"objects\":2,\"skipped\":2,"
         "\"unjudged\":1,\"unreadable\":1,\"warned\":0}"},
        {"note", "\"the device names of 1 object were not judged: 100%\""},
    };

    (void)state;
    expect_values("json", parsed(written(&report_json, false, false)), rows, COUNT(rows));
}

static void test_sarif(void **state)
{
    static const char *const rows[][2] = {
        {"version", "\"2.1.0\""},
        {"runs.0.tool.driver.name", "\"hostdev-webhook\""},
        {"runs.0.columnKind", "\"unicodeCodePoints\""},
        {"runs.0.results.0.ruleId", "\"devices-misplaced\""},
        {"runs.0.results.0.level", "\"warning\""},
        {"runs.0.results.1.level", "\"error\""},
        {"runs.0.results.1.locations.0.physicalLocation",
         "{\"artifactLocation\":{\"uri\":\"a%20b/vm.yaml\"},\"region\":{\"startColumn\":35,"
         "\"startLine\":8}}"},
        {"runs.0.results.1.locations.0.logicalLocations.0.fullyQualifiedName",
         "\"VirtualMachine blue/vm spec.domain.devices.gpus[0].name\""},
        {"runs.0.results.2.ruleId", "\"unreadable\""},
        {"runs.0.results.2.message.text", "\"" NOT_YAML "\""},
        {"runs.0.results.3", NULL},
        {"runs.0.invocations.0.executionSuccessful", "false"},
        {"runs.0.invocations.0.toolExecutionNotifications.0.level", "\"note\""},
    };

    (void)state;
    expect_values("sarif", parsed(written(&report_sarif, false, false)), rows, COUNT(rows));
}

static void expect_rule(const json_t *rules, size_t index, const char *id, const char *level)
{
    const json_t *rule = json_array_get(rules, index);

    assert_string_equal(json_string_value(json_object_get(rule, "id")), id);
    assert_string_equal(json_string_value(at(rule, "defaultConfiguration.level")), level);
    assert_true(json_string_length(at(rule, "shortDescription.text")) > 10);
}

/* Each result's rule is the one that its index says, and each rule has words. */
static void test_sarif_rules(void **state)
{
    static const char *const levels[] = {[SEVERITY_WARN] = "warning", [SEVERITY_DENY] = "error"};
    json_t *root = parsed(written(&report_sarif, false, false));
    const json_t *rules = at(root, "runs.0.tool.driver.rules");
    const json_t *result;
    size_t index;

    (void)state;
    assert_int_equal(json_array_size(rules), RULE_COUNT + 1 + HINT_COUNT);
    for (size_t i = 0; i < RULE_COUNT; i++)
        expect_rule(rules, i, rule_table[i].id, levels[rule_table[i].severity]);
    expect_rule(rules, RULE_COUNT, "unreadable", "error");
    for (size_t i = 0; i < HINT_COUNT; i++)
        expect_rule(rules, RULE_COUNT + 1 + i, hint_table[i].id, "note");
    json_array_foreach(at(root, "runs.0.results"), index, result) {
        json_int_t rule = json_integer_value(json_object_get(result, "ruleIndex"));

        assert_true(json_equal(json_object_get(result, "ruleId"),
                               json_object_get(json_array_get(rules, (size_t)rule), "id")));
    }
    assert_int_equal(index, 3);
    json_decref(root);
}

static void test_uris(void **state)
{
    static const char *const rows[][2] = {
        {"a.yaml", "\"a.yaml\""},
        {"./a/./b.yaml", "\"a/./b.yaml\""},
        {"../a.yaml", "\"../a.yaml\""},
        {"/a b.yaml", "\"file:///a%20b.yaml\""},
        {"c:d?e#f%.yaml", "\"c%3Ad%3Fe%23f%25.yaml\""},
        {"caf\u00e9\xff\n.yaml", "\"caf%C3%A9%FF%0A.yaml\""},
        {"<stdin>", "\"%3Cstdin%3E\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const expected[][2] = {
            {"runs.0.results.0.locations.0.physicalLocation.artifactLocation.uri", rows[i][1]}};
        struct report report = REPORT_INIT;
        struct check_summary summary = {0};

        report_sarif.begin(&report);
        add_text(&report, &report_sarif, rows[i][0], "a: [", &summary);
        report_sarif.end(&report, &summary);
        expect_values(rows[i][0], parsed(report), expected, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_github),
        cmocka_unit_test(test_junit),
        cmocka_unit_test(test_junit_and_warnings),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_sarif),
        cmocka_unit_test(test_sarif_rules),
        cmocka_unit_test(test_uris),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
