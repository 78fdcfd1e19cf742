# Sourced: boot ARCHITECTURE PAYLOAD RESULTS SECONDS runs PAYLOAD/run as root in a fresh copy of the machine and waits for its end.
# Afterwards RESULTS holds output and status (absent when the deadline or a crash cut it short) and console.

# Memory and processors of the machine; the tests of limits want more than a device has.
vm_memory=${CORACLE_VM_MEMORY:-3G} vm_processors=${CORACLE_VM_PROCESSORS:-2}

machine_options() {
  case $1 in
    # max: everything the emulator can, since .NET and OpenSSL are quicker with it.
    amd64) echo qemu-system-x86_64 -M q35 -cpu max ;;
    # cortex-a72: what a Raspberry Pi 4 has; max would spend its time on pointer authentication.
    arm64) echo qemu-system-aarch64 -M virt -cpu cortex-a72 ;;
  esac
}

serial_of() { case $1 in amd64) echo ttyS0 ;; arm64) echo ttyAMA0 ;; esac; }

boot() {
  local architecture=$1 payload=$2 results=$3 limit=$4 work machine follower emulator
  mkdir -p "$results"
  rm -f "$results/status"
  work=$(mktemp -d "$cache/boot-XXXXXX")
  truncate -s $((64 * 1024 * 1024 + $(du -sb "$payload" | cut -f1) * 5 / 4)) "$work/payload.img"
  mkfs.ext4 -q -F -O ^has_journal -d "$payload" "$work/payload.img"
  read -r -a machine <<< "$(machine_options "$architecture")"
  : >> "$results/output"
  tail -n 0 -F "$results/output" 2>/dev/null & follower=$!
  # Writes go to a file that is gone with the process (snapshot=on); no network card, no display, never KVM.
  TMPDIR=$work "${machine[@]}" -accel tcg,thread=multi,tb-size=512 -smp "$vm_processors" -m "$vm_memory" -nodefaults -display none \
    -kernel "$kernel" -initrd "$initramfs" \
    -append "console=$(serial_of "$architecture") quiet panic=-1 apparmor=1 security=apparmor systemd.show_status=0 ${CORACLE_VM_KERNEL_LINE:-}" \
    -drive "file=$disk,format=raw,if=none,id=root,snapshot=on,cache=unsafe" -device virtio-blk-pci,drive=root \
    -drive "file=$work/payload.img,format=raw,if=none,id=payload,cache=unsafe,readonly=on" -device virtio-blk-pci,drive=payload \
    -fsdev "local,id=results,path=$results,security_model=none" -device virtio-9p-pci,fsdev=results,mount_tag=results \
    -device virtio-rng-pci -serial "file:$results/console" < /dev/null &
  emulator=$!
  await "$emulator" "$limit" || echo "vm: ended after $limit s" >> "$results/output"
  sleep 0.2 # the follower's last lines
  kill "$follower" 2>/dev/null || true
  rm -rf "$work"
  [ -s "$results/status" ] && return "$(cat "$results/status")"
  echo "vm: no exit code came out; the end of its console:" >&2
  tail -n 15 "$results/console" >&2 || true
  return 125
}

# await PID SECONDS: its end, or ends it.
await() {
  local pid=$1 left=$2 kept
  kept=$(trap -p EXIT) # the caller's own cleaning
  trap 'kill "$pid" 2>/dev/null' INT TERM EXIT
  while [ "$left" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
    sleep 1
    left=$((left - 1))
  done
  kill "$pid" 2>/dev/null || left=1 # it had ended by itself
  wait "$pid" || true
  trap - INT TERM EXIT
  eval "$kept"
  [ "$left" -gt 0 ]
}
