/* SPDX-License-Identifier: Apache-2.0 */
/* The local files of Butane documents: which are read, and what is found in them. */
#include "server/check/local_files.h"

#include "server/check/check_text.h"
#include "server/check/survey.h"
#include "server/documents/yaml.h"
#include "tests/support/facts.h"
#include "tests/support/temp_dir.h"
#include "validators/machine_config/machine_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct temp_dir dir;

static int setup(void **state)
{
    char *large = malloc(MACHINE_FILE_MAX + 2);

    (void)state;
    assert_non_null(large);
    memset(large, 'x', MACHINE_FILE_MAX + 1);
    large[MACHINE_FILE_MAX + 1] = '\0';
    temp_dir_make(&dir);
    temp_make_dir(&dir, "files");
    temp_write(&dir, "files/vfio.conf", "# of ours\noptions vfio-pci ids=10de-1eb8\n");
    temp_write(&dir, "files/load.conf", "vfio-pci\n");
    temp_write(&dir, "files/latin-1", "caf\xE9\n");
    assert_int_equal(mkfifo(temp_path(&dir, "files/pipe").text, 0600), 0);
    temp_write(&dir, "files/large", large);
    temp_write(&dir, "outside", "text\n");
    free(large);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

#define DOCUMENT(contents)                                                                       \
    "{variant: openshift, version: 4.17.0, storage: {files: [{path: /etc/modprobe.d/vfio.conf, " \
    "contents: {" contents "}}]}}\n"

/* The text that was put beside the name; NULL: none was. */
static char *text_of(const char *folder, const char *document)
{
    struct error err;
    json_t *documents = yaml_load(document, strlen(document), &err);
    const json_t *files, *contents;
    const char *text;
    char *copy = NULL;

    assert_non_null(documents);
    assert_true(local_files_read(folder, documents, NULL, &err));
    files = json_object_get(json_object_get(json_array_get(documents, 0), "storage"), "files");
    contents = json_object_get(json_array_get(files, 0), "contents");
    text = json_string_value(json_object_get(contents, BUTANE_LOCAL_TEXT));
    if (text)
        copy = strdup(text);
    json_decref(documents);
    return copy;
}

static void test_which_are_read(void **state)
{
    static const struct {
        const char *document;
        bool read;
    } rows[] = {
        {DOCUMENT("local: load.conf"), true},
        {DOCUMENT("local: ./load.conf"), true},
        {DOCUMENT("local: ..load.conf"), false},
        {DOCUMENT("local: ../outside"), false},
        {DOCUMENT("local: x/../../outside"), false},
        {DOCUMENT("local: /etc/passwd"), false},
        {DOCUMENT("local: missing"), false},
        {DOCUMENT("local: latin-1"), false},
        {DOCUMENT("local: large"), false},
        {DOCUMENT("local: pipe"), false},
        {DOCUMENT("local: ''"), false},
        {DOCUMENT("local: [load.conf]"), false},
        {DOCUMENT("local: \"load.conf\\0x\""), false},
        {DOCUMENT("inline: load.conf"), false},
        {"{variant: fcos, storage: {files: [{contents: {local: load.conf}}]}}\n", false},
        {"{variant: openshift, storage: {files: [load.conf]}}\n", false},
    };
    struct temp_path folder = temp_path(&dir, "files");

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = text_of(folder.text, rows[i].document);

        if (rows[i].read ? !text || strcmp(text, "vfio-pci\n") != 0 : text != NULL)
            fail_msg("%s: %s", rows[i].document, text ? text : "(none)");
        free(text);
    }
    assert_null(text_of(NULL, rows[0].document));
}

static void test_what_is_found_there(void **state)
{
    static const char text[] =
        "variant: openshift\nversion: 4.17.0\nmetadata:\n  labels:\n"
        "    machineconfiguration.openshift.io/role: worker\nstorage:\n  files:\n"
        "  - path: /etc/modprobe.d/vfio.conf\n    contents:\n      local: vfio.conf\n"
        "  - path: /etc/modules-load.d/vfio.conf\n    contents: {local: load.conf}\n";
    struct temp_path folder = temp_path(&dir, "files");
    struct check_basis basis = {.files_dir = folder.text};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    const struct check_fault *fault;
    struct check_file file;
    struct error err;

    (void)state;
    assert_true(check_text(STR(text), &basis, &arena, &file, &err));
    assert_int_equal(file.objects->fault_count, 1);
    fault = &file.objects->faults[0];
    assert_string_equal(fault->rule->id, "vfio-id-format");
    assert_int_equal(fault->place.line, 10);
    assert_int_equal(fault->place.column, 14);
    assert_true(memmem(fault->message.data, fault->message.len, "line 2 of \"/etc/modprobe.d", 26));
    basis.files_dir = NULL;
    assert_true(check_text(STR(text), &basis, &arena, &file, &err));
    assert_int_equal(file.objects->fault_count, 0);
}

/* What they bind and load counts for other objects, too. */
static void test_the_chain_has_them(void **state)
{
    static const char text[] =
        "{variant: openshift, version: 4.17.0, metadata: {labels: "
        "{machineconfiguration.openshift.io/role: worker}}, storage: {files: "
        "[{path: /etc/modules-load.d/vfio.conf, contents: {local: load.conf}}]}}\n";
    struct temp_path folder = temp_path(&dir, "files");
    struct survey survey CLEANUP_SURVEY;
    struct error err;

    (void)state;
    survey_init(&survey);
    survey.files_dir = folder.text;
    assert_true(survey_text(&survey, "a.bu", STR(text), SURVEY_ALL, &err));
    assert_true(chain_says(&survey.chain, STR("worker"), CHAIN_LOADS));
    assert_false(chain_says(&survey.chain, STR("worker"), CHAIN_BINDS));
    assert_false(survey.chain.has_unread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_are_read),
        cmocka_unit_test(test_what_is_found_there),
        cmocka_unit_test(test_the_chain_has_them),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
