#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Tasks keep their names: a thread that execs goes on under its process' first tid and a new name, and no
# run of it is lost; a task that exited is comm[tid] in every row, also in its last.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

interloper record -o "$work/exec.ilt" -- "$TOOLS/exec_thread" >"$work/told" 2>"$work/errors" ||
	fail "record: $(cat "$work/errors")"
cat "$work/told"
python3 - "$work" <<'END' || fail "the thread that execs is not followed"
import sys
from collections import Counter

from traces import Checks, events

checks = Checks()
with open(sys.argv[1] + "/told", encoding="utf-8") as told:
    (_, thread, _, before_ns), (_, pid, _, after_ns) = (line.split() for line in told)
thread, pid, before_ns, after_ns = int(thread), int(pid), int(before_ns), int(after_ns)
run, exits, gaps = Counter(), Counter(), 0
for slice_ in events(sys.argv[1] + "/exec.ilt", "slice"):
    task = slice_["task"]
    if task["pid"] != pid:
        continue
    checks.that(task["tid"] in (thread, pid), f"a slice of tid {task['tid']}")
    name = task["tid"], task["comm"]
    run[name] += slice_["time_ns"] - slice_["start_ns"]
    exits[name] += "exit" in slice_["flags"]
    gaps += "gap" in slice_["flags"]
for (tid, comm), ns in run.items():
    print(f"{comm}[{tid}]: run {ns / 1e6:.3f} ms, {exits[tid, comm]} exits")
print(f"{gaps} gaps")
first, second = run[thread, "x-thread"], run[pid, "x-after"]
# The exec itself runs under either name.
checks.that(first >= 0.95 * before_ns, f"before the exec: run {first} ns, by the kernel {before_ns} ns")
checks.that(second >= 0.95 * (after_ns - before_ns - 20_000_000),
            f"after the exec: run {second} ns, by the kernel {after_ns - before_ns} ns")
total = run.total() - run[pid, "x-leader"] - run[pid, "interloper"]
checks.that(abs(total - after_ns) < 0.05 * after_ns + 20_000_000, f"run {total} ns, by the kernel {after_ns} ns")
checks.that(not exits[thread, "x-thread"], "the thread that execs does not exit under its old tid")
checks.that(exits[pid, "x-after"] == 1, "the process exits once, under its new name")
checks.end()
END

interloper record -o "$work/exits.ilt" -- "$TOOLS/workload" -d 0.5 short:40 sleeper:3 >"$work/schedstats" \
	2>"$work/errors" || fail "record: $(cat "$work/errors")"
interloper timehist "$work/exits.ilt" >"$work/rows" || fail "timehist: exit $?"
interloper summary "$work/exits.ilt" >"$work/summary" || fail "summary: exit $?"
while read -r tid comm _; do
	grep -qF " ${comm}[$tid]" "$work/rows" || fail "timehist has no row of ${comm}[$tid]"
	grep -qF "${comm}[$tid]" "$work/summary" || fail "summary has no row of ${comm}[$tid]"
	# The shell's name is the parent's until the child sets its own.
	if grep -F "[$tid]" "$work/rows" | grep -qv " $comm\[$tid\]\| workload\[$tid\]"; then
		fail "${comm}[$tid] has another name in timehist: $(grep -F "[$tid]" "$work/rows" | head -n 3)"
	fi
done <"$work/schedstats"
if grep -q '\[-1\|\[?\|:-1' "$work/rows"; then
	fail "rows without a tid: $(grep '\[-1\|\[?\|:-1' "$work/rows" | head -n 3)"
fi
python3 - "$work" <<'END' || fail "exits are not told"
import sys

from traces import Checks, run_json, schedstats, tasks_by_tid

checks = Checks()
rows = tasks_by_tid(run_json("summary", sys.argv[1] + "/exits.ilt", "--json")["tasks"])
gone = schedstats(sys.argv[1] + "/schedstats")
exited = sum(rows[tid]["exited"] for tid in gone if tid in rows)
print(f"{exited} of {len(gone)} tasks exited")
checks.that(exited == len(gone), "a task that exited is not told to have")
checks.end()
END
verdict
