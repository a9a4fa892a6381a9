/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a process and a link's name to the process's queues of that link:
 *
 *   1. The numbers in /proc/PID/fd, sorted: a VMM was given its queues in an
 *      order, mostly that of their numbers.
 *   2. Which are queues: character devices, /dev/net/tun's number (10:200) or
 *      macvtap's major. Not the path: a jailed VMM has other paths.
 *   3. /proc/PID/fdinfo says for a tap which ("iff:"), so that others need not
 *      be taken. For a macvtap it says nothing.
 *   4. The fd itself, by pidfd_getfd(2). Between 3 and 4 the process may have
 *      closed it and opened something else, and a name means little across
 *      network namespaces: so what was taken is asked for its name again
 *      (TUNGETIFF), and a tap for its namespace.
 *
 * One queue may be open under several numbers (dup, a VMM that keeps a spare):
 * kcmp(2) tells. A kernel without it gets each number taken as another queue.
 *
 * pidfd and /proc/PID are the same process as long as the pidfd has not become
 * readable; pidfd_getfd fails with ESRCH on one that has ended, so a pid that
 * was used again gives nothing.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "kernel/fds.h"
#include "kernel/held.h"
#include "kernel/tun.h"
#include "util/array.h"
#include "util/as-user.h"
#include "util/parse.h"

enum {
	TUN_MAJOR = 10,
	TUN_MINOR = 200,
	PATH_SIZE = 64, /* "/proc/PID/fdinfo/NUMBER" */
};

struct numbers {
	int *items;
	size_t n;
};

static void numbers_done(struct numbers *numbers)
{
	free(numbers->items);
}

static int compare_numbers(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static int list_fds(pid_t pid, struct numbers *ret_numbers)
{
	AUTO(numbers_done) struct numbers numbers = { 0 };
	char path[PATH_SIZE];
	struct dirent *entry;
	DIR *dir;
	int *item = NULL;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while ((entry = readdir(dir))) {
		uint32_t number;

		if (parse_u32(entry->d_name, 0, INT32_MAX, &number) < 0)
			continue;
		item = array_add(&numbers.items, &numbers.n, sizeof(*item));
		if (!item)
			break;
		*item = (int)number;
	}
	closedir(dir);
	if (numbers.n > 0 && !item)
		return -ENOMEM;
	if (numbers.n > 0)
		qsort(numbers.items, numbers.n, sizeof(*numbers.items), compare_numbers);
	*ret_numbers = numbers;
	numbers = (struct numbers){ 0 };
	return 0;
}

/* The major number of macvtap's devices; 0 while the kernel has none. */
static unsigned macvtap_major(void)
{
	AUTO_FCLOSE FILE *file = fopen("/proc/devices", "re");
	AUTO_FREE char *line = NULL;
	unsigned number, found = 0;
	size_t room = 0;
	char name[32];

	while (file && getline(&line, &room, file) >= 0)
		if (sscanf(line, "%u %31s", &number, name) == 2 && !strcmp(name, "macvtap"))
			found = number;
	return found;
}

/* Does fdinfo say that this is a queue of `ifname`? */
static bool is_tap_named(pid_t pid, int number, const char *ifname)
{
	AUTO_FREE char *line = NULL;
	AUTO_FCLOSE FILE *file = NULL;
	char path[PATH_SIZE];
	size_t room = 0;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, number);
	file = fopen(path, "re");
	while (file && getline(&line, &room, file) >= 0) {
		if (strncmp(line, "iff:\t", 5) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		return !strcmp(line + 5, ifname);
	}
	return false;
}

static bool get_device_number(pid_t pid, int number, dev_t *ret_dev)
{
	char path[PATH_SIZE];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, number);
	if (stat(path, &status) < 0 || !S_ISCHR(status.st_mode))
		return false;
	*ret_dev = status.st_rdev;
	return true;
}

static bool may_be_queue_of(pid_t pid, int number, unsigned macvtap, const char *ifname)
{
	dev_t dev;

	if (!get_device_number(pid, number, &dev))
		return false;
	if (dev == makedev(TUN_MAJOR, TUN_MINOR))
		return is_tap_named(pid, number, ifname);
	return macvtap > 0 && major(dev) == macvtap;
}

/* A tap of another network namespace? Kernels before 5.2 and macvtaps do not tell: then no. */
static bool is_elsewhere(int fd)
{
	AUTO_CLOSE int ns = ioctl(fd, TUNGETDEVNETNS, 0);
	struct stat theirs, ours;

	return ns >= 0 && fstat(ns, &theirs) == 0 && stat("/proc/thread-self/ns/net", &ours) == 0 &&
	       (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev);
}

static bool is_same_file(int a, int b)
{
	pid_t self = getpid();

	return syscall(SYS_kcmp, self, self, KCMP_FILE, a, b) == 0;
}

static bool is_among(int fd, const int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (is_same_file(fd, fds[i]))
			return true;
	return false;
}

static int take_queue(int pidfd, int number, const char *ifname, int *fds, unsigned *n)
{
	AUTO_CLOSE int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

	if (fd < 0)
		return errno == EBADF ? 0 : -errno; /* EBADF: closed meanwhile */
	if (tun_is_queue_of(fd, ifname) && !is_elsewhere(fd) && !is_among(fd, fds, *n))
		fds[(*n)++] = take_fd(&fd);
	return 0;
}

static int take_queues(int pidfd, pid_t pid, const struct numbers *numbers, unsigned macvtap,
		       const char *ifname, int *fds, unsigned n, unsigned *found)
{
	int r = 0;

	for (size_t i = 0; r == 0 && *found < n && i < numbers->n; i++)
		if (may_be_queue_of(pid, numbers->items[i], macvtap, ifname))
			r = take_queue(pidfd, numbers->items[i], ifname, fds, found);
	return r;
}

/* Whose descriptors they are; root's where it lets nobody look (prctl(2), PR_SET_DUMPABLE). */
static uid_t user_of(pid_t pid)
{
	char path[PATH_SIZE];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return stat(path, &status) < 0 ? 0 : status.st_uid;
}

int held_find(int pidfd, pid_t pid, const char *ifname, unsigned n, int *ret_fds, struct error *err)
{
	AUTO(numbers_done) struct numbers numbers = { 0 };
	AUTO(as_user_end) struct as_user user = as_user_begin(user_of(pid));
	AUTO_FREE int *fds = fds_new(n);
	unsigned found = 0;
	int r;

	if (!fds)
		return error_oom(err);
	r = list_fds(pid, &numbers);
	if (r == 0)
		r = take_queues(pidfd, pid, &numbers, 0, ifname, fds, n, &found);
	/* Mostly it is a tap, and a list of all kinds of devices need not be made. */
	if (r == 0 && found == 0)
		r = take_queues(pidfd, pid, &numbers, macvtap_major(), ifname, fds, n, &found);
	if (r == 0 && found == n) {
		memcpy(ret_fds, fds, n * sizeof(*fds));
		return 0;
	}
	fds_close(fds, n);
	if (r < 0)
		return error_system(err, r, "cannot get the queues of %s from process %d", ifname,
				    pid);
	return error_set(err, -ENOENT, ERROR_NO_SUCH_DEVICE,
			 "process %d holds %u of %u queues of %s", pid, found, n, ifname);
}

bool held_by_process(pid_t pid, const char *ifname)
{
	AUTO(as_user_end) struct as_user user = as_user_begin(user_of(pid));
	AUTO(numbers_done) struct numbers numbers = { 0 };

	if (list_fds(pid, &numbers) < 0)
		return false;
	for (size_t i = 0; i < numbers.n; i++)
		if (may_be_queue_of(pid, numbers.items[i], 0, ifname))
			return true;
	return false;
}
