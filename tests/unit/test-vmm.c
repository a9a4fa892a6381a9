/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/text.h"
#include "vmm/command.h"

enum {
	WORDS_MAX = 16,
};

static const int fds_a[] = { 3 }, fds_b[] = { 4, 5 }, vhost_b[] = { 6, 7 };

static const struct vmm_nic plain = {
	.name = "vif0",
	.ifname = "vif0",
	.mac = "52:54:00:00:00:01",
	.model = "virtio",
	.mtu = 1500,
	.fds = fds_a,
	.n_fds = 1,
};

static const struct vmm_nic queues = {
	.name = "vif1",
	.ifname = "vif1",
	.mac = "52:54:00:00:00:02",
	.model = "virtio",
	.alias = "ua-red",
	.mtu = 9000,
	.fds = fds_b,
	.n_fds = 2,
	.vhost_fds = vhost_b,
	.n_vhost_fds = 2,
};

struct words {
	char *copy;
	char *items[WORDS_MAX];
};

/* At blanks. */
static void words_split(struct words *words, const char *text)
{
	size_t n = 0;

	*words = (struct words){ .copy = strdup(text) };
	for (char *word = strtok(words->copy, " "); word; word = strtok(NULL, " ")) {
		assert_true(n < WORDS_MAX - 1);
		words->items[n++] = word;
	}
}

static void words_done(struct words *words)
{
	free(words->copy);
}
#define AUTO_WORDS AUTO(words_done)

/* The command with the NICs in it, as one text; or "error: …". */
static char *make(const char *command, const struct vmm_nic *nics, size_t n, const char *qmp_path)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO(argv_freep) char **made = NULL;
	struct text text = TEXT_INIT;
	AUTO_WORDS struct words words;
	char *result;

	words_split(&words, command);
	if (vmm_command_make(words.items, nics, n, qmp_path, &made, &err) < 0) {
		assert_null(made);
		text_add(&text, "error: %s", error_text(&err));
	}
	for (char **word = made; word && *word; word++)
		text_add(&text, "%s%s", word == made ? "" : " ", *word);
	assert_int_equal(text_take(&text, &result), 0);
	return result;
}

static void expect_made(const char *command, const struct vmm_nic *nics, size_t n,
			const char *wanted)
{
	AUTO_FREE char *made = make(command, nics, n, NULL);

	assert_string_equal(made, wanted);
}

static void expect_one(const char *command, struct vmm_nic nic, const char *wanted)
{
	expect_made(command, &nic, 1, wanted);
}

static void expect_with_qmp(const char *command, struct vmm_nic nic, const char *qmp_path,
			    const char *wanted)
{
	AUTO_FREE char *made = make(command, &nic, 1, qmp_path);

	assert_string_equal(made, wanted);
}

/* What the check says: "1 0" for the NICs that are wanted as descriptors, or "error: …". */
static void expect_verdict(const char *command, size_t n, const char *wanted)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	bool wants_fds[WORDS_MAX] = { false };
	struct text text = TEXT_INIT;
	AUTO_WORDS struct words words;
	AUTO_FREE char *said = NULL;

	words_split(&words, command);
	if (vmm_command_check(words.items, n, wants_fds, &err) < 0)
		text_add(&text, "error: %s", error_text(&err));
	else
		for (size_t i = 0; i < n; i++)
			text_add(&text, "%s%d", i ? " " : "", wants_fds[i]);
	assert_int_equal(text_take(&text, &said), 0);
	assert_string_equal(said, wanted);
}

static void qemu_gets_a_netdev_and_a_device_for_each_nic(void **state)
{
	const struct vmm_nic nics[] = { plain, queues };

	expect_made("qemu-system-x86_64 -m 1G", nics, 2,
		    "qemu-system-x86_64 -m 1G "
		    "-netdev tap,id=hostvif0,fd=3 "
		    "-device virtio-net-pci,netdev=hostvif0,id=vif0,mac=52:54:00:00:00:01 "
		    "-netdev tap,id=hostua-red,fds=4:5,vhost=on,vhostfds=6:7 "
		    "-device virtio-net-pci,netdev=hostua-red,id=ua-red,mac=52:54:00:00:00:02,"
		    "mq=on,vectors=6,host_mtu=9000");
}

static void qemu_is_told_of_vhost_only_with_its_descriptor(void **state)
{
	static const int vhost[] = { 9 };
	struct vmm_nic nic = plain;

	nic.vhost_fds = vhost;
	nic.n_vhost_fds = 1;
	expect_one("kvm", nic,
		   "kvm -netdev tap,id=hostvif0,fd=3,vhost=on,vhostfd=9 "
		   "-device virtio-net-pci,netdev=hostvif0,id=vif0,mac=52:54:00:00:00:01");
}

static void qemu_models_have_their_device_names(void **state)
{
	static const char *const devices[][2] = {
		{ "virtio-transitional", "virtio-net-pci-transitional" },
		{ "virtio-non-transitional", "virtio-net-pci-non-transitional" },
		{ "rtl8139", "rtl8139" },
		{ "e1000e", "e1000e" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		AUTO_FREE char *wanted = NULL;
		struct vmm_nic nic = plain;

		nic.model = devices[i][0];
		assert_true(asprintf(&wanted,
				     "kvm -netdev tap,id=hostvif0,fd=3 -device %s,netdev=hostvif0,"
				     "id=vif0,mac=52:54:00:00:00:01",
				     devices[i][1]) > 0);
		expect_one("kvm", nic, wanted);
	}
}

/* QEMU does not start a device with a property that it has not. */
static void qemu_properties_of_virtio_are_kept_from_others(void **state)
{
	struct vmm_nic nic = plain;

	nic.model = "e1000e";
	nic.mtu = 9000;
	expect_one("qemu-kvm", nic,
		   "qemu-kvm -netdev tap,id=hostvif0,fd=3 "
		   "-device e1000e,netdev=hostvif0,id=vif0,mac=52:54:00:00:00:01");
}

static void a_model_cannot_bring_properties_along(void **state)
{
	struct vmm_nic nic = plain;

	nic.model = "e1000,romfile=/etc/passwd";
	expect_one("kvm", nic,
		   "kvm -netdev tap,id=hostvif0,fd=3 -device e1000,,romfile=/etc/passwd,"
		   "netdev=hostvif0,id=vif0,mac=52:54:00:00:00:01");
}

static void an_alias_that_is_no_id_is_refused(void **state)
{
	static const char *const bad[] = { "1net", "a,b", "a=b", "", "net 0" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct vmm_nic nic = plain;
		AUTO_FREE char *made = NULL;

		nic.alias = bad[i];
		made = make("kvm", &nic, 1, NULL);
		assert_non_null(strstr(made, "error: QEMU cannot have a device with the alias"));
	}
}

/* Ports have names that ids cannot have. */
static void a_nic_without_alias_has_its_ports_name_for_id(void **state)
{
	static const char *const ids[][2] = {
		{ "red-0.1", "red-0.1" },
		{ "0red", "nic-0red" },
		{ "a+b,c", "nic-a_b_c" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		AUTO_FREE char *wanted = NULL;
		struct vmm_nic nic = plain;

		nic.name = ids[i][0];
		assert_true(asprintf(&wanted,
				     "kvm -netdev tap,id=host%s,fd=3 -device virtio-net-pci,"
				     "netdev=host%s,id=%s,mac=52:54:00:00:00:01",
				     ids[i][1], ids[i][1], ids[i][1]) > 0);
		expect_one("kvm", nic, wanted);
	}
}

static void qemu_gets_a_qmp_socket_that_does_not_make_it_wait(void **state)
{
	expect_with_qmp("kvm {ifname}", plain, "/run/vifd/qmp-7.sock",
			"kvm vif0 -qmp unix:/run/vifd/qmp-7.sock,server=on,wait=off");
	expect_with_qmp("kvm {ifname}", plain, "/run/a,b",
			"kvm vif0 -qmp unix:/run/a,,b,server=on,wait=off");
	expect_with_qmp("vmm {ifname}", plain, "/run/vifd/qmp-7.sock", "vmm vif0");
}

static void a_qmp_socket_of_no_possible_name_is_refused(void **state)
{
	char path[120] = "/", wanted[256];

	memset(path + 1, 'x', 107);
	snprintf(wanted, sizeof(wanted),
		 "error: QEMU cannot have its QMP socket at %s: a socket's path has at most 107 "
		 "bytes",
		 path);
	expect_with_qmp("kvm {ifname}", plain, path, wanted);
}

/* Devices on pcie.0 cannot be unplugged. */
static void a_direct_nic_of_a_q35_machine_has_a_root_port(void **state)
{
	struct vmm_nic nics[] = { plain, queues };

	nics[0].direct = nics[1].direct = true;
	expect_made("kvm -M q35", nics, 2,
		    "kvm -M q35 "
		    "-device pcie-root-port,id=vif0-port,chassis=255,slot=1 "
		    "-netdev tap,id=hostvif0,fd=3 "
		    "-device virtio-net-pci,netdev=hostvif0,id=vif0,mac=52:54:00:00:00:01,"
		    "bus=vif0-port "
		    "-device pcie-root-port,id=ua-red-port,chassis=255,slot=2 "
		    "-netdev tap,id=hostua-red,fds=4:5,vhost=on,vhostfds=6:7 "
		    "-device virtio-net-pci,netdev=hostua-red,id=ua-red,mac=52:54:00:00:00:02,"
		    "mq=on,vectors=6,host_mtu=9000,bus=ua-red-port");
}

static bool has_root_port(const char *command, struct vmm_nic nic)
{
	AUTO_FREE char *made = make(command, &nic, 1, NULL);

	return strstr(made, "pcie-root-port");
}

static void the_last_machine_named_counts(void **state)
{
	static const char *const q35[] = {
		"kvm -M q35",
		"kvm -machine q35,accel=kvm",
		"kvm -machine accel=kvm,type=q35",
		"kvm --machine q35",
		"kvm -M pc-q35-7.2",
		"kvm -M pc -machine type=q35",
		"kvm -M q35 -M usb=on",
	};
	static const char *const others[] = {
		"kvm",           "kvm q35",          "kvm -M pc", "kvm -M q35x", "kvm -M q35 -M pc",
		"kvm -name q35", "kvm -M accel=q35", "kvm -M",
	};
	struct vmm_nic nic = plain;

	nic.direct = true;
	for (size_t i = 0; i < ARRAY_SIZE(q35); i++)
		assert_true(has_root_port(q35[i], nic));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(has_root_port(others[i], nic));
}

/* A live NIC is never replaced; a conventional PCI device has nothing to do in a PCIe port. */
static void other_nics_have_no_root_port(void **state)
{
	struct vmm_nic nic = plain;

	assert_false(has_root_port("kvm -M q35", nic));
	nic.direct = true;
	nic.model = "e1000";
	assert_false(has_root_port("kvm -M q35", nic));
	nic.model = "virtio-transitional";
	assert_false(has_root_port("kvm -M q35", nic));
	nic.model = "e1000e";
	assert_true(has_root_port("kvm -M q35", nic));
}

static void a_waiting_direct_nic_leaves_room_for_itself(void **state)
{
	struct vmm_nic nic = plain;

	nic.direct = true;
	nic.n_fds = 0;
	expect_with_qmp("kvm", nic, "/q", "kvm -qmp unix:/q,server=on,wait=off");
	expect_with_qmp("kvm -M q35", nic, "/q",
			"kvm -M q35 -device pcie-root-port,id=vif0-port,chassis=255,slot=1 "
			"-qmp unix:/q,server=on,wait=off");
	expect_one("kvm", nic,
		   "error: vif0 waits for its host interface, and without a QMP socket QEMU cannot "
		   "be given it later");
}

static void a_nic_without_descriptors_is_refused(void **state)
{
	struct vmm_nic nic = queues;

	nic.n_vhost_fds = 1;
	expect_one("kvm", nic,
		   "error: vif1 has 2 file descriptors and 1 of vhost-net: no VMM can use that");
	nic.n_fds = nic.n_vhost_fds = 0;
	expect_one("kvm", nic,
		   "error: vif1 has 0 file descriptors and 0 of vhost-net: no VMM can use that");
}

static void qemu_is_known_by_its_name_in_any_folder(void **state)
{
	expect_verdict("/usr/bin/qemu-system-aarch64 -M virt", 2, "1 1");
	expect_verdict("/usr/libexec/qemu-kvm", 1, "1");
	expect_verdict("./kvm", 1, "1");
	expect_verdict("qemu-img create", 1,
		       "error: qemu-img is not QEMU, so its arguments must say where the NIC goes: "
		       "{fd}, {fds}, {fdlist} or {ifname}");
	expect_verdict(
		"/opt/kvm/crosvm run", 1,
		"error: /opt/kvm/crosvm is not QEMU, so its arguments must say where the NIC "
		"goes: {fd}, {fds}, {fdlist} or {ifname}");
}

static void a_qemu_that_goes_into_the_background_is_refused(void **state)
{
	expect_verdict("qemu-system-x86_64 -daemonize", 1,
		       "error: QEMU's -daemonize would leave its ports behind: they belong to the "
		       "process that vif run becomes; run that in the background");
	expect_verdict("sh -daemonize {fd}", 1, "1");
}

static void placeholders_are_replaced_wherever_they_stand(void **state)
{
	const struct vmm_nic nics[] = { plain, queues };

	expect_made(
		"vmm --net fd={fd},mac={mac} {fds:2} [{fdlist:2}] {vhostfds:2} {ifname:2}/{mtu:2}",
		nics, 2, "vmm --net fd=3,mac=52:54:00:00:00:01 4:5 [4,5] 6:7 vif1/9000");
	expect_made("{ifname} {fd}{fd:1}{fd:2}", nics, 2, "vif0 334");
}

static void with_placeholders_qemu_gets_nothing_else(void **state)
{
	expect_one("kvm -netdev tap,id=n,fd={fd}", plain, "kvm -netdev tap,id=n,fd=3");
}

static void other_braces_are_left_alone(void **state)
{
	expect_one("vmm {\"fd\":1} {} {fd {fdx} {fd:} {fd:x} {FD} {{fd}} {fd:00001}", plain,
		   "vmm {\"fd\":1} {} {fd {fdx} {fd:} {fd:x} {FD} {3} {fd:00001}");
}

static void a_placeholder_without_a_value_is_refused(void **state)
{
	expect_one("vmm {fd} --vhost={vhostfds}", plain,
		   "error: {vhostfds} in '--vhost={vhostfds}': NIC 1 has none");
}

static void a_nic_is_wanted_as_descriptors_only_when_one_is_named(void **state)
{
	expect_verdict("vmm {ifname} {mac} {mtu}", 1, "0");
	expect_verdict("vmm {ifname} {fd}", 1, "1");
	expect_verdict("vmm {ifname} {fdlist:2}", 2, "0 1");
}

static void placeholders_name_the_nics_that_there_are(void **state)
{
	expect_verdict("vmm a={fd:3}b", 2, "error: {fd:3} in 'a={fd:3}b': the NICs are 1 to 2");
	expect_verdict("vmm {fd:0}", 1, "error: {fd:0} in '{fd:0}': there is only NIC 1");
	expect_verdict(
		"vmm {fd}", 2,
		"error: no argument of vmm says where NIC 2 goes: {fd:2}, {fds:2}, {fdlist:2} "
		"or {ifname:2}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_gets_a_netdev_and_a_device_for_each_nic),
		cmocka_unit_test(qemu_is_told_of_vhost_only_with_its_descriptor),
		cmocka_unit_test(qemu_models_have_their_device_names),
		cmocka_unit_test(qemu_properties_of_virtio_are_kept_from_others),
		cmocka_unit_test(a_model_cannot_bring_properties_along),
		cmocka_unit_test(an_alias_that_is_no_id_is_refused),
		cmocka_unit_test(a_nic_without_alias_has_its_ports_name_for_id),
		cmocka_unit_test(qemu_gets_a_qmp_socket_that_does_not_make_it_wait),
		cmocka_unit_test(a_qmp_socket_of_no_possible_name_is_refused),
		cmocka_unit_test(a_direct_nic_of_a_q35_machine_has_a_root_port),
		cmocka_unit_test(the_last_machine_named_counts),
		cmocka_unit_test(other_nics_have_no_root_port),
		cmocka_unit_test(a_waiting_direct_nic_leaves_room_for_itself),
		cmocka_unit_test(a_nic_without_descriptors_is_refused),
		cmocka_unit_test(qemu_is_known_by_its_name_in_any_folder),
		cmocka_unit_test(a_qemu_that_goes_into_the_background_is_refused),
		cmocka_unit_test(placeholders_are_replaced_wherever_they_stand),
		cmocka_unit_test(with_placeholders_qemu_gets_nothing_else),
		cmocka_unit_test(other_braces_are_left_alone),
		cmocka_unit_test(a_placeholder_without_a_value_is_refused),
		cmocka_unit_test(a_nic_is_wanted_as_descriptors_only_when_one_is_named),
		cmocka_unit_test(placeholders_name_the_nics_that_there_are),
	};

	return cmocka_run_group_tests_name("vmm", tests, NULL, NULL);
}
