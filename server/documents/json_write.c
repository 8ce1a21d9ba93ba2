/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_write.h"

#include "server/documents/json_plain.h"

#include <stdlib.h>

/* Not by json_dumps(): that of jansson 2.14 leaves out what it has no memory for. */
char *json_write(const json_t *value)
{
    size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    char *text = len > 0 ? malloc(len + 1) : NULL;

    if (!text)
        return NULL;
    if (json_dumpb(value, text, len, JSON_COMPACT | JSON_ENCODE_ANY) != len) {
        free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

/* What JSON does not allow in a string as it is. */
static void write_escape(struct text *text, char c)
{
    static const char letters[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    const char letter = letters[(unsigned char)c];

    if (letter)
        text_add_str(text, (struct str){(const char[]){'\\', letter}, 2});
    else
        text_addf(text, "\\u%04X", (unsigned)(unsigned char)c);
}

void json_write_string(struct text *text, struct str string)
{
    const char *at = string.data;
    const char *const end = at + string.len;

    text_add(text, "\"");
    while (at < end) {
        const char *run = at;

        at = json_plain_end(at, end);
        while (at < end && (unsigned char)*at >= 0x80)
            at = json_plain_end(at + 1, end);
        text_add_str(text, (struct str){run, (size_t)(at - run)});
        if (at < end)
            write_escape(text, *at++);
    }
    text_add(text, "\"");
}
