/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/descriptors.h"

enum {
	MESSAGE_FDS_MAX = 253,
};

struct descriptors {
	struct plug_answer answer;
	size_t n_fds, n_vhost_fds; /* that have been given */
};

int descriptors_keep(struct connection *connection, struct plug_answer *answer)
{
	struct descriptors *descriptors = calloc(1, sizeof(*descriptors));

	if (!descriptors)
		return -ENOMEM;
	descriptors->answer.result = answer->result;
	answer->result = APPLY_RESULT_INIT;
	descriptors_forget(connection);
	connection->descriptors = descriptors;
	return 0;
}

/* Of n the next that there is room for. */
static int append_some(sd_bus_message *reply, const int *fds, size_t n, size_t *given, size_t *room)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "h");
	for (; r >= 0 && *given<n && * room> 0; (*room)--)
		r = sd_bus_message_append(reply, "h", fds[(*given)++]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int descriptors_append(struct connection *connection, sd_bus_message *reply)
{
	struct descriptors *descriptors = connection->descriptors;
	const struct apply_result *result;
	size_t room = MESSAGE_FDS_MAX;
	int r;

	if (!descriptors)
		return sd_bus_message_append(reply, "ahah", 0, 0);
	result = &descriptors->answer.result;
	r = append_some(reply, result->fds, result->n_fds, &descriptors->n_fds, &room);
	if (r >= 0)
		r = append_some(reply, result->vhost_fds, result->n_vhost_fds,
				&descriptors->n_vhost_fds, &room);
	if (r < 0 || (descriptors->n_fds == result->n_fds &&
		      descriptors->n_vhost_fds == result->n_vhost_fds))
		descriptors_forget(connection);
	return r;
}

void descriptors_forget(struct connection *connection)
{
	struct descriptors *descriptors = take_ptr(connection->descriptors);

	if (!descriptors)
		return;
	plug_answer_done(&descriptors->answer);
	free(descriptors);
}
