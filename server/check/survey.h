/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first pass over the inputs: the permitted list that the HyperConverged and KubeVirt objects
 * among them hold together, and the chain that these make with nodes and their configuration.
 */
#ifndef SERVER_CHECK_SURVEY_H
#define SERVER_CHECK_SURVEY_H

#include "validators/chain.h"
#include "validators/facts.h"
#include "validators/permitted_list.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct survey {
    json_t *objects; /* those with a list; NULL: none yet. Owned */
    struct arena arena;
    struct object_facts *facts; /* of these objects; owned */
    size_t count;
    size_t capacity;
    struct error refused; /* why what was found is no list */
    bool is_refused;
    const char *files_dir; /* of Butane's local files; NULL: they are not read */
    struct arena chain_arena;
    struct chain chain;
};

/* The struct points into itself and must stay where it is. */
void survey_init(struct survey *survey);
void survey_free(struct survey *survey);
#define CLEANUP_SURVEY __attribute__((cleanup(survey_free)))

/* False: there is none in a text, which is seen without reading it. */
bool survey_may_find(struct str text);

/* What of a text counts. */
enum survey_part {
    SURVEY_ALL,
    SURVEY_LIST,      /* permitted lists alone */
    SURVEY_ALL_OTHERS /* not permitted lists: there is one elsewhere */
};

/*
 * Looks for such objects in a text; `name` is for messages. A text that can't be read holds none:
 * the second pass has words for it. False: out of memory.
 */
bool survey_text(struct survey *survey, const char *name, struct str text, enum survey_part part,
                 struct error *err);

/*
 * The list of all that was found; `*ret_list` is NULL, and `note` says why, when there is none or
 * when a part of one can't be read, since that is not the cluster's list. False: out of memory.
 */
bool survey_list(const struct survey *survey, struct permitted_list **ret_list, struct error *note,
                 struct error *err);

#endif
