/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backends/side.h"
#include "life/hand-over.h"
#include "life/life.h"
#include "life/port-runtime.h"
#include "services/vmm-session.h"
#include "util/log.h"
#include "vmm/link.h"
#include "vmm/replug.h"

struct hand_over {
	struct port_entry *entry;
	struct vmm_session *session;
	struct replug *replug; /* NULL: it is about the link */
	struct apply_result result;
	bool link_up;
	bool over; /* the hand-over is done, or `error` says why it is not */
	struct error error;
};

static void hand_over_free(struct hand_over *hand_over)
{
	if (!hand_over)
		return;
	replug_free(hand_over->replug);
	if (hand_over->session)
		qmp_forget(vmm_session_qmp(hand_over->session), hand_over);
	vmm_session_leave(hand_over->session);
	apply_result_done(&hand_over->result);
	error_done(&hand_over->error);
	free(hand_over);
}
DEFINE_FREEP(struct hand_over, hand_over_free);

void hand_over_end(struct port_entry *entry)
{
	hand_over_free(take_ptr(entry->runtime->hand_over));
}

bool hand_over_is_running(const struct port_entry *entry)
{
	return entry->runtime->hand_over && entry->runtime->hand_over->replug;
}

bool hand_over_is_over(const struct port_entry *entry)
{
	return hand_over_is_running(entry) && entry->runtime->hand_over->over;
}

int hand_over_take_result(struct port_entry *entry, struct error *err)
{
	AUTO(hand_over_freep) struct hand_over *hand_over = NULL;

	if (!hand_over_is_over(entry))
		return 0;
	hand_over = take_ptr(entry->runtime->hand_over);
	return hand_over->error.code ? error_copy(err, &hand_over->error) : 1;
}

/* What it means for the port is the next pass's work. */
static void hand_over_on_replugged(void *userdata, const struct replug_result *result)
{
	struct hand_over *hand_over = userdata;
	struct port_entry *entry = hand_over->entry;

	hand_over->over = true;
	if (result->error)
		(void)error_copy(&hand_over->error, result->error);
	watch_note_port(entry->runtime->manager->watch, &entry->port->uuid);
}

static void hand_over_on_link_set(void *userdata, const json_t *value, const struct error *error)
{
	AUTO(hand_over_freep) struct hand_over *hand_over = userdata;
	struct port_entry *entry = hand_over->entry;

	entry->runtime->hand_over = NULL;
	if (error)
		log_warning("port %s: cannot set its guest's link: %s", entry->port->name,
			    error_text(error));
	else
		entry->runtime->link_down = !hand_over->link_up;
}

static int hand_over_new(struct manager *manager, struct port_entry *entry,
			 struct hand_over **ret_hand_over, struct error *err)
{
	AUTO(hand_over_freep) struct hand_over *hand_over = calloc(1, sizeof(*hand_over));
	const struct port *port = entry->port;
	const struct vmm_owner owner = { .pid = port->owner.pid, .uid = port->owner.uid };
	int r;

	hand_over_end(entry);
	if (!hand_over)
		return error_oom(err);
	hand_over->entry = entry;
	r = vmm_session_take(manager->life->sessions, port->qmp, &owner, &hand_over->session, err);
	if (r < 0)
		return r;
	*ret_hand_over = take_ptr(hand_over);
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
		.direct = guest_side_stands(port->type),
		.fds = result->fds,
		.n_fds = result->n_fds,
		.vhost_fds = result->vhost_fds,
		.n_vhost_fds = result->n_vhost_fds,
	};
}

int hand_over_queues(struct manager *manager, struct port_entry *entry, unsigned mtu,
		     struct apply_result *result, struct error *err)
{
	AUTO(hand_over_freep) struct hand_over *hand_over = NULL;
	const struct port *port = entry->port;
	char mac[MAC_TEXT_SIZE];
	struct replug_request request = { 0 };
	struct vmm_nic nic;
	int r;

	r = hand_over_new(manager, entry, &hand_over, err);
	if (r < 0)
		return r;
	hand_over->result = *result;
	*result = APPLY_RESULT_INIT;
	mac_format(&port->interface->mac, mac);
	nic = nic_of(port, mac, mtu, &hand_over->result);
	request.nic = &nic;
	request.link_down = port->interface->link == LINK_STATE_DOWN;
	r = replug_start(vmm_session_qmp(hand_over->session), &request, hand_over_on_replugged,
			 hand_over, &hand_over->replug, err);
	if (r < 0)
		return r;
	entry->runtime->hand_over = take_ptr(hand_over);
	return 0;
}

static int set_link(struct manager *manager, struct port_entry *entry, bool up, struct error *err)
{
	AUTO(hand_over_freep) struct hand_over *hand_over = NULL;
	AUTO_FREE char *id = NULL;
	const struct apply_result none = APPLY_RESULT_INIT;
	struct vmm_nic nic = nic_of(entry->port, NULL, 0, &none);
	int r;

	r = vmm_nic_id(&nic, &id, err);
	if (r == 0)
		r = hand_over_new(manager, entry, &hand_over, err);
	if (r < 0)
		return r;
	hand_over->link_up = up;
	r = vmm_link_set(vmm_session_qmp(hand_over->session), id, up, hand_over_on_link_set,
			 hand_over, err);
	if (r < 0)
		return r;
	entry->runtime->hand_over = take_ptr(hand_over);
	return 0;
}

void hand_over_link(struct manager *manager, struct port_entry *entry, bool up)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (set_link(manager, entry, up, &err) < 0)
		log_warning("port %s: cannot set its guest's link: %s", entry->port->name,
			    error_text(&err));
}
