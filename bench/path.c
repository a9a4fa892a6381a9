/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the ways of a guest's frames cost: of a direct port, a live port, a tap on
 * a Linux bridge; turn by turn in one run, by a process that holds the fds as a
 * VMM does (vnet header, offloads, no limit of what is under way, non-blocking).
 *
 *	path NETNS [REPEATS [SLICES]]	in a network namespace with eth1 and eth2, whose far
 *					ends of the same names lie in NETNS (a path)
 *
 * Sending: the guest writes as fast as it can; what counts is what the far end
 * has got. Receiving: the far end sends, with so many frames under way at most
 * (a window, as TCP has), so that nothing is lost and the rate is that of
 * the slower of the two sides. Ping-pong: one small frame there and back, both
 * sides sleep while they wait.
 *
 * CPU time is that of the guest's process and, for receiving, that of the far
 * end inside of its calls: a frame's whole way through the host is worked off in
 * the calls of its sender. The rate needs a machine that does nothing else, the
 * CPU time does not.
 *
 * A repeat goes through the ways many times, a slice of time for each, so that
 * what else happens on the machine happens to all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "frames.h"
#include "measure.h"
#include "util/parse.h"
#include "ways.h"

enum {
	SMALL = 1514,
	PING = 64,
	GSO = 54 + 45 * 1448,
	BATCH = 32,
	WINDOW_SMALL = 256, /* frames */
	WINDOW_GSO = 32,
	REPEATS_MAX = 100,
	PINGS_MAX = 1 << 16, /* in a slice */
	WARM_UP_MSEC = 5,
};

/* --- measuring -------------------------------------------------------------- */

/* Sums over the slices of a repeat. */
struct sample {
	double frames, size;   /* size: bytes of one */
	double wall, cpu, far; /* seconds; far: the far end's CPU time */
	double rtt;            /* seconds; medians of the slices' round trips */
	unsigned n_rtt;
};

static const unsigned slice_msec = 25;
static uint32_t n_slices = 16;
static int far_netns = -1;

static double clock_sec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double wall_sec(void)
{
	return clock_sec(CLOCK_MONOTONIC);
}

static double cpu_sec(void)
{
	return clock_sec(CLOCK_THREAD_CPUTIME_ID);
}

static void make_frame(struct frame *frame, const uint8_t *to, const uint8_t *from, size_t size)
{
	frame_make_gso(frame, to, from, size);
	if (size > SMALL)
		return;
	frame->vnet.gso_type = VIRTIO_NET_HDR_GSO_NONE;
	frame->vnet.gso_size = 0;
}

/* On a processor of its own, where there are two. */
static void settle_on(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* Frames that have left by the NIC into the far end's hands. */
static unsigned long long count_sent(const char *nic)
{
	AUTO_FCLOSE FILE *file = fopen("/proc/thread-self/net/dev", "re");
	unsigned long long frames, sent = 0;
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	char name[32];

	/* NAME: 8 columns of what was received, then bytes and frames that were sent. */
	while (file && getline(&line, &room, file) >= 0)
		if (sscanf(line, " %31[^:]: %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu", name,
			   &frames) == 2 &&
		    !strcmp(name, nic))
			sent = frames;
	return sent;
}

static void measure_send(const struct way *way, size_t size, struct sample *sum)
{
	static struct frame frame;
	static uint8_t bytes[VNET_HEADER + FRAME_SIZE_MAX];
	double start, cpu, wall;
	unsigned long long sent;

	make_frame(&frame, frame_peer, way->mac, size);
	memcpy(bytes, &frame.vnet, sizeof(frame.vnet));
	memcpy(bytes + VNET_HEADER, frame.bytes, size);
	sent = count_sent(way->nic);
	start = wall_sec();
	cpu = cpu_sec();
	do {
		for (unsigned i = 0; i < BATCH; i++)
			if (write(way->queue, bytes, VNET_HEADER + size) < 0 && errno != EAGAIN)
				perror("write");
		wall = wall_sec() - start;
	} while (wall < slice_msec / 1e3);
	sum->cpu += cpu_sec() - cpu;
	sum->wall += wall;
	sum->frames += (double)(count_sent(way->nic) - sent);
}

/* What guest and far end share while they measure. */
struct shared {
	atomic_ullong received;
	atomic_bool stop;
	double cpu; /* seconds that the far end's calls took */
};

/* A packet socket that only sends: one that receives too would cost the guest's frames. */
static int open_sender(const char *nic)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, room = INT32_MAX / 2;
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(nic),
	};

	/* What waits in a macvtap's ring is charged to its sender, what waits in a tap's is not. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		perror("packet socket");
	return fd;
}

static void send_window(const struct way *way, size_t size, struct shared *shared)
{
	int sender = open_sender(way->nic);
	const unsigned long long window = size > SMALL ? WINDOW_GSO : WINDOW_SMALL;
	static struct frame frame;
	struct iovec parts[2] = { { &frame.vnet, sizeof(frame.vnet) }, { frame.bytes, size } };
	struct mmsghdr messages[BATCH];
	unsigned long long sent = 0;

	make_frame(&frame, way->mac, frame_peer, size);
	for (unsigned i = 0; i < BATCH; i++)
		messages[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = parts, .msg_iovlen = 2 } };
	while (!shared->stop) {
		unsigned long long room = window - (sent - shared->received);
		double before;
		int n;

		if (room < BATCH / 2) {
			sched_yield();
			continue;
		}
		before = cpu_sec();
		n = sendmmsg(sender, messages, room < BATCH ? (unsigned)room : BATCH, 0);
		shared->cpu += cpu_sec() - before;
		sent += n > 0 ? (unsigned)n : 0;
	}
}

static void echo(const struct way *way, struct shared *shared)
{
	int far_end = frames_open(way->nic);
	static uint8_t frame[VNET_HEADER + SMALL];

	while (!shared->stop) {
		struct pollfd poll_fd = { .fd = far_end, .events = POLLIN };
		ssize_t n = poll(&poll_fd, 1, 10) > 0 ? read(far_end, frame, sizeof(frame)) : 0;
		uint8_t *ethernet = frame + sizeof(struct virtio_net_hdr);

		if (n != (ssize_t)sizeof(struct virtio_net_hdr) + PING)
			continue;
		memcpy(ethernet, way->mac, 6);
		memcpy(ethernet + 6, frame_peer, 6);
		if (write(far_end, frame, (size_t)n) < 0)
			perror("echo");
	}
}

/* The far end in a process of its own; size 0: it echoes. */
static pid_t start_far_end(const struct way *way, size_t size, struct shared *shared)
{
	pid_t pid;

	shared->received = 0;
	shared->stop = false;
	shared->cpu = 0;
	pid = fork();
	if (pid != 0)
		return pid;
	settle_on(1);
	if (setns(far_netns, CLONE_NEWNET) < 0)
		perror("setns");
	if (size > 0)
		send_window(way, size, shared);
	else
		echo(way, shared);
	_exit(0);
}

static void stop_far_end(pid_t pid, struct shared *shared)
{
	shared->stop = true;
	waitpid(pid, NULL, 0);
}

static void drain(int queue)
{
	static uint8_t frame[VNET_HEADER + FRAME_SIZE_MAX];

	while (read(queue, frame, sizeof(frame)) > 0)
		;
}

/* Reads until nothing is there, then sleeps, as a VMM does. */
static unsigned long long receive_for(const struct way *way, double msec, struct shared *shared)
{
	static uint8_t frame[VNET_HEADER + FRAME_SIZE_MAX];
	const double end = wall_sec() + msec / 1e3;
	unsigned long long n = 0;

	do {
		struct pollfd poll_fd = { .fd = way->queue, .events = POLLIN };

		(void)poll(&poll_fd, 1, 1);
		while (read(way->queue, frame, sizeof(frame)) > 0) {
			n++;
			atomic_fetch_add_explicit(&shared->received, 1, memory_order_release);
			if (n % BATCH == 0 && wall_sec() >= end)
				return n;
		}
	} while (wall_sec() < end);
	return n;
}

static void measure_receive(const struct way *way, size_t size, struct shared *shared,
			    struct sample *sum)
{
	double cpu, wall, far;
	pid_t pid;

	pid = start_far_end(way, size, shared);
	(void)receive_for(way, WARM_UP_MSEC, shared);
	far = shared->cpu;
	wall = wall_sec();
	cpu = cpu_sec();
	sum->frames += (double)receive_for(way, slice_msec, shared);
	sum->cpu += cpu_sec() - cpu;
	sum->wall += wall_sec() - wall;
	sum->far += shared->cpu - far;
	stop_far_end(pid, shared);
	drain(way->queue);
}

/* False where no answer came within 100 milliseconds. */
static bool ping_once(const struct way *way, const uint8_t *frame, double *ret_rtt)
{
	uint8_t answer[VNET_HEADER + SMALL];
	struct pollfd poll_fd = { .fd = way->queue, .events = POLLIN };
	double start = wall_sec();

	if (write(way->queue, frame, VNET_HEADER + PING) < 0)
		return false;
	do
		if (poll(&poll_fd, 1, 100) <= 0)
			return false;
	while (read(way->queue, answer, sizeof(answer)) != VNET_HEADER + PING);
	*ret_rtt = wall_sec() - start;
	return true;
}

static void measure_ping(const struct way *way, struct shared *shared, struct sample *sum)
{
	static double times[PINGS_MAX];
	static struct frame frame;
	uint8_t bytes[VNET_HEADER + PING] = { 0 };
	double end, cpu, rtt;
	size_t n = 0;
	pid_t pid;

	frame_make_gso(&frame, frame_peer, way->mac, PING);
	frame.vnet = (struct virtio_net_hdr){ 0 };
	memcpy(bytes + VNET_HEADER, frame.bytes, PING);
	pid = start_far_end(way, 0, shared);
	(void)ping_once(way, bytes, &rtt);
	end = wall_sec() + slice_msec / 1e3;
	cpu = cpu_sec();
	while (n < PINGS_MAX && wall_sec() < end)
		n += ping_once(way, bytes, &times[n]);
	sum->cpu += cpu_sec() - cpu;
	sum->frames += (double)n;
	if (n > 0) {
		sum->rtt += percentile(times, n, 50);
		sum->n_rtt++;
	}
	stop_far_end(pid, shared);
	drain(way->queue);
}

/* --- the table -------------------------------------------------------------- */

enum measure {
	SEND_SMALL,
	SEND_GSO,
	RECEIVE_SMALL,
	RECEIVE_GSO,
	PING_PONG,
	N_MEASURES,
};

static const char *const measure_names[] = {
	[SEND_SMALL] = "send, 1514 bytes",       [SEND_GSO] = "send, 64 KiB GSO",
	[RECEIVE_SMALL] = "receive, 1514 bytes", [RECEIVE_GSO] = "receive, 64 KiB GSO",
	[PING_PONG] = "ping-pong, 64 bytes",
};

static struct sample samples[N_MEASURES][N_WAYS][REPEATS_MAX];

static void measure_slice(enum measure what, const struct way *way, struct shared *shared,
			  struct sample *sum)
{
	const size_t sizes[] = { SMALL, GSO, SMALL, GSO, PING };

	sum->size = (double)sizes[what];
	if (way->begin)
		way->begin(way);
	if (what == SEND_SMALL || what == SEND_GSO)
		measure_send(way, sizes[what], sum);
	else if (what == PING_PONG)
		measure_ping(way, shared, sum);
	else
		measure_receive(way, sizes[what], shared, sum);
	if (way->end)
		way->end(way);
}

static double rate_of(const struct sample *sample)
{
	return sample->frames * sample->size * 8 / sample->wall / 1e9;
}

static double rtt_of(const struct sample *sample)
{
	return sample->rtt / sample->n_rtt * 1e6;
}

static double cpu_of(const struct sample *sample)
{
	return sample->cpu * 1e9 / (sample->frames * sample->size / 1024);
}

static double far_of(const struct sample *sample)
{
	return sample->far * 1e9 / (sample->frames * sample->size / 1024);
}

static double both_of(const struct sample *sample)
{
	return cpu_of(sample) + far_of(sample);
}

typedef double figure_of(const struct sample *sample);

/* The median, the least and the most, and the medians of the ratios to direct and to live. */
static void print_way(enum measure what, unsigned way, size_t n, figure_of *figure)
{
	double values[REPEATS_MAX], ratios[REPEATS_MAX], to_live[REPEATS_MAX], median;

	for (size_t i = 0; i < n; i++) {
		values[i] = figure(&samples[what][way][i]);
		ratios[i] = values[i] / figure(&samples[what][0][i]);
		to_live[i] = values[i] / figure(&samples[what][WAY_LIVE][i]);
	}
	median = percentile(values, n, 50);
	printf("    %-30s %9.2f  (%.2f to %.2f)  ratio %.3f  to live %.3f\n", ways[way].name,
	       median, values[0], values[n - 1], percentile(ratios, n, 50),
	       percentile(to_live, n, 50));
}

static void print_figure(enum measure what, size_t n, const char *name, figure_of *figure)
{
	printf("%s: %s\n", measure_names[what], name);
	for (unsigned way = 0; way < N_WAYS; way++)
		if (!ways[way].absent)
			print_way(what, way, n, figure);
}

static void print_all(size_t n)
{
	for (unsigned what = 0; what < N_MEASURES; what++) {
		bool receive = what == RECEIVE_SMALL || what == RECEIVE_GSO;

		if (what == PING_PONG)
			print_figure(what, n, "round trip, usec", rtt_of);
		else
			print_figure(what, n, "throughput, Gbit/s", rate_of);
		print_figure(what, n, "CPU, ns/KiB", both_of);
		if (receive)
			print_figure(what, n, "of that the host's part, ns/KiB", far_of);
	}
}

/* A new link's carrier is worked off with a delay of up to a second; a bridge waits for it. */
static void warm_up(struct shared *shared)
{
	for (unsigned way = 0; way < N_WAYS; way++) {
		struct sample sample = { 0 };

		for (unsigned i = 0; i < 100 && !ways[way].absent && sample.frames < 2; i++)
			measure_ping(&ways[way], shared, &sample);
	}
}

static void measure_all(size_t repeats, struct shared *shared)
{
	for (size_t i = 0; i < repeats; i++)
		for (unsigned what = 0; what < N_MEASURES; what++)
			for (unsigned slice = 0; slice < n_slices; slice++)
				for (unsigned way = 0; way < N_WAYS; way++)
					if (!ways[way].absent)
						measure_slice(what, &ways[way], shared,
							      &samples[what][way][i]);
}

static int run(size_t repeats, struct error *err)
{
	struct lab lab = { .folders = MACVTAP_FOLDERS_INIT };
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (shared == MAP_FAILED)
		return error_oom(err);
	r = netlink_open(NETLINK_ROUTE, &lab.nl, err);
	if (r == 0)
		r = macvtap_folders_open(&lab.folders, NULL, err);
	if (r == 0)
		(void)guard_open(lab.nl, NULL, 0, &lab.guard,
				 NULL); /* its ways are left out then */
	if (r == 0)
		r = ways_build(&lab, err);
	if (r < 0)
		return r;
	settle_on(0);
	warm_up(shared);
	measure_all(repeats, shared);
	printf("%zu repeats of %u slices of %u ms; median (least to most), median of the ratios "
	       "to direct and to live in the same repeat\n",
	       repeats, n_slices, slice_msec);
	print_all(repeats);
	guard_close(lab.guard);
	netlink_close(lab.nl);
	macvtap_folders_close(&lab.folders);
	return 0;
}

int main(int argc, char **argv)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	uint32_t repeats = 5;

	if (argc < 2 || (argc > 2 && parse_u32(argv[2], 1, REPEATS_MAX, &repeats) < 0) ||
	    (argc > 3 && parse_u32(argv[3], 1, 1000, &n_slices) < 0)) {
		fprintf(stderr, "usage: path NETNS [REPEATS [SLICES]]\n");
		return 2;
	}
	far_netns = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (far_netns < 0) {
		fprintf(stderr, "path: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	if (run(repeats, &err) < 0) {
		fprintf(stderr, "path: %s\n", error_text(&err));
		return 1;
	}
	return 0;
}
