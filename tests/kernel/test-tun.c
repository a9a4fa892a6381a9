/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <grp.h>
#include <libmnl/libmnl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/fds.h"
#include "kernel/link.h"
#include "kernel/tun.h"
#include "kernel/vhost.h"
#include "netns.h"

static short flags_of(int fd)
{
	struct ifreq request = { 0 };

	assert_int_equal(ioctl(fd, TUNGETIFF, &request), 0);
	return request.ifr_flags;
}

static void a_tap_is_down_and_goes_with_its_last_file(void **state)
{
	json_auto_t *made = NULL, *half = NULL, *gone = NULL;
	int fds[2], ifindex;

	assert_int_equal(tun_create("vif0", 2, true, 0, fds, &ifindex, NULL), 0);
	made = ip_link("vif0");
	assert_int_equal(json_integer_value(ip_get(made, "ifindex")), ifindex);
	assert_string_equal(json_string_value(ip_get(made, "linkinfo/info_kind")), "tun");
	assert_false(ip_has_flag(made, "UP"));
	close(fds[0]);
	half = ip_link("vif0");
	assert_non_null(half);
	close(fds[1]);
	gone = ip_link("vif0");
	assert_null(gone);
}

static void queues_are_nonblocking_and_closed_on_exec(void **state)
{
	int fds[3], ifindex;

	assert_int_equal(tun_create("vif0", 3, true, 0, fds, &ifindex, NULL), 0);
	for (unsigned i = 0; i < 3; i++) {
		short flags = flags_of(fds[i]);

		assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		assert_int_equal(flags & (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE),
				 IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE);
	}
	fds_close(fds, 3);
}

/* VMMs that know one queue cannot open a multi-queue tap by name. */
static void one_queue_is_not_multi_queue_and_needs_no_header(void **state)
{
	AUTO_CLOSE int fd = -1;
	int ifindex;

	assert_int_equal(tun_create("vif0", 1, false, 0, &fd, &ifindex, NULL), 0);
	assert_false(flags_of(fd) & (IFF_VNET_HDR | IFF_MULTI_QUEUE));
}

static void refuse(const char *name)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int fds[2] = { -7, -7 }, ifindex = -7;

	assert_int_equal(tun_create(name, 2, true, 0, fds, &ifindex, &err), -EEXIST);
	assert_int_equal(err.kind, ERROR_IN_USE);
	assert_string_equal(error_text(&err),
			    "cannot create tap vif0: a link of that name exists already");
	assert_int_equal(fds[0], -7);
	assert_int_equal(ifindex, -7);
}

static void adopting_a_foreign_tap_is_refused(void **state)
{
	json_auto_t *before = NULL, *after = NULL;

	shell("ip tuntap add vif0 mode tap multi_queue vnet_hdr");
	before = ip_link("vif0");
	refuse("vif0");
	after = ip_link("vif0");
	assert_true(json_equal(before, after));
}

static void the_name_of_a_nic_is_refused(void **state)
{
	netns_nic("vif0", 0);
	refuse("vif0");
}

static void an_alternative_name_is_a_name_too(void **state)
{
	netns_nic("eth1", 0);
	shell("ip link property add dev eth1 altname vif0");
	refuse("vif0");
}

/* The kernel would take it for a template and choose a number. */
static void a_name_with_a_percent_sign_is_refused(void **state)
{
	int fd, ifindex;

	assert_int_equal(tun_create("vif%d", 1, true, 0, &fd, &ifindex, NULL), -EINVAL);
	assert_int_equal(tun_create("a-name-too-long0", 1, true, 0, &fd, &ifindex, NULL), -EINVAL);
}

static void a_persistent_tap_stays_without_files(void **state)
{
	json_auto_t *link = NULL;
	int fds[2], ifindex;

	assert_int_equal(tun_create("vif0", 2, true, 0, fds, &ifindex, NULL), 0);
	assert_int_equal(tun_set_persistent(fds[0], true, NULL), 0);
	fds_close(fds, 2);
	link = ip_link("vif0");
	assert_true(json_is_true(ip_get(link, "linkinfo/info_data/persist")));
}

enum {
	USER = 1234,
	STRANGER = 65534,
};

/* What a process of that user gets, without capabilities, with /dev/net/tun open: 0 or an errno. */
static int attach_as(uid_t uid, const char *name, short flags)
{
	struct ifreq request = { .ifr_flags = flags };
	int fd = open("/dev/net/tun", O_RDWR), status;
	pid_t pid = fork();

	strcpy(request.ifr_name, name);
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
		    setresuid(uid, uid, uid) < 0)
			_exit(255);
		_exit(ioctl(fd, TUNSETIFF, &request) < 0 ? errno : 0);
	}
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect_only_its_owner(const char *name, short flags)
{
	assert_int_equal(attach_as(STRANGER, name, flags), EPERM);
	assert_int_equal(attach_as(USER, name, flags), 0);
}

static void only_its_owner_attaches_to_a_tap_that_waits_for_its_vmm(void **state)
{
	int fds[2], ifindex;

	assert_int_equal(tun_create("vif0", 1, true, USER, fds, &ifindex, NULL), 0);
	assert_int_equal(tun_set_persistent(fds[0], true, NULL), 0);
	close(fds[0]);
	expect_only_its_owner("vif0", IFF_TAP | IFF_NO_PI);
	assert_int_equal(tun_create("vif1", 2, true, USER, fds, &ifindex, NULL), 0);
	assert_int_equal(tun_set_persistent(fds[0], true, NULL), 0);
	fds_close(fds, 2);
	expect_only_its_owner("vif1", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
}

static void only_its_owner_adds_a_queue_to_a_tap_that_is_in_use(void **state)
{
	int fds[2], ifindex;

	assert_int_equal(tun_create("vif0", 2, true, USER, fds, &ifindex, NULL), 0);
	expect_only_its_owner("vif0", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
	fds_close(fds, 2);
}

static void a_tap_of_roots_is_nobody_elses(void **state)
{
	int fds[2], ifindex;

	assert_int_equal(tun_create("vif0", 2, true, 0, fds, &ifindex, NULL), 0);
	assert_int_equal(attach_as(USER, "vif0", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE), EPERM);
	fds_close(fds, 2);
}

static void a_tap_that_is_made_again_has_its_owner_again(void **state)
{
	struct tun_settings settings;
	int fds[2], ifindex;

	assert_int_equal(tun_create("vif0", 2, true, USER, fds, &ifindex, NULL), 0);
	assert_int_equal(tun_get_settings(fds, 2, &settings, NULL), 0);
	shell("ip link del vif0");
	assert_int_equal(tun_remake(fds, 2, "vif0", &settings, USER, &ifindex, NULL), 0);
	expect_only_its_owner("vif0", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
	fds_close(fds, 2);
}

/*
 * Somebody without any right who does all he can: he hears of each new link at
 * once, and attaches to it with a file that he has open already, and to "vif0"
 * all the time.
 */
enum {
	ATTACKER_FILES = 512,
	ROUNDS = 150,
};

struct attacker {
	pid_t pid;
	int report; /* a pipe: what he has got, at the end */
	int stop;   /* closed when he is to end */
};

struct loot {
	unsigned n_attached; /* TUNSETIFF was successful so often */
	unsigned n_alive;    /* and so many of those lead to a device that is there still */
};

static void try_to_attach(const char *name, int *files, unsigned *n)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE };

	strcpy(request.ifr_name, name);
	if (*n < ATTACKER_FILES && ioctl(files[*n], TUNSETIFF, &request) == 0)
		(*n)++;
}

static void attack_new_links(int events, int *files, unsigned *n)
{
	char buffer[8192];
	ssize_t length = recv(events, buffer, sizeof(buffer), MSG_DONTWAIT);
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
	int left = (int)length;
	struct link_view view;

	for (; length > 0 && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (link_view_parse(nlh, &view) && !strcmp(view.kind, "tun") && !view.deleted)
			try_to_attach(view.name, files, n);
}

static void attack(int events, int stop, int report)
{
	struct pollfd stopped = { .fd = stop };
	struct loot loot = { 0 };
	static int files[ATTACKER_FILES];
	struct ifreq request;

	for (unsigned i = 0; i < ATTACKER_FILES; i++)
		files[i] = open("/dev/net/tun", O_RDWR);
	if (setgroups(0, NULL) < 0 || setresgid(STRANGER, STRANGER, STRANGER) < 0 ||
	    setresuid(STRANGER, STRANGER, STRANGER) < 0)
		_exit(1);
	for (bool told = false; poll(&stopped, 1, 0) == 0; told = true) {
		if (!told && write(report, "", 1) != 1)
			_exit(1);
		attack_new_links(events, files, &loot.n_attached);
		try_to_attach("vif0", files, &loot.n_attached);
	}
	for (unsigned i = 0; i < loot.n_attached; i++)
		loot.n_alive += ioctl(files[i], TUNGETIFF, &request) == 0;
	_exit(write(report, &loot, sizeof(loot)) != sizeof(loot));
}

static struct attacker attacker_start(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int events = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), report[2], stop[2];
	struct attacker attacker;
	char begun;

	assert_int_equal(bind(events, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(pipe(report), 0);
	assert_int_equal(pipe(stop), 0);
	attacker.pid = fork();
	if (attacker.pid == 0) {
		close(stop[1]);
		attack(events, stop[0], report[1]);
	}
	close(report[1]);
	close(stop[0]);
	close(events);
	attacker.report = report[0];
	attacker.stop = stop[1];
	assert_int_equal(read(attacker.report, &begun, 1), 1);
	return attacker;
}

static struct loot attacker_stop(struct attacker *attacker)
{
	struct loot loot;
	int status;

	close(attacker->stop);
	assert_int_equal(read(attacker->report, &loot, sizeof(loot)), sizeof(loot));
	close(attacker->report);
	assert_int_equal(waitpid(attacker->pid, &status, 0), attacker->pid);
	return loot;
}

static unsigned queues_of(const char *name)
{
	json_auto_t *link = ip_link(name);

	return (unsigned)(json_integer_value(ip_get(link, "linkinfo/info_data/numqueues")) +
			  json_integer_value(ip_get(link, "linkinfo/info_data/numdisabled")));
}

/* Not one of the taps that are handed out has a queue of his. */
static void who_is_faster_than_the_owner_gets_nothing(void **state)
{
	struct attacker attacker = attacker_start();
	unsigned n_foreign = 0, n_refused = 0;
	int fds[2], ifindex;
	struct loot loot;

	for (unsigned i = 0; i < ROUNDS; i++) {
		AUTO_ERROR struct error err = ERROR_INIT;

		if (tun_create("vif0", 2, true, 0, fds, &ifindex, &err) < 0) {
			print_message("# %s\n", error_text(&err));
			n_refused++;
			continue;
		}
		n_foreign += queues_of("vif0") != 2;
		fds_close(fds, 2);
	}
	loot = attacker_stop(&attacker);
	print_message("# he attached %u times, to what was thrown away\n", loot.n_attached);
	assert_int_equal(n_foreign, 0);
	assert_int_equal(loot.n_alive, 0);
	assert_int_equal(n_refused, 0);
}

static void vhost_opens_exactly_where_its_device_can_be_opened(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int fds[2] = { -7, -7 };
	int r = vhost_open(2, fds, &err);

	if (shell_try("test -c /dev/vhost-net && exec 3<>/dev/vhost-net")) {
		assert_true(vhost_is_available());
		assert_int_equal(r, 0);
		fds_close(fds, 2);
		return;
	}
	assert_false(vhost_is_available());
	assert_true(r < 0);
	assert_int_equal(fds[0], -7);
	assert_true(error_text(&err) == strstr(error_text(&err), "cannot open /dev/vhost-net: "));
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tap_is_down_and_goes_with_its_last_file),
		TEST(queues_are_nonblocking_and_closed_on_exec),
		TEST(one_queue_is_not_multi_queue_and_needs_no_header),
		TEST(adopting_a_foreign_tap_is_refused),
		TEST(the_name_of_a_nic_is_refused),
		TEST(an_alternative_name_is_a_name_too),
		TEST(a_name_with_a_percent_sign_is_refused),
		TEST(a_persistent_tap_stays_without_files),
		TEST(only_its_owner_attaches_to_a_tap_that_waits_for_its_vmm),
		TEST(only_its_owner_adds_a_queue_to_a_tap_that_is_in_use),
		TEST(a_tap_of_roots_is_nobody_elses),
		TEST(a_tap_that_is_made_again_has_its_owner_again),
		TEST(who_is_faster_than_the_owner_gets_nothing),
		TEST(vhost_opens_exactly_where_its_device_can_be_opened),
	};

	netns_require();
	return cmocka_run_group_tests_name("tun", tests, NULL, NULL);
}
