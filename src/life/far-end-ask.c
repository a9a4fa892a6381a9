/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each thing is asked several times, for a frame may be lost, and in two names: the
 * host interface's own address and one that was made up. What only the first one
 * gets an answer to does not pass for others. The marked frames go from one address
 * that was made up to another and back, so that a switch has learned both.
 *
 * The packet size is found by echoes to the gateway, eight sizes at a time between
 * the largest that came back and the smallest that did not.
 *
 * First the host interface hears what it would for a macvlan, then everything: VLANs
 * that nobody here is in are only seen so.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "formats/lldp.h"
#include "formats/probe-frame.h"
#include "kernel/packet.h"
#include "life/far-end-ask.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/plain.h"

enum {
	ROUND_MSEC = 400,      /* requests are repeated */
	ROUNDS = 4,            /* … so often, DHCP's half as often */
	ALL_MSEC = 1600,       /* everything is heard from then on */
	SIZES = 8,             /* echoes at a time */
	SIZES_MSEC = 150,      /* one step of the packet size */
	SIZE_LEAST = 68,       /* bytes; every link has it (RFC 791) */
	FRAMES_AT_ONCE = 1000, /* read before the clock is looked at again */
	POLL_MSEC = 20,
};

static const uint8_t lldp_groups[][6] = {
	{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e }, /* the nearest bridge */
	{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x03 }, /* … that is no relay */
	{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x00 }, /* … of the customer */
};

struct asking {
	const struct far_end_question *question;
	int fd;
	struct mac second, third; /* made up */
	uint64_t number;
	uint32_t id;
	struct far_end far_end;

	bool own_is_answered, second_is_answered, is_reflected;
	struct mac gateway_mac;
	bool has_gateway_mac;
	unsigned passed, failed; /* sizes: the largest that came back, the least that did not */
	unsigned base, step;     /* … of the last step: from where on, how far from each other */
	uint64_t sizes_due;      /* 0: not begun */
	uint8_t *frame;          /* room for any */
};

/* --- what is sent: that a frame cannot be sent now is as if it were lost ---------- */

static void send_frame(const struct asking *asking, size_t size)
{
	(void)packet_send(asking->fd, asking->frame, size);
}

static void ask_gateway(const struct asking *asking)
{
	const struct far_end_question *question = asking->question;
	const struct address nobody = { .family = AF_INET };

	if (!question->gateway.family)
		return;
	send_frame(asking, probe_frame_arp(asking->frame, &question->mac, &question->source,
					   &question->gateway));
	send_frame(asking,
		   probe_frame_arp(asking->frame, &asking->second, &nobody, &question->gateway));
}

static void ask_for_duplicates(const struct asking *asking)
{
	const struct far_end_question *question = asking->question;
	const struct address nobody = { .family = AF_INET };

	for (size_t i = 0; i < question->n_addresses; i++)
		send_frame(asking, probe_frame_arp(asking->frame, &question->mac, &nobody,
						   &question->addresses[i]));
}

/*
 * Who has an address only asks what there is: a server answers that at once, where it may look for
 * three seconds whether an address is free before it offers that (dnsmasq 2.90 does).
 */
static void ask_dhcp(const struct asking *asking)
{
	const struct far_end_question *question = asking->question;

	for (size_t i = 0; i < question->n_addresses; i++)
		send_frame(asking, probe_frame_inform(asking->frame, &question->mac,
						      &question->addresses[i], asking->id));
	send_frame(asking, probe_frame_discover(asking->frame, &asking->question->mac, asking->id));
	send_frame(asking, probe_frame_discover(asking->frame, &asking->second, asking->id));
}

static void send_marks(const struct asking *asking)
{
	send_frame(asking, probe_frame_mark(asking->frame, &asking->second, &asking->third,
					    asking->number));
	send_frame(asking, probe_frame_mark(asking->frame, &asking->third, &asking->second,
					    asking->number));
}

static void ask_all(const struct asking *asking, unsigned round)
{
	ask_gateway(asking);
	ask_for_duplicates(asking);
	send_marks(asking);
	if (round % 2 == 0)
		ask_dhcp(asking);
}

/* --- the packet size ---------------------------------------------------------------- */

static void send_echo(const struct asking *asking, unsigned size)
{
	const struct far_end_question *question = asking->question;

	send_frame(asking, probe_frame_echo(asking->frame, &question->mac, &asking->gateway_mac,
					    &question->source, &question->gateway,
					    (uint16_t)asking->id, size));
}

/* Twice: one that is lost would make the way narrower than it is. */
static void send_sizes(struct asking *asking)
{
	unsigned step = (asking->failed - asking->passed + SIZES) / (SIZES + 1);

	for (unsigned size = asking->passed + step; size < asking->failed; size += step) {
		send_echo(asking, size);
		send_echo(asking, size);
	}
	asking->base = asking->passed;
	asking->step = step;
}

/* What was sent in the last step and is above the largest that came back does not pass. */
static void note_failed(struct asking *asking)
{
	unsigned size = asking->base + asking->step;

	while (size <= asking->passed)
		size += asking->step;
	if (size < asking->failed)
		asking->failed = size;
}

/* The size that the link has, first. */
static void ask_sizes(struct asking *asking, uint64_t now)
{
	if (!asking->has_gateway_mac || now < asking->sizes_due)
		return;
	if (!asking->sizes_due) {
		asking->failed = asking->question->mtu + 1;
		asking->base = 0;
		asking->step = asking->question->mtu;
		send_echo(asking, asking->question->mtu);
		send_echo(asking, SIZE_LEAST);
	} else if (asking->passed) {
		note_failed(asking);
		send_sizes(asking);
	}
	asking->sizes_due = now + SIZES_MSEC * 1000ULL;
}

/* --- what is heard ------------------------------------------------------------------- */

static bool is_own(const struct asking *asking, const struct address *address)
{
	for (size_t i = 0; i < asking->question->n_addresses; i++)
		if (address_equal(&asking->question->addresses[i], address))
			return true;
	return false;
}

static void note_answer(struct asking *asking, const struct mac *to)
{
	asking->own_is_answered |= mac_equal(to, &asking->question->mac);
	asking->second_is_answered |= mac_equal(to, &asking->second);
}

static int on_arp(struct asking *asking, const struct probe_answer *answer)
{
	const struct far_end_question *question = asking->question;

	if (question->gateway.family && address_equal(&answer->address, &question->gateway)) {
		note_answer(asking, &answer->to);
		asking->gateway_mac = answer->mac;
		asking->has_gateway_mac = true;
	}
	if (!is_own(asking, &answer->address) || mac_equal(&answer->mac, &question->mac))
		return 0;
	return far_end_add(&asking->far_end.duplicates, &answer->address, &answer->mac);
}

static int on_dhcp(struct asking *asking, const struct probe_answer *answer)
{
	if (answer->id != asking->id)
		return 0;
	note_answer(asking, &answer->to);
	return far_end_add(&asking->far_end.servers, &answer->address, &answer->mac);
}

static void on_echo(struct asking *asking, const struct probe_answer *answer)
{
	if (answer->id == (uint16_t)asking->id &&
	    address_equal(&answer->address, &asking->question->gateway) &&
	    answer->size > asking->passed && answer->size <= asking->question->mtu)
		asking->passed = answer->size;
}

static int keep(char **name, char **ret_name)
{
	if (!*name)
		return 0;
	free(*ret_name);
	*ret_name = plain_take(take_ptr(*name), "");
	return 0;
}

static int on_lldp(struct asking *asking, const struct probe_answer *answer)
{
	struct far_end *far_end = &asking->far_end;
	struct lldp lldp = { 0 };
	int r;

	r = lldp_read(answer->payload, answer->payload_size, &lldp);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	(void)keep(lldp.system ? &lldp.system : &lldp.chassis, &far_end->switch_name);
	(void)keep(&lldp.port, &far_end->switch_port);
	if (lldp.has_evb)
		far_end->says_reflects = lldp.reflects ? TRISTATE_YES : TRISTATE_NO;
	lldp_done(&lldp);
	return 0;
}

static int on_frame(struct asking *asking, size_t size, unsigned vlan)
{
	struct probe_answer answer;

	if (vlan)
		far_end_add_vlan(&asking->far_end, vlan);
	if (vlan || !probe_answer_read(asking->frame, size, &answer))
		return 0;
	switch (answer.kind) {
	case PROBE_ANSWER_ARP:
		return on_arp(asking, &answer);
	case PROBE_ANSWER_DHCP:
		return on_dhcp(asking, &answer);
	case PROBE_ANSWER_ECHO:
		on_echo(asking, &answer);
		return 0;
	case PROBE_ANSWER_MARK:
		asking->is_reflected |= answer.number == asking->number;
		return 0;
	case PROBE_ANSWER_LLDP:
		return on_lldp(asking, &answer);
	}
	return 0;
}

static int hear(struct asking *asking)
{
	for (unsigned i = 0; i < FRAMES_AT_ONCE; i++) {
		unsigned vlan = 0;
		ssize_t n = packet_receive(asking->fd, asking->frame, PROBE_FRAME_SIZE, &vlan);
		int r;

		if (n <= 0)
			return (int)n;
		r = on_frame(asking, (size_t)n, vlan);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- all of it ----------------------------------------------------------------------- */

static int listen_for(const struct asking *asking)
{
	const struct far_end_question *question = asking->question;
	int r;

	r = packet_take(asking->fd, question->ifindex, asking->second.bytes);
	if (r == 0)
		r = packet_take(asking->fd, question->ifindex, asking->third.bytes);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(lldp_groups); i++)
		r = packet_take(asking->fd, question->ifindex, lldp_groups[i]);
	return r;
}

static int begin(struct asking *asking, struct error *err)
{
	const struct far_end_question *question = asking->question;
	int r;

	if (getrandom(&asking->number, sizeof(asking->number), 0) < 0 ||
	    getrandom(&asking->id, sizeof(asking->id), 0) < 0)
		return error_system(err, -errno, "cannot make up a number");
	asking->frame = malloc(PROBE_FRAME_SIZE + PROBE_ETHERNET_SIZE + question->mtu);
	if (!asking->frame)
		return error_oom(err);
	r = mac_generate(&asking->second);
	if (r == 0)
		r = mac_generate(&asking->third);
	if (r < 0)
		return error_system(err, r, "cannot make up an address");
	r = packet_open(question->ifindex, question->name, &asking->fd, err);
	if (r < 0)
		return r;
	r = listen_for(asking);
	return r < 0 ? error_system(err, r, "%s cannot take in frames for others", question->name)
		     : 0;
}

static int converse(struct asking *asking, const atomic_bool *stop, struct error *err)
{
	const uint64_t start = clock_usec();
	struct pollfd watched = { .fd = asking->fd, .events = POLLIN };
	bool hears_all = false;
	unsigned round = 0;
	int r = 0;

	for (uint64_t now = start; r == 0 && now < start + FAR_END_MSEC * 1000ULL;
	     now = clock_usec()) {
		if (atomic_load(stop))
			return error_set(err, -ECANCELED, ERROR_SYSTEM, "vifd has ended meanwhile");
		if (round < ROUNDS && now >= start + (uint64_t)round * ROUND_MSEC * 1000)
			ask_all(asking, round++);
		if (!hears_all && now >= start + ALL_MSEC * 1000ULL)
			hears_all = packet_take_all(asking->fd, asking->question->ifindex) == 0;
		ask_sizes(asking, now);
		(void)poll(&watched, 1, POLL_MSEC);
		r = hear(asking);
	}
	return r < 0 ? error_system(err, r, "cannot listen on %s", asking->question->name) : 0;
}

static void conclude(struct asking *asking)
{
	struct far_end *far_end = &asking->far_end;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	far_end->time_usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	far_end->gateway = asking->question->gateway;
	far_end->reflects = asking->is_reflected ? TRISTATE_YES : TRISTATE_NO;
	if (asking->second_is_answered || asking->is_reflected)
		far_end->second_mac = TRISTATE_YES;
	else if (asking->own_is_answered)
		far_end->second_mac = TRISTATE_NO;
	far_end->mtu = asking->passed;
}

int far_end_ask(const struct far_end_question *question, const atomic_bool *stop,
		struct far_end *ret_far_end, struct error *err)
{
	struct asking asking = { .question = question, .fd = -1 };
	int r;

	r = begin(&asking, err);
	if (r == 0)
		r = converse(&asking, stop, err);
	if (r == 0) {
		conclude(&asking);
		*ret_far_end = asking.far_end;
		asking.far_end = (struct far_end){ 0 };
	}
	far_end_done(&asking.far_end);
	closep(&asking.fd);
	free(asking.frame);
	return r;
}
