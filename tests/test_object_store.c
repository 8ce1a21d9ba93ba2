/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/object_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HYPERCONVERGED kind_find(STR("hco.kubevirt.io"), STR("v1"), STR("HyperConverged"))

/* An object, as text. */
#define OBJECT(name, version, list)                                                            \
    "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"" name "\",\"resourceVersion\":\"" version \
    "\",\"managedFields\":[1,2,3]},\"spec\":{\"more\":true,\"virtualization\":{\"more\":1,"    \
    "\"permittedHostDevices\":" list "}},\"status\":{\"conditions\":[]}}"
#define LIST_OF(name) "{\"pciHostDevices\":[{\"resourceName\":\"" name "\"}]}"
#define PAGE(version, more, items)                                            \
    "{\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" more \
    "\"},\"items\":[" items "]}"

static int set_up(void **state)
{
    struct error err;

    *state = object_store_new(HYPERCONVERGED, &err);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    object_store_free(*state);
    return 0;
}

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);

    if (!value)
        fail_msg("the test's own JSON is wrong: %s", text);
    return value;
}

static bool add_page(struct object_store *store, const char *text, char **ret_continue,
                     struct error *err)
{
    json_t *page = parse(text);
    bool good = object_store_add_page(store, page, ret_continue, err);

    json_decref(page);
    return good;
}

/* A page that must be taken. */
static void fill(struct object_store *store, const char *text)
{
    struct error err = {.message = ""};
    char *token = NULL;

    if (!add_page(store, text, &token, &err))
        fail_msg("%s", err.message);
    free(token);
}

static enum object_change apply(struct object_store *store, enum watch_event_type type,
                                const char *text, struct error *err)
{
    CLEANUP_WATCH_EVENT struct watch_event event = {type, parse(text)};

    return object_store_apply(store, &event, err);
}

/* `names`, apart by a blank, are what the store permits. */
static void assert_permits(const struct object_store *store, size_t count, const char *name)
{
    struct error err = {.message = ""};
    struct permitted_list *list = object_store_permitted_list(store, &err);

    if (!list)
        fail_msg("%s", err.message);
    assert_int_equal(permitted_list_count(list), count);
    if (name)
        assert_int_equal(permitted_list_find(list, str_from(name)), PERMISSION_GRANTED);
    permitted_list_unref(list);
}

/* --- versions -------------------------------------------------------------------------------- */

static void test_versions(void **state)
{
    static const struct {
        const char *a, *b;
        bool newer;
    } rows[] = {
        {"2", "1", true},
        {"1", "2", false},
        {"1", "1", false},
        {"10", "9", true}, /* numbers, not texts */
        {"9", "10", false},
        {"18446744073709551616", "18446744073709551615", true}, /* of any length */
        {"010", "9", true},
        {"09", "9", false},
        {"0", "00", false},
        {"1", "", true},
        /* Others are newer unless they are the same: an event that is passed over is worse. */
        {"a", "b", true},
        {"b", "a", true},
        {"a", "a", false},
        {"1a", "2", true},
        {"-1", "2", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (resource_version_is_newer(str_from(rows[i].a), str_from(rows[i].b)) != rows[i].newer)
            fail_msg("%s against %s", rows[i].a, rows[i].b);
    }
}

static void test_older(void **state)
{
    (void)state;
    assert_true(resource_version_is_older(STR("9"), STR("10")));
    assert_false(resource_version_is_older(STR("10"), STR("9")));
    assert_false(resource_version_is_older(STR("7"), STR("07")));
    /* Of others nobody knows: that would be a reason to list anew with each event. */
    assert_false(resource_version_is_older(STR("a"), STR("b")));
    assert_false(resource_version_is_older(STR("1"), STR("b")));
    assert_false(resource_version_is_older(STR(""), STR("1")));
}

/* --- lists ----------------------------------------------------------------------------------- */

static void test_pages(void **state)
{
    struct object_store *store = *state;
    struct error err;
    char *token = NULL;

    assert_string_equal(object_store_version(store), "");
    assert_true(
        add_page(store, PAGE("7", "more", OBJECT("b", "3", LIST_OF("a.b/two"))), &token, &err));
    assert_string_equal(token, "more");
    free(token);
    assert_true(add_page(store, PAGE("8", "", OBJECT("a", "4", LIST_OF("a.b/one"))), &token, &err));
    assert_null(token);
    assert_int_equal(object_store_count(store), 2);
    assert_string_equal(object_store_version(store), "7"); /* of the first */
    assert_permits(store, 2, "a.b/one");
}

static void test_empty_list(void **state)
{
    struct object_store *store = *state;

    fill(store, "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":null}");
    assert_int_equal(object_store_count(store), 0);
    assert_permits(store, 0, NULL);
}

static void test_bad_pages(void **state)
{
    static const struct {
        const char *page, *why;
    } rows[] = {
        {"{}", "a list: no metadata.resourceVersion"},
        {"{\"metadata\":[],\"items\":[]}", "a list: no metadata.resourceVersion"},
        {PAGE("", "", ""), "a list: no metadata.resourceVersion"},
        {"{\"metadata\":{\"resourceVersion\":7},\"items\":[]}",
         "a list: no metadata.resourceVersion"},
        {PAGE("00000000001111111111222222222233333333334444444444555555555566666", "", ""),
         "a list: metadata.resourceVersion has a form that no API server gives it"},
        {"{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":\"\"}",
         "a list whose items are no array"},
        {PAGE("7", "", "{}"), "a list: an object without metadata.name"},
        {PAGE("7", "", "{\"metadata\":{\"name\":\"\"}}"),
         "a list: an object without metadata.name"},
        {PAGE("7", "", "1"), "a list: an object without metadata.name"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err;
        CLEANUP_OBJECT_STORE struct object_store *store = object_store_new(HYPERCONVERGED, &err);
        char *token = NULL;

        assert_false(add_page(store, rows[i].page, &token, &err));
        assert_string_equal(err.message, rows[i].why);
        assert_null(token);
    }
}

static void test_long_token(void **state)
{
    struct object_store *store = *state;
    char page[8192];
    char *token = NULL;
    struct error err;

    snprintf(page, sizeof page, PAGE("7", "%0*d", ""), (int)CONTINUE_MAX, 1);
    assert_true(add_page(store, page, &token, &err));
    assert_int_equal(strlen(token), CONTINUE_MAX);
    free(token);
    snprintf(page, sizeof page, PAGE("7", "%0*d", ""), (int)CONTINUE_MAX + 1, 1);
    assert_false(add_page(store, page, &token, &err));
    assert_non_null(strstr(err.message, "metadata.continue: 4097 bytes"));
}

/* --- events ---------------------------------------------------------------------------------- */

static void test_events(void **state)
{
    struct object_store *store = *state;
    struct error err;

    fill(store, PAGE("100", "", OBJECT("a", "90", LIST_OF("a.b/one"))));
    assert_int_equal(apply(store, WATCH_ADDED, OBJECT("b", "101", LIST_OF("a.b/two")), &err),
                     OBJECT_CHANGED);
    assert_permits(store, 2, "a.b/two");
    assert_int_equal(apply(store, WATCH_MODIFIED, OBJECT("a", "102", LIST_OF("a.b/three")), &err),
                     OBJECT_CHANGED);
    assert_permits(store, 2, "a.b/three");
    /* A status, or anything else that no rule reads. */
    assert_int_equal(apply(store, WATCH_MODIFIED, OBJECT("a", "103", LIST_OF("a.b/three")), &err),
                     OBJECT_SAME);
    assert_int_equal(
        apply(store, WATCH_BOOKMARK, "{\"metadata\":{\"resourceVersion\":\"110\"}}", &err),
        OBJECT_SAME);
    assert_string_equal(object_store_version(store), "110");
    assert_int_equal(apply(store, WATCH_DELETED, OBJECT("a", "111", "{}"), &err), OBJECT_CHANGED);
    assert_permits(store, 1, "a.b/two");
    assert_int_equal(apply(store, WATCH_DELETED, OBJECT("a", "112", "{}"), &err), OBJECT_SAME);
    assert_int_equal(apply(store, WATCH_DELETED, OBJECT("b", "113", "{}"), &err), OBJECT_CHANGED);
    assert_permits(store, 0, NULL);
}

static void test_late_events(void **state)
{
    struct object_store *store = *state;
    struct error err;

    fill(store, PAGE("100", "", OBJECT("a", "90", LIST_OF("a.b/one"))));
    assert_int_equal(apply(store, WATCH_MODIFIED, OBJECT("a", "99", LIST_OF("a.b/old")), &err),
                     OBJECT_STALE);
    assert_int_equal(apply(store, WATCH_DELETED, OBJECT("a", "100", "{}"), &err), OBJECT_STALE);
    assert_int_equal(apply(store, WATCH_BOOKMARK, OBJECT("", "99", "{}"), &err), OBJECT_STALE);
    /* On a quiet cluster a bookmark has no newer version, and says that nothing was missed. */
    assert_int_equal(apply(store, WATCH_BOOKMARK, OBJECT("", "100", "{}"), &err), OBJECT_CURRENT);
    assert_permits(store, 1, "a.b/one");
    assert_string_equal(object_store_version(store), "100");
}

/* A bad event leaves the store as it was, its version included. */
static void test_bad_events(void **state)
{
    struct object_store *store = *state;
    struct error err;

    fill(store, PAGE("100", "", OBJECT("a", "90", LIST_OF("a.b/one"))));
    assert_int_equal(apply(store, WATCH_ADDED, "{}", &err), OBJECT_BAD);
    assert_string_equal(err.message, "an event: no metadata.resourceVersion");
    assert_int_equal(
        apply(store, WATCH_DELETED, "{\"metadata\":{\"resourceVersion\":\"101\"}}", &err),
        OBJECT_BAD);
    assert_string_equal(err.message, "an event: an object without metadata.name");
    assert_permits(store, 1, "a.b/one");
    assert_string_equal(object_store_version(store), "100");
}

/* --- what is kept ---------------------------------------------------------------------------- */

static void test_same(void **state)
{
    struct object_store *store = *state;
    struct error err;
    CLEANUP_OBJECT_STORE struct object_store *other = object_store_new(HYPERCONVERGED, &err);
    CLEANUP_OBJECT_STORE struct object_store *beta = object_store_new(
        kind_find(STR("hco.kubevirt.io"), STR("v1beta1"), STR("HyperConverged")), &err);

    fill(store, PAGE("1", "", OBJECT("a", "1", LIST_OF("a.b/one")) "," OBJECT("b", "1", "{}")));
    fill(other, PAGE("2", "", OBJECT("b", "2", "{}") "," OBJECT("a", "2", LIST_OF("a.b/one"))));
    assert_true(object_store_same(store, other));
    apply(other, WATCH_MODIFIED, OBJECT("b", "3", "{\"usbHostDevices\":[]}"), &err);
    assert_false(object_store_same(store, other));
    apply(other, WATCH_MODIFIED, OBJECT("b", "4", "{}"), &err);
    assert_true(object_store_same(store, other));
    apply(other, WATCH_DELETED, OBJECT("b", "5", "{}"), &err);
    assert_false(object_store_same(store, other));
    assert_false(object_store_same(beta, other));
}

/* Wherever the way to the list is broken, that is told and not taken for "no list". */
static void test_wrong_types(void **state)
{
    static const struct {
        const char *spec, *why;
    } rows[] = {
        {"\"x\"", "HyperConverged ns/a: spec: Invalid value: \"string\": must be an object"},
        {"{\"virtualization\":[]}",
         "HyperConverged ns/a: spec.virtualization: Invalid value: \"array\": must be an object"},
        {"{\"virtualization\":{\"permittedHostDevices\":1}}",
         "HyperConverged ns/a: spec.virtualization.permittedHostDevices: Invalid value: "
         "\"number\": must be an object"},
        {"{\"permittedHostDevices\":{\"pciHostDevices\":[{\"resourceName\":7}]}}",
         "HyperConverged ns/a: spec.permittedHostDevices.pciHostDevices[0].resourceName: Invalid "
         "value: \"number\": must be a string, found 7"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err;
        CLEANUP_OBJECT_STORE struct object_store *store = object_store_new(HYPERCONVERGED, &err);
        char page[1024];

        snprintf(page, sizeof page,
                 PAGE("1", "", "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"a\"},\"spec\":%s}"),
                 rows[i].spec);
        fill(store, page);
        assert_null(object_store_permitted_list(store, &err));
        assert_ptr_equal(strstr(err.message, rows[i].why), err.message);
    }
}

/* Of the two paths of a HyperConverged the own one counts, as everywhere. */
static void test_other_path(void **state)
{
    struct object_store *store = *state;

    fill(store, PAGE("1", "",
                     "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"permittedHostDevices\":" //
                     LIST_OF("a.b/beta") "}}"));
    assert_permits(store, 1, "a.b/beta");
    fill(store, PAGE("2", "",
                     "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"permittedHostDevices\":" //
                     LIST_OF("a.b/beta") ",\"virtualization\":{\"permittedHostDevices\":" //
                     LIST_OF("a.b/one") "}}}"));
    assert_permits(store, 1, "a.b/one");
}

static void test_names(void **state)
{
    struct object_store *store = *state;
    CLEANUP_TEXT struct text names = TEXT_INIT(1000);
    char page[512];

    for (int i = 12; i > 0; i--) {
        snprintf(page, sizeof page, PAGE("1", "", OBJECT("n%02d\\n", "1", "{}")), i);
        fill(store, page);
    }
    object_store_add_names(store, &names);
    assert_string_equal(text_get(&names),
                        "ns/n01\\n, ns/n02\\n, ns/n03\\n, ns/n04\\n, ns/n05\\n, ns/n06\\n, "
                        "ns/n07\\n, ns/n08\\n, ns/n09\\n, ns/n10\\n and 2 more");
}

/* --- limits ---------------------------------------------------------------------------------- */

static void test_many_objects(void **state)
{
    struct object_store *store = *state;
    struct error err;
    char *token = NULL;
    char page[512];

    for (size_t i = 0; i < OBJECT_STORE_MAX_OBJECTS; i++) {
        snprintf(page, sizeof page, PAGE("1", "", OBJECT("n%zu", "1", "{}")), i * 7919 % 1000);
        fill(store, page);
    }
    assert_int_equal(object_store_count(store), OBJECT_STORE_MAX_OBJECTS);
    assert_false(add_page(store, PAGE("1", "", OBJECT("more", "1", "{}")), &token, &err));
    assert_string_equal(err.message, "a list: more than 1000 objects of the kind HyperConverged");
    /* Those that are there may change, and one that goes makes room. */
    assert_int_equal(apply(store, WATCH_MODIFIED, OBJECT("n500", "2", LIST_OF("a.b/one")), &err),
                     OBJECT_CHANGED);
    assert_int_equal(apply(store, WATCH_DELETED, OBJECT("n0", "3", "{}"), &err), OBJECT_CHANGED);
    assert_int_equal(apply(store, WATCH_ADDED, OBJECT("more", "4", "{}"), &err), OBJECT_CHANGED);
    assert_permits(store, 1, "a.b/one");
}

/* A list of `count` numbers, which is 1 + count values; the caller's. */
static json_t *make_object(const char *version, size_t count)
{
    json_t *object = parse(OBJECT("large", "0", "{\"pciHostDevices\":[]}"));
    json_t *spec = json_object_get(object, "spec");
    json_t *list = json_object_get(
        json_object_get(json_object_get(spec, "virtualization"), "permittedHostDevices"),
        "pciHostDevices");

    json_object_set_new(json_object_get(object, "metadata"), "resourceVersion",
                        json_string(version));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_true());
    return object;
}

static void test_many_values(void **state)
{
    struct object_store *store = *state;
    struct error err;
    /* The object, metadata with two, spec, virtualization, permittedHostDevices, the list. */
    const size_t others = 8;
    struct watch_event event = {.type = WATCH_ADDED};

    event.object = make_object("1", OBJECT_STORE_MAX_VALUES - others);
    assert_int_equal(object_store_apply(store, &event, &err), OBJECT_CHANGED);
    watch_event_clear(&event);
    event.object = make_object("2", OBJECT_STORE_MAX_VALUES - others + 1);
    assert_int_equal(object_store_apply(store, &event, &err), OBJECT_BAD);
    watch_event_clear(&event);
    assert_string_equal(err.message, "an event: the permitted lists of all objects hold more than "
                                     "300000 JSON values");
    assert_int_equal(apply(store, WATCH_ADDED, OBJECT("b", "3", "{}"), &err), OBJECT_BAD);
    assert_int_equal(apply(store, WATCH_DELETED, OBJECT("large", "4", "{}"), &err), OBJECT_CHANGED);
    assert_int_equal(apply(store, WATCH_ADDED, OBJECT("b", "5", "{}"), &err), OBJECT_CHANGED);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_older),
        WITH_STORE(test_pages),
        WITH_STORE(test_empty_list),
        cmocka_unit_test(test_bad_pages),
        WITH_STORE(test_long_token),
        WITH_STORE(test_events),
        WITH_STORE(test_late_events),
        WITH_STORE(test_bad_events),
        WITH_STORE(test_same),
        cmocka_unit_test(test_wrong_types),
        WITH_STORE(test_other_path),
        WITH_STORE(test_names),
        WITH_STORE(test_many_objects),
        WITH_STORE(test_many_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
