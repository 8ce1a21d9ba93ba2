/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules know of a MachineConfig, and of the Butane document that becomes one: its kernel
 * arguments as far as they are about the IOMMU, and the files of modprobe and modules-load, read
 * as far as they are about vfio-pci. What follows from all of it together (which role it is for,
 * whether it has the IOMMU on, which devices it binds) stands here too, for rules that look at
 * several objects.
 */
#ifndef VALIDATORS_MACHINE_CONFIG_MACHINE_CONFIG_H
#define VALIDATORS_MACHINE_CONFIG_MACHINE_CONFIG_H

#include "validators/facts.h"
#include "validators/machine_config/data_url.h"
#include "validators/machine_config/kernel_arguments.h"
#include "validators/machine_config/vfio_ids.h"
#include "validators/path.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The module that all of this is about. */
#define VFIO_MODULE STR("vfio-pci")

/* The label that gives a MachineConfig to a pool. */
#define ROLE_LABEL "machineconfiguration.openshift.io/role"

/*
 * In the contents of a file of a Butane document: the text of what `local` names, for who has read
 * it. Butane has no such key.
 */
#define BUTANE_LOCAL_TEXT "(text of local)"

/* The most that one file, and all files of one object, may be inflated to. */
#define MACHINE_FILE_MAX ((size_t)1024 * 1024)
#define MACHINE_FILES_MAX (4 * MACHINE_FILE_MAX)

/* Of each of the lists below no more is kept; some hundred ids fill the kernel's parameter. */
#define MACHINE_LIST_MAX ((size_t)4096)

/* Where something stands: in a field, and there on a line of the file that it holds. */
struct machine_place {
    struct path path;
    size_t line;     /* 0: it is no file */
    struct str file; /* its path; absent: it is no file */
};

/* A kernel argument about the IOMMU, or one that was meant to be. */
struct machine_argument {
    const struct machine_argument *next;
    struct path path;
    struct str text; /* as written, with its quotes */
    struct str value;
    struct iommu_argument iommu;
    struct str callout; /* a small number behind it in its entry, as copied from documentation;
                           absent: none */
};

/* A list of vfio-pci's: `ids=` in a file, or `vfio-pci.ids=` among the kernel's arguments. */
struct machine_ids {
    struct machine_ids *next;
    struct machine_place place;
    struct str text;                  /* as far as it is of interest; see `len` */
    size_t len;                       /* of all of it */
    const struct machine_ids *winner; /* the one that the kernel takes instead; or NULL */
};

/* One id of such a list. */
struct machine_id {
    const struct machine_id *next;
    struct machine_place place;
    struct str text;
    struct vfio_id id;
    const struct machine_ids *list;
    bool duplicate; /* an earlier one of its list is the same */
};

/* What was meant for vfio-pci, and nobody reads. */
enum machine_slip {
    SLIP_COMMAND,         /* modprobe knows no such line */
    SLIP_MODULE,          /* nearly vfio-pci */
    SLIP_PARAMETER,       /* of vfio-pci: nearly `ids` */
    SLIP_NO_PARAMETERS,   /* `options vfio-pci` and nothing behind it */
    SLIP_BEHIND_SPACE,    /* an id behind the space that ends the list */
    SLIP_STRAY,           /* what is no parameter, such as a comment on the same line */
    SLIP_BEHIND_MODULE,   /* the same behind the name of a module to load */
    SLIP_NEXT_LINE,       /* an id on the line behind its list's */
    SLIP_CARRIAGE_RETURN, /* between a backslash and the line's end */
    SLIP_CALLOUT,         /* behind an argument of the kernel's */
    SLIP_BLACKLIST,       /* of vfio-pci itself */
    SLIP_INSTALL,         /* a command in its place that does nothing */
};

struct machine_ignored {
    const struct machine_ignored *next;
    struct machine_place place;
    enum machine_slip slip;
    struct str text;
};

enum machine_folder { FOLDER_MODPROBE, FOLDER_MODULES_LOAD };

enum machine_contents {
    CONTENTS_READ,
    CONTENTS_NONE,       /* an empty file */
    CONTENTS_ELSEWHERE,  /* Butane's `local`, which nobody has read */
    CONTENTS_UNREADABLE, /* `problem` says why */
    CONTENTS_COMPRESSION /* an unknown one */
};

/* Kernel arguments in a field that nobody reads them from. */
struct machine_misplaced {
    const struct machine_misplaced *next;
    struct path path;
    const char *key; /* its last part */
};

/* A file in one of the two folders. */
struct machine_file {
    const struct machine_file *next;
    struct path entry; /* in files[] */
    enum machine_folder folder;
    struct str path;
    struct str simple_path; /* without what Ignition refuses in one: "//", "/./", no first slash */
    bool misnamed;          /* it does not end in .conf, so nobody reads it */
    bool appends;           /* to what is there, or should */
    bool has_mode;
    double mode;       /* as written, whatever that is */
    const char *field; /* that has the contents: "contents.source" … */
    struct str source; /* what stands there, when it can't be read */
    struct str compression;
    enum machine_contents contents;
    enum data_problem problem;
    bool about_vfio; /* it binds or loads, or might */
};

enum iommu_state { IOMMU_STATE_UNSET, IOMMU_STATE_ON, IOMMU_STATE_OFF };

struct machine_config_facts {
    bool is_butane;
    bool is_rendered; /* what the operator makes of a pool's MachineConfigs: it has no role */
    bool has_config;  /* MachineConfig: spec.config is there */
    bool has_arguments;
    struct str name; /* of the object; absent: none is written */
    struct text_field role;
    struct text_field version; /* of Ignition; of Butane: of OpenShift */
    const struct machine_argument *arguments;
    const struct machine_misplaced *misplaced;
    const struct machine_file *files;
    const struct machine_ids *lists;
    const struct machine_id *ids; /* of all lists */
    const struct machine_ignored *ignored;
    bool loads_vfio;
    struct machine_place loads_at;
    struct str idle_softdep; /* a module whose softdep would load it, but that is blacklisted */
    bool may_load, may_bind; /* something may do so that can't be read, or was meant to */

    /* What comes of it. */
    enum iommu_state iommu;
};

/* The next id, from `id` on, by which devices are bound to vfio-pci; NULL: there is none. */
static inline const struct machine_id *machine_id_bound(const struct machine_id *id)
{
    while (id && (id->list->winner || id->list->len > VFIO_IDS_MAX || id->duplicate ||
                  !vfio_id_binds(&id->id)))
        id = id->next;
    return id;
}

/* "10de:1eb8" in lower case: as the selector of a permitted device has it, once that is too. */
#define MACHINE_ID_SELECTOR_SIZE 18
void machine_id_selector(const struct machine_id *id, char ret_selector[MACHINE_ID_SELECTOR_SIZE]);

/* The path, with the line. */
struct path machine_place_path(const struct machine_place *place);

/* Of a file, adds `line 3 of "/etc/modprobe.d/vfio.conf": `. */
void machine_place_add_line(const struct machine_place *place, struct text *text);

#endif
