#!/usr/bin/env bash
# ./dev demo: an image from Debian's busybox-static, served by Debian's docker-registry, pulled and run by our engine.
# Everything lives in one temporary directory, which is gone afterwards, also on Ctrl-C; bridges, rules and ports in a network namespace.
set -euo pipefail
if [ -z "${CORACLE_DEMO_SPACE:-}" ] && [ "$(id -u)" = 0 ]; then exec env CORACLE_DEMO_SPACE=1 unshare --net "$0" "$@"; fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
coracle=$PWD/out/coracle
work=$(mktemp -d /tmp/coracle-demo-XXXXXX)
engine='' registry=''

die() { printf 'demo: %s\n' "$*" >&2; exit 1; }
title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
# show LABEL ARGUMENT ...: what a person would type, then the client's own output.
show() { printf '\033[2m$ %s\033[0m\n' "$1"; "${client[@]}" "${@:2}"; }
. build/demo-image.sh

clean() {
  trap - EXIT INT TERM
  if [ -n "$engine" ]; then
    "${client[@]}" rm -f web worker site >/dev/null 2>&1 || true
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  if [ -n "$registry" ]; then kill "$registry" 2>/dev/null || true; wait "$registry" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

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
need_image_tools
ip link set lo up
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

title 'Inside a container that runs'
show "$name exec worker ps" exec worker ps
echo 'typed into it' | show "echo 'typed into it' | $name exec -i worker tee /tmp/note" exec -i worker tee /tmp/note
show "$name pause worker" pause worker
show "$name ps --filter status=paused" ps --filter status=paused
show "$name unpause worker" unpause worker

title 'Names and ports'
show "$name network create front" network create front
show "$name run -d --name site --network front -p 8080:80 $image httpd -f -h /www" run -d --name site --network front -p 8080:80 "$image" httpd -f -h /www
show "$name run --rm --network front $image wget -qO- http://site/" run --rm --network front "$image" wget -qO- http://site/
printf '\033[2m$ wget -qO- http://127.0.0.1:8080/\033[0m\n'
until_true 5 busybox wget -qO- http://127.0.0.1:8080/ || die 'the published port does not answer'
busybox wget -qO- http://127.0.0.1:8080/
show "$name ps --filter name=site" ps --filter name=site --format 'table {{.Names}}\t{{.Ports}}'
show "$name rm -f site" rm -f site
show "$name network rm front" network rm front

title 'What outlives a container'
show "$name volume create notes" volume create notes
show "$name run --rm -v notes:/notes $image sh -c 'date > /notes/today'" run --rm --network none -v notes:/notes "$image" sh -c 'date > /notes/today'
show "$name run --rm -v notes:/notes:ro $image cat /notes/today" run --rm --network none -v notes:/notes:ro "$image" cat /notes/today
show "$name volume rm notes" volume rm notes

title 'An update by delta: 24 MB of the image have a few new bytes in their middle'
{ head -c 12582912 "$work/data/data/random"; echo 'a few new bytes'; tail -c +12582913 "$work/data/data/random"; } > "$work/data/data/next"
mv "$work/data/data/next" "$work/data/data/random"
write_image
push_image next
next=${image%:*}:next
echo "  the build server has both versions, and publishes beside the image what leads from one to the other"
show "$name pull -q $next" pull -q "$next"
printf '\033[2m$ coracle delta push %s --from %s\033[0m\n' "$next" "$image"
"$coracle" -H "$DOCKER_HOST" delta push "$next" --from "$image"
"${client[@]}" rmi "$next" > "$work/rmi"
echo "  the device has the old one, and pulls as ever"
show "$name pull $next" pull "$next"
"${client[@]}" rmi "$next" > "$work/rmi"

title 'What it costs'
memory engine "$engine"
for task in /proc/[0-9]*; do
  parent=$(awk '/^PPid:/ { print $2 }' "$task/status" 2>/dev/null || true)
  [ "$parent" != "$engine" ] || memory monitor "${task##*/}"
done
echo "  data root  $(du -sh "$work/data-root" | cut -f 1) on disk"

title 'Gone again'
show "$name rm -f web worker" rm -f web worker
show "$name save -o image.tar $image" save -o "$work/image.tar" "$image"
show "$name rmi $image" rmi "$image"

title 'Without a registry'
show "$name load -i image.tar" load -i "$work/image.tar"
show "$name run --rm --network none $image cat /www/index.html" run --rm --network none "$image" cat /www/index.html
show "$name rmi $image" rmi "$image"
