/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#include "kernel/fds.h"
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

	assert_int_equal(tun_create("vif0", 2, true, fds, &ifindex, NULL), 0);
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

	assert_int_equal(tun_create("vif0", 3, true, fds, &ifindex, NULL), 0);
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

	assert_int_equal(tun_create("vif0", 1, false, &fd, &ifindex, NULL), 0);
	assert_false(flags_of(fd) & (IFF_VNET_HDR | IFF_MULTI_QUEUE));
}

static void refuse(const char *name)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int fds[2] = { -7, -7 }, ifindex = -7;

	assert_int_equal(tun_create(name, 2, true, fds, &ifindex, &err), -EEXIST);
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

	assert_int_equal(tun_create("vif%d", 1, true, &fd, &ifindex, NULL), -EINVAL);
	assert_int_equal(tun_create("a-name-too-long0", 1, true, &fd, &ifindex, NULL), -EINVAL);
}

static void a_persistent_tap_stays_without_files(void **state)
{
	json_auto_t *link = NULL;
	int fds[2], ifindex;

	assert_int_equal(tun_create("vif0", 2, true, fds, &ifindex, NULL), 0);
	assert_int_equal(tun_set_persistent(fds[0], true, NULL), 0);
	fds_close(fds, 2);
	link = ip_link("vif0");
	assert_true(json_is_true(ip_get(link, "linkinfo/info_data/persist")));
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
		TEST(vhost_opens_exactly_where_its_device_can_be_opened),
	};

	netns_require();
	return cmocka_run_group_tests_name("tun", tests, NULL, NULL);
}
