/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/check_options.h"

#include <string.h>

/* In the order of the choices below. */
static const struct report_format *const formats[] = {
    &report_text, &report_json, &report_junit, &report_sarif, &report_github,
};
static const char *const outputs[] = {"text", "json", "junit", "sarif", "github", NULL};
static const char *const severities[] = {"warn", "deny", NULL};
static const char *const duplicates[] = {"deny", "warn", NULL};
static const char *const absences[] = {"deny", "allow", NULL};

const struct option check_option_rows[CHECK_OPTION_COUNT] = {
    {.name = "output",
     .letter = 'o',
     .default_text = "text",
     .help = "form of the report on standard output: for people, for programs (JSON, described\n"
             "in the README), JUnit's XML, SARIF 2.1.0, annotations of GitHub Actions",
     .kind = OPTION_CHOICE,
     .choices = outputs,
     .offset = offsetof(struct check_options, output)},
    {.name = "hyperconverged",
     .metavar = "FILE",
     .help = "manifest of the HyperConverged (or KubeVirt) that lists the permitted devices, or\n"
             "- for standard input; without it the list is that of the HyperConverged and\n"
             "KubeVirt objects among what is checked, and where there is none, device names\n"
             "are not judged",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct check_options, hyperconverged)},
    {.name = "files-dir",
     .metavar = "DIR",
     .help = "folder of the local files that Butane documents name, as for butane; without it\n"
             "what is in them is not known",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct check_options, files_dir)},
    {.name = "fail-on",
     .default_text = "deny",
     .help = "the least severity that makes the exit code 1",
     .kind = OPTION_CHOICE,
     .choices = severities,
     .offset = offsetof(struct check_options, fail_on)},
    {.name = "duplicate-resource-names",
     .default_text = "deny",
     .help = "what becomes of entries of one list that share a resource name, as for serve",
     .kind = OPTION_CHOICE,
     .choices = duplicates,
     .offset = offsetof(struct check_options, duplicate_resource_names)},
    {.name = "absent-list",
     .default_text = "deny",
     .help = "what a HyperConverged without permittedHostDevices permits: nothing (deny)\n"
             "or everything (allow), as for serve",
     .kind = OPTION_CHOICE,
     .choices = absences,
     .offset = offsetof(struct check_options, absent_list)},
    {.name = "fix",
     .help = "write back what can be repaired without a guess: default names, and for\n"
             "permitted devices and virtual machines the values that messages say to write;\n"
             "the report is on what remains",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct check_options, fix)},
    {.name = "dry-run",
     .help = "with --fix: print what it would change as a unified diff, in place of the report,\n"
             "and write nothing; the exit code is 1 when there is something to repair, or when\n"
             "something that is denied would remain",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct check_options, dry_run)},
};

static bool has_stdin(const struct operands *operands)
{
    for (size_t i = 0; i < operands->count; i++) {
        if (strcmp(operands->items[i], "-") == 0)
            return true;
    }
    return false;
}

bool check_options_check(const struct check_options *options, struct error *err)
{
    if (options->dry_run && !options->fix)
        return error_set(err, "\"--dry-run\" says how \"--fix\" is meant; give both");
    if (options->dry_run && options->output != 0)
        return error_set(err, "\"--dry-run\" prints a diff in place of the report; leave "
                              "\"--output\" out");
    if (!has_stdin(&options->operands))
        return true;
    if (options->fix && !options->dry_run)
        return error_set(err, "standard input can't be written back; name a file, or add "
                              "\"--dry-run\" for a diff");
    if (options->hyperconverged && strcmp(options->hyperconverged, "-") == 0)
        return error_set(err, "\"-\" and \"--hyperconverged -\" are both standard input, which is "
                              "read only once; write one of them to a file");
    return true;
}

struct policy check_options_policy(const struct check_options *options)
{
    return (struct policy){
        .warn_duplicate_resource_names = options->duplicate_resource_names == 1,
        .absent_list_permits_all = options->absent_list == 1,
    };
}

const struct report_format *check_options_format(const struct check_options *options)
{
    return formats[options->output];
}

bool check_options_fail_on_warnings(const struct check_options *options)
{
    return options->fail_on == 0;
}
