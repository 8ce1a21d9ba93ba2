/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an API server and a user would see: starts the program with certificates that it issued
 * itself and the documented HyperConverged, sends manifests over HTTPS and prints each verdict.
 *
 * Each manifest begins with two comments, what it shows and what is expected:
 *   # A selector with 0x prefixes
 *   # expect: deny: write "10DE:1EB8"
 * The verdict is allow, warn or deny; the rest, if any, must stand in the message, a warning or the
 * patch. Two documents in a file are an UPDATE, from the first to the second. As in a cluster, an
 * object goes to /mutate first, and to /validate with the patch applied.
 */
#include "base/text.h"
#include "server/documents/yaml.h"
#include "tests/support/fixture.h"
#include "tests/support/json_patch.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST "fixtures/hyperconverged.yaml"

struct manifest {
    char *title;
    char *verdict; /* expected */
    char *says;    /* expected in the words; "" for anything */
    json_t *documents;
};

/* What came back, in words. */
struct outcome {
    const char *verdict;
    struct text words; /* lines */
};

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "demo: %s: %s\n", what, why);
    exit(1);
}

/* --- reading manifests ----------------------------------------------------------------------- */

/* What follows `prefix` in the first line that begins so; "" when there is none. Owned. */
static char *line_after(const char *text, const char *prefix)
{
    const char *line = text;

    while (line && strncmp(line, prefix, strlen(prefix)) != 0) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    line = line ? line + strlen(prefix) : "";
    return strndup(line, strcspn(line, "\n"));
}

static struct manifest read_manifest(const char *path)
{
    struct manifest manifest = {0};
    struct error err;
    size_t len = 0;
    char *text = fixture_read_file(path, &len);
    char *colon;

    if (!text)
        give_up(path, "cannot be read");
    manifest.title = line_after(text, "# ");
    manifest.verdict = line_after(text, "# expect: ");
    colon = strchr(manifest.verdict, ':');
    manifest.says = strdup(colon ? colon + 2 : "");
    if (colon)
        *colon = '\0';
    manifest.documents = yaml_load(text, len, &err);
    if (!manifest.documents)
        give_up(path, err.message);
    free(text);
    return manifest;
}

static void free_manifest(struct manifest *manifest)
{
    free(manifest->title);
    free(manifest->verdict);
    free(manifest->says);
    json_decref(manifest->documents);
}

/* --- asking ---------------------------------------------------------------------------------- */

/* The AdmissionReview that an API server makes of a manifest. */
static char *review_of(json_t *object, json_t *old_object)
{
    const char *api_version = json_string_value(json_object_get(object, "apiVersion"));
    const char *slash = api_version ? strchr(api_version, '/') : NULL;
    json_t *review;
    char *text;

    if (!slash)
        give_up("a manifest", "has no apiVersion with a group");
    review = json_pack("{s:s, s:s, s:{s:s, s:{s:s%, s:s, s:O}, s:s, s:O, s:O}}", "apiVersion",
                       "admission.k8s.io/v1", "kind", "AdmissionReview", "request", "uid", "demo",
                       "kind", "group", api_version, (int)(slash - api_version), "version",
                       slash + 1, "kind", json_object_get(object, "kind"), "operation",
                       json_is_null(old_object) ? "CREATE" : "UPDATE", "object", object,
                       "oldObject", old_object);
    text = review ? json_dumps(review, JSON_COMPACT) : NULL;
    json_decref(review);
    if (!text)
        give_up("a manifest", "makes no AdmissionReview");
    return text;
}

/* The "response" of the answer; owned. */
static json_t *ask(const struct tls_target *target, const char *url, json_t *object,
                   json_t *old_object)
{
    char *body = review_of(object, old_object);
    struct http_response http;
    json_t *answer, *response;

    if (!http_fetch(target, "POST", url, body, strlen(body), &http))
        give_up(url, "no answer");
    if (http.status != 200)
        give_up(url, http.body);
    answer = json_loadb(http.body, http.body_len, 0, NULL);
    response = json_incref(json_object_get(answer, "response"));
    json_decref(answer);
    http_response_free(&http);
    free(body);
    return response;
}

static void add_patch(const json_t *operations, struct text *words)
{
    const json_t *operation;
    size_t i;

    json_array_foreach(operations, i, operation) {
        text_addf(words, "patch: %s %s: \"%s\"\n",
                  json_string_value(json_object_get(operation, "op")),
                  json_string_value(json_object_get(operation, "path")),
                  json_string_value(json_object_get(operation, "value")));
    }
}

static void mutate(const struct tls_target *target, json_t *object, json_t *old_object,
                   struct text *words)
{
    json_t *response = ask(target, "/mutate?timeout=5s", object, old_object);
    json_t *operations = json_patch_of(response);

    if (operations && !json_patch_apply(object, operations))
        give_up("/mutate", "a patch that does not apply");
    add_patch(operations, words);
    json_decref(operations);
    json_decref(response);
}

static const char *validate(const struct tls_target *target, json_t *object, json_t *old_object,
                            struct text *words)
{
    json_t *response = ask(target, "/validate?timeout=5s", object, old_object);
    const json_t *status = json_object_get(response, "status");
    const json_t *warnings = json_object_get(response, "warnings");
    bool allowed = json_is_true(json_object_get(response, "allowed"));
    const char *verdict = !allowed ? "deny" : warnings ? "warn" : "allow";
    const json_t *warning;
    size_t i;

    if (!allowed)
        text_addf(words, "%s\n", json_string_value(json_object_get(status, "message")));
    json_array_foreach(warnings, i, warning) {
        text_addf(words, "Warning: %s\n", json_string_value(warning));
    }
    json_decref(response);
    return verdict;
}

static struct outcome play(const struct tls_target *target, const struct manifest *manifest)
{
    struct outcome outcome = {"", TEXT_INIT(65536)};
    size_t count = json_array_size(manifest->documents);
    json_t *object = json_array_get(manifest->documents, count - 1);
    json_t *old_object =
        count > 1 ? json_incref(json_array_get(manifest->documents, 0)) : json_null();

    if (count < 1 || count > 2)
        give_up(manifest->title, "must hold one document, or two for an UPDATE");
    mutate(target, object, old_object, &outcome.words);
    outcome.verdict = validate(target, object, old_object, &outcome.words);
    json_decref(old_object);
    return outcome;
}

/* --- printing -------------------------------------------------------------------------------- */

#define LEFT_WIDTH 43
#define WORDS_WIDTH 88

/* How much of `line` goes on one row: up to a space, or cut where there is none. */
static size_t row_length(const char *line)
{
    size_t len = strcspn(line, "\n");
    size_t at = WORDS_WIDTH;

    if (len <= WORDS_WIDTH)
        return len;
    while (at > 0 && line[at] != ' ')
        at--;
    return at > 0 ? at : len;
}

/* One row for each piece of the left and of the right column. */
static void print_rows(const char *const *left, const char *verdict, const char *words)
{
    bool first = true;

    while (*left || *words) {
        size_t len = row_length(words);

        if (len > 0)
            printf("%-*s  %-7s  %.*s\n", LEFT_WIDTH, *left ? *left : "", first ? verdict : "",
                   (int)len, words);
        else
            printf("%-*s%s%s\n", first ? LEFT_WIDTH : 0, *left ? *left : "", first ? "  " : "",
                   first ? verdict : "");
        words += len;
        words += *words == ' ' || *words == '\n';
        left += *left != NULL;
        first = false;
    }
}

static void print_outcome(const struct manifest *manifest, const struct outcome *outcome)
{
    size_t count = json_array_size(manifest->documents);
    const json_t *object = json_array_get(manifest->documents, count - 1);
    const char *name =
        json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));
    struct text what = TEXT_INIT(LEFT_WIDTH);
    struct text version = TEXT_INIT(LEFT_WIDTH);
    const char *left[4] = {0};

    text_addf(&what, "%s %s", json_string_value(json_object_get(object, "kind")), name ? name : "");
    text_addf(&version, "  %s%s", json_string_value(json_object_get(object, "apiVersion")),
              count > 1 ? ", UPDATE" : "");
    left[0] = text_get(&what);
    left[1] = text_get(&version);
    printf("\n# %s\n", manifest->title);
    print_rows(left, outcome->verdict, text_get(&outcome->words));
    text_free(&what);
    text_free(&version);
}

static bool is_expected(const struct manifest *manifest, const struct outcome *outcome)
{
    bool expected = strcmp(manifest->verdict, outcome->verdict) == 0 &&
                    strstr(text_get(&outcome->words), manifest->says);

    if (!expected)
        printf("!! expected %s%s%s\n", manifest->verdict, *manifest->says ? ": " : "",
               manifest->says);
    return expected;
}

/* --- all together ---------------------------------------------------------------------------- */

static void issue_certificates(const struct temp_dir *dir)
{
    const char *const arguments[] = {
        "certs", "issue", "--dir", dir->path, "--host", "localhost,127.0.0.1", NULL};
    struct run_result result = run_program(arguments);

    if (result.exit_code != 0)
        give_up("certs issue", result.err);
    run_result_free(&result);
}

static int play_all(const struct tls_target *target, char **paths, int count)
{
    int wrong = 0;

    printf("%-*s  %-7s  %s\n", LEFT_WIDTH, "OBJECT", "VERDICT", "MESSAGE, PATCH");
    for (int i = 0; i < count; i++) {
        struct manifest manifest = read_manifest(paths[i]);
        struct outcome outcome = play(target, &manifest);

        print_outcome(&manifest, &outcome);
        wrong += !is_expected(&manifest, &outcome);
        text_free(&outcome.words);
        free_manifest(&manifest);
    }
    printf("\n%d manifests, %d with another verdict than expected\n", count, wrong);
    return wrong;
}

int main(int argc, char **argv)
{
    struct server_process server = {0};
    struct temp_dir dir;
    struct temp_path ca, certificate, key;
    int wrong;

    temp_dir_make(&dir);
    ca = temp_path(&dir, "ca.crt");
    certificate = temp_path(&dir, "tls.crt");
    key = temp_path(&dir, "tls.key");
    issue_certificates(&dir);
    server_start(&server, (const char *const[]){"--tls-cert-file", certificate.text,
                                                "--tls-private-key-file", key.text,
                                                "--hyperconverged-file", LIST, NULL});
    printf("Serving on https://%s:%s with the permitted list of %s\n\n", server.host, server.port,
           LIST);
    wrong = play_all(&(struct tls_target){.host = server.host,
                                          .port = server.port,
                                          .ca_file = ca.text,
                                          .server_name = "localhost"},
                     argv + 1, argc - 1);
    server_stop(&server);
    server_clean_up(&server);
    temp_dir_remove(&dir);
    return wrong == 0 && argc > 1 ? 0 : 1;
}
