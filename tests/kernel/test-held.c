/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queues that another process holds. The other process is a child that has
 * nothing of the parent's but what a test gives it; the parent has closed its
 * own files of the tap before it looks.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "frames.h"
#include "kernel/fds.h"
#include "kernel/held.h"
#include "kernel/macvtap.h"
#include "kernel/tun.h"
#include "netns.h"

enum {
	HEADER = 12,
	FIRST_NUMBER = 40, /* of a child's queues */
};

struct holder {
	pid_t pid;
	int pidfd;
};

static int pidfd_open_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_return_code(fd, errno);
	return fd;
}

static void run_holder(const int *fds, unsigned n, int ready)
{
	for (unsigned i = 0; i < n; i++)
		dup2(fds[i], FIRST_NUMBER + (int)i);
	dup2(ready, FIRST_NUMBER - 1);
	close_range(3, FIRST_NUMBER - 2, 0);
	close_range(FIRST_NUMBER + n, ~0U, 0);
	if (write(FIRST_NUMBER - 1, "", 1) == 1)
		pause();
	_exit(0);
}

/* A process with these n files under numbers from FIRST_NUMBER on; the caller's are closed. */
static struct holder hold(int *fds, unsigned n)
{
	struct holder holder;
	int ready[2];
	char byte;

	assert_return_code(pipe2(ready, O_CLOEXEC), errno);
	holder.pid = fork();
	if (holder.pid == 0)
		run_holder(fds, n, ready[1]);
	assert_return_code(holder.pid, errno);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	fds_close(fds, n);
	holder.pidfd = pidfd_open_of(holder.pid);
	return holder;
}

static void end(struct holder *holder)
{
	kill(holder->pid, SIGKILL);
	waitpid(holder->pid, NULL, 0);
	close(holder->pidfd);
}

static int find(const struct holder *holder, const char *name, unsigned n, int *ret_fds)
{
	return held_find(holder->pidfd, holder->pid, name, n, ret_fds, NULL);
}

static void expect_error(const struct holder *holder, const char *name, unsigned n,
			 const char *expected)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *text = NULL;
	int fds[4] = { -7, -7, -7, -7 };

	assert_int_equal(held_find(holder->pidfd, holder->pid, name, n, fds, &err), -ENOENT);
	assert_true(asprintf(&text, "process %d holds %s", holder->pid, expected) > 0);
	assert_string_equal(error_text(&err), text);
	assert_int_equal(fds[0], -7);
}

/* What is found is the guest's own queue: what one writes there, its network gets. */
static void expect_speaks_for(int queue, const char *name)
{
	static struct frame sent, seen;
	AUTO_CLOSE int stack = frames_open_stack(name);

	frame_make(&sent, frame_broadcast, frame_guest, 0, 60, 1);
	queue_send(queue, 10, &sent);
	assert_true(link_receive(stack, &seen));
}

static void queues_of_a_tap_are_found_in_another_process(void **state)
{
	int fds[3], found[3], ifindex;
	json_auto_t *link = NULL;
	struct holder holder;

	assert_int_equal(tun_create("vif0", 3, true, 0, fds, &ifindex, NULL), 0);
	shell("ip link set vif0 up");
	holder = hold(fds, 3);
	assert_int_equal(find(&holder, "vif0", 3, found), 0);
	end(&holder);
	link = ip_link("vif0"); /* the duplicates alone keep it */
	assert_non_null(link);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(fcntl(found[i], F_GETFD) & FD_CLOEXEC);
		expect_speaks_for(found[i], "vif0");
	}
	fds_close(found, 3);
	assert_int_equal(if_nametoindex("vif0"), 0);
}

static void queues_of_a_macvtap_are_found_in_another_process(void **state)
{
	AUTO(macvtap_folders_close) struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	int fds[2], found[2], ifindex;
	struct holder holder;

	netns_nic("eth1", 0);
	shell("ip link add vif0 link eth1 type macvtap mode bridge");
	shell("ip link add vif1 link eth1 type macvtap mode bridge");
	ifindex = (int)if_nametoindex("vif0");
	assert_int_equal(macvtap_folders_open(&folders, NULL, NULL), 0);
	assert_int_equal(macvtap_open(&folders, ifindex, "vif0", 2, true, fds, NULL), 0);
	holder = hold(fds, 2);
	assert_int_equal(find(&holder, "vif0", 2, found), 0);
	assert_true(tun_is_queue_of(found[0], "vif0") && tun_is_queue_of(found[1], "vif0"));
	expect_error(&holder, "vif1", 1, "0 of 1 queues of vif1");
	end(&holder);
	fds_close(found, 2);
}

static void a_queue_that_is_open_twice_is_one(void **state)
{
	int fds[3], found[2], ifindex;
	struct holder holder;

	assert_int_equal(tun_create("vif0", 2, true, 0, fds, &ifindex, NULL), 0);
	fds[2] = fds[1];
	fds[1] = dup(fds[0]);
	holder = hold(fds, 3); /* first, first, second */
	expect_error(&holder, "vif0", 3, "2 of 3 queues of vif0");
	assert_int_equal(find(&holder, "vif0", 2, found), 0);
	assert_int_not_equal(syscall(SYS_kcmp, getpid(), getpid(), 0, found[0], found[1]), 0);
	end(&holder);
	fds_close(found, 2);
}

static void other_taps_and_too_few_queues_are_not_found(void **state)
{
	int fds[2], ifindex;
	struct holder holder;

	assert_int_equal(tun_create("vif0", 1, true, 0, &fds[0], &ifindex, NULL), 0);
	assert_int_equal(tun_create("vif01", 1, true, 0, &fds[1], &ifindex, NULL), 0);
	holder = hold(fds, 2);
	expect_error(&holder, "vif0", 2, "1 of 2 queues of vif0");
	expect_error(&holder, "vif", 1, "0 of 1 queues of vif");
	end(&holder);
	assert_int_equal(held_find(-1, holder.pid, "vif0", 1, fds, NULL), -ESRCH);
}

/* Its name is the same, its network is another. */
static void a_tap_of_another_namespace_is_not_found(void **state)
{
	struct holder holder;
	int fd, ifindex;

	netns_enter_wire();
	assert_int_equal(tun_create("vif0", 1, true, 0, &fd, &ifindex, NULL), 0);
	netns_enter_host();
	holder = hold(&fd, 1);
	expect_error(&holder, "vif0", 1, "0 of 1 queues of vif0");
	end(&holder);
}

static void a_process_is_known_to_hold_a_tap_while_it_does(void **state)
{
	struct holder holder;
	int fd, ifindex;

	assert_int_equal(tun_create("vif0", 1, true, 0, &fd, &ifindex, NULL), 0);
	assert_true(held_by_process(getpid(), "vif0"));
	holder = hold(&fd, 1);
	assert_true(held_by_process(holder.pid, "vif0"));
	assert_false(held_by_process(holder.pid, "vif1"));
	assert_false(held_by_process(getpid(), "vif0"));
	end(&holder);
	assert_false(held_by_process(holder.pid, "vif0"));
}

static void a_taps_queue_is_dead_when_the_tap_is_deleted(void **state)
{
	AUTO_CLOSE int fd = -1;
	int ifindex;

	assert_int_equal(tun_create("vif0", 1, true, 0, &fd, &ifindex, NULL), 0);
	assert_false(fd_is_dead(fd));
	shell("ip link del vif0");
	assert_true(fd_is_dead(fd));
}

/* Nothing else tells: it can be written, and there is nothing to read. */
static void a_macvtaps_queue_is_dead_when_the_nic_is_deleted(void **state)
{
	AUTO(macvtap_folders_close) struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	AUTO_CLOSE int fd = -1;
	struct pollfd poll_fd;

	netns_nic("eth1", 0);
	shell("ip link add vif0 link eth1 type macvtap mode bridge");
	assert_int_equal(macvtap_folders_open(&folders, NULL, NULL), 0);
	assert_int_equal(
		macvtap_open(&folders, (int)if_nametoindex("vif0"), "vif0", 1, true, &fd, NULL), 0);
	assert_false(fd_is_dead(fd));
	shell("ip link del eth1");
	poll_fd = (struct pollfd){ .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	assert_true(fd_is_dead(fd));
}

static void a_file_that_is_no_queue_is_not_a_dead_one(void **state)
{
	AUTO_CLOSE int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_false(fd_is_dead(fd));
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(queues_of_a_tap_are_found_in_another_process),
		TEST(queues_of_a_macvtap_are_found_in_another_process),
		TEST(a_queue_that_is_open_twice_is_one),
		TEST(other_taps_and_too_few_queues_are_not_found),
		TEST(a_tap_of_another_namespace_is_not_found),
		TEST(a_process_is_known_to_hold_a_tap_while_it_does),
		TEST(a_taps_queue_is_dead_when_the_tap_is_deleted),
		TEST(a_macvtaps_queue_is_dead_when_the_nic_is_deleted),
		TEST(a_file_that_is_no_queue_is_not_a_dead_one),
	};

	netns_require();
	return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
