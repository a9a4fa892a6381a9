/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program says goes into a file in memory and not into a pipe: it can
 * neither block on it nor keep it open, though a part of it stays in the background.
 */
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "services/program.h"
#include "util/text.h"

enum {
	SAID_SIZE = 4096, /* of what it says; more is passed over */
};

static const char usual_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* --- where it is --- */

static char *find_on(const char *path, const char *name)
{
	AUTO_FREE char *copy = strdup(path);
	char *rest = NULL;

	for (char *dir = copy ? strtok_r(copy, ":", &rest) : NULL; dir;
	     dir = strtok_r(NULL, ":", &rest)) {
		char *file;

		file = text_format("%s/%s", dir, name);
		if (!file)
			return NULL;
		if (access(file, X_OK) == 0)
			return file;
		free(file);
	}
	return NULL;
}

/* Set and wrong, it is found nowhere else: who set it wants to know. */
static const char *variable_of(const char *name)
{
	AUTO_FREE char *variable = text_format("VIFD_%s", name);

	if (!variable)
		return NULL;
	for (char *c = variable; *c; c++)
		*c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
	return getenv(variable);
}

char *program_find(const char *name)
{
	const char *given = variable_of(name), *path = getenv("PATH");
	char *file;

	if (given)
		return access(given, X_OK) == 0 ? strdup(given) : NULL;
	file = path ? find_on(path, name) : NULL;
	return file ? file : find_on(usual_path, name);
}

/* --- how it runs --- */

static int prepare_files(posix_spawn_file_actions_t *files, int said)
{
	int r = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDWR, 0);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(files, STDIN_FILENO, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(files, said, STDERR_FILENO);
	return r ? r : posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
}

static int prepare_signals(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	return r ? r
		 : posix_spawnattr_setflags(attributes,
					    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

static int spawn(const char *const *arguments, int said, pid_t *ret_pid)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	char *const environment[] = { path, locale, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int r;

	r = posix_spawn_file_actions_init(&files);
	if (r)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r) {
		posix_spawn_file_actions_destroy(&files);
		return -r;
	}
	r = prepare_files(&files, said);
	if (r == 0)
		r = prepare_signals(&attributes);
	if (r == 0)
		r = posix_spawn(ret_pid, arguments[0], &files, &attributes,
				(char *const *)arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return -r;
}

/* The last line of what it said, without its end; "" if it said nothing. */
static char *last_line(int said, char text[static SAID_SIZE])
{
	ssize_t n = pread(said, text, SAID_SIZE - 1, 0);
	char *line;

	if (n < 0)
		n = 0;
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	text[n] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	for (char *c = line; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
	return line;
}

static int refusal(const char *program, int status, int said, struct error *err)
{
	char text[SAID_SIZE];
	const char *line = last_line(said, text);

	if (*line)
		return error_set(err, -EIO, ERROR_SYSTEM, "%s", line);
	if (WIFSIGNALED(status))
		return error_set(err, -EIO, ERROR_SYSTEM, "%s was ended by signal %d", program,
				 WTERMSIG(status));
	return error_set(err, -EIO, ERROR_SYSTEM, "%s ended with status %d and no word", program,
			 WEXITSTATUS(status));
}

struct program {
	char *name;
	pid_t pid; /* 0: it has ended */
	int pidfd, said;
	unsigned timeout_msec;
	bool late;
	sd_event_source *exit, *timer;
	void (*ended)(void *userdata, const struct error *err);
	void *userdata;
};

/* Of a program that has ended, or is nobody's any more. */
static void dispose(struct program *program)
{
	sd_event_source_disable_unref(program->exit);
	sd_event_source_disable_unref(program->timer);
	closep(&program->pidfd);
	closep(&program->said);
	free(program->name);
	free(program);
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct program *program = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	int status = 0;

	if (waitpid(program->pid, &status, WNOHANG) != program->pid)
		return 0;
	program->pid = 0;
	program->exit = sd_event_source_disable_unref(program->exit);
	program->timer = sd_event_source_disable_unref(program->timer);
	if (program->late)
		error_set(&err, -ETIMEDOUT, ERROR_SYSTEM, "%s did not answer within %u ms",
			  program->name, program->timeout_msec);
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		refusal(program->name, status, program->said, &err);
	program->ended(program->userdata, err.code ? &err : NULL);
	return 0;
}

/* Its end is told as any other. */
static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct program *program = userdata;

	program->late = true;
	kill(program->pid, SIGKILL);
	return 0;
}

static int watch_program(sd_event *event, struct program *program, struct error *err)
{
	int r;

	program->pidfd = (int)syscall(SYS_pidfd_open, program->pid, 0);
	r = program->pidfd < 0 ? -errno
			       : sd_event_add_io(event, &program->exit, program->pidfd, EPOLLIN,
						 on_end, program);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &program->timer, CLOCK_MONOTONIC,
					       (uint64_t)program->timeout_msec * 1000, 0, on_late,
					       program);
	return r < 0 ? error_system(err, r, "cannot wait for %s", program->name) : 0;
}

/* It ends by the signal: but for what the kernel does of it, there is nothing to wait for. */
static void kill_and_bury(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int program_start(sd_event *event, const char *const *arguments, unsigned timeout_msec,
		  void (*ended)(void *userdata, const struct error *err), void *userdata,
		  struct program **ret_program, struct error *err)
{
	struct program *program = calloc(1, sizeof(*program));
	int r;

	if (!program)
		return error_oom(err);
	*program = (struct program){ .name = strdup(arguments[0]),
				     .pidfd = -1,
				     .said = memfd_create("said", MFD_CLOEXEC),
				     .timeout_msec = timeout_msec,
				     .ended = ended,
				     .userdata = userdata };
	r = program->name && program->said >= 0 ? 0 : -errno;
	if (r == 0)
		r = spawn(arguments, program->said, &program->pid);
	if (r < 0) {
		dispose(program);
		return error_system(err, r, "cannot run %s", arguments[0]);
	}
	r = watch_program(event, program, err);
	if (r < 0) {
		kill_and_bury(program->pid);
		dispose(program);
		return r;
	}
	*ret_program = program;
	return 0;
}

void program_kill(struct program *program)
{
	if (program->pid > 0)
		kill(program->pid, SIGKILL);
}

static int on_burial(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	const pid_t *pid = userdata;

	/* The event loop's own reference was the last one. */
	if (waitpid(*pid, NULL, WNOHANG) == *pid)
		sd_event_source_set_floating(source, 0);
	return 0;
}

/* Has the event loop wait for its end. The fd of a source that is not there is not closed by it. */
static int bury_later(struct program *program)
{
	sd_event *event = sd_event_source_get_event(program->exit);
	AUTO(sd_event_source_unrefp) sd_event_source *source = NULL;
	AUTO_FREE pid_t *pid = malloc(sizeof(*pid));
	int r;

	if (!pid)
		return -ENOMEM;
	*pid = program->pid;
	program->exit = sd_event_source_disable_unref(program->exit);
	r = sd_event_add_io(event, &source, program->pidfd, EPOLLIN, on_burial, pid);
	if (r >= 0)
		r = sd_event_source_set_floating(source, 1);
	if (r < 0)
		return r;
	sd_event_source_set_destroy_callback(source, free);
	sd_event_source_set_io_fd_own(source, 1);
	(void)take_ptr(pid);
	(void)take_fd(&program->pidfd);
	return 0;
}

void program_free(struct program *program)
{
	if (!program)
		return;
	if (program->pid > 0) {
		kill(program->pid, SIGKILL);
		if (bury_later(program) < 0)
			kill_and_bury(program->pid);
	}
	dispose(program);
}

void program_leave(struct program *program)
{
	if (program)
		dispose(program);
}
