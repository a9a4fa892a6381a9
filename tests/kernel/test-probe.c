/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/probe.h"
#include "netns.h"
#include "undo.h"
#include "util/cleanup.h"

struct results {
	struct probe_result *items;
	size_t n;
};

static void results_done(struct results *results)
{
	probe_results_free(results->items, results->n);
}

#define AUTO_RESULTS AUTO(results_done)

static struct results run(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct results results;

	if (probe_run(NULL, &results.items, &results.n, &err) < 0)
		fail_msg("%s", error_text(&err));
	return results;
}

static const struct probe_result *find(const struct results *results, const char *name)
{
	for (size_t i = 0; i < results->n; i++)
		if (!strcmp(results->items[i].name, name))
			return &results->items[i];
	fail_msg("nothing is told of %s", name);
	return NULL;
}

static void the_namespace_is_as_before(void **state)
{
	AUTO_FREE char *before = NULL, *after = NULL;

	netns_nic("eth1", 0);
	before = undo_snapshot();
	{
		AUTO_RESULTS struct results results = run();

		assert_true(results.n > 0);
	}
	after = undo_snapshot();
	assert_string_equal(before, after);
	shell("test -z \"$(tc qdisc show dev lo | grep -v noqueue)\"");
	shell("test -z \"$(nft list ruleset)\"");
}

/* Each result against ip, tc and nft, in this test's own namespace. */
static const struct {
	const char *name;
	const char *command;
} others[] = {
	{ "macvlan", "ip link add x link eth1 type macvlan" },
	{ "macvtap", "ip link add x link eth1 type macvtap" },
	{ "tap", "ip tuntap add x mode tap" },
	{ "tap-queues", "ip tuntap add x mode tap multi_queue" },
	{ "veth", "ip link add x type veth" },
	{ "bridge", "ip link add x type bridge" },
	{ "vlan", "ip link add x link eth1 type vlan id 2" },
	{ "tc-clsact", "tc qdisc add dev eth1 clsact" },
	{ "tc-u32", "tc qdisc add dev eth1 clsact && "
		    "tc filter add dev eth1 ingress u32 match u32 0 0" },
	{ "tc-matchall", "tc qdisc add dev eth1 clsact && "
			 "tc filter add dev eth1 ingress matchall classid 1:1" },
	{ "tc-flower", "tc qdisc add dev eth1 clsact && "
		       "tc filter add dev eth1 ingress flower classid 1:1" },
	{ "tc-mirred", "tc action add action mirred egress redirect dev eth1" },
	{ "tc-htb", "tc qdisc add dev eth1 root htb" },
	{ "tc-tbf", "tc qdisc add dev eth1 root tbf rate 1mbit burst 10k limit 100k" },
	{ "tc-sfq", "tc qdisc add dev eth1 root sfq" },
	{ "nftables", "nft add table netdev x" },
	{ "nftables-nat", "nft add table inet x && "
			  "nft 'add chain inet x c { type nat hook postrouting priority 100; }'" },
};

static void results_agree_with_other_tools(void **state)
{
	AUTO_RESULTS struct results results = run();

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct probe_result *result = find(&results, others[i].name);
		bool works;

		netns_setup(NULL);
		netns_nic("eth1", 0);
		works = shell_try("%s", others[i].command);
		if (works != result->ok)
			fail_msg("%s: ok is %d (%s), but `%s` says %d", result->name, result->ok,
				 result->detail ? result->detail : "", others[i].command, works);
	}
}

static void what_is_missing_has_a_reason(void **state)
{
	AUTO_RESULTS struct results results = run();

	for (size_t i = 0; i < results.n; i++)
		assert_true(results.items[i].ok || results.items[i].detail);
	assert_true(find(&results, "macvtap-open")->ok == find(&results, "macvtap")->ok);
	(void)find(&results, "vhost-net");
	(void)find(&results, "sysfs");
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_namespace_is_as_before),
		TEST(results_agree_with_other_tools),
		TEST(what_is_missing_has_a_reason),
	};

	netns_require();
	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
