/* SPDX-License-Identifier: Apache-2.0 */
/* Real kubeconfig files, and folders as a kubelet fills them. */
#include "server/kubeconfig/cluster_config.h"

#include "base/text.h"
#include "certs/base64.h"
#include "certs/issue.h"
#include "certs/pem.h"
#include "tests/support/api_fixture.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct temp_dir dir;
    struct certs_bundle bundle;
    char *ca_data; /* the bundle's, in base64 */
    char *crt_data;
    char *key_data;
};

static char *encode(const char *pem)
{
    struct error err;
    char *base64 = certs_base64_encode(str_from(pem), &err);

    assert_non_null(base64);
    return base64;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    const struct certs_request request = {
        .hosts = STR_INIT("someone.test"), .days = 1, .now = time(NULL)};
    struct error err;

    fixture = (struct fixture){.ca_data = NULL};
    temp_dir_make(&fixture.dir);
    if (!certs_generate(&request, &fixture.bundle, &err))
        return -1;
    fixture.ca_data = encode(fixture.bundle.ca_crt);
    fixture.crt_data = encode(fixture.bundle.tls_crt);
    fixture.key_data = encode(fixture.bundle.tls_key);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    free(fixture->ca_data);
    free(fixture->crt_data);
    free(fixture->key_data);
    certs_bundle_free(&fixture->bundle);
    temp_dir_remove(&fixture->dir);
    return 0;
}

/* A kubeconfig with one context "here", whose cluster and user have these fields (flow style). */
static void write_kubeconfig(struct fixture *fixture, const char *cluster, const char *user)
{
    CLEANUP_TEXT struct text text = TEXT_INIT((size_t)256 * 1024);

    text_addf(&text,
              "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
              "contexts:\n- {name: there, context: {cluster: gone, user: gone}}\n"
              "- {name: here, context: {cluster: c, user: u}}\n"
              "clusters:\n- {name: c, cluster: {%s}}\n"
              "users:\n- {name: u, user: {%s}}\n",
              cluster, user);
    temp_write(&fixture->dir, "config", text_get(&text));
}

static bool load(struct fixture *fixture, const char *context, struct cluster_config *ret_config,
                 struct error *err)
{
    return cluster_config_from_kubeconfig(temp_path(&fixture->dir, "config").text, context,
                                          ret_config, err);
}

static struct cluster_config load_good(struct fixture *fixture, const char *context)
{
    struct cluster_config config = {.server = NULL};
    struct error err;

    if (!load(fixture, context, &config, &err))
        fail_msg("%s", err.message);
    return config;
}

/* It is refused with "FILE: " and `expected`, and no secret is shown. */
static void expect_refused(struct fixture *fixture, const char *context, const char *expected)
{
    struct cluster_config config = {.insecure_skip_tls_verify = true};
    char whole[2048];
    struct error err;

    if (load(fixture, context, &config, &err))
        fail_msg("accepted; expected: %s", expected);
    assert_null(config.server);
    assert_true(config.insecure_skip_tls_verify);
    snprintf(whole, sizeof whole, "%s: %s", temp_path(&fixture->dir, "config").text, expected);
    assert_string_equal(err.message, whole);
}

static void expect_refused_fields(struct fixture *fixture, const char *cluster, const char *user,
                                  const char *expected)
{
    write_kubeconfig(fixture, cluster, user);
    expect_refused(fixture, NULL, expected);
}

#define SERVER "server: 'https://api.example:6443'"
#define IN_CLUSTER "context \"here\": cluster \"c\": "
#define IN_USER "context \"here\": user \"u\": "

/* --- good kubeconfigs ------------------------------------------------------------------------ */

static void test_contexts(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};

    temp_write(&fixture->dir, "config",
               "current-context: b\n"
               "contexts:\n"
               "- {name: a, context: {cluster: one, user: me}}\n"
               "- name: b\n"
               "  context: {cluster: two, user: you, namespace: virt-1}\n"
               "- {name: c, context: {cluster: two}}\n"
               "clusters:\n"
               "- {name: one, cluster: {server: 'https://one:6443/'}}\n"
               "- {name: two, cluster: {server: 'https://two', insecure-skip-tls-verify: true,\n"
               "                        certificate-authority: '', tls-server-name: 'Other.Test',\n"
               "                        disable-compression: true, extensions: []}}\n"
               "users:\n"
               "- {name: me, user: {token: ' mine\t'}}\n"
               "- {name: you, user: {token: yours, exec: null, username: '', as-groups: []}}\n");
    config = load_good(fixture, NULL);
    assert_string_equal(config.server, "https://two");
    assert_string_equal(config.tls_server_name, "other.test");
    assert_string_equal(config.token, "yours");
    assert_string_equal(config.namespace, "virt-1");
    assert_true(config.insecure_skip_tls_verify);
    assert_null(config.ca_file);
    assert_null(config.ca_pem);
    cluster_config_clear(&config);
    config = load_good(fixture, "a");
    assert_string_equal(config.server, "https://one:6443");
    assert_string_equal(config.token, "mine");
    assert_string_equal(config.namespace, "default");
    assert_false(config.insecure_skip_tls_verify);
    assert_null(config.tls_server_name);
    cluster_config_clear(&config);
    config = load_good(fixture, "c");
    assert_null(config.token);
    assert_null(config.token_file);
    assert_null(config.client_cert_pem);
}

static void test_json(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};

    temp_write(&fixture->dir, "config",
               "{\"kind\":\"Config\",\"current-context\":\"a\","
               "\"contexts\":[{\"name\":\"a\",\"context\":{\"cluster\":\"b\",\"user\":\"c\"}}],"
               "\"clusters\":[{\"name\":\"b\",\"cluster\":{\"server\":\"https://[::1]:6443\"}}],"
               "\"users\":[{\"name\":\"c\",\"user\":{\"token\":\"t\"}}]}");
    config = load_good(fixture, NULL);
    assert_string_equal(config.server, "https://[::1]:6443");
    assert_string_equal(config.token, "t");
}

static void test_inline_data(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_TEXT struct text cluster = TEXT_INIT(65536);
    CLEANUP_TEXT struct text user = TEXT_INIT(65536);
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};

    /* Inline data count before files, which need not even exist. */
    text_addf(&cluster, SERVER ", certificate-authority: none, certificate-authority-data: %s",
              fixture->ca_data);
    text_addf(&user,
              "client-certificate: none, client-certificate-data: %s, client-key: none, "
              "client-key-data: \"%.40s\\n%s\\n\"",
              fixture->crt_data, fixture->key_data, fixture->key_data + 40);
    write_kubeconfig(fixture, text_get(&cluster), text_get(&user));
    config = load_good(fixture, NULL);
    assert_string_equal(config.ca_pem, fixture->bundle.ca_crt);
    assert_string_equal(config.client_cert_pem, fixture->bundle.tls_crt);
    assert_string_equal(config.client_key_pem, fixture->bundle.tls_key);
    assert_null(config.ca_file);
    assert_null(config.client_cert_file);
    assert_null(config.client_key_file);
}

static void write_files(struct fixture *fixture)
{
    temp_make_dir(&fixture->dir, "pki");
    temp_write(&fixture->dir, "pki/ca.crt", fixture->bundle.ca_crt);
    temp_write(&fixture->dir, "pki/me.crt", fixture->bundle.tls_crt);
    temp_write(&fixture->dir, "pki/me.key", fixture->bundle.tls_key);
}

static void test_files(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};
    char user[1024];

    write_files(fixture);
    snprintf(
        user, sizeof user,
        "client-certificate: pki/../pki/me.crt, client-key: %s, token: t, tokenFile: pki/token",
        temp_path(&fixture->dir, "pki/me.key").text);
    write_kubeconfig(fixture, SERVER ", certificate-authority: ./pki/ca.crt", user);
    config = load_good(fixture, NULL);
    assert_string_equal(config.ca_file, temp_path(&fixture->dir, "./pki/ca.crt").text);
    assert_string_equal(config.client_cert_file,
                        temp_path(&fixture->dir, "pki/../pki/me.crt").text);
    assert_string_equal(config.client_key_file, temp_path(&fixture->dir, "pki/me.key").text);
    assert_string_equal(config.token_file, temp_path(&fixture->dir, "pki/token").text);
    assert_null(config.token);
}

/* Relative to the file's folder, whatever the working directory, and absolute afterwards. */
static void test_relative_kubeconfig(void **state)
{
    static const char *const names[] = {"config", "./config", "pki/../config"};
    struct fixture *fixture = *state;
    char before[4096];

    write_files(fixture);
    write_kubeconfig(fixture, SERVER ", certificate-authority: pki/ca.crt", "token: t");
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(fixture->dir.path), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};
        struct error err;
        bool loaded = cluster_config_from_kubeconfig(names[i], NULL, &config, &err);

        if (!loaded)
            print_message("%s\n", err.message);
        assert_true(loaded);
        assert_int_equal(config.ca_file[0], '/');
        assert_int_equal(access(config.ca_file, R_OK), 0);
    }
    assert_int_equal(chdir(before), 0);
}

/* --- kubeconfigs that are refused ------------------------------------------------------------ */

static void test_missing_entries(void **state)
{
    struct fixture *fixture = *state;

    write_kubeconfig(fixture, SERVER, "token: t");
    expect_refused(fixture, "else",
                   "context \"else\": is not there; there are: \"there\", \"here\"");
    expect_refused(fixture, "there",
                   "context \"there\": cluster \"gone\": is not there; there are: \"c\"");
    temp_write(&fixture->dir, "config",
               "contexts: [{name: a, context: {cluster: c, user: u}},\n"
               "           {name: b, context: {user: u}}, {name: d}]\n"
               "clusters: [{name: c, cluster: {" SERVER "}}]\n");
    expect_refused(fixture, NULL,
                   "current-context: is not set: choose a context; there are: \"a\", \"b\", \"d\"");
    expect_refused(fixture, "a", "context \"a\": user \"u\": is not there, and there is none");
    expect_refused(fixture, "b", "context \"b\": names no cluster");
    expect_refused(fixture, "d", "context \"d\": has no \"context:\" with its content");
    temp_write(&fixture->dir, "config", "kind: Config\ncurrent-context: ''\n");
    expect_refused(fixture, NULL,
                   "current-context: is not set: choose a context, and there is none");
}

static void test_entry_twice(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "config",
               "contexts: [{name: a, context: {cluster: c}}]\n"
               "clusters: [{name: c, cluster: {" SERVER "}}, {name: c, cluster: {" SERVER "}}]\n");
    expect_refused(fixture, "a",
                   "context \"a\": cluster \"c\": is there twice: rename or remove one");
}

static void test_many_contexts(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_TEXT struct text text = TEXT_INIT(65536);
    struct cluster_config config;
    struct error err;

    text_add(&text, "contexts:\n");
    for (int i = 0; i < 1000; i++)
        text_addf(&text, "- name: context-%d\n", i);
    temp_write(&fixture->dir, "config", text_get(&text));
    assert_false(load(fixture, "a", &config, &err));
    assert_contains(err.message, "\"context-0\", \"context-1\", ");
    assert_true(strlen(err.message) < 600);
    assert_string_equal(err.message + strlen(err.message) - strlen("…"), "…");
}

static void test_servers(void **state)
{
    static const struct {
        const char *server; /* as YAML */
        const char *expected;
    } rows[] = {
        {"", "server: is missing: give https://HOST:PORT"},
        {"server: ''", "server: is missing: give https://HOST:PORT"},
        {"server: 6443", "server: is no text: put it in quotes"},
        {"server: [a]", "server: is no text"},
        {"server: 'api.example:6443'",
         "server: does not begin with https:// (\"https://HOST:PORT\")"},
        {"server: 'http://api.example'",
         "server: is http, which would send the token in the clear: use https"},
        {"server: 'https://me@api.example'",
         "server: has a user (\"USER@\"): use a token or a client certificate"},
        {"server: 'https://:s3cret@api.example'",
         "server: has a user (\"USER@\"): use a token or a client certificate"},
        {"server: 'https://api.example/?a=b'", "server: has a query (\"?\"): remove it"},
        {"server: 'https://api.example/#a'", "server: has a fragment (\"#\"): remove it"},
    };
    static const char *const no_urls[] = {"https://", "https://a:99999", "https://a b",
                                          "https://[::1", "https://a\\n.b:1"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[512];

        snprintf(expected, sizeof expected, IN_CLUSTER "%s", rows[i].expected);
        expect_refused_fields(fixture, rows[i].server, "token: t", expected);
    }
    for (size_t i = 0; i < sizeof no_urls / sizeof *no_urls; i++) {
        struct cluster_config config;
        char cluster[128];
        struct error err;

        snprintf(cluster, sizeof cluster, "server: \"%s\"", no_urls[i]);
        write_kubeconfig(fixture, cluster, "token: t");
        if (load(fixture, NULL, &config, &err))
            fail_msg("%s: accepted", no_urls[i]);
        assert_contains(err.message, IN_CLUSTER "server: is no URL: ");
    }
}

static void test_clusters(void **state)
{
    static const struct {
        const char *fields;
        const char *expected;
    } rows[] = {
        {"proxy-url: 'http://proxy'", "proxy-url: is not supported: connect directly"},
        {"certificate-authority-data: '!'", "certificate-authority-data: is not base64"},
        {"certificate-authority-data: 'QQ='", "certificate-authority-data: is not base64"},
        {"certificate-authority-data: 'QR=='", "certificate-authority-data: is not base64"},
        {"certificate-authority-data: 'QUJD QUJD'", "certificate-authority-data: is not base64"},
        {"certificate-authority-data: [QUJD]", "certificate-authority-data: is no text"},
        {"insecure-skip-tls-verify: 'true'", "insecure-skip-tls-verify: is no true or false"},
        {"insecure-skip-tls-verify: true, certificate-authority: ca.crt",
         "has both a certificate-authority and insecure-skip-tls-verify: true, which contradict "
         "each other: remove the latter"},
        {"insecure-skip-tls-verify: true, certificate-authority-data: QUJD",
         "has both a certificate-authority and insecure-skip-tls-verify: true, which contradict "
         "each other: remove the latter"},
        {"tls-server-name: 'a,b'", "tls-server-name: holds several names: give one"},
        {"tls-server-name: \"a\\0b\"", "tls-server-name: holds a NUL byte"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char cluster[512];
        char expected[512];

        snprintf(cluster, sizeof cluster, SERVER ", %s", rows[i].fields);
        snprintf(expected, sizeof expected, IN_CLUSTER "%s", rows[i].expected);
        expect_refused_fields(fixture, cluster, "token: t", expected);
    }
}

static void test_tls_server_names(void **state)
{
    static const char *const names[] = {"a b", "a/b", "a\\r\\nX: 1", "-a", "[::1"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct cluster_config config;
        char cluster[128];
        struct error err;

        snprintf(cluster, sizeof cluster, SERVER ", tls-server-name: \"%s\"", names[i]);
        write_kubeconfig(fixture, cluster, "token: t");
        if (load(fixture, NULL, &config, &err))
            fail_msg("%s: accepted", names[i]);
        assert_contains(err.message, IN_CLUSTER "tls-server-name: ");
    }
}

#define TRY_ANOTHER "is not supported: use a token, a tokenFile or a client certificate"
#define TRY_A_USER "is not supported: use a user who has the rights"

static void test_users(void **state)
{
    static const struct {
        const char *fields;
        const char *expected;
    } rows[] = {
        {"exec: {command: aws}", "exec: " TRY_ANOTHER},
        {"exec: {}", "exec: " TRY_ANOTHER},
        {"auth-provider: {name: oidc}, token: s3cret", "auth-provider: " TRY_ANOTHER},
        {"username: admin, password: s3cret", "username: " TRY_ANOTHER},
        {"password: s3cret", "password: " TRY_ANOTHER},
        {"token: s3cret, as: admin", "as: " TRY_A_USER},
        {"token: s3cret, as-uid: '1'", "as-uid: " TRY_A_USER},
        {"token: s3cret, as-groups: [admins]", "as-groups: " TRY_A_USER},
        {"token: s3cret, as-user-extra: {a: [b]}", "as-user-extra: " TRY_A_USER},
        {"token: 12345678", "token: is no text: put it in quotes"},
        {"token: true", "token: is no text: put it in quotes"},
        {"token: \"s3cret\\0\"", "token: holds a NUL byte"},
        {"token: s3cret and more", "token: holds no token: byte 7 is white space, where a token is "
                                   "one word of visible ASCII characters"},
        {"token: '  '", "token: holds no token: it is empty"},
        {"tokenFile: 1", "tokenFile: is no text: put it in quotes"},
        {"client-certificate: a", "has a client-certificate and no client-key: add it"},
        {"client-key-data: QUJD", "has a client-key and no client-certificate: add it"},
        {"client-key-data: s3cret", "client-key-data: is not base64"},
        {"client-key-data: AAAA", "client-key-data: is binary, not PEM"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[512];

        snprintf(expected, sizeof expected, IN_USER "%s", rows[i].expected);
        expect_refused_fields(fixture, SERVER, rows[i].fields, expected);
    }
}

/* What is no YAML may be a token: where it stands is all that is told. */
static void test_secrets_that_are_no_yaml(void **state)
{
    static const struct {
        const char *content;
        const char *expected;
    } rows[] = {
        {"token: !!int s3cret",
         "line 1, column 8: \"\" is not a !!int; correct it or remove the tag"},
        {"token: !!int 's3\"\\\"cret'",
         "line 1, column 8: \"\" is not a !!int; correct it or remove the tag"},
        {"token: *s3cret",
         "line 1, column 8: the alias \"\" has no anchor before it in its document"},
        {"s3cret: 1\ns3cret: 2",
         "line 2, column 1: duplicate key \"\", first on line 1; remove one of the two"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        temp_write(&fixture->dir, "config", rows[i].content);
        expect_refused(fixture, NULL, rows[i].expected);
    }
}

static void test_unusable_pem(void **state)
{
    struct fixture *fixture = *state;
    char expected[512];

    expect_refused_fields(
        fixture, SERVER ", certificate-authority-data: QUJD", "token: t",
        "the API server's CA: certificate-authority-data: holds no PEM certificate "
        "(\"-----BEGIN CERTIFICATE-----\")");
    snprintf(expected, sizeof expected,
             "the API server's CA: %s/none.crt: cannot open it: No such file or directory",
             fixture->dir.path);
    expect_refused_fields(fixture, SERVER ", certificate-authority: none.crt", "token: t",
                          expected);
}

/* One of the two inline, the other one in a file. */
static void test_key_of_another(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_TEXT struct text user = TEXT_INIT(65536);
    char expected[1024];

    temp_write(&fixture->dir, "me.key", fixture->bundle.ca_key);
    text_addf(&user, "client-certificate-data: %s, client-key: me.key", fixture->crt_data);
    snprintf(expected, sizeof expected,
             "the key of the client certificate: %s: it belongs to another certificate; the client "
             "certificate is that of client-certificate-data",
             temp_path(&fixture->dir, "me.key").text);
    expect_refused_fields(fixture, SERVER, text_get(&user), expected);
}

static void test_files_that_are_none(void **state)
{
    static const struct {
        const char *content;
        const char *expected;
    } rows[] = {
        {"", "is empty: it is no kubeconfig"},
        {"# nothing\n", "is empty: it is no kubeconfig"},
        {"- a\n", "is no kubeconfig (kind: Config, with clusters, users and contexts)"},
        {"a\n", "is no kubeconfig (kind: Config, with clusters, users and contexts)"},
        {"kind: Pod\n", "is no kubeconfig (kind: Config, with clusters, users and contexts)"},
        {"kind: Config\n---\nkind: Config\n", "holds several documents: a kubeconfig is one"},
        {"kind: 7\n", "is no kubeconfig (kind: Config, with clusters, users and contexts)"},
        {"current-context: 7\n", "current-context: is no text: put it in quotes"},
    };
    struct fixture *fixture = *state;
    struct cluster_config config;
    struct error err;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        temp_write(&fixture->dir, "config", rows[i].content);
        expect_refused(fixture, NULL, rows[i].expected);
    }
    temp_write(&fixture->dir, "config", "kind: [Config\n");
    assert_false(load(fixture, NULL, &config, &err));
    assert_contains(err.message, "/config: line 2, column 1: ");
    temp_delete(&fixture->dir, "config");
    expect_refused(fixture, NULL, "cannot open it: No such file or directory");
    temp_make_dir(&fixture->dir, "config");
    expect_refused(fixture, NULL, "is a folder, not a file");
}

static void test_too_large(void **state)
{
    struct fixture *fixture = *state;
    size_t len = (size_t)1024 * 1024 + 1;
    char *content = malloc(len + 1);

    assert_non_null(content);
    memset(content, '#', len);
    content[len] = '\0';
    temp_write(&fixture->dir, "config", content);
    expect_refused(fixture, NULL, "is larger than 1048576 bytes");
    free(content);
}

/* Namespaces get into URLs. */
static void test_namespaces(void **state)
{
    static const char *const bad[] = {
        "a/b",     "A",
        "..",      "-a",
        "a-",      "a b",
        "\\u00e9", "a123456789b123456789c123456789d123456789e123456789f123456789g123"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct cluster_config config;
        char text[512];
        struct error err;

        snprintf(text, sizeof text,
                 "contexts: [{name: a, context: {cluster: c, namespace: \"%s\"}}]\n"
                 "clusters: [{name: c, cluster: {" SERVER "}}]\n",
                 bad[i]);
        temp_write(&fixture->dir, "config", text);
        if (load(fixture, "a", &config, &err))
            fail_msg("%s: accepted", bad[i]);
        assert_contains(err.message, "context \"a\": namespace: \"");
        assert_contains(err.message, "is no name of a namespace");
    }
}

/* --- pods ------------------------------------------------------------------------------------ */

static bool load_pod(struct fixture *fixture, const char *host, const char *port,
                     struct cluster_config *ret_config, struct error *err)
{
    const struct cluster_pod pod = {.folder = fixture->dir.path, .host = host, .port = port};

    return cluster_config_from_pod_at(&pod, ret_config, err);
}

static void fill_pod(struct fixture *fixture)
{
    temp_write(&fixture->dir, "token", "abc");
    temp_write(&fixture->dir, "ca.crt", fixture->bundle.ca_crt);
    temp_write(&fixture->dir, "namespace", "openshift-cnv\n");
}

static void test_pod(void **state)
{
    static const struct {
        const char *host;
        const char *server;
    } rows[] = {
        {"10.96.0.1", "https://10.96.0.1:443"},
        {"fd00:10:96::1", "https://[fd00:10:96::1]:443"},
        {"[fd00:10:96::1]", "https://[fd00:10:96::1]:443"},
        {"kubernetes.default.svc", "https://kubernetes.default.svc:443"},
    };
    struct fixture *fixture = *state;

    fill_pod(fixture);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};
        struct error err;

        if (!load_pod(fixture, rows[i].host, "443", &config, &err))
            fail_msg("%s", err.message);
        assert_string_equal(config.server, rows[i].server);
        assert_string_equal(config.token_file, temp_path(&fixture->dir, "token").text);
        assert_string_equal(config.ca_file, temp_path(&fixture->dir, "ca.crt").text);
        assert_string_equal(config.namespace, "openshift-cnv");
        assert_null(config.token);
        assert_null(config.ca_pem);
        assert_null(config.client_cert_file);
        assert_false(config.insecure_skip_tls_verify);
    }
}

static void expect_no_pod(struct fixture *fixture, const char *host, const char *port,
                          const char *expected)
{
    struct cluster_config config = {.server = NULL};
    struct error err;

    assert_false(load_pod(fixture, host, port, &config, &err));
    assert_null(config.server);
    assert_contains(err.message, expected);
}

static void test_no_pod(void **state)
{
    struct fixture *fixture = *state;

    fill_pod(fixture);
    expect_no_pod(fixture, NULL, "443", "this is no pod (KUBERNETES_SERVICE_HOST");
    expect_no_pod(fixture, "10.96.0.1", NULL, "this is no pod (KUBERNETES_SERVICE_HOST");
    expect_no_pod(fixture, "", "443", "give --kubeconfig FILE");
    expect_no_pod(fixture, "10.96.0.1", "tcp://", "KUBERNETES_SERVICE_PORT: ");
    expect_no_pod(fixture, "10.96.0.1", "70000", "KUBERNETES_SERVICE_PORT: is no URL: ");
    unsetenv("KUBERNETES_SERVICE_HOST");
    assert_false(cluster_config_from_pod(&(struct cluster_config){.server = NULL},
                                         &(struct error){.message = ""}));
}

static void test_half_a_pod(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};
    struct error err;

    fill_pod(fixture);
    temp_delete(&fixture->dir, "token");
    expect_no_pod(fixture, "10.96.0.1", "443", "this pod has no service account's token");
    fill_pod(fixture);
    temp_write(&fixture->dir, "ca.crt", "");
    expect_no_pod(fixture, "10.96.0.1", "443", "/ca.crt: holds no PEM certificate");
    fill_pod(fixture);
    temp_write(&fixture->dir, "namespace", "../etc");
    expect_no_pod(fixture, "10.96.0.1", "443", "/namespace: \"../etc\" is no name of a namespace");
    temp_delete(&fixture->dir, "namespace");
    assert_true(load_pod(fixture, "10.96.0.1", "443", &config, &err));
    assert_string_equal(config.namespace, "default");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_contexts),
        TEST(test_json),
        TEST(test_inline_data),
        TEST(test_files),
        TEST(test_relative_kubeconfig),
        TEST(test_missing_entries),
        TEST(test_entry_twice),
        TEST(test_many_contexts),
        TEST(test_servers),
        TEST(test_clusters),
        TEST(test_tls_server_names),
        TEST(test_users),
        TEST(test_secrets_that_are_no_yaml),
        TEST(test_unusable_pem),
        TEST(test_key_of_another),
        TEST(test_files_that_are_none),
        TEST(test_too_large),
        TEST(test_namespaces),
        TEST(test_pod),
        TEST(test_no_pod),
        TEST(test_half_a_pod),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
