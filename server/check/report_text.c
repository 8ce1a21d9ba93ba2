/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For people:
 *
 *   vm.yaml:14:25: deny: VirtualMachine blue/vm-with-gpu [device-not-permitted]
 *     spec.template.spec…deviceName: Unsupported value: …
 *      14 |           - deviceName: nvidia.com/TU104GL_Tesla_T44
 *         |                         ^
 */
#include "server/check/report.h"

#define RED "\033[1;31m"
#define YELLOW "\033[1;33m"
#define CYAN "\033[1;36m"
#define GREEN "\033[1;32m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

static void add_coloured(struct report *report, const char *colour, const char *words)
{
    text_add(&report->text, report->colour ? colour : "");
    text_add(&report->text, words);
    text_add(&report->text, report->colour ? PLAIN : "");
}

static void add_head(struct report *report, const char *name, struct document_place at,
                     const char *colour, const char *severity)
{
    struct text *text = &report->text;

    text_add(text, report->colour ? BOLD : "");
    text_add_visible(text, str_from(name));
    if (at.line > 0)
        text_addf(text, ":%zu:%zu", at.line, at.column);
    text_add(text, ":");
    text_add(text, report->colour ? PLAIN : "");
    text_add(text, " ");
    add_coloured(report, colour, severity);
    text_add(text, ": ");
}

/* Blanks for tabs, so that the caret stands below what is meant. */
static void add_characters(struct text *text, struct str part)
{
    for (size_t at = 0; at < part.len; at += str_find(str_slice(part, at, part.len), '\t') + 1) {
        size_t len = str_find(str_slice(part, at, part.len), '\t');

        text_add_visible(text, str_slice(part, at, len));
        text_add(text, at + len < part.len ? " " : "");
    }
}

static size_t bytes_before(const struct text_excerpt *source)
{
    size_t at = 0;
    unsigned rune;

    for (size_t i = 1; i < source->column && at < source->text.len; i++)
        at += utf8_decode(source->text, at, &rune);
    return at;
}

static void add_source(struct report *report, size_t line, const struct text_excerpt *source)
{
    struct text *text = &report->text;
    size_t before = bytes_before(source);
    size_t start, width;

    if (!source->text.data)
        return;
    text_addf(text, "%5zu | ", line);
    start = text->len;
    text_add(text, source->cut_before ? "…" : "");
    add_characters(text, str_slice(source->text, 0, before));
    width = utf8_count((struct str){text_get(text) + start, text->len - start});
    add_characters(text, str_slice(source->text, before, source->text.len));
    text_add(text, source->cut_behind ? "…" : "");
    text_addf(text, "\n      | %*s", (int)width, "");
    add_coloured(report, GREEN, "^");
    text_add(text, "\n");
}

static void add_visible(struct text *text, const struct text *part)
{
    text_add_visible(text, report_part(text, part));
}

static void add_object(struct text *text, const struct check_object *object)
{
    struct text name CLEANUP_TEXT = TEXT_INIT(4096);

    report_add_object(&name, object);
    add_visible(text, &name);
}

static const char *colour_of(const struct check_fault *fault)
{
    if (fault->is_hint)
        return CYAN;
    return fault->severity == SEVERITY_DENY ? RED : YELLOW;
}

static void add_fault(struct report *report, const char *name, const struct check_object *object,
                      const struct check_fault *fault)
{
    struct text *text = &report->text;
    struct text words CLEANUP_TEXT = TEXT_INIT(8192);

    report_add_fault(&words, fault);
    add_head(report, name, fault->place, colour_of(fault), report_severity(fault));
    add_object(text, object);
    text_addf(text, " [%s]\n  ", fault->rule->id);
    add_visible(text, &words);
    text_add(text, "\n");
    add_source(report, fault->place.line, &fault->source);
}

static void begin(struct report *report)
{
    (void)report;
}

static void add_file(struct report *report, const struct check_file *file)
{
    struct text *text = &report->text;

    if (file->error.data) {
        add_head(report, file->name, file->error_place, RED, "error");
        text_add_visible(text, file->error);
        text_add(text, "\n");
        add_source(report, file->error_place.line, &file->error_source);
    }
    for (const struct check_object *object = file->objects; object; object = object->next) {
        for (size_t i = 0; i < object->fault_count; i++)
            add_fault(report, file->name, object, &object->faults[i]);
        if (report_hidden(object) > 0) {
            text_addf(text, "  … and %zu more of ", report_hidden(object));
            add_object(text, object);
            text_add(text, "\n");
        }
        for (size_t i = 0; i < object->hint_count; i++)
            add_fault(report, file->name, object, &object->hints[i]);
    }
}

static void end(struct report *report, const struct check_summary *summary)
{
    (void)report;
    (void)summary;
}

const struct report_format report_text = {"text", begin, add_file, end};
