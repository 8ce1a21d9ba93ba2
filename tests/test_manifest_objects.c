/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects a manifest has, and where each is in it. */
#include "server/documents/manifest_objects.h"
#include "server/documents/yaml.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define VM(more) "{apiVersion: kubevirt.io/v1, kind: VirtualMachine" more "}\n"

static const struct {
    const char *what, *text;
    const char *objects; /* "KIND@document" or "KIND@document.item", "-" for a kind unknown */
} rows[] = {
    {"nothing", "", ""},
    {"a document", VM(""), "VirtualMachine@0 "},
    {"documents", "---\n" VM("") "---\n---\na: 1\n---\n" VM(""),
     "VirtualMachine@0 -@1 VirtualMachine@2 "},
    {"a list", "kind: List\nitems:\n- a: 1\n- " VM("") "- 7\n- " VM("") "---\n" VM(""),
     "-@0.0 VirtualMachine@0.1 -@0.2 VirtualMachine@0.3 VirtualMachine@1 "},
    {"an empty list", "items: []\n---\n" VM(""), "VirtualMachine@1 "},
    {"items that are none", "items: 7\n---\n" VM(", items: {}"), "-@0 VirtualMachine@1 "},
    {"a VM that has items", VM(", items: [7]"), "VirtualMachine@0 -@0.0 "},
    {"a list in a list is one object", "items: [{items: [{a: 1}, {b: 2}]}]", "-@0.0 "},
    {"no objects", "- 1\n---\ntext\n---\n7\n", "-@0 -@1 -@2 "},
    {"another group", "{apiVersion: example.com/v1, kind: VirtualMachine}", "-@0 "},
    {"no group", "{apiVersion: v1, kind: VirtualMachine}", "-@0 "},
    {"a core object",
     "{apiVersion: v1, kind: Node}\n---\n{kind: Node}\n---\n{apiVersion: /v1, kind: "
     "Node}",
     "Node@0 -@1 Node@2 "},
    {"Butane", "{variant: openshift, version: 4.17.0}", "Butane@0 "},
    {"Butane for another system", "{variant: fcos}\n---\n{variant: 7}", "-@0 -@1 "},
    {"not Butane", "{variant: openshift, kind: X}\n---\n{variant: openshift, apiVersion: x/v1}",
     "-@0 -@1 "},
    {"not strings", "{apiVersion: 1, kind: [VirtualMachine]}", "-@0 "},
};

static void add(struct text *text, const struct manifest_object *object, size_t document)
{
    text_addf(text, "%s@%zu", object->kind ? object->kind->kind : "-", document);
    if (object->items)
        text_addf(text, ".%zu", object->index);
    text_add(text, " ");
}

static void test_objects(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text got CLEANUP_TEXT = TEXT_INIT(1000);
        struct manifest_cursor cursor = {0};
        struct manifest_object object;
        struct error err = {.message = ""};
        json_t *documents = yaml_load(rows[i].text, strlen(rows[i].text), &err);

        assert_non_null(documents);
        while (manifest_objects_next(documents, &cursor, &object)) {
            assert_ptr_equal(object.value,
                             json_array_get(object.items ? object.items : documents, object.index));
            add(&got, &object, cursor.document);
        }
        if (strcmp(text_get(&got), rows[i].objects) != 0) {
            fprintf(stderr, "row \"%s\": %s\n", rows[i].what, text_get(&got));
            wrong++;
        }
        json_decref(documents);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
