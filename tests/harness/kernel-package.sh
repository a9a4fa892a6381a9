# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A kernel of Debian's, as files: for guest-image.sh and nested-image.sh. They set `package`, `work` and `drivers`.
: "${package=}" "${work=}" "${drivers=}"

download_kernel() {
	local name
	name=$(apt-cache depends --no-recommends --no-suggests "$package" 2>/dev/null |
		awk '$1 == "Depends:" && $2 ~ /^linux-image-/ {print $2; exit}')
	[ -n "$name" ] || return 1
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$name")
}

# Into $work/kernel, with modules that any insmod takes. Sets `version`.
unpack_kernel() {
	if ! download_kernel; then
		apt-get -q update
		download_kernel || {
			echo "${0##*/}: package $package cannot be had" >&2
			exit 1
		}
	fi
	dpkg -x "$work"/linux-image-*.deb "$work/kernel"
	# Debian 13 has /lib -> usr/lib: the package's files may be in either.
	[ -d "$work/kernel/lib" ] || ln -s usr/lib "$work/kernel/lib"
	version=$(basename "$work"/kernel/lib/modules/*)
	find "$work/kernel/lib/modules/" -name '*.ko.xz' -exec xz -d {} +
	find "$work/kernel/lib/modules/" -name '*.ko.zst' -exec zstd -q -d --rm {} +
	/sbin/depmod -b "$work/kernel" "$version"
}

# The files of the drivers and of all that they need, in the order to load them.
module_files() {
	local driver
	for driver in $drivers; do
		/sbin/modprobe -d "$work/kernel" -S "$version" --show-depends "$driver" 2>/dev/null |
			awk '$1 == "insmod" {print $2}'
	done | awk '!seen[$0]++'
}
