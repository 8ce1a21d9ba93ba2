/* SPDX-License-Identifier: Apache-2.0 */
/* The response half of an AdmissionReview: from a verdict or names to JSON. */
#ifndef SERVER_ADMISSION_ADMISSION_RESPONSE_H
#define SERVER_ADMISSION_ADMISSION_RESPONSE_H

#include "base/text.h"
#include "server/admission/admission_request.h"
#include "validators/default_names.h"
#include "validators/findings.h"

/*
 * Each writes the AdmissionReview as compact JSON to `answer`, an empty text; false when memory ran
 * out. `findings` and `names` may be NULL: allowed without a word, without a patch. `note` is a
 * warning to go before those of the findings, or NULL.
 */
bool admission_response_validate(const struct admission_request *request,
                                 const struct findings *findings, const char *note,
                                 struct text *answer);
bool admission_response_mutate(const struct admission_request *request,
                               const struct default_names *names, struct text *answer);

/* The memory that a patch with these names takes, and a little more. */
size_t admission_response_mutate_memory(const struct default_names *names);

#endif
