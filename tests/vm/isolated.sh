#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The founding case, in a guest whose boot CPU is isolated (isolcpus=domain,0-1): ksmd scans real pages,
# and the trace tells on which CPUs it ran, as /proc does. Up to 6.19 it was born on CPU 0 and stays
# there; since 7.0 kernel threads begin on housekeeping CPUs, and arm64 drops the boot CPU from the
# list: there the trace must be as sure that it never ran on an isolated one.
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash

# shellcheck source=tests/vm/ksm.bash
source "$(dirname "$0")/ksm.bash"

start_merging
before=$(last_cpu)
interloper record -o "$work/all.ilt" -d 4 >"$work/output" 2>&1 || fail "record: exit $?: $(cat "$work/output")"
after=$(last_cpu)

python3 - "$work/all.ilt" "$ksmd" "$before" "$after" "$isolated" <<'END' || fail "ksmd is not where /proc has it"
import sys
from collections import Counter

from traces import Checks, cpu_set, events

checks = Checks()
path, (ksmd, before, after) = sys.argv[1], map(int, sys.argv[2:5])
isolated = cpu_set(sys.argv[5])
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
