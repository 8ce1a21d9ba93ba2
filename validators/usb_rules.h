/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for the selectors of USB devices. */
#ifndef VALIDATORS_USB_RULES_H
#define VALIDATORS_USB_RULES_H

#include "validators/context.h"

/* For an id that is not valid, the one to write instead, a part of it; absent: nobody knows. */
struct str usb_id_meant(struct str id);

void judge_usb_selectors(const struct permitted_entries *list, struct context *context);

#endif
