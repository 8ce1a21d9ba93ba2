/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a file anew so that whoever reads it sees the old text or the new one. */
#ifndef SERVER_CHECK_FILE_REPLACE_H
#define SERVER_CHECK_FILE_REPLACE_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Gives the file `name`, or what it links to, the text `bytes`: written beside it, to the disk, and
 * renamed over it, with the mode of the old one and, where that is allowed, its owner. False: the
 * file is as it was; the error does not name it.
 */
bool file_replace(const char *name, struct str bytes, struct error *err);

#endif
