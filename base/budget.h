/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that many share. A budget is the most that all of them may hold at one time; an account is
 * what one of them holds of it. Who wants memory takes it from its account first and goes without
 * when there is not enough: nobody waits. Closing an account gives back all it holds, so nothing
 * can be forgotten. A budget is for all threads at once, an account for one at a time.
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget {
    atomic_size_t used;
    size_t limit; /* bytes; does not change while there are accounts */
};

size_t budget_used(const struct budget *budget);

struct account {
    struct budget *budget; /* NULL: what is taken is counted here, and not limited */
    size_t taken;
    bool refused; /* there was not enough at least once */
};

/* clang-format off */
#define ACCOUNT_INIT(from) {.budget = (from)}
/* clang-format on */

/*
 * Takes `bytes` more, or nothing. A NULL account stands for memory that is not counted: true. False
 * is remembered in `refused`, so that code in the middle may treat it as a lack of memory and the
 * one who owns the account looks once.
 */
bool account_take(struct account *account, size_t bytes);

/* Gives back `bytes` of what was taken. */
void account_give(struct account *account, size_t bytes);

/* Gives back what is above `bytes`. */
void account_keep(struct account *account, size_t bytes);

/* Gives back all of it. */
void account_close(struct account *account);
#define CLEANUP_ACCOUNT __attribute__((cleanup(account_close)))

#endif
