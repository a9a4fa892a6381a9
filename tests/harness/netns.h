/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Throw-away networks for a test program.
 *
 * A test runs in a network namespace of its own, "the host", that has a
 * loopback device and nothing else. Its NICs are ends of veths; the far ends, of
 * the same names, lie in a second namespace, "the wire". The next test gets two
 * new ones; what the last one left goes with its namespaces.
 *
 * What is expected of the kernel is read back by ip(8), never by the code under
 * test. All of these end the test where they fail.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/*
 * At the beginning of main(): ends the program with "skipped" where there is no
 * permission to make namespaces.
 */
void netns_require(void);

/* A cmocka set-up: new host and wire, the calling thread in the host. */
int netns_setup(void **state);

void netns_enter_host(void);
void netns_enter_wire(void);

/* An fd of the thread's namespace; netns_enter() goes back there. The caller closes it. */
int netns_open(void);
void netns_enter(int fd);

/* A NIC, down, its far end up; ifindex 0 for the kernel's choice. */
void netns_nic(const char *name, int ifindex);

/* So that nobody sends anything but the test. */
void netns_silence_ipv6(void);

/* The kernel works off a new carrier later; until then a link drops what it is to send. */
void netns_wait_operational(const char *name);

/* Runs a command of the shell; it must succeed. */
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs one and tells whether it succeeded; its output is dropped. */
bool shell_try(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What it prints as JSON; the caller's to json_decref(). */
json_t *shell_json(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `ip -d -j link show NAME`; NULL if there is no such link. The caller's. */
json_t *ip_link(const char *name);

/* A member of it, by a path of keys: ip_get(link, "linkinfo/info_kind"). NULL if there is none. */
const json_t *ip_get(const json_t *link, const char *path);

/*
 * Has the device of this queue gone? poll() on a tap's queue reports it; a macvtap's looks
 * healthy, and TUNGETIFF knows of both.
 */
bool fd_is_dead(int fd);

/* The ifindex of a link that is there. */
int ip_ifindex(const char *name);

/* Has it this flag ("UP") or this alternative name? */
bool ip_has_flag(const json_t *link, const char *flag);
bool ip_has_altname(const json_t *link, const char *altname);
