/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/client_certificates.h"

#include "server/log.h"
#include "server/monotonic.h"

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

/* The time between two lines about refusals: whoever can connect can cause one. */
#define LOG_INTERVAL_MS 1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of which one is current */
static struct certs_client_ca *current;

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static long long log_again_ms;
static unsigned long unlogged; /* refusals since the last line */

/* --- the CA in force ------------------------------------------------------------------------- */

/* One more holder of it; NULL: there is none. */
static struct certs_client_ca *get(void)
{
    struct certs_client_ca *ca;

    pthread_mutex_lock(&lock);
    ca = current ? certs_client_ca_ref(current) : NULL;
    pthread_mutex_unlock(&lock);
    return ca;
}

void client_certificates_set(struct certs_client_ca *ca)
{
    struct certs_client_ca *before;

    if (ca)
        certs_client_ca_ref(ca);
    pthread_mutex_lock(&lock);
    before = current;
    current = ca;
    pthread_mutex_unlock(&lock);
    certs_client_ca_unref(before);
}

/* --- one handshake --------------------------------------------------------------------------- */

static bool is_tls_1_3(gnutls_session_t session)
{
    return gnutls_protocol_get_version(session) >= GNUTLS_TLS1_3;
}

static gnutls_alert_description_t alert_for(enum certs_refusal refusal, gnutls_session_t session)
{
    switch (refusal) {
    case CERTS_REFUSED_ABSENT: /* TLS 1.2 has no word for it (RFC 5246 7.4.6) */
        return is_tls_1_3(session) ? GNUTLS_A_CERTIFICATE_REQUIRED : GNUTLS_A_HANDSHAKE_FAILURE;
    case CERTS_REFUSED_EXPIRED:
        return GNUTLS_A_CERTIFICATE_EXPIRED;
    case CERTS_REFUSED_CA:
        return GNUTLS_A_UNKNOWN_CA;
    case CERTS_REFUSED_PURPOSE:
        return GNUTLS_A_UNSUPPORTED_CERTIFICATE;
    case CERTS_REFUSED_NAME:
        return GNUTLS_A_ACCESS_DENIED;
    case CERTS_REFUSED_FAILED:
        return GNUTLS_A_INTERNAL_ERROR;
    case CERTS_REFUSED_BAD:
        break;
    }
    return GNUTLS_A_BAD_CERTIFICATE;
}

/* How many refusals this line stands for; 0: it is too early for one. */
static unsigned long may_log(void)
{
    long long now = monotonic_ms();
    unsigned long count;

    pthread_mutex_lock(&log_lock);
    count = ++unlogged;
    if (now < log_again_ms) {
        count = 0;
    } else {
        log_again_ms = now + LOG_INTERVAL_MS;
        unlogged = 0;
    }
    pthread_mutex_unlock(&log_lock);
    return count;
}

/* The client's address; empty when it can't be told. */
static void name_client(gnutls_session_t session, char *host, socklen_t size)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    int receiving;
    int fd;

    /* What is received may come by way of tls_session.c, which is no descriptor. */
    gnutls_transport_get_int2(session, &receiving, &fd);
    if (getpeername(fd, (struct sockaddr *)&address, &len) != 0 ||
        getnameinfo((struct sockaddr *)&address, len, host, size, NULL, 0, NI_NUMERICHOST) != 0)
        host[0] = '\0';
}

/* libmicrohttpd ends the connection without a word, so the alert is sent here. */
static int refuse(gnutls_session_t session, enum certs_refusal refusal, const struct error *why)
{
    unsigned long count = may_log();
    char host[NI_MAXHOST];

    tls_session_of(session)->is_refused = true;
    gnutls_alert_send(session, GNUTLS_AL_FATAL, alert_for(refusal, session));
    if (count > 0) {
        name_client(session, host, sizeof host);
        log_event(LOG_INFO, "client refused", LOG_TEXT("client", host),
                  LOG_TEXT("problem", why->message), LOG_INT("refused", count));
    }
    return GNUTLS_E_CERTIFICATE_ERROR;
}

/*
 * A gnutls_certificate_verify_function. Also called when the client sent none, which is why the
 * certificate is requested and not required: the client then hears what is missing.
 */
static int verify(gnutls_session_t session)
{
    CLEANUP_CERTS_CLIENT_CA struct certs_client_ca *ca = get();
    struct certs_der sent[CERTS_CHAIN_MAX] = {{NULL, 0}};
    enum certs_refusal refusal = CERTS_REFUSED_FAILED;
    unsigned int count = 0;
    const gnutls_datum_t *peers = gnutls_certificate_get_peers(session, &count);
    struct error err;
    bool good;

    for (unsigned int i = 0; peers && i < count && i < CERTS_CHAIN_MAX; i++)
        sent[i] = (struct certs_der){peers[i].data, peers[i].size};
    good = ca ? certs_client_ca_check(ca, sent, peers ? count : 0, time(NULL), &refusal, &err)
              : error_set(&err, "the server is about to end");
    if (!good)
        return refuse(session, refusal, &err);
    tls_session_of(session)->is_verified = true;
    return 0;
}

void client_certificates_ask(struct tls_session *tls, gnutls_session_t session)
{
    CLEANUP_CERTS_CLIENT_CA struct certs_client_ca *ca = get();

    if (!ca)
        return;
    tls->must_verify = true;
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
    gnutls_session_set_verify_function(session, verify);
}
