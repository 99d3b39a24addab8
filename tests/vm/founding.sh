#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The founding machine's shape: 96 CPUs on 4 nodes, 64-95 isolated, KSM merging. A look at whether a
# recorder and its reports carry that size; times say nothing under emulation.
# shellcheck disable=SC2317 # what undo calls
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash

echo "online $(cat /sys/devices/system/cpu/online), isolated $(cat /sys/devices/system/cpu/isolated)," \
	"nodes $(cat /sys/devices/system/node/online)"
[[ $(cat /sys/devices/system/cpu/isolated) == 64-95 ]] || fail "64-95 are not isolated"
ksmd=$(grep -l '^ksmd$' /proc/[0-9]*/comm | sed 's/[^0-9]//g')
stop_merging() {
	echo 0 >/sys/kernel/mm/ksm/run
}
undo stop_merging
"$TOOLS/mergeable" 32 >"$work/ready" &
undo end $! KILL
until_true grep -q ready "$work/ready" || fail "the workload did not start"
echo 200 >/sys/kernel/mm/ksm/pages_to_scan
echo 1 >/sys/kernel/mm/ksm/run
# As in the founding write-up: its affinity once was CPU 68 alone, and is all CPUs now.
taskset -pc 68 "$ksmd" >/dev/null
sleep 3
taskset -pc 0-95 "$ksmd" >/dev/null

"$INTERLOPER" record -v -o "$work/all.ilt" -d 5 >"$work/output" 2>&1 || fail "record: exit $?: $(cat "$work/output")"
cat "$work/output"
timeout 120 "$INTERLOPER" summary "$work/all.ilt" --json >"$work/report" || fail "summary: exit $?"
python3 - "$work/report" "$ksmd" <<'END' || fail "the report is wrong"
import json
import sys

with open(sys.argv[1], encoding="utf-8") as lines:
    report = json.load(lines)
ksmd = [row for row in report["tasks"] if row["task"]["tid"] == int(sys.argv[2])]
slices = ksmd[0]["slices"] if ksmd else 0
print(f"fact: 96 CPUs, 4 nodes: {len(report['cpus'])} CPUs in the report, {report['losses']['slices_made']} "
      f"slices, {report['losses']['slices']} lost, ksmd {slices} slices")
sys.exit(len(report["cpus"]) != 96 or report["losses"]["slices"] != 0 or not slices)
END
timeout 60 "$INTERLOPER" trace -C 68 -t ksmd -d 3 >"$work/report" || fail "trace -C 68 -t ksmd: exit $?"
grep "ksmd\[$ksmd\]" "$work/report" | head -3
verdict
