/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What many networks and ports cost: is the last plug as fast as the first?
 *
 *	scale [NETWORKS [PORTS]]
 *
 * It runs in a namespace with eth1 to eth4, br1 and br2, and starts vifd itself.
 *
 * Networks and ports take turns between a pool (two of the host interfaces) and
 * a bridge; of the ports every second is handed over by fd and the others are
 * opened by name. Each has a process of its own that ends it, as a VMM does.
 *
 * The kernel gets slower too, the more links it has: so the same operations are
 * made bare in this process (the floor) before the first port and after the
 * last one. Only ratios within one run say anything.
 *
 * A recovery is measured from the start of the next vifd after a SIGKILL until
 * it answers, and says that all ports are connected. Its floor is what it cannot
 * do without: one dump of all links, and reading all files.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "kernel/fds.h"
#include "kernel/link.h"
#include "kernel/tc.h"
#include "kernel/tun.h"
#include "measure.h"
#include "util/file.h"
#include "util/parse.h"
#include "vif/vif.h"

enum {
	NETWORKS_DEFAULT = 1000,
	PORTS_DEFAULT = 2000,
	COUNT_MAX = 3000, /* two bridges have 1023 ports each */
	SAMPLE = 50,      /* so many of each kind at the beginning and at the end */
	FILE_MAX = 1 << 20,
	FD_LIMIT = 1024, /* the usual one: vifd has to raise it */
	PATIENCE_SEC = 300,
};

enum series {
	NETWORK_DEFINE,
	NETWORK_START,
	POOL_BARE,
	POOL_BY_FD,
	POOL_BY_NAME,
	BRIDGE_BARE,
	BRIDGE_BY_FD,
	BRIDGE_BY_NAME,
	SERIES_COUNT,
};

static const char *const series_names[] = {
	[NETWORK_DEFINE] = "define a network",      [NETWORK_START] = "start a network",
	[POOL_BARE] = "plug to a pool, bare",       [POOL_BY_FD] = "plug to a pool, by fd",
	[POOL_BY_NAME] = "plug to a pool, by name", [BRIDGE_BARE] = "plug to a bridge, bare",
	[BRIDGE_BY_FD] = "plug to a bridge, by fd", [BRIDGE_BY_NAME] = "plug to a bridge, by name",
};
_Static_assert(ARRAY_SIZE(series_names) == SERIES_COUNT, "every series has a name");

struct samples {
	double usec[2 * COUNT_MAX];
	size_t n;
};

static struct samples series[SERIES_COUNT];
static pid_t guests[COUNT_MAX];
static uint32_t n_networks = NETWORKS_DEFAULT, n_ports = PORTS_DEFAULT;

static void add_sample(enum series which, double start_usec)
{
	series[which].usec[series[which].n++] = now_usec() - start_usec;
}

static double median(const double *values, size_t n)
{
	double sorted[2 * COUNT_MAX];

	memcpy(sorted, values, n * sizeof(*values));
	return percentile(sorted, n, 50);
}

static __attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "scale: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

/* --- the floor ------------------------------------------------------------------ */

struct floor {
	struct netlink *netlink;
	int nic, bridge;
};

static const uint8_t floor_mac[6] = { 0x52, 0x54, 0x00, 0xbe, 0x1c, 0x01 };

static int floor_tap(struct floor *f, int *ret_fd, int *ret_ifindex, struct error *err)
{
	const struct link_setup setup = {
		.altname = "vif-bench",
		.mac = (const uint8_t[]){ 0xfe, 0x54, 0x00, 0xbe, 0x1c, 0x01 },
		.no_ipv6 = true,
		.no_arp = true,
	};
	int r;

	r = tun_create("bench0", 1, true, 0, ret_fd, ret_ifindex, err);
	if (r == 0)
		r = link_setup(f->netlink, *ret_ifindex, "bench0", &setup, err);
	if (r == 0)
		r = tc_set_noqueue(f->netlink, *ret_ifindex, "bench0", err);
	return r < 0 ? r : tc_make_ready(f->netlink, *ret_ifindex, "bench0", true, err);
}

static int floor_side(struct floor *f, int *ret_ifindex, struct error *err)
{
	const struct macvlan_spec spec = {
		.kind = "macvlan",
		.name = "bench1",
		.altname = "vif-bench-0",
		.lower = f->nic,
		.lower_name = "eth1",
		.mode = MACVLAN_MODE_BRIDGE,
		.mac = floor_mac,
	};
	int r;

	r = link_add_macvlan(f->netlink, &spec, ret_ifindex, err);
	if (r == 0)
		r = tc_make_ready(f->netlink, *ret_ifindex, spec.name, false, err);
	return r < 0 ? r : link_set_up(f->netlink, *ret_ifindex, spec.name, err);
}

static int floor_pool(struct floor *f, struct error *err)
{
	double start = now_usec();
	int fd = -1, tap = 0, side = 0, r;

	r = floor_tap(f, &fd, &tap, err);
	if (r == 0)
		r = floor_side(f, &side, err);
	if (r == 0)
		r = tc_wire(f->netlink, tap, "bench0", side, "bench1", err);
	if (r == 0)
		r = link_set_up(f->netlink, tap, "bench0", err);
	add_sample(POOL_BARE, start);
	if (side)
		(void)link_delete(f->netlink, side, "bench1", NULL);
	closep(&fd);
	return r;
}

static int floor_bridge(struct floor *f, struct error *err)
{
	double start = now_usec();
	int fd = -1, tap = 0, r;

	r = floor_tap(f, &fd, &tap, err);
	if (r == 0)
		r = link_set_master(f->netlink, tap, "bench0", f->bridge, "br1", err);
	if (r == 0)
		r = link_set_up(f->netlink, tap, "bench0", err);
	add_sample(BRIDGE_BARE, start);
	closep(&fd);
	return r;
}

static void measure_floor(void)
{
	struct floor f = {
		.nic = (int)if_nametoindex("eth1"),
		.bridge = (int)if_nametoindex("br1"),
	};
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	r = netlink_open(NETLINK_ROUTE, &f.netlink, &err);
	for (unsigned i = 0; r == 0 && i < SAMPLE; i++) {
		r = floor_pool(&f, &err);
		if (r == 0)
			r = floor_bridge(&f, &err);
	}
	if (r < 0)
		fail("floor: %s", error_text(&err));
	netlink_close(f.netlink);
}

/* --- vifd ----------------------------------------------------------------------- */

static pid_t start_vifd(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit limit;

		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = FD_LIMIT;
		setrlimit(RLIMIT_NOFILE, &limit);
		execlp("vifd", "vifd", "--log-level=warning", NULL);
		_exit(127);
	}
	if (pid < 0)
		fail("fork: %m");
	return pid;
}

static void pause_msec(long msec)
{
	const struct timespec pause = { .tv_nsec = msec * 1000000 };

	nanosleep(&pause, NULL);
}

static struct vif *open_vifd(void)
{
	double end = now_usec() + PATIENCE_SEC * 1e6;
	struct vif_error error = VIF_ERROR_INIT;
	struct vif *vif;

	while (vif_open(NULL, &vif, &error) < 0) {
		if (now_usec() > end)
			fail("%s", error.text);
		vif_error_done(&error);
		pause_msec(1);
	}
	return vif;
}

static void must(int r, struct vif_error *error)
{
	if (r < 0)
		fail("%s", error->text);
}

/* A number of /proc/PID/status, in its own unit. */
static unsigned long status_of(pid_t pid, const char *key)
{
	unsigned long value = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			value = strtoul(line + strlen(key) + 1, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static unsigned count_folder(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n > 2 ? n - 2 : 0;
}

static unsigned count_fds(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	return count_folder(path);
}

/* --- networks and ports ----------------------------------------------------------- */

static bool is_pool(unsigned network)
{
	return network % 2 == 0;
}

static void make_network(struct vif *vif, unsigned number)
{
	struct vif_error error = VIF_ERROR_INIT;
	struct vif_record *answer = NULL;
	char xml[512], name[32];
	unsigned nic = number / 2 % 4 + 1;
	double start;

	snprintf(name, sizeof(name), "net%u", number);
	if (is_pool(number))
		snprintf(xml, sizeof(xml),
			 "<network><name>%s</name><forward mode='bridge'><interface dev='eth%u'/>"
			 "<interface dev='eth%u'/></forward></network>",
			 name, nic, nic % 4 + 1);
	else
		snprintf(xml, sizeof(xml),
			 "<network><name>%s</name><forward mode='bridge'/><bridge name='br%u'/>"
			 "</network>",
			 name, number / 2 % 2 + 1);
	start = now_usec();
	must(vif_network_define(vif, xml, "bench", &answer, &error), &error);
	add_sample(NETWORK_DEFINE, start);
	vif_record_free(answer);
	start = now_usec();
	must(vif_network_start(vif, name, NULL, &error), &error);
	add_sample(NETWORK_START, start);
}

/* What a guest's process does: takes its tap and stays. */
static void be_guest(int line)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(line, STDERR_FILENO + 1) < 0)
		_exit(1);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	if (recvmsg(STDERR_FILENO + 1, &message, 0) < 0)
		_exit(1);
	for (;;)
		pause();
}

static void hand_over(int line, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { (char[]){ 0 }, 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(line, &message, 0) < 0)
		fail("sendmsg: %m");
}

static pid_t start_guest(int *ret_line)
{
	int line[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, line) < 0)
		fail("socketpair: %m");
	pid = fork();
	if (pid == 0)
		be_guest(line[1]);
	if (pid < 0)
		fail("fork: %m");
	close(line[1]);
	*ret_line = line[0];
	return pid;
}

static void make_port(struct vif *vif, unsigned number)
{
	static const enum series kinds[] = { BRIDGE_BY_NAME, BRIDGE_BY_FD, POOL_BY_NAME,
					     POOL_BY_FD };
	unsigned network = number % n_networks;
	bool by_fd = number / 2 % 2;
	struct vif_record *options = vif_record_new();
	struct vif_error error = VIF_ERROR_INIT;
	struct vif_plugged *plugged = NULL;
	char xml[256];
	double start;
	int line;

	guests[number] = start_guest(&line);
	snprintf(xml, sizeof(xml),
		 "<interface type='network'><source network='net%u'/><model type='virtio'/>"
		 "</interface>",
		 network);
	vif_record_set_number(options, "pid", (uint64_t)guests[number]);
	vif_record_set_boolean(options, "by-name", !by_fd);
	start = now_usec();
	must(vif_port_plug(vif, xml, "bench", options, &plugged, &error), &error);
	add_sample(kinds[2 * is_pool(network) + by_fd], start);
	if (by_fd)
		hand_over(line, plugged->fds[0]);
	close(line);
	vif_plugged_free(plugged);
	vif_record_free(options);
}

static unsigned count_connected(struct vif *vif, unsigned *ret_all)
{
	struct vif_error error = VIF_ERROR_INIT;
	struct vif_record **ports = NULL;
	unsigned connected = 0, n = 0;

	must(vif_port_list(vif, &ports, &error), &error);
	for (; ports[n]; n++)
		connected += !strcmp(vif_record_string(ports[n], "state"), "connected");
	vif_records_free(ports);
	*ret_all = n;
	return connected;
}

/* --- recovery --------------------------------------------------------------------- */

static void ignore_link(void *userdata, const struct link_view *view)
{
	(void)view;
	(*(unsigned *)userdata)++;
}

static void read_folder(const char *parent, const char *folder)
{
	char path[512], file[1024];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", parent, folder);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		AUTO_FREE char *data = NULL;
		size_t size;

		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (strstr(entry->d_name, ".xml"))
			(void)file_read(file, FILE_MAX, &data, &size, NULL);
	}
	if (dir)
		closedir(dir);
}

/* In microseconds; how many links there are. */
static double recovery_floor(unsigned *ret_links)
{
	const char *config = getenv("VIFD_CONFIG_DIR");
	AUTO(netlink_closep) struct netlink *nl = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	double start = now_usec();
	int r;

	*ret_links = 0;
	r = netlink_open(NETLINK_ROUTE, &nl, &err);
	if (r == 0)
		r = link_dump(nl, ignore_link, ret_links, &err);
	if (r < 0)
		fail("floor: %s", error_text(&err));
	read_folder(vif_runtime_dir(), "ports");
	read_folder(vif_runtime_dir(), "networks");
	read_folder(config ? config : "/etc/vifd", "networks");
	return now_usec() - start;
}

static pid_t measure_recovery(pid_t vifd, struct vif **vif)
{
	unsigned links, all;
	double floor = recovery_floor(&links), start, answers, connected;

	vif_close(*vif);
	kill(vifd, SIGKILL);
	waitpid(vifd, NULL, 0);
	start = now_usec();
	vifd = start_vifd();
	*vif = open_vifd();
	answers = now_usec() - start;
	while (count_connected(*vif, &all) < n_ports) {
		if (now_usec() - start > PATIENCE_SEC * 1e6)
			fail("%u ports of %u are there", all, n_ports);
		pause_msec(5);
	}
	connected = now_usec() - start;
	printf("recovery with %u links: answers after %.0f ms, all connected after %.0f ms; "
	       "a dump and all files %.0f ms; ratio %.1f\n",
	       links, answers / 1e3, connected / 1e3, floor / 1e3, connected / floor);
	return vifd;
}

/* --- all of it ---------------------------------------------------------------------- */

static void report_series(void)
{
	printf("%-26s %10s %10s %6s   microseconds, medians of %d\n", "", "first", "last", "ratio",
	       SAMPLE);
	for (unsigned i = 0; i < SERIES_COUNT; i++) {
		const struct samples *s = &series[i];
		size_t n = s->n < SAMPLE ? s->n : SAMPLE;
		double first = median(s->usec, n), last = median(s->usec + s->n - n, n);

		printf("%-26s %10.0f %10.0f %6.2f\n", series_names[i], first, last, last / first);
	}
}

static void report_memory(pid_t vifd, unsigned long empty, unsigned long networks)
{
	unsigned long all = status_of(vifd, "VmRSS:");

	printf("memory: %lu KiB, then %.2f KiB a network, %.2f KiB a port; %u files open\n", empty,
	       (double)(networks - empty) / n_networks, (double)(all - networks) / n_ports,
	       count_fds(vifd));
}

static void measure_end(struct vif *vif)
{
	double start = now_usec();
	unsigned all;

	for (unsigned i = 0; i < n_ports; i++)
		kill(guests[i], SIGKILL);
	for (unsigned i = 0; i < n_ports; i++)
		waitpid(guests[i], NULL, 0);
	do {
		pause_msec(20);
		(void)count_connected(vif, &all);
	} while (all > 0 && now_usec() - start < PATIENCE_SEC * 1e6);
	printf("all guests end at once: their ports are gone after %.0f ms, %.2f ms a port\n",
	       (now_usec() - start) / 1e3, (now_usec() - start) / 1e3 / n_ports);
}

static void measure(void)
{
	pid_t vifd = start_vifd();
	struct vif *vif = open_vifd();
	unsigned long empty = status_of(vifd, "VmRSS:"), networks;

	for (unsigned i = 0; i < n_networks; i++)
		make_network(vif, i);
	networks = status_of(vifd, "VmRSS:");
	measure_floor();
	for (unsigned i = 0; i < n_ports; i++)
		make_port(vif, i);
	measure_floor();
	report_series();
	report_memory(vifd, empty, networks);
	vifd = measure_recovery(vifd, &vif);
	measure_end(vif);
	vif_close(vif);
	kill(vifd, SIGTERM);
	waitpid(vifd, NULL, 0);
}

int main(int argc, char **argv)
{
	if ((argc > 1 && parse_u32(argv[1], 4, COUNT_MAX, &n_networks) < 0) ||
	    (argc > 2 && parse_u32(argv[2], 4, COUNT_MAX, &n_ports) < 0)) {
		fprintf(stderr, "usage: scale [NETWORKS [PORTS]]\n");
		return 2;
	}
	measure();
	return 0;
}
