/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A review keeps only the fields that somebody reads. That must not be seen in any answer: each
 * body here gets the answer that it gets when all of it is kept.
 */
#include "server/admission/admission.h"
#include "server/admission/admission_mask.h"
#include "server/documents/json_reader.h"
#include "server/permitted/manifest.h"
#include "tests/support/fixture.h"
#include "tests/support/review_json.h"
#include "validators/kept_fields.h"
#include "validators/kinds.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char manifest[] =
    "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n  permittedHostDevices:\n"
    "    pciHostDevices:\n    - {pciDeviceSelector: '10DE:1EB8', resourceName: a.com/b}\n";

static struct permitted_list *list;

static int make_list(void **state)
{
    struct text faults CLEANUP_TEXT = TEXT_INIT(4096);
    struct policy policy = {0};
    struct error err;

    (void)state;
    list = manifest_permitted_list(manifest, sizeof manifest - 1, &policy, &faults, &err);
    return list ? 0 : -1;
}

static int free_list(void **state)
{
    (void)state;
    permitted_list_unref(list);
    return 0;
}

/* --- the two answers ---------------------------------------------------------------------------
 */

static bool is_same_on(enum admission_path path, const char *what, const char *body, size_t len)
{
    const struct policy policy = {0};
    const struct admission_list in_force = {.list = list};
    struct admission_reply kept, all;
    json_t *root = NULL;
    struct error err;
    bool same;

    assert_int_equal(json_read(body, len, &root, &err), JSON_READ);
    admission_review(path, body, len, &policy, &in_force, NULL, &kept);
    admission_review_json(path, root, &policy, &in_force, NULL, &all);
    json_decref(root);
    same = kept.status == all.status && kept.body_len == all.body_len &&
           memcmp(kept.body, all.body, all.body_len) == 0;
    if (!same)
        fprintf(stderr, "%s: %.300s\n got %.500s\n not %.500s\n", what, body, kept.body, all.body);
    free(kept.body);
    free(all.body);
    return same;
}

static bool is_same(const char *what, const char *body, size_t len)
{
    bool validate = is_same_on(ADMISSION_VALIDATE, what, body, len);

    return is_same_on(ADMISSION_MUTATE, what, body, len) && validate;
}

static void test_every_fixture(void **state)
{
    struct fixtures fixtures = fixtures_load();
    size_t wrong = 0, count = fixtures.count;

    (void)state;
    for (size_t i = 0; i < count; i++)
        wrong += !is_same(fixtures.items[i].folder, fixtures.items[i].request,
                          fixtures.items[i].request_len);
    fixtures_free(&fixtures);
    assert_true(count > 0);
    assert_int_equal(wrong, 0);
}

/* --- the mask itself ---------------------------------------------------------------------------
 */

static bool is_same_mask(const struct field_mask *a, const struct field_mask *b)
{
    for (; a && b; a = a->next, b = b->next) {
        if (!str_equal(a->key, b->key) || a->shape != b->shape ||
            !is_same_mask(a->fields, b->fields))
            return false;
    }
    return !a && !b;
}

/* With too little room more would be kept than is read, and no answer would show it. */
static void test_the_mask_has_room(void **state)
{
    static struct field_mask nodes[1024];
    struct field_pool pool = {.nodes = nodes, .size = COUNT(nodes)};
    struct field_mask object = {.shape = FIELD_SHAPE_OBJECT};
    const struct field_mask *request =
        field_mask_find(admission_mask(), STR("request"), str_head(STR("request")));
    static const char *const objects[] = {"object", "oldObject"};

    (void)state;
    kept_fields_add(&pool, &object);
    assert_in_range(pool.count, 1, KEPT_FIELDS_NODES);
    for (size_t i = 0; i < COUNT(objects); i++) {
        const struct field_mask *made =
            field_mask_find(request, str_from(objects[i]), str_head(str_from(objects[i])));

        assert_int_equal(made->shape, FIELD_SHAPE_OBJECT);
        assert_true(is_same_mask(made->fields, object.fields));
    }
}

/* --- every field of every kind -----------------------------------------------------------------
 */

/* What may stand at a place; the content of wrong types is compared on an UPDATE. */
static const char *const values[] = {
    "null",
    "'data:,vfio-pci'",
    "[{'path':'/etc/modprobe.d/a.conf','mode':644,'x':1,'contents':{'source':'x','y':[]}},'z']",
    "5",
    "'a.com/b'",
    "'A B'",
    "true",
    "{'name':{'x':1},'y':[]}",
    "[5,'x',null,[1],[{'deviceName':7}]]",
    "[{}]",
    "[{'deviceName':'a.com/b','name':'n','other':{'a':[1]}},{'deviceName':'no/no','name':'n'}]",
    "[{'pciDeviceSelector':'10DE:1EB8','resourceName':'a.com/b','tag':1},{'disabled':5}]",
    "[{'selectors':[{'vendor':'1','product':'2','x':{}},7],'resourceName':'a.com/b'}]",
};

static void set(json_t *root, const char *object, const char *path, const char *value)
{
    char full[256];

    snprintf(full, sizeof full, "request.%s%s%s", object, path[0] ? "." : "", path);
    review_json_set(root, full, value);
}

/* A review in which the old object (NULL: there is none) has another value at the place. */
static bool is_same_at(const struct kind *kind, const char *path, const char *value,
                       const char *old_value)
{
    json_t *root = review_json_new();
    char gvk[256];
    char *body;
    bool same;

    snprintf(gvk, sizeof gvk, "{'group':'%s','version':'%s','kind':'%s'}", kind->group,
             kind->version, kind->kind);
    review_json_set(root, "request.kind", gvk);
    review_json_set(root, "request.object", "{'metadata':{'annotations':{'a':[]},'labels':{}}}");
    set(root, "object", path, value);
    if (old_value) {
        review_json_set(root, "request.operation", "'UPDATE'");
        review_json_set(root, "request.oldObject", "{'status':{'x':1}}");
        set(root, "oldObject", path, old_value);
    }
    body = json_dumps(root, JSON_COMPACT);
    assert_non_null(body);
    same = is_same(path, body, strlen(body));
    free(body);
    json_decref(root);
    return same;
}

static size_t count_wrong_at(const struct kind *kind, const char *path)
{
    size_t wrong = 0;

    for (size_t i = 0; i < COUNT(values); i++) {
        wrong += !is_same_at(kind, path, values[i], NULL);
        wrong += !is_same_at(kind, path, values[i], values[i]);
        wrong += !is_same_at(kind, path, values[i], values[(i + 1) % COUNT(values)]);
    }
    return wrong;
}

/* An entry with `field`, in the list at `path`. */
static size_t count_wrong_fields(const struct kind *kind, const char *path)
{
    static const char *const fields[] = {
        "deviceName",
        "name",
        "claimName",
        "requestName",
        "disabled",
        "externalResourceProvider",
        "resourceName",
        "selectors",
        "pciDeviceSelector",
        "vendor",
        "product",
        "pciVendorSelector",
        "mdevNameSelector",
        "other",
        "path",
        "mode",
        "contents",
    };
    size_t wrong = 0;

    for (size_t i = 0; i < COUNT(fields); i++) {
        for (size_t j = i % 3; j < COUNT(values); j += 3) {
            char entry[512], other[512];

            snprintf(entry, sizeof entry, "[{'%s':%s,'x':[]}]", fields[i], values[j]);
            snprintf(other, sizeof other, "[{'selectors':[{'%s':%s}]},{'%s':%s}]", fields[i],
                     values[j], fields[i], values[(j + 1) % COUNT(values)]);
            wrong += !is_same_at(kind, path, entry, other);
            wrong += !is_same_at(kind, path, other, NULL);
        }
    }
    return wrong;
}

/* Each step on the way to `prefix`, and the lists there. */
static size_t count_wrong_below(const struct kind *kind, const char *prefix)
{
    static const char *const lists[][5] = {
        [FAMILY_PERMITTED_DEVICES] = {"pciHostDevices", "mediatedDevices", "usbHostDevices", "usb",
                                      "gpus"},
        [FAMILY_DEVICE_REQUESTS] = {"hostDevices", "gpus", "usb", NULL},
        [FAMILY_MACHINE_CONFIG] = {"kernelArguments", "config.storage.files", "config",
                                   "kernel_arguments", "config.kernelArguments"},
        [FAMILY_NODE] = {NULL},
    };
    char path[256] = "";
    size_t wrong = 0;

    for (const char *at = prefix; *at;) {
        at += strcspn(at, ".");
        snprintf(path, sizeof path, "%.*s", (int)(at - prefix), prefix);
        wrong += count_wrong_at(kind, path);
        at += *at == '.';
    }
    for (size_t i = 0; i < 5 && lists[kind->family][i]; i++) {
        snprintf(path, sizeof path, "%s.%s", prefix, lists[kind->family][i]);
        wrong += count_wrong_at(kind, path) + count_wrong_fields(kind, path);
    }
    return wrong;
}

/* An earlier row that has the same fields, or the same two prefixes the other way round. */
static bool is_like_earlier(const struct kind *kinds, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (kinds[i].family == kinds[at].family &&
            (kinds[at].spelling ? kinds[i].spelling == kinds[at].spelling
                                : strcmp(kinds[i].prefix, kinds[at].prefix) == 0))
            return true;
    }
    return false;
}

static void test_every_field_of_every_kind(void **state)
{
    size_t wrong = 0, count;
    const struct kind *kinds = kind_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (is_like_earlier(kinds, i))
            continue;
        wrong += count_wrong_below(&kinds[i], kinds[i].prefix);
        if (kinds[i].other_prefix)
            wrong += count_wrong_below(&kinds[i], kinds[i].other_prefix);
    }
    wrong += count_wrong_at(&kinds[0], "metadata");
    wrong += count_wrong_at(&kinds[0], "metadata.deletionTimestamp");
    wrong += count_wrong_at(&kinds[0], "metadata.labels");
    wrong += count_wrong_at(&kinds[0], "");
    assert_int_equal(wrong, 0);
}

static void test_every_field_of_the_request(void **state)
{
    static const char *const paths[] = {
        "apiVersion",        "kind",
        "request",           "request.uid",
        "request.kind",      "request.kind.group",
        "request.kind.kind", "request.kind.version",
        "request.name",      "request.operation",
        "request.object",    "request.oldObject",
        "request.options",   "request.subResource",
        "request.userInfo",  "other",
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        for (size_t j = 0; j < COUNT(values); j++) {
            json_t *root = review_json_new();
            char *body;

            review_json_set(root, paths[i], values[j]);
            body = json_dumps(root, JSON_COMPACT);
            assert_non_null(body);
            wrong += !is_same(paths[i], body, strlen(body));
            free(body);
            json_decref(root);
        }
    }
    assert_int_equal(wrong, 0);
}

/* --- what is kept ------------------------------------------------------------------------------
 */

static void test_what_is_kept(void **state)
{
    static const char *const rows[][2] = {
        {"{'a':1,'kind':'K','request':{'uid':'u','options':{},'userInfo':{'username':'n','groups':"
         "['g']}}}",
         "{'kind':'K','request':{'uid':'u','userInfo':{'username':'n'}}}"},
        {"{'request':{'object':{'metadata':{'name':'n','namespace':'s','generateName':'g','uid':"
         "'u','labels':{'app.kubernetes.io/managed-by':'hco-operator','x':{'y':1}},'managedFields':"
         "[{'a':{}}]},'status':{},'spec':{'running':true,'gpus':[{'name':'a','z':{}},7,{}]}}}}",
         "{'request':{'object':{'metadata':{'name':'n','namespace':'s','generateName':'g','labels':"
         "{'app.kubernetes.io/managed-by':'hco-operator','x':{'y':1}}},'spec':{'gpus':[{'name':"
         "'a'},7,{}]}}}}"},
        {"{'request':{'object':[{'a':1}],'oldObject':{'spec':[1],'metadata':{'name':{'z':1}}}}}",
         "{'request':{'object':[{'a':1}],'oldObject':{'spec':[1],'metadata':{'name':{'z':1}}}}}"},
        {"{'request':{'object':{'spec':{'gpus':{'name':{'x':1},'y':2}}}}}",
         "{'request':{'object':{'spec':{'gpus':{'name':{'x':1},'y':2}}}}}"},
        {"[{'a':1}]", "[{'a':1}]"},
        {"{'\\u006bind':1,'kin\\u0064s':2}", "{'kind':1}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = review_json_quote(rows[i][0]), *kept = review_json_quote(rows[i][1]);
        json_t *value = NULL;
        struct error err;
        char *dump;

        assert_int_equal(json_read_fields(text, strlen(text), admission_mask(), NULL, &value, &err),
                         JSON_READ);
        dump = json_dumps(value, JSON_COMPACT);
        assert_string_equal(dump, kept);
        free(dump);
        free(text);
        free(kept);
        json_decref(value);
    }
}

/* What is passed over is held to the same rules, and told with the same words. */
static void test_what_is_left_out_must_be_json(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{'a':}", "line 1, column 6: unexpected \"}\""},
        {"{'a':[1,]}", "line 1, column 9: unexpected \"]\""},
        {"{'a':[1 2]}", "line 1, column 9: unexpected \"2\""},
        {"{'a':{1:2}}", "line 1, column 7: unexpected \"1\""},
        {"{'a':{'b' 2}}", "line 1, column 11: unexpected \"2\""},
        {"{'a':{'b':2,}}", "line 1, column 13: unexpected \"}\""},
        {"{'a':01}", "line 1, column 6: unexpected \"0\""},
        {"{'a':-}", "line 1, column 6: unexpected \"-\""},
        {"{'a':1.}", "line 1, column 6: unexpected \"1\""},
        {"{'a':1e}", "line 1, column 6: unexpected \"1\""},
        {"{'a':1e999}", "line 1, column 6: unexpected \"1\""},
        {"{'a':+1}", "line 1, column 6: unexpected \"+\""},
        {"{'a':tru}", "line 1, column 6: unexpected \"t\""},
        {"{'a':nulL}", "line 1, column 6: unexpected \"n\""},
        {"{'a':'\\x'}", "line 1, column 7: unexpected \"\\\\\""},
        {"{'a':'\\u12g4'}", "line 1, column 7: unexpected \"\\\\\""},
        {"{'a':'b\nc'}", "line 1, column 8: unexpected \"\\n\""},
        {"{'a':'b", "line 1, column 8: the text ends too early"},
        {"{'a':[[", "line 1, column 8: the text ends too early"},
        {"{'a':1} 2", "line 1, column 9: unexpected \"2\""},
        {"{\n 'a':[\n{},{'\\u0000':1}]}", "line 3, column 5: a key holds a NUL character"},
        {"{'kind':1,'a':1,\n'a':2}", "line 2, column 1: duplicate key \"a\", first on line 1; "
                                     "remove one of the two"},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = review_json_quote(rows[i].text);
        json_t *value = NULL;
        struct error all = {.message = ""}, err = {.message = ""};

        json_read(text, strlen(text), &value, &all);
        if (json_read_fields(text, strlen(text), admission_mask(), NULL, &value, &err) !=
                JSON_READ_MALFORMED ||
            strcmp(err.message, rows[i].why) != 0 || strcmp(err.message, all.message) != 0) {
            fprintf(stderr, "%s: \"%s\", not \"%s\"\n", text, err.message, all.message);
            wrong++;
        }
        free(text);
    }
    assert_int_equal(wrong, 0);
}

static void test_the_depth_of_what_is_left_out(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(4096);

    (void)state;
    for (size_t levels = 498; levels <= 501; levels++) {
        json_t *value = NULL;
        struct error err;

        text_cut(&text, 0);
        text_add(&text, "{\"request\":{\"a\":");
        for (size_t i = 0; i < levels; i++)
            text_add(&text, "[");
        for (size_t i = 0; i < levels; i++)
            text_add(&text, "]");
        text_add(&text, "}}");
        assert_int_equal(
            json_read_fields(text_get(&text), text.len, admission_mask(), NULL, &value, &err),
            levels <= 498 ? JSON_READ : JSON_READ_MALFORMED);
        if (levels > 498)
            assert_string_equal(err.message, "line 1, column 515: nested deeper than 500 levels");
        json_decref(value);
    }
}

/* --- sizes -------------------------------------------------------------------------------------
 */

static unsigned status_of(const char *head, const char *item, size_t count, const char *tail,
                          char *ret_words, size_t size)
{
    const struct policy policy = {0};
    const struct admission_list in_force = {.list = list};
    struct text body CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);
    struct admission_reply reply;

    text_add(&body, "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                    "\"request\":{\"uid\":\"u\",\"operation\":\"CREATE\",\"kind\":{\"group\":"
                    "\"kubevirt.io\",\"version\":\"v1\",\"kind\":\"VirtualMachine\"},\"object\":");
    text_add(&body, head);
    for (size_t i = 0; i < count; i++)
        text_add(&body, item);
    text_add(&body, tail);
    text_add(&body, "}}");
    admission_review(ADMISSION_VALIDATE, text_get(&body), body.len, &policy, &in_force, NULL,
                     &reply);
    snprintf(ret_words, size, "%s", reply.body);
    free(reply.body);
    return reply.status;
}

static void test_megabytes_of_empty_objects(void **state)
{
    const size_t count = 2200000;
    char words[256];

    (void)state;
    assert_int_equal(status_of("{\"status\":[", "{},", count, "{}]}", words, sizeof words), 200);
    assert_int_equal(status_of("{\"spec\":{\"gpus\":[", "{},", count, "{}]}}", words, sizeof words),
                     413);
    assert_string_equal(words, "the request body is too large: holds more than 100000 JSON values "
                               "in fields that are reviewed\n");
}

/* 60,000 values in each of two objects, as many as etcd takes, and few of them are read. */
static void test_the_largest_virtual_machine(void **state)
{
    char words[256];

    (void)state;
    assert_int_equal(status_of("{\"spec\":{\"template\":{\"spec\":{\"domain\":{\"devices\":"
                               "{\"disks\":[",
                               "{\"name\":\"d\",\"bus\":\"virtio\"},", 40000, "{}]}}}}}}", words,
                               sizeof words),
                     200);
    assert_non_null(strstr(words, "\"allowed\":true"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_mask_has_room),
        cmocka_unit_test(test_every_fixture),
        cmocka_unit_test(test_every_field_of_every_kind),
        cmocka_unit_test(test_every_field_of_the_request),
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_what_is_left_out_must_be_json),
        cmocka_unit_test(test_the_depth_of_what_is_left_out),
        cmocka_unit_test(test_megabytes_of_empty_objects),
        cmocka_unit_test(test_the_largest_virtual_machine),
    };

    return cmocka_run_group_tests(tests, make_list, free_list);
}
