/* SPDX-License-Identifier: Apache-2.0 */
/* Which facts are picked out of an object's JSON, and what the wrong types become. */
#include "server/documents/json_value.h"
#include "tests/support/facts.h"
#include "tests/support/review_json.h"
#include "validators/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A decoded object and all that it refers to. */
struct decoded {
    json_t *json;
    const struct value *value;
    struct arena arena;
    struct object_facts facts;
};

static void decode(struct decoded *decoded, const char *kind, const char *version,
                   const char *object)
{
    const struct object_rows rows = {.kind = kind, .version = version};
    char *text = review_json_quote(object);

    decoded->json = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    if (!decoded->json)
        fail_msg("not JSON: %s", text);
    free(text);
    decoded->arena = (struct arena)ARENA_INIT(1 << 20);
    decoded->value = value_from_json(decoded->json, &decoded->arena);
    decode_object(kind_of_rows(&rows), decoded->value, &decoded->arena, &decoded->facts);
    assert_false(decoded->arena.failed);
}

static void decoded_free(struct decoded *decoded)
{
    arena_free(&decoded->arena);
    json_decref(decoded->json);
}
#define CLEANUP_DECODED __attribute__((cleanup(decoded_free)))

static void assert_field(struct text_field field, enum field_state state, struct str text)
{
    assert_int_equal(field.state, state);
    assert_true(str_equal(field.text, text));
}

static const struct str none = {NULL, 0};

static void test_the_devices_of_a_vm(void **state)
{
    struct decoded decoded CLEANUP_DECODED;
    const struct device_list *lists;
    struct text path CLEANUP_TEXT = TEXT_INIT(256);

    (void)state;
    decode(&decoded, "VirtualMachine", "v1",
           "{'spec':{'template':{'spec':{'domain':{'devices':{"
           "'hostDevices':[{'deviceName':'a/b','name':'x'},"
           "{'claimName':'c','requestName':'','name':null,'tag':7}],"
           "'gpus':[{'deviceName':'a\\u0000b','virtualGPUOptions':[]}]}}}}}}");
    lists = decoded.facts.devices;
    assert_int_equal(decoded.facts.device_list_count, 2);
    assert_null(decoded.facts.type_faults);
    assert_string_equal(lists[0].key, "hostDevices");
    assert_string_equal(lists[0].stem, "hostdevices");
    assert_null(lists[0].belongs);
    assert_int_equal(lists[0].count, 2);
    path_add_dotted(&path, &lists[0].path);
    assert_string_equal(text_get(&path), "spec.template.spec.domain.devices.hostDevices");
    assert_true(lists[0].items[0].is_object);
    assert_false(lists[0].items[0].malformed);
    assert_field(lists[0].items[0].device_name, FIELD_TEXT, STR("a/b"));
    assert_field(lists[0].items[0].name, FIELD_TEXT, STR("x"));
    assert_field(lists[0].items[0].claim_name, FIELD_ABSENT, none);
    assert_field(lists[0].items[1].device_name, FIELD_ABSENT, none);
    assert_field(lists[0].items[1].name, FIELD_ABSENT, none);
    assert_field(lists[0].items[1].claim_name, FIELD_TEXT, STR("c"));
    assert_field(lists[0].items[1].request_name, FIELD_TEXT, STR(""));
    assert_string_equal(lists[1].key, "gpus");
    assert_string_equal(lists[1].stem, "gpus");
    assert_field(lists[1].items[0].device_name, FIELD_TEXT, STR("a\0b"));
}

static void test_every_kind_has_its_prefix(void **state)
{
    static const struct {
        const char *kind, *object;
    } rows[] = {
        {"VirtualMachine",
         "{'spec':{'template':{'spec':{'domain':{'devices':{'gpus':[{'deviceName':'a/b'}]}}}}}}"},
        {"VirtualMachineInstanceReplicaSet",
         "{'spec':{'template':{'spec':{'domain':{'devices':{'gpus':[{'deviceName':'a/b'}]}}}}}}"},
        {"VirtualMachinePool", "{'spec':{'virtualMachineTemplate':{'spec':{'template':{'spec':{"
                               "'domain':{'devices':{'gpus':[{'deviceName':'a/b'}]}}}}}}}}"},
        {"VirtualMachineInstancetype", "{'spec':{'gpus':[{'deviceName':'a/b'}]}}"},
        {"VirtualMachineClusterInstancetype", "{'spec':{'gpus':[{'deviceName':'a/b'}]}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct decoded decoded CLEANUP_DECODED;

        decode(&decoded, rows[i].kind, NULL, rows[i].object);
        if (decoded.facts.device_list_count != 2 || decoded.facts.devices[1].count != 1 ||
            !decoded.facts.devices[1].present || decoded.facts.devices[0].present)
            fail_msg("%s", rows[i].kind);
    }
}

static void test_the_mistaken_prefix(void **state)
{
    struct decoded decoded CLEANUP_DECODED;

    (void)state;
    decode(&decoded, "VirtualMachine", "v1",
           "{'spec':{'domain':{'devices':{'hostDevices':[{}]}},"
           "'template':{'spec':{'domain':{'devices':{}}}}}}");
    assert_int_equal(decoded.facts.device_list_count, 4);
    assert_null(decoded.facts.devices[0].belongs);
    assert_string_equal(decoded.facts.devices[2].belongs, "spec.template.spec.domain.devices");
    assert_int_equal(decoded.facts.devices[2].count, 1);
    assert_int_equal(decoded.facts.devices[0].count, 0);
}

static void test_the_lists_of_a_hyperconverged(void **state)
{
    struct decoded decoded CLEANUP_DECODED;
    const struct permitted_section *section;

    (void)state;
    decode(&decoded, "HyperConverged", "v1beta1",
           "{'spec':{'permittedHostDevices':{"
           "'pciHostDevices':[{'pciDeviceSelector':'10de:1eb8','pciVendorSelector':'x',"
           "'resourceName':'a.b/c','externalResourceProvider':true,'disabled':true}],"
           "'mediatedDevices':[{'mdevNameSelector':'G','disabled':false}],"
           "'usbHostDevices':[{'resourceName':'a.b/u','selectors':[{'vendor':'1'},"
           "{'product':'2'}]},{'selectors':[]},{'selectors':null}]}}}");
    section = &decoded.facts.sections[0];
    assert_int_equal(decoded.facts.section_count, 2);
    assert_null(decoded.facts.type_faults);
    assert_true(section->present);
    assert_null(section->belongs);
    assert_false(section->has_foreign_usb_list);
    assert_int_equal(section->lists[DEVICE_PCI].count, 1);
    assert_true(section->lists[DEVICE_PCI].items[0].is_object);
    assert_true(section->lists[DEVICE_PCI].items[0].disabled);
    assert_true(section->lists[DEVICE_PCI].items[0].external);
    assert_field(section->lists[DEVICE_PCI].items[0].selector, FIELD_TEXT, STR("10de:1eb8"));
    assert_field(section->lists[DEVICE_PCI].items[0].foreign_selector, FIELD_TEXT, STR("x"));
    assert_field(section->lists[DEVICE_PCI].items[0].resource_name, FIELD_TEXT, STR("a.b/c"));
    assert_field(section->lists[DEVICE_MEDIATED].items[0].selector, FIELD_TEXT, STR("G"));
    assert_field(section->lists[DEVICE_MEDIATED].items[0].resource_name, FIELD_ABSENT, none);
    assert_false(section->lists[DEVICE_MEDIATED].items[0].disabled);
    assert_int_equal(section->lists[DEVICE_USB].count, 3);
    assert_int_equal(section->lists[DEVICE_USB].items[0].usb_count, 2);
    assert_field(section->lists[DEVICE_USB].items[0].usb[0].vendor, FIELD_TEXT, STR("1"));
    assert_field(section->lists[DEVICE_USB].items[0].usb[0].product, FIELD_ABSENT, none);
    assert_field(section->lists[DEVICE_USB].items[0].usb[1].product, FIELD_TEXT, STR("2"));
    assert_int_equal(section->lists[DEVICE_USB].items[1].usb_count, 0);
    assert_false(section->lists[DEVICE_USB].items[1].selectors_malformed);
    assert_false(section->lists[DEVICE_USB].items[2].selectors_malformed);
    assert_false(decoded.facts.sections[1].present);
    assert_string_equal(decoded.facts.sections[1].belongs, "spec.permittedHostDevices");
}

static void test_both_paths_of_a_hyperconverged(void **state)
{
    static const struct {
        const char *version, *object;
        bool own, other;
    } rows[] = {
        {"v1beta1", "{'spec':{'permittedHostDevices':{}}}", true, false},
        {"v1beta1", "{'spec':{'virtualization':{'permittedHostDevices':{}}}}", false, true},
        {"v1", "{'spec':{'permittedHostDevices':{}}}", false, true},
        {"v1", "{'spec':{'virtualization':{'permittedHostDevices':{}}}}", true, false},
        {"v1", "{'spec':{'permittedHostDevices':{},'virtualization':{'permittedHostDevices':{}}}}",
         true, true},
        {"v1", "{'spec':{'permittedHostDevices':null}}", false, false},
        {"v1", "{'spec':null}", false, false},
        {"v1", "{}", false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct decoded decoded CLEANUP_DECODED;

        decode(&decoded, "HyperConverged", rows[i].version, rows[i].object);
        if (decoded.facts.section_count != 2 || decoded.facts.sections[0].present != rows[i].own ||
            decoded.facts.sections[1].present != rows[i].other)
            fail_msg("row %zu: %s", i, rows[i].object);
    }
}

static void test_the_lists_of_a_kubevirt(void **state)
{
    struct decoded decoded CLEANUP_DECODED;
    const struct permitted_section *section;

    (void)state;
    decode(&decoded, "KubeVirt", "v1",
           "{'spec':{'configuration':{'permittedHostDevices':{"
           "'pciHostDevices':[{'pciVendorSelector':'10de:1eb8','pciDeviceSelector':'y',"
           "'disabled':true}],"
           "'usb':[{'resourceName':'a.b/u'}],'usbHostDevices':[]}}}}");
    section = &decoded.facts.sections[0];
    assert_int_equal(decoded.facts.section_count, 1);
    assert_field(section->lists[DEVICE_PCI].items[0].selector, FIELD_TEXT, STR("10de:1eb8"));
    assert_field(section->lists[DEVICE_PCI].items[0].foreign_selector, FIELD_TEXT, STR("y"));
    /* KubeVirt has no such field: the entry is in force. */
    assert_false(section->lists[DEVICE_PCI].items[0].disabled);
    assert_int_equal(section->lists[DEVICE_USB].count, 1);
    assert_true(section->has_foreign_usb_list);
}

static void test_the_other_apis_usb_list(void **state)
{
    struct decoded decoded CLEANUP_DECODED;

    (void)state;
    decode(&decoded, "HyperConverged", "v1beta1",
           "{'spec':{'permittedHostDevices':{'usb':[{'resourceName':'a.b/u'}]}}}");
    assert_true(decoded.facts.sections[0].has_foreign_usb_list);
    assert_int_equal(decoded.facts.sections[0].lists[DEVICE_USB].count, 0);
}

static void test_metadata(void **state)
{
    static const struct {
        const char *object;
        bool deleting, managed;
    } rows[] = {
        {"{}", false, false},
        {"{'metadata':null}", false, false},
        {"{'metadata':7}", false, false},
        {"{'metadata':{'deletionTimestamp':null,'labels':null}}", false, false},
        {"{'metadata':{'deletionTimestamp':'2025-01-01T00:00:00Z'}}", true, false},
        {"{'metadata':{'labels':{'app.kubernetes.io/managed-by':'hco-operator'}}}", false, true},
        {"{'metadata':{'labels':{'app.kubernetes.io/managed-by':'hco-operator2'}}}", false, false},
        {"{'metadata':{'labels':{'app.kubernetes.io/managed-by':'hco-operator\\u0000'}}}", false,
         false},
        {"{'metadata':{'labels':{'app.kubernetes.io/managed-by':7}}}", false, false},
        {"{'metadata':{'labels':['hco-operator']}}", false, false},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct decoded decoded CLEANUP_DECODED;

        decode(&decoded, "KubeVirt", "v1", rows[i].object);
        if (decoded.facts.deleting != rows[i].deleting ||
            decoded.facts.managed_by_hco != rows[i].managed) {
            fprintf(stderr, "row %zu: %s\n", i, rows[i].object);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* The type faults, one a line: "PATH EXPECTED FOUND SCALAR". */
static void describe(const struct type_fault *fault, struct text *text)
{
    for (; fault; fault = fault->next) {
        text_add(text, text->len > 0 ? "\n" : "");
        path_add_dotted(text, &fault->path);
        text_addf(text, ": %s, not %s ", fault->expected, fault->found);
        text_add_str(text, fault->scalar);
    }
}

#define VM(devices) "{'spec':{'template':{'spec':{'domain':{'devices':" devices "}}}}}"
#define HCO(list) "{'spec':{'permittedHostDevices':" list "}}"
#define VM_PATH "spec.template.spec.domain.devices."
#define HCO_PATH "spec.permittedHostDevices."

static const struct {
    const char *kind, *object, *faults;
} wrong_types[] = {
    {"VirtualMachine", VM("{'hostDevices':{},'gpus':'x'}"),
     VM_PATH "hostDevices: an array, not object \n" VM_PATH "gpus: an array, not string x"},
    {"VirtualMachine", VM("{'gpus':[null,[],5,{}]}"),
     VM_PATH "gpus[0]: an object, not null \n" VM_PATH "gpus[1]: an object, not array \n" VM_PATH
             "gpus[2]: an object, not number 5"},
    {"VirtualMachine",
     VM("{'gpus':[{'deviceName':1,'name':true,'claimName':[],'requestName':{}}]}"),
     VM_PATH "gpus[0].deviceName: a string, not number 1\n" VM_PATH
             "gpus[0].name: a string, not boolean true\n" VM_PATH
             "gpus[0].claimName: a string, not array \n" VM_PATH
             "gpus[0].requestName: a string, not object "},
    {"VirtualMachine", VM("[]"), "spec.template.spec.domain.devices: an object, not array "},
    {"VirtualMachine", "{'spec':{'template':7}}", "spec.template: an object, not number 7"},
    {"VirtualMachine", "{'spec':'x'}", "spec: an object, not string x"},
    {"VirtualMachine", "{'spec':{'domain':false}}", "spec.domain: an object, not boolean false"},
    {"VirtualMachineInstancetype", "{'spec':[]}", "spec: an object, not array "},
    {"HyperConverged", "{'spec':[]}", "spec: an object, not array "},
    {"HyperConverged", "{'spec':{'permittedHostDevices':[],'virtualization':1}}",
     "spec.permittedHostDevices: an object, not array \n"
     "spec.virtualization: an object, not number 1"},
    {"HyperConverged", HCO("{'pciHostDevices':{},'mediatedDevices':1,'usbHostDevices':'x'}"),
     HCO_PATH "pciHostDevices: an array, not object \n" HCO_PATH
              "mediatedDevices: an array, not number 1\n" HCO_PATH
              "usbHostDevices: an array, not string x"},
    {"HyperConverged", HCO("{'pciHostDevices':['10de:1eb8']}"),
     HCO_PATH "pciHostDevices[0]: an object, not string 10de:1eb8"},
    {"HyperConverged",
     HCO("{'pciHostDevices':[{'pciDeviceSelector':1,'pciVendorSelector':2,'resourceName':3,"
         "'externalResourceProvider':'yes','disabled':0}]}"),
     HCO_PATH "pciHostDevices[0].disabled: a boolean, not number 0\n" HCO_PATH
              "pciHostDevices[0].externalResourceProvider: a boolean, not string yes\n" HCO_PATH
              "pciHostDevices[0].resourceName: a string, not number 3\n" HCO_PATH
              "pciHostDevices[0].pciDeviceSelector: a string, not number 1\n" HCO_PATH
              "pciHostDevices[0].pciVendorSelector: a string, not number 2"},
    {"HyperConverged", HCO("{'mediatedDevices':[{'mdevNameSelector':[]}]}"),
     HCO_PATH "mediatedDevices[0].mdevNameSelector: a string, not array "},
    {"HyperConverged",
     HCO("{'usbHostDevices':[{'selectors':{}},{'selectors':[1,{'vendor':2,'product':[]}]}]}"),
     HCO_PATH "usbHostDevices[0].selectors: an array, not object \n" HCO_PATH
              "usbHostDevices[1].selectors[0]: an object, not number 1\n" HCO_PATH
              "usbHostDevices[1].selectors[1].vendor: a string, not number 2\n" HCO_PATH
              "usbHostDevices[1].selectors[1].product: a string, not array "},
    {"KubeVirt", "{'spec':{'configuration':'x'}}", "spec.configuration: an object, not string x"},
};

static void test_wrong_types_are_noted_with_their_paths(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong_types); i++) {
        struct text got CLEANUP_TEXT = TEXT_INIT(4096);
        struct decoded decoded CLEANUP_DECODED;

        decode(&decoded, wrong_types[i].kind, NULL, wrong_types[i].object);
        describe(decoded.facts.type_faults, &got);
        wrong += !text_check(wrong_types[i].object, wrong_types[i].faults, text_get(&got));
    }
    assert_int_equal(wrong, 0);
}

static void test_numbers_are_shown_as_they_were_written(void **state)
{
    static const char *const numbers[] = {
        "0", "-1", "5", "0.1", "1.5", "100", "4294967296", "9007199254740993", "1e-300",
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct text object CLEANUP_TEXT = TEXT_INIT(256);
        struct decoded decoded CLEANUP_DECODED;
        const char *expected = numbers[i];

        if (strcmp(expected, "9007199254740993") == 0)
            expected = "9007199254740992"; /* the nearest that a double holds */
        text_addf(&object, VM("{'gpus':[%s]}"), numbers[i]);
        decode(&decoded, "VirtualMachine", NULL, text_get(&object));
        wrong += !text_check(numbers[i], expected, decoded.facts.type_faults->scalar.data);
    }
    assert_int_equal(wrong, 0);
}

static void test_what_is_malformed_says_so(void **state)
{
    struct decoded decoded CLEANUP_DECODED;
    const struct device *devices;

    (void)state;
    decode(&decoded, "VirtualMachine", NULL,
           VM("{'gpus':[7,{'deviceName':1},{'name':1},{'claimName':1},{'requestName':1},{}]}"));
    devices = decoded.facts.devices[1].items;
    assert_int_equal(decoded.facts.devices[1].count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(devices[i].is_object, i > 0);
        assert_int_equal(devices[i].malformed, i < 5);
    }
    assert_field(devices[1].device_name, FIELD_MALFORMED, none);
    assert_field(devices[2].name, FIELD_MALFORMED, none);
    assert_true(device_has_claim(&devices[3]));
    assert_false(device_has_claim(&devices[5]));
}

static void test_selectors_of_the_wrong_type(void **state)
{
    struct decoded decoded CLEANUP_DECODED;
    const struct permitted_entry *entries;

    (void)state;
    decode(&decoded, "HyperConverged", "v1beta1",
           HCO("{'usbHostDevices':[{'selectors':'x'},{'selectors':[7]}]}"));
    entries = decoded.facts.sections[0].lists[DEVICE_USB].items;
    assert_true(entries[0].selectors_malformed);
    assert_false(entries[1].selectors_malformed);
    assert_int_equal(entries[1].usb_count, 1);
    assert_field(entries[1].usb[0].vendor, FIELD_MALFORMED, none);
    assert_field(entries[1].usb[0].product, FIELD_MALFORMED, none);
}

/* Whatever the arena has room for, nothing breaks, and what does not fit is noted. */
static void test_lack_of_memory_is_noted(void **state)
{
    static const char *const objects[][2] = {
        {"VirtualMachine", VM("{'gpus':[{'deviceName':'a'},7,{'name':1}],'hostDevices':1}")},
        {"HyperConverged", HCO("{'pciHostDevices':[{'resourceName':1}],"
                               "'usbHostDevices':[{'selectors':[{},1]}]}")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(objects); i++) {
        struct decoded decoded CLEANUP_DECODED;

        decode(&decoded, objects[i][0], NULL, objects[i][1]);
        for (size_t limit = 0; limit < 2000; limit += 16) {
            struct arena small CLEANUP_ARENA = ARENA_INIT(limit);
            struct object_facts facts;
            size_t faults = 0, expected = 0;

            decode_object(decoded.facts.kind, decoded.value, &small, &facts);
            for (const struct type_fault *at = facts.type_faults; at; at = at->next)
                faults++;
            for (const struct type_fault *at = decoded.facts.type_faults; at; at = at->next)
                expected++;
            assert_true(small.failed || faults == expected);
            assert_true(small.failed || limit > 100);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_devices_of_a_vm),
        cmocka_unit_test(test_every_kind_has_its_prefix),
        cmocka_unit_test(test_the_mistaken_prefix),
        cmocka_unit_test(test_the_lists_of_a_hyperconverged),
        cmocka_unit_test(test_both_paths_of_a_hyperconverged),
        cmocka_unit_test(test_the_lists_of_a_kubevirt),
        cmocka_unit_test(test_the_other_apis_usb_list),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_wrong_types_are_noted_with_their_paths),
        cmocka_unit_test(test_numbers_are_shown_as_they_were_written),
        cmocka_unit_test(test_what_is_malformed_says_so),
        cmocka_unit_test(test_selectors_of_the_wrong_type),
        cmocka_unit_test(test_lack_of_memory_is_noted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
