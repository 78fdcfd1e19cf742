# Sourced: the disk, kernel and initramfs of the virtual machine, made once and kept in $CORACLE_VM_CACHE (/var/tmp/coracle-vm).
# make_root sets disk, kernel and initramfs, and tree, whose root is what the disk was made of. What goes in is said here alone: another list of packages makes another root, another
# line here or in guest/ another disk. (netavark: what skopeo depends on in one of several forms, among which debootstrap cannot choose.)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CORACLE_VM_CACHE:-/var/tmp/coracle-vm}
# CORACLE_VM_KERNEL: the Debian release whose kernel is booted instead (bullseye: 5.10).
kernel_suite=${CORACLE_VM_KERNEL:-}
suite=bookworm tree='' disk='' kernel='' initramfs=''

base_packages=(systemd systemd-sysv dbus udev kmod procps iproute2 iptables util-linux util-linux-extra bsdutils psmisc e2fsprogs ca-certificates busybox-static)
# What the tests call, and what the service tests want of a device: AppArmor on, journald, an init with dbus.
test_packages=(apparmor libicu72 docker.io docker-registry skopeo netavark apache2-utils python3 zstd xz-utils bzip2
  iptables nftables attr rdiff btrfs-progs xfsprogs)
# In the order in which they are loaded; each brings what it needs.
modules=(virtio_pci virtio_mmio virtio_blk ext4 crc32c_generic)

make_root() {
  local architecture=$1 packages key work
  packages="linux-image-$architecture ${base_packages[*]} ${test_packages[*]}"
  [ "$architecture" = amd64 ] || packages="linux-image-$architecture busybox-static"
  tree=$cache/$architecture-$suite-$(echo "$packages" | sha256sum | cut -c1-8)
  key=$(cat "$here/root.sh" "$here"/guest/* | sha256sum | cut -c1-8)
  work=$tree/$key${kernel_suite:+-$kernel_suite}
  disk=$work/disk.img kernel=$work/vmlinuz initramfs=$work/initramfs
  [ ! -s "$work/complete" ] || return 0
  if [ ! -e "$tree/root/payload" ]; then
    echo "== a Debian ($suite, $architecture) for the virtual machine, once: $tree"
    rm -rf --one-file-system "$tree"
    mkdir -p "$tree/root" "$cache/packages"
    if [ "$architecture" = amd64 ]; then bootstrap "$tree" "$packages"; else unpack_bare "$tree" "$architecture"; fi
    mkdir -p "$tree/root/payload" "$tree/root/results"
  fi
  echo "== its disk: $work"
  local root=$tree/root
  find "$tree" -mindepth 1 -maxdepth 1 -name '????????*' ! -name "$key*" ! -name '*.log' -exec rm -rf {} + # disks of older lines
  rm -rf "$work"
  mkdir -p "$work"
  if [ "$architecture" = amd64 ]; then configure "$root"; else configure_bare "$root"; fi
  if [ -n "$kernel_suite" ]; then
    other_kernel "$root" "$work"
    root=$work/root
  fi
  make_initramfs "$root" "$initramfs"
  kernel_of "$root" > "$kernel"
  truncate -s 6G "$disk"
  mkfs.ext4 -q -F -L root -d "$root" "$disk"
  rm -rf "$work/root"
  date > "$work/complete"
}

bootstrap() {
  local tree=$1 packages=$2
  debootstrap --cache-dir="$cache/packages" --variant=minbase --include="${packages// /,}" "$suite" "$tree/root" \
    > "$tree/debootstrap.log" 2>&1 || { tail -n 20 "$tree/debootstrap.log" "$tree/root/debootstrap/debootstrap.log" >&2; return 1; }
  rm -rf "$tree"/root/var/cache/apt/archives/*.deb "$tree"/root/var/lib/apt/lists/* "$tree"/root/boot/initrd* "$tree"/root/initrd*
}

# other_kernel ROOT WORK: WORK/root is the same root with the kernel of another release.
other_kernel() {
  local root=$1 work=$2
  debootstrap --download-only --variant=minbase --cache-dir="$cache/packages" --include=linux-image-amd64 "$kernel_suite" "$work/packages" > "$work/debootstrap.log" 2>&1
  mkdir "$work/kernel"
  dpkg -x "$work"/packages/var/cache/apt/archives/linux-image-[0-9]*.deb "$work/kernel"
  cp -al "$root" "$work/root"
  rm -rf "$work"/root/boot/* "$work"/root/usr/lib/modules
  cp -a "$work"/kernel/boot/. "$work/root/boot/"
  cp -a "$work/kernel/lib/modules" "$work/root/usr/lib/modules"
  depmod -b "$work/root" "$(ls "$work/root/usr/lib/modules")"
  rm -rf "$work/packages" "$work/kernel"
}

# Another processor's programs cannot configure packages here: a kernel, its modules and busybox, as they lie in their packages. The
# machine has that architecture in apt (./dev build --arch does that).
unpack_bare() {
  local tree=$1 architecture=$2 image debs=$1/debs
  mkdir -p "$debs"
  image=$(apt-cache depends "linux-image-$architecture:$architecture" | awk '/Depends:/ { print $2; exit }')
  (cd "$debs" && apt-get download -qq "$image" "busybox-static:$architecture") > "$tree/download.log" 2>&1 || { cat "$tree/download.log" >&2; return 1; }
  local deb
  for deb in "$debs"/*.deb; do dpkg -x "$deb" "$tree/root"; done
  depmod -b "$tree/root" "$(ls "$tree/root/lib/modules")"
}

# Its process 1 is a shell script; no init system, cgroup v2 mounted by hand.
configure_bare() {
  local root=$1 applet
  mkdir -p "$root"/{proc,sys,dev,run,tmp,root,etc,sbin,usr/bin,usr/lib/coracle-vm}
  for applet in $(busybox --list); do [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"; done
  install -m 0755 "$here/guest/session" "$root/usr/lib/coracle-vm/session"
  install -m 0755 "$here/guest/bare-init" "$root/sbin/init"
  printf '127.0.0.1 localhost\n' > "$root/etc/hosts"
  printf 'root:x:0:0:root:/root:/bin/sh\n' > "$root/etc/passwd"
  printf 'root:x:0:\n' > "$root/etc/group"
}

# An arm64 kernel is a gzip file that the emulator's loader does not unpack.
kernel_of() { if gzip -t "$1"/boot/vmlinuz-* 2>/dev/null; then zcat "$1"/boot/vmlinuz-*; else cat "$1"/boot/vmlinuz-*; fi; }

configure() {
  local root=$1
  install -D -m 0755 "$here/guest/session" "$root/usr/lib/coracle-vm/session"
  install -D -m 0644 "$here/guest/coracle-vm.service" "$root/etc/systemd/system/coracle-vm.service"
  mkdir -p "$root/etc/systemd/system/multi-user.target.wants" "$root/payload" "$root/results"
  ln -sf ../coracle-vm.service "$root/etc/systemd/system/multi-user.target.wants/"
  # Nothing may run beside the tests that costs emulated seconds, and no other engine.
  local unit
  for unit in docker.service docker.socket containerd.service docker-registry.service apt-daily.timer apt-daily-upgrade.timer \
      e2scrub_all.timer e2scrub_reap.service man-db.timer dpkg-db-backup.timer fstrim.timer getty@tty1.service serial-getty@ttyS0.service \
      serial-getty@ttyAMA0.service systemd-networkd-wait-online.service systemd-timesyncd.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  mkdir -p "$root/etc/systemd/journald.conf.d"
  printf '[Journal]\nStorage=volatile\nForwardToConsole=no\n' > "$root/etc/systemd/journald.conf.d/vm.conf"
  echo coracle-vm > "$root/etc/hostname"
  printf '127.0.0.1 localhost coracle-vm\n::1 localhost\n' > "$root/etc/hosts"
  : > "$root/etc/fstab"
  [ -e "$root/etc/machine-id" ] && : > "$root/etc/machine-id"
  rm -f "$root/usr/sbin/policy-rc.d"
}

# needed ROOT VERSION: paths of the modules below /lib/modules/VERSION, each after what it depends on.
needed() {
  local library=$1/lib/modules/$2 module line
  for module in "${modules[@]}"; do
    line=$(grep -E "/${module//_/[-_]}\.ko" "$library/modules.dep" || true)
    [ -n "$line" ] || continue # built in
    echo "${line#*:}" | tr ' ' '\n' | tac
    echo "${line%%:*}"
  done | grep . | awk '!seen[$0]++'
}

make_initramfs() {
  local root=$1 target=$2 version work path
  version=$(ls "$root/lib/modules")
  work=$(mktemp -d)
  mkdir -p "$work"/{bin,lib,proc,sys,dev,root}
  cp "$root/bin/busybox" "$work/bin/busybox"
  install -m 0755 "$here/guest/init" "$work/init"
  for path in $(needed "$root" "$version"); do
    cp "$root/lib/modules/$version/$path" "$work/lib/"
    basename "$path"
  done > "$work/modules"
  (cd "$work" && find . | busybox cpio -o -H newc) 2>/dev/null > "$target"
  rm -rf "$work"
}
