/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/cluster_source.h"

#include "server/cluster/api_list.h"
#include "server/cluster/outage.h"
#include "server/cluster/served_choice.h"
#include "server/cluster/watcher.h"
#include "server/log.h"
#include "server/monotonic.h"

#include <stdatomic.h>
#include <stdlib.h>

struct cluster_source {
    struct served_choice choice;
    struct permitted_feed *feed;
    struct api_client *client; /* of the refresher's thread */
    struct watcher *watcher;
    struct refresher *refresher;
    atomic_bool stopping;

    /* Only used by the refresher's thread. */
    struct outage outage;
};

/* --- the refresher's thread ------------------------------------------------------------------ */

static struct api_reads begin_reads(struct cluster_source *source)
{
    return (struct api_reads){
        .client = source->client,
        .until_ms = monotonic_ms() + REFRESHER_DEADLINE_MS,
    };
}

static enum served_choice_result find(struct cluster_source *source, struct api_reads *reads,
                                      const struct kind *assumed, const struct kind **ret_kind,
                                      struct error *err)
{
    struct feed_mark known;

    permitted_feed_mark(source->feed, &known);
    return served_choice_find(&source->choice, reads, known.kind, assumed, ret_kind, err);
}

static bool read_kind(struct cluster_source *source, struct api_reads *reads,
                      const struct kind *kind, struct error *err)
{
    struct feed_mark before;
    struct object_store *store;
    bool good;

    permitted_feed_mark(source->feed, &before);
    store = api_list(reads, kind, err);
    if (!store)
        return false;
    good = permitted_feed_replace(source->feed, store, &before, err);
    watcher_expect(source->watcher, kind);
    watcher_encourage(source->watcher);
    return good;
}

static bool find_and_read(struct cluster_source *source, struct api_reads *reads,
                          const struct kind *assumed, struct error *err)
{
    const struct kind *kind = NULL;

    switch (find(source, reads, assumed, &kind, err)) {
    case SERVED_CHOICE_FOUND:
        return read_kind(source, reads, kind, err);
    case SERVED_CHOICE_NONE:
        watcher_expect(source->watcher, NULL);
        return false;
    case SERVED_CHOICE_UNSURE:
    case SERVED_CHOICE_FAILED:
        break;
    }
    return false;
}

/* Two round trips as long as the same API serves the list; what has changed takes some more. */
static bool read_list(struct cluster_source *source, struct error *err)
{
    struct api_reads reads = begin_reads(source);
    struct feed_mark known;

    permitted_feed_mark(source->feed, &known);
    return find_and_read(source, &reads, known.kind, err) ||
           (known.kind && reads.not_found && find_and_read(source, &reads, NULL, err));
}

/* Reviews tell their own users; the log has it once for each reason. */
static bool read_afresh(void *context, struct error *err)
{
    struct cluster_source *source = context;
    struct error why;

    if (atomic_load(&source->stopping))
        return error_set(err, "the server is stopping");
    if (read_list(source, &why)) {
        if (outage_end(&source->outage))
            log_message(LOG_INFO, "the permitted list can be read afresh again");
        return true;
    }
    if (!atomic_load(&source->stopping) && outage_begin(&source->outage, &why))
        log_event(LOG_WARN, "the permitted list can't be read afresh before a denial",
                  LOG_TEXT("problem", why.message));
    *err = why;
    return false;
}

static bool is_sure(enum served_choice_result result)
{
    return result == SERVED_CHOICE_FOUND || result == SERVED_CHOICE_NONE;
}

/* What keeps the watcher from asking keeps this from asking, too, and the watcher tells. */
static void look(void *context)
{
    struct cluster_source *source = context;
    struct api_reads reads = begin_reads(source);
    const struct kind *kind = NULL;
    struct error ignored;

    if (!atomic_load(&source->stopping) && is_sure(find(source, &reads, NULL, &kind, &ignored)))
        watcher_expect(source->watcher, kind);
}

/* --- life ------------------------------------------------------------------------------------ */

static bool start_watcher(struct cluster_source *source, const struct cluster_source_config *config,
                          struct error *err)
{
    const struct watcher_config watcher = {
        .cluster = config->cluster,
        .current = config->current,
        .feed = source->feed,
        .choice = &source->choice,
        .timing = config->timing,
    };

    source->watcher = watcher_start(&watcher, err);
    return source->watcher != NULL;
}

static bool start_refresher(struct cluster_source *source,
                            const struct cluster_source_config *config, struct error *err)
{
    const struct refresh_source refresh = {
        .read = read_afresh,
        .look = look,
        .look_interval_ms = config->timing.look_ms,
        .source = source,
    };

    source->refresher = refresher_start(&refresh, err);
    return source->refresher != NULL;
}

struct cluster_source *cluster_source_start(const struct cluster_source_config *config,
                                            struct error *err)
{
    struct cluster_source *source = calloc(1, sizeof *source);

    if (!source) {
        error_no_memory(err);
        return NULL;
    }
    served_choice_init(&source->choice, config->from, config->timing.look_ms);
    atomic_init(&source->stopping, false);
    source->feed = permitted_feed_new(config->current, err);
    source->client = source->feed ? api_client_new(config->cluster, err) : NULL;
    if (source->client && start_watcher(source, config, err) &&
        start_refresher(source, config, err))
        return source;
    cluster_source_free(source);
    return NULL;
}

void cluster_source_stop(struct cluster_source *source)
{
    if (!source)
        return;
    /* Looked at before each reading, so that the interruption hits the only one under way. */
    atomic_store(&source->stopping, true);
    if (source->client)
        api_client_interrupt(source->client);
    refresher_stop(source->refresher);
    /* After the refresher, which speaks to it. */
    watcher_stop(source->watcher);
    source->watcher = NULL;
}

void cluster_source_free(struct cluster_source *source)
{
    if (!source)
        return;
    cluster_source_stop(source);
    refresher_free(source->refresher);
    api_client_free(source->client);
    permitted_feed_free(source->feed);
    served_choice_destroy(&source->choice);
    free(source);
}

struct refresher *cluster_source_refresher(struct cluster_source *source)
{
    return source->refresher;
}
