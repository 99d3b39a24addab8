#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Each wakeup's previous and chosen CPU are those that ftrace saw in sched_waking and sched_wakeup, and
# that the hook saw select_task_rq_fair() return. And the model of the wakeup path agrees with the
# trail of CPUs that the kernel looked at, where that can be seen.
# PLACEMENT_SECONDS: how long (default 3).
# shellcheck disable=SC2317 # what undo calls
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash
seconds=${PLACEMENT_SECONDS:-3}
tracing=/sys/kernel/tracing
load=(pipe:2 sleeper:4 pingpong:1 napper:3)

stop_ftrace() {
	echo 0 >"$tracing"/tracing_on
	echo 0 >"$tracing"/events/enable
	echo >"$tracing"/trace
}
undo stop_ftrace
# Of a long recording ftrace sees the end only.
echo mono >"$tracing"/trace_clock
echo 12288 >"$tracing"/buffer_size_kb
for event in sched_waking sched_wakeup; do
	echo 1 >"$tracing/events/sched/$event/enable"
done
"$TOOLS/workload" -d $((seconds + 90)) "${load[@]}" >/dev/null 2>&1 &
workload=$!
undo end "$workload"
sleep 1
timeout 600 "$INTERLOPER" record --hooks=looks -o "$work/load.ilt" -d "$seconds" >"$work/recorder" 2>&1 ||
	fail "record: exit $?: $(cat "$work/recorder")"
echo 0 >"$tracing"/tracing_on
end "$workload"
tail -n 60000 "$tracing"/trace >"$work/ftrace"
"$INTERLOPER" wakeups "$work/load.ilt" --confusion --limit 1 >"$work/report"
sed -n '/^the model/,$p' "$work/report"

((seconds <= 10)) || {
	echo "part skipped: each wakeup against ftrace: of a longer run it sees the end only"
	: >"$work/ftrace"
}
python3 - "$work/load.ilt" "$work/ftrace" <<'END' || fail "placements are not as the kernel has them"
import re
import sys
from bisect import bisect_right
from collections import defaultdict

from traces import SLOWNESS, Checks, events, run_json

checks = Checks()
path, ftrace = sys.argv[1:3]
report = run_json("wakeups", path, "--json")
model = report["wakeups"]["model_check"]
if model:
    share = model["sure_agreed"] / model["sure"]
    print(f"fact: model: {100 * share:.2f} % of {model['sure']} sure answers right; "
          f"{model['unsure']} unsure of {model['observed']}")
    checks.that(model["observed"] > 1000, "hardly a choice was observed")
    checks.that(share >= 0.99, f"the model is wrong where it is sure: {model['answers']}")
    checks.that(model["sure"] > 0.8 * model["observed"], "the model is hardly ever sure")
else:
    checks.that("available_idle_cpu" not in report["trace"]["rests_on"], "no look was seen")
    print("fact: model: this kernel shows no looks")



def nearest(times, time_ns):
    """Of a sorted list; None if nothing is near at all."""
    at = bisect_right(times, time_ns)
    near = min(times[max(0, at - 1):at + 1], key=lambda t: abs(t - time_ns), default=None)
    return near if near is not None and abs(near - time_ns) < 10000 * SLOWNESS else None


LINE = re.compile(r" (\d+\.\d+): (sched_waking|sched_wakeup): comm=.* pid=(\d+) prio=\d+ .*target_cpu=(\d+)")
wakings = defaultdict(list)  # tid: [time ns, previous CPU, chosen CPU or None]
for line in open(ftrace, encoding="utf-8", errors="replace"):
    found = LINE.search(line)
    if not found:
        continue
    time_ns, tid, cpu = int(float(found[1]) * 1e9), int(found[3]), int(found[4])
    if found[2] == "sched_waking":
        wakings[tid].append([time_ns, cpu, None])
    elif wakings[tid] and wakings[tid][-1][2] is None:
        wakings[tid][-1][2] = cpu
if wakings:
    stream = events(path)
    choices = {(e["task"]["id"], e["time_ns"]): e for e in stream
               if e["type"] == "choice" and e["function"] == "select_task_rq_fair"}
    compared = wrong = hooked = overridden = unhooked = 0
    woken = [e for e in stream if e["type"] == "slice" and e["delay_kind"] == "wake" and
             e["chosen_cpu"] is not None and "new" not in e["flags"]]
    ours, theirs = defaultdict(list), defaultdict(list)
    for e in woken:
        ours[e["task"]["tid"]].append(e["waking_ns"])
    for times in ours.values():
        times.sort()
    for tid, seen in wakings.items():
        theirs[tid] = [w[0] for w in seen]
    for e in woken:
        tid, at = e["task"]["tid"], e["waking_ns"]
        near = nearest(theirs[tid], at)
        # One of ours to one of theirs: each the other's nearest.
        if near is not None and nearest(ours[tid], near) == at:
            seen = wakings[tid][bisect_right(theirs[tid], near) - 1]
            if seen[2] is not None:
                compared += 1
                if (seen[1], seen[2]) != (e["previous_cpu"], e["chosen_cpu"]):
                    wrong += 1
                    print(f"ftrace {seen}, ours {at} {e['previous_cpu']}>{e['chosen_cpu']} {e['flags']}")
        choice = choices.get((e["task"]["id"], e["waking_ns"]))
        if choice:
            hooked += 1
            overridden += choice["chosen_cpu"] != e["chosen_cpu"]
        elif not (e["placement_facts"]["pinned"] or e["placement_facts"]["other_class"] or
                  "requeued" in e["flags"] or "woken_on_cpu" in e["flags"]):
            unhooked += 1
    print(f"fact: placements: {compared} as ftrace has them, {wrong} not; {hooked} as the hook has them, "
          f"{overridden} overridden, {unhooked} without one")
    checks.that(compared > 1000, "hardly a wakeup could be compared with ftrace")
    checks.that(not wrong, "ftrace saw other CPUs")
    checks.that(hooked > 1000, "hardly a wakeup was seen by the hook")
    checks.that(not overridden, "nobody changes a mask here, so nothing overrides the choice")
    checks.that(unhooked <= hooked / 100, "wakeups without their choice")
checks.end()
END
verdict
