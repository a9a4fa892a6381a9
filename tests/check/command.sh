# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command and its manual page tell the same.

cd "$VIFD_SOURCE" || exit

# The verbs that `vif help` lists: on each indented line, what stands before the column of summaries.
verbs() {
	vif_help | sed -nE 's/^  ([a-z]+( [a-z]+)?)  .*/\1/p'
}

vif_help() {
	"$VIFD_BUILD/src/cli/vif" help
}

built() {
	[ -x "$VIFD_BUILD/src/cli/vif" ] || skip "vif is not built"
	[ -e man/vif.1 ] || skip "there is no man/vif.1 yet"
}

test_every_verb_of_the_help_is_in_the_manual() {
	built
	local verb n=0 text
	text=$(sed 's/\\f.//g; s/\\-/-/g' man/vif.1)
	while read -r verb; do
		grep -qE "\\b$verb\\b" <<<"$text" || fail "man/vif.1 does not know 'vif $verb'"
		n=$((n + 1))
	done < <(verbs)
	[ "$n" -ge 8 ] || fail "only $n verbs found in: $(vif_help)"
}
