/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection's begin and end.
 *
 * A vifd that leaves when idle may go between our connect and our first word. So
 * vif_open() asks something that every peer answers (Ping) and succeeds with
 * the answer; whoever holds a struct vif has been counted by vifd.
 */
#include <string.h>

#include "lib/call.h"
#include "lib/failure.h"
#include "util/text.h"

DEFINE_FREEP(struct vif, vif_close);

const char *vif_runtime_dir(void)
{
	const char *dir = secure_getenv("VIFD_RUNTIME_DIR");

	return dir && *dir ? dir : "/run/vifd";
}

static int peer_ping(struct vif *vif, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *request = NULL;
	int r;

	r = sd_bus_message_new_method_call(vif->bus, &request, NULL, VIFD_OBJECT,
					   "org.freedesktop.DBus.Peer", "Ping");
	if (r < 0)
		return connection_fail(vif, r, error);
	return request_call(vif, request, NULL, error);
}

int vif_open(const char *path, struct vif **ret_vif, struct vif_error *error)
{
	AUTO(vif_closep) struct vif *vif = calloc(1, sizeof(*vif));
	int r;

	if (!vif)
		return failure_oom(error);
	vif->fd = -1;
	vif->path = path ? strdup(path) : text_format("%s/bus", vif_runtime_dir());
	if (!vif->path)
		return failure_oom(error);
	r = wire_open(vif, error);
	if (r < 0)
		return r;
	r = peer_ping(vif, error);
	if (r < 0)
		return r;
	*ret_vif = take_ptr(vif);
	return 0;
}

void vif_close(struct vif *vif)
{
	if (!vif)
		return;
	wire_close(vif);
	free(vif->path);
	free(vif);
}

int vif_subscribe(struct vif *vif, struct vif_error *error)
{
	return method_call(vif, "Subscribe", NULL, error, "");
}
