/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/resource_name.h"

/* A DNS-1123 subdomain has 253; `requests.` in front of it, as quotas need, takes 9. */
#define PREFIX_LIMIT 244
#define NAME_LIMIT 63
_Static_assert(RESOURCE_NAME_MAX == PREFIX_LIMIT + 1 + NAME_LIMIT, "the halves and the slash");

struct parts {
    struct str prefix; /* before the first slash; absent without one */
    struct str name;   /* after it */
};

static struct parts split(struct str text)
{
    size_t slash = str_find(text, '/');

    if (slash == text.len)
        return (struct parts){{NULL, 0}, text};
    return (struct parts){str_slice(text, 0, slash), str_slice(text, slash + 1, text.len)};
}

static bool is_dns_label(struct str label)
{
    for (size_t i = 0; i < label.len; i++) {
        char c = label.data[i];
        bool inner = i > 0 && i + 1 < label.len;

        if (!ascii_is_lower(c) && !ascii_is_digit(c) && !(inner && c == '-'))
            return false;
    }
    return label.len > 0;
}

static bool is_dns_subdomain(struct str text)
{
    for (;;) {
        size_t dot = str_find(text, '.');

        if (!is_dns_label(str_slice(text, 0, dot)))
            return false;
        if (dot == text.len)
            return true;
        text = str_slice(text, dot + 1, text.len);
    }
}

static bool is_name_part(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool inner = i > 0 && i + 1 < name.len;

        if (!ascii_is_alnum(c) && !(inner && (c == '-' || c == '_' || c == '.')))
            return false;
    }
    return name.len > 0;
}

static bool has_no_slash(struct parts parts)
{
    return !parts.prefix.data;
}

static bool has_two_slashes(struct parts parts)
{
    return str_find(parts.name, '/') < parts.name.len;
}

static bool has_empty_half(struct parts parts)
{
    return parts.prefix.len == 0 || parts.name.len == 0;
}

static bool is_long_prefix(struct parts parts)
{
    return parts.prefix.len > PREFIX_LIMIT;
}

static bool is_quota_name(struct parts parts)
{
    return str_starts_with(parts.prefix, STR("requests."));
}

static bool is_native(struct parts parts)
{
    return str_ends_with(parts.prefix, STR("kubernetes.io"));
}

static bool is_bad_prefix(struct parts parts)
{
    return !is_dns_subdomain(parts.prefix);
}

static bool is_long_name(struct parts parts)
{
    return parts.name.len > NAME_LIMIT;
}

static bool is_bad_name(struct parts parts)
{
    return !is_name_part(parts.name);
}

static const struct {
    bool (*broken)(struct parts parts);
    const char *words;
} rules[] = {
    {has_no_slash, "must be a domain, a slash and a name, as in \"nvidia.com/TU104GL_Tesla_T4\""},
    {has_two_slashes, "must have exactly one slash, between the domain and the name"},
    {has_empty_half, "must have a domain before the slash and a name behind it, as in "
                     "\"nvidia.com/TU104GL_Tesla_T4\""},
    {is_long_prefix, "the domain before the slash may have at most 244 characters"},
    {is_quota_name, "must not begin with \"requests.\", which Kubernetes keeps for quotas; use the "
                    "vendor's domain"},
    {is_native, "domains that end in \"kubernetes.io\" are kept for Kubernetes itself; use the "
                "vendor's domain"},
    {is_bad_prefix, "the domain before the slash must consist of lower-case letters, digits, '-' "
                    "and '.', and each of its labels must begin and end with a letter or digit"},
    {is_long_name, "the name behind the slash may have at most 63 characters"},
    {is_bad_name, "the name behind the slash must consist of letters, digits, '-', '_' and '.', "
                  "and begin and end with a letter or digit"},
};
#define RULE_COUNT (sizeof rules / sizeof rules[0])

static size_t first_broken(struct parts parts)
{
    size_t i = 0;

    while (i < RULE_COUNT && !rules[i].broken(parts))
        i++;
    return i;
}

bool resource_name_is_valid(struct str name)
{
    return first_broken(split(name)) == RULE_COUNT;
}

/* What was probably meant: no outer spaces, lower-case letters before the slash. */
static struct str mended(struct str name, char *buffer)
{
    size_t slash;

    name = str_trim(name);
    slash = str_find(name, '/');
    for (size_t i = 0; i < name.len; i++)
        buffer[i] = i < slash ? ascii_lower(name.data[i]) : name.data[i];
    return (struct str){buffer, name.len};
}

struct str resource_name_meant(struct str name, char *buffer)
{
    struct str meant;

    if (name.len > RESOURCE_NAME_MAX || resource_name_is_valid(name))
        return (struct str){NULL, 0};
    meant = mended(name, buffer);
    return resource_name_is_valid(meant) ? meant : (struct str){NULL, 0};
}

void resource_name_explain(struct str name, struct text *message)
{
    char buffer[RESOURCE_NAME_MAX];
    struct str meant = resource_name_meant(name, buffer);
    size_t broken = first_broken(split(name));

    if (broken == RULE_COUNT)
        return;
    text_add(message, rules[broken].words);
    if (meant.data) {
        text_add(message, "; write ");
        text_add_quoted(message, meant, meant.len);
    }
}

struct str resource_name_variable(struct str name, char *buffer)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        buffer[i] = c == '/' || c == '.' ? '_' : ascii_upper(c);
    }
    return (struct str){buffer, name.len};
}
