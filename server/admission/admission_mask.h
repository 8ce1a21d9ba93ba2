/* SPDX-License-Identifier: Apache-2.0 */
/* Which fields of an AdmissionReview are read by anybody. */
#ifndef SERVER_ADMISSION_ADMISSION_MASK_H
#define SERVER_ADMISSION_ADMISSION_MASK_H

#include "base/field_mask.h"

/* Made at the first call; thread-safe. */
const struct field_mask *admission_mask(void);

#endif
