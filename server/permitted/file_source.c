/* SPDX-License-Identifier: Apache-2.0 */
#include "server/permitted/file_source.h"

#include "base/text.h"
#include "server/file_follower.h"
#include "server/log.h"
#include "server/metrics/metrics.h"
#include "server/permitted/manifest.h"
#include "server/ticker.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Faults that one loading logs: more would push everything else out of sight. */
#define MAX_FAULTS_LOGGED 20
#define MAX_FAULT_BYTES ((size_t)16 * 1024)

/* At the usual interval, every 10 s. */
#define LOOKS_BETWEEN_TRIES 20

struct file_source {
    struct file_source_config config;
    struct ticker *ticker;

    /* Only used by the ticker's thread, and before it is started. */
    struct file_follower follower;
    struct file_look failed; /* what the file looked like at the last failure */
    struct error problem;    /* that failure; empty: none since a success */
    char *content;           /* of the last good reading, to tell a real change; owned */
    size_t content_len;
    char shown_path[512]; /* for messages: escaped */
};

/* --- one reading ----------------------------------------------------------------------------- */

enum reading {
    READING_DONE,
    READING_FAILED,
    READING_UNSTEADY, /* the file changed meanwhile: look again */
};

static bool check_kind(const struct file_look *look, struct error *err)
{
    if (look->error != 0)
        return error_set(err, "%s", strerror(look->error));
    if (!S_ISREG(look->mode))
        return error_set(err, "not a regular file");
    if ((unsigned long long)look->size > FILE_SOURCE_MAX_BYTES)
        return error_set(err, "%lld bytes, where at most %zu are read", (long long)look->size,
                         FILE_SOURCE_MAX_BYTES);
    return true;
}

/* Reads to the end or until `capacity` bytes are there. False: errno says why. */
static bool read_all(int fd, char *buffer, size_t capacity, size_t *ret_len)
{
    size_t len = 0;

    while (len < capacity) {
        ssize_t got = read(fd, buffer + len, capacity - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *ret_len = len;
    return true;
}

/* `fd` was opened while the file looked like `before`. `buffer` holds one byte more than that. */
static enum reading read_steadily(int fd, const char *path, const struct file_look *before,
                                  char *buffer, size_t *ret_len, struct error *err)
{
    size_t expected = (size_t)before->size;
    struct file_look opened = file_look_at_open(fd);
    struct file_look after;
    size_t len;

    if (!file_look_equal(before, &opened))
        return READING_UNSTEADY;
    if (!read_all(fd, buffer, expected + 1, &len)) {
        error_set(err, "%s", strerror(errno));
        return READING_FAILED;
    }
    after = file_look_at(path);
    if (len != expected || !file_look_equal(before, &after))
        return READING_UNSTEADY;
    *ret_len = len;
    return READING_DONE;
}

/* The caller frees `*ret_content`, which is set when the result is READING_DONE. */
static enum reading read_file(const char *path, const struct file_look *before, char **ret_content,
                              size_t *ret_len, struct error *err)
{
    enum reading result;
    char *buffer;
    int fd;

    if (!check_kind(before, err))
        return READING_FAILED;
    /* Without O_NONBLOCK a FIFO that took the file's place meanwhile would hold the thread. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        error_set(err, "%s", strerror(errno));
        return errno == ENOENT ? READING_UNSTEADY : READING_FAILED;
    }
    buffer = malloc((size_t)before->size + 1);
    if (buffer) {
        result = read_steadily(fd, path, before, buffer, ret_len, err);
    } else {
        error_no_memory(err);
        result = READING_FAILED;
    }
    close(fd);
    if (result == READING_DONE)
        *ret_content = buffer;
    else
        free(buffer);
    return result;
}

/* --- what becomes of it ---------------------------------------------------------------------- */

static void log_faults(const struct file_source *source, const struct text *faults)
{
    struct str rest = {text_get(faults), faults->len};
    size_t logged = 0;
    size_t unseen = 0;

    while (rest.len > 0) {
        size_t end = str_find(rest, '\n');

        if (end > 0 && logged < MAX_FAULTS_LOGGED) {
            log_event(LOG_WARN, "fault in the permitted list",
                      LOG_TEXT("file", source->config.path),
                      LOG_STR("fault", str_slice(rest, 0, end)));
            logged++;
        } else if (end > 0) {
            unseen++;
        }
        rest = str_slice(rest, end + 1, rest.len);
    }
    if (unseen > 0 || faults->truncated)
        log_event(LOG_WARN, "more faults in the permitted list",
                  LOG_TEXT("file", source->config.path), LOG_INT("at_least", unseen));
}

/* Logged once for each change of the file and for each new reason. */
static void report_failure(struct file_source *source, const struct file_look *look,
                           const struct error *why)
{
    bool is_new = !file_look_equal(look, &source->failed) ||
                  strcmp(source->problem.message, why->message) != 0;
    struct error problem = *why;
    bool unknown;

    source->problem = *why;
    source->failed = *look;
    error_wrap(&problem, "the permitted list is not known");
    unknown = current_list_set_problem(source->config.current, &problem);
    if (!is_new)
        return;
    if (unknown)
        log_event(LOG_ERROR, "the permitted list is not known: not ready",
                  LOG_TEXT("problem", why->message));
    else
        log_event(LOG_ERROR,
                  "the permitted list can't be renewed: the last good one stays in force",
                  LOG_TEXT("problem", why->message));
}

/* What `sha256sum` of the file begins with. */
static void set_version(struct permitted_list *list, const char *content, size_t len)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};

    if (EVP_Digest(content, len, digest, NULL, EVP_sha256(), NULL) == 1)
        permitted_list_set_version(list, "%02x%02x%02x%02x%02x%02x", digest[0], digest[1],
                                   digest[2], digest[3], digest[4], digest[5]);
}

static bool parse(struct file_source *source, const char *content, size_t len, struct error *err)
{
    CLEANUP_TEXT struct text faults = TEXT_INIT(MAX_FAULT_BYTES);
    struct permitted_list *list =
        manifest_permitted_list(content, len, source->config.policy, &faults, err);

    if (!list)
        return false;
    set_version(list, content, len);
    log_event(LOG_INFO, "permitted list loaded", LOG_TEXT("file", source->config.path),
              LOG_INT("devices", permitted_list_count(list)),
              LOG_TEXT("present", permitted_list_is_present(list) ? "yes" : "no"),
              LOG_TEXT("list_version", permitted_list_version(list)));
    log_faults(source, &faults);
    current_list_set(source->config.current, list);
    return true;
}

/* Takes over `content`. A copy of what is in force already changes nothing and is not logged. */
static bool use_content(struct file_source *source, char *content, size_t len, struct error *err)
{
    bool known = source->content && source->problem.message[0] == '\0' &&
                 source->content_len == len && memcmp(source->content, content, len) == 0;

    if (!known && !parse(source, content, len, err)) {
        free(content);
        return false;
    }
    free(source->content);
    source->content = content;
    source->content_len = len;
    source->problem.message[0] = '\0';
    return true;
}

static enum file_outcome load(struct file_source *source)
{
    const struct file_look *look = &source->follower.last[0];
    struct error err;
    char *content;
    size_t len;
    enum reading result = read_file(source->config.path, look, &content, &len, &err);

    if (result == READING_UNSTEADY)
        return FILE_UNSTEADY;
    if (result == READING_DONE && use_content(source, content, len, &err)) {
        metrics_count(METRIC_LIST_READS, METRIC_NO_LABELS);
        return FILE_USED;
    }
    error_wrap(&err, "%s", source->shown_path);
    report_failure(source, look, &err);
    return FILE_FAILED;
}

/* --- following it ---------------------------------------------------------------------------- */

static void look_again(void *argument)
{
    struct file_source *source = argument;

    if (file_follower_look(&source->follower))
        file_follower_settle(&source->follower, load(source));
    else if (file_follower_is_used(&source->follower))
        current_list_confirm(source->config.current);
}

static void set_shown_path(struct file_source *source)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(sizeof source->shown_path - 1);

    text_add_escaped(&shown, str_from(source->config.path));
    memcpy(source->shown_path, text_get(&shown), shown.len + 1);
}

static void free_source(struct file_source *source)
{
    free(source->content);
    free(source);
}

struct file_source *file_source_start(const struct file_source_config *config, struct error *err)
{
    struct file_source *source = calloc(1, sizeof *source);

    if (!source) {
        error_no_memory(err);
        return NULL;
    }
    source->config = *config;
    set_shown_path(source);
    source->follower =
        (struct file_follower){.paths = {config->path}, .looks_between_tries = LOOKS_BETWEEN_TRIES};
    file_follower_begin(&source->follower);
    load(source);
    source->ticker = ticker_start(look_again, source, config->interval_ms, err);
    if (!source->ticker) {
        free_source(source);
        return NULL;
    }
    return source;
}

void file_source_stop(struct file_source *source)
{
    if (!source)
        return;
    ticker_stop(source->ticker);
    free_source(source);
}
