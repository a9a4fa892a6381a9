/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From (name, ifindex) to the fds of exactly that link:
 *
 *   1. sysfs has class/net/NAME/tapIFINDEX/dev, "major:minor". The path holds
 *      name and ifindex, so both are right or the file is not there. sysfs
 *      shows the network namespace that it was mounted in: /sys may be another
 *      one's (a daemon started by `ip netns exec`, a container), so we mount
 *      our own.
 *   2. A node with that number is made in a tmpfs of our own and opened: no
 *      udev, no devtmpfs, no name that somebody else could have.
 *   3. Between 1 and 2 the link may have gone and its minor may be another
 *      link's: minors are used again at once, ifindexes are not. So the path
 *      of 1 is looked up again after the opens: still there means that it was
 *      the same link all the time, and the minor its own. TUNGETIFF then
 *      confirms that the queue is attached and to which name.
 *
 * Without permission to mount (a container's seccomp), /sys stands in for 1.
 * It may show another namespace with a link of the same name and ifindex, so
 * the queue's address has to be that of the link which we mean.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel/fds.h"
#include "kernel/macvtap.h"
#include "util/parse.h"

/* A file system that is mounted nowhere: its root's fd, or -errno. */
static int mount_detached(const char *type, unsigned attributes)
{
	AUTO_CLOSE int context = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(context, FSMOUNT_CLOEXEC, attributes);
	return fd < 0 ? -errno : fd;
}

int macvtap_folders_open_plain(struct macvtap_folders *folders, const char *fallback,
			       struct error *err)
{
	AUTO_CLOSE int sysfs = -1, nodes = -1;

	sysfs = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sysfs < 0)
		return error_system(err, -errno, "cannot open /sys");
	nodes = open(fallback, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (nodes < 0)
		return error_system(err, -errno, "cannot open %s", fallback);
	folders->sysfs = take_fd(&sysfs);
	folders->nodes = take_fd(&nodes);
	folders->sysfs_is_own = false;
	return 0;
}

int macvtap_folders_open(struct macvtap_folders *folders, const char *fallback, struct error *err)
{
	AUTO_CLOSE int sysfs = -1, nodes = -1;

	sysfs = mount_detached("sysfs", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
						MOUNT_ATTR_NOEXEC);
	if (sysfs >= 0)
		nodes = mount_detached("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (nodes < 0 && fallback)
		return macvtap_folders_open_plain(folders, fallback, err);
	if (nodes < 0)
		return error_system(err, sysfs < 0 ? sysfs : nodes, "cannot mount a private %s",
				    sysfs < 0 ? "sysfs" : "tmpfs");
	folders->sysfs = take_fd(&sysfs);
	folders->nodes = take_fd(&nodes);
	folders->sysfs_is_own = true;
	return 0;
}

void macvtap_folders_close(struct macvtap_folders *folders)
{
	closep(&folders->sysfs);
	closep(&folders->nodes);
	*folders = MACVTAP_FOLDERS_INIT;
}

enum {
	PATH_SIZE = sizeof("class/net//tap/dev") + IFNAMSIZ + 11,
};

static int gone(int ifindex, const char *name, struct error *err)
{
	return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
			 "%s is not the macvtap with ifindex %d of this network namespace", name,
			 ifindex);
}

static int read_number(const struct macvtap_folders *folders, const char *path, dev_t *ret_dev)
{
	AUTO_CLOSE int fd = openat(folders->sysfs, path, O_RDONLY | O_CLOEXEC);
	unsigned major_number, minor_number;
	char text[32];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (sscanf(text, "%u:%u", &major_number, &minor_number) != 2)
		return -EINVAL;
	*ret_dev = makedev(major_number, minor_number);
	return 0;
}

/* The flags that TUNSETIFF takes on a macvtap (drivers/net/tap.c). */
static int set_flags(int fd, unsigned n, bool vnet_hdr)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (vnet_hdr)
		request.ifr_flags |= IFF_VNET_HDR;
	if (n > 1)
		request.ifr_flags |= IFF_MULTI_QUEUE;
	return ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : 0;
}

static bool is_attached_to(int fd, const char *name)
{
	struct ifreq request = { 0 };

	return ioctl(fd, TUNGETIFF, &request) == 0 &&
	       !strncmp(request.ifr_name, name, sizeof(request.ifr_name));
}

/* Has the queue the address of the link `name` of our own namespace? */
static bool has_address_of(int fd, const char *name)
{
	AUTO_CLOSE int inet = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ours = { 0 }, queues = { 0 };

	strncpy(ours.ifr_name, name, sizeof(ours.ifr_name) - 1);
	return inet >= 0 && ioctl(inet, SIOCGIFHWADDR, &ours) == 0 &&
	       ioctl(fd, SIOCGIFHWADDR, &queues) == 0 &&
	       !memcmp(ours.ifr_hwaddr.sa_data, queues.ifr_hwaddr.sa_data, 6);
}

static bool is_expected(const struct macvtap_folders *folders, int fd, const char *path,
			const char *name)
{
	if (faccessat(folders->sysfs, path, F_OK, 0) < 0 || !is_attached_to(fd, name))
		return false;
	return folders->sysfs_is_own || has_address_of(fd, name);
}

/* Opens the node n times; closes again what was opened when one fails. */
static int open_node(const struct macvtap_folders *folders, const char *node, unsigned n,
		     bool vnet_hdr, int *ret_fds)
{
	for (unsigned i = 0; i < n; i++) {
		int r = 0;

		ret_fds[i] = openat(folders->nodes, node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (ret_fds[i] < 0)
			r = -errno;
		else
			r = set_flags(ret_fds[i], n, vnet_hdr);
		if (r < 0) {
			fds_close(ret_fds, i + 1);
			return r;
		}
	}
	return 0;
}

static int open_number(const struct macvtap_folders *folders, dev_t number, unsigned n,
		       bool vnet_hdr, int *ret_fds)
{
	char node[64];
	int r;

	/* Threads, and daemons that share a fallback folder, need a name each. */
	snprintf(node, sizeof(node), ".vif-%d-%u-%u", gettid(), major(number), minor(number));
	if (mknodat(folders->nodes, node, S_IFCHR | 0600, number) < 0) {
		/* One that ended with this id may have left it. */
		if (errno != EEXIST || unlinkat(folders->nodes, node, 0) < 0 ||
		    mknodat(folders->nodes, node, S_IFCHR | 0600, number) < 0)
			return -errno;
	}
	r = open_node(folders, node, n, vnet_hdr, ret_fds);
	(void)unlinkat(folders->nodes, node, 0);
	return r;
}

int macvtap_open(const struct macvtap_folders *folders, int ifindex, const char *name, unsigned n,
		 bool vnet_hdr, int *ret_fds, struct error *err)
{
	AUTO_FREE int *fds = fds_new(n);
	char path[PATH_SIZE];
	dev_t number = 0;
	int r;

	if (!fds)
		return error_oom(err);
	if (!ifname_is_valid(name))
		return gone(ifindex, name, err);
	snprintf(path, sizeof(path), "class/net/%s/tap%d/dev", name, ifindex);
	r = read_number(folders, path, &number);
	if (r == -ENOENT || r == -ENODEV)
		return gone(ifindex, name, err);
	if (r == 0)
		r = open_number(folders, number, n, vnet_hdr, fds);
	if (r < 0)
		return error_system(err, r, "cannot open macvtap %s", name);
	for (unsigned i = 0; i < n; i++) {
		if (is_expected(folders, fds[i], path, name))
			continue;
		fds_close(fds, n);
		return gone(ifindex, name, err);
	}
	memcpy(ret_fds, fds, n * sizeof(*fds));
	return 0;
}
