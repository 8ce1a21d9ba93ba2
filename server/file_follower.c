/* SPDX-License-Identifier: Apache-2.0 */
#include "server/file_follower.h"

#include <string.h>

static void look_at_all(const struct file_follower *follower, struct file_look *ret_looks)
{
    for (size_t i = 0; i < FILE_FOLLOWER_FILES && follower->paths[i]; i++)
        ret_looks[i] = file_look_at(follower->paths[i]);
}

static bool all_equal(const struct file_follower *follower, const struct file_look *a,
                      const struct file_look *b)
{
    for (size_t i = 0; i < FILE_FOLLOWER_FILES && follower->paths[i]; i++) {
        if (!file_look_equal(&a[i], &b[i]))
            return false;
    }
    return true;
}

void file_follower_begin(struct file_follower *follower)
{
    look_at_all(follower, follower->last);
}

bool file_follower_is_settled(const struct file_follower *follower)
{
    return follower->is_settled && all_equal(follower, follower->last, follower->settled);
}

bool file_follower_is_used(const struct file_follower *follower)
{
    return file_follower_is_settled(follower) && follower->looks_until_retry == 0;
}

bool file_follower_look(struct file_follower *follower)
{
    struct file_look now[FILE_FOLLOWER_FILES] = {{.error = 0}};
    bool steady;

    look_at_all(follower, now);
    steady = all_equal(follower, now, follower->last);
    memcpy(follower->last, now, sizeof now);
    if (!file_follower_is_settled(follower))
        return steady;
    return follower->looks_until_retry > 0 && --follower->looks_until_retry == 0;
}

void file_follower_settle(struct file_follower *follower, enum file_outcome outcome)
{
    follower->is_settled = outcome != FILE_UNSTEADY;
    memcpy(follower->settled, follower->last, sizeof follower->settled);
    if (outcome == FILE_USED)
        follower->looks_until_retry = 0;
    else if (outcome == FILE_FAILED)
        follower->looks_until_retry = follower->looks_between_tries;
}
