/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guard costs where no frame passes: a plug through vifd with it beside one
 * without, turn by turn in one run, for each kind of port; and new rules for the
 * guards of many taps.
 *
 *	guards [ROUNDS]		in a network namespace where vifd answers, with eth1 and
 *				a bridge br1
 */
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
	ROUNDS_DEFAULT = 100,
	ROUNDS_MAX = 10000,
	WARM_UP = 5,
	TAPS = 100,
	CHANGES = 20,
};

#define DIRECT(type, inside)                                          \
	"<interface type='direct'><source dev='eth1' mode='bridge'/>" \
	"<vif:port xmlns:vif='urn:vifd:1' type='" type "'/>" inside "</interface>"
#define BRIDGE(inside) "<interface type='bridge'><source bridge='br1'/>" inside "</interface>"
#define LISTED                                                                        \
	"<vif:security xmlns:vif='urn:vifd:1' ip='list'><vif:address ip='10.7.0.2'/>" \
	"<vif:address ip='2001:db8::2'/></vif:security>"
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

int main(int argc, char **argv)
{
	struct vif_error error = VIF_ERROR_INIT;
	AUTO_ERROR struct error err = ERROR_INIT;
	uint32_t rounds = ROUNDS_DEFAULT;
	struct vif *vif = NULL;
	int r;

	if (argc > 1 && parse_u32(argv[1], 1, ROUNDS_MAX, &rounds) < 0) {
		fprintf(stderr, "usage: guards [ROUNDS]\n");
		return 2;
	}
	if (vif_open(NULL, &vif, &error) < 0)
		return fail(&error) < 0;
	r = measure_plugs(vif, rounds);
	vif_close(vif);
	if (r < 0)
		return 1;
	if (measure_changes(&err) < 0) {
		fprintf(stderr, "guards: %s\n", error_text(&err));
		return 1;
	}
	return 0;
}
