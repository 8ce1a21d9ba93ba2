/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_read.h"

#include "base/text.h"
#include "server/documents/json_reader.h"
#include "server/monotonic.h"

#include <string.h>

/* A path is shown without its query, in which a token to continue may take 4 KiB. */
#define SHOWN_PATH_MAX 200

static void set_what(struct text *what, const char *path)
{
    text_add(what, "GET ");
    text_add_escaped(what, str_slice(str_from(path), 0, strcspn(path, "?")));
}

/* Roles are given by the names that the API server's own message has, too. */
static void add_permission(const struct kind *kind, struct text *text)
{
    if (kind)
        text_addf(text,
                  "; the webhook needs the verbs get, list and watch on the resource %s of the API "
                  "group %s: the ClusterRole hostdev-webhook in deploy/base has that rule",
                  kind->resource, kind->group);
    else
        text_add(text, "; the webhook must be allowed to see which APIs there are: the ClusterRole "
                       "system:discovery of every cluster has that rule");
}

enum api_read_result api_read_judge(const struct api_reply *reply, const char *path,
                                    const struct kind *kind, unsigned *ret_retry_after_ms,
                                    struct error *err)
{
    CLEANUP_TEXT struct text what = TEXT_INIT(SHOWN_PATH_MAX);
    CLEANUP_TEXT struct text whole = TEXT_INIT(sizeof err->message);

    *ret_retry_after_ms = reply->retry_after < RETRY_AFTER_LIMIT_MS / 1000
                              ? (unsigned)reply->retry_after * 1000
                              : RETRY_AFTER_LIMIT_MS;
    set_what(&what, path);
    api_reply_error(reply, text_get(&what), err);
    if (reply->status == 403) {
        text_add(&whole, err->message);
        add_permission(kind, &whole);
        error_set(err, "%s", text_get(&whole));
    }
    return reply->status == 404   ? API_READ_NOT_FOUND
           : reply->status == 410 ? API_READ_EXPIRED
                                  : API_READ_FAILED;
}

static enum api_read_result parse(const struct api_reply *reply, const char *path,
                                  json_t **ret_json, struct error *err)
{
    CLEANUP_TEXT struct text what = TEXT_INIT(SHOWN_PATH_MAX);

    if (json_read(reply->body, reply->len, ret_json, err) == JSON_READ)
        return API_READ_DONE;
    set_what(&what, path);
    error_wrap(err, "%s: the answer", text_get(&what));
    return API_READ_FAILED;
}

enum api_read_result api_read(struct api_reads *reads, const char *path, const struct kind *kind,
                              json_t **ret_json, struct error *err)
{
    long long left_ms = reads->until_ms - monotonic_ms();
    struct api_request request = {.method = "GET", .path = path};
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    CLEANUP_TEXT struct text what = TEXT_INIT(SHOWN_PATH_MAX);

    reads->not_found = false;
    set_what(&what, path);
    if (left_ms <= 0) {
        error_set(err, "%s: no time is left for it", text_get(&what));
        return API_READ_FAILED;
    }
    request.deadline_ms = (unsigned)left_ms;
    if (!api_client_call(reads->client, &request, &reply, err)) {
        error_wrap(err, "%s", text_get(&what));
        return API_READ_FAILED;
    }
    reads->not_found = reply.status == 404;
    if (reply.status == 200)
        return parse(&reply, path, ret_json, err);
    return api_read_judge(&reply, path, kind, &reads->retry_after_ms, err);
}
