/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "life/far-end-ask.h"
#include "life/far-ends.h"
#include "services/worker.h"
#include "util/array.h"

struct asker {
	far_end_callback callback;
	void *userdata;
};

struct probe {
	struct job job; /* first: it is the job */
	struct far_ends *far_ends;
	struct far_end_question question;
	struct asker *askers;
	size_t n_askers;
	struct far_end found;
	struct error error;
};

struct known {
	int ifindex;
	struct far_end far_end;
};

struct far_ends {
	struct manager *manager;
	struct worker *worker; /* NULL until somebody asks */
	atomic_bool stop;      /* vifd ends */
	struct probe **probes; /* that run, or wait for those */
	size_t n_probes;
	struct known *known;
	size_t n_known;
};

static void probe_free(struct probe *probe)
{
	if (!probe)
		return;
	free(probe->question.addresses);
	free(probe->askers);
	far_end_done(&probe->found);
	error_done(&probe->error);
	free(probe);
}
DEFINE_FREEP(struct probe, probe_free);

/* --- what is known -------------------------------------------------------------------- */

static struct known *find_known(const struct far_ends *far_ends, int ifindex)
{
	for (size_t i = 0; i < far_ends->n_known; i++)
		if (far_ends->known[i].ifindex == ifindex)
			return &far_ends->known[i];
	return NULL;
}

const struct far_end *far_ends_find(const struct far_ends *far_ends, int ifindex)
{
	const struct known *known = find_known(far_ends, ifindex);

	return known ? &known->far_end : NULL;
}

/* An ifindex is not given to another link for a long time, and then it is asked anew. */
static void forget_gone(struct far_ends *far_ends)
{
	const struct facts *facts = watch_facts(far_ends->manager->watch);

	for (size_t i = far_ends->n_known; i-- > 0;) {
		if (facts_get(facts, far_ends->known[i].ifindex))
			continue;
		far_end_done(&far_ends->known[i].far_end);
		array_remove(far_ends->known, &far_ends->n_known, sizeof(*far_ends->known), i);
	}
}

/* Takes what was found. Without memory it is not remembered. */
static const struct far_end *keep(struct far_ends *far_ends, struct probe *probe)
{
	struct known *known = find_known(far_ends, probe->question.ifindex);

	forget_gone(far_ends);
	if (!known)
		known = array_add(&far_ends->known, &far_ends->n_known, sizeof(*known));
	if (!known)
		return &probe->found;
	far_end_done(&known->far_end);
	*known = (struct known){ probe->question.ifindex, probe->found };
	probe->found = (struct far_end){ 0 };
	return &known->far_end;
}

/* --- what is asked --------------------------------------------------------------------- */

/* Of a port of a bridge, or a bond, that has the host's addresses. */
static const struct host_link *who_has_addresses(const struct facts *facts,
						 const struct host_link *link)
{
	const struct host_link *master = link->master ? facts_get(facts, link->master) : NULL;

	return master ?: link;
}

static int add_addresses(const struct facts *facts, int ifindex, struct far_end_question *question)
{
	for (size_t i = 0; i < facts->ip.n_addresses; i++) {
		const struct host_address *own = &facts->ip.addresses[i];
		struct address *address;

		if (own->ifindex != ifindex || own->address.family != AF_INET)
			continue;
		address = array_add(&question->addresses, &question->n_addresses, sizeof(*address));
		if (!address)
			return -ENOMEM;
		*address = own->address;
	}
	return 0;
}

static void set_gateway(const struct facts *facts, int ifindex, struct far_end_question *question)
{
	for (size_t i = 0; i < facts->ip.n_routes && !question->gateway.family; i++) {
		const struct host_route *route = &facts->ip.routes[i];

		if (route->ifindex == ifindex && route->gateway.family == AF_INET)
			question->gateway = route->gateway;
	}
	for (size_t i = 0; i < facts->ip.n_addresses; i++) {
		const struct host_address *own = &facts->ip.addresses[i];

		if (own->ifindex == ifindex && own->address.family == AF_INET &&
		    address_in(&question->gateway, &own->address, own->prefix))
			question->source = own->address;
	}
	/* Beyond the host's own subnets nobody answers for it. */
	if (!question->source.family)
		question->gateway = (struct address){ 0 };
}

static int check_link(const struct host_link *link, const char *name, struct error *err)
{
	if (!link)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
				 "host interface %s does not exist", name);
	if (link->loopback || !strcmp(link->kind, "bridge") || !strcmp(link->kind, "tun"))
		return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
				 "%s has no other end that could be asked: name the host interface "
				 "that leads out",
				 link->name);
	if (!link->up)
		return error_set(err, -ENETDOWN, ERROR_DEVICE_UNSUITABLE,
				 "%s is down, and nothing can be asked on it; `ip link set %s up` "
				 "helps",
				 link->name, link->name);
	if (!link->carrier)
		return error_set(err, -ENETDOWN, ERROR_DEVICE_UNSUITABLE,
				 "%s has no carrier: there is nobody at the other end", link->name);
	return 0;
}

static int make_question(const struct facts *facts, const char *name,
			 struct far_end_question *question, struct error *err)
{
	const struct host_link *link = facts_find(facts, name), *holder;
	int r;

	r = check_link(link, name, err);
	if (r < 0)
		return r;
	holder = who_has_addresses(facts, link);
	memcpy(question->name, link->name, sizeof(question->name));
	question->ifindex = link->ifindex;
	question->mac = holder->mac;
	question->mtu = link->mtu;
	r = add_addresses(facts, holder->ifindex, question);
	if (r < 0)
		return error_oom(err);
	set_gateway(facts, holder->ifindex, question);
	return 0;
}

/* --- probes ----------------------------------------------------------------------------- */

static void run(struct job *job)
{
	struct probe *probe = (struct probe *)job;

	(void)far_end_ask(&probe->question, &probe->far_ends->stop, &probe->found, &probe->error);
}

static void done(struct job *job, void *userdata)
{
	AUTO(probe_freep) struct probe *probe = (struct probe *)job;
	struct far_ends *far_ends = userdata;
	const struct far_end *far_end = NULL;
	const struct error *error = probe->error.code ? &probe->error : NULL;
	const struct host_link *link = facts_get(watch_facts(far_ends->manager->watch),
						 probe->question.ifindex);
	size_t i = 0;

	while (far_ends->probes[i] != probe)
		i++;
	array_remove(far_ends->probes, &far_ends->n_probes, sizeof(*far_ends->probes), i);
	if (!error && !link) {
		(void)error_set(&probe->error, -ENODEV, ERROR_NO_SUCH_DEVICE,
				"host interface %s has gone meanwhile", probe->question.name);
		error = &probe->error;
	}
	if (!error)
		far_end = keep(far_ends, probe);
	for (i = 0; i < probe->n_askers; i++)
		probe->askers[i].callback(probe->askers[i].userdata, error ? NULL : link, far_end,
					  error);
}

/* The one that will answer for the host interface: one that runs already, or a new one. */
static int find_probe(struct far_ends *far_ends, struct probe *asked, struct probe **ret_probe,
		      struct error *err)
{
	struct probe **slot;
	int r;

	for (size_t i = 0; i < far_ends->n_probes; i++) {
		if (far_ends->probes[i]->question.ifindex != asked->question.ifindex)
			continue;
		*ret_probe = far_ends->probes[i];
		return 0;
	}
	if (!far_ends->worker) {
		r = worker_new(far_ends->manager->event, far_ends, &far_ends->worker, err);
		if (r < 0)
			return r;
	}
	slot = array_add(&far_ends->probes, &far_ends->n_probes, sizeof(struct probe *));
	if (!slot)
		return error_oom(err);
	*slot = asked;
	*ret_probe = asked;
	return 0;
}

static int add_asker(struct probe *probe, far_end_callback callback, void *userdata,
		     struct error *err)
{
	struct asker *asker = array_add(&probe->askers, &probe->n_askers, sizeof(*asker));

	if (!asker)
		return error_oom(err);
	*asker = (struct asker){ callback, userdata };
	return 0;
}

int far_ends_probe(struct far_ends *far_ends, const char *name, far_end_callback callback,
		   void *userdata, struct error *err)
{
	AUTO(probe_freep) struct probe *asked = calloc(1, sizeof(*asked));
	struct watch *watch = far_ends->manager->watch;
	struct probe *probe = NULL;
	int r;

	if (!asked)
		return error_oom(err);
	asked->job = (struct job){ run, done, NULL };
	asked->far_ends = far_ends;
	r = watch_refresh(watch, err);
	if (r == 0)
		r = watch_read_ip(watch, err);
	if (r == 0)
		r = make_question(watch_facts(watch), name, &asked->question, err);
	if (r == 0)
		r = add_asker(asked, callback, userdata, err);
	if (r == 0)
		r = find_probe(far_ends, asked, &probe, err);
	if (r < 0)
		return r;
	if (probe != asked)
		return add_asker(probe, callback, userdata, err);
	worker_submit(far_ends->worker, &take_ptr(asked)->job);
	return 0;
}

bool far_ends_are_idle(const struct far_ends *far_ends)
{
	return far_ends->n_probes == 0;
}

int far_ends_new(struct manager *manager, struct far_ends **ret_far_ends, struct error *err)
{
	struct far_ends *far_ends = calloc(1, sizeof(*far_ends));

	if (!far_ends)
		return error_oom(err);
	far_ends->manager = manager;
	*ret_far_ends = far_ends;
	return 0;
}

void far_ends_free(struct far_ends *far_ends)
{
	if (!far_ends)
		return;
	atomic_store(&far_ends->stop, true);
	worker_free(far_ends->worker);
	for (size_t i = 0; i < far_ends->n_known; i++)
		far_end_done(&far_ends->known[i].far_end);
	free(far_ends->known);
	free(far_ends->probes);
	free(far_ends);
}
