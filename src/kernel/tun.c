/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TUNSETIFF makes a tap or, without a word, attaches to one that exists.
 * IFF_TUN_EXCL on the first queue tells the two apart, in the kernel, so that
 * no other process can come in between. The other queues have to be attached,
 * by name, to what the first one made; they are all attached to the same link
 * if the name still leads to the first queue's ifindex at the end.
 *
 * Once more. When a tap is deleted its open files stay, detached from it, and
 * TUNSETIFF works on them as on new ones (drivers/net/tun.c, tun_detach_all and
 * __tun_chr_ioctl). It is the file that gets attached, not the descriptor: a
 * VMM with the same file has its tap again without knowing.
 */
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel/fds.h"
#include "kernel/tun.h"
#include "util/parse.h"

static int attach_queue(int fd, const char *name, int flags)
{
	struct ifreq request = { .ifr_flags = (short)flags };

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	return ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : 0;
}

static int open_queue(const char *name, int flags, int *ret_fd)
{
	AUTO_CLOSE int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = attach_queue(fd, name, flags);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
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

/* The queues after the first. What was opened stays open for the caller to close. */
static int attach_others(const char *name, unsigned n, int flags, int *fds, int ifindex)
{
	int now, r;

	for (unsigned i = 1; i < n; i++) {
		r = open_queue(name, flags, &fds[i]);
		if (r < 0)
			return r;
	}
	r = name_to_ifindex(name, &now);
	if (r < 0)
		return r;
	return now == ifindex ? 0 : -ENODEV;
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
	return error_system(err, code, "cannot %s tap %s", what, name);
}

int tun_create(const char *name, unsigned n, bool vnet_hdr, int *ret_fds, int *ret_ifindex,
	       struct error *err)
{
	AUTO_FREE int *fds = fds_new(n);
	int flags = tap_flags(n, vnet_hdr);
	int ifindex, r;

	if (!fds)
		return error_oom(err);
	if (!ifname_is_valid(name) || strchr(name, '%'))
		return failed(-EINVAL, "create", name, err);
	r = open_queue(name, flags | IFF_TUN_EXCL, &fds[0]);
	if (r == 0)
		r = name_to_ifindex(name, &ifindex);
	if (r == 0)
		r = attach_others(name, n, flags, fds, ifindex);
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

static int attach_again(const int *fds, unsigned n, const char *name, int flags)
{
	int r;

	r = attach_queue(fds[0], name, flags | IFF_TUN_EXCL);
	for (unsigned i = 1; r == 0 && i < n; i++)
		r = attach_queue(fds[i], name, flags);
	return r;
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

int tun_remake(const int *fds, unsigned n, const char *name, const struct tun_settings *settings,
	       int *ret_ifindex, struct error *err)
{
	struct ifreq request;
	int ifindex, r;

	if (!ifname_is_valid(name) || strchr(name, '%'))
		return failed(-EINVAL, "make again", name, err);
	for (unsigned i = 0; i < n; i++)
		if (get_interface(fds[i], &request) == 0)
			return error_set(err, -EEXIST, ERROR_SYSTEM,
					 "cannot make again tap %s: it was not deleted", name);
	r = attach_again(fds, n, name, tap_flags(n, settings->vnet_hdr_size > 0));
	if (r == 0)
		r = restore_settings(fds, n, settings);
	if (r == 0)
		r = name_to_ifindex(name, &ifindex);
	if (r < 0)
		return failed(r, "make again", name, err);
	*ret_ifindex = ifindex;
	return 0;
}
