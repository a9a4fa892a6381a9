/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "netns.h"
#include "util/cleanup.h"

static int host = -1, wire = -1;

int netns_open(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_return_code(fd, errno);
	return fd;
}

void netns_enter(int fd)
{
	assert_return_code(setns(fd, CLONE_NEWNET), errno);
}

void netns_enter_host(void)
{
	netns_enter(host);
}

void netns_enter_wire(void)
{
	netns_enter(wire);
}

void netns_require(void)
{
	if (unshare(CLONE_NEWNET) == 0)
		return;
	printf("1..0 # SKIP network namespaces cannot be made: %s\n", strerror(errno));
	exit(77);
}

static int netns_new(void)
{
	assert_return_code(unshare(CLONE_NEWNET), errno);
	/* Addresses are there at once, not after duplicate address detection. */
	shell("ip link set lo up && echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad");
	return netns_open();
}

int netns_setup(void **state)
{
	(void)state;
	closep(&host);
	closep(&wire);
	wire = netns_new();
	host = netns_new();
	return 0;
}

void netns_nic(const char *name, int ifindex)
{
	AUTO_FREE char *index = NULL;

	assert_true(asprintf(&index, "index %d", ifindex) > 0);
	shell("ip link add %s %s type veth peer name %s netns /proc/%d/fd/%d", name,
	      ifindex ? index : "", name, getpid(), wire);
	netns_enter_wire();
	shell("ip link set %s up", name);
	netns_enter_host();
}

__attribute__((format(printf, 1, 0))) static char *command_of(const char *format, va_list args)
{
	char *command;

	assert_true(vasprintf(&command, format, args) > 0);
	return command;
}

void shell(const char *format, ...)
{
	AUTO_FREE char *command = NULL;
	va_list args;

	va_start(args, format);
	command = command_of(format, args);
	va_end(args);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

bool shell_try(const char *format, ...)
{
	AUTO_FREE char *command = NULL, *silent = NULL;
	va_list args;

	va_start(args, format);
	command = command_of(format, args);
	va_end(args);
	assert_true(asprintf(&silent, "{ %s; } >/dev/null 2>&1", command) > 0);
	return system(silent) == 0;
}

static json_t *json_of(const char *command)
{
	FILE *pipe = popen(command, "re");
	json_t *json;

	assert_non_null(pipe);
	json = json_loadf(pipe, 0, NULL);
	if (pclose(pipe) == 0)
		return json;
	json_decref(json);
	return NULL;
}

json_t *shell_json(const char *format, ...)
{
	AUTO_FREE char *command = NULL;
	json_t *json;
	va_list args;

	va_start(args, format);
	command = command_of(format, args);
	va_end(args);
	json = json_of(command);
	if (!json)
		fail_msg("no JSON from: %s", command);
	return json;
}

json_t *ip_link(const char *name)
{
	AUTO_FREE char *command = NULL;
	json_auto_t *all = NULL;

	assert_true(asprintf(&command, "ip -d -j link show %s 2>/dev/null", name) > 0);
	all = json_of(command);
	return json_incref(json_array_get(all, 0));
}

const json_t *ip_get(const json_t *link, const char *path)
{
	AUTO_FREE char *keys = strdup(path);
	char *rest = NULL;

	assert_non_null(keys);
	for (char *key = strtok_r(keys, "/", &rest); key && link; key = strtok_r(NULL, "/", &rest))
		link = json_object_get(link, key);
	return link;
}

static bool list_has(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!strcmp(json_string_value(json_array_get(list, i)), text))
			return true;
	return false;
}

bool ip_has_flag(const json_t *link, const char *flag)
{
	return list_has(json_object_get(link, "flags"), flag);
}

bool ip_has_altname(const json_t *link, const char *altname)
{
	return list_has(json_object_get(link, "altnames"), altname);
}

bool fd_is_dead(int fd)
{
	char request[sizeof(struct ifreq)];

	return ioctl(fd, TUNGETIFF, request) < 0 && (errno == ENOLINK || errno == EBADFD);
}

int ip_ifindex(const char *name)
{
	json_auto_t *link = ip_link(name);

	assert_non_null(link);
	return (int)json_integer_value(ip_get(link, "ifindex"));
}

void netns_silence_ipv6(void)
{
	shell("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
}

void netns_wait_operational(const char *name)
{
	shell("for i in $(seq 250); do ip link show %s | grep -q 'state UP' && exit; sleep 0.02; "
	      "done; exit 1",
	      name);
}
