/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject CONTROL PROGRAM ARGUMENT…: runs a program and lets one of its system calls fail. It traces
 * the program, as most calls are made inside the C library, where nothing can be put in their
 * place; and unlike strace it counts over all threads and calls together, so that each call has
 * one number. It ends as the program does.
 */
#include "tests/faults/control.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static struct control *control;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    exit(125);
}

/* --- what fails, and how -----------------------------------------------------------------------
 */

static const struct {
    long call;
    int error; /* 0: it is not failed */
} ways[] = {
    /* These don't fail, or with nothing but a program's own error. */
    {SYS_exit, 0},
    {SYS_exit_group, 0},
    {SYS_rt_sigreturn, 0},
    {SYS_rt_sigprocmask, 0},
    {SYS_rt_sigaction, 0},
    {SYS_restart_syscall, 0},
    {SYS_getpid, 0},
    {SYS_gettid, 0},
    {SYS_set_robust_list, 0},
    {SYS_rseq, 0},
    /* The C library aborts, rightly: a futex has no error that is not its caller's. */
    {SYS_futex, 0},
    /* Closes the descriptor also when it says that it failed, which leaving it out would not. */
    {SYS_close, 0},
    /* Nobody duplicates a descriptor here; the rest are flags. */
    {SYS_fcntl, 0},
    {SYS_openat, EMFILE},
    {SYS_socket, EMFILE},
    {SYS_accept4, EMFILE},
    {SYS_epoll_create1, EMFILE},
    {SYS_eventfd2, EMFILE},
    {SYS_clone3, EAGAIN},
    {SYS_clone, EAGAIN},
    {SYS_read, EIO},
    {SYS_write, EIO},
    {SYS_fstat, EIO},
    {SYS_newfstatat, EIO},
    {SYS_recvfrom, ECONNRESET},
    {SYS_recvmsg, ECONNRESET},
    {SYS_sendto, ECONNRESET},
    {SYS_sendmsg, ECONNRESET},
    {SYS_ppoll, EINTR},
    {SYS_epoll_pwait, EINTR},
    {SYS_rt_sigtimedwait, EINTR},
#ifdef SYS_poll
    {SYS_poll, EINTR},
    {SYS_epoll_wait, EINTR},
#endif
};

static int error_of(long call)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (ways[i].call == call)
            return ways[i].error;
    }
    return ENOMEM;
}

#if defined __x86_64__

static long call_of(const struct user_regs_struct *registers)
{
    return (long)registers->orig_rax;
}

static unsigned long long first_argument(const struct user_regs_struct *registers)
{
    return registers->rdi;
}

static unsigned long long second_argument(const struct user_regs_struct *registers)
{
    return registers->rsi;
}

/* The kernel leaves out a call of number -1. */
static void fail_call(pid_t thread, struct user_regs_struct *registers, long result)
{
    registers->orig_rax = (unsigned long long)-1;
    registers->rax = (unsigned long long)result;
    ptrace(PTRACE_SETREGS, thread, NULL, registers);
}

#elif defined __aarch64__

static long call_of(const struct user_regs_struct *registers)
{
    return (long)registers->regs[8];
}

static unsigned long long first_argument(const struct user_regs_struct *registers)
{
    return registers->regs[0];
}

static unsigned long long second_argument(const struct user_regs_struct *registers)
{
    return registers->regs[1];
}

static void fail_call(pid_t thread, struct user_regs_struct *registers, long result)
{
    int none = -1;
    struct iovec call = {&none, sizeof none};
    struct iovec all = {registers, sizeof *registers};

    registers->regs[0] = (unsigned long long)result;
    ptrace(PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &call);
    ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &all);
}

#else
#error "inject.c knows the registers of x86-64 and arm64"
#endif

/* An event that one thread tells to another is a number, for which there is always room. */
static bool is_event(pid_t thread, unsigned long long fd)
{
    static const char kind[] = "anon_inode:[eventfd]";
    char link[64], target[64] = "";

    snprintf(link, sizeof link, "/proc/%d/fd/%llu", (int)thread, fd);
    return readlink(link, target, sizeof target - 1) > 0 && strcmp(target, kind) == 0;
}

/*
 * What a call that fails returns. A brk returns the end of the heap as it is; the C library takes 0
 * for a failure as well and then asks for that end, which (brk(0)) does not fail.
 */
static bool find_result(pid_t thread, const struct user_regs_struct *registers, long *ret_result)
{
    if (call_of(registers) == SYS_brk) {
        *ret_result = 0;
        return first_argument(registers) != 0;
    }
    /* To take something out of an epoll set needs nothing; libmicrohttpd relies on it. */
    if (call_of(registers) == SYS_epoll_ctl && second_argument(registers) == EPOLL_CTL_DEL)
        return false;
    if (call_of(registers) == SYS_write && is_event(thread, first_argument(registers)))
        return false;
    *ret_result = -error_of(call_of(registers));
    return *ret_result != 0;
}

static void look_at_call(pid_t thread)
{
    struct user_regs_struct registers;
    struct iovec all = {&registers, sizeof registers};
    long result;

    if (atomic_load(&control->fail_at) == 0 ||
        ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &all) != 0 ||
        !find_result(thread, &registers, &result) || !control_is_due(control))
        return;
    atomic_store(&control->call, (int)call_of(&registers));
    fail_call(thread, &registers, result);
}

/* --- tracing -----------------------------------------------------------------------------------
 */

static void map_control(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *mapped = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (mapped == MAP_FAILED)
        die(path);
    close(fd);
    control = mapped;
}

static _Noreturn void become_program(char **argv)
{
    struct sock_filter trace_all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE)};
    struct sock_fprog filter = {1, trace_all};
    const char *preload = getenv(CONTROL_PRELOAD);

    if (preload)
        setenv("LD_PRELOAD", preload, 1);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        die("can't be traced");
    execv(argv[0], argv);
    die(argv[0]);
}

/* The signal to go on with: the program's own ones, but none that tracing itself makes. */
static int after_stop(pid_t thread, int status)
{
    int event = status >> 16;
    int signal_number = WSTOPSIG(status);

    if (event == PTRACE_EVENT_SECCOMP)
        look_at_call(thread);
    if (event != 0 || signal_number == SIGSTOP || signal_number == SIGTRAP)
        return 0;
    return signal_number;
}

static int trace(pid_t program)
{
    int status;
    pid_t thread;

    while ((thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (thread > 0 && WIFSTOPPED(status))
            ptrace(PTRACE_CONT, thread, NULL, (long)after_stop(thread, status));
        else if (thread == program)
            return status;
    }
    die("waitpid");
}

int main(int argc, char **argv)
{
    pid_t program;
    int status;

    if (argc < 3) {
        fputs("usage: inject CONTROL PROGRAM ARGUMENT...\n", stderr);
        return 125;
    }
    map_control(argv[1]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    program = fork();
    if (program == 0)
        become_program(argv + 2);
    if (program < 0 || waitpid(program, &status, 0) != program || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, program, NULL,
               PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
                   PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC) != 0)
        die("can't trace");
    atomic_store(&control->pid, program);
    ptrace(PTRACE_CONT, program, NULL, 0L);
    status = trace(program);
    if (WIFSIGNALED(status))
        raise(WTERMSIG(status)); /* so that the driver sees the same */
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
