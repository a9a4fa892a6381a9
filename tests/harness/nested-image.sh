#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# nested-image.sh FOLDER: makes FOLDER/kernel, FOLDER/initramfs and FOLDER/lib/modules, the machine of tests/nested.
#
# The kernel is Debian's usual one, which has what the kernel of the machine that tests may lack. Its package is
# downloaded and unpacked here, never installed. The initramfs only gets at the tests' own file system (nested-init);
# all other modules are loaded from FOLDER when the kernel asks for them. A folder that is up to date is left alone.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
out=$(readlink -m "$1")
# shellcheck source=tests/harness/kernel-package.sh
. "$here/kernel-package.sh"
package=linux-image-$(dpkg --print-architecture)
# To mount the tests' file system.
drivers='virtio_pci 9pnet_virtio 9p'
# What of the package is kept: networks, without the hardware that QEMU does not have.
kept=(net lib crypto 'drivers/net/*.ko' drivers/net/{bonding,ipvlan,vxlan} drivers/net/ethernet/intel/{igb,igbvf,e1000e}
	drivers/{vhost,virtio,vfio,ptp,pps,i2c,dca})

recipe() {
	cat "$0" "$here/kernel-package.sh" "$here/nested-init"
	sha256sum "$busybox"
}

keep_modules() {
	local from=$work/kernel/lib/modules/$version to=$work/out/lib/modules/$version part
	mkdir -p "$to/kernel"
	for part in "${kept[@]}"; do
		# shellcheck disable=SC2086 # a pattern
		(cd "$from" && cp -r --parents kernel/$part "$to/")
	done
	cp "$from"/modules.builtin* "$from"/modules.order "$to/"
	/sbin/depmod -b "$work/out" "$version"
}

make_initramfs() {
	local root=$work/root module
	mkdir -p "$root/bin" "$root/modules" "$root/host"
	cp "$busybox" "$root/bin/busybox"
	install -m 0755 "$here/nested-init" "$root/init"
	module_files | while read -r module; do
		cp "$module" "$root/modules/"
		basename "$module" >>"$root/modules/order"
	done
	grep -q 9p "$root/modules/order"
	(cd "$root" && find . | sort | cpio --quiet -o -H newc) >"$work/out/initramfs"
}

busybox=$(command -v busybox)
if [ -f "$out/recipe" ] && [ "$(recipe)" = "$(<"$out/recipe")" ]; then
	exit 0
fi
rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/out"
unpack_kernel
keep_modules
make_initramfs
cp "$work"/kernel/boot/vmlinuz-* "$work/out/kernel"
mv "$work/out/"* "$out/"
recipe >"$out/recipe"
echo "nested image: Linux $version, $(du -sh "$out/lib" | cut -f1) of modules"
