/* SPDX-License-Identifier: Apache-2.0 */
/* Every format of a report of bytes that it must not take as they are, cut, and left out. */
#include "server/check/report.h"
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

static const struct report_format *const formats[] = {
    &report_text, &report_json, &report_junit, &report_sarif, &report_github,
};

/* Every byte but NUL, and characters that terminals, XML and JSON have trouble with. */
static void fill_with_bytes(char *buffer)
{
    size_t len = 0;

    for (int c = 1; c < 256; c++)
        buffer[len++] = (char)c;
    snprintf(buffer + len, 512 - len, "%s",
             "\xc2\x85"
             "\u2028\u202e\ufffe\uffff\U0001f600]]>-->&lt;\xed\xa0\x80");
}

static struct check_file odd_file(const char *bytes, struct check_object *object,
                                  struct check_fault *fault)
{
    struct str all = str_from(bytes);
    size_t count;

    *fault = (struct check_fault){
        .rule = &rule_table[RULE_NAME_FORMAT],
        .severity = SEVERITY_DENY,
        .path = all,
        .message = all,
        .place = {3, 4},
        .source = {.text = all, .column = 7, .cut_before = true, .cut_behind = true},
    };
    *object = (struct check_object){
        .kind = kind_table(&count),
        .namespace = all,
        .name = all,
        .place = {3, 1},
        .faults = fault,
        .fault_count = 1,
        .denied = 5,
    };
    return (struct check_file){.name = bytes, .objects = object, .object_count = 1, .error = all};
}

static struct report odd_report(const struct report_format *format, const char *bytes)
{
    struct report report = REPORT_INIT;
    struct check_summary summary = {.note = str_from(bytes)};
    struct check_object object;
    struct check_fault fault;
    struct check_file file = odd_file(bytes, &object, &fault);

    format->begin(&report);
    format->file(&report, &file);
    format->end(&report, &summary);
    assert_false(report.text.failed || report.text.truncated);
    return report;
}

static void assert_utf8(const struct text *text)
{
    struct str str = {text_get(text), text->len};

    for (size_t at = 0; at < str.len;) {
        unsigned rune;
        size_t size = utf8_decode(str, at, &rune);

        if (size == 1 && rune == 0xFFFD)
            fail_msg("byte %zu is not UTF-8", at);
        at += size;
    }
}

/* What XML 1.0 allows, section 2.2. */
static void assert_xml_characters(const struct text *text)
{
    struct str str = {text_get(text), text->len};

    for (size_t at = 0; at < str.len;) {
        unsigned rune;

        at += utf8_decode(str, at, &rune);
        if ((rune < 0x20 && rune != '\n') || rune == 0xFFFE || rune == 0xFFFF)
            fail_msg("U+%04X", rune);
    }
    assert_null(strstr(text_get(text), "]]>"));
}

static void assert_json(const struct text *text)
{
    json_error_t error;
    json_t *value = json_loadb(text_get(text), text->len, JSON_ALLOW_NUL, &error);

    if (!value)
        fail_msg("line %d: %s: %s", error.line, error.text, text_get(text));
    json_decref(value);
}

static void test_any_bytes(void **state)
{
    char bytes[512];

    (void)state;
    fill_with_bytes(bytes);
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct report report = odd_report(formats[i], bytes);

        if (formats[i] == &report_json || formats[i] == &report_sarif) {
            assert_json(&report.text);
        } else if (formats[i] == &report_junit) {
            assert_utf8(&report.text);
            assert_xml_characters(&report.text);
        }
        text_free(&report.text);
    }
}

/* Nothing that acts on a terminal, and no line but the report's own. */
static void test_text_of_any_bytes(void **state)
{
    char bytes[512];
    struct report report;

    (void)state;
    fill_with_bytes(bytes);
    report = odd_report(&report_text, bytes);
    for (const char *c = text_get(&report.text); *c != '\0'; c++)
        assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
    assert_null(strstr(text_get(&report.text), "\u202e"));
    assert_null(strstr(text_get(&report.text), "\xc2\x85"));
    text_free(&report.text);
}

/* A command is a line: neither its properties nor its message may begin another one. */
static void test_github_of_any_bytes(void **state)
{
    char bytes[512];
    struct report report;
    size_t lines = 0;

    (void)state;
    fill_with_bytes(bytes);
    report = odd_report(&report_github, bytes);
    for (const char *line = text_get(&report.text); *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_true(strncmp(line, "::", 2) == 0);
        /* Behind the properties, of which a file's name is one. */
        for (const char *at = strstr(line + 2, "::"); *at != '\n'; at++)
            assert_true((unsigned char)*at >= ' ');
        lines++;
    }
    assert_int_equal(lines, 4);
    assert_null(strchr(text_get(&report.text), '\r'));
    text_free(&report.text);
}

static void test_more_faults_are_told(void **state)
{
    static const char *const words[] = {
        "  … and 4 more of HyperConverged a/a\n", "\"moreFaults\":4", "and 4 more\n",
        "HyperConverged a/a has 4 more faults", "HyperConverged a/a has 4 more faults"};

    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct report report = odd_report(formats[i], "a");

        if (!strstr(text_get(&report.text), words[i]))
            fail_msg("%s: %s", formats[i]->name, text_get(&report.text));
        text_free(&report.text);
    }
}

static void test_long_and_tabbed_lines(void **state)
{
    struct check_object object;
    struct check_fault fault;
    struct check_file file = odd_file("a", &object, &fault);
    struct report report = REPORT_INIT;

    (void)state;
    file.error.data = NULL;
    fault.source = (struct text_excerpt){
        .text = STR("\t\u00e9\x1b\tname"), .column = 5, .cut_before = true, .cut_behind = true};
    object.denied = 1;
    report_text.file(&report, &file);
    assert_true(text_check("tabs",
                           "a:3:4: deny: HyperConverged a/a [name-format]\n  a: a\n"
                           "    3 | … \u00e9\\u001b name…\n"
                           "      |           ^\n",
                           text_get(&report.text)));
    text_free(&report.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_text_of_any_bytes),
        cmocka_unit_test(test_github_of_any_bytes),
        cmocka_unit_test(test_more_faults_are_told),
        cmocka_unit_test(test_long_and_tabbed_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
