# SPDX-License-Identifier: GPL-2.0-only
"""Compares a trace's tasks with what the kernel accounted for them: accounting.py TRACE SCHEDSTATS STEAL_NS.

/proc/PID/schedstat counts run (se.sum_exec_runtime), the wait on a run queue (sched_info.run_delay) and
slices (sched_info.pcount). It reads the run queue's clock, and differs from a clock read at the
switch in three ways (kernel/sched/core.c, stats.h):

- A wakeup that preempts has just stepped that clock, so the switch does not (RQCF_REQ_SKIP in
  wakeup_preempt()): for the kernel the wakee waited 0 ns and began at its enqueueing; the time up to
  the switch, some us in a VM, is taken from the task it preempted. This is computed here from
  the trace ("corrected").
- Run time leaves out what the hypervisor stole (update_rq_clock_task()). STEAL_NS is how much that
  may be.
- A wait begins at the enqueueing, about 1 us after the waking (more when a program of ours is slow).
  Not corrected: with waits of some us this is more than the limit, so a workload of such may allow
  for it (WAKEUP_ALLOWANCE_NS for each slice, in the environment).

Under emulation (SLOWNESS, lib.bash) what the first and the last point leave open is some 50 us, and
cannot be told from other short waits: nothing is corrected, and each slice may be that much off. The
count of slices and the sums of long ones stay as strict.

Exit 0: within the limits; 2: not, but stolen time explains it; 1: not.
"""

import collections
import os
import sys

from traces import SLOWNESS, events, run_json, schedstats, tasks_by_tid

RUN_LIMIT = 0.005           # of the summed run of a kind of task
WAIT_LIMIT, WAIT_FLOOR_NS = 0.01, 50_000  # of a task's wait
PREEMPTED_WITHIN_NS = 100_000
WAKEUP_ALLOWANCE_NS = int(os.environ.get("WAKEUP_ALLOWANCE_NS", "0"))
IS_EMULATED = SLOWNESS > 1
SLICE_ALLOWANCE_NS = 5_000 * SLOWNESS if IS_EMULATED else 0  # of run and wait, both ways
STEAL_TICK_NS = 10_000_000  # /proc/stat counts in such


def corrections(path):
    """By tid, (run, wait): what the kernel's clock, not stepped at preempting wakeups, adds to ours."""
    run, wait = collections.Counter(), collections.Counter()
    before = {}
    if IS_EMULATED:
        return run, wait
    for slice_ in events(path, "slice"):
        prev = before.get(slice_["cpu"])
        before[slice_["cpu"]] = slice_
        delay = slice_["delay_ns"]
        if (not prev or prev["time_ns"] != slice_["start_ns"] or slice_["delay_kind"] != "wake"
                or delay is None or delay > PREEMPTED_WITHIN_NS):
            continue
        prev_tid, tid = prev["task"]["tid"], slice_["task"]["tid"]
        if prev_tid and ("left_queued" not in prev["flags"]
                         or slice_["waking_ns"] < prev["start_ns"]):
            continue
        run[tid] += delay
        wait[tid] -= delay
        run[prev_tid] -= delay
        wait[prev_tid] += delay if prev_tid else 0
    return run, wait


def percent(part, whole):
    return 100 * part / whole if whole else 0.0


def compare(path, kernel, steal_ns):
    """Prints the comparison; returns (failures, failures that stolen time explains)."""
    ours = tasks_by_tid(run_json("summary", path, "--json")["tasks"])
    run_more, wait_more = corrections(path)
    kinds = collections.defaultdict(lambda: [0, 0, 0, 0, 0])
    failures, stolen, usable = [], [], 0
    for tid, (comm, run, wait, slices) in kernel.items():
        row = ours.get(tid)
        if not row:
            failures.append(f"{comm}[{tid}] is not in the trace")
            continue
        off = row["slices"] - slices
        if abs(off) > 1 + row["gaps"]:
            failures.append(f"{comm}[{tid}]: {slices} slices, ours {row['slices']}")
        note = ""
        if row["gaps"] or row["unknown_delays"]:
            note = f"  not compared: {row['gaps']} gaps, {row['unknown_delays']} unknown delays"
        our_wait = row["wake_delay"]["total_ns"] + row["preempt_delay"]["total_ns"]
        raw, corrected = our_wait - wait, our_wait + wait_more[tid] - wait
        print(f"{comm:12} {tid:7} wait {wait / 1e6:9.3f} ms, ours {percent(raw, wait):+7.3f} % "
              f"({raw / 1000:+8.1f} us, {raw / slices:+6.0f} ns a slice), "
              f"corrected {percent(corrected, wait):+7.3f} %; slices {slices:5} {off:+d}{note}")
        if note:
            continue
        usable += 1
        kind = kinds[comm]
        kind[0] += run
        kind[1] += row["run_total_ns"]
        kind[2] += row["run_total_ns"] + run_more[tid]
        kind[3] += 1
        kind[4] += slices
        limit = max(WAIT_LIMIT * wait, WAIT_FLOOR_NS) + slices * SLICE_ALLOWANCE_NS
        if not -limit <= corrected <= limit + slices * WAKEUP_ALLOWANCE_NS:
            failures.append(f"{comm}[{tid}]: wait {wait} ns, ours {our_wait} ns, corrected "
                            f"{our_wait + wait_more[tid]} ns (limit: {limit:.0f} ns)")
    for comm, (run, raw, corrected, count, slices) in kinds.items():
        print(f"{comm:12} x {count}   run {run / 1e6:10.3f} ms, ours {percent(raw - run, run):+7.3f} %, "
              f"corrected {percent(corrected - run, run):+7.3f} %")
        limit = RUN_LIMIT * run + slices * SLICE_ALLOWANCE_NS
        if abs(corrected - run) > limit:
            what = (f"{comm}: run {run} ns, ours {raw} ns, corrected {corrected} ns "
                    f"(limit: {limit:.0f} ns)")
            if 0 < corrected - run <= steal_ns:
                stolen.append(what)
            else:
                failures.append(what)
    if usable < len(kernel) / 2:
        failures.append(f"only {usable} of {len(kernel)} tasks have no gap and no unknown delay")
    return failures, stolen


def main():
    path, kernel, steal_ticks = sys.argv[1], schedstats(sys.argv[2]), int(sys.argv[3])
    # What is less than a tick is not told; once it steals at all, each CPU may hold one back.
    steal_ns = (steal_ticks + 2) * STEAL_TICK_NS if steal_ticks else 0
    failures, stolen = compare(path, kernel, steal_ns)
    for what in failures:
        print("beyond the limit: " + what)
    for what in stolen:
        print(f"beyond the limit, but the hypervisor stole {steal_ticks} ticks: " + what)
    sys.exit(1 if failures else 2 if stolen else 0)


if __name__ == "__main__":
    main()
