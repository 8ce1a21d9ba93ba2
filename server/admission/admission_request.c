/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/admission_request.h"

#include "base/text.h"

/* The string `key`, reported as `path`. An absent one is "" unless it is required. */
static bool get_string(const struct value *object, const char *key, const char *path, bool required,
                       struct str *ret_text, struct error *err)
{
    const struct value *value = value_get(object, str_from(key));

    if (value && value->type != VALUE_STRING)
        return error_set(err, "%s: Invalid value: must be a string", path);
    if (required && (!value || value->text.len == 0))
        return error_set(err, "%s: Required value: must be a string that is not empty", path);
    *ret_text = value ? value->text : STR("");
    return true;
}

/* The object `key`, reported as `path`; absent gives NULL. */
static bool get_object(const struct value *object, const char *key, const char *path,
                       const struct value **ret_value, struct error *err)
{
    const struct value *value = value_get(object, str_from(key));

    if (value && value->type != VALUE_OBJECT)
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

static bool read_envelope(const struct value *root, const char **ret_api_version, struct error *err)
{
    static const char *const versions[] = {"admission.k8s.io/v1", "admission.k8s.io/v1beta1"};
    struct str api_version, kind;

    if (!value_is(root, VALUE_OBJECT))
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
static bool read_kind(const struct value *request, const struct kind **ret_kind, struct error *err)
{
    const struct value *gvk;
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
    *ret_kind = kind_find(group.data ? group : STR(""), version, kind);
    return true;
}

static bool read_operation(const struct value *request, enum operation *ret_operation,
                           struct error *err)
{
    static const struct {
        struct str name;
        enum operation operation;
    } operations[] = {
        {STR_INIT("CREATE"), OPERATION_CREATE},
        {STR_INIT("UPDATE"), OPERATION_UPDATE},
        {STR_INIT("DELETE"), OPERATION_DELETE},
        {STR_INIT("CONNECT"), OPERATION_CONNECT},
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

static bool is_deleting(const struct value *object)
{
    return value_get(value_get(object, STR("metadata")), STR("deletionTimestamp")) != NULL;
}

/* The objects that are judged. An object on its way out needs no oldObject: it is allowed. */
static bool read_objects(const struct value *request, struct admission_request *ret_request,
                         struct error *err)
{
    enum operation operation = ret_request->operation;
    const struct value *object, *old_object;

    if (!get_object(request, "object", "request.object", &object, err) ||
        !get_object(request, "oldObject", "request.oldObject", &old_object, err))
        return false;
    if (!ret_request->kind || operation > OPERATION_UPDATE) {
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

bool admission_request_read(const struct value *root, struct admission_request *ret_request,
                            struct error *err)
{
    struct admission_request read = {0};
    struct str subresource;
    const struct value *request;

    if (!read_envelope(root, &read.api_version, err) ||
        !get_object(root, "request", "request", &request, err))
        return false;
    if (!request)
        return error_set(err, "request: Required value: must be an object");
    if (!get_string(request, "uid", "request.uid", true, &read.uid, err) ||
        !read_kind(request, &read.known_kind, err) ||
        !get_string(request, "subResource", "request.subResource", false, &subresource, err) ||
        !read_operation(request, &read.operation, err))
        return false;
    /* /status and /scale carry no change of the spec that could be judged. */
    read.fields = request;
    read.kind = subresource.len > 0 ? NULL : read.known_kind;
    if (!read_objects(request, &read, err))
        return false;
    *ret_request = read;
    return true;
}

static struct str first_of(struct str a, struct str b)
{
    return a.len > 0 ? a : b;
}

/* Wrong types are no reason to refuse here: nothing is decided by these. */
struct admission_subject admission_request_subject(const struct admission_request *request)
{
    const struct value *fields = request->fields;
    const struct value *metadata = value_get(value_get(fields, STR("object")), STR("metadata"));
    struct str name = value_string(value_get(fields, STR("name")));
    struct str namespace = value_string(value_get(fields, STR("namespace")));

    name = first_of(name, value_string(value_get(metadata, STR("name"))));
    return (struct admission_subject){
        .user = value_string(value_get(value_get(fields, STR("userInfo")), STR("username"))),
        .namespace = first_of(namespace, value_string(value_get(metadata, STR("namespace")))),
        .name = first_of(name, value_string(value_get(metadata, STR("generateName")))),
        .dry_run = value_is(value_get(fields, STR("dryRun")), VALUE_TRUE),
    };
}
