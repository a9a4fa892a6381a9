/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvif: the client of vifd, which connects virtual machines to the networks
 * of their host.
 *
 * Concepts
 *
 *   interface	what a guest's configuration asks for: libvirt's <interface>, as
 *		XML. "A NIC on the network red", "a macvtap on eth1 in bridge mode".
 *   network	a named definition on this host, libvirt's <network>: how guests
 *		reach the world here. Defined once, started, used by many.
 *   port	one interface connected on this host. vif_port_plug() makes one: a
 *		tap or a macvtap whose name is the port's, and file descriptors
 *		of it for the VMM (or none, for a VMM that opens it by name). A port
 *		with a pid goes when that process ends, however it ends; one without
 *		stays until vif_port_unplug(). What the guest holds of a live port
 *		stays whatever becomes of the host's side, which may wait for its
 *		host interface, follow it, or be replaced (vif_port_retarget()).
 *   event	a port or a network has changed; what vif_next_event() answers.
 *   record	what vifd says about one of these: keys with values, in an order
 *		that is good for people. Which keys there are, and what they hold, is
 *		written at each method in io.github.vifd.Manager.xml. A key that does
 *		not apply is absent; a later vifd may add keys and never takes one
 *		away.
 *
 * How it is used
 *
 *	struct vif_error error = VIF_ERROR_INIT;
 *	struct vif_plugged *nic;
 *	struct vif *vif;
 *
 *	if (vif_open(NULL, &vif, &error) < 0 ||
 *	    vif_port_plug(vif, xml, "guest.xml", NULL, &nic, &error) < 0)
 *		fprintf(stderr, "%s\n", error.text);
 *
 * Rules that hold for every function
 *
 *   - 0 or a negative errno is returned. On failure no output is written, and
 *     the error (which may be NULL) tells what happened.
 *   - Calls are synchronous: they block until vifd answers, at most 30 seconds.
 *     There is no loop inside, no thread and no output. Events are got from
 *     the caller's own loop: see vif_get_fd().
 *   - Outputs are the caller's, to be freed with the function named. What a
 *     getter returns is borrowed and lives as long as its object.
 *   - A struct vif and all that came from it belong to one thread at a time. A
 *     child of fork(2) must not use its parent's.
 *   - Strings are UTF-8.
 *   - Every file descriptor is close-on-exec.
 */
#ifndef VIF_VIF_H
#define VIF_VIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/*
 * Errors.
 *
 * kind is one word for programs: InvalidXml, InvalidArgument, NotSupported,
 * NoSuchNetwork, NetworkInactive, NetworkExists, NoSuchPort, NoSuchFilter, NoSuchGroup,
 * NoSuchDevice, DeviceUnsuitable, InUse, PermissionDenied, Unreachable (no vifd answers, or it
 * went away), System (the kernel, the file system or the connection). text
 * is one sentence for people that names the culprit. Neither is NULL once a
 * function has failed. Both belong to the struct; vif_error_done() frees them
 * and makes it as new. A struct that is set already is replaced.
 */
struct vif_error {
	char *kind;
	char *text;
};

#define VIF_ERROR_INIT     \
	{                  \
		NULL, NULL \
	}

void vif_error_done(struct vif_error *error);

/* Records. */

struct vif_record;

enum vif_type {
	VIF_ABSENT, /* the record has no such key */
	VIF_STRING,
	VIF_NUMBER, /* not negative */
	VIF_BOOLEAN,
	VIF_STRINGS, /* a list, perhaps an empty one */
	VIF_RECORDS, /* a list of records, perhaps an empty one */
};

/* How many keys, and the key at an index below that. */
size_t vif_record_size(const struct vif_record *record);
const char *vif_record_key(const struct vif_record *record, size_t index);

enum vif_type vif_record_type(const struct vif_record *record, const char *key);

/*
 * The value of a key. Where the key is absent or holds another type, they
 * answer NULL, 0, false, NULL and NULL. A list ends with NULL.
 */
const char *vif_record_string(const struct vif_record *record, const char *key);
uint64_t vif_record_number(const struct vif_record *record, const char *key);
bool vif_record_boolean(const struct vif_record *record, const char *key);
const char *const *vif_record_strings(const struct vif_record *record, const char *key);
struct vif_record *const *vif_record_records(const struct vif_record *record, const char *key);

/*
 * A record of one's own, for the options of a call. A setter copies key and
 * value, replaces what the key held, and returns 0 or -ENOMEM (the record is
 * then as it was). strings ends with NULL.
 */
struct vif_record *vif_record_new(void); /* NULL when out of memory */
int vif_record_set_string(struct vif_record *record, const char *key, const char *value);
int vif_record_set_number(struct vif_record *record, const char *key, uint64_t value);
int vif_record_set_boolean(struct vif_record *record, const char *key, bool value);
int vif_record_set_strings(struct vif_record *record, const char *key, const char *const *strings);

void vif_record_free(struct vif_record *record);

/* A list of records is an array that ends with NULL; this frees the array and the records. */
void vif_records_free(struct vif_record **records);

/* The connection. */

struct vif;

/* $VIFD_RUNTIME_DIR, or the folder that vifd uses by default. Static or of the environment. */
const char *vif_runtime_dir(void);

/*
 * Connects to the vifd whose socket is `path`; NULL is "bus" in the runtime
 * folder. When it returns 0 a vifd has answered. Two failures are of the kind
 * Unreachable: -ECONNREFUSED, none is there (any more), and -ETIMEDOUT, one is
 * there and does not answer.
 */
int vif_open(const char *path, struct vif **ret_vif, struct vif_error *error);
void vif_close(struct vif *vif); /* NULL is fine */

/*
 * Events.
 *
 * After vif_subscribe() events are kept for the caller from any call on. Take
 * all that there are with vif_next_event(), then wait until vif_get_fd() is
 * ready for vif_get_events() (of poll(2); ask before each wait), call
 * vif_dispatch(), and begin again. vif_dispatch() never waits. It fails with
 * kind Unreachable when vifd went away; events that came before can still be
 * taken.
 */
int vif_subscribe(struct vif *vif, struct vif_error *error);
int vif_get_fd(struct vif *vif);
int vif_get_events(struct vif *vif);
int vif_dispatch(struct vif *vif, struct vif_error *error);

/* The oldest event not yet taken, which is the caller's to free, or NULL. */
struct vif_record *vif_next_event(struct vif *vif);

/*
 * Networks. `source` is where a document came from, a file's name for example; it
 * appears in sentences ("red.xml:3: …").
 */

/*
 * ret_answer: name, outcome ("defined", "replaced", "replaced-active", "unchanged"),
 * and where the network is active and runs as something else: now and later (lists
 * of what takes effect at once and what at its next start), in-use.
 */
int vif_network_define(struct vif *vif, const char *xml, const char *source,
		       struct vif_record **ret_answer, struct vif_error *error);
/*
 * The same with options, of which NULL is none: "force" (a boolean), for root: where the network
 * runs, what it takes from the host is meant to be taken.
 */
int vif_network_define_with(struct vif *vif, const char *xml, const char *source,
			    const struct vif_record *options, struct vif_record **ret_answer,
			    struct vif_error *error);
/*
 * Defines the network "default": NAT, DHCP and names, on the first subnet of its
 * kind that this host has no address of and no route to. Answers as
 * vif_network_define().
 */
int vif_network_define_default(struct vif *vif, struct vif_record **ret_answer,
			       struct vif_error *error);
int vif_network_undefine(struct vif *vif, const char *name, struct vif_error *error);
/* ret_answer: name, and summary (sentences) of a network that vifd makes itself; or NULL. */
int vif_network_start(struct vif *vif, const char *name, struct vif_record **ret_answer,
		      struct vif_error *error);
/* The same with options: force, open-firewall; see the interface's description. */
int vif_network_start_with(struct vif *vif, const char *name, const struct vif_record *options,
			   struct vif_record **ret_answer, struct vif_error *error);
int vif_network_stop(struct vif *vif, const char *name, struct vif_error *error);
int vif_network_set_autostart(struct vif *vif, const char *name, bool autostart,
			      struct vif_error *error);
/* The same with options: force; see the interface's description. */
int vif_network_set_autostart_with(struct vif *vif, const char *name, bool autostart,
				   const struct vif_record *options, struct vif_error *error);

/*
 * Changes one part of a network. `options` (or NULL): live, config, force,
 * parent-index. ret_answer: name, key, live, config, in-use.
 */
int vif_network_update(struct vif *vif, const char *name, const char *command, const char *section,
		       const char *xml, const char *source, const struct vif_record *options,
		       struct vif_record **ret_answer, struct vif_error *error);

/* ret_answer: name, outcome (defined, replaced, unchanged). */
int vif_filter_define(struct vif *vif, const char *xml, const char *source,
		      struct vif_record **ret_answer, struct vif_error *error);
int vif_filter_undefine(struct vif *vif, const char *name, struct vif_error *error);
int vif_filter_list(struct vif *vif, struct vif_record ***ret_filters, struct vif_error *error);
int vif_filter_xml(struct vif *vif, const char *name, char **ret_xml, struct vif_error *error);

/* As with filters. Both lists end with NULL, or are NULL; *ret_n: how many it lists then. */
int vif_group_define(struct vif *vif, const char *xml, const char *source,
		     struct vif_record **ret_answer, struct vif_error *error);
int vif_group_undefine(struct vif *vif, const char *name, struct vif_error *error);
int vif_group_change_members(struct vif *vif, const char *name, const char *const *added,
			     const char *const *removed, unsigned *ret_n, struct vif_error *error);
int vif_group_list(struct vif *vif, struct vif_record ***ret_groups, struct vif_error *error);
int vif_group_xml(struct vif *vif, const char *name, char **ret_xml, struct vif_error *error);

int vif_network_list(struct vif *vif, struct vif_record ***ret_networks, struct vif_error *error);
int vif_network_xml(struct vif *vif, const char *name, char **ret_xml, struct vif_error *error);

/*
 * The DHCP leases of a network of vifd's own that are not over: address; mac, hostname,
 * client-id, port and guest where they are known; expiry (seconds since the
 * epoch; absent: never).
 */
int vif_network_leases(struct vif *vif, const char *name, struct vif_record ***ret_leases,
		       struct vif_error *error);

/* Ports. */

/*
 * What a plug gave: the port as vif_port_get() would tell it, and the file
 * descriptors, one a queue (vhost_fds: as many, or none; then the VMM must not
 * be told to use vhost). All are non-blocking. The caller takes a descriptor
 * by putting -1 in its place; the others are closed by vif_plugged_free().
 */
struct vif_plugged {
	struct vif_record *port;
	int *fds;
	size_t n_fds;
	int *vhost_fds;
	size_t n_vhost_fds;
};

/*
 * options (NULL is none): guest, a string, a name for people; pid, a number, the
 * process whose end ends the port; by-name, a boolean, for a VMM that will open
 * the device by its name (no descriptors are given); owner, a number, the uid of
 * who may do so besides root (else the user of pid, else the caller); qmp, a string, the absolute
 * path of the VMM's QMP socket, which need not be there yet; wait, a boolean: a
 * port whose host interface is absent is plugged as waiting, instead of failing.
 * Without pid and without by-name the caller's own end ends the port.
 */
int vif_port_plug(struct vif *vif, const char *xml, const char *source,
		  const struct vif_record *options, struct vif_plugged **ret_plugged,
		  struct vif_error *error);
void vif_plugged_free(struct vif_plugged *plugged);

/* `port` is a name or a uuid. Unless force, -EBUSY while a process holds the port's tap open. */
int vif_port_unplug(struct vif *vif, const char *port, bool force, struct vif_error *error);

/*
 * Gives the port another host side, that of the <interface> in xml: its source
 * counts, and the rest must be as the port has it, or absent. The guest's side
 * stays. On failure the port is as it was. ret_port: as vif_port_get().
 */
int vif_port_retarget(struct vif *vif, const char *port, const char *xml, const char *source,
		      struct vif_record **ret_port, struct vif_error *error);
/*
 * What the port's guard would do with a packet, in words: "tcp from 10.0.0.1 port 22" (vif(1)).
 * ret_answer: passes, rule, direction, packet.
 */
int vif_port_try(struct vif *vif, const char *port, const char *packet,
		 struct vif_record **ret_answer, struct vif_error *error);

/*
 * Changes settings of the port while its guest runs: words that spaces separate, as `vif set` takes
 * them; all or none. ret_port: as vif_port_get().
 */
int vif_port_set(struct vif *vif, const char *port, const char *settings,
		 struct vif_record **ret_port, struct vif_error *error);
int vif_port_list(struct vif *vif, struct vif_record ***ret_ports, struct vif_error *error);
int vif_port_get(struct vif *vif, const char *port, struct vif_record **ret_port,
		 struct vif_error *error);
int vif_port_xml(struct vif *vif, const char *port, char **ret_xml, struct vif_error *error);
/* As libvirt's <networkport>; one of type ethernet has none. */
int vif_port_networkport(struct vif *vif, const char *port, char **ret_xml,
			 struct vif_error *error);

/*
 * What vif_port_plug() would do; nothing is done. ret_answer: ok, summary
 * (sentences), plan, and where it would fail error and error-kind. A plug that
 * would fail is an answer, not a failure of this call.
 */
int vif_check(struct vif *vif, const char *xml, const char *source,
	      const struct vif_record *options, struct vif_record **ret_answer,
	      struct vif_error *error);

/*
 * What this host and its networks are good for. ret_capabilities: version,
 * networks (records), and so on.
 */
int vif_capabilities(struct vif *vif, struct vif_record **ret_capabilities,
		     struct vif_error *error);

/*
 * What is at the other end of the host interface `dev`: asked there, which takes
 * three seconds. ret_far_end: reflects, second-mac, mtu, …, summary (sentences).
 */
int vif_probe(struct vif *vif, const char *dev, struct vif_record **ret_far_end,
	      struct vif_error *error);

/*
 * Why the port's guest has no network; it is watched for up to three seconds. ret_diagnosis: cause
 * and remedy where something was found to fail, stations (records).
 */
int vif_diagnose(struct vif *vif, const char *port, struct vif_record **ret_diagnosis,
		 struct vif_error *error);

/* What this host can do for vifd, one record a feature. */
int vif_doctor(struct vif *vif, struct vif_record ***ret_features, struct vif_error *error);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
