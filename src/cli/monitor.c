/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events until somebody has enough (SIGINT, SIGTERM: that is a good end) or vifd
 * goes away (that is a failure). The signals are blocked and read from a file
 * descriptor, so none is lost between two looks and no line is cut.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/client.h"
#include "cli/sentence.h"

static int event_tell(struct cli *cli, const struct vif_record *event, struct error *err)
{
	AUTO_FREE char *line = NULL;
	int r;

	r = line_of_event(event, &line, err);
	if (r < 0)
		return r;
	writer_answer(cli->writer, event, line);
	return writer_finish(cli->writer, err);
}

static int events_tell(struct cli *cli, struct error *err)
{
	for (;;) {
		AUTO(vif_record_freep) struct vif_record *event = vif_next_event(cli->vif);
		int r;

		if (!event)
			return 0;
		r = event_tell(cli, event, err);
		if (r < 0)
			return r;
	}
}

static int signals_open(int *ret_fd, struct error *err)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return error_system(err, -errno, "cannot wait for signals");
	fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (fd < 0)
		return error_system(err, -errno, "cannot wait for signals");
	*ret_fd = fd;
	return 0;
}

/* Tells events until a signal or a failure. What came before vifd went away is told first. */
static int monitor_loop(struct cli *cli, int signals, struct error *err)
{
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int lost = 0;

	for (;;) {
		struct pollfd fds[] = { { vif_get_fd(cli->vif), 0, 0 }, { signals, POLLIN, 0 } };
		int r = events_tell(cli, err);

		if (r < 0)
			return r;
		if (lost < 0)
			return client_fail(lost, &failure, err);
		fds[0].events = (short)vif_get_events(cli->vif);
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return error_system(err, -errno, "cannot wait for events");
		if (fds[1].revents)
			return 0;
		lost = vif_dispatch(cli->vif, &failure);
	}
}

static int monitor_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_CLOSE int signals = -1;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = signals_open(&signals, err);
	if (r < 0)
		return r;
	r = vif_subscribe(cli->vif, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	return monitor_loop(cli, signals, err);
}

const struct verb verb_monitor = {
	.name = "monitor",
	.synopsis = "",
	.summary = "Shows events of ports and networks as they come.",
	.help = "A line an event: its time, what happened, to which port or network, and a "
		"sentence,\n"
		"with its cause and how long the guest was cut off where that applies;\n"
		"with --json an object a line. Ends with SIGINT or SIGTERM (exit status 0), or "
		"when vifd\n"
		"goes away (1).",
	.run = monitor_run,
};
