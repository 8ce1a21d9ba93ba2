/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/issue.h"

#include "base/text.h"
#include "certs/check.h"
#include "certs/names.h"
#include "tests/support/certs_fixture.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const time_t day = 86400;

static const time_t now = 1750000000; /* 2025-06-15T15:06:40Z */

static struct certs_bundle generate(const char *hosts, unsigned days, time_t when)
{
    struct certs_request request = {.hosts = str_from(hosts), .days = days, .now = when};
    struct certs_bundle bundle;
    struct error err = {.message = "untouched"};

    if (!certs_generate(&request, &bundle, &err))
        fail_msg("%s", err.message);
    assert_string_equal(err.message, "untouched");
    assert_int_equal(ERR_peek_error(), 0);
    return bundle;
}

static void expect_refused(const char *hosts, unsigned days, time_t when, const char *message)
{
    struct certs_request request = {.hosts = str_from(hosts), .days = days, .now = when};
    struct certs_bundle bundle = {.ca_crt = NULL};
    struct error err = {.message = ""};

    assert_false(certs_generate(&request, &bundle, &err));
    assert_string_equal(err.message, message);
    assert_null(bundle.ca_crt);
}

/* --- what two TLS libraries say -------------------------------------------------------------- */

/* As `openssl verify -x509_strict -purpose sslserver -verify_hostname` (or -verify_ip). */
static int openssl_verdict(const struct certs_bundle *bundle, const char *host, time_t when)
{
    X509 *ca = certs_fixture_from_pem(bundle->ca_crt);
    X509 *leaf = certs_fixture_from_pem(bundle->tls_crt);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *param;
    int verdict;

    assert_int_equal(X509_STORE_add_cert(store, ca), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, leaf, NULL), 1);
    param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_time(param, when);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1)
        X509_VERIFY_PARAM_set1_host(param, host, 0);
    X509_verify_cert(context);
    verdict = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(ca);
    X509_free(leaf);
    ERR_clear_error();
    return verdict;
}

static time_t gnutls_clock_now;

static time_t gnutls_clock(time_t *ret_time)
{
    if (ret_time)
        *ret_time = gnutls_clock_now;
    return gnutls_clock_now;
}

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

/* The verification status that a GnuTLS client would see; 0 is "trusted". */
static unsigned gnutls_verdict(const struct certs_bundle *bundle, const char *host, time_t when)
{
    gnutls_datum_t ca = datum(bundle->ca_crt);
    gnutls_datum_t pem = datum(bundle->tls_crt);
    gnutls_typed_vdata_st wanted[] = {
        {.type = GNUTLS_DT_DNS_HOSTNAME, .data = (unsigned char *)(uintptr_t)host},
        {.type = GNUTLS_DT_KEY_PURPOSE_OID,
         .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER},
    };
    gnutls_x509_trust_list_t trusted;
    gnutls_x509_crt_t leaf;
    unsigned status = 0;

    gnutls_clock_now = when;
    gnutls_global_set_time_function(gnutls_clock);
    assert_int_equal(gnutls_x509_trust_list_init(&trusted, 0), 0);
    assert_int_equal(
        gnutls_x509_trust_list_add_trust_mem(trusted, &ca, NULL, GNUTLS_X509_FMT_PEM, 0, 0), 1);
    assert_int_equal(gnutls_x509_crt_init(&leaf), 0);
    assert_int_equal(gnutls_x509_crt_import(leaf, &pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_x509_trust_list_verify_crt2(
                         trusted, &leaf, 1, wanted, 2,
                         GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_HIGH), &status, NULL),
                     0);
    gnutls_x509_crt_deinit(leaf);
    gnutls_x509_trust_list_deinit(trusted, 1);
    gnutls_global_set_time_function(time);
    return status;
}

static void expect_trusted(const struct certs_bundle *bundle, const char *host)
{
    assert_int_equal(openssl_verdict(bundle, host, now), X509_V_OK);
    assert_int_equal(gnutls_verdict(bundle, host, now), 0);
}

static void test_clients_trust_every_name(void **state)
{
    struct certs_bundle bundle =
        generate("hostdev-webhook.ns.svc,localhost,*.apps.example.com,127.0.0.1,[::1]", 365, now);

    (void)state;
    expect_trusted(&bundle, "hostdev-webhook.ns.svc");
    expect_trusted(&bundle, "localhost");
    expect_trusted(&bundle, "x.apps.example.com");
    expect_trusted(&bundle, "127.0.0.1");
    expect_trusted(&bundle, "::1");
    certs_bundle_free(&bundle);
}

static void test_clients_refuse_other_names(void **state)
{
    struct certs_bundle bundle = generate("localhost,127.0.0.1", 365, now);

    (void)state;
    assert_int_equal(openssl_verdict(&bundle, "other", now), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(openssl_verdict(&bundle, "127.0.0.2", now), X509_V_ERR_IP_ADDRESS_MISMATCH);
    assert_true((gnutls_verdict(&bundle, "other", now) & GNUTLS_CERT_UNEXPECTED_OWNER) != 0);
    certs_bundle_free(&bundle);
}

static void test_life(void **state)
{
    struct certs_bundle bundle = generate("localhost", 1, now);

    (void)state;
    /* Ten minutes back, for clocks that are behind. */
    assert_int_equal(openssl_verdict(&bundle, "localhost", now - 600), X509_V_OK);
    assert_int_equal(openssl_verdict(&bundle, "localhost", now - 601),
                     X509_V_ERR_CERT_NOT_YET_VALID);
    assert_int_equal(openssl_verdict(&bundle, "localhost", now + day - 1), X509_V_OK);
    assert_int_equal(openssl_verdict(&bundle, "localhost", now + day + 1),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    certs_bundle_free(&bundle);
}

static void test_gnutls_server_takes_the_pair(void **state)
{
    struct certs_bundle bundle = generate("localhost", 365, now);
    gnutls_datum_t cert = datum(bundle.tls_crt);
    gnutls_datum_t key = datum(bundle.tls_key);
    gnutls_certificate_credentials_t credentials;

    (void)state;
    assert_int_equal(gnutls_certificate_allocate_credentials(&credentials), 0);
    assert_int_equal(
        gnutls_certificate_set_x509_key_mem(credentials, &cert, &key, GNUTLS_X509_FMT_PEM), 0);
    gnutls_certificate_free_credentials(credentials);
    certs_bundle_free(&bundle);
}

/* --- what is in the certificates ------------------------------------------------------------- */

static void expect_extension(const X509 *certificate, int nid, bool critical, const char *text)
{
    int at = X509_get_ext_by_NID(certificate, nid, -1);
    X509_EXTENSION *extension = X509_get_ext(certificate, at);
    BIO *bio = BIO_new(BIO_s_mem());
    char printed[1024];
    int len;

    assert_true(at >= 0);
    assert_int_equal(X509_get_ext_by_NID(certificate, nid, at), -1); /* once */
    assert_int_equal(X509_EXTENSION_get_critical(extension), critical);
    assert_int_equal(X509V3_EXT_print(bio, extension, 0, 0), 1);
    len = BIO_read(bio, printed, sizeof printed - 1);
    printed[len > 0 ? len : 0] = '\0';
    assert_string_equal(printed, text);
    BIO_free(bio);
}

static void test_serving_certificate(void **state)
{
    struct certs_bundle bundle = generate("Webhook.ns.svc,192.0.2.7,2001:db8::1", 30, now);
    X509 *ca = certs_fixture_from_pem(bundle.ca_crt);
    X509 *leaf = certs_fixture_from_pem(bundle.tls_crt);

    (void)state;
    assert_int_equal(X509_get_version(leaf), X509_VERSION_3);
    expect_extension(leaf, NID_basic_constraints, true, "CA:FALSE");
    expect_extension(leaf, NID_key_usage, true, "Digital Signature");
    expect_extension(leaf, NID_ext_key_usage, false, "TLS Web Server Authentication");
    expect_extension(leaf, NID_subject_alt_name, false,
                     "DNS:webhook.ns.svc, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:1");
    assert_int_equal(X509_get_signature_nid(leaf), NID_ecdsa_with_SHA256);
    assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(leaf)), 256);
    assert_int_equal(
        ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf), X509_get0_subject_key_id(ca)), 0);
    assert_true(
        ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(leaf), X509_get0_subject_key_id(ca)) != 0);
    assert_null(strstr(bundle.tls_crt + 1, "-----BEGIN")); /* the certificate alone */
    X509_free(ca);
    X509_free(leaf);
    certs_bundle_free(&bundle);
}

static void test_ca_certificate(void **state)
{
    struct certs_bundle bundle = generate("localhost", 30, now);
    X509 *ca = certs_fixture_from_pem(bundle.ca_crt);
    char name[128] = "";

    (void)state;
    expect_extension(ca, NID_basic_constraints, true, "CA:TRUE, pathlen:0");
    expect_extension(ca, NID_key_usage, true, "Certificate Sign, CRL Sign");
    assert_int_equal(X509_get_ext_by_NID(ca, NID_subject_alt_name, -1), -1);
    assert_int_equal(X509_self_signed(ca, 1), 1);
    assert_int_equal(
        ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(ca), X509_get0_subject_key_id(ca)), 0);
    X509_NAME_get_text_by_NID(X509_get_subject_name(ca), NID_commonName, name, sizeof name);
    assert_memory_equal(name, "hostdev-webhook CA ", 19);
    assert_int_equal(strlen(name), 27);
    X509_free(ca);
    certs_bundle_free(&bundle);
}

static void test_two_issues_share_nothing(void **state)
{
    struct certs_bundle first = generate("localhost", 30, now);
    struct certs_bundle second = generate("localhost", 30, now);
    X509 *certificates[] = {
        certs_fixture_from_pem(first.ca_crt), certs_fixture_from_pem(first.tls_crt),
        certs_fixture_from_pem(second.ca_crt), certs_fixture_from_pem(second.tls_crt)};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true(ASN1_INTEGER_cmp(X509_get0_serialNumber(certificates[i]),
                                         X509_get0_serialNumber(certificates[j])) != 0);
            assert_int_not_equal(
                EVP_PKEY_eq(X509_get0_pubkey(certificates[i]), X509_get0_pubkey(certificates[j])),
                1);
        }
        assert_int_equal(ASN1_STRING_type(X509_get0_serialNumber(certificates[i])),
                         V_ASN1_INTEGER); /* not negative */
        assert_true(ASN1_STRING_length(X509_get0_serialNumber(certificates[i])) > 8);
    }
    assert_int_not_equal(X509_NAME_cmp(X509_get_subject_name(certificates[0]),
                                       X509_get_subject_name(certificates[2])),
                         0);
    for (size_t i = 0; i < 4; i++)
        X509_free(certificates[i]);
    certs_bundle_free(&first);
    certs_bundle_free(&second);
}

static void expect_common_name(const char *hosts, const char *common_name)
{
    struct certs_bundle bundle = generate(hosts, 30, now);
    X509 *leaf = certs_fixture_from_pem(bundle.tls_crt);
    char name[128] = "";

    X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, name, sizeof name);
    assert_string_equal(name, common_name);
    assert_true(X509_NAME_entry_count(X509_get_subject_name(leaf)) >= 1);
    X509_free(leaf);
    certs_bundle_free(&bundle);
}

static void test_common_name(void **state)
{
    static const char name_64[] =
        "a23456789-123456789-123456789-12345678-a.3456789-123456789-12345";
    static const char name_65[] =
        "a23456789-123456789-123456789-12345678-a.3456789-123456789-12345z";
    struct certs_bundle bundle;

    (void)state;
    assert_int_equal(strlen(name_64), 64);
    expect_common_name("localhost,b.example", "localhost");
    expect_common_name("::1", "::1");
    expect_common_name(name_64, name_64);
    expect_common_name(name_65, "");
    bundle = generate(name_65, 30, now);
    expect_trusted(&bundle, name_65);
    certs_bundle_free(&bundle);
}

static void test_hundred_long_names(void **state)
{
    enum { COUNT = CERTS_NAMES_MAX };
    CLEANUP_TEXT struct text hosts = TEXT_INIT((size_t)COUNT * (CERTS_DNS_NAME_MAX + 1));
    char last[300] = "";
    struct certs_bundle bundle;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        snprintf(last, sizeof last, "%060d.%060d.%060d.%060d.host%03d", i, i, i, i, i);
        text_addf(&hosts, "%s%s", i > 0 ? "," : "", last);
    }
    assert_false(hosts.truncated);
    bundle = generate(text_get(&hosts), 30, now);
    expect_trusted(&bundle, last);
    certs_bundle_free(&bundle);
}

static void expect_lives(unsigned days, time_t when, time_t leaf_end, time_t ca_end)
{
    struct certs_bundle bundle = generate("localhost", days, when);
    struct error err;
    struct certs_pair *pair;
    X509 *ca = certs_fixture_from_pem(bundle.ca_crt);
    CLEANUP_TEXT struct text chain = TEXT_INIT(1 << 16);

    pair = certs_pair_new(str_from(bundle.tls_crt), str_from(bundle.tls_key), "c", "k", when, &err);
    assert_non_null(pair);
    assert_int_equal(certs_pair_not_after(pair, 0), leaf_end);
    assert_int_equal(X509_cmp_time(X509_get0_notAfter(ca), &(time_t){ca_end - 1}), 1);
    assert_int_equal(X509_cmp_time(X509_get0_notAfter(ca), &(time_t){ca_end}), -1); /* or equal */
    certs_pair_free(pair);
    text_addf(&chain, "%s%s", bundle.tls_crt, bundle.ca_crt);
    pair =
        certs_pair_new(str_from(text_get(&chain)), str_from(bundle.tls_key), "c", "k", when, &err);
    assert_non_null(pair);
    assert_int_equal(certs_pair_earliest_not_after(pair), leaf_end);
    certs_pair_free(pair);
    X509_free(ca);
    certs_bundle_free(&bundle);
}

static void test_ca_outlives_the_certificate(void **state)
{
    const time_t last = 253402300799; /* 9999-12-31T23:59:59Z */

    (void)state;
    expect_lives(1, now, now + day, now + 3650 * day);
    expect_lives(3651, now, now + 3651 * day, now + 3651 * day);
    expect_lives(36500, now, now + 36500 * day, now + 36500 * day);
    expect_lives(1, last - day, last, last);
    expect_lives(1, 0, day, 3650 * day);
}

/* --- what is refused ------------------------------------------------------------------------- */

static void test_bad_requests(void **state)
{
    (void)state;
    expect_refused("localhost", 0, now, "0 days: a certificate lives 1 to 36500 days");
    expect_refused("localhost", 36501, now, "36501 days: a certificate lives 1 to 36500 days");
    expect_refused("localhost", UINT32_MAX, now,
                   "4294967295 days: a certificate lives 1 to 36500 days");
    expect_refused("localhost", 1, 253402300799 - day + 1,
                   "1 days: a certificate can't end after the year 9999");
    expect_refused("localhost", 1, INT64_MAX,
                   "1 days: a certificate can't end after the year 9999");
    expect_refused("localhost", 1, -1, "the clock is before 1970: set it first");
    expect_refused("local host", 1, now,
                   "host name \"local host\" may only hold letters, digits, '-' and '.'");
    expect_refused(NULL, 1, now, "host name \"\" is empty: give NAME[,NAME…]");
}

static void test_bad_request_makes_no_folder(void **state)
{
    struct certs_request request = {.hosts = STR("a b"), .days = 1, .now = now};
    struct temp_dir dir;
    struct error err;

    (void)state;
    temp_dir_make(&dir);
    assert_false(certs_issue(&request, temp_path(&dir, "pki").text, false, &err));
    assert_int_equal(access(temp_path(&dir, "pki").text, F_OK), -1);
    temp_dir_remove(&dir);
}

static void test_issued_folder_loads(void **state)
{
    struct certs_request request = {.hosts = STR("localhost,::1"), .days = 1, .now = now};
    struct temp_dir dir;
    struct error err;
    struct certs_pair *pair;

    (void)state;
    temp_dir_make(&dir);
    assert_true(certs_issue(&request, temp_path(&dir, "pki").text, false, &err));
    pair = certs_pair_load(temp_path(&dir, "pki/tls.crt").text, temp_path(&dir, "pki/tls.key").text,
                           now, &err);
    assert_non_null(pair);
    assert_string_equal(certs_pair_summary(pair),
                        "O = hostdev-webhook, CN = localhost (DNS:localhost, IP:::1)");
    certs_pair_free(pair);
    temp_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clients_trust_every_name),
        cmocka_unit_test(test_clients_refuse_other_names),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_gnutls_server_takes_the_pair),
        cmocka_unit_test(test_serving_certificate),
        cmocka_unit_test(test_ca_certificate),
        cmocka_unit_test(test_two_issues_share_nothing),
        cmocka_unit_test(test_common_name),
        cmocka_unit_test(test_hundred_long_names),
        cmocka_unit_test(test_ca_outlives_the_certificate),
        cmocka_unit_test(test_bad_requests),
        cmocka_unit_test(test_bad_request_makes_no_folder),
        cmocka_unit_test(test_issued_folder_loads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
