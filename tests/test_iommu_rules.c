/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel arguments: what is warned about, and what is near to it. */
#include "tests/support/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct machine_row iommu_rows[] = {
    {"Intel's", ARGUMENTS("intel_iommu=on"), NULL, NULL},
    {"with what is fine beside it", ARGUMENTS("'intel_iommu=on,igfx_off iommu=pt', quiet"), NULL,
     NULL},
    {"a dash, which the kernel takes", ARGUMENTS("intel-iommu=on"), NULL, NULL},
    {"off", ARGUMENTS("intel_iommu=off"), "warn iommu-off kernelArguments[0]",
     "spec.kernelArguments[0]: Invalid value: \"intel_iommu=off\": turns the IOMMU off, "
     "without which no device can be passed through; write \"intel_iommu=on\"\n"},
    {"off in a list", ARGUMENTS("'intel_iommu=on,off'"), "warn iommu-off kernelArguments[0]", NULL},
    {"on at last", ARGUMENTS("intel_iommu=off, quiet, intel_iommu=on"), NULL, NULL},
    {"off at last", ARGUMENTS("intel_iommu=on, 'quiet intel_iommu=off'"),
     "warn iommu-off kernelArguments[1]", NULL},
    {"AMD's off", ARGUMENTS("amd_iommu=off"), "warn iommu-off kernelArguments[0]",
     "\"amd_iommu=off\": turns the IOMMU off, without which no device can be passed through; "
     "remove it\n"},
    {"both off", ARGUMENTS("intel_iommu=on, iommu=off, iommu=pt"),
     "warn iommu-off kernelArguments[1]", NULL},
    {"AMD's on alone, as documented", ARGUMENTS("amd_iommu=on"), NULL, NULL},
    {"AMD's beside Intel's", ARGUMENTS("amd_iommu=on, intel_iommu=on"), NULL, NULL},
    {"AMD's on and off", ARGUMENTS("amd_iommu=on, amd_iommu=off"),
     "warn iommu-off kernelArguments[1]", NULL},
    {"AMD's other ones", ARGUMENTS("amd_iommu=pgtbl_v2, amd_iommu=what_comes_next"), NULL, NULL},
    {"misspelt", ARGUMENTS("intel_immou=on"), "warn iommu-argument kernelArguments[0]",
     "\"intel_immou=on\": the kernel knows no such argument and ignores it; write "
     "\"intel_iommu=on\"\n"},
    {"a capital letter", ARGUMENTS("Intel_iommu=on"), "warn iommu-argument kernelArguments[0]",
     "write \"intel_iommu=on\"\n"},
    {"misspelt with a value of its own", ARGUMENTS("'intel_ommu=on,sm_on'"),
     "warn iommu-argument kernelArguments[0]", "write \"intel_iommu=on,sm_on\"\n"},
    {"misspelt AMD's", ARGUMENTS("amd_immou=on"), "warn iommu-argument kernelArguments[0]",
     "ignores it; leave it out, as AMD's IOMMU is on unless it is turned off\n"},
    {"misspelt AMD's off", ARGUMENTS("amd_immou=off"), "warn iommu-argument kernelArguments[0]",
     "write \"amd_iommu=off\"\n"},
    {"misspelt, general", ARGUMENTS("iomu=pt"), "warn iommu-argument kernelArguments[0]",
     "write \"iommu=pt\"\n"},
    {"yes", ARGUMENTS("intel_iommu=yes"), "warn iommu-argument kernelArguments[0]",
     "\"intel_iommu=yes\": the kernel does not know \"yes\" here and ignores it; write "
     "\"intel_iommu=on\"\n"},
    {"ON", ARGUMENTS("intel_iommu=ON"), "warn iommu-argument kernelArguments[0]", NULL},
    {"single quotes", ARGUMENTS("\"'intel_iommu=on'\""), "warn iommu-argument kernelArguments[0]",
     "\"'intel_iommu=on'\": of quotes the kernel knows only double ones; write "
     "\"intel_iommu=on\"\n"},
    {"single quotes around a slip", ARGUMENTS("\"'intel_immou=on,sm_on'\""),
     "warn iommu-argument kernelArguments[0]", "write \"intel_iommu=on,sm_on\"\n"},
    {"single quotes around two", ARGUMENTS("\"'intel_iommu=on iommu=pt'\""),
     "warn iommu-argument kernelArguments[0]", "\"'intel_iommu=on\": of quotes"},
    {"single quotes around the value", ARGUMENTS("\"intel_iommu='on'\""),
     "warn iommu-argument kernelArguments[0]", "only double ones; write \"intel_iommu=on\"\n"},
    {"double quotes", ARGUMENTS("'\"intel_iommu=on\"'"), NULL, NULL},
    {"single quotes around another's", ARGUMENTS("\"'quiet'\""), NULL, NULL},
    {"no value", ARGUMENTS("intel_iommu"), "warn iommu-argument kernelArguments[0]",
     "without a value the kernel ignores it; write \"intel_iommu=on\"\n"},
    {"blanks around the equals sign", ARGUMENTS("intel_iommu = on"),
     "warn iommu-argument kernelArguments[0]", NULL},
    {"what may be newer, beside on", ARGUMENTS("'intel_iommu=on,what_comes_next'"), NULL, NULL},
    {"on in general", ARGUMENTS("iommu=on"), "warn iommu-argument kernelArguments[0]",
     "does not know \"on\" here and ignores it; write \"intel_iommu=on\" for Intel's; AMD's is "
     "on unless it is turned off\n"},
    {"AMD's 1", ARGUMENTS("amd_iommu=1"), "warn iommu-argument kernelArguments[0]", "leave it out"},
    {"what a terminal acts on", ARGUMENTS("\"iommuu=\\e[0m\""),
     "warn iommu-argument kernelArguments[0]", "\"iommuu=\\u001b[0m\""},
    {"others' arguments", ARGUMENTS("iomem=relaxed, amd_iommu_dump, iommu.passthrough=1, ''"), NULL,
     NULL},
    {"no string", ARGUMENTS("intel_iommu=on, 7"), "warn wrong-type kernelArguments[1]",
     "must be a string, found 7"},
    {"no list", "spec: {kernelArguments: intel_iommu=on}\n", "warn wrong-type kernelArguments",
     NULL},
};

static void test_iommu(void **state)
{
    (void)state;
    assert_int_equal(machine_rows_play(iommu_rows, COUNT(iommu_rows), MACHINE_CONFIG_HEAD), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
