#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What perf recorded here, read by us: perf's own rows come out byte for byte in all layouts, over loads of all
# kinds; the import agrees with the kernel's accounting; pipes, text, a host snapshot, cut and foreign files.
# shellcheck disable=SC2317 # what bash -c calls
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3 perf
case $(perf --version) in
"perf version 6.1."*) ;;
*) skip "the rows are those of perf 6.1 and 6.12: here is $(perf --version)" ;;
esac

# record NAME COMMAND...: some seconds of it, by perf.
record() {
	local name=$1
	shift
	perf sched record -a -o "$work/$name.data" -- "$@" >"$work/$name.out" 2>"$work/errors" ||
		fail "perf sched record $name: $(tail -n 3 "$work/errors")"
}

forks() {
	local i
	for ((i = 0; i < 150; i++)); do
		/bin/true
		(exec -a "odd name $i" /bin/true)
	done
}
threads() { # again and again: one is no hundred rows
	local i
	for ((i = 0; i < 20; i++)); do
		"$TOOLS/exec_thread"
	done
}
export -f forks threads
record workload "$TOOLS/workload" -d 1 hog:2 sleeper:3 pingpong short:10 yielder
record messaging perf bench sched messaging -g 2 -l 100
record pipe perf bench sched pipe -l 3000
record forks bash -c forks
record threads bash -c threads

# Rows, byte for byte; below them, what is wrong with them.
for name in workload messaging pipe forks threads; do
	for layout in "" --state -n "--state -n"; do
		read -ra options <<<"$layout"
		perf sched timehist -i "$work/$name.data" "${options[@]}" >"$work/theirs" 2>/dev/null ||
			fail "perf sched timehist $name $layout: exit $?"
		interloper timehist --compat perf "${options[@]}" "$work/$name.data" >"$work/ours" ||
			fail "timehist --compat $name $layout: exit $?"
		lines=$(wc -l <"$work/theirs")
		((lines > 100)) || fail "$name: perf has $lines rows"
		head -n "$lines" "$work/ours" | cmp - "$work/theirs" || {
			diff "$work/theirs" <(head -n "$lines" "$work/ours") | head -n 6
			fail "$name $layout: the rows are not perf's"
		}
		! tail -n "+$((lines + 1))" "$work/ours" | grep -vqE '^[0-9,]+ rows? ' ||
			fail "$name $layout: below the rows: $(tail -n "+$((lines + 1))" "$work/ours")"
	done
done
interloper timehist --compat perf "$work/workload.data" |
	grep -qE '^[0-9,]+ rows where perf shows 0.000: the task was preempted' || fail "no preempted row is told"

# The same events in other forms are the same trace. A pipe has them in another order of its head.
interloper import "$work/workload.data" -o "$work/workload.ilt" 2>"$work/said" || fail "import: $(cat "$work/said")"
grep -q '^interloper: .*workload.ilt: [0-9,]* slices, .*; 0 lost$' "$work/said" || fail "import says $(cat "$work/said")"
slices() { # slices FILE: without what is known of tasks
	interloper export "$1" --format csv --table slices | cut -d, -f1-4,9-20
}
slices "$work/workload.ilt" >"$work/slices"
(($(wc -l <"$work/slices") > 1000)) || fail "hardly a slice"
slices "$work/workload.data" | cmp - "$work/slices" || fail "a perf.data read directly gives other slices"
# A summary reads it as it is, without a trace file in between.
middle=$(python3 - "$work" <<'END'
import sys

from traces import run_json

trace = run_json("info", f"{sys.argv[1]}/workload.ilt", "--json")["trace"]
print(f"{trace['start_ns'] / 1e9 + 0.3:.6f},{trace['start_ns'] / 1e9 + 0.7:.6f}")
END
)
for options in "" --json "-C 1" "-t w-pingpong --json" "--time $middle" "--time $middle --json"; do
	read -ra options <<<"$options"
	for command in summary "timehist -s"; do
		read -ra command <<<"$command"
		interloper "${command[@]}" "${options[@]}" "$work/workload.ilt" >"$work/theirs" || fail "${command[*]}: exit $?"
		interloper "${command[@]}" "${options[@]}" "$work/workload.data" 2>/dev/null | cmp - "$work/theirs" ||
			fail "${command[*]} ${options[*]}: a perf.data is summed up as another than its trace file"
	done
done
interloper import - -o "$work/stdin.ilt" <"$work/workload.data" 2>/dev/null || fail "import from stdin"
slices "$work/stdin.ilt" | cmp - "$work/slices" || fail "stdin gives other slices"
perf script --ns -F comm,pid,tid,cpu,time,event,trace -i "$work/workload.data" >"$work/workload.txt" 2>/dev/null
interloper import "$work/workload.txt" -o "$work/text.ilt" 2>/dev/null || fail "import of perf script's text"
python3 - "$work" <<'END' || fail "the text gives other sums"
import sys

from traces import Checks, run_json

checks = Checks()
data, text = ({row["task"]["tid"]: row for row in run_json("summary", f"{sys.argv[1]}/{name}.ilt", "--json")["tasks"]}
              for name in ("workload", "text"))
for tid, row in data.items():
    if row["task"]["comm"].startswith("w-"):
        for field in ("slices", "run_total_ns", "involuntary_switches"):
            checks.that(text[tid][field] == row[field], f"{tid} {field}: text {text[tid][field]}, perf.data {row[field]}")
        checks.that(row["task"]["pid"] == tid, f"{row['task']}: its process is not known")
checks.end()
END

# The kernel's accounting (accounting.py), of tasks that lived within the recording.
steal=$(stolen_ticks)
record accounted "$TOOLS/workload" -d 2 sleeper:3 hog pingpong
steal=$(($(stolen_ticks) - steal))
interloper import "$work/accounted.data" -o "$work/accounted.ilt" 2>/dev/null || fail "import"
grep -E '^[0-9]+ w-' "$work/accounted.out" >"$work/schedstats" || fail "the workload told nothing"
python3 - "$work" <<'END' || fail "the import does not agree with /proc/PID/schedstat"
import sys

from traces import Checks, run_json

checks = Checks()
rows = {row["task"]["tid"]: row for row in run_json("summary", f"{sys.argv[1]}/accounted.ilt", "--json")["tasks"]}
for line in open(f"{sys.argv[1]}/schedstats", encoding="utf-8"):
    tid, comm, run_ns, _, slices = line.split()[:5]
    row = rows.get(int(tid))
    checks.that(row, f"{comm}[{tid}] is not in the import")
    if row:
        print(comm, row["run_total_ns"], run_ns, row["slices"], slices)
        checks.that(abs(row["run_total_ns"] - int(run_ns)) <= 0.03 * int(run_ns) + 2e6,
                    f"{comm}[{tid}]: run {row['run_total_ns']} ns, kernel {run_ns}")
        checks.that(abs(row["slices"] - int(slices)) <= 3 + 0.03 * int(slices),
                    f"{comm}[{tid}]: {row['slices']} slices, kernel {slices}")
checks.end()
END

# The machine's facts, by the script alone.
sh "$top/scripts/host-snapshot" -o "$work/host.tar" || fail "host-snapshot: exit $?"
interloper import "$work/workload.data" --host "$work/host.tar" -o "$work/joined.ilt" 2>/dev/null || fail "import --host"
interloper info "$work/joined.ilt" | grep -q "^host  *$(uname -n), Linux $(uname -r)" || fail "the host is not told"
interloper advise "$work/joined.ilt" >/dev/null || fail "advise of a joined trace: exit $?"
interloper info "$work/workload.ilt" | grep -q '^host  *not known' || fail "a host that nobody told is known"

# Only one CPU: what others did is unknown, not zero.
perf sched record -C 0 -o "$work/one.data" -- "$TOOLS/workload" -d 0.5 sleeper@0 hog@1 >/dev/null 2>&1 || fail "perf -C 0"
interloper info "$work/one.data" | grep -q 'of CPUs 0 alone: wakeups issued elsewhere are missing' || fail "-C 0 is not told"

# What is refused, and what is cut: one line.
refused() { # refused PATTERN CODE COMMAND...
	local pattern=$1 expected=$2 code=0
	shift 2
	interloper "$@" >"$work/out" 2>"$work/err" || code=$?
	((code == expected)) || fail "$*: exit $code: $(cat "$work/err")"
	(($(wc -l <"$work/err") == 1)) || fail "$*: not one line: $(cat "$work/err")"
	grep -qe "$pattern" "$work/err" || fail "$*: $(cat "$work/err")"
}
head -c $(($(stat -c %s "$work/workload.data") / 2)) "$work/workload.data" >"$work/cut.data"
refused 'cut' 1 summary "$work/cut.data"
head -c 100000 /dev/urandom >"$work/noise"
refused "$work/noise: " 1 import "$work/noise" -o "$work/no.ilt"
[[ ! -e $work/no.ilt ]] || fail "a refused import left a file"
refused "$work/none" 1 import "$work/none"
# Before anything is read of it.
refused 'exists' 1 import "$work/noise" -o "$work/workload.ilt"
refused 'goes with --state and -n alone' 1 timehist --compat perf -s "$work/pipe.data"
refused 'what perf recorded' 1 timehist --compat perf "$work/workload.ilt"
verdict
