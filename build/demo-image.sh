# Sourced by build/demo.sh and packaging/deb/test.sh: an image of Debian's busybox-static, served by Debian's docker-registry.
# The caller sets $work (a directory of its own), defines die, and ends the process $registry.

need() { [ -x "$1" ] || die "$1 is not here: install Debian's package $2"; }

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

need_image_tools() {
  need /bin/busybox busybox-static
  need /usr/bin/docker-registry docker-registry
  need /usr/bin/skopeo skopeo
  case $(uname -m) in x86_64) architecture=amd64 ;; aarch64) architecture=arm64 ;; *) architecture=arm ;; esac
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
  write_image
}

# write_image: what lies in the three directories, as the image of $work/image; the one before it is then not there any more, its blobs are.
write_image() {
  local config manifest
  diffs='' layers=''
  add_layer base
  add_layer data
  add_layer site
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
  push_image demo
  image=127.0.0.1:$port/busybox:demo
}

# push_image TAG
push_image() { skopeo copy -q --dest-tls-verify=false "oci:$work/image" "docker://127.0.0.1:$port/busybox:$1"; }
