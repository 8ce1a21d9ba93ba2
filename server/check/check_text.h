/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core of `check`: the text of a manifest in, its faults out. Each object is reviewed as when
 * it is created, by the engine that answers API servers. No I/O, but for the local files of Butane
 * documents; nothing is kept between texts.
 */
#ifndef SERVER_CHECK_CHECK_TEXT_H
#define SERVER_CHECK_CHECK_TEXT_H

#include "server/check/check_file.h"
#include "server/check/device_hints.h"
#include "validators/chain.h"
#include "validators/permitted_list.h"
#include "validators/policy.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>

/* What a text of MAX_TEXT bytes takes when there is nothing but faults in it, rounded up. */
#define CHECK_MEMORY_LIMIT ((size_t)512 * 1024 * 1024)

/* What texts are judged by. */
struct check_basis {
    struct policy policy;
    const struct permitted_list *list; /* NULL: not known, and device names are not judged */
    const struct chain *chain;         /* NULL: each object is judged by itself */
    struct device_hints *hints;        /* NULL: nothing is hinted */
    const char *files_dir;             /* of Butane's local files; NULL: they are not read */
};

/*
 * Fills `*ret_file`, but for its name, from `text`, which must outlive it, and `arena`. A text that
 * can't be read is a file with an error; false means that memory ran out.
 */
bool check_text(struct str text, const struct check_basis *basis, struct arena *arena,
                struct check_file *ret_file, struct error *err);

#endif
