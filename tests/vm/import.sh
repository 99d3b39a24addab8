#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What perf and trace-cmd recorded of this kernel: perf's rows come out byte for byte; both recordings and our
# own have the same slices of the same load; and from perf.data with the host's snapshot alone, both taken
# by what needs nothing of ours, advise finds ksmd on an isolated CPU and says where to put it.
# shellcheck disable=SC2154 # isolated, ksmd: ksm.bash
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash
need perf trace-cmd
# shellcheck source=tests/vm/ksm.bash
source "$(dirname "$0")/ksm.bash"

# One load, seen by three: who looks from within has it whole too.
sched=(sched_switch sched_waking sched_wakeup_new sched_migrate_task)
interloper record -o "$work/own.ilt" -- \
	trace-cmd record -q -o "$work/trace.dat" "${sched[@]/#/-e}" \
	perf sched record -a -o "$work/perf.data" -- \
	"$TOOLS/workload" -d 1 hog sleeper:3 pingpong short:5 yielder >"$work/out" 2>&1 ||
	fail "recording: exit $?: $(tail -n 5 "$work/out")"
for layout in "" --state -n "--state -n"; do
	read -ra options <<<"$layout"
	perf sched timehist -i "$work/perf.data" "${options[@]}" >"$work/theirs" 2>/dev/null ||
		fail "perf sched timehist $layout: exit $?"
	interloper timehist --compat perf "${options[@]}" "$work/perf.data" >"$work/ours" ||
		fail "timehist --compat $layout: exit $?"
	lines=$(wc -l <"$work/theirs")
	((lines > 500)) || fail "perf has $lines rows"
	head -n "$lines" "$work/ours" | cmp - "$work/theirs" || {
		diff "$work/theirs" <(head -n "$lines" "$work/ours") | head -n 6
		fail "$layout: the rows are not perf's"
	}
done
for name in perf.data trace.dat; do
	interloper import "$work/$name" -o "$work/$name.ilt" 2>"$work/said" || fail "import $name: $(cat "$work/said")"
	grep -q '; 0 lost$' "$work/said" || fail "$name: $(cat "$work/said")"
done
python3 - "$work" <<'END' || fail "the three recordings differ"
import sys

from traces import SLOWNESS, Checks, run_json

checks = Checks()
own, *others = ({row["task"]["tid"]: row for row in run_json("summary", f"{sys.argv[1]}/{name}.ilt", "--json")["tasks"]}
                for name in ("own", "perf.data", "trace.dat"))
load = [tid for tid, row in own.items() if row["task"]["comm"].startswith("w-")]
checks.that(len(load) >= 10, f"{len(load)} tasks of the load")
slices = 0
for tid in load:
    slices += own[tid]["slices"]
    for name, other in zip(("perf.data", "trace.dat"), others):
        row, what = other.get(tid), f"{own[tid]['task']['comm']}[{tid}] {name}"
        if not checks.that(row, f"{what}: is not there"):
            continue
        for field in ("slices", "involuntary_switches"):
            checks.that(row[field] == own[tid][field], f"{what}: {field} {row[field]}, ours {own[tid][field]}")
        # Each tracer looks at the clock at another moment of the switch; a virtual CPU may be off in between.
        allowed = 0.03 * own[tid]["run_total_ns"] + 1e6 * SLOWNESS
        checks.that(abs(row["run_total_ns"] - own[tid]["run_total_ns"]) <= allowed,
                    f"{what}: ran {row['run_total_ns']} ns, ours {own[tid]['run_total_ns']}")
print(f"fact: perf.data and trace.dat have our {slices} slices of {len(load)} tasks")
checks.end()
END

# The founding case, as the operator of a kernel that cannot run us has it.
start_merging
mask=$(taskset -p "$ksmd" | sed 's/.*: //')
undo taskset -p "$mask" "$ksmd"
seat=${isolated##*[-,]}
taskset -pc "$seat" "$ksmd" >/dev/null
sleep 1
taskset -pc "0-$(($(nproc --all) - 1))" "$ksmd" >/dev/null
perf sched record -a -o "$work/ksmd.data" -- sleep 4 >"$work/out" 2>&1 || fail "perf sched record: $(cat "$work/out")"
sh /interloper/host-snapshot -o "$work/host.tar" || fail "host-snapshot: exit $?"
interloper import "$work/ksmd.data" --host "$work/host.tar" -o "$work/ksmd.ilt" 2>"$work/said" ||
	fail "import --host: $(cat "$work/said")"
interloper advise "$work/ksmd.ilt" --json >"$work/report" || fail "advise: exit $?"
python3 - "$work/report" "$ksmd" "$isolated" <<'END' || fail "ksmd was not advised off the isolated CPUs"
import json
import sys

from traces import Checks, cpu_set

checks = Checks()
with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
isolated = cpu_set(sys.argv[3])
checks.that(cpu_set(report["targets"]) == isolated, f"targets {report['targets']}")
moves = [advice for advice in report["advice"] if advice["rule"] == "move-task" and
         advice["task"]["tid"] == int(sys.argv[2])]
checks.that(len(moves) == 1, f"no advice to move ksmd: {[advice['title'] for advice in report['advice']]}")
for advice in moves:
    print("advice:", advice["title"], "-", advice["seen"], "-", advice["sure"])
    checks.that(not cpu_set(advice["changes"][0]["to"]) & isolated, "it is to go to an isolated CPU")
checks.end()
END
verdict
