/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long a guest is cut off when its host interface returns: a live port of
 * vifd beside the same netlink messages sent bare (the floor), turn by turn in
 * one run.
 *
 *	outage [FLAPS [PORTS [FLAPS-OF-MANY [CLIENTS]]]]
 *
 * CLIENTS is a process group of other clients of vifd, which are stopped but for each second flap
 * of a third table: vifd alone beside vifd with them.
 *
 * It runs in a network namespace where vifd answers; /run/netns has two more,
 * `world` (the switch) and `bare` (a host without vifd).
 *
 * A flap: the host interface, a veth whose other end is in `world`, is made
 * again, down, as hardware comes; then the other end is set up. The clock
 * starts when the RTM_NEWLINK request that made it returns: the kernel's
 * announcement is the last that it does for that request, and nobody can
 * change a link before. It stops with the guest's first frame at the other
 * end, by the kernel's time stamp on a packet socket in `world`. The guest is a
 * thread with the fds of the taps that writes a frame into each, again and
 * again, until one has come through. Its frames have an EtherType of their own:
 * what vifd sends in its place does not count.
 *
 * The floor is a process that waits for the same announcement and then sends
 * the messages that make the macvlan and the wire, by the same functions of
 * src/kernel that vifd uses, and knows from the start what to do.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "kernel/link.h"
#include "kernel/monitor.h"
#include "kernel/tc.h"
#include "kernel/tun.h"
#include "measure.h"
#include "util/parse.h"
#include "vif/vif.h"

enum {
	FLAPS_DEFAULT = 200,
	PORTS_DEFAULT = 500,
	FLAPS_OF_MANY_DEFAULT = 9,
	COUNT_MAX = 10000,
	WARM_UP = 3,
	ETHERTYPE = 0x88b5, /* IEEE 802, for experiments */
	HEADER_SIZE = 10,   /* of struct virtio_net_hdr: what a new tap wants before each frame */
	FRAME_SIZE = 60,
	FRAME_WAIT_SEC = 10,
	SEND_EVERY_USEC = 50,
	SEND_MANY_EVERY_USEC = 5000, /* with 500 ports a CPU would be busy with less */
	SETTLE_USEC = 20000,
	SETTLE_PORT_USEC = 1000, /* more for each port */
};

static const char host_interface[] = "eth1";
static const char switch_port[] = "p1";

struct guest_nic {
	int fd;
	int ifindex; /* on the bare side */
	char name[IFNAMSIZ];
	uint8_t mac[6];
	_Atomic bool arrived; /* a frame has, in this flap */
};

struct side {
	const char *name;
	int netns;
	struct guest_nic *nics;
	size_t n_nics;
	double *outages; /* usec, one a flap */
	int signal;      /* what the other clients get before each flap of this side */
};

/* What a guest's frame carries. */
struct payload {
	uint32_t flap;
	uint32_t nic;
};

struct bench {
	struct netlink *world; /* makes the host interface */
	int wire;              /* packet socket in `world` */
	uint32_t flap;
	_Atomic(struct side *) sending; /* whose guests send; NULL: none */
	_Atomic bool end;
	unsigned send_every_usec;
	pid_t clients; /* process group; 0: none */
};

static int failed(const char *what, const struct error *err)
{
	fprintf(stderr, "outage: %s: %s\n", what, error_text(err));
	return -1;
}

static int failed_system(const char *what)
{
	fprintf(stderr, "outage: %s: %m\n", what);
	return -1;
}

static double wall_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Network namespaces. */

static int netns_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? failed_system(path) : fd;
}

static int netns_enter(int fd)
{
	return setns(fd, CLONE_NEWNET) < 0 ? failed_system("setns") : 0;
}

/* The host interface. */

static void put_switch_port(struct nlmsghdr *nlh)
{
	struct nlattr *peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));

	info->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, switch_port);
	mnl_attr_nest_end(nlh, peer);
}

/* The kernel makes the other end first: the host interface is what it announces last. */
static void put_host_interface(struct netlink *nl, const struct side *side)
{
	struct nlmsghdr *nlh = netlink_message(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *link, *data;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, host_interface);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)side->netns);
	link = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	put_switch_port(nlh);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, link);
}

/* The host interface returns, and the switch's end of it comes up; *ret_at is between the two. */
static int host_interface_add(struct bench *bench, const struct side *side, double *ret_at)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int ifindex, r;

	put_host_interface(bench->world, side);
	r = netlink_run(bench->world, &err);
	*ret_at = wall_usec();
	if (r == 0)
		r = netlink_ifindex(bench->world, switch_port, &ifindex);
	if (r == 0)
		r = link_set_up(bench->world, ifindex, switch_port, &err);
	return r < 0 ? failed(host_interface, &err) : 0;
}

static int host_interface_delete(struct bench *bench)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int ifindex = 0, r;

	r = netlink_ifindex(bench->world, switch_port, &ifindex);
	if (r == 0)
		r = link_delete(bench->world, ifindex, switch_port, &err);
	return r < 0 ? failed(switch_port, &err) : 0;
}

/* The wire. */

static int wire_open(int *ret_fd)
{
	AUTO_CLOSE int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE));
	const struct timeval wait = { .tv_sec = FRAME_WAIT_SEC };
	const int on = 1, room = 4 << 20;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		return failed_system("packet socket");
	*ret_fd = take_fd(&fd);
	return 0;
}

static double time_stamp(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct timespec at;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&at, CMSG_DATA(c), sizeof(at));
		return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
	}
	return 0;
}

/* One frame; 1 if it is a guest's, 0 if none came in time. */
static int wire_receive(int fd, int flags, struct payload *ret_payload, double *ret_at)
{
	char control[CMSG_SPACE(sizeof(struct timespec))] __attribute__((aligned(8)));
	uint8_t frame[FRAME_SIZE];
	struct iovec iov = { frame, sizeof(frame) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (recvmsg(fd, &msg, flags) != FRAME_SIZE)
		return 0;
	memcpy(ret_payload, frame + ETH_HLEN, sizeof(*ret_payload));
	*ret_at = time_stamp(&msg);
	return 1;
}

static void wire_drain(int fd)
{
	struct payload payload;
	double at;

	while (wire_receive(fd, MSG_DONTWAIT, &payload, &at) > 0)
		continue;
}

/* Until a frame of each guest has come; when the last did. */
static int wire_wait(struct bench *bench, struct side *side, double *ret_at)
{
	double last = 0;

	for (size_t missing = side->n_nics; missing > 0;) {
		struct payload payload;
		double at;

		if (wire_receive(bench->wire, 0, &payload, &at) == 0) {
			fprintf(stderr, "outage: %s: no frame of %zu of %zu guests\n", side->name,
				missing, side->n_nics);
			return -1;
		}
		if (payload.flap != bench->flap || payload.nic >= side->n_nics ||
		    side->nics[payload.nic].arrived)
			continue;
		side->nics[payload.nic].arrived = true;
		missing--;
		last = at > last ? at : last;
	}
	*ret_at = last;
	return 0;
}

/* The guests. */

static void guest_send(const struct guest_nic *nic, uint32_t flap, uint32_t number)
{
	static const uint8_t nobody[6] = { 0x02, 0x00, 0x00, 0x00, 0x00, 0x99 };
	const struct payload payload = { flap, number };
	uint8_t buffer[HEADER_SIZE + FRAME_SIZE] = { 0 }, *frame = buffer + HEADER_SIZE;

	memcpy(frame, nobody, 6);
	memcpy(frame + 6, nic->mac, 6);
	frame[12] = ETHERTYPE >> 8;
	frame[13] = ETHERTYPE & 0xff;
	memcpy(frame + ETH_HLEN, &payload, sizeof(payload));
	/* Into a tap that waits for its host's side this fails or is lost: that is the point. */
	if (write(nic->fd, buffer, sizeof(buffer)) < 0)
		return;
}

static void *guest_main(void *userdata)
{
	struct bench *bench = userdata;

	prctl(PR_SET_TIMERSLACK, 1);
	while (!bench->end) {
		struct side *side = bench->sending;

		for (size_t i = 0; side && i < side->n_nics; i++)
			if (!side->nics[i].arrived)
				guest_send(&side->nics[i], bench->flap, (uint32_t)i);
		usleep(side ? bench->send_every_usec : SEND_EVERY_USEC);
	}
	return NULL;
}

/* The floor. */

static void bare_on_link(void *userdata, const struct link_view *view)
{
	int *lower = userdata;

	if (!strcmp(view->name, host_interface))
		*lower = view->deleted ? 0 : view->ifindex;
}

static int bare_connect(struct netlink *nl, const struct guest_nic *nic, int lower, unsigned number,
			struct error *err)
{
	char name[IFNAMSIZ], tag[64];
	const struct macvlan_spec spec = {
		.kind = "macvlan",
		.name = name,
		.altname = tag,
		.lower = lower,
		.lower_name = host_interface,
		.mode = MACVLAN_MODE_BRIDGE,
		.mac = nic->mac,
	};
	int ifindex, r;

	snprintf(name, sizeof(name), "b%u-0", number);
	snprintf(tag, sizeof(tag), "bench-00000000-0000-0000-0000-%012u", number);
	r = link_add_macvlan(nl, &spec, &ifindex, err);
	if (r == 0)
		r = link_set_up(nl, ifindex, name, err);
	if (r == 0)
		r = tc_wire(nl, nic->ifindex, nic->name, ifindex, name, err);
	return r;
}

static int bare_connect_all(struct netlink *nl, const struct side *side, int lower,
			    struct error *err)
{
	int r = link_set_up(nl, lower, host_interface, err);

	for (size_t i = 0; r == 0 && i < side->n_nics; i++)
		r = bare_connect(nl, &side->nics[i], lower, (unsigned)i, err);
	return r;
}

/* Where the host interface is now; 0 where it is not. */
static int bare_look(struct netlink *nl, struct monitor *monitor, int *lower, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r = monitor_read(monitor, bare_on_link, lower, &failure);

	if (r == -ENOBUFS) {
		if (netlink_ifindex(nl, host_interface, lower) < 0)
			*lower = 0;
		return 0;
	}
	if (r < 0)
		error_move(err, &failure);
	return r;
}

/* Until the bench's end of the socket closes. */
static int bare_serve(const struct side *side, int until)
{
	AUTO(netlink_closep) struct netlink *nl = NULL;
	AUTO(monitor_closep) struct monitor *monitor = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	int lower = 0, connected = 0, r;

	r = netlink_open(NETLINK_ROUTE, &nl, &err);
	if (r == 0)
		r = monitor_open(&monitor, &err);
	while (r == 0) {
		struct pollfd fds[] = {
			{ .fd = monitor_fd(monitor), .events = POLLIN },
			{ .fd = until },
		};

		if (poll(fds, 2, -1) < 0 || fds[1].revents)
			break;
		r = bare_look(nl, monitor, &lower, &err);
		if (r == 0 && lower && lower != connected)
			r = bare_connect_all(nl, side, lower, &err);
		connected = lower;
	}
	return r < 0 ? failed("bare", &err) : 0;
}

static int bare_nic_add(struct netlink *nl, struct guest_nic *nic, unsigned number,
			struct error *err)
{
	const struct link_setup setup = { .no_ipv6 = true };
	const uint8_t mac[6] = { 0x52, 0x54, 0, 1, (uint8_t)(number >> 8), (uint8_t)number };
	int r;

	memcpy(nic->mac, mac, sizeof(mac));
	snprintf(nic->name, sizeof(nic->name), "b%u", number);
	r = tun_create(nic->name, 1, true, 0, &nic->fd, &nic->ifindex, err);
	if (r == 0)
		r = link_setup(nl, nic->ifindex, nic->name, &setup, err);
	if (r == 0)
		r = tc_set_noqueue(nl, nic->ifindex, nic->name, err);
	if (r == 0)
		r = link_set_up(nl, nic->ifindex, nic->name, err);
	return r;
}

/* In the namespace of the side. */
static int bare_add(struct side *side)
{
	AUTO(netlink_closep) struct netlink *nl = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	r = netlink_open(NETLINK_ROUTE, &nl, &err);
	for (size_t i = 0; r == 0 && i < side->n_nics; i++)
		r = bare_nic_add(nl, &side->nics[i], (unsigned)i, &err);
	return r < 0 ? failed("bare", &err) : 0;
}

static int bare_start(struct side *side, pid_t *ret_pid, int *ret_until)
{
	int pair[2];

	if (bare_add(side) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return failed_system("socketpair");
	*ret_pid = fork();
	if (*ret_pid < 0)
		return failed_system("fork");
	if (*ret_pid == 0) {
		close(pair[0]);
		_exit(bare_serve(side, pair[1]) < 0);
	}
	close(pair[1]);
	*ret_until = pair[0];
	return 0;
}

/* vifd's side. */

static int vifd_plug(struct vif *vif, struct guest_nic *nic)
{
	static unsigned number; /* ports that were ended keep their addresses for a moment */
	const uint8_t mac[6] = { 0x52, 0x54, 0, 2, (uint8_t)(number >> 8), (uint8_t)number };
	struct vif_error error = VIF_ERROR_INIT;
	struct vif_plugged *plugged = NULL;
	char xml[256];

	number++;
	memcpy(nic->mac, mac, sizeof(mac));
	snprintf(xml, sizeof(xml),
		 "<interface type='direct'><mac address='52:54:00:02:%02x:%02x'/>"
		 "<source dev='%s' mode='bridge'/></interface>",
		 mac[4], mac[5], host_interface);
	if (vif_port_plug(vif, xml, "bench", NULL, &plugged, &error) < 0) {
		fprintf(stderr, "outage: vifd: %s\n", error.text);
		vif_error_done(&error);
		return -1;
	}
	nic->fd = take_fd(&plugged->fds[0]);
	snprintf(nic->name, sizeof(nic->name), "%s", vif_record_string(plugged->port, "name"));
	vif_plugged_free(plugged);
	return 0;
}

/* The host interface has to be there for it; afterwards it is gone. */
static int vifd_add(struct bench *bench, struct vif *vif, struct side *side)
{
	double at;
	int r = host_interface_add(bench, side, &at);

	for (size_t i = 0; r == 0 && i < side->n_nics; i++)
		r = vifd_plug(vif, &side->nics[i]);
	return r < 0 ? r : host_interface_delete(bench);
}

/* Measuring. */

static int flap(struct bench *bench, struct side *side, double *ret_outage)
{
	const useconds_t settle = SETTLE_USEC + SETTLE_PORT_USEC * side->n_nics;
	double start, end;

	if (bench->clients)
		kill(-bench->clients, side->signal);
	usleep(settle);
	wire_drain(bench->wire);
	bench->flap++;
	for (size_t i = 0; i < side->n_nics; i++)
		side->nics[i].arrived = false;
	bench->sending = side;
	usleep(SETTLE_USEC);
	if (host_interface_add(bench, side, &start) < 0 || wire_wait(bench, side, &end) < 0)
		return -1;
	bench->sending = NULL;
	*ret_outage = end - start;
	usleep(settle);
	return host_interface_delete(bench);
}

static void report(struct side *const sides[2], size_t flaps)
{
	char ratio[64];

	static const unsigned percents[] = { 50, 90, 99, 100 };
	double values[2][ARRAY_SIZE(percents)];

	printf("%-22s %10s %10s %10s %10s   ms, %zu flaps\n", "", "median", "p90", "p99", "max",
	       flaps);
	for (unsigned i = 0; i < 2; i++) {
		printf("%4zu port%s %-12s", sides[i]->n_nics, sides[i]->n_nics > 1 ? "s," : ", ",
		       sides[i]->name);
		for (unsigned j = 0; j < ARRAY_SIZE(percents); j++) {
			values[i][j] = percentile(sides[i]->outages, flaps, percents[j]);
			printf(" %10.3f", values[i][j] / 1000);
		}
		printf("\n");
	}
	snprintf(ratio, sizeof(ratio), "ratio, %s to %s", sides[1]->name, sides[0]->name);
	printf("%-22s", ratio);
	for (unsigned j = 0; j < ARRAY_SIZE(percents); j++)
		printf(" %10.2f", values[1][j] / values[0][j]);
	printf("\n");
}

static int measure(struct bench *bench, struct side *const sides[2], size_t flaps)
{
	for (size_t i = 0; i < flaps + WARM_UP; i++)
		for (unsigned s = 0; s < 2; s++) {
			size_t at = i < WARM_UP ? 0 : i - WARM_UP;

			if (flap(bench, sides[s], &sides[s]->outages[at]) < 0)
				return -1;
		}
	report(sides, flaps);
	return 0;
}

static void side_end(struct side *side)
{
	for (size_t i = 0; i < side->n_nics; i++)
		closep(&side->nics[i].fd);
	free(side->nics);
	free(side->outages);
}

static int side_begin(struct side *side, size_t n_nics, size_t flaps)
{
	side->nics = calloc(n_nics, sizeof(*side->nics));
	side->outages = calloc(flaps, sizeof(*side->outages));
	if (!side->nics || !side->outages)
		return failed_system("memory");
	side->n_nics = n_nics;
	for (size_t i = 0; i < n_nics; i++)
		side->nics[i].fd = -1;
	return 0;
}

static int run_guests(struct bench *bench, struct side *const sides[2], size_t flaps)
{
	pthread_t guest;
	int r;

	bench->end = false;
	if (pthread_create(&guest, NULL, guest_main, bench) != 0)
		return failed_system("thread");
	r = measure(bench, sides, flaps);
	bench->sending = NULL;
	bench->end = true;
	pthread_join(guest, NULL);
	return r;
}

/* Ports of vifd end with our connection to it, the bare ones with their fds. */
static int compare_sides(struct bench *bench, int host, int bare_ns, size_t n_nics, size_t flaps)
{
	AUTO(side_end) struct side bare = { .name = "bare", .netns = bare_ns };
	AUTO(side_end) struct side vifd = { .name = "vifd", .netns = host };
	struct side *const sides[] = { &bare, &vifd };
	struct vif_error error = VIF_ERROR_INIT;
	struct vif *vif = NULL;
	int until = -1, r;
	pid_t pid = 0;

	if (side_begin(&bare, n_nics, flaps) < 0 || side_begin(&vifd, n_nics, flaps) < 0 ||
	    netns_enter(bare_ns) < 0)
		return -1;
	r = bare_start(&bare, &pid, &until);
	if (r == 0)
		r = netns_enter(host);
	if (r == 0 && vif_open(NULL, &vif, &error) < 0) {
		fprintf(stderr, "outage: %s\n", error.text);
		vif_error_done(&error);
		r = -1;
	}
	if (r == 0)
		r = vifd_add(bench, vif, &vifd);
	if (r == 0)
		r = run_guests(bench, sides, flaps);
	closep(&until);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	vif_close(vif);
	return r;
}

/* One port of vifd, turn by turn while the other clients are stopped and beside them. */
static int compare_clients(struct bench *bench, int host, size_t flaps)
{
	AUTO(side_end) struct side quiet = { .name = "quiet", .netns = host, .signal = SIGSTOP };
	AUTO(side_end) struct side beside = { .name = "beside", .netns = host, .signal = SIGCONT };
	struct side *const sides[] = { &quiet, &beside };
	struct vif *vif = NULL;
	int r;

	if (side_begin(&quiet, 1, flaps) < 0 || side_begin(&beside, 0, flaps) < 0 ||
	    netns_enter(host) < 0 || vif_open(NULL, &vif, NULL) < 0)
		return -1;
	r = vifd_add(bench, vif, &quiet);
	free(beside.nics);
	beside.nics = quiet.nics;
	beside.n_nics = quiet.n_nics;
	if (r == 0)
		r = run_guests(bench, sides, flaps);
	kill(-bench->clients, SIGCONT);
	vif_close(vif);
	beside.nics = NULL;
	beside.n_nics = 0;
	return r;
}

static int bench_open(struct bench *bench, int world)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (netns_enter(world) < 0 || wire_open(&bench->wire) < 0)
		return -1;
	return netlink_open(NETLINK_ROUTE, &bench->world, &err) < 0 ? failed("world", &err) : 0;
}

static int parse_counts(int argc, char **argv, uint32_t counts[4])
{
	for (int i = 1; i < argc; i++)
		if (i > 4 ||
		    parse_u32(argv[i], 1, i == 4 ? INT_MAX : COUNT_MAX, &counts[i - 1]) < 0) {
			fprintf(stderr,
				"usage: outage [FLAPS [PORTS [FLAPS-OF-MANY [CLIENTS]]]]\n");
			return -1;
		}
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t counts[] = { FLAPS_DEFAULT, PORTS_DEFAULT, FLAPS_OF_MANY_DEFAULT, 0 };
	struct bench bench = { .wire = -1, .send_every_usec = SEND_EVERY_USEC };
	int host, world, bare, r;

	if (parse_counts(argc, argv, counts) < 0)
		return 2;
	host = netns_open("/proc/self/ns/net");
	world = netns_open("/run/netns/world");
	bare = netns_open("/run/netns/bare");
	if (host < 0 || world < 0 || bare < 0 || bench_open(&bench, world) < 0)
		return 1;
	if (counts[3])
		kill(-(pid_t)counts[3], SIGSTOP);
	r = compare_sides(&bench, host, bare, 1, counts[0]);
	if (r == 0) {
		bench.send_every_usec = SEND_MANY_EVERY_USEC;
		r = compare_sides(&bench, host, bare, counts[1], counts[2]);
	}
	if (r == 0 && counts[3]) {
		bench.send_every_usec = SEND_EVERY_USEC;
		bench.clients = (pid_t)counts[3];
		r = compare_clients(&bench, host, counts[0]);
	}
	netlink_close(bench.world);
	close(bench.wire);
	close(host);
	close(world);
	close(bare);
	return r < 0;
}
