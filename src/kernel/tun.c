/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TUNSETIFF makes a tap or, without a word, attaches to one that exists.
 * IFF_TUN_EXCL on the first queue tells the two apart, in the kernel, so that
 * no other process can come in between. The other queues have to be attached,
 * by name, to what the first one made; they are all attached to the same link
 * if the name still leads to the first queue's ifindex at the end.
 *
 * A tap without owner takes anybody (tun_not_capable() in drivers/net/tun.c), and
 * it can be given one (TUNSETOWNER) only when it is there. One with a single
 * queue takes nobody all the same: its queue is attached before it can be seen.
 * One with several would. So that is made with a name that nobody can guess, and
 * gets its own only with an owner; who saw it meanwhile (RTM_NEWLINK tells
 * everybody) and attached is counted among its queues: then it is deleted, and
 * another is made. Nobody has seen a frame of it: it was down, and nothing yet.
 * (To make it in a network namespace of its own leaves no such moment, and takes
 * 20 ms more, for the move.)
 *
 * Once more. When a tap is deleted its open files stay, detached from it, and
 * TUNSETIFF works on them as on new ones (drivers/net/tun.c, tun_detach_all and
 * __tun_chr_ioctl). It is the file that gets attached, not the descriptor: a
 * VMM with the same file has its tap again without knowing.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "kernel/fds.h"
#include "kernel/link.h"
#include "kernel/tun.h"
#include "util/parse.h"

enum {
	TRIES_MAX = 16, /* of making a tap to which nobody else attaches */
};

static int attach_queue(int fd, const char *name, int flags)
{
	struct ifreq request = { .ifr_flags = (short)flags };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : 0;
}

static int name_to_ifindex(const char *name, int *ret_ifindex)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &request) < 0)
		return -errno;
	*ret_ifindex = request.ifr_ifindex;
	return 0;
}

static int tap_flags(unsigned n, bool vnet_hdr)
{
	int flags = IFF_TAP | IFF_NO_PI;

	if (vnet_hdr)
		flags |= IFF_VNET_HDR;
	if (n > 1)
		flags |= IFF_MULTI_QUEUE;
	return flags;
}

static int attach_first(int fd, const char *name, int flags, uid_t owner, int *ret_ifindex)
{
	int r;

	r = attach_queue(fd, name, flags | IFF_TUN_EXCL);
	if (r < 0)
		return r;
	if (ioctl(fd, TUNSETOWNER, (unsigned long)owner) < 0)
		return -errno;
	return name_to_ifindex(name, ret_ifindex);
}

/* The queues after the first. */
static int attach_others(const int *fds, unsigned n, const char *name, int flags, int ifindex)
{
	int now, r = 0;

	for (unsigned i = 1; r == 0 && i < n; i++)
		r = attach_queue(fds[i], name, flags);
	if (r == 0)
		r = name_to_ifindex(name, &now);
	if (r < 0)
		return r;
	return now == ifindex ? 0 : -ENODEV;
}

/* -EAGAIN where somebody was faster than the owner. */
static int check_alone(struct netlink *nl, int ifindex)
{
	struct link_view view;
	int r = link_get(nl, ifindex, &view, NULL);

	if (r < 0)
		return r;
	return view.n_queues == 1 ? 0 : -EAGAIN;
}

/* By a name that nobody guesses. After a failure there is no tap, and the files have none. */
static int attach_hidden(struct netlink *nl, const int *fds, unsigned n, const char *name,
			 int flags, uid_t owner, int *ret_ifindex)
{
	char hidden[IFNAMSIZ];
	uint64_t number;
	int ifindex = 0, r;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EAGAIN;
	snprintf(hidden, sizeof(hidden), "v%014" PRIx64, number >> 8);
	r = attach_first(fds[0], hidden, flags, owner, &ifindex);
	if (r == 0)
		r = check_alone(nl, ifindex);
	if (r == 0)
		r = attach_others(fds, n, hidden, flags, ifindex);
	if (r == 0)
		r = link_set_name(nl, ifindex, hidden, name, NULL);
	if (r == 0)
		*ret_ifindex = ifindex;
	else if (ifindex > 0)
		(void)link_delete(nl, ifindex, hidden, NULL);
	return r == -EEXIST ? -EBUSY : r;
}

static int attach_several(const int *fds, unsigned n, const char *name, int flags, uid_t owner,
			  int *ret_ifindex)
{
	AUTO(netlink_closep) struct netlink *nl = NULL;
	int r;

	r = netlink_open(NETLINK_ROUTE, &nl, NULL);
	if (r < 0)
		return r;
	r = -EAGAIN;
	for (unsigned i = 0; r == -EAGAIN && i < TRIES_MAX; i++)
		r = attach_hidden(nl, fds, n, name, flags, owner, ret_ifindex);
	return r;
}

/* All n files, which have no tap, to a new one. */
static int attach(const int *fds, unsigned n, const char *name, int flags, uid_t owner,
		  int *ret_ifindex)
{
	if (n == 1)
		return attach_first(fds[0], name, flags, owner, ret_ifindex);
	return attach_several(fds, n, name, flags, owner, ret_ifindex);
}

static int failed(int code, const char *what, const char *name, struct error *err)
{
	if (code == -EBUSY)
		return error_set(err, -EEXIST, ERROR_IN_USE,
				 "cannot %s tap %s: a link of that name exists already", what,
				 name);
	if (code == -ENOENT)
		return error_set(err, code, ERROR_NO_SUCH_DEVICE,
				 "cannot %s tap %s: there is no /dev/net/tun", what, name);
	if (code == -EPERM)
		return error_set(err, code, ERROR_PERMISSION,
				 "cannot %s tap %s: no permission (CAP_NET_ADMIN)", what, name);
	if (code == -EAGAIN)
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "cannot %s tap %s: a process attaches to each new tap before it "
				 "has an owner",
				 what, name);
	return error_system(err, code, "cannot %s tap %s", what, name);
}

static int open_files(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		fds[i] = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (fds[i] < 0)
			return -errno;
	}
	return 0;
}

int tun_create(const char *name, unsigned n, bool vnet_hdr, uid_t owner, int *ret_fds,
	       int *ret_ifindex, struct error *err)
{
	AUTO_FREE int *fds = fds_new(n);
	int ifindex, r;

	if (!fds)
		return error_oom(err);
	if (!ifname_is_valid(name) || strchr(name, '%'))
		return failed(-EINVAL, "create", name, err);
	r = open_files(fds, n);
	if (r == 0)
		r = attach(fds, n, name, tap_flags(n, vnet_hdr), owner, &ifindex);
	if (r < 0) {
		fds_close(fds, n);
		return failed(r, "create", name, err);
	}
	memcpy(ret_fds, fds, n * sizeof(*fds));
	*ret_ifindex = ifindex;
	return 0;
}

int tun_set_persistent(int fd, bool persistent, struct error *err)
{
	if (ioctl(fd, TUNSETPERSIST, (unsigned long)persistent) < 0)
		return error_system(err, -errno, "cannot make a tap %s",
				    persistent ? "persistent" : "end with its last file");
	return 0;
}

static int get_interface(int fd, struct ifreq *ret_request)
{
	struct ifreq request = { 0 };

	if (ioctl(fd, TUNGETIFF, &request) < 0)
		return -errno;
	*ret_request = request;
	return 0;
}

bool tun_is_queue_of(int fd, const char *name)
{
	struct ifreq request;

	return get_interface(fd, &request) == 0 &&
	       !strncmp(request.ifr_name, name, sizeof(request.ifr_name));
}

enum {
	OFFLOADS_USO = 0x20 | 0x40, /* TUN_F_USO4 and TUN_F_USO6, of headers after 6.1 */
};

/* The features that TUNSETOFFLOAD sets, by their names in the kernel's string set. */
static const struct {
	const char *feature;
	unsigned offloads;
} offload_features[] = {
	{ "tx-checksum-ip-generic", TUN_F_CSUM }, { "tx-tcp-segmentation", TUN_F_TSO4 },
	{ "tx-tcp6-segmentation", TUN_F_TSO6 },   { "tx-tcp-ecn-segmentation", TUN_F_TSO_ECN },
	{ "tx-udp-segmentation", OFFLOADS_USO },
};

static unsigned offloads_of_feature(const char *feature)
{
	for (unsigned i = 0; i < ARRAY_SIZE(offload_features); i++)
		if (!strcmp(offload_features[i].feature, feature))
			return offload_features[i].offloads;
	return 0;
}

/* request has the name of the link. */
static int run_ethtool(int fd, struct ifreq *request, void *command)
{
	request->ifr_data = command;
	return ioctl(fd, SIOCETHTOOL, request) < 0 ? -errno : 0;
}

static int count_features(int fd, struct ifreq *request, uint32_t *ret_n)
{
	AUTO_FREE struct ethtool_sset_info *info = calloc(1, sizeof(*info) + sizeof(info->data[0]));
	int r;

	if (!info)
		return -ENOMEM;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_FEATURES;
	r = run_ethtool(fd, request, info);
	if (r < 0)
		return r;
	*ret_n = info->data[0];
	return 0;
}

/* The features that were asked for, not those in effect: another device is asked for the same. */
static unsigned wanted_offloads(const struct ethtool_gstrings *names,
				const struct ethtool_gfeatures *features)
{
	unsigned offloads = 0;

	for (uint32_t i = 0; i < names->len; i++) {
		const char *name = (const char *)names->data + (size_t)i * ETH_GSTRING_LEN;

		if (features->features[i / 32].requested & (1U << i % 32))
			offloads |= offloads_of_feature(name);
	}
	return offloads;
}

static int get_offloads(struct ifreq *request, unsigned *ret_offloads)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	AUTO_FREE struct ethtool_gfeatures *features = NULL;
	AUTO_FREE struct ethtool_gstrings *names = NULL;
	uint32_t n = 0;
	int r;

	if (fd < 0)
		return -errno;
	r = count_features(fd, request, &n);
	if (r < 0)
		return r;
	names = calloc(1, sizeof(*names) + (size_t)n * ETH_GSTRING_LEN);
	features = calloc(1, sizeof(*features) + (n + 31) / 32 * sizeof(features->features[0]));
	if (!names || !features)
		return -ENOMEM;
	*names = (struct ethtool_gstrings){
		.cmd = ETHTOOL_GSTRINGS,
		.string_set = ETH_SS_FEATURES,
		.len = n,
	};
	*features = (struct ethtool_gfeatures){ .cmd = ETHTOOL_GFEATURES, .size = (n + 31) / 32 };
	r = run_ethtool(fd, request, names);
	if (r == 0)
		r = run_ethtool(fd, request, features);
	if (r < 0)
		return r;
	*ret_offloads = wanted_offloads(names, features);
	return 0;
}

int tun_get_settings(const int *fds, unsigned n, struct tun_settings *ret_settings,
		     struct error *err)
{
	struct tun_settings settings = { 0 };
	struct ifreq request = { 0 };
	int r;

	for (unsigned i = 0; i < n; i++) {
		r = get_interface(fds[i], &request);
		if (r < 0)
			return error_system(err, r, "an open tap has no device");
		if (request.ifr_flags & IFF_DETACH_QUEUE)
			settings.n_disabled++;
	}
	if (request.ifr_flags & IFF_VNET_HDR &&
	    ioctl(fds[0], TUNGETVNETHDRSZ, &settings.vnet_hdr_size) < 0)
		return error_system(err, -errno, "cannot read the header size of tap %s",
				    request.ifr_name);
	r = get_offloads(&request, &settings.offloads);
	if (r < 0)
		return error_system(err, r, "cannot read the offloads of tap %s", request.ifr_name);
	*ret_settings = settings;
	return 0;
}

static int disable_last_queues(const int *fds, unsigned n, unsigned n_disabled)
{
	const struct ifreq request = { .ifr_flags = IFF_DETACH_QUEUE };

	for (unsigned i = n > n_disabled ? n - n_disabled : 0; i < n; i++)
		if (ioctl(fds[i], TUNSETQUEUE, &request) < 0)
			return -errno;
	return 0;
}

static int restore_settings(const int *fds, unsigned n, const struct tun_settings *settings)
{
	int size = settings->vnet_hdr_size;

	if (size > 0 && ioctl(fds[0], TUNSETVNETHDRSZ, &size) < 0)
		return -errno;
	if (ioctl(fds[0], TUNSETOFFLOAD, (unsigned long)settings->offloads) < 0)
		return -errno;
	return disable_last_queues(fds, n, settings->n_disabled);
}

/* The files stay open, so the tap does not go by itself. */
static void delete_tap(const int *fds, const char *name)
{
	AUTO(netlink_closep) struct netlink *nl = NULL;
	int ifindex;

	if (tun_is_queue_of(fds[0], name) && name_to_ifindex(name, &ifindex) == 0 &&
	    netlink_open(NETLINK_ROUTE, &nl, NULL) == 0)
		(void)link_delete(nl, ifindex, name, NULL);
}

int tun_remake(const int *fds, unsigned n, const char *name, const struct tun_settings *settings,
	       uid_t owner, int *ret_ifindex, struct error *err)
{
	struct ifreq request;
	int ifindex, r;

	if (!ifname_is_valid(name) || strchr(name, '%'))
		return failed(-EINVAL, "make again", name, err);
	for (unsigned i = 0; i < n; i++)
		if (get_interface(fds[i], &request) == 0)
			return error_set(err, -EEXIST, ERROR_SYSTEM,
					 "cannot make again tap %s: it was not deleted", name);
	r = attach(fds, n, name, tap_flags(n, settings->vnet_hdr_size > 0), owner, &ifindex);
	if (r == 0)
		r = restore_settings(fds, n, settings);
	if (r < 0) {
		delete_tap(fds, name);
		return failed(r, "make again", name, err);
	}
	*ret_ifindex = ifindex;
	return 0;
}
