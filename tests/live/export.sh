#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Exports of a live trace: the forms other tools read, with nothing left behind; and a real trace's slices,
# summed up by others, are summary's.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

mkdir "$work/tmp"
export TMPDIR=$work/tmp
live() { # live OPTION...: an export of a second of pipes
	interloper export "$@" -- "$TOOLS/workload" -d 1 pipe 2>"$work/errors" || fail "$*: exit $?: $(cat "$work/errors")"
}
live --format csv -t w-pipe >"$work/slices.csv"
live --format ndjson --table totals --by task -t w-pipe >"$work/totals.ndjson"
live --format openmetrics >"$work/metrics"
live --format perfetto -o "$work/trace.pftrace"
live --textfile "$work/interloper.prom"
[[ -z $(ls -A "$work/tmp") ]] || fail "left behind: $(ls -A "$work/tmp")"
(($(wc -l <"$work/slices.csv") > 1000)) || fail "slices: $(wc -l <"$work/slices.csv") rows"
[[ $(tail -n 1 "$work/metrics") == "# EOF" ]] || fail "metrics: $(tail -n 1 "$work/metrics")"
grep -q '^interloper_slices_total{cpu="[0-9]*",task="w-pipe"} [1-9]' "$work/interloper.prom" || fail "text file: no w-pipe"
(($(stat -c %s "$work/trace.pftrace") > 10000)) || fail "Perfetto: $(stat -c %s "$work/trace.pftrace") bytes"
# Whatever the command prints is not in the middle of it.
interloper export --format csv -t echo -- echo hello >"$work/hello.csv" 2>/dev/null || fail "echo: exit $?"
! grep -q hello "$work/hello.csv" || fail "the command's output is in the export"

interloper record -o "$work/run.ilt" -- "$TOOLS/workload" -d 1 pipe >/dev/null 2>&1 || fail "record: exit $?"
interloper export "$work/run.ilt" --format csv >"$work/run.csv" 2>/dev/null || fail "export: exit $?"
python3 - "$work/run.ilt" "$work/run.csv" <<'END' || fail "the sums are not those of summary"
import csv
import sys

from traces import Checks, run_json

checks = Checks()
tasks = run_json("summary", sys.argv[1], "--json")["tasks"]
sums = {}
with open(sys.argv[2], encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        its = sums.setdefault(int(row["task_id"]), [0, 0])
        its[0] += 1
        its[1] += int(row["run_ns"] or 0) + int(row["run_at_least_ns"] or 0)
seen = {row["task"]["id"]: [row["slices"], row["run_total_ns"]] for row in tasks if row["slices"]}
print(f"{len(sums)} tasks, {sum(its[0] for its in sums.values())} slices")
checks.that(sums == seen, "slices and run totals")
checks.end()
END
verdict
