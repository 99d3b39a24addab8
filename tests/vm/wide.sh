#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest with many more CPUs possible than online, more than 64, and a hole among the online ones:
# rings and reports are for those that are there, and each CPU's time is the whole trace.
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash

possible=$(cat /sys/devices/system/cpu/possible)
echo 0 >/sys/devices/system/cpu/cpu2/online || fail "CPU 2 cannot be taken offline"
online=$(cat /sys/devices/system/cpu/online)
echo "possible $possible, online $online"
((${possible#*-} >= 64)) || fail "no more than 64 CPUs are possible: the guest was booted otherwise"
[[ $online == 0-1,3 ]] || fail "online: $online, expected 0-1,3"

interloper record -v -o "$work/all.ilt" -- "$TOOLS/workload" -d 1 hog@0 sleeper@1 pingpong hog@3 \
	>"$work/output" 2>"$work/errors" || fail "record: exit $?: $(cat "$work/errors")"
grep -o 'rings: .*' "$work/errors"
python3 - "$work/all.ilt" <<'END' || fail "the report is wrong"
import sys

from traces import Checks, run_json

checks = Checks()
report = run_json("summary", sys.argv[1], "--json")
checks.that(report["losses"]["slices"] == 0, f"lost {report['losses']['slices']} slices")
cpus = {row["cpu"]: row for row in report["cpus"]}
print({cpu: (row["cpu_share"], row["slices"]) for cpu, row in cpus.items()})
checks.that({0, 1, 3} <= set(cpus), "an online CPU is missing")
checks.that(not set(cpus) & set(range(4, 64)) and 2 not in cpus, "a CPU is reported that is not there")
for cpu in 0, 3:
    checks.that(cpus[cpu]["cpu_share"] > 0.5, f"CPU {cpu}, with a hog, was hardly busy")
checks.end()
END
interloper trace -C 1,3 -d 0.5 >"$work/output" || fail "trace -C 1,3: exit $?"
interloper trace -C 2 -d 0.5 >"$work/output" 2>&1 && fail "trace -C 2 succeeded, which is offline"
grep -q 'CPU 2 is offline' "$work/output" || fail "trace -C 2: $(cat "$work/output")"
interloper hist -d 0.5 >"$work/output" || fail "hist: exit $?"
interloper trace -C 999 -d 0.5 >"$work/output" 2>&1 && fail "trace -C 999 succeeded, which is not possible"
verdict
