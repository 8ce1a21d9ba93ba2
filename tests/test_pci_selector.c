/* SPDX-License-Identifier: Apache-2.0 */
/* What a selector is, and what is said to those who wrote something else. */
#include "tests/support/facts.h"
#include "validators/pci_selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_what_is_valid(void **state)
{
    static const struct str valid[] = {STR_INIT("10de:1eb8"), STR_INIT("10DE:1EB8"),
                                       STR_INIT("0000:0000"), STR_INIT("ffff:FFFF"),
                                       STR_INIT("0123:4567"), STR_INIT("89ab:cDeF")};
    static const struct str invalid[] = {
        {NULL, 0},
        STR_INIT(""),
        STR_INIT("10de:1eb"),
        STR_INIT("10de:1eb88"),
        STR_INIT("10de-1eb8"),
        STR_INIT("10dg:1eb8"),
        STR_INIT("10de:1eb/"),
        STR_INIT("10de:1eb:"),
        STR_INIT("1:de:1eb8"),
        STR_INIT("10de:1eb8\0"),
        STR_INIT("10de\0001eb8"),
        STR_INIT(" 10de:1eb8"),
        STR_INIT("10de1eb8:"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        if (!pci_selector_is_valid(valid[i]))
            fail_msg("%s", valid[i].data);
    }
    for (size_t i = 0; i < COUNT(invalid); i++) {
        if (pci_selector_is_valid(invalid[i]))
            fail_msg("row %zu", i);
    }
}

#define ADDRESS                                                                                    \
    "this is a PCI address, which says where a device is plugged in, not what it is: `lspci -nn` " \
    "prints the ids in brackets, as in [10de:1eb8]"
#define TWO "one entry selects one device; give every device an entry of its own"
#define SUBSYSTEM "KubeVirt does not match subsystem ids"
#define LINE "only the ids belong here"
#define WILDCARD "wildcards match no device; list every device as an entry of its own"
#define HALF "one half is missing: both the vendor id and the device id are needed, as in 10de:1eb8"
#define HEX "ids have no 0x prefix here"
#define SPACE "white space around the ids matches no device"
#define TAIL "nothing belongs behind the ids"
#define BRACKETS "no brackets or quotes belong around the ids"
#define SEPARATOR "one colon, and nothing else, belongs between the ids"
#define LENGTH "each id has exactly four hex digits; write leading zeros too"
#define FORM                                                                               \
    "must be four hex digits, a colon and four hex digits, as `lspci -nn` prints them in " \
    "brackets: 10de:1eb8"
#define LETTER "contains a letter O, l or I in place of the digit 0 or 1"
#define LOOK_ALIKE(code) "contains U+" code ", which is no ASCII hex digit or colon"
#define WRITE "; write \"10de:1eb8\""

static const struct {
    struct str selector;
    const char *words;
} slips[] = {
    {STR_INIT("0000:02:01.0"), ADDRESS},
    {STR_INIT("02:01.0"), ADDRESS},
    {STR_INIT("0000:02:01"), ADDRESS},
    {STR_INIT("0000:3b:00.0"), ADDRESS},
    {STR_INIT(" 3b:00.1\n"), ADDRESS},
    {STR_INIT("10de:1eb8,10de:1db6"), TWO},
    {STR_INIT("10de:1eb8 10de:1db6"), TWO},
    {STR_INIT("10de:1eb8|10de:1db6|8086:6f54"), TWO},
    {STR_INIT("10de:1eb8; 10de:1db6"), TWO},
    {STR_INIT("10de:1eb8:1028:1234"), SUBSYSTEM WRITE},
    {STR_INIT("10de:1eb8:10de:12a2"), SUBSYSTEM WRITE},
    {STR_INIT("10de:1eb8:1028"), SUBSYSTEM WRITE},
    {STR_INIT("3b:00.0 3D controller [0302]: NVIDIA Corporation TU104GL [Tesla T4] [10de:1eb8] "
              "(rev a1)"),
     LINE WRITE},
    {STR_INIT("NVIDIA [10de:1eb8]"), LINE WRITE},
    {STR_INIT("10de:*"), WILDCARD},
    {STR_INIT("*:1eb8"), WILDCARD},
    {STR_INIT("10de:1e??"), WILDCARD},
    {STR_INIT("10de:xxxx"), WILDCARD},
    {STR_INIT("10DE:XXXX"), WILDCARD},
    {STR_INIT("*"), WILDCARD},
    {STR_INIT("10de:"), HALF},
    {STR_INIT(":1eb8"), HALF},
    {STR_INIT("10de"), HALF},
    {STR_INIT("0x10de"), HALF},
    {STR_INIT("0x10de:0x1eb8"), HEX WRITE},
    {STR_INIT("0X10de:0X1eb8"), HEX WRITE},
    {STR_INIT("0x10de:1eb8"), HEX WRITE},
    {STR_INIT("0x10de1eb8"), HEX WRITE},
    {STR_INIT(" 10de:1eb8 "), SPACE WRITE},
    {STR_INIT("10de:1eb8\n"), SPACE WRITE},
    {STR_INIT("\t10de:1eb8"), SPACE WRITE},
    {STR_INIT("[10de:1eb8]"), BRACKETS WRITE},
    {STR_INIT("\"10de:1eb8\""), BRACKETS WRITE},
    {STR_INIT("'10de:1eb8'"), BRACKETS WRITE},
    {STR_INIT("10de-1eb8"), SEPARATOR WRITE},
    {STR_INIT("10de 1eb8"), SEPARATOR WRITE},
    {STR_INIT("10de.1eb8"), SEPARATOR WRITE},
    {STR_INIT("10de/1eb8"), SEPARATOR WRITE},
    {STR_INIT("10de,1eb8"), SEPARATOR WRITE},
    {STR_INIT("10de : 1eb8"), SEPARATOR WRITE},
    {STR_INIT("10de::1eb8"), SEPARATOR WRITE},
    {STR_INIT("10de1eb8"), SEPARATOR WRITE},
    {STR_INIT("10de:1eb8:"), TAIL WRITE},
    {STR_INIT("10de:1eb8\0"), TAIL WRITE},
    {STR_INIT("10de:1eb"), LENGTH},
    {STR_INIT("10de:01eb8"), LENGTH},
    {STR_INIT("8086:1"), LENGTH},
    {STR_INIT("10de:1egg"), FORM},
    {STR_INIT("nvidia"), FORM},
    {STR_INIT("nvidia.com/TU104GL_Tesla_T4"), FORM},
    {STR_INIT("10de1eb81"), FORM},
    {STR_INIT("-"), FORM},
    {STR_INIT("   "), FORM},
    {STR_INIT("1Ode:1eb8"), LETTER WRITE},
    {STR_INIT("lOde:leb8"), LETTER WRITE},
    {STR_INIT("I0de:Ieb8"), LETTER WRITE},
    {STR_INIT("10de\uff1a1eb8"), LOOK_ALIKE("FF1A") WRITE},
    {STR_INIT("10d\u0435:1eb8"), LOOK_ALIKE("0435") WRITE},
    {STR_INIT("\uff11\uff10\uff44\uff45:1eb8"), LOOK_ALIKE("FF11") WRITE},
    {STR_INIT("10de\u20131eb8"), LOOK_ALIKE("2013") WRITE},
    {STR_INIT("\u00a010de:1eb8"), LOOK_ALIKE("00A0") WRITE},
    {STR_INIT("10de:1eb8\u200b"), LOOK_ALIKE("200B") WRITE},
    {STR_INIT("\ufeff10de:1eb8"), LOOK_ALIKE("FEFF") WRITE},
    {STR_INIT("\u201c10de:1eb8\u201d"), LOOK_ALIKE("201C") WRITE},
    {STR_INIT("10d\u00e9:1eb8"), LOOK_ALIKE("00E9")},
    {STR_INIT("\U0001f600"), LOOK_ALIKE("1F600")},
};

static void test_every_slip_has_its_words(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(slips); i++) {
        struct text message CLEANUP_TEXT = TEXT_INIT(1024);

        pci_selector_explain(slips[i].selector, &message);
        wrong += !text_check(slips[i].selector.data, slips[i].words, text_get(&message));
    }
    assert_int_equal(wrong, 0);
}

/* What is recommended is valid, and so is not explained again; for many random texts. */
static void test_what_is_recommended_is_valid(void **state)
{
    static const char *const pieces[] = {"10de", "1eb8",   ":",   "0x", "[",   "]", " ",
                                         "*",    "x",      "-",   "1",  ".",   "O", "l",
                                         "\n",   "\uff1a", "abc", "02", "\xff"};
    unsigned random = 3;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct text selector CLEANUP_TEXT = TEXT_INIT(256);
        struct text message CLEANUP_TEXT = TEXT_INIT(1024);
        const char *advice;
        struct str text;

        for (int i = 0; i < 6; i++) {
            random = random * 1103515245 + 12345;
            text_add(&selector, pieces[(random >> 16) % COUNT(pieces)]);
        }
        text = (struct str){text_get(&selector), selector.len};
        if (pci_selector_is_valid(text))
            continue;
        pci_selector_explain(text, &message);
        advice = strstr(text_get(&message), "; write \"");
        assert_true(message.len > 0);
        if (advice && !pci_selector_is_valid(str_slice(str_from(advice), 9, 9)))
            fail_msg("%s: %s", text_get(&selector), text_get(&message));
    }
}

static void test_texts_of_any_length_are_explained(void **state)
{
    static char long_text[100000];

    (void)state;
    memset(long_text, '1', sizeof long_text);
    for (size_t len = 250; len <= sizeof long_text; len = len < 260 ? len + 1 : len * 2) {
        struct text message CLEANUP_TEXT = TEXT_INIT(1024);

        pci_selector_explain((struct str){long_text, len}, &message);
        assert_string_equal(text_get(&message), FORM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_valid),
        cmocka_unit_test(test_every_slip_has_its_words),
        cmocka_unit_test(test_what_is_recommended_is_valid),
        cmocka_unit_test(test_texts_of_any_length_are_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
