/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a network of vifd's own costs to start and to stop, beside the bare
 * minimum of the same (the floor), turn by turn in one run.
 *
 *	network ROUNDS FOLDER FILE…	where vifd answers; each FILE is a network's definition
 *
 * The floor does what the network's plan does, and nothing else: the bridge, its
 * IPv6 sysctls, its addresses, the ruleset, and dnsmasq with the same
 * configuration, waited for until it has bound and, at the end, until it has
 * ended. It neither looks at the host, nor keeps records, nor checks anything. Its
 * bridges and its ruleset are in a network namespace of this process's own, where
 * vifd does not see them; its dnsmasq's files, written once, are in FOLDER.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "formats/dnsmasq-conf.h"
#include "formats/network-xml.h"
#include "formats/nft-ruleset.h"
#include "kernel/link-address.h"
#include "kernel/link.h"
#include "kernel/nft.h"
#include "kernel/sysctl.h"
#include "measure.h"
#include "services/program.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"
#include "vif/vif.h"

enum {
	ROUNDS_MAX = 100000,
	WARM_UP = 2,
	PROGRAM_MSEC = 10000,
	XML_MAX = 65536,
};

static const char bridge[] = "bench0";

enum series {
	FLOOR_START,
	VIFD_START,
	FLOOR_STOP,
	VIFD_STOP,
	SERIES_COUNT,
};

/* One kind of network, and what its floor needs. */
struct subject {
	char *xml;
	struct network *network;
	char *dnsmasq, *argument, *pid_path; /* NULL: it needs none */
	char *rules_on, *rules_off;
	double *values[SERIES_COUNT]; /* milliseconds */
};

struct bench {
	struct vif *vif;
	struct netlink *netlink;
	struct nft *nft;
	const char *folder;
	uint32_t rounds;
};

static double now_msec(void)
{
	return now_usec() / 1e3;
}

/* --- the floor ------------------------------------------------------------------------ */

static int floor_sysctl(const char *key, int value, struct error *err)
{
	char name[64];

	snprintf(name, sizeof(name), "net/ipv6/conf/%s/%s", bridge, key);
	return sysctl_write(name, value, err);
}

static int floor_ipv6(const struct network *network, struct error *err)
{
	bool wanted = false;
	int r;

	for (size_t i = 0; i < network->n_ips; i++)
		wanted |= network->ips[i].address.family == AF_INET6;
	r = floor_sysctl("disable_ipv6", !wanted, err);
	if (r == 0 && wanted)
		r = floor_sysctl("autoconf", 0, err);
	if (r == 0 && wanted)
		r = floor_sysctl("accept_ra", 0, err);
	return r;
}

static int floor_addresses(struct netlink *nl, const struct network *network, int ifindex,
			   struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < network->n_ips && r == 0; i++) {
		const struct network_ip *ip = &network->ips[i];
		struct link_address address = {
			.ifindex = ifindex,
			.family = ip->address.family,
			.prefix = ip->prefix,
		};

		memcpy(address.bytes, ip->address.bytes, sizeof(address.bytes));
		r = link_address_add(nl, &address, bridge, err);
	}
	return r;
}

/* It puts itself into the background when it has bound its sockets. */
static int run_dnsmasq(const struct subject *subject, struct error *err)
{
	char *const arguments[] = { subject->dnsmasq, subject->argument, NULL };
	int status = 0, r;
	pid_t pid;

	r = posix_spawn(&pid, subject->dnsmasq, NULL, NULL, arguments, environ);
	if (r)
		return error_system(err, -r, "%s", subject->dnsmasq);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return error_system(err, -EIO, "%s", subject->dnsmasq);
	return 0;
}

static int floor_start(struct bench *bench, const struct subject *subject, int *ret_ifindex,
		       struct error *err)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0x00, 0xbe, 0x1c, 0x02 };
	const struct bridge_spec spec = {
		.name = bridge,
		.altname = "vif-bench",
		.mac = mac,
		.options = { .stp = true, .forward_delay_csec = 200 },
	};
	int r;

	r = link_add_bridge(bench->netlink, &spec, ret_ifindex, err);
	if (r == 0)
		r = floor_ipv6(subject->network, err);
	if (r == 0)
		r = floor_addresses(bench->netlink, subject->network, *ret_ifindex, err);
	if (r == 0)
		r = link_set_up(bench->netlink, *ret_ifindex, bridge, err);
	if (r == 0)
		r = nft_run(bench->nft, subject->rules_on, err);
	if (r == 0 && subject->dnsmasq)
		r = run_dnsmasq(subject, err);
	return r;
}

static int end_dnsmasq(const struct subject *subject, struct error *err)
{
	struct pollfd ended = { .events = POLLIN };
	FILE *file = fopen(subject->pid_path, "re");
	int pid = 0, n = file ? fscanf(file, "%d", &pid) : 0;

	if (file)
		fclose(file);
	if (n != 1)
		return error_system(err, -ESRCH, "%s", subject->pid_path);
	ended.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (ended.fd < 0)
		return error_system(err, -errno, "dnsmasq (process %d)", pid);
	(void)syscall(SYS_pidfd_send_signal, ended.fd, SIGTERM, NULL, 0);
	n = poll(&ended, 1, PROGRAM_MSEC);
	close(ended.fd);
	return n == 1 ? 0 : error_system(err, -ETIMEDOUT, "dnsmasq (process %d)", pid);
}

static int floor_stop(struct bench *bench, const struct subject *subject, int ifindex,
		      struct error *err)
{
	int r = subject->dnsmasq ? end_dnsmasq(subject, err) : 0;

	if (r == 0)
		r = nft_run(bench->nft, subject->rules_off, err);
	return r < 0 ? r : link_delete(bench->netlink, ifindex, bridge, err);
}

static int floor_round(struct bench *bench, struct subject *subject, size_t at, struct error *err)
{
	double start = now_msec(), middle;
	int ifindex, r;

	r = floor_start(bench, subject, &ifindex, err);
	if (r < 0)
		return r;
	middle = now_msec();
	r = floor_stop(bench, subject, ifindex, err);
	subject->values[FLOOR_START][at] = middle - start;
	subject->values[FLOOR_STOP][at] = now_msec() - middle;
	return r;
}

/* --- vifd --------------------------------------------------------------------------- */

static int vifd_round(struct vif *vif, struct subject *subject, size_t at, struct vif_error *error)
{
	const char *name = subject->network->name;
	double start = now_msec(), middle;
	int r;

	r = vif_network_start(vif, name, NULL, error);
	if (r < 0)
		return r;
	middle = now_msec();
	r = vif_network_stop(vif, name, error);
	subject->values[VIFD_START][at] = middle - start;
	subject->values[VIFD_STOP][at] = now_msec() - middle;
	return r;
}

/* --- one kind of network -------------------------------------------------------------- */

static int write_text(const char *folder, const char *name, const char *suffix, const char *text,
		      struct error *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.%s", folder, name, suffix);
	return file_write(path, text, strlen(text), 0644, false, err);
}

static int prepare_dnsmasq(const struct bench *bench, struct subject *subject, struct error *err)
{
	const struct passwd *user = getpwnam("dnsmasq") ?: getpwnam("nobody");
	const struct group *group = user ? getgrgid(user->pw_gid) : NULL;
	const struct dnsmasq_place place = { .bridge = bridge,
					     .folder = bench->folder,
					     .user = user ? user->pw_name : NULL,
					     .group = group ? group->gr_name : NULL };
	const char *name = subject->network->name;
	AUTO(dnsmasq_texts_done) struct dnsmasq_texts texts = { 0 };
	int r;

	subject->dnsmasq = program_find("dnsmasq");
	if (!subject->dnsmasq)
		return error_system(err, -ENOENT, "dnsmasq");
	r = dnsmasq_texts_make(subject->network, &place, &texts, err);
	if (r == 0)
		r = write_text(bench->folder, name, "conf", texts.conf, err);
	if (r == 0)
		r = write_text(bench->folder, name, "hosts", texts.hosts, err);
	if (r == 0)
		r = write_text(bench->folder, name, "names", texts.names, err);
	if (r < 0)
		return r;
	subject->argument = text_format("--conf-file=%s/%s.conf", bench->folder, name);
	subject->pid_path = text_format("%s/%s.pid", bench->folder, name);
	if (!subject->argument || !subject->pid_path)
		return error_oom(err);
	return 0;
}

static int prepare_floor(const struct bench *bench, struct subject *subject, struct error *err)
{
	const struct nft_ruleset_network network = { subject->network, bridge };
	int r;

	for (unsigned i = 0; i < SERIES_COUNT; i++) {
		subject->values[i] = calloc(bench->rounds, sizeof(double));
		if (!subject->values[i])
			return error_oom(err);
	}
	r = nft_ruleset_text(&network, 1, &subject->rules_on, err);
	if (r == 0)
		r = nft_ruleset_text(NULL, 0, &subject->rules_off, err);
	if (r == 0 && dnsmasq_is_needed(subject->network))
		r = prepare_dnsmasq(bench, subject, err);
	return r;
}

static void subject_done(struct subject *subject)
{
	for (unsigned i = 0; i < SERIES_COUNT; i++)
		free(subject->values[i]);
	free(subject->rules_on);
	free(subject->rules_off);
	free(subject->dnsmasq);
	free(subject->argument);
	free(subject->pid_path);
	network_free(subject->network);
	free(subject->xml);
}

static int measure(struct bench *bench, struct subject *subject)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct vif_error error = VIF_ERROR_INIT;

	for (size_t i = 0; i < bench->rounds + WARM_UP; i++) {
		size_t at = i < WARM_UP ? 0 : i - WARM_UP;

		if (floor_round(bench, subject, at, &err) < 0) {
			fprintf(stderr, "bare: %s\n", error_text(&err));
			return -1;
		}
		if (vifd_round(bench->vif, subject, at, &error) < 0) {
			fprintf(stderr, "vifd: %s\n", error.text);
			vif_error_done(&error);
			return -1;
		}
	}
	return 0;
}

static void report(const struct bench *bench, const struct subject *subject)
{
	printf("%-10s", subject->network->name);
	for (unsigned i = 0; i < SERIES_COUNT; i++) {
		printf(" %8.1f %8.1f", percentile(subject->values[i], bench->rounds, 50),
		       percentile(subject->values[i], bench->rounds, 95));
	}
	printf("\n");
	fflush(stdout);
}

static int define(struct vif *vif, const struct subject *subject, const char *path)
{
	struct vif_error error = VIF_ERROR_INIT;
	struct vif_record *answer = NULL;
	int r = vif_network_define(vif, subject->xml, path, &answer, &error);

	if (r < 0)
		fprintf(stderr, "vifd: %s\n", error.text);
	vif_error_done(&error);
	vif_record_free(answer);
	return r;
}

static int run_file(struct bench *bench, const char *path)
{
	AUTO(subject_done) struct subject subject = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	size_t size;
	int r;

	r = file_read(path, XML_MAX, &subject.xml, &size, &err);
	if (r == 0)
		r = network_from_xml(subject.xml, size, path, &subject.network, &err);
	if (r == 0)
		r = prepare_floor(bench, &subject, &err);
	if (r < 0) {
		fprintf(stderr, "network: %s\n", error_text(&err));
		return r;
	}
	r = define(bench->vif, &subject, path);
	if (r == 0)
		r = measure(bench, &subject);
	if (r == 0)
		report(bench, &subject);
	return r;
}

static int open_floor(struct bench *bench, struct error *err)
{
	int r;

	if (unshare(CLONE_NEWNET) < 0)
		return error_system(err, -errno, "cannot make a network namespace");
	r = netlink_open(NETLINK_ROUTE, &bench->netlink, err);
	return r < 0 ? r : nft_open(&bench->nft, err);
}

int main(int argc, char **argv)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct vif_error error = VIF_ERROR_INIT;
	struct bench bench = { 0 };
	int r = 0;

	if (argc < 4 || parse_u32(argv[1], 1, ROUNDS_MAX, &bench.rounds) < 0) {
		fprintf(stderr, "usage: network ROUNDS FOLDER FILE…\n");
		return 2;
	}
	bench.folder = argv[2];
	if (vif_open(NULL, &bench.vif, &error) < 0) {
		fprintf(stderr, "network: %s\n", error.text);
		vif_error_done(&error);
		return 1;
	}
	/* The connection stays, the namespace does not. */
	if (open_floor(&bench, &err) < 0) {
		fprintf(stderr, "network: %s\n", error_text(&err));
		return 1;
	}
	printf("%-10s %17s %17s %17s %17s   milliseconds, %u rounds\n", "", "start, bare",
	       "start, vifd", "stop, bare", "stop, vifd", bench.rounds);
	printf("%-10s %8s %8s %8s %8s %8s %8s %8s %8s\n", "", "median", "p95", "median", "p95",
	       "median", "p95", "median", "p95");
	for (int i = 3; i < argc && r == 0; i++)
		r = run_file(&bench, argv[i]);
	vif_close(bench.vif);
	nft_close(bench.nft);
	netlink_close(bench.netlink);
	return r < 0;
}
