/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/review.h"

#include "validators/chain_rules.h"
#include "validators/context.h"
#include "validators/device_rules.h"
#include "validators/key_rules.h"
#include "validators/machine_config/machine_config_rules.h"
#include "validators/node_rules.h"
#include "validators/permitted_rules.h"
#include "validators/type_rules.h"

/* An object that is being deleted must go through untouched, or its finalizers can't be removed. */
static bool is_being_deleted(const struct review *review)
{
    return review->object->deleting || (review->old_object && review->old_object->deleting);
}

enum review_result review_failure(const struct arena *arena)
{
    if (arena->limited)
        return REVIEW_TOO_LARGE;
    return arena->account && arena->account->refused ? REVIEW_NO_ROOM : REVIEW_NO_MEMORY;
}

static void judge(const struct object_facts *facts, struct context *context)
{
    judge_types(facts, context);
    switch (facts->kind->family) {
    case FAMILY_PERMITTED_DEVICES:
        judge_permitted_devices(facts, context);
        break;
    case FAMILY_DEVICE_REQUESTS:
        judge_device_requests(facts, context);
        break;
    case FAMILY_MACHINE_CONFIG:
        judge_machine_config(facts->machine, context);
        break;
    case FAMILY_NODE:
        judge_node(facts, context);
        break;
    }
    if (context->value)
        judge_keys(facts->kind, context);
    if (context->chain)
        judge_chain(facts, context);
}

enum review_result review_validate(const struct review *review, const struct policy *policy,
                                   const struct permitted_list *list, struct arena *arena,
                                   struct findings *ret_findings)
{
    const struct kind *kind = review->object->kind;
    struct context context = {.policy = policy,
                              .list = list,
                              .chain = review->chain,
                              .value = review->value,
                              .findings = ret_findings,
                              .arena = arena};

    findings_init(ret_findings, arena);
    if (policy->shown_limit > 0)
        findings_show(ret_findings, policy->shown_limit);
    if (is_being_deleted(review))
        return REVIEW_DECIDED;
    if (review->old_object) {
        ret_findings->recording = true;
        judge(review->old_object, &context);
        ret_findings->recording = false;
    }
    ret_findings->warn_only = policy->warn_only || kind->warn_only ||
                              (kind->may_be_managed && review->object->managed_by_hco);
    judge(review->object, &context);
    if (findings_failed(ret_findings))
        return review_failure(arena);
    return context.needs_list ? REVIEW_NEEDS_LIST : REVIEW_DECIDED;
}

enum review_result review_mutate(const struct review *review, struct arena *arena,
                                 struct default_names *ret_names)
{
    *ret_names = (struct default_names){NULL, 0};
    if (!review->object->kind->default_names || is_being_deleted(review))
        return REVIEW_DECIDED;
    *ret_names = default_names_find(review->object, review->old_object, arena);
    return arena->failed ? review_failure(arena) : REVIEW_DECIDED;
}

/* Room kept for the line that counts what is left out. */
#define REST_LIMIT 64

void review_denial_message(const struct findings *findings, struct text *message, size_t *ret_shown)
{
    const struct finding_list *denials = &findings->denials;
    size_t shown = 0;

    if (denials->count > 1)
        text_addf(message, "%zu faults", denials->count);
    for (size_t i = 0; i < denials->shown; i++) {
        const struct finding *finding = &denials->items[i];
        size_t needed = finding->path.len + finding->body.len + REST_LIMIT;

        if (message->len + needed > DENIAL_MESSAGE_LIMIT)
            break;
        text_add(message, denials->count > 1 ? "\n- " : "");
        finding_add_to(finding, message);
        shown++;
    }
    if (denials->count > shown)
        text_addf(message, "\n… and %zu more", denials->count - shown);
    if (ret_shown)
        *ret_shown = shown;
}
