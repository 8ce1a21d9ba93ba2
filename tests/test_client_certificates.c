/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutual TLS of the running server, in TLS 1.2 and 1.3: who is let in, what those who are not are
 * told, and how the client CA is exchanged under it.
 */
#include "tests/support/client_certs.h"
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400

/* The CA whose clients are let in, one below it, another one; and what one client presents. */
static struct client_ca root, middle, other;
static EVP_PKEY *key;
static struct temp_path ca_file, cert_file, key_file;

static void write_ca(const struct client_ca *first, const struct client_ca *second)
{
    X509 *authorities[] = {first->certificate, second ? second->certificate : NULL, NULL};

    certs_fixture_write_chain(ca_file.text, authorities);
}

/* A good client of `ca`, to be changed before it is presented. */
static struct certs_fixture_spec client_of(const struct client_ca *ca)
{
    return client_spec(ca, key, time(NULL));
}

/* From now on the client presents this, and `issuer` with it. */
static void present(const struct certs_fixture_spec *spec, const struct client_ca *issuer)
{
    X509 *client = certs_fixture_sign(spec);
    X509 *chain[] = {client, issuer ? issuer->certificate : NULL, NULL};

    certs_fixture_write_chain(cert_file.text, chain);
    X509_free(client);
    serving_shared.target.cert_file = cert_file.text;
    serving_shared.target.key_file = key_file.text;
}

static void start(const char *names)
{
    const char *const arguments[] = {
        "--tls-cert-file",
        serving_shared.crt.text,
        "--tls-private-key-file",
        serving_shared.key.text,
        "--hyperconverged-file",
        serving_shared.list.text,
        "--client-ca-file",
        ca_file.text,
        names ? "--client-names" : NULL,
        names,
        NULL,
    };

    server_start(&serving_shared.server, arguments);
    serving_shared.target = (struct tls_target){
        .host = serving_shared.server.host,
        .port = serving_shared.server.port,
        .ca_file = serving_shared.ca.text,
        .server_name = "localhost",
    };
    serving_shared.probes = (struct tls_target){
        .host = serving_shared.server.host,
        .port = serving_shared.server.probe_port,
    };
}

static int make(void **state)
{
    time_t now = time(NULL);

    (void)state;
    serving_make(&serving_shared);
    ca_file = temp_path(&serving_shared.dir, "clients.crt");
    cert_file = temp_path(&serving_shared.dir, "client.crt");
    key_file = temp_path(&serving_shared.dir, "client.key");
    client_ca_make(&root, "Root", NULL, now);
    client_ca_make(&middle, "Middle", &root, now);
    client_ca_make(&other, "Other", NULL, now);
    key = EVP_EC_gen("P-256");
    certs_fixture_write_key(key_file.text, key);
    return 0;
}

static int remove_all(void **state)
{
    client_ca_free(&root);
    client_ca_free(&middle);
    client_ca_free(&other);
    EVP_PKEY_free(key);
    return serving_remove_files(state);
}

static int set_up(void **state)
{
    struct certs_fixture_spec spec = client_of(&root);

    write_ca(&root, NULL);
    start(NULL);
    present(&spec, NULL);
    *state = &serving_shared;
    return 0;
}

static void use_version(int version)
{
    serving_shared.target.min_version = version;
    serving_shared.target.max_version = version;
}

/* --- who is let in --------------------------------------------------------------------------- */

/*
 * In TLS 1.3 a client has finished its handshake before the server has seen its certificate, so the
 * alert comes in place of an answer. Nothing is sent meanwhile: what the server had not read when
 * it closed would reset the connection, and with it the alert.
 */
static void expect_alert(int version, const char *alert)
{
    struct tls_client client;
    bool finished;

    use_version(version);
    finished = tls_connect(&client, &serving_shared.target);
    assert_int_equal(finished, version == TLS1_3_VERSION);
    if (finished)
        assert_true(tls_at_end(&client));
    if (!strstr(client.problem, alert))
        fail_msg("%s, not %s", client.problem, alert);
    tls_close(&client);
}

/* The log has a line a second: a refusal within the same is said with the next one. */
static void expect_refused(const char *alert, const char *problem)
{
    bool said = false;

    expect_alert(TLS1_2_VERSION, alert);
    for (int i = 0; i < 300 && !said; i++) {
        expect_alert(TLS1_3_VERSION, alert);
        usleep(100000);
        said = strstr(server_log(&serving_shared.server), problem) != NULL;
    }
    assert_true(said);
}

static void expect_let_in(void)
{
    use_version(TLS1_2_VERSION);
    assert_int_equal(serving_get(&serving_shared, "/livez"), 200);
    use_version(TLS1_3_VERSION);
    assert_int_equal(serving_get(&serving_shared, "/livez"), 200);
}

static void expect_answer(struct tls_client *client)
{
    struct http_response response;

    assert_true(http_send(client, "GET", "/livez", NULL, 0));
    assert_true(http_receive(client, false, &response));
    assert_int_equal(response.status, 200);
    http_response_free(&response);
}

static void test_good(void **state)
{
    struct http_response response;

    (void)state;
    expect_let_in();
    assert_true(http_fetch(&serving_shared.target, "POST", "/validate", serving_review,
                           strlen(serving_review), &response));
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    assert_non_null(strstr(server_log(&serving_shared.server), "client CA loaded"));
}

static void test_absent(void **state)
{
    (void)state;
    serving_shared.target.cert_file = NULL;
    expect_alert(TLS1_2_VERSION, "alert handshake failure");
    expect_alert(TLS1_3_VERSION, "alert certificate required");
    assert_true(server_log_wait(&serving_shared.server, "the client sent no certificate"));
    assert_non_null(strstr(server_log(&serving_shared.server), "client=127.0.0.1"));
}

static void test_expired(void **state)
{
    struct certs_fixture_spec spec = client_of(&root);

    (void)state;
    spec.not_after = time(NULL) - 1;
    present(&spec, NULL);
    expect_refused("alert certificate expired", "(CN = kube-apiserver) has expired");
}

static void test_not_valid_yet(void **state)
{
    struct certs_fixture_spec spec = client_of(&root);

    (void)state;
    spec.not_before = time(NULL) + 3600;
    present(&spec, NULL);
    expect_refused("alert certificate expired", "(CN = kube-apiserver) is not valid yet");
}

static void test_other_ca(void **state)
{
    struct certs_fixture_spec spec = client_of(&other);

    (void)state;
    present(&spec, NULL);
    expect_refused("alert unknown ca", "is by none of the client CAs");
    present(&spec, &other);
    expect_refused("alert unknown ca", "(CN = Other) that is not one of the client CAs");
}

/* The CA that issued the server's own certificate says nothing about clients. */
static void test_server_auth(void **state)
{
    struct certs_fixture_spec spec = client_of(&root);

    (void)state;
    spec.extended_key_usage = "serverAuth";
    present(&spec, NULL);
    expect_refused("alert unsupported certificate", "must hold clientAuth");
}

static void test_intermediate(void **state)
{
    struct certs_fixture_spec spec = client_of(&middle);

    (void)state;
    present(&spec, &middle);
    expect_let_in();
    present(&spec, NULL);
    expect_refused("alert unknown ca", "is by none of the client CAs");
}

static void test_names(void **state)
{
    struct certs_fixture_spec spec = client_of(&root);

    (void)state;
    serving_stop(&serving_shared);
    start("kube-apiserver,api.example");
    present(&spec, NULL);
    expect_let_in();
    spec.common_name = "someone";
    spec.names = "DNS:API.example";
    present(&spec, NULL);
    expect_let_in();
    spec.names = "DNS:other.example";
    present(&spec, NULL);
    expect_refused("alert access denied", "(CN = someone) has none of the names that are let in");
}

/* Without a certificate, over plain HTTP. */
static void test_probes(void **state)
{
    struct http_response response;

    (void)state;
    assert_true(http_fetch(&serving_shared.probes, "GET", "/readyz", NULL, 0, &response));
    assert_int_equal(response.status, 200);
    http_response_free(&response);
}

/* Whether a second connection could go on with the session of the first. */
static bool is_resumed(struct tls_client *first)
{
    SSL *again = SSL_new(first->context);
    char address[80];
    bool resumed;

    snprintf(address, sizeof address, "%s:%s", serving_shared.target.host,
             serving_shared.target.port);
    SSL_set0_rbio(again, BIO_new_connect(address));
    BIO_up_ref(SSL_get_rbio(again));
    SSL_set0_wbio(again, SSL_get_rbio(again));
    assert_int_equal(SSL_set_session(again, SSL_get0_session(first->ssl)), 1);
    assert_int_equal(SSL_connect(again), 1);
    resumed = SSL_session_reused(again);
    SSL_free(again);
    return resumed;
}

/* Neither a session nor a ticket stands for a certificate. */
static void test_nothing_is_resumed(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct tls_client client;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        use_version(versions[i]);
        assert_true(tls_connect(&client, &serving_shared.target));
        expect_answer(&client);
        assert_false(is_resumed(&client));
        tls_close(&client);
    }
}

/* However many are refused, the log has a line a second. */
static void test_log_is_bounded(void **state)
{
    const char *log;
    size_t lines = 0;
    time_t begin = time(NULL);

    (void)state;
    serving_shared.target.cert_file = NULL;
    for (int i = 0; i < 50; i++)
        expect_alert(TLS1_3_VERSION, "alert certificate required");
    log = server_log(&serving_shared.server);
    while ((log = strstr(log, "client refused"))) {
        log++;
        lines++;
    }
    assert_in_range(lines, 1, (size_t)(time(NULL) - begin) + 2);
    assert_true(lines < 50);
}

/* --- another client CA ----------------------------------------------------------------------- */

/* Until the client is let in, or is not any more; 30 s at most. */
static bool await(bool let_in)
{
    for (int i = 0; i < 300; i++) {
        if ((serving_get(&serving_shared, "/livez") == 200) == let_in)
            return true;
        usleep(100000);
    }
    return false;
}

static void test_ca_is_replaced(void **state)
{
    struct certs_fixture_spec spec = client_of(&other);
    struct tls_client before;

    (void)state;
    assert_true(tls_connect(&before, &serving_shared.target));
    expect_answer(&before);
    write_ca(&other, NULL);
    assert_true(await(false));
    expect_answer(&before);
    tls_close(&before);
    present(&spec, NULL);
    expect_let_in();
    write_ca(&other, &root); /* both, as in a rotation */
    spec = client_of(&root);
    present(&spec, NULL);
    assert_true(await(true));
}

/* As a kubelet does it: `ca.crt` leads through `..data` to a folder. */
static void test_ca_is_swapped(void **state)
{
    struct certs_fixture_spec spec = client_of(&other);
    const struct temp_path usual = ca_file;
    struct temp_dir mount;

    (void)state;
    serving_stop(&serving_shared);
    temp_dir_make(&mount);
    temp_make_dir(&mount, "..one");
    temp_make_dir(&mount, "..two");
    ca_file = temp_path(&mount, "..one/ca.crt");
    write_ca(&root, NULL);
    ca_file = temp_path(&mount, "..two/ca.crt");
    write_ca(&other, NULL);
    temp_link(&mount, "..data", "..one");
    temp_link(&mount, "ca.crt", "..data/ca.crt");
    ca_file = temp_path(&mount, "ca.crt");
    start(NULL);
    present(&spec, NULL);
    expect_refused("alert unknown ca", "is by none of the client CAs");
    temp_link(&mount, "..data", "..two");
    assert_true(await(true));
    ca_file = usual;
    temp_dir_remove(&mount);
}

static void test_broken_ca_changes_nothing(void **state)
{
    (void)state;
    temp_write(&serving_shared.dir, "clients.crt", "-----BEGIN CERTIFICATE-----\nhello\n");
    assert_true(server_log_wait(&serving_shared.server, "the new client CA can't be used"));
    expect_let_in();
    write_ca(&other, NULL);
    assert_true(await(false));
}

#define WITH_OWN_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, serving_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OWN_SERVER(test_good),           WITH_OWN_SERVER(test_absent),
        WITH_OWN_SERVER(test_expired),        WITH_OWN_SERVER(test_not_valid_yet),
        WITH_OWN_SERVER(test_other_ca),       WITH_OWN_SERVER(test_server_auth),
        WITH_OWN_SERVER(test_intermediate),   WITH_OWN_SERVER(test_names),
        WITH_OWN_SERVER(test_probes),         WITH_OWN_SERVER(test_nothing_is_resumed),
        WITH_OWN_SERVER(test_log_is_bounded), WITH_OWN_SERVER(test_ca_is_replaced),
        WITH_OWN_SERVER(test_ca_is_swapped),  WITH_OWN_SERVER(test_broken_ca_changes_nothing),
    };

    return cmocka_run_group_tests(tests, make, remove_all);
}
