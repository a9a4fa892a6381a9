/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of a packet filter, from its first rule on:
 *
 *	what holds while nothing is learned (if anything is to be)
 *	the link's rules for frames without a tag, for which they are IP, ARP, …
 *	the link's rules for tagged frames, if they differ
 *	the rules about IP
 *
 * A chain stands in the middle of the root chain, with two rules before it: what
 * belongs to the chain goes on behind them, anything else behind the chain. So
 * there is no call and no return, and every goto leads forwards.
 */
#include "model/nwfilter-compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/nwfilter-match.h"
#include "util/array.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	ETHERTYPE_IPV4 = 0x800,
	PROTOCOL_UDP = 17,
	PORT_DHCP_SERVER = 67,
	PORT_DHCP_CLIENT = 68,
};

/* Where a goto leads that is not known yet. */
#define TO_LEVEL_OF_IP SIZE_MAX
#define TO_END_OF_CHAIN (SIZE_MAX - 1)

struct compiler {
	const struct nwfilter_tree *tree;
	struct packet_list *list;
	bool from_guest;
	bool stateful; /* some rule asks for the state of a flow: all flows are known */
	struct error *err;
};

static void drop_last_rule(struct packet_list *list)
{
	struct packet_rule *rule = &list->rules[--list->n_rules];

	free(rule->matches);
	free(rule->name);
}

static void settle(struct packet_list *list, size_t first, size_t marker)
{
	for (size_t i = first; i < list->n_rules; i++)
		if (list->rules[i].verdict == PACKET_GOTO && list->rules[i].next == marker)
			list->rules[i].next = list->n_rules;
}

/* Is it the direction that the rule was written for? */
static bool is_own(const struct compiler *compiler, const struct nwfilter_rule *rule)
{
	return compiler->from_guest ? rule->direction == NWFILTER_OUT
				    : rule->direction != NWFILTER_OUT;
}

/*
 * The instance as the last rule. *ret_rule is NULL where no frame of the view could
 * meet it: then there is none.
 */
static int add_instance(struct compiler *compiler, const struct nwfilter_instance *instance,
			enum nwfilter_view view, enum packet_verdict verdict, size_t next,
			struct packet_rule **ret_rule)
{
	struct packet_rule *rule = packet_list_add(compiler->list, verdict, next);
	const struct nwfilter_rule *asked = &instance->resolved.rule;
	const char *culprit = NULL;
	bool never = false;
	int r;

	if (!rule)
		return error_oom(compiler->err);
	r = nwfilter_match_rule(&instance->resolved, view, !is_own(compiler, asked), rule, &never,
				&culprit);
	if (r == -EOPNOTSUPP)
		return error_set(compiler->err, r, ERROR_NOT_SUPPORTED,
				 "filter '%s', line %u: <%s %s=> cannot be done by vifd's guard",
				 instance->filter->name, asked->line,
				 nwfilter_protocol_name(asked->protocol), culprit);
	rule->name = text_format("%s:%u", instance->filter->name, asked->line);
	if (r < 0 || !rule->name)
		return error_oom(compiler->err);
	if (never)
		drop_last_rule(compiler->list);
	*ret_rule = never ? NULL : rule;
	return 0;
}

/* --- the link's level --- */

static bool is_of_link(const struct compiler *compiler, const struct nwfilter_instance *instance)
{
	const struct nwfilter_rule *rule = &instance->resolved.rule;

	return nwfilter_protocol_is_link(rule->protocol) &&
	       (is_own(compiler, rule) || rule->direction == NWFILTER_INOUT);
}

/* libvirt's link level cannot reject, and drops. */
static int add_link_rule(struct compiler *compiler, const struct nwfilter_instance *instance,
			 enum nwfilter_view view)
{
	static const struct {
		enum packet_verdict verdict;
		size_t next, next_in_root;
	} verdicts[NWFILTER_ACTION_COUNT] = {
		[NWFILTER_ACCEPT] = { PACKET_GOTO, TO_LEVEL_OF_IP, TO_LEVEL_OF_IP },
		[NWFILTER_DROP] = { PACKET_DROP },
		[NWFILTER_REJECT] = { PACKET_DROP },
		[NWFILTER_RETURN] = { PACKET_GOTO, TO_END_OF_CHAIN, TO_LEVEL_OF_IP },
	};
	enum nwfilter_action action = instance->resolved.rule.action;
	struct packet_rule *rule;

	if (action == NWFILTER_CONTINUE)
		return 0;
	return add_instance(compiler, instance, view, verdicts[action].verdict,
			    instance->filter->chain ? verdicts[action].next
						    : verdicts[action].next_in_root,
			    &rule);
}

static int compare(int a, int b, size_t order_a, size_t order_b)
{
	if (a != b)
		return a < b ? -1 : 1;
	return order_a < order_b ? -1 : order_a > order_b;
}

static int by_priority(const void *a, const void *b)
{
	const struct nwfilter_instance *const *x = a, *const *y = b;

	return compare((*x)->resolved.rule.priority, (*y)->resolved.rule.priority, (*x)->order,
		       (*y)->order);
}

/* What stands in the root chain: a rule of it, or the first rule of a chain for the chain. */
static int place_in_root(const struct nwfilter_instance *instance)
{
	return instance->filter->chain ? nwfilter_priority(instance->filter)
				       : instance->resolved.rule.priority;
}

/* Of one priority a chain is before a rule. */
static int by_place(const void *a, const void *b)
{
	const struct nwfilter_instance *const *x = a, *const *y = b;
	int in_chain_x = (*x)->filter->chain != NULL, in_chain_y = (*y)->filter->chain != NULL;
	int place_x = place_in_root(*x), place_y = place_in_root(*y);

	if (place_x == place_y && in_chain_x != in_chain_y)
		return in_chain_y - in_chain_x;
	return compare(place_x, place_y, (*x)->order, (*y)->order);
}

struct selection {
	const struct nwfilter_instance **instances;
	size_t n;
};

static void selection_done(struct selection *selection)
{
	free(selection->instances);
}

/* The rules of the link that are in that chain; NULL: of all chains. */
static int select_link(const struct compiler *compiler, const char *chain,
		       struct selection *selection)
{
	const struct nwfilter_tree *tree = compiler->tree;

	selection->instances = calloc(tree->n + 1, sizeof(*selection->instances));
	if (!selection->instances)
		return error_oom(compiler->err);
	for (size_t i = 0; i < tree->n; i++)
		if (is_of_link(compiler, &tree->instances[i]) &&
		    (!chain || streq(tree->instances[i].filter->chain, chain)))
			selection->instances[selection->n++] = &tree->instances[i];
	qsort(selection->instances, selection->n, sizeof(*selection->instances),
	      chain ? by_priority : by_place);
	return 0;
}

/* Who does not belong into the chain goes on behind it. */
static int add_entry(struct compiler *compiler, const char *chain, enum nwfilter_view view,
		     bool *ret_never)
{
	enum nwfilter_protocol protocol = nwfilter_chain_of(chain)->protocol;
	struct packet_rule *rule;

	if (protocol == NWFILTER_MAC)
		return 0;
	rule = packet_list_add(compiler->list, PACKET_GOTO, compiler->list->n_rules + 2);
	if (!rule || nwfilter_match_protocol(protocol, view, rule, ret_never) < 0)
		return error_oom(compiler->err);
	if (*ret_never)
		drop_last_rule(compiler->list);
	else if (!packet_list_add(compiler->list, PACKET_GOTO, TO_END_OF_CHAIN))
		return error_oom(compiler->err);
	return 0;
}

static int add_chain(struct compiler *compiler, const char *chain, enum nwfilter_view view)
{
	AUTO(selection_done) struct selection selection = { 0 };
	size_t first = compiler->list->n_rules;
	bool never = false;
	int r = select_link(compiler, chain, &selection);

	if (r == 0)
		r = add_entry(compiler, chain, view, &never);
	if (never)
		return 0;
	for (size_t i = 0; i < selection.n && r == 0; i++)
		r = add_link_rule(compiler, selection.instances[i], view);
	settle(compiler->list, first, TO_END_OF_CHAIN);
	return r;
}

static bool stands_before(const struct selection *root, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (streq(root->instances[j]->filter->chain, root->instances[i]->filter->chain))
			return true;
	return false;
}

static int add_root(struct compiler *compiler, const struct selection *root,
		    enum nwfilter_view view)
{
	int r = 0;

	for (size_t i = 0; i < root->n && r == 0; i++) {
		const char *chain = root->instances[i]->filter->chain;

		if (!chain)
			r = add_link_rule(compiler, root->instances[i], view);
		else if (!stands_before(root, i))
			r = add_chain(compiler, chain, view);
	}
	return r;
}

static int add_link_level(struct compiler *compiler)
{
	AUTO(selection_done) struct selection root = { 0 };
	struct packet_list *list = compiler->list;
	struct packet_rule *rule;
	size_t split = list->n_rules;
	int r = select_link(compiler, NULL, &root);

	if (r < 0 || root.n == 0)
		return r;
	rule = packet_list_add(list, PACKET_GOTO, 0);
	if (!rule || packet_rule_add(rule, PACKET_VLAN, false, 0, 0, 0) < 0)
		return error_oom(compiler->err);
	r = add_root(compiler, &root, NWFILTER_VIEW_UNTAGGED);
	if (r == 0 && !packet_list_add(list, PACKET_GOTO, TO_LEVEL_OF_IP))
		r = error_oom(compiler->err);
	list->rules[split].next = list->n_rules;
	if (r == 0)
		r = add_root(compiler, &root, NWFILTER_VIEW_TAGGED);
	settle(list, split, TO_LEVEL_OF_IP);
	return r;
}

/* --- the level of IP --- */

static bool names_states(const struct nwfilter_rule *rule)
{
	return nwfilter_rule_get(rule, NWFILTER_STATE) != NULL;
}

/* The rule accepts what belongs to its flows, and the answers to it. */
static bool knows_flows(const struct nwfilter_rule *rule)
{
	return rule->action == NWFILTER_ACCEPT && !rule->stateless && !names_states(rule) &&
	       rule->direction != NWFILTER_INOUT;
}

/* Answers have another type; and nobody can tell the sender's address on its link from here. */
static bool cannot_be_reversed(const struct nwfilter_rule *rule)
{
	size_t n = rule->n_values;

	if (rule->direction != NWFILTER_INOUT &&
	    (names_states(rule) || nwfilter_rule_get(rule, NWFILTER_ICMP_TYPE)))
		return true;
	n -= nwfilter_rule_get(rule, NWFILTER_COMMENT) != NULL;
	return n == 1 && nwfilter_rule_get(rule, NWFILTER_SOURCE_MAC);
}

static int add_states(const struct compiler *compiler, const struct nwfilter_rule *asked,
		      struct packet_rule *rule)
{
	const struct nwfilter_value *states = nwfilter_rule_get(asked, NWFILTER_STATE);
	uint32_t bits = 0;

	if (states)
		bits = states->number;
	else if (knows_flows(asked))
		bits = is_own(compiler, asked) ? PACKET_NEW | PACKET_ESTABLISHED
					       : PACKET_ESTABLISHED;
	if (!bits)
		return 0;
	return packet_rule_add(rule, PACKET_STATE, states && states->negated, bits, 1, 0xff);
}

static int add_ip_rule(struct compiler *compiler, const struct nwfilter_instance *instance)
{
	static const enum packet_verdict verdicts[NWFILTER_ACTION_COUNT] = {
		[NWFILTER_ACCEPT] = PACKET_ACCEPT,
		[NWFILTER_DROP] = PACKET_DROP,
		[NWFILTER_REJECT] = PACKET_REJECT,
		[NWFILTER_RETURN] = PACKET_ACCEPT, /* there is nothing to return to */
	};
	const struct nwfilter_rule *asked = &instance->resolved.rule;
	struct packet_rule *rule;
	int r;

	if (asked->action == NWFILTER_CONTINUE ||
	    (!is_own(compiler, asked) && cannot_be_reversed(asked)))
		return 0;
	r = add_instance(compiler, instance, NWFILTER_VIEW_ANY, verdicts[asked->action], 0, &rule);
	if (r < 0)
		return r;
	rule->track = compiler->stateful && rule->verdict == PACKET_ACCEPT;
	return add_states(compiler, asked, rule) < 0 ? error_oom(compiler->err) : 0;
}

static int add_level_of_ip(struct compiler *compiler)
{
	const struct nwfilter_tree *tree = compiler->tree;
	AUTO_FREE const struct nwfilter_instance **sorted = NULL;
	struct packet_rule *rule;
	size_t n = 0;
	int r = 0;

	sorted = calloc(tree->n + 1, sizeof(*sorted));
	if (!sorted)
		return error_oom(compiler->err);
	for (size_t i = 0; i < tree->n; i++)
		if (!nwfilter_protocol_is_link(tree->instances[i].resolved.rule.protocol))
			sorted[n++] = &tree->instances[i];
	qsort(sorted, n, sizeof(*sorted), by_priority);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_ip_rule(compiler, sorted[i]);
	if (r < 0 || !compiler->stateful)
		return r;
	/* A flow that no rule decided on is one that was let pass. */
	rule = packet_list_add(compiler->list, PACKET_ACCEPT, 0);
	if (!rule)
		return error_oom(compiler->err);
	rule->track = true;
	return 0;
}

static bool is_stateful(const struct nwfilter_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		const struct nwfilter_rule *rule = &tree->instances[i].resolved.rule;
		const struct nwfilter_value *states = nwfilter_rule_get(rule, NWFILTER_STATE);

		if (!nwfilter_protocol_is_link(rule->protocol) &&
		    (knows_flows(rule) || (states && states->number)))
			return true;
	}
	return false;
}

/* --- while nothing is learned --- */

static int match_dhcp(struct packet_rule *rule, bool from_guest)
{
	uint32_t from = from_guest ? PORT_DHCP_CLIENT : PORT_DHCP_SERVER;
	uint32_t to = from_guest ? PORT_DHCP_SERVER : PORT_DHCP_CLIENT;

	if (packet_rule_add(rule, PACKET_ETHERTYPE, false, 0xffff, ETHERTYPE_IPV4, ETHERTYPE_IPV4) <
		    0 ||
	    packet_rule_add(rule, PACKET_PROTOCOL, false, 0xff, PROTOCOL_UDP, PROTOCOL_UDP) < 0 ||
	    packet_rule_add(rule, PACKET_PORT_SOURCE, false, 0xffff, from, from) < 0)
		return -ENOMEM;
	return packet_rule_add(rule, PACKET_PORT_DESTINATION, false, 0xffff, to, to);
}

/* DHCP, to the guest from that server only; NULL: from any. */
static int add_dhcp(struct compiler *compiler, const struct address *server)
{
	struct packet_rule *rule = packet_list_add(compiler->list, PACKET_ACCEPT, 0);
	uint32_t address;

	if (!rule || match_dhcp(rule, compiler->from_guest) < 0)
		return error_oom(compiler->err);
	if (!server)
		return 0;
	address = (uint32_t)server->bytes[0] << 24 | (uint32_t)server->bytes[1] << 16 |
		  (uint32_t)server->bytes[2] << 8 | server->bytes[3];
	if (packet_rule_add(rule, PACKET_IPV4_SOURCE, false, UINT32_MAX, address, address) < 0)
		return error_oom(compiler->err);
	return 0;
}

static int add_servers(struct compiler *compiler, const struct nwfilter_scope *scope)
{
	const char *text;
	int r = 0;

	for (size_t i = 0; r == 0 && (text = nwfilter_scope_element(scope, "DHCPSERVER", i)); i++) {
		struct address server;

		if (address_parse(text, &server) < 0 || server.family != AF_INET)
			return error_set(compiler->err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "filter '%s': $DHCPSERVER: '%s' is not an IPv4 address",
					 scope->ref->filter, text);
		r = add_dhcp(compiler, &server);
	}
	return r;
}

static int add_waiting(struct compiler *compiler, const struct nwfilter_scope *scope)
{
	struct packet_list *list = compiler->list;
	struct packet_rule *rule = packet_list_add(list, PACKET_GOTO, 0);
	int r = 0;

	if (!rule || packet_rule_add(rule, PACKET_LEARNED, false, 0xff, 1, 1) < 0)
		return error_oom(compiler->err);
	if (!compiler->from_guest && nwfilter_scope_value(scope, "DHCPSERVER"))
		r = add_servers(compiler, scope);
	else
		r = add_dhcp(compiler, NULL);
	if (r < 0)
		return r;
	rule = packet_list_add(list, PACKET_DROP, 0);
	if (!rule)
		return error_oom(compiler->err);
	rule->name = strdup("no address learned");
	if (!rule->name)
		return error_oom(compiler->err);
	list->rules[0].next = list->n_rules;
	return 0;
}

/* --- all of it --- */

static int compile_list(const struct nwfilter_tree *tree, const struct nwfilter_scope *scope,
			bool from_guest, struct packet_list *list, struct error *err)
{
	struct compiler compiler = { .tree = tree,
				     .list = list,
				     .from_guest = from_guest,
				     .stateful = is_stateful(tree),
				     .err = err };
	int r = 0;

	list->accept = true;
	if (tree->learned)
		r = add_waiting(&compiler, scope);
	if (r == 0)
		r = add_link_level(&compiler);
	if (r == 0)
		r = add_level_of_ip(&compiler);
	return r;
}

static int parse_learning(const struct nwfilter_scope *scope, bool *ret_learns,
			  enum nwfilter_learning *ret_learning, struct error *err)
{
	static const char *const names[] = { "none", "dhcp", "any" };
	const char *text = nwfilter_scope_value(scope, "CTRL_IP_LEARNING");
	int i = text ? name_index(names, ARRAY_SIZE(names), text) : NWFILTER_LEARNING_ANY;

	if (i < 0)
		return error_set(
			err, -EINVAL, ERROR_INVALID_ARGUMENT,
			"filter '%s': CTRL_IP_LEARNING: '%s' is not one of any, dhcp, none",
			scope->ref->filter, text);
	*ret_learns = i > 0;
	*ret_learning = (enum nwfilter_learning)i;
	return 0;
}

int nwfilter_compile(const struct nwfilter_use *use, struct packet_filter *ret_filter,
		     enum nwfilter_learning *ret_learning, struct error *err)
{
	const struct nwfilter_scope scope = { .ref = use->ref };
	struct packet_filter filter = { 0 };
	AUTO(nwfilter_tree_done) struct nwfilter_tree tree = { 0 };
	/* At -O2 gcc does not see that success sets both. */
	enum nwfilter_learning learning = NWFILTER_LEARNING_UNUSED;
	bool learns = false;
	int r = parse_learning(&scope, &learns, &learning, err);

	if (r == 0)
		r = nwfilter_tree_init(&tree, use, learns, err);
	if (r == 0)
		r = compile_list(&tree, &scope, true, &filter.from_guest, err);
	if (r == 0)
		r = compile_list(&tree, &scope, false, &filter.to_guest, err);
	if (r < 0) {
		packet_filter_done(&filter);
		return r;
	}
	filter.learn_first = tree.learned && learning == NWFILTER_LEARNING_ANY;
	*ret_filter = filter;
	*ret_learning = tree.learned ? learning : NWFILTER_LEARNING_UNUSED;
	return 0;
}
