/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of the name has an event of its own for who polls it (fs/proc/proc_sysctl.c): POLLPRI
 * and POLLERR, once for each change, whichever UTS namespace it was in. Nothing has to be read.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/utsname.h>

#include "services/host-name.h"
#include "util/log.h"

struct host_name {
	int fd;
	sd_event_source *source;
	void (*changed)(void *userdata);
	void *userdata;
	struct utsname now;
};

static int on_change(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct host_name *host_name = userdata;
	struct utsname now;

	if (uname(&now) < 0 || !strcmp(now.nodename, host_name->now.nodename))
		return 0;
	host_name->now = now;
	log_info("the host is called %s now", now.nodename);
	host_name->changed(host_name->userdata);
	return 0;
}

int host_name_new(sd_event *event, void (*changed)(void *userdata), void *userdata,
		  struct host_name **ret_host_name, struct error *err)
{
	AUTO(host_name_freep) struct host_name *host_name = calloc(1, sizeof(*host_name));
	int r;

	if (!host_name)
		return error_oom(err);
	host_name->changed = changed;
	host_name->userdata = userdata;
	host_name->fd = open("/proc/sys/kernel/hostname", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	r = host_name->fd < 0 ? -errno
			      : sd_event_add_io(event, &host_name->source, host_name->fd, EPOLLPRI,
						on_change, host_name);
	if (r < 0)
		log_warning("cannot watch the name of the host: %s; another one is not noticed",
			    strerror(-r));
	/* First it is watched, then read. */
	if (uname(&host_name->now) < 0)
		return error_system(err, -errno, "cannot read the name of the host");
	*ret_host_name = take_ptr(host_name);
	return 0;
}

void host_name_free(struct host_name *host_name)
{
	if (!host_name)
		return;
	sd_event_source_disable_unref(host_name->source);
	closep(&host_name->fd);
	free(host_name);
}
