/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/machine_config/machine_versions.h"

#include <stdio.h>

/* --- Ignition -------------------------------------------------------------------------------- */

/* What OpenShift 4.7 reads, and so on to what Butane writes for the latest: 3.MINOR.0. */
static const struct str known[] = {STR_INIT("3.2.0"), STR_INIT("3.3.0"), STR_INIT("3.4.0"),
                                   STR_INIT("3.5.0")};
#define KNOWN_COUNT (sizeof known / sizeof known[0])
#define FIRST_MINOR 2u

bool ignition_version_is_known(struct str version)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (str_equal(version, known[i]))
            return true;
    }
    return false;
}

bool ignition_version_is_converted(struct str version)
{
    return str_equal(version, STR("2.2.0")) || str_equal(version, STR("3.0.0")) ||
           str_equal(version, STR("3.1.0"));
}

/* Takes the digits in front off `*rest`; of a large number something large. */
static unsigned take_number(struct str *rest)
{
    unsigned number = 0;
    size_t at = 0;

    for (; at < rest->len && ascii_is_digit(rest->data[at]); at++) {
        if (number < 1000)
            number = 10 * number + (unsigned)(rest->data[at] - '0');
    }
    *rest = str_slice(*rest, at, rest->len);
    return number;
}

struct str ignition_version_near(struct str version)
{
    unsigned major = take_number(&version);
    unsigned minor = 0;

    if (str_starts_with(version, STR("."))) {
        version = str_slice(version, 1, version.len);
        minor = take_number(&version);
    }
    if (major < 3 || (major == 3 && minor < FIRST_MINOR))
        return known[0];
    if (major > 3 || minor - FIRST_MINOR >= KNOWN_COUNT)
        return known[KNOWN_COUNT - 1];
    return known[minor - FIRST_MINOR];
}

void ignition_versions_add(struct text *text)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (i > 0)
            text_add(text, i + 1 < KNOWN_COUNT ? ", " : " and ");
        text_add_str(text, known[i]);
    }
}

/* --- Butane ---------------------------------------------------------------------------------- */

/* The numbers in front, "4.17" of "4.17.3-rc1"; empty when there are none. */
static struct str major_minor(struct str version)
{
    size_t dots = 0;
    size_t at = 0;

    while (at < version.len &&
           (ascii_is_digit(version.data[at]) || (version.data[at] == '.' && at > 0 && dots == 0))) {
        dots += version.data[at] == '.';
        at++;
    }
    return dots == 1 && version.data[at - 1] != '.' ? str_slice(version, 0, at) : STR("");
}

bool butane_version_is_valid(struct str version)
{
    struct str numbers = major_minor(version);
    struct str rest = str_slice(version, numbers.len, version.len);

    return numbers.len > 0 && (str_equal(rest, STR(".0")) || str_starts_with(rest, STR(".0-")));
}

struct str butane_version_near(struct str version, bool was_number, struct arena *arena)
{
    /* Butane knows OpenShift from 4.8 on, so these have lost a zero. */
    const bool has_lost_zero =
        was_number && (str_equal(version, STR("4.1")) || str_equal(version, STR("4.2")));
    struct str numbers = major_minor(version);
    char meant[32];

    if (numbers.len == 0 || numbers.len > sizeof meant - sizeof "0.0")
        return BUTANE_VERSION_EXAMPLE;
    snprintf(meant, sizeof meant, "%.*s%s", (int)numbers.len, numbers.data,
             has_lost_zero ? "0.0" : ".0");
    return arena_copy(arena, str_from(meant));
}
