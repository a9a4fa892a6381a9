/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnsmasq binds its sockets, writes its pid file and only then lets the process that
 * was started end: with status 0 it serves, and with another it has said why not. So
 * the process that serves is never a child of vifd: it leaves no zombie, and it does
 * not notice when vifd is replaced.
 *
 * Which process it is: the one in the pid file, as long as its command line names our
 * configuration. The pid file belongs to the user that dnsmasq becomes; so it is only
 * asked, never believed. From then on a pidfd stands for it, and signals go there.
 *
 * The first line of the configuration is a comment with the index of the bridge:
 * dnsmasq binds its DHCP socket to the device, and does not always notice that it is
 * another one now. A bridge of the same name that was made anew is therefore a difference
 * in the configuration like any other, for the vifd that made it as for the next one.
 *
 * Whatever vifd was killed in, the process is found again: start and adopt look for it
 * before they run another. One that was still on its way is in no pid file; the next vifd
 * looks for its command line, once, and ends it.
 */
#include <dirent.h>
#include <grp.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "formats/dnsmasq-conf.h"
#include "services/dnsmasq.h"
#include "services/port-owner.h"
#include "services/process.h"
#include "services/program.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/log.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	START_MSEC = 5000,
	END_MSEC = 500, /* for each of SIGTERM and SIGKILL */
	RESTARTS = 5,   /* by itself, within … */
	RESTARTS_USEC = 60 * 1000000,
	SWEEPS = 5,
	PID_FILE_MAX = 32,
	COMMAND_LINE_MAX = 8192,
	TEXT_MAX = 16 * 1024 * 1024,
	DNS_PORT = 53,
	DHCP_PORT = 67,
	TFTP_PORT = 69,
	DHCPV6_PORT = 547,
};

/* A process that serves; pidfd -1: there is none. */
struct server {
	pid_t pid;
	int pidfd;
};

#define SERVER_NONE ((struct server){ .pidfd = -1 })

struct dnsmasq {
	struct dnsmasq_options options; /* its folder is ours, and has its full name */
	char *folder;
	char *name;
	char *bridge;
	struct dnsmasq_texts texts; /* as they are on disk */
	struct server server;
	sd_event_source *exit;
	struct program *starting;    /* NULL: none is on its way */
	bool reload;                 /* as soon as that is up: its files were written anew */
	uint64_t restarts[RESTARTS]; /* when, the oldest first */
	sd_event_source *retry;      /* while it was given up */
	sd_event_time_handler_t on_retry;
	void (*on_started)(void *userdata, const struct error *err);
	bool is_restart; /* what is on its way was started because it had ended by itself */
	char *problem;   /* why; or NULL */
};

static const char *const suffixes[] = { "conf", "hosts", "names", "servers", "pid" };

/* --- files --- */

static char *path_of(const char *folder, const char *name, const char *suffix)
{
	return text_format("%s/%s.%s", folder, name, suffix);
}

char *dnsmasq_leases_path(const char *folder, const char *network)
{
	return path_of(folder, network, "leases");
}

static int write_text(const struct dnsmasq *dnsmasq, const char *suffix, const char *text,
		      struct error *err)
{
	AUTO_FREE char *path = path_of(dnsmasq->folder, dnsmasq->name, suffix);

	return path ? file_write(path, text, strlen(text), 0644, false, err) : error_oom(err);
}

static int write_texts(const struct dnsmasq *dnsmasq, const struct dnsmasq_texts *texts,
		       struct error *err)
{
	int r = write_text(dnsmasq, "conf", texts->conf, err);

	if (r == 0)
		r = write_text(dnsmasq, "hosts", texts->hosts, err);
	if (r == 0)
		r = write_text(dnsmasq, "names", texts->names, err);
	return r < 0 ? r : write_text(dnsmasq, "servers", texts->servers, err);
}

/* Is it what stands in the file? */
static bool is_written(const struct dnsmasq *dnsmasq, const char *suffix, const char *text)
{
	AUTO_FREE char *path = path_of(dnsmasq->folder, dnsmasq->name, suffix), *data = NULL;
	size_t size;

	return path && file_read(path, TEXT_MAX, &data, &size, NULL) == 0 && !strcmp(data, text);
}

static void remove_files(const char *folder, const char *name)
{
	AUTO_FREE char *leases = dnsmasq_leases_path(folder, name);
	struct stat info;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		AUTO_FREE char *path = path_of(folder, name, suffixes[i]);

		if (path)
			(void)unlink(path);
	}
	if (leases && stat(leases, &info) == 0 && info.st_size == 0)
		(void)unlink(leases);
}

/* --- processes --- */

static void server_done(struct server *server)
{
	closep(&server->pidfd);
	*server = SERVER_NONE;
}

static bool has_argument(const char *line, size_t size, const char *argument)
{
	for (const char *end = line + size; line < end; line += strlen(line) + 1)
		if (!strcmp(line, argument))
			return true;
	return false;
}

/* The line was the process's at a time after the pidfd had been opened, which still holds it. */
static bool names_configuration(const struct server *server, const char *configuration)
{
	AUTO_FREE char *path = NULL, *line = NULL, *argument = NULL;
	struct pollfd ended = { .fd = server->pidfd, .events = POLLIN };
	size_t size;

	path = text_format("/proc/%d/cmdline", (int)server->pid);
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

/* The one that serves the network of that name from this folder; -ESRCH if there is none. */
static int server_find(const char *folder, const char *name, struct server *ret_server)
{
	AUTO_FREE char *path = path_of(folder, name, "pid");
	AUTO_FREE char *configuration = path_of(folder, name, "conf");
	AUTO(server_done) struct server server = SERVER_NONE;
	uint64_t start_time;

	if (!path || !configuration)
		return -ENOMEM;
	if (read_pid(path, &server.pid) < 0 ||
	    process_open(server.pid, &server.pidfd, &start_time, NULL) < 0 ||
	    !names_configuration(&server, configuration))
		return -ESRCH;
	*ret_server = server;
	server.pidfd = -1;
	return 0;
}

static int server_signal(const struct server *server, int number)
{
	return (int)syscall(SYS_pidfd_send_signal, server->pidfd, number, NULL, 0) < 0 ? -errno : 0;
}

static bool server_ends(const struct server *server, unsigned msec)
{
	struct pollfd ended = { .fd = server->pidfd, .events = POLLIN };
	uint64_t end = clock_usec() + (uint64_t)msec * 1000, now = clock_usec();
	int n = 0;

	for (; n == 0 && now < end; now = clock_usec()) {
		n = poll(&ended, 1, (int)((end - now) / 1000) + 1);
		if (n < 0 && errno == EINTR)
			n = 0;
	}
	return n > 0;
}

static void server_end(struct server *server)
{
	static const int signals[] = { SIGTERM, SIGKILL };

	for (size_t i = 0; server->pidfd >= 0 && i < ARRAY_SIZE(signals); i++)
		if (server_signal(server, signals[i]) < 0 || server_ends(server, END_MSEC))
			break;
	server_done(server);
}

static void end_leftover(const char *folder, const char *name)
{
	AUTO(server_done) struct server server = SERVER_NONE;

	if (server_find(folder, name, &server) == 0)
		server_end(&server);
}

/* --- whom it becomes --- */

/* Its own user where the distribution has made one, else the one for everybody; NULL: not root. */
static const struct passwd *find_user(void)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return NULL;
	user = getpwnam("dnsmasq");
	return user ? user : getpwnam("nobody");
}

static bool may_enter(const struct stat *folder, const struct passwd *user)
{
	if (folder->st_uid == user->pw_uid)
		return folder->st_mode & S_IXUSR;
	if (folder->st_gid == user->pw_gid)
		return folder->st_mode & S_IXGRP;
	return folder->st_mode & S_IXOTH;
}

/* dnsmasq reads hosts and names without privileges, and passes over what it cannot read. */
static int check_folder(const char *folder, const struct passwd *user, struct error *err)
{
	AUTO_FREE char *part = strdup(folder);
	struct stat info;

	if (!part)
		return error_oom(err);
	for (;;) {
		char *slash;

		if (stat(*part ? part : "/", &info) < 0)
			return error_system(err, -errno, "cannot look at %s", part);
		if (!may_enter(&info, user))
			return error_set(err, -EACCES, ERROR_PERMISSION,
					 "dnsmasq runs as user %s, who may not enter the folder %s",
					 user->pw_name, part);
		slash = strrchr(part, '/');
		if (!slash || !*part)
			return 0;
		*slash = '\0';
	}
}

/* --- texts --- */

static int make_texts(const struct dnsmasq *dnsmasq, const struct network *network,
		      struct dnsmasq_texts *ret_texts, struct error *err)
{
	const struct passwd *user = find_user();
	const struct group *group = user ? getgrgid(user->pw_gid) : NULL;
	struct utsname host;
	struct dnsmasq_place place = { .bridge = dnsmasq->bridge,
				       .folder = dnsmasq->folder,
				       .user = user ? user->pw_name : NULL,
				       .group = group ? group->gr_name : NULL,
				       .host = uname(&host) == 0 ? host.nodename : NULL,
				       .servers = dnsmasq->options.servers };
	struct dnsmasq_texts texts;
	char *conf;
	int r = user ? check_folder(dnsmasq->folder, user, err) : 0;

	if (r == 0)
		r = dnsmasq_texts_make(network, &place, &texts, err);
	if (r < 0)
		return r;
	conf = text_format("# bridge %u\n%s", if_nametoindex(dnsmasq->bridge), texts.conf);
	if (!conf) {
		dnsmasq_texts_done(&texts);
		return error_oom(err);
	}
	free(texts.conf);
	texts.conf = conf;
	*ret_texts = texts;
	return 0;
}

static void take_texts(struct dnsmasq *dnsmasq, struct dnsmasq_texts *texts)
{
	dnsmasq_texts_done(&dnsmasq->texts);
	dnsmasq->texts = *texts;
	*texts = (struct dnsmasq_texts){ 0 };
}

/* --- one process --- */

static int on_exit_of_server(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static int watch_server(struct dnsmasq *dnsmasq, struct server *server, struct error *err)
{
	int r = sd_event_add_io(dnsmasq->options.event, &dnsmasq->exit, server->pidfd, EPOLLIN,
				on_exit_of_server, dnsmasq);

	if (r < 0)
		return error_system(err, r, "cannot watch dnsmasq");
	dnsmasq->server = *server;
	*server = SERVER_NONE;
	free(take_ptr(dnsmasq->problem));
	dnsmasq->retry = sd_event_source_disable_unref(dnsmasq->retry);
	return 0;
}

static void forget_server(struct dnsmasq *dnsmasq)
{
	dnsmasq->exit = sd_event_source_disable_unref(dnsmasq->exit);
	server_done(&dnsmasq->server);
}

static void end_server(struct dnsmasq *dnsmasq)
{
	/* One that is on its way may be up already, and not known yet. */
	if (dnsmasq->starting) {
		program_free(take_ptr(dnsmasq->starting));
		end_leftover(dnsmasq->folder, dnsmasq->name);
	}
	dnsmasq->exit = sd_event_source_disable_unref(dnsmasq->exit);
	server_end(&dnsmasq->server);
}

/* The process that has the port, by what dnsmasq says of the socket that it could not have. */
static char *find_owner(const char *said)
{
	static const char listening[] = "failed to create listening socket for ";
	const char *at = strstr(said, listening);
	struct address address = { .family = AF_INET };
	char text[ADDRESS_TEXT_SIZE] = "", *owner;

	if (strstr(said, "DHCPv6"))
		return port_owner_find(&(struct address){ .family = AF_INET6 }, DHCPV6_PORT);
	if (strstr(said, "DHCP"))
		return port_owner_find(&address, DHCP_PORT);
	if (!at || sscanf(at + strlen(listening), "%45[0-9a-f:.]", text) != 1)
		return NULL;
	/* An IPv6 address and the colon that ends it look alike. */
	if (address_parse(text, &address) < 0)
		text[strlen(text) - 1] = '\0';
	if (address_parse(text, &address) < 0)
		return NULL;
	owner = port_owner_find(&address, DNS_PORT);
	return owner ? owner : port_owner_find(&address, TFTP_PORT);
}

/* That line of the configuration as it is on disk; the caller's to free, or NULL. */
static char *read_line(const struct dnsmasq *dnsmasq, unsigned number)
{
	AUTO_FREE char *path = path_of(dnsmasq->folder, dnsmasq->name, "conf"), *text = NULL;
	char *rest, *line = NULL;
	size_t size;

	if (!path || file_read(path, TEXT_MAX, &text, &size, NULL) < 0)
		return NULL;
	rest = text;
	for (unsigned i = 0; i < number; i++)
		line = strsep(&rest, "\n");
	return line ? strdup(line) : NULL;
}

/*
 * dnsmasq's own sentence has its name in front. The one about a taken port lacks by whom, the one
 * about an option has the number of a line in a file that is gone by then.
 */
static int explain(const struct dnsmasq *dnsmasq, struct error *said, struct error *err)
{
	static const char at_line[] = " at line ";
	AUTO_FREE char *owner = NULL, *option = NULL;
	const char *at = strstr(error_text(said), at_line);
	unsigned number;
	int r = said->code;

	if (at && sscanf(at + strlen(at_line), "%u of ", &number) == 1)
		option = read_line(dnsmasq, number);
	if (option)
		return error_set(err, r, ERROR_INVALID_ARGUMENT, "%.*s: '%s'",
				 (int)(at - error_text(said)), error_text(said), option);
	if (!strstr(error_text(said), strerror(EADDRINUSE))) {
		error_move(err, said);
		return r;
	}
	owner = find_owner(error_text(said));
	return error_set(err, -EADDRINUSE, ERROR_IN_USE, "%s%s%s", error_text(said),
			 owner ? ": " : "", owner ? owner : "");
}

/* Runs it and waits, or (waits is false) has on_started() called when it is up or has failed. */
static int run_server(struct dnsmasq *dnsmasq, bool waits, struct error *err)
{
	AUTO_FREE char *program = program_find("dnsmasq"), *argument = NULL;
	AUTO_ERROR struct error said = ERROR_INIT;
	int r;

	if (!program)
		return error_set(err, -ENOENT, ERROR_NOT_SUPPORTED,
				 "dnsmasq, which gives DHCP and DNS to guests, is not installed");
	argument = text_format("--conf-file=%s/%s.conf", dnsmasq->folder, dnsmasq->name);
	if (!argument)
		return error_oom(err);
	if (!waits)
		return program_start(dnsmasq->options.event,
				     (const char *[]){ program, argument, NULL }, START_MSEC,
				     dnsmasq->on_started, dnsmasq, &dnsmasq->starting, err);
	r = program_run((const char *[]){ program, argument, NULL }, START_MSEC, &said);
	return r < 0 ? explain(dnsmasq, &said, err) : 0;
}

/* It has put itself into the background. */
static int take_server(struct dnsmasq *dnsmasq, struct error *err)
{
	AUTO(server_done) struct server server = SERVER_NONE;
	int r = server_find(dnsmasq->folder, dnsmasq->name, &server);

	if (r < 0)
		return error_set(err, r, ERROR_SYSTEM, "dnsmasq ended right after its start");
	r = watch_server(dnsmasq, &server, err);
	if (r < 0)
		server_end(&server);
	return r;
}

static void stop_starting(struct dnsmasq *dnsmasq)
{
	program_free(take_ptr(dnsmasq->starting));
	dnsmasq->reload = false;
}

/* Starts it with the files as they are, and waits until it serves. */
static int start_server(struct dnsmasq *dnsmasq, struct error *err)
{
	int r;

	stop_starting(dnsmasq);
	end_leftover(dnsmasq->folder, dnsmasq->name);
	r = run_server(dnsmasq, true, err);
	if (r == 0)
		return take_server(dnsmasq, err);
	end_leftover(dnsmasq->folder, dnsmasq->name);
	return r;
}

/* The same without waiting, where the caller can be told later: then it is not up yet. */
static int begin_server(struct dnsmasq *dnsmasq, struct error *err)
{
	if (!dnsmasq->options.started)
		return start_server(dnsmasq, err);
	stop_starting(dnsmasq);
	end_leftover(dnsmasq->folder, dnsmasq->name);
	return run_server(dnsmasq, false, err);
}

/* --- it ended by itself --- */

static uint64_t window_of(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->options.window_usec ?: RESTARTS_USEC;
}

/* Too often? Else this time is noted. */
static bool may_restart(struct dnsmasq *dnsmasq)
{
	uint64_t now = clock_usec();

	if (dnsmasq->restarts[0] && now - dnsmasq->restarts[0] < window_of(dnsmasq))
		return false;
	memmove(dnsmasq->restarts, dnsmasq->restarts + 1,
		sizeof(dnsmasq->restarts) - sizeof(dnsmasq->restarts[0]));
	dnsmasq->restarts[RESTARTS - 1] = now;
	return true;
}

/* When the oldest of the restarts does not count any more; where there are less, as late. */
static void try_again_later(struct dnsmasq *dnsmasq)
{
	uint64_t now = clock_usec(), window = window_of(dnsmasq);
	uint64_t past = dnsmasq->restarts[0] ? now - dnsmasq->restarts[0] : 0;

	dnsmasq->retry = sd_event_source_disable_unref(dnsmasq->retry);
	if (sd_event_add_time_relative(dnsmasq->options.event, &dnsmasq->retry, CLOCK_MONOTONIC,
				       past < window ? window - past : window, 0, dnsmasq->on_retry,
				       dnsmasq) < 0)
		log_warning("network '%s': dnsmasq is not tried again", dnsmasq->name);
}

static int restart_server(struct dnsmasq *dnsmasq, struct error *err)
{
	if (may_restart(dnsmasq))
		return begin_server(dnsmasq, err);
	return error_set(
		err, -EAGAIN, ERROR_SYSTEM,
		"dnsmasq has ended by itself more than %d times in a minute, and is started "
		"again when the minute is over",
		RESTARTS);
}

static void tell_ended(struct dnsmasq *dnsmasq, const struct error *err)
{
	if (err)
		log_error("network '%s': %s", dnsmasq->name, error_text(err));
	else
		log_info("network '%s': dnsmasq was started again (process %d)", dnsmasq->name,
			 (int)dnsmasq->server.pid);
	if (dnsmasq->options.ended)
		dnsmasq->options.ended(dnsmasq->options.userdata, dnsmasq, err);
}

/* It is tried again. A problem is told once, however often it is found again. */
static bool note_problem(struct dnsmasq *dnsmasq, const struct error *err)
{
	bool is_new = !streq(dnsmasq->problem, error_text(err));

	free(dnsmasq->problem);
	dnsmasq->problem = strdup(error_text(err));
	try_again_later(dnsmasq);
	return is_new;
}

static void bring_back(struct dnsmasq *dnsmasq)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	dnsmasq->is_restart = true;
	if (restart_server(dnsmasq, &err) < 0) {
		if (note_problem(dnsmasq, &err))
			tell_ended(dnsmasq, &err);
	} else if (!dnsmasq->starting) {
		tell_ended(dnsmasq, NULL);
	}
}

/* May be the last that is done with it: who is told may stop it. */
static void tell_started(struct dnsmasq *dnsmasq, const struct error *err)
{
	if (!dnsmasq->is_restart) {
		if (err)
			note_problem(dnsmasq, err);
		dnsmasq->options.started(dnsmasq->options.userdata, dnsmasq, err);
	} else if (!err || note_problem(dnsmasq, err)) {
		tell_ended(dnsmasq, err);
	}
}

static void on_started(void *userdata, const struct error *said)
{
	struct dnsmasq *dnsmasq = userdata;
	AUTO_ERROR struct error err = ERROR_INIT, copy = ERROR_INIT;
	bool reload = dnsmasq->reload;

	stop_starting(dnsmasq);
	if (said) {
		error_copy(&copy, said);
		explain(dnsmasq, &copy, &err);
		end_leftover(dnsmasq->folder, dnsmasq->name);
	} else if (take_server(dnsmasq, &err) == 0 && reload) {
		(void)server_signal(&dnsmasq->server, SIGHUP);
	}
	tell_started(dnsmasq, err.code ? &err : NULL);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct dnsmasq *dnsmasq = userdata;

	dnsmasq->retry = sd_event_source_disable_unref(dnsmasq->retry);
	bring_back(dnsmasq);
	return 0;
}

static int on_exit_of_server(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct dnsmasq *dnsmasq = userdata;

	log_warning("network '%s': dnsmasq (process %d) ended by itself", dnsmasq->name,
		    (int)dnsmasq->server.pid);
	forget_server(dnsmasq);
	bring_back(dnsmasq);
	return 0;
}

/* --- making, changing, ending --- */

static void dnsmasq_free(struct dnsmasq *dnsmasq)
{
	if (!dnsmasq)
		return;
	forget_server(dnsmasq);
	program_free(dnsmasq->starting);
	sd_event_source_disable_unref(dnsmasq->retry);
	free(dnsmasq->problem);
	dnsmasq_texts_done(&dnsmasq->texts);
	free(dnsmasq->folder);
	free(dnsmasq->name);
	free(dnsmasq->bridge);
	free(dnsmasq);
}
DEFINE_FREEP(struct dnsmasq, dnsmasq_free);

/* dnsmasq goes to the root folder: the names of its files are full ones. */
static int make_folder(const char *folder, char **ret_folder, struct error *err)
{
	char *full;
	int r = dir_make(folder, 0755, err);

	if (r < 0)
		return r;
	full = realpath(folder, NULL);
	if (!full)
		return error_system(err, -errno, "cannot look at %s", folder);
	*ret_folder = full;
	return 0;
}

static int dnsmasq_new(const struct dnsmasq_options *options, const struct network *network,
		       const char *bridge, struct dnsmasq **ret_dnsmasq, struct error *err)
{
	AUTO(dnsmasq_freep) struct dnsmasq *dnsmasq = calloc(1, sizeof(*dnsmasq));
	struct dnsmasq_texts texts;
	int r;

	if (!dnsmasq)
		return error_oom(err);
	dnsmasq->server = SERVER_NONE;
	dnsmasq->on_retry = on_retry;
	dnsmasq->on_started = on_started;
	dnsmasq->options = *options;
	dnsmasq->options.folder = NULL;
	dnsmasq->name = strdup(network->name);
	dnsmasq->bridge = strdup(bridge);
	if (!dnsmasq->name || !dnsmasq->bridge)
		return error_oom(err);
	r = make_folder(options->folder, &dnsmasq->folder, err);
	if (r == 0)
		r = make_texts(dnsmasq, network, &texts, err);
	if (r < 0)
		return r;
	take_texts(dnsmasq, &texts);
	*ret_dnsmasq = take_ptr(dnsmasq);
	return 0;
}

static int start(struct dnsmasq *dnsmasq, struct error *err)
{
	int r = write_texts(dnsmasq, &dnsmasq->texts, err);

	if (r == 0)
		r = begin_server(dnsmasq, err);
	if (r < 0)
		remove_files(dnsmasq->folder, dnsmasq->name);
	return r;
}

/* 0, or -ESRCH where none is running. */
static int adopt(struct dnsmasq *dnsmasq, struct error *err)
{
	AUTO(server_done) struct server server = SERVER_NONE;
	bool same;
	int r = server_find(dnsmasq->folder, dnsmasq->name, &server);

	if (r < 0)
		return r;
	if (!is_written(dnsmasq, "conf", dnsmasq->texts.conf))
		return -ESRCH;
	same = is_written(dnsmasq, "hosts", dnsmasq->texts.hosts) &&
	       is_written(dnsmasq, "names", dnsmasq->texts.names) &&
	       is_written(dnsmasq, "servers", dnsmasq->texts.servers);
	r = same ? 0 : write_texts(dnsmasq, &dnsmasq->texts, err);
	if (r == 0 && !same)
		r = server_signal(&server, SIGHUP);
	return r < 0 ? r : watch_server(dnsmasq, &server, err);
}

/* The two ways to a process, with what they have in common. */
static int open_dnsmasq(const struct dnsmasq_options *options, const struct network *network,
			const char *bridge, bool may_adopt, struct dnsmasq **ret_dnsmasq,
			struct error *err)
{
	AUTO(dnsmasq_freep) struct dnsmasq *dnsmasq = NULL;
	int r = dnsmasq_new(options, network, bridge, &dnsmasq, err);

	if (r == 0) {
		r = may_adopt ? adopt(dnsmasq, err) : -ESRCH;
		if (r == -ESRCH)
			r = start(dnsmasq, err);
	}
	if (r < 0)
		return r;
	*ret_dnsmasq = take_ptr(dnsmasq);
	return 0;
}

int dnsmasq_start(const struct dnsmasq_options *options, const struct network *network,
		  const char *bridge, struct dnsmasq **ret_dnsmasq, struct error *err)
{
	return open_dnsmasq(options, network, bridge, false, ret_dnsmasq, err);
}

int dnsmasq_adopt(const struct dnsmasq_options *options, const struct network *network,
		  const char *bridge, struct dnsmasq **ret_dnsmasq, struct error *err)
{
	return open_dnsmasq(options, network, bridge, true, ret_dnsmasq, err);
}

static int reload(struct dnsmasq *dnsmasq, struct dnsmasq_texts *texts, struct error *err)
{
	int r = write_texts(dnsmasq, texts, err);

	if (r < 0)
		return r;
	take_texts(dnsmasq, texts);
	dnsmasq->reload = dnsmasq->starting;
	if (dnsmasq->starting)
		return 0;
	r = server_signal(&dnsmasq->server, SIGHUP);
	/* It has just ended: the event loop will know, and starts it with the new files. */
	return r == -ESRCH ? 0 : r;
}

/* Back to what it served before; there may be no way back either, and the first reason is told. */
static void put_back(struct dnsmasq *dnsmasq)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (write_texts(dnsmasq, &dnsmasq->texts, &err) < 0 || start_server(dnsmasq, &err) < 0)
		log_error("network '%s': is without dnsmasq now: %s", dnsmasq->name,
			  error_text(&err));
}

static int restart(struct dnsmasq *dnsmasq, struct dnsmasq_texts *texts, struct error *err)
{
	bool was_running = dnsmasq->server.pidfd >= 0;
	int r = write_texts(dnsmasq, texts, err);

	end_server(dnsmasq);
	if (r == 0)
		r = start_server(dnsmasq, err);
	if (r == 0)
		take_texts(dnsmasq, texts);
	else if (was_running)
		put_back(dnsmasq);
	else
		remove_files(dnsmasq->folder, dnsmasq->name);
	return r;
}

int dnsmasq_update(struct dnsmasq *dnsmasq, const struct network *network, struct error *err)
{
	AUTO(dnsmasq_texts_done) struct dnsmasq_texts texts = { 0 };
	const struct dnsmasq_texts *old = &dnsmasq->texts;
	int r = make_texts(dnsmasq, network, &texts, err);

	if (r < 0)
		return r;
	if ((dnsmasq->server.pidfd < 0 && !dnsmasq->starting) || strcmp(texts.conf, old->conf) != 0)
		return restart(dnsmasq, &texts, err);
	if (strcmp(texts.hosts, old->hosts) != 0 || strcmp(texts.names, old->names) != 0 ||
	    strcmp(texts.servers, old->servers) != 0)
		return reload(dnsmasq, &texts, err);
	return 0;
}

void dnsmasq_stop(struct dnsmasq *dnsmasq)
{
	if (!dnsmasq)
		return;
	end_server(dnsmasq);
	remove_files(dnsmasq->folder, dnsmasq->name);
	dnsmasq_free(dnsmasq);
}

void dnsmasq_end(const char *folder, const char *network)
{
	AUTO_FREE char *full = realpath(folder, NULL);

	if (!full)
		return;
	end_leftover(full, network);
	remove_files(full, network);
}

void dnsmasq_leave(struct dnsmasq *dnsmasq)
{
	dnsmasq_free(dnsmasq);
}

/* The name of the network whose configuration this file is, the caller's; NULL for other files. */
static char *network_of(const char *file)
{
	size_t length = strlen(file), suffix = strlen(".conf");

	if (length <= suffix || strcmp(file + length - suffix, ".conf") != 0)
		return NULL;
	return strndup(file, length - suffix);
}

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
			return network_of(word + strlen(prefix));
	return NULL;
}

/* Does its network's pid file name it? */
static bool is_known(const char *folder, const char *name, pid_t pid)
{
	AUTO(server_done) struct server server = SERVER_NONE;

	return server_find(folder, name, &server) == 0 && server.pid == pid;
}

static bool end_stray(const char *folder, const char *name, pid_t pid)
{
	AUTO_FREE char *configuration = path_of(folder, name, "conf");
	AUTO(server_done) struct server server = { .pid = pid, .pidfd = -1 };
	uint64_t start_time;

	if (!configuration || process_open(pid, &server.pidfd, &start_time, NULL) < 0 ||
	    !names_configuration(&server, configuration))
		return false;
	log_info("network '%s': ending process %d, which a vifd that is no more had started", name,
		 (int)pid);
	server_end(&server);
	return true;
}

/* How many were ended. */
static size_t end_strays(const char *folder)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;

	while (proc && (entry = readdir(proc))) {
		AUTO_FREE char *name = NULL;
		uint32_t pid;

		if (parse_u32(entry->d_name, 1, INT_MAX, &pid) == 0)
			name = network_served(folder, (pid_t)pid);
		if (name && !is_known(folder, name, (pid_t)pid))
			n += end_stray(folder, name, (pid_t)pid);
	}
	if (proc)
		closedir(proc);
	return n;
}

void dnsmasq_sweep(const char *folder, bool (*is_wanted)(void *userdata, const char *network),
		   void *userdata)
{
	AUTO_FREE char *full = realpath(folder, NULL);
	DIR *dir = full ? opendir(full) : NULL;
	struct dirent *entry;

	if (!dir)
		return;
	dir_sweep(full);
	/* One that is ended may just have had a child. */
	for (size_t i = 0; i < SWEEPS && end_strays(full) > 0; i++)
		;
	while ((entry = readdir(dir))) {
		AUTO_FREE char *name = network_of(entry->d_name);

		if (!name || is_wanted(userdata, name))
			continue;
		end_leftover(full, name);
		remove_files(full, name);
	}
	closedir(dir);
}

pid_t dnsmasq_pid(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->server.pidfd < 0 ? 0 : dnsmasq->server.pid;
}

const char *dnsmasq_problem(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->problem;
}

bool dnsmasq_is_starting(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->starting;
}
