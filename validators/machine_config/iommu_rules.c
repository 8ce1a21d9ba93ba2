/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device is passed through only by an IOMMU. Intel's is off unless the kernel is told
 * intel_iommu=on; AMD's is on unless it is told otherwise, and amd_iommu=on, though documented,
 * does nothing (drivers/iommu/amd/init.c). What it does not know, the kernel ignores.
 */
#include "validators/machine_config/iommu_rules.h"

/* What people write for "on" and "off" where these are wanted. */
static const struct str switches[] = {
    STR_INIT("on"),   STR_INIT("off"),     STR_INIT("yes"),      STR_INIT("no"),
    STR_INIT("true"), STR_INIT("false"),   STR_INIT("1"),        STR_INIT("0"),
    STR_INIT("y"),    STR_INIT("n"),       STR_INIT("enable"),   STR_INIT("disable"),
    STR_INIT(""),     STR_INIT("enabled"), STR_INIT("disabled"),
};

static bool is_like_switch(struct str word)
{
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        if (str_equal_ignoring_case(word, switches[i]))
            return true;
    }
    return false;
}

/* Another argument, behind a comma in place of a blank. */
static bool is_glued(struct str item)
{
    return str_find(item, '=') < item.len;
}

/*
 * A word that is not known here may be newer than this program: without a doubt only what is like a
 * switch is wrong, and on Intel's what leaves the IOMMU as it is.
 */
static bool is_ignored(const struct iommu_argument *iommu)
{
    if (is_glued(iommu->unknown))
        return true;
    if (!iommu->unknown.data || iommu->turns != IOMMU_UNCHANGED)
        return false;
    return iommu->parameter == IOMMU_INTEL || is_like_switch(iommu->unknown);
}

/* The value where it is one for this parameter, else "on". */
static struct str wanted_value(const struct machine_argument *argument)
{
    struct kernel_argument as_meant = {str_from(iommu_parameter_name(argument->iommu.parameter)),
                                       without_single_quotes(argument->value)};
    struct iommu_argument read = iommu_argument_read(as_meant);

    return as_meant.value.len > 0 && !read.unknown.data ? as_meant.value : STR("on");
}

/* What turns it on is told by Intel's name: "iommu=on" and "amd_iommu=on" do nothing. */
static void suggest(const struct machine_argument *argument, struct text *message)
{
    enum iommu_parameter parameter = argument->iommu.parameter;
    struct str value = wanted_value(argument);

    if (parameter == IOMMU_AMD && str_equal(value, STR("on"))) {
        text_add(message, "leave it out, as AMD's IOMMU is on unless it is turned off");
        return;
    }
    if (parameter == IOMMU_GENERAL && str_equal(value, STR("on")))
        parameter = IOMMU_INTEL;
    text_addf(message, "write \"%s=", iommu_parameter_name(parameter));
    text_add_visible(message, value);
    text_add(message, parameter != argument->iommu.parameter
                          ? "\" for Intel's; AMD's is on unless it is turned off"
                          : "\"");
}

/* A boot loader may take single quotes away, so that with them it is not sure to be ignored. */
static void explain_argument(const struct machine_argument *argument, struct text *message)
{
    const struct iommu_argument *iommu = &argument->iommu;

    if (str_find(argument->text, '\'') < argument->text.len) {
        text_add(message, "of quotes the kernel knows only double ones; ");
    } else if (iommu->misspelt) {
        text_add(message, "the kernel knows no such argument and ignores it; ");
    } else if (iommu->unknown.len == 0) {
        text_add(message, "without a value the kernel ignores it; ");
    } else {
        text_add(message, "the kernel does not know ");
        text_add_quoted(message, iommu->unknown, SHOWN_VALUE_LIMIT);
        text_add(message, " here and ignores it; ");
    }
}

static void explain_glued(const struct machine_argument *argument, struct text *message)
{
    text_add(message, "a comma ends no argument, so the kernel takes ");
    text_add_quoted(message, argument->iommu.unknown, SHOWN_VALUE_LIMIT);
    text_add(message,
             " for a part of this one, and ignores it; write it as an argument of its own");
}

static void judge_argument(const struct machine_argument *argument, struct context *context)
{
    const struct iommu_argument *iommu = &argument->iommu;
    struct text *message;

    if (!iommu->misspelt && !is_ignored(iommu))
        return;
    message = findings_add(context->findings, RULE_IOMMU_ARGUMENT, argument->path, argument->text);
    if (!message)
        return;
    if (!iommu->misspelt && is_glued(iommu->unknown)) {
        explain_glued(argument, message);
        return;
    }
    explain_argument(argument, message);
    suggest(argument, message);
}

static void judge_callout(const struct machine_argument *argument, struct context *context)
{
    struct text *message;

    if (!argument->callout.data)
        return;
    message =
        findings_add(context->findings, RULE_IOMMU_ARGUMENT, argument->path, argument->callout);
    if (!message)
        return;
    text_add(message, "the kernel hands it to init, and " CALLOUT_EXPLAINED "; write \"");
    text_add_visible(message, argument->text);
    text_add(message, "\"");
}

static void warn_off(const struct machine_argument *argument, struct context *context)
{
    struct text *message =
        findings_add(context->findings, RULE_IOMMU_OFF, argument->path, argument->text);

    if (!message)
        return;
    text_add(message, "turns the IOMMU off, without which no device can be passed through; ");
    text_add(message,
             argument->iommu.parameter == IOMMU_INTEL ? "write \"intel_iommu=on\"" : "remove it");
}

/* Of Intel's the last counts; the others can't be turned on again. */
static void judge_off(const struct machine_config_facts *machine, struct context *context)
{
    const struct machine_argument *intel = NULL;

    for (const struct machine_argument *at = machine->arguments; at; at = at->next) {
        if (at->iommu.turns == IOMMU_UNCHANGED)
            continue;
        if (at->iommu.parameter == IOMMU_INTEL)
            intel = at;
        else if (at->iommu.turns == IOMMU_OFF)
            warn_off(at, context);
    }
    if (intel && intel->iommu.turns == IOMMU_OFF)
        warn_off(intel, context);
}

void judge_iommu(const struct machine_config_facts *machine, struct context *context)
{
    for (const struct machine_argument *at = machine->arguments; at; at = at->next) {
        judge_argument(at, context);
        judge_callout(at, context);
    }
    judge_off(machine, context);
}
