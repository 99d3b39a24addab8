#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A filter by task (-t NAME, -t 'PREFIX*', -t TID, -p PID) is on the task that runs or is woken, not on
# whoever is current: wakers of other names are told, nobody else's slices appear, and the delays are
# those of a recorder without a filter over the same time.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

# The unfiltered recorder is around; the filtered one traces what runs already.
"$TOOLS/workload" -d 60 wakers sleeper@1 hog@1 >"$work/schedstats" &
workload=$!
undo end "$workload" KILL
tid_of() { # tid_of COMM: the one that our workload started
	local comm
	for comm in /proc/[0-9]*/comm; do
		[[ $(cat "$comm" 2>/dev/null) == "$1" ]] || continue
		comm=$(dirname "$comm")
		[[ $(awk '{ print $4 }' "$comm/stat") == "$workload" ]] && basename "$comm" && return 0
	done
	return 1
}
until_true tid_of w-hog >/dev/null || fail "the workload did not start"
wakee=$(tid_of w-wakee)

n=0
for filter in "-t w-wakee" "-t $wakee" "-p $wakee" "-t w-wak*" "-t w-wakee,w-sleeper" "-t w-wakee -C 1"; do
	n=$((n + 1))
	read -ra options <<<"$filter"
	interloper record --force -o "$work/all.ilt" -- \
		"$INTERLOPER" record "${options[@]}" --force -o "$work/some.ilt" -d 0.5 2>"$work/errors" ||
		fail "$filter: $(cat "$work/errors")"
	python3 - "$work" "$filter" <<'END' || fail "$filter: not what the filter promises"
import sys
from collections import defaultdict

from traces import Checks, events

checks = Checks()
work, filter_ = sys.argv[1:]
wanted = {"w-wakee"}
if "*" in filter_:
    wanted.add("w-waker")
if "sleeper" in filter_:
    wanted.add("w-sleeper")
some, all_ = (events(f"{work}/{name}.ilt", "slice") for name in ("some", "all"))
checks.that({s["task"]["comm"] for s in some} == wanted,
            f"slices of { {s['task']['comm'] for s in some} }, expected {wanted}")
found = defaultdict(list)
for slice_ in all_:
    found[slice_["task"]["tid"]].append(slice_)
compared = differ = waked = others = 0
for slice_ in some:
    if slice_["delay_ns"] is None:
        continue
    like = [s for s in found[slice_["task"]["tid"]] if abs(s["start_ns"] - slice_["start_ns"]) < 20_000
            and s["delay_ns"] is not None]
    if not like:
        others += 1
        continue
    compared += 1
    differ += abs(like[0]["delay_ns"] - slice_["delay_ns"]) > max(5_000, like[0]["delay_ns"] / 50) or \
        like[0]["delay_kind"] != slice_["delay_kind"]
    waker = slice_["waker"]
    if slice_["task"]["comm"] == "w-wakee" and slice_["delay_kind"] == "wake":
        waked += waker is not None and waker["comm"] == "w-waker" and slice_["waker_cpu"] == 0
unknown = sum(s["delay_ns"] is None for s in some)
print(f"{filter_}: {len(some)} slices, {compared} delays compared, {differ} differ, {unknown} unknown, "
      f"{waked} wakeups by w-waker")
checks.that(compared > 50, "hardly a delay")
checks.that(differ <= 1 + compared // 100, "delays differ from those of a trace without a filter")
checks.that(unknown <= 4 + len(some) // 50, "too many delays are unknown")
checks.that(waked > 20, "the waker is not told")
checks.that(others <= 2 + len(some) // 100, "slices that the other trace does not have")
checks.end()
END
done
interloper record --force -o "$work/none.ilt" -t no-such-name -d 0.3 2>/dev/null || fail "-t no-such-name: exit $?"
rows=$(interloper timehist "$work/none.ilt" | grep -c '\[[0-9]*\]' || true)
((rows == 0)) || fail "-t no-such-name: $rows rows"
verdict
