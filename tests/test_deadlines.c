/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that take too long, on sockets of the test's own. */
#include "server/http/deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Longer than any deadline here, on a busy machine too. */
#define PATIENCE_MS 20000

struct watched {
    struct deadlines *deadlines;
    struct deadline deadline;
    int ours, theirs; /* the two ends of a TCP connection */
};

static void connect_pair(int *ret_ours, int *ret_theirs)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    *ret_theirs = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(*ret_theirs, (struct sockaddr *)&address, sizeof address), 0);
    *ret_ours = accept(listener, NULL, NULL);
    assert_true(*ret_ours >= 0);
    close(listener);
}

static struct watched *watch(struct watched *watched, enum phase phase, bool counts_bytes)
{
    struct phase_limits limits = {{[PHASE_HANDSHAKE] = 1,
                                   [PHASE_HEADER] = 1,
                                   [PHASE_BODY] = 4,
                                   [PHASE_REPLY] = 1,
                                   [PHASE_IDLE] = 600}};
    struct error err;

    *watched = (struct watched){.deadlines = deadlines_start(&limits, 0, &err)};
    assert_non_null(watched->deadlines);
    connect_pair(&watched->ours, &watched->theirs);
    deadline_watch(watched->deadlines, &watched->deadline, watched->ours, phase, counts_bytes);
    return watched;
}

static void end(struct watched *watched)
{
    deadline_forget(&watched->deadline);
    deadlines_stop(watched->deadlines);
    close(watched->ours);
    close(watched->theirs);
}

/* Whether our end was shut down within `wait_ms`. */
static bool ends_within(const struct watched *watched, int wait_ms)
{
    struct pollfd ours = {.fd = watched->ours, .events = 0};

    return poll(&ours, 1, wait_ms) == 1 && (ours.revents & POLLHUP) != 0;
}

static void expect_end(enum phase phase)
{
    struct watched watched;

    watch(&watched, phase, false);
    assert_false(deadline_is_over(&watched.deadline));
    assert_true(ends_within(&watched, PATIENCE_MS));
    assert_true(deadline_is_over(&watched.deadline));
    end(&watched);
}

static void test_each_phase(void **state)
{
    (void)state;
    expect_end(PHASE_HANDSHAKE);
    expect_end(PHASE_HEADER);
    expect_end(PHASE_BODY);
    expect_end(PHASE_REPLY);
}

static void test_no_deadline(void **state)
{
    struct watched watched;

    (void)state;
    watch(&watched, PHASE_ANSWER, false);
    assert_false(ends_within(&watched, 2000));
    deadline_enter(&watched.deadline, PHASE_IDLE);
    assert_false(ends_within(&watched, 2000));
    end(&watched);
}

/* Whatever comes in meanwhile, a phase ends at its time. */
static void test_dripping(void **state)
{
    struct watched watched;
    bool ended = false;

    (void)state;
    watch(&watched, PHASE_IDLE, false);
    for (int i = 0; i < PATIENCE_MS / 100 && !ended; i++) {
        deadline_note_bytes(&watched.deadline);
        ended = ends_within(&watched, 100);
    }
    assert_true(ended);
    end(&watched);
}

/* A phase that is entered anew has all of its time. */
static void test_going_on(void **state)
{
    struct watched watched;

    (void)state;
    watch(&watched, PHASE_HEADER, false);
    for (int i = 0; i < 4; i++) {
        deadline_enter(&watched.deadline, PHASE_BODY);
        assert_false(ends_within(&watched, 500));
    }
    deadline_enter(&watched.deadline, PHASE_HEADER);
    assert_true(ends_within(&watched, PATIENCE_MS));
    end(&watched);
}

/* Without anyone who tells, the kernel's count shows that a header has begun: the first and later.
 */
static void test_counted_bytes(void **state)
{
    struct watched watched;
    char buffer[8];

    (void)state;
    watch(&watched, PHASE_IDLE, true);
    assert_false(ends_within(&watched, 1500));
    assert_int_equal(send(watched.theirs, "GET", 3, 0), 3);
    assert_int_equal(recv(watched.ours, buffer, sizeof buffer, 0), 3);
    deadline_enter(&watched.deadline, PHASE_IDLE); /* answered in time */
    assert_false(ends_within(&watched, 1500));
    assert_int_equal(send(watched.theirs, "G", 1, 0), 1);
    assert_true(ends_within(&watched, PATIENCE_MS));
    end(&watched);
}

/* The client is told at once, although there is something that it did not read. */
static void test_unread_answer(void **state)
{
    struct watched watched;
    char buffer[4096] = {0};
    ssize_t got;

    (void)state;
    watch(&watched, PHASE_REPLY, false);
    while (send(watched.ours, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
    assert_true(ends_within(&watched, PATIENCE_MS));
    deadline_forget(&watched.deadline);
    close(watched.ours);
    do {
        got = recv(watched.theirs, buffer, sizeof buffer, 0);
    } while (got > 0);
    assert_true(got < 0 && errno == ECONNRESET);
    watched.ours = -1;
    end(&watched);
}

#define CROWD 16 /* of which an eighth is kept free: 14 */

static bool has_ended(struct deadline *deadline, int fd)
{
    struct pollfd ours = {.fd = fd, .events = 0};

    assert_int_equal(poll(&ours, 1, 0) == 1 && (ours.revents & POLLHUP) != 0,
                     deadline_is_over(deadline));
    return deadline_is_over(deadline);
}

/* Who has asked something stays; of the others the oldest makes room, one for each new one. */
static void test_crowd(void **state)
{
    const struct phase_limits limits = {{0}};
    struct deadline each[CROWD] = {{0}};
    int ours[CROWD], theirs[CROWD];
    struct deadlines *deadlines;
    struct error err;

    (void)state;
    deadlines = deadlines_start(&limits, CROWD, &err);
    assert_non_null(deadlines);
    for (int i = 0; i < CROWD; i++) {
        connect_pair(&ours[i], &theirs[i]);
        deadline_watch(deadlines, &each[i], ours[i], i == 0 ? PHASE_IDLE : PHASE_HANDSHAKE, false);
        if (i == 0)
            deadline_note_use(&each[0]);
        if (i == 2)
            deadline_enter(&each[2], PHASE_BODY);
        for (int j = 0; j <= i && i < 14; j++)
            assert_false(has_ended(&each[j], ours[j]));
    }
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(has_ended(&each[i], ours[i]), i == 1 || i == 3);
    for (int i = 0; i < CROWD; i++) {
        deadline_forget(&each[i]);
        close(ours[i]);
        close(theirs[i]);
    }
    deadlines_stop(deadlines);
}

static void test_forgotten(void **state)
{
    struct watched watched;

    (void)state;
    watch(&watched, PHASE_HANDSHAKE, false);
    deadline_forget(&watched.deadline);
    deadline_enter(&watched.deadline, PHASE_HEADER);
    assert_false(ends_within(&watched, 2000));
    end(&watched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_phase),    cmocka_unit_test(test_no_deadline),
        cmocka_unit_test(test_dripping),      cmocka_unit_test(test_going_on),
        cmocka_unit_test(test_counted_bytes), cmocka_unit_test(test_unread_answer),
        cmocka_unit_test(test_forgotten),     cmocka_unit_test(test_crowd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
