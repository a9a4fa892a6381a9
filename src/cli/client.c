/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "cli/client.h"
#include "cli/start.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	RETRY_MSEC = 20,
	RETRIES = 500, /* ten seconds in all */
};

int client_fail(int r, struct vif_error *failure, struct error *err)
{
	return error_set(err, r, failure->kind ? error_kind_parse(failure->kind) : ERROR_SYSTEM,
			 "%s", failure->text ?: "out of memory");
}

/*
 * When our vifd has left because another one holds the lock, that one is about
 * to listen; when ours has said that it is ready, it listens.
 */
static int connect_started(struct cli *cli, struct error *err)
{
	const struct timespec pause = { .tv_nsec = RETRY_MSEC * 1000000L };

	for (int i = 0;; i++) {
		AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
		int r = vif_open(NULL, &cli->vif, &failure);

		if (r >= 0)
			return 0;
		if (r != -ECONNREFUSED || i == RETRIES)
			return client_fail(r, &failure, err);
		(void)nanosleep(&pause, NULL);
	}
}

int client_connect(struct cli *cli, struct error *err)
{
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	if (cli->vif)
		return 0;
	r = vif_open(NULL, &cli->vif, &failure);
	if (r >= 0)
		return 0;
	if (r != -ECONNREFUSED)
		return client_fail(r, &failure, err);
	if (geteuid() != 0)
		return error_set(err, r, ERROR_UNREACHABLE,
				 "%s (start it as root: systemctl start vifd)",
				 failure.text ?: "no vifd answers");
	r = daemon_start(vif_runtime_dir(), err);
	if (r < 0)
		return r;
	return connect_started(cli, err);
}

int client_show(struct cli *cli, client_ask_func *ask, const char *word,
		char *(*describe)(const struct vif_record *record), struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *text = NULL;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = ask(cli->vif, word, &record, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	text = describe(record);
	if (!text)
		return error_oom(err);
	writer_answer(cli->writer, record, text);
	return 0;
}

int client_tell(struct cli *cli, const char *key, const char *value, struct error *err,
		const char *format, ...)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	AUTO_FREE char *sentence = NULL;
	va_list args;

	va_start(args, format);
	sentence = text_format_va(format, args);
	va_end(args);
	if (!sentence || !record || vif_record_set_string(record, key, value) < 0)
		return error_oom(err);
	writer_answer(cli->writer, record, sentence);
	return 0;
}

/* realpath(3) would want the socket to be there already. */
static int path_make_absolute(const char *path, char **ret_absolute, struct error *err)
{
	AUTO_FREE char *folder = NULL;
	char *absolute;

	if (*path == '/') {
		absolute = strdup(path);
		if (!absolute)
			return error_oom(err);
		*ret_absolute = absolute;
		return 0;
	}
	folder = getcwd(NULL, 0);
	if (!folder)
		return error_system(err, -errno, "cannot find out where %s is", path);
	absolute = text_format("%s/%s", folder, path);
	if (!absolute)
		return error_oom(err);
	*ret_absolute = absolute;
	return 0;
}

static int option_add_qmp(struct vif_record *options, const char *qmp, struct error *err)
{
	AUTO_FREE char *path = NULL;
	int r;

	r = path_make_absolute(qmp, &path, err);
	if (r < 0)
		return r;
	return vif_record_set_string(options, "qmp", path) < 0 ? error_oom(err) : 0;
}

/* A number is an id, also where a user of that name is known. */
static int option_add_owner(struct vif_record *options, const char *owner, struct error *err)
{
	const struct passwd *user;
	uint32_t uid;

	if (parse_u32(owner, 0, UINT32_MAX - 1, &uid) < 0) {
		user = getpwnam(owner);
		if (!user)
			return error_set(err, -ENOENT, ERROR_INVALID_ARGUMENT,
					 "--owner: there is no user '%s'", owner);
		uid = user->pw_uid;
	}
	return vif_record_set_number(options, "owner", uid) < 0 ? error_oom(err) : 0;
}

int plug_options(const struct plug_request *request, struct vif_record **ret_options,
		 struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *options = vif_record_new();
	int r;

	if (!options ||
	    (request->guest && vif_record_set_string(options, "guest", request->guest) < 0) ||
	    (request->pid && vif_record_set_number(options, "pid", request->pid) < 0) ||
	    (request->by_name && vif_record_set_boolean(options, "by-name", true) < 0) ||
	    (request->wait && vif_record_set_boolean(options, "wait", true) < 0))
		return error_oom(err);
	r = request->qmp ? option_add_qmp(options, request->qmp, err) : 0;
	if (r == 0 && request->owner)
		r = option_add_owner(options, request->owner, err);
	if (r < 0)
		return r;
	*ret_options = take_ptr(options);
	return 0;
}
