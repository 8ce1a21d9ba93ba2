/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workflow commands of GitHub Actions, which become annotations of a pull request:
 * `::error file=vm.yaml,line=14,col=25,title=device-not-permitted::message`.
 */
#include "server/check/report.h"

/* As actions/toolkit escapes them: a message's own escapes, and in a property two more. */
static void add_escaped(struct text *text, struct str part, bool property)
{
    static const struct {
        char byte;
        const char *escape;
        bool in_messages;
    } escapes[] = {
        {'%', "%25", true},  {'\r', "%0D", true}, {'\n', "%0A", true},
        {':', "%3A", false}, {',', "%2C", false},
    };

    for (size_t at = 0; at < part.len; at++) {
        const char *escape = NULL;

        for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
            if (part.data[at] == escapes[i].byte && (property || escapes[i].in_messages))
                escape = escapes[i].escape;
        }
        if (escape)
            text_add(text, escape);
        else
            text_add_str(text, str_slice(part, at, 1));
    }
}

/* What the log shows must not act on who reads it. */
static void add_visible(struct text *text, struct str message)
{
    struct text visible CLEANUP_TEXT = TEXT_INIT(16384);

    text_add_visible(&visible, message);
    add_escaped(text, report_part(text, &visible), false);
}

/* The file must be called by its name, whatever that is. */
static void add_command(struct report *report, const char *command, const char *name,
                        struct document_place at, const char *title, const struct text *message)
{
    struct text *text = &report->text;

    text_addf(text, "::%s file=", command);
    add_escaped(text, report_file_name(name), true);
    if (at.line > 0)
        text_addf(text, ",line=%zu,col=%zu", at.line, at.column);
    text_addf(text, ",title=%s::", title);
    add_visible(text, report_part(text, message));
    text_add(text, "\n");
}

static void add_fault(struct report *report, const char *name, const struct check_object *object,
                      const struct check_fault *fault)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(8192);
    const char *command = fault->severity == SEVERITY_DENY ? "error" : "warning";

    report_add_object(&message, object);
    text_add(&message, ": ");
    report_add_fault(&message, fault);
    add_command(report, fault->is_hint ? "notice" : command, name, fault->place, fault->rule->id,
                &message);
}

static void begin(struct report *report)
{
    (void)report;
}

static void add_file(struct report *report, const struct check_file *file)
{
    if (file->error.data) {
        struct text message CLEANUP_TEXT = TEXT_INIT(8192);

        text_add_str(&message, file->error);
        add_command(report, "error", file->name, file->error_place, REPORT_UNREADABLE, &message);
    }
    for (const struct check_note *note = file->notes; note; note = note->next) {
        struct text message CLEANUP_TEXT = TEXT_INIT(8192);

        text_add_str(&message, note->message);
        add_command(report, "notice", file->name, note->place, "note", &message);
    }
    for (const struct check_object *object = file->objects; object; object = object->next) {
        for (size_t i = 0; i < object->fault_count; i++)
            add_fault(report, file->name, object, &object->faults[i]);
        for (size_t i = 0; i < object->hint_count; i++)
            add_fault(report, file->name, object, &object->hints[i]);
        if (report_hidden(object) > 0) {
            struct text message CLEANUP_TEXT = TEXT_INIT(8192);

            report_add_hidden(&message, object);
            add_command(report, object->denied > 0 ? "error" : "warning", file->name, object->place,
                        "more faults", &message);
        }
    }
}

static void end(struct report *report, const struct check_summary *summary)
{
    if (!summary->note.data)
        return;
    text_add(&report->text, "::notice::");
    add_visible(&report->text, summary->note);
    text_add(&report->text, "\n");
}

const struct report_format report_github = {"github", begin, add_file, end};
