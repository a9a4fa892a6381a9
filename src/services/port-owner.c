/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's tables of sockets (proc(5), /proc/net/udp and its kin) tell the inode of
 * a socket, and the links in /proc/PID/fd tell who has that open.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "services/port-owner.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	ADDRESS_DIGITS = 33,
	TCP_LISTEN = 0x0a,
	NAME_MAX_BYTES = 64,
};

static const struct {
	const char *path;
	int family;
	bool tcp;
} tables[] = {
	{ "/proc/thread-self/net/udp", AF_INET, false },
	{ "/proc/thread-self/net/tcp", AF_INET, true },
	{ "/proc/thread-self/net/udp6", AF_INET6, false },
	{ "/proc/thread-self/net/tcp6", AF_INET6, true },
};

/* Words of 32 bits in the order of the host, each of which holds bytes in the order of the net. */
static bool parse_words(const char *digits, struct address *address)
{
	for (unsigned i = 0; i < address_bits(address) / 32; i++) {
		uint32_t word;

		if (sscanf(digits + (size_t)i * 8, "%8x", &word) != 1)
			return false;
		memcpy(address->bytes + (size_t)i * 4, &word, sizeof(word));
	}
	return true;
}

static bool is_any(const struct address *address)
{
	return address_equal(address, &(struct address){ .family = address->family });
}

/* A socket for all IPv6 addresses is one for all IPv4 addresses, too. */
static bool covers(const struct address *bound, const struct address *wanted)
{
	return is_any(bound) ? bound->family == wanted->family || bound->family == AF_INET6
			     : address_equal(bound, wanted);
}

/* The inode of a line's socket where that is one of those looked for; else 0. */
static unsigned long match_line(const char *line, size_t table, const struct address *address,
				uint16_t port)
{
	struct address bound = { .family = tables[table].family };
	char digits[ADDRESS_DIGITS];
	unsigned bound_port, state;
	unsigned long inode;

	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*u %*u %lu", digits,
		   &bound_port, &state, &inode) != 4)
		return 0;
	if (bound_port != port || (tables[table].tcp && state != TCP_LISTEN))
		return 0;
	return parse_words(digits, &bound) && covers(&bound, address) ? inode : 0;
}

static unsigned long find_inode(size_t table, const struct address *address, uint16_t port)
{
	AUTO_FCLOSE FILE *file = fopen(tables[table].path, "re");
	AUTO_FREE char *line = NULL;
	size_t size = 0;
	unsigned long inode = 0;

	while (file && inode == 0 && getline(&line, &size, file) >= 0)
		inode = match_line(line, table, address, port);
	return inode;
}

static bool has_open(int proc, uint32_t pid, const char *socket)
{
	char path[NAME_MAX_BYTES], target[NAME_MAX_BYTES];
	struct dirent *entry;
	bool has = false;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%u/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return false;
	while (!has && (entry = readdir(dir))) {
		ssize_t n = readlinkat(fd, entry->d_name, target, sizeof(target) - 1);

		target[n < 0 ? 0 : n] = '\0';
		has = !strcmp(target, socket);
	}
	closedir(dir);
	return has;
}

static char *describe(uint32_t pid)
{
	AUTO_FREE char *path = NULL, *name = NULL;
	size_t size;

	path = text_format("/proc/%u/comm", pid);
	if (!path || file_read(path, NAME_MAX_BYTES, &name, &size, NULL) < 0)
		return NULL;
	for (char *c = name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = c[1] ? '?' : '\0';
	return text_format("process %u (%s)", pid, name);
}

char *holder_of(unsigned long inode)
{
	DIR *dir = opendir("/proc");
	char socket[NAME_MAX_BYTES], *text = NULL;
	struct dirent *entry;

	if (!dir)
		return NULL;
	snprintf(socket, sizeof(socket), "socket:[%lu]", inode);
	while (!text && (entry = readdir(dir))) {
		uint32_t pid;

		if (parse_u32(entry->d_name, 1, INT32_MAX, &pid) == 0 &&
		    has_open(dirfd(dir), pid, socket))
			text = describe(pid);
	}
	closedir(dir);
	return text;
}

char *port_owner_find(const struct address *address, uint16_t port)
{
	char *text = NULL;

	for (size_t i = 0; !text && i < ARRAY_SIZE(tables); i++) {
		unsigned long inode = find_inode(i, address, port);

		if (inode)
			text = holder_of(inode);
	}
	return text;
}
