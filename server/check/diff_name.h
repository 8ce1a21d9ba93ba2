/* SPDX-License-Identifier: Apache-2.0 */
/* How a diff calls a file, so that `patch -p1` and `git apply` find it. */
#ifndef SERVER_CHECK_DIFF_NAME_H
#define SERVER_CHECK_DIFF_NAME_H

/*
 * The name from the working directory on of the file `name`, or of what it links to: both programs
 * refuse links and steps upwards. Of a file that is not below there it is the real path, for
 * `patch -d / -p1`; of what is no file it is the name itself. To be freed; NULL: out of memory.
 */
char *diff_name(const char *name);

#endif
