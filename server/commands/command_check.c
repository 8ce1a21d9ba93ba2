/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `check`: the rules of the webhook, asked about files. Two passes: the first finds the permitted
 * list, the second judges one file at a time and writes its part of the report.
 */
#include "server/check/check_inputs.h"
#include "server/check/check_text.h"
#include "server/check/device_hints.h"
#include "server/check/diff_name.h"
#include "server/check/file_replace.h"
#include "server/check/pci_ids.h"
#include "server/check/progress.h"
#include "server/check/repair.h"
#include "server/check/report.h"
#include "server/check/same_inputs.h"
#include "server/check/survey.h"
#include "server/check/unified_diff.h"
#include "server/commands/check_options.h"
#include "server/commands/command.h"
#include "server/permitted/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what is judged by ---------------------------------------------------------------------- */

/* What is done to find faults, from here to the end. */
struct check {
    const struct check_options *options;
    struct check_inputs inputs;
    struct survey survey;
    struct permitted_list *list; /* NULL: not known */
    struct error note;           /* why */
    struct pci_ids ids;
    struct device_names names; /* from there */
    struct device_hints *hints;
    struct check_basis basis; /* all of these */
    const struct report_format *format;
    struct report report;
    struct check_summary summary;
    struct progress progress;
};

/* Faults of this file are not told: it is not what is checked. "-" is standard input. */
static bool read_list(struct check *check, struct error *err)
{
    const char *name = check->options->hyperconverged;
    bool is_stdin = strcmp(name, "-") == 0;
    struct check_inputs inputs CLEANUP_CHECK_INPUTS = CHECK_INPUTS_INIT;
    struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
    struct text faults CLEANUP_TEXT = TEXT_INIT(65536);

    if (!(is_stdin ? check_inputs_add : check_inputs_add_file)(&inputs, name, err) ||
        !check_inputs_read(&inputs, 0, &bytes, err))
        return false;
    check->list = manifest_permitted_list(bytes.text.data, bytes.text.len, &check->basis.policy,
                                          &faults, err);
    return check->list && survey_text(&check->survey, name, bytes.text, SURVEY_LIST, err);
}

/* What counts is the repaired text. */
static bool survey_repaired(struct check *check, const char *name, struct str text,
                            struct error *err)
{
    enum survey_part part = check->list ? SURVEY_ALL_OTHERS : SURVEY_ALL;
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct repaired repaired CLEANUP_REPAIRED = {0};

    if (check->options->fix && survey_may_find(text)) {
        if (!repair_text(text, &check->basis.policy, NULL, &arena, &repaired, err))
            return false;
        if (repaired.count > 0)
            text = (struct str){text_get(&repaired.text), repaired.text.len};
    }
    return survey_text(&check->survey, name, text, part, err);
}

static bool survey_inputs(struct check *check, struct error *err)
{
    bool good = true;

    for (size_t i = 0; good && i < check->inputs.count; i++) {
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct error problem = {.no_memory = false};

        progress_show(&check->progress, "looked through", i, check->inputs.count);
        /* What can't be read is told in the second pass. */
        if (check_inputs_read(&check->inputs, i, &bytes, &problem))
            good = survey_repaired(check, check->inputs.items[i].name, bytes.text, err);
    }
    return good;
}

static bool find_basis(struct check *check, struct error *err)
{
    check->names = pci_ids_names(&check->ids);
    check->hints = device_hints_new(&check->names, err);
    if (!check->hints)
        return false;
    if (check->options->hyperconverged && !read_list(check, err))
        return error_wrap(err, "--hyperconverged %s",
                          check_name(check->options->hyperconverged).text);
    if (!survey_inputs(check, err) ||
        (!check->list && !survey_list(&check->survey, &check->list, &check->note, err)))
        return false;
    check->basis.list = check->list;
    check->basis.chain = &check->survey.chain;
    check->basis.hints = check->hints;
    check->basis.files_dir = check->options->files_dir;
    return true;
}

/* --- the report ------------------------------------------------------------------------------ */

/* https://no-color.org: any value but the empty one. */
static bool wants_colour(void)
{
    const char *refused = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe) */
    const char *terminal = getenv("TERM");    /* NOLINT(concurrency-mt-unsafe) */

    return isatty(STDOUT_FILENO) && !(refused && refused[0] != '\0') &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

static bool flush(struct check *check, struct error *err)
{
    struct text *text = &check->report.text;

    if (text->failed)
        return error_no_memory(err);
    if (text->truncated)
        return error_set(err, "the report on one file is too large; divide the file");
    if (text->len > 0)
        progress_erase(&check->progress);
    if (fwrite(text_get(text), 1, text->len, stdout) != text->len)
        return error_set(err, "can't write the report");
    text_cut(text, 0);
    return true;
}

/* What is wrong with the file itself goes into the report. */
static void keep_unreadable(struct check_file *file, const struct error *problem)
{
    *file = (struct check_file){.error = str_from(problem->message)};
}

/* A note on a file, on standard error. */
static void print_note(struct check *check, const char *file, struct document_place place,
                       struct str path, struct str words)
{
    struct text note CLEANUP_TEXT = TEXT_INIT(8192);

    progress_erase(&check->progress);
    text_addf(&note, "note: %s:", check_name(file).text);
    if (place.line > 0)
        text_addf(&note, "%zu:%zu:", place.line, place.column);
    text_add(&note, " ");
    text_add_visible(&note, path);
    text_add(&note, path.len > 0 ? ": " : "");
    text_add_visible(&note, words);
    fprintf(stderr, "%s\n", text_get(&note));
}

/* A diff stands in place of the report, so that what can't be read is told elsewhere. */
static void report_input(struct check *check, size_t index, struct check_file *file)
{
    struct report errors = REPORT_INIT;

    file->name = check->inputs.items[index].name;
    check_summary_add(&check->summary, file);
    for (const struct check_note *note = file->notes; note; note = note->next)
        print_note(check, file->name, note->place, (struct str){NULL, 0}, note->message);
    if (!check->options->dry_run) {
        check->format->file(&check->report, file);
    } else if (file->error.data) {
        progress_erase(&check->progress);
        report_text.file(&errors, file);
        fputs(text_get(&errors.text), stderr);
    }
    text_free(&errors.text);
}

/* --- repairs --------------------------------------------------------------------------------- */

/* Where there is no report that would tell it. */
static void print_refusals(struct check *check, const char *file, const struct repaired *repaired)
{
    struct text words CLEANUP_TEXT = TEXT_INIT(1024);

    for (size_t i = 0; i < repaired->outcome_count; i++) {
        const struct repair_outcome *outcome = &repaired->outcomes[i];

        if (!outcome->why_not)
            continue;
        text_cut(&words, 0);
        text_addf(&words, "not repaired: its value %s", outcome->why_not);
        print_note(check, file, outcome->place, outcome->path, str_from(text_get(&words)));
    }
}

/* False: it can't be written, which was told, and the file is as it was. */
static bool write_back(struct check *check, const char *name, const struct repaired *repaired,
                       struct error *err)
{
    struct text words CLEANUP_TEXT = TEXT_INIT(2048);
    struct error problem = {.no_memory = false};

    if (file_replace(name, (struct str){text_get(&repaired->text), repaired->text.len}, &problem))
        return true;
    *err = problem;
    text_addf(&words, "not repaired, as it can't be written: %s", problem.message);
    print_note(check, name, (struct document_place){0}, (struct str){NULL, 0},
               str_from(text_get(&words)));
    check->summary.unwritten++;
    return false;
}

static bool show_input(struct check *check, const struct check_input *input, struct str text,
                       const struct repaired *repaired, struct error *err)
{
    char *name = input->is_stdin ? strdup(input->name) : diff_name(input->name);

    if (!name)
        return error_no_memory(err);
    unified_diff_add(&check->report.text, name, text, &repaired->edits);
    free(name);
    return true;
}

/* From the text of an input to what it is repaired to; written, or shown. */
static bool fix_input(struct check *check, size_t index, struct arena *arena,
                      struct repaired *repaired, struct str *text, struct error *err)
{
    const struct check_input *input = &check->inputs.items[index];
    struct error problem = {.no_memory = false};

    if (!repair_text(*text, &check->basis.policy, check->list, arena, repaired, err))
        return false;
    if (check->options->dry_run)
        print_refusals(check, input->name, repaired);
    if (repaired->count == 0)
        return true;
    if (check->options->dry_run && !show_input(check, input, *text, repaired, err))
        return false;
    if (!check->options->dry_run && !write_back(check, input->name, repaired, &problem))
        return !problem.no_memory || error_no_memory(err);
    check->summary.repaired += repaired->count;
    *text = (struct str){text_get(&repaired->text), repaired->text.len};
    return true;
}

/* --- one input, and all ---------------------------------------------------------------------- */

static bool has_faults(const struct check_file *file)
{
    for (const struct check_object *object = file->objects; object; object = object->next) {
        if (object->denied + object->warned > 0)
            return true;
    }
    return false;
}

/* The faults of a text, and with --fix what remains of them. Where there is none, nothing is done.
 */
static bool check_bytes(struct check *check, size_t index, struct str text, struct error *err)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct arena repairs CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct repaired repaired CLEANUP_REPAIRED = {0};
    const char *before = text.data;
    struct check_file file;
    bool good = check_text(text, &check->basis, &arena, &file, err);

    if (good && check->options->fix && has_faults(&file)) {
        good = fix_input(check, index, &repairs, &repaired, &text, err);
        if (good && text.data != before) {
            arena_free(&arena);
            good = check_text(text, &check->basis, &arena, &file, err);
        }
    }
    if (!good)
        return false;
    repair_explain(&repaired, &file, &arena);
    report_input(check, index, &file);
    return !arena.failed || error_no_memory(err);
}

static bool check_input(struct check *check, size_t index, struct error *err)
{
    struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
    struct error problem = {.no_memory = false};
    struct check_file file;

    if (!check_inputs_read(&check->inputs, index, &bytes, &problem)) {
        keep_unreadable(&file, &problem);
        report_input(check, index, &file);
    } else if (!check_bytes(check, index, bytes.text, err)) {
        return error_wrap(err, "%s", check_name(check->inputs.items[index].name).text);
    }
    return flush(check, err);
}

static bool check_all(struct check *check, struct error *err)
{
    if (!check->options->dry_run)
        check->format->begin(&check->report);
    for (size_t i = 0; i < check->inputs.count; i++) {
        progress_show(&check->progress, "checked", i, check->inputs.count);
        if (!check_input(check, i, err))
            return false;
    }
    if (check->summary.unjudged > 0) {
        error_wrap(&check->note, "the device names of %zu object%s were not judged",
                   check->summary.unjudged, report_plural(check->summary.unjudged));
        check->summary.note = str_from(check->note.message);
    }
    if (!check->options->dry_run)
        check->format->end(&check->report, &check->summary);
    if (!flush(check, err))
        return false;
    return fflush(stdout) == 0 || error_set(err, "can't write the report");
}

/* --- the command ----------------------------------------------------------------------------- */

static void print_summary(const struct check *check)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(8192);

    if (check->summary.unjudged > 0)
        text_addf(&text, "note: %s\n", check->summary.note.data);
    report_add_summary(&text, &check->summary);
    fputs(text_get(&text), stderr);
}

static int exit_code(const struct check *check)
{
    if (check->summary.unreadable > 0 || check->summary.unwritten > 0)
        return EXIT_UNREADABLE;
    if (check->options->dry_run && check->summary.repaired > 0)
        return EXIT_DENIED;
    if (check->summary.denied > 0 || (check->report.fails_on_warnings && check->summary.warned > 0))
        return EXIT_DENIED;
    return EXIT_OK;
}

static bool add_operands(struct check *check, struct error *err)
{
    const struct operands *operands = &check->options->operands;

    if (operands->count == 0)
        return error_set(err, "there is nothing to check: give files, folders, or - for standard "
                              "input, as in \"hostdev-webhook check manifests/\"");
    for (size_t i = 0; i < operands->count; i++) {
        if (!check_inputs_add(&check->inputs, operands->items[i], err))
            return false;
    }
    return same_inputs_drop(&check->inputs, err);
}

/* A folder that is not there has none of the files, which is hardly meant. */
static bool check_files_dir(const char *folder, struct error *err)
{
    struct stat status;

    if (!folder)
        return true;
    if (stat(folder, &status) < 0)
        error_set(err, "%s", strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
    else if (!S_ISDIR(status.st_mode))
        error_set(err, "this is no folder");
    else
        return true;
    return error_wrap(err, "--files-dir %s", check_name(folder).text);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct check_options options = {0};
    struct check check = {.options = &options, .report = REPORT_INIT, .ids = PCI_IDS_INIT(NULL)};
    struct error err;
    bool good;

    if (!command_options(command, argc, argv, &options))
        return EXIT_USAGE;
    check.basis.policy = check_options_policy(&options);
    check.format = check_options_format(&options);
    check.report.fails_on_warnings = check_options_fail_on_warnings(&options);
    check.summary.fixes = options.fix;
    check.summary.dry_run = options.dry_run;
    check.report.colour = options.output == 0 && wants_colour();
    survey_init(&check.survey);
    check.survey.files_dir = options.files_dir;
    progress_start(&check.progress);
    good = check_options_check(&options, &err) && check_files_dir(options.files_dir, &err) &&
           add_operands(&check, &err) && find_basis(&check, &err) && check_all(&check, &err);
    progress_erase(&check.progress);
    if (good)
        print_summary(&check);
    device_hints_free(check.hints);
    pci_ids_free(&check.ids);
    permitted_list_unref(check.list);
    survey_free(&check.survey);
    check_inputs_free(&check.inputs);
    text_free(&check.report.text);
    text_free(&check.report.notes);
    return good ? exit_code(&check) : command_fail(command, EXIT_UNREADABLE, &err);
}

static const struct described exits[] = {
    {"0", "nothing is denied"},
    {"1", "something is denied, or with --fail-on warn warned about; with --fix what counts is\n"
          "what remains, and with --dry-run something to repair is enough"},
    {"2", "a file can't be read, is no YAML, is too large, or with --fix can't be written; and\n"
          "wrong usage"},
    {NULL, NULL},
};

static const struct described environment[] = {
    {"NO_COLOR", "when it is set and not empty, the report has no colours"},
    {"TERM", "when it is \"dumb\", likewise"},
    {NULL, NULL},
};

static const struct described examples[] = {
    {"hostdev-webhook check manifests/",
     "To judge a folder of manifests, one of which holds the permitted list"},
    {"oc get hyperconverged -A -o yaml | hostdev-webhook check --hyperconverged - vm.yaml",
     "To judge a manifest by what a cluster permits"},
    {"hostdev-webhook check --output junit . > report.xml",
     "To write a report that a pipeline shows"},
    {NULL, NULL},
};

const struct command command_check = {
    .name = "check",
    .summary = "Reviews manifests in files as the webhook would",
    .description =
        "Reads YAML and JSON: files, folders with all *.yaml, *.yml, *.json and *.bu below them,\n"
        "and - for standard input. Objects that the webhook reviews, and Butane documents, are\n"
        "judged as when they are created, and beside each other; others are counted. Where the\n"
        "system has pci.ids, names of devices are shown, and hints given where they don't fit; a\n"
        "hint is never counted as a fault.",
    .operands = "FILE|DIR|-...",
    .operand_kind = OPERAND_FILE,
    .options = {.options = check_option_rows,
                .count = CHECK_OPTION_COUNT,
                .takes_operands = true,
                .operands = offsetof(struct check_options, operands)},
    .exits = exits,
    .environment = environment,
    .examples = examples,
    .run = run,
};
