/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ways that vifd does not go:
 *
 * By TCX: a program of four instructions in place of u32 and mirred. Less work a
 * frame, but the kernel waits for RCU with its big lock held each time one is
 * attached (tcx_entry_sync), ten milliseconds in place of a tenth: too long for
 * a host interface that has just come back.
 *
 * Past the macvlan: what the guest sends goes out by the NIC itself. Where
 * macvlans do not talk to each other (not in bridge mode) that is what the
 * macvlan would do. But when the NIC visits another namespace the macvlan works
 * again afterwards and such a wire does not, and what is set on the
 * macvlan (a rate, a filter, being down) is not obeyed.
 */
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "frames.h"
#include "host/guard-program.h"
#include "kernel/link.h"
#include "kernel/tc.h"
#include "kernel/tun.h"
#include "ways.h"

enum {
	ATTACH_TCX_INGRESS = 46, /* BPF_TCX_INGRESS, of headers after 6.1 */
};

static int add_macvlan(struct lab *lab, const struct way *way, const char *kind, const char *name,
		       int *ret_ifindex, struct error *err)
{
	const struct macvlan_spec spec = {
		.kind = kind,
		.name = name,
		.lower = (int)if_nametoindex(way->nic),
		.lower_name = way->nic,
		.mode = MACVLAN_MODE_BRIDGE,
		.mac = way->mac,
	};
	int r;

	r = link_add_macvlan(lab->nl, &spec, ret_ifindex, err);
	return r < 0 ? r : link_set_up(lab->nl, *ret_ifindex, name, err);
}

static int build_direct(struct lab *lab, struct way *way, struct error *err)
{
	int ifindex, r;

	r = add_macvlan(lab, way, "macvtap", way->link, &ifindex, err);
	if (r == 0)
		r = macvtap_open(&lab->folders, ifindex, way->link, 1, true, &way->queue, err);
	return r;
}

static int add_tap(struct lab *lab, struct way *way, bool queued, int *ret_ifindex,
		   struct error *err)
{
	const struct link_setup quiet = { .no_ipv6 = true, .no_arp = true };
	int r;

	r = tun_create(way->link, 1, true, 0, &way->queue, ret_ifindex, err);
	if (r == 0)
		r = link_setup(lab->nl, *ret_ifindex, way->link, &quiet, err);
	if (r == 0 && !queued)
		r = tc_set_noqueue(lab->nl, *ret_ifindex, way->link, err);
	return r < 0 ? r : link_set_up(lab->nl, *ret_ifindex, way->link, err);
}

/* Tap and macvlan, not wired. */
static int add_both(struct lab *lab, struct way *way, bool queued, int *ret_tap, int *ret_macvlan,
		    struct error *err)
{
	int r;

	r = add_tap(lab, way, queued, ret_tap, err);
	return r < 0 ? r : add_macvlan(lab, way, "macvlan", way->side, ret_macvlan, err);
}

static int build_live(struct lab *lab, struct way *way, struct error *err)
{
	int tap, macvlan, r;

	r = add_both(lab, way, false, &tap, &macvlan, err);
	return r < 0 ? r : tc_wire(lab->nl, tap, way->link, macvlan, way->side, err);
}

static int build_queued(struct lab *lab, struct way *way, struct error *err)
{
	int tap, macvlan, r;

	r = add_both(lab, way, true, &tap, &macvlan, err);
	return r < 0 ? r : tc_wire(lab->nl, tap, way->link, macvlan, way->side, err);
}

/* bpf_redirect(to, 0) */
static int load_redirect(int to)
{
	static const char license[] = "GPL";
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = to },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { 0 };

	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = ARRAY_SIZE(program);
	attr.license = (uintptr_t)license;
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int redirect_by_tcx(int from, int to, struct error *err)
{
	AUTO_CLOSE int program = load_redirect(to);
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)from; /* an ifindex, for this type */
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = ATTACH_TCX_INGRESS;
	if (program < 0 || syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)) < 0)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED, "no TCX");
	return 0;
}

static int build_tcx(struct lab *lab, struct way *way, struct error *err)
{
	int tap, macvlan, r;

	r = add_both(lab, way, false, &tap, &macvlan, err);
	if (r == 0)
		r = redirect_by_tcx(macvlan, tap, err);
	return r < 0 ? r : redirect_by_tcx(tap, macvlan, err);
}

/* Two wires, of which the second takes the tap's end of the first. */
static int build_past(struct lab *lab, struct way *way, struct error *err)
{
	int nic = (int)if_nametoindex(way->nic), tap, macvlan, r;

	r = add_both(lab, way, false, &tap, &macvlan, err);
	if (r == 0)
		r = tc_wire(lab->nl, tap, way->link, macvlan, way->side, err);
	if (r == 0)
		r = tc_wire(lab->nl, tap, way->link, nic, way->nic, err);
	return r < 0 ? r : tc_unwire(lab->nl, nic, way->nic, err);
}

static int build_bridge(struct lab *lab, struct way *way, struct error *err)
{
	int nic = (int)if_nametoindex(way->nic), bridge, tap, r;

	if (system("ip link add br0 up type bridge forward_delay 0 mcast_snooping 0") != 0)
		return error_set(err, -EIO, ERROR_SYSTEM, "cannot make a bridge");
	bridge = (int)if_nametoindex("br0");
	r = link_set_master(lab->nl, nic, way->nic, bridge, "br0", err);
	if (r == 0)
		r = add_tap(lab, way, false, &tap, err);
	return r < 0 ? r : link_set_master(lab->nl, tap, way->link, bridge, "br0", err);
}

/* --- guarded -------------------------------------------------------------------- */

/* Of frame_make_gso(). */
static const struct guard_address guest_address = { AF_INET, { 10, 9, 0, 1 }, 32 };

static int guard(struct lab *lab, struct way *way, int ifindex, enum guard_side side,
		 struct error *err)
{
	struct guard_rules rules = {
		.identity = { way->mac[5] },
		.mac_only = true,
		.ip_only = true,
		.no_dhcp_server = true,
		.no_ra = true,
		.addresses = &guest_address,
		.n_addresses = 1,
	};

	if (!lab->guard)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED, "no guard");
	memcpy(rules.mac, way->mac, sizeof(rules.mac));
	return guard_set(lab->guard, lab->nl, ifindex, way->link, side, &rules, err);
}

/* The program sends on. */
static int guard_wire(struct lab *lab, struct way *way, struct error *err)
{
	int tap = (int)if_nametoindex(way->link);
	int r = guard(lab, way, tap, GUARD_SIDE_TAP, err);

	return r < 0 ? r : guard_set_redirect(lab->guard, tap, (int)if_nametoindex(way->side), err);
}

/* By tc. */
static int build_guarded(struct lab *lab, struct way *way, struct error *err)
{
	int r = build_live(lab, way, err);

	return r < 0 ? r : guard_wire(lab, way, err);
}

static int build_guarded_tcx(struct lab *lab, struct way *way, struct error *err)
{
	int r = build_guarded(lab, way, err);

	return r < 0 ? r
		     : guard_promote(lab->guard, (int)if_nametoindex(way->link), way->link, err);
}

/* By tc, and the wire behind it sends on. */
static int build_guarded_before(struct lab *lab, struct way *way, struct error *err)
{
	int r = build_live(lab, way, err);

	return r < 0 ? r : guard(lab, way, (int)if_nametoindex(way->link), GUARD_SIDE_TAP, err);
}

static int build_guarded_direct(struct lab *lab, struct way *way, struct error *err)
{
	int r = build_direct(lab, way, err);

	return r < 0 ? r : guard(lab, way, (int)if_nametoindex(way->link), GUARD_SIDE_MACVTAP, err);
}

/* --- stateful ------------------------------------------------------------------- */

enum {
	GROUP_RULES = 1000,
};

static int add_states(struct packet_list *list, uint32_t states, bool track)
{
	struct packet_rule *rule = packet_list_add(list, PACKET_ACCEPT, 0);

	if (!rule)
		return -ENOMEM;
	rule->track = track;
	return packet_rule_add(rule, PACKET_STATE, false, states, 1, UINT8_MAX);
}

static int add_group_rule(struct packet_list *list, uint32_t port)
{
	struct packet_rule *rule = packet_list_add(list, PACKET_ACCEPT, 0);
	int r;

	if (!rule)
		return -ENOMEM;
	rule->track = true;
	r = packet_rule_add(rule, PACKET_STATE, false, PACKET_NEW, 1, UINT8_MAX);
	if (r == 0)
		r = packet_rule_add(rule, PACKET_PROTOCOL, false, UINT8_MAX, IPPROTO_TCP,
				    IPPROTO_TCP);
	return r < 0 ? r
		     : packet_rule_add(rule, PACKET_PORT_DESTINATION, false, UINT16_MAX, port,
				       port);
}

/* What stands passes, then a group's rules are asked; the last lets the measured flow begin. */
static int make_group(struct packet_list *list)
{
	int r = add_states(list, PACKET_ESTABLISHED | PACKET_RELATED, false);

	for (uint32_t i = 0; r == 0 && i < GROUP_RULES; i++)
		r = add_group_rule(list, 10000 + i);
	return r < 0 ? r : add_states(list, PACKET_NEW, true);
}

static int add_groups(struct lab *lab, struct way *way, struct error *err)
{
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	AUTO(guard_program_done) struct guard_program program = { 0 };

	if (make_group(&filter.from_guest) < 0 || make_group(&filter.to_guest) < 0 ||
	    guard_program_init(&filter, &program) < 0)
		return error_oom(err);
	return guard_set_filter(lab->guard, lab->nl, (int)if_nametoindex(way->link), way->link,
				GUARD_SIDE_TAP, &program.filter, err);
}

static int build_stateful(struct lab *lab, struct way *way, struct error *err)
{
	int tap, macvlan, r;

	r = add_both(lab, way, false, &tap, &macvlan, err);
	if (r == 0)
		r = tc_make_ready(lab->nl, tap, way->link, true, err);
	if (r == 0)
		r = tc_wire(lab->nl, tap, way->link, macvlan, way->side, err);
	if (r == 0)
		r = guard_wire(lab, way, err);
	return r < 0 ? r : add_groups(lab, way, err);
}

static int build_stateful_tcx(struct lab *lab, struct way *way, struct error *err)
{
	int r = build_stateful(lab, way, err);

	return r < 0 ? r
		     : guard_promote(lab->guard, (int)if_nametoindex(way->link), way->link, err);
}

/* On the bridge of the way before it. */
static int build_guarded_bridge(struct lab *lab, struct way *way, struct error *err)
{
	int bridge = (int)if_nametoindex("br0"), tap, r;

	r = add_tap(lab, way, false, &tap, err);
	if (r == 0)
		r = guard(lab, way, tap, GUARD_SIDE_TAP, err);
	return r < 0 ? r : link_set_master(lab->nl, tap, way->link, bridge, "br0", err);
}

/* --- by libvirt's rules --------------------------------------------------------- */

/* The bridge family's nat table, in the form of ebtables-save. %1$s: the tap, %2$s: its MAC. */
static const char clean_traffic[] =
	"*nat\n"
	":PREROUTING ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\n"
	":sent ACCEPT\n:sent-mac ACCEPT\n:sent-ip ACCEPT\n:sent-arp ACCEPT\n:sent-rarp ACCEPT\n"
	"-A PREROUTING -i %1$s -j sent\n"
	"-A sent -j sent-mac\n"
	"-A sent -p IPv4 -j sent-ip\n"
	"-A sent -p IPv4 -j ACCEPT\n"
	"-A sent -p ARP -j sent-arp\n"
	"-A sent -p ARP -j ACCEPT\n"
	"-A sent -p 0x8035 -j sent-rarp\n"
	"-A sent -j DROP\n"
	"-A sent-mac -s %2$s -j RETURN\n"
	"-A sent-mac -j DROP\n"
	"-A sent-ip -p IPv4 --ip-src 0.0.0.0 --ip-proto udp -j RETURN\n"
	"-A sent-ip -p IPv4 --ip-src 10.9.0.1 -j RETURN\n"
	"-A sent-ip -j DROP\n"
	"-A sent-arp -p ARP --arp-mac-src %2$s --arp-ip-src 10.9.0.1 -j RETURN\n"
	"-A sent-arp -j DROP\n"
	"-A sent-rarp -p 0x8035 -s %2$s -d ff:ff:ff:ff:ff:ff -j ACCEPT\n"
	"-A sent-rarp -j DROP\n";

static void begin_clean_traffic(const struct way *way)
{
	FILE *rules = popen("ebtables-nft-restore", "w"); /* NOLINT(bugprone-command-processor) */
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", way->mac[0], way->mac[1],
		 way->mac[2], way->mac[3], way->mac[4], way->mac[5]);
	if (rules)
		fprintf(rules, clean_traffic, way->link, mac);
	if (!rules || pclose(rules) != 0)
		fprintf(stderr, "path: ebtables-nft-restore has failed\n");
}

static void end_clean_traffic(const struct way *way)
{
	(void)way;
	if (system("ebtables-nft -t nat -F && ebtables-nft -t nat -X && nft delete table bridge "
		   "nat") != 0)
		fprintf(stderr, "path: the rules of ebtables stay\n");
}

static int build_clean_traffic(struct lab *lab, struct way *way, struct error *err)
{
	int tap, r;

	if (system("command -v ebtables-nft >/dev/null && command -v nft >/dev/null") != 0)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED, "no ebtables");
	r = add_tap(lab, way, false, &tap, err);
	return r < 0 ? r
		     : link_set_master(lab->nl, tap, way->link, (int)if_nametoindex("br0"), "br0",
				       err);
}

struct way ways[N_WAYS] = {
	{ "direct", build_direct, "eth1" },
	{ "live", build_live, "eth1" },
	{ "live, queue before tap", build_queued, "eth1" },
	{ "live, by TCX", build_tcx, "eth1" },
	{ "live, past the macvlan", build_past, "eth1" },
	{ "tap on bridge", build_bridge, "eth2" },
	{ "live, guarded by TCX", build_guarded_tcx, "eth1" },
	{ "live, guarded by tc", build_guarded, "eth1" },
	{ "live, stateful by TCX", build_stateful_tcx, "eth1" },
	{ "live, stateful by tc", build_stateful, "eth1" },
	{ "live, guard then wire", build_guarded_before, "eth1" },
	{ "direct, guarded", build_guarded_direct, "eth1" },
	{ "tap on bridge, guarded", build_guarded_bridge, "eth2" },
	{ "tap on bridge, clean-traffic", build_clean_traffic, "eth2", begin_clean_traffic,
	  end_clean_traffic },
};

static int build_way(struct lab *lab, struct way *way, unsigned i, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	snprintf(way->link, sizeof(way->link), "vif%u", i);
	snprintf(way->side, sizeof(way->side), "vif%u-0", i);
	memcpy(way->mac, frame_guest, sizeof(way->mac));
	way->mac[5] = (uint8_t)i;
	r = way->build(lab, way, &failure);
	way->absent = r == -EOPNOTSUPP;
	if (way->absent)
		return 0;
	if (r < 0)
		error_move(err, &failure);
	else
		queue_setup(way->queue, VNET_HEADER);
	return r;
}

int ways_build(struct lab *lab, struct error *err)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_WAYS; i++)
		r = build_way(lab, &ways[i], i, err);
	return r;
}
