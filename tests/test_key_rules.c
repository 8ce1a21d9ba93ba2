/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys are told as misspelt, and that no field of these kinds is. */
#include "server/check/check_text.h"
#include "server/documents/json_value.h"
#include "server/documents/manifest_objects.h"
#include "server/documents/yaml.h"
#include "tests/support/facts.h"
#include "validators/key_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define V1BETA1 "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\n"
#define V1 "apiVersion: hco.kubevirt.io/v1\nkind: HyperConverged\n"
#define KUBEVIRT "apiVersion: kubevirt.io/v1\nkind: KubeVirt\n"
#define VM "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n"
#define REPLICA_SET "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstanceReplicaSet\n"
#define POOL "apiVersion: pool.kubevirt.io/v1beta1\nkind: VirtualMachinePool\n"
#define TYPE "apiVersion: instancetype.kubevirt.io/v1beta1\nkind: VirtualMachineInstancetype\n"

#define SECTION "spec: {permittedHostDevices: {"
#define PCI SECTION "pciHostDevices: [{"
#define MEDIATED SECTION "mediatedDevices: [{"
#define USB_ENTRY SECTION "usbHostDevices: [{"
#define SELECTOR USB_ENTRY "selectors: [{"
#define CONFIGURED "spec: {configuration: {permittedHostDevices: {"
#define DOMAIN_DEVICES "spec: {template: {spec: {domain: {devices: {"
#define HOST_DEVICE DOMAIN_DEVICES "hostDevices: [{"
#define GPU DOMAIN_DEVICES "gpus: [{"

/* Adds "PATH: MESSAGE" a line for each misspelt key of the only object in a YAML text. */
static void judge(const char *yaml, struct text *found)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    const struct check_basis basis = {.chain = NULL};
    struct check_file file;
    struct error err;

    assert_true(check_text(str_from(yaml), &basis, &arena, &file, &err));
    if (file.error.len > 0 || file.object_count != 1)
        fail_msg("%.*s: %s", (int)file.error.len, file.error.data, yaml);
    for (size_t i = 0; i < file.objects->fault_count; i++) {
        const struct check_fault *fault = &file.objects->faults[i];

        if (fault->rule != &rule_table[RULE_FIELD_MISSPELT])
            continue;
        assert_int_equal(fault->severity, SEVERITY_WARN);
        text_add_str(found, fault->path);
        text_add(found, ": ");
        text_add_str(found, fault->message);
        text_add(found, "\n");
    }
}

/* --- what is told ---------------------------------------------------------------------------- */

#define SAYS(path, key, kind, name)                                                          \
    path key ": Invalid value: \"" key "\": a " kind " has no such field here, and the API " \
             "server drops it; write \"" name "\"\n"
#define HCO_SAYS(path, key, name) SAYS(path, key, "HyperConverged", name)
#define VM_SAYS(path, key, name) \
    SAYS("spec.template.spec.domain.devices" path, key, "VirtualMachine", name)
#define PERMITTED "spec.permittedHostDevices."

static const struct {
    const char *what, *yaml, *expected;
} rows[] = {
    {"a singular", V1BETA1 "spec: {permittedHostDevice: {}}",
     HCO_SAYS("spec.", "permittedHostDevice", "permittedHostDevices")},
    {"in v1", V1 "spec: {virtualization: {permitedHostDevices: {}}}",
     HCO_SAYS("spec.virtualization.", "permitedHostDevices", "permittedHostDevices")},
    {"British", V1 "spec: {virtualisation: {}}",
     HCO_SAYS("spec.", "virtualisation", "virtualization")},
    {"lists", V1BETA1 SECTION "pciHostDevice: [], MediatedDevices: [], usbhostdevices: []}}",
     HCO_SAYS(PERMITTED, "pciHostDevice", "pciHostDevices")
         HCO_SAYS(PERMITTED, "MediatedDevices", "mediatedDevices")
             HCO_SAYS(PERMITTED, "usbhostdevices", "usbHostDevices")},
    {"an entry's",
     V1BETA1 PCI "pciDeviceSelecter: a, resourcename: b, externalResourceProvidr: true, "
                 "disable: true}]}}",
     HCO_SAYS(PERMITTED "pciHostDevices[0].", "pciDeviceSelecter", "pciDeviceSelector")
         HCO_SAYS(PERMITTED "pciHostDevices[0].", "resourcename", "resourceName") HCO_SAYS(
             PERMITTED "pciHostDevices[0].", "externalResourceProvidr", "externalResourceProvider")
             HCO_SAYS(PERMITTED "pciHostDevices[0].", "disable", "disabled")},
    {"in snake case", V1BETA1 MEDIATED "resource_name: b, mdev_name_selector: c}]}}",
     HCO_SAYS(PERMITTED "mediatedDevices[0].", "resource_name", "resourceName")
         HCO_SAYS(PERMITTED "mediatedDevices[0].", "mdev_name_selector", "mdevNameSelector")},
    {"of the second selector", V1BETA1 USB_ENTRY "selectors: [{}, {vendr: a, Product: b}]}]}}",
     HCO_SAYS(PERMITTED "usbHostDevices[0].selectors[1].", "vendr", "vendor")
         HCO_SAYS(PERMITTED "usbHostDevices[0].selectors[1].", "Product", "product")},
    {"the selectors", V1BETA1 USB_ENTRY "selector: []}]}}",
     HCO_SAYS(PERMITTED "usbHostDevices[0].", "selector", "selectors")},
    {"in a list that is misplaced", V1 PCI "resourcename: a}]}}",
     HCO_SAYS(PERMITTED "pciHostDevices[0].", "resourcename", "resourceName")},
    {"KubeVirt's", KUBEVIRT CONFIGURED "USB: [], pciHostDevices: [{pciVendorSelecter: a}]}}}",
     SAYS("spec.configuration.permittedHostDevices.", "USB", "KubeVirt", "usb")
         SAYS("spec.configuration.permittedHostDevices.pciHostDevices[0].", "pciVendorSelecter",
              "KubeVirt", "pciVendorSelector")},
    {"a VM's lists", VM DOMAIN_DEVICES "hostdevices: [], gpu: []}}}}}",
     VM_SAYS(".", "hostdevices", "hostDevices") VM_SAYS(".", "gpu", "gpus")},
    {"a plural, and both", VM HOST_DEVICE "devicename: a, names: b}, {hostDevice: c}]}}}}}",
     VM_SAYS(".hostDevices[0].", "devicename", "deviceName")
         VM_SAYS(".hostDevices[0].", "names", "name")},
    {"a GPU's", VM GPU "virtualGpuOptions: {}, claimname: a, requestNames: b}]}}}}}",
     VM_SAYS(".gpus[0].", "virtualGpuOptions", "virtualGPUOptions")
         VM_SAYS(".gpus[0].", "claimname", "claimName")
             VM_SAYS(".gpus[0].", "requestNames", "requestName")},
    {"on the way", VM "spec: {template: {spec: {domain: {device: {}}}}}",
     SAYS("spec.template.spec.domain.", "device", "VirtualMachine", "devices")},
    {"an instancetype's", TYPE "spec: {hostDevice: []}",
     SAYS("spec.", "hostDevice", "VirtualMachineInstancetype", "hostDevices")},
    {"the right key is there, too", V1BETA1 SECTION "pciHostDevices: [], pciHostDevice: []}}", ""},
    {"and is null", V1BETA1 SECTION "pciHostDevices: null, pciHostDevice: []}}",
     HCO_SAYS(PERMITTED, "pciHostDevice", "pciHostDevices")},
    {"nothing is lost", V1BETA1 SECTION "pciHostDevice: null}}", ""},
    {"which of them is meant, nobody can tell", V1BETA1 SECTION "hostDevices: [], pciDevices: []}}",
     ""},
    {"short names are near to many", TYPE "spec: {cpus: {}, gpuz: []}", ""},
    {"the other API's have rules of their own",
     V1BETA1 SECTION "usb: [], pciHostDevices: [{pciVendorSelector: a}]}}", ""},
    {"no part of a path", V1BETA1 SECTION "'pciHostDevice.': [], 'pci/HostDevices': []}}", ""},
    {"where it should not stand at all", VM "spec: {domain: {device: {}}}", ""},
    {"Kubernetes sees to it", V1BETA1 "specs: {}", ""},
    {"no objects, no lists",
     V1BETA1 SECTION "pciHostDevices: [7, [], {}], usbHostDevices: {}, mediatedDevices: 7}}", ""},
    {"not even on the way", VM "spec: {template: 7}", ""},
    {"being deleted",
     V1BETA1 "metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}\nspec: {permittedHostDevice: "
             "{}}",
     ""},
    {"of other kinds", "apiVersion: v1\nkind: Node\nspec: {permittedHostDevice: {}}", ""},
};

static void test_rows(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text found CLEANUP_TEXT = TEXT_INIT(10000);

        judge(rows[i].yaml, &found);
        wrong += !text_check(rows[i].what, rows[i].expected, text_get(&found));
    }
    assert_int_equal(wrong, 0);
}

/* --- fields that there are ------------------------------------------------------------------- */

#define VM_SPEC                                                                 \
    "dataVolumeTemplates instancetype preference runStrategy running template " \
    "updateVolumesStrategy"
#define ENTRY "externalResourceProvider resourceName "

/*
 * Each object whose keys are looked at, and all fields that it has in the CustomResourceDefinitions
 * of KubeVirt (kubevirt/kubevirt@d923fdb8) and of HyperConverged
 * (kubevirt/hyperconverged-cluster-operator@03da3cff, deploy/crds/hco00.crd.yaml).
 */
static const struct {
    const char *head, *tail, *fields;
} objects[] = {
    {V1BETA1 "spec: {", "}",
     "CommonInstancetypesDeployment applicationAwareConfig certConfig "
     "changedBlockTrackingLabelSelectors commonBootImageNamespace commonTemplatesNamespace "
     "dataImportCronTemplates defaultCPUModel defaultRuntimeClass deployVmConsoleProxy "
     "enableApplicationAwareQuota enableCommonBootImageImport evictionStrategy featureGates "
     "filesystemOverhead higherWorkloadDensity hypervisors infra instancetypeConfig "
     "ksmConfiguration kubeMacPoolConfiguration kubeSecondaryDNSNameServerIP liveMigrationConfig "
     "liveUpdateConfiguration localStorageClassName logVerbosityConfig "
     "mediatedDevicesConfiguration networkBinding obsoleteCPUs permittedHostDevices "
     "resourceRequirements roleAggregationStrategy scratchSpaceStorageClass storageImport "
     "tektonPipelinesNamespace tektonTasksNamespace tlsSecurityProfile tuningPolicy "
     "uninstallStrategy vddkInitImage virtualMachineOptions vmStateStorageClass "
     "workloadUpdateStrategy workloads"},
    {V1 "spec: {", "}",
     "deployment featureGates networking observability security storage virtualization "
     "workloadSources"},
    {V1 "spec: {virtualization: {", "}}",
     "autoCPULimitNamespaceLabelSelector changedBlockTrackingLabelSelectors evictionStrategy "
     "higherWorkloadDensity hypervisors ksmConfiguration liveMigrationConfig "
     "liveUpdateConfiguration mediatedDevicesConfiguration obsoleteCPUModels "
     "permittedHostDevices roleAggregationStrategy tuningPolicy virtualMachineOptions "
     "vmiCPUAllocationRatio workloadUpdateStrategy"},
    {V1BETA1 SECTION, "}}", "mediatedDevices pciHostDevices usbHostDevices"},
    {V1BETA1 PCI, "}]}}", ENTRY "disabled pciDeviceSelector"},
    {V1BETA1 MEDIATED, "}]}}", ENTRY "disabled mdevNameSelector"},
    {V1BETA1 USB_ENTRY, "}]}}", ENTRY "disabled selectors"},
    {V1BETA1 SELECTOR, "}]}]}}", "product vendor"},
    {KUBEVIRT "spec: {", "}",
     "certificateRotateStrategy configuration customizeComponents imagePullPolicy "
     "imagePullSecrets imageRegistry imageTag infra monitorAccount monitorNamespace "
     "productComponent productName productVersion serviceMonitorNamespace synchronizationPort "
     "uninstallStrategy workloadUpdateStrategy workloads"},
    {KUBEVIRT "spec: {configuration: {", "}}",
     "additionalGuestMemoryOverheadRatio apiConfiguration architectureConfiguration "
     "autoCPULimitNamespaceLabelSelector changedBlockTrackingLabelSelectors "
     "commonInstancetypesDeployment confidentialCompute controllerConfiguration cpuModel "
     "cpuRequest defaultRuntimeClass developerConfiguration emulatedMachines evictionStrategy "
     "handlerConfiguration hypervisors imagePullPolicy instancetype ksmConfiguration "
     "liveUpdateConfiguration machineType mediatedDevicesConfiguration memBalloonStatsPeriod "
     "migrations minCPUModel network obsoleteCPUModels ovmfPath permittedHostDevices "
     "persistentReservationConfiguration roleAggregationStrategy seccompConfiguration "
     "selinuxLauncherType smbios supportContainerResources supportedGuestAgentVersions "
     "tlsConfiguration virtTemplateDeployment virtualMachineInstancesPerNode "
     "virtualMachineOptions vmRolloutStrategy vmStateStorageClass webhookConfiguration"},
    {KUBEVIRT CONFIGURED, "}}}", "mediatedDevices pciHostDevices usb"},
    {KUBEVIRT CONFIGURED "pciHostDevices: [{", "}]}}}", ENTRY "pciVendorSelector"},
    {KUBEVIRT CONFIGURED "mediatedDevices: [{", "}]}}}", ENTRY "mdevNameSelector"},
    {KUBEVIRT CONFIGURED "usb: [{", "}]}}}", ENTRY "selectors"},
    {KUBEVIRT CONFIGURED "usb: [{selectors: [{", "}]}]}}}", "product vendor"},
    {VM "spec: {", "}", VM_SPEC},
    {VM "spec: {template: {", "}}", "metadata spec"},
    {VM "spec: {template: {spec: {", "}}}",
     "accessCredentials affinity architecture dnsConfig dnsPolicy domain evictionStrategy "
     "hostname livenessProbe networks nodeSelector priorityClassName readinessProbe "
     "resourceClaims schedulerName serviceAccountName startStrategy subdomain "
     "terminationGracePeriodSeconds tolerations topologySpreadConstraints utilityVolumes "
     "volumes"},
    {VM "spec: {template: {spec: {domain: {", "}}}}",
     "chassis clock cpu devices features firmware ioThreads ioThreadsPolicy launchSecurity "
     "machine memory rebootPolicy resources"},
    {VM DOMAIN_DEVICES, "}}}}}",
     "autoattachGraphicsDevice autoattachInputDevice autoattachMemBalloon autoattachPodInterface "
     "autoattachSerialConsole autoattachVSOCK blockMultiQueue clientPassthrough disableHotplug "
     "disks downwardMetrics filesystems gpus hostDevices inputs interfaces logSerialConsole "
     "networkInterfaceMultiqueue panicDevices rng sound tpm useVirtioTransitional video "
     "watchdog"},
    {VM HOST_DEVICE, "}]}}}}}", "claimName deviceName name requestName tag"},
    {VM GPU, "}]}}}}}", "claimName deviceName name requestName tag virtualGPUOptions"},
    {REPLICA_SET "spec: {", "}", "paused replicas selector template"},
    {POOL "spec: {", "}",
     "autohealing maxUnavailable nameGeneration paused replicas scaleInStrategy selector "
     "updateStrategy virtualMachineTemplate"},
    {POOL "spec: {virtualMachineTemplate: {", "}}", "metadata spec"},
    {POOL "spec: {virtualMachineTemplate: {spec: {", "}}}", VM_SPEC},
    {TYPE "spec: {", "}",
     "annotations cpu gpus hostDevices ioThreads ioThreadsPolicy launchSecurity memory "
     "nodeSelector schedulerName"},
};

/* A field alone in its object, so that any other might be the one that is meant. */
static bool is_told(size_t object, struct str field)
{
    struct text yaml CLEANUP_TEXT = TEXT_INIT(1000), found CLEANUP_TEXT = TEXT_INIT(1000);

    text_add(&yaml, objects[object].head);
    text_add_str(&yaml, field);
    text_add(&yaml, ": x");
    text_add(&yaml, objects[object].tail);
    judge(text_get(&yaml), &found);
    fputs(text_get(&found), stderr);
    return found.len > 0;
}

static void test_no_field_is_near_another(void **state)
{
    size_t told = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(objects); i++) {
        struct str left = str_from(objects[i].fields);

        while (left.len > 0) {
            size_t blank = str_find(left, ' ');

            told += is_told(i, str_slice(left, 0, blank));
            left = str_slice(left, blank + 1, left.len);
        }
    }
    assert_int_equal(told, 0);
}

/* --- what has no room ------------------------------------------------------------------------ */

/* Each allocation fails in turn, and the arena remembers it. */
static void test_lack_of_memory(void **state)
{
    static const char yaml[] = V1 "spec: {virtualization: {permittedHostDevices: {pciHostDevice: "
                                  "[], usbHostDevices: [{selectors: [{vendr: a}]}]}}}";
    static _Alignas(max_align_t) unsigned char memory[16384];
    struct arena kept CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct manifest_cursor cursor = {0};
    struct manifest_object object;
    struct context context = {.value = NULL};
    json_t *documents;
    struct error err;
    size_t left = 0;
    bool failed;

    (void)state;
    documents = yaml_load(yaml, strlen(yaml), &err);
    assert_non_null(documents);
    assert_true(manifest_objects_next(documents, &cursor, &object));
    context.value = value_from_json(object.value, &kept);
    do {
        struct arena arena CLEANUP_ARENA = {.first = memory, .first_left = left};
        struct findings findings CLEANUP_FINDINGS;

        findings_init(&findings, &arena);
        context.findings = &findings;
        context.arena = &arena;
        judge_keys(object.kind, &context);
        failed = findings_failed(&findings);
        assert_true(failed || findings.warnings.count == 2);
        left += 16;
    } while (failed && left < sizeof memory);
    assert_false(failed);
    assert_true(left > 64);
    json_decref(documents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_field_is_near_another),
        cmocka_unit_test(test_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
