/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_reply.h"

#include "base/text.h"
#include "server/documents/json_reader.h"

#include <jansson.h>
#include <stdlib.h>

void api_reply_clear(struct api_reply *reply)
{
    free(reply->body);
    *reply = (struct api_reply){.status = 0};
}

/* Adds the message of a metav1.Status, if the body is one. */
static void add_status_message(struct text *text, const struct api_reply *reply)
{
    struct error ignored;
    json_t *status = NULL;
    const json_t *message;

    if (reply->len == 0 || json_read(reply->body, reply->len, &status, &ignored) != JSON_READ)
        return;
    message = json_object_get(status, "message");
    if (json_is_string(message) && json_string_length(message) > 0) {
        text_add(text, ": ");
        text_add_escaped(text,
                         (struct str){json_string_value(message), json_string_length(message)});
    }
    json_decref(status);
}

static const char *advice(long status)
{
    return status == 401 ? "; the token or client certificate is not accepted: look whether it has "
                           "expired, and whether it is one of this cluster"
                         : "";
}

bool api_reply_error(const struct api_reply *reply, const char *what, struct error *err)
{
    /* Half of what an error holds: those further up have their say, too. */
    CLEANUP_TEXT struct text text = TEXT_INIT(sizeof err->message / 2);

    text_addf(&text, "HTTP %ld", reply->status);
    add_status_message(&text, reply);
    return error_set(err, "%s: %s%s%s", what, text_get(&text), text.truncated ? "…" : "",
                     advice(reply->status));
}
