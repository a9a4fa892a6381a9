#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# guest-image.sh FOLDER: makes FOLDER/kernel and FOLDER/initramfs, the guest of the tests and the demo.
#
# The kernel is that of Debian's cloud images: its package is downloaded and unpacked here, never
# installed, so the machine's boot loader hears nothing of it. The initramfs is busybox, the NIC
# drivers with what they need, flow (flow.c), guest-init and guest-lease. Debian 12 ships modules as they are, Debian 13
# compresses them; the guest's insmod gets them plain. A folder that is up to date is left alone.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
out=$1
package=linux-image-cloud-$(dpkg --print-architecture)
drivers='virtio_pci virtio_net'

# What the image is made from: when this text changes, it is made again.
recipe() {
	cat "$0" "$here/guest-init" "$here/guest-lease" "$here/flow.c"
	sha256sum "$busybox"
}

download_kernel() {
	local name
	name=$(apt-cache depends --no-recommends --no-suggests "$package" 2>/dev/null |
		awk '$1 == "Depends:" && $2 ~ /^linux-image-/ {print $2; exit}')
	[ -n "$name" ] || return 1
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$name")
}

unpack_kernel() {
	if ! download_kernel; then
		apt-get -q update
		download_kernel || {
			echo "guest-image: package $package cannot be had" >&2
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

# The files of the drivers and of all that they need, in the order to load them. (The cloud kernel has
# no driver for any NIC that QEMU emulates, only for virtio.)
module_files() {
	local driver
	for driver in $drivers; do
		/sbin/modprobe -d "$work/kernel" -S "$version" --show-depends "$driver" 2>/dev/null |
			awk '$1 == "insmod" {print $2}'
	done | awk '!seen[$0]++'
}

make_initramfs() {
	local root=$work/root module
	mkdir -p "$root/bin" "$root/modules" "$root/etc/udhcpc"
	cp "$busybox" "$root/bin/busybox"
	gcc -O2 -static -D_GNU_SOURCE -o "$root/bin/flow" "$here/flow.c"
	install -m 0755 "$here/guest-init" "$root/init"
	install -m 0755 "$here/guest-lease" "$root/etc/udhcpc/default.script"
	module_files | while read -r module; do
		cp "$module" "$root/modules/"
		basename "$module" >>"$root/modules/order"
	done
	grep -q virtio_net "$root/modules/order"
	(cd "$root" && find . | sort | cpio --quiet -o -H newc) >"$work/initramfs"
}

busybox=$(command -v busybox)
if [ -f "$out/recipe" ] && [ "$(recipe)" = "$(<"$out/recipe")" ]; then
	exit 0
fi
mkdir -p "$out"
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
unpack_kernel
make_initramfs
cp "$work"/kernel/boot/vmlinuz-* "$out/kernel"
mv "$work/initramfs" "$out/initramfs"
recipe >"$out/recipe"
echo "guest image: Linux $version, $(du -h "$out/initramfs" | cut -f1) initramfs"
