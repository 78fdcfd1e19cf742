# Sourced by service.sh: checks that are counted, and what they wait with.
began=$(date +%s) passed=0 failed=0 failures=''
state=/results/.service

fail() { echo "service: $*"; failures+="failed $*"$'\n'; failed=$((failed + 1)); }

# check SENTENCE COMMAND ...: what the command says is shown when it fails.
check() {
  local sentence=$1 said
  shift
  if said=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "service: passed: $sentence"
  else
    fail "$sentence"
    printf '%s\n' "$said"
    journalctl -u coracle.service --no-pager -n 15
  fi
}

expect() { [ "$1" = "$2" ] || { echo "'$1' instead of '$2'"; return 1; }; }

# until_true SECONDS COMMAND ...
until_true() {
  local end=$(($(date +%s) + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 0.1
  done
}

gone() { [ ! -d "/proc/$1" ]; }

# Over a reboot.
save_counts() { { echo "$passed $failed $began"; printf '%s' "$failures"; } > "$state"; }
load_counts() { read -r passed failed began < "$state"; failures=$(sed 1d "$state"); [ -z "$failures" ] || failures+=$'\n'; }

finish() {
  { echo "$passed $failed 0 $(($(date +%s) - began))"; printf '%s' "$failures"; } > /results/service
  rm -f "$state"
}
