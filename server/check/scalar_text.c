/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/scalar_text.h"

#include "server/documents/yaml_scalar.h"

#include <string.h>

static bool is_line_end(struct str text, size_t at)
{
    return at >= text.len || text.data[at] == '\n' || text.data[at] == '\r';
}

static bool is_blank(struct str text, size_t at)
{
    return at < text.len && (text.data[at] == ' ' || text.data[at] == '\t');
}

static size_t skip_blanks(struct str text, size_t at)
{
    while (is_blank(text, at))
        at++;
    return at;
}

static size_t line_end(struct str text, size_t at)
{
    while (!is_line_end(text, at))
        at++;
    return at;
}

/* True for the first byte of a line, a byte order mark aside. */
static bool is_line_start(struct str text, size_t at)
{
    return at == 0 || text.data[at - 1] == '\n' || text.data[at - 1] == '\r' ||
           (at == 3 && str_starts_with(text, STR("\xEF\xBB\xBF")));
}

static struct str terminator_at(struct str text, size_t at)
{
    bool two = text.data[at] == '\r' && at + 1 < text.len && text.data[at + 1] == '\n';

    return str_slice(text, at, two ? 2 : 1);
}

/* How the line ends; of a last line without an end, how the line before it does. */
static struct str line_terminator(struct str text, size_t at)
{
    size_t end = line_end(text, at);

    if (end < text.len)
        return terminator_at(text, end);
    while (!is_line_start(text, at))
        at--;
    if (at < 4 && !is_line_end(text, at > 0 ? at - 1 : 0))
        return STR("\n");
    at--;
    return terminator_at(text, at > 0 && text.data[at - 1] == '\r' && text.data[at] == '\n' ? at - 1
                                                                                            : at);
}

static bool stands_at(struct str text, size_t at, struct str part)
{
    return at <= text.len && str_starts_with(str_slice(text, at, text.len), part);
}

/* True when byte `at` is there, and among these. */
static bool is_one_of(struct str text, size_t at, const char *bytes)
{
    return at < text.len && text.data[at] != '\0' && strchr(bytes, text.data[at]) != NULL;
}

/* --- finding --------------------------------------------------------------------------------- */

/* Moves behind an anchor and the tag of strings. */
static const char *skip_properties(struct str text, size_t *at)
{
    while (*at < text.len && (text.data[*at] == '&' || text.data[*at] == '!')) {
        size_t end = *at;

        while (!is_line_end(text, end) && !is_blank(text, end))
            end++;
        if (text.data[*at] == '!' && !str_equal(str_slice(text, *at, end - *at), STR("!!str")))
            return "has a tag";
        *at = skip_blanks(text, end);
        if (is_line_end(text, *at))
            return "stands on another line than its anchor or tag";
    }
    return NULL;
}

static const char *find_quoted(struct str text, size_t at, struct scalar_text *ret)
{
    char quote = text.data[at];

    for (size_t i = at + 1; !is_line_end(text, i); i++) {
        if (text.data[i] == '\\' && quote == '"') {
            i++;
            if (is_line_end(text, i))
                break;
        } else if (text.data[i] == quote && stands_at(text, i + 1, STR("'")) && quote == '\'') {
            i++;
        } else if (text.data[i] == quote) {
            *ret = (struct scalar_text){at, i + 1, quote};
            return NULL;
        }
    }
    return "goes over several lines";
}

/* What may stand behind a plain scalar, and behind the blanks that follow it. */
static bool ends_plain(struct str text, size_t end)
{
    size_t at = skip_blanks(text, end);

    return is_line_end(text, at) || is_one_of(text, at, ",]}") ||
           (text.data[at] == '#' && at > end);
}

static const char *find_plain(struct str text, size_t at, struct str value, struct scalar_text *ret)
{
    if (!stands_at(text, at, value) || !ends_plain(text, at + value.len))
        return "is not written in one piece on one line";
    *ret = (struct scalar_text){at, at + value.len, 0};
    return NULL;
}

static const char *find_null(struct str text, size_t at, struct scalar_text *ret)
{
    static const struct str words[] = {STR_INIT("null"), STR_INIT("Null"), STR_INIT("NULL"),
                                       STR_INIT("~")};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!find_plain(text, at, words[i], ret))
            return NULL;
    }
    *ret = (struct scalar_text){at, at, 0};
    return ends_plain(text, at) ? NULL : "is not written in one piece on one line";
}

const char *scalar_text_find(struct str text, size_t at, struct str value,
                             struct scalar_text *ret_scalar)
{
    const char *problem = skip_properties(text, &at);

    if (problem)
        return problem;
    if (at < text.len && text.data[at] == '*')
        return "comes from an alias";
    if (at < text.len && (text.data[at] == '|' || text.data[at] == '>'))
        return "is a block scalar";
    if (at < text.len && (text.data[at] == '"' || text.data[at] == '\''))
        return find_quoted(text, at, ret_scalar);
    return value.data ? find_plain(text, at, value, ret_scalar) : find_null(text, at, ret_scalar);
}

/* --- writing --------------------------------------------------------------------------------- */

/* Whether a text of letters, digits and -_./: means itself when it is written without quotes. */
static bool is_plain(struct str value)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(65536);
    struct yaml_scalar scalar;
    struct error err;

    return value.len > 0 && ascii_is_alnum(value.data[0]) && !str_ends_with(value, STR(":")) &&
           yaml_scalar_read(value, NULL, &arena, &scalar, &err) && scalar.kind == SCALAR_STRING;
}

static void add_value(struct text *text, struct str value, char quote)
{
    const char *mark = quote == '\'' ? "'" : quote || !is_plain(value) ? "\"" : "";

    text_add(text, mark);
    text_add_str(text, value);
    text_add(text, mark);
}

/* Where an edit's bytes are put together: a value and its surroundings, indentation included. */
#define ADDED_LIMIT ((size_t)1024 * 1024)

/* The edit; its bytes go into the arena. */
static const char *add_edit(struct text_edits *edits, size_t at, size_t removed,
                            const struct text *added)
{
    struct str copy = arena_copy(edits->arena, (struct str){text_get(added), added->len});

    if (added->truncated)
        return "is indented too deeply";
    edits->arena->failed |= added->failed;
    text_edits_add(edits, (struct text_edit){at, removed, copy});
    return NULL;
}

/* The quote of the key before a value at `at`, or 0; `*ret_joined`: the colon is just before it. */
static const char *look_before(struct str text, size_t at, char *ret_quote, bool *ret_joined)
{
    size_t colon = at;

    while (colon > 0 && is_blank(text, colon - 1))
        colon--;
    if (colon == 0 || text.data[colon - 1] != ':')
        return "stands apart from its key";
    *ret_joined = colon == at;
    *ret_quote = colon > 1 && is_one_of(text, colon - 2, "\"'") ? text.data[colon - 2] : '\0';
    return NULL;
}

const char *scalar_text_replace(struct str text, size_t at, struct str old, struct str value,
                                struct text_edits *edits)
{
    struct text added CLEANUP_TEXT = TEXT_INIT(ADDED_LIMIT);
    struct scalar_text scalar;
    const char *problem = scalar_text_find(text, at, old, &scalar);
    bool joined = false;

    if (!problem && !old.data && scalar.quote == 0)
        problem = look_before(text, scalar.at, &scalar.quote, &joined);
    if (problem)
        return problem;
    text_add(&added, joined && scalar.at == scalar.end ? " " : "");
    add_value(&added, value, scalar.quote);
    return add_edit(edits, scalar.at, scalar.end - scalar.at, &added);
}

/* --- a new member ---------------------------------------------------------------------------- */

#define NO_PLACE                                                                             \
    "is missing, and the entry is written in a way that leaves no place for it; write each " \
    "member as \"key: value\" on one line, or all of them between { and }"

/* The member that stands before the new one. */
struct neighbour {
    size_t key;               /* where its key begins, */
    size_t line;              /* and the blanks and hyphens before it, */
    char key_quote;           /* and how that is quoted */
    struct str between;       /* what stands between key and value */
    struct scalar_text value; /* itself */
};

static const char *find_neighbour(struct str text, const struct member_text *member,
                                  struct neighbour *ret)
{
    const char *problem = scalar_text_find(text, member->before_at, member->before, &ret->value);
    size_t key_end = member->before_at;
    size_t quote;

    while (key_end > 0 && is_blank(text, key_end - 1))
        key_end--;
    if (problem || key_end == 0 || text.data[key_end - 1] != ':')
        return NO_PLACE;
    key_end--;
    while (key_end > 0 && is_blank(text, key_end - 1))
        key_end--;
    quote = key_end > 0 && is_one_of(text, key_end - 1, "\"'") ? 1 : 0;
    if (key_end < member->before_key.len + 2 * quote ||
        !stands_at(text, key_end - quote - member->before_key.len, member->before_key))
        return NO_PLACE;
    ret->key = key_end - member->before_key.len - 2 * quote;
    ret->key_quote = quote ? text.data[key_end - 1] : '\0';
    ret->between = str_slice(text, key_end, member->before_at - key_end);
    ret->line = ret->key;
    while (ret->line > 0 && is_one_of(text, ret->line - 1, " \t-"))
        ret->line--;
    return ret->key < member->mapping ? "comes by a merge (<<)" : NULL;
}

static void add_member(struct text *added, const struct member_text *member,
                       const struct neighbour *neighbour)
{
    char quote[2] = {neighbour->key_quote, '\0'};

    text_add(added, quote);
    text_add_str(added, member->key);
    text_add(added, quote);
    text_add_str(added, neighbour->between);
    add_value(added, member->value, neighbour->value.quote);
}

/* A new line with the indentation of the neighbour's key. */
static void add_line(struct text *added, struct str text, const struct neighbour *neighbour)
{
    text_add_str(added, line_terminator(text, neighbour->key));
    for (size_t i = neighbour->line; i < neighbour->key; i++)
        text_add(added, text.data[i] == '\t' ? "\t" : " ");
}

/* Only blanks, and the hyphens of the sequences that begin on this line, stand before its key. */
static bool begins_its_line(struct str text, const struct neighbour *neighbour, bool hyphens)
{
    if (!is_line_start(text, neighbour->line))
        return false;
    for (size_t i = neighbour->line; i < neighbour->key; i++) {
        bool hyphen = hyphens && text.data[i] == '-' && stands_at(text, i + 1, STR(" "));

        if (!hyphen && text.data[i] != ' ' && (hyphens || text.data[i] != '\t'))
            return false;
    }
    return true;
}

/* Nothing, or a comment, up to the end of the line. */
static bool ends_line(struct str text, size_t at)
{
    size_t end = skip_blanks(text, at);

    return is_line_end(text, end) || (text.data[end] == '#' && end > at);
}

static const char *insert_in_block(struct str text, const struct member_text *member,
                                   const struct neighbour *neighbour, struct text_edits *edits)
{
    struct text added CLEANUP_TEXT = TEXT_INIT(ADDED_LIMIT);

    if (!begins_its_line(text, neighbour, true) || !ends_line(text, neighbour->value.end))
        return NO_PLACE;
    add_line(&added, text, neighbour);
    add_member(&added, member, neighbour);
    return add_edit(edits, line_end(text, neighbour->key), 0, &added);
}

/* Between brackets, where each member has a line: the comma goes where it belongs. */
static const char *insert_line_in_flow(struct str text, const struct member_text *member,
                                       const struct neighbour *neighbour, struct text_edits *edits)
{
    size_t behind = skip_blanks(text, neighbour->value.end);
    bool comma = stands_at(text, behind, STR(","));
    struct text added CLEANUP_TEXT = TEXT_INIT(ADDED_LIMIT);

    if (!comma)
        text_edits_add(edits, (struct text_edit){neighbour->value.end, 0, STR(",")});
    add_line(&added, text, neighbour);
    add_member(&added, member, neighbour);
    text_add(&added, comma ? "," : "");
    return add_edit(edits, line_end(text, neighbour->key), 0, &added);
}

static const char *insert_in_flow(struct str text, const struct member_text *member,
                                  const struct neighbour *neighbour, struct text_edits *edits)
{
    size_t behind = skip_blanks(text, neighbour->value.end);
    struct text added CLEANUP_TEXT = TEXT_INIT(ADDED_LIMIT);

    if (begins_its_line(text, neighbour, false) &&
        ends_line(text, stands_at(text, behind, STR(",")) ? behind + 1 : neighbour->value.end))
        return insert_line_in_flow(text, member, neighbour, edits);
    text_add(&added, str_ends_with(neighbour->between, STR(":")) ? "," : ", ");
    add_member(&added, member, neighbour);
    return add_edit(edits, neighbour->value.end, 0, &added);
}

const char *scalar_text_insert(struct str text, const struct member_text *member,
                               struct text_edits *edits)
{
    struct neighbour neighbour;
    size_t mapping = member->mapping;
    const char *problem = find_neighbour(text, member, &neighbour);

    if (problem)
        return problem;
    if (!skip_properties(text, &mapping) && stands_at(text, mapping, STR("{")))
        return insert_in_flow(text, member, &neighbour, edits);
    return insert_in_block(text, member, &neighbour, edits);
}
