/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/soak/rotation.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Seconds after which a broken file comes, and the next CA. */
#define BROKEN_AFTER 4
#define NEXT_AFTER 8
/* It is five without load and sanitizers. */
#define PATIENCE_SECONDS 120

/* Of a turn, by its number; each three make one rotation. */
enum stage {
    STAGE_SETTLED,  /* one CA is in force */
    STAGE_WIDENING, /* that one, and maybe the next as well */
    STAGE_CHANGING, /* the next one, and maybe the one before as well */
};
#define STAGE_COUNT 3

static enum stage stage_of(unsigned turn)
{
    return (enum stage)(turn % STAGE_COUNT);
}

/* Which of the two CAs counts for certain. */
static unsigned authority_of(unsigned turn)
{
    return (turn / STAGE_COUNT + (stage_of(turn) == STAGE_CHANGING)) % 2;
}

/* --- certificates ---------------------------------------------------------------------------- */

static const char *const files[2][VISITOR_COUNT] = {
    {"good-0.crt", NULL, "foreign.crt", "expired-0.crt", "server-0.crt", "good-1.crt"},
    {"good-1.crt", NULL, "foreign.crt", "expired-1.crt", "server-1.crt", "good-0.crt"},
};

const char *rotation_certificate(unsigned turn, enum visitor visitor)
{
    if (visitor == VISITOR_WITHDRAWN && stage_of(turn) != STAGE_SETTLED)
        visitor = VISITOR_FOREIGN;
    return files[authority_of(turn)][visitor];
}

static void write_certificate(const struct rotation *rotation,
                              const struct certs_fixture_spec *spec, const char *name)
{
    X509 *chain[] = {certs_fixture_sign(spec), NULL};

    certs_fixture_write_chain(temp_path(rotation->dir, name).text, chain);
    X509_free(chain[0]);
}

static void make_visitors(const struct rotation *rotation, unsigned which, time_t now)
{
    const struct client_ca *ca = &rotation->authorities[which];
    const struct certs_fixture_spec good = client_spec(ca, rotation->key, now);
    struct certs_fixture_spec expired = good;
    struct certs_fixture_spec server = good;

    expired.not_after = now - 1;
    server.extended_key_usage = "serverAuth";
    write_certificate(rotation, &good, files[which][VISITOR_GOOD]);
    write_certificate(rotation, &expired, files[which][VISITOR_EXPIRED]);
    write_certificate(rotation, &server, files[which][VISITOR_SERVER]);
}

/* --- turns ----------------------------------------------------------------------------------- */

/* Beside the file and then renamed over it, so that no half of one is ever read. */
static void put_in_force(const struct rotation *rotation, const struct client_ca *first,
                         const struct client_ca *second)
{
    X509 *authorities[] = {first->certificate, second ? second->certificate : NULL, NULL};
    struct temp_path beside = temp_path(rotation->dir, "beside.crt");
    char *pem;

    certs_fixture_write_chain(beside.text, authorities);
    pem = temp_read(beside.text, NULL);
    temp_replace(rotation->dir, ROTATION_CA, pem);
    free(pem);
}

/* The turn before its file: who is refused by the file sees that the turn is another one. */
static void take_turn(struct rotation *rotation, unsigned long loaded)
{
    unsigned turn = atomic_fetch_add(&rotation->turn, 1) + 1;
    const struct client_ca *certain = &rotation->authorities[authority_of(turn)];
    const struct client_ca *other = &rotation->authorities[1 - authority_of(turn)];

    rotation->seconds = 0;
    rotation->loaded = loaded;
    if (stage_of(turn) == STAGE_WIDENING)
        put_in_force(rotation, certain, other);
    else if (stage_of(turn) == STAGE_CHANGING)
        put_in_force(rotation, certain, NULL);
}

void rotation_step(struct rotation *rotation, unsigned long loaded)
{
    bool is_settled = stage_of(rotation_turn(rotation)) == STAGE_SETTLED;

    rotation->seconds++;
    if (is_settled && rotation->seconds == BROKEN_AFTER)
        temp_replace(rotation->dir, ROTATION_CA, "-----BEGIN CERTIFICATE-----\nhello\n");
    if (is_settled ? rotation->seconds == NEXT_AFTER : loaded > rotation->loaded)
        take_turn(rotation, loaded);
    if (rotation->seconds > PATIENCE_SECONDS) {
        fprintf(stderr, "the server does not take over the client CA\n");
        exit(1);
    }
}

unsigned rotation_turn(const struct rotation *rotation)
{
    return atomic_load(&rotation->turn);
}

/* --- life ------------------------------------------------------------------------------------ */

void rotation_make(struct rotation *rotation, const struct temp_dir *dir)
{
    time_t now = time(NULL);
    struct certs_fixture_spec foreign;

    *rotation = (struct rotation){.dir = dir, .key = EVP_EC_gen("P-256")};
    client_ca_make(&rotation->authorities[0], "Clients 0", NULL, now);
    client_ca_make(&rotation->authorities[1], "Clients 1", NULL, now);
    client_ca_make(&rotation->foreign, "Foreign", NULL, now);
    certs_fixture_write_key(temp_path(dir, ROTATION_KEY).text, rotation->key);
    make_visitors(rotation, 0, now);
    make_visitors(rotation, 1, now);
    foreign = client_spec(&rotation->foreign, rotation->key, now);
    write_certificate(rotation, &foreign, files[0][VISITOR_FOREIGN]);
    put_in_force(rotation, &rotation->authorities[0], NULL);
}

void rotation_free(struct rotation *rotation)
{
    client_ca_free(&rotation->authorities[0]);
    client_ca_free(&rotation->authorities[1]);
    client_ca_free(&rotation->foreign);
    EVP_PKEY_free(rotation->key);
}
