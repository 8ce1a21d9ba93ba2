/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str_map.h"

#include <string.h>

struct str_map_slot {
    struct str key; /* data == NULL: free */
    uint64_t hash;
    size_t value;
};

static uint64_t seed0 = 0x0706050403020100;
static uint64_t seed1 = 0x0f0e0d0c0b0a0908;

void str_map_seed(uint64_t k0, uint64_t k1)
{
    seed0 = k0;
    seed1 = k1;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). */
static uint64_t hash_of(struct str key)
{
    uint64_t v[4] = {seed0 ^ 0x736f6d6570736575, seed1 ^ 0x646f72616e646f6d,
                     seed0 ^ 0x6c7967656e657261, seed1 ^ 0x7465646279746573};
    uint64_t word = 0;
    size_t at = 0;

    for (; key.len - at >= 8; at += 8) {
        memcpy(&word, key.data + at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)key.len << 56;
    for (size_t i = 0; at + i < key.len; i++)
        word |= (uint64_t)(unsigned char)key.data[at + i] << (8 * i);
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot that holds `key`, or the free one where it belongs. The map has a free slot. */
static struct str_map_slot *find(struct str_map_slot *slots, size_t capacity, struct str key,
                                 uint64_t hash)
{
    size_t at = (size_t)hash & (capacity - 1);

    while (slots[at].key.data && (slots[at].hash != hash || !str_equal(slots[at].key, key)))
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

/* A free slot is one without a key, so an absent key is held as the empty one. */
static struct str present(struct str key)
{
    return key.data ? key : STR("");
}

/* Doubling leaves the old slots in the arena: in all, twice the final table at most. */
static bool grow(struct str_map *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : 16;
    struct str_map_slot *slots = arena_alloc(map->arena, capacity, sizeof *slots);

    if (!slots)
        return false;
    for (size_t i = 0; map->slots && i < map->capacity; i++) {
        const struct str_map_slot *old = &map->slots[i];

        if (old->key.data)
            *find(slots, capacity, old->key, old->hash) = *old;
    }
    map->slots = slots;
    map->capacity = capacity;
    return true;
}

size_t *str_map_put(struct str_map *map, struct str key, size_t value, bool *ret_added)
{
    struct str_map_slot *slot = NULL;
    bool known = false;
    uint64_t hash;

    key = present(key);
    hash = hash_of(key);
    if (map->slots) {
        slot = find(map->slots, map->capacity, key, hash);
        known = slot->key.data != NULL;
    }
    if (!slot || (!known && map->count >= map->capacity / 4 * 3)) {
        if (!grow(map))
            return NULL;
        slot = find(map->slots, map->capacity, key, hash);
    }
    if (ret_added)
        *ret_added = !known;
    if (!known) {
        *slot = (struct str_map_slot){key, hash, value};
        map->count++;
    }
    return &slot->value;
}

const size_t *str_map_get(const struct str_map *map, struct str key)
{
    const struct str_map_slot *slot;

    if (map->count == 0)
        return NULL;
    key = present(key);
    slot = find(map->slots, map->capacity, key, hash_of(key));
    return slot->key.data ? &slot->value : NULL;
}
