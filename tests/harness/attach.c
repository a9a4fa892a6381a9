/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach NAME UID: tries to attach to a tap, as a process of that user without any
 * capability that has /dev/net/tun open (usual hosts let everybody open it), once
 * as to a tap with one queue and once as to one with several. Status 0 where it was
 * attached; else 1, and "refused" where the kernel said that it may not.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int attach(int fd, const char *name, short flags)
{
	struct ifreq request = { .ifr_flags = flags };

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	return ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/net/tun", O_RDWR), one, several;
	uid_t uid = argc == 3 ? (uid_t)atoi(argv[2]) : 0;

	if (fd < 0 || argc != 3 || setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0) {
		perror("attach");
		return 2;
	}
	one = attach(fd, argv[1], IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
	several = one < 0 ? attach(fd, argv[1],
				   IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE)
			  : one;
	if (one == 0 || several == 0) {
		printf("attached\n");
		return 0;
	}
	/* Of the wrong kind of tap the kernel says EINVAL, before it looks at the owner. */
	printf("%s\n", one == -EPERM || several == -EPERM ? "refused" : strerror(-several));
	return 1;
}
