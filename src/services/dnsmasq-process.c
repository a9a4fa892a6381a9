/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "services/dnsmasq-files.h"
#include "services/dnsmasq-process.h"
#include "services/process.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/log.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	PID_FILE_MAX = 32,
	COMMAND_LINE_MAX = 8192,
	SWEEPS = 5,
	SWEEP_END_MSEC = 250, /* for each of SIGTERM and SIGKILL */
};

void dnsmasq_process_done(struct dnsmasq_process *process)
{
	closep(&process->pidfd);
	*process = DNSMASQ_PROCESS_NONE;
}

static bool has_argument(const char *line, size_t size, const char *argument)
{
	for (const char *end = line + size; line < end; line += strlen(line) + 1)
		if (!strcmp(line, argument))
			return true;
	return false;
}

/* The line was the process's at a time after the pidfd had been opened, which still holds it. */
static bool names_configuration(const struct dnsmasq_process *process, const char *configuration)
{
	AUTO_FREE char *path = NULL, *line = NULL, *argument = NULL;
	struct pollfd ended = { .fd = process->pidfd, .events = POLLIN };
	size_t size;

	path = text_format("/proc/%d/cmdline", (int)process->pid);
	if (!path)
		return false;
	argument = text_format("--conf-file=%s", configuration);
	if (!argument)
		return false;
	return file_read(path, COMMAND_LINE_MAX, &line, &size, NULL) == 0 &&
	       has_argument(line, size, argument) && poll(&ended, 1, 0) == 0;
}

static int read_pid(const char *path, pid_t *ret_pid)
{
	AUTO_FREE char *text = NULL;
	uint32_t pid;
	size_t size;

	if (file_read(path, PID_FILE_MAX, &text, &size, NULL) < 0)
		return -ESRCH;
	text[strcspn(text, "\n")] = '\0';
	if (parse_u32(text, 1, INT_MAX, &pid) < 0)
		return -ESRCH;
	*ret_pid = (pid_t)pid;
	return 0;
}

int dnsmasq_process_find(const char *folder, const char *network,
			 struct dnsmasq_process *ret_process)
{
	AUTO_FREE char *path = dnsmasq_path(folder, network, "pid");
	AUTO_FREE char *configuration = dnsmasq_path(folder, network, "conf");
	AUTO(dnsmasq_process_done) struct dnsmasq_process process = DNSMASQ_PROCESS_NONE;
	uint64_t start_time;

	if (!path || !configuration)
		return -ENOMEM;
	if (read_pid(path, &process.pid) < 0 ||
	    process_open(process.pid, &process.pidfd, &start_time, NULL) < 0 ||
	    !names_configuration(&process, configuration))
		return -ESRCH;
	*ret_process = process;
	process.pidfd = -1;
	return 0;
}

int dnsmasq_process_signal(const struct dnsmasq_process *process, int number)
{
	return (int)syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0) < 0 ? -errno
											: 0;
}

/* --- those that no pid file names --- */

static bool is_of_our_namespace(pid_t pid)
{
	AUTO_FREE char *path = NULL;
	struct stat ours, others;

	path = text_format("/proc/%d/ns/net", (int)pid);
	if (!path)
		return false;
	return stat("/proc/self/ns/net", &ours) == 0 && stat(path, &others) == 0 &&
	       ours.st_dev == others.st_dev && ours.st_ino == others.st_ino;
}

/* The network that a process serves from the folder, the caller's to free; NULL: none. */
static char *network_served(const char *folder, pid_t pid)
{
	AUTO_FREE char *path = NULL, *line = NULL, *prefix = NULL;
	size_t size;

	path = text_format("/proc/%d/cmdline", (int)pid);
	if (!path)
		return NULL;
	prefix = text_format("--conf-file=%s/", folder);
	if (!prefix)
		return NULL;
	if (file_read(path, COMMAND_LINE_MAX, &line, &size, NULL) < 0)
		return NULL;
	for (const char *word = line; word < line + size; word += strlen(word) + 1)
		if (!strncmp(word, prefix, strlen(prefix)) && is_of_our_namespace(pid))
			return dnsmasq_network_of(word + strlen(prefix));
	return NULL;
}

/*
 * Calls look() with each process that serves a network from the folder or is on its way to, until
 * that says true.
 */
static void each_process(const char *folder,
			 bool (*look)(void *userdata, const char *network, pid_t pid),
			 void *userdata)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool done = false;

	while (proc && !done && (entry = readdir(proc))) {
		AUTO_FREE char *network = NULL;
		uint32_t pid;

		if (parse_u32(entry->d_name, 1, INT_MAX, &pid) == 0)
			network = network_served(folder, (pid_t)pid);
		done = network && look(userdata, network, (pid_t)pid);
	}
	if (proc)
		closedir(proc);
}

struct search {
	const char *network, *configuration;
	struct dnsmasq_process *found;
};

static bool take(pid_t pid, const char *configuration, struct dnsmasq_process *ret_process)
{
	AUTO(dnsmasq_process_done) struct dnsmasq_process process = { .pid = pid, .pidfd = -1 };
	uint64_t start_time;

	if (process_open(pid, &process.pidfd, &start_time, NULL) < 0 ||
	    !names_configuration(&process, configuration))
		return false;
	*ret_process = process;
	process.pidfd = -1;
	return true;
}

static bool is_searched(void *userdata, const char *network, pid_t pid)
{
	const struct search *search = userdata;

	return !strcmp(network, search->network) && take(pid, search->configuration, search->found);
}

int dnsmasq_process_find_stray(const char *folder, const char *network,
			       struct dnsmasq_process *ret_process)
{
	AUTO_FREE char *configuration = dnsmasq_path(folder, network, "conf");
	struct dnsmasq_process process = DNSMASQ_PROCESS_NONE;
	struct search search = { network, configuration, &process };

	if (!configuration)
		return -ENOMEM;
	each_process(folder, is_searched, &search);
	if (process.pidfd < 0)
		return -ESRCH;
	*ret_process = process;
	return 0;
}

/* --- all that are left of a vifd before --- */

/* Those that are to end, all at once. */
struct sweep {
	const char *folder;
	bool (*is_wanted)(void *userdata, const char *network);
	void *userdata;
	struct dnsmasq_process *items;
	size_t n;
};

static void add_to_sweep(struct sweep *sweep, struct dnsmasq_process *process)
{
	struct dnsmasq_process *item = array_add(&sweep->items, &sweep->n, sizeof(*item));

	if (!item)
		return;
	*item = *process;
	process->pidfd = -1;
}

/* One that serves what is wanted stays: does its network's pid file name it? */
static bool stays(const struct sweep *sweep, const char *network, pid_t pid)
{
	AUTO(dnsmasq_process_done) struct dnsmasq_process process = DNSMASQ_PROCESS_NONE;

	return sweep->is_wanted(sweep->userdata, network) &&
	       dnsmasq_process_find(sweep->folder, network, &process) == 0 && process.pid == pid;
}

static bool gather(void *userdata, const char *network, pid_t pid)
{
	struct sweep *sweep = userdata;
	AUTO_FREE char *configuration = dnsmasq_path(sweep->folder, network, "conf");
	AUTO(dnsmasq_process_done) struct dnsmasq_process process = DNSMASQ_PROCESS_NONE;

	if (!configuration || stays(sweep, network, pid) || !take(pid, configuration, &process))
		return false;
	log_info("network '%s': ending process %d, which a vifd that is no more had started",
		 network, (int)pid);
	add_to_sweep(sweep, &process);
	return false;
}

static bool has_ended(const struct dnsmasq_process *process, int msec)
{
	struct pollfd ended = { .fd = process->pidfd, .events = POLLIN };

	return process->pidfd < 0 || poll(&ended, 1, msec) > 0;
}

static void end_all(struct sweep *sweep)
{
	static const int signals[] = { SIGTERM, SIGKILL };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		uint64_t end = clock_usec() + (uint64_t)SWEEP_END_MSEC * 1000;

		for (size_t j = 0; j < sweep->n; j++)
			if (!has_ended(&sweep->items[j], 0))
				(void)dnsmasq_process_signal(&sweep->items[j], signals[i]);
		for (size_t j = 0; j < sweep->n; j++)
			for (uint64_t now = clock_usec();
			     now < end &&
			     !has_ended(&sweep->items[j], (int)((end - now) / 1000) + 1);
			     now = clock_usec())
				;
	}
	for (size_t j = 0; j < sweep->n; j++)
		dnsmasq_process_done(&sweep->items[j]);
	free(take_ptr(sweep->items));
	sweep->n = 0;
}

void dnsmasq_sweep(const char *folder, bool (*is_wanted)(void *userdata, const char *network),
		   void *userdata)
{
	AUTO_FREE char *full = realpath(folder, NULL);
	struct sweep sweep = { .folder = full, .is_wanted = is_wanted, .userdata = userdata };
	DIR *dir = full ? opendir(full) : NULL;
	struct dirent *entry;

	if (!dir)
		return;
	dir_sweep(full);
	/* One that is ended may just have had a child. */
	for (size_t i = 0; i < SWEEPS; i++) {
		each_process(full, gather, &sweep);
		if (sweep.n == 0)
			break;
		end_all(&sweep);
	}
	while ((entry = readdir(dir))) {
		AUTO_FREE char *name = dnsmasq_network_of(entry->d_name);

		if (name && !is_wanted(userdata, name))
			dnsmasq_files_remove(full, name);
	}
	closedir(dir);
}
