/* SPDX-License-Identifier: Apache-2.0 */
/* The parsers that are compared. For C++ too. */
#ifndef TESTS_BENCH_PARSERS_CANDIDATE_H
#define TESTS_BENCH_PARSERS_CANDIDATE_H

#include "tests/bench/parsers/review.h"

#ifdef __cplusplus
extern "C" {
#endif

/* So many bytes behind each text are readable: simdjson wants that. */
#define TEXT_PADDING 64

enum taken {
    TAKEN,
    REFUSED,
    LEFT_TO_READER, /* json_pick(): not for it, right or wrong */
};

struct candidate {
    const char *name;
    const char *skipped; /* why there is nothing to run; NULL: there is */
    void *(*open)(void); /* what is kept from one text to the next; NULL: nothing is */
    enum taken (*read)(void *state, const char *text, size_t len, struct review *review);
    void (*close)(void *state);
    const char *library;          /* NULL: ours, or one that is named already */
    const char *(*version)(void); /* of the library */
};

/* json_pick() is the first, json_read() the one that says what is right. */
extern const struct candidate with_json_pick, with_json_pick_few, with_json_read_fields,
    with_json_read, with_jansson;
extern const struct candidate with_simdjson_dom, with_simdjson_dom_strict, with_simdjson_ondemand;
extern const struct candidate with_yajl, with_yyjson, with_json_c, with_cjson;

#ifdef __cplusplus
}
#endif

#endif
