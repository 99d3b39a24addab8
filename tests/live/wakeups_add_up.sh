#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# interloper wakeups, live, says what it says of the file that the same session wrote; its tables have
# the same wakeups in them, and timehist --placement gives each of them the same class and branch.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

cat >"$work/compare.py" <<'END'
"""compare.py LIVE FILE ROWS: reports of wakeups, and timehist --placement --json"""
import json
import sys
from collections import Counter

from traces import Checks

checks = Checks()


def report_of(path):
    with open(path, encoding="utf-8") as report:
        loaded = json.load(report)
    checks.that(loaded["losses"]["total"] == 0, f"events were lost: {loaded['losses']}")
    return loaded["wakeups"]


live, file = report_of(sys.argv[1]), report_of(sys.argv[2])
with open(sys.argv[3], encoding="utf-8") as lines:
    rows = [row for row in map(json.loads, lines) if row["type"] in ("slice", "waiting")]
total = live["total"]
checks.that(live == file, "live and of the file are not the same")
for table in "tasks", "cpus":
    for field in "wakeups", "spare_wakeups", "waiting":
        checks.that(sum(row[field] for row in live[table]) == total[field], f"{table}: {field}")
checks.that(sum(pair["wakeups"] for pair in live["matrix"]) == total["wakeups"], "matrix")
checks.that(sum(total["branch_certainty"].values()) == total["wakeups"], "certainty")

told = [row for row in rows if row["delay_kind"] == "wake" and row["waking_ns"] and
        row["chosen_cpu"] is not None]
checks.that(len(told) == total["wakeups"], f"{len(told)} rows, {total['wakeups']} wakeups")
for what in "class", "branch":
    ours = {entry[what]: entry["wakeups"] for entry in total[what + "es"]}
    theirs = Counter(row["placement_" + what] for row in told)
    checks.that(ours == theirs, f"{what}: {ours}, in rows {dict(theirs)}")
pairs = Counter((row["previous_cpu"], row["chosen_cpu"]) for row in told)
checks.that(pairs == {(pair["previous"], pair["chosen"]): pair["wakeups"] for pair in live["matrix"]},
            "pairs are not those of the rows")
print(f"{total['wakeups']} wakeups, classes {Counter(row['placement_class'] for row in told)}")
checks.that(total["wakeups"] > 1000, "hardly a wakeup")
checks.end()
END

interloper wakeups --json --matrix cpu --force -o "$work/wakeups.ilt" -- "$TOOLS/workload" -d 1 \
	pipe@0 hog:2 sleeper:2 pingpong short:5 2>"$work/errors" >"$work/printed" ||
	fail "wakeups: $(cat "$work/errors")"
# The workload's own lines come first.
sed -n '/^{/,$p' "$work/printed" >"$work/live.json"
interloper wakeups "$work/wakeups.ilt" --json --matrix cpu >"$work/file.json" || fail "wakeups FILE"
interloper timehist "$work/wakeups.ilt" --placement --json >"$work/rows.json" || fail "timehist"
python3 "$work/compare.py" "$work/live.json" "$work/file.json" "$work/rows.json" ||
	fail "what the reports say does not agree"
verdict
