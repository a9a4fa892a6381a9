/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/line.h"
#include "daemon/port-runtime.h"
#include "daemon/talk.h"
#include "util/log.h"
#include "vmm/link.h"
#include "vmm/replug.h"

struct talk {
	struct port_entry *entry;
	struct line *line;
	struct replug *replug; /* NULL: it is about the link */
	struct apply_result result;
	bool link_up;
	bool over; /* the hand-over is done, or `error` says why it is not */
	struct error error;
};

static void talk_free(struct talk *talk)
{
	if (!talk)
		return;
	replug_free(talk->replug);
	if (talk->line)
		qmp_forget(line_qmp(talk->line), talk);
	line_leave(talk->line);
	apply_result_done(&talk->result);
	error_done(&talk->error);
	free(talk);
}
DEFINE_FREEP(struct talk, talk_free);

void talk_end(struct port_entry *entry)
{
	talk_free(take_ptr(entry->runtime->talk));
}

bool talk_is_handing_over(const struct port_entry *entry)
{
	return entry->runtime->talk && entry->runtime->talk->replug;
}

bool talk_is_over(const struct port_entry *entry)
{
	return talk_is_handing_over(entry) && entry->runtime->talk->over;
}

int talk_take_result(struct port_entry *entry, struct error *err)
{
	AUTO(talk_freep) struct talk *talk = NULL;

	if (!talk_is_over(entry))
		return 0;
	talk = take_ptr(entry->runtime->talk);
	return talk->error.code ? error_copy(err, &talk->error) : 1;
}

/* What it means for the port is the next pass's work. */
static void talk_on_replugged(void *userdata, const struct replug_result *result)
{
	struct talk *talk = userdata;
	struct port_entry *entry = talk->entry;

	talk->over = true;
	if (result->error)
		(void)error_copy(&talk->error, result->error);
	watch_note_port(entry->runtime->manager->watch, &entry->port->uuid);
}

static void talk_on_link_set(void *userdata, const json_t *value, const struct error *error)
{
	AUTO(talk_freep) struct talk *talk = userdata;
	struct port_entry *entry = talk->entry;

	entry->runtime->talk = NULL;
	if (error)
		log_warning("port %s: cannot set its guest's link: %s", entry->port->name,
			    error_text(error));
	else
		entry->runtime->link_down = !talk->link_up;
}

static int talk_new(struct manager *manager, struct port_entry *entry, struct talk **ret_talk,
		    struct error *err)
{
	AUTO(talk_freep) struct talk *talk = calloc(1, sizeof(*talk));
	int r;

	talk_end(entry);
	if (!talk)
		return error_oom(err);
	talk->entry = entry;
	r = line_take(manager, entry->port->qmp, &talk->line, err);
	if (r < 0)
		return r;
	*ret_talk = take_ptr(talk);
	return 0;
}

static struct vmm_nic nic_of(const struct port *port, const char *mac, unsigned mtu,
			     const struct apply_result *result)
{
	return (struct vmm_nic){
		.name = port->name,
		.ifname = port->name,
		.mac = mac,
		.model = interface_model(port->interface),
		.alias = port->interface->alias,
		.mtu = mtu,
		.direct = port->type == PORT_TYPE_DIRECT,
		.fds = result->fds,
		.n_fds = result->n_fds,
		.vhost_fds = result->vhost_fds,
		.n_vhost_fds = result->n_vhost_fds,
	};
}

int talk_hand_over(struct manager *manager, struct port_entry *entry, unsigned mtu,
		   struct apply_result *result, struct error *err)
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
	nic = nic_of(port, mac, mtu, &talk->result);
	request.nic = &nic;
	request.link_down = port->interface->link == LINK_STATE_DOWN;
	r = replug_start(line_qmp(talk->line), &request, talk_on_replugged, talk, &talk->replug,
			 err);
	if (r < 0)
		return r;
	entry->runtime->talk = take_ptr(talk);
	return 0;
}

static int set_link(struct manager *manager, struct port_entry *entry, bool up, struct error *err)
{
	AUTO(talk_freep) struct talk *talk = NULL;
	AUTO_FREE char *id = NULL;
	const struct apply_result none = APPLY_RESULT_INIT;
	struct vmm_nic nic = nic_of(entry->port, NULL, 0, &none);
	int r;

	r = vmm_nic_id(&nic, &id, err);
	if (r == 0)
		r = talk_new(manager, entry, &talk, err);
	if (r < 0)
		return r;
	talk->link_up = up;
	r = vmm_link_set(line_qmp(talk->line), id, up, talk_on_link_set, talk, err);
	if (r < 0)
		return r;
	entry->runtime->talk = take_ptr(talk);
	return 0;
}

void talk_set_link(struct manager *manager, struct port_entry *entry, bool up)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (set_link(manager, entry, up, &err) < 0)
		log_warning("port %s: cannot set its guest's link: %s", entry->port->name,
			    error_text(&err));
}
