/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Service is to its clients: one address, behind it the servers that are in turn. Bytes are
 * passed on as they are. A server that is taken out keeps the connections that it has.
 */
#ifndef TESTS_ROLLOUT_BALANCER_H
#define TESTS_ROLLOUT_BALANCER_H

struct balancer;

/* Ends the program when it can't be made. */
struct balancer *balancer_start(void);
void balancer_stop(struct balancer *balancer); /* once no client is connected any more */

/* Where clients connect to, at 127.0.0.1. */
const char *balancer_port(const struct balancer *balancer);

/* `port` is of 127.0.0.1, and is how the server is known from then on. */
void balancer_add(struct balancer *balancer, int port);
void balancer_remove(struct balancer *balancer, int port);

/* The server that a client's connection went to; 0: none yet. `client_port` is the client's own. */
int balancer_server_of(struct balancer *balancer, int client_port);

#endif
