/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TUNSETIFF makes a tap or, without a word, attaches to one that exists.
 * IFF_TUN_EXCL on the first queue tells the two apart, in the kernel, so that
 * no other process can come in between. The other queues have to be attached,
 * by name, to what the first one made; they are all attached to the same link
 * if the name still leads to the first queue's ifindex at the end.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel/fds.h"
#include "kernel/tun.h"
#include "util/parse.h"

static int open_queue(const char *name, int flags, int *ret_fd)
{
	AUTO_CLOSE int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct ifreq request = { .ifr_flags = (short)flags };

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return -errno;
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
	int now = 0, r;

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

static int failed(int code, const char *name, struct error *err)
{
	if (code == -EBUSY)
		return error_set(err, -EEXIST, ERROR_IN_USE,
				 "cannot create tap %s: a link of that name exists already", name);
	if (code == -ENOENT)
		return error_set(err, code, ERROR_NO_SUCH_DEVICE,
				 "cannot create tap %s: there is no /dev/net/tun", name);
	if (code == -EPERM)
		return error_set(err, code, ERROR_PERMISSION,
				 "cannot create tap %s: no permission (CAP_NET_ADMIN)", name);
	return error_system(err, code, "cannot create tap %s", name);
}

int tun_create(const char *name, unsigned n, bool vnet_hdr, int *ret_fds, int *ret_ifindex,
	       struct error *err)
{
	AUTO_FREE int *fds = fds_new(n);
	int flags = tap_flags(n, vnet_hdr);
	int ifindex = 0, r;

	if (!fds)
		return error_oom(err);
	if (!ifname_is_valid(name) || strchr(name, '%'))
		return failed(-EINVAL, name, err);
	r = open_queue(name, flags | IFF_TUN_EXCL, &fds[0]);
	if (r == 0)
		r = name_to_ifindex(name, &ifindex);
	if (r == 0)
		r = attach_others(name, n, flags, fds, ifindex);
	if (r < 0) {
		fds_close(fds, n);
		return failed(r, name, err);
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
