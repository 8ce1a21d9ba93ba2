/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fixture.h"

#include "server/permitted/manifest.h"
#include "tests/support/json_patch.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *fixture_read_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    char *text;
    long size;

    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = calloc(1, (size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    if (ret_len)
        *ret_len = (size_t)size;
    return text;
}

static char *join(const char *folder, const char *name)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", folder, name) < 0)
        abort();
    return path;
}

static char *read_in(const char *folder, const char *name, size_t *ret_len)
{
    char *path = join(folder, name);
    char *text = fixture_read_file(path, ret_len);

    free(path);
    return text;
}

static const char *verdict_of(const char *folder)
{
    static const char *const verdicts[] = {"allow", "deny", "warn", "patch"};
    const char *name = strrchr(folder, '/') + 1;

    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        size_t len = strlen(verdicts[i]);

        if (strncmp(name, verdicts[i], len) == 0 && name[len] == '-')
            return verdicts[i];
    }
    fprintf(stderr, "%s: the name must begin with allow-, deny-, warn- or patch-\n", folder);
    exit(1);
}

static json_t *parse(const char *folder, const char *what, const char *text, size_t len)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_ALLOW_NUL, &error);

    if (!value)
        fprintf(stderr, "%s: %s is not JSON: line %d: %s\n", folder, what, error.line, error.text);
    return value;
}

static void load(const char *request_path, struct fixture *fixture)
{
    char *response, *own_list;
    size_t len = 0;

    fixture->folder = strndup(request_path, strlen(request_path) - strlen("/request.json"));
    fixture->verdict = verdict_of(fixture->folder);
    fixture->request = fixture_read_file(request_path, &fixture->request_len);
    response = read_in(fixture->folder, "response.json", &len);
    fixture->response = response ? parse(fixture->folder, "response.json", response, len) : NULL;
    free(response);
    fixture->arguments = read_in(fixture->folder, "arguments", NULL);
    if (!fixture->arguments)
        fixture->arguments = strdup("");
    fixture->arguments[strcspn(fixture->arguments, "\n")] = '\0';
    own_list = read_in(fixture->folder, "hyperconverged.yaml", NULL);
    fixture->hyperconverged = own_list ? join(fixture->folder, "hyperconverged.yaml")
                                       : strdup("fixtures/hyperconverged.yaml");
    free(own_list);
}

struct fixtures fixtures_load(void)
{
    struct fixtures fixtures = {NULL, 0};
    glob_t found;

    if (glob("fixtures/*/*/request.json", 0, NULL, &found) != 0) {
        fprintf(stderr, "there is no fixtures/*/*/request.json in the working directory\n");
        exit(1);
    }
    fixtures.items = calloc(found.gl_pathc, sizeof *fixtures.items);
    if (!fixtures.items)
        abort();
    for (; fixtures.count < found.gl_pathc; fixtures.count++)
        load(found.gl_pathv[fixtures.count], &fixtures.items[fixtures.count]);
    globfree(&found);
    return fixtures;
}

void fixtures_free(struct fixtures *fixtures)
{
    for (size_t i = 0; i < fixtures->count; i++) {
        struct fixture *fixture = &fixtures->items[i];

        free(fixture->folder);
        free(fixture->request);
        json_decref(fixture->response);
        free(fixture->arguments);
        free(fixture->hyperconverged);
    }
    free(fixtures->items);
}

struct policy fixture_policy(const struct fixture *fixture)
{
    return (struct policy){
        .warn_only = strstr(fixture->arguments, "--mode warn") != NULL,
        .warn_duplicate_resource_names =
            strstr(fixture->arguments, "--duplicate-resource-names warn") != NULL,
        .absent_list_permits_all = strstr(fixture->arguments, "--absent-list allow") != NULL,
    };
}

struct permitted_list *fixture_list(const struct fixture *fixture, const struct policy *policy)
{
    struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
    struct permitted_list *list = NULL;
    struct error err = {.message = "cannot be read"};
    size_t len = 0;
    char *text = fixture_read_file(fixture->hyperconverged, &len);

    if (text)
        list = manifest_permitted_list(text, len, policy, &faults, &err);
    if (!list)
        fprintf(stderr, "%s: %s\n", fixture->hyperconverged, err.message);
    free(text);
    return list;
}

const char *fixture_path(const struct fixture *fixture)
{
    return strcmp(fixture->verdict, "patch") == 0 ? "/mutate" : "/validate";
}

/* Replaces response.patch, base64 on the wire, by the operations in it. */
static bool decode_patch(const struct fixture *fixture, json_t *answer)
{
    json_t *response = json_object_get(answer, "response");
    json_t *operations;

    if (!json_object_get(response, "patch"))
        return true;
    operations = json_patch_of(response);
    if (operations && json_object_set_new(response, "patch", operations) == 0)
        return true;
    fprintf(stderr, "%s: the patch is not JSON in base64\n", fixture->folder);
    return false;
}

/* What the answer says, in the words of the folder's name. */
static const char *verdict_in(const struct fixture *fixture, const json_t *answer)
{
    const json_t *response = json_object_get(answer, "response");
    bool patched = json_object_get(response, "patch") != NULL;

    if (strcmp(fixture->verdict, "patch") == 0)
        return json_is_true(json_object_get(response, "allowed")) ? "patch" : "deny";
    if (patched)
        return "patch";
    if (!json_is_true(json_object_get(response, "allowed")))
        return "deny";
    return json_object_get(response, "warnings") ? "warn" : "allow";
}

static void record(const struct fixture *fixture, const json_t *answer)
{
    char *path = join(fixture->folder, "response.json");

    if (json_dump_file(answer, path, JSON_INDENT(2)) != 0) {
        fprintf(stderr, "%s: cannot be written\n", path);
        exit(1);
    }
    printf("recorded %s\n", path);
    free(path);
}

/* The reports go to one place, so that they are read in order. */
static void report(const struct fixture *fixture, const char *what, const json_t *answer)
{
    char *text = answer ? json_dumps(answer, JSON_INDENT(2)) : NULL;

    fprintf(stderr, "%s: %s\n%s\n", fixture->folder, what, text ? text : "(no response.json)");
    free(text);
}

static bool differs(const struct fixture *fixture, const json_t *answer)
{
    if (fixture->response && json_equal(fixture->response, answer))
        return false;
    if (getenv("FIXTURES_RECORD")) {
        record(fixture, answer);
        return false;
    }
    report(fixture, "expected", fixture->response);
    report(fixture, "found", answer);
    return true;
}

bool fixture_check(const struct fixture *fixture, const char *body, size_t body_len)
{
    json_t *answer = parse(fixture->folder, "the answer", body, body_len);
    bool good;

    if (!answer)
        return false;
    good = decode_patch(fixture, answer);
    if (good && strcmp(verdict_in(fixture, answer), fixture->verdict) != 0) {
        fprintf(stderr, "%s: the folder's name says %s, the answer %s\n", fixture->folder,
                fixture->verdict, verdict_in(fixture, answer));
        report(fixture, "found", answer);
        good = false;
    }
    if (good && differs(fixture, answer))
        good = false;
    json_decref(answer);
    return good;
}
