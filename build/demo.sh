#!/usr/bin/env bash
# ./dev demo: an image from Debian's busybox-static, served by Debian's docker-registry, pulled and run by our engine.
# Everything lives in one temporary directory, which is gone afterwards, also on Ctrl-C.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
coracle=$PWD/out/coracle
work=$(mktemp -d /tmp/coracle-demo-XXXXXX)
engine='' registry=''

die() { printf 'demo: %s\n' "$*" >&2; exit 1; }
title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
# show LABEL ARGUMENT ...: what a person would type, then the client's own output.
show() { printf '\033[2m$ %s\033[0m\n' "$1"; "${client[@]}" "${@:2}"; }
need() { [ -x "$1" ] || die "$1 is not here: install Debian's package $2"; }

clean() {
  trap - EXIT INT TERM
  if [ -n "$engine" ]; then
    "${client[@]}" rm -f web worker >/dev/null 2>&1 || true
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  if [ -n "$registry" ]; then kill "$registry" 2>/dev/null || true; wait "$registry" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# until_true SECONDS COMMAND ...: asked twenty times a second.
until_true() {
  local left=$(($1 * 20))
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.05
  done
}

free_port() {
  local port
  for port in $(shuf -i 20000-60000 -n 20); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  die "no free port on 127.0.0.1"
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }
size() { stat -c %s "$1"; }

# add_layer NAME: packs $work/NAME as a layer of the image.
diffs='' layers=''
add_layer() {
  local tar=$work/$1.tar blob
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -C "$work/$1" -cf "$tar" .
  diffs="$diffs${diffs:+,}\"sha256:$(digest "$tar")\""
  gzip -n "$tar"
  blob=$(digest "$tar.gz")
  mv "$tar.gz" "$blobs/$blob"
  layers="$layers${layers:+,}{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"sha256:$blob\",\"size\":$(size "$blobs/$blob")}"
}

# put NAME: stores standard input as a blob of the image; prints its descriptor's digest and size.
put() {
  local file=$work/$1.json name
  cat > "$file"
  name=$(digest "$file")
  cp "$file" "$blobs/$name"
  printf '"digest":"sha256:%s","size":%s' "$name" "$(size "$file")"
}

make_image() {
  blobs=$work/image/blobs/sha256
  mkdir -p "$blobs" "$work/base/bin" "$work/base/etc" "$work/base/tmp" "$work/data/data" "$work/site/www"
  cp /bin/busybox "$work/base/bin/busybox"
  local applet
  for applet in $(/bin/busybox --list); do [ -e "$work/base/bin/$applet" ] || ln -s busybox "$work/base/bin/$applet"; done
  echo 'root:x:0:0:root:/:/bin/sh' > "$work/base/etc/passwd"
  chmod 1777 "$work/base/tmp"
  head -c 25165824 /dev/urandom > "$work/data/data/random" # does not compress: there is something to download
  echo 'Hello from a container.' > "$work/site/www/index.html"
  add_layer base
  add_layer data
  add_layer site
  local config manifest
  config=$(put config <<<"{\"architecture\":\"$architecture\",\"created\":\"2024-01-01T00:00:00Z\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"sh\"],\"Env\":[\"PATH=/bin\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[$diffs]}}")
  manifest=$(put manifest <<<"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",$config},\"layers\":[$layers]}")
  echo '{"imageLayoutVersion":"1.0.0"}' > "$work/image/oci-layout"
  echo "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",$manifest}]}" > "$work/image/index.json"
}

serve_image() {
  port=$(free_port)
  cat > "$work/registry.yml" <<TEXT
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:$port"}
TEXT
  /usr/bin/docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  registry=$!
  until_true 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" || die "the registry does not answer: $(cat "$work/registry.log")"
  skopeo copy -q --dest-tls-verify=false "oci:$work/image" "docker://127.0.0.1:$port/busybox:demo"
  image=127.0.0.1:$port/busybox:demo
}

start_engine() {
  echo '{}' > "$work/daemon.json"
  "$coracle" daemon -H "unix://$work/s" --data-root "$work/data-root" --exec-root "$work/exec" --config-file "$work/daemon.json" \
    >"$work/engine.log" 2>&1 </dev/null &
  engine=$!
  until_true 10 "${client[@]}" version || die "the engine does not answer: $(tail -n 20 "$work/engine.log")"
}

# memory NAME PID: its share of memory, and what of it is no page of a file, in KiB; bytes written to disk.
memory() {
  awk -v name="$1" -v pid="$2" '
    /^Anonymous:/ { anonymous = $2 }
    /^Pss:/ { pss = $2 }
    END { printf "  %-10s process %-7s PSS %6d KiB, anonymous of it %6d KiB", name, pid, pss, anonymous }' "/proc/$2/smaps_rollup"
  awk '/^write_bytes/ { printf "   written %5.1f MB\n", $2 / 1e6 }' "/proc/$2/io"
}

[ "$(id -u)" = 0 ] || die "containers need root"
[ -x "$coracle" ] || die "$coracle is not there: run ./dev build"
need /bin/busybox busybox-static
need /usr/bin/docker-registry docker-registry
need /usr/bin/skopeo skopeo
case $(uname -m) in x86_64) architecture=amd64 ;; aarch64) architecture=arm64 ;; *) architecture=arm ;; esac
export DOCKER_CONFIG=$work/client DOCKER_HOST=unix://$work/s
if command -v docker >/dev/null; then client=(docker); said="$(docker --version)"; else client=("$coracle" -H "$DOCKER_HOST"); said="coracle's own command line"; fi
name=${client[0]##*/}

title "An image from Debian's busybox-static, in Debian's docker-registry on 127.0.0.1"
make_image
serve_image
echo "  $image: $(find "$blobs" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%.1f MB in %d files", s / 1e6, NR }')"

title "The engine: $(size "$coracle" | awk '{ printf "%.1f MB", $1 / 1e6 }') in one file (client: $said)"
start_engine
show "$name version" version
memory engine "$engine"

title 'Pull'
show "$name pull $image" pull "$image"
show "$name images" images

title 'Run'
show "$name run --rm --network none $image cat /www/index.html" run --rm --network none "$image" cat /www/index.html
echo 'typed outside' | show "echo 'typed outside' | $name run -i --rm --network none $image sh -c 'cat; echo and answered inside'" \
  run -i --rm --network none "$image" sh -c 'cat; echo and answered inside'
code=0
show "$name run --rm --network none $image sh -c 'exit 42'" run --rm --network none "$image" sh -c 'exit 42' || code=$?
echo "  exit code $code"

title 'Containers in the background'
show "$name run -d --name web ..." run -d --name web --network none "$image" httpd -f -h /www
show "$name run -d --name worker ..." run -d --name worker --network none "$image" \
  sh -c 'i=0; while [ $i -lt 5 ]; do i=$((i+1)); echo "step $i of 5"; sleep 0.2; done; exec sleep 1000'
show "$name ps" ps
until_true 5 sh -c "${client[*]} logs worker | grep -q 'step 5'" || die 'the worker says nothing'
show "$name logs -t worker" logs -t worker

title 'What it costs'
memory engine "$engine"
for task in /proc/[0-9]*; do
  parent=$(awk '/^PPid:/ { print $2 }' "$task/status" 2>/dev/null || true)
  [ "$parent" != "$engine" ] || memory monitor "${task##*/}"
done
echo "  data root  $(du -sh "$work/data-root" | cut -f 1) on disk"

title 'Gone again'
show "$name rm -f web worker" rm -f web worker
show "$name rmi $image" rmi "$image"
