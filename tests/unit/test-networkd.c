/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files of systemd-networkd are in the way. What they do is in tests/kernel/networkd.sh. */
#include "testing.h"

#include <stdlib.h>
#include <unistd.h>

#include "services/networkd.h"
#include "util/file.h"
#include "util/text.h"

static char root[] = "/tmp/test-networkd-XXXXXX";

static void command(const char *what)
{
	AUTO_FREE char *line = text_format("cd %s && %s", root, what);

	assert_non_null(line);
	assert_int_equal(system(line), 0);
}

static int setup(void **state)
{
	strcpy(root, "/tmp/test-networkd-XXXXXX");
	assert_non_null(mkdtemp(root));
	command("mkdir -p etc/systemd/network run/systemd/network usr/lib/systemd/network");
	return 0;
}

static int teardown(void **state)
{
	command("rm -r etc run usr");
	return rmdir(root);
}

/* folder: "etc", "run" or "usr/lib". */
static void put(const char *folder, const char *name, const char *text)
{
	AUTO_FREE char *path = text_format("%s/%s/systemd/network/%s", root, folder, name);

	assert_non_null(path);
	assert_int_equal(file_write(path, text, strlen(text), 0644, false, NULL), 0);
}

/* path: below the root; NULL: none. */
static void expect_found(const char *path)
{
	AUTO_FREE char *found = NULL;

	assert_int_equal(networkd_find(NETWORKD_NETWORK, root, &found), 0);
	if (!path) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found + strlen(root), path);
}

static void files_that_match_devices_of_ours_are_found(void **state)
{
	static const struct {
		const char *text;
		bool matches;
	} cases[] = {
		{ "[Match]\nName=*\n[Network]\nDHCP=yes\n", true },
		{ "# all\n\n [Match] \n Name = en* vif* \n", true },
		{ "[Match]\nType=ether\n", true },
		{ "[Match]\nType=!loopback\n", true },
		{ "[Match]\nName=!eth0 wlan0\n", true },
		{ "[Match]\nKind=macvlan\n", true },
		{ "[Match]\nDriver=tun\n", true },
		{ "[Match]\nKind=bridge\n", true },
		{ "[Match]\nName=vifbr*\n", true },
		{ "[Match]\nHost=here\nName=*\n", true },
		{ "[Match]\nName=en*\nName=vif*\n", true },
		{ "[Match]\nName=vif*\nName=\nName=en*\n", false },
		/* By the alternative name. */
		{ "[Match]\nName=!vif0 vif0-0 vifbr0\n", true },
		{ "[Match]\nName=en*\n", false },
		{ "[Match]\nName=!vif* vifbr*\n", false },
		{ "[Match]\nName=*\nDriver=virtio_net\n", false },
		{ "[Match]\nName=*\nMACAddress=52:54:00:00:00:01\n", false },
		{ "[Match]\nType=wlan\n", false },
		{ "[Match]\n", false },
		{ "[Network]\nDHCP=yes\n", false },
		{ "[Match]\nName=*\n[Link]\nUnmanaged=yes\n", false },
		{ "[Match]\nName=*\n[Link]\nUnmanaged=no\n", true },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put("etc", "50-some.network", cases[i].text);
		if (cases[i].matches)
			expect_found("/etc/systemd/network/50-some.network");
		else
			expect_found(NULL);
	}
}

static void the_first_file_by_name_counts_whatever_its_folder(void **state)
{
	put("etc", "90-all.network", "[Match]\nName=*\n");
	expect_found("/etc/systemd/network/90-all.network");
	put("usr/lib", "00-vifd.network", "[Match]\nName=vif-*\n[Link]\nUnmanaged=yes\n");
	expect_found(NULL);
	put("run", "00-all.network", "[Match]\nName=*\n");
	expect_found("/run/systemd/network/00-all.network");
}

static void a_file_masks_those_of_its_name_in_later_folders(void **state)
{
	put("usr/lib", "90-all.network", "[Match]\nName=*\n");
	put("run", "90-all.network", "[Match]\nName=en*\n");
	expect_found(NULL);
	command("rm run/systemd/network/90-all.network");
	expect_found("/usr/lib/systemd/network/90-all.network");
	command("ln -s /dev/null etc/systemd/network/90-all.network");
	expect_found(NULL);
	put("etc", "90-all.conf", "[Match]\nName=*\n");
	expect_found(NULL);
}

static void put_shipped(const char *name)
{
	AUTO_FREE char *path = text_format("%s/data/%s", getenv("VIFD_SOURCE"), name);
	AUTO_FREE char *text = NULL;
	size_t size;

	assert_int_equal(file_read(path, 4096, &text, &size, NULL), 0);
	put("usr/lib", name, text);
}

static void the_file_that_is_shipped_keeps_a_catch_all_away(void **state)
{
	put_shipped("00-vifd.network");
	put("etc", "10-all.network", "[Match]\nName=*\n");
	expect_found(NULL);
}

static void without_networkd_there_is_nothing(void **state)
{
	command("rm -r etc run usr && mkdir etc run usr");
	expect_found(NULL);
}

static void expect_link_found(const char *text, bool found)
{
	AUTO_FREE char *path = NULL;

	put("etc", "10-x.link", text);
	assert_int_equal(networkd_find(NETWORKD_LINK, root, &path), 0);
	assert_int_equal(path != NULL, found);
	command("rm etc/systemd/network/10-x.link");
}

static void link_files_that_change_devices_of_ours_are_found(void **state)
{
	static const struct {
		const char *text;
		bool matches;
	} cases[] = {
		{ "[Match]\nOriginalName=*\n[Link]\nMTUBytes=9000\n", true },
		{ "[Match]\nDriver=tun\n[Link]\nMACAddress=02:00:00:00:00:01\n", true },
		{ "[Match]\nType=ether\n[Link]\nName=lan0\n", true },
		{ "[Match]\nOriginalName=vif0-0\n[Link]\nMTUBytes=9000\n", true },
		/* What udev does anyway, and what is not about ours. */
		{ "[Match]\nOriginalName=*\n[Link]\nNamePolicy=keep\nMACAddressPolicy=none\n",
		  false },
		{ "[Match]\nOriginalName=*\n[Link]\nMTUBytes=\n", false },
		{ "[Match]\nOriginalName=en*\n[Link]\nMTUBytes=9000\n", false },
		{ "[Match]\nOriginalName=vif-*\n[Link]\nMTUBytes=9000\n", false },
		{ "[Match]\nMACAddress=02:00:00:00:00:01\n[Link]\nName=lan0\n", false },
		{ "[Link]\nMTUBytes=9000\n", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_link_found(cases[i].text, cases[i].matches);
	/* The file that comes with vifd has the first word. */
	put_shipped("00-vifd.link");
	expect_link_found(cases[0].text, false);
	expect_link_found(cases[2].text, false);
	/* A .network file is none. */
	put("etc", "10-x.network", cases[0].text);
	expect_link_found("", false);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(files_that_match_devices_of_ours_are_found),
		TEST(the_first_file_by_name_counts_whatever_its_folder),
		TEST(a_file_masks_those_of_its_name_in_later_folders),
		TEST(the_file_that_is_shipped_keeps_a_catch_all_away),
		TEST(without_networkd_there_is_nothing),
		TEST(link_files_that_change_devices_of_ours_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
