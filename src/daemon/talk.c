/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>

#include "daemon/reconcile.h"
#include "daemon/talk.h"
#include "util/log.h"
#include "vmm/link.h"
#include "vmm/replug.h"

enum {
	/* A guest in its firmware lets no NIC go; a hanging one never does. */
	PATIENCE_USEC = 30 * 1000 * 1000,
};

struct talk {
	struct manager *manager;
	struct port_entry *entry;
	struct qmp *qmp;
	struct replug *replug; /* NULL: it is about the link */
	struct apply_result result;
	bool link_up;
	bool over; /* done, with or without error; it ends when the dispatch has */
	struct error error;
	sd_event_source *source;
	sd_event_source *timer;
};

static void talk_free(struct talk *talk)
{
	if (!talk)
		return;
	sd_event_source_disable_unref(talk->source);
	sd_event_source_disable_unref(talk->timer);
	replug_free(talk->replug);
	qmp_close(talk->qmp);
	apply_result_done(&talk->result);
	error_done(&talk->error);
	free(talk);
}
DEFINE_FREEP(struct talk, talk_free);

void talk_end(struct port_entry *entry)
{
	talk_free(take_ptr(entry->talk));
}

bool talk_is_handing_over(const struct port_entry *entry)
{
	return entry->talk && entry->talk->replug;
}

/* Every call of the client may change what it waits for. */
static void talk_wait(struct talk *talk)
{
	uint32_t events = 0;

	if (qmp_events(talk->qmp) & POLLIN)
		events |= EPOLLIN;
	if (qmp_events(talk->qmp) & POLLOUT)
		events |= EPOLLOUT;
	sd_event_source_set_io_events(talk->source, events);
}

/* The port lets go of the talk before anything else is said to it. */
static void talk_finish(struct talk *talk, const struct error *error)
{
	AUTO(talk_freep) struct talk *ended = talk;
	struct port_entry *entry = talk->entry;

	entry->talk = NULL;
	if (talk->replug)
		reconcile_handed(talk->manager, entry, error);
	else if (error)
		log_warning("port %s: cannot set its guest's link: %s", entry->port->name,
			    error_text(error));
	else
		entry->link_down = !talk->link_up;
}

static void talk_go_on(struct talk *talk, struct error *error)
{
	if (talk->over || error->code)
		talk_finish(talk, error->code ? error : NULL);
	else
		talk_wait(talk);
}

static int talk_on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	struct talk *talk = userdata;

	(void)qmp_dispatch(talk->qmp, talk->over ? NULL : &error);
	if (talk->error.code) {
		error_done(&error);
		error_move(&error, &talk->error);
	}
	talk_go_on(talk, &error);
	return 0;
}

static int talk_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	struct talk *talk = userdata;

	error_set(&error, -ETIMEDOUT, ERROR_SYSTEM, "its VMM did not answer in %d seconds",
		  PATIENCE_USEC / 1000000);
	talk_finish(talk, &error);
	return 0;
}

static void talk_keep_error(struct talk *talk, const struct error *error)
{
	talk->over = true;
	if (error)
		error_set(&talk->error, error->code, error->kind, "%s", error_text(error));
}

static void talk_on_replugged(void *userdata, const struct replug_result *result)
{
	talk_keep_error(userdata, result->error);
}

static void talk_on_link_set(void *userdata, const json_t *value, const struct error *error)
{
	talk_keep_error(userdata, error);
}

static int talk_new(struct manager *manager, struct port_entry *entry, struct talk **ret_talk,
		    struct error *err)
{
	AUTO(talk_freep) struct talk *talk = calloc(1, sizeof(*talk));
	int r;

	talk_end(entry);
	if (!talk)
		return error_oom(err);
	talk->manager = manager;
	talk->entry = entry;
	r = qmp_connect(entry->port->qmp, &talk->qmp, err);
	if (r < 0)
		return r;
	r = sd_event_add_io(manager->event, &talk->source, qmp_fd(talk->qmp), EPOLLIN,
			    talk_on_event, talk);
	if (r >= 0)
		r = sd_event_add_time_relative(manager->event, &talk->timer, CLOCK_MONOTONIC,
					       PATIENCE_USEC, 0, talk_on_timer, talk);
	if (r < 0)
		return error_system(err, r, "cannot wait for the VMM");
	*ret_talk = take_ptr(talk);
	return 0;
}

static struct vmm_nic nic_of(const struct port *port, const char *mac,
			     const struct apply_result *result)
{
	return (struct vmm_nic){
		.name = port->name,
		.ifname = port->name,
		.mac = mac,
		.model = interface_model(port->interface),
		.alias = port->interface->alias,
		.mtu = port->interface->mtu,
		.direct = port->type == PORT_TYPE_DIRECT,
		.fds = result->fds,
		.n_fds = result->n_fds,
		.vhost_fds = result->vhost_fds,
		.n_vhost_fds = result->n_vhost_fds,
	};
}

int talk_hand_over(struct manager *manager, struct port_entry *entry, struct apply_result *result,
		   struct error *err)
{
	AUTO(talk_freep) struct talk *talk = NULL;
	const struct port *port = entry->port;
	char mac[MAC_TEXT_SIZE];
	struct replug_request request = { 0 };
	struct vmm_nic nic;
	int r;

	r = talk_new(manager, entry, &talk, err);
	if (r < 0)
		return r;
	talk->result = *result;
	*result = APPLY_RESULT_INIT;
	mac_format(&port->interface->mac, mac);
	nic = nic_of(port, mac, &talk->result);
	request.nic = &nic;
	request.link_down = port->interface->link == LINK_STATE_DOWN;
	r = replug_start(talk->qmp, &request, talk_on_replugged, talk, &talk->replug, err);
	if (r < 0)
		return r;
	talk_wait(talk);
	entry->talk = take_ptr(talk);
	return 0;
}

static int set_link(struct manager *manager, struct port_entry *entry, bool up, struct error *err)
{
	AUTO(talk_freep) struct talk *talk = NULL;
	AUTO_FREE char *id = NULL;
	const struct apply_result none = APPLY_RESULT_INIT;
	struct vmm_nic nic = nic_of(entry->port, NULL, &none);
	int r;

	r = vmm_nic_id(&nic, &id, err);
	if (r == 0)
		r = talk_new(manager, entry, &talk, err);
	if (r < 0)
		return r;
	talk->link_up = up;
	r = vmm_link_set(talk->qmp, id, up, talk_on_link_set, talk, err);
	if (r < 0)
		return r;
	talk_wait(talk);
	entry->talk = take_ptr(talk);
	return 0;
}

void talk_set_link(struct manager *manager, struct port_entry *entry, bool up)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (set_link(manager, entry, up, &err) < 0)
		log_warning("port %s: cannot set its guest's link: %s", entry->port->name,
			    error_text(&err));
}
