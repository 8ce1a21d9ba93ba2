/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF 2.1.0 (OASIS), as code scanning services read it. */
#include "server/check/report.h"

#include "server/check/device_hints.h"

#define SCHEMA                                                            \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
    "sarif-schema-2.1.0.json"

static const char *level_of(enum severity severity)
{
    return severity == SEVERITY_DENY ? "error" : "warning";
}

/* A path as a relative URI, or as one of a file; a colon would make its beginning a scheme. */
static void add_uri(struct text *text, const char *name)
{
    struct str path = report_file_name(name);

    text_add(text, str_starts_with(path, STR("/")) ? "\"file://" : "\"");
    text_add_percent(text, path, '/');
    text_add(text, "\"");
}

static void add_location(struct text *text, const char *name, struct document_place at)
{
    text_add(text, ",\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
    add_uri(text, name);
    text_add(text, "}");
    if (at.line > 0)
        text_addf(text, ",\"region\":{\"startLine\":%zu,\"startColumn\":%zu}", at.line, at.column);
    text_add(text, "}");
}

static void begin_result(struct report *report, size_t rule, const char *id, const char *level)
{
    text_add(&report->text, report->has_item ? ",\n" : "\n");
    report->has_item = true;
    text_addf(&report->text,
              "{\"ruleId\":\"%s\",\"ruleIndex\":%zu,\"level\":\"%s\",\"message\":", id, rule,
              level);
}

static void add_message(struct text *text, const struct text *message)
{
    report_add_json_member(text, "{", "text", report_part(text, message));
    text_add(text, "}");
}

/* In the driver's list: the rules, REPORT_UNREADABLE, the hints. */
static size_t index_of(const struct check_fault *fault)
{
    return fault->is_hint ? RULE_COUNT + 1 + (size_t)(fault->rule - hint_table)
                          : (size_t)(fault->rule - rule_table);
}

static void add_fault(struct report *report, const char *name, const struct check_object *object,
                      const struct check_fault *fault)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(8192);
    struct text where CLEANUP_TEXT = TEXT_INIT(8192);

    report_add_object(&where, object);
    text_add_str(&message, report_part(&report->text, &where));
    text_add(&message, ": ");
    report_add_fault(&message, fault);
    text_add(&where, " ");
    text_add_str(&where, fault->path);
    begin_result(report, index_of(fault), fault->rule->id,
                 fault->is_hint ? "note" : level_of(fault->severity));
    add_message(&report->text, &message);
    add_location(&report->text, name, fault->place);
    report_add_json_member(&report->text, ",\"logicalLocations\":[{", "fullyQualifiedName",
                           report_part(&report->text, &where));
    text_add(&report->text, "}]}]}");
}

static void add_rule(struct text *text, const char *id, const char *summary, const char *level)
{
    text_addf(text, "{\"id\":\"%s\",\"shortDescription\":{\"text\":", id);
    report_add_json(text, str_from(summary));
    text_addf(text, "},\"defaultConfiguration\":{\"level\":\"%s\"}}", level);
}

static void begin(struct report *report)
{
    struct text *text = &report->text;

    text_add(text, "{\"$schema\":\"" SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{"
                   "\"driver\":{\"name\":\"hostdev-webhook\",\"version\":\"" HOSTDEV_WEBHOOK_VERSION
                   "\",\"rules\":[\n");
    for (int i = 0; i < RULE_COUNT; i++) {
        add_rule(text, rule_table[i].id, rule_table[i].summary, level_of(rule_table[i].severity));
        text_add(text, ",\n");
    }
    add_rule(text, REPORT_UNREADABLE, "a file can't be read, or is neither YAML nor JSON", "error");
    for (int i = 0; i < HINT_COUNT; i++) {
        text_add(text, ",\n");
        add_rule(text, hint_table[i].id, hint_table[i].summary, "note");
    }
    text_add(text, "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[");
}

static void add_hidden(struct report *report, const char *name, const struct check_object *object)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(8192);
    const struct check_fault *last = &object->faults[object->fault_count - 1];

    report_add_hidden(&message, object);
    begin_result(report, (size_t)(last->rule - rule_table), last->rule->id,
                 level_of(last->severity));
    add_message(&report->text, &message);
    add_location(&report->text, name, object->place);
    text_add(&report->text, "}]}");
}

static void begin_notification(struct text *notes, struct str message)
{
    text_add(notes, notes->len > 0 ? "," : "");
    text_add(notes, "{\"level\":\"note\",\"message\":");
    report_add_json_member(notes, "{", "text", message);
    text_add(notes, "}");
}

static void add_file(struct report *report, const struct check_file *file)
{
    if (file->error.data) {
        begin_result(report, RULE_COUNT, REPORT_UNREADABLE, "error");
        report_add_json_member(&report->text, "{", "text", file->error);
        text_add(&report->text, "}");
        add_location(&report->text, file->name, file->error_place);
        text_add(&report->text, "}]}");
    }
    for (const struct check_note *note = file->notes; note; note = note->next) {
        begin_notification(&report->notes, note->message);
        add_location(&report->notes, file->name, note->place);
        text_add(&report->notes, "}]}");
    }
    for (const struct check_object *object = file->objects; object; object = object->next) {
        for (size_t i = 0; i < object->fault_count; i++)
            add_fault(report, file->name, object, &object->faults[i]);
        if (report_hidden(object) > 0)
            add_hidden(report, file->name, object);
        for (size_t i = 0; i < object->hint_count; i++)
            add_fault(report, file->name, object, &object->hints[i]);
    }
}

static void end(struct report *report, const struct check_summary *summary)
{
    struct text *text = &report->text;

    text_addf(text, "\n],\"invocations\":[{\"executionSuccessful\":%s",
              summary->unreadable > 0 ? "false" : "true");
    if (summary->note.data) {
        begin_notification(&report->notes, summary->note);
        text_add(&report->notes, "}");
    }
    if (report->notes.len > 0) {
        text_add(text, ",\"toolExecutionNotifications\":[");
        text_add_str(text, report_part(text, &report->notes));
        text_add(text, "]");
    }
    text_free(&report->notes);
    text_add(text, "}]}]}\n");
}

const struct report_format report_sarif = {"sarif", begin, add_file, end};
