/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/questions.h"

#include "server/monotonic.h"

#include <stdio.h>
#include <string.h>

/* An answer that takes this long hangs; without a fault it takes some milliseconds. */
#define HANG_MS 15000

/* --- one review ------------------------------------------------------------------------------ */

enum verdict {
    VERDICT_NONE, /* no answer, or one that is none */
    VERDICT_ALLOW,
    VERDICT_DENY,
};

static const char review_format[] =
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
    "\"uid\":\"705ab4f5-6393-11e8-b7cc-42010a800002\","
    "\"kind\":{\"group\":\"kubevirt.io\",\"version\":\"v1\",\"kind\":\"VirtualMachine\"},"
    "\"operation\":\"CREATE\",\"object\":{\"apiVersion\":\"kubevirt.io/v1\","
    "\"kind\":\"VirtualMachine\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"template\":{\"spec\":{"
    "\"domain\":{\"devices\":{\"hostDevices\":[{\"deviceName\":\"%s\","
    "\"name\":\"hostdevices1\"}]}}}}}}}}";

static enum verdict read_verdict(struct story *story, const struct http_response *response)
{
    bool allows = response->body && strstr(response->body, "\"allowed\":true");
    bool denies = response->body && strstr(response->body, "\"allowed\":false");

    if (response->status >= 500) {
        snprintf(story->no_answer, sizeof story->no_answer, "status %d", response->status);
        return VERDICT_NONE;
    }
    if (response->status != 200 || allows == denies)
        story_fail(story, "answered %d: %.200s", response->status,
                   response->body ? response->body : "");
    return allows ? VERDICT_ALLOW : denies ? VERDICT_DENY : VERDICT_NONE;
}

/* On a connection that is open. */
static enum verdict ask(struct story *story, struct tls_client *client, enum passing device)
{
    struct http_response response = {.status = 0};
    enum verdict verdict = VERDICT_NONE;
    long long begun = monotonic_ms();
    char review[1024];

    snprintf(review, sizeof review, review_format, generations_device(device));
    if (http_send(client, "POST", "/validate", review, strlen(review)) &&
        http_receive(client, false, &response))
        verdict = read_verdict(story, &response);
    else
        snprintf(story->no_answer, sizeof story->no_answer, "%s", client->problem);
    http_response_free(&response);
    if (monotonic_ms() - begun > HANG_MS)
        story_fail(story, "a review hung for %lld ms", monotonic_ms() - begun);
    return verdict;
}

/* --- all that are asked ---------------------------------------------------------------------- */

/* By device, on one connection, as the API server keeps one. */
struct verdicts {
    enum verdict of[PASSING_COUNT];
};

static void ask_about_all(struct story *story, struct verdicts *ret_verdicts)
{
    struct tls_client client;

    *ret_verdicts = (struct verdicts){{VERDICT_NONE, VERDICT_NONE, VERDICT_NONE}};
    if (tls_connect(&client, &story->victim.target)) {
        for (int i = 0; i < PASSING_COUNT; i++)
            ret_verdicts->of[i] = ask(story, &client, (enum passing)i);
    } else {
        snprintf(story->no_answer, sizeof story->no_answer, "%s", client.problem);
    }
    tls_close(&client);
    if (ret_verdicts->of[PASSING_ALWAYS] == VERDICT_DENY ||
        ret_verdicts->of[PASSING_NEVER] == VERDICT_ALLOW)
        story_fail(story, "a wrong verdict");
}

/* Whether a client with this certificate gets an answer, be it that there is none to give. */
static bool lets_in(const struct story *story, enum passing who)
{
    const struct temp_path certificate = generations_client(story->victim.files, who);
    struct tls_target target = story->victim.target;
    struct http_response response = {.status = 0};
    bool answered;

    target.cert_file = certificate.text;
    answered = http_fetch(&target, "GET", "/livez", NULL, 0, &response);
    http_response_free(&response);
    return answered;
}

static void come_as_stranger(struct story *story)
{
    if (victim_has(&story->victim, PART_CLIENT_CA) && lets_in(story, PASSING_NEVER))
        story_fail(story, "a stranger was let in");
}

void questions_ask(struct story *story)
{
    struct verdicts ignored;

    come_as_stranger(story);
    ask_about_all(story, &ignored);
}

bool questions_expect(struct story *story)
{
    struct verdicts verdicts;

    come_as_stranger(story);
    ask_about_all(story, &verdicts);
    if (story_is_well(story) &&
        (verdicts.of[PASSING_ALWAYS] == VERDICT_NONE ||
         verdicts.of[PASSING_NEVER] == VERDICT_NONE || verdicts.of[PASSING_LATER] == VERDICT_NONE))
        story_fail(story, "no answer: %s", story->no_answer);
    return story_is_well(story);
}

/* --- metrics --------------------------------------------------------------------------------- */

bool questions_scrape(struct story *story, bool must)
{
    struct http_response response = {.status = 0};
    bool whole = http_fetch(&story->victim.probes, "GET", "/metrics", NULL, 0, &response) &&
                 response.status == 200 && strstr(response.body, "\nhostdev_webhook_ready 1\n") &&
                 strstr(response.body, "\nhostdev_webhook_build_info{");

    if (!whole && (must || response.status == 200))
        story_fail(story, "metrics with status %d: %.200s", response.status,
                   response.body ? response.body : "");
    http_response_free(&response);
    return story_is_well(story);
}

/* --- what is in place ------------------------------------------------------------------------ */

static bool uses_pair_and_list(struct story *story)
{
    const struct victim *victim = &story->victim;
    const struct temp_path ca = generations_ca(victim->files, victim->is_new[PART_PAIR]);
    struct tls_target target = victim->target;
    enum verdict later = VERDICT_NONE;
    struct tls_client client;

    target.ca_file = ca.text;
    if (tls_connect(&client, &target))
        later = ask(story, &client, PASSING_LATER);
    tls_close(&client);
    return later == (victim->is_new[PART_LIST] ? VERDICT_ALLOW : VERDICT_DENY);
}

bool questions_use_files(struct story *story)
{
    const struct victim *victim = &story->victim;

    return uses_pair_and_list(story) &&
           (!victim_has(victim, PART_CLIENT_CA) ||
            lets_in(story, PASSING_LATER) == victim->is_new[PART_CLIENT_CA]);
}
