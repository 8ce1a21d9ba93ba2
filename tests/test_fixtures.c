/* SPDX-License-Identifier: Apache-2.0 */
/* Plays every fixture through the validators, without a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/admission/admission.h"
#include "server/permitted/manifest.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct policy policy_of(const struct fixture *fixture)
{
    return (struct policy){
        .warn_only = strstr(fixture->arguments, "--mode warn") != NULL,
        .warn_duplicate_resource_names =
            strstr(fixture->arguments, "--duplicate-resource-names warn") != NULL,
        .absent_list_permits_all = strstr(fixture->arguments, "--absent-list allow") != NULL,
    };
}

static struct permitted_list *list_of(const struct fixture *fixture, const struct policy *policy)
{
    struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
    struct permitted_list *list;
    struct error err;
    size_t len = 0;
    char *text = fixture_read_file(fixture->hyperconverged, &len);

    assert_non_null(text);
    list = manifest_permitted_list(text, len, policy, &faults, &err);
    if (!list)
        fprintf(stderr, "%s: %s\n", fixture->hyperconverged, err.message);
    free(text);
    return list;
}

static bool play(const struct fixture *fixture)
{
    struct policy policy = policy_of(fixture);
    struct permitted_list *list = list_of(fixture, &policy);
    const struct admission_list in_force = {.list = list};
    struct admission_reply reply;
    bool good;

    if (!list)
        return false;
    admission_review(strcmp(fixture->verdict, "patch") == 0 ? ADMISSION_MUTATE : ADMISSION_VALIDATE,
                     fixture->request, fixture->request_len, &policy, &in_force, &reply);
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
