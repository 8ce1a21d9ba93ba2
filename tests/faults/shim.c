/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into the program: lets an allocation fail, whoever makes it, as libraries and the C
 * library itself call these functions by their names. It is initialized before all libraries
 * (-z initfirst), so theirs count as well. And it makes waits with a deadline 50 times shorter:
 * files are then looked at every 20 ms, which makes thousands of reloads a matter of minutes.
 */
#include "tests/faults/control.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define FASTER 50
#define MAX_FRAMES 40

/* The C library's own functions, under the names that it keeps for such as this. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static struct control *control;
static bool counts;
static bool shows; /* where it failed, for whoever looks into a case */

static _Thread_local bool looking; /* a look at the stack allocates too */

static void note_library(const void *address, char *ret_name, size_t size);

/* Who called abort(): the first on the stack behind this file and the C library. */
static void note_aborting(void)
{
    void *frames[MAX_FRAMES];
    char own[sizeof control->crashed] = "";
    int depth;

    looking = true;
    note_library((const void *)(uintptr_t)note_aborting, own, sizeof own);
    depth = backtrace(frames, MAX_FRAMES);
    for (int i = 0; i < depth; i++) {
        note_library(frames[i], control->crashed, sizeof control->crashed);
        if (strcmp(control->crashed, own) != 0 && strncmp(control->crashed, "libc.so.", 8) != 0)
            break;
    }
    looking = false;
}

static void note_segfault(const ucontext_t *at)
{
#if defined __x86_64__
    note_library((const void *)at->uc_mcontext.gregs[REG_RIP], control->crashed,
                 sizeof control->crashed);
#elif defined __aarch64__
    note_library((const void *)at->uc_mcontext.pc, control->crashed, sizeof control->crashed);
#endif
}

/* The program's own end follows, as it would have been without this. */
static void note_crash(int signal_number, siginfo_t *info, void *context)
{
    (void)info;
    if (signal_number == SIGABRT)
        note_aborting();
    else
        note_segfault(context);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* The C library is not initialized yet, so getenv() finds nothing. */
static const char *in_environment(char *const *environment, const char *name)
{
    size_t len = strlen(name);

    for (; *environment; environment++) {
        if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
            return *environment + len + 1;
    }
    return NULL;
}

__attribute__((constructor)) static void begin(int argc, char **argv, char **environment)
{
    const struct sigaction crash = {.sa_sigaction = note_crash, .sa_flags = SA_SIGINFO};
    const char *path = in_environment(environment, CONTROL_PATH);
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped;

    (void)argc;
    (void)argv;
    if (fd < 0)
        return;
    mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED)
        return;
    control = mapped;
    counts = in_environment(environment, CONTROL_ALLOCATIONS) != NULL;
    shows = in_environment(environment, CONTROL_SHOW) != NULL;
    sigaction(SIGSEGV, &crash, NULL);
    sigaction(SIGABRT, &crash, NULL);
    atomic_store(&control->begun, true);
}

/* --- which allocations there are ---------------------------------------------------------------
 */

/* A way through the program, by the return addresses on the stack, and how often it was gone. */
struct way {
    uint64_t hash;
    unsigned count;
};

#define MAX_WAYS ((size_t)2 * CONTROL_MAX_PLACES)

static struct way ways[MAX_WAYS];
static pthread_mutex_t ways_lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned count_way(uint64_t hash)
{
    size_t at = hash % MAX_WAYS;

    while (ways[at].count > 0 && ways[at].hash != hash)
        at = (at + 1) % MAX_WAYS;
    ways[at].hash = hash;
    return ++ways[at].count;
}

static void record(long number)
{
    void *frames[MAX_FRAMES];
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    unsigned count;
    int depth;

    if (looking)
        return;
    looking = true;
    depth = backtrace(frames, MAX_FRAMES);
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211U;
    pthread_mutex_lock(&ways_lock);
    count = count_way(hash);
    if ((count & (count - 1)) == 0 && control->place_count < CONTROL_MAX_PLACES)
        control->places[control->place_count++] = (int)number;
    pthread_mutex_unlock(&ways_lock);
    looking = false;
}

/* --- one that fails ----------------------------------------------------------------------------
 */

static void note_library(const void *address, char *ret_name, size_t size)
{
    Dl_info info;
    const char *slash;

    if (dladdr(address, &info) == 0 || !info.dli_fname)
        return;
    slash = strrchr(info.dli_fname, '/');
    strncpy(ret_name, slash ? slash + 1 : info.dli_fname, size - 1);
}

static bool fails(const void *caller)
{
    void *frames[MAX_FRAMES];

    if (!counts || looking)
        return false;
    if (!control_is_due(control)) {
        if (atomic_load(&control->records) && atomic_load(&control->fail_at) != 0)
            record(atomic_load(&control->calls));
        return false;
    }
    note_library(caller, control->caller, sizeof control->caller);
    looking = true;
    if (shows)
        backtrace_symbols_fd(frames, backtrace(frames, MAX_FRAMES), STDERR_FILENO);
    looking = false;
    errno = ENOMEM;
    return true;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's are reserved */

#define FAILS fails(__builtin_return_address(0))

void *malloc(size_t size)
{
    return FAILS ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return FAILS ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return FAILS ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return FAILS ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    void *block = FAILS ? NULL : __libc_memalign(alignment, size);

    if (!block)
        return ENOMEM;
    *ret_block = block;
    return 0;
}

/* All that the program waits for by this function is of the monotonic clock. */
int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                           const struct timespec *until)
{
    struct timespec sooner;
    long long now_ns, left_ns;

    clock_gettime(CLOCK_MONOTONIC, &sooner);
    now_ns = sooner.tv_sec * 1000000000LL + sooner.tv_nsec;
    left_ns = until->tv_sec * 1000000000LL + until->tv_nsec - now_ns;
    if (left_ns > 0)
        now_ns += left_ns / FASTER;
    sooner = (struct timespec){
        .tv_sec = (time_t)(now_ns / 1000000000),
        .tv_nsec = (long)(now_ns % 1000000000),
    };
    return pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, &sooner);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
