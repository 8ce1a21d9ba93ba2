/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/soak/bodies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REVIEW_HEAD                                                                      \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{" \
    "\"uid\":\"705ab4f5-6393-11e8-b7cc-42010a800002\",\"operation\":\"CREATE\","         \
    "\"userInfo\":{\"username\":\"soak\"},\"namespace\":\"default\","

static struct body vms[BODY_VM_COUNT], list, too_long, of_objects;

static struct body adopt(char *text)
{
    if (!text) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return (struct body){text, strlen(text)};
}

static struct body make_vm(const char *entry, const char *annotation)
{
    char *text = NULL;

    if (asprintf(&text,
                 REVIEW_HEAD
                 "\"kind\":{\"group\":\"kubevirt.io\",\"version\":\"v1\","
                 "\"kind\":\"VirtualMachine\"},\"object\":{\"metadata\":{\"name\":\"vm\","
                 "\"annotations\":{\"note\":\"%s\"}},\"spec\":{\"template\":{\"spec\":{\"domain\":{"
                 "\"devices\":{\"hostDevices\":[{%s}]}}}}}}}}",
                 annotation, entry) < 0)
        text = NULL;
    return adopt(text);
}

/* `count` times `piece`, between two texts. */
static struct body repeat(const char *before, const char *piece, size_t count, const char *after)
{
    size_t len = strlen(piece);
    char *text = malloc(strlen(before) + len * count + strlen(after) + 1);
    char *at;

    if (!text)
        return adopt(NULL);
    at = stpcpy(text, before);
    for (size_t i = 0; i < count; i++, at += len)
        memcpy(at, piece, len);
    memcpy(at, after, strlen(after) + 1);
    return adopt(text);
}

void bodies_make(void)
{
    struct body filling = repeat("", "0123456789abcdef", 32768, "");

    vms[BODY_PERMITTED] = make_vm("\"name\":\"a\",\"deviceName\":\"soak.test/always\"", "");
    vms[BODY_CHANGING] = make_vm("\"name\":\"a\",\"deviceName\":\"soak.test/sometimes\"", "");
    vms[BODY_MISSPELT] = make_vm("\"name\":\"a\",\"deviceName\":\"soak.test/alwyas\"", "");
    vms[BODY_UNNAMED] = make_vm("\"deviceName\":\"soak.test/always\"", "");
    vms[BODY_LARGE] = make_vm("\"name\":\"a\",\"deviceName\":\"soak.test/always\"", filling.text);
    free((char *)(size_t)filling.text);
    list =
        repeat(REVIEW_HEAD "\"kind\":{\"group\":\"hco.kubevirt.io\",\"version\":\"v1beta1\","
                           "\"kind\":\"HyperConverged\"},\"object\":{\"spec\":{"
                           "\"permittedHostDevices\":{\"pciHostDevices\":[",
               "{\"pciDeviceSelector\":\"0x10DE:0x1EB8\",\"resourceName\":\"a.b/c\"}", 1, "]}}}}}");
    too_long = repeat("", " ", 7340033, "");
    of_objects = repeat(
        REVIEW_HEAD "\"kind\":{\"group\":\"kubevirt.io\",\"version\":\"v1\","
                    "\"kind\":\"VirtualMachine\"},\"object\":{\"spec\":{\"template\":{\"spec\":{"
                    "\"domain\":{\"devices\":{\"hostDevices\":[{}",
        ",{}", 400000, "]}}}}}}}}");
}

void bodies_free(void)
{
    for (size_t i = 0; i < BODY_VM_COUNT; i++)
        free((char *)(size_t)vms[i].text);
    free((char *)(size_t)list.text);
    free((char *)(size_t)too_long.text);
    free((char *)(size_t)of_objects.text);
}

struct body body_vm(enum body_vm which)
{
    return vms[which];
}

struct body body_list(void)
{
    return list;
}

struct body body_too_long(void)
{
    return too_long;
}

struct body body_of_objects(void)
{
    return of_objects;
}

/* JSON, which is YAML as well. */
#define DEVICE(selector, name) \
    "{\"pciDeviceSelector\":\"" selector "\",\"resourceName\":\"" name "\"}"
#define SPEC(devices) "{\"permittedHostDevices\":{\"pciHostDevices\":[" devices "]}}"
#define SPEC_ONE SPEC(DEVICE("10DE:1EB8", "soak.test/always"))
#define SPEC_BOTH \
    SPEC(DEVICE("10DE:1EB8", "soak.test/always") "," DEVICE("10DE:1DB6", "soak.test/sometimes"))
#define MANIFEST(spec)                            \
    "apiVersion: hco.kubevirt.io/v1beta1\n"       \
    "kind: HyperConverged\n"                      \
    "metadata: {name: kubevirt-hyperconverged}\n" \
    "spec: " spec "\n"

const char *body_manifest(bool with_changing)
{
    return with_changing ? MANIFEST(SPEC_BOTH) : MANIFEST(SPEC_ONE);
}

const char *body_spec(bool with_changing)
{
    return with_changing ? SPEC_BOTH : SPEC_ONE;
}
