/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>

#include "kernel/fds.h"
#include "kernel/vhost.h"

/* A VMM that is given a file which is no vhost device ends. */
static int open_device(void)
{
	AUTO_CLOSE int fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	uint64_t features;

	if (fd < 0 || ioctl(fd, VHOST_GET_FEATURES, &features) < 0)
		return -errno;
	return take_fd(&fd);
}

bool vhost_is_available(void)
{
	AUTO_CLOSE int fd = open_device();

	return fd >= 0;
}

int vhost_open(unsigned n, int *ret_fds, struct error *err)
{
	AUTO_FREE int *fds = fds_new(n);

	if (!fds)
		return error_oom(err);
	for (unsigned i = 0; i < n; i++) {
		int r;

		fds[i] = open_device();
		if (fds[i] >= 0)
			continue;
		r = error_system(err, fds[i], "cannot open /dev/vhost-net");
		fds_close(fds, i);
		return r;
	}
	memcpy(ret_fds, fds, n * sizeof(*fds));
	return 0;
}
