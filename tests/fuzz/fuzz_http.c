/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a client sends on one connection; a byte FF ends a write (http_wire.h). Never
 * more answers than there are requests for somebody who reads by the letter (http_reference.h):
 * each whole request is answered for its own body, in order, and not refused for its form; what is
 * no request, or has no certain end, is refused, and nothing behind it is looked at. So it is
 * however the bytes are cut. Afterwards another client is served.
 */
#include "server/documents/json_reader.h"
#include "tests/fuzz/http_answers.h"
#include "tests/fuzz/http_reference.h"
#include "tests/fuzz/http_wire.h"
#include "tests/fuzz/refusal.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REVIEW                                                                           \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{" \
    "\"uid\":\"fresh\",\"kind\":{\"group\":\"kubevirt.io\",\"version\":\"v1\",\"kind\":" \
    "\"VirtualMachine\"},\"operation\":\"CREATE\",\"object\":{}}}"

/* --- one answer ------------------------------------------------------------------------------ */

static struct str uid_of(const json_t *root, const char *member)
{
    const json_t *uid = json_object_get(json_object_get(root, member), "uid");

    expect(json_is_string(uid));
    return (struct str){json_string_value(uid), json_string_length(uid)};
}

static json_t *read_json(struct str text)
{
    struct error err;
    json_t *root = NULL;

    return json_read(text.data, text.len, &root, &err) == JSON_READ ? root : NULL;
}

/* A review is answered only if its body is one, and by what was asked in it. */
static void expect_review(const struct http_request *request, struct str body)
{
    json_t *asked = read_json((struct str){text_get(&request->body), request->body.len});
    json_t *answered = read_json(body);

    expect(str_equal(request->method, STR("POST")));
    expect(asked && answered);
    expect(str_equal(uid_of(asked, "request"), uid_of(answered, "response")));
    json_decref(asked);
    json_decref(answered);
}

static void expect_good(const struct http_request *request, const struct http_answer *answer)
{
    if (str_equal(answer->type, STR("application/json"))) {
        expect_review(request, answer->body);
    } else if (str_equal(request->method, STR("HEAD"))) {
        expect(answer->body.len == 0);
    } else {
        expect(str_equal(request->method, STR("GET")));
        expect(str_equal(answer->body, STR("ok\n")) ||
               str_equal(answer->body, STR("[+]shutdown ok\n[+]permitted-list ok\n"
                                           "[+]certificate ok\nreadyz check passed\n")));
    }
}

/* One line that says why, and what a client needs to do better. */
static void expect_reason(const struct http_answer *answer, bool has_body)
{
    expect((answer->status == 405) == (answer->allow.data != NULL));
    expect((answer->status != 503 && answer->status != 429) || answer->retry_after.data);
    if (!has_body)
        return;
    expect(answer->body.len > 1);
    /* The library's own pages have no type. */
    if (answer->type.data) {
        expect(answer->body.data[answer->body.len - 1] == '\n');
        expect(http_is_field_value(str_slice(answer->body, 0, answer->body.len - 1)));
    }
}

static void expect_fit(const struct http_request *request, const struct http_answer *answer,
                       bool has_body)
{
    bool is_refused = answer->status >= 400 && answer->status < 500;

    if (request->is_murky) {
        expect(is_refused || answer->status == 200 || answer->status == 503 ||
               answer->status == 505);
        return;
    }
    if (is_refused || answer->status == 503)
        expect_reason(answer, has_body);
    else if (answer->status == 505)
        expect(request->has_other_version || request->verdict == HTTP_BAD);
    else
        expect(answer->status == 200 && request->verdict == HTTP_WHOLE);
    if (answer->status == 200)
        expect_good(request, answer);
    if (request->verdict != HTTP_WHOLE)
        expect(answer->closes);
    else if (!request->is_odd && !request->is_1_0 && !request->asks_to_close)
        expect(answer->status != 400 || !answer->closes);
}

/* --- a connection ---------------------------------------------------------------------------- */

static enum http_body body_expected(const struct http_request *request)
{
    if (request->verdict != HTTP_WHOLE || request->is_murky)
        return HTTP_BODY_OR_NOT;
    return str_equal(request->method, STR("HEAD")) ? HTTP_NO_BODY : HTTP_BODY;
}

/* Compares what came with the requests; the server may end the connection before their end. */
static void expect_answers(struct str sent, const struct http_wire *wire)
{
    struct str received = {text_get(&wire->received), wire->received.len};
    size_t sent_at = 0, received_at = 0;
    bool more = true, is_clear = true;

    while (more) {
        struct http_request request;
        struct http_answer answer;
        enum http_body expected;
        unsigned interim;
        bool answered;

        http_reference_next(sent, &sent_at, &request);
        expected = body_expected(&request);
        answered = http_answer_next(received, &received_at, expected, &answer, &interim);
        is_clear = !request.is_murky;
        expect(!is_clear || interim <= (request.expects_continue ? 1U : 0U));
        if (answered) {
            expect(request.verdict != HTTP_NONE);
            expect_fit(&request, &answer, expected != HTTP_NO_BODY && answer.body.data);
        }
        if (request.verdict == HTTP_WHOLE && is_clear)
            expect(answered || wire->closed);
        if ((request.verdict == HTTP_BAD && is_clear) || (answered && answer.closes))
            expect(wire->closed);
        more = request.verdict == HTTP_WHOLE && answered && !answer.closes && is_clear;
        http_request_clear(&request);
    }
    expect(received_at == received.len || !is_clear);
}

/* The bytes without the cuts. */
static void join(struct str bytes, struct text *joined)
{
    while (bytes.len > 0) {
        size_t end = str_find(bytes, HTTP_WIRE_CUT);

        text_add_str(joined, str_slice(bytes, 0, end));
        bytes = str_slice(bytes, end + 1, bytes.len);
    }
}

static void expect_others_are_served(void)
{
    CLEANUP_TEXT struct text request = TEXT_INIT(4096);
    struct http_wire wire;

    text_addf(&request,
              "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
              "Content-Length: %zu\r\n\r\n" REVIEW,
              sizeof REVIEW - 1);
    http_wire_exchange((struct str){text_get(&request), request.len}, false, &wire);
    expect(str_starts_with(str_from(text_get(&wire.received)), STR("HTTP/1.1 200 ")));
    expect_answers((struct str){text_get(&request), request.len}, &wire);
    http_wire_clear(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    CLEANUP_TEXT struct text joined = TEXT_INIT(size);
    struct http_wire whole, parts;
    struct str sent;

    join(bytes, &joined);
    sent = (struct str){text_get(&joined), joined.len};
    http_wire_exchange(sent, false, &whole);
    expect_answers(sent, &whole);
    http_wire_exchange(bytes, true, &parts);
    expect_answers(sent, &parts);
    http_wire_clear(&whole);
    http_wire_clear(&parts);
    expect_others_are_served();
    return 0;
}
