/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon costs: a plug and an unplug through vifd, beside the same
 * kernel operations made bare in one process (the floor), turn by turn in one
 * run on one host interface.
 *
 *	plug [ROUNDS]		in a network namespace where vifd answers and eth1 exists
 *
 * The floor of a plug is the creation, tagging, opening and setting up of a
 * macvtap by src/kernel; of an unplug, closing and deleting it.
 */
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kernel/link.h"
#include "kernel/macvtap.h"
#include "measure.h"
#include "util/parse.h"
#include "vif/vif.h"

enum {
	ROUNDS_DEFAULT = 200,
	ROUNDS_MAX = 100000,
	WARM_UP = 5,
};

static const char host_interface[] = "eth1";
static const char request_xml[] = "<interface type='direct'>\n"
				  "  <source dev='eth1' mode='bridge'/>\n"
				  "  <vif:port xmlns:vif='urn:vifd:1' type='direct'/>\n"
				  "</interface>\n";

enum series {
	FLOOR_PLUG,
	FLOOR_UNPLUG,
	VIFD_PLUG,
	VIFD_UNPLUG,
	SERIES_COUNT,
};

static const char *const series_names[] = {
	[FLOOR_PLUG] = "plug, bare",
	[FLOOR_UNPLUG] = "unplug, bare",
	[VIFD_PLUG] = "plug, vifd",
	[VIFD_UNPLUG] = "unplug, vifd",
};

struct floor {
	struct netlink *netlink;
	struct macvtap_folders folders;
	int lower;
};

static int floor_plug(struct floor *f, int *ret_ifindex, int *ret_fd, struct error *err)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0x00, 0xbe, 0x1c, 0x01 };
	const struct macvlan_spec spec = {
		.kind = "macvtap",
		.name = "bench0",
		.altname = "vif-bench",
		.lower = f->lower,
		.lower_name = host_interface,
		.mode = MACVLAN_MODE_BRIDGE,
		.mac = mac,
	};
	int r;

	r = link_add_macvlan(f->netlink, &spec, ret_ifindex, err);
	if (r == 0)
		r = macvtap_open(&f->folders, *ret_ifindex, spec.name, 1, true, ret_fd, err);
	if (r == 0)
		r = link_set_up(f->netlink, *ret_ifindex, spec.name, err);
	return r;
}

static int floor_round(struct floor *f, double *plug, double *unplug, struct error *err)
{
	double start = now_usec(), middle;
	int ifindex, fd = -1, r;

	r = floor_plug(f, &ifindex, &fd, err);
	if (r < 0)
		return r;
	middle = now_usec();
	r = link_delete(f->netlink, ifindex, "bench0", err);
	close(fd);
	*plug = middle - start;
	*unplug = now_usec() - middle;
	return r;
}

static int vifd_round(struct vif *vif, double *plug, double *unplug, struct vif_error *error)
{
	struct vif_plugged *plugged = NULL;
	double start = now_usec(), middle;
	int r;

	r = vif_port_plug(vif, request_xml, "bench", NULL, &plugged, error);
	if (r < 0)
		return r;
	middle = now_usec();
	r = vif_port_unplug(vif, vif_record_string(plugged->port, "name"), false, error);
	vif_plugged_free(plugged);
	*plug = middle - start;
	*unplug = now_usec() - middle;
	return r;
}

static int measure(struct floor *f, struct vif *vif, size_t rounds, double *values[SERIES_COUNT])
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct vif_error error = VIF_ERROR_INIT;

	for (size_t i = 0; i < rounds + WARM_UP; i++) {
		size_t at = i < WARM_UP ? 0 : i - WARM_UP;

		if (floor_round(f, &values[FLOOR_PLUG][at], &values[FLOOR_UNPLUG][at], &err) < 0) {
			fprintf(stderr, "floor: %s\n", error_text(&err));
			return -1;
		}
		if (vifd_round(vif, &values[VIFD_PLUG][at], &values[VIFD_UNPLUG][at], &error) < 0) {
			fprintf(stderr, "vifd: %s\n", error.text);
			vif_error_done(&error);
			return -1;
		}
	}
	return 0;
}

static void report(double *values[SERIES_COUNT], size_t rounds)
{
	double median[SERIES_COUNT];

	printf("%-14s %10s %10s %10s   microseconds, %zu rounds\n", "", "median", "p90", "p99",
	       rounds);
	for (unsigned i = 0; i < SERIES_COUNT; i++) {
		median[i] = percentile(values[i], rounds, 50);
		printf("%-14s %10.1f %10.1f %10.1f\n", series_names[i], median[i],
		       percentile(values[i], rounds, 90), percentile(values[i], rounds, 99));
	}
	printf("ratio of the medians, vifd to bare: plug %.2f, unplug %.2f, both %.2f\n",
	       median[VIFD_PLUG] / median[FLOOR_PLUG], median[VIFD_UNPLUG] / median[FLOOR_UNPLUG],
	       (median[VIFD_PLUG] + median[VIFD_UNPLUG]) /
		       (median[FLOOR_PLUG] + median[FLOOR_UNPLUG]));
}

static int floor_open(struct floor *f, struct error *err)
{
	int r;

	f->lower = (int)if_nametoindex(host_interface);
	if (f->lower == 0)
		return error_system(err, -errno, "%s", host_interface);
	r = netlink_open(NETLINK_ROUTE, &f->netlink, err);
	return r < 0 ? r : macvtap_folders_open(&f->folders, NULL, err);
}

int main(int argc, char **argv)
{
	struct floor f = { .folders = MACVTAP_FOLDERS_INIT };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct vif_error error = VIF_ERROR_INIT;
	double *values[SERIES_COUNT];
	uint32_t rounds = ROUNDS_DEFAULT;
	struct vif *vif = NULL;
	int r;

	if (argc > 1 && parse_u32(argv[1], 1, ROUNDS_MAX, &rounds) < 0) {
		fprintf(stderr, "usage: plug [ROUNDS]\n");
		return 2;
	}
	if (floor_open(&f, &err) < 0) {
		fprintf(stderr, "plug: %s\n", error_text(&err));
		return 1;
	}
	if (vif_open(NULL, &vif, &error) < 0) {
		fprintf(stderr, "plug: %s\n", error.text);
		vif_error_done(&error);
		return 1;
	}
	for (unsigned i = 0; i < SERIES_COUNT; i++)
		values[i] = calloc(rounds, sizeof(double));
	r = measure(&f, vif, rounds, values);
	if (r == 0)
		report(values, rounds);
	for (unsigned i = 0; i < SERIES_COUNT; i++)
		free(values[i]);
	vif_close(vif);
	netlink_close(f.netlink);
	macvtap_folders_close(&f.folders);
	return r < 0;
}
