/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/admission_request.h"

#include "base/text.h"

/* A member with null taken as absent, as the API server does. */
static const json_t *get(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_null(value) ? NULL : value;
}

/* The string `key`, reported as `path`. An absent one is "" unless it is required. */
static bool get_string(const json_t *object, const char *key, const char *path, bool required,
                       struct str *ret_text, struct error *err)
{
    const json_t *value = get(object, key);

    if (value && !json_is_string(value))
        return error_set(err, "%s: Invalid value: must be a string", path);
    if (required && (!value || json_string_length(value) == 0))
        return error_set(err, "%s: Required value: must be a string that is not empty", path);
    *ret_text = value ? (struct str){json_string_value(value), json_string_length(value)} : STR("");
    return true;
}

/* The object `key`, reported as `path`; absent gives NULL. */
static bool get_object(const json_t *object, const char *key, const char *path,
                       const json_t **ret_value, struct error *err)
{
    const json_t *value = get(object, key);

    if (value && !json_is_object(value))
        return error_set(err, "%s: Invalid value: must be an object", path);
    *ret_value = value;
    return true;
}

static bool unsupported(const char *path, struct str value, const char *supported,
                        struct error *err)
{
    struct text quoted CLEANUP_TEXT = TEXT_INIT(512);

    text_add_quoted(&quoted, value, 64);
    return error_set(err, "%s: Unsupported value: %s: must be %s", path, text_get(&quoted),
                     supported);
}

static bool read_envelope(const json_t *root, const char **ret_api_version, struct error *err)
{
    static const char *const versions[] = {"admission.k8s.io/v1", "admission.k8s.io/v1beta1"};
    struct str api_version, kind;

    if (!json_is_object(root))
        return error_set(err, "must be an AdmissionReview object");
    if (!get_string(root, "apiVersion", "apiVersion", true, &api_version, err) ||
        !get_string(root, "kind", "kind", true, &kind, err))
        return false;
    if (!str_equal(kind, STR("AdmissionReview")))
        return unsupported("kind", kind, "AdmissionReview", err);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        if (str_equal(api_version, str_from(versions[i]))) {
            *ret_api_version = versions[i];
            return true;
        }
    }
    return unsupported("apiVersion", api_version, "admission.k8s.io/v1 or admission.k8s.io/v1beta1",
                       err);
}

/* The row of request.kind; NULL (and true) when it is not in the table. */
static bool read_kind(const json_t *request, const struct kind **ret_kind, struct error *err)
{
    const json_t *gvk;
    struct str group, version, kind;

    if (!get_object(request, "kind", "request.kind", &gvk, err))
        return false;
    if (!gvk)
        return error_set(err, "request.kind: Required value: must be an object with group, "
                              "version and kind");
    if (!get_string(gvk, "group", "request.kind.group", false, &group, err) ||
        !get_string(gvk, "version", "request.kind.version", true, &version, err) ||
        !get_string(gvk, "kind", "request.kind.kind", true, &kind, err))
        return false;
    *ret_kind = kind_find(group, version, kind);
    return true;
}

enum operation { OPERATION_CREATE, OPERATION_UPDATE, OPERATION_OTHER };

static bool read_operation(const json_t *request, enum operation *ret_operation, struct error *err)
{
    static const struct {
        struct str name;
        enum operation operation;
    } operations[] = {
        {STR_INIT("CREATE"), OPERATION_CREATE},
        {STR_INIT("UPDATE"), OPERATION_UPDATE},
        {STR_INIT("DELETE"), OPERATION_OTHER},
        {STR_INIT("CONNECT"), OPERATION_OTHER},
    };
    struct str name;

    if (!get_string(request, "operation", "request.operation", true, &name, err))
        return false;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (str_equal(name, operations[i].name)) {
            *ret_operation = operations[i].operation;
            return true;
        }
    }
    return unsupported("request.operation", name, "CREATE, UPDATE, DELETE or CONNECT", err);
}

static bool is_deleting(const json_t *object)
{
    return get(get(object, "metadata"), "deletionTimestamp") != NULL;
}

/* The objects that are judged. An object on its way out needs no oldObject: it is allowed. */
static bool read_objects(const json_t *request, enum operation operation,
                         struct admission_request *ret_request, struct error *err)
{
    const json_t *object, *old_object;

    if (!get_object(request, "object", "request.object", &object, err) ||
        !get_object(request, "oldObject", "request.oldObject", &old_object, err))
        return false;
    if (!ret_request->kind || operation == OPERATION_OTHER) {
        ret_request->kind = NULL;
        return true;
    }
    if (!object)
        return error_set(err, "request.object: Required value: CREATE and UPDATE have one");
    if (operation == OPERATION_UPDATE && !old_object && !is_deleting(object))
        return error_set(err, "request.oldObject: Required value: UPDATE has one");
    ret_request->object = object;
    ret_request->old_object = operation == OPERATION_UPDATE ? old_object : NULL;
    return true;
}

bool admission_request_read(const json_t *root, struct admission_request *ret_request,
                            struct error *err)
{
    struct admission_request read = {0};
    enum operation operation = OPERATION_OTHER;
    struct str subresource;
    const json_t *request;

    if (!read_envelope(root, &read.api_version, err) ||
        !get_object(root, "request", "request", &request, err))
        return false;
    if (!request)
        return error_set(err, "request: Required value: must be an object");
    if (!get_string(request, "uid", "request.uid", true, &read.uid, err) ||
        !read_kind(request, &read.kind, err) ||
        !get_string(request, "subResource", "request.subResource", false, &subresource, err) ||
        !read_operation(request, &operation, err))
        return false;
    /* /status and /scale carry no change of the spec that could be judged. */
    if (subresource.len > 0)
        read.kind = NULL;
    if (!read_objects(request, operation, &read, err))
        return false;
    *ret_request = read;
    return true;
}
