/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnsmasq as a process, and as guests see it. The host has a bridge with an address; the
 * guests are NICs on the wire that are ports of it, and ask by busybox: udhcpc, nslookup.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "formats/dhcp-leases.h"
#include "netns.h"
#include "services/dnsmasq-files.h"
#include "services/dnsmasq-process.h"
#include "services/dnsmasq.h"
#include "services/program.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"
#include "values.h"

static const char bridge[] = "br0";
static const char range_start[] = "192.168.77.10", range_end[] = "192.168.77.20";

/* What a test has; new for each. */
static struct {
	char folder[64];
	char *runtime; /* of dnsmasq's files, in the folder */
	sd_event *event;
	struct network *network;
	struct dnsmasq *dnsmasq;
	unsigned restarts; /* as told */
	uint64_t window_usec;
	struct error ended;
	bool settled; /* as told, and */
	struct error refused;
} here;

/* --- the network --- */

static void add_range(struct network_ip *ip, const char *start, const char *end)
{
	struct dhcp_range *range = array_add(&ip->ranges, &ip->n_ranges, sizeof(*range));

	assert_non_null(range);
	range->start = address_of(start);
	range->end = address_of(end);
}

static void add_host(const char *mac, const char *name, const char *ip)
{
	struct network_ip *of = &here.network->ips[0];
	struct dhcp_host *host = array_add(&of->hosts, &of->n_hosts, sizeof(*host));

	assert_non_null(host);
	assert_return_code(mac_parse(mac, &host->mac), errno);
	host->has_mac = true;
	host->name = text_copy(name);
	host->address = address_of(ip);
}

static void add_name(const char *name, const char *ip)
{
	struct network_dns *dns = &here.network->dns;
	struct dns_host *host = array_add(&dns->hosts, &dns->n_hosts, sizeof(*host));
	char **slot;

	assert_non_null(host);
	host->address = address_of(ip);
	slot = array_add(&host->names, &host->n_names, sizeof(*slot));
	assert_non_null(slot);
	*slot = text_copy(name);
}

static void add_option(const char *line)
{
	AUTO_FREE char *xml = NULL;

	assert_true(asprintf(&xml,
			     "<d:options xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0'>"
			     "<d:option value='%s'/></d:options>",
			     line) > 0);
	assert_int_equal(kept_add_element(&here.network->kept, "", "d:options", xml, true, 1), 0);
}

static struct network *network_make(void)
{
	struct network *network = network_new();
	struct network_ip *ip;

	assert_non_null(network);
	network->name = text_copy("red");
	network->forward = FORWARD_ISOLATED;
	ip = array_add(&network->ips, &network->n_ips, sizeof(*ip));
	assert_non_null(ip);
	ip->address = address_of("192.168.77.1");
	ip->prefix = 24;
	ip->dhcp = true;
	add_range(ip, range_start, range_end);
	return network;
}

static void on_ended(void *userdata, struct dnsmasq *dnsmasq, const struct error *err)
{
	here.restarts += !err;
	if (err)
		error_copy(&here.ended, err);
}

static void on_settled(void *userdata, struct dnsmasq *dnsmasq, const struct error *err)
{
	assert_false(here.settled);
	here.settled = true;
	if (err)
		error_copy(&here.refused, err);
}

static struct dnsmasq_options options(void)
{
	return (struct dnsmasq_options){ .event = here.event,
					 .folder = here.runtime,
					 .settled = on_settled,
					 .ended = on_ended,
					 .window_usec = here.window_usec };
}

static bool run_until(bool (*condition)(void), unsigned msec)
{
	uint64_t end = clock_usec() + (uint64_t)msec * 1000;

	while (!condition()) {
		if (clock_usec() > end)
			return false;
		assert_return_code(sd_event_run(here.event, 10000), errno);
	}
	return true;
}

static bool is_settled(void)
{
	return here.settled;
}

/* Until what was asked for is over, and how that has ended. */
static int settle(struct error *err)
{
	if (!dnsmasq_is_busy(here.dnsmasq))
		return 0;
	assert_true(run_until(is_settled, 7000));
	assert_false(dnsmasq_is_busy(here.dnsmasq));
	here.settled = false;
	error_move(err, &here.refused);
	return err->code;
}

static void open_dnsmasq(void)
{
	struct dnsmasq_options with = options();

	if (!here.dnsmasq)
		assert_int_equal(dnsmasq_new(&with, "red", &here.dnsmasq, NULL), 0);
}

static int try_to_serve(struct error *err)
{
	int r;

	open_dnsmasq();
	r = dnsmasq_serve(here.dnsmasq, here.network, bridge, err);
	return r < 0 ? r : settle(err);
}

static void expect_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void update(void)
{
	struct error err = ERROR_INIT;

	if (try_to_serve(&err) < 0)
		fail_msg("%s", error_text(&err));
}

static void start(void)
{
	update();
	/* No child of ours stays, not even a dead one. */
	expect_no_child();
}

/* As the next vifd does. */
static void adopt(void)
{
	dnsmasq_leave(take_ptr(here.dnsmasq));
	update();
}

static void stop(void)
{
	struct error err = ERROR_INIT;

	open_dnsmasq();
	dnsmasq_end(here.dnsmasq);
	if (settle(&err) < 0)
		fail_msg("%s", error_text(&err));
}

static void expect_refusal(int r, struct error *err, const char *text)
{
	assert_true(r < 0);
	assert_int_equal(err->code, r);
	assert_string_equal(error_text(err), text);
	error_done(err);
}

/* One that is tried again, as long as nobody ends it. */
static void expect_no_start(const char *text)
{
	struct error err = ERROR_INIT;

	expect_refusal(try_to_serve(&err), &err, text);
	assert_int_equal(dnsmasq_pid(here.dnsmasq), 0);
	stop();
}

/* --- what is to be seen of it --- */

static bool runs(pid_t pid)
{
	return shell_try("grep -q '^State:.[^Z]' /proc/%d/status", (int)pid);
}

static bool is_stopped(pid_t pid)
{
	return shell_try("grep -q '^State:.T' /proc/%d/status", (int)pid);
}

/* Files in the folder but those of leases. */
static unsigned count_files(void)
{
	DIR *dir = opendir(here.runtime);
	struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.' && !strstr(entry->d_name, ".leases");
	closedir(dir);
	return n;
}

/* --- guests --- */

static void guest(const char *nic, const char *mac)
{
	netns_nic(nic, 0);
	shell("ip link set %s master %s up", nic, bridge);
	netns_enter_wire();
	shell("ip link set %s address %s", nic, mac);
	netns_enter_host();
}

/* Asks for an address, and takes it. */
static bool gets_address(const char *nic, const char *name)
{
	bool got;

	netns_enter_wire();
	got = shell_try("busybox udhcpc -i %s -n -q -f -t 5 -T 1 -x hostname:%s -s %s/udhcpc", nic,
			name, here.folder);
	netns_enter_host();
	return got;
}

static bool has_address(const char *nic, const char *ip)
{
	bool has;

	netns_enter_wire();
	has = shell_try("ip -j -4 address show dev %s | grep -q '\"local\":\"%s\"'", nic, ip);
	netns_enter_host();
	return has;
}

/* What DNS says; the answer's address stands in a line of its own. */
static bool resolves(const char *name, const char *ip)
{
	bool is;

	netns_enter_wire();
	is = shell_try("busybox nslookup -type=a %s 192.168.77.1 | grep -qx 'Address: %s'", name,
		       ip);
	netns_enter_host();
	return is;
}

static struct dhcp_leases read_leases(void)
{
	AUTO_FREE char *path = dnsmasq_leases_path(here.runtime, "red"), *text = NULL;
	struct error err = ERROR_INIT;
	struct dhcp_leases leases;
	size_t size;

	if (file_read(path, DHCP_LEASES_SIZE_MAX, &text, &size, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(dhcp_leases_read(text, &leases), 0);
	return leases;
}

static void expect_lease(const char *mac, const char *name, char ip[static ADDRESS_TEXT_SIZE])
{
	struct dhcp_leases leases = read_leases();
	bool found = false;

	for (size_t i = 0; i < leases.n; i++) {
		char text[MAC_TEXT_SIZE];

		mac_format(&leases.items[i].mac, text);
		if (strcmp(text, mac) != 0)
			continue;
		found = true;
		assert_non_null(leases.items[i].name);
		assert_string_equal(leases.items[i].name, name);
		address_format(&leases.items[i].address, ip);
	}
	dhcp_leases_done(&leases);
	assert_true(found);
}

/* --- around them --- */

static void write_script(void)
{
	static const char script[] = "#!/bin/sh\n"
				     "[ \"$1\" != bound ] || ip address replace $ip/24 dev "
				     "$interface\n";
	AUTO_FREE char *path = NULL;

	assert_true(asprintf(&path, "%s/udhcpc", here.folder) > 0);
	assert_int_equal(file_write(path, script, strlen(script), 0755, false, NULL), 0);
}

static void make_bridge(void)
{
	shell("ip link add %s type bridge forward_delay 0 && ip address add 192.168.77.1/24 dev %s "
	      "&& ip link set %s up",
	      bridge, bridge, bridge);
}

static int setup(void **state)
{
	netns_setup(state);
	unsetenv("VIFD_DNSMASQ");
	strcpy(here.folder, "/tmp/test-dnsmasq-XXXXXX");
	assert_non_null(mkdtemp(here.folder));
	assert_return_code(chmod(here.folder, 0755), errno);
	assert_true(asprintf(&here.runtime, "%s/dnsmasq", here.folder) > 0);
	assert_return_code(sd_event_new(&here.event), errno);
	here.network = network_make();
	write_script();
	make_bridge();
	return 0;
}

static bool wants_red(void *userdata, const char *network)
{
	return !strcmp(network, "red");
}

static bool wants_none(void *userdata, const char *network)
{
	return false;
}

static int teardown(void **state)
{
	dnsmasq_leave(here.dnsmasq);
	dnsmasq_sweep(here.runtime, wants_none, NULL);
	network_free(here.network);
	sd_event_unref(here.event);
	error_done(&here.ended);
	error_done(&here.refused);
	shell("rm -r %s", here.folder);
	free(here.runtime);
	memset(&here, 0, sizeof(here));
	return 0;
}

/* --- what holds --- */

static void guests_get_addresses_and_know_each_other_by_name(void **state)
{
	char one[ADDRESS_TEXT_SIZE], two[ADDRESS_TEXT_SIZE];

	add_name("printer", "192.168.77.200");
	add_host("52:54:00:00:00:02", "fixed", "192.168.77.99");
	start();
	guest("eth0", "52:54:00:00:00:01");
	guest("eth1", "52:54:00:00:00:02");
	assert_true(gets_address("eth0", "one"));
	assert_true(gets_address("eth1", "two"));
	expect_lease("52:54:00:00:00:01", "one", one);
	expect_lease("52:54:00:00:00:02", "fixed", two);
	assert_true(has_address("eth0", one));
	assert_string_equal(two, "192.168.77.99");
	assert_true(has_address("eth1", two));
	assert_true(resolves("one", one));
	assert_true(resolves("fixed", two));
	assert_true(resolves("printer", "192.168.77.200"));
	assert_false(resolves("plotter", "192.168.77.200"));
}

/* dnsmasq's own words, and what it cuts texts at. */
static void a_value_is_what_it_says_for_dnsmasq_too(void **state)
{
	struct dns_txt *txt = array_add(&here.network->dns.txts, &here.network->dns.n_txts,
					sizeof(*txt));
	char one[ADDRESS_TEXT_SIZE];

	assert_non_null(txt);
	txt->name = text_copy("t.example");
	txt->value = text_copy("a, \"b\" # \\c");
	add_host("52:54:00:00:00:01", "ignore", "192.168.77.98");
	start();
	guest("eth0", "52:54:00:00:00:01");
	assert_true(gets_address("eth0", "one"));
	expect_lease("52:54:00:00:00:01", "ignore", one);
	assert_string_equal(one, "192.168.77.98");
	netns_enter_wire();
	shell("busybox nslookup -type=txt t.example 192.168.77.1 | "
	      "grep -qxF 't.example\ttext = \"a, \"b\" # \\c\"'");
	netns_enter_host();
}

static void it_has_no_privileges_of_a_user(void **state)
{
	start();
	assert_false(shell_try("grep -q '^Uid:.*\\b0\\b' /proc/%d/status",
			       (int)dnsmasq_pid(here.dnsmasq)));
	assert_false(shell_try("grep -Eq '^(Gid|Groups):.*\\b0\\b' /proc/%d/status",
			       (int)dnsmasq_pid(here.dnsmasq)));
}

static pid_t killed;

static bool another_runs(void)
{
	pid_t pid = dnsmasq_pid(here.dnsmasq);

	return pid && pid != killed && here.restarts == 1;
}

static void when_killed_it_is_back_within_a_second_with_its_leases(void **state)
{
	char before[ADDRESS_TEXT_SIZE], after[ADDRESS_TEXT_SIZE];

	start();
	guest("eth0", "52:54:00:00:00:01");
	assert_true(gets_address("eth0", "one"));
	expect_lease("52:54:00:00:00:01", "one", before);
	killed = dnsmasq_pid(here.dnsmasq);
	assert_return_code(kill(killed, SIGKILL), errno);
	assert_true(run_until(another_runs, 1000));
	assert_true(runs(dnsmasq_pid(here.dnsmasq)));
	assert_true(resolves("one", before));
	assert_true(gets_address("eth0", "one"));
	expect_lease("52:54:00:00:00:01", "one", after);
	assert_string_equal(before, after);
}

static bool gave_up(void)
{
	pid_t pid = dnsmasq_pid(here.dnsmasq);

	if (pid && !here.ended.code)
		kill(pid, SIGKILL);
	return here.ended.code;
}

static const char given_up[] = "dnsmasq has ended by itself more than 5 times in a minute, and is "
			       "started again when the minute is over";

static void what_ends_again_and_again_is_left_until_it_is_asked_for(void **state)
{
	start();
	assert_true(run_until(gave_up, 5000));
	assert_int_equal(here.restarts, 5);
	assert_string_equal(error_text(&here.ended), given_up);
	assert_int_equal(dnsmasq_pid(here.dnsmasq), 0);
	assert_string_equal(dnsmasq_problem(here.dnsmasq), given_up);
	update();
	assert_true(runs(dnsmasq_pid(here.dnsmasq)));
	assert_null(dnsmasq_problem(here.dnsmasq));
}

static bool is_back(void)
{
	return dnsmasq_pid(here.dnsmasq);
}

static void what_was_given_up_is_tried_again_when_the_minute_is_over(void **state)
{
	here.window_usec = 2500000;
	start();
	assert_true(run_until(gave_up, 5000));
	assert_int_equal(here.restarts, 5);
	assert_false(run_until(is_back, 200));
	assert_true(run_until(is_back, 5000));
	assert_int_equal(here.restarts, 6);
	assert_true(runs(dnsmasq_pid(here.dnsmasq)));
	assert_null(dnsmasq_problem(here.dnsmasq));
}

static bool printer_resolves(void)
{
	return resolves("printer", "192.168.77.200");
}

static void a_new_host_or_name_is_served_by_the_same_process(void **state)
{
	pid_t pid;

	start();
	pid = dnsmasq_pid(here.dnsmasq);
	guest("eth0", "52:54:00:00:00:01");
	assert_true(gets_address("eth0", "one"));
	assert_false(printer_resolves());
	add_name("printer", "192.168.77.200");
	add_host("52:54:00:00:00:01", "fixed", "192.168.77.99");
	update();
	assert_int_equal(dnsmasq_pid(here.dnsmasq), pid);
	assert_true(run_until(printer_resolves, 2000));
	assert_true(gets_address("eth0", "one"));
	assert_true(has_address("eth0", "192.168.77.99"));
	assert_true(runs(pid));
}

static void a_new_range_is_served_by_a_new_process(void **state)
{
	pid_t pid;

	start();
	pid = dnsmasq_pid(here.dnsmasq);
	update();
	assert_int_equal(dnsmasq_pid(here.dnsmasq), pid);
	here.network->ips[0].ranges[0].start = address_of("192.168.77.150");
	here.network->ips[0].ranges[0].end = address_of("192.168.77.150");
	update();
	assert_int_not_equal(dnsmasq_pid(here.dnsmasq), pid);
	assert_false(runs(pid));
	guest("eth0", "52:54:00:00:00:01");
	assert_true(gets_address("eth0", "one"));
	assert_true(has_address("eth0", "192.168.77.150"));
	assert_int_equal(here.restarts, 0);
}

static void after_a_refused_change_the_old_is_served(void **state)
{
	struct error err = ERROR_INIT;

	add_name("printer", "192.168.77.200");
	start();
	guest("eth0", "52:54:00:00:00:01");
	assert_true(gets_address("eth0", "one"));
	add_option("dhcp-range=7");
	expect_refusal(try_to_serve(&err), &err, "dnsmasq: bad dhcp-range: 'dhcp-range=7'");
	assert_true(runs(dnsmasq_pid(here.dnsmasq)));
	assert_true(printer_resolves());
}

/* Takes it, and expects the sentence with our own name in it. */
static void expect_taken(int type, const char *ip, uint16_t port, const char *what)
{
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool v6 = inet_pton(AF_INET6, ip, &at6.sin6_addr) == 1;
	AUTO_CLOSE int taken = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	AUTO_FREE char *sentence = NULL;

	if (!v6)
		assert_int_equal(inet_pton(AF_INET, ip, &at.sin_addr), 1);
	assert_return_code(v6 ? bind(taken, (struct sockaddr *)&at6, sizeof(at6))
			      : bind(taken, (struct sockaddr *)&at, sizeof(at)),
			   errno);
	if (type == SOCK_STREAM)
		assert_return_code(listen(taken, 1), errno);
	assert_true(asprintf(&sentence,
			     "dnsmasq: failed to %s: Address already in use: "
			     "process %d (test-kernel-dns)",
			     what, (int)getpid()) > 0);
	expect_no_start(sentence);
	assert_int_equal(count_files(), 0);
	expect_no_child();
	assert_false(shell_try("grep -zlxF -e --conf-file=%s/red.conf /proc/[0-9]*/cmdline",
			       here.runtime));
}

static void a_taken_port_is_told_by_whom_and_nothing_is_left(void **state)
{
	static const char dns[] = "create listening socket for 192.168.77.1";

	expect_taken(SOCK_DGRAM, "192.168.77.1", 53, dns);
	expect_taken(SOCK_STREAM, "192.168.77.1", 53, dns);
	expect_taken(SOCK_DGRAM, "0.0.0.0", 53, dns);
	expect_taken(SOCK_DGRAM, "::", 53, dns);
	expect_taken(SOCK_DGRAM, "0.0.0.0", 67, "bind DHCP server socket");
	shell("ip address add fd00::1/64 dev %s nodad", bridge);
	expect_taken(SOCK_DGRAM, "fd00::1", 53, "create listening socket for fd00::1");
	/* All the time nothing else was in the way. */
	start();
}

static void without_dnsmasq_the_sentence_says_so(void **state)
{
	setenv("VIFD_DNSMASQ", "/nowhere/dnsmasq", 1);
	expect_no_start("dnsmasq, which gives DHCP and DNS to guests, is not "
			"installed");
	assert_int_equal(count_files(), 0);
}

static void a_folder_that_its_user_may_not_enter_is_told(void **state)
{
	AUTO_FREE char *sentence = NULL;

	assert_return_code(chmod(here.folder, 0700), errno);
	assert_true(asprintf(&sentence,
			     "dnsmasq runs as user %s, who may not enter the folder "
			     "%s",
			     shell_try("getent passwd dnsmasq") ? "dnsmasq" : "nobody",
			     here.folder) > 0);
	expect_no_start(sentence);
}

static void the_next_vifd_goes_on_with_the_same_process(void **state)
{
	pid_t pid;

	start();
	pid = dnsmasq_pid(here.dnsmasq);
	guest("eth0", "52:54:00:00:00:01");
	assert_true(gets_address("eth0", "one"));
	adopt();
	assert_int_equal(dnsmasq_pid(here.dnsmasq), pid);
	/* Meanwhile the network may have become another. */
	add_name("printer", "192.168.77.200");
	adopt();
	assert_int_equal(dnsmasq_pid(here.dnsmasq), pid);
	assert_true(run_until(printer_resolves, 2000));
	here.network->mtu = 1400;
	adopt();
	assert_int_not_equal(dnsmasq_pid(here.dnsmasq), pid);
	assert_false(runs(pid));
	/* An adopted one is supervised, too. */
	killed = dnsmasq_pid(here.dnsmasq);
	assert_return_code(kill(killed, SIGKILL), errno);
	assert_true(run_until(another_runs, 1000));
}

static void one_that_ended_while_nobody_watched_is_started(void **state)
{
	pid_t pid;

	start();
	pid = dnsmasq_pid(here.dnsmasq);
	dnsmasq_leave(take_ptr(here.dnsmasq));
	assert_return_code(kill(pid, SIGKILL), errno);
	shell("while grep -q '^State:.[^Z]' /proc/%d/status; do sleep 0.01; done", (int)pid);
	adopt();
	assert_int_not_equal(dnsmasq_pid(here.dnsmasq), pid);
	assert_true(runs(dnsmasq_pid(here.dnsmasq)));
}

/* Whoever has the pid now: it is not ours to end. */
static void a_pid_file_that_names_another_process_is_not_believed(void **state)
{
	AUTO_FREE char *path = NULL, *pid = NULL;

	assert_true(asprintf(&path, "%s/red.pid", here.runtime) > 0);
	assert_true(asprintf(&pid, "%d\n", (int)getpid()) > 0);
	assert_int_equal(dir_make(here.runtime, 0755, NULL), 0);
	assert_int_equal(file_write(path, pid, strlen(pid), 0644, false, NULL), 0);
	start();
	assert_int_not_equal(dnsmasq_pid(here.dnsmasq), getpid());
	assert_true(runs(dnsmasq_pid(here.dnsmasq)));
}

static void a_sweep_ends_what_no_network_wants(void **state)
{
	pid_t pid;

	start();
	pid = dnsmasq_pid(here.dnsmasq);
	dnsmasq_leave(take_ptr(here.dnsmasq));
	dnsmasq_sweep(here.runtime, wants_red, NULL);
	assert_true(runs(pid));
	dnsmasq_sweep(here.runtime, wants_none, NULL);
	assert_false(runs(pid));
	assert_int_equal(count_files(), 0);
}

static void a_stopped_one_leaves_leases_only(void **state)
{
	char address_of_one[ADDRESS_TEXT_SIZE];
	pid_t pid;

	start();
	pid = dnsmasq_pid(here.dnsmasq);
	guest("eth0", "52:54:00:00:00:01");
	assert_true(gets_address("eth0", "one"));
	stop();
	assert_false(runs(pid));
	assert_int_equal(count_files(), 0);
	expect_lease("52:54:00:00:00:01", "one", address_of_one);
	/* Nor is it started again. */
	assert_return_code(sd_event_run(here.event, 100000), errno);
	assert_int_equal(here.restarts, 0);
}

static bool nothing_blocks(uint64_t begin)
{
	return clock_usec() - begin < 100000;
}

/* SIGTERM cannot reach it. Nobody waits for that, be it to end or to be replaced. */
static void one_that_hangs_is_ended_all_the_same_and_nobody_waits(void **state)
{
	uint64_t begin;
	pid_t pid;

	start();
	pid = dnsmasq_pid(here.dnsmasq);
	assert_return_code(kill(pid, SIGSTOP), errno);
	here.network->ips[0].ranges[0].end = address_of("192.168.77.30");
	begin = clock_usec();
	assert_int_equal(dnsmasq_serve(here.dnsmasq, here.network, bridge, NULL), 0);
	assert_true(nothing_blocks(begin));
	/* What is on disk is what the process has read, whenever vifd ends. */
	assert_true(runs(pid));
	assert_true(shell_try("grep -q 192.168.77.20 %s/red.conf", here.runtime));
	assert_int_equal(settle(&here.refused), 0);
	assert_false(runs(pid));
	pid = dnsmasq_pid(here.dnsmasq);
	assert_true(runs(pid));
	assert_return_code(kill(pid, SIGSTOP), errno);
	begin = clock_usec();
	dnsmasq_end(here.dnsmasq);
	assert_true(nothing_blocks(begin));
	assert_int_equal(settle(&here.refused), 0);
	assert_in_range(clock_usec() - begin, 0, 1000000);
	assert_false(runs(pid));
	assert_int_equal(count_files(), 0);
}

/* A program in place of dnsmasq, for the starts from now on. */
static void replace_dnsmasq(const char *script)
{
	AUTO_FREE char *path = NULL, *text = NULL, *program = program_find("dnsmasq");

	assert_true(asprintf(&path, "%s/dnsmasq.sh", here.folder) > 0);
	assert_true(asprintf(&text, "#!/bin/sh\ndnsmasq=%s\n%s\n", program, script) > 0);
	assert_int_equal(file_write(path, text, strlen(text), 0755, false, NULL), 0);
	setenv("VIFD_DNSMASQ", path, 1);
}

/* How many processes there are whose command line has our configuration. */
static unsigned count_processes(void)
{
	AUTO_FREE char *path = NULL, *text = NULL;
	size_t size;
	unsigned n = 0;

	assert_true(asprintf(&path, "%s/count", here.folder) > 0);
	shell("grep -lxzF -e --conf-file=%s/red.conf /proc/[0-9]*/cmdline >%s 2>/dev/null || true",
	      here.runtime, path);
	assert_int_equal(file_read(path, 65536, &text, &size, NULL), 0);
	for (const char *c = text; *c; c++)
		n += *c == '\n';
	return n;
}

static bool is_on_its_way(void)
{
	return count_processes() >= 2;
}

/* It has a child already, which no pid file names; and then its configuration is another one. */
static void a_start_that_is_given_up_leaves_no_process_and_no_zombie(void **state)
{
	replace_dnsmasq("\"$dnsmasq\" -k \"$@\" & sleep 60");
	open_dnsmasq();
	assert_int_equal(dnsmasq_serve(here.dnsmasq, here.network, bridge, NULL), 0);
	assert_true(run_until(is_on_its_way, 5000));
	unsetenv("VIFD_DNSMASQ");
	here.network->ips[0].ranges[0].end = address_of("192.168.77.30");
	update();
	assert_int_equal(count_processes(), 1);
	expect_no_child();
	stop();
	/* The same with one that nobody wants any more, or that is left half way. */
	replace_dnsmasq("\"$dnsmasq\" -k \"$@\" & sleep 60");
	assert_int_equal(dnsmasq_serve(here.dnsmasq, here.network, bridge, NULL), 0);
	assert_true(run_until(is_on_its_way, 5000));
	stop();
	assert_int_equal(count_processes(), 0);
	assert_int_equal(count_files(), 0);
	expect_no_child();
}

/* What only a new process answers. */
static void serve_answer(const char *answer)
{
	struct network_dns *dns = &here.network->dns;
	struct dns_txt *txt = dns->txts;

	if (!txt) {
		txt = array_add(&dns->txts, &dns->n_txts, sizeof(*txt));
		assert_non_null(txt);
		txt->name = text_copy("t.example");
	}
	free(txt->value);
	txt->value = text_copy(answer);
}

/* As vifd that is killed some time after it was told to serve another answer. */
static void be_killed(const char *answer, unsigned msec)
{
	pid_t vifd = fork();

	assert_return_code(vifd, errno);
	if (vifd == 0) {
		uint64_t end;

		if (sd_event_new(&here.event) < 0)
			_exit(1);
		update();
		/* It is slow to end. */
		kill(dnsmasq_pid(here.dnsmasq), SIGSTOP);
		serve_answer(answer);
		if (dnsmasq_serve(here.dnsmasq, here.network, bridge, NULL) < 0)
			_exit(1);
		for (end = clock_usec() + msec * 1000; clock_usec() < end;)
			(void)sd_event_run(here.event, end - clock_usec());
		_exit(0);
	}
	assert_int_equal(waitpid(vifd, NULL, 0), vifd);
}

static pid_t read_pid(void)
{
	AUTO_FREE char *path = NULL, *text = NULL;
	size_t size;

	assert_true(asprintf(&path, "%s/red.pid", here.runtime) > 0);
	return file_read(path, 32, &text, &size, NULL) == 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

static void next_vifd_serves(const char *answer)
{
	pid_t before = read_pid();

	serve_answer(answer);
	dnsmasq_sweep(here.runtime, wants_red, NULL);
	start();
	/* It has had its SIGTERM. */
	killed = before;
	if (before == dnsmasq_pid(here.dnsmasq) && is_stopped(before)) {
		kill(before, SIGCONT);
		here.restarts = 0;
		assert_true(run_until(another_runs, 2000));
	}
	assert_int_equal(count_processes(), 1);
	netns_enter_wire();
	shell("busybox nslookup -type=txt t.example 192.168.77.1 | grep -q '\"%s\"'", answer);
	netns_enter_host();
	dnsmasq_leave(take_ptr(here.dnsmasq));
}

/* Before the old one has ended, when it has, while the new one is on its way, after. */
static void whenever_vifd_is_killed_the_next_one_serves_what_is_wanted(void **state)
{
	static const unsigned moments_msec[] = { 0, 405, 450, 700 };

	replace_dnsmasq("sleep 0.1; exec \"$dnsmasq\" \"$@\"");
	guest("eth0", "52:54:00:00:00:01");
	netns_enter_wire();
	shell("ip address add 192.168.77.2/24 dev eth0");
	netns_enter_host();
	next_vifd_serves("old");
	for (unsigned i = 0; i < ARRAY_SIZE(moments_msec); i++) {
		be_killed("new", moments_msec[i]);
		next_vifd_serves(i % 2 ? "old" : "new");
		if (i % 2 == 0)
			next_vifd_serves("old");
	}
}

/* The DHCP socket may still be bound to the old one; not always, so the process tells. */
static void a_bridge_that_was_made_anew_is_served_by_a_new_process(void **state)
{
	pid_t pid;

	start();
	pid = dnsmasq_pid(here.dnsmasq);
	shell("ip link del %s", bridge);
	make_bridge();
	update();
	assert_int_not_equal(dnsmasq_pid(here.dnsmasq), pid);
	guest("eth0", "52:54:00:00:00:01");
	assert_true(gets_address("eth0", "one"));
}

/* Another vifd, in a network namespace of its own, may have a network of the same name. */
static void two_hosts_do_not_disturb_each_other(void **state)
{
	AUTO_FREE char *second = NULL;
	struct dnsmasq_options with = options();
	struct dnsmasq *other = NULL, *first;
	pid_t pid;

	assert_true(asprintf(&second, "%s/other", here.folder) > 0);
	with.folder = second;
	start();
	pid = dnsmasq_pid(here.dnsmasq);
	first = take_ptr(here.dnsmasq);
	netns_enter_wire();
	make_bridge();
	assert_int_equal(dnsmasq_new(&with, "red", &here.dnsmasq, NULL), 0);
	update();
	assert_true(runs(pid));
	assert_true(runs(dnsmasq_pid(here.dnsmasq)));
	stop();
	other = here.dnsmasq;
	here.dnsmasq = first;
	dnsmasq_leave(other);
	netns_enter_host();
	assert_true(runs(pid));
}

/* Orphans are for process 1 to bury, which in a sandbox the test would be. */
static void leave_orphans_to_a_parent(void)
{
	int status = 0;
	pid_t test;

	if (getpid() != 1)
		return;
	test = fork();
	if (test == 0)
		return;
	while (test > 0 && waitpid(-1, &status, 0) != test)
		;
	_exit(test > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CLAIM(guests_get_addresses_and_know_each_other_by_name),
		CLAIM(a_value_is_what_it_says_for_dnsmasq_too),
		CLAIM(it_has_no_privileges_of_a_user),
		CLAIM(when_killed_it_is_back_within_a_second_with_its_leases),
		CLAIM(what_ends_again_and_again_is_left_until_it_is_asked_for),
		CLAIM(what_was_given_up_is_tried_again_when_the_minute_is_over),
		CLAIM(a_new_host_or_name_is_served_by_the_same_process),
		CLAIM(a_new_range_is_served_by_a_new_process),
		CLAIM(after_a_refused_change_the_old_is_served),
		CLAIM(a_taken_port_is_told_by_whom_and_nothing_is_left),
		CLAIM(without_dnsmasq_the_sentence_says_so),
		CLAIM(a_folder_that_its_user_may_not_enter_is_told),
		CLAIM(the_next_vifd_goes_on_with_the_same_process),
		CLAIM(one_that_ended_while_nobody_watched_is_started),
		CLAIM(a_pid_file_that_names_another_process_is_not_believed),
		CLAIM(a_sweep_ends_what_no_network_wants),
		CLAIM(a_stopped_one_leaves_leases_only),
		CLAIM(one_that_hangs_is_ended_all_the_same_and_nobody_waits),
		CLAIM(a_start_that_is_given_up_leaves_no_process_and_no_zombie),
		CLAIM(whenever_vifd_is_killed_the_next_one_serves_what_is_wanted),
		CLAIM(a_bridge_that_was_made_anew_is_served_by_a_new_process),
		CLAIM(two_hosts_do_not_disturb_each_other),
	};
	AUTO_FREE char *program = program_find("dnsmasq");

	if (!program) {
		printf("1..0 # SKIP there is no dnsmasq\n");
		return 77;
	}
	leave_orphans_to_a_parent();
	netns_require();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
