/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/http_reference.h"

#include <stdint.h>
#include <string.h>

/* More than any input of the fuzzer has. */
#define BODY_MAX ((size_t)1024 * 1024)

/* What the fields of a head say about the body. */
struct fields {
    unsigned hosts;
    unsigned lengths;
    unsigned codings;
    uint64_t length;
};

struct reader {
    struct str bytes;
    size_t at;
    enum http_verdict verdict; /* HTTP_WHOLE until something is wrong */
};

static bool stop(struct reader *reader, enum http_verdict verdict)
{
    reader->verdict = verdict;
    return false;
}

/* The next line without its end. */
static bool read_line(struct reader *reader, struct str *ret_line)
{
    struct str rest = str_slice(reader->bytes, reader->at, reader->bytes.len);
    size_t end = str_find(rest, '\n');

    if (end == rest.len)
        return stop(reader, HTTP_PARTIAL);
    reader->at += end + 1;
    if (end > 0 && (rest.data[end - 1] == '\r' || rest.data[end - 1] == '\0'))
        end--;
    *ret_line = str_slice(rest, 0, end);
    return true;
}

/* A line that was read ended in a LF alone. */
static bool ended_bare(struct str line)
{
    return line.data[line.len] == '\n';
}

static bool is_as_empty(struct str line)
{
    return line.len == 0 || line.data[0] == '\0';
}

/* What is allowed, and refused by the server all the same; nobody sends it. */
static bool is_odd_target(struct str target)
{
    size_t arguments = 1;

    for (size_t i = 0; i < target.len; i++)
        arguments += target.data[i] == '&';
    return memmem(target.data, target.len, "%00", 3) || arguments > 64;
}

bool http_is_token(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!ascii_is_alnum(c) && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return name.len > 0;
}

bool http_is_field_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];

        if ((c < ' ' && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

static struct str trim_blanks(struct str text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = str_slice(text, 1, text.len);
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* --- the head -------------------------------------------------------------------------------- */

static bool is_target(struct str target)
{
    for (size_t i = 0; i < target.len; i++) {
        if (target.data[i] <= ' ' || target.data[i] >= 0x7F)
            return false;
    }
    return target.len > 0;
}

static bool read_version(struct str version, struct http_request *request)
{
    bool is_version = version.len == 8 && str_starts_with(version, STR("HTTP/")) &&
                      ascii_is_digit(version.data[5]) && version.data[6] == '.' &&
                      ascii_is_digit(version.data[7]);

    request->is_1_0 = is_version && version.data[7] == '0';
    request->has_other_version = is_version && version.data[5] != '1';
    return is_version && !request->has_other_version;
}

/* The version is the last word, also where the words before it are too many. */
static struct str trim_spaces(struct str text)
{
    while (text.len > 0 && text.data[0] == ' ')
        text = str_slice(text, 1, text.len);
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

static bool read_request_line(struct str line, struct http_request *request)
{
    size_t end = str_find(line, ' ');
    const char *last = line.len > 0 ? memrchr(line.data, ' ', line.len) : NULL;
    struct str version = STR_INIT("");

    request->method = str_slice(line, 0, end);
    if (last) {
        size_t at = (size_t)(last - line.data);

        version = str_slice(line, at + 1, line.len);
        request->target = trim_spaces(str_slice(line, end, at > end ? at - end : 0));
        request->is_odd = is_odd_target(request->target) || (at > 0 && line.data[at - 1] == ' ');
    }
    return read_version(version, request) && http_is_token(request->method) &&
           is_target(request->target);
}

/* 1*DIGIT or 1*HEXDIG of at most 64 bits. */
static bool read_number(struct str text, unsigned base, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_lower(text.data[i]);
        unsigned digit;

        if (!(base == 16 ? ascii_is_hex(c) : ascii_is_digit(c)))
            return false;
        digit = ascii_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
        if (__builtin_mul_overflow(number, (uint64_t)base, &number) ||
            __builtin_add_overflow(number, (uint64_t)digit, &number))
            return false;
    }
    *ret_number = number;
    return text.len > 0;
}

/* A field line of a head, without folding. */
static bool split_field(struct str line, struct str *ret_name, struct str *ret_value)
{
    size_t colon = str_find(line, ':');

    *ret_name = str_slice(line, 0, colon);
    *ret_value = trim_blanks(str_slice(line, colon + 1, line.len));
    return colon < line.len && http_is_token(*ret_name) && http_is_field_value(*ret_value);
}

/* RFC 9110 7.2 and RFC 3986 3.2: a request with another Host must be refused (RFC 9112 3.2). */
static bool is_host(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];

        if (!ascii_is_alnum(c) && (c == '\0' || !strchr("-._~%!$&'()*+,;=:[]", c)))
            return false;
    }
    return true;
}

static bool see_field(struct str line, struct fields *fields, struct http_request *request)
{
    struct str name, value;
    bool frames;

    if (!split_field(line, &name, &value))
        return false;
    frames = str_equal_ignoring_case(name, STR("Content-Length")) ||
             str_equal_ignoring_case(name, STR("Transfer-Encoding"));
    request->is_odd |=
        frames && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t');
    if (str_equal_ignoring_case(name, STR("Host")))
        return ++fields->hosts == 1 && is_host(value);
    if (str_equal_ignoring_case(name, STR("Content-Length")))
        return ++fields->lengths == 1 && read_number(value, 10, &fields->length);
    if (str_equal_ignoring_case(name, STR("Transfer-Encoding")))
        return ++fields->codings == 1 && str_equal_ignoring_case(value, STR("chunked"));
    if (str_equal_ignoring_case(name, STR("Connection")))
        request->asks_to_close |= !str_equal_ignoring_case(value, STR("keep-alive"));
    if (str_equal_ignoring_case(name, STR("Expect")))
        request->expects_continue |= str_equal_ignoring_case(value, STR("100-continue"));
    return true;
}

static bool are_consistent(const struct fields *fields, const struct http_request *request)
{
    return (fields->lengths == 0 || fields->codings == 0) &&
           (request->is_1_0 ? fields->codings == 0 : fields->hosts == 1);
}

/* A colon and a LF look like CRLF once the library has read them: see http_reference.h. */
static bool ends_head(struct str line)
{
    return line.len == 0 || (str_equal(line, STR(":")) && ended_bare(line));
}

static bool is_well_ended(struct str line)
{
    return !ended_bare(line) || str_equal(line, STR(":"));
}

/* What is wrong with a head counts once all of it is there: until then nobody need have looked. */
static bool read_head(struct reader *reader, struct fields *fields, struct http_request *request)
{
    struct str line;
    bool good;

    if (!read_line(reader, &line))
        return false;
    good = read_request_line(line, request) && !ended_bare(line);
    while (read_line(reader, &line)) {
        good = good && is_well_ended(line);
        if (ends_head(line))
            return (good && are_consistent(fields, request)) || stop(reader, HTTP_BAD);
        good = see_field(line, fields, request) && good;
    }
    return false;
}

/* --- the body -------------------------------------------------------------------------------- */

static bool read_bytes(struct reader *reader, uint64_t count, struct text *body)
{
    if (count > reader->bytes.len - reader->at)
        return stop(reader, HTTP_PARTIAL);
    text_add_str(body, str_slice(reader->bytes, reader->at, (size_t)count));
    reader->at += (size_t)count;
    return true;
}

/* RFC 9112 7.1: a size, and an extension that is passed over. */
static bool read_chunk_size(struct reader *reader, uint64_t *ret_size)
{
    struct str line;

    if (!read_line(reader, &line))
        return false;
    return read_number(str_slice(line, 0, str_find(line, ';')), 16, ret_size) ||
           stop(reader, HTTP_BAD);
}

static bool is_trailer_line(struct str line, bool first)
{
    return str_find(line, ':') < line.len ||
           (!first && (line.data[0] == ' ' || line.data[0] == '\t'));
}

static bool read_trailer(struct reader *reader)
{
    struct str line;

    for (bool first = true; read_line(reader, &line); first = false) {
        if (is_as_empty(line) || line.data[0] == ':')
            return true;
        if (!is_trailer_line(line, first))
            return stop(reader, HTTP_BAD);
    }
    return false;
}

static bool read_chunks(struct reader *reader, struct text *body)
{
    struct str line;
    uint64_t size;

    while (read_chunk_size(reader, &size)) {
        if (size == 0)
            return read_trailer(reader);
        if (!read_bytes(reader, size, body))
            return false;
        /* Anything but a line's end shows without the rest of a line, in two bytes at most. */
        line = str_slice(reader->bytes, reader->at, 2);
        if (line.len == 0 || (line.len == 1 && line.data[0] != '\n'))
            return stop(reader, HTTP_PARTIAL);
        if (line.data[0] != '\n' && !str_equal(line, STR("\r\n")))
            return stop(reader, HTTP_BAD);
        reader->at += line.data[0] == '\n' ? 1 : 2;
    }
    return false;
}

/* --- the request ----------------------------------------------------------------------------- */

/* Empty lines in front of a request are passed over (RFC 9112 2.2). */
static size_t behind_empty_lines(struct str bytes, size_t at)
{
    struct reader reader = {.bytes = bytes, .at = at};
    struct str line;

    while (read_line(&reader, &line) && is_as_empty(line))
        at = reader.at;
    return at;
}

/*
 * libmicrohttpd 0.9.75 ends texts at a NUL, and has ideas of its own about lines that begin with a
 * colon; by what it leaves behind not all of that can be told, see server/http/head_bytes.h.
 */
static bool is_murky(struct str bytes)
{
    return memchr(bytes.data, '\0', bytes.len) || memmem(bytes.data, bytes.len, "\n:", 2);
}

void http_reference_next(struct str bytes, size_t *at, struct http_request *ret_request)
{
    struct reader reader = {
        .bytes = bytes, .at = behind_empty_lines(bytes, *at), .verdict = HTTP_WHOLE};
    struct fields fields = {.hosts = 0};

    *ret_request = (struct http_request){.body = TEXT_INIT(BODY_MAX)};
    if (reader.at == bytes.len) {
        ret_request->verdict = HTTP_NONE;
        return;
    }
    if (read_head(&reader, &fields, ret_request)) {
        if (fields.codings > 0)
            read_chunks(&reader, &ret_request->body);
        else
            read_bytes(&reader, fields.length, &ret_request->body);
    }
    ret_request->verdict = reader.verdict;
    ret_request->is_murky = is_murky(str_slice(bytes, *at, reader.at));
    if (reader.verdict == HTTP_WHOLE)
        *at = reader.at;
}

void http_request_clear(struct http_request *request)
{
    text_free(&request->body);
}
