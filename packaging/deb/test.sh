#!/usr/bin/env bash
# ./dev deb-test: a bare Debian 12 installs the package, runs a container, removes and purges the package, and is as it was before.
# The bare root is made by debootstrap once and kept in out/; each run unpacks it into a directory of its own, which is gone afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
repository=$PWD
bare=out/debian-12.tar
work=$(mktemp -d /tmp/coracle-deb-XXXXXX)
root=$work/root
engine='' registry=''

die() { printf 'deb-test: %s\n' "$*" >&2; [ ! -s "$root/tmp/engine.log" ] || tail -n 20 "$root/tmp/engine.log" >&2; exit 1; }
title() { printf '== %s\n' "$*"; }
. build/demo-image.sh

# Mounts of the test are in a namespace of its own: nothing of it is ever seen on the machine, whatever happens here.
if [ "${1:-}" != inside ]; then
  rmdir "$work"
  exec unshare --mount --propagation private "$repository/packaging/deb/test.sh" inside
fi

clean() {
  trap - EXIT INT TERM
  [ -z "$engine" ] || { kill "$engine" 2>/dev/null && wait "$engine" 2>/dev/null; } || true
  [ -z "$registry" ] || { kill "$registry" 2>/dev/null && wait "$registry" 2>/dev/null; } || true
  umount -R -l "$root" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_bare_root() {
  [ ! -s "$bare" ] || return 0
  title "debootstrap: a bare Debian 12 (once)"
  debootstrap --variant=minbase bookworm "$work/bare" > "$work/debootstrap.log" 2>&1 || { tail -n 20 "$work/debootstrap.log" >&2; die "debootstrap failed"; }
  rm -rf "$work/bare"/var/cache/apt/archives/*.deb "$work/bare"/var/lib/apt/lists/*
  tar -C "$work/bare" -cf "$bare.new" .
  mv "$bare.new" "$bare"
  rm -rf "$work/bare"
}

# What a device has when a person logs in: a disk, /proc, /sys with the cgroups, a few device nodes, /run, /tmp.
open_root() {
  mkdir -p "$root"
  mount -t tmpfs -o mode=0755 tmpfs "$root"
  tar -C "$root" -xpf "$bare"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=0755 tmpfs "$root/run"
}

chrooted=(chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive)
in_root() { "${chrooted[@]}" "$@"; }

# Every file but what dpkg itself keeps, with its type and mode, and the group file; backups that addgroup makes are its own.
listing() {
  (cd "$root" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache -o -path ./tmp \) -prune -o -printf '%y %m %p\n') \
    | grep -vE ' \./etc/(group|gshadow|passwd|shadow|subgid|subuid)-$| \./etc/\.pwd\.lock$' | sort
  cat "$root/etc/group"
}

expect() { [ "$2" = "$3" ] || die "$1: '$2' instead of '$3'"; }

[ "$(id -u)" = 0 ] || die "it needs root"
need_image_tools
make_bare_root

title "The package, twice: the same bytes"
packaging/deb/build.sh
package=$(ls -t out/coracle_*_amd64.deb | head -n 1)
sleep 1 # another second, so that a clock inside would show
packaging/deb/build.sh --to "$work/again" > /dev/null
cmp "$package" "$work/again/${package##*/}" || die "the second build differs"

title "lintian"
lintian --fail-on error,warning "$package" || die "lintian complains"

title "A bare Debian 12 installs it"
open_root
listing > "$work/before"
cp "$package" "$root/tmp/coracle.deb"
in_root dpkg -i /tmp/coracle.deb > "$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2; die "dpkg -i failed"; }
in_root coracle --version
grep -q '^coracle:' "$root/etc/group" || die "there is no group coracle"
in_root coracle daemon --validate

title "It runs a container"
make_image
serve_image
# By hand: no systemd runs in a chroot.
# Not through in_root: $! would be the shell that waits for it.
"${chrooted[@]}" coracle daemon > "$root/tmp/engine.log" 2>&1 < /dev/null &
engine=$!
until_true 20 in_root coracle version || die "the engine does not answer"
expect "owner and mode of the socket" "$(stat -c '%A %U' "$root/run/coracle/coracle.sock") $(in_root stat -c %G /run/coracle/coracle.sock)" "srw-rw---- root coracle"
in_root coracle pull "$image"
expect "a container's output" "$(in_root coracle run --rm --network none "$image" sh -c 'echo hello from a container')" "hello from a container"
in_root coracle run -d --name left --network none "$image" sleep 1000 > /dev/null

title "It goes, and takes along what runs"
in_root dpkg -r coracle > "$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2; die "dpkg -r failed"; }
kill "$engine" && wait "$engine" || die "the engine ended with $?"
engine=''
[ ! -e "$root/usr/bin/coracle" ] || die "the program is still there"
[ -e "$root/var/lib/coracle/store.json" ] || die "remove has taken the images: that is purge's to do"
[ -e "$root/etc/coracle/daemon.json" ] || die "remove has taken the configuration: that is purge's to do"
for task in /proc/[0-9]*; do
  [ "$(readlink "$task/root" 2>/dev/null || true)" != "$root" ] || die "left running: $(tr '\0' ' ' < "$task/cmdline")"
done

title "Purged, the root is as it was before"
in_root dpkg -P coracle > "$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2; die "dpkg -P failed"; }
rm -f "$root/tmp/coracle.deb"
listing > "$work/after"
diff "$work/before" "$work/after" || die "purge has left something"
echo "a bare Debian 12 installed it, ran it, removed it, purged it"
