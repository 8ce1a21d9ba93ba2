/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine config daemon takes the contents of files from data URLs alone, and refuses a
 * configuration in which one can't be read (machine-config-operator pkg/daemon/file_writers.go);
 * kmod and systemd read nothing in their folders that does not end in .conf.
 */
#include "validators/machine_file_rules.h"

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

/* --- name and mode --------------------------------------------------------------------------- */

/* The path up to its .conf, when something stands behind that; else all of it, and .conf. */
static void add_wanted_name(struct str path, struct text *message)
{
    struct str word = str_slice(path, 0, str_find(path, ' '));

    text_add_visible(message, str_slice(word, 0, SHOWN_VALUE_LIMIT));
    if (!str_ends_with(word, STR(".conf")))
        text_add(message, ".conf");
}

static void judge_name(const struct machine_file *file, struct context *context)
{
    struct text *message;

    if (!file->misnamed || !file->about_vfio)
        return;
    message = findings_add(context->findings, RULE_FILE_NAME, path_field(file->entry, "path"),
                           file->path);
    if (!message)
        return;
    text_add(message, "only files that end in .conf are read there; write \"");
    add_wanted_name(file->path, message);
    text_add(message, "\"");
}

/* Without special bits, for its owner to read, and with nothing for others that he has not. */
static bool is_plain(unsigned mode)
{
    unsigned owner = mode >> 6;

    return mode <= 0777 && (owner & 4) != 0 && ((mode >> 3 & 7) & ~owner) == 0 &&
           ((mode & 7) & ~owner) == 0;
}

/* The decimal digits read as octal ones, as for 644; above 0777 where they are none. */
static unsigned digits_as_octal(unsigned mode)
{
    unsigned octal = 0;

    for (unsigned shift = 0; mode > 0; shift += 3, mode /= 10) {
        if (mode % 10 > 7 || shift > 6)
            return 01000;
        octal |= mode % 10 << shift;
    }
    return octal;
}

static void explain_mode(const struct machine_file *file, bool is_butane, struct text *message)
{
    unsigned mode = file->mode >= 0 && file->mode <= 07777 ? (unsigned)file->mode : 07777;
    unsigned octal = digits_as_octal(mode);
    unsigned wanted = is_plain(octal) ? octal : 0644;

    if (mode == 07777)
        text_add(message, "this is no mode; ");
    else if (is_plain(octal))
        text_addf(message,
                  "a number without a leading 0 is decimal, and this one is the mode %#o; ", mode);
    else
        text_addf(message, "this is the mode %#o, which does not let its owner read the file; ",
                  mode);
    if (is_butane)
        text_addf(message, "write %#o", wanted);
    else
        text_addf(message, "write %u, which is %#o", wanted, wanted);
}

static bool is_odd_mode(double mode)
{
    unsigned number;

    if (!(mode >= 0 && mode <= 07777) || (double)(unsigned)mode < mode)
        return true;
    number = (unsigned)mode;
    return !is_plain(number) && (is_plain(digits_as_octal(number)) || (number & 0400) == 0);
}

static void judge_mode(const struct machine_file *file, bool is_butane, struct context *context)
{
    char shown[32];
    struct text *message;

    if (!file->has_mode || !is_odd_mode(file->mode))
        return;
    snprintf(shown, sizeof shown, "%.15g", file->mode);
    message = findings_add(context->findings, RULE_FILE_MODE, path_field(file->entry, "mode"),
                           str_from(shown));
    if (message)
        explain_mode(file, is_butane, message);
}

void judge_machine_files(const struct machine_config_facts *machine, struct context *context)
{
    for (const struct machine_file *file = machine->files; file; file = file->next) {
        judge_contents(file, context);
        judge_compression(file, context);
        judge_name(file, context);
        judge_mode(file, machine->is_butane, context);
    }
}
