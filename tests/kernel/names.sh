# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Names, files and folders that others chose: what they cannot do.

# Lines of a file that a terminal would obey: C0, but for line breaks, and C1.
obeyed() {
	tr -d '\n' <"$1" | LC_ALL=C grep -caP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]' || true
}

test_a_guest_whose_name_a_terminal_would_obey_is_refused() {
	local name
	usual_host 1
	for name in $'\e]0;title\a' $'two\nlines' $'\xc2\x9b31mred' $'\xe2\x80\xaegnirts' ''; do
		expect_unchanged expect_error "* is not a name that a guest can have: 1 to 255 bytes of UTF-8 *" \
			vif plug ethernet --guest "$name"
		expect_equal "$(obeyed "$T/err")" 0
	done
	expect_unchanged expect_error "* is not a name that a guest can have: *" \
		vif plug ethernet --guest "$(printf 'g%.0s' {1..256})"
	plug ethernet --guest "$(printf 'g%.0s' {1..255})"
	plug ethernet --guest 'Bücher, 東京'
	expect_match "*Bücher, 東京*" "$(vif list)"
	unplug vif0
	unplug vif1
}

test_a_networks_name_is_shown_and_not_obeyed() {
	usual_host 1
	printf '<network><name>n\xc2\x9b31mred</name><forward mode="bridge"><interface dev="eth1"/></forward></network>' >"$T/n.xml"
	expect_ok vif network define "$T/n.xml"
	vif network list >"$T/list"
	expect_match '*n\\u009b31mred*' "$(<"$T/list")"
	expect_equal "$(obeyed "$T/list")" 0
	expect_equal "$(obeyed "$T/host/vifd.log")" 0
	expect_ok vif network undefine $'n\xc2\x9b31mred'
}

# The kernel's names are bytes, those of D-Bus are UTF-8.
test_a_device_whose_name_is_no_text_is_in_nobodys_way() {
	usual_nics 1
	on host ip link add link eth1 name $'x\xff\xfe' type macvlan mode bridge
	start_vifd
	run_network red bridge eth1
	expect_json '.networks[0].name == "red"' vif --json capabilities
	expect_error '*eth1 alone, but it already carries *x\\xff\\xfe*' \
		vif plug dev=eth1,mode=passthrough
	expect_equal "$(obeyed "$T/err")" 0
	plug network=red
	unplug "$PORT"
	on host ip link del $'x\xff\xfe'
}

test_folders_have_their_modes_whatever_the_umask() {
	local folder
	group_vifd
	usual_nics 1
	umask 077
	start_vifd
	umask 022
	expect_equal "$(stat -c %a "$(runtime_dir)")" 755
	for folder in "$(runtime_dir)" "$(config_dir)"; do
		expect_equal "$(find "$folder" -type d ! -name qmp -printf '%m\n' | sort -u)" 755
	done
	expect_equal "$(stat -c '%u %a' "$(runtime_dir)/qmp")" "0 700"
	expect_ok as_nobody vif list
}

test_a_folder_of_records_may_hold_what_is_no_file() {
	usual_nics 1
	mkdir -p "$(runtime_dir)/ports" "$(config_dir)/networks"
	mkfifo "$(runtime_dir)/ports/a.xml" "$(config_dir)/networks/b.xml"
	ln -s /dev/zero "$(runtime_dir)/ports/c.xml"
	mkdir "$(runtime_dir)/ports/d.xml"
	start_vifd
	expect_match '*ports/a.xml: it is not a regular file*ports/c.xml: it is not a regular file*' \
		"$(<"$T/host/vifd.log")"
	plug dev=eth1
	unplug "$PORT"
	test -p "$(runtime_dir)/ports/a.xml"
	rm -r "$(runtime_dir)/ports/"{a,c,d}.xml "$(config_dir)/networks/b.xml"
}

# Without their records all devices of ours would be nobody's.
test_a_folder_of_records_that_is_none_keeps_vifd_from_starting() {
	local status=0
	usual_host 1
	plug dev=eth1
	kill_vifd
	snapshot "$T/before"
	mv "$(runtime_dir)/ports" "$T/ports"
	touch "$(runtime_dir)/ports"
	on host timeout 20 vifd 2>"$T/said" || status=$?
	expect_equal "$status" 1
	expect_match "vifd: cannot make the folder */ports: Not a directory" "$(<"$T/said")"
	rm "$(runtime_dir)/ports"
	mv "$T/ports" "$(runtime_dir)/ports"
	snapshot "$T/after"
	expect_same "$T/before" "$T/after"
	start_vifd
	expect_state "$PORT" connected
	unplug "$PORT"
}

test_a_document_may_come_through_a_pipe() {
	usual_host 1
	mkfifo "$T/pipe"
	echo "<interface type='ethernet'/>" >"$T/pipe" &
	plug "$T/pipe"
	unplug "$PORT"
}
