/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard base64 (RFC 4648 4), as JSON carries PEM in a Secret. What goes through here may be a
 * key: nothing is left behind in memory but what is returned. Thread-safe.
 */
#ifndef CERTS_BASE64_H
#define CERTS_BASE64_H

#include "base/error.h"
#include "base/str.h"

/*
 * The text that `base64` stands for: NUL-terminated, for certs_wipe_and_free(). Strict: no blanks
 * or line breaks, whole groups with their padding, no bits left over; one text has one form. NULL:
 * it is not that, stands for more than CERTS_PEM_MAX bytes or for bytes with a NUL among them, or
 * memory ran out.
 */
char *certs_base64_decode(struct str base64, struct error *err);

/* The base64 of at most CERTS_PEM_MAX bytes, likewise owned. */
char *certs_base64_encode(struct str bytes, struct error *err);

#endif
