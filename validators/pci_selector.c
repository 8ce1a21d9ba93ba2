/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explaining goes from the particular to the general: a table of slips, each with a test and the
 * words for it. The first that fits is told. What most of them need is the same: the ids that the
 * writer meant, which find_ids() digs out of whatever stands around them.
 */
#include "validators/pci_selector.h"

#include "validators/look_alike.h"

#include <string.h>

/* Longer selectors are not searched for what was meant; a line of `lspci -nn` takes about 120. */
#define MAX_FOLDED 256

struct slip {
    struct str selector; /* as written */
    struct str text;     /* the same without white space at both ends */
    struct str folded;   /* `text` in ASCII: look-alikes replaced, invisible characters left out */
    char ids[PCI_SELECTOR_SIZE]; /* "10de:1eb8" when it can be known what was meant, else "" */
    size_t whole_ids;            /* how often ids stand in `folded` by themselves */
    size_t groups;               /* runs of hex digits in `folded`, 0x prefixes taken off */
    size_t lengths[8];           /* of the first of these runs */
    bool other_letters; /* something in `folded` is neither hex, 0x, space nor punctuation */
};

static bool is_ids_at(struct str text, size_t at)
{
    if (text.len < at + 9 || text.data[at + 4] != ':')
        return false;
    for (size_t i = 0; i < 9; i++) {
        if (i != 4 && !ascii_is_hex(text.data[at + i]))
            return false;
    }
    return true;
}

bool pci_selector_is_valid(struct str selector)
{
    return selector.len == 9 && is_ids_at(selector, 0);
}

static void set_ids(struct slip *slip, struct str vendor, struct str device)
{
    memcpy(slip->ids, vendor.data, 4);
    slip->ids[4] = ':';
    memcpy(slip->ids + 5, device.data, 4);
    slip->ids[9] = '\0';
}

/* True when the byte before or behind some ids makes them part of something else. */
static bool joins_ids(struct str text, size_t at)
{
    return at < text.len && (ascii_is_alnum(text.data[at]) || text.data[at] == ':' ||
                             text.data[at] == LOOK_ALIKE_UNKNOWN);
}

/* Finds ids that stand by themselves, as in `[10de:1eb8]`, anywhere in a longer text. */
static void find_whole_ids(struct slip *slip)
{
    struct str text = slip->folded;

    for (size_t i = 0; i + 9 <= text.len; i++) {
        if (!is_ids_at(text, i) || joins_ids(text, i + 9) || (i > 0 && joins_ids(text, i - 1)))
            continue;
        set_ids(slip, str_slice(text, i, 4), str_slice(text, i + 5, 4));
        slip->whole_ids++;
        i += 8;
    }
    if (slip->whole_ids > 1)
        slip->ids[0] = '\0';
}

/* The next run of hex digits at or after *at, its 0x left out; false when there is no more. */
static bool next_group(struct slip *slip, size_t *at, struct str *ret_group)
{
    struct str text = slip->folded;
    size_t start;

    while (*at < text.len && !ascii_is_hex(text.data[*at])) {
        if (ascii_is_alnum(text.data[*at]) || text.data[*at] == '*' || text.data[*at] == '?' ||
            text.data[*at] == LOOK_ALIKE_UNKNOWN)
            slip->other_letters = true;
        (*at)++;
    }
    start = *at;
    while (*at < text.len && ascii_is_hex(text.data[*at]))
        (*at)++;
    *ret_group = str_slice(text, start, *at - start);
    if (ret_group->len == 1 && *ret_group->data == '0' && *at < text.len &&
        ascii_lower(text.data[*at]) == 'x') {
        (*at)++;
        return next_group(slip, at, ret_group);
    }
    return ret_group->len > 0;
}

/* Fills in the groups and, where they leave no doubt, the ids. */
static void find_ids(struct slip *slip)
{
    struct str groups[2] = {{NULL, 0}, {NULL, 0}};
    struct str group;
    size_t at = 0;

    while (next_group(slip, &at, &group)) {
        if (slip->groups < 2)
            groups[slip->groups] = group;
        if (slip->groups < sizeof slip->lengths / sizeof slip->lengths[0])
            slip->lengths[slip->groups] = group.len;
        slip->groups++;
    }
    find_whole_ids(slip);
    if (slip->whole_ids > 0 || slip->other_letters)
        return;
    if (slip->groups > 2 && str_equal(groups[0], STR("0000")))
        return; /* a PCI domain, so what follows need not be ids */
    if (slip->groups == 1 && groups[0].len == 8)
        set_ids(slip, groups[0], str_slice(groups[0], 4, 4));
    else if (slip->groups >= 2 && slip->groups <= 4 && groups[0].len == 4 && groups[1].len == 4)
        set_ids(slip, groups[0], groups[1]);
}

/* --- the slips, each with its test ----------------------------------------------------------- */

static bool has_any(struct str text, const char *bytes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\0' && strchr(bytes, text.data[i]))
            return true;
    }
    return false;
}

static bool has(struct str text, const char *part)
{
    return text.len > 0 && memmem(text.data, text.len, part, strlen(part)) != NULL;
}

/* [DOMAIN:]BUS:DEVICE[.FUNCTION], as the first column of lspci has it. A domain may have 5 digits.
 */
static bool is_pci_address(const struct slip *slip)
{
    const size_t *len = slip->lengths;
    size_t first = slip->groups > 0 && len[0] >= 4 ? 1 : 0; /* behind the domain */
    bool function = slip->groups == first + 3 && len[first + 2] == 1 && has_any(slip->folded, ".");

    return !slip->other_letters && len[first] == 2 && len[first + 1] == 2 &&
           (function || slip->groups == first + 2);
}

static bool is_look_alike(const struct slip *slip)
{
    return !str_equal(slip->text, slip->folded);
}

static bool has_subsystem(const struct slip *slip)
{
    return slip->ids[0] && !slip->whole_ids && !slip->other_letters && slip->groups >= 3;
}

static bool has_two_devices(const struct slip *slip)
{
    return slip->whole_ids > 1;
}

static bool is_line_of_lspci(const struct slip *slip)
{
    return slip->ids[0] && slip->other_letters;
}

static bool has_tail(const struct slip *slip)
{
    return slip->ids[0] && slip->text.len > 9 && is_ids_at(slip->text, 0);
}

static bool is_wildcard(const struct slip *slip)
{
    return has_any(slip->text, "*?") || has(slip->text, "xx") || has(slip->text, "XX");
}

static bool is_half(const struct slip *slip)
{
    return !slip->other_letters && slip->groups == 1 && slip->lengths[0] <= 4;
}

static bool has_0x(const struct slip *slip)
{
    return slip->ids[0] && has_any(slip->text, "xX");
}

static bool has_outer_space(const struct slip *slip)
{
    return slip->ids[0] && slip->text.len < slip->selector.len;
}

static bool has_brackets(const struct slip *slip)
{
    return slip->ids[0] && has_any(slip->text, "[](){}<>\"'`");
}

static bool has_wrong_separator(const struct slip *slip)
{
    return slip->ids[0] != '\0';
}

static bool has_wrong_length(const struct slip *slip)
{
    return !slip->other_letters && slip->groups == 2;
}

static bool always(const struct slip *slip)
{
    (void)slip;
    return true;
}

static const struct {
    bool (*test)(const struct slip *slip);
    const char *words;
} slips[] = {
    {is_pci_address,
     "this is a PCI address, which says where a device is plugged in, not what it is: "
     "`lspci -nn` prints the ids in brackets, as in [10de:1eb8]"},
    {is_look_alike, NULL}, /* names the character */
    {has_two_devices, "one entry selects one device; give every device an entry of its own"},
    {has_subsystem, "KubeVirt does not match subsystem ids"},
    {is_line_of_lspci, "only the ids belong here"},
    {is_wildcard, "wildcards match no device; list every device as an entry of its own"},
    {is_half,
     "one half is missing: both the vendor id and the device id are needed, as in 10de:1eb8"},
    {has_0x, "ids have no 0x prefix here"},
    {has_outer_space, "white space around the ids matches no device"},
    {has_tail, "nothing belongs behind the ids"},
    {has_brackets, "no brackets or quotes belong around the ids"},
    {has_wrong_separator, "one colon, and nothing else, belongs between the ids"},
    {has_wrong_length, "each id has exactly four hex digits; write leading zeros too"},
    {always, "must be four hex digits, a colon and four hex digits, as `lspci -nn` prints them in "
             "brackets: 10de:1eb8"},
};

/* Names the first character that is not ASCII; without one, letters stood for digits. */
static void add_look_alike(const struct slip *slip, struct text *message)
{
    size_t at = 0;
    unsigned rune = 0;

    while (at < slip->text.len && rune < 0x80)
        at += utf8_decode(slip->text, at, &rune);
    if (rune >= 0x80)
        text_addf(message, "contains U+%04X, which is no ASCII hex digit or colon", rune);
    else
        text_add(message, "contains a letter O, l or I in place of the digit 0 or 1");
}

/* `folded` is room for the slip's text. */
static size_t find_slip(struct str selector, struct slip *slip, char folded[MAX_FOLDED])
{
    size_t i = 0;

    *slip = (struct slip){.selector = selector, .text = str_trim(selector)};
    slip->folded = look_alike_fold(slip->text, folded, MAX_FOLDED);
    find_ids(slip);
    while (!slips[i].test(slip))
        i++;
    if (slips[i].test == is_pci_address)
        slip->ids[0] = '\0';
    return i;
}

bool pci_selector_meant(struct str selector, char ret_ids[PCI_SELECTOR_SIZE])
{
    char folded[MAX_FOLDED];
    struct slip slip;

    if (pci_selector_is_valid(selector))
        return false;
    find_slip(selector, &slip, folded);
    if (!slip.ids[0])
        return false;
    memcpy(ret_ids, slip.ids, sizeof slip.ids);
    return true;
}

void pci_selector_explain(struct str selector, struct text *message)
{
    char folded[MAX_FOLDED];
    char ids[PCI_SELECTOR_SIZE];
    struct slip slip;
    size_t i = find_slip(selector, &slip, folded);

    if (slips[i].words)
        text_add(message, slips[i].words);
    else
        add_look_alike(&slip, message);
    if (pci_selector_meant(selector, ids))
        text_addf(message, "; write \"%s\"", ids);
}
