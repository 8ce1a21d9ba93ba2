/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted apart. The values of labels are these and no others: none comes from a client. */
#ifndef SERVER_METRICS_LABELS_H
#define SERVER_METRICS_LABELS_H

#include "validators/kinds.h"
#include "validators/rules.h"

/* enum admission_path */
#define LABEL_PATH_COUNT 2

/* enum kind_id, then: */
#define LABEL_KIND_OTHER ((unsigned)KIND_ID_COUNT)
#define LABEL_KIND_COUNT ((unsigned)KIND_ID_COUNT + 1)

/* Of an AdmissionReview's request. */
enum operation { OPERATION_CREATE, OPERATION_UPDATE, OPERATION_DELETE, OPERATION_CONNECT };
#define OPERATION_COUNT 4

/* How a review ended. */
enum verdict {
    VERDICT_ALLOW,
    VERDICT_WARN,
    VERDICT_DENY,
    VERDICT_PATCH,
    VERDICT_ERROR, /* a failed call: failurePolicy decides */
};
#define VERDICT_COUNT 5

/* Why a request was not done as asked. */
enum rejection {
    REJECTION_NONE,
    REJECTION_FRAMING,
    REJECTION_TARGET,
    REJECTION_NOT_FOUND,
    REJECTION_METHOD,
    REJECTION_CONTENT_TYPE,
    REJECTION_LENGTH_REQUIRED,
    REJECTION_TOO_LARGE,
    REJECTION_MALFORMED_JSON,
    REJECTION_NOT_ADMISSION_REVIEW,
    REJECTION_TOO_MANY_VALUES,
    REJECTION_MEMORY_LIMIT,
    REJECTION_NO_MEMORY,
    REJECTION_LIST_UNKNOWN,
};
#define REJECTION_COUNT 14

enum label_listener { LABEL_LISTENER_HTTPS, LABEL_LISTENER_METRICS };
#define LABEL_LISTENER_COUNT 2

/* What a connection took too long for. */
enum timeout_phase {
    TIMEOUT_HANDSHAKE,
    TIMEOUT_HEADER,
    TIMEOUT_BODY,
    TIMEOUT_REPLY,
    TIMEOUT_IDLE,
};
#define TIMEOUT_PHASE_COUNT 5

enum handshake_failure {
    HANDSHAKE_TIMEOUT,
    HANDSHAKE_CLIENT_CERTIFICATE,
    HANDSHAKE_OTHER,
};
#define HANDSHAKE_FAILURE_COUNT 3

enum label_certificate { LABEL_CERTIFICATE_SERVING, LABEL_CERTIFICATE_CLIENT_CA };
#define LABEL_CERTIFICATE_COUNT 2

/* Certificates of one chain or one file of CAs. */
#define LABEL_POSITION_COUNT 16

enum reload_result { RELOAD_SUCCESS, RELOAD_FAILURE };
#define RELOAD_RESULT_COUNT 2

enum log_drop { LOG_DROP_READER, LOG_DROP_RATE };
#define LOG_DROP_COUNT 2

#endif
