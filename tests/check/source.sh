# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What holds for the sources as text.

cd "$VIFD_SOURCE" || exit

# Lines `FOLDER ALLOWED…`.
layers() {
	sed -n 's/^\([a-z][a-z_]*\):/\1/p' tests/check/layers.table
}

test_rooms_include_only_what_the_layer_table_allows_and_nothing_goes_in_circles() {
	tests/check/layers || fail "see above"
}

# The check itself: a source tree of each breach.
test_a_breach_of_the_layers_is_told() {
	mkdir -p "$T/src"
	cp -r src/util src/model src/plan "$T/src"
	tests/check/layers "$T/src"
	echo '#include "plan/plan.h"' >>"$T/src/model/mac.c"
	expect_output "a circle: plan → model → plan" tests/check/layers "$T/src"
	expect_output "src/model/mac.c:.*: model may not include plan" tests/check/layers "$T/src"
	cp src/model/mac.c "$T/src/model/mac.c"
	echo '#include "model/vlan.h"' >>"$T/src/model/uuid.c"
	echo '#include "model/uuid.h"' >>"$T/src/model/vlan.h"
	expect_output "a circle: model/(uuid → model/vlan → model/uuid|vlan → model/uuid → model/vlan)$" tests/check/layers "$T/src"
}

# expect_output REGEX COMMAND…: it fails, and says so.
expect_output() {
	local said
	! said=$("${@:2}" 2>&1) || fail "${*:2} did not fail"
	grep -qE "^$1" <<<"$said" || fail "no '$1' in: $said"
}

test_includes_name_their_folder() {
	local bare
	bare=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^/"]*"' src --include='*.[ch]' || true)
	[ -z "$bare" ] || fail "written without the folder: $bare"
}

test_every_source_folder_has_its_row_in_the_layer_table() {
	expect_equal "$(find src -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)" "$(layers | awk '{print $1}' | sort)"
}

test_the_layer_table_of_the_architecture_is_the_one_that_is_checked() {
	[ -e ARCHITECTURE.md ] || skip "there is no ARCHITECTURE.md yet"
	local told
	# Rows `| folder | what | may include |`. The public header stands below the table, in words.
	told=$(sed -n '/^| folder | what | may include |/,/^$/p' ARCHITECTURE.md | awk -F'|' '
		NR > 2 && NF {
			gsub(/ /, "", $2)
			gsub(/[–,]/, " ", $4)
			print $2 ":", $4
		}' | while read -r folder allowed; do
		[ "$allowed" != "all of these" ] || allowed=$(layers | awk '$1 != "daemon" && $1 != "lib" && $1 != "cli" {print $1}')
		sorted_row "$folder" "$allowed"
	done | sort)
	expect_equal "$told" "$(layers | while read -r folder allowed; do
		sorted_row "$folder:" "${allowed//vif/}"
	done | sort)"
}

# sorted_row FOLDER: WORDS
sorted_row() {
	# shellcheck disable=SC2086 # words
	echo "$1 $(printf '%s\n' $2 | sort | paste -sd' ')"
}

# timeout: 240
test_every_header_compiles_alone() {
	local header flags
	flags=$(pkg-config --cflags libxml-2.0 libsystemd libmnl jansson)
	while read -r header; do
		# shellcheck disable=SC2086 # words
		echo "#include \"$header\"" | gcc -x c -std=gnu17 -D_GNU_SOURCE -Isrc -Iinclude $flags \
			-Wall -Wextra -Wno-unused-parameter -Werror -fsyntax-only - ||
			fail "$header does not compile alone"
	done < <(find src include -name '*.h' ! -name '*.bpf.h' -printf '%P\n' 2>/dev/null) # those are clang's, for the kernel
}

test_every_source_has_its_licence() {
	local missing
	missing=$(find src include tests bench .ci dev \( -name '*.[ch]' -o -name '*.sh' -o -type f -perm -u+x \) -print0 2>/dev/null |
		xargs -0 awk '
			FNR == 1 { if (file && !found) print file; file = FILENAME; found = 0 }
			FNR <= 3 && /SPDX-License-Identifier: LGPL-2.1-or-later/ { found = 1 }
			FNR > 3 { nextfile }
			END { if (file && !found) print file }')
	[ -z "$missing" ] || fail "without SPDX line: $missing"
}

test_every_source_folder_says_what_it_is_for() {
	local folder lines
	for folder in src/*/; do
		[ -e "${folder}README.md" ] || fail "${folder}README.md is missing"
		lines=$(wc -l <"${folder}README.md")
		if [ "$lines" -lt 5 ] || [ "$lines" -gt 20 ]; then
			fail "${folder}README.md has $lines lines; 5 to 15 tell enough"
		fi
	done
}

# Files are read where they lie, by anyone: no path of the machine that they were written on.
test_nothing_names_the_machine_it_was_written_on() {
	local found
	found=$(git grep -nIE '/wor[k]/|/roo[t]/|/hom[e]/[a-z]|/tm[p]/NOTES' -- . ':!LICENSE' || true)
	[ -z "$found" ] || fail "$found"
}

# Paths in backquotes in the documents, such as `src/util/error.h`, lead somewhere.
test_documents_name_files_that_exist() {
	local document path missing=
	# shellcheck disable=SC2016 # the backquotes are meant
	for document in *.md src/*/README.md; do
		[ -e "$document" ] || continue
		while read -r path; do
			[ -e "$path" ] || [ -e "$(dirname "$document")/$path" ] || missing+=" $document:$path"
		done < <(grep -oE '`(src|tests|bench|man|data|api|include)/[A-Za-z0-9_./-]+`' "$document" | tr -d '`' || true)
	done
	[ -z "$missing" ] || fail "no such file:$missing"
}

test_documents_name_tests_that_exist() {
	local document name missing='' n=0
	# shellcheck disable=SC2016 # the backquotes are meant
	for document in *.md; do
		while read -r name; do
			n=$((n + 1))
			grep -q "^test_${name##*/}()" "tests/${name%/*}.sh" || missing+=" $document:$name"
		done < <(grep -oE '`(kernel|guest)/[a-z-]+/[a-z0-9_]+`' "$document" | tr -d '`' || true)
	done
	[ -z "$missing" ] || fail "no such test:$missing"
	[ "$n" -gt 0 ] || fail "no document names a test"
}

# Words in backquotes that are names of C, or of the words of scenarios; "noun" and "thing" stand for any.
names_in_documents() {
	# shellcheck disable=SC2016 # the backquotes are meant
	sed '/^```/,/^```/d' ./*.md src/*/README.md | grep -oE '`[^`]+`' | tr -d '`' | sed -nE '
		s/^struct ([a-z_]+)\b.*$/\1/p
		s/^([A-Za-z][A-Za-z0-9_]*)\(.*\)$/\1/p
		s/^([A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)+)$/\1/p' |
		grep -vE '(^|_)(noun|thing)(_|$)' | sort -u
}

# The words of the sources and of the scenarios, without their comments.
words_of_code() {
	{
		sed 's,/\*.*\*/,,; /\/\*/,/\*\//d' src/*/*.[ch] include/vif/*.h
		grep -hv '^[[:space:]]*#' tests/*/*.sh | sed 's/\btest_//g'
	} | grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u
}

test_documents_name_functions_that_exist() {
	local names missing
	names=$(names_in_documents)
	[ "$(wc -l <<<"$names")" -gt 30 ] || fail "only few names found: is the reader right?"$'\n'"$names"
	missing=$(comm -23 <(echo "$names") <(words_of_code))
	[ -z "$missing" ] || fail "documents name what the code does not have: ${missing//$'\n'/, }"
}

# Sources in backquotes, such as `xml.c` in the README of its folder or `daemon/watch.c` elsewhere.
test_documents_name_sources_that_exist() {
	local document path folder missing=''
	# shellcheck disable=SC2016 # the backquotes are meant
	for document in *.md src/*/README.md; do
		folder=$(dirname "$document")
		while read -r path; do
			[ -e "$folder/$path" ] || [ -e "$path" ] || [ -e "src/$path" ] || [ -e "include/$path" ] ||
				{ [[ $path != */* ]] && compgen -G "src/*/$path" >/dev/null; } || missing+=" $document:$path"
		done < <(grep -oE '`[a-z][a-z0-9-]*(/[a-z][a-z0-9-]*)*\.[ch]`' "$document" | tr -d '`' || true)
	done
	[ -z "$missing" ] || fail "no such source:$missing"
}

# Tabs are 8 columns wide, and a character that takes several bytes is one.
test_no_line_of_c_is_wider_than_100_columns() {
	local wide
	# shellcheck disable=SC2016 # awk's own
	wide=$(find src include tests bench -name '*.[ch]' -exec env LC_ALL=C awk '{
		gsub(/[\200-\277]/, "")
		while (at = index($0, "\t")) sub(/\t/, substr("        ", (at - 1) % 8 + 1))
		if (length > 100) print FILENAME ":" FNR, length
	}' {} +)
	[ -z "$wide" ] || fail "$wide"
}

# A kind of interface or of port is named where it is read and written, and in its row: whoever
# else wants to know asks the row.
test_kinds_are_named_only_in_their_rows() {
	local kinds rows named
	kinds=$(sed -n '/^enum \(interface_type\|port_type\) {/,/^}/s/^\t\([A-Z_]*\),.*/\1/p' src/model/interface.h |
		grep -vE '_(COUNT|UNSET)$' | paste -sd'|')
	rows='src/(formats/|backends/(guest|host)-[a-z]*\.c|model/interface(-kind)?\.[ch])'
	named=$(grep -rnwE "$kinds" src --include='*.[ch]')
	[ "$(grep -cE "^$rows" <<<"$named")" -gt 20 ] || fail "few of $kinds are found: is the reader right?"
	named=$(grep -vE "^$rows" <<<"$named" || true)
	[ -z "$named" ] || fail "$named"
}

# Lines of C in the documents stand in the sources too, but for comments that the document adds.
test_documents_quote_the_code_as_it_is() {
	local line code missing='' n=0
	cat src/*/*.[ch] | sed 's/^[[:space:]]*//' >"$T/code"
	# shellcheck disable=SC2016 # the backquotes are meant
	while read -r line; do
		code=$(sed -E 's,[[:space:]]*/\*.*\*/$,,; s/^[[:space:]]*//' <<<"$line")
		[ -n "$code" ] || continue
		n=$((n + 1))
		grep -qxF "$code" "$T/code" || missing+=$'\n'$line
	done < <(cat ./*.md | sed -n '/^```c$/,/^```$/{/^```/d;p}')
	[ "$n" -gt 10 ] || fail "only $n lines of C found: is the reader right?"
	[ -z "$missing" ] || fail "not in src/:$missing"
}

# The names of events, as they stand in the code and in each document that lists them.
test_every_event_is_in_the_documents_and_the_other_way_round() {
	local told document
	told=$(grep -rhoE '"(port|network)-([a-z]+ed|waiting|gone)"' src/life src/methods | tr -d '"' | sort -u)
	[ "$(wc -l <<<"$told")" -gt 8 ] || fail "only $told found: is the reader right?"
	for document in api/io.github.vifd.Manager.xml man/vif.1; do
		expect_equal "$(grep -ohE '\b(port|network)-([a-z]+ed|waiting|gone)\b' "$document" | grep -v 'network-active' | sort -u)" "$told"
	done
}
