/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guard costs where no frame passes: a plug through vifd with it beside one
 * without, turn by turn in one run, for each kind of port; new rules for the
 * guards of many taps; and another thousand members, and other rules, of a security group
 * that a hundred ports are in, with what each of these ports takes of memory.
 *
 *	guards ROUNDS PID	in a network namespace where the vifd of that PID answers, with eth1
 *				and a bridge br1
 */
#include <dirent.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "kernel/guard.h"
#include "kernel/link.h"
#include "kernel/tun.h"
#include "measure.h"
#include "util/parse.h"
#include "vif/vif.h"

enum {
	ROUNDS_MAX = 10000,
	WARM_UP = 5,
	TAPS = 100,
	CHANGES = 20,
	MEMBERS = 1000,
};

#define DIRECT(type, inside)                                          \
	"<interface type='direct'><source dev='eth1' mode='bridge'/>" \
	"<vif:port xmlns:vif='urn:vifd:1' type='" type "'/>" inside "</interface>"
#define BRIDGE(inside) "<interface type='bridge'><source bridge='br1'/>" inside "</interface>"
#define LISTED                                                                        \
	"<vif:security xmlns:vif='urn:vifd:1' ip='list'><vif:address ip='10.7.0.2'/>" \
	"<vif:address ip='2001:db8::2'/></vif:security>"
#define GROUPED                                                              \
	BRIDGE("<vif:security xmlns:vif='urn:vifd:1' ip='learn'><vif:group " \
	       "name='bench'/></vif:security>")
#define LEARNED "<vif:security xmlns:vif='urn:vifd:1' ip='learn'/>"

/* Three of a kind: without, with, and with one that learns. */
enum {
	OF_A_KIND = 3,
};
static const struct {
	const char *name, *xml;
} requests[] = {
	{ "live", DIRECT("live", "") },
	{ "live, guarded", DIRECT("live", LISTED) },
	{ "live, learning", DIRECT("live", LEARNED) },
	{ "direct", DIRECT("direct", "") },
	{ "direct, guarded", DIRECT("direct", LISTED) },
	{ "direct, learning", DIRECT("direct", LEARNED) },
	{ "bridge", BRIDGE("") },
	{ "bridge, guarded", BRIDGE(LISTED) },
	{ "bridge, learning", BRIDGE(LEARNED) },
};

static int fail(struct vif_error *error)
{
	fprintf(stderr, "guards: %s\n", error->text);
	vif_error_done(error);
	return -1;
}

static int plug(struct vif *vif, const char *xml, double *ret_usec)
{
	struct vif_error error = VIF_ERROR_INIT;
	struct vif_plugged *plugged = NULL;
	double start = now_usec();
	int r;

	if (vif_port_plug(vif, xml, "bench", NULL, &plugged, &error) < 0)
		return fail(&error);
	*ret_usec = now_usec() - start;
	r = vif_port_unplug(vif, vif_record_string(plugged->port, "name"), true, &error);
	vif_plugged_free(plugged);
	return r < 0 ? fail(&error) : 0;
}

static int measure_plugs(struct vif *vif, size_t rounds)
{
	static double values[ARRAY_SIZE(requests)][ROUNDS_MAX];
	double plain = 0;

	for (size_t i = 0; i < rounds + WARM_UP; i++)
		for (size_t j = 0; j < ARRAY_SIZE(requests); j++)
			if (plug(vif, requests[j].xml, &values[j][i < WARM_UP ? 0 : i - WARM_UP]) <
			    0)
				return -1;
	printf("%-18s %10s %10s %10s   microseconds a plug, %zu rounds\n", "", "median", "p90",
	       "ratio", rounds);
	for (size_t j = 0; j < ARRAY_SIZE(requests); j++) {
		double median = percentile(values[j], rounds, 50);

		plain = j % OF_A_KIND ? plain : median;
		printf("%-18s %10.1f %10.1f %10.3f\n", requests[j].name, median,
		       percentile(values[j], rounds, 90), median / plain);
	}
	return 0;
}

static int guard_taps(struct guard *guard, struct netlink *nl, const int *taps, unsigned change,
		      double *ret_usec, struct error *err)
{
	struct guard_rules rules = { .mac_only = true, .ip_only = true };
	double start = now_usec();
	int r = 0;

	rules.broadcast = 100 + change;
	for (unsigned i = 0; r == 0 && i < TAPS; i++) {
		rules.identity[0] = (uint8_t)i;
		r = guard_set(guard, nl, taps[i], "tap", GUARD_SIDE_TAP, &rules, err);
	}
	*ret_usec = now_usec() - start;
	return r;
}

static int measure_changes(struct error *err)
{
	AUTO(guard_closep) struct guard *guard = NULL;
	AUTO(netlink_closep) struct netlink *nl = NULL;
	double values[CHANGES], start = now_usec(), loading, first;
	int taps[TAPS], fds[TAPS], r;

	r = netlink_open(NETLINK_ROUTE, &nl, err);
	if (r == 0)
		r = guard_open(nl, NULL, 0, &guard, err);
	loading = now_usec() - start;
	for (unsigned i = 0; r == 0 && i < TAPS; i++) {
		char name[IFNAMSIZ];

		snprintf(name, sizeof(name), "bench%u", i);
		r = tun_create(name, 1, true, 0, &fds[i], &taps[i], err);
	}
	if (r == 0)
		r = guard_taps(guard, nl, taps, 0, &first, err);
	for (unsigned i = 0; r == 0 && i < CHANGES; i++)
		r = guard_taps(guard, nl, taps, i, &values[i], err);
	if (r == 0)
		printf("to load the program: %.1f ms; first rules of %u taps: %.1f ms; new rules "
		       "of "
		       "all: median %.2f ms, most %.2f ms\n",
		       loading / 1e3, TAPS, first / 1e3, percentile(values, CHANGES, 50) / 1e3,
		       percentile(values, CHANGES, 100) / 1e3);
	return r;
}

/* --- groups ----------------------------------------------------------------------- */

struct memory {
	double maps, vifd; /* KiB */
};

/* The number behind the key of a line; 0: there is none. */
static double number_in(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	double number = 0;
	char line[256];

	while (file && number == 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			number = strtod(line + strlen(key), NULL);
	if (file)
		fclose(file);
	return number;
}

/* What the kernel says of vifd's maps, and of vifd itself. */
static struct memory memory_of(const char *pid)
{
	struct memory memory = { 0 };
	struct dirent *entry;
	char path[300];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	memory.vifd = number_in(path, "VmRSS:");
	snprintf(path, sizeof(path), "/proc/%s/fdinfo", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, entry->d_name);
		if (number_in(path, "map_type:") > 0)
			memory.maps += number_in(path, "memlock:") / 1024;
	}
	if (folder)
		closedir(folder);
	return memory;
}

/* How long vifd's main thread has run on a processor, in microseconds. */
static double cpu_usec(const char *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
	return number_in(path, "") / 1e3;
}

static int define_group(struct vif *vif, unsigned port, double *ret_usec)
{
	struct vif_error error = VIF_ERROR_INIT;
	struct vif_record *answer = NULL;
	double start = now_usec();
	char xml[512];

	snprintf(xml, sizeof(xml),
		 "<group name='bench'><rule direction='in' protocol='tcp' port='%u'/>"
		 "<rule direction='in' remote-group='bench'/></group>",
		 port);
	if (vif_group_define(vif, xml, "bench", &answer, &error) < 0)
		return fail(&error);
	*ret_usec = now_usec() - start;
	vif_record_free(answer);
	return 0;
}

/* A thousand addresses of 10.N.0.0/16, the ones to come or those to go. */
static const char *const *thousand(unsigned n)
{
	static char texts[2][MEMBERS][16];
	static const char *list[2][MEMBERS + 1];

	for (unsigned i = 0; i < MEMBERS; i++) {
		snprintf(texts[n % 2][i], sizeof(texts[0][0]), "10.%u.%u.%u", n % 2, i / 250,
			 i % 250 + 1);
		list[n % 2][i] = texts[n % 2][i];
	}
	return list[n % 2];
}

static int exchange_members(struct vif *vif, unsigned n, double *ret_usec)
{
	struct vif_error error = VIF_ERROR_INIT;
	const char *const *come = thousand(n), *const *go = thousand(n + 1);
	double start = now_usec();
	unsigned members;

	if (vif_group_change_members(vif, "bench", come, n ? go : NULL, &members, &error) < 0)
		return fail(&error);
	*ret_usec = now_usec() - start;
	return 0;
}

static int measure_group(struct vif *vif, const char *pid)
{
	struct vif_plugged *plugged[TAPS] = { NULL };
	struct vif_error error = VIF_ERROR_INIT;
	double members[CHANGES], rules[CHANGES], once, cpu[3] = { 0 };
	struct memory before, after;
	int r = define_group(vif, 1, &once);

	before = memory_of(pid);
	for (unsigned i = 0; r == 0 && i < TAPS; i++)
		if (vif_port_plug(vif, GROUPED, "bench", NULL, &plugged[i], &error) < 0)
			r = fail(&error);
	after = memory_of(pid);
	if (r == 0)
		r = exchange_members(vif, 0, &once);
	cpu[0] = cpu_usec(pid);
	for (unsigned i = 0; r == 0 && i < CHANGES; i++)
		r = exchange_members(vif, i + 1, &members[i]);
	cpu[1] = cpu_usec(pid);
	for (unsigned i = 0; r == 0 && i < CHANGES; i++)
		r = define_group(vif, i + 2, &rules[i]);
	cpu[2] = cpu_usec(pid);
	if (r == 0)
		printf("a group of %u ports: other %u members: median %.2f ms, most %.2f ms, %.2f "
		       "of them vifd's on a processor; other rules: median %.2f ms, most %.2f ms, "
		       "%.2f vifd's\n"
		       "a port in a group: %.1f KiB of maps, %.1f KiB of vifd\n",
		       TAPS, MEMBERS, percentile(members, CHANGES, 50) / 1e3,
		       percentile(members, CHANGES, 100) / 1e3, (cpu[1] - cpu[0]) / CHANGES / 1e3,
		       percentile(rules, CHANGES, 50) / 1e3, percentile(rules, CHANGES, 100) / 1e3,
		       (cpu[2] - cpu[1]) / CHANGES / 1e3, (after.maps - before.maps) / TAPS,
		       (after.vifd - before.vifd) / TAPS);
	for (unsigned i = 0; i < TAPS && plugged[i]; i++) {
		(void)vif_port_unplug(vif, vif_record_string(plugged[i]->port, "name"), true, NULL);
		vif_plugged_free(plugged[i]);
	}
	return r;
}

int main(int argc, char **argv)
{
	struct vif_error error = VIF_ERROR_INIT;
	AUTO_ERROR struct error err = ERROR_INIT;
	uint32_t rounds;
	struct vif *vif = NULL;
	int r;

	if (argc != 3 || parse_u32(argv[1], 1, ROUNDS_MAX, &rounds) < 0) {
		fprintf(stderr, "usage: guards ROUNDS PID\n");
		return 2;
	}
	if (vif_open(NULL, &vif, &error) < 0)
		return fail(&error) < 0;
	r = measure_plugs(vif, rounds);
	if (r == 0)
		r = measure_group(vif, argv[2]);
	vif_close(vif);
	if (r < 0)
		return 1;
	if (measure_changes(&err) < 0) {
		fprintf(stderr, "guards: %s\n", error_text(&err));
		return 1;
	}
	return 0;
}
