/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One function, go_on(), takes each phase to the next until something has to be waited for: the
 * end of a process, or the program that dnsmasq is until it serves. Whoever asks for something
 * only changes what is wanted and has it go on.
 *
 * Whatever vifd is killed in, the next one finds what is true, because a configuration is
 * written only when no process of the network is there any more: what stands in the file
 * is what the process has read. Lists, which it reads again by SIGHUP, may be newer than
 * what it has read; so one that is taken over is always told to.
 *
 * A start that is given up may have had children, which are in no pid file. So before the
 * next one, or before it counts as ended, all processes of the host are looked at for them.
 */
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "services/dnsmasq-explain.h"
#include "services/dnsmasq-files.h"
#include "services/dnsmasq-process.h"
#include "services/dnsmasq.h"
#include "services/program.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/log.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	START_MSEC = 5000,
	END_MSEC = 400, /* for each of SIGTERM and SIGKILL */
	RESTARTS = 5,   /* by itself, within … */
	RESTARTS_USEC = 60 * 1000000,
	STRAYS_MAX = 16, /* that are ended, one after the other */
};

enum phase {
	PHASE_DOWN,
	PHASE_ENDING,
	PHASE_STARTING,
	PHASE_SERVING,
};

struct dnsmasq {
	struct dnsmasq_options options;
	char *folder; /* its full name: dnsmasq goes to the root folder; NULL until it is needed */
	char *name;
	enum phase phase;
	struct dnsmasq_texts wanted; /* conf is NULL: none is to run */
	struct dnsmasq_texts before; /* what it goes back to if that is refused; conf as above */
	struct error refused;        /* why what was wanted is not, */
	struct error failed;         /* and why the last start was none */
	struct dnsmasq_process server;
	struct program *starting;    /* also while that is ending */
	sd_event_source *exit;       /* of the server */
	sd_event_source *timer;      /* ending: until the next signal; down: until the next try */
	char *problem;               /* why it is down; or NULL */
	uint64_t restarts[RESTARTS]; /* when, the oldest first */
	unsigned n_signals;          /* that what is ending has had */
	unsigned n_strays;           /* that may still be found; 0: nobody looks for any */
	bool asked;                  /* options.settled is to be called */
	bool reload;                 /* as soon as it is up: its lists were written anew */
};

static bool is_wanted(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->wanted.conf;
}

static void texts_move(struct dnsmasq_texts *to, struct dnsmasq_texts *from)
{
	dnsmasq_texts_done(to);
	*to = *from;
	*from = (struct dnsmasq_texts){ 0 };
}

static void forget_reasons(struct dnsmasq *dnsmasq)
{
	error_done(&dnsmasq->refused);
	error_done(&dnsmasq->failed);
}

/* --- the process that serves ------------------------------------------------------ */

static int on_exit_of_server(sd_event_source *source, int fd, uint32_t revents, void *userdata);
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);
static void on_started(void *userdata, const struct error *said);

static int watch_server(struct dnsmasq *dnsmasq, struct dnsmasq_process *server, struct error *err)
{
	int r = sd_event_add_io(dnsmasq->options.event, &dnsmasq->exit, server->pidfd, EPOLLIN,
				on_exit_of_server, dnsmasq);

	if (r < 0)
		return error_system(err, r, "cannot watch dnsmasq");
	dnsmasq->server = *server;
	*server = DNSMASQ_PROCESS_NONE;
	return 0;
}

static void forget_server(struct dnsmasq *dnsmasq)
{
	dnsmasq->exit = sd_event_source_disable_unref(dnsmasq->exit);
	dnsmasq_process_done(&dnsmasq->server);
}

static void stop_timer(struct dnsmasq *dnsmasq)
{
	dnsmasq->timer = sd_event_source_disable_unref(dnsmasq->timer);
}

static int set_timer(struct dnsmasq *dnsmasq, uint64_t usec)
{
	stop_timer(dnsmasq);
	return sd_event_add_time_relative(dnsmasq->options.event, &dnsmasq->timer, CLOCK_MONOTONIC,
					  usec, 0, on_timer, dnsmasq);
}

/* --- ending ------------------------------------------------------------------------ */

/* What does not serve yet has nothing to put in order. */
static void signal_next(struct dnsmasq *dnsmasq)
{
	bool kill = dnsmasq->n_signals++ > 0 || dnsmasq->n_strays > 0;

	if (dnsmasq->starting)
		program_kill(dnsmasq->starting);
	if (dnsmasq->server.pidfd >= 0)
		(void)dnsmasq_process_signal(&dnsmasq->server, kill ? SIGKILL : SIGTERM);
	if (set_timer(dnsmasq, END_MSEC * 1000) < 0)
		log_warning("network '%s': dnsmasq gets no second signal", dnsmasq->name);
}

static void begin_ending(struct dnsmasq *dnsmasq)
{
	dnsmasq->phase = PHASE_ENDING;
	dnsmasq->reload = false;
	dnsmasq->n_signals = 0;
	dnsmasq->n_strays = dnsmasq->starting ? STRAYS_MAX : 0;
	signal_next(dnsmasq);
}

/* True: there was another one, which has its signal now. */
static bool end_another(struct dnsmasq *dnsmasq)
{
	AUTO(dnsmasq_process_done) struct dnsmasq_process found = DNSMASQ_PROCESS_NONE;
	int r;

	r = dnsmasq->n_strays > 0
		    ? dnsmasq_process_find_stray(dnsmasq->folder, dnsmasq->name, &found)
		    : dnsmasq_process_find(dnsmasq->folder, dnsmasq->name, &found);
	if (r < 0 || watch_server(dnsmasq, &found, NULL) < 0)
		return false;
	dnsmasq->n_signals = 0;
	signal_next(dnsmasq);
	if (dnsmasq->n_strays > 0)
		dnsmasq->n_strays--;
	return true;
}

/* --- starting ---------------------------------------------------------------------- */

/* It may have been told of its lists, or not. */
static int adopt(struct dnsmasq *dnsmasq, struct dnsmasq_process *server, struct error *err)
{
	int r = dnsmasq_files_write_lists(dnsmasq->folder, dnsmasq->name, &dnsmasq->wanted, err);

	if (r == 0)
		r = watch_server(dnsmasq, server, err);
	if (r < 0)
		return r;
	(void)dnsmasq_process_signal(&dnsmasq->server, SIGHUP);
	dnsmasq->phase = PHASE_SERVING;
	return 0;
}

static int start(struct dnsmasq *dnsmasq, struct error *err)
{
	AUTO_FREE char *program = program_find("dnsmasq"), *argument = NULL;
	int r;

	if (!program)
		return error_set(err, -ENOENT, ERROR_NOT_SUPPORTED,
				 "dnsmasq, which gives DHCP and DNS to guests, is not installed");
	argument = text_format("--conf-file=%s/%s.conf", dnsmasq->folder, dnsmasq->name);
	if (!argument)
		return error_oom(err);
	r = dnsmasq_files_write(dnsmasq->folder, dnsmasq->name, &dnsmasq->wanted, err);
	if (r == 0)
		r = program_start(dnsmasq->options.event,
				  (const char *[]){ program, argument, NULL }, START_MSEC,
				  on_started, dnsmasq, &dnsmasq->starting, err);
	if (r == 0)
		dnsmasq->phase = PHASE_STARTING;
	return r;
}

/* From down to what is wanted, or to the end of what should not be there. */
static int begin(struct dnsmasq *dnsmasq, struct error *err)
{
	AUTO(dnsmasq_process_done) struct dnsmasq_process found = DNSMASQ_PROCESS_NONE;
	int r = dnsmasq_process_find(dnsmasq->folder, dnsmasq->name, &found);

	if (r == 0 && is_wanted(dnsmasq) &&
	    dnsmasq_files_have_conf(dnsmasq->folder, dnsmasq->name, &dnsmasq->wanted))
		return adopt(dnsmasq, &found, err);
	if (r == 0) {
		r = watch_server(dnsmasq, &found, err);
		if (r == 0)
			begin_ending(dnsmasq);
		return r;
	}
	if (is_wanted(dnsmasq))
		return start(dnsmasq, err);
	dnsmasq_files_remove(dnsmasq->folder, dnsmasq->name);
	return 0;
}

/* It has put itself into the background. */
static int take_server(struct dnsmasq *dnsmasq, struct error *err)
{
	AUTO(dnsmasq_process_done) struct dnsmasq_process server = DNSMASQ_PROCESS_NONE;
	int r = dnsmasq_process_find(dnsmasq->folder, dnsmasq->name, &server);

	if (r < 0)
		return error_set(err, r, ERROR_SYSTEM, "dnsmasq ended right after its start");
	return watch_server(dnsmasq, &server, err);
}

/* --- from one phase to the next ------------------------------------------------------ */

/* What was wanted could not be had. False: there is nothing else that it served before. */
static bool go_back(struct dnsmasq *dnsmasq)
{
	if (!dnsmasq->before.conf)
		return false;
	error_move(&dnsmasq->refused, &dnsmasq->failed);
	texts_move(&dnsmasq->wanted, &dnsmasq->before);
	return true;
}

/* True: it is over, for good or bad. False: something has to be waited for. */
static bool go_on(struct dnsmasq *dnsmasq)
{
	if (dnsmasq->phase == PHASE_ENDING && !dnsmasq->starting && dnsmasq->server.pidfd < 0 &&
	    !end_another(dnsmasq)) {
		stop_timer(dnsmasq);
		dnsmasq->phase = PHASE_DOWN;
	}
	while (dnsmasq->phase == PHASE_DOWN) {
		if (dnsmasq->failed.code && !go_back(dnsmasq))
			return true;
		if (begin(dnsmasq, &dnsmasq->failed) == 0 && !is_wanted(dnsmasq))
			return dnsmasq->phase == PHASE_DOWN;
	}
	return dnsmasq->phase == PHASE_SERVING;
}

static uint64_t window_of(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->options.window_usec ?: RESTARTS_USEC;
}

/* When the oldest of the restarts does not count any more; where there are less, as late. */
static void try_again_later(struct dnsmasq *dnsmasq)
{
	uint64_t now = clock_usec(), window = window_of(dnsmasq);
	uint64_t past = dnsmasq->restarts[0] ? now - dnsmasq->restarts[0] : 0;

	if (set_timer(dnsmasq, past < window ? window - past : window) < 0)
		log_warning("network '%s': dnsmasq is not tried again", dnsmasq->name);
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

static void serves(struct dnsmasq *dnsmasq)
{
	dnsmasq_texts_done(&dnsmasq->before);
	free(take_ptr(dnsmasq->problem));
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

/* The last that is done with it: who is told may end it. */
static void tell(struct dnsmasq *dnsmasq)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	bool asked = dnsmasq->asked, is_new = false;

	if (dnsmasq->phase == PHASE_SERVING)
		serves(dnsmasq);
	else if (dnsmasq->failed.code)
		is_new = note_problem(dnsmasq, &dnsmasq->failed);
	if (dnsmasq->refused.code && dnsmasq->failed.code)
		log_error("network '%s': is without dnsmasq now: %s", dnsmasq->name,
			  error_text(&dnsmasq->failed));
	error_move(&err, dnsmasq->refused.code ? &dnsmasq->refused : &dnsmasq->failed);
	forget_reasons(dnsmasq);
	dnsmasq->asked = false;
	if (asked)
		dnsmasq->options.settled(dnsmasq->options.userdata, dnsmasq,
					 err.code ? &err : NULL);
	else if (!err.code || is_new)
		tell_ended(dnsmasq, err.code ? &err : NULL);
}

/* As go_on(), from the event loop. */
static void resume(struct dnsmasq *dnsmasq)
{
	if (go_on(dnsmasq))
		tell(dnsmasq);
}

static void on_started(void *userdata, const struct error *said)
{
	struct dnsmasq *dnsmasq = userdata;

	program_free(take_ptr(dnsmasq->starting));
	if (dnsmasq->phase == PHASE_STARTING && !said &&
	    take_server(dnsmasq, &dnsmasq->failed) == 0) {
		dnsmasq->phase = PHASE_SERVING;
		if (dnsmasq->reload)
			(void)dnsmasq_process_signal(&dnsmasq->server, SIGHUP);
	} else if (dnsmasq->phase == PHASE_STARTING) {
		if (said)
			dnsmasq_explain(dnsmasq->folder, dnsmasq->name, said, &dnsmasq->failed);
		dnsmasq->phase = PHASE_ENDING;
		dnsmasq->n_strays = STRAYS_MAX;
	}
	dnsmasq->reload = false;
	resume(dnsmasq);
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

static void bring_back(struct dnsmasq *dnsmasq)
{
	if (!may_restart(dnsmasq))
		error_set(&dnsmasq->failed, -EAGAIN, ERROR_SYSTEM,
			  "dnsmasq has ended by itself more than %d times in a minute, and is "
			  "started again when the minute is over",
			  RESTARTS);
	resume(dnsmasq);
}

static int on_exit_of_server(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct dnsmasq *dnsmasq = userdata;
	pid_t pid = dnsmasq->server.pid;

	forget_server(dnsmasq);
	if (dnsmasq->phase == PHASE_ENDING) {
		resume(dnsmasq);
		return 0;
	}
	log_warning("network '%s': dnsmasq (process %d) ended by itself", dnsmasq->name, (int)pid);
	dnsmasq->phase = PHASE_DOWN;
	bring_back(dnsmasq);
	return 0;
}

/* What not even SIGKILL ends is the kernel's. */
static void give_up_ending(struct dnsmasq *dnsmasq)
{
	log_warning("network '%s': dnsmasq (process %d) does not end", dnsmasq->name,
		    (int)dnsmasq->server.pid);
	program_free(take_ptr(dnsmasq->starting));
	forget_server(dnsmasq);
	dnsmasq->phase = PHASE_DOWN;
	resume(dnsmasq);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct dnsmasq *dnsmasq = userdata;

	stop_timer(dnsmasq);
	if (dnsmasq->phase == PHASE_DOWN)
		bring_back(dnsmasq);
	else if (dnsmasq->n_signals < 2)
		signal_next(dnsmasq);
	else
		give_up_ending(dnsmasq);
	return 0;
}

/* --- what is asked for ---------------------------------------------------------------- */

static int make_folder(struct dnsmasq *dnsmasq, struct error *err)
{
	int r = dir_make(dnsmasq->options.folder, 0755, err);

	if (r < 0 || dnsmasq->folder)
		return r;
	dnsmasq->folder = realpath(dnsmasq->options.folder, NULL);
	return dnsmasq->folder
		       ? 0
		       : error_system(err, -errno, "cannot look at %s", dnsmasq->options.folder);
}

static int reload(struct dnsmasq *dnsmasq, struct dnsmasq_texts *texts, struct error *err)
{
	int r;

	if (dnsmasq_lists_equal(texts, &dnsmasq->wanted))
		return 0;
	r = dnsmasq_files_write_lists(dnsmasq->folder, dnsmasq->name, texts, err);
	if (r < 0)
		return r;
	texts_move(&dnsmasq->wanted, texts);
	dnsmasq->reload = dnsmasq->phase == PHASE_STARTING;
	if (dnsmasq->reload)
		return 0;
	r = dnsmasq_process_signal(&dnsmasq->server, SIGHUP);
	/* It has just ended: the event loop will know, and starts it with the new files. */
	return r == -ESRCH ? 0 : r;
}

static bool is_up(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->phase == PHASE_STARTING || dnsmasq->phase == PHASE_SERVING;
}

/* Nothing could even be tried. One that had been given up already is tried again as before. */
static int fail(struct dnsmasq *dnsmasq, bool was_wanted, struct error *err)
{
	struct error *why = dnsmasq->refused.code ? &dnsmasq->refused : &dnsmasq->failed;
	int r = why->code;

	error_move(err, why);
	forget_reasons(dnsmasq);
	if (was_wanted) {
		try_again_later(dnsmasq);
		return r;
	}
	dnsmasq_texts_done(&dnsmasq->wanted);
	dnsmasq_files_remove(dnsmasq->folder, dnsmasq->name);
	return r;
}

/* Replaces what runs, if anything does. */
static int replace(struct dnsmasq *dnsmasq, struct dnsmasq_texts *texts, struct error *err)
{
	bool was_wanted = is_wanted(dnsmasq);

	if (was_wanted && !dnsmasq->before.conf && strcmp(texts->conf, dnsmasq->wanted.conf) != 0)
		texts_move(&dnsmasq->before, &dnsmasq->wanted);
	texts_move(&dnsmasq->wanted, texts);
	forget_reasons(dnsmasq);
	if (is_up(dnsmasq))
		begin_ending(dnsmasq);
	if (dnsmasq->phase == PHASE_DOWN)
		stop_timer(dnsmasq);
	dnsmasq->asked = !go_on(dnsmasq);
	if (dnsmasq->asked)
		return 0;
	if (dnsmasq->phase == PHASE_DOWN)
		return fail(dnsmasq, was_wanted, err);
	serves(dnsmasq);
	return 0;
}

int dnsmasq_serve(struct dnsmasq *dnsmasq, const struct network *network, const char *bridge,
		  struct error *err)
{
	AUTO(dnsmasq_texts_done) struct dnsmasq_texts texts = { 0 };
	int r = make_folder(dnsmasq, err);

	if (r == 0)
		r = dnsmasq_files_make(dnsmasq->folder, network, bridge, dnsmasq->options.servers,
				       &texts, err);
	if (r < 0)
		return r;
	if (!is_up(dnsmasq) || strcmp(texts.conf, dnsmasq->wanted.conf) != 0)
		return replace(dnsmasq, &texts, err);
	r = reload(dnsmasq, &texts, err);
	dnsmasq->asked |= r == 0 && dnsmasq->phase == PHASE_STARTING;
	return r;
}

void dnsmasq_end(struct dnsmasq *dnsmasq)
{
	/* Where there is no folder there never was a process. */
	if (!dnsmasq->folder)
		dnsmasq->folder = realpath(dnsmasq->options.folder, NULL);
	if (!dnsmasq->folder)
		return;
	dnsmasq_texts_done(&dnsmasq->wanted);
	dnsmasq_texts_done(&dnsmasq->before);
	forget_reasons(dnsmasq);
	free(take_ptr(dnsmasq->problem));
	if (is_up(dnsmasq))
		begin_ending(dnsmasq);
	if (dnsmasq->phase == PHASE_DOWN)
		stop_timer(dnsmasq);
	dnsmasq->asked = !go_on(dnsmasq);
	if (!dnsmasq->asked)
		forget_reasons(dnsmasq);
}

/* --- being there ------------------------------------------------------------------------ */

static void dispose(struct dnsmasq *dnsmasq)
{
	if (!dnsmasq)
		return;
	forget_server(dnsmasq);
	stop_timer(dnsmasq);
	program_free(dnsmasq->starting);
	dnsmasq_texts_done(&dnsmasq->wanted);
	dnsmasq_texts_done(&dnsmasq->before);
	forget_reasons(dnsmasq);
	free(dnsmasq->problem);
	free(dnsmasq->folder);
	free(dnsmasq->name);
	free(dnsmasq);
}
DEFINE_FREEP(struct dnsmasq, dispose);

int dnsmasq_new(const struct dnsmasq_options *options, const char *network,
		struct dnsmasq **ret_dnsmasq, struct error *err)
{
	AUTO(disposep) struct dnsmasq *dnsmasq = calloc(1, sizeof(*dnsmasq));

	if (!dnsmasq)
		return error_oom(err);
	dnsmasq->server = DNSMASQ_PROCESS_NONE;
	dnsmasq->options = *options;
	dnsmasq->name = strdup(network);
	if (!dnsmasq->name)
		return error_oom(err);
	*ret_dnsmasq = take_ptr(dnsmasq);
	return 0;
}

void dnsmasq_leave(struct dnsmasq *dnsmasq)
{
	if (!dnsmasq)
		return;
	if (dnsmasq->phase == PHASE_ENDING && dnsmasq->server.pidfd >= 0)
		(void)dnsmasq_process_signal(&dnsmasq->server, SIGKILL);
	if (dnsmasq->phase == PHASE_STARTING)
		program_leave(take_ptr(dnsmasq->starting));
	dispose(dnsmasq);
}

pid_t dnsmasq_pid(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->phase == PHASE_SERVING ? dnsmasq->server.pid : 0;
}

const char *dnsmasq_problem(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->problem;
}

bool dnsmasq_is_busy(const struct dnsmasq *dnsmasq)
{
	return dnsmasq->asked;
}
