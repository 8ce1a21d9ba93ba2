/* SPDX-License-Identifier: Apache-2.0 */
/* Files of modprobe and modules-load as such: what is warned about, and what is near to it. */
#include "tests/support/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_contents(void **state)
{
#define MC_FILE(contents) FILES("{path: /etc/modprobe.d/a.conf, contents: " contents "}")
    static const struct machine_row rows[] = {
        {"good", MC_FILE("{source: 'data:,blacklist%20nouveau'}"), NULL, NULL},
        {"nothing", FILES("{path: /etc/modprobe.d/a.conf}"), NULL, NULL},
        {"no source", MC_FILE("{}"), NULL, NULL},
        {"an empty source", MC_FILE("{source: ''}"), NULL, NULL},
        {"no compression", MC_FILE("{source: 'data:,', compression: null}"), NULL, NULL},
        {"empty compression", MC_FILE("{source: 'data:,', compression: ''}"), NULL, NULL},
        {"another file", FILES(FILE_OF("/etc/hosts", "https://example.com")), NULL, NULL},
        {"below a folder of the folder", FILES(FILE_OF("/etc/modprobe.d/a/b.conf", "x")), NULL,
         NULL},
        {"another scheme", MC_FILE("{source: 'https://example.com/a'}"),
         "warn file-contents " SOURCE,
         "spec." SOURCE ": Invalid value: \"https://example.com/a\": nodes read nothing but data "
         "URLs; put the file's text into one, as Butane does: \"data:,vfio-pci%0A\"\n"},
        {"the text itself", MC_FILE("{source: 'options vfio-pci ids=10de:1eb8'}"),
         "warn file-contents " SOURCE, NULL},
        {"no comma", MC_FILE("{source: 'data:vfio-pci'}"), "warn file-contents " SOURCE,
         "a data URL has \"data:,\" or \"data:;base64,\""},
        {"a blank", MC_FILE("{source: 'data:,options vfio-pci'}"), "warn file-contents " SOURCE,
         "have to be percent-encoded"},
        {"a bad percent", MC_FILE("{source: 'data:,a%2'}"), "warn file-contents " SOURCE,
         "two hex digits belong behind each %"},
        {"bad base64", MC_FILE("{source: 'data:;base64,YQ'}"), "warn file-contents " SOURCE,
         "is no base64"},
        {"no gzip", MC_FILE("{source: 'data:;base64,YQ==', compression: gzip}"),
         "warn file-contents " SOURCE, "but the data is no gzip"},
        {"another compression", MC_FILE("{source: 'data:,a', compression: xz}"),
         "warn file-compression config.storage.files[0].contents.compression",
         "spec.config.storage.files[0].contents.compression: Unsupported value: \"xz\": nodes know "
         "\"gzip\" alone; write that, or leave it out for what is not compressed\n"},
        {"no string", MC_FILE("{source: 7, compression: 8}"),
         "warn wrong-type config.storage.files[0].contents.compression\n"
         "warn wrong-type " SOURCE,
         NULL},
        {"no object", MC_FILE("data"), "warn wrong-type config.storage.files[0].contents", NULL},
        {"no file", FILES("7, {path: 8}"),
         "warn wrong-type config.storage.files[0]\n"
         "warn wrong-type config.storage.files[1].path",
         NULL},
        {"no list", "spec: {config: {ignition: {version: 3.2.0}, storage: {files: {}}}}\n",
         "warn wrong-type config.storage.files", NULL},
        {"no storage", "spec: {config: {ignition: {version: 3.2.0}, storage: []}}\n",
         "warn wrong-type config.storage", NULL},
        {"what can't be read may load",
         FILES(IDS("10de:1eb8") ", " FILE_OF("/etc/modules-load.d/a.conf", "x")),
         "warn file-contents config.storage.files[1].contents.source", NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_gzip(void **state)
{
    static const struct machine_row rows[] = {
        {"gzip, and it says so",
         MC_FILE("{source: 'data:;base64,H4sIAAAAAAACAwMAAAAAAAAAAAA=', compression: gzip}"), NULL,
         NULL},
        {"gzip, and nothing says so",
         MC_FILE("{source: 'data:;base64,H4sIAAAAAAACAwMAAAAAAAAAAAA='}"),
         "warn file-contents " SOURCE,
         "the data is gzip, and nothing says so, so it is written to the node as it is and nobody "
         "can read it; write compression: gzip beside it\n"},
        {"no more than like gzip", MC_FILE("{source: 'data:,%1f'}"), NULL, NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_file_name(void **state)
{
    static const struct machine_row rows[] = {
        {"ids", FILES(FILE_OF("/etc/modprobe.d/vfio", "data:,options%20vfio-pci%20ids=10de:1eb8")),
         "warn file-name config.storage.files[0].path",
         "spec.config.storage.files[0].path: Invalid value: \"/etc/modprobe.d/vfio\": only files "
         "that end in .conf are read there; write \"/etc/modprobe.d/vfio.conf\"\n"},
        {"a callout behind it",
         FILES(FILE_OF("'/etc/modules-load.d/a.conf (3)'", "data:,vfio-pci")),
         "warn file-name config.storage.files[0].path", "write \"/etc/modules-load.d/a.conf\"\n"},
        {"a module", FILES(FILE_OF("/etc/modules-load.d/vfio.cfg", "data:,vfio_pci")),
         "warn file-name config.storage.files[0].path", NULL},
        {"nothing of interest", FILES(FILE_OF("/etc/modprobe.d/README", "data:,nothing")), NULL,
         NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_file_path(void **state)
{
#define AT(path) FILE_OF(path, "data:,blacklist%20nouveau")
#define PATH_OF(index) "config.storage.files[" index "].path"
    static const struct machine_row rows[] = {
        {"simple", FILES(AT("/etc/modprobe.d/a.conf")), NULL, NULL},
        {"names that only begin with a dot", FILES(AT("/etc/modprobe.d/..a.conf")), NULL, NULL},
        {"another file", FILES(AT("/etc//a.conf")), NULL, NULL},
        {"an empty part", FILES(AT("/etc/modprobe.d//a.conf")), "warn file-path " PATH_OF("0"),
         "spec." PATH_OF("0") ": Invalid value: \"/etc/modprobe.d//a.conf\": Ignition refuses a "
                              "path that does not begin with a slash, or has empty parts, \".\" or "
                              "\"..\" in it; write "
                              "\"/etc/modprobe.d/a.conf\"\n"},
        {"a dot", FILES(AT("/etc/modprobe.d/./a.conf")), "warn file-path " PATH_OF("0"),
         "write \"/etc/modprobe.d/a.conf\""},
        {"two dots", FILES(AT("/../a/../etc/modules-load.d/a.conf")),
         "warn file-path " PATH_OF("0"), "write \"/etc/modules-load.d/a.conf\""},
        {"a slash behind it", FILES(AT("/etc/modprobe.d/a.conf/")), "warn file-path " PATH_OF("0"),
         "write \"/etc/modprobe.d/a.conf\""},
        {"no slash in front", FILES(AT("etc/modprobe.d/a.conf")), "warn file-path " PATH_OF("0"),
         "write \"/etc/modprobe.d/a.conf\""},
        {"it is read",
         FILES(FILE_OF("/etc//modprobe.d/a.conf", "data:,options%20vfio-pci%20ids=1-2") ", " LOAD),
         "warn file-path " PATH_OF("0") "\nwarn vfio-id-format " SOURCE, NULL},
        {"not .conf either", FILES(FILE_OF("/etc/./modules-load.d/vfio", "data:,vfio-pci")),
         "warn file-name " PATH_OF("0"), "write \"/etc/modules-load.d/vfio.conf\""},
        {"nor .conf, and of others", FILES(AT("/etc/modprobe.d/./sound")),
         "warn file-path " PATH_OF("0"), NULL},
        {"no name of a file that is to be read",
         FILES(FILE_OF("/etc/modprobe.d/README", "data:,vfio-pci") ", " FILE_OF(
             "/etc/modprobe.d/vfio.conf.bak",
             "data:,vfio-pci") ", " FILE_OF("/etc/modprobe.d/vfio~", "data:,vfio-pci")),
         NULL, NULL},
        {".config", FILES(FILE_OF("/etc/modules-load.d/vfio.Config", "data:,vfio-pci")),
         "warn file-name " PATH_OF("0"), NULL},
        {".con", FILES(FILE_OF("/etc/modules-load.d/vfio.con", "data:,vfio-pci")),
         "warn file-name " PATH_OF("0"), NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_file_duplicate(void **state)
{
    static const struct machine_row rows[] = {
        {"two", FILES(AT("/etc/modprobe.d/a.conf") ", " AT("/etc/modprobe.d/b.conf")), NULL, NULL},
        {"one name in both folders",
         FILES(AT("/etc/modprobe.d/a.conf") ", " AT("/etc/modules-load.d/a.conf")), NULL, NULL},
        {"others", FILES(AT("/etc/a") ", " AT("/etc/a")), NULL, NULL},
        {"one path",
         FILES(AT("/etc/modprobe.d/a.conf") ", {path: /a}, " AT("/etc/modprobe.d/a.conf")),
         "warn file-duplicate " PATH_OF("2"),
         "spec." PATH_OF(
             "2") ": Duplicate value: \"/etc/modprobe.d/a.conf\": files[0] has this path "
                  "too, and Ignition refuses two files of one path; put both texts into one file, "
                  "or give "
                  "this one another name\n"},
        {"one path once more written",
         FILES(AT("/etc/modprobe.d/a.conf") ", " AT("/etc/modprobe.d//a.conf")),
         "warn file-path " PATH_OF("1") "\nwarn file-duplicate " PATH_OF("1"), NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_file_append(void **state)
{
#define APPEND(path, list) "{path: " path ", append: " list "}"
#define APPEND_PATH "config.storage.files[0].append"
    static const struct machine_row rows[] = {
        {"nothing", FILES(APPEND("/etc/modprobe.d/a.conf", "[]")), NULL, NULL},
        {"null", FILES(APPEND("/etc/modprobe.d/a.conf", "null")), NULL, NULL},
        {"to another file", FILES(APPEND("/etc/hosts", "[{source: 'data:,a'}]")), NULL, NULL},
        {"something", FILES(APPEND("/etc/modprobe.d/a.conf", "[{source: 'data:,a'}]")),
         "warn file-append " APPEND_PATH,
         "spec." APPEND_PATH ": Unsupported value: \"append\": OpenShift refuses a configuration "
         "that appends to a file; write the whole text under contents\n"},
        {"what it brings may be ids",
         FILES(APPEND("/etc/modprobe.d/a.conf", "[{source: 'data:,a'}]") ", " LOAD),
         "warn file-append " APPEND_PATH, NULL},
        {"no list", FILES(APPEND("/etc/modprobe.d/a.conf", "{source: 'data:,a'}")),
         "warn wrong-type " APPEND_PATH, NULL},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

static void test_file_mode(void **state)
{
#define MODE(mode) FILES("{path: /etc/modprobe.d/a.conf, mode: " mode "}")
#define MODE_PATH "warn file-mode config.storage.files[0].mode"
    static const struct machine_row rows[] = {
        {"420", MODE("420"), NULL, NULL},
        {"an octal number", MODE("0644"), NULL, NULL},
        {"0600", MODE("384"), NULL, NULL},
        {"0400", MODE("256"), NULL, NULL},
        {"0755", MODE("493"), NULL, NULL},
        {"absent", FILES("{path: /etc/modprobe.d/a.conf, mode: null}"), NULL, NULL},
        {"another file's", FILES("{path: /etc/a, mode: 644}"), NULL, NULL},
        {"0640", MODE("416"), NULL, NULL},
        {"0444", MODE("292"), NULL, NULL},
        {"0777", MODE("511"), NULL, NULL},
        {"odd, and its digits are no mode either", MODE("0620"), MODE_PATH, "write 256"},
        {"for nobody to run but others", MODE("0641"), NULL, NULL},
        {"400", MODE("400"), MODE_PATH,
         "\"400\": a number without a leading 0 is decimal, and this one is the mode 0620; write "
         "256, which is 0400"},
        {"440", MODE("440"), MODE_PATH, "is the mode 0670; write 288, which is 0440"},
        {"500", MODE("500"), MODE_PATH, "is the mode 0764; write 320, which is 0500"},
        {"711", MODE("711"), MODE_PATH, "is the mode 01307; write 457, which is 0711"},
        {"1644", MODE("1644"), MODE_PATH, "is the mode 03154; write 420, which is 0644"},
        {"the sticky bit", MODE("932"), MODE_PATH,
         "\"932\": this is the mode 01644, and OpenShift refuses one above 0777; write 420, which "
         "is 0644"},
        {"every bit", MODE("4095"), MODE_PATH,
         "the mode 07777, and OpenShift refuses one above "
         "0777; write 511, which is 0777"},
        {"special bits and no sense", MODE("1922"), MODE_PATH, "write 420, which is 0644"},
        {"odd, but nobody's slip", MODE("0674"), MODE_PATH, "write 292, which is 0444"},
        {"644", MODE("644"), MODE_PATH,
         "spec.config.storage.files[0].mode: Invalid value: \"644\": a number without a leading 0 "
         "is decimal, and this one is the mode 01204; write 420, which is 0644\n"},
        {"600", MODE("600"), MODE_PATH, "is the mode 01130; write 384, which is 0600"},
        {"755", MODE("755"), MODE_PATH, "write 493, which is 0755"},
        {"nobody may read it", MODE("0"), MODE_PATH,
         "this is the mode 0, which does not let its owner read the file; write 420"},
        {"write only", MODE("128"), MODE_PATH, "this is the mode 0200"},
        {"too large", MODE("100644"), MODE_PATH, "this is no mode; write 420, which is 0644"},
        {"negative", MODE("-1"), MODE_PATH, "this is no mode"},
        {"a fraction", MODE("420.5"), MODE_PATH, "\"420.5\": this is no mode; write 420"},
        {"a small fraction", MODE("1.5"), MODE_PATH, "\"1.5\": this is no mode; write 420"},
        {"infinitely large", MODE("1e300"), MODE_PATH, "\"1e+300\": this is no mode"},
        {"a string", MODE("'0644'"), "warn wrong-type config.storage.files[0].mode",
         "must be a number, found \"0644\""},
    };

    (void)state;
    assert_int_equal(machine_rows_play(rows, COUNT(rows), MACHINE_CONFIG_HEAD), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents),       cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_file_name),      cmocka_unit_test(test_file_path),
        cmocka_unit_test(test_file_duplicate), cmocka_unit_test(test_file_append),
        cmocka_unit_test(test_file_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
