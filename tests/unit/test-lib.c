/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvif against a vifd that is made up: a child of the test that serves one
 * connection after the other on a socket in a folder of its own. What it answers
 * is in fake_answer(), a branch for each thing that a client must get over.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

#include <cmocka.h>

#include "util/cleanup.h"
#include "vif/vif.h"

DEFINE_FREEP(struct vif, vif_close);
DEFINE_FREEP(struct vif_record, vif_record_free);
DEFINE_FREEP(struct vif_record *, vif_records_free);
DEFINE_FREEP(struct vif_plugged, vif_plugged_free);
#define AUTO_FAILURE AUTO(vif_error_done)

/* --- the made-up vifd --------------------------------------------------------- */

static bool unplugged;

static int reply_records(sd_bus_message *call)
{
	sd_bus_message *reply;

	assert_true(sd_bus_message_new_method_return(call, &reply) >= 0);
	assert_true(sd_bus_message_append(reply, "aa{sv}", 2, /* port, port */
					  7, "name", "s", "vif0", "mtu", "u", 1500, "time", "t",
					  UINT64_C(5000000000), "vhost", "b", 1, "pool", "as", 2,
					  "eth0", "eth1", "later", "a(di)", 1, 0.5, 7, "none", "as",
					  0, /* no strings */
					  0 /* nothing */) >= 0);
	assert_true(sd_bus_send(NULL, reply, NULL) >= 0);
	sd_bus_message_unref(reply);
	return 1;
}

/* Answers its options as the port, a pipe whose far end says "hi", and /dev/null for vhost. */
static int reply_plug(sd_bus_message *call)
{
	const char *xml, *source, *guest = "none", *qmp = "none";
	sd_bus_message *reply;
	uint32_t pid = 0;
	int wait = 0;
	int fds[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(sd_bus_message_read(call, "ss", &xml, &source) >= 0);
	assert_true(sd_bus_message_enter_container(call, 'a', "{sv}") >= 0);
	while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
		const char *key;

		assert_true(sd_bus_message_read(call, "s", &key) >= 0);
		if (!strcmp(key, "guest"))
			assert_true(sd_bus_message_read(call, "v", "s", &guest) >= 0);
		else if (!strcmp(key, "qmp"))
			assert_true(sd_bus_message_read(call, "v", "s", &qmp) >= 0);
		else if (!strcmp(key, "wait"))
			assert_true(sd_bus_message_read(call, "v", "b", &wait) >= 0);
		else
			assert_true(sd_bus_message_read(call, "v", "u", &pid) >= 0);
		assert_true(sd_bus_message_exit_container(call) >= 0);
	}
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(write(fds[1], "hi", 2), 2);
	assert_true(sd_bus_message_new_method_return(call, &reply) >= 0);
	/* The guest "wide" has three queues; of five descriptors three fit. */
	assert_true(sd_bus_message_append(reply, "a{sv}ahah", 9, "queues", "u",
					  strcmp(guest, "wide") ? 0 : 3, "vhost", "b", 1, "name",
					  "s", "vif0", "xml", "s", xml, "source", "s", source,
					  "guest", "s", guest, "pid", "u", pid, "qmp", "s", qmp,
					  "wait", "b", wait, 2, fds[0], fds[1], 1, null) >= 0);
	assert_true(sd_bus_send(NULL, reply, NULL) >= 0);
	sd_bus_message_unref(reply);
	close(fds[0]);
	close(fds[1]);
	close(null);
	return 1;
}

/* Answers what it was given as the port; there is no port vif7. */
static int reply_retarget(sd_bus_message *call)
{
	const char *port, *xml, *source;

	assert_true(sd_bus_message_read(call, "sss", &port, &xml, &source) >= 0);
	if (!strcmp(port, "vif7"))
		return sd_bus_reply_method_errorf(call, "io.github.vifd.Error.NoSuchPort",
						  "there is no port 'vif7'");
	return sd_bus_reply_method_return(call, "a{sv}", 4, "name", "s", port, "xml", "s", xml,
					  "source", "s", source, "outage-usec", "t", UINT64_C(412));
}

/* A record in a list in the answer. */
static int reply_capabilities(sd_bus_message *call)
{
	return sd_bus_reply_method_return(call, "a{sv}", 3, "version", "s", "9", "networks",
					  "aa{sv}", 2, 1, "name", "s", "red", 2, "name", "s",
					  "blue", "devices", "aa{sv}", 1, 1, "used", "u", 3, "none",
					  "aa{sv}", 0);
}

/* Answers what it was given. */
static int reply_update(sd_bus_message *call)
{
	const char *name, *command, *section, *xml, *source, *key;
	uint32_t index;

	assert_true(sd_bus_message_read(call, "sssss", &name, &command, &section, &xml, &source) >=
		    0);
	assert_true(sd_bus_message_read(call, "a{sv}", 1, &key, "u", &index) >= 0);
	return sd_bus_reply_method_return(call, "a{sv}", 6, "name", "s", name, "command", "s",
					  command, "section", "s", section, "xml", "s", xml,
					  "source", "s", source, key, "u", index);
}

static void send_event(sd_bus *bus, const char *text)
{
	sd_bus_message *signal;

	assert_true(sd_bus_message_new_signal(bus, &signal, "/io/github/vifd",
					      "io.github.vifd.Manager", "Event") >= 0);
	assert_true(sd_bus_message_append(signal, "a{sv}", 1, "text", "s", text) >= 0);
	assert_true(sd_bus_send(NULL, signal, NULL) >= 0);
	sd_bus_message_unref(signal);
}

static int fake_answer(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	sd_bus *bus = sd_bus_message_get_bus(call);
	const char *member = sd_bus_message_get_member(call);

	if (!sd_bus_message_is_method_call(call, "io.github.vifd.Manager", NULL))
		return 0;
	if (!strcmp(member, "ListPorts"))
		return reply_records(call);
	if (!strcmp(member, "Capabilities"))
		return reply_capabilities(call);
	if (!strcmp(member, "UpdateNetwork"))
		return reply_update(call);
	if (!strcmp(member, "DefineNetwork"))
		return sd_bus_reply_method_return(call, "ssa{sv}", "red", "replaced-active", 2,
						  "now", "as", 1, "pool", "later", "as", 0);
	if (!strcmp(member, "Plug"))
		return reply_plug(call);
	if (!strcmp(member, "TakeDescriptors"))
		return sd_bus_reply_method_return(call, "ahah", 1, STDIN_FILENO, 2, STDIN_FILENO,
						  STDIN_FILENO);
	if (!strcmp(member, "Retarget"))
		return reply_retarget(call);
	if (!strcmp(member, "Unplug")) {
		unplugged = true;
		return sd_bus_reply_method_return(call, "");
	}
	if (!strcmp(member, "GetPort")) /* no port, and no way to say whether it was unplugged */
		return sd_bus_reply_method_errorf(call, "io.github.vifd.Error.NoSuchPort",
						  "there is no port 'vif7'%s",
						  unplugged ? " any more" : "");
	if (!strcmp(member, "StartNetwork"))
		return sd_bus_reply_method_errorf(call, "io.github.vifd.Error.OfALaterVersion",
						  "too new");
	if (!strcmp(member, "GetNetworkXml"))
		return sd_bus_reply_method_return(call, "u", 1);
	if (!strcmp(member, "GetPortXml"))
		return sd_bus_reply_method_return(call, "s", "<interface/>\n");
	if (!strcmp(member, "StopNetwork"))
		_exit(0);
	if (!strcmp(member, "Subscribe")) {
		send_event(bus, "before the answer");
		assert_true(sd_bus_reply_method_return(call, "") >= 0);
		send_event(bus, "after the answer");
		return 1;
	}
	if (!strcmp(member,
		    "UndefineNetwork")) { /* one more event, and the end of the connection */
		assert_true(sd_bus_reply_method_return(call, "") >= 0);
		send_event(bus, "the last word");
		assert_true(sd_bus_flush(bus) >= 0);
		sd_bus_close(bus);
		return 1;
	}
	return 0; /* sd-bus answers that there is no such method */
}

static void fake_serve(int listener)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		sd_id128_t id;
		sd_bus *bus;

		if (fd < 0 || sd_bus_new(&bus) < 0 || sd_id128_randomize(&id) < 0 ||
		    sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_set_server(bus, 1, id) < 0 ||
		    sd_bus_negotiate_fds(bus, 1) < 0 ||
		    sd_bus_add_filter(bus, NULL, fake_answer, NULL) < 0 || sd_bus_start(bus) < 0)
			_exit(1);
		for (;;) {
			int r = sd_bus_process(bus, NULL);

			if (r < 0 || (r == 0 && sd_bus_wait(bus, UINT64_MAX) < 0))
				break;
		}
		sd_bus_close_unref(bus);
	}
}

struct fake {
	char dir[32];
	char path[64];
	pid_t pid;
};

static int socket_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void fake_open(struct fake *fake)
{
	int listener;

	*fake = (struct fake){ .dir = "/tmp/vif-lib-XXXXXX" };
	assert_non_null(mkdtemp(fake->dir));
	snprintf(fake->path, sizeof(fake->path), "%s/bus", fake->dir);
	listener = socket_listen(fake->path);
	fake->pid = fork();
	assert_true(fake->pid >= 0);
	if (fake->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed assertion cleans nothing up */
		fake_serve(listener);
		_exit(1);
	}
	close(listener);
}

static void fake_close(struct fake *fake)
{
	if (fake->pid > 0) {
		(void)kill(fake->pid, SIGKILL);
		assert_int_equal(waitpid(fake->pid, NULL, 0), fake->pid);
	}
	(void)unlink(fake->path);
	assert_int_equal(rmdir(fake->dir), 0);
}
#define AUTO_FAKE AUTO(fake_close)

static struct vif *fake_connect(const struct fake *fake)
{
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
	struct vif *vif = NULL;

	if (vif_open(fake->path, &vif, &error) < 0)
		fail_msg("%s", error.text);
	return vif;
}

/* --- records --------------------------------------------------------------- */

static void a_record_answers_what_was_put_in(void **state)
{
	static const char *const strings[] = { "a", "b", NULL }, *const none[] = { NULL };
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();

	assert_int_equal(vif_record_set_string(record, "s", "text"), 0);
	assert_int_equal(vif_record_set_number(record, "n", UINT64_MAX), 0);
	assert_int_equal(vif_record_set_boolean(record, "b", true), 0);
	assert_int_equal(vif_record_set_strings(record, "l", strings), 0);
	assert_int_equal(vif_record_set_strings(record, "e", none), 0);
	assert_int_equal(vif_record_size(record), 5);
	assert_string_equal(vif_record_key(record, 3), "l");
	assert_string_equal(vif_record_string(record, "s"), "text");
	assert_true(vif_record_number(record, "n") == UINT64_MAX);
	assert_true(vif_record_boolean(record, "b"));
	assert_string_equal(vif_record_strings(record, "l")[1], "b");
	assert_null(vif_record_strings(record, "l")[2]);
	assert_null(vif_record_strings(record, "e")[0]);
}

static void a_key_that_is_not_there_has_the_value_of_nothing(void **state)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();

	assert_int_equal(vif_record_set_string(record, "s", "text"), 0);
	assert_int_equal(vif_record_type(record, "x"), VIF_ABSENT);
	assert_null(vif_record_string(record, "x"));
	assert_int_equal(vif_record_number(record, "s"), 0);
	assert_false(vif_record_boolean(record, "s"));
	assert_null(vif_record_strings(record, "s"));
}

static void a_key_is_there_once_and_keeps_its_place(void **state)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();

	assert_int_equal(vif_record_set_string(record, "a", "text"), 0);
	assert_int_equal(vif_record_set_string(record, "b", "text"), 0);
	assert_int_equal(vif_record_set_number(record, "a", 7), 0);
	assert_int_equal(vif_record_size(record), 2);
	assert_string_equal(vif_record_key(record, 0), "a");
	assert_int_equal(vif_record_type(record, "a"), VIF_NUMBER);
	assert_int_equal(vif_record_number(record, "a"), 7);
}

/* --- calls ----------------------------------------------------------------- */

static void records_come_with_their_types_and_unknown_ones_are_left_out(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_records_freep) struct vif_record **ports = NULL;
	AUTO(vif_closep) struct vif *vif = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_port_list(vif, &ports, NULL), 0);
	assert_string_equal(vif_record_string(ports[0], "name"), "vif0");
	assert_int_equal(vif_record_number(ports[0], "mtu"), 1500);
	assert_true(vif_record_number(ports[0], "time") == 5000000000);
	assert_true(vif_record_boolean(ports[0], "vhost"));
	assert_string_equal(vif_record_strings(ports[0], "pool")[1], "eth1");
	assert_null(vif_record_strings(ports[0], "none")[0]);
	assert_int_equal(vif_record_type(ports[0], "later"), VIF_ABSENT);
	assert_int_equal(vif_record_size(ports[0]), 6);
	assert_int_equal(vif_record_size(ports[1]), 0);
	assert_null(ports[2]);
}

static void a_record_may_hold_records(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO(vif_record_freep) struct vif_record *answer = NULL;
	struct vif_record *const *networks, *const *devices;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_capabilities(vif, &answer, NULL), 0);
	assert_int_equal(vif_record_type(answer, "networks"), VIF_RECORDS);
	networks = vif_record_records(answer, "networks");
	assert_string_equal(vif_record_string(networks[0], "name"), "red");
	assert_null(vif_record_records(networks[0], "devices"));
	devices = vif_record_records(networks[1], "devices");
	assert_int_equal(vif_record_number(devices[0], "used"), 3);
	assert_null(devices[1]);
	assert_null(networks[2]);
	assert_null(vif_record_records(answer, "none")[0]);
	assert_null(vif_record_records(answer, "version"));
}

static void an_update_sends_all_that_it_was_given(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO(vif_record_freep) struct vif_record *options = vif_record_new(), *answer = NULL;

	assert_int_equal(vif_record_set_number(options, "parent-index", 2), 0);
	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_network_update(vif, "red", "add-first", "portgroup", "<x/>", "f.xml",
					    options, &answer, NULL),
			 0);
	assert_string_equal(vif_record_string(answer, "name"), "red");
	assert_string_equal(vif_record_string(answer, "command"), "add-first");
	assert_string_equal(vif_record_string(answer, "section"), "portgroup");
	assert_string_equal(vif_record_string(answer, "xml"), "<x/>");
	assert_string_equal(vif_record_string(answer, "source"), "f.xml");
	assert_int_equal(vif_record_number(answer, "parent-index"), 2);
}

static void a_definition_tells_what_changes_when(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO(vif_record_freep) struct vif_record *answer = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_network_define(vif, "<network/>", "x", &answer, NULL), 0);
	assert_string_equal(vif_record_string(answer, "name"), "red");
	assert_string_equal(vif_record_string(answer, "outcome"), "replaced-active");
	assert_string_equal(vif_record_strings(answer, "now")[0], "pool");
	assert_null(vif_record_strings(answer, "later")[0]);
}

static void a_plug_hands_over_its_descriptors(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO(vif_plugged_freep) struct vif_plugged *plugged = NULL;
	AUTO(vif_record_freep) struct vif_record *options = vif_record_new();
	char text[4];

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_record_set_string(options, "guest", "red"), 0);
	assert_int_equal(vif_record_set_number(options, "pid", 42), 0);
	assert_int_equal(vif_record_set_string(options, "qmp", "/run/web.qmp"), 0);
	assert_int_equal(vif_record_set_boolean(options, "wait", true), 0);
	assert_int_equal(vif_port_plug(vif, "<x/>", "x.xml", options, &plugged, NULL), 0);
	assert_string_equal(vif_record_string(plugged->port, "xml"), "<x/>");
	assert_string_equal(vif_record_string(plugged->port, "source"), "x.xml");
	assert_string_equal(vif_record_string(plugged->port, "guest"), "red");
	assert_int_equal(vif_record_number(plugged->port, "pid"), 42);
	assert_string_equal(vif_record_string(plugged->port, "qmp"), "/run/web.qmp");
	assert_true(vif_record_boolean(plugged->port, "wait"));
	assert_int_equal(plugged->n_fds, 2);
	assert_int_equal(plugged->n_vhost_fds, 1);
	assert_int_equal(read(plugged->fds[0], text, sizeof(text)), 2);
	assert_memory_equal(text, "hi", 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(fcntl(plugged->fds[i], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(plugged->vhost_fds[0], F_GETFD), FD_CLOEXEC);
}

/* Two and one, then one and two. */
static void descriptors_that_did_not_fit_are_fetched(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO(vif_plugged_freep) struct vif_plugged *plugged = NULL;
	AUTO(vif_record_freep) struct vif_record *options = vif_record_new();

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_record_set_string(options, "guest", "wide"), 0);
	assert_int_equal(vif_port_plug(vif, "<x/>", "x.xml", options, &plugged, NULL), 0);
	assert_int_equal(plugged->n_fds, 3);
	assert_int_equal(plugged->n_vhost_fds, 3);
}

static void a_retarget_answers_the_port_as_it_is_now(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO(vif_record_freep) struct vif_record *port = NULL, *none = NULL;
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_port_retarget(vif, "vif0", "<x/>", "x.xml", &port, NULL), 0);
	assert_string_equal(vif_record_string(port, "name"), "vif0");
	assert_string_equal(vif_record_string(port, "xml"), "<x/>");
	assert_string_equal(vif_record_string(port, "source"), "x.xml");
	assert_int_equal(vif_record_number(port, "outage-usec"), 412);
	assert_int_equal(vif_port_retarget(vif, "vif7", "<x/>", "x.xml", &none, &error), -ENOENT);
	assert_string_equal(error.kind, "NoSuchPort");
	assert_string_equal(error.text, "there is no port 'vif7'");
	assert_null(none);
}

static void descriptors_that_were_not_taken_are_closed(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	struct vif_plugged *plugged = NULL;
	int taken, left;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_port_plug(vif, "<x/>", "x.xml", NULL, &plugged, NULL), 0);
	taken = take_fd(&plugged->fds[0]);
	left = plugged->fds[1];
	vif_plugged_free(plugged);
	assert_int_equal(fcntl(left, F_GETFD), -1);
	assert_int_equal(fcntl(taken, F_GETFD), FD_CLOEXEC);
	close(taken);
}

/* How many descriptors there is room for decides where it fails; none is left, nor a port. */
static void a_plug_without_room_for_descriptors_leaves_no_port(void **state)
{
	struct rlimit before, tight;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (unsigned room = 0; room < 7; room++) {
		AUTO_FAKE struct fake fake;
		AUTO(vif_closep) struct vif *vif = NULL;
		AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
		struct vif_plugged *plugged = NULL;
		int next, r;

		fake_open(&fake);
		vif = fake_connect(&fake);
		next = dup(STDERR_FILENO);
		close(next);
		tight = before;
		tight.rlim_cur = (rlim_t)next + room;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
		r = vif_port_plug(vif, "<x/>", "x.xml", NULL, &plugged, &error);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		if (r == 0) { /* three of the message, three of ours */
			assert_int_equal(room, 6);
			vif_plugged_free(plugged);
			return;
		}
		assert_null(plugged);
		assert_non_null(error.text);
		assert_int_equal(dup(STDERR_FILENO), next);
		close(next);
		if (room < 3) /* sd-bus itself gives the connection up: vifd sees its end */
			continue;
		vif_error_done(&error);
		assert_true(vif_port_get(vif, "vif7", &(struct vif_record *){ NULL }, &error) < 0);
		assert_string_equal(error.text, "there is no port 'vif7' any more");
	}
	fail_msg("six are enough");
}

static void a_document_comes_as_it_was_sent(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO_FREE char *xml = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_port_xml(vif, "vif0", &xml, NULL), 0);
	assert_string_equal(xml, "<interface/>\n");
}

/* --- errors ---------------------------------------------------------------- */

static void expect_error(struct vif_error *error, const char *kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void expect_error(struct vif_error *error, const char *kind, const char *format, ...)
{
	AUTO_FREE char *wanted = NULL;
	va_list args;

	va_start(args, format);
	assert_true(vasprintf(&wanted, format, args) > 0);
	va_end(args);
	assert_non_null(error->text);
	assert_string_equal(error->text, wanted);
	assert_string_equal(error->kind, kind);
	vif_error_done(error);
}

static void the_errors_of_vifd_come_through_with_kind_and_sentence(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
	struct vif_record *port = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_port_get(vif, "vif7", &port, &error), -ENOENT);
	assert_null(port);
	expect_error(&error, "NoSuchPort", "there is no port 'vif7'");
	assert_int_equal(vif_network_start(vif, "red", NULL, &error), -EIO);
	expect_error(&error, "System", "too new");
	assert_int_equal(vif_port_get(vif, "vif7", &port, NULL), -ENOENT);
}

static void a_vifd_of_another_version_is_told_so(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
	struct vif_record **features = NULL;
	char *xml = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_doctor(vif, &features, &error), -EOPNOTSUPP);
	expect_error(&error, "NotSupported",
		     "vifd at %s does not know the method Doctor: it is another version",
		     fake.path);
	assert_int_equal(vif_network_xml(vif, "red", &xml, &error), -EIO);
	expect_error(&error, "System",
		     "the answer of vifd at %s is of an unknown form: it is another version",
		     fake.path);
	assert_null(features);
	assert_null(xml);
}

static void text_that_is_not_utf8_is_refused_before_it_is_sent(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
	struct vif_record *answer = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_network_define(vif, "<name>gr\xf6\xdf</name>", "x", &answer, &error),
			 -EINVAL);
	expect_error(&error, "InvalidArgument", "DefineNetwork: what was given is not UTF-8");
	assert_int_equal(vif_port_unplug(vif, "vif0", false, NULL), 0);
}

static void no_vifd_is_told_with_the_sockets_path(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
	AUTO_FREE char *missing = NULL, *below = NULL;
	struct vif *vif = NULL;

	fake_open(&fake);
	assert_true(asprintf(&missing, "%s/none", fake.dir) > 0);
	assert_int_equal(vif_open(missing, &vif, &error), -ECONNREFUSED);
	expect_error(&error, "Unreachable", "no vifd answers at %s", missing);

	assert_true(asprintf(&below, "%s/none", fake.path) > 0);
	assert_int_equal(vif_open(below, &vif, &error), -ECONNREFUSED);
	expect_error(&error, "Unreachable", "no vifd answers at %s", below);

	/* The socket is there, and nobody behind it. */
	assert_int_equal(kill(fake.pid, SIGKILL), 0);
	assert_int_equal(waitpid(fake.pid, NULL, 0), fake.pid);
	fake.pid = 0;
	assert_int_equal(vif_open(fake.path, &vif, &error), -ECONNREFUSED);
	expect_error(&error, "Unreachable", "no vifd answers at %s", fake.path);
	assert_null(vif);
}

static void the_folder_of_the_environment_is_the_default(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;

	fake_open(&fake);
	assert_int_equal(setenv("VIFD_RUNTIME_DIR", fake.dir, 1), 0);
	assert_string_equal(vif_runtime_dir(), fake.dir);
	assert_int_equal(vif_open(NULL, &vif, &error), 0);
	assert_int_equal(setenv("VIFD_RUNTIME_DIR", "", 1), 0);
	assert_string_equal(vif_runtime_dir(), "/run/vifd");
	assert_int_equal(unsetenv("VIFD_RUNTIME_DIR"), 0);
	assert_string_equal(vif_runtime_dir(), "/run/vifd");
}

static void a_path_that_no_socket_can_have_is_refused(void **state)
{
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
	char path[200] = "/tmp/";
	struct vif *vif = NULL;

	memset(path + strlen(path), 'x', sizeof(path) - 1 - strlen(path));
	assert_int_equal(vif_open(path, &vif, &error), -EINVAL);
	expect_error(&error, "InvalidArgument",
		     "no vifd can be at %s: a socket's path has at most 107 bytes", path);
}

/* As a vifd that leaves when idle does to who comes in that moment. */
static void a_listener_that_hangs_up_at_once_is_no_vifd(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
	struct vif *vif = NULL;
	int listener;

	fake_open(&fake);
	assert_int_equal(kill(fake.pid, SIGKILL), 0);
	assert_int_equal(waitpid(fake.pid, NULL, 0), fake.pid);
	assert_int_equal(unlink(fake.path), 0);
	listener = socket_listen(fake.path);
	fake.pid = fork();
	if (fake.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			close(accept(listener, NULL, NULL));
	}
	close(listener);
	assert_int_equal(vif_open(fake.path, &vif, &error), -ECONNREFUSED);
	assert_string_equal(error.kind, "Unreachable");
	assert_non_null(strstr(error.text, " went away")); /* before, or while it was asked */
	assert_null(vif);
}

static void a_vifd_that_dies_in_a_call_is_told_so_and_so_is_every_later_call(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO_FAILURE struct vif_error error = VIF_ERROR_INIT;
	struct vif_record **ports = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_network_stop(vif, "red", &error), -ECONNREFUSED);
	expect_error(&error, "Unreachable", "vifd at %s went away before it answered", fake.path);
	assert_int_equal(vif_port_list(vif, &ports, &error), -ECONNREFUSED);
	assert_string_equal(error.kind, "Unreachable");
	assert_int_equal(vif_dispatch(vif, &error), -ECONNREFUSED);
	expect_error(&error, "Unreachable", "vifd at %s went away", fake.path);
	assert_null(ports);
}

/* --- events ----------------------------------------------------------------- */

/* The next event's text (to be freed), waited for as a caller's loop does; NULL at the end. */
static char *event_wait(struct vif *vif)
{
	for (;;) {
		AUTO(vif_record_freep) struct vif_record *event = vif_next_event(vif);
		struct pollfd pollfd = { vif_get_fd(vif), (short)vif_get_events(vif), 0 };

		if (event)
			return strdup(vif_record_string(event, "text"));
		assert_int_equal(poll(&pollfd, 1, 5000), 1);
		if (vif_dispatch(vif, NULL) < 0) {
			AUTO(vif_record_freep) struct vif_record *last = vif_next_event(vif);

			return last ? strdup(vif_record_string(last, "text")) : NULL;
		}
	}
}

static void expect_event(struct vif *vif, const char *wanted)
{
	AUTO_FREE char *text = event_wait(vif);

	assert_non_null(text);
	assert_string_equal(text, wanted);
}

static void events_around_a_call_are_kept_in_order(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_subscribe(vif, NULL), 0);
	/* Came before the answer: there is nothing to wait for. */
	expect_event(vif, "before the answer");
	expect_event(vif, "after the answer");
	assert_null(vif_next_event(vif));
	assert_int_equal(vif_dispatch(vif, NULL), 0);
	assert_int_equal(vif_subscribe(vif, NULL), 0);
	assert_int_equal(vif_port_unplug(vif, "vif0", false, NULL), 0);
	expect_event(vif, "before the answer");
	expect_event(vif, "after the answer");
}

static void the_last_events_outlive_the_connection(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;
	AUTO_FREE char *end = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_network_undefine(vif, "red", NULL), 0);
	expect_event(vif, "the last word");
	end = event_wait(vif);
	assert_null(end);
}

/* Those that nobody took go with the connection; the sanitizer looks. */
static void events_that_were_not_taken_are_freed(void **state)
{
	AUTO_FAKE struct fake fake;
	AUTO(vif_closep) struct vif *vif = NULL;

	fake_open(&fake);
	vif = fake_connect(&fake);
	assert_int_equal(vif_subscribe(vif, NULL), 0);
	assert_int_equal(vif_port_unplug(vif, "vif0", false, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_answers_what_was_put_in),
		cmocka_unit_test(a_key_that_is_not_there_has_the_value_of_nothing),
		cmocka_unit_test(a_key_is_there_once_and_keeps_its_place),
		cmocka_unit_test(records_come_with_their_types_and_unknown_ones_are_left_out),
		cmocka_unit_test(a_record_may_hold_records),
		cmocka_unit_test(an_update_sends_all_that_it_was_given),
		cmocka_unit_test(a_definition_tells_what_changes_when),
		cmocka_unit_test(a_plug_hands_over_its_descriptors),
		cmocka_unit_test(descriptors_that_did_not_fit_are_fetched),
		cmocka_unit_test(a_retarget_answers_the_port_as_it_is_now),
		cmocka_unit_test(descriptors_that_were_not_taken_are_closed),
		cmocka_unit_test(a_plug_without_room_for_descriptors_leaves_no_port),
		cmocka_unit_test(a_document_comes_as_it_was_sent),
		cmocka_unit_test(the_errors_of_vifd_come_through_with_kind_and_sentence),
		cmocka_unit_test(a_vifd_of_another_version_is_told_so),
		cmocka_unit_test(text_that_is_not_utf8_is_refused_before_it_is_sent),
		cmocka_unit_test(no_vifd_is_told_with_the_sockets_path),
		cmocka_unit_test(the_folder_of_the_environment_is_the_default),
		cmocka_unit_test(a_path_that_no_socket_can_have_is_refused),
		cmocka_unit_test(a_listener_that_hangs_up_at_once_is_no_vifd),
		cmocka_unit_test(a_vifd_that_dies_in_a_call_is_told_so_and_so_is_every_later_call),
		cmocka_unit_test(events_around_a_call_are_kept_in_order),
		cmocka_unit_test(the_last_events_outlive_the_connection),
		cmocka_unit_test(events_that_were_not_taken_are_freed),
	};

	/* What was inherited would be in the way of counting descriptors. */
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	return cmocka_run_group_tests_name("lib", tests, NULL, NULL);
}
