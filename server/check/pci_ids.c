/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpci says by a function that must not return that memory ran out or that a line of the file is
 * wrong, and its own ends the process. Ours leaves by longjmp(); what was read is then thrown away.
 */
#include "server/check/pci_ids.h"

#include <pci/pci.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

/* Names are some 100 bytes at most; of a longer one this much. */
#define NAME_BYTES 256

/* libpci hands its functions no context. */
static _Thread_local jmp_buf failed;

/* clang takes this for a part of the function's type, and _Noreturn for none. */
static void leave(char *message, ...) __attribute__((noreturn));

static void leave(char *message, ...)
{
    (void)message;
    longjmp(failed, 1); /* NOLINT(cert-err52-cpp) */
}

static void ignore(char *message, ...)
{
    (void)message;
}

void pci_ids_free(struct pci_ids *ids)
{
    if (ids->access)
        pci_cleanup(ids->access);
    ids->access = NULL;
}

/* The path is only read, although libpci's types don't say so. */
static void set_path(struct pci_access *access, const char *path)
{
    char *writable;

    memcpy(&writable, &path, sizeof writable);
    pci_set_name_list_path(access, writable, 0);
}

static bool load(struct pci_ids *ids)
{
    ids->access = pci_alloc();
    ids->access->error = leave;
    ids->access->warning = ignore;
    ids->access->debug = ignore;
    ids->access->id_lookup_mode = 0; /* it would look into ~/.pciids-cache */
    if (ids->path)
        set_path(ids->access, ids->path);
    if (setjmp(failed) != 0) /* NOLINT(cert-err52-cpp) */
        return false;
    return pci_load_name_list(ids->access) != 0;
}

static bool ready(void *context)
{
    struct pci_ids *ids = context;

    if (!ids->tried) {
        ids->tried = true;
        if (!load(ids))
            pci_ids_free(ids);
    }
    return ids->access != NULL;
}

static const char *look_up(struct pci_ids *ids, unsigned vendor, int device, char *buffer)
{
    const int flags = PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB;

    if (setjmp(failed) != 0) /* NOLINT(cert-err52-cpp) */
        return NULL;
    if (device == DEVICE_NAMES_VENDOR)
        return pci_lookup_name(ids->access, buffer, NAME_BYTES, flags | PCI_LOOKUP_VENDOR, vendor);
    return pci_lookup_name(ids->access, buffer, NAME_BYTES, flags | PCI_LOOKUP_DEVICE, vendor,
                           (unsigned)device);
}

static bool add(void *context, unsigned vendor, int device, struct text *text)
{
    char buffer[NAME_BYTES];
    const char *name = NULL;

    if (ready(context))
        name = look_up(context, vendor & UINT16_MAX,
                       device == DEVICE_NAMES_VENDOR ? device : device & UINT16_MAX, buffer);
    if (!name)
        return false;
    text_add_str(text, (struct str){name, strnlen(name, NAME_BYTES)});
    return true;
}

struct device_names pci_ids_names(struct pci_ids *ids)
{
    return (struct device_names){.context = ids, .ready = ready, .add = add};
}
