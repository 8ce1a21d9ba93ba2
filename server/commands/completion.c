/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/completion.h"

#include "server/commands/command.h"

#include <string.h>

/* What a command's name has behind `begin`; absent: it begins with other words. */
static struct str rest_of(const struct command *command, struct str begin)
{
    struct str name = str_from(command->name);

    if (begin.len == 0)
        return name;
    if (!str_starts_with(name, begin) || name.len == begin.len || name.data[begin.len] != ' ')
        return (struct str){NULL, 0};
    return str_slice(name, begin.len + 1, name.len);
}

static struct str word_of(const struct command *command, struct str begin)
{
    struct str rest = rest_of(command, begin);

    return rest.data ? str_slice(rest, 0, str_find(rest, ' ')) : rest;
}

static bool is_repeated(size_t index, struct str begin, struct str word)
{
    for (size_t i = 0; i < index; i++) {
        if (str_equal(word_of(command_table[i], begin), word))
            return true;
    }
    return false;
}

static const char *group_summary(struct str word)
{
    for (const struct described *group = command_groups; group->term; group++) {
        if (str_equal(str_from(group->term), word))
            return group->text;
    }
    return "";
}

bool completion_next(struct str begin, size_t *at, struct completion_word *ret_word)
{
    while (*at < command_count) {
        const struct command *command = command_table[*at];
        struct str word = word_of(command, begin);
        bool whole = word.len == rest_of(command, begin).len;

        if (word.data && !is_repeated((*at)++, begin, word)) {
            *ret_word = (struct completion_word){
                word, whole ? command->summary : group_summary(word), !whole};
            return true;
        }
        *at += !word.data;
    }
    return false;
}

void completion_add_words(struct str begin, struct text *text)
{
    struct completion_word word;
    const char *separator = "";

    for (size_t at = 0; completion_next(begin, &at, &word); separator = " ") {
        text_add(text, separator);
        text_add_str(text, word.word);
    }
}

void completion_add_choices(const char *const *choices, struct text *text)
{
    for (size_t i = 0; choices[i]; i++)
        text_addf(text, "%s%s", i > 0 ? " " : "", choices[i]);
}

void completion_add_description(struct str words, const char *escaped, const char *quote,
                                struct text *text)
{
    for (size_t at = 0; at < words.len; at++) {
        char byte = words.data[at];

        if (byte == '\'') {
            text_add(text, quote);
            continue;
        }
        if (byte == '\\' || strchr(escaped, byte))
            text_add(text, "\\");
        text_add_str(text, byte == '\n' ? STR(" ") : str_slice(words, at, 1));
    }
}
