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

# During 4 s: offline from FROM to TO seconds (0: from before the start, 4: until after the end).
trace_while() { # trace_while NAME FROM TO OPTION...
	local name=$1 from=$2 to=$3 recorder
	shift 3
	((from != 0)) || plug 0
	interloper record "$@" -o "$work/$name.ilt" -d 4 -- "$TOOLS/workload" -d 3.9 sleeper:5@0 \
		>/dev/null 2>"$work/$name.stderr" &
	recorder=$!
	((from == 0)) || {
		sleep "$from"
		plug 0
	}
	((to == 4)) || {
		sleep $((to - from))
		plug 1
	}
	wait "$recorder" || fail "$name: record: exit $?: $(cat "$work/$name.stderr")"
	plug 1
	interloper summary --by cpu --json "$work/$name.ilt" >"$work/$name.json"
	interloper info "$work/$name.ilt" >"$work/$name.info"
}

# A trace's start and end are some 100 ms off what a script can time.
told() { # told NAME LOW HIGH: seconds
	python3 - "$work/$1.json" "$cpu" "$2" "$3" <<'END' || fail "$1: $(grep '^offline' "$work/$1.info" || echo 'not told')"
import json
import sys

report, cpu, low, high = json.load(open(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
offline = {row["cpu"]: row["offline_ns"] / 1e9 for row in report["losses"]["offline"]}
row = {row["cpu"]: row for row in report["cpus"]}[cpu]
length = report["trace"]["duration_ns"] / 1e9
known = (row["run_total_ns"] + row["idle_ns"]) / 1e9
print(f"offline {offline.get(cpu, 0):.3f} s, run and idle {known:.3f} s, of {length:.3f} s")
assert list(offline) == [cpu], f"offline: {offline}"
assert low <= offline[cpu] <= high, f"offline {offline[cpu]} s"
# Gaps are in neither.
assert length - 0.3 <= known + offline[cpu] <= length + 0.001, f"{known} + {offline[cpu]} s of {length} s"
assert report["losses"]["total"] == 0, "losses"
END
	grep -q "^offline  *CPU $cpu for " "$work/$1.info" || fail "$1: the header does not tell it"
	# The sleeper on CPU 0 was not disturbed in its count: some 200 slices a second.
	interloper summary --json "$work/$1.ilt" | python3 -c '
import json, sys
rows = [row for row in json.load(sys.stdin)["tasks"] if row["task"]["comm"] == "w-sleeper"]
assert rows and rows[0]["slices"] > 100, rows' || fail "$1: slices of another CPU are missing"
}

for options in "" --raw-tracepoints; do
	trace_while "away$options" 1 2 $options
	told "away$options" 0.9 1.8
	trace_while "late$options" 0 2 $options
	told "late$options" 1 3
	trace_while "gone$options" 2 4 $options
	told "gone$options" 1 2.5
done

# Nothing to tell: a CPU that was never there.
plug 0
interloper record -o "$work/never.ilt" -d 0.5 2>"$work/stderr" || fail "never there: $(cat "$work/stderr")"
plug 1
interloper info "$work/never.ilt" | grep '^offline' && fail "a CPU that was never there is told"
verdict
