/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the client trusts, and as whom it speaks: CAs, names, client certificates and tokens. */
#include "server/api/api_client.h"

#include "certs/issue.h"
#include "server/api/api_token.h"
#include "server/kubeconfig/api_credentials.h"
#include "tests/support/api_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* 401 unless the token is "second". */
static void write_secured(struct fake_call *call)
{
    const char *token = fake_call_header(call, "Authorization");

    fake_reply(call, token && strcmp(token, "Bearer second") == 0 ? 200 : 401, NULL, "");
}

static const struct api_fixture_answer answers[] = {
    {"/echo", api_fixture_echo},
    {"/secured", write_secured},
    {NULL, NULL},
};

static struct certs_bundle other; /* another CA, and a pair that it has signed */

static int make_other(void **state)
{
    const struct certs_request request = {
        .hosts = STR_INIT("someone.test"), .days = 1, .now = time(NULL)};
    struct error err;

    (void)state;
    return certs_generate(&request, &other, &err) ? 0 : -1;
}

static int free_other(void **state)
{
    (void)state;
    certs_bundle_free(&other);
    return 0;
}

static int set_up(void **state)
{
    static struct api_fixture fixture;

    api_fixture_make(&fixture, answers);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    api_fixture_remove(*state);
    return 0;
}

static char *copy(const char *text)
{
    char *copied = strdup(text);

    assert_non_null(copied);
    return copied;
}

/* --- the server ------------------------------------------------------------------------------ */

#define NOT_TRUSTED "TLS: the server's certificate is not trusted: "

static void test_inline_ca(void **state)
{
    struct api_fixture *fixture = *state;
    char *pem = copy(fake_api_ca_pem(fixture->api));

    fixture->config.ca_file = NULL;
    fixture->config.ca_pem = pem;
    api_fixture_start(fixture);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    free(pem);
}

static void test_wrong_ca(void **state)
{
    struct api_fixture *fixture = *state;

    temp_write(&fixture->dir, "ca.crt", other.ca_crt);
    api_fixture_start(fixture);
    api_fixture_fails(fixture, "/echo", API_LONG_MS, NOT_TRUSTED);
    fixture->config.ca_file = NULL;
    fixture->config.ca_pem = other.ca_crt;
    api_fixture_start(fixture);
    api_fixture_fails(fixture, "/echo", API_LONG_MS, NOT_TRUSTED);
    /* The system's CAs don't know it either. */
    fixture->config.ca_pem = NULL;
    api_fixture_start(fixture);
    api_fixture_fails(fixture, "/echo", API_LONG_MS, "TLS: ");
    assert_int_equal(fake_api_requests(fixture->api), 0);
}

/* A bundle during a rotation. */
static void test_several_cas(void **state)
{
    struct api_fixture *fixture = *state;
    char bundle[16384];

    snprintf(bundle, sizeof bundle, "# old\n%s# new\n%s", other.ca_crt,
             fake_api_ca_pem(fixture->api));
    temp_write(&fixture->dir, "ca.crt", bundle);
    api_fixture_start(fixture);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

static void test_expected_name(void **state)
{
    struct api_fixture *fixture = *state;
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    char host[300];

    fixture->config.tls_server_name = (char[]){"localhost"};
    api_fixture_start(fixture);
    reply = api_fixture_get(fixture, "/echo");
    snprintf(host, sizeof host, "\nHost: %s\n", fixture->server + strlen("https://"));
    assert_contains(reply.body, host);
    assert_contains(reply.body, "GET /echo\n");
}

static void test_wrong_name(void **state)
{
    static const char *const names[] = {"kubernetes.default.svc", "127.0.0.2", "::1"};
    struct api_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *name = copy(names[i]);

        fixture->config.tls_server_name = name;
        api_fixture_start(fixture);
        api_fixture_fails(fixture, "/echo", API_LONG_MS, NOT_TRUSTED);
        free(name);
    }
    assert_int_equal(fake_api_requests(fixture->api), 0);
}

static void test_server_with_a_path(void **state)
{
    struct api_fixture *fixture = *state;
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};

    snprintf(fixture->server, sizeof fixture->server, "%s/echo/k8s", fake_api_url(fixture->api));
    api_fixture_start(fixture);
    reply = api_fixture_get(fixture, "/api");
    assert_contains(reply.body, "GET /echo/k8s/api\n");
    api_reply_clear(&reply);
    fixture->config.tls_server_name = (char[]){"localhost"};
    api_fixture_start(fixture);
    reply = api_fixture_get(fixture, "/api");
    assert_contains(reply.body, "GET /echo/k8s/api\n");
}

static void test_insecure(void **state)
{
    struct api_fixture *fixture = *state;

    fixture->config.ca_file = NULL;
    fixture->config.insecure_skip_tls_verify = true;
    fixture->config.tls_server_name = (char[]){"kubernetes.default.svc"};
    api_fixture_start(fixture);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

/* The file is read for each connection, and nothing is remembered from the one before. */
static void test_ca_is_replaced(void **state)
{
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    fake_api_renew(fixture->api);
    fake_api_cut(fixture->api);
    api_fixture_fails(fixture, "/echo", API_LONG_MS, NOT_TRUSTED);
    temp_replace(&fixture->dir, "ca.crt", fake_api_ca_pem(fixture->api));
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    fake_api_cut(fixture->api);
    temp_replace(&fixture->dir, "ca.crt", other.ca_crt);
    api_fixture_fails(fixture, "/echo", API_LONG_MS, NOT_TRUSTED);
    temp_delete(&fixture->dir, "ca.crt");
    api_fixture_fails(fixture, "/echo", API_LONG_MS, "TLS: the CA can't be used: ");
    temp_write(&fixture->dir, "ca.crt", fake_api_ca_pem(fixture->api));
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

/* Answers one connection with something that is not TLS. */
static void *answer_in_the_clear(void *argument)
{
    static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    int listener = *(int *)argument;
    int fd = accept(listener, NULL, NULL);
    char byte;

    if (fd >= 0 && read(fd, &byte, 1) == 1 && write(fd, text, sizeof text - 1) > 0)
        shutdown(fd, SHUT_WR);
    while (fd >= 0 && read(fd, &byte, 1) > 0)
        ;
    close(fd);
    return NULL;
}

static void test_no_tls(void **state)
{
    struct api_fixture *fixture = *state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t thread;

    assert_int_equal(bind(fd, (const struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(pthread_create(&thread, NULL, answer_in_the_clear, &fd), 0);
    snprintf(fixture->server, sizeof fixture->server, "https://127.0.0.1:%d",
             (int)ntohs(address.sin_port));
    api_fixture_start(fixture);
    api_fixture_fails(fixture, "/", API_LONG_MS, "TLS is refused: ");
    pthread_join(thread, NULL);
    close(fd);
}

/* --- client certificates --------------------------------------------------------------------- */

static void expect_client(struct api_fixture *fixture, const char *expected)
{
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};

    api_fixture_start(fixture);
    reply = api_fixture_get(fixture, "/echo");
    if (expected)
        assert_contains(reply.body, expected);
    else
        assert_lacks(reply.body, "client: ");
}

static void test_client_certificate(void **state)
{
    struct api_fixture *fixture = *state;
    struct temp_path cert = temp_path(&fixture->dir, "client.crt");
    struct temp_path key = temp_path(&fixture->dir, "client.key");

    temp_write(&fixture->dir, "client.crt", other.tls_crt);
    temp_write(&fixture->dir, "client.key", other.tls_key);
    expect_client(fixture, NULL);
    fixture->config.client_cert_file = cert.text;
    fixture->config.client_key_file = key.text;
    expect_client(fixture, "\nclient: someone.test\n");
    fixture->config.client_cert_file = NULL;
    fixture->config.client_cert_pem = other.tls_crt;
    expect_client(fixture, "\nclient: someone.test\n");
    fixture->config.client_key_file = NULL;
    fixture->config.client_key_pem = other.tls_key;
    expect_client(fixture, "\nclient: someone.test\n");
}

static void expect_unusable(struct api_fixture *fixture, const char *expected)
{
    struct error err;

    assert_null(api_client_new(&fixture->config, &err));
    assert_contains(err.message, expected);
    assert_lacks(err.message, "BEGIN PRIVATE");
}

static void test_unusable_files(void **state)
{
    struct api_fixture *fixture = *state;
    const struct cluster_config good = fixture->config;

    fixture->config.ca_file = (char[]){"/nonexistent/ca.crt"};
    expect_unusable(fixture, "the API server's CA: /nonexistent/ca.crt: cannot open it: ");
    fixture->config.ca_file = NULL;
    fixture->config.ca_pem = other.tls_key;
    expect_unusable(fixture,
                    "the API server's CA: certificate-authority-data: holds no PEM certificate");
    fixture->config.ca_pem =
        (char[]){"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
    expect_unusable(fixture,
                    "the API server's CA: certificate-authority-data: has a damaged certificate");
    fixture->config = good;
    fixture->config.client_cert_pem = other.tls_key;
    expect_unusable(
        fixture,
        "the client certificate: client-certificate-data: holds a private key and no certificate");
    fixture->config.client_cert_pem = other.tls_crt;
    fixture->config.client_key_pem = other.tls_crt;
    expect_unusable(
        fixture, "the key of the client certificate: client-key-data: holds a certificate and no");
    fixture->config.client_key_pem = (char[]){"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAAA\n"
                                              "-----END ENCRYPTED PRIVATE KEY-----\n"};
    expect_unusable(fixture, "the private key is encrypted, which is not supported");
}

/* A certificate and a key that don't belong together, from files or inline. */
static void test_client_key_of_another(void **state)
{
    struct api_fixture *fixture = *state;
    struct temp_path cert = temp_path(&fixture->dir, "client.crt");
    struct temp_path key = temp_path(&fixture->dir, "client.key");
    char expected[1024];

    temp_write(&fixture->dir, "client.crt", other.tls_crt);
    temp_write(&fixture->dir, "client.key", other.ca_key);
    fixture->config.client_cert_file = cert.text;
    fixture->config.client_key_file = key.text;
    snprintf(expected, sizeof expected,
             "the key of the client certificate: %s: it belongs to another certificate; the client "
             "certificate is that of %s",
             key.text, cert.text);
    expect_unusable(fixture, expected);
    fixture->config.client_cert_file = NULL;
    fixture->config.client_cert_pem = other.tls_crt;
    fixture->config.client_key_file = NULL;
    fixture->config.client_key_pem = other.ca_key;
    expect_unusable(fixture,
                    "the key of the client certificate: client-key-data: it belongs to another "
                    "certificate; the client certificate is that of client-certificate-data");
}

/* What becomes of good files later is found out with the next connection. */
static void test_client_key_is_replaced(void **state)
{
    struct api_fixture *fixture = *state;
    struct temp_path cert = temp_path(&fixture->dir, "client.crt");
    struct temp_path key = temp_path(&fixture->dir, "client.key");

    temp_write(&fixture->dir, "client.crt", other.tls_crt);
    temp_write(&fixture->dir, "client.key", other.tls_key);
    fixture->config.client_cert_file = cert.text;
    fixture->config.client_key_file = key.text;
    api_fixture_start(fixture);
    temp_replace(&fixture->dir, "client.key", other.ca_key);
    api_fixture_fails(fixture, "/echo", API_LONG_MS, "TLS: the client certificate can't be used: ");
    temp_replace(&fixture->dir, "client.key", other.tls_key);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

/* --- tokens ---------------------------------------------------------------------------------- */

static void use_token_file(struct api_fixture *fixture, struct temp_path *path, const char *content)
{
    *path = temp_path(&fixture->dir, "token");
    temp_write(&fixture->dir, "token", content);
    fixture->config.token_file = path->text;
    api_fixture_start(fixture);
}

static void expect_authorization(struct api_fixture *fixture, const char *expected)
{
    CLEANUP_API_REPLY struct api_reply reply = api_fixture_get(fixture, "/echo");

    assert_contains(reply.body, expected);
}

static void test_inline_token(void **state)
{
    struct api_fixture *fixture = *state;

    fixture->config.token = (char[]){" abc.DEF-1_~+/= \n"};
    api_fixture_start(fixture);
    expect_authorization(fixture, "\nAuthorization: Bearer abc.DEF-1_~+/=\n");
    /* It can't get another one. */
    assert_int_equal(api_fixture_status(fixture, "/secured"), 401);
    assert_int_equal(fake_api_requests(fixture->api), 2);
}

static void test_refused_token_is_read_again(void **state)
{
    struct api_fixture *fixture = *state;
    struct temp_path path;

    use_token_file(fixture, &path, "first\n");
    expect_authorization(fixture, "\nAuthorization: Bearer first\n");
    /* The same one would be refused again. */
    assert_int_equal(api_fixture_status(fixture, "/secured"), 401);
    assert_int_equal(fake_api_requests(fixture->api), 2);
    temp_replace(&fixture->dir, "token", "second\n");
    assert_int_equal(api_fixture_status(fixture, "/secured"), 200);
    assert_int_equal(fake_api_requests(fixture->api), 4);
    expect_authorization(fixture, "\nAuthorization: Bearer second\n");
}

static bool take_nothing(void *receiver, const char *data, size_t len)
{
    (void)receiver;
    (void)data;
    return len == 0;
}

static void test_refused_token_of_a_stream(void **state)
{
    struct api_fixture *fixture = *state;
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    struct temp_path path;
    struct error err;

    use_token_file(fixture, &path, "first");
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    temp_replace(&fixture->dir, "token", "second");
    assert_true(api_client_stream(fixture->client, "/secured", take_nothing, NULL, &reply, &err));
    assert_int_equal(reply.status, 200);
    assert_null(reply.body);
}

static void test_lost_token_file(void **state)
{
    struct api_fixture *fixture = *state;
    struct temp_path path;

    use_token_file(fixture, &path, "first");
    expect_authorization(fixture, "\nAuthorization: Bearer first\n");
    temp_delete(&fixture->dir, "token");
    assert_int_equal(api_fixture_status(fixture, "/secured"), 401);
    temp_write(&fixture->dir, "token", "broken by\nan injected: header");
    assert_int_equal(api_fixture_status(fixture, "/secured"), 401);
    expect_authorization(fixture, "\nAuthorization: Bearer first\n");
    temp_write(&fixture->dir, "token", "second");
    assert_int_equal(api_fixture_status(fixture, "/secured"), 200);
}

static void test_missing_token_file(void **state)
{
    struct api_fixture *fixture = *state;
    char expected[512];
    struct temp_path path;

    use_token_file(fixture, &path, "");
    temp_delete(&fixture->dir, "token");
    snprintf(expected, sizeof expected, "the token file: %s: cannot open it: ", path.text);
    api_fixture_fails(fixture, "/echo", API_LONG_MS, expected);
    temp_write(&fixture->dir, "token", "first");
    expect_authorization(fixture, "\nAuthorization: Bearer first\n");
}

static void test_tokens_that_are_none(void **state)
{
    static const struct {
        const char *token;
        const char *expected;
    } rows[] = {
        {"", "holds no token: it is empty"},
        {" \n", "holds no token: it is empty"},
        {"s3cret\r\nX-Injected: 1", "byte 7 is white space"},
        {"s3cret s3cret", "byte 7 is white space"},
        {"s3cret\x01", "byte 7 is a control character"},
        {"s3cret\x7f", "byte 7 is a control character"},
        {"s3cret\xc3\xa9", "byte 7 is not ASCII"},
    };
    struct api_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *token = copy(rows[i].token);
        struct error err;

        fixture->config.token = token;
        assert_null(api_client_new(&fixture->config, &err));
        assert_contains(err.message, "the token: ");
        assert_contains(err.message, rows[i].expected);
        assert_lacks(err.message, "s3cret");
        free(token);
    }
}

static void test_token_size(void **state)
{
    static char token[API_TOKEN_MAX + 2];
    const struct cluster_config config = {.token = token};
    struct api_token held;
    struct error err;

    (void)state;
    memset(token, 'a', API_TOKEN_MAX);
    assert_true(api_token_init(&held, &config, &err));
    assert_int_equal(strlen(held.header), strlen("Authorization: Bearer ") + API_TOKEN_MAX);
    api_token_clear(&held);
    token[API_TOKEN_MAX] = 'a';
    assert_false(api_token_init(&held, &config, &err));
    assert_contains(err.message, "more than the 65536 bytes");
}

/* The file is looked at when a minute is over, on the caller's clock. */
static void test_token_is_read_each_minute(void **state)
{
    struct api_fixture *fixture = *state;
    struct temp_path path = temp_path(&fixture->dir, "token");
    const struct cluster_config config = {.token_file = path.text, .token = (char[]){"unused"}};
    struct api_token token;
    struct error err;

    assert_true(api_token_init(&token, &config, &err));
    assert_null(token.header);
    temp_write(&fixture->dir, "token", "first");
    assert_true(api_token_renew(&token, 1000, &err));
    assert_string_equal(token.header, "Authorization: Bearer first");
    temp_write(&fixture->dir, "token", "second");
    assert_true(api_token_renew(&token, 60999, &err));
    assert_string_equal(token.header, "Authorization: Bearer first");
    assert_true(api_token_renew(&token, 61000, &err));
    assert_string_equal(token.header, "Authorization: Bearer second");
    temp_delete(&fixture->dir, "token");
    assert_true(api_token_renew(&token, 200000, &err));
    assert_string_equal(token.header, "Authorization: Bearer second");
    assert_false(api_token_reread(&token, 200000));
    temp_write(&fixture->dir, "token", "third");
    assert_true(api_token_renew(&token, 200001, &err));
    assert_string_equal(token.header, "Authorization: Bearer third");
    assert_false(api_token_reread(&token, 200002));
    api_token_clear(&token);
    assert_null(token.header);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_inline_ca),
        TEST(test_wrong_ca),
        TEST(test_several_cas),
        TEST(test_expected_name),
        TEST(test_wrong_name),
        TEST(test_server_with_a_path),
        TEST(test_insecure),
        TEST(test_ca_is_replaced),
        TEST(test_no_tls),
        TEST(test_client_certificate),
        TEST(test_client_key_of_another),
        TEST(test_client_key_is_replaced),
        TEST(test_unusable_files),
        TEST(test_inline_token),
        TEST(test_refused_token_is_read_again),
        TEST(test_refused_token_of_a_stream),
        TEST(test_lost_token_file),
        TEST(test_missing_token_file),
        TEST(test_tokens_that_are_none),
        TEST(test_token_size),
        TEST(test_token_is_read_each_minute),
    };
    struct error err;

    if (!api_client_library_init(&err))
        return 1;
    return cmocka_run_group_tests(tests, make_other, free_other);
}
