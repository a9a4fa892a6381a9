/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NICs of a real QEMU, put into its command line and replaced over QMP.
 *
 * Most tests run a QEMU whose machine is stopped before its first instruction
 * (-S). Its guest lets no NIC go by itself; a reset of the machine makes QEMU
 * finish what the guest has not. One test boots the guest that the scenarios
 * use, where there is one.
 *
 * Which taps QEMU holds is read back from the kernel: /proc/PID/fdinfo of a tap
 * has a line "iff: NAME"; and a tap without files is gone for ip(8).
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/macvtap.h"
#include "kernel/tun.h"
#include "netns.h"
#include "util/clock.h"
#include "util/parse.h"
#include "vmm/command.h"
#include "vmm/link.h"
#include "vmm/replug.h"

#define QEMU "qemu-system-x86_64"

enum {
	PATIENCE_USEC = 20 * 1000 * 1000,
	WORDS_MAX = 32,
};

struct scene {
	char folder[32], path[64], console[64];
	pid_t qemu; /* 0: none */
	struct qmp *qmp;
	struct replug *replug;
	int fds[2];
	struct vmm_nic nic;
	bool done;
	enum replug_guest guest;
	char said[512], bus[64], addr[16];
	json_t *answer;
};

static int scene_setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	netns_setup(state);
	*state = s;
	strcpy(s->folder, "/tmp/test-replug-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->path, sizeof(s->path), "%s/qmp", s->folder);
	snprintf(s->console, sizeof(s->console), "%s/console", s->folder);
	s->fds[0] = s->fds[1] = -1;
	s->nic = (struct vmm_nic){
		.name = "vif0",
		.ifname = "vif0",
		.mac = "52:54:00:00:00:01",
		.model = "virtio",
		.direct = true,
		.fds = s->fds,
	};
	return 0;
}

static void fds_drop(struct scene *s)
{
	for (unsigned i = 0; i < 2; i++) {
		closep(&s->fds[i]);
		s->fds[i] = -1;
	}
}

static void qemu_end(struct scene *s)
{
	if (!s->qemu)
		return;
	kill(s->qemu, SIGKILL);
	waitpid(s->qemu, NULL, 0);
	s->qemu = 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	replug_free(s->replug);
	qmp_close(s->qmp);
	qemu_end(s);
	fds_drop(s);
	json_decref(s->answer);
	unlink(s->path);
	unlink(s->console);
	rmdir(s->folder);
	free(s);
	return 0;
}

/* --- QEMU --- */

static void tap_open(struct scene *s, const char *name, unsigned queues)
{
	int ifindex;

	assert_int_equal(tun_create(name, queues, true, 0, s->fds, &ifindex, NULL), 0);
	s->nic.n_fds = queues;
}

/* At blanks; '+' is a blank inside a word. */
static void words_split(char *text, char *words[static WORDS_MAX])
{
	size_t n = 0;

	for (char *word = strtok(text, " "); word && n < WORDS_MAX - 1; word = strtok(NULL, " ")) {
		for (char *c = word; *c; c++)
			*c = *c == '+' ? ' ' : *c;
		words[n++] = word;
	}
	words[n] = NULL;
}

static void __attribute__((noreturn)) qemu_become(char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(argv[0], argv);
	fprintf(stderr, "cannot run %s: %m\n", argv[0]);
	_exit(127);
}

static bool connected(struct scene *s)
{
	return s->qmp || qmp_connect(s->path, &s->qmp, NULL) == 0;
}

/* Runs it with the scene's NIC in the command line, and connects. Our descriptors are closed. */
static void qemu_start(struct scene *s, const char *options)
{
	AUTO_FREE char *command = NULL;
	AUTO(argv_freep) char **argv = NULL;
	char *words[WORDS_MAX];

	assert_true(asprintf(&command, QEMU " -nodefaults -display none %s", options) > 0);
	words_split(command, words);
	assert_int_equal(vmm_command_make(words, &s->nic, 1, s->path, &argv, NULL), 0);
	for (size_t i = 0; i < s->nic.n_fds; i++)
		assert_return_code(fcntl(s->fds[i], F_SETFD, 0), errno);
	s->qemu = fork();
	assert_return_code(s->qemu, errno);
	if (s->qemu == 0)
		qemu_become(argv);
	fds_drop(s);
	for (unsigned i = 0; i < 1000 && !connected(s); i++) {
		assert_int_equal(waitpid(s->qemu, NULL, WNOHANG), 0);
		usleep(10000);
	}
	assert_non_null(s->qmp);
}

/* One turn of a loop; at most 20 s, then the test has failed. */
static int turn(struct scene *s)
{
	struct pollfd poller = { qmp_fd(s->qmp), qmp_events(s->qmp), 0 };

	assert_int_equal(poll(&poller, 1, PATIENCE_USEC / 1000), 1);
	return qmp_dispatch(s->qmp, NULL);
}

static void on_answer(void *userdata, const json_t *value, const struct error *error)
{
	struct scene *s = userdata;

	s->answer = error ? json_pack("{s:s}", "error", error_text(error))
			  : json_pack("{s:O}", "return", value);
}

/* What QEMU returns; NULL where it refuses. Until the next question. */
static const json_t *ask(struct scene *s, const char *name, json_t *arguments)
{
	json_decref(take_ptr(s->answer));
	assert_int_equal(qmp_execute(s->qmp, name, arguments, -1, on_answer, s, NULL), 0);
	while (!s->answer)
		assert_int_equal(turn(s), 0);
	return json_object_get(s->answer, "return");
}

static const json_t *property(struct scene *s, const char *name)
{
	return ask(s, "qom-get",
		   json_pack("{s:s, s:s}", "path", "/machine/peripheral/vif0", "property", name));
}

static bool line_names_tap(const char *line, const char *name)
{
	char found[64];

	return sscanf(line, "iff: %63s", found) == 1 && !strcmp(found, name);
}

static unsigned file_count(const char *path, const char *name)
{
	AUTO_FCLOSE FILE *file = fopen(path, "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (line_names_tap(line, name))
			return 1;
	return 0;
}

/* How many files of that tap QEMU has open. */
static unsigned taps_held(const struct scene *s, const char *name)
{
	AUTO_FREE char *folder = NULL;
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir;

	assert_true(asprintf(&folder, "/proc/%d/fdinfo", (int)s->qemu) > 0);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		AUTO_FREE char *path = NULL;

		assert_true(asprintf(&path, "%s/%s", folder, entry->d_name) > 0);
		n += file_count(path, name);
	}
	closedir(dir);
	return n;
}

/* --- the replacement --- */

static void on_done(void *userdata, const struct replug_result *result)
{
	struct scene *s = userdata;

	s->done = true;
	s->guest = result->guest;
	snprintf(s->said, sizeof(s->said), "%s", result->error ? error_text(result->error) : "");
	snprintf(s->bus, sizeof(s->bus), "%s", result->bus ?: "");
	snprintf(s->addr, sizeof(s->addr), "%s", result->addr ?: "");
}

/* Until it is done, or waits for the guest. */
static void replug(struct scene *s, bool must_exist)
{
	struct replug_request request = { .nic = &s->nic, .must_exist = must_exist };

	s->done = false;
	assert_int_equal(replug_start(s->qmp, &request, on_done, s, &s->replug, NULL), 0);
	while (!s->done && !replug_waits_for_guest(s->replug))
		assert_int_equal(turn(s), 0);
	fds_drop(s);
}

static void wait_done(struct scene *s)
{
	while (!s->done)
		assert_int_equal(turn(s), 0);
	replug_free(take_ptr(s->replug));
	while (!qmp_is_idle(s->qmp))
		assert_int_equal(turn(s), 0);
}

static void expect_done(struct scene *s, enum replug_guest guest, const char *said)
{
	wait_done(s);
	assert_string_equal(s->said, said);
	assert_string_equal(replug_guest_name(s->guest), replug_guest_name(guest));
}

/* "PATH" in the wanted text stands for the socket's path. */
static void expect_refused(struct scene *s, enum replug_guest guest, const char *pattern)
{
	const char *at = strstr(pattern, "PATH");
	AUTO_FREE char *wanted = NULL;

	assert_true(asprintf(&wanted, "%.*s%s%s", (int)(at - pattern), pattern, s->path,
			     at + strlen("PATH")) > 0);
	expect_done(s, guest, wanted);
}

/* --- the claims --- */

static void a_nic_moves_to_another_tap_in_its_place(void **state)
{
	struct scene *s = *state;

	tap_open(s, "t0", 2);
	s->nic.mtu = 4000;
	qemu_start(s, "-S -M pc");
	assert_int_equal(taps_held(s, "t0"), 2);
	tap_open(s, "t1", 2);
	replug(s, true);
	assert_true(replug_waits_for_guest(s->replug));
	assert_int_equal(taps_held(s, "t0"), 2);
	assert_non_null(ask(s, "system_reset", json_object()));
	expect_done(s, REPLUG_GUEST_NEW, "");
	assert_string_equal(s->bus, "pci.0");
	assert_string_equal(s->addr, "02.0");
	assert_int_equal(taps_held(s, "t0"), 0);
	assert_int_equal(taps_held(s, "t1"), 2);
	assert_false(shell_try("ip link show t0"));
	assert_int_equal(json_integer_value(property(s, "addr")), 2 << 3);
	assert_true(json_is_true(property(s, "mq")));
	assert_int_equal(json_integer_value(property(s, "vectors")), 6);
	assert_int_equal(json_integer_value(property(s, "host_mtu")), 4000);
	assert_string_equal(json_string_value(property(s, "mac")), "52:54:00:00:00:01");
	assert_string_equal(json_string_value(property(s, "netdev")), "hostvif0");
}

static void a_waiting_nic_is_plugged_into_its_root_port(void **state)
{
	struct scene *s = *state;

	qemu_start(s, "-S -M q35");
	tap_open(s, "t0", 1);
	replug(s, false);
	expect_done(s, REPLUG_GUEST_NEW, "");
	assert_string_equal(s->bus, "vif0-port");
	assert_int_equal(taps_held(s, "t0"), 1);
	assert_string_equal(json_string_value(property(s, "parent_bus")),
			    "/machine/peripheral/vif0-port/vif0-port");
}

static void a_nic_of_q35_is_replaced_in_its_root_port(void **state)
{
	struct scene *s = *state;

	tap_open(s, "t0", 1);
	qemu_start(s, "-S -M pc-q35-7.2,accel=tcg");
	tap_open(s, "t1", 1);
	replug(s, true);
	assert_non_null(ask(s, "system_reset", json_object()));
	expect_done(s, REPLUG_GUEST_NEW, "");
	assert_string_equal(s->bus, "vif0-port");
	assert_string_equal(s->addr, "00.0");
	assert_int_equal(taps_held(s, "t1"), 1);
}

/* That the command line is told of is what keeps a NIC replaceable. */
static void a_nic_on_pcie_0_stays_as_it_is(void **state)
{
	struct scene *s = *state;

	tap_open(s, "t0", 1);
	s->nic.direct = false;
	qemu_start(s, "-S -M q35");
	tap_open(s, "t1", 1);
	replug(s, true);
	expect_refused(s, REPLUG_GUEST_OLD,
		       "cannot replace NIC vif0: QEMU at PATH refuses device_del: Bus 'pcie.0' "
		       "does not support hotplugging");
	assert_int_equal(taps_held(s, "t0"), 1);
	/* It was given, and given back. */
	assert_int_equal(taps_held(s, "t1"), 0);
	assert_false(shell_try("ip link show t1"));
}

static void a_tap_that_qemu_cannot_use_leaves_nothing_behind(void **state)
{
	struct scene *s = *state;

	qemu_start(s, "-S -M q35");
	s->fds[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
	s->nic.n_fds = 1;
	replug(s, false);
	wait_done(s);
	assert_int_equal(s->guest, REPLUG_GUEST_NONE);
	assert_non_null(strstr(s->said, "cannot plug NIC vif0: QEMU at "));
	assert_non_null(strstr(s->said, " refuses netdev_add: "));
	tap_open(s, "t0", 1);
	replug(s, false);
	expect_done(s, REPLUG_GUEST_NEW, "");
}

static void a_netdev_goes_with_the_device_that_could_not_be_added(void **state)
{
	struct scene *s = *state;

	qemu_start(s, "-S -M q35");
	tap_open(s, "t0", 1);
	s->nic.model = "virtio,no-such-device";
	replug(s, false);
	wait_done(s);
	assert_int_equal(s->guest, REPLUG_GUEST_NONE);
	assert_non_null(strstr(s->said, " refuses device_add: "));
	assert_int_equal(taps_held(s, "t0"), 0);
	assert_false(shell_try("ip link show t0"));
}

static void an_attempt_goes_on_from_what_a_broken_one_has_left(void **state)
{
	struct scene *s = *state;

	tap_open(s, "t0", 1);
	qemu_start(s, "-S -M pc");
	tap_open(s, "t1", 1);
	replug(s, true);
	/* The one who asked is killed: nothing is cleaned up. */
	replug_free(take_ptr(s->replug));
	qmp_close(take_ptr(s->qmp));
	assert_int_equal(taps_held(s, "t1"), 1);
	assert_true(connected(s));
	tap_open(s, "t2", 1);
	replug(s, true);
	assert_true(replug_waits_for_guest(s->replug));
	assert_non_null(ask(s, "system_reset", json_object()));
	expect_done(s, REPLUG_GUEST_NEW, "");
	assert_int_equal(taps_held(s, "t0"), 0);
	assert_int_equal(taps_held(s, "t1"), 0);
	assert_int_equal(taps_held(s, "t2"), 1);
}

static void macvtap_open_on(struct scene *s, const char *nic)
{
	struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	json_auto_t *link = NULL;

	shell("ip link set %s up", nic);
	shell("ip link add link %s name mv0 address %s type macvtap mode bridge", nic, s->nic.mac);
	shell("ip link set mv0 up");
	link = ip_link("mv0");
	assert_int_equal(macvtap_folders_open(&folders, NULL, NULL), 0);
	assert_int_equal(macvtap_open(&folders, (int)json_integer_value(ip_get(link, "ifindex")),
				      "mv0", 1, true, s->fds, NULL),
			 0);
	macvtap_folders_close(&folders);
	s->nic.n_fds = 1;
}

/* A socket that hears the announcements that pass on the wire. */
static int wire_listen(void)
{
	struct timeval patience = { .tv_sec = PATIENCE_USEC / 1000000 };
	int fd;

	netns_enter_wire();
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_RARP));
	netns_enter_host();
	assert_return_code(fd, errno);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	return fd;
}

/* What direct ports do when their host interface has come back. */
static void what_is_sent_leaves_by_the_macvtap_that_was_handed_over(void **state)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct scene *s = *state;
	AUTO_CLOSE int wire = -1;
	struct ethhdr frame[8];

	qemu_start(s, "-S -M q35");
	netns_nic("eth1", 0);
	wire = wire_listen();
	macvtap_open_on(s, "eth1");
	replug(s, false);
	expect_done(s, REPLUG_GUEST_NEW, "");
	/* A machine that stands still sends nothing. */
	assert_non_null(ask(s, "cont", json_object()));
	assert_non_null(ask(s, "announce-self",
			    json_pack("{s:i, s:i, s:i, s:i, s:[s]}", "initial", 50, "max", 550,
				      "rounds", 5, "step", 100, "interfaces", "vif0")));
	assert_true(recv(wire, frame, sizeof(frame), 0) >= (ssize_t)sizeof(frame[0]));
	assert_memory_equal(frame[0].h_source, mac, sizeof(mac));
}

static void a_second_client_waits_until_the_first_has_gone(void **state)
{
	AUTO(qmp_closep) struct qmp *second = NULL;
	struct scene *s = *state;
	struct pollfd poller;

	qemu_start(s, "-S -M pc");
	assert_non_null(ask(s, "query-status", json_object()));
	assert_int_equal(qmp_connect(s->path, &second, NULL), 0);
	poller = (struct pollfd){ qmp_fd(second), POLLIN, 0 };
	assert_int_equal(poll(&poller, 1, 200), 0);
	qmp_close(take_ptr(s->qmp));
	s->qmp = take_ptr(second);
	assert_non_null(ask(s, "query-status", json_object()));
}

static void expect_link_set(struct scene *s, const char *id, const char *said)
{
	json_decref(take_ptr(s->answer));
	assert_int_equal(vmm_link_set(s->qmp, id, false, on_answer, s, NULL), 0);
	while (!s->answer)
		assert_int_equal(turn(s), 0);
	assert_non_null(json_object_get(s->answer, said));
}

static void the_link_of_a_nic_that_is_there_can_be_set(void **state)
{
	struct scene *s = *state;

	tap_open(s, "t0", 1);
	qemu_start(s, "-S -M pc");
	expect_link_set(s, "vif0", "return");
	expect_link_set(s, "vif1", "error");
}

static void a_qemu_that_is_killed_is_told(void **state)
{
	struct scene *s = *state;

	tap_open(s, "t0", 1);
	qemu_start(s, "-S -M pc");
	tap_open(s, "t1", 1);
	replug(s, true);
	qemu_end(s);
	while (!s->done)
		(void)turn(s);
	assert_int_equal(s->guest, REPLUG_GUEST_UNSURE);
	assert_non_null(strstr(s->said, "has closed the connection"));
	assert_int_equal(qmp_dispatch(s->qmp, NULL), -ECONNRESET);
}

/* --- with a guest that runs --- */

static bool console_says(const struct scene *s, const char *text)
{
	AUTO_FCLOSE FILE *file = fopen(s->console, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, text))
			return true;
	return false;
}

static void wait_console(const struct scene *s, const char *text)
{
	uint64_t end = clock_usec() + 3 * PATIENCE_USEC;

	while (!console_says(s, text)) {
		assert_true(clock_usec() < end);
		usleep(10000);
	}
}

static void guest_start(struct scene *s, const char *machine)
{
	const char *image = getenv("VIFD_GUEST_IMAGE");
	AUTO_FREE char *kernel = NULL, *options = NULL;

	if (!image || asprintf(&kernel, "%s/kernel", image) < 0 || access(kernel, R_OK) < 0) {
		print_message("# skipped: there is no guest image (./dev setup makes it)\n");
		skip();
	}
	assert_true(asprintf(&options,
			     "-M %s,accel=tcg -m 128 -cpu max -kernel %s/kernel -initrd "
			     "%s/initramfs -serial file:%s "
			     "-append console=ttyS0+panic=-1+vifd.ip=10.9.0.11/24",
			     machine, image, image, s->console) > 0);
	tap_open(s, "t0", 1);
	shell("ip link set t0 up");
	qemu_start(s, options);
}

static bool driver_runs(struct scene *s)
{
	const json_t *status = ask(
		s, "x-query-virtio-status",
		json_pack("{s:s}", "path", "/machine/peripheral/vif0/virtio-backend"));
	AUTO_FREE char *text = json_dumps(status, JSON_COMPACT);

	return text && strstr(text, "VIRTIO_CONFIG_S_DRIVER_OK");
}

static void expect_driver(struct scene *s)
{
	uint64_t end = clock_usec() + PATIENCE_USEC;

	while (!driver_runs(s)) {
		assert_true(clock_usec() < end);
		usleep(10000);
	}
}

static void replace_in_guest(struct scene *s)
{
	tap_open(s, "t1", 1);
	replug(s, true);
	expect_done(s, REPLUG_GUEST_NEW, "");
	assert_int_equal(taps_held(s, "t1"), 1);
	assert_false(shell_try("ip link show t0"));
	expect_driver(s);
}

static void a_running_guest_of_a_pc_gets_its_nic_back(void **state)
{
	guest_start(*state, "pc");
	wait_console(*state, "guest is ready");
	replace_in_guest(*state);
}

static void a_running_guest_of_a_q35_gets_its_nic_back(void **state)
{
	guest_start(*state, "q35");
	wait_console(*state, "guest is ready");
	replace_in_guest(*state);
}

/* It does not hear what it is asked before its kernel runs. */
static void a_guest_that_boots_gets_its_nic_back(void **state)
{
	guest_start(*state, "q35");
	replace_in_guest(*state);
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		CLAIM(a_nic_moves_to_another_tap_in_its_place),
		CLAIM(a_waiting_nic_is_plugged_into_its_root_port),
		CLAIM(a_nic_of_q35_is_replaced_in_its_root_port),
		CLAIM(a_nic_on_pcie_0_stays_as_it_is),
		CLAIM(a_tap_that_qemu_cannot_use_leaves_nothing_behind),
		CLAIM(a_netdev_goes_with_the_device_that_could_not_be_added),
		CLAIM(an_attempt_goes_on_from_what_a_broken_one_has_left),
		CLAIM(what_is_sent_leaves_by_the_macvtap_that_was_handed_over),
		CLAIM(a_second_client_waits_until_the_first_has_gone),
		CLAIM(the_link_of_a_nic_that_is_there_can_be_set),
		CLAIM(a_qemu_that_is_killed_is_told),
		CLAIM(a_running_guest_of_a_pc_gets_its_nic_back),
		CLAIM(a_running_guest_of_a_q35_gets_its_nic_back),
		CLAIM(a_guest_that_boots_gets_its_nic_back),
	};

	netns_require();
	if (system("command -v " QEMU " >/dev/null") != 0) {
		printf("1..0 # SKIP " QEMU " is not installed\n");
		return 77;
	}
	return cmocka_run_group_tests_name("replug-qemu", tests, NULL, NULL);
}
