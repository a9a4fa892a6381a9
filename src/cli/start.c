/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting vifd.
 *
 *	vif ── fork ──▶ waiter ── fork ──▶ vifd
 *
 * `vif run` becomes the VMM, and a VMM must not find a child that it never
 * made. So vifd is a grandchild. Its parent, the waiter, stays until it knows
 * the outcome, tells it by its exit status, and goes; vifd then belongs to init.
 *
 * vifd says READY=1 to $NOTIFY_SOCKET (sd_notify(3)). The socket has an
 * abstract address that the kernel chooses, where everybody in the network
 * namespace can write; only a message whose credentials are vifd's counts.
 *
 * Two vif at once may both start a vifd. vifd takes a lock; the second leaves
 * with EX_TEMPFAIL (sysexits.h), which is an outcome like "ready".
 *
 * Standard streams: vifd must not hold a pipe open on whose end somebody waits
 * (`vif list | less`), so it gets /dev/null, and its log as stderr. A file and
 * not the journal: it is where to find why vifd did not start, on every host.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>

#include "cli/start.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

/* Exit statuses of the waiter; none that a process ends with by accident. */
enum outcome {
	OUTCOME_READY = 64,
	OUTCOME_LEFT, /* another one has the lock */
	OUTCOME_ENDED,
	OUTCOME_TIMEOUT,
	OUTCOME_SYSTEM, /* the waiter could not do its work */
};

enum {
	START_TIMEOUT_MSEC = 10000,
	LOG_TAIL_SIZE = 2048,
};

struct start {
	char *program;
	char *log_option;
	int log_fd;
	off_t log_begin; /* what lies behind was written by this vifd */
	int notify_fd;
	char notify_name[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
};

static void start_done(struct start *start)
{
	free(start->program);
	free(start->log_option);
	closep(&start->log_fd);
	closep(&start->notify_fd);
}

/* What is there relative to this program, if it can be run. */
static char *program_beside(const char *relative)
{
	AUTO_FREE char *self = realpath("/proc/self/exe", NULL);
	AUTO_FREE char *path = NULL, *found = NULL;
	char *slash = self ? strrchr(self, '/') : NULL;

	if (!slash)
		return NULL;
	*slash = '\0';
	path = text_format("%s/%s", self, relative);
	if (!path)
		return NULL;
	found = realpath(path, NULL);
	return found && access(found, X_OK) == 0 ? take_ptr(found) : NULL;
}

/* An absolute path: the new process changes its folder before it runs it. */
static int program_find(char **ret_program, struct error *err)
{
	const char *wanted = secure_getenv("VIFD");
	char *found;

	if (wanted && *wanted) {
		found = realpath(wanted, NULL);
		if (!found)
			return error_system(err, -errno, "cannot start vifd: $VIFD is %s", wanted);
	} else {
		found = program_beside("vifd") ?: program_beside("../daemon/vifd");
		if (!found)
			found = program_beside(VIFD_FROM_VIF) ?: strdup(VIFD_PATH);
		if (!found)
			return error_oom(err);
	}
	*ret_program = found;
	return 0;
}

static int log_open(struct start *start, const char *runtime_dir, struct error *err)
{
	AUTO_FREE char *path = text_format("%s/vifd.log", runtime_dir);
	AUTO_CLOSE int fd = -1;
	struct stat st;
	int r;

	start->log_option = text_format("--log-file=%s/vifd.log", runtime_dir);
	if (!path || !start->log_option)
		return error_oom(err);
	r = log_file_open(path, &fd, err);
	if (r < 0)
		return r;
	/* Above the standard streams, which may be closed here and are filled in the child. */
	start->log_fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (start->log_fd < 0 || fstat(start->log_fd, &st) < 0)
		return error_system(err, -errno, "cannot write %s", path);
	start->log_begin = st.st_size;
	return 0;
}

/* Binding to no address gives an abstract one: a NUL and five hexadecimal digits (unix(7)). */
static int notify_open(struct start *start, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(sa_family_t);
	const int on = 1;
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, size) < 0)
		return error_system(err, -errno, "cannot start vifd");
	size = sizeof(address);
	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return error_system(err, -errno, "cannot start vifd");
	size -= offsetof(struct sockaddr_un, sun_path);
	memcpy(start->notify_name, address.sun_path, size);
	start->notify_name[0] = '@';
	start->notify_name[size] = '\0';
	start->notify_fd = take_fd(&fd);
	return 0;
}

/* Becomes vifd. Whatever fails is said to the log, where the caller looks for it. */
static void daemon_exec(const struct start *start) __attribute__((noreturn));
static void daemon_exec(const struct start *start)
{
	char *const argv[] = { start->program, (char *)"--idle-exit=10", start->log_option, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	if (dup2(start->log_fd, STDERR_FILENO) < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || setsid() < 0 || chdir("/") < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0 ||
	    setenv("NOTIFY_SOCKET", start->notify_name, 1) < 0 || unsetenv("LISTEN_PID") < 0 ||
	    unsetenv("LISTEN_FDS") < 0) {
		dprintf(STDERR_FILENO, "cannot prepare vifd: %m\n");
		_exit(EXIT_FAILURE);
	}
	umask(022);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot run %s: %m\n", argv[0]);
	_exit(EXIT_FAILURE);
}

/* Is there READY=1 in this datagram, and is it from that process? */
static bool notify_read(int fd, pid_t pid)
{
	char text[4096];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	struct ucred from;

	if (size < 0 || !header || header->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(&from, CMSG_DATA(header), sizeof(from));
	text[size] = '\0';
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (!strcmp(line, "READY=1"))
			return from.pid == pid;
	return false;
}

static int64_t now_msec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static enum outcome daemon_wait(const struct start *start, pid_t pid)
{
	int64_t deadline = now_msec() + START_TIMEOUT_MSEC;
	struct pollfd fds[] = { { start->notify_fd, POLLIN, 0 },
				{ pidfd_open(pid, 0), POLLIN, 0 } };
	int status;

	if (fds[1].fd < 0)
		return OUTCOME_SYSTEM;
	for (;;) {
		int64_t left = deadline - now_msec();
		int n = poll(fds, ARRAY_SIZE(fds), left > 0 ? (int)left : 0);

		if (n < 0 && errno != EINTR)
			return OUTCOME_SYSTEM;
		if (n == 0)
			return OUTCOME_TIMEOUT;
		if (n > 0 && fds[0].revents && notify_read(start->notify_fd, pid))
			return OUTCOME_READY;
		if (n > 0 && fds[1].revents)
			break;
	}
	if (waitpid(pid, &status, 0) != pid)
		return OUTCOME_SYSTEM;
	return WIFEXITED(status) && WEXITSTATUS(status) == EX_TEMPFAIL ? OUTCOME_LEFT
								       : OUTCOME_ENDED;
}

/* The waiter's life. Its exit status is the outcome. */
static void waiter_run(const struct start *start) __attribute__((noreturn));
static void waiter_run(const struct start *start)
{
	enum outcome outcome;
	pid_t pid = fork();

	if (pid < 0)
		_exit(OUTCOME_SYSTEM);
	if (pid == 0)
		daemon_exec(start);
	outcome = daemon_wait(start, pid);
	if (outcome == OUTCOME_TIMEOUT || outcome == OUTCOME_SYSTEM)
		(void)kill(pid, SIGKILL);
	_exit((int)outcome);
}

/* Where SIGCHLD is ignored (some programs leave their children so) nobody can be waited for. */
static enum outcome waiter_start(const struct start *start)
{
	const struct sigaction normal = { .sa_handler = SIG_DFL };
	struct sigaction before;
	pid_t pid, waited = -1;
	int status;

	if (sigaction(SIGCHLD, &normal, &before) < 0)
		return OUTCOME_SYSTEM;
	pid = fork();
	if (pid == 0)
		waiter_run(start);
	if (pid > 0)
		do
			waited = waitpid(pid, &status, 0);
		while (waited < 0 && errno == EINTR);
	(void)sigaction(SIGCHLD, &before, NULL);
	if (pid < 0)
		return OUTCOME_SYSTEM;
	return waited == pid && WIFEXITED(status) ? (enum outcome)WEXITSTATUS(status)
						  : OUTCOME_SYSTEM;
}

/* The last line that this vifd has written, or NULL; inside `tail`. */
static const char *log_last_line(const struct start *start, char tail[static LOG_TAIL_SIZE])
{
	struct stat st;
	off_t from = start->log_begin;
	ssize_t size;
	char *line;

	if (fstat(start->log_fd, &st) < 0)
		return NULL;
	if (st.st_size - from >= LOG_TAIL_SIZE)
		from = st.st_size - (LOG_TAIL_SIZE - 1);
	size = pread(start->log_fd, tail, LOG_TAIL_SIZE - 1, from);
	while (size > 0 && tail[size - 1] == '\n')
		size--;
	if (size <= 0)
		return NULL;
	tail[size] = '\0';
	line = strrchr(tail, '\n');
	return log_line_text(line ? line + 1 : tail);
}

static int outcome_report(const struct start *start, enum outcome outcome, struct error *err)
{
	char tail[LOG_TAIL_SIZE];
	const char *line;

	switch (outcome) {
	case OUTCOME_READY:
	case OUTCOME_LEFT:
		return 0;
	case OUTCOME_ENDED:
		line = log_last_line(start, tail);
		return error_set(err, -ECONNREFUSED, ERROR_UNREACHABLE, "vifd does not start: %s",
				 line ? line : "it ended without a word");
	case OUTCOME_TIMEOUT:
		line = log_last_line(start, tail);
		return error_set(err, -ETIMEDOUT, ERROR_UNREACHABLE,
				 "vifd was not ready within %d seconds: %s",
				 START_TIMEOUT_MSEC / 1000, line ? line : "it said nothing");
	case OUTCOME_SYSTEM:
	default:
		break;
	}
	return error_set(err, -EIO, ERROR_SYSTEM, "vifd could not be started");
}

int daemon_start(const char *runtime_dir, struct error *err)
{
	AUTO(start_done) struct start start = { .log_fd = -1, .notify_fd = -1 };
	int r;

	r = program_find(&start.program, err);
	if (r < 0)
		return r;
	r = dir_make(runtime_dir, 0755, err);
	if (r < 0)
		return r;
	r = log_open(&start, runtime_dir, err);
	if (r < 0)
		return r;
	r = notify_open(&start, err);
	if (r < 0)
		return r;
	return outcome_report(&start, waiter_start(&start), err);
}
