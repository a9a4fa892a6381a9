/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A rule with lists is a rule for each combination: the iterators count like the
 * wheels of a meter, the one that stands first in the rule the fastest, as in libvirt.
 */
#include "model/nwfilter-scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util/array.h"
#include "util/parse.h"

enum {
	COMBINATIONS_MAX = 4096, /* of a rule */
};

static const char *element_of(const struct filter_ref *ref, const char *name, size_t i)
{
	for (size_t j = 0; j < ref->n_parameters; j++)
		if (!strcmp(ref->parameters[j].name, name) && i-- == 0)
			return ref->parameters[j].value;
	return NULL;
}

const char *nwfilter_scope_element(const struct nwfilter_scope *scope, const char *name, size_t i)
{
	const struct filter_ref *ref = NULL;

	/* Who refers knows better what is needed there. */
	for (; scope; scope = scope->outer)
		if (element_of(scope->ref, name, 0))
			ref = scope->ref;
	return ref ? element_of(ref, name, i) : NULL;
}

const char *nwfilter_scope_value(const struct nwfilter_scope *scope, const char *name)
{
	return nwfilter_scope_element(scope, name, 0);
}

static size_t count_elements(const struct nwfilter_scope *scope, const char *name)
{
	size_t n = 0;

	while (nwfilter_scope_element(scope, name, n))
		n++;
	return n;
}

/* --- sentences --- */

static int wrong(const struct nwfilter_scope *scope, const struct nwfilter_rule *rule,
		 const char *variable, const char *what, struct error *err)
{
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "filter '%s', line %u: $%s %s",
			 scope->filter->name, rule->line, variable, what);
}

static int lacks_value(const struct nwfilter_scope *scope, const struct nwfilter_rule *rule,
		       const char *variable, struct error *err)
{
	return error_set(
		err, -EINVAL, ERROR_INVALID_ARGUMENT,
		"filter '%s', line %u: $%s has no value: the interface's <filterref> needs "
		"<parameter name='%s' value='…'/>",
		scope->filter->name, rule->line, variable, variable);
}

/* --- what a variable is --- */

static bool is_learned(const struct nwfilter_scope *scope, const char *name)
{
	return scope->learns && !strcmp(name, "IP") && !nwfilter_scope_value(scope, name);
}

static bool is_built_in(const struct nwfilter_scope *scope, const char *name)
{
	return is_learned(scope, name) ||
	       (!strcmp(name, "MAC") && !nwfilter_scope_value(scope, name));
}

static int check_learned(const struct nwfilter_scope *scope, const struct nwfilter_rule *rule,
			 const struct nwfilter_value *value, struct error *err)
{
	enum nwfilter_what what = value->attribute->what;
	bool ipv6 = nwfilter_protocol_family(rule->protocol) == AF_INET6;

	if (!ipv6 &&
	    ((what == NWFILTER_SOURCE_IP && !nwfilter_rule_get(rule, NWFILTER_SOURCE_IP_MASK)) ||
	     (what == NWFILTER_TARGET_IP && !nwfilter_rule_get(rule, NWFILTER_TARGET_IP_MASK)) ||
	     (what == NWFILTER_ARP_SOURCE_IP &&
	      !nwfilter_rule_get(rule, NWFILTER_ARP_SOURCE_IP_MASK)) ||
	     (what == NWFILTER_ARP_TARGET_IP &&
	      !nwfilter_rule_get(rule, NWFILTER_ARP_TARGET_IP_MASK))))
		return 0;
	return wrong(scope, rule, value->variable.name,
		     "is not given, and what is learned cannot stand there", err);
}

/* --- iterators --- */

struct iterator {
	uint32_t number;
	size_t n, i;
};

struct meter {
	struct iterator *iterators;
	size_t n;
};

static struct iterator *find_iterator(const struct meter *meter, uint32_t number)
{
	for (size_t i = 0; i < meter->n; i++)
		if (meter->iterators[i].number == number)
			return &meter->iterators[i];
	return NULL;
}

static int note_variable(struct meter *meter, const struct nwfilter_scope *scope,
			 const struct nwfilter_rule *rule, const struct nwfilter_variable *variable,
			 struct error *err)
{
	size_t n = is_built_in(scope, variable->name) ? 1 : count_elements(scope, variable->name);
	struct iterator *iterator = find_iterator(meter, variable->number);

	if (n == 0)
		return lacks_value(scope, rule, variable->name, err);
	if (variable->is_element)
		return is_built_in(scope, variable->name) || variable->number < n
			       ? 0
			       : wrong(scope, rule, variable->name, "has fewer values than that",
				       err);
	if (iterator && iterator->n != n)
		return wrong(scope, rule, variable->name,
			     "has another number of values than what goes in step with it", err);
	if (iterator)
		return 0;
	iterator = array_add(&meter->iterators, &meter->n, sizeof(*iterator));
	if (!iterator)
		return error_oom(err);
	*iterator = (struct iterator){ .number = variable->number, .n = n };
	return 0;
}

/* False: all have been. */
static bool advance(struct meter *meter)
{
	for (size_t i = 0; i < meter->n; i++) {
		if (++meter->iterators[i].i < meter->iterators[i].n)
			return true;
		meter->iterators[i].i = 0;
	}
	return false;
}

static int init_meter(struct meter *meter, const struct nwfilter_scope *scope,
		      const struct nwfilter_rule *rule, struct error *err)
{
	size_t combinations = 1;
	int r = 0;

	for (size_t i = 0; i < rule->n_values && r == 0; i++)
		if (rule->values[i].variable.name)
			r = note_variable(meter, scope, rule, &rule->values[i].variable, err);
	for (size_t i = 0; i < meter->n && r == 0; i++)
		if ((combinations *= meter->iterators[i].n) > COMBINATIONS_MAX)
			r = error_set(err, -E2BIG, ERROR_INVALID_ARGUMENT,
				      "filter '%s', line %u: its lists have more than %d "
				      "combinations",
				      scope->filter->name, rule->line, COMBINATIONS_MAX);
	return r;
}

/* --- one combination --- */

static int read_value(const struct nwfilter_scope *scope, const struct nwfilter_rule *rule,
		      const struct nwfilter_value *from, const char *text,
		      struct nwfilter_value *to, struct error *err)
{
	const char *why = NULL;
	int r;

	*to = (struct nwfilter_value){ .negated = from->negated };
	r = nwfilter_value_parse(from->attribute, rule->protocol, text, to, &why);
	if (r == -ENOMEM)
		return error_oom(err);
	if (r < 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "filter '%s', line %u: $%s: '%s' %s", scope->filter->name,
				 rule->line, from->variable.name, text, why);
	return 0;
}

static int resolve_value(const struct nwfilter_scope *scope, const struct nwfilter_rule *rule,
			 const struct meter *meter, const struct nwfilter_value *from,
			 struct nwfilter_value *to, bool *ret_learned, struct error *err)
{
	const struct nwfilter_variable *variable = &from->variable;
	char mac[MAC_TEXT_SIZE];
	size_t i;

	if (!variable->name)
		return nwfilter_value_copy(from, to) < 0 ? error_oom(err) : 0;
	if (is_learned(scope, variable->name)) {
		*to = (struct nwfilter_value){ .attribute = from->attribute,
					       .negated = from->negated };
		*ret_learned = true;
		return check_learned(scope, rule, from, err);
	}
	if (is_built_in(scope, variable->name)) {
		mac_format(&scope->mac, mac);
		return read_value(scope, rule, from, mac, to, err);
	}
	i = variable->is_element ? variable->number : find_iterator(meter, variable->number)->i;
	return read_value(scope, rule, from, nwfilter_scope_element(scope, variable->name, i), to,
			  err);
}

static int resolve_once(const struct nwfilter_scope *scope, const struct nwfilter_rule *rule,
			const struct meter *meter, struct nwfilter_resolved *resolved,
			struct error *err)
{
	int r = 0;

	resolved->rule = *rule;
	resolved->rule.values = calloc(rule->n_values + 1, sizeof(*rule->values));
	resolved->rule.n_values = 0;
	resolved->learned = calloc(rule->n_values + 1, sizeof(*resolved->learned));
	if (!resolved->rule.values || !resolved->learned)
		return error_oom(err);
	for (size_t i = 0; i < rule->n_values && r == 0; i++) {
		r = resolve_value(scope, rule, meter, &rule->values[i], &resolved->rule.values[i],
				  &resolved->learned[i], err);
		resolved->rule.n_values += r == 0;
	}
	return r;
}

int nwfilter_scope_resolve(const struct nwfilter_scope *scope, const struct nwfilter_rule *rule,
			   nwfilter_resolved_func *take, void *user, struct error *err)
{
	struct meter meter = { 0 };
	int r = init_meter(&meter, scope, rule, err);
	bool more = r == 0;

	while (more) {
		struct nwfilter_resolved resolved = { 0 };

		r = resolve_once(scope, rule, &meter, &resolved, err);
		if (r == 0)
			r = take(user, &resolved, err);
		nwfilter_resolved_done(&resolved);
		more = r == 0 && advance(&meter);
	}
	free(meter.iterators);
	return r;
}

void nwfilter_resolved_done(struct nwfilter_resolved *resolved)
{
	for (size_t i = 0; i < resolved->rule.n_values; i++)
		nwfilter_value_done(&resolved->rule.values[i]);
	free(resolved->rule.values);
	free(resolved->learned);
	*resolved = (struct nwfilter_resolved){ 0 };
}
