/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/serving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char serving_list[] =
    "apiVersion: hco.kubevirt.io/v1beta1\n"
    "kind: HyperConverged\n"
    "metadata: {name: kubevirt-hyperconverged, namespace: openshift-cnv}\n"
    "spec:\n"
    "  permittedHostDevices:\n"
    "    pciHostDevices:\n"
    "    - {pciDeviceSelector: '10DE:1EB8', resourceName: nvidia.com/TU104GL_Tesla_T4}\n";

const char serving_review[] =
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
    "\"uid\":\"705ab4f5-6393-11e8-b7cc-42010a800002\","
    "\"kind\":{\"group\":\"kubevirt.io\",\"version\":\"v1\",\"kind\":\"VirtualMachine\"},"
    "\"operation\":\"CREATE\",\"object\":{\"apiVersion\":\"kubevirt.io/v1\","
    "\"kind\":\"VirtualMachine\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"template\":{\"spec\":{"
    "\"domain\":{\"devices\":{\"hostDevices\":[{\"deviceName\":\"nvidia.com/TU104GL_Tesla_T4\","
    "\"name\":\"hostdevices1\"}]}}}}}}}}";

char *serving_make_bad_review(void)
{
    char *review = strdup(serving_review);
    char *device = review ? strstr(review, "Tesla_T4") : NULL;

    if (!device)
        abort();
    memcpy(device, "Tesla_T5", 8);
    return review;
}

void serving_make(struct serving *serving)
{
    struct run_result result;

    *serving = (struct serving){.server = {.log_fd = -1}};
    temp_dir_make(&serving->dir);
    serving->ca = temp_path(&serving->dir, "ca.crt");
    serving->crt = temp_path(&serving->dir, "tls.crt");
    serving->key = temp_path(&serving->dir, "tls.key");
    serving->list = temp_path(&serving->dir, "hyperconverged.yaml");
    temp_write(&serving->dir, "hyperconverged.yaml", serving_list);
    result = run_program((const char *const[]){"certs", "issue", "--dir", serving->dir.path,
                                               "--host", "localhost,127.0.0.1,::1", NULL});
    if (result.exit_code != 0) {
        fprintf(stderr, "can't issue certificates: %s\n", result.err ? result.err : "no output");
        exit(1);
    }
    run_result_free(&result);
}

void serving_remove(struct serving *serving)
{
    temp_dir_remove(&serving->dir);
}

#define MAX_OPTIONS 16

void serving_start_with(struct serving *serving, const char *const *options)
{
    const char *arguments[6 + MAX_OPTIONS + 1] = {
        "--tls-cert-file", serving->crt.text,       "--tls-private-key-file",
        serving->key.text, "--hyperconverged-file", serving->list.text,
    };

    for (size_t i = 0; i < MAX_OPTIONS && options[i]; i++)
        arguments[6 + i] = options[i];
    server_start(&serving->server, arguments);
    serving->target = (struct tls_target){
        .host = serving->server.host,
        .port = serving->server.port,
        .ca_file = serving->ca.text,
        .server_name = "localhost",
    };
    serving->probes = (struct tls_target){
        .host = serving->server.host,
        .port = serving->server.probe_port,
    };
}

void serving_start(struct serving *serving, const char *option, const char *value)
{
    serving_start_with(serving, (const char *const[]){option, value, NULL});
}

void serving_stop(struct serving *serving)
{
    server_stop(&serving->server);
    server_clean_up(&serving->server);
}

static int fetch(const struct serving *serving, const char *method, const char *url,
                 const char *body, size_t len)
{
    struct http_response response = {.status = 0};
    int status;

    http_fetch(&serving->target, method, url, body, len, &response);
    status = response.status;
    http_response_free(&response);
    return status;
}

int serving_get(const struct serving *serving, const char *url)
{
    return fetch(serving, "GET", url, NULL, 0);
}

int serving_post(const struct serving *serving, const char *url, const char *body, size_t len)
{
    return fetch(serving, "POST", url, body, len);
}

int serving_send(const struct serving *serving, const char *request, size_t len)
{
    struct http_response response = {.status = 0};
    struct tls_client client;
    int status;

    /* A server that refuses may stop reading: what it answered can be there all the same. */
    if (tls_connect(&client, &serving->target)) {
        tls_send(&client, request, len);
        http_receive(&client, false, &response);
    }
    status = response.status;
    http_response_free(&response);
    tls_close(&client);
    return status;
}

bool serving_begin_review(const struct serving *serving, struct tls_client *client)
{
    char head[256];

    snprintf(head, sizeof head, SERVING_HEAD "Expect: 100-continue\r\nContent-Length: %zu\r\n\r\n",
             strlen(serving_review));
    return tls_connect(client, &serving->target) && tls_send(client, head, strlen(head)) &&
           http_receive_continue(client);
}

struct serving serving_shared;

int serving_make_files(void **state)
{
    (void)state;
    serving_make(&serving_shared);
    return 0;
}

int serving_remove_files(void **state)
{
    (void)state;
    serving_remove(&serving_shared);
    return 0;
}

int serving_set_up(void **state)
{
    serving_start(&serving_shared, NULL, NULL);
    *state = &serving_shared;
    return 0;
}

int serving_take_files(void **state)
{
    *state = &serving_shared;
    return 0;
}

int serving_clean_up(void **state)
{
    (void)state;
    server_clean_up(&serving_shared.server);
    return 0;
}

int serving_tear_down(void **state)
{
    (void)state;
    serving_stop(&serving_shared);
    return 0;
}
