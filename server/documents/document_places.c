/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/document_places.h"

#include <stdint.h>
#include <string.h>

/* 400,000 values, the most that a text may hold, with keys of usual length take a fifth of this. */
#define PLACES_LIMIT ((size_t)512 * 1024 * 1024)

/* What a key of the map begins with; a key of the document follows for a member. */
struct step {
    const json_t *parent;
    size_t index; /* of an item */
};

/* In place of an index. */
#define ROOT SIZE_MAX
#define MEMBER (SIZE_MAX - 1)

/* Keys that are longer are compared by allocated memory. */
#define SHORT_KEY 128

void document_places_init(struct document_places *places)
{
    *places = (struct document_places){.arena = ARENA_INIT(PLACES_LIMIT)};
    places->index = (struct str_map)STR_MAP_INIT(&places->arena);
}

void document_places_free(struct document_places *places)
{
    arena_free(&places->arena);
    document_places_init(places);
}

/* --- noting ---------------------------------------------------------------------------------- */

static void write_key(char *buffer, struct step step, struct str key)
{
    memcpy(buffer, &step, sizeof step);
    if (key.data)
        memcpy(buffer + sizeof step, key.data, key.len);
}

static bool grow(struct document_places *places)
{
    size_t capacity = places->capacity ? 2 * places->capacity : 64;
    struct document_noted *list = arena_alloc(&places->arena, capacity, sizeof *list);

    if (!list)
        return false;
    if (places->count > 0)
        memcpy(list, places->list, places->count * sizeof *list);
    places->list = list;
    places->capacity = capacity;
    return true;
}

static bool note(struct document_places *places, struct step step, struct str key,
                 struct document_noted noted)
{
    struct str full = {arena_alloc(&places->arena, sizeof step + key.len, 1),
                       sizeof step + key.len};
    bool added;
    size_t *index;

    if (!full.data || (places->count == places->capacity && !grow(places)))
        return false;
    write_key((char *)(uintptr_t)full.data, step, key);
    index = str_map_put(&places->index, full, places->count, &added);
    if (!index)
        return false;
    places->count += added;
    places->list[*index] = noted;
    return true;
}

static struct document_noted look_up(const struct document_places *places, struct step step,
                                     struct str key)
{
    char buffer[sizeof step + SHORT_KEY];
    struct arena arena CLEANUP_ARENA = ARENA_INIT(SIZE_MAX);
    struct str full = {buffer, sizeof step + key.len};
    const size_t *index;

    if (key.len > SHORT_KEY)
        full.data = arena_alloc(&arena, full.len, 1);
    if (!full.data)
        return (struct document_noted){.value = {0}};
    write_key((char *)(uintptr_t)full.data, step, key);
    index = str_map_get(&places->index, full);
    return index ? places->list[*index] : (struct document_noted){.value = {0}};
}

bool document_places_note_root(struct document_places *places, const json_t *root,
                               struct document_place place)
{
    return note(places, (struct step){root, ROOT}, STR(""),
                (struct document_noted){.value = place});
}

bool document_places_note_member(struct document_places *places, const json_t *object,
                                 struct str key, struct document_noted noted)
{
    return note(places, (struct step){object, MEMBER}, key, noted);
}

bool document_places_note_item(struct document_places *places, const json_t *array, size_t index,
                               struct document_place place)
{
    return note(places, (struct step){array, index}, STR(""),
                (struct document_noted){.value = place});
}

bool document_places_note_members_of(struct document_places *places, const json_t *object,
                                     json_t *source)
{
    const char *text;
    size_t len;
    json_t *value;

    json_object_keylen_foreach(source, text, len, value)
    {
        struct str key = {text, len};

        if (!document_places_note_member(places, object, key,
                                         look_up(places, (struct step){source, MEMBER}, key)))
            return false;
    }
    return true;
}

/* --- asking ---------------------------------------------------------------------------------- */

struct document_place document_places_root(const struct document_places *places, const json_t *root)
{
    return look_up(places, (struct step){root, ROOT}, STR("")).value;
}

struct document_place document_places_member(const struct document_places *places,
                                             const json_t *object, struct str key)
{
    return look_up(places, (struct step){object, MEMBER}, key).value;
}

struct document_place document_places_item(const struct document_places *places,
                                           const json_t *array, size_t index)
{
    return look_up(places, (struct step){array, index}, STR("")).value;
}

/* --- following a path ------------------------------------------------------------------------ */

/* The name of the member of `parent` that a step leads to; absent: it leads to an item. */
static struct str step_name(const json_t *parent, const struct document_step *step)
{
    return json_is_object(parent) && step->key.data ? step->key : step->name;
}

struct document_place document_places_step(const struct document_places *places,
                                           const json_t **value, struct document_place place,
                                           const struct document_step *step)
{
    const json_t *parent = *value;
    struct str name = step_name(parent, step);

    if (name.data) {
        *value = json_object_getn(parent, name.data, name.len);
        return *value ? document_places_member(places, parent, name) : place;
    }
    *value = json_array_get(parent, step->index);
    return *value ? document_places_item(places, parent, step->index) : place;
}

struct document_place document_places_follow(const struct document_places *places,
                                             const json_t *value, struct document_place place,
                                             struct str path)
{
    struct document_step step;

    while (value && document_step_next(&path, &step))
        place = document_places_step(places, &value, place, &step);
    return place;
}

struct document_place document_places_follow_to_key(const struct document_places *places,
                                                    const json_t *value,
                                                    struct document_place place, struct str path)
{
    struct document_step step;

    while (value && document_step_next(&path, &step)) {
        const json_t *parent = value;

        place = document_places_step(places, &value, place, &step);
        if (value && json_is_object(parent))
            place = look_up(places, (struct step){parent, MEMBER}, step_name(parent, &step)).key;
    }
    return place;
}
