/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two spellings of one thing: a MachineConfig has an Ignition configuration in spec.config, and
 * a Butane document for OpenShift has the same files at its root.
 */
#include "validators/decode_machine_config.h"

#include "validators/machine_files.h"
#include "validators/machine_versions.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER_OF_MODPROBE "/etc/modprobe.d/"
#define FOLDER_OF_MODULES_LOAD "/etc/modules-load.d/"

struct spelling {
    const char *arguments_prefix, *arguments;
    const char *storage;
};

static const struct spelling machine_config = {"spec", "kernelArguments", "spec.config.storage"};
static const struct spelling butane = {"openshift", "kernel_arguments", "storage"};

const char *const kernel_arguments_keys[] = {"kernelArguments",
                                             "kernel_arguments",
                                             "kernel-arguments",
                                             "kernelArgs",
                                             "kernel_args",
                                             "kernel-args",
                                             "kargs",
                                             NULL};

/* One object on its way. */
struct reader {
    struct decoder *decoder;
    struct machine_builder builder;
    struct gunzip gunzip;
    size_t left; /* bytes that may still be inflated */
};

/* --- kernel arguments ------------------------------------------------------------------------ */

/* `name` is one by which a module list is loaded: by systemd, there or in the initramfs, or dracut.
 */
static bool loads_modules(struct str name)
{
    return kernel_names_equal(name, STR("modules_load")) ||
           kernel_names_equal(name, STR("rd.modules_load")) ||
           kernel_names_equal(name, STR("rd.driver.pre"));
}

static void read_load_list(struct machine_builder *builder, struct str list, struct path path)
{
    struct str module;

    while (comma_list_next(&list, &module)) {
        if (!kernel_names_equal(module, VFIO_MODULE))
            continue;
        builder->facts->loads_vfio = true;
        builder->facts->loads_at = (struct machine_place){.path = path};
    }
}

/* A list of ids is absent where `text` is none. */
static struct str ids_of(struct kernel_argument split)
{
    return kernel_names_equal(split.name, STR("vfio_pci.ids")) ? split.value
                                                               : (struct str){NULL, 0};
}

/* `modprobe.blacklist=`, of which kmod takes the names as they are (kcmdline_parse_result). */
static void read_blacklisted(struct machine_builder *builder, struct kernel_argument split)
{
    struct str module;

    if (!str_equal(split.name, STR("modprobe.blacklist")))
        return;
    while (comma_list_next(&split.value, &module))
        machine_add_blacklisted(builder, module);
}

/* What was added; NULL when it is not about the IOMMU. */
static struct machine_argument *add_argument(struct machine_builder *builder, struct str text,
                                             struct path path)
{
    struct kernel_argument split = kernel_argument_split(text);
    const struct machine_place place = {.path = path};
    struct machine_argument *argument;
    struct iommu_argument iommu;

    if (ids_of(split).data)
        machine_add_ids(builder, &place, split.value);
    read_blacklisted(builder, split);
    if (loads_modules(split.name))
        read_load_list(builder, split.value, path);
    iommu = iommu_argument_read(split);
    if (iommu.parameter == IOMMU_NO_PARAMETER || builder->arguments == MACHINE_LIST_MAX)
        return NULL;
    argument = arena_alloc(builder->arena, 1, sizeof *argument);
    if (!argument)
        return NULL;
    builder->arguments++;
    *argument =
        (struct machine_argument){.path = path, .text = text, .value = split.value, .iommu = iommu};
    *builder->next_argument = argument;
    builder->next_argument = &argument->next;
    return argument;
}

/* False: it may mean anything. */
static bool is_slip_behind_ids(struct str argument, enum machine_slip *ret_slip)
{
    bool is_id = vfio_id_read(argument).count >= 2;

    if (!is_id && !is_callout(argument))
        return false;
    *ret_slip = is_id ? SLIP_BEHIND_SPACE : SLIP_CALLOUT;
    return true;
}

static void read_entry(struct machine_builder *builder, struct str text, struct path path)
{
    const struct machine_place place = {.path = path};
    struct machine_argument *last = NULL;
    bool is_behind_ids = false;
    enum machine_slip slip;
    struct str argument;
    size_t next = 0;

    while (text.data && kernel_argument_next(text, &next, &argument)) {
        if (is_behind_ids && is_slip_behind_ids(argument, &slip)) {
            machine_add_slip(builder, place, slip, argument);
        } else if (last && is_callout(argument)) {
            last->callout = argument;
        } else {
            last = add_argument(builder, argument, path);
            is_behind_ids = ids_of(kernel_argument_split(argument)).data != NULL;
        }
    }
}

static void read_arguments(struct reader *reader, const struct value *object,
                           const struct spelling *spelling)
{
    struct path path = path_list(str_from(spelling->arguments_prefix), spelling->arguments);
    const struct value *array = decode_array(
        reader->decoder, decode_walk(reader->decoder, object, spelling->arguments_prefix, false),
        path, spelling->arguments);
    const struct value *entry = array ? array->first : NULL;

    for (size_t i = 0; entry; i++, entry = entry->next) {
        struct path at = path_entry(path, i);

        reader->builder.facts->has_arguments = true;
        if (entry->type != VALUE_STRING)
            decode_type_fault(reader->decoder, at, "a string", entry);
        read_entry(&reader->builder, value_string(entry), at);
    }
}

/* True when there is something in a field, and not just empty lists. */
static bool says_something(const struct value *value)
{
    const struct value *member;

    if (value->type != VALUE_OBJECT)
        return value->type == VALUE_STRING || value->count > 0;
    for (member = value->first; member; member = member->next) {
        if (member->type == VALUE_ARRAY && member->count > 0)
            return true;
    }
    return false;
}

/* Notes what stands in `object`, which is at `prefix`, in any spelling but the `right` one. */
static void find_misplaced(struct machine_builder *builder, const struct value *object,
                           const char *prefix, const char *right)
{
    for (size_t i = 0; kernel_arguments_keys[i]; i++) {
        const char *key = kernel_arguments_keys[i];
        const struct value *value = value_get(object, str_from(key));
        struct machine_misplaced *misplaced;

        if (!value || !says_something(value) || (right && strcmp(key, right) == 0))
            continue;
        misplaced = arena_alloc(builder->arena, 1, sizeof *misplaced);
        if (!misplaced)
            return;
        misplaced->path =
            prefix ? path_list(str_from(prefix), key) : path_list(str_from(key), NULL);
        misplaced->key = key;
        *builder->next_misplaced = misplaced;
        builder->next_misplaced = &misplaced->next;
    }
}

static void find_misplaced_arguments(struct reader *reader, const struct value *object,
                                     const struct spelling *spelling)
{
    const struct value *place = value_get(object, str_from(spelling->arguments_prefix));

    find_misplaced(&reader->builder, place, spelling->arguments_prefix, spelling->arguments);
    if (reader->builder.facts->is_butane)
        find_misplaced(&reader->builder, object, NULL, NULL);
    else
        find_misplaced(&reader->builder, value_get(place, STR("config")), "spec.config", NULL);
}

/* What all of them together do, on an Intel machine or an AMD one, whichever they speak of. */
static enum iommu_state find_iommu_state(const struct machine_argument *argument)
{
    enum iommu_switch last[IOMMU_PARAMETER_COUNT] = {IOMMU_UNCHANGED};

    for (; argument; argument = argument->next) {
        const struct iommu_argument *iommu = &argument->iommu;
        enum iommu_switch *known = &last[iommu->parameter];

        if (iommu->turns != IOMMU_UNCHANGED &&
            (iommu->parameter == IOMMU_INTEL || *known != IOMMU_OFF))
            *known = iommu->turns;
    }
    if (last[IOMMU_GENERAL] == IOMMU_OFF)
        return IOMMU_STATE_OFF;
    if (last[IOMMU_INTEL] == IOMMU_ON || last[IOMMU_AMD] == IOMMU_ON)
        return IOMMU_STATE_ON;
    return last[IOMMU_INTEL] == IOMMU_OFF || last[IOMMU_AMD] == IOMMU_OFF ? IOMMU_STATE_OFF
                                                                          : IOMMU_STATE_UNSET;
}

/* --- files ----------------------------------------------------------------------------------- */

/* False: it is in none of the two folders. */
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
        return true;
    }
    return false;
}

static void fail(struct machine_file *file, enum data_problem problem)
{
    file->contents = CONTENTS_UNREADABLE;
    file->problem = problem;
}

/* `text` becomes what is in the file, as far as it is said to be compressed. */
static void inflate_contents(struct reader *reader, struct machine_file *file, struct str *text)
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

static struct str read_contents(struct reader *reader, const struct value *contents,
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
static void read_append(struct reader *reader, const struct value *entry, struct machine_file *file)
{
    const struct value *append =
        decode_array(reader->decoder, entry, path_field(file->entry, "append"), "append");

    if (!append || append->count == 0)
        return;
    file->appends = true;
    reader->builder.facts->may_load = reader->builder.facts->may_bind = true;
}

static void read_file(struct reader *reader, const struct value *entry, struct path path)
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

static void read_files(struct reader *reader, const struct value *object,
                       const struct spelling *spelling)
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

/* --- units ----------------------------------------------------------------------------------- */

/* What a unit or a drop-in of it does with vfio-pci is its own affair; faults of its form are, too.
 */
static bool unit_speaks_of_vfio(const struct value *unit)
{
    const struct value *dropins = value_get(unit, STR("dropins"));
    const struct value *dropin = value_is(dropins, VALUE_ARRAY) ? dropins->first : NULL;

    if (speaks_of_vfio(value_string(value_get(unit, STR("contents")))))
        return true;
    for (; dropin; dropin = dropin->next) {
        if (speaks_of_vfio(value_string(value_get(dropin, STR("contents")))))
            return true;
    }
    return false;
}

static void read_units(struct reader *reader, const struct value *object)
{
    struct machine_config_facts *facts = reader->builder.facts;
    const struct value *systemd =
        facts->is_butane
            ? value_get(object, STR("systemd"))
            : value_get(value_get(value_get(object, STR("spec")), STR("config")), STR("systemd"));
    const struct value *units = value_get(systemd, STR("units"));
    const struct value *unit = value_is(units, VALUE_ARRAY) ? units->first : NULL;

    for (; unit; unit = unit->next) {
        if (unit_speaks_of_vfio(unit))
            facts->may_load = facts->may_bind = true;
    }
}

/* --- the object ------------------------------------------------------------------------------ */

/* Written without quotes, the placeholder in OpenShift's documentation is an object in YAML. */
static bool is_placeholder(const struct value *version)
{
    return value_is(version, VALUE_OBJECT) && version->first &&
           str_equal(version->first->key, STR("product-version"));
}

/* A version at `path`; written without quotes it is most often a number. */
static struct text_field read_version_text(struct decoder *decoder, const struct value *version,
                                           struct path path, bool is_butane)
{
    struct type_fault *fault;

    if (!version)
        return (struct text_field){.state = FIELD_ABSENT};
    if (version->type == VALUE_STRING)
        return (struct text_field){FIELD_TEXT, version->text};
    fault = decode_type_fault(decoder, path, "a string", version);
    if (fault && version->type == VALUE_NUMBER)
        fault->wanted = is_butane ? butane_version_near(fault->scalar, true, decoder->arena)
                                  : ignition_version_near(fault->scalar);
    return (struct text_field){.state = FIELD_MALFORMED};
}

static void read_version(struct decoder *decoder, const struct value *object,
                         struct machine_config_facts *facts)
{
    const struct value *version = value_get(object, STR("version"));
    const struct value *config;

    if (facts->is_butane && is_placeholder(version)) {
        facts->version = (struct text_field){FIELD_TEXT, STR("{product-version}")};
    } else if (facts->is_butane) {
        facts->version = read_version_text(decoder, version, path_list(STR("version"), NULL), true);
    } else {
        config = value_get(value_get(object, STR("spec")), STR("config"));
        facts->has_config = value_is(config, VALUE_OBJECT);
        version =
            value_get(decode_walk(decoder, object, "spec.config.ignition", true), STR("version"));
        facts->version = read_version_text(
            decoder, version, path_field(path_list(STR("spec.config.ignition"), NULL), "version"),
            false);
    }
}

static void read_metadata(struct decoder *decoder, const struct value *object,
                          struct machine_config_facts *facts)
{
    const struct value *metadata = value_get(object, STR("metadata"));
    struct str name = value_string(value_get(metadata, STR("name")));

    facts->name = name;
    facts->is_rendered = name.data && str_starts_with(name, STR("rendered-"));
    facts->role = decode_text(decoder, value_get(metadata, STR("labels")),
                              path_list(STR("metadata.labels"), NULL), ROLE_LABEL);
}

void decode_machine_config(struct decoder *decoder, const struct value *object,
                           struct object_facts *facts)
{
    struct machine_config_facts *machine = arena_alloc(decoder->arena, 1, sizeof *machine);
    const struct spelling *spelling;
    struct reader reader;

    if (!machine)
        return;
    machine->is_butane = facts->kind == &kind_butane;
    spelling = machine->is_butane ? &butane : &machine_config;
    reader = (struct reader){
        .decoder = decoder,
        .builder = {.arena = decoder->arena,
                    .blacklisted = STR_MAP_INIT(decoder->arena),
                    .facts = machine,
                    .next_argument = &machine->arguments,
                    .next_misplaced = &machine->misplaced,
                    .next_file = &machine->files,
                    .next_id = &machine->ids,
                    .next_ignored = &machine->ignored},
        .gunzip = GUNZIP_INIT(decoder->arena),
        .left = MACHINE_FILES_MAX,
    };
    read_metadata(decoder, object, machine);
    read_arguments(&reader, object, spelling);
    find_misplaced_arguments(&reader, object, spelling);
    read_version(decoder, object, machine);
    read_files(&reader, object, spelling);
    read_units(&reader, object);
    machine_choose_list(&reader.builder);
    machine_settle_softdeps(&reader.builder);
    machine->lists = reader.builder.lists;
    machine->iommu = find_iommu_state(machine->arguments);
    facts->machine = machine;
}
