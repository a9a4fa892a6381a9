/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security groups: what may come to guests and leave them, by allow lists under a name.
 *
 * A port may be in several groups; what one of them allows passes, and so do the answers
 * to it. A rule may name another group instead of addresses: then it is about the members of
 * that, which are the addresses that its definition lists and those of the ports that are in
 * it (life/groups.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/address.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

enum {
	GROUP_NAME_SIZE_MAX = 64,
	GROUP_RULES_MAX = 1024,
	GROUP_MEMBERS_MAX = 16384,
	GROUP_PROTOCOL_ANY = -1,
	GROUP_ICMP_ANY = -1,
};

struct group_rule {
	struct address remote; /* family 0: anybody */
	char *remote_group;    /* or its members; NULL */
	unsigned remote_prefix;
	unsigned line;
	int family;   /* AF_INET, AF_INET6; 0: both */
	int protocol; /* a number; GROUP_PROTOCOL_ANY */
	int icmp_type, icmp_code;
	uint16_t port_low, port_high; /* the receiver's; 0: any */
	bool in;                      /* to the guest, else from it */
};

struct group_member {
	struct address address;
	unsigned prefix;
};

struct security_group {
	char *name;
	struct group_rule *rules;
	size_t n_rules;
	struct group_member *members; /* those that it lists, in order, each once */
	size_t n_members;
	unsigned line;
};

/* The group of that name, borrowed; NULL: there is none. */
typedef const struct security_group *group_find_func(void *userdata, const char *name);

/* Why it is no name of a group: the end of a sentence. NULL: it is one. */
const char *group_name_wrong(const char *name);

/* The number of the set of its members (PACKET_SET_SOURCE): made of the name alone; never 0. */
uint32_t group_number(const char *name);

/* Those that have a name; NULL: it has only a number. */
const char *group_protocol_name(int protocol);
/* A name, "any" or a number from 0 to 255: 0 or -EINVAL. */
int group_protocol_parse(const char *text, int *ret_protocol);
bool group_protocol_has_ports(int protocol);
bool group_protocol_has_types(int protocol);

/* What does not go together in a rule: "line N: …". */
int group_rule_validate(const struct group_rule *rule, struct error *err);

int group_member_compare(const struct group_member *a, const struct group_member *b);
/* "10.7.0.2" or "10.7.0.0/16": 0 or -EINVAL. Bits behind the prefix are cleared. */
int group_member_parse(const char *text, struct group_member *ret_member);
void group_member_print(const struct group_member *member, struct text *text);

/* For who appended members in any order. */
void group_sort_members(struct security_group *group);

/* One that is there already is added, one that is not is removed. -E2BIG, -ENOMEM. */
int group_add_member(struct security_group *group, const struct group_member *member);
void group_remove_member(struct security_group *group, const struct group_member *member);
bool group_has_member(const struct security_group *group, const struct group_member *member);

/* "tcp 80-90 from 10.0.0.0/8", "anything to the group db". */
void group_rule_print(const struct group_rule *rule, struct text *text);

/* Does one of its rules name that group? */
bool group_refers_to(const struct security_group *group, const char *name);

void group_free(struct security_group *group);
DEFINE_FREEP(struct security_group, group_free);
