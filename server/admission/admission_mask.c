/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/admission_mask.h"

#include "validators/kept_fields.h"

#include <pthread.h>

/* Beside what is in the objects: 17. */
#define OWN_NODES ((size_t)17)

static struct field_mask nodes[OWN_NODES + 2 * KEPT_FIELDS_NODES];
static struct field_mask root = {.shape = FIELD_SHAPE_OBJECT};
static pthread_once_t made = PTHREAD_ONCE_INIT;

static void make(void)
{
    static const struct {
        const char *path;
        enum field_shape shape;
    } fields[] = {
        {"apiVersion", FIELD_SHAPE_WHOLE},
        {"kind", FIELD_SHAPE_WHOLE},
        {"request.uid", FIELD_SHAPE_WHOLE},
        {"request.kind.group", FIELD_SHAPE_WHOLE},
        {"request.kind.version", FIELD_SHAPE_WHOLE},
        {"request.kind.kind", FIELD_SHAPE_WHOLE},
        {"request.name", FIELD_SHAPE_WHOLE},
        {"request.namespace", FIELD_SHAPE_WHOLE},
        {"request.operation", FIELD_SHAPE_WHOLE},
        {"request.subResource", FIELD_SHAPE_WHOLE},
        {"request.userInfo.username", FIELD_SHAPE_WHOLE},
        {"request.dryRun", FIELD_SHAPE_WHOLE},
    };
    static const char *const objects[] = {"request.object", "request.oldObject"};
    struct field_pool pool = {.nodes = nodes, .size = sizeof nodes / sizeof nodes[0]};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        field_mask_add_path(&pool, &root, fields[i].path, fields[i].shape);
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        kept_fields_add(&pool, field_mask_add_path(&pool, &root, objects[i], FIELD_SHAPE_OBJECT));
}

const struct field_mask *admission_mask(void)
{
    pthread_once(&made, make);
    return &root;
}
