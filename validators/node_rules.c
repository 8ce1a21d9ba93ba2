/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node whose GPUs are passed through is kept free of NVIDIA's operands by one label, and only its
 * value "false" does that (NVIDIA/gpu-operator controllers/state_manager.go:372): anything else
 * leaves them running, and nobody is told. A label that is written wrong is just another label.
 */
#include "validators/node_rules.h"

#include "base/nearest_name.h"

#define OPERANDS STR("nvidia.com/gpu.deploy.operands")
#define WORKLOAD STR("nvidia.com/gpu.workload.config")

/* What the operator's labels begin with, under whatever domain they are written. */
#define OPERANDS_NAME STR("gpu.deploy.operands")
#define WORKLOAD_NAME STR("gpu.workload.config")

/* controllers/state_manager.go; of any other value the operator says so in its log, and goes on
 * with its default, which is the first. */
static const char *const workloads[] = {"container", "vm-passthrough", "vm-vgpu"};
#define WORKLOAD_COUNT (sizeof workloads / sizeof workloads[0])

static struct text_field find_label(const struct node_facts *node, struct str key)
{
    for (size_t i = 0; i < node->label_count; i++) {
        if (str_equal(node->labels[i].key, key))
            return node->labels[i].value;
    }
    return (struct text_field){.state = FIELD_ABSENT};
}

bool node_keeps_operands_off(const struct node_facts *node)
{
    return str_equal(find_label(node, OPERANDS).text, STR("false"));
}

static bool is_one_of(struct str value, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_ignoring_case(value, str_from(words[i])))
            return true;
    }
    return false;
}

/* What people write who mean yes. */
static bool means_true(struct str value)
{
    static const char *const words[] = {"true", "yes", "on", "1", "y", "t", "enabled", "enable"};

    return is_one_of(str_trim(value), words, sizeof words / sizeof words[0]);
}

static void judge_operands(struct text_field field, struct str map, struct context *context)
{
    struct text *message;

    if (field.state != FIELD_TEXT || str_equal(field.text, STR("false")) ||
        str_equal(field.text, STR("true")))
        return;
    message = findings_add(context->findings, RULE_GPU_OPERANDS_FORMAT, path_key(map, OPERANDS),
                           field.text);
    if (message)
        text_addf(message,
                  "only exactly \"false\" keeps NVIDIA's operands off this node, and this value "
                  "leaves them on; write \"%s\"",
                  means_true(field.text) ? "true" : "false");
}

static const char *nearest_workload(struct str value)
{
    const char *nearest = NULL;
    size_t limit = nearest_name_tolerance(value.len);

    for (size_t i = 0; i < WORKLOAD_COUNT; i++) {
        size_t distance = nearest_name_distance(value, str_from(workloads[i]), limit);

        if (distance <= limit) {
            nearest = workloads[i];
            limit = distance > 0 ? distance - 1 : 0;
        }
    }
    return nearest;
}

/* Adds `"container", "vm-passthrough" or "vm-vgpu"`. */
static void add_workloads(struct text *message)
{
    for (size_t i = 0; i < WORKLOAD_COUNT; i++) {
        if (i > 0)
            text_add(message, i + 1 < WORKLOAD_COUNT ? ", " : " or ");
        text_addf(message, "\"%s\"", workloads[i]);
    }
}

static bool is_workload(struct str value)
{
    for (size_t i = 0; i < WORKLOAD_COUNT; i++) {
        if (str_equal(value, str_from(workloads[i])))
            return true;
    }
    return false;
}

static void judge_workload(struct text_field field, struct str map, struct context *context)
{
    struct text *message;
    const char *nearest;

    if (field.state != FIELD_TEXT || is_workload(field.text))
        return;
    message = findings_add(context->findings, RULE_GPU_WORKLOAD_UNKNOWN, path_key(map, WORKLOAD),
                           field.text);
    if (!message)
        return;
    text_add(message, "NVIDIA's GPU operator takes its default instead; write ");
    nearest = nearest_workload(field.text);
    if (nearest)
        text_addf(message, "\"%s\"", nearest);
    else
        add_workloads(message);
}

/* vm-passthrough and vm-vgpu want operands of their own, and the label stops them all. */
static void judge_conflict(const struct node_facts *node, struct str map, struct context *context)
{
    struct str workload = find_label(node, WORKLOAD).text;
    struct text *message;

    if (!node_keeps_operands_off(node) || !is_workload(workload) ||
        str_equal(workload, str_from(workloads[0])))
        return;
    message = findings_add(context->findings, RULE_GPU_OPERANDS_WORKLOAD, path_key(map, WORKLOAD),
                           workload);
    if (message)
        text_add(message, "nvidia.com/gpu.deploy.operands=false keeps off this node what would "
                          "see to it, NVIDIA's sandbox device plugin too; keep one of the two "
                          "labels");
}

/* The part of a label's key behind its domain. */
static struct str name_of(struct str key)
{
    size_t slash = str_find(key, '/');

    return slash < key.len ? str_slice(key, slash + 1, key.len) : key;
}

/* A slip of one or two keys: further away there are other labels of the operator. */
#define KEY_TOLERANCE 2

static bool is_near(struct str key, struct str wanted, struct str wanted_name)
{
    return !str_equal(key, wanted) &&
           (str_equal_ignoring_case(name_of(key), wanted_name) ||
            nearest_name_distance(key, wanted, KEY_TOLERANCE) <= KEY_TOLERANCE);
}

static void judge_key(const struct node_label *label, struct str map, struct context *context)
{
    struct str meant = {NULL, 0};
    struct text *message;

    if (is_near(label->key, OPERANDS, OPERANDS_NAME))
        meant = OPERANDS;
    else if (is_near(label->key, WORKLOAD, WORKLOAD_NAME))
        meant = WORKLOAD;
    if (!meant.data)
        return;
    message = findings_add(context->findings, RULE_GPU_LABEL_MISSPELT,
                           path_to_key(path_key(map, label->key)), label->key);
    if (!message)
        return;
    text_add(message, "NVIDIA's GPU operator does not read this label; write \"");
    text_add_str(message, meant);
    text_add(message, "\"");
}

void judge_node(const struct object_facts *facts, struct context *context)
{
    const struct node_facts *node = &facts->node;
    struct str map = str_from(facts->kind->prefix);

    judge_operands(find_label(node, OPERANDS), map, context);
    judge_workload(find_label(node, WORKLOAD), map, context);
    judge_conflict(node, map, context);
    for (size_t i = 0; i < node->label_count; i++)
        judge_key(&node->labels[i], map, context);
}
