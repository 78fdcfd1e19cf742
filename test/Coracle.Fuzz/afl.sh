#!/usr/bin/env bash
# ./dev fuzz [--minutes N | --seconds N] [TARGET ...]: AFL++ on instrumented copies of our own assemblies, each target N minutes (1), all of
# them in turn unless named. Queues stay in artifacts/fuzz/queues and are gone on with the next time; the account of all runs is
# test/results/fuzz.txt. A crash is replayed, told and kept in artifacts/fuzz/findings: fix it, and put it into Corpus/TARGET/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD cache=$PWD/artifacts/fuzz results=$PWD/test/results/fuzz.txt
seconds=60 targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) seconds=$((60 * $2)); shift ;;
    --seconds) seconds=$2; shift ;;
    -*) echo "fuzz: unknown option $1" >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done

mkdir -p "$cache/queues" "$cache/findings"
stamp=$(find src test/Coracle.Fuzz -name '*.cs' -o -name '*.csproj' | grep -v /obj/ | sort | xargs cat | sha256sum | head -c 16)
if [ "$(cat "$cache/bin/stamp" 2>/dev/null)" != "$stamp" ]; then
  dotnet tool restore >/dev/null
  dotnet build test/Coracle.Fuzz -c Release -v:q -clp:NoSummary
  rm -rf "$cache/bin" "$cache/instrumented"
  cp -r test/Coracle.Fuzz/bin/Release/net10.0 "$cache/bin"
  cp -r "$cache/bin" "$cache/instrumented" # runs under AFL alone: without its shared memory the counters write to nowhere
  for assembly in "$cache"/instrumented/Coracle.*.dll "$cache"/instrumented/coracle.dll; do
    case $assembly in */Coracle.Fuzz.dll) ;; *) dotnet sharpfuzz "$assembly" ;; esac
  done
  echo "$stamp" > "$cache/bin/stamp"
fi

fuzz=(dotnet "$cache/bin/Coracle.Fuzz.dll")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <("${fuzz[@]}" list)

# failing TARGET: how many of the crashes that were ever found still are; what they say goes to a file.
failing() {
  local crashes=("$cache/queues/$1"/default*/crashes*/id*)
  if [ ! -e "${crashes[0]}" ]; then echo 0; return; fi
  "${fuzz[@]}" replay "$1" "${crashes[@]}" > "$cache/findings/$1.txt" 2>&1 || true
  echo $((${#crashes[@]} - $(grep -c ': survived$' "$cache/findings/$1.txt" || true)))
}

export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_SKIP_BIN_CHECK=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1 AFL_FAST_CAL=1
failed=0
for target in "${targets[@]}"; do
  seeds=$cache/seeds/$target
  rm -rf "$seeds" && mkdir -p "$seeds" && cp -r "test/Coracle.Fuzz/Corpus/$target/." "$seeds/"
  "${fuzz[@]}" dictionary "$target" > "$cache/$target.dict"
  dictionary=(); [ -s "$cache/$target.dict" ] && dictionary=(-x "$cache/$target.dict")
  nice -n 19 afl-fuzz -V "$seconds" -i "$seeds" -o "$cache/queues/$target" "${dictionary[@]}" -t 5000 -m none -- dotnet "$cache/instrumented/Coracle.Fuzz.dll" afl "$target" \
    > "$cache/$target.log" 2>&1 || { tail -n 5 "$cache/$target.log"; echo "fuzz: afl-fuzz failed on $target ($cache/$target.log)"; failed=1; continue; }
  stats=$cache/queues/$target/default/fuzzer_stats
  found=$(failing "$target")
  [ "$found" = 0 ] || { failed=1; cat "$cache/findings/$target.txt"; }
  awk -v target="$target" -v found=$found '{ v[$1] = $3 } END { printf "fuzz: %-20s %d s, %d executions, %d edges, %d inputs, %s\n", target, v["run_time"], v["execs_done"], v["edges_found"], v["corpus_count"], found ? found " inputs FAIL" : "nothing found" }' "$stats"
done

{
  echo "# AFL++ with SharpFuzz: ./dev fuzz (test/Coracle.Fuzz/afl.sh). Each row: all runs on the same queues."
  echo "# edges: of our own assemblies, instrumented; findings: inputs that still fail. $(date -u +%Y-%m-%d)"
  printf '%-20s %9s %12s %8s %7s %8s\n' target seconds executions edges inputs findings
  for target in $("${fuzz[@]}" list); do
    stats=$cache/queues/$target/default/fuzzer_stats
    # Of a target that was never run here, what another machine has found stays.
    [ -e "$stats" ] || { grep "^$target " "$results" || true; continue; }
    left=$(failing "$target")
    awk -v target="$target" -v left="$left" '{ v[$1] = $3 } END { printf "%-20s %9d %12d %8d %7d %8d\n", target, v["run_time"], v["execs_done"], v["edges_found"], v["corpus_count"], left }' "$stats"
  done
} > "$results.new" && mv "$results.new" "$results"
exit $failed
