#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The door of recent_used_cpu: tasks that were on an isolated CPU, left it, and find their new one busy.
# Up to 7.0 the shortcut to the recently used CPU leads back; each such return that the hook saw is
# told as an arrival, by the right branch. In 7.3 there must be none. Probable, never certain: so many
# rounds, and what was seen is told.
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash
rounds=${ROUNDS:-4}
[[ $(cat /sys/devices/system/cpu/isolated) == 1,3,5,7 ]] || fail "boot with isolcpus=domain,1,3,5,7"

taskset -pc 0-7 $$ >/dev/null
"$TOOLS/workload" -d $((rounds * 4 + 90)) napper:3 >/dev/null 2>&1 &
workload=$!
undo end "$workload"
sleep 1
nappers=$(grep -l '^w-napper$' /proc/[0-9]*/comm | sed 's/[^0-9]//g')
bind() { # bind CPUS
	local task
	for task in $nappers; do
		taskset -pc "$1" "$task" >/dev/null
	done
}
hog() { # hog CPU SECONDS
	taskset -c "$1" timeout "$2" sh -c 'while :; do :; done' &
}
crowd() { # crowd SECONDS: the CPUs that are not isolated
	local cpu
	for cpu in 0 2 4 6; do
		hog "$cpu" "$1"
	done
}

"$INTERLOPER" record --hooks=looks -o "$work/recent.ilt" -d $((rounds * 4 + 3)) >"$work/recorder" 2>&1 &
recorder=$!
until_true has_begun "$recorder" || fail "record: not begun in time: $(cat "$work/recorder")"
for ((round = 0; round < rounds; round++)); do
	# Their recently used CPU becomes one that is not isolated.
	bind 0,2,4,6
	crowd 0.6
	sleep 0.8
	# Then CPU 1: they leave it as it is busy, by recent_used_cpu.
	bind 1
	sleep 0.2
	hog 1 1.2
	sleep 0.2
	bind 0-7
	sleep 1.2
	# And now their CPU is busy, and the recent one is isolated and idle.
	crowd 0.8
	sleep 0.9
done
wait "$recorder" || fail "record: exit $?: $(cat "$work/recorder")"
end "$workload"

python3 - "$work/recent.ilt" <<'END' || fail "fresh placements are not told as the hook saw them"
import os
import sys

from traces import Checks, events, run_json

checks = Checks()
path = sys.argv[1]
ISOLATED = {1, 3, 5, 7}
stream = events(path)
slices = {(e["task"]["id"], e["waking_ns"]): e for e in stream
          if e["type"] == "slice" and e["delay_kind"] == "wake"}
fresh = 0
for e in stream:
    if (e["type"] != "choice" or e["function"] != "select_task_rq_fair" or
            e["chosen_cpu"] not in ISOLATED or e["previous_cpu"] in ISOLATED):
        continue
    slice_ = slices.get((e["task"]["id"], e["time_ns"]))
    if not slice_:
        print(f"cut by the trace's end, or lost: {e}")
        continue
    fresh += 1
    checks.that(slice_["recent_cpu"] == e["chosen_cpu"], f"not by recent_used_cpu: {e} {slice_}")
    checks.that("movable" in slice_["flags"], f"not told as movable: {slice_}")
report = run_json("wakeups", path, "--json", "--by", "task,cpu")
arrivals = report["wakeups"]["total"]["trespasses"]["arrivals"]
doors = [row["doors"].get("wakeup", 0) for row in report["why_here"] if row["isolated"]]
print(f"fact: fresh placements by recent_used_cpu: {fresh} by the hook, {arrivals} told; doors {sum(doors)}")
checks.that(arrivals == fresh, f"{fresh} fresh placements, {arrivals} arrivals")
checks.that(sum(doors) == fresh, f"{fresh} fresh placements, {sum(doors)} by a wakeup")
for row in report["why_here"]:
    for residence in (row["first"], row["longest"]):
        if residence["arrival"]["door"] == "wakeup" and row["isolated"]:
            checks.that(residence["arrival"]["branch"] == "recent_used_cpu", f"branch: {residence}")
            checks.that(residence["arrival"]["certainty"] != "unsure", f"unsure: {residence}")
    if row["longest"]["arrival"]["door"] == "wakeup":
        checks.that(row["cause"] == "recent_used_cpu", f"cause: {row['cause']}")
        checks.that(row["sd_llc_id"] is not None and row["sd_llc_id"] == row["from_sd_llc_id"],
                    f"sd_llc_id: {row['sd_llc_id']}, {row['from_sd_llc_id']}")
if int(os.uname().release.split(".")[0]) >= 7:
    checks.that(not fresh, "7.3 has none")
checks.end()
END
verdict
