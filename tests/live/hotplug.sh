#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A CPU that goes offline while we trace, comes back, or both: the others' slices are all there, and the
# time it was gone is told and counted neither as idle nor as anybody's run.
# shellcheck disable=SC2317 # what undo calls
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

cpu=$(find /sys/devices/system/cpu -maxdepth 2 -path '*/cpu[0-9]*/online' | sed 's/.*cpu\([0-9]*\)\/online/\1/' |
	sort -n | tail -n 1)
online=/sys/devices/system/cpu/cpu$cpu/online
[[ -n $cpu && $cpu != 0 && -w $online && $(cat "$online") == 1 ]] || skip "no CPU can be taken offline"

plug() { # plug 0|1
	{ echo "$1" >"$online"; } 2>/dev/null
}
undo plug 1
plug 0 || skip "CPU $cpu cannot be taken offline"
plug 1

stamp() { # stamp NAME: appends the time, in seconds of the trace's clock
	awk '{ print $1 }' /proc/uptime >>"$work/$1.times"
}

plug_timed() { # plug_timed NAME 0|1
	stamp "$1"
	plug "$2"
	stamp "$1"
}

# A trace of some seconds during which the CPU is gone from WHEN (start|middle) to UNTIL (middle|end).
trace_while() { # trace_while NAME WHEN UNTIL OPTION...
	local name=$1 when=$2 until=$3 recorder
	shift 3
	[[ $when != start ]] || plug_timed "$name" 0
	"$INTERLOPER" record "$@" -o "$work/$name.ilt" -- "$TOOLS/workload" -d 600 sleeper:5@0 \
		>/dev/null 2>"$work/$name.stderr" &
	recorder=$!
	until_true has_begun "$recorder" || fail "$name: not begun: $(cat "$work/$name.stderr")"
	sleep 0.7
	[[ $when == start ]] || {
		plug_timed "$name" 0
		sleep 0.7
	}
	[[ $until == end ]] || {
		plug_timed "$name" 1
		sleep 0.7
	}
	kill -TERM "$recorder"
	wait "$recorder" || fail "$name: record: exit $?: $(cat "$work/$name.stderr")"
	plug 1
	interloper summary --by cpu --json "$work/$name.ilt" >"$work/$name.json"
	interloper summary --json "$work/$name.ilt" >"$work/$name.tasks"
	interloper info "$work/$name.ilt" >"$work/$name.info"
}

told() { # told NAME
	python3 - "$work/$1" "$cpu" <<'END' || fail "$1: $(grep '^offline' "$work/$1.info" || echo 'not told')"
import json
import sys

report, tasks = (json.load(open(sys.argv[1] + end)) for end in (".json", ".tasks"))
cpu = int(sys.argv[2])
start, end, length = (report["trace"][key] / 1e9 for key in ("start_ns", "end_ns", "duration_ns"))
times = [min(max(float(line), start), end) for line in open(sys.argv[1] + ".times")] + [end, end]
least, most = times[2] - times[1], times[3] - times[0]
offline = {row["cpu"]: row["offline_ns"] / 1e9 for row in report["losses"]["offline"]}
row = {row["cpu"]: row for row in report["cpus"]}.get(cpu, {"run_total_ns": 0, "idle_ns": 0})
known = (row["run_total_ns"] + row["idle_ns"]) / 1e9
slices = sum(row["slices"] for row in tasks["tasks"] if row["task"]["comm"] == "w-sleeper")
print(f"offline {offline.get(cpu, 0):.3f} s (by the clock {least:.2f} to {most:.2f}), "
      f"run and idle {known:.3f} s, of {length:.3f} s; {slices} slices of another CPU")
wrong = []
if list(offline) != [cpu] or not least - 0.02 <= offline[cpu] <= most + 0.02:
    wrong.append(f"offline: {offline}")
# Gaps are in neither, and a stretch offline begins with the stopper's own slice.
if not length * 0.9 - 0.1 <= known + offline.get(cpu, 0) <= length + 0.001:
    wrong.append("run, idle and offline do not sum up to the trace's length")
# A program that is interrupted by an event of its own is skipped: rare, counted, and no CPU's doing.
lost = report["losses"]["total"] - report["losses"]["programs_skipped"]
if lost or report["losses"]["programs_skipped"] > 3 or slices < 20:
    wrong.append(f"lost: {report['losses']}, {slices} slices of another CPU")
sys.exit("; ".join(wrong) or 0)
END
	grep -q "^offline  *CPU $cpu for " "$work/$1.info" || fail "$1: the header does not tell it"
}

for options in "" --raw-tracepoints; do
	trace_while "away$options" middle middle $options
	told "away$options"
	trace_while "late$options" start middle $options
	told "late$options"
	trace_while "gone$options" middle end $options
	told "gone$options"
done

# Nothing to tell: a CPU that was never there.
plug 0
interloper record -o "$work/never.ilt" -d 0.5 2>"$work/stderr" || fail "never there: $(cat "$work/stderr")"
plug 1
interloper info "$work/never.ilt" | grep '^offline' && fail "a CPU that was never there is told"
verdict
