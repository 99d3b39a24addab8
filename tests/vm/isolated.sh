#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The founding case, in a guest whose boot CPU is isolated (isolcpus=domain,0-1): ksmd scans real pages,
# and the trace tells on which CPUs it ran, as /proc does. Up to 6.19 it was born on CPU 0 and stays
# there; since 7.0 kernel threads begin on housekeeping CPUs, and arm64 drops the boot CPU from the
# list: there the trace must be as sure that it never ran on an isolated one.
# shellcheck disable=SC2317 # what undo calls
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash

isolated=$(cat /sys/devices/system/cpu/isolated)
[[ -n $isolated ]] || fail "no CPU is isolated: the guest was booted without isolcpus"
ksmd=$(grep -l '^ksmd$' /proc/[0-9]*/comm | sed 's/[^0-9]//g')
stop_merging() {
	echo 0 >/sys/kernel/mm/ksm/run
}
undo stop_merging
"$TOOLS/mergeable" 64 >"$work/ready" &
undo end $! KILL
until_true grep -q ready "$work/ready" || fail "the workload did not start"
[[ ! -e /sys/kernel/mm/ksm/advisor_mode ]] || echo none >/sys/kernel/mm/ksm/advisor_mode
echo 500 >/sys/kernel/mm/ksm/pages_to_scan
echo 20 >/sys/kernel/mm/ksm/sleep_millisecs
echo 1 >/sys/kernel/mm/ksm/run
sleep 1

last_cpu() {
	awk '{ sub(/.*\) /, ""); print $37 }' "/proc/$ksmd/stat"
}
before=$(last_cpu)
interloper record -o "$work/all.ilt" -d 4 >"$work/output" 2>&1 || fail "record: exit $?: $(cat "$work/output")"
after=$(last_cpu)

python3 - "$work/all.ilt" "$ksmd" "$before" "$after" "$isolated" <<'END' || fail "ksmd is not where /proc has it"
import sys
from collections import Counter

from traces import Checks, events

checks = Checks()
path, (ksmd, before, after) = sys.argv[1], map(int, sys.argv[2:5])
isolated = set()
for part in sys.argv[5].split(","):
    first, _, last = part.partition("-")
    isolated |= set(range(int(first), int(last or first) + 1))
slices = [s for s in events(path, "slice") if s["task"]["tid"] == ksmd]
cpus = Counter(s["cpu"] for s in slices)
there = sum(count for cpu, count in cpus.items() if cpu in isolated)
woken = [s for s in slices if s["delay_kind"] == "wake"]
print(f"ksmd: {len(slices)} slices on CPUs {dict(cpus)}, {there} of them isolated; by /proc on {before}, "
      f"then {after}")
print(f"fact: ksmd on isolated CPUs: {there} of {len(slices)} slices")
checks.that(len(slices) > 20, "hardly a slice of ksmd's")
# /proc was read a while before the trace and after it: a task that is free to move may have moved.
checks.that(before in isolated or not there, "on an isolated CPU, and /proc has it on another")
if before == after and before in isolated:
    checks.that(cpus[before] > 0, "not where /proc has it")
    checks.that(set(cpus) == {before}, "a task that has no domain to leave by left its CPU")
    checks.that(all(s["previous_cpu"] == s["chosen_cpu"] == before for s in woken if
                    s["previous_cpu"] is not None), "a wakeup chose another CPU than the previous one")
    checks.that(sum(s["previous_cpu"] == before for s in woken) > len(woken) / 2,
                "the previous CPU is not known")
checks.end()
END
verdict
