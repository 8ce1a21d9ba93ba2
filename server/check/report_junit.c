/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit's XML: a testsuite a file, a testcase an object. A testcase that fails has one <failure>,
 * because some readers take only the first, with all its faults.
 */
#include "server/check/report.h"

/* What XML 1.0 has no way to write becomes U+FFFD. */
static void add_xml(struct text *text, struct str bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        unsigned rune;
        size_t size = utf8_decode(bytes, at, &rune);

        if (rune == '&' || rune == '<' || rune == '>' || rune == '"' || rune == '\n' ||
            rune == '\t' || rune == '\r')
            text_addf(text, "&#%u;", rune);
        else if (rune < 0x20 || (rune >= 0xFFFD && rune <= 0xFFFF))
            text_add(text, "\uFFFD");
        else
            text_add_str(text, str_slice(bytes, at, size));
        at += size;
    }
}

static void add_attribute(struct text *text, const char *name, struct str value)
{
    text_addf(text, " %s=\"", name);
    add_xml(text, value);
    text_add(text, "\"");
}

static bool is_failure(const struct report *report, const struct check_object *object)
{
    return object->denied > 0 || (report->fails_on_warnings && object->warned > 0);
}

static void add_fault(struct text *text, const char *file, const struct check_fault *fault)
{
    add_xml(text, str_from(file));
    text_addf(text, ":%zu:%zu: %s: ", fault->place.line, fault->place.column,
              report_severity(fault));
    add_xml(text, fault->path);
    text_add(text, ": ");
    add_xml(text, fault->message);
    text_addf(text, " [%s]\n", fault->rule->id);
}

/* Every fault of an object, with its place, a line each. */
static void add_faults(struct text *text, const char *file, const struct check_object *object)
{
    for (size_t i = 0; i < object->fault_count; i++)
        add_fault(text, file, &object->faults[i]);
    if (report_hidden(object) > 0)
        text_addf(text, "and %zu more\n", report_hidden(object));
}

/* The fault that a failure is named after: the first of the worst. */
static const struct check_fault *worst(const struct check_object *object)
{
    for (size_t i = 0; i < object->fault_count; i++) {
        if (object->faults[i].severity == SEVERITY_DENY)
            return &object->faults[i];
    }
    return &object->faults[0];
}

static void add_failure(struct text *text, const char *file, const struct check_object *object)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(8192);

    report_add_fault(&message, worst(object));
    text_add(text, "<failure");
    add_attribute(text, "type", str_from(worst(object)->rule->id));
    add_attribute(text, "message", report_part(text, &message));
    text_add(text, ">");
    add_faults(text, file, object);
    text_add(text, "</failure>");
}

/* What is no failure is something that the testcase printed. */
static void add_outcome(struct report *report, const char *file, const struct check_object *object)
{
    struct text *text = &report->text;
    bool failure = is_failure(report, object);

    if (failure)
        add_failure(text, file, object);
    if (object->hint_count == 0 && (failure || object->fault_count == 0))
        return;
    text_add(text, "<system-out>");
    if (!failure)
        add_faults(text, file, object);
    for (size_t i = 0; i < object->hint_count; i++)
        add_fault(text, file, &object->hints[i]);
    text_add(text, "</system-out>");
}

static void add_object(struct report *report, const char *file, const struct check_object *object)
{
    struct text *text = &report->text;
    struct text name CLEANUP_TEXT = TEXT_INIT(8192);

    report_add_object(&name, object);
    text_add(text, "    <testcase");
    add_attribute(text, "name", report_part(text, &name));
    add_attribute(text, "classname", str_from(file));
    add_attribute(text, "file", str_from(file));
    text_addf(text, " line=\"%zu\">", object->place.line);
    add_outcome(report, file, object);
    text_add(text, "</testcase>\n");
}

static void add_error(struct report *report, const struct check_file *file)
{
    struct text *text = &report->text;

    text_add(text, "    <testcase");
    add_attribute(text, "name", STR("can be read"));
    add_attribute(text, "classname", str_from(file->name));
    add_attribute(text, "file", str_from(file->name));
    text_addf(text, " line=\"%zu\"><error type=\"" REPORT_UNREADABLE "\"", file->error_place.line);
    add_attribute(text, "message", file->error);
    text_add(text, ">");
    add_xml(text, str_from(file->name));
    if (file->error_place.line > 0)
        text_addf(text, ":%zu:%zu", file->error_place.line, file->error_place.column);
    text_add(text, ": ");
    add_xml(text, file->error);
    text_add(text, "</error></testcase>\n");
}

static void begin(struct report *report)
{
    text_add(&report->text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<testsuites name=\"hostdev-webhook check\">\n");
}

static void add_file(struct report *report, const struct check_file *file)
{
    struct text *text = &report->text;
    const struct check_object *object;
    size_t errors = file->error.data != NULL;
    size_t failures = 0;

    for (object = file->objects; object; object = object->next)
        failures += is_failure(report, object);
    text_add(text, "  <testsuite");
    add_attribute(text, "name", str_from(file->name));
    text_addf(text, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\">\n",
              file->object_count + errors, failures, errors);
    if (errors > 0)
        add_error(report, file);
    for (object = file->objects; object; object = object->next)
        add_object(report, file->name, object);
    text_add(text, "  </testsuite>\n");
}

static void end(struct report *report, const struct check_summary *summary)
{
    (void)summary;
    text_add(&report->text, "</testsuites>\n");
}

const struct report_format report_junit = {"junit", begin, add_file, end};
