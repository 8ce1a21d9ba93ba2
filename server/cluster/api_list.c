/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/api_list.h"

#include <stdlib.h>
#include <string.h>

/* As client-go's pager. A cluster has one such object: one page. */
#define PAGE_LIMIT 500

/* A token lives some five minutes: longer than a list may take. */
#define MAX_RESTARTS 3

/* The path itself, and a token of which each byte may take three. */
#define PATH_MAX_BYTES (256 + 3 * CONTINUE_MAX)

void api_list_add_path(struct text *path, const struct kind *kind)
{
    text_addf(path, "/apis/%s/%s/%s", kind->group, kind->version, kind->resource);
}

/* `*token` is the page's; it gets the one of the next page, NULL after the last. */
static enum api_read_result read_page(struct api_reads *reads, struct object_store *store,
                                      char **token, struct error *err)
{
    const struct kind *kind = object_store_kind(store);
    CLEANUP_TEXT struct text path = TEXT_INIT(PATH_MAX_BYTES);
    enum api_read_result result;
    json_t *page = NULL;

    api_list_add_path(&path, kind);
    text_addf(&path, "?limit=%d", PAGE_LIMIT);
    if (*token) {
        text_add(&path, "&continue=");
        text_add_percent(&path, str_from(*token), '-');
    }
    free(*token);
    *token = NULL;
    if (path.failed) {
        error_no_memory(err);
        return API_READ_FAILED;
    }
    result = api_read(reads, text_get(&path), kind, &page, err);
    if (result == API_READ_DONE && !object_store_add_page(store, page, token, err)) {
        error_wrap(err, "GET /apis/%s/%s/%s", kind->group, kind->version, kind->resource);
        result = API_READ_FAILED;
    }
    json_decref(page);
    return result;
}

/* EXPIRED: the token of a page is not good any more. */
static enum api_read_result read_pages(struct api_reads *reads, struct object_store *store,
                                       struct error *err)
{
    char *token = NULL;
    bool is_first = true;
    enum api_read_result result;

    do {
        result = read_page(reads, store, &token, err);
        if (result == API_READ_EXPIRED && is_first)
            result = API_READ_FAILED;
        is_first = false;
    } while (result == API_READ_DONE && token);
    return result;
}

struct object_store *api_list(struct api_reads *reads, const struct kind *kind, struct error *err)
{
    struct error why;

    for (int i = 0; i <= MAX_RESTARTS; i++) {
        struct object_store *store = object_store_new(kind, &why);
        enum api_read_result result = store ? read_pages(reads, store, &why) : API_READ_FAILED;

        if (result == API_READ_DONE)
            return store;
        object_store_free(store);
        if (result != API_READ_EXPIRED)
            break;
    }
    *err = why;
    return NULL;
}
