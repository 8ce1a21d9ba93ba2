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

void reply_text(struct reply *reply, unsigned status, const char *format, ...)
{
    char line[1280]; /* an error's message (1,024 bytes) and some words around it */
    va_list args;
    size_t len;

    va_start(args, format);
    vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    len = strlen(line);
    line[len++] = '\n';
    line[len] = '\0';
    reply_free(reply);
    reply->status = status;
    reply->body = strdup(line);
    reply->body_len = reply->body ? len : 0;
}

static bool add_headers(struct MHD_Response *response, const struct reply *reply)
{
    char seconds[16];

    snprintf(seconds, sizeof seconds, "%u", reply->retry_after);
    return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                   reply->is_json ? "application/json"
                                                  : "text/plain; charset=utf-8") == MHD_YES &&
           (!reply->allow ||
            MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow) == MHD_YES) &&
           (reply->retry_after == 0 ||
            MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds) == MHD_YES) &&
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
