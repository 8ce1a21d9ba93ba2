/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfio-pci binds the devices whose ids it is given when it is loaded, and nothing tells of those
 * that it could not read but a line in the kernel's log. modprobe joins all `options` lines of a
 * module, and behind them what the kernel's arguments say of it, so that of several `ids=` the
 * kernel keeps the last.
 */
#include "validators/machine_config/vfio_rules.h"

/* --- ids ------------------------------------------------------------------------------------- */

static void judge_format(const struct machine_id *id, struct context *context)
{
    struct text *message;

    if (id->id.state == VFIO_ID_GOOD)
        return;
    message = findings_add(context->findings, RULE_VFIO_ID_FORMAT, machine_place_path(&id->place),
                           id->text);
    if (!message)
        return;
    machine_place_add_line(&id->place, message);
    vfio_id_explain(&id->id, id->text, message);
}

static void judge_duplicate(const struct machine_id *id, struct context *context)
{
    struct text *message;

    if (!id->duplicate)
        return;
    message = findings_add(context->findings, RULE_VFIO_ID_DUPLICATE,
                           machine_place_path(&id->place), id->text);
    if (!message)
        return;
    machine_place_add_line(&id->place, message);
    text_add(message, "the list has this id already; remove one");
}

/* --- lists ----------------------------------------------------------------------------------- */

static void judge_length(const struct machine_ids *list, struct context *context)
{
    struct text *message;

    if (list->len <= VFIO_IDS_MAX)
        return;
    message = findings_add(context->findings, RULE_VFIO_IDS_TOO_LONG,
                           machine_place_path(&list->place), str_slice(list->text, 0, 40));
    if (!message)
        return;
    machine_place_add_line(&list->place, message);
    text_addf(message,
              "the list is %zu bytes long, and with more than %zu vfio-pci is not loaded at all; "
              "take out what is not needed, or bind the rest by driverctl",
              list->len, VFIO_IDS_MAX);
}

/* modprobe puts the kernel's arguments behind what is in files. */
static void add_winner(const struct machine_place *place, struct text *message)
{
    if (!place->file.data) {
        text_add(message, "which is that among the kernel's arguments, ");
        path_add_dotted(message, &place->path);
        return;
    }
    text_addf(message, "line %zu of ", place->line);
    text_add_quoted(message, place->file, SHOWN_VALUE_LIMIT);
}

static void judge_replaced(const struct machine_ids *list, struct context *context)
{
    struct text *message;

    if (!list->winner)
        return;
    message = findings_add(context->findings, RULE_VFIO_IDS_REPLACED,
                           machine_place_path(&list->place), list->text);
    if (!message)
        return;
    machine_place_add_line(&list->place, message);
    text_add(message, "of several lists the kernel keeps the last, ");
    add_winner(&list->winner->place, message);
    text_add(message, "; write all ids into one list");
}

/* --- lines that do nothing ------------------------------------------------------------------- */

static void explain_slip(const struct machine_ignored *ignored, struct text *message)
{
    switch (ignored->slip) {
    case SLIP_COMMAND:
        text_add(message, "modprobe knows no line that begins so, and ignores it; write "
                          "\"options vfio-pci ids=…\"");
        break;
    case SLIP_MODULE:
        text_add(message, "there is no such module; write \"vfio-pci\"");
        break;
    case SLIP_PARAMETER:
        text_addf(message, "vfio-pci has no such parameter; write \"%s=…\", without blanks",
                  ignored->place.file.data ? "ids" : "vfio-pci.ids");
        break;
    case SLIP_NO_PARAMETERS:
        text_add(message, "no parameter is behind the module, so modprobe ignores the line; write "
                          "\"options vfio-pci ids=…\"");
        break;
    case SLIP_BEHIND_SPACE:
        text_add(message, "a blank ends the list of ids, so this is not in it; write the ids with "
                          "commas and no blanks between them");
        break;
    case SLIP_STRAY:
        text_add(message,
                 "this is no parameter of vfio-pci; remove it, or if it is a comment, give "
                 "it a line of its own that begins with #");
        break;
    case SLIP_NEXT_LINE:
        text_add(message, "a list of ids ends with its line, so this is not in it; write all ids "
                          "into one line, with commas between them");
        break;
    case SLIP_CARRIAGE_RETURN:
        text_add(message,
                 "a backslash in front of a carriage return continues no line; end the lines "
                 "in line feeds alone, as on Linux");
        break;
    case SLIP_CALLOUT:
        text_add(message, "the kernel hands it to init, and " CALLOUT_EXPLAINED "; remove it");
        break;
    case SLIP_BLACKLIST:
        text_add(
            message,
            "a module that is blacklisted is not loaded at boot; remove it from the blacklist");
        break;
    case SLIP_INSTALL:
        text_add(message, "this command runs instead of loading vfio-pci, which never is; remove "
                          "the line");
        break;
    case SLIP_BEHIND_MODULE:
        text_add(message,
                 "all of the line is taken for the module's name, and there is none; write "
                 "\"vfio-pci\" alone, and a comment on a line of its own");
        break;
    }
}

static void judge_slip(const struct machine_ignored *ignored, struct context *context)
{
    struct text *message = findings_add(context->findings, RULE_MODPROBE_IGNORED,
                                        machine_place_path(&ignored->place), ignored->text);

    if (!message)
        return;
    machine_place_add_line(&ignored->place, message);
    explain_slip(ignored, message);
}

/* --- the two halves -------------------------------------------------------------------------- */

static void judge_not_loaded(const struct machine_config_facts *machine, struct context *context)
{
    const struct machine_id *id = machine_id_bound(machine->ids);
    struct text *message;

    if (!id || machine->loads_vfio || machine->may_load ||
        (context->chain && chain_says(context->chain, field_filled(machine->role), CHAIN_LOADS)))
        return;
    message = findings_add(context->findings, RULE_VFIO_IDS_NOT_LOADED,
                           machine_place_path(&id->place), (struct str){NULL, 0});
    if (!message)
        return;
    machine_place_add_line(&id->place, message);
    text_add(message, "ids bind nothing until vfio-pci is loaded, and nothing here loads it");
    if (machine->idle_softdep.data) {
        text_add(message, ", as the softdep is of ");
        text_add_quoted(message, machine->idle_softdep, SHOWN_VALUE_LIMIT);
        text_add(message, ", which is blacklisted and so not loaded itself");
    }
    text_add(message, "; unless another MachineConfig does, add a file "
                      "/etc/modules-load.d/vfio-pci.conf with the line \"vfio-pci\"");
}

static void judge_without_ids(const struct machine_config_facts *machine, struct context *context)
{
    struct text *message;

    if (!machine->loads_vfio || machine->ids || machine->may_bind ||
        (context->chain && chain_says(context->chain, field_filled(machine->role), CHAIN_BINDS)))
        return;
    message = findings_add(context->findings, RULE_VFIO_LOADED_WITHOUT_IDS,
                           machine_place_path(&machine->loads_at), STR("vfio-pci"));
    if (!message)
        return;
    machine_place_add_line(&machine->loads_at, message);
    text_add(message,
             "without ids vfio-pci binds no device; unless another MachineConfig has them, "
             "add a file /etc/modprobe.d/vfio.conf with the line \"options vfio-pci "
             "ids=10de:1eb8\", with the ids of yours");
}

void judge_vfio(const struct machine_config_facts *machine, struct context *context)
{
    for (const struct machine_id *id = machine->ids; id; id = id->next) {
        judge_format(id, context);
        judge_duplicate(id, context);
    }
    for (const struct machine_ids *list = machine->lists; list; list = list->next) {
        judge_length(list, context);
        judge_replaced(list, context);
    }
    for (const struct machine_ignored *at = machine->ignored; at; at = at->next)
        judge_slip(at, context);
    judge_not_loaded(machine, context);
    judge_without_ids(machine, context);
}
