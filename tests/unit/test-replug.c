/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The replacement of a NIC against a made-up QEMU: one that knows whether it
 * has the NIC and its netdev, answers as QEMU does, and keeps a transcript of
 * what it was asked ("+fd" where a descriptor came along). It can be told to
 * refuse a command, to die of one, or to have a guest that does not react.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

#include "qmp-server.h"
#include "util/parse.h"
#include "util/text.h"
#include "vmm/link.h"
#include "vmm/replug.h"

struct qemu {
	struct server server;
	bool has_nic, has_port, has_netdev;
	bool has_no_addr; /* it is not PCI */
	bool guest_is_deaf;
	bool guest_boots;    /* no driver has the NIC */
	const char *refuses; /* a command */
	const char *words;   /* with which it refuses */
	const char *dies_of; /* a command */
	const char *holds;   /* a command that is left unanswered */
	json_int_t held_id;
	char transcript[1 << 14];
};

struct scene {
	struct qemu qemu;
	struct qmp *qmp;
	int fds[2], vhost_fds[2];
	struct vmm_nic nic;
	struct replug_request request;
	struct replug *replug;
	char told[1 << 10]; /* the result, as text */
};

static int scene_setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	server_open(&s->qemu.server);
	s->qemu.has_nic = s->qemu.has_netdev = true;
	for (unsigned i = 0; i < 2; i++) {
		s->fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		s->vhost_fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	}
	s->nic = (struct vmm_nic){
		.name = "vif0",
		.ifname = "vif0",
		.mac = "52:54:00:00:00:01",
		.model = "virtio",
		.alias = "net0",
		.direct = true,
		.fds = s->fds,
		.n_fds = 1,
	};
	s->request = (struct replug_request){ .nic = &s->nic, .must_exist = true };
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	replug_free(s->replug);
	qmp_close(s->qmp);
	server_close(&s->qemu.server);
	for (unsigned i = 0; i < 2; i++) {
		close(s->fds[i]);
		close(s->vhost_fds[i]);
	}
	free(s);
	return 0;
}

/* --- QEMU --- */

static void say(struct qemu *q, const char *text)
{
	AUTO_FREE char *line = NULL;

	assert_true(asprintf(&line, "%s\r\n", text) > 0);
	server_say(&q->server, line);
}

static void say_deleted(struct qemu *q)
{
	q->has_nic = false;
	/* Its inner device goes first. */
	say(q, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": "
	       "\"/machine/peripheral/net0/virtio-backend\"}}");
	say(q, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"net0\", \"path\": "
	       "\"/machine/peripheral/net0\"}}");
}

static void say_alive(struct qemu *q)
{
	say(q, "{\"event\": \"NIC_RX_FILTER_CHANGED\", \"data\": {\"name\": \"net0\"}}");
}

static json_t *refusal(const char *class, const char *words)
{
	return json_pack("{s:{s:s, s:s}}", "error", "class", class, "desc", words);
}

static json_t *peripherals(const struct qemu *q)
{
	json_t *list = json_pack("[{s:s, s:s}]", "name", "type", "type", "string");

	if (q->has_nic)
		json_array_append_new(list, json_pack("{s:s}", "name", "net0"));
	if (q->has_port)
		json_array_append_new(list, json_pack("{s:s}", "name", "net0-port"));
	return json_pack("{s:o}", "return", list);
}

static json_t *property(const struct qemu *q, const json_t *arguments)
{
	if (streq(json_string_value(json_object_get(arguments, "property")), "addr"))
		return q->has_no_addr ? refusal("GenericError", "Property not found")
				      : json_pack("{s:i}", "return", 7 * 8 + 1);
	return json_pack("{s:s}", "return", "/machine/i440fx/pci.0");
}

/* Takes one thing away or adds it; what is not as it must be is refused as QEMU does. */
static json_t *change(bool *has, bool add)
{
	if (*has == add)
		return add ? refusal("GenericError", "Duplicate ID 'x'")
			   : refusal("DeviceNotFound", "Device 'x' not found");
	*has = add;
	return json_pack("{s:{}}", "return");
}

static json_t *answer(struct qemu *q, const char *name, const json_t *arguments)
{
	if (streq(name, q->refuses))
		return refusal("GenericError", q->words);
	if (streq(name, "qom-list"))
		return peripherals(q);
	if (streq(name, "qom-get"))
		return property(q, arguments);
	if (streq(name, "query-rx-filter"))
		return json_pack("{s:[{s:s}]}", "return", "vlan",
				 q->guest_boots ? "all" : "normal");
	if (streq(name, "netdev_del"))
		return change(&q->has_netdev, false);
	if (streq(name, "netdev_add"))
		return change(&q->has_netdev, true);
	if (streq(name, "device_add"))
		return change(&q->has_nic, true);
	if (streq(name, "device_del") && !q->has_nic)
		return refusal("DeviceNotFound", "Device 'net0' not found");
	return json_pack("{s:{}}", "return");
}

static void transcribe(struct qemu *q, const char *name, const json_t *arguments)
{
	AUTO_FREE char *text = json_dumps(arguments, JSON_COMPACT);
	size_t n = strlen(q->transcript);

	snprintf(q->transcript + n, sizeof(q->transcript) - n, "%s %s%s\n", name, text,
		 q->server.received >= 0 ? " +fd" : "");
	closep(&q->server.received);
	q->server.received = -1;
}

static void say_answer(struct qemu *q, json_t *message, json_int_t id)
{
	AUTO_FREE char *text = NULL;

	json_object_set_new(message, "id", json_integer(id));
	text = json_dumps(message, JSON_COMPACT);
	say(q, text);
	json_decref(message);
}

/* One command; false when it was not answered. */
static bool work(struct qemu *q, const json_t *message)
{
	const char *name = json_string_value(json_object_get(message, "execute"));
	const json_t *arguments = json_object_get(message, "arguments");
	json_int_t id = json_integer_value(json_object_get(message, "id"));
	json_t *said;

	if (!streq(name, "qmp_capabilities"))
		transcribe(q, name, arguments);
	if (streq(name, q->dies_of)) {
		server_hang_up(&q->server);
		return false;
	}
	said = answer(q, name, arguments);
	if (streq(name, q->holds)) {
		q->held_id = id;
		json_decref(said);
		return false;
	}
	say_answer(q, said, id);
	if (streq(name, "device_del") && q->has_nic && !q->guest_is_deaf &&
	    !streq(q->refuses, name))
		say_deleted(q);
	return true;
}

/* --- both --- */

static void qemu_accept(struct scene *s)
{
	assert_int_equal(qmp_connect(s->qemu.server.path, &s->qmp, NULL), 0);
	server_accept(&s->qemu.server);
	server_say(&s->qemu.server, QMP_GREETING);
}

/* Until both have nothing more to say. */
static void run(struct scene *s)
{
	struct qemu *q = &s->qemu;
	bool more = true;

	while (more) {
		struct pollfd poller = { .fd = qmp_fd(s->qmp), .events = POLLIN };
		json_auto_t *message = NULL;

		more = qmp_dispatch(s->qmp, NULL) == 0 && poll(&poller, 1, 0) > 0;
		if (q->server.fd < 0)
			continue;
		server_hear(&q->server);
		message = json_loads(q->server.heard, 0, NULL);
		if (message && work(q, message))
			more = true;
	}
	/* The last word is the client's to hear. */
	(void)qmp_dispatch(s->qmp, NULL);
}

static void on_done(void *userdata, const struct replug_result *result)
{
	struct scene *s = userdata;
	size_t n = strlen(s->told);

	snprintf(s->told + n, sizeof(s->told) - n, "%s %s/%s%s%s", replug_guest_name(result->guest),
		 result->bus ?: "-", result->addr ?: "-", result->error ? ": " : "",
		 result->error ? error_text(result->error) : "");
}

static void start(struct scene *s)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, replug_start(s->qmp, &s->request, on_done, s, &s->replug, &err));
}

static void replug(struct scene *s)
{
	qemu_accept(s);
	start(s);
	run(s);
}

/* "PATH" in the wanted text stands for the socket's path. */
static void expect_told(struct scene *s, const char *pattern)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *wanted = NULL;
	const char *at;

	while ((at = strstr(pattern, "PATH"))) {
		text_add(&text, "%.*s%s", (int)(at - pattern), pattern, s->qemu.server.path);
		pattern = at + strlen("PATH");
	}
	text_add(&text, "%s", pattern);
	assert_int_equal(text_take(&text, &wanted), 0);
	assert_string_equal(s->told, wanted);
	s->told[0] = '\0';
}

static void expect_asked(struct scene *s, const char *wanted)
{
	assert_string_equal(s->qemu.transcript, wanted);
	s->qemu.transcript[0] = '\0';
}

#define FIND                                                                            \
	"qom-list {\"path\":\"/machine/peripheral\"}\n"                                 \
	"qom-get {\"path\":\"/machine/peripheral/net0\",\"property\":\"parent_bus\"}\n" \
	"qom-get {\"path\":\"/machine/peripheral/net0\",\"property\":\"addr\"}\n"
#define GIVE "getfd {\"fdname\":\"vif-net0-0\"} +fd\n"
#define UNPLUG "query-rx-filter {\"name\":\"net0\"}\ndevice_del {\"id\":\"net0\"}\n"
#define NETDEV                               \
	"netdev_del {\"id\":\"hostnet0\"}\n" \
	"netdev_add {\"type\":\"tap\",\"id\":\"hostnet0\",\"fd\":\"vif-net0-0\"}\n"
#define DEVICE                                                                               \
	"device_add {\"driver\":\"virtio-net-pci\",\"netdev\":\"hostnet0\",\"id\":\"net0\"," \
	"\"mac\":\"52:54:00:00:00:01\""

/* --- the claims --- */

static void a_nic_is_replaced_where_it_was(void **state)
{
	struct scene *s = *state;

	replug(s);
	expect_told(s, "new pci.0/07.1");
	expect_asked(s, FIND GIVE UNPLUG NETDEV DEVICE ",\"bus\":\"pci.0\",\"addr\":\"07.1\"}\n");
	assert_true(s->qemu.has_nic && s->qemu.has_netdev);
	replug_free(take_ptr(s->replug));
	assert_true(qmp_is_idle(s->qmp));
}

static void queues_and_vhost_have_a_descriptor_each(void **state)
{
	struct scene *s = *state;

	s->nic.n_fds = s->nic.n_vhost_fds = 2;
	s->nic.vhost_fds = s->vhost_fds;
	s->nic.mtu = 9000;
	s->request.link_down = true;
	replug(s);
	expect_told(s, "new pci.0/07.1");
	expect_asked(s, FIND "getfd {\"fdname\":\"vif-net0-0\"} +fd\n"
			     "getfd {\"fdname\":\"vif-net0-1\"} +fd\n"
			     "getfd {\"fdname\":\"vif-net0-vhost0\"} +fd\n"
			     "getfd {\"fdname\":\"vif-net0-vhost1\"} +fd\n" UNPLUG
			     "netdev_del {\"id\":\"hostnet0\"}\n"
			     "netdev_add {\"type\":\"tap\",\"id\":\"hostnet0\","
			     "\"fds\":\"vif-net0-0:vif-net0-1\",\"vhost\":true,"
			     "\"vhostfds\":\"vif-net0-vhost0:vif-net0-vhost1\"}\n" DEVICE
			     ",\"mq\":true,\"vectors\":6,\"host_mtu\":9000,"
			     "\"bus\":\"pci.0\",\"addr\":\"07.1\"}\n"
			     "set_link {\"name\":\"net0\",\"up\":false}\n");
}

static void a_nic_that_was_never_there_is_plugged(void **state)
{
	struct scene *s = *state;

	s->qemu.has_nic = s->qemu.has_netdev = s->request.must_exist = false;
	replug(s);
	expect_told(s, "new -/-");
	expect_asked(s, "qom-list {\"path\":\"/machine/peripheral\"}\n" GIVE NETDEV DEVICE "}\n");
}

static void a_nic_is_plugged_into_the_port_that_was_kept_for_it(void **state)
{
	struct scene *s = *state;

	s->qemu.has_nic = s->request.must_exist = false;
	s->qemu.has_port = true;
	replug(s);
	expect_told(s, "new net0-port/-");
	expect_asked(s, "qom-list {\"path\":\"/machine/peripheral\"}\n" GIVE NETDEV DEVICE
			",\"bus\":\"net0-port\"}\n");
}

static void a_nic_that_has_gone_meanwhile_comes_back_where_it_was(void **state)
{
	struct scene *s = *state;

	s->qemu.has_nic = s->request.must_exist = false;
	s->qemu.has_port = true;
	s->request.bus = "rp3";
	s->request.addr = "00.0";
	replug(s);
	expect_told(s, "new rp3/00.0");
	expect_asked(s, "qom-list {\"path\":\"/machine/peripheral\"}\n" GIVE NETDEV DEVICE
			",\"bus\":\"rp3\",\"addr\":\"00.0\"}\n");
}

static void a_place_that_cannot_be_found_is_left_to_qemu(void **state)
{
	struct scene *s = *state;

	s->qemu.refuses = "qom-get";
	s->qemu.words = "no";
	replug(s);
	expect_told(s, "new -/-");
	expect_asked(s, FIND GIVE UNPLUG NETDEV DEVICE "}\n");
}

static void the_place_that_it_has_counts_more_than_the_one_remembered(void **state)
{
	struct scene *s = *state;

	s->request.bus = "rp3";
	s->request.addr = "00.0";
	s->qemu.has_no_addr = true;
	replug(s);
	expect_told(s, "new pci.0/-");
}

static void a_guest_without_the_nic_gets_no_second_one(void **state)
{
	struct scene *s = *state;

	s->qemu.has_nic = false;
	replug(s);
	expect_told(s, "unsure -/-: cannot replace NIC net0: QEMU at PATH has no device net0");
	expect_asked(s, "qom-list {\"path\":\"/machine/peripheral\"}\n");
}

/* What a broken attempt has left is not in the way of the next. */
static void a_netdev_that_was_left_is_replaced(void **state)
{
	struct scene *s = *state;

	s->qemu.has_nic = s->request.must_exist = false;
	replug(s);
	expect_told(s, "new -/-");
}

static void each_refusal_says_what_the_guest_has(void **state)
{
	static const struct {
		const char *command, *told, *undone;
	} cases[] = {
		{ "qom-list", "unsure -/-", "" },
		{ "getfd", "old pci.0/07.1", "closefd {\"fdname\":\"vif-net0-0\"}\n" },
		{ "device_del", "old pci.0/07.1", "closefd {\"fdname\":\"vif-net0-0\"}\n" },
		{ "netdev_add", "none pci.0/07.1",
		  "closefd {\"fdname\":\"vif-net0-0\"}\nnetdev_del {\"id\":\"hostnet0\"}\n" },
		{ "device_add", "none pci.0/07.1", "netdev_del {\"id\":\"hostnet0\"}\n" },
		{ "set_link", "new pci.0/07.1", "" },
	};
	struct scene *s = *state;

	s->request.link_down = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *wanted = NULL;
		const char *after;

		s->qemu.has_nic = s->qemu.has_netdev = true;
		s->qemu.refuses = cases[i].command;
		s->qemu.words = "it does not like to";
		replug(s);
		assert_true(asprintf(&wanted,
				     "%s: cannot replace NIC net0: QEMU at PATH refuses %s: it "
				     "does not like to",
				     cases[i].told, cases[i].command) > 0);
		expect_told(s, wanted);
		after = strchr(strstr(s->qemu.transcript, cases[i].command), '\n') + 1;
		assert_string_equal(after, cases[i].undone);
		assert_true(qmp_is_idle(s->qmp));
		/* A netdev without a NIC would be in the way of nobody, but it is not left. */
		assert_true(s->qemu.has_netdev == s->qemu.has_nic);
		s->qemu.transcript[0] = '\0';
		replug_free(take_ptr(s->replug));
		qmp_close(take_ptr(s->qmp));
		server_hang_up(&s->qemu.server);
	}
}

static void whenever_qemu_dies_it_is_said_what_the_guest_had(void **state)
{
	static const char *const cases[][2] = {
		{ "qom-list", "unsure" },     { "qom-get", "old" },       { "getfd", "old" },
		{ "query-rx-filter", "old" }, { "device_del", "unsure" }, { "netdev_del", "none" },
		{ "netdev_add", "none" },     { "device_add", "unsure" }, { "set_link", "new" },
	};
	struct scene *s = *state;

	s->request.link_down = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *wanted = NULL;
		bool known = i >= 2;

		s->qemu.has_nic = s->qemu.has_netdev = true;
		s->qemu.dies_of = cases[i][0];
		replug(s);
		assert_true(asprintf(&wanted,
				     "%s %s: cannot replace NIC net0: QEMU at PATH has closed the "
				     "connection and not answered %s",
				     cases[i][1], known ? "pci.0/07.1" : "-/-", cases[i][0]) > 0);
		expect_told(s, wanted);
		assert_false(replug_waits_for_guest(s->replug));
		replug_free(take_ptr(s->replug));
		qmp_close(take_ptr(s->qmp));
	}
}

static void a_qemu_that_dies_while_the_guest_is_waited_for_is_told(void **state)
{
	struct scene *s = *state;

	s->qemu.guest_is_deaf = true;
	replug(s);
	assert_true(replug_waits_for_guest(s->replug));
	expect_told(s, "");
	server_hang_up(&s->qemu.server);
	run(s);
	assert_false(replug_waits_for_guest(s->replug));
	expect_told(s, "unsure pci.0/07.1: cannot replace NIC net0: QEMU at PATH has closed the "
		       "connection");
}

/* It forgets what it was asked before its kernel ran. */
static void a_booting_guest_is_asked_again_when_it_shows_life(void **state)
{
	struct scene *s = *state;

	s->qemu.guest_is_deaf = s->qemu.guest_boots = true;
	replug(s);
	expect_asked(s, FIND GIVE UNPLUG);
	say_alive(&s->qemu);
	run(s);
	expect_asked(s, UNPLUG);
	assert_true(replug_waits_for_guest(s->replug));
	s->qemu.guest_is_deaf = s->qemu.guest_boots = false;
	say_alive(&s->qemu);
	run(s);
	expect_told(s, "new pci.0/07.1");
	expect_asked(s, UNPLUG NETDEV DEVICE ",\"bus\":\"pci.0\",\"addr\":\"07.1\"}\n");
}

/* The second question could be taken for one about the new NIC. */
static void a_guest_that_hears_is_asked_once(void **state)
{
	struct scene *s = *state;

	s->qemu.guest_is_deaf = true;
	replug(s);
	say_alive(&s->qemu);
	run(s);
	assert_true(replug_waits_for_guest(s->replug));
	expect_asked(s, FIND GIVE UNPLUG);
}

static void a_sign_of_life_between_question_and_answer_counts(void **state)
{
	struct scene *s = *state;

	s->qemu.guest_is_deaf = s->qemu.guest_boots = true;
	s->qemu.holds = "device_del";
	replug(s);
	say_alive(&s->qemu);
	run(s);
	expect_asked(s, FIND GIVE UNPLUG);
	s->qemu.holds = NULL;
	s->qemu.guest_is_deaf = false;
	say_answer(&s->qemu, json_pack("{s:{}}", "return"), s->qemu.held_id);
	run(s);
	expect_told(s, "new pci.0/07.1");
	expect_asked(s, UNPLUG NETDEV DEVICE ",\"bus\":\"pci.0\",\"addr\":\"07.1\"}\n");
}

static void a_repeated_question_that_is_refused_changes_nothing(void **state)
{
	struct scene *s = *state;

	s->qemu.guest_is_deaf = s->qemu.guest_boots = true;
	replug(s);
	s->qemu.refuses = "device_del";
	s->qemu.words = "whatever";
	say_alive(&s->qemu);
	run(s);
	assert_true(replug_waits_for_guest(s->replug));
	expect_told(s, "");
	say_deleted(&s->qemu);
	run(s);
	expect_told(s, "new pci.0/07.1");
}

static void an_unplug_that_is_under_way_is_joined(void **state)
{
	static const char *const words[] = {
		"Device net0 is already in the process of unplug",
		"Hot-unplug failed: guest is busy (power indicator blinking)",
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		s->qemu.refuses = "device_del";
		s->qemu.words = words[i];
		replug(s);
		assert_true(replug_waits_for_guest(s->replug));
		say_deleted(&s->qemu);
		run(s);
		expect_told(s, "new pci.0/07.1");
		replug_free(take_ptr(s->replug));
		qmp_close(take_ptr(s->qmp));
		server_hang_up(&s->qemu.server);
	}
}

static void a_nic_that_goes_before_it_is_asked_to_is_gone(void **state)
{
	struct scene *s = *state;

	s->qemu.holds = "getfd";
	replug(s);
	s->qemu.holds = NULL;
	say_deleted(&s->qemu);
	say_answer(&s->qemu, json_pack("{s:{}}", "return"), s->qemu.held_id);
	run(s);
	expect_told(s, "new pci.0/07.1");
	expect_asked(s, FIND GIVE NETDEV DEVICE ",\"bus\":\"pci.0\",\"addr\":\"07.1\"}\n");
}

static void the_end_of_other_devices_is_not_its_own(void **state)
{
	struct scene *s = *state;

	s->qemu.guest_is_deaf = true;
	replug(s);
	say(&s->qemu, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"net1\"}}");
	say(&s->qemu, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": \"net0\"}}");
	say(&s->qemu, "{\"event\": \"DEVICE_DELETED\"}");
	say(&s->qemu, "{\"event\": \"NIC_RX_FILTER_CHANGED\", \"data\": {\"name\": \"net1\"}}");
	run(s);
	assert_true(replug_waits_for_guest(s->replug));
	expect_asked(s, FIND GIVE UNPLUG);
}

static void a_guest_may_refuse(void **state)
{
	struct scene *s = *state;

	s->qemu.guest_is_deaf = true;
	replug(s);
	say(&s->qemu, "{\"event\": \"DEVICE_UNPLUG_GUEST_ERROR\", \"data\": {\"device\": "
		      "\"net0\", \"path\": \"/machine/peripheral/net0\"}}");
	run(s);
	expect_told(s, "old pci.0/07.1: cannot replace NIC net0: the guest refuses to let it go");
	expect_asked(s, FIND GIVE UNPLUG "closefd {\"fdname\":\"vif-net0-0\"}\n");
}

/* A guest that never stops to set its filter is not to keep vifd busy. */
static void a_guest_is_not_asked_for_ever(void **state)
{
	struct scene *s = *state;
	size_t asked = 0;

	s->qemu.guest_is_deaf = s->qemu.guest_boots = true;
	replug(s);
	for (unsigned i = 0; i < 200; i++) {
		asked += strstr(s->qemu.transcript, "device_del") != NULL;
		s->qemu.transcript[0] = '\0';
		say_alive(&s->qemu);
		run(s);
	}
	assert_int_equal(asked, 64);
	say_deleted(&s->qemu);
	run(s);
	expect_told(s, "new pci.0/07.1");
}

static void a_nic_that_goes_after_the_waiting_ended_is_plugged_by_the_next_attempt(void **state)
{
	struct scene *s = *state;

	s->qemu.guest_is_deaf = true;
	replug(s);
	assert_true(replug_waits_for_guest(s->replug));
	replug_free(take_ptr(s->replug));
	run(s);
	expect_told(s, "");
	expect_asked(s, FIND GIVE UNPLUG "closefd {\"fdname\":\"vif-net0-0\"}\n");
	say_deleted(&s->qemu);
	s->request.must_exist = false;
	s->request.bus = "pci.0";
	s->request.addr = "07.1";
	start(s);
	run(s);
	expect_told(s, "new pci.0/07.1");
}

static void one_that_is_freed_says_nothing_and_leaves_nothing(void **state)
{
	static const struct {
		const char *command, *undone;
	} cases[] = {
		{ "qom-list", "" },
		{ "getfd", "closefd {\"fdname\":\"vif-net0-0\"}\n" },
		{ "device_del", "closefd {\"fdname\":\"vif-net0-0\"}\n" },
		{ "netdev_add", "closefd {\"fdname\":\"vif-net0-0\"}\nnetdev_del "
				"{\"id\":\"hostnet0\"}\n" },
		/* The netdev is not pulled from under a NIC that QEMU is about to plug. */
		{ "device_add", "" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *after;

		s->qemu.has_nic = s->qemu.has_netdev = true;
		s->qemu.holds = cases[i].command;
		replug(s);
		replug_free(take_ptr(s->replug));
		s->qemu.holds = NULL;
		say_answer(&s->qemu, json_pack("{s:{}}", "return"), s->qemu.held_id);
		run(s);
		expect_told(s, "");
		after = strchr(strstr(s->qemu.transcript, cases[i].command), '\n') + 1;
		assert_string_equal(after, cases[i].undone);
		assert_true(qmp_is_idle(s->qmp));
		s->qemu.transcript[0] = '\0';
		qmp_close(take_ptr(s->qmp));
		server_hang_up(&s->qemu.server);
	}
}

/* NICs of one guest that stand on the same host interface return together. */
static void two_nics_over_one_connection_take_turns(void **state)
{
	struct scene *s = *state;
	struct replug *other = NULL;
	struct vmm_nic nic = s->nic;
	struct replug_request request = { .nic = &nic };

	nic.alias = "net1";
	nic.fds = &s->fds[1];
	s->qemu.guest_is_deaf = true;
	qemu_accept(s);
	start(s);
	assert_int_equal(replug_start(s->qmp, &request, on_done, s, &other, NULL), 0);
	run(s);
	expect_asked(s, FIND GIVE UNPLUG);
	assert_true(replug_waits_for_guest(s->replug));
	assert_false(replug_waits_for_guest(other));
	s->qemu.refuses = "netdev_add";
	s->qemu.words = "no";
	say_deleted(&s->qemu);
	run(s);
	expect_told(s, "none pci.0/07.1: cannot replace NIC net0: QEMU at PATH refuses "
		       "netdev_add: no"
		       "none -/-: cannot plug NIC net1: QEMU at PATH refuses netdev_add: no");
	/* What the first has left is dropped before the second begins. */
	assert_non_null(strstr(s->qemu.transcript, "netdev_del {\"id\":\"hostnet0\"}\n"
						   "qom-list"));
	replug_free(other);
	replug_free(take_ptr(s->replug));
	assert_true(qmp_is_idle(s->qmp));
}

/* Also when the first is stopped, and not when the connection has failed. */
static void the_turn_passes_on(void **state)
{
	struct scene *s = *state;
	struct replug *others[2];

	s->qemu.guest_is_deaf = true;
	qemu_accept(s);
	start(s);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(replug_start(s->qmp, &s->request, on_done, s, &others[i], NULL),
				 0);
	run(s);
	expect_asked(s, FIND GIVE UNPLUG);
	replug_free(others[0]);
	replug_free(take_ptr(s->replug));
	run(s);
	expect_asked(s, "closefd {\"fdname\":\"vif-net0-0\"}\n" FIND GIVE UNPLUG);
	start(s);
	server_hang_up(&s->qemu.server);
	run(s);
	expect_told(s, "unsure pci.0/07.1: cannot replace NIC net0: QEMU at PATH has closed the "
		       "connectionunsure -/-: cannot replace NIC net0: QEMU at PATH has closed "
		       "the connection");
	replug_free(others[1]);
}

static void free_all(void *userdata, const struct replug_result *result)
{
	struct scene *s = userdata;

	on_done(s, result);
	replug_free(take_ptr(s->replug));
	qmp_close(take_ptr(s->qmp));
}

static void done_may_free_the_replug_and_the_connection(void **state)
{
	static const char *const deaths[] = { NULL, "device_add", "getfd" };
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(deaths); i++) {
		s->qemu.has_nic = s->qemu.has_netdev = true;
		s->qemu.dies_of = deaths[i];
		qemu_accept(s);
		assert_int_equal(replug_start(s->qmp, &s->request, free_all, s, &s->replug, NULL),
				 0);
		for (unsigned turns = 0; turns < 100 && s->qmp; turns++) {
			json_auto_t *message = NULL;

			assert_int_equal(qmp_dispatch(s->qmp, NULL), 0);
			if (s->qemu.server.fd < 0)
				continue;
			server_hear(&s->qemu.server);
			message = json_loads(s->qemu.server.heard, 0, NULL);
			if (message)
				(void)work(&s->qemu, message);
		}
		assert_null(s->replug);
		assert_int_not_equal(s->told[0], '\0');
		s->told[0] = '\0';
		server_hang_up(&s->qemu.server);
	}
}

static void what_cannot_be_begun_is_refused_at_once(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct scene *s = *state;

	qemu_accept(s);
	s->nic.n_fds = 0;
	assert_error(&err, replug_start(s->qmp, &s->request, on_done, s, &s->replug, &err),
		     ERROR_SYSTEM,
		     "vif0 has 0 file descriptors and 0 of vhost-net: no VMM can use that");
	s->nic.n_fds = 1;
	s->nic.alias = "0";
	assert_int_equal(replug_start(s->qmp, &s->request, on_done, s, &s->replug, NULL), -EINVAL);
	s->nic.alias = NULL;
	server_hang_up(&s->qemu.server);
	run(s);
	assert_int_equal(replug_start(s->qmp, &s->request, on_done, s, &s->replug, NULL),
			 -ECONNRESET);
	assert_null(s->replug);
	assert_true(qmp_is_idle(s->qmp));
}

static void the_carrier_is_set_in_words_that_qemu_knows(void **state)
{
	struct scene *s = *state;

	qemu_accept(s);
	assert_int_equal(vmm_link_set(s->qmp, "net0", false, NULL, NULL, NULL), 0);
	assert_int_equal(vmm_link_set(s->qmp, "net0", true, NULL, NULL, NULL), 0);
	run(s);
	expect_asked(s, "set_link {\"name\":\"net0\",\"up\":false}\n"
			"set_link {\"name\":\"net0\",\"up\":true}\n");
	assert_true(qmp_is_idle(s->qmp));
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		CLAIM(a_nic_is_replaced_where_it_was),
		CLAIM(queues_and_vhost_have_a_descriptor_each),
		CLAIM(a_nic_that_was_never_there_is_plugged),
		CLAIM(a_nic_is_plugged_into_the_port_that_was_kept_for_it),
		CLAIM(a_nic_that_has_gone_meanwhile_comes_back_where_it_was),
		CLAIM(a_place_that_cannot_be_found_is_left_to_qemu),
		CLAIM(the_place_that_it_has_counts_more_than_the_one_remembered),
		CLAIM(a_guest_without_the_nic_gets_no_second_one),
		CLAIM(a_netdev_that_was_left_is_replaced),
		CLAIM(each_refusal_says_what_the_guest_has),
		CLAIM(whenever_qemu_dies_it_is_said_what_the_guest_had),
		CLAIM(a_qemu_that_dies_while_the_guest_is_waited_for_is_told),
		CLAIM(a_booting_guest_is_asked_again_when_it_shows_life),
		CLAIM(a_guest_that_hears_is_asked_once),
		CLAIM(a_sign_of_life_between_question_and_answer_counts),
		CLAIM(a_repeated_question_that_is_refused_changes_nothing),
		CLAIM(an_unplug_that_is_under_way_is_joined),
		CLAIM(a_nic_that_goes_before_it_is_asked_to_is_gone),
		CLAIM(the_end_of_other_devices_is_not_its_own),
		CLAIM(a_guest_may_refuse),
		CLAIM(a_guest_is_not_asked_for_ever),
		CLAIM(a_nic_that_goes_after_the_waiting_ended_is_plugged_by_the_next_attempt),
		CLAIM(one_that_is_freed_says_nothing_and_leaves_nothing),
		CLAIM(two_nics_over_one_connection_take_turns),
		CLAIM(the_turn_passes_on),
		CLAIM(done_may_free_the_replug_and_the_connection),
		CLAIM(what_cannot_be_begun_is_refused_at_once),
		CLAIM(the_carrier_is_set_in_words_that_qemu_knows),
	};

	return cmocka_run_group_tests_name("replug", tests, NULL, NULL);
}
