/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reply_free(struct reply *reply)
{
    free(reply->body);
    *reply = (struct reply){0};
}

static void set_text(struct reply *reply, unsigned status, enum rejection why, const char *format,
                     va_list args) __attribute__((format(printf, 4, 0)));

static void set_text(struct reply *reply, unsigned status, enum rejection why, const char *format,
                     va_list args)
{
    char line[1280]; /* an error's message (1,024 bytes) and some words around it */
    size_t len;

    vsnprintf(line, sizeof line - 1, format, args);
    len = strlen(line);
    line[len++] = '\n';
    line[len] = '\0';
    reply_free(reply);
    reply->status = status;
    reply->rejection = why;
    reply->body = strdup(line);
    reply->body_len = reply->body ? len : 0;
}

void reply_text(struct reply *reply, unsigned status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_text(reply, status, REJECTION_NONE, format, args);
    va_end(args);
}

void reply_refuse(struct reply *reply, unsigned status, enum rejection why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_text(reply, status, why, format, args);
    va_end(args);
}

static bool add_retry_after(struct MHD_Response *response, unsigned retry_after)
{
    char seconds[16];

    snprintf(seconds, sizeof seconds, "%u", retry_after);
    return MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds) == MHD_YES;
}

static bool add_headers(struct MHD_Response *response, const struct reply *reply)
{
    return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                   reply->content_type ? reply->content_type
                                                       : "text/plain; charset=utf-8") == MHD_YES &&
           (!reply->allow ||
            MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow) == MHD_YES) &&
           (reply->retry_after == 0 || add_retry_after(response, reply->retry_after)) &&
           (!reply->close ||
            MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES);
}

enum MHD_Result reply_queue(struct MHD_Connection *connection, struct reply *reply)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body_len, reply->body, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result result = MHD_NO;

    if (response) {
        reply->body = NULL;
        if (add_headers(response, reply))
            result = MHD_queue_response(connection, reply->status, response);
        MHD_destroy_response(response);
    }
    reply_free(reply);
    return result;
}

void reply_write(const struct reply *reply, struct text *bytes)
{
    text_addf(bytes,
              "HTTP/1.1 %u %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: %zu\r\nConnection: close\r\n\r\n",
              reply->status, MHD_get_reason_phrase_for(reply->status), reply->body_len);
    text_add_str(bytes, (struct str){reply->body ? reply->body : "", reply->body_len});
}
