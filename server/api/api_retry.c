/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_retry.h"

#include "server/monotonic.h"

/* How long an answer is worth being asked for again; 0: it is final. Status 0: there was none. */
static unsigned worth_ms(const struct api_patience *patience, long status)
{
    if (status == 403)
        return patience->forbidden_ms;
    if (status == 0 || status == 429 || (status >= 500 && status < 600))
        return patience->transient_ms;
    return 0;
}

/* Tells who wants to know why it takes longer. */
static void tell(const struct api_retry *retry, const struct api_reply *reply,
                 const struct error *no_answer)
{
    struct error problem = *no_answer;

    if (!retry->waits)
        return;
    if (reply->status != 0)
        api_reply_error(reply, "the API server answers", &problem);
    retry->waits(&problem);
}

bool api_retry_call(const struct api_retry *retry, const struct api_request *request,
                    struct api_reply *ret_reply, struct error *err)
{
    const struct api_patience *patience = &retry->patience;
    const long long begin = monotonic_ms();
    long long pause = patience->pause_ms;
    struct api_request one = *request;

    one.deadline_ms = patience->deadline_ms;
    for (bool told = false;; told = true) {
        struct api_reply reply = {.status = 0};
        struct error problem = {.no_memory = false};
        bool answered = api_client_call(retry->client, &one, &reply, &problem);
        long long wait = reply.retry_after * 1000 > pause ? reply.retry_after * 1000 : pause;

        if (problem.no_memory || monotonic_ms() + wait - begin > worth_ms(patience, reply.status)) {
            if (answered)
                *ret_reply = reply;
            else
                *err = problem;
            return answered;
        }
        if (!told)
            tell(retry, &reply, &problem);
        api_reply_clear(&reply);
        monotonic_sleep(wait);
        pause = pause * 2 < patience->pause_max_ms ? pause * 2 : patience->pause_max_ms;
    }
}
