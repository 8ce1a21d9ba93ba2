/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/report.h"

#include "server/documents/json_write.h"

const char *report_severity(const struct check_fault *fault)
{
    if (fault->is_hint)
        return "hint";
    return fault->severity == SEVERITY_DENY ? "deny" : "warn";
}

void report_add_object(struct text *text, const struct check_object *object)
{
    text_add(text, object->kind->kind);
    text_add(text, " ");
    if (object->namespace.data) {
        text_add_str(text, object->namespace);
        text_add(text, "/");
    }
    if (object->name.data)
        text_add_str(text, object->name);
    else
        text_add(text, "(no name)");
    if (object->name.data && object->generated_name)
        text_add(text, "*");
}

struct str report_part(struct text *text, const struct text *part)
{
    text->failed |= part->failed;
    return (struct str){text_get(part), part->len};
}

void report_add_fault(struct text *text, const struct check_fault *fault)
{
    text_add_str(text, fault->path);
    text_add(text, ": ");
    text_add_str(text, fault->message);
}

struct str report_file_name(const char *name)
{
    struct str file = str_from(name);

    while (str_starts_with(file, STR("./")))
        file = str_slice(file, 2, file.len);
    return file;
}

void report_add_hidden(struct text *text, const struct check_object *object)
{
    report_add_object(text, object);
    text_addf(text, " has %zu more faults", report_hidden(object));
}

const char *report_plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void report_add_summary(struct text *text, const struct check_summary *summary)
{
    text_addf(text, "%zu file%s, %zu object%s, %zu skipped: %zu denied, %zu warned", summary->files,
              report_plural(summary->files), summary->objects, report_plural(summary->objects),
              summary->skipped, summary->denied, summary->warned);
    if (summary->hints > 0)
        text_addf(text, ", %zu hint%s", summary->hints, report_plural(summary->hints));
    if (summary->unreadable > 0)
        text_addf(text, ", %zu file%s not readable", summary->unreadable,
                  report_plural(summary->unreadable));
    if (summary->fixes)
        text_addf(text, ", %zu %srepaired", summary->repaired, summary->dry_run ? "could be " : "");
    if (summary->unwritten > 0)
        text_addf(text, ", %zu file%s not writable", summary->unwritten,
                  report_plural(summary->unwritten));
    text_add(text, "\n");
}

size_t report_hidden(const struct check_object *object)
{
    return object->denied + object->warned - object->fault_count;
}

void report_add_utf8(struct text *text, struct str bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        unsigned rune;
        size_t size = utf8_decode(bytes, at, &rune);

        text_add_str(text, rune == 0xFFFD ? STR("\uFFFD") : str_slice(bytes, at, size));
        at += size;
    }
}

void report_add_json(struct text *text, struct str bytes)
{
    struct text clean CLEANUP_TEXT = TEXT_INIT(3 * bytes.len);

    report_add_utf8(&clean, bytes);
    json_write_string(text, report_part(text, &clean));
}

void report_add_json_member(struct text *text, const char *before, const char *key,
                            struct str bytes)
{
    if (!bytes.data)
        return;
    text_addf(text, "%s\"%s\":", before, key);
    report_add_json(text, bytes);
}

void report_add_json_number(struct text *text, const char *before, const char *key, size_t number)
{
    text_addf(text, "%s\"%s\":%zu", before, key, number);
}
