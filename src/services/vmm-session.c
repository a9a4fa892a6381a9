/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a session waits for changes with every call of its qmp. So that is looked
 * at once, just before the loop waits (session_prepare), and there a session that
 * nobody needs ends. Until then one that was left sends what it still has to: a
 * failed hand-over tells QEMU to drop the descriptors that it was given.
 *
 * A session that has failed is not taken by anybody else; the next one is new.
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "services/process.h"
#include "services/vmm-session.h"
#include "util/as-user.h"
#include "util/parse.h"

enum {
	PATIENCE_USEC = 30 * 1000 * 1000,
};

struct vmm_sessions {
	sd_event *event;
	struct vmm_session *first;
};

struct vmm_session {
	struct vmm_session *next;
	struct vmm_sessions *all;
	char *path;
	struct qmp *qmp;
	struct ucred peer; /* who has begun to listen there */
	sd_event_source *source, *timer;
	unsigned users;
	bool failed;
};

static void session_free(struct vmm_session *session)
{
	sd_event_source_disable_unref(session->source);
	sd_event_source_disable_unref(session->timer);
	qmp_close(session->qmp);
	free(session->path);
	free(session);
}

static void session_end(struct vmm_session *session)
{
	struct vmm_session **at = &session->all->first;

	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	session_free(session);
}

/* The loop does not wait for a socket that has failed: that is always readable. */
static int session_prepare(sd_event_source *source, void *userdata)
{
	struct vmm_session *session = userdata;
	uint64_t since = qmp_waits_since_usec(session->qmp);
	short events = qmp_events(session->qmp);

	if (session->users == 0 && (session->failed || qmp_is_idle(session->qmp))) {
		session_end(session);
		return 0;
	}
	if (session->failed)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	sd_event_source_set_io_events(session->source, (events & POLLIN ? EPOLLIN : 0) |
							       (events & POLLOUT ? EPOLLOUT : 0));
	sd_event_source_set_time(session->timer, since + PATIENCE_USEC);
	sd_event_source_set_enabled(session->timer, since ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
	return 0;
}

static int session_on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct vmm_session *session = userdata;

	session->failed = qmp_dispatch(session->qmp, NULL) < 0;
	return 0;
}

static int session_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vmm_session *session = userdata;

	session->failed = true;
	qmp_expire(session->qmp);
	return 0;
}

static int session_look_at_peer(struct vmm_session *session, struct error *err)
{
	socklen_t size = sizeof(session->peer);

	if (getsockopt(qmp_fd(session->qmp), SOL_SOCKET, SO_PEERCRED, &session->peer, &size) < 0)
		return error_system(err, -errno, "cannot find out whose VMM is at %s",
				    session->path);
	return 0;
}

static int check_owner(const struct vmm_session *session, const struct vmm_owner *owner,
		       struct error *err)
{
	if (owner->uid == 0 || session->peer.uid == owner->uid ||
	    (owner->pid && session->peer.pid == owner->pid))
		return 0;
	return error_set(err, -EPERM, ERROR_PERMISSION,
			 "what listens at %s is of user %u, and the port was plugged by user %u",
			 session->path, session->peer.uid, owner->uid);
}

/* A socket is its user's; root without CAP_DAC_OVERRIDE may connect to it as that user only. */
static int connect_as(const char *path, uid_t uid, struct qmp **ret_qmp, struct error *err)
{
	AUTO(as_user_end) struct as_user user = as_user_begin(uid);

	return qmp_connect(path, ret_qmp, err);
}

static int session_connect(struct vmm_session *session, const struct vmm_owner *owner,
			   struct error *err)
{
	uid_t uid = owner->uid;
	int r;

	r = qmp_connect(session->path, &session->qmp, err);
	if (r != -EACCES)
		return r;
	if (uid == 0 && (owner->pid == 0 || process_uid(owner->pid, &uid, NULL) < 0))
		return r;
	if (err)
		error_done(err);
	return connect_as(session->path, uid, &session->qmp, err);
}

static int session_attach(struct vmm_session *session, struct error *err)
{
	sd_event *event = session->all->event;
	int r;

	r = sd_event_add_io(event, &session->source, qmp_fd(session->qmp), EPOLLIN,
			    session_on_event, session);
	if (r >= 0)
		r = sd_event_add_time(event, &session->timer, CLOCK_MONOTONIC, UINT64_MAX, 0,
				      session_on_timer, session);
	if (r >= 0)
		r = sd_event_source_set_prepare(session->source, session_prepare);
	return r < 0 ? error_system(err, r, "cannot wait for the VMM at %s", session->path) : 0;
}

static int session_new(struct vmm_sessions *sessions, const char *path,
		       const struct vmm_owner *owner, struct vmm_session **ret_session,
		       struct error *err)
{
	struct vmm_session *session = calloc(1, sizeof(*session));
	int r;

	if (!session)
		return error_oom(err);
	session->all = sessions;
	session->path = strdup(path);
	r = session->path ? session_connect(session, owner, err) : error_oom(err);
	if (r == 0)
		r = session_look_at_peer(session, err);
	if (r == 0)
		r = session_attach(session, err);
	if (r < 0) {
		session_free(session);
		return r;
	}
	session->next = sessions->first;
	sessions->first = session;
	*ret_session = session;
	return 0;
}

int vmm_session_take(struct vmm_sessions *sessions, const char *path, const struct vmm_owner *owner,
		     struct vmm_session **ret_session, struct error *err)
{
	struct vmm_session *session = sessions->first;
	int r = 0;

	while (session && (session->failed || !streq(session->path, path)))
		session = session->next;
	if (!session)
		r = session_new(sessions, path, owner, &session, err);
	/* Nothing has been said: one that nobody takes ends when the loop waits. */
	if (r == 0)
		r = check_owner(session, owner, err);
	if (r < 0)
		return r;
	session->users++;
	*ret_session = session;
	return 0;
}

void vmm_session_leave(struct vmm_session *session)
{
	if (session)
		session->users--;
}

struct qmp *vmm_session_qmp(const struct vmm_session *session)
{
	return session->qmp;
}

int vmm_sessions_new(sd_event *event, struct vmm_sessions **ret_sessions, struct error *err)
{
	struct vmm_sessions *sessions = calloc(1, sizeof(*sessions));

	if (!sessions)
		return error_oom(err);
	sessions->event = sd_event_ref(event);
	*ret_sessions = sessions;
	return 0;
}

void vmm_sessions_free(struct vmm_sessions *sessions)
{
	if (!sessions)
		return;
	while (sessions->first)
		session_end(sessions->first);
	sd_event_unref(sessions->event);
	free(sessions);
}
