/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/machine.h"

#include "server/documents/json_value.h"
#include "server/documents/manifest_objects.h"
#include "server/documents/yaml.h"
#include "tests/support/fixture.h"
#include "validators/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* As the webhook has it. */
#define REVIEW_MEMORY ((size_t)128 * 1024 * 1024)

void machine_make(struct machine *machine, const char *yaml)
{
    static const struct policy policy;
    struct judgement *judgement = &machine->judgement;
    struct review review = {.object = &judgement->object};
    struct manifest_cursor cursor = {0};
    struct manifest_object object = {.value = NULL};
    struct error err = {.message = ""};

    machine->documents = yaml_load(yaml, strlen(yaml), &err);
    if (!machine->documents || !manifest_objects_next(machine->documents, &cursor, &object) ||
        !object.kind)
        fail_msg("no object: %s\n%s", err.message, yaml);
    judgement->arena = (struct arena)ARENA_INIT(REVIEW_MEMORY);
    decode_object(object.kind, value_from_json(object.value, &judgement->arena), &judgement->arena,
                  &judgement->object);
    assert_false(judgement->arena.failed);
    judgement->result =
        review_validate(&review, &policy, NULL, &judgement->arena, &judgement->findings);
}

void machine_free(struct machine *machine)
{
    judgement_free(&machine->judgement);
    json_decref(machine->documents);
}

const struct machine_config_facts *machine_facts(const struct machine *machine)
{
    return machine->judgement.object.machine;
}

char *machine_read(const char *path)
{
    size_t len;
    char *text = fixture_read_file(path, &len);

    if (!text)
        fail_msg("%s: can't be read", path);
    return text;
}

static bool play(const struct machine_row *row, const char *head)
{
    struct machine machine CLEANUP_MACHINE;
    struct text yaml CLEANUP_TEXT = TEXT_INIT((size_t)16 * 1024 * 1024);

    text_add(&yaml, head);
    text_add(&yaml, row->yaml);
    machine_make(&machine, text_get(&yaml));
    return judgement_check(&machine.judgement, row->what, row->lines, row->says);
}

size_t machine_rows_play(const struct machine_row *rows, size_t count, const char *head)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += !play(&rows[i], head);
    return wrong;
}
