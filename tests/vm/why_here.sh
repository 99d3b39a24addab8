#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The founding case, told: trace -C names ksmd on its isolated CPU, that it only stays, by which door it
# most likely came, and how to move it off, in the first screen; and is silent where ksmd is not. Then
# ksmd is bound to an isolated CPU and freed again: the stays that follow are told as what they are.
# shellcheck disable=SC2154 # isolated, ksmd: ksm.bash
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash
# shellcheck source=tests/vm/ksm.bash
source "$(dirname "$0")/ksm.bash"
SCREEN=24

start_merging
before=$(last_cpu)
target=$before
in_list "$before" "$isolated" || target=${isolated%%[-,]*}
interloper trace -C "$target" -d 3 >"$work/report" 2>"$work/errors" || fail "trace: exit $?: $(cat "$work/errors")"
head -"$SCREEN" "$work/report" >"$work/screen"
if [[ $target == "$before" ]]; then
	for words in "ksmd\[$ksmd\] on CPU $target: " "there before the trace began; stayed for " \
		"boot CPU" "taskset -pc [0-9,-]* $ksmd"; do
		grep -q "$words" "$work/screen" || fail "not in the first screen: $words"
	done
	echo "fact: why ksmd is there: $(sed -n 's/^ *why  //p' "$work/screen" | head -1)"
else
	! grep -q "ksmd.* on CPU $target: " "$work/report" || fail "ksmd was on $before, and is told on $target"
	echo "fact: why ksmd is there: it is not"
fi

# What could put it there, without tracing: the same answer.
interloper explain -C "$target" -t "$ksmd" >"$work/explanation" || fail "explain: exit $?"
answer=$(sed -n 's/^answer *//p' "$work/explanation")
if [[ $target == "$before" ]]; then
	[[ $answer == yes:* ]] || fail "explain: ksmd is on CPU $target, and the answer is: $answer"
else
	[[ $answer == yes:* ]] && fail "explain: ksmd is not on CPU $target, and the answer is: $answer"
fi

mask=$(taskset -p "$ksmd" | sed 's/.*: //')
undo taskset -p "$mask" "$ksmd"
seat=${isolated##*[-,]}
"$INTERLOPER" record -o "$work/seat.ilt" -d 5 >"$work/recorder" 2>&1 &
recorder=$!
until_true has_begun "$recorder" || fail "record: not begun in time: $(cat "$work/recorder")"
taskset -pc "$seat" "$ksmd" >/dev/null
sleep 1
taskset -pc "0-$(($(nproc --all) - 1))" "$ksmd" >/dev/null
wait "$recorder" || fail "record: exit $?: $(cat "$work/recorder")"
python3 - "$work/seat.ilt" "$ksmd" "$seat" <<'END' || fail "the affinity door is not told as such"
import sys

from traces import Checks, run_json

checks = Checks()
path, ksmd, seat = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
report = run_json("wakeups", path, "--json")
rows = [row for row in report["why_here"] if row["task"]["tid"] == ksmd and row["cpu"] == seat]
checks.that(len(rows) == 1, f"ksmd has {len(rows)} rows on CPU {seat}")
for row in rows:
    arrival = row["longest"]["arrival"]
    print(f"ksmd on CPU {seat}: {row['doors']}, {row['stays']} stays, {row['cause']}; {arrival}")
    checks.that(row["isolated"], "its CPU is isolated")
    checks.that(any(door.startswith("affinity change") for door in row["doors"]), "the door is not counted")
    if arrival["door"] == "wakeup" and arrival["branch"] == "recent_used_cpu":
        # Freed, it went to the boot CPU, isolated too, and the kernel took it back: told as such.
        checks.that(row["residences"] > 1, "it left and came back")
        continue
    checks.that(row["cause"] == "affinity change", f"cause: {row['cause']}")
    checks.that(row["cause_certain"], "it was seen")
    checks.that(arrival["door"].startswith("affinity change"), f"door: {arrival['door']}")
    checks.that(row["stays"] >= 5, "freed, it stays")
    checks.that(row["longest"]["stay_branches"].get("previous CPU idle", 0) > row["stays"] / 2,
                "it stays as its previous CPU is idle")
checks.end()
END
verdict
