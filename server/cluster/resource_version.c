/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/resource_version.h"

#include <string.h>

static bool is_decimal(struct str version)
{
    for (size_t i = 0; i < version.len; i++) {
        if (!ascii_is_digit(version.data[i]))
            return false;
    }
    return version.len > 0;
}

static struct str without_zeros(struct str version)
{
    while (version.len > 1 && version.data[0] == '0')
        version = str_slice(version, 1, version.len);
    return version;
}

/* Of two decimal numbers. */
static bool is_greater(struct str a, struct str b)
{
    a = without_zeros(a);
    b = without_zeros(b);
    return a.len != b.len ? a.len > b.len : memcmp(a.data, b.data, a.len) > 0;
}

bool resource_version_is_newer(struct str a, struct str b)
{
    return is_decimal(a) && is_decimal(b) ? is_greater(a, b) : !str_equal(a, b);
}

bool resource_version_is_older(struct str a, struct str b)
{
    return is_decimal(a) && is_decimal(b) && is_greater(b, a);
}
