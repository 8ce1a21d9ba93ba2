/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/soak/traffic.h"

#include "tests/soak/bodies.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    const struct traffic *traffic;
    unsigned long long random; /* state of xorshift64 */
    struct tls_client kept;    /* the connection that honest requests share */
    bool is_connected;
    char problem[256]; /* of the connection that ended last */
    char why[512];
};

/* --- chance ---------------------------------------------------------------------------------- */

static unsigned draw(struct client *client, unsigned below)
{
    client->random ^= client->random << 13;
    client->random ^= client->random >> 7;
    client->random ^= client->random << 17;
    return (unsigned)(client->random >> 33) % below;
}

/* --- connections ----------------------------------------------------------------------------- */

static unsigned turn_of(const struct traffic *traffic)
{
    return traffic->rotation ? rotation_turn(traffic->rotation) : 0;
}

static bool connect_as(const struct traffic *traffic, unsigned turn, enum visitor visitor,
                       struct tls_client *ret_connection)
{
    struct tls_target target = traffic->target;
    struct temp_path certificate, key;
    const char *name = traffic->rotation ? rotation_certificate(turn, visitor) : NULL;

    if (name) {
        certificate = temp_path(traffic->rotation->dir, name);
        key = temp_path(traffic->rotation->dir, ROTATION_KEY);
        target.cert_file = certificate.text;
        target.key_file = key.text;
    }
    return tls_connect(ret_connection, &target);
}

static void disconnect(struct client *client)
{
    if (client->kept.problem[0] != '\0')
        memcpy(client->problem, client->kept.problem, sizeof client->problem);
    tls_close(&client->kept);
    client->is_connected = false;
}

/* --- honest requests ------------------------------------------------------------------------- */

static bool fail(struct client *client, const char *what, const struct http_response *response)
{
    snprintf(client->why, sizeof client->why, "%s: status %d, %.200s %s", what,
             response ? response->status : 0, response && response->body ? response->body : "",
             client->problem);
    return false;
}

/* Honours `Connection: close`, as every HTTP client does. */
static bool try_exchange(struct client *client, unsigned turn, const char *url, struct body body,
                         struct http_response *ret_response)
{
    char value[16];
    bool done;

    if (!client->is_connected)
        client->is_connected = connect_as(client->traffic, turn, VISITOR_GOOD, &client->kept);
    done = client->is_connected && http_send(&client->kept, "POST", url, body.text, body.len) &&
           http_receive(&client->kept, false, ret_response);
    if (!done || http_header(ret_response, "Connection", value, sizeof value))
        disconnect(client);
    return done;
}

/* Whom a client CA refuses that came while he was on his way comes again. */
static bool exchange(struct client *client, const char *url, struct body body,
                     struct http_response *ret_response)
{
    unsigned turn;
    bool was_connected, done;

    do {
        turn = turn_of(client->traffic);
        was_connected = client->is_connected;
        done = try_exchange(client, turn, url, body, ret_response);
    } while (!done && !was_connected && turn_of(client->traffic) != turn);
    return done;
}

/* Sends a body and expects a text in a 200. NULL: a verdict, whichever. */
static bool review(struct client *client, const char *url, struct body body, const char *expected)
{
    struct http_response response = {.status = 0};
    bool good = exchange(client, url, body, &response) && response.status == 200 &&
                strstr(response.body, expected ? expected : "\"allowed\":");

    if (!good) {
        disconnect(client);
        fail(client, url, &response);
    }
    http_response_free(&response);
    return good;
}

static bool send_allowed(struct client *client)
{
    return review(client, "/validate", body_vm(BODY_PERMITTED), "\"allowed\":true");
}

/* On a new connection. */
static bool send_arriving(struct client *client)
{
    disconnect(client);
    return send_allowed(client);
}

static bool send_denied(struct client *client)
{
    return review(client, "/validate", body_vm(BODY_MISSPELT), "\"allowed\":false");
}

/* Its device comes and goes in the list meanwhile. */
static bool send_changing(struct client *client)
{
    return review(client, "/validate", body_vm(BODY_CHANGING), NULL);
}

static bool send_unnamed(struct client *client)
{
    return review(client, "/mutate", body_vm(BODY_UNNAMED), "\"patchType\":\"JSONPatch\"");
}

static bool send_large(struct client *client)
{
    return review(client, "/validate", body_vm(BODY_LARGE), "\"allowed\":true");
}

static bool send_list(struct client *client)
{
    return review(client, "/validate", body_list(), "pciDeviceSelector");
}

/* --- hostile ones ---------------------------------------------------------------------------- */

/* A connection of its own. False: none was to be had, which is the server's right only if full. */
static bool open_one(struct client *client, struct tls_client *one)
{
    unsigned turn;

    do {
        turn = turn_of(client->traffic);
        if (connect_as(client->traffic, turn, VISITOR_GOOD, one))
            return true;
        snprintf(client->why, sizeof client->why, "no connection: %s", one->problem);
        tls_close(one);
    } while (turn_of(client->traffic) != turn);
    return false;
}

/* Sends bytes as they are, that nobody may take for a good request. */
static bool send_raw(struct client *client, const char *bytes, size_t len)
{
    struct http_response response = {.status = 0};
    struct tls_client one;
    bool good;

    if (!open_one(client, &one))
        return false;
    if (tls_send(&one, bytes, len))
        http_receive(&one, false, &response);
    good = response.status == 0 || (response.status >= 400 && response.status < 500) ||
           response.status == 505;
    if (!good)
        fail(client, "hostile bytes", &response);
    http_response_free(&response);
    tls_close(&one);
    return good;
}

static bool send_framing(struct client *client)
{
    static const char *const heads[] = {
        "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\n{}",
        "GET /livez%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /livez HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    const char *head = heads[draw(client, sizeof heads / sizeof heads[0])];

    return send_raw(client, head, strlen(head));
}

static bool send_malformed(struct client *client)
{
    struct body body = body_vm(BODY_PERMITTED);
    struct http_response response = {.status = 0};
    bool good;

    body.len = 1 + draw(client, (unsigned)body.len - 2);
    good = exchange(client, "/validate", body, &response) && response.status == 400;
    if (!good) {
        disconnect(client);
        fail(client, "a truncated review", &response);
    }
    http_response_free(&response);
    return good;
}

/* More than is read as a body, and more values than are kept. */
static bool send_huge(struct client *client)
{
    struct body body = draw(client, 2) ? body_too_long() : body_of_objects();
    struct http_response response = {.status = 0};
    bool good = exchange(client, "/validate", body, &response) &&
                (response.status == 413 || response.status == 429);

    if (!good)
        fail(client, "a huge body", &response);
    http_response_free(&response);
    disconnect(client);
    return good;
}

/* Ends in the middle, without a word or with a reset. */
static bool send_half(struct client *client)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct body body = body_vm(BODY_PERMITTED);
    char head[256];
    struct tls_client one;

    if (!open_one(client, &one))
        return false;
    snprintf(head, sizeof head,
             "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n",
             body.len);
    tls_send(&one, head, draw(client, (unsigned)strlen(head)));
    tls_send(&one, body.text, draw(client, (unsigned)body.len));
    if (draw(client, 2))
        setsockopt(SSL_get_fd(one.ssl), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    tls_close(&one);
    return true;
}

static bool send_slowly(struct client *client)
{
    static const char head[] = "POST /validate HTTP/1.1\r\nHost: a\r\n";
    struct tls_client one;
    size_t count = 1 + draw(client, 8);

    if (!open_one(client, &one))
        return false;
    for (size_t i = 0; i < count && tls_send(&one, head + i, 1); i++)
        usleep(100000);
    tls_close(&one);
    return true;
}

/* Requests for whose answers nobody waits. */
static bool send_unread(struct client *client)
{
    static const char request[] = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
    struct tls_client one;

    if (!open_one(client, &one))
        return false;
    for (unsigned i = 1 + draw(client, 50); i > 0 && tls_send(&one, request, sizeof request - 1);
         i--)
        ;
    tls_close(&one);
    return true;
}

/* Who has no good certificate gets no answer, whatever he asks. */
static bool send_strange(struct client *client)
{
    struct body body = body_vm(BODY_PERMITTED);
    unsigned turn = turn_of(client->traffic);
    enum visitor visitor = (enum visitor)(1 + draw(client, VISITOR_COUNT - 1));
    struct http_response response = {.status = 0};
    struct tls_client one;
    bool good;

    if (connect_as(client->traffic, turn, visitor, &one) &&
        http_send(&one, "POST", "/validate", body.text, body.len))
        http_receive(&one, false, &response);
    good = response.status == 0 || turn_of(client->traffic) != turn;
    if (!good)
        fail(client, "a stranger was let in", &response);
    http_response_free(&response);
    tls_close(&one);
    return good;
}

/* --- the mix --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned weight; /* of 100 */
    bool (*send)(struct client *client);
} kinds[TRAFFIC_KINDS] = {
    {"allowed", 22, send_allowed}, {"denied", 13, send_denied},    {"changing", 11, send_changing},
    {"unnamed", 10, send_unnamed}, {"arriving", 5, send_arriving}, {"large", 4, send_large},
    {"list", 7, send_list},        {"framing", 5, send_framing},   {"malformed", 6, send_malformed},
    {"huge", 1, send_huge},        {"half", 6, send_half},         {"slow", 1, send_slowly},
    {"unread", 4, send_unread},    {"strange", 5, send_strange},
};

static size_t choose_any(struct client *client)
{
    unsigned at = draw(client, 100);
    size_t i = 0;

    while (at >= kinds[i].weight)
        at -= kinds[i++].weight;
    return i;
}

/* Nobody is a stranger to a server that asks for no certificate. */
static size_t choose(struct client *client)
{
    size_t i = choose_any(client);

    while (kinds[i].send == send_strange && !client->traffic->rotation)
        i = choose_any(client);
    return i;
}

static void *run(void *argument)
{
    struct traffic *traffic = argument;
    struct client client = {.traffic = traffic};
    static atomic_uint number;

    client.random = (traffic->seed + atomic_fetch_add(&number, 1)) * 0x9E3779B97F4A7C15ULL | 1;
    while (!atomic_load(&traffic->stop)) {
        size_t i = choose(&client);

        client.why[0] = client.problem[0] = '\0';
        if (!kinds[i].send(&client)) {
            fprintf(stderr, "wrong: %s: %s\n", kinds[i].name, client.why);
            atomic_fetch_add(&traffic->wrong, 1);
        }
        atomic_fetch_add(&traffic->sent[i], 1);
    }
    disconnect(&client);
    return NULL;
}

void traffic_start(struct traffic *traffic)
{
    for (size_t i = 0; i < TRAFFIC_CLIENTS; i++) {
        if (pthread_create(&traffic->threads[i], NULL, run, traffic) != 0) {
            fprintf(stderr, "can't start a thread\n");
            exit(1);
        }
    }
}

void traffic_stop(struct traffic *traffic)
{
    atomic_store(&traffic->stop, true);
    for (size_t i = 0; i < TRAFFIC_CLIENTS; i++)
        pthread_join(traffic->threads[i], NULL);
}

void traffic_report(struct traffic *traffic, FILE *to)
{
    for (size_t i = 0; i < TRAFFIC_KINDS; i++)
        fprintf(to, "%s %lu%s", kinds[i].name, atomic_load(&traffic->sent[i]),
                i + 1 < TRAFFIC_KINDS ? ", " : "\n");
}

bool traffic_ask(const struct traffic *traffic, enum body_vm body, const char *expected)
{
    struct client client = {.traffic = traffic};
    bool good = review(&client, "/validate", body_vm(body), expected);

    disconnect(&client);
    return good;
}
