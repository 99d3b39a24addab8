#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest with many more CPUs possible than online, more than 64, and a hole among the online ones:
# rings and reports are for those that are there, and each CPU's time is the whole trace.
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash

possible=$(cat /sys/devices/system/cpu/possible)
((${possible#*-} >= 64)) || fail "possible: $possible, no more than 64: the guest was booted otherwise"
mapfile -t cpus < <(grep -l 1 /sys/devices/system/cpu/cpu[0-9]*/online | sed 's/.*cpu\([0-9]*\).*/\1/' | sort -n)
[[ ${cpus[0]-} == 0 ]] || cpus=(0 "${cpus[@]}") # which cannot go, and has no such file
((${#cpus[@]} == 4)) || fail "${#cpus[@]} CPUs are online, expected 4"
hole=${cpus[1]}
echo 0 >"/sys/devices/system/cpu/cpu$hole/online" || fail "CPU $hole cannot be taken offline"
echo "possible $possible, online $(cat /sys/devices/system/cpu/online)"

interloper record -v -o "$work/all.ilt" -- \
	"$TOOLS/workload" -d 1 "hog@${cpus[0]}" "sleeper@${cpus[2]}" pingpong "hog@${cpus[3]}" \
	>"$work/output" 2>"$work/errors" || fail "record: exit $?: $(cat "$work/errors")"
grep -o 'rings: .*' "$work/errors"
python3 - "$work/all.ilt" "${cpus[0]}" "${cpus[2]}" "${cpus[3]}" <<'END' || fail "the report is wrong"
import sys

from traces import Checks, run_json

checks = Checks()
report = run_json("summary", sys.argv[1], "--json")
checks.that(report["losses"]["slices"] == 0, f"lost {report['losses']['slices']} slices")
cpus = {row["cpu"]: row for row in report["cpus"]}
print({cpu: (row["cpu_share"], row["slices"]) for cpu, row in cpus.items()})
first, second, last = map(int, sys.argv[2:])
if checks.that(set(cpus) == {first, second, last}, "the report has other CPUs than there are"):
    for cpu in first, last:
        checks.that(cpus[cpu]["cpu_share"] > 0.5, f"CPU {cpu}, with a hog, was hardly busy")
checks.end()
END
interloper trace -C "${cpus[2]},${cpus[3]}" -d 0.5 >"$work/output" || fail "trace -C: exit $?"
interloper trace -C "$hole" -d 0.5 >"$work/output" 2>&1 && fail "trace -C $hole succeeded, which is offline"
grep -q "CPU $hole is offline" "$work/output" || fail "trace -C $hole: $(cat "$work/output")"
interloper hist -d 0.5 >"$work/output" || fail "hist: exit $?"
interloper trace -C 999 -d 0.5 >"$work/output" 2>&1 && fail "trace -C 999 succeeded, which is not possible"
verdict
