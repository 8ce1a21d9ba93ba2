/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of storage.files: which are read, what they hold and how it is encoded. */
#include "validators/machine_config/decode_parts.h"
#include "validators/machine_config/vfio_files.h"

#include <stdlib.h>

#define FOLDER_OF_MODPROBE "/etc/modprobe.d/"
#define FOLDER_OF_MODULES_LOAD "/etc/modules-load.d/"

/* Written in another way, with something behind it, or left out; not a name like "x.conf.off". */
static bool is_conf_misspelt(struct str name)
{
    static const struct str others[] = {STR_INIT("conf"), STR_INIT("config"), STR_INIT("cfg")};
    size_t dot = name.len;
    struct str extension;

    name.len = str_find(name, ' ');
    if (str_ends_with(name, STR(".conf")))
        return true;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '.')
            dot = i;
    }
    if (dot == name.len)
        return !str_equal_ignoring_case(name, STR("README")) && !str_ends_with(name, STR("~"));
    extension = str_slice(name, dot + 1, name.len);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (str_equal_ignoring_case(extension, others[i]))
            return true;
    }
    return kernel_names_distance(extension, others[0], 1) <= 1;
}

/* False: it is in none of the two folders, or one that is not to be read there. */
static bool find_folder(struct machine_file *file)
{
    static const struct str folders[] = {
        [FOLDER_MODPROBE] = STR_INIT(FOLDER_OF_MODPROBE),
        [FOLDER_MODULES_LOAD] = STR_INIT(FOLDER_OF_MODULES_LOAD),
    };

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        struct str name = str_slice(file->simple_path, folders[i].len, file->simple_path.len);

        if (!str_starts_with(file->simple_path, folders[i]) || str_find(name, '/') < name.len)
            continue;
        file->folder = (enum machine_folder)i;
        file->misnamed = !str_ends_with(name, STR(".conf"));
        return !file->misnamed || is_conf_misspelt(name);
    }
    return false;
}

static void fail(struct machine_file *file, enum data_problem problem)
{
    file->contents = CONTENTS_UNREADABLE;
    file->problem = problem;
}

/* `text` becomes what is in the file, as far as it is said to be compressed. */
static void inflate_contents(struct machine_reader *reader, struct machine_file *file,
                             struct str *text)
{
    size_t limit = reader->left < MACHINE_FILE_MAX ? reader->left : MACHINE_FILE_MAX;
    enum data_problem problem;

    if (file->compression.len == 0) {
        if (is_gzip(*text))
            fail(file, DATA_STILL_GZIP);
        return;
    }
    if (!str_equal(file->compression, STR("gzip"))) {
        file->contents = CONTENTS_COMPRESSION;
        return;
    }
    problem = gunzip_run(&reader->gunzip, *text, limit, text);
    if (problem == DATA_GOOD)
        reader->left -= text->len;
    else
        fail(file, problem);
}

/* The string at `contents.KEY`, of which `full` is the whole name; the absent str without one. */
static struct str read_text_below(struct decoder *decoder, const struct value *contents,
                                  struct path entry, const char *key, const char *full)
{
    const struct value *value = value_get(contents, str_from(key));

    if (value && value->type != VALUE_STRING)
        decode_type_fault(decoder, path_field(entry, full), "a string", value);
    return value_string(value);
}

static struct str read_contents(struct machine_reader *reader, const struct value *contents,
                                struct machine_file *file)
{
    static const char *const fields[] = {"inline", "source", "local"};
    static const char *const paths[] = {"contents.inline", "contents.source", "contents.local"};
    struct decoder *decoder = reader->decoder;
    struct str text = {NULL, 0};
    enum data_problem problem = DATA_GOOD;
    size_t at = reader->builder.facts->is_butane ? 0 : 1;
    size_t end = reader->builder.facts->is_butane ? 3 : 2;

    while (at < end && !value_get(contents, str_from(fields[at])))
        at++;
    file->field = at < end ? paths[at] : "contents";
    if (at == end)
        return text;
    file->compression =
        read_text_below(decoder, contents, file->entry, "compression", "contents.compression");
    file->source = text = read_text_below(decoder, contents, file->entry, fields[at], paths[at]);
    if (text.len == 0)
        return text;
    if (at == 2)
        text = value_string(value_get(contents, STR(BUTANE_LOCAL_TEXT)));
    file->contents = text.data ? CONTENTS_READ : CONTENTS_ELSEWHERE;
    if (at == 1)
        problem = data_url_decode(file->source, decoder->arena, &text);
    if (problem != DATA_GOOD)
        fail(file, problem);
    else if (text.data)
        inflate_contents(reader, file, &text);
    return text;
}

static void read_text(struct machine_builder *builder, struct machine_file *file, struct str text)
{
    struct machine_place place = {.path = path_field(file->entry, file->field),
                                  .file = file->simple_path};

    if (file->contents == CONTENTS_NONE)
        return;
    if (file->contents != CONTENTS_READ)
        file->about_vfio = !file->misnamed;
    else if (file->misnamed)
        file->about_vfio = speaks_of_vfio(text);
    else if (file->folder == FOLDER_MODPROBE)
        file->about_vfio = machine_read_modprobe(builder, place, text);
    else
        file->about_vfio = machine_read_modules_load(builder, place, text);
    if (file->about_vfio && (file->misnamed || file->contents != CONTENTS_READ))
        builder->facts->may_load = builder->facts->may_bind = true;
}

static void read_mode(struct decoder *decoder, const struct value *entry, struct machine_file *file)
{
    const struct value *mode = value_get(entry, STR("mode"));

    if (!mode)
        return;
    if (mode->type != VALUE_NUMBER) {
        decode_type_fault(decoder, path_field(file->entry, "mode"), "a number", mode);
        return;
    }
    file->has_mode = true;
    file->mode = strtod(mode->text.data, NULL);
}

/* What it brings is not read, as it is refused. */
static void read_append(struct machine_reader *reader, const struct value *entry,
                        struct machine_file *file)
{
    const struct value *append =
        decode_array(reader->decoder, entry, path_field(file->entry, "append"), "append");

    if (!append || append->count == 0)
        return;
    file->appends = true;
    reader->builder.facts->may_load = reader->builder.facts->may_bind = true;
}

static void read_file(struct machine_reader *reader, const struct value *entry, struct path path)
{
    struct decoder *decoder = reader->decoder;
    struct machine_file found = {.entry = path, .contents = CONTENTS_NONE};
    const struct value *contents = value_get(entry, STR("contents"));
    struct machine_file *file;

    if (entry->type != VALUE_OBJECT) {
        decode_type_fault(decoder, path, "an object", entry);
        return;
    }
    found.path = field_filled(decode_text(decoder, entry, path, "path"));
    if (!found.path.data)
        return;
    found.simple_path = machine_simple_path(found.path, decoder->arena);
    if (!find_folder(&found))
        return;
    file = arena_alloc(decoder->arena, 1, sizeof *file);
    if (!file)
        return;
    *file = found;
    if (contents && contents->type != VALUE_OBJECT)
        decode_type_fault(decoder, path_field(path, "contents"), "an object", contents);
    read_text(&reader->builder, file, read_contents(reader, contents, file));
    read_mode(decoder, entry, file);
    read_append(reader, entry, file);
    *reader->builder.next_file = file;
    reader->builder.next_file = &file->next;
}

void machine_read_files(struct machine_reader *reader, const struct value *object,
                        const struct machine_spelling *spelling)
{
    const struct machine_config_facts *facts = reader->builder.facts;
    const struct value *storage =
        facts->is_butane || facts->has_config
            ? decode_walk(reader->decoder, object, spelling->storage, false)
            : NULL;
    struct path path = path_list(str_from(spelling->storage), "files");
    const struct value *array = decode_array(reader->decoder, storage, path, "files");
    const struct value *entry = array ? array->first : NULL;

    for (size_t i = 0; entry; i++, entry = entry->next)
        read_file(reader, entry, path_entry(path, i));
    /* A tree of local files may hold anything. */
    if (facts->is_butane && value_get(storage, STR("trees")))
        reader->builder.facts->may_load = reader->builder.facts->may_bind = true;
}
