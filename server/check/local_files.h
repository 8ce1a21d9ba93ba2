/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local files that Butane documents name (storage.files[].contents.local), read from the folder
 * that `butane --files-dir` would be given.
 */
#ifndef SERVER_CHECK_LOCAL_FILES_H
#define SERVER_CHECK_LOCAL_FILES_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * Puts the texts of such files below `folder` beside their names in the documents, where
 * validators/machine_config/decode_files.c looks for them. One that can't be read, that is
 * no UTF-8 or larger than MACHINE_FILE_MAX, and one whose name leads out of the folder, which
 * Butane refuses, is left out: what is in it is not known then. Nothing is read without a folder
 * (NULL). False: out of memory.
 */
bool local_files_read(const char *folder, json_t *documents, struct error *err);

#endif
