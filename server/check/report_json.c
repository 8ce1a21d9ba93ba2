/* SPDX-License-Identifier: Apache-2.0 */
/* For programs. README.md describes it; what changes there in meaning changes `version`. */
#include "server/check/report.h"

#define VERSION 1

static void add_place(struct text *text, struct document_place at)
{
    if (at.line == 0)
        return;
    report_add_json_number(text, ",", "line", at.line);
    report_add_json_number(text, ",", "column", at.column);
}

static void add_fault(struct text *text, const struct check_fault *fault)
{
    report_add_json_member(text, "{", "severity", str_from(report_severity(fault)));
    report_add_json_member(text, ",", "rule", str_from(fault->rule->id));
    report_add_json_member(text, ",", "path", fault->path);
    add_place(text, fault->place);
    report_add_json_member(text, ",", "message", fault->message);
    text_add(text, "}");
}

/* Empty for Butane, which has none. */
static void add_api_version(struct text *text, const struct kind *kind)
{
    struct text version CLEANUP_TEXT = TEXT_INIT(256);

    text_addf(&version, "%s%s%s", kind->group, *kind->group ? "/" : "", kind->version);
    report_add_json_member(text, "{", "apiVersion", report_part(text, &version));
}

static void add_object(struct text *text, const struct check_object *object)
{
    static const char *const verdicts[] = {
        [CHECK_ALLOW] = "allow", [CHECK_WARN] = "warn", [CHECK_DENY] = "deny"};

    add_api_version(text, object->kind);
    report_add_json_member(text, ",", "kind", str_from(object->kind->kind));
    report_add_json_member(text, ",", "namespace", object->namespace);
    report_add_json_member(text, ",", object->generated_name ? "generateName" : "name",
                           object->name);
    add_place(text, object->place);
    report_add_json_member(text, ",", "verdict", str_from(verdicts[check_object_verdict(object)]));
    text_addf(text, ",\"deviceNamesJudged\":%s,\"faults\":[",
              object->names_unjudged ? "false" : "true");
    for (size_t i = 0; i < object->fault_count; i++) {
        text_add(text, i > 0 ? "," : "");
        add_fault(text, &object->faults[i]);
    }
    text_add(text, "]");
    report_add_json_number(text, ",", "moreFaults", report_hidden(object));
    text_add(text, ",\"hints\":[");
    for (size_t i = 0; i < object->hint_count; i++) {
        text_add(text, i > 0 ? "," : "");
        add_fault(text, &object->hints[i]);
    }
    text_add(text, "]");
    text_add(text, "}");
}

static void begin(struct report *report)
{
    text_addf(&report->text, "{\"version\":%d,\"files\":[", VERSION);
}

static void add_notes(struct text *text, const struct check_note *notes)
{
    text_add(text, ",\"notes\":[");
    for (const struct check_note *note = notes; note; note = note->next) {
        text_add(text, note != notes ? "," : "");
        report_add_json_member(text, "{", "message", note->message);
        add_place(text, note->place);
        text_add(text, "}");
    }
    text_add(text, "]");
}

static void add_file(struct report *report, const struct check_file *file)
{
    struct text *text = &report->text;

    text_add(text, report->has_item ? ",\n" : "\n");
    report->has_item = true;
    report_add_json_member(text, "{", "file", str_from(file->name));
    report_add_json_number(text, ",", "skipped", file->skipped);
    if (file->error.data) {
        report_add_json_member(text, ",\"error\":{", "message", file->error);
        add_place(text, file->error_place);
        text_add(text, "}");
    }
    if (file->notes)
        add_notes(text, file->notes);
    text_add(text, ",\"objects\":[");
    for (const struct check_object *object = file->objects; object; object = object->next) {
        text_add(text, object != file->objects ? "," : "");
        add_object(text, object);
    }
    text_add(text, "]}");
}

static void end(struct report *report, const struct check_summary *summary)
{
    struct text *text = &report->text;

    text_add(text, "\n],\"summary\":");
    report_add_json_number(text, "{", "files", summary->files);
    report_add_json_number(text, ",", "objects", summary->objects);
    report_add_json_number(text, ",", "skipped", summary->skipped);
    report_add_json_number(text, ",", "denied", summary->denied);
    report_add_json_number(text, ",", "warned", summary->warned);
    report_add_json_number(text, ",", "faults", summary->faults);
    report_add_json_number(text, ",", "hints", summary->hints);
    report_add_json_number(text, ",", "unreadable", summary->unreadable);
    report_add_json_number(text, ",", "unjudged", summary->unjudged);
    if (summary->fixes) {
        report_add_json_number(text, ",", "repaired", summary->repaired);
        report_add_json_number(text, ",", "unwritten", summary->unwritten);
    }
    text_add(text, "}");
    report_add_json_member(text, ",", "note", summary->note);
    text_add(text, "}\n");
}

const struct report_format report_json = {"json", begin, add_file, end};
