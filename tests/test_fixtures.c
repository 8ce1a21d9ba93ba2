/* SPDX-License-Identifier: Apache-2.0 */
/* Plays every fixture through the validators, without a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/admission/admission.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool play(const struct fixture *fixture)
{
    struct policy policy = fixture_policy(fixture);
    struct permitted_list *list = fixture_list(fixture, &policy);
    const struct admission_list in_force = {.list = list};
    struct admission_reply reply;
    bool good;

    if (!list)
        return false;
    admission_review(strcmp(fixture->verdict, "patch") == 0 ? ADMISSION_MUTATE : ADMISSION_VALIDATE,
                     fixture->request, fixture->request_len, &policy, &in_force, NULL, &reply);
    permitted_list_unref(list);
    good = reply.status == 200 && fixture_check(fixture, reply.body, reply.body_len);
    if (reply.status != 200)
        fprintf(stderr, "%s: status %u: %s\n", fixture->folder, reply.status, reply.body);
    free(reply.body);
    return good;
}

static void test_every_fixture_gets_its_answer(void **state)
{
    struct fixtures fixtures = fixtures_load();
    size_t wrong = 0;
    size_t count;

    (void)state;
    for (size_t i = 0; i < fixtures.count; i++)
        wrong += !play(&fixtures.items[i]);
    printf("%zu fixtures played, %zu wrong\n", fixtures.count, wrong);
    count = fixtures.count;
    fixtures_free(&fixtures);
    assert_true(count > 0);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fixture_gets_its_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
