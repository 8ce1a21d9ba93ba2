/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permitted list in force, between the one who reads it (a file, a cluster) and the reviews.
 * Thread-safe. A list is swapped whole, and once one is known it stays known until a better one
 * comes: a source that fails only says why as long as there is nothing to go by.
 */
#ifndef SERVER_PERMITTED_CURRENT_LIST_H
#define SERVER_PERMITTED_CURRENT_LIST_H

#include "base/error.h"
#include "validators/permitted_list.h"

struct current_list;

/* Starts without a list, with the problem "the permitted list was not read yet". */
struct current_list *current_list_new(struct error *err);
void current_list_free(struct current_list *current);

/*
 * The list, with a reference that the caller gives back by permitted_list_unref(). NULL: not known,
 * and `ret_problem` says why.
 */
struct permitted_list *current_list_get(struct current_list *current, struct error *ret_problem);

/* Takes over the caller's reference. The list counts as read at this moment. */
void current_list_set(struct current_list *current, struct permitted_list *list);

/* The list in force, if any, was found to be that of the cluster at this moment. */
void current_list_confirm(struct current_list *current);

/* Whole seconds since the list was set or confirmed; 0 when there is none. */
unsigned long current_list_age(struct current_list *current);

/* Why there is no list; without effect when there is one. Returns whether there is none. */
bool current_list_set_problem(struct current_list *current, const struct error *problem);

#endif
