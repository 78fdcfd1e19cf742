#!/bin/bash
# In the machine, from run-tests: the engine as a service of a real systemd. Each check is a test; /results/service gets
# "passed failed skipped seconds". One check is a reboot: exit code 99, after which this runs again and goes on behind it.
. /payload/checks.sh
state=/results/.service
image=vm/busybox:1

# No answer is a failure, not a wait without end.
coracle() { timeout 90 /usr/local/bin/coracle "$@"; }
property() { systemctl show -P "$1" "$2"; }
inspect() { coracle inspect --format "$1" "$2"; }
# lines NAME: how many its log has, and whether they are 1, 2, 3 … without a gap; says the first that is wrong.
lines() { coracle logs "$1" | awk '$2 != NR { print "line " NR " says " $0; exit 1 } END { print NR }'; }
grown() { [ "$(coracle logs "$1" | wc -l)" -gt "$2" ]; }
answers() { timeout 10 /usr/local/bin/coracle version >/dev/null 2>&1; }
active() { [ "$(systemctl is-active coracle.service)" = active ]; }

# writer NAME [OPTION ...]: a container that writes its line numbers and says what ends it.
writer() {
  local name=$1
  shift
  coracle run -d --name "$name" --network none "$@" "$image" \
    sh -c 'trap "exit 4" TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.2; done' > /dev/null && until_true 60 grown "$name" 3
}

first_boot() {
  check "install writes the units and a group" install_it
  check "the socket starts alone, and the first client starts the engine" socket_activation
  check "ready is told: Type=notify, and active only when it answers" readiness
  check "OOMScoreAdjust is -500 for the engine, and 0 in a container" oom_scores
  check "the socket is root's and the group's" socket_mode
  coracle load < /root/image.tar || fail "no image"
  check "systemctl restart leaves containers running, and no line is lost" survives restart
  check "systemctl kill -s KILL: systemd starts it again, and no line is lost" survives kill
  check "systemctl stop leaves containers running; start finds them" survives stop
  check "a container that ends while the service is stopped has its exit code and its output" ends_meanwhile
  check "the die event of a container that ended meanwhile is told after the start" die_event
  check "a monitor is not in the service's cgroup" monitor_cgroup
  check "many kills in a minute do not stop the service for good" many_kills
  check "before the reboot: containers with and without a policy" before_reboot
  save_counts
  return 99
}

second_boot() {
  check "after the reboot the service is active" until_true 120 active
  check "always and unless-stopped run again" after_reboot_policies
  check "one that was stopped by hand stays stopped" after_reboot_stopped
  check "one without a policy has exit code 255" after_reboot_none
  check "uninstall takes the service away" uninstall_it
}

install_it() {
  cp /root/repository/out/coracle /root/coracle && /root/coracle install --systemd > /root/install.log || { cat /root/install.log; return 1; }
  systemctl daemon-reload
  [ -e /etc/systemd/system/coracle.service ] && grep -q '^coracle:' /etc/group
}

socket_activation() {
  systemctl start coracle.socket || return 1
  expect "$(systemctl is-active coracle.service)" inactive || return 1
  coracle version > /dev/null || { journalctl -u coracle --no-pager | tail -20; return 1; }
  expect "$(systemctl is-active coracle.service)" active
}

readiness() {
  systemctl stop coracle.service || return 1
  systemctl start coracle.service || return 1 # Type=notify: it returns when READY=1 was heard
  expect "$(property Type coracle.service) $(property ActiveState coracle.service)" "notify active" || return 1
  answers
}

oom_scores() {
  local pid
  pid=$(property MainPID coracle.service)
  expect "$(cat "/proc/$pid/oom_score_adj")" -500 || return 1
  coracle load < /root/image.tar > /dev/null || return 1
  expect "$(coracle run --rm --network none "$image" cat /proc/self/oom_score_adj)" 0
}

socket_mode() { expect "$(stat -c '%a %U %G' /run/coracle/coracle.sock)" "660 root coracle"; }

# survives WAY: one container through an end of the engine.
survives() {
  local name=through-$1 pid before count engine
  systemctl reset-failed coracle.service # more than three starts in a minute are refused, by hand too
  writer "$name" || { echo "it does not write"; return 1; }
  pid=$(inspect '{{.State.Pid}}' "$name")
  engine=$(property MainPID coracle.service)
  case $1 in
    restart) systemctl restart coracle.service || return 1 ;;
    kill) systemctl kill -s KILL coracle.service; until_true 60 gone "$engine" || return 1 ;;
    stop)
      systemctl stop coracle.service coracle.socket || return 1
      [ -d "/proc/$pid" ] || { echo "stop has ended the container"; return 1; }
      timeout 20 /usr/local/bin/coracle version > /dev/null 2>&1 # refused at once: no monitor has kept the socket
      [ $? != 124 ] || { echo "a client waits in a socket that somebody holds"; return 1; }
      sleep 2 # it writes on without an engine
      systemctl start coracle.socket coracle.service || return 1
      ;;
  esac
  until_true 60 answers || { echo "no engine answers"; return 1; }
  [ "$(property MainPID coracle.service)" != "$engine" ] || { echo "it is the same engine"; return 1; }
  expect "$(inspect '{{.State.Status}} {{.State.Pid}}' "$name")" "running $pid" || return 1
  before=$(coracle logs "$name" | wc -l)
  until_true 60 grown "$name" $((before + 5)) || { echo "it does not write on"; return 1; }
  coracle stop "$name" > /dev/null || return 1
  expect "$(coracle wait "$name")" 4 || return 1
  count=$(lines "$name") || { echo "$count"; return 1; }
  coracle rm "$name" > /dev/null
}

ends_meanwhile() {
  local pid
  writer meanwhile || return 1
  pid=$(inspect '{{.State.Pid}}' meanwhile)
  systemctl stop coracle.service coracle.socket || return 1
  kill -TERM "$pid"
  until_true 60 gone "$pid" || { echo "it does not end"; return 1; }
  systemctl start coracle.socket coracle.service || return 1
  expect "$(inspect '{{.State.Status}} {{.State.ExitCode}}' meanwhile)" "exited 4" || return 1
  lines meanwhile > /dev/null
}

die_event() {
  local events
  events=$(coracle events --since "$(($(date +%s) - 600))" --until "$(date +%s)" --filter container=meanwhile --filter event=die --format '{{.Action}} {{.Actor.Attributes.exitCode}}') || return 1
  coracle rm meanwhile > /dev/null
  expect "$events" "die 4"
}

monitor_cgroup() {
  local place
  writer housed || return 1
  for place in $(pgrep -f coracle-monitor; inspect '{{.State.Pid}}' housed); do
    case $(cat "/proc/$place/cgroup") in *coracle.service*) echo "$place: $(cat "/proc/$place/cgroup")"; coracle rm -f housed; return 1 ;; esac
  done
  coracle rm -f housed > /dev/null
}

many_kills() {
  local round engine
  writer steady || return 1
  for round in 1 2 3 4; do
    engine=$(property MainPID coracle.service)
    systemctl kill -s KILL coracle.service
    until_true 60 gone "$engine" && until_true 60 active && until_true 60 answers || { echo "round $round: $(systemctl is-active coracle.service)"; return 1; }
  done
  coracle stop steady > /dev/null && lines steady > /dev/null && coracle rm steady > /dev/null
}

before_reboot() {
  coracle run -d --name none --network none "$image" sleep 100000 > /dev/null || return 1
  coracle run -d --name always --restart always --network none "$image" sleep 100000 > /dev/null || return 1
  coracle run -d --name unless --restart unless-stopped --network none "$image" sleep 100000 > /dev/null || return 1
  coracle run -d --name stopped --restart unless-stopped --network none "$image" sleep 100000 > /dev/null || return 1
  coracle stop -t 0 stopped > /dev/null
  systemctl stop coracle.service # and then the machine goes: the containers are ended by it, not by the engine
}

running() { [ "$(inspect '{{.State.Status}}' "$1")" = running ]; }
after_reboot_policies() { until_true 60 running always && until_true 60 running unless || { coracle ps -a; return 1; }; }
after_reboot_stopped() { expect "$(inspect '{{.State.Status}}' stopped)" exited; }
after_reboot_none() { expect "$(inspect '{{.State.Status}} {{.State.ExitCode}}' none)" "exited 255"; }

uninstall_it() {
  coracle rm -f none always unless stopped > /dev/null || return 1
  systemctl stop coracle.service coracle.socket
  coracle uninstall --systemd > /dev/null || return 1
  [ ! -e /etc/systemd/system/coracle.service ] && [ ! -e /usr/local/bin/coracle ]
}

if [ -e "$state" ]; then
  load_counts
  second_boot
  finish
  exit 0
fi
python3 /payload/image.py /bin/busybox "$image" > /root/image.tar
first_boot
exit $?
