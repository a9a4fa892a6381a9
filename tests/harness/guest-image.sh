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
# shellcheck source=tests/harness/kernel-package.sh
. "$here/kernel-package.sh"
package=linux-image-cloud-$(dpkg --print-architecture)
# The cloud kernel has no driver for any NIC that QEMU emulates, only for virtio.
drivers='virtio_pci virtio_net'

# What the image is made from: when this text changes, it is made again.
recipe() {
	cat "$0" "$here/kernel-package.sh" "$here/guest-init" "$here/guest-lease" "$here/flow.c"
	sha256sum "$busybox"
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
