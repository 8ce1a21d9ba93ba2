/* SPDX-License-Identifier: Apache-2.0 */
/* json_pick() beside the reader that it must agree with. Needs no cmocka. */
#ifndef TESTS_SUPPORT_PICKED_H
#define TESTS_SUPPORT_PICKED_H

#include "base/str.h"

enum picked {
    PICKED_THE_SAME,
    PICKED_NOT,
    PICKED_OTHERWISE, /* than the other reader has it: a fault */
};

/* Picks an AdmissionReview's fields out of `text`, and compares. */
enum picked picked_as_read(struct str text);

#endif
