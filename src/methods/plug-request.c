/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/un.h>

#include "formats/interface-xml.h"
#include "life/filters.h"
#include "life/request.h"
#include "methods/plug-request.h"
#include "services/process.h"
#include "util/plain.h"

int plug_interface(const char *xml, const char *source, const struct plug_options *options,
		   struct interface **ret_interface, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	int r;

	r = interface_from_xml(xml, strlen(xml), source, &interface, err);
	if (r < 0)
		return r;
	r = interface_check_served(interface, err);
	if (r < 0) {
		error_place(err, source);
		return r;
	}
	if (!interface->has_mac) {
		r = mac_generate(&interface->mac);
		if (r < 0)
			return error_system(err, r, "cannot make a MAC address");
		interface->has_mac = true;
	}
	interface->optional = interface->optional || options->wait;
	*ret_interface = take_ptr(interface);
	return 0;
}

/* Names that others choose stand in lists and sentences, and in the record. */
static int check_names(const struct plug_options *options, struct error *err)
{
	const char *guest = options->guest, *qmp = options->qmp;

	if (guest && (!*guest || strlen(guest) > GUEST_NAME_MAX || !plain_is(guest, "")))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "'%.*s' is not a name that a guest can have: 1 to %d bytes of "
				 "UTF-8 without control characters",
				 GUEST_NAME_MAX, guest, GUEST_NAME_MAX);
	if (qmp && (*qmp != '/' || !plain_is(qmp, "") ||
		    strlen(qmp) >= sizeof(((struct sockaddr_un *)0)->sun_path)))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "'%s' is not the absolute name of a socket", qmp);
	return 0;
}

static int choose_owner(const struct caller *caller, const struct plug_options *options,
			uid_t *ret_uid, struct error *err)
{
	if (options->has_owner && caller->kind != CALLER_ROOT && options->owner != caller->uid)
		return error_set(err, -EPERM, ERROR_PERMISSION,
				 "the device cannot be given to the user with the id %u: that is "
				 "for root and this user",
				 options->owner);
	if (!options->has_owner && options->pid)
		return process_uid(options->pid, ret_uid, err);
	*ret_uid = options->has_owner ? options->owner : caller->uid;
	return 0;
}

int plug_request(const struct caller *caller, struct manager *manager,
		 const struct interface *interface, const struct plug_options *options,
		 struct resolve_request *ret_request, struct error *err)
{
	struct resolve_request request;
	int r;

	r = check_names(options, err);
	if (r == 0)
		r = watch_refresh(manager->watch, err);
	if (r < 0)
		return r;
	r = filters_check(manager, &interface->filter, &interface->mac, err);
	if (r < 0)
		return r;
	request = port_request(manager, interface, NULL);
	request.by_name = options->by_name;
	request.can_replug = options->qmp;
	request.reader = caller_reader(caller);
	r = choose_owner(caller, options, &request.device_uid, err);
	if (r < 0)
		return r;
	r = uuid_generate(&request.uuid);
	if (r < 0)
		return error_system(err, r, "cannot make a uuid");
	*ret_request = request;
	return 0;
}
