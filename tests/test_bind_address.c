/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/bind_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

static void test_parse(void **state)
{
    static const struct {
        const char *text, *host, *port;
    } cases[] = {
        {":8443", "", "8443"},
        {"127.0.0.1:0", "127.0.0.1", "0"},
        {"localhost:443", "localhost", "443"},
        {"[::]:65535", "::", "65535"},
        {"[fe80::1%eth0]:1", "fe80::1%eth0", "1"},
        {"a:00443", "a", "443"},
    };
    struct bind_address address;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(bind_address_parse(cases[i].text, &address, &err));
        assert_string_equal(address.host, cases[i].host);
        assert_string_equal(address.port, cases[i].port);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "has no port"},
        {"localhost", "has no port"},
        {"8443", "has no port"},
        {"localhost:", "needs a port"},
        {"localhost:x", "needs a port"},
        {"localhost:-1", "needs a port"},
        {"localhost:+1", "needs a port"},
        {"localhost: 1", "needs a port"},
        {"localhost:65536", "above 65535"},
        {"localhost:123456", "needs a port"},
        {"::1:80", "needs brackets"},
        {"::", "needs brackets"},
        {"[::1]", "brackets and a port"},
        {"[::1", "brackets and a port"},
        {"[]:80", "brackets and a port"},
        {"[::1]80", "brackets and a port"},
        {"[", "brackets and a port"},
        {"\x1b:x", "\"\\u001b:x\" needs a port"},
    };
    struct bind_address address = {.host = "untouched"};
    char text[400];
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(bind_address_parse(cases[i].text, &address, &err));
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: %s", cases[i].text, err.message);
    }
    memset(text, 'a', sizeof text);
    memcpy(text + 254, ":80", 4);
    assert_false(bind_address_parse(text, &address, &err));
    assert_string_equal(address.host, "untouched");
    memcpy(text + 253, ":80", 4);
    assert_true(bind_address_parse(text, &address, &err));
}

static void test_listen(void **state)
{
    struct bind_address address;
    struct bound_address bound;
    struct bound_address other;
    struct error err;
    int fd;
    int again;

    (void)state;
    assert_true(bind_address_parse("127.0.0.1:0", &address, &err));
    fd = bind_address_listen(&address, &err);
    assert_true(fd >= 0);
    assert_true(bound_address_of(fd, &bound, &err));
    assert_int_equal(strncmp(bound.text, "127.0.0.1:", 10), 0);
    assert_string_not_equal(bound.text, "127.0.0.1:0");

    assert_true(bind_address_parse(bound.text, &address, &err));
    assert_int_equal(bind_address_listen(&address, &err), -1);
    assert_non_null(strstr(err.message, "Address already in use"));
    assert_non_null(strstr(err.message, bound.text));

    assert_true(bind_address_parse("127.0.0.1:0", &address, &err));
    again = bind_address_listen(&address, &err);
    assert_true(again >= 0);
    assert_true(bound_address_of(again, &other, &err));
    assert_string_not_equal(bound.text, other.text);
    close(again);
    close(fd);
    assert_false(bound_address_of(fd, &bound, &err));
}

static void test_listen_fails(void **state)
{
    struct bind_address address;
    struct error err;

    (void)state;
    /* RFC 5737: an address that no host has, and RFC 6761: a name that never resolves. */
    assert_true(bind_address_parse("192.0.2.1:0", &address, &err));
    assert_int_equal(bind_address_listen(&address, &err), -1);
    assert_string_equal(err.message,
                        "can't listen on 192.0.2.1:0: Cannot assign requested address");
    assert_true(bind_address_parse("nowhere.invalid:0", &address, &err));
    assert_int_equal(bind_address_listen(&address, &err), -1);
    assert_non_null(strstr(err.message, "can't listen on nowhere.invalid:0: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_listen_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
