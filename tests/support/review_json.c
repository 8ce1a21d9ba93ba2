/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/review_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *review_json_quote(const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        abort();
    for (char *at = copy; *at; at++) {
        if (*at == '\'')
            *at = '"';
    }
    return copy;
}

static json_t *parse(const char *text)
{
    char *quoted = review_json_quote(text);
    json_error_t fault;
    json_t *value = json_loads(quoted, JSON_DECODE_ANY | JSON_ALLOW_NUL, &fault);

    if (!value) {
        fprintf(stderr, "%s: %s\n", text, fault.text);
        abort();
    }
    free(quoted);
    return value;
}

json_t *review_json_new(void)
{
    return parse("{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{"
                 "'uid':'1-2-3','kind':{'group':'kubevirt.io','version':'v1',"
                 "'kind':'VirtualMachine'},'operation':'CREATE','object':{}}}");
}

void review_json_set(json_t *root, const char *path, const char *value)
{
    json_t *parent = root;
    const char *dot;
    int failed;

    while ((dot = strchr(path, '.'))) {
        char key[64];
        json_t *member;

        snprintf(key, sizeof key, "%.*s", (int)(dot - path), path);
        member = json_object_get(parent, key);
        if (!json_is_object(member)) {
            member = json_object();
            if (json_object_set_new(parent, key, member) != 0)
                abort();
        }
        parent = member;
        path = dot + 1;
    }
    failed =
        value ? json_object_set_new(parent, path, parse(value)) : json_object_del(parent, path);
    if (failed)
        abort();
}
