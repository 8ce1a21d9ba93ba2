/* SPDX-License-Identifier: Apache-2.0 */
#include "server/kubeconfig/kubeconfig.h"

#include "base/text.h"
#include "server/documents/yaml.h"
#include "server/kubeconfig/kubeconfig_entries.h"
#include "server/kubeconfig/kubeconfig_fields.h"

#include <jansson.h>
#include <string.h>

/* Bytes of a name, and of all names, that a message shows. */
#define SHOWN_NAME 64
#define SHOWN_NAMES ((size_t)300)

/* The three lists of a kubeconfig. */
struct section {
    const char *list; /* "contexts" */
    const char *one;  /* "context": in messages, and the member that holds the entry's content */
};
static const struct section contexts = {"contexts", "context"};
static const struct section clusters = {"clusters", "cluster"};
static const struct section users = {"users", "user"};

static bool wrap_entry(const struct section *section, struct str name, struct error *err)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(SHOWN_NAMES);

    text_add_quoted(&shown, name, SHOWN_NAME);
    return error_wrap(err, "%s %s", section->one, text_get(&shown));
}

/* --- entries --------------------------------------------------------------------------------- */

static struct str name_of(const json_t *entry)
{
    const json_t *name = json_object_get(entry, "name");

    return json_is_string(name) ? (struct str){json_string_value(name), json_string_length(name)}
                                : STR("");
}

/* "WHAT; there are: A, B" */
static bool explain_missing(const json_t *list, const char *what, struct error *err)
{
    CLEANUP_TEXT struct text names = TEXT_INIT(SHOWN_NAMES);
    const json_t *entry;
    size_t i;

    json_array_foreach(list, i, entry) {
        text_add(&names, i > 0 ? ", " : "");
        text_add_quoted(&names, name_of(entry), SHOWN_NAME);
    }
    if (names.len == 0)
        return error_set(err, "%s, and there is none", what);
    return error_set(err, "%s; there are: %s%s", what, text_get(&names),
                     names.truncated ? "…" : "");
}

/* The content of the entry `name`, borrowed. NULL: there is none, or several. */
static const json_t *find_entry(const json_t *file, const struct section *section, const char *name,
                                struct error *err)
{
    const json_t *list = json_object_get(file, section->list);
    const json_t *found = NULL;
    const json_t *entry;
    size_t i;

    json_array_foreach(list, i, entry) {
        if (!str_equal(name_of(entry), str_from(name)))
            continue;
        if (found) {
            error_set(err, "is there twice: rename or remove one");
            return NULL;
        }
        found = entry;
    }
    if (!found) {
        explain_missing(list, "is not there", err);
        return NULL;
    }
    found = json_object_get(found, section->one);
    if (!json_is_object(found)) {
        error_set(err, "has no \"%s:\" with its content", section->one);
        return NULL;
    }
    return found;
}

/* --- the file -------------------------------------------------------------------------------- */

static bool read_namespace(const json_t *context, char **ret_namespace, struct error *err)
{
    const char *namespace = NULL;

    if (!kubeconfig_text(context, "namespace", &namespace, err))
        return false;
    *ret_namespace = cluster_namespace_read(str_from(namespace), err);
    return *ret_namespace || error_wrap(err, "namespace");
}

/* Reads what the text `link` of the context leads to. */
static bool follow(const json_t *file, const json_t *context, const struct section *section,
                   const char *folder, struct cluster_config *config, struct error *err)
{
    bool (*read)(const json_t *, const char *, struct cluster_config *, struct error *) =
        section == &clusters ? kubeconfig_read_cluster : kubeconfig_read_user;
    const char *name = NULL;
    const json_t *entry;

    if (!kubeconfig_text(context, section->one, &name, err))
        return false;
    if (!name)
        return section == &users || error_set(err, "names no cluster");
    entry = find_entry(file, section, name, err);
    return (entry && read(entry, folder, config, err)) || wrap_entry(section, str_from(name), err);
}

static bool read_context(const json_t *file, const char *name, const char *folder,
                         struct cluster_config *config, struct error *err)
{
    const json_t *context = find_entry(file, &contexts, name, err);

    return context && follow(file, context, &clusters, folder, config, err) &&
           follow(file, context, &users, folder, config, err) &&
           read_namespace(context, &config->namespace, err);
}

static bool read_file(const json_t *file, const char *folder, const char *context,
                      struct cluster_config *config, struct error *err)
{
    const char *kind = "Config";

    if (!json_is_object(file) || !kubeconfig_text(file, "kind", &kind, err) ||
        strcmp(kind, "Config") != 0)
        return error_set(err, "is no kubeconfig (kind: Config, with clusters, users and contexts)");
    if (!context && !kubeconfig_text(file, "current-context", &context, err))
        return false;
    if (!context) {
        explain_missing(json_object_get(file, contexts.list), "is not set: choose a context", err);
        return error_wrap(err, "current-context");
    }
    return read_context(file, context, folder, config, err) ||
           wrap_entry(&contexts, str_from(context), err);
}

/*
 * YAML errors quote what is wrong, which may be a token here: nothing stays between the quotes. The
 * line and column tell where to look.
 */
static void hide_quoted(struct error *err)
{
    bool quoted = false;
    size_t len = 0;

    for (const char *from = err->message; *from; from++) {
        bool is_quote = *from == '"';

        if (quoted && *from == '\\' && from[1] != '\0')
            from++;
        if (is_quote)
            quoted = !quoted;
        if (!quoted || is_quote)
            err->message[len++] = *from;
    }
    err->message[len] = '\0';
}

bool kubeconfig_read(struct str text, const char *folder, const char *context,
                     struct cluster_config *ret_config, struct error *err)
{
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};
    json_t *documents = yaml_load(text.data, text.len, err);
    bool done;

    if (!documents) {
        hide_quoted(err);
        return false;
    }
    if (json_array_size(documents) == 0)
        done = error_set(err, "is empty: it is no kubeconfig");
    else if (json_array_size(documents) > 1)
        done = error_set(err, "holds several documents: a kubeconfig is one");
    else
        done = read_file(json_array_get(documents, 0), folder, context, &config, err);
    json_decref(documents);
    if (!done)
        return false;
    *ret_config = config;
    config = (struct cluster_config){.server = NULL};
    return true;
}
