/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of every answer, whatever was asked. */
#ifndef TESTS_FUZZ_REVIEW_PROPERTIES_H
#define TESTS_FUZZ_REVIEW_PROPERTIES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sends a body down both paths, with the permitted list known and not known, and abort()s when an
 * answer breaks the contract: a status that was never promised, a body that is not an
 * AdmissionReview with the request's uid and version, a patch from /validate, a denial from /mutate
 * or without a message, a message or warning that is too long or holds a raw control character, an
 * UPDATE of an object to itself or of one that is being deleted that is denied, or a patch that
 * does not apply or is not enough. The answer must also be the one that is given to the body read
 * with all of its fields, and a body that can't be read so (but for duplicate keys and the count of
 * values) must be refused.
 */
void review_properties_hold(const char *body, size_t len);

#endif
