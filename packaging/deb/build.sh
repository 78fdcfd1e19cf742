#!/usr/bin/env bash
# packaging/deb/build.sh [--arch x64|arm64] [--to DIRECTORY]
# The Debian package of out/coracle (out/coracle-arm64), into out/. The same input gives the same bytes: every time in it is
# SOURCE_DATE_EPOCH's, by default that of the last commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

arch=x64 to=out
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=${2:?--arch wants x64 or arm64}; shift ;;
    --to) to=${2:?--to wants a directory}; shift ;;
    *) echo "deb: unknown argument $1" >&2; exit 2 ;;
  esac
  shift
done
case $arch in
  x64) architecture=amd64 program=out/coracle ;;
  arm64) architecture=arm64 program=out/coracle-arm64 ;;
  *) echo "deb: unknown architecture $arch" >&2; exit 2 ;;
esac
[ -x "$program" ] || { echo "deb: $program is not there: run ./dev build" >&2; exit 1; }

version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
grep -q "^coracle ($version) " packaging/deb/changelog || { echo "deb: packaging/deb/changelog has no entry for $version" >&2; exit 1; }
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
umask 022

# put MODE SOURCE PATH
put() { install -D -m "$1" "$2" "$stage$3"; }
put 0755 "$program" /usr/bin/coracle
put 0644 packaging/systemd/coracle.service /lib/systemd/system/coracle.service
put 0644 packaging/systemd/coracle.socket /lib/systemd/system/coracle.socket
put 0644 packaging/daemon.json /etc/coracle/daemon.json
put 0644 packaging/bash-completion/coracle /usr/share/bash-completion/completions/coracle
put 0644 packaging/deb/copyright /usr/share/doc/coracle/copyright
put 0644 THIRD-PARTY.md /usr/share/doc/coracle/THIRD-PARTY.md
put 0644 packaging/deb/changelog /usr/share/doc/coracle/changelog
put 0644 packaging/man/coracle.8 /usr/share/man/man8/coracle.8
put 0644 packaging/deb/lintian-overrides /usr/share/lintian/overrides/coracle
gzip -9n "$stage/usr/share/doc/coracle/changelog" "$stage/usr/share/man/man8/coracle.8"

# Before DEBIAN is there: both are about what gets installed.
size=$(du -k --apparent-size -s "$stage" | cut -f 1)
sums=$(cd "$stage" && find . -type f -not -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum)
for script in postinst prerm postrm; do put 0755 "packaging/deb/$script" "/DEBIAN/$script"; done
printf '%s\n' "$sums" > "$stage/DEBIAN/md5sums"
echo /etc/coracle/daemon.json > "$stage/DEBIAN/conffiles"
sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/" packaging/deb/control.in > "$stage/DEBIAN/control"

mkdir -p "$to"
package=$to/coracle_${version}_$architecture.deb
# One thread: with several, xz cuts the input by their number.
dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$stage" "$package" > /dev/null
printf '%s: %d bytes\n' "$package" "$(stat -c %s "$package")"
