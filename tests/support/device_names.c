/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/device_names.h"

#include <stdlib.h>

static const struct {
    unsigned vendor;
    int device;
    const char *name;
} rows[] = {
    {0x10de, DEVICE_NAMES_VENDOR, "NVIDIA Corporation"},
    {0x10de, 0x1db4, "GV100GL [Tesla V100 PCIe 16GB]"},
    {0x10de, 0x1db6, "GV100GL [Tesla V100 PCIe 32GB]"},
    {0x10de, 0x1eb8, "TU104GL [Tesla T4]"},
    {0x10de, 0x20b5, "GA100 [A100 PCIe 80GB]"},
    {0x10de, 0x2684, "AD102 [GeForce RTX 4090]"},
    {0x10de, 0x2704, "AD103 [GeForce RTX 4080]"},
    {0x15b3, DEVICE_NAMES_VENDOR, "Mellanox Technologies"},
    {0x15b3, 0x1017, "MT27800 Family [ConnectX-5]"},
    {0x15b3, 0x101d, "MT2892 Family [ConnectX-6 Dx]"},
    {0x8086, DEVICE_NAMES_VENDOR, "Intel Corporation"},
    {0x8086, 0x6f54, "Xeon Processor D Family QuickAssist Technology"},
    {0x8086, 0x1572, "Ethernet Controller X710 for 10GbE SFP+"},
    {0x8086, 0x3410, "PCIe x16 Root Port"},
};

static bool ready(void *context)
{
    return !context;
}

static bool add(void *context, unsigned vendor, int device, struct text *text)
{
    if (context)
        abort();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].vendor == vendor && rows[i].device == device) {
            text_add(text, rows[i].name);
            return true;
        }
    }
    return false;
}

const struct device_names some_device_names = {.ready = ready, .add = add};

static bool nothing;
const struct device_names no_device_names = {.context = &nothing, .ready = ready, .add = add};
