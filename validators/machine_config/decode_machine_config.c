/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two spellings of one thing: a MachineConfig has an Ignition configuration in spec.config, and
 * a Butane document for OpenShift has the same files at its root.
 */
#include "validators/machine_config/decode_machine_config.h"

#include "validators/machine_config/decode_parts.h"
#include "validators/machine_config/machine_versions.h"
#include "validators/machine_config/vfio_files.h"

static const struct machine_spelling machine_config = {"spec", "kernelArguments",
                                                       "spec.config.storage"};
static const struct machine_spelling butane = {"openshift", "kernel_arguments", "storage"};

/* --- units ----------------------------------------------------------------------------------- */

/* A Butane document may have the text of a unit in a local file, which nobody reads here. */
static bool may_speak_of_vfio(const struct value *unit)
{
    return speaks_of_vfio(value_string(value_get(unit, STR("contents")))) ||
           value_get(unit, STR("contents_local"));
}

/* What a unit or a drop-in of it does with vfio-pci is its own affair; faults of its form are, too.
 */
static bool unit_speaks_of_vfio(const struct value *unit)
{
    const struct value *dropins = value_get(unit, STR("dropins"));
    const struct value *dropin = value_is(dropins, VALUE_ARRAY) ? dropins->first : NULL;

    if (may_speak_of_vfio(unit))
        return true;
    while (dropin && !may_speak_of_vfio(dropin))
        dropin = dropin->next;
    return dropin != NULL;
}

static void read_units(struct machine_reader *reader, const struct value *object)
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
    const struct machine_spelling *spelling;
    struct machine_reader reader;

    if (!machine)
        return;
    machine->is_butane = facts->kind == &kind_butane;
    spelling = machine->is_butane ? &butane : &machine_config;
    reader = (struct machine_reader){
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
    machine_read_arguments(&reader, object, spelling);
    machine_find_misplaced(&reader, object, spelling);
    read_version(decoder, object, machine);
    machine_read_files(&reader, object, spelling);
    read_units(&reader, object);
    machine_choose_list(&reader.builder);
    machine_settle_softdeps(&reader.builder);
    machine->lists = reader.builder.lists;
    machine->iommu = machine_iommu_state(machine->arguments);
    facts->machine = machine;
}
