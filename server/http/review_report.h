/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts for each request to review something: counts it and what it found, and logs it when it
 * was denied or could not be decided, in one line. Clients can cause as many of these lines as they
 * like, so their number is limited; those of requests that are no reviews have a limit of their
 * own. What is allowed costs no line, no lock and no memory. Thread-safe.
 */
#ifndef SERVER_HTTP_REVIEW_REPORT_H
#define SERVER_HTTP_REVIEW_REPORT_H

#include "server/admission/admission.h"
#include "server/http/reply.h"

struct review_circumstances {
    const char *list_version; /* of the permitted list that was asked; NULL: none is known */
    long long ended_ns;       /* when the request was there, by monotonic_ns() */
};

void review_report(const struct admission_outcome *outcome,
                   const struct review_circumstances *circumstances);

/* The same for a request that was refused before its body was looked at; logs only. */
void review_report_refusal(enum admission_path path, const struct reply *refusal);

/* Logs how many lines were left out since that was last told. */
void review_report_end(void);

#endif
