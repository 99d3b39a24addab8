#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What hist counts in the kernel is, bucket for bucket, what it counts from the slices that the same
# session wrote to a file: all three distributions, by CPU, by task, by both, and together.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

cat >"$work/compare.py" <<'END'
"""compare.py WHAT KERNEL FILE TRACE [exact]"""
import json
import sys
from collections import Counter

from traces import Checks, events

checks = Checks()
what = sys.argv[1]
KINDS = "run", "wake_delay", "preempt_delay"


def rows_of(path):
    """The distributions of a report by what they are of."""
    with open(path, encoding="utf-8") as report:
        loaded = json.load(report)
    checks.that(loaded["losses"]["total"] == 0, f"{what}: events were lost: {loaded['losses']}")
    rows = {}
    for row in loaded["distributions"]:
        task = row["task"]
        key = row["cpu"], task and (task["tid"], task["pid"], task["comm"])
        checks.that(key not in rows, f"{what}: {key} is there twice")
        rows[key] = row
    return rows


def buckets(distribution):
    return Counter({bucket["lower_ns"]: bucket["count"] for bucket in distribution["buckets"]})


# A slice whose end the kernel did not show us (the next one on its CPU is a gap) has no record, but
# its delay was counted when it began. None of our own workload's slices is such.
gaps = 0 if sys.argv[5:] else sum("gap" in slice_["flags"] for slice_ in events(sys.argv[4], "slice"))
kernel, file = rows_of(sys.argv[2]), rows_of(sys.argv[3])
none = dict.fromkeys(KINDS, {"count": 0, "buckets": []})
values = ahead = 0
for key in kernel.keys() | file.keys():
    for name in KINDS:
        ours, theirs = kernel.get(key, none)[name], file.get(key, none)[name]
        values += ours["count"]
        if not ours["count"] and not theirs["count"]:
            continue
        if gaps and name != "run" and ours["count"] > theirs["count"]:
            ahead += (buckets(ours) - buckets(theirs)).total()
            checks.that(not buckets(theirs) - buckets(ours), f"{what}: {key} {name}: more in the file")
            continue
        for field in ours.keys() | theirs.keys():
            checks.that(ours.get(field) == theirs.get(field),
                        f"{what}: {key} {name} {field}: kernel {ours.get(field)}, "
                        f"file {theirs.get(field)}"[:2000])
checks.that(ahead <= gaps, f"{what}: {ahead} delays only in the kernel, {gaps} gaps")
print(f"{what}: {len(kernel)} rows, {values} values, {gaps} gaps, {ahead} delays only in the kernel")
checks.that(values > 300, f"{what}: hardly a value")
checks.end()
END

compare() { # compare BY EXACT HIST-OPTION...
	local name="${1:-together} ${*:3}" exact=$2 options=() trace=$work/hist.ilt
	[[ -n $1 ]] && options=(--by "$1")
	shift 2
	interloper hist "${options[@]}" "$@" --json --force -o "$trace" -- "$TOOLS/workload" -d 0.5 \
		pipe@0 hog:2 sleeper:2 pingpong short:5 2>"$work/errors" >"$work/printed" ||
		fail "hist: $(cat "$work/errors")"
	# The workload's own lines come first.
	sed -n '/^{/,$p' "$work/printed" >"$work/kernel.json"
	interloper hist "$trace" "${options[@]}" --json >"$work/file.json" || fail "hist FILE: exit $?"
	python3 "$work/compare.py" "$name" "$work/kernel.json" "$work/file.json" "$trace" ${exact:+"$exact"} ||
		fail "$name: the kernel's counts are not the file's"
}

for by in cpu task cpu,task ""; do
	compare "$by" exact -t 'w-*'
done
compare cpu ""
verdict
