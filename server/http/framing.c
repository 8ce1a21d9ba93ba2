/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/framing.h"

#include <string.h>

struct head {
    struct framing framing;
    unsigned hosts;
    unsigned lengths;
    unsigned codings;
    const char *fault; /* the first; NULL: none */
};

static void note(struct head *head, const char *fault)
{
    if (!head->fault)
        head->fault = fault;
}

/* RFC 9110 5.6.2. */
static bool is_token(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!ascii_is_alnum(c) && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return name.len > 0;
}

/* RFC 9110 5.5: no control characters but the tab. */
static bool is_field_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];

        if ((c < ' ' && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

/* Digits only. Of what is beyond 64 bits the largest number is left: too large in any case. */
static bool read_length(struct str value, uint64_t *ret_length)
{
    uint64_t length = 0;

    for (size_t i = 0; i < value.len; i++) {
        if (!ascii_is_digit(value.data[i]))
            return false;
        if (__builtin_mul_overflow(length, (uint64_t)10, &length) ||
            __builtin_add_overflow(length, (uint64_t)(value.data[i] - '0'), &length)) {
            length = UINT64_MAX;
            break;
        }
    }
    *ret_length = length;
    return value.len > 0;
}

/* RFC 3986 3.2.2 and 3.2.3: the characters that a name or an address, and a port, may have. */
static bool is_host(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];

        if (!ascii_is_alnum(c) && (c == '\0' || !strchr("-._~%!$&'()*+,;=:[]", c)))
            return false;
    }
    return true;
}

static void see_host(struct head *head, struct str value)
{
    if (++head->hosts > 1)
        note(head, "the request has several Host headers");
    if (!is_host(str_trim(value)))
        note(head, "the Host header holds a character that it may not have");
}

static void see_length(struct head *head, struct str value)
{
    head->framing.has_length = true;
    if (++head->lengths > 1)
        note(head, "the request has several Content-Length headers");
    if (!read_length(value, &head->framing.length))
        note(head, "Content-Length is not a number");
}

static void see_coding(struct head *head, struct str value)
{
    head->framing.is_chunked = true;
    if (++head->codings > 1 || !str_equal_ignoring_case(value, STR("chunked")))
        note(head, "the only Transfer-Encoding that is understood is chunked");
}

static void see_expect(struct head *head, struct str value)
{
    if (str_equal_ignoring_case(value, STR("100-continue")))
        head->framing.expects_continue = true;
    else
        head->framing.expects_other = true;
}

static void see_type(struct head *head, struct str value)
{
    head->framing.content_type = str_trim(value);
}

static const struct {
    struct str name;
    void (*see)(struct head *head, struct str value);
} known_headers[] = {
    {STR_INIT("Host"), see_host},
    {STR_INIT("Content-Length"), see_length},
    {STR_INIT("Transfer-Encoding"), see_coding},
    {STR_INIT("Expect"), see_expect},
    {STR_INIT("Content-Type"), see_type},
};

static enum MHD_Result see_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                  size_t key_size, const char *value, size_t value_size)
{
    struct head *head = cls;
    struct str name = {key, key_size};
    /* Not trimmed: the library does not do it either, and both must read the same. */
    struct str text = {value ? value : "", value ? value_size : 0};

    (void)kind;
    if (!is_token(name))
        note(head, "a header name holds white space or another character that it may not have");
    if (!is_field_value(text))
        note(head, "a header value holds a control character");
    for (size_t i = 0; i < sizeof known_headers / sizeof known_headers[0]; i++) {
        if (str_equal_ignoring_case(name, known_headers[i].name))
            known_headers[i].see(head, text);
    }
    return MHD_YES;
}

bool framing_read(struct MHD_Connection *connection, const struct head_line *line,
                  struct framing *ret_framing, struct reply *ret_refusal)
{
    struct head head = {.fault = NULL};
    bool is_1_0 = strcmp(line->version, "HTTP/1.0") == 0;

    if (!head_bytes_are_plain(connection, line))
        note(&head,
             "the request's head holds a folded line, a NUL, a header without a name, or a line "
             "that does not end in CRLF");
    if (!is_token(str_from(line->method)))
        note(&head, "the method holds a character that it may not have");
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, see_header, &head);
    if (head.framing.has_length && head.framing.is_chunked)
        note(&head, "the request has both Content-Length and Transfer-Encoding");
    if (head.framing.is_chunked && is_1_0)
        note(&head, "HTTP/1.0 has no Transfer-Encoding");
    if (head.hosts == 0 && !is_1_0)
        note(&head, "the request has no Host header");
    if (head.fault) {
        reply_refuse(ret_refusal, MHD_HTTP_BAD_REQUEST, REJECTION_FRAMING, "%s", head.fault);
        return false;
    }
    *ret_framing = head.framing;
    return true;
}

unsigned framing_count_arguments(const char *target)
{
    unsigned count = 1;

    for (; *target != '\0'; target++)
        count += *target == '&';
    return count;
}

const char *framing_check_target(const char *target)
{
    for (const char *at = target; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;

        if (c <= ' ' || c >= 0x7F)
            return "the request target holds a character that it may not have";
        if (strncmp(at, "%00", 3) == 0)
            return "the request target holds a NUL";
    }
    return framing_count_arguments(target) > FRAMING_MAX_ARGUMENTS
               ? "the query has too many arguments"
               : NULL;
}
