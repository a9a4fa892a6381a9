# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What `meson install` leaves works where it lies. DESTDIR puts it below a folder of the test's: nothing of it is
# where it was configured to be, so what is found is found from the place of `vif` itself.

# Lays the installation below $T/stage; $PREFIX is its prefix there.
stage() {
	need meson
	DESTDIR=$T/stage meson install -C "$VIFD_BUILD" --no-rebuild >"$T/install.log" || fail "$(tail -n 3 "$T/install.log")"
	CONFIGURED=$(meson introspect --buildoptions "$VIFD_BUILD" | jq -r '.[] | select(.name == "prefix").value')
	PREFIX=$T/stage$CONFIGURED
}

# The installed vif, without the harness's word on which vifd to take.
installed_vif() {
	VIFD='' on "$HOST" "$PREFIX/bin/vif" "$@"
}

test_an_installation_in_any_place_finds_its_library_and_its_daemon() {
	host host
	stage
	expect_ok installed_vif version
	expect_match "*=> $T/stage/*libvif.so*" "$(ldd "$PREFIX/bin/vif" | grep libvif)"
	expect_ok installed_vif plug ethernet,target=web0
	expect_link web0 'any(.altnames[]; startswith("vif-"))'
	expect_equal "$(readlink "/proc/$(vifd_pids)/exe")" "$PREFIX/sbin/vifd"
	expect_ok installed_vif unplug web0
}

test_the_units_start_what_was_installed() {
	stage
	expect_equal "$(sed -n 's/^ExecStart=//p' "$PREFIX/lib/systemd/system/vifd.service")" "$CONFIGURED/sbin/vifd"
	[ -x "$PREFIX/sbin/vifd" ] || fail "there is no $PREFIX/sbin/vifd"
	need systemd-analyze
	# It looks for the program, and that is not where it was configured to be.
	sed -i "s|^ExecStart=|&$T/stage|" "$PREFIX/lib/systemd/system/vifd.service"
	expect_ok systemd-analyze verify --man=no "$PREFIX/lib/systemd/system/vifd.service" "$PREFIX/lib/systemd/system/vifd.socket"
	expect_equal "$ERR" ""
}

test_the_group_is_made_by_sysusers() {
	need systemd-sysusers
	stage
	mkdir -p "$T/tree/etc"
	expect_ok systemd-sysusers --root="$T/tree" "$PREFIX/lib/sysusers.d/vifd.conf"
	grep -q '^vifd:' "$T/tree/etc/group" || fail "no group vifd: $OUT $ERR"
}
