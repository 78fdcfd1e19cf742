#!/usr/bin/env bash
# build/publish.sh [--crash|--next] [--arch x64|arm64] [--force]
# The one static file: the monitor first, then the engine with the monitor inside, to out/coracle (out/coracle-crash; out/coracle-next
# has crash points and a newer protocol between engine and monitors).
# Does nothing when no source has changed since the last time. Fails on any compiler, trim, AOT or linker warning that is
# not in build/known-link-warnings.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

crash='' next='' arch=x64 force=''
while [ $# -gt 0 ]; do
  case $1 in
    --crash) crash=1 ;;
    --next) next=1 ;;
    --arch) arch=${2:?--arch wants x64 or arm64}; shift ;;
    --force) force=1 ;;
    *) echo "publish: unknown argument $1" >&2; exit 2 ;;
  esac
  shift
done

name=coracle
[ -z "$crash" ] || name+=-crash
[ -z "$next" ] || name+=-next
[ "$arch" = x64 ] || name+=-$arch
properties=(-r "linux-$arch" -c Release -p:IlcGenerateMapFile=true -p:ObjCopyName=objcopy)
[ -z "$crash" ] || properties+=(-p:CrashPoints=true)
[ -z "$next" ] || properties+=(-p:MonitorProtocol=next -p:CrashPoints=true)
# The plain x64 file has been analysed; these are the same sources.
[ -z "$crash$next" ] && [ "$arch" = x64 ] || properties+=(-p:RunAnalyzers=false)
if [ "$arch" = arm64 ]; then
  # The OpenSSL shim is compiled at publish time, too: hence the target in the environment (docs/decisions/0002).
  properties+=(-p:CppCompilerAndLinker=clang -p:LinkerFlavor=bfd -p:ObjCopyName=aarch64-linux-gnu-objcopy)
  # The shim casts unused arguments to void*, which clang reports and gcc does not.
  export CFLAGS='--target=aarch64-linux-gnu -Wno-unused-value' LDFLAGS=--target=aarch64-linux-gnu
else
  # Said outright, or the file would be another one where clang is installed.
  properties+=(-p:CppCompilerAndLinker=gcc)
fi

mkdir -p out
stamp=out/.$name.sources
sources() {
  { find src build packaging -type f -not -path '*/obj/*' -not -path '*/bin/*' -print0 | sort -z | xargs -0 sha256sum
    sha256sum Directory.Build.props Directory.Packages.props global.json
    dotnet --version; echo "${properties[*]}"; } | sha256sum
}
now=$(sources)
if [ -z "$force" ] && [ -x "out/$name" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then
  echo "out/$name is up to date"
  exit 0
fi
rm -f "$stamp"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# publish PROJECT DIRECTORY [PROPERTY ...]
publish() {
  local project=$1 directory=$2
  shift 2
  echo "publishing $project (linux-$arch${crash:+, crash points}${next:+, crash points and the protocol to come})"
  if ! dotnet publish "src/$project" -v:q -clp:NoSummary "${properties[@]}" -o "$directory" "$@" > "$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  check_warnings
}

# The linker's lines differ by object file and address: only the function and the sentence are compared.
check_warnings() {
  local new
  new=$(grep -iE 'warning' "$log" | sed -E "s/ *\[[^]]*\]$//; s/ +$//; s/.*(Using '[a-z_0-9]+' in statically linked applications).*/\1/; s/^.*ld\.bfd : warning : //" | sort -u \
    | grep -vxFf <(sed 's/ *#.*//; /^$/d' build/known-link-warnings.txt) || true)
  if [ -n "$new" ]; then
    echo "publish: warnings that are not in build/known-link-warnings.txt:" >&2
    echo "$new" >&2
    grep -iE -B2 -A4 'warning' "$log" >&2
    exit 1
  fi
}

stage=$PWD/out/.stage-$name
rm -rf "$stage"
publish Coracle.Monitor "$stage/monitor"
publish Coracle "$stage/coracle" -p:StaticOpenSslLinking=true "-p:MonitorBinary=$stage/monitor/coracle-monitor"

# A rename, so that an engine that runs from the old file is not disturbed.
install -m 0755 "$stage/monitor/coracle-monitor" "out/.$name-monitor.new"
mv -f "out/.$name-monitor.new" "out/$name-monitor"
install -m 0755 "$stage/coracle/coracle" "out/.$name.new"
mv -f "out/.$name.new" "out/$name"
rm -rf "$stage"
echo "$now" > "$stamp"
printf 'out/%s: %d bytes (monitor %d)\n' "$name" "$(stat -c %s "out/$name")" "$(stat -c %s "out/$name-monitor")"
