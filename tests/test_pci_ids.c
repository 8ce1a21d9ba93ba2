/* SPDX-License-Identifier: Apache-2.0 */
/* Names from files in the form of pci.ids, good and bad, and from the system's own. */
#include "server/check/pci_ids.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct temp_dir dir;

static int setup(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static void expect_name(const struct device_names *names, unsigned vendor, int device,
                        const char *expected)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(1024);
    bool known = names->add(names->context, vendor, device, &text);

    if (known != (expected != NULL) || strcmp(text_get(&text), expected ? expected : "") != 0)
        fail_msg("%04x:%d is \"%s\"", vendor, device, text_get(&text));
}

#define GOOD                                                                     \
    "# a comment\n10de  NVIDIA Corporation\n\t1eb8  TU104GL [Tesla T4]\n"        \
    "\t\t10de 12a2  a subsystem\nffff  Illegal Vendor ID\n\tffff  no device\n\n" \
    "C 03  Display controller\n\t00  VGA compatible controller\n"

static void test_names(void **state)
{
    struct temp_path path = temp_path(&dir, "pci.ids");
    struct pci_ids ids CLEANUP_PCI_IDS = PCI_IDS_INIT(path.text);
    struct device_names names = pci_ids_names(&ids);

    (void)state;
    temp_write(&dir, "pci.ids", GOOD);
    assert_true(names.ready(names.context));
    expect_name(&names, 0x10de, DEVICE_NAMES_VENDOR, "NVIDIA Corporation");
    expect_name(&names, 0x10de, 0x1eb8, "TU104GL [Tesla T4]");
    expect_name(&names, 0xffff, DEVICE_NAMES_VENDOR, "Illegal Vendor ID");
    expect_name(&names, 0xffff, 0xffff, "no device");
    /* udev's own list may know these. */
    expect_name(&names, 0x10de, 0x1db6, NULL);
    expect_name(&names, 0x8086, DEVICE_NAMES_VENDOR, NULL);
    expect_name(&names, 0x0000, 0x0000, NULL);
    /* Not a class, and not a device of a vendor that is not there. */
    expect_name(&names, 0x0003, DEVICE_NAMES_VENDOR, NULL);
    expect_name(&names, 0x8086, 0x1eb8, NULL);
}

/* Every id there is, in no time and without a word. */
static void test_every_id(void **state)
{
    struct pci_ids ids CLEANUP_PCI_IDS = PCI_IDS_INIT(NULL);
    struct device_names names = pci_ids_names(&ids);
    struct text text CLEANUP_TEXT = TEXT_INIT(1024);

    (void)state;
    for (unsigned id = 0; id < 0x10000; id++) {
        text_cut(&text, 0);
        names.add(names.context, id, DEVICE_NAMES_VENDOR, &text);
        names.add(names.context, id, (int)(id ^ 0x5a5a), &text);
        names.add(names.context, 0x10de, (int)id, &text);
    }
    assert_false(text.failed);
}

/* The package that libpci comes in brings the file. */
static void test_the_systems_own(void **state)
{
    struct pci_ids ids CLEANUP_PCI_IDS = PCI_IDS_INIT(NULL);
    struct device_names names = pci_ids_names(&ids);

    (void)state;
    if (!names.ready(names.context))
        skip();
    expect_name(&names, 0x10de, 0x1eb8, "TU104GL [Tesla T4]");
    expect_name(&names, 0xfffe, 0xfffd, NULL);
}

/* --- what is no such file -------------------------------------------------------------------- */

static void expect_none(const char *path)
{
    struct pci_ids ids CLEANUP_PCI_IDS = PCI_IDS_INIT(path);
    struct device_names names = pci_ids_names(&ids);

    for (int i = 0; i < 2; i++) {
        if (names.ready(names.context))
            fail_msg("%s can be read", path);
        expect_name(&names, 0x10de, DEVICE_NAMES_VENDOR, NULL);
        expect_name(&names, 0x10de, 0x1eb8, NULL);
    }
}

static void test_no_file(void **state)
{
    struct temp_path missing = temp_path(&dir, "missing");

    (void)state;
    expect_none(missing.text);
}

static void test_broken_files(void **state)
{
    static const char *const texts[] = {
        "10de\n",
        GOOD "\tno id here\n",
        "\t1eb8  a device without a vendor\n",
        "10de  NVIDIA Corporation\n10de  NVIDIA Corporation\n",
        GOOD "\x01\x02\x03\n",
        "<html>\n",
    };
    struct temp_path path = temp_path(&dir, "broken");

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        temp_write(&dir, "broken", texts[i]);
        expect_none(path.text);
    }
}

/* Lines that are too long are cut, or are a fault; never more than a name is kept. */
static void test_long_names(void **state)
{
    struct temp_path path = temp_path(&dir, "long");
    struct pci_ids ids CLEANUP_PCI_IDS = PCI_IDS_INIT(path.text);
    struct device_names names = pci_ids_names(&ids);
    struct text text CLEANUP_TEXT = TEXT_INIT(1 << 20), name CLEANUP_TEXT = TEXT_INIT(1 << 20);

    (void)state;
    text_add(&text, "10de  ");
    for (int i = 0; i < 60000; i++)
        text_add(&text, "x");
    text_add(&text, "\n");
    temp_write(&dir, "long", text_get(&text));
    names.add(names.context, 0x10de, DEVICE_NAMES_VENDOR, &name);
    assert_true(name.len <= 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),           cmocka_unit_test(test_every_id),
        cmocka_unit_test(test_the_systems_own), cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_broken_files),    cmocka_unit_test(test_long_names),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
