/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request's way through libmicrohttpd's callbacks: the head is checked, the body collected in
 * one buffer under its limit (one that comes in one piece is answered from where it is), the answer
 * queued once all of it is there. A request that is refused
 * is read to its end first, because a client that is still sending would not see the answer; one
 * whose end can't be told, or is too far away, is answered at once and the connection closed.
 * A request is used by its connection's thread, and while it waits for a fresh list (its connection
 * is suspended then) by the refresher's.
 */
#ifndef SERVER_HTTP_REQUEST_H
#define SERVER_HTTP_REQUEST_H

#include <microhttpd.h>
#include <stddef.h>

/*
 * The largest body: etcd's limit of 1.5 MiB for an object, twice (object and oldObject), with every
 * byte written as JSON may at worst, and room: 7 MiB.
 */
#define REQUEST_BODY_MAX ((size_t)7340032)

/* What is read of a longer one so that the client sees why: twice the largest, and some. */
#define REQUEST_DRAIN_MAX ((size_t)16 * 1024 * 1024)

/*
 * Bodies of requests that wait for a fresh list may take this part of the memory of all requests:
 * half. A reading takes a second at most, in which ten thousand ordinary reviews of 6 KiB fit into
 * half of the default. Who would make it more is answered by the list that is known: the other half
 * stays for those who can be answered at once.
 */
#define REQUEST_WAITING_PART 2

struct request;

void request_free(struct request *request); /* NULL-safe */

/* The callbacks; `cls` is the struct endpoint. */
void *request_start(void *cls, const char *target, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **state);
void request_completed(void *cls, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code);

#endif
