#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# timehist and perf sched timehist, recorded over the same time, tell the same slices, runs and delays;
# where a delay differs, the row must be one of perf's known mistakes:
#   preempted         perf prints 0.000 (or, from 6.12 on, what we print)
#   woken on its CPU  a wakeup before its own switch-out: perf forgets it and prints 0.000
#   woken again       perf counts from the first of several wakeups, we from the one that mattered
#   read apart        20 to 100 us, an interrupt or the hypervisor came between the two reads of the
#                     clock: at most 3 in 1,000
#   switch missing    the switch that began the slice is not in perf's file: its run begins earlier
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3 perf
timeout -k 5 60 perf sched record -a -k CLOCK_MONOTONIC -o "$work/try.data" -- true 2>"$work/errors" ||
	skip "perf sched record does not work here: $(tail -n 1 "$work/errors")"

cat >"$work/compare.py" <<'END'
import bisect
import re
import sys
from collections import Counter, defaultdict

from traces import Checks, events, schedstats

NEAR_NS = 100_000      # the same switch, by two clock reads with a program in between
checks = Checks()
work = sys.argv[1]
workload = schedstats(work + "/schedstats")

row = re.compile(r"^\s*(\d+)\.(\d{6})\s+\[(\d+)\]\s+(.*)\[(-?\d+)(?:/(\d+))?\]\s+"
                 r"(\d+)\.(\d{3})\s+(\d+)\.(\d{3})\s+(\d+)\.(\d{3})")
theirs, exits, ends = defaultdict(list), 0, defaultdict(list)
with open(work + "/perf.txt", encoding="utf-8", errors="replace") as lines:
    for line in lines:
        match = row.match(line)
        if not match:
            continue
        sec, usec, cpu, comm, tid, pid, *values = match.groups()
        wait, delay, run = (int(values[i]) * 1_000_000 + int(values[i + 1]) * 1000 for i in (0, 2, 4))
        ends[int(cpu)].append(int(sec) * 10**9 + int(usec) * 1000)
        # An exiting task's last row says comm[-1/pid].
        if tid == "-1" and pid:
            tid, exits = pid, exits + 1
        theirs[int(tid)].append({"time_ns": int(sec) * 10**9 + int(usec) * 1000, "wait_ns": wait,
                                 "delay_ns": delay, "run_ns": run})
ours = defaultdict(list)
for slice_ in events(work + "/ours.ilt", "slice"):
    if slice_["task"]["tid"] in workload and "cut_end" not in slice_["flags"]:
        ours[slice_["task"]["tid"]].append(slice_)


def pairs(some, others):
    """Slices of both that end at the same time, as far as two clock reads can tell."""
    i = j = 0
    while i < len(some) and j < len(others):
        apart = some[i]["time_ns"] - others[j]["time_ns"]
        if abs(apart) < NEAR_NS and (i + 1 == len(some) or
                                     abs(some[i + 1]["time_ns"] - others[j]["time_ns"]) >= abs(apart)):
            yield some[i], others[j]
            i, j = i + 1, j + 1
        elif apart < 0 or abs(apart) < NEAR_NS:
            i += 1
        else:
            j += 1


def near(a_ns, b_ns):
    return abs(a_ns - b_ns) <= max(20_000, 0.02 * max(a_ns, b_ns))


def begins_too_early(slice_, perf):
    """Whether perf lacks the switch that began the slice, so that its run is longer."""
    if near(slice_["run_ns"], perf["run_ns"]):
        return False
    on_cpu = ends[slice_["cpu"]]
    at = bisect.bisect_left(on_cpu, slice_["start_ns"] - NEAR_NS)
    beginning = at < len(on_cpu) and on_cpu[at] < min(slice_["start_ns"] + NEAR_NS, perf["time_ns"])
    return perf["run_ns"] > slice_["run_ns"] and not beginning


def explain(slice_, perf):
    """Why the delays differ: one of perf's mistakes, or None."""
    since = slice_["start_ns"] - slice_["off_ns"] if slice_["off_ns"] is not None else None
    if slice_["delay_kind"] == "preempt" and perf["delay_ns"] == 0:
        return "preempted"
    if slice_["delay_ns"] is None:
        return "unknown to us"
    if slice_["run_ns"] is None or begins_too_early(slice_, perf):
        return "switch missing"
    if perf["delay_ns"] == 0 and ("woken_on_cpu" in slice_["flags"] or
                                  since and slice_["waking_ns"] and slice_["waking_ns"] <= since):
        return "woken on its CPU"
    if slice_["spare_wakeups"] and perf["delay_ns"] > slice_["delay_ns"]:
        return "woken again"
    if abs(slice_["delay_ns"] - perf["delay_ns"]) < NEAR_NS:
        return "read apart"
    return None


reasons, unexplained, total, early = Counter(), [], 0, 0
for tid, (comm, *_) in workload.items():
    slices, rows = ours[tid], theirs[tid]
    matched = list(pairs(slices, rows))
    known = [(s, p) for s, p in matched if s["run_ns"] is not None and not begins_too_early(s, p)]
    early += len(matched) - len(known)
    # perf cuts what it prints to us.
    our_run = sum(slice_["run_ns"] // 1000 * 1000 for slice_, _ in known)
    perf_run = sum(perf["run_ns"] for _, perf in known)
    print(f"{comm}[{tid}]: {len(slices)} slices, perf {len(rows)}, {len(matched)} matched; run "
          f"{our_run / 1e6:.3f} ms, perf {perf_run / 1e6:.3f}")
    checks.that(len(slices) > 0, f"{comm}[{tid}] has no slice")
    checks.that(abs(len(slices) - len(rows)) <= 1 + len(slices) // 1000,
                f"{comm}[{tid}]: {len(slices)} slices, perf has {len(rows)}")
    checks.that(len(matched) >= 0.99 * len(slices) - 1, f"{comm}[{tid}]: {len(matched)} slices matched")
    checks.that(abs(our_run - perf_run) <= 0.01 * our_run + 20_000,
                f"{comm}[{tid}]: run {our_run} ns, perf {perf_run} ns")
    for slice_, perf in matched:
        total += 1
        if slice_["delay_ns"] is not None and near(slice_["delay_ns"], perf["delay_ns"]):
            reasons["alike"] += 1
            continue
        reason = explain(slice_, perf)
        reasons[reason or "unexplained"] += 1
        if not reason:
            unexplained.append((comm, slice_, perf))
print(f"{total} rows: " + ", ".join(f"{n} {reason}" for reason, n in reasons.most_common()) +
      f"; {exits} last rows of exiting tasks without their tid; {early} runs not compared")
for comm, slice_, perf in unexplained[:20]:
    print(f"unexplained: {comm} at {slice_['time_ns']} {slice_['delay_kind']} delay {slice_['delay_ns']}, perf "
          f"{perf['delay_ns']}; run {slice_['run_ns']}, perf {perf['run_ns']}; {slice_['flags']}")
checks.that(reasons["alike"] >= 100, "hardly a delay is alike")
checks.that(reasons["read apart"] <= 2 + 3 * total // 1000, "too many stamps are apart")
checks.that(len(unexplained) <= 1 + total // 5000, f"{len(unexplained)} of {total} rows are not explained")
checks.that(early <= total // 100 + 2, "too many runs are not comparable")
checks.that(reasons["unknown to us"] + reasons["switch missing"] <= total // 100 + 2,
            "too many delays are unknown or beside a missing switch")
checks.end()
END

# All on CPU 0: in some virtual machines perf sees nothing of other CPUs' idle tasks.
record_both() {
	timeout -k 5 60 perf sched record -a -k CLOCK_MONOTONIC -o "$work/perf.data" -- \
		"$INTERLOPER" record --force -o "$work/ours.ilt" -- \
		"$TOOLS/workload" -d 1.5 hog:2@0 sleeper:2@0 pingpong@0 pipe@0 yielder@0 short:5@0 \
		>"$work/schedstats" 2>"$work/errors" || fail "record: $(cat "$work/errors")"
	timeout -k 5 60 perf sched timehist -i "$work/perf.data" >"$work/perf.txt" 2>"$work/errors" ||
		skip "perf sched timehist does not work here: $(tail -n 1 "$work/errors")"
}

# A machine that stalls may spoil an attempt.
agreed=
for try in 1 2 3; do
	echo "--- attempt $try"
	record_both
	python3 "$work/compare.py" "$work" && agreed=yes && break
done
[[ -n $agreed ]] || fail "ours and perf's timehist differ"
verdict
