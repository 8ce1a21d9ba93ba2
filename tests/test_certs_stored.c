/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/stored.h"

#include "base/text.h"
#include "certs/issue.h"
#include "certs/openssl.h"
#include "tests/support/certs_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

static const time_t day = 86400;
static const time_t now = 1750000000; /* 2025-06-15T15:06:40Z */

#define HOSTS "hostdev-webhook.ns.svc,10.99.0.1"

/* What a Secret holds after an issue of `days` at `when`. */
static struct certs_bundle issue(const char *hosts, unsigned days, time_t when)
{
    struct certs_request request = {.hosts = str_from(hosts), .days = days, .now = when};
    struct certs_bundle bundle;
    struct error err;

    if (!certs_generate(&request, &bundle, &err))
        fail_msg("%s", err.message);
    return bundle;
}

static struct certs_stored stored_of(const struct certs_bundle *bundle)
{
    return (struct certs_stored){str_from(bundle->ca_crt), str_from(bundle->tls_crt),
                                 str_from(bundle->tls_key)};
}

static void expect_good(const struct certs_stored *stored, const char *hosts, time_t when,
                        struct certs_life expected)
{
    struct certs_life life = {.due = 0};
    struct error err = {.message = "untouched"};

    if (!certs_stored_check(stored, str_from(hosts), when, &life, &err))
        fail_msg("%s", err.message);
    assert_string_equal(err.message, "untouched");
    assert_int_equal(life.not_after, expected.not_after);
    assert_int_equal(life.due, expected.due);
    assert_int_equal(ERR_peek_error(), 0);
}

static void expect_bad(const struct certs_stored *stored, const char *hosts, time_t when,
                       const char *message)
{
    struct certs_life life = {.due = 7};
    struct error err = {.message = ""};

    assert_false(certs_stored_check(stored, str_from(hosts), when, &life, &err));
    if (!strstr(err.message, message))
        fail_msg("no \"%s\" in \"%s\"", message, err.message);
    assert_int_equal(life.due, 7);
}

/* --- good and due ---------------------------------------------------------------------------- */

/* A certificate begins 600 seconds before its issue. */
static void test_due_at_half_of_the_life(void **state)
{
    struct certs_bundle year = issue(HOSTS, 365, now);
    struct certs_bundle century = issue(HOSTS, 36500, now);
    struct certs_stored stored = stored_of(&year);

    (void)state;
    expect_good(&stored, HOSTS, now,
                (struct certs_life){now + 365 * day, now - 600 + (365 * day + 600) / 2});
    expect_good(&stored, "10.99.0.1", now + 365 * day,
                (struct certs_life){now + 365 * day, now - 600 + (365 * day + 600) / 2});
    stored = stored_of(&century);
    expect_good(&stored, HOSTS, now,
                (struct certs_life){now + 36500 * day, now - 600 + (36500 * day + 600) / 2});
    certs_bundle_free(&year);
    certs_bundle_free(&century);
}

/* Six days are the shortest life for which a look once a day is before two thirds. */
static void test_daily_look_is_before_two_thirds(void **state)
{
    (void)state;
    for (unsigned days = 6; days < 1000; days++) {
        struct certs_life life;
        struct error err;
        struct certs_bundle bundle;
        struct certs_stored stored;

        if (days > 20 && days % 97 != 0)
            continue;
        bundle = issue("a", days, now);
        stored = stored_of(&bundle);
        assert_true(certs_stored_check(&stored, STR("a"), now, &life, &err));
        assert_true(life.due + day <= now + (time_t)days * day * 2 / 3);
        certs_bundle_free(&bundle);
    }
}

/* A CA, or a certificate that it signed, with dates of their own. */
static X509 *sign(const char *name, EVP_PKEY *key, time_t from, time_t to, X509 *issuer,
                  EVP_PKEY *signer)
{
    return certs_fixture_sign(&(struct certs_fixture_spec){
        .common_name = name,
        .names = issuer ? "DNS:a,DNS:*.b.example" : NULL,
        .basic_constraints = issuer ? "critical,CA:FALSE" : "critical,CA:TRUE",
        .not_before = from,
        .not_after = to,
        .key = key,
        .issuer = issuer,
        .signer = signer,
        .digest = EVP_sha256(),
    });
}

static char *pem(X509 *certificate)
{
    struct error err;
    char *text = certs_pem_from_certificates(&certificate, 1, &err);

    assert_non_null(text);
    return text;
}

static void test_due_for_the_ca(void **state)
{
    CLEANUP_KEY EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    CLEANUP_KEY EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP_X509 X509 *short_ca = sign("CA", ca_key, now - 20 * day, now + 20 * day, NULL, ca_key);
    CLEANUP_X509 X509 *long_ca = sign("CA", ca_key, now - 20 * day, now + 60 * day, NULL, ca_key);
    CLEANUP_X509 X509 *leaf = sign("leaf", key, now, now + 100 * day, long_ca, ca_key);
    CLEANUP_TEXT struct text both = TEXT_INIT(10000);
    struct error err;
    char *short_pem = pem(short_ca), *long_pem = pem(long_ca), *leaf_pem = pem(leaf);
    char *key_pem = certs_pem_from_key(key, &err);
    struct certs_stored stored = {str_from(short_pem), str_from(leaf_pem), str_from(key_pem)};

    (void)state;
    expect_good(&stored, "a", now, (struct certs_life){now + 100 * day, now});
    stored.ca_crt = str_from(long_pem);
    expect_good(&stored, "a", now, (struct certs_life){now + 100 * day, now + 20 * day});
    /* Either of two of one name and key is enough: the one that lives longer counts. */
    text_addf(&both, "%s%s", long_pem, short_pem);
    stored.ca_crt = str_from(text_get(&both));
    expect_good(&stored, "a", now, (struct certs_life){now + 100 * day, now + 20 * day});
    expect_good(&stored, "a", now + 30 * day, (struct certs_life){now + 100 * day, now + 20 * day});
    expect_bad(&stored, "a", now + 61 * day, "the CA of tls.crt in ca.crt has expired");
    expect_good(&stored, "*.b.example,x.b.example", now,
                (struct certs_life){now + 100 * day, now + 20 * day});
    expect_bad(&stored, "b.example", now, "tls.crt is not for the name b.example");
    free(short_pem);
    free(long_pem);
    free(leaf_pem);
    certs_wipe_and_free(key_pem);
}

/* --- what is wrong --------------------------------------------------------------------------- */

static void test_missing_and_broken_parts(void **state)
{
    struct certs_bundle bundle = issue(HOSTS, 30, now);
    const struct certs_stored good = stored_of(&bundle);
    struct certs_stored stored = {.ca_crt = {NULL, 0}};

    (void)state;
    expect_bad(&stored, HOSTS, now, "tls.crt is missing");
    stored = good;
    stored.tls_key = (struct str){NULL, 0};
    expect_bad(&stored, HOSTS, now, "tls.key is missing");
    stored = good;
    stored.ca_crt = (struct str){NULL, 0};
    expect_bad(&stored, HOSTS, now, "ca.crt is missing");
    stored = good;
    stored.tls_crt = STR("");
    expect_bad(&stored, HOSTS, now, "tls.crt: is empty");
    stored = good;
    stored.tls_key = good.tls_crt;
    expect_bad(&stored, HOSTS, now, "tls.key: holds a certificate and no private key");
    stored = good;
    stored.ca_crt = STR("no PEM");
    expect_bad(&stored, HOSTS, now, "ca.crt: holds no PEM certificate");
    certs_bundle_free(&bundle);
}

static void test_parts_of_two_issues(void **state)
{
    struct certs_bundle first = issue(HOSTS, 30, now);
    struct certs_bundle second = issue(HOSTS, 30, now);
    struct certs_stored stored = stored_of(&first);

    (void)state;
    stored.ca_crt = str_from(second.ca_crt);
    expect_bad(&stored, HOSTS, now, "ca.crt does not hold the CA of tls.crt");
    stored = stored_of(&first);
    stored.tls_key = str_from(second.tls_key);
    expect_bad(&stored, HOSTS, now, "tls.key: the private key doesn't match tls.crt");
    certs_bundle_free(&first);
    certs_bundle_free(&second);
}

static void test_dates_and_names(void **state)
{
    struct certs_bundle bundle = issue(HOSTS, 30, now);
    struct certs_stored stored = stored_of(&bundle);

    (void)state;
    expect_bad(&stored, HOSTS, now + 31 * day, "expired on 2025-07-15T15:06:40Z");
    expect_bad(&stored, HOSTS, now - day, "is not valid before");
    expect_bad(&stored, HOSTS ",other.ns.svc", now, "tls.crt is not for the name other.ns.svc");
    expect_bad(&stored, "10.99.0.2", now, "tls.crt is not for the name 10.99.0.2");
    expect_bad(&stored, "a b", now, "host name \"a b\"");
    certs_bundle_free(&bundle);
}

/* --- what clients get ------------------------------------------------------------------------ */

static void test_trust_is_the_certificates_alone(void **state)
{
    struct certs_bundle first = issue(HOSTS, 30, now);
    struct certs_bundle second = issue(HOSTS, 30, now);
    CLEANUP_TEXT struct text mixed = TEXT_INIT(100000);
    CLEANUP_TEXT struct text clean = TEXT_INIT(100000);
    struct certs_stored stored = stored_of(&first);
    struct error err;
    char *trust;

    (void)state;
    text_addf(&mixed, "# a comment\n%s%s%s%s", second.ca_crt, first.tls_key, first.ca_crt,
              second.ca_crt);
    text_addf(&clean, "%s%s", second.ca_crt, first.ca_crt);
    stored.ca_crt = str_from(text_get(&mixed));
    trust = certs_stored_trust(&stored, &err);
    assert_string_equal(trust, text_get(&clean));
    free(trust);
    stored.ca_crt = str_from(second.ca_crt);
    assert_null(certs_stored_trust(&stored, &err));
    assert_non_null(strstr(err.message, "ca.crt does not hold the CA of tls.crt"));
    stored.tls_crt = STR("broken");
    assert_null(certs_stored_trust(&stored, &err));
    assert_non_null(strstr(err.message, "tls.crt: holds no PEM certificate"));
    stored.tls_crt = (struct str){NULL, 0};
    trust = certs_stored_trust(&stored, &err);
    assert_string_equal(trust, second.ca_crt);
    free(trust);
    stored.ca_crt = (struct str){NULL, 0};
    assert_null(certs_stored_trust(&stored, &err));
    assert_string_equal(err.message, "ca.crt is missing");
    certs_bundle_free(&first);
    certs_bundle_free(&second);
}

/* --- the overlap ----------------------------------------------------------------------------- */

enum { ISSUES = 4 };

struct issues {
    struct certs_bundle items[ISSUES];
    struct certs_chain known; /* their CAs */
};

static int set_up(void **state)
{
    struct issues *issues = calloc(1, sizeof *issues);

    assert_non_null(issues);
    for (size_t i = 0; i < ISSUES; i++) {
        issues->items[i] = issue(HOSTS, 30, now);
        certs_known_add(&issues->known, str_from(issues->items[i].ca_crt));
    }
    *state = issues;
    return 0;
}

static int tear_down(void **state)
{
    struct issues *issues = *state;

    for (size_t i = 0; i < ISSUES; i++)
        certs_bundle_free(&issues->items[i]);
    certs_chain_clear(&issues->known);
    free(issues);
    return 0;
}

/* `expected` is a digit for each CA, `0` being the first issue's. */
static void expect_overlap(const struct issues *issues, const char *tls_crt, time_t when,
                           const char *expected)
{
    CLEANUP_TEXT struct text wanted = TEXT_INIT(100000);
    struct error err = {.message = "untouched"};
    char *overlap = certs_stored_overlap(str_from(issues->items[3].ca_crt), &issues->known,
                                         str_from(tls_crt), when, &err);

    for (; *expected; expected++)
        text_add(&wanted, issues->items[*expected - '0'].ca_crt);
    assert_non_null(overlap);
    assert_string_equal(overlap, text_get(&wanted));
    assert_string_equal(err.message, "untouched");
    assert_int_equal(ERR_peek_error(), 0);
    free(overlap);
}

static void test_overlap_keeps_the_ca_in_use(void **state)
{
    const struct issues *issues = *state;

    expect_overlap(issues, issues->items[0].tls_crt, now + day, "30");
    expect_overlap(issues, issues->items[1].tls_crt, now + day, "31");
    expect_overlap(issues, issues->items[1].tls_crt, now + 3601, "31");
    expect_overlap(issues, issues->items[3].tls_crt, now + day, "3");
}

/* A server may still use the pair before this one. */
static void test_overlap_keeps_all_for_a_new_pair(void **state)
{
    const struct issues *issues = *state;

    expect_overlap(issues, issues->items[1].tls_crt, now, "3102");
    expect_overlap(issues, issues->items[1].tls_crt, now + 3600, "3102");
}

static void test_overlap_keeps_all_for_an_unreadable_pair(void **state)
{
    const struct issues *issues = *state;

    expect_overlap(issues, NULL, now + day, "3012");
    expect_overlap(issues, "broken", now + day, "3012");
}

static void test_overlap_keeps_all_for_a_pair_of_an_unknown_ca(void **state)
{
    const struct issues *issues = *state;
    struct certs_bundle other = issue(HOSTS, 30, now);

    expect_overlap(issues, other.tls_crt, now + day, "3012");
    certs_bundle_free(&other);
}

static void test_overlap_drops_expired_cas(void **state)
{
    const struct issues *issues = *state;

    expect_overlap(issues, issues->items[1].tls_crt, now + 3651 * day, "3");
    expect_overlap(issues, NULL, now + 3651 * day, "3");
}

static void test_overlap_of_nothing_known(void **state)
{
    struct issues *issues = *state;

    certs_chain_clear(&issues->known);
    expect_overlap(issues, issues->items[1].tls_crt, now, "3");
    certs_known_add(&issues->known, STR("broken"));
    certs_known_add(&issues->known, (struct str){NULL, 0});
    assert_int_equal(issues->known.count, 0);
    expect_overlap(issues, NULL, now, "3");
}

/* The new CA and the one in use come first, so a full bundle has them. */
static void test_overlap_is_bounded(void **state)
{
    struct issues *issues = *state;
    struct error err;
    struct certs_chain read = {.count = 0};
    char *overlap;

    certs_chain_clear(&issues->known);
    for (size_t i = 0; i < CERTS_CHAIN_MAX - 1; i++) {
        struct certs_bundle other = issue(HOSTS, 30, now);

        certs_known_add(&issues->known, str_from(other.ca_crt));
        certs_known_add(&issues->known, str_from(other.ca_crt));
        certs_bundle_free(&other);
    }
    assert_int_equal(issues->known.count, CERTS_CHAIN_MAX - 1);
    certs_known_add(&issues->known, str_from(issues->items[0].ca_crt));
    certs_known_add(&issues->known, str_from(issues->items[1].ca_crt));
    assert_int_equal(issues->known.count, CERTS_CHAIN_MAX);
    overlap = certs_stored_overlap(str_from(issues->items[3].ca_crt), &issues->known,
                                   str_from(issues->items[0].tls_crt), now, &err);
    assert_non_null(overlap);
    assert_int_equal(strncmp(overlap, issues->items[3].ca_crt, strlen(issues->items[3].ca_crt)), 0);
    assert_non_null(strstr(overlap, issues->items[0].ca_crt));
    assert_true(certs_pem_read_chain(str_from(overlap), &read, &err));
    assert_int_equal(read.count, CERTS_CHAIN_MAX);
    certs_chain_clear(&read);
    free(overlap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due_at_half_of_the_life),
        cmocka_unit_test(test_daily_look_is_before_two_thirds),
        cmocka_unit_test(test_due_for_the_ca),
        cmocka_unit_test(test_missing_and_broken_parts),
        cmocka_unit_test(test_parts_of_two_issues),
        cmocka_unit_test(test_dates_and_names),
        cmocka_unit_test(test_trust_is_the_certificates_alone),
        cmocka_unit_test_setup_teardown(test_overlap_keeps_the_ca_in_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overlap_keeps_all_for_a_new_pair, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overlap_keeps_all_for_an_unreadable_pair, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_overlap_keeps_all_for_a_pair_of_an_unknown_ca, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_overlap_drops_expired_cas, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overlap_of_nothing_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overlap_is_bounded, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
