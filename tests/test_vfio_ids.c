/* SPDX-License-Identifier: Apache-2.0 */
/* How the kernel reads an id of vfio-pci's, and what is said of one that it reads otherwise. */
#include "validators/machine_config/vfio_ids.h"

#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
    const char *text;
    enum vfio_id_state state;
    const char *read; /* what the kernel makes of it */
    const char *says; /* NULL: nothing */
} rows[] = {
    {"10de:1eb8", VFIO_ID_GOOD, "10de:1eb8", NULL},
    {"10DE:1EB8", VFIO_ID_GOOD, "10de:1eb8", NULL},
    {"0x10de:0X1eb8", VFIO_ID_GOOD, "10de:1eb8", NULL}, /* the kernel's %x takes it */
    {" 10de: 1eb8 ", VFIO_ID_GOOD, "10de:1eb8", NULL},
    {"de:1", VFIO_ID_SHORT, "00de:0001", "takes it for \"00de:0001\""},
    {"10de:1eb", VFIO_ID_SHORT, "10de:01eb", "takes it for \"10de:01eb\""},
    {"0de:1eb8", VFIO_ID_SHORT, "00de:1eb8", "write four"},
    {"10de:1eb8:1028:123", VFIO_ID_SHORT, "10de:1eb8:1028:0123", "write four"},
    {"10de:01eb", VFIO_ID_GOOD, "10de:01eb", NULL},
    {"0x10de:0x1eb", VFIO_ID_GOOD, "10de:01eb", NULL},
    {"10de:1eb8:0:0:3:3", VFIO_ID_GOOD, "10de:1eb8:0000:0000:0003:0003", NULL},
    {"10de:1eb8:1028:1234", VFIO_ID_GOOD, "10de:1eb8:1028:1234", NULL},
    {"10de:ffffffff:ffffffff:ffffffff:030000:ff0000", VFIO_ID_GOOD,
     "10de:ffffffff:ffffffff:ffffffff:30000:ff0000", NULL},
    {"", VFIO_ID_SKIPPED, "", "passes over it"},
    {"10de", VFIO_ID_SKIPPED, "10de", "one half is missing"},
    {"10de:", VFIO_ID_SKIPPED, "10de", "one half is missing"},
    {":1eb8", VFIO_ID_SKIPPED, "", "passes over it"},
    {"10de-1eb8", VFIO_ID_SKIPPED, "10de", "write \"10de:1eb8\""},
    {"10de.1eb8", VFIO_ID_SKIPPED, "10de", "write \"10de:1eb8\""},
    {"[10de:1eb8]", VFIO_ID_SKIPPED, "", "write \"10de:1eb8\""},
    {"10de:*", VFIO_ID_SKIPPED, "10de", "wildcards match no device"},
    {"10de :1eb8", VFIO_ID_SKIPPED, "10de", "write \"10de:1eb8\""},
    {"nvidia", VFIO_ID_SKIPPED, "", "must be four hex digits"},
    {"0x:0x", VFIO_ID_SKIPPED, "", "passes over it"},
    {"x10de:1eb8", VFIO_ID_SKIPPED, "", "passes over it"},
    {"10de:1eb8;10de:1db6", VFIO_ID_TAIL, "10de:1eb8", "reads \"10de:1eb8\" and ignores"},
    {"0000:01:00.0", VFIO_ID_TAIL, "0000:0001:0000", "these are not the ids of a device"},
    {"10de:1eb8:", VFIO_ID_TAIL, "10de:1eb8", "ignores the rest"},
    {"10de:1eb8 x", VFIO_ID_TAIL, "10de:1eb8", "ignores the rest"},
    {"10de:1eb8:x", VFIO_ID_TAIL, "10de:1eb8", "ignores the rest"},
    {"1:2:3:4:5:6:7", VFIO_ID_TOO_MANY, "0001:0002:0003:0004:0005:0006",
     "write \"0001:0002:0003:0004:0005:0006\""},
    {"1:2:3:4:5:6:", VFIO_ID_TOO_MANY, "0001:0002:0003:0004:0005:0006", "up to six fields"},
    {"1:2:3:4:5:6x", VFIO_ID_TAIL, "0001:0002:0003:0004:0005:0006", "ignores the rest"},
    {"10de1eb8:1", VFIO_ID_TOO_WIDE, "10de1eb8:0001", "no device has it"},
    {"10de:10000", VFIO_ID_TOO_WIDE, "10de:10000", "no device has it"},
    {"10de:1eb8:10281:1234", VFIO_ID_TOO_WIDE, "10de:1eb8:10281:1234", "no device has it"},
    {"10de:1eb8:1028:12345", VFIO_ID_TOO_WIDE, "10de:1eb8:1028:12345", "no device has it"},
    {"10de:1eb8:ffffffff:ffffffff:3000000:ffffffff", VFIO_ID_TOO_WIDE,
     "10de:1eb8:ffffffff:ffffffff:3000000:ffffffff", "no device has it"},
    {"10de:1eb8:ffffffff:ffffffff:3000000", VFIO_ID_GOOD, /* without a mask: any class */
     "10de:1eb8:ffffffff:ffffffff:3000000", NULL},
    {"10de:1eb8:ffffffff:ffffffff:030000:ffffffff", VFIO_ID_GOOD,
     "10de:1eb8:ffffffff:ffffffff:30000:ffffffff", NULL},
    {"100000000:1", VFIO_ID_TOO_WIDE, "0000:0001", "no device has it"},
};

static void test_ids(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vfio_id id = vfio_id_read(str_from(rows[i].text));
        struct text read CLEANUP_TEXT = TEXT_INIT(200);
        struct text says CLEANUP_TEXT = TEXT_INIT(2000);

        vfio_id_add(&id, &read);
        vfio_id_explain(&id, str_from(rows[i].text), &says);
        wrong += !text_check(rows[i].text, rows[i].read, text_get(&read));
        if (id.state != rows[i].state ||
            vfio_id_binds(&id) != (id.state != VFIO_ID_SKIPPED && id.state != VFIO_ID_TOO_WIDE) ||
            (rows[i].says ? !strstr(text_get(&says), rows[i].says) : says.len > 0)) {
            fprintf(stderr, "%s: %d, %s\n", rows[i].text, (int)id.state, text_get(&says));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
