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

static void see_host(struct head *head, struct str value)
{
    (void)value;
    if (++head->hosts > 1)
        note(head, "the request has several Host headers");
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
    head->framing.expects_continue = str_equal_ignoring_case(value, STR("100-continue"));
}

static void see_type(struct head *head, struct str value)
{
    head->framing.content_type = str_trim(value);
}

static const struct {
    struct str name;
    void (*see)(struct head *head, struct str value);
    bool frames; /* a name that goes on behind this one is a folded line, glued by the library */
} known_headers[] = {
    {STR_INIT("Host"), see_host, false},
    {STR_INIT("Content-Length"), see_length, true},
    {STR_INIT("Transfer-Encoding"), see_coding, true},
    {STR_INIT("Expect"), see_expect, false},
    {STR_INIT("Content-Type"), see_type, false},
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
    for (size_t i = 0; i < sizeof known_headers / sizeof known_headers[0]; i++) {
        struct str known = known_headers[i].name;

        if (str_equal_ignoring_case(name, known))
            known_headers[i].see(head, text);
        else if (known_headers[i].frames &&
                 str_equal_ignoring_case(str_slice(name, 0, known.len), known))
            note(head, "a header is folded over several lines");
    }
    return MHD_YES;
}

bool framing_read(struct MHD_Connection *connection, const char *version,
                  struct framing *ret_framing, struct reply *ret_refusal)
{
    struct head head = {.fault = NULL};
    bool is_1_0 = strcmp(version, "HTTP/1.0") == 0;

    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, see_header, &head);
    if (head.framing.has_length && head.framing.is_chunked)
        note(&head, "the request has both Content-Length and Transfer-Encoding");
    if (head.framing.is_chunked && is_1_0)
        note(&head, "HTTP/1.0 has no Transfer-Encoding");
    if (head.hosts == 0 && !is_1_0)
        note(&head, "the request has no Host header");
    if (head.fault) {
        reply_text(ret_refusal, MHD_HTTP_BAD_REQUEST, "%s", head.fault);
        ret_refusal->close = true;
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
