/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/names.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct certs_names {
    size_t count;
    struct certs_name items[CERTS_NAMES_MAX];
};

/* What a message shows of a name: whole if it can be valid, and a little more. */
enum {
    SHOWN_MAX = 260,
    SHOWN_ESCAPED_MAX = 6 * SHOWN_MAX, /* a control character becomes \u001b */
};

/* --- what is wrong with a DNS name ----------------------------------------------------------- */

/* `*.` in front is the only place for a wildcard (RFC 6125 6.4.3). */
static struct str without_wildcard(struct str name)
{
    return str_starts_with(name, STR("*.")) ? str_slice(name, 2, name.len) : name;
}

static bool is_empty(struct str text)
{
    return text.len == 0;
}

static bool is_name_too_long(struct str name)
{
    return name.len > CERTS_DNS_NAME_MAX;
}

static bool has_non_ascii(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.data[i] > 0x7F)
            return true;
    }
    return false;
}

static bool has_bracket(struct str name)
{
    return str_find(name, '[') < name.len || str_find(name, ']') < name.len;
}

static bool has_colon(struct str name)
{
    return str_find(name, ':') < name.len;
}

static bool has_star(struct str name)
{
    return str_find(without_wildcard(name), '*') < without_wildcard(name).len;
}

static bool has_other_character(struct str name)
{
    struct str rest = without_wildcard(name);

    for (size_t i = 0; i < rest.len; i++) {
        if (!ascii_is_alnum(rest.data[i]) && rest.data[i] != '-' && rest.data[i] != '.')
            return true;
    }
    return false;
}

static bool ends_in_dot(struct str name)
{
    return str_ends_with(name, STR("."));
}

static bool any_label(struct str name, bool (*matches)(struct str label))
{
    struct str rest = without_wildcard(name);

    for (;;) {
        size_t dot = str_find(rest, '.');

        if (matches(str_slice(rest, 0, dot)))
            return true;
        if (dot == rest.len)
            return false;
        rest = str_slice(rest, dot + 1, rest.len);
    }
}

static bool has_empty_label(struct str name)
{
    return any_label(name, is_empty);
}

static bool is_label_too_long(struct str label)
{
    return label.len > 63;
}

static bool has_long_label(struct str name)
{
    return any_label(name, is_label_too_long);
}

static bool has_hyphen_at_end(struct str label)
{
    return str_starts_with(label, STR("-")) || str_ends_with(label, STR("-"));
}

static bool has_misplaced_hyphen(struct str name)
{
    return any_label(name, has_hyphen_at_end);
}

/* No top-level domain is a number, so TLS clients take such a name for an address. */
static bool has_numeric_end(struct str name)
{
    size_t digits = 0;

    while (digits < name.len && ascii_is_digit(name.data[name.len - 1 - digits]))
        digits++;
    return digits == name.len || name.data[name.len - 1 - digits] == '.';
}

/* In the order of which message helps most; RFC 1123 2.1 and RFC 1035 2.3.4. */
static const struct {
    bool (*is_broken)(struct str name);
    const char *says;
} dns_rules[] = {
    {is_empty, "is empty: give NAME[,NAME…]"},
    {is_name_too_long, "is longer than 253 characters"},
    {has_non_ascii, "is not ASCII: write an international name in its xn--… form"},
    {has_bracket, "does not hold an IPv6 address in its brackets"},
    {has_colon, "is not an IPv6 address: write a name without a port, an address without a zone"},
    {has_star, "has a '*' that is not the whole first label, as in *.example.com"},
    {has_other_character, "may only hold letters, digits, '-' and '.'"},
    {ends_in_dot, "ends in a dot: leave it out"},
    {has_empty_label, "has two dots side by side or one in front"},
    {has_long_label, "has more than 63 characters between two dots"},
    {has_misplaced_hyphen, "has a '-' at the beginning or end of a label"},
    {has_numeric_end, "ends in a number but is not an IPv4 address"},
};

static bool check_dns_name(struct str name, struct error *err)
{
    for (size_t i = 0; i < sizeof dns_rules / sizeof dns_rules[0]; i++) {
        if (dns_rules[i].is_broken(name)) {
            CLEANUP_TEXT struct text shown = TEXT_INIT(SHOWN_ESCAPED_MAX);

            text_add_quoted(&shown, name, SHOWN_MAX);
            return error_set(err, "host name %s %s", text_get(&shown), dns_rules[i].says);
        }
    }
    return true;
}

/* --- reading the list ------------------------------------------------------------------------ */

/* True when `name` is an IP address, which is then in `*ret_name`. */
static bool read_address(struct str name, struct certs_name *ret_name)
{
    struct certs_name address = {.address_len = 4};
    bool brackets = str_starts_with(name, STR("[")) && str_ends_with(name, STR("]"));
    char text[INET6_ADDRSTRLEN];
    int family = AF_INET;

    if (brackets)
        name = str_slice(name, 1, name.len - 2);
    if (name.len >= sizeof text || str_find(name, '\0') < name.len)
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    if (brackets || inet_pton(AF_INET, text, address.address) != 1) {
        family = AF_INET6;
        address.address_len = 16;
        if (inet_pton(AF_INET6, text, address.address) != 1)
            return false;
    }
    /* One spelling for each address, so that repeated ones are seen. */
    if (!inet_ntop(family, address.address, address.text, sizeof address.text))
        return false;
    *ret_name = address;
    return true;
}

static bool read_name(struct str name, struct certs_name *ret_name, struct error *err)
{
    struct certs_name dns = {.address_len = 0};

    if (name.len > 0 && read_address(name, ret_name))
        return true;
    if (!check_dns_name(name, err))
        return false;
    for (size_t i = 0; i < name.len; i++)
        dns.text[i] = ascii_lower(name.data[i]);
    *ret_name = dns;
    return true;
}

static bool has_name(const struct certs_names *names, const struct certs_name *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i].text, name->text) == 0)
            return true;
    }
    return false;
}

static bool read_list(struct certs_names *names, struct str list, struct error *err)
{
    for (;;) {
        size_t comma = str_find(list, ',');
        struct certs_name name;

        if (!read_name(str_slice(list, 0, comma), &name, err))
            return false;
        if (!has_name(names, &name)) {
            if (names->count == CERTS_NAMES_MAX)
                return error_set(err, "more than %d host names: one certificate holds no more",
                                 CERTS_NAMES_MAX);
            names->items[names->count++] = name;
        }
        if (comma == list.len)
            return true;
        list = str_slice(list, comma + 1, list.len);
    }
}

struct certs_names *certs_names_new(struct str comma_list, struct error *err)
{
    struct certs_names *names = calloc(1, sizeof *names);

    if (!names) {
        error_no_memory(err);
        return NULL;
    }
    if (!read_list(names, comma_list, err)) {
        certs_names_free(names);
        return NULL;
    }
    return names;
}

void certs_names_free(struct certs_names *names)
{
    free(names);
}

void certs_names_freep(struct certs_names **names)
{
    certs_names_free(*names);
}

size_t certs_names_count(const struct certs_names *names)
{
    return names->count;
}

const struct certs_name *certs_names_get(const struct certs_names *names, size_t index)
{
    return &names->items[index];
}
