/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine config daemon takes the contents of files from data URLs alone, and refuses a
 * configuration in which one can't be read (machine-config-operator pkg/daemon/file_writers.go);
 * kmod and systemd read nothing in their folders that does not end in .conf. What Ignition finds
 * wrong in a configuration (config/v3_2/types, config/validate), the operator renders for no node.
 */
#include "validators/machine_config/machine_file_rules.h"

#include "base/str_map.h"

#include <stdio.h>

/* A data URL may be long, and only its beginning tells what it is. */
#define SHOWN_SOURCE 80

/* --- contents -------------------------------------------------------------------------------- */

static const char *const problems[] = {
    [DATA_GOOD] = "",
    [DATA_NO_DATA_URL] = "nodes read nothing but data URLs; put the file's text into one, as "
                         "Butane does: \"data:,vfio-pci%0A\"",
    [DATA_BAD_HEAD] = "in front of the file's text a data URL has \"data:,\" or "
                      "\"data:;base64,\" (and a media type, if any, in front of that comma or "
                      "semicolon)",
    [DATA_BAD_CHARACTER] = "blanks, line ends, quotes, brackets, # and what is not ASCII have to "
                           "be percent-encoded in a data URL: %20 for a blank, %0A for a line end",
    [DATA_BAD_PERCENT] = "two hex digits belong behind each % of a data URL; write %25 for a "
                         "percent sign",
    [DATA_BAD_BASE64] = "what is behind the comma is no base64 (letters, digits, + and /, filled "
                        "up to fours with =); encode the file anew, as `base64 -w0` does",
    [DATA_NOT_GZIP] = "compression is \"gzip\", but the data is no gzip, or is cut off; compress "
                      "the file anew, or leave compression out",
    [DATA_STILL_GZIP] = "the data is gzip, and nothing says so, so it is written to the node as it "
                        "is and nobody can read it; write compression: gzip beside it",
    [DATA_TOO_LARGE] = "inflates to more than 1 MiB, or with others to more than 4 MiB; a file of "
                       "modules is no larger than some lines",
};

static void judge_contents(const struct machine_file *file, struct context *context)
{
    struct text *message;

    if (file->contents != CONTENTS_UNREADABLE)
        return;
    message =
        findings_add(context->findings, RULE_FILE_CONTENTS, path_field(file->entry, file->field),
                     str_slice(file->source, 0, SHOWN_SOURCE));
    if (message)
        text_add(message, problems[file->problem]);
}

static void judge_compression(const struct machine_file *file, struct context *context)
{
    struct text *message;

    if (file->contents != CONTENTS_COMPRESSION)
        return;
    message = findings_add(context->findings, RULE_FILE_COMPRESSION,
                           path_field(file->entry, "contents.compression"), file->compression);
    if (message)
        text_add(message, "nodes know \"gzip\" alone; write that, or leave it out for what is not "
                          "compressed");
}

/* --- path ------------------------------------------------------------------------------------ */

/* The path up to its .conf, when something stands behind that; else .conf for its extension. */
static void add_wanted_name(struct str path, struct text *message)
{
    struct str word = str_slice(path, 0, str_find(path, ' '));
    size_t end = word.len;

    while (end > 0 && word.data[end - 1] != '.' && word.data[end - 1] != '/')
        end--;
    if (end > 0 && word.data[end - 1] == '.')
        word.len = end - 1;
    text_add_visible(message, str_slice(word, 0, SHOWN_VALUE_LIMIT));
    text_add(message, ".conf");
}

static void judge_name(const struct machine_file *file, struct context *context)
{
    struct text *message = findings_add(context->findings, RULE_FILE_NAME,
                                        path_field(file->entry, "path"), file->path);

    if (!message)
        return;
    text_add(message, "only files that end in .conf are read there; write \"");
    add_wanted_name(file->simple_path, message);
    text_add(message, "\"");
}

static void judge_path(const struct machine_file *file, struct context *context)
{
    struct text *message;

    if (file->misnamed && file->about_vfio) {
        judge_name(file, context);
        return;
    }
    if (str_equal(file->path, file->simple_path))
        return;
    message = findings_add(context->findings, RULE_FILE_PATH, path_field(file->entry, "path"),
                           file->path);
    if (!message)
        return;
    text_add(message, "Ignition refuses a path that does not begin with a slash, or has empty "
                      "parts, \".\" or \"..\" in it; write \"");
    text_add_visible(message, str_slice(file->simple_path, 0, SHOWN_VALUE_LIMIT));
    text_add(message, "\"");
}

/* `seen` has the entries of the paths before this one. */
static void judge_duplicate(const struct machine_file *file, struct str_map *seen,
                            struct context *context)
{
    bool added = true;
    const size_t *first = str_map_put(seen, file->simple_path, file->entry.index, &added);
    struct text *message;

    if (!first || added)
        return;
    message = findings_add(context->findings, RULE_FILE_DUPLICATE, path_field(file->entry, "path"),
                           file->path);
    if (message)
        text_addf(message,
                  "files[%zu] has this path too, and Ignition refuses two files of one path; put "
                  "both texts into one file, or give this one another name",
                  *first);
}

/* "ignition file … includes append" (machine-config-operator pkg/controller/common/reconcile.go).
 */
static void judge_append(const struct machine_file *file, struct context *context)
{
    struct text *message;

    if (!file->appends)
        return;
    message = findings_add(context->findings, RULE_FILE_APPEND, path_field(file->entry, "append"),
                           STR("append"));
    if (message)
        text_add(message, "OpenShift refuses a configuration that appends to a file; write the "
                          "whole text under contents");
}

/* --- mode ------------------------------------------------------------------------------------ */

#define NO_MODE 010000u

/* Of a class: nothing, or to read and no more than the owner, and to run as he may. */
static bool is_plain_class(unsigned class, unsigned owner)
{
    return class == 0 || ((class & 4) != 0 && (class & 1) == (owner & 1) && (class & ~owner) == 0);
}

/* One that somebody would write: no number is such a mode, and is one too by its digits. */
static bool is_plain(unsigned mode)
{
    unsigned owner = mode >> 6;

    return mode <= 0777 && (owner & 4) != 0 && is_plain_class(mode >> 3 & 7, owner) &&
           is_plain_class(mode & 7, owner);
}

/* The decimal digits read as octal ones, as of 644; NO_MODE where they are none. */
static unsigned digits_as_octal(unsigned mode)
{
    unsigned octal = 0;

    for (unsigned shift = 0; mode > 0; shift += 3, mode /= 10) {
        if (mode % 10 > 7)
            return NO_MODE;
        octal |= mode % 10 << shift;
    }
    return octal;
}

/* The number as a mode; NO_MODE for what is none. */
static unsigned mode_of(double number)
{
    if (!(number >= 0 && number <= 07777) || (double)(unsigned)number < number)
        return NO_MODE;
    return (unsigned)number;
}

/* What the digits say, without special bits, if that can have been meant. */
static bool is_slip(unsigned mode)
{
    unsigned octal = digits_as_octal(mode);

    return mode > 0777 ? octal <= 07777 && (octal & 0400) != 0 : is_plain(octal);
}

/* The machine-config-operator refuses what is above 0777 (pkg/controller/common/helpers.go). */
static bool is_odd_mode(unsigned mode)
{
    return mode > 0777 || (mode & 0400) == 0 || (!is_plain(mode) && is_slip(mode));
}

static unsigned wanted_mode(unsigned mode)
{
    if (is_slip(mode))
        return digits_as_octal(mode) & 0777;
    return mode != NO_MODE && is_plain(mode & 0777) ? mode & 0777 : 0644;
}

static void explain_mode(unsigned mode, bool is_butane, struct text *message)
{
    unsigned wanted = wanted_mode(mode);

    if (mode == NO_MODE)
        text_add(message, "this is no mode; ");
    else if (is_slip(mode))
        text_addf(message,
                  "a number without a leading 0 is decimal, and this one is the mode %#o; ", mode);
    else if (mode > 0777)
        text_addf(message, "this is the mode %#o, and OpenShift refuses one above 0777; ", mode);
    else
        text_addf(message, "this is the mode %#o, which does not let its owner read the file; ",
                  mode);
    if (is_butane)
        text_addf(message, "write %#o", wanted);
    else
        text_addf(message, "write %u, which is %#o", wanted, wanted);
}

static void judge_mode(const struct machine_file *file, bool is_butane, struct context *context)
{
    unsigned mode = mode_of(file->mode);
    char shown[32];
    struct text *message;

    if (!file->has_mode || !is_odd_mode(mode))
        return;
    snprintf(shown, sizeof shown, "%.15g", file->mode);
    message = findings_add(context->findings, RULE_FILE_MODE, path_field(file->entry, "mode"),
                           str_from(shown));
    if (message)
        explain_mode(mode, is_butane, message);
}

void judge_machine_files(const struct machine_config_facts *machine, struct context *context)
{
    struct str_map seen = STR_MAP_INIT(context->arena);

    for (const struct machine_file *file = machine->files; file; file = file->next) {
        judge_contents(file, context);
        judge_compression(file, context);
        judge_append(file, context);
        judge_path(file, context);
        judge_duplicate(file, &seen, context);
        judge_mode(file, machine->is_butane, context);
    }
}
