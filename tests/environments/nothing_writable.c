/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A working folder that can't be written to, nothing at /tmp, a user without rights. The rest of a
 * container's set-up (a read-only root, no capabilities) is tried with the image's own files, by
 * tests/image/run.
 */
#include "tests/environments/environments.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

static const struct serving *files; /* for the child */

/* Someone else than root is root in a user namespace of their own. */
static void enter_namespace(void)
{
    prepared(unshare(CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) == 0, "unshare");
    prepared(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount /");
}

/* The files, and the program with them, move away from under /tmp before that goes. */
static void make_all_read_only(void)
{
    const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV;

    prepared(mount(files->dir.path, "/mnt", NULL, MS_BIND, NULL) == 0, "mount /mnt");
    prepared(mount(NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND | flags, NULL) == 0, "remount /mnt");
    prepared(mount("tmpfs", "/tmp", "tmpfs", flags, "mode=000") == 0, "mount /tmp");
    prepared(chdir("/mnt") == 0, "chdir");
    prepared(open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 && errno == EROFS,
             "the folder is read-only");
    prepared(open("/tmp/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0, "/tmp is read-only");
}

static void drop_rights(void)
{
    if (geteuid() != 0)
        return;
    prepared(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
                 setresuid(NOBODY, NOBODY, NOBODY) == 0,
             "another user");
}

static void prepare(void)
{
    bool root = geteuid() == 0;

    enter_namespace();
    make_all_read_only();
    if (root)
        drop_rights();
}

static void copy_program(struct serving *serving)
{
    const char *path = getenv("HOSTDEV_WEBHOOK");
    struct temp_path copy = temp_path(&serving->dir, "hostdev-webhook");
    int from = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    int to = open(copy.text, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    ssize_t copied = 1;

    require(serving, from >= 0 && to >= 0, "$HOSTDEV_WEBHOOK can't be copied");
    while (copied > 0)
        copied = sendfile(to, from, NULL, 1 << 20);
    close(from);
    close(to);
    require(serving, copied == 0, "$HOSTDEV_WEBHOOK can't be copied");
}

void nothing_writable(struct serving *serving)
{
    const char *const arguments[] = {
        "--tls-cert-file",
        "tls.crt",
        "--tls-private-key-file",
        "tls.key",
        "--hyperconverged-file",
        "hyperconverged.yaml",
        NULL,
    };
    char *program;

    files = serving;
    copy_program(serving);
    require(serving, chmod(serving->dir.path, 0755) == 0 && chmod(serving->key.text, 0644) == 0,
            "chmod");
    program = getenv("HOSTDEV_WEBHOOK");
    program = program ? strdup(program) : NULL;
    require(serving, program != NULL, "$HOSTDEV_WEBHOOK names no program");
    setenv("HOSTDEV_WEBHOOK", "./hostdev-webhook", 1);
    server_before_exec = prepare;
    server_start(&serving->server, arguments);
    server_before_exec = NULL;
    if (program)
        setenv("HOSTDEV_WEBHOOK", program, 1);
    free(program);
    serving->target = (struct tls_target){
        .host = serving->server.host,
        .port = serving->server.port,
        .ca_file = serving->ca.text,
        .server_name = "localhost",
    };
    require(serving, answers_rightly(serving), "no answer");
    temp_replace(&serving->dir, "hyperconverged.yaml", "kind: HyperConverged\n");
    require(serving, server_log_wait(&serving->server, "can't be renewed"),
            "its list is not followed");
    require(serving, answers_rightly(serving), "no answer");
}
