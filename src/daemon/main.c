/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vifd: one daemon a network namespace.
 *
 * Two locks, because two things must not be shared: the runtime folder, and the
 * network namespace, for which there is a file below /run/vifd-folders, named by the
 * namespace's inode. Both are files that root alone can open: flock(2)
 * asks for no more than that, and whatever has no owner (an abstract socket's name)
 * anybody can take first.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "daemon/vifd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	EXIT_USAGE = 2,
	IDLE_MAX_SEC = 7 * 24 * 3600,
};

struct arguments {
	uint64_t idle_usec;
	const char *log_file; /* or NULL */
	bool done;            /* --help or --version has been answered */
};

static const char usage_text[] =
	"usage: vifd [--idle-exit=SECONDS] [--log-level=debug|info|warning|error]\n"
	"            [--log-file=FILE]\n"
	"       vifd --help | --version\n"
	"Connects virtual machines to the networks of their host; see vifd(8).\n";

static const char *const level_names[] = {
	[LOG_ERR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static int set_log_level(const char *name)
{
	int level = name_index(level_names, ARRAY_SIZE(level_names), name);

	if (level < 0)
		return level;
	log_set_max_priority(level);
	return 0;
}

static int usage_error(const char *what, const char *value)
{
	fprintf(stderr, "vifd: %s '%s'\n%s", what, value, usage_text);
	return -EINVAL;
}

static int parse_option(int option, struct arguments *arguments)
{
	uint64_t seconds;

	switch (option) {
	case 'i':
		if (parse_u64(optarg, 0, IDLE_MAX_SEC, &seconds) < 0)
			return usage_error("--idle-exit takes seconds, not", optarg);
		arguments->idle_usec = seconds * 1000000;
		return 0;
	case 'l':
		return set_log_level(optarg) < 0 ? usage_error("there is no log level", optarg) : 0;
	case 'f':
		arguments->log_file = optarg;
		return 0;
	case 'h':
		fputs(usage_text, stdout);
		arguments->done = true;
		return 0;
	case 'v':
		puts("vifd " VIFD_VERSION);
		arguments->done = true;
		return 0;
	default:
		fputs(usage_text, stderr);
		return -EINVAL;
	}
}

static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{ "idle-exit", required_argument, NULL, 'i' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "log-file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int option, r;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		r = parse_option(option, arguments);
		if (r < 0 || arguments->done)
			return r;
	}
	if (optind < argc)
		return usage_error("unexpected argument", argv[optind]);
	return 0;
}

/*
 * The file of a lock, made where there is none; one that others could open is theirs no
 * more. -EWOULDBLOCK, without a sentence, where another process has the lock.
 */
static int lock_file(const char *path, int *ret_fd, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fchmod(fd, 0600) < 0)
		return error_system(err, -errno, "cannot open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EWOULDBLOCK
					    : error_system(err, -errno, "cannot lock %s", path);
	*ret_fd = take_fd(&fd);
	return 0;
}

/* -EBUSY where another vifd has the folder. The lock lasts as long as the fd. */
static int lock_folder(const char *runtime_dir, int *ret_fd, struct error *err)
{
	AUTO_FREE char *path = NULL;
	AUTO_CLOSE int fd = -1;
	int r;

	r = dir_make(runtime_dir, 0755, err);
	if (r < 0)
		return r;
	path = text_format("%s/lock", runtime_dir);
	if (!path)
		return error_oom(err);
	r = lock_file(path, &fd, err);
	if (r == -EWOULDBLOCK)
		return error_set(err, -EBUSY, ERROR_IN_USE, "another vifd serves %s already",
				 runtime_dir);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

static const char namespaces_dir[] = "/run/vifd-folders";

static int lock_namespace(int *ret_fd, struct error *err)
{
	AUTO_FREE char *path = NULL;
	struct stat net;
	int r;

	if (stat("/proc/self/ns/net", &net) < 0)
		return error_system(err, -errno, "cannot find the network namespace");
	r = dir_make(namespaces_dir, 0755, err);
	if (r < 0)
		return r;
	path = text_format("%s/%ju.lock", namespaces_dir, (uintmax_t)net.st_ino);
	if (!path)
		return error_oom(err);
	r = lock_file(path, ret_fd, err);
	return r == -EWOULDBLOCK ? error_set(err, -EEXIST, ERROR_IN_USE,
					     "another vifd, with another runtime folder, serves "
					     "this network namespace already")
				 : r;
}

static const char *folder_from_environment(const char *variable, const char *otherwise)
{
	const char *value = secure_getenv(variable);

	return value && *value ? value : otherwise;
}

/* The loop ends with the signal, whoever else has something to say. */
static int add_signal(sd_event *event, int number)
{
	AUTO(sd_event_source_unrefp) sd_event_source *source = NULL;
	int r;

	r = sd_event_add_signal(event, &source, number, NULL, NULL);
	if (r >= 0)
		r = sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT - 1);
	return r < 0 ? r : sd_event_source_set_floating(source, 1);
}

static int event_new(sd_event **ret_event, struct error *err)
{
	AUTO(sd_event_unrefp) sd_event *event = NULL;
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	r = sd_event_new(&event);
	if (r >= 0)
		r = add_signal(event, SIGTERM);
	if (r >= 0)
		r = add_signal(event, SIGINT);
	if (r < 0)
		return error_system(err, r, "cannot make an event loop");
	*ret_event = take_ptr(event);
	return 0;
}

/* vifd holds a dup of each queue of a live port: as many as the system lets it have. */
static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int serve(const struct vifd_options *options, struct error *err)
{
	AUTO(sd_event_unrefp) sd_event *event = NULL;
	AUTO(vifd_freep) struct vifd *vifd = NULL;
	int r;

	raise_fd_limit();
	r = event_new(&event, err);
	if (r == 0)
		r = vifd_new(event, options, &vifd, err);
	if (r < 0)
		return r;
	sd_notify(0, "READY=1");
	log_debug("vifd serves");
	r = sd_event_loop(event);
	sd_notify(0, "STOPPING=1");
	return r < 0 ? error_system(err, r, "the event loop failed") : 0;
}

static int run(const struct arguments *arguments, struct error *err)
{
	AUTO_CLOSE int folder_lock = -1, namespace_lock = -1;
	const struct vifd_options options = {
		.runtime_dir = folder_from_environment("VIFD_RUNTIME_DIR", "/run/vifd"),
		.config_dir = folder_from_environment("VIFD_CONFIG_DIR", "/etc/vifd"),
		.data_dir = folder_from_environment("VIFD_DATA_DIR", VIFD_DATA_DIR),
		.idle_usec = arguments->idle_usec,
	};
	int r;

	if (geteuid() != 0)
		return error_set(err, -EPERM, ERROR_PERMISSION, "vifd has to be started by root");
	r = lock_folder(options.runtime_dir, &folder_lock, err);
	if (r == 0)
		r = lock_namespace(&namespace_lock, err);
	return r < 0 ? r : serve(&options, err);
}

int main(int argc, char **argv)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct arguments arguments = { 0 };
	int r;

	if (parse_arguments(argc, argv, &arguments) < 0)
		return EXIT_USAGE;
	if (arguments.done)
		return 0;
	r = arguments.log_file ? log_to_file(arguments.log_file, &err) : 0;
	if (r == 0)
		r = run(&arguments, &err);
	if (r == -EBUSY) {
		log_info("%s", error_text(&err));
		return EX_TEMPFAIL;
	}
	if (r < 0) {
		log_error("vifd: %s", error_text(&err));
		return 1;
	}
	return 0;
}
