/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/machine_config/vfio_files.h"

#include "validators/machine_config/modprobe.h"

#include <string.h>

struct str machine_simple_path(struct str path, struct arena *arena)
{
    char *simple = arena_alloc(arena, path.len + 1, 1);
    size_t len = 0;

    if (!simple)
        return (struct str){NULL, 0};
    while (path.len > 0) {
        struct str part = str_slice(path, 0, str_find(path, '/'));

        path = str_slice(path, part.len + 1, path.len);
        if (str_equal(part, STR(".."))) {
            while (len > 0 && simple[len - 1] != '/')
                len--;
            len -= len > 0;
        } else if (part.len > 0 && !str_equal(part, STR("."))) {
            simple[len++] = '/';
            memcpy(simple + len, part.data, part.len);
            len += part.len;
        }
    }
    return (struct str){simple, len};
}

bool speaks_of_vfio(struct str text)
{
    return text.len > 0 && (memmem(text.data, text.len, "vfio-pci", 8) != NULL ||
                            memmem(text.data, text.len, "vfio_pci", 8) != NULL);
}

static bool is_vfio(struct str module)
{
    return kernel_names_equal(module, VFIO_MODULE);
}

/* Others' names are farther away: vfio_ap, vfio_cdx, virtio_pci. */
static bool is_nearly_vfio(struct str module)
{
    return kernel_names_distance(module, VFIO_MODULE, 2) <= 2;
}

/* --- modprobe.d ------------------------------------------------------------------------------ */

/* A name may stand alone; a callout, a comment or half a sentence is none. */
static bool is_stray(struct kernel_argument parameter)
{
    bool has_letter = false;

    for (size_t i = 0; i < parameter.name.len; i++) {
        char c = parameter.name.data[i];

        if (!ascii_is_alnum(c) && c != '_' && c != '-' && c != '.')
            return !parameter.value.data;
        has_letter |= ascii_is_alnum(c) && !ascii_is_digit(c);
    }
    return !has_letter && !parameter.value.data;
}

/* "id=10de:1eb8", "ids:10de:1eb8", or as on the kernel's command line. */
static bool is_nearly_ids(struct kernel_argument parameter, struct str text)
{
    const bool has_another_sign = text.len > 3 && str_starts_with(text, STR("ids")) &&
                                  text.data[3] != '=' && !ascii_is_alnum(text.data[3]) &&
                                  text.data[3] != '_' && text.data[3] != '-';

    return has_another_sign ||
           (!is_stray(parameter) && (kernel_names_distance(parameter.name, STR("ids"), 1) <= 1 ||
                                     kernel_names_equal(parameter.name, STR("vfio_pci.ids"))));
}

static bool read_parameter(struct machine_builder *builder, const struct machine_place *place,
                           struct str text, struct modprobe_line *line)
{
    struct kernel_argument parameter = kernel_argument_split(text);
    struct vfio_id id = vfio_id_read(text);

    if (str_equal(parameter.name, STR("ids")) && parameter.value.data) {
        machine_add_ids(builder, place, parameter.value, line);
        return true;
    }
    if (!parameter.value.data && id.count >= 2)
        machine_add_slip(builder, *place, SLIP_BEHIND_SPACE, text);
    else if (is_nearly_ids(parameter, text))
        machine_add_attempt(builder, *place, SLIP_PARAMETER, text);
    else if (is_stray(parameter))
        machine_add_slip(builder, *place, SLIP_STRAY, text);
    return false;
}

/* `options MODULE PARAMETER…`, from the module on. */
static bool read_options(struct machine_builder *builder, struct machine_place place,
                         struct str rest, struct modprobe_line *line)
{
    struct str module = str_trim(modprobe_word(&rest)); /* of CR LF the CR is still there */
    struct str parameter;
    struct str last = {NULL, 0};
    bool binds = false;
    size_t at = 0;

    if (!is_vfio(module)) {
        if (is_nearly_vfio(module))
            machine_add_attempt(builder, place, SLIP_MODULE, module);
        return false;
    }
    while (kernel_argument_next(rest, &at, &parameter)) {
        last = parameter;
        place.line = modprobe_line_number(line, (size_t)(parameter.data - line->text.data));
        binds |= read_parameter(builder, &place, parameter, line);
    }
    if (!last.data)
        machine_add_attempt(builder, place,
                            line->is_cut ? SLIP_CARRIAGE_RETURN : SLIP_NO_PARAMETERS,
                            str_trim(line->text));
    else if (line->is_cut)
        machine_add_slip(builder, place, SLIP_CARRIAGE_RETURN, last);
    return binds;
}

/*
 * `softdep MODULE pre: MODULE… post: MODULE…`, behind the command: the first brings the others.
 * What stands in front of "pre:" and "post:" is passed over (libkmod-config.c,
 * kmod_config_add_softdep).
 */
static bool read_softdep(struct machine_builder *builder, struct machine_place place,
                         struct str rest)
{
    struct str module = modprobe_word(&rest);
    struct str word;
    bool is_list = false;

    do {
        word = str_trim(modprobe_word(&rest));
        is_list |= str_equal(word, STR("pre:")) || str_equal(word, STR("post:"));
    } while (word.len > 0 && !(is_list && is_vfio(word)));
    if (word.len == 0)
        return false;
    machine_add_softdep(builder, place, module);
    return true;
}

/*
 * udev heeds it for what it loads for a device, and systemd-modules-load for what it is to load
 * (KMOD_PROBE_APPLY_BLACKLIST). A carriage return behind the name is part of it.
 */
static bool read_blacklist(struct machine_builder *builder, struct machine_place place,
                           struct str rest)
{
    struct str module = modprobe_word(&rest);

    if (is_vfio(module))
        machine_add_slip(builder, place, SLIP_BLACKLIST, module);
    machine_add_blacklisted(builder, machine_underscored(module, builder->arena));
    return false;
}

/* `install MODULE COMMAND…`: the command runs instead of loading the module. */
static bool is_install_of_nothing(struct str rest)
{
    struct str module = modprobe_word(&rest);
    struct str command = str_trim(modprobe_word(&rest));

    return is_vfio(module) &&
           (str_ends_with(command, STR("/true")) || str_ends_with(command, STR("/false")));
}

/* A line that brings up a module by commands or by another name: who knows what that does. */
static bool read_other(struct machine_builder *builder, struct str rest)
{
    if (speaks_of_vfio(rest))
        builder->facts->may_load = builder->facts->may_bind = true;
    return false;
}

static bool read_line(struct machine_builder *builder, struct machine_place place,
                      struct modprobe_line *line)
{
    static const char *const others[] = {"alias", "install", "remove", "weakdep"};
    struct str rest = line->text;
    struct str command = modprobe_word(&rest);

    if (str_equal(command, STR("options")))
        return read_options(builder, place, rest, line);
    if (str_equal(command, STR("softdep")))
        return read_softdep(builder, place, rest);
    if (str_equal(command, STR("blacklist")))
        return read_blacklist(builder, place, rest);
    if (str_equal(command, STR("install")) && is_install_of_nothing(rest)) {
        machine_add_slip(builder, place, SLIP_INSTALL, str_trim(rest));
        return false;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (str_equal(command, str_from(others[i])))
            return read_other(builder, rest);
    }
    if (str_starts_with(command, STR("#"))) /* behind blanks: passed over as a bad line */
        return false;
    if (line->behind_cut && !speaks_of_vfio(rest)) /* told where it was to go on */
        return false;
    if (vfio_id_read(command).count >= 2)
        machine_add_slip(builder, place, SLIP_NEXT_LINE, command);
    else if (speaks_of_vfio(rest))
        machine_add_attempt(builder, place, line->behind_cut ? SLIP_CARRIAGE_RETURN : SLIP_COMMAND,
                            command);
    return false;
}

bool machine_read_modprobe(struct machine_builder *builder, struct machine_place place,
                           struct str text)
{
    struct modprobe_lines lines = MODPROBE_LINES_INIT(text, builder->arena);
    struct modprobe_line line;
    bool concerns = false;

    while (modprobe_lines_next(&lines, &line)) {
        place.line = line.number;
        concerns |= read_line(builder, place, &line);
    }
    return concerns;
}

/* --- modules-load.d -------------------------------------------------------------------------- */

bool machine_read_modules_load(struct machine_builder *builder, struct machine_place place,
                               struct str text)
{
    struct text_place next = {0, 1};
    struct str module;
    bool loads = false;

    while (modules_load_next(text, &next, &module, &place.line)) {
        struct str rest = module;
        struct str word = modprobe_word(&rest);

        if (is_vfio(module)) {
            builder->facts->loads_vfio = loads = true;
            builder->facts->loads_at = place;
        } else if (is_vfio(word)) {
            machine_add_attempt(builder, place, SLIP_BEHIND_MODULE, module);
        } else if (is_nearly_vfio(module)) {
            machine_add_attempt(builder, place, SLIP_MODULE, module);
        }
    }
    return loads;
}
