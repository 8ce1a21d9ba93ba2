/* SPDX-License-Identifier: Apache-2.0 */
/* The manual page, hostdev-webhook(1), from the tables that help is made from. */
#ifndef SERVER_COMMANDS_MANUAL_H
#define SERVER_COMMANDS_MANUAL_H

#include "base/text.h"

/* Adds the page in mdoc(7), as mandoc and groff read it. */
void manual_page(struct text *text);

#endif
