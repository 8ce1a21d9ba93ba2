/* SPDX-License-Identifier: Apache-2.0 */
#include "base/budget.h"

#include <stdint.h>

size_t budget_used(const struct budget *budget)
{
    return atomic_load_explicit(&budget->used, memory_order_relaxed);
}

/*
 * Compared before it is added: a sum that goes over the limit for a moment would refuse others who
 * fit. Only the number counts, no other memory is published by it, so relaxed is enough.
 */
static bool budget_take(struct budget *budget, size_t bytes)
{
    size_t used = budget_used(budget);

    do {
        if (used > budget->limit || bytes > budget->limit - used)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->used, &used, used + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

bool account_take(struct account *account, size_t bytes)
{
    if (!account || bytes == 0)
        return true;
    if (account->budget ? !budget_take(account->budget, bytes)
                        : bytes > SIZE_MAX - account->taken) {
        account->refused = true;
        return false;
    }
    account->taken += bytes;
    return true;
}

void account_give(struct account *account, size_t bytes)
{
    if (!account)
        return;
    if (bytes > account->taken)
        bytes = account->taken;
    account->taken -= bytes;
    if (account->budget)
        atomic_fetch_sub_explicit(&account->budget->used, bytes, memory_order_relaxed);
}

void account_keep(struct account *account, size_t bytes)
{
    if (account && account->taken > bytes)
        account_give(account, account->taken - bytes);
}

void account_close(struct account *account)
{
    account_keep(account, 0);
}
