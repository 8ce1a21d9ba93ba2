/* SPDX-License-Identifier: Apache-2.0 */
/* The names that objects of Kubernetes can have, before one gets into a URL. Pure. */
#ifndef SERVER_OBJECT_NAME_H
#define SERVER_OBJECT_NAME_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* RFC 1123 2.1 and RFC 1035 2.3.4, in bytes. */
#define OBJECT_LABEL_MAX ((size_t)63)
#define OBJECT_NAME_MAX ((size_t)253)

/* At most 63 lower-case letters, digits and '-', a letter or digit at both ends: a namespace. */
bool object_name_is_label(struct str name);

/* At most 253 bytes: such parts, of any length, with dots between them. Most other objects. */
bool object_name_is_subdomain(struct str name);

#endif
