/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/device_words.h"

static void add_words(struct str name, bool camel, struct text *text)
{
    bool inside = false;

    text_add(text, " ");
    for (size_t at = 0; at < name.len; at++) {
        char byte = ascii_lower(name.data[at]);

        if (!ascii_is_alnum(byte)) {
            text_add(text, inside ? " " : "");
            inside = false;
            continue;
        }
        if (camel && inside && ascii_is_lower(name.data[at - 1]) && ascii_is_upper(name.data[at]))
            text_add(text, " ");
        text_add_str(text, (struct str){&byte, 1});
        inside = true;
    }
    text_add(text, inside ? " " : "");
}

void device_words_add(struct str name, struct text *text)
{
    add_words(name, false, text);
}

void device_words_add_camel(struct str name, struct text *text)
{
    add_words(name, true, text);
}

bool device_words_next(struct str words, size_t *at, struct str *ret_word)
{
    struct str rest = str_slice(words, *at, words.len);
    size_t blank = str_find(rest, ' ');
    struct str word = str_slice(rest, blank + 1, rest.len);

    word = str_slice(word, 0, str_find(word, ' '));
    *at += blank + 1 + word.len;
    *ret_word = word;
    return word.len > 0;
}

bool device_words_have(struct str words, struct str word)
{
    struct str known;

    for (size_t at = 0; device_words_next(words, &at, &known);) {
        if (str_equal(known, word))
            return true;
    }
    return false;
}

static bool contains_at(struct str words, size_t at, struct str word)
{
    size_t same = 0;

    for (; at < words.len && same < word.len; at++) {
        if (words.data[at] == ' ')
            continue;
        if (words.data[at] != word.data[same])
            return false;
        same++;
    }
    return same == word.len;
}

bool device_words_contain(struct str words, struct str word)
{
    for (size_t at = 0; at < words.len; at++) {
        if (contains_at(words, at, word))
            return true;
    }
    return false;
}

bool device_word_tells(struct str word)
{
    size_t digits = 0;

    for (size_t i = 0; i < word.len; i++)
        digits += ascii_is_digit(word.data[i]);
    return digits == word.len ? digits >= 4 : digits > 0 && ascii_is_lower(word.data[0]);
}
