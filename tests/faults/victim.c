/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/victim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOOLS "build/release/tests/faults/"
#define PORT "18443"
#define PROBES_PORT "18081"
#define POLL_MS 5

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(2);
}

/* --- what it works with ------------------------------------------------------------------------
 */

static struct control *make_control(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *mapped = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, sizeof(struct control)) == 0)
        mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        die(path);
    close(fd);
    return mapped;
}

#define HYPERCONVERGED "kubevirt-hyperconverged"

static const char *const links[PART_COUNT] = {"pair", "list", "client-ca"};

static void put(struct victim *victim, enum part part)
{
    bool is_new = victim->is_new[part];

    if (part == PART_LIST && victim->cluster)
        fake_cluster_put(victim->cluster, FAKE_HCO, HYPERCONVERGED, generations_spec(is_new));
    else
        temp_link(&victim->dir, links[part],
                  temp_path(&victim->files->dir, is_new ? "new" : "old").text);
}

static void make_targets(struct victim *victim, long number)
{
    /* 127.16.0.1 and up: others use the first of these. */
    snprintf(victim->host, sizeof victim->host, "127.%ld.%ld.%ld", 16 + (number / 62500) % 200,
             number / 250 % 250, 1 + number % 250);
    victim->client_cert = generations_client(victim->files, PASSING_ALWAYS);
    victim->target = (struct tls_target){
        .host = victim->host,
        .port = PORT,
        .ca_file = victim->files->ca.text,
        .server_name = "localhost",
    };
    if (victim->setting == SETTING_CLIENTS) {
        victim->target.cert_file = victim->client_cert.text;
        victim->target.key_file = victim->files->client_key.text;
    }
    victim->probes = (struct tls_target){.host = victim->host, .port = PROBES_PORT};
}

void victim_make(struct victim *victim, const struct generations *files, enum setting setting,
                 long number, bool traced)
{
    *victim = (struct victim){.files = files, .setting = setting, .traced = traced};
    temp_dir_make(&victim->dir);
    victim->control = make_control(temp_path(&victim->dir, "control").text);
    if (setting == SETTING_CLUSTER) {
        victim->cluster = fake_cluster_start();
        fake_cluster_serve(victim->cluster, FAKE_HCO, "v1beta1");
        fake_cluster_kubeconfig(victim->cluster, &victim->dir);
    }
    for (int i = 0; i < PART_COUNT; i++)
        put(victim, (enum part)i);
    make_targets(victim, number);
}

bool victim_has(const struct victim *victim, enum part part)
{
    return part != PART_CLIENT_CA || victim->setting == SETTING_CLIENTS;
}

void victim_replace(struct victim *victim, enum part part)
{
    victim->is_new[part] = !victim->is_new[part];
    put(victim, part);
}

/* --- its process -------------------------------------------------------------------------------
 */

static const char *program(void)
{
    const char *named = getenv("HOSTDEV_WEBHOOK");

    return named ? named : "build/hostdev-webhook";
}

#define MAX_ARGUMENTS 24

/* The one place that says how the server is started. */
static void list_arguments(const struct victim *victim, char *arguments[MAX_ARGUMENTS])
{
    const struct temp_dir *dir = &victim->dir;
    static char texts[MAX_ARGUMENTS][300];
    int count = 0;

#define ADD(...) snprintf(texts[count++], sizeof texts[0], __VA_ARGS__)
    if (victim->traced) {
        ADD(TOOLS "inject");
        ADD("%s", temp_path(dir, "control").text);
    }
    ADD("%s", program());
    ADD("serve");
    ADD("--shutdown-delay=0");
    ADD("--bind-address=%s:" PORT, victim->host);
    ADD("--metrics-bind-address=%s:" PROBES_PORT, victim->host);
    ADD("--tls-cert-file=%s", temp_path(dir, "pair/tls.crt").text);
    ADD("--tls-private-key-file=%s", temp_path(dir, "pair/tls.key").text);
    if (victim->cluster)
        ADD("--kubeconfig=%s", temp_path(dir, "kubeconfig").text);
    else
        ADD("--hyperconverged-file=%s", temp_path(dir, "list/list.yaml").text);
    if (victim->setting == SETTING_CLIENTS)
        ADD("--client-ca-file=%s", temp_path(dir, "client-ca/clients.crt").text);
#undef ADD
    for (int i = 0; i < count; i++)
        arguments[i] = texts[i];
    arguments[count] = NULL;
}

static _Noreturn void become_program(const struct victim *victim)
{
    struct temp_path log = temp_path(&victim->dir, "log");
    char *arguments[MAX_ARGUMENTS];
    int fd = open(log.text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    list_arguments(victim, arguments);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv(CONTROL_PATH, temp_path(&victim->dir, "control").text, 1);
    if (!victim->traced)
        setenv(CONTROL_ALLOCATIONS, "1", 1);
    setenv(victim->traced ? CONTROL_PRELOAD : "LD_PRELOAD", TOOLS "shim.so", 1);
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
        die(log.text);
    execv(arguments[0], arguments);
    die(arguments[0]);
}

void victim_start(struct victim *victim)
{
    victim->child = fork();
    if (victim->child == 0)
        become_program(victim);
    if (victim->child < 0)
        die("fork");
}

void victim_remove(struct victim *victim)
{
    if (victim->child > 0) {
        kill(victim->child, SIGKILL);
        waitpid(victim->child, NULL, 0);
    }
    if (victim->cluster)
        fake_cluster_stop(victim->cluster);
    munmap(victim->control, sizeof *victim->control);
    temp_dir_remove(&victim->dir);
}

static bool has_ended(struct victim *victim, int *ret_code)
{
    int status;

    if (waitpid(victim->child, &status, WNOHANG) != victim->child)
        return false;
    victim->child = 0;
    *ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

bool victim_await_end(struct victim *victim, int patience_ms, int *ret_code)
{
    for (int waited = 0;; waited += POLL_MS) {
        if (has_ended(victim, ret_code))
            return true;
        if (waited >= patience_ms)
            return false;
        poll(NULL, 0, POLL_MS);
    }
}

void victim_tell_to_stop(struct victim *victim)
{
    kill(victim->traced ? atomic_load(&victim->control->pid) : victim->child, SIGTERM);
}

char *victim_log(const struct victim *victim)
{
    return temp_read(temp_path(&victim->dir, "log").text, NULL);
}

unsigned victim_log_count(const struct victim *victim, const char *text)
{
    char *log = victim_log(victim);
    unsigned count = 0;

    for (const char *at = strstr(log, text); at; at = strstr(at + 1, text))
        count++;
    free(log);
    return count;
}
