/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/http_answers.h"

#include "tests/fuzz/http_reference.h"
#include "tests/fuzz/refusal.h"

struct head {
    struct http_answer *answer;
    unsigned lengths;
    size_t length;
};

/* Lines of the server end in CRLF, always. */
static struct str read_line(struct str received, size_t *at)
{
    struct str rest = str_slice(received, *at, received.len);
    size_t end = str_find(rest, '\n');

    expect(end > 0 && end < rest.len && rest.data[end - 1] == '\r');
    *at += end + 1;
    return str_slice(rest, 0, end - 1);
}

static void read_status_line(struct str line, struct http_answer *answer)
{
    expect(line.len >= 13 &&
           (str_starts_with(line, STR("HTTP/1.1 ")) || str_starts_with(line, STR("HTTP/1.0 "))));
    expect(line.data[12] == ' ');
    for (size_t i = 9; i < 12; i++) {
        expect(ascii_is_digit(line.data[i]));
        answer->status = answer->status * 10 + (unsigned)(line.data[i] - '0');
    }
    expect(answer->status >= 100 && answer->status < 600);
}

static size_t read_length(struct str value)
{
    size_t length = 0;

    expect(value.len > 0 && value.len < 10);
    for (size_t i = 0; i < value.len; i++) {
        expect(ascii_is_digit(value.data[i]));
        length = length * 10 + (size_t)(value.data[i] - '0');
    }
    return length;
}

static void set_once(struct str *field, struct str value)
{
    expect(!field->data);
    *field = value;
}

static void see_header(struct head *head, struct str line)
{
    size_t colon = str_find(line, ':');
    struct str name = str_slice(line, 0, colon);
    struct str value = str_trim(str_slice(line, colon + 1, line.len));

    expect(colon < line.len && http_is_token(name) && http_is_field_value(value));
    expect(!str_equal_ignoring_case(name, STR("Transfer-Encoding")));
    if (str_equal_ignoring_case(name, STR("Content-Length"))) {
        expect(++head->lengths == 1);
        head->length = read_length(value);
    } else if (str_equal_ignoring_case(name, STR("Connection"))) {
        head->answer->closes |= str_equal_ignoring_case(value, STR("close"));
    } else if (str_equal_ignoring_case(name, STR("Content-Type"))) {
        set_once(&head->answer->type, value);
    } else if (str_equal_ignoring_case(name, STR("Allow"))) {
        set_once(&head->answer->allow, value);
    } else if (str_equal_ignoring_case(name, STR("Retry-After"))) {
        set_once(&head->answer->retry_after, value);
    }
}

/* libmicrohttpd 0.9.75 writes the head twice above its own page for a bad Content-Length. */
static void skip_doubled_head(struct str received, size_t from, size_t *at)
{
    struct str head = str_slice(received, from, *at - from);

    if (str_starts_with(str_slice(received, *at, received.len), head))
        *at += head.len;
}

static void read_head(struct str received, size_t *at, struct head *head)
{
    size_t from = *at;
    struct str line;

    read_status_line(read_line(received, at), head->answer);
    while ((line = read_line(received, at)).len > 0)
        see_header(head, line);
    if (head->answer->status >= 400 && !head->answer->type.data)
        skip_doubled_head(received, from, at);
}

bool http_answer_next(struct str received, size_t *at, enum http_body expected,
                      struct http_answer *ret_answer, unsigned *ret_interim)
{
    *ret_interim = 0;
    while (*at < received.len) {
        struct head head = {.answer = ret_answer};

        *ret_answer = (struct http_answer){.status = 0};
        read_head(received, at, &head);
        if (ret_answer->status < 200) {
            expect(ret_answer->status == 100 && head.lengths == 0);
            ++*ret_interim;
            continue;
        }
        expect(head.lengths == 1);
        if (expected == HTTP_NO_BODY || (expected == HTTP_BODY_OR_NOT && *at == received.len))
            return true;
        expect(head.length <= received.len - *at);
        ret_answer->body = str_slice(received, *at, head.length);
        *at += head.length;
        return true;
    }
    return false;
}
