#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What serve counts of a workload is what a recorder of the same tasks wrote to a file: each has its own
# programs, so numbers are equal and times differ by what one program takes. Distributions by task, counts by
# CPU and task; in every build of the programs.
# shellcheck source=tests/live/lib.bash
# shellcheck disable=SC2317 # what until_true calls
source "$(dirname "$0")/lib.bash"
need python3 curl

cat >"$work/compare.py" <<'END'
"""compare.py WHAT METRICS HISTOGRAMS BY-CPU"""
import json
import re
import sys
from collections import defaultdict

from traces import SLOWNESS, Checks

SAMPLE = re.compile(r"^(\w+)\{(.*)\} (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
KINDS = {"run": ("run", None), "wake_delay": ("delay", "wake"), "preempt_delay": ("delay", "preempt")}
# One program reads the clock while the other runs; with an interrupt between, rarely, later still.
APART_NS = 3000 * SLOWNESS
RARE = 0.01
checks = Checks()
what = sys.argv[1]


def close(ours, theirs, count):
    return abs(ours - theirs) <= APART_NS * count + RARE * theirs + 10**6 * SLOWNESS


def nanoseconds(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int((part + "0" * 9)[:9])


def is_ours(task):
    return task.startswith("w-")


def metrics(path):
    """Samples by name, then by their labels but le."""
    found = defaultdict(dict)
    for line in open(path, encoding="utf-8"):
        match = SAMPLE.match(line)
        if match:
            labels = dict(LABEL.findall(match[2]))
            bound = labels.pop("le", None)
            key = tuple(sorted(labels.items()))
            found[match[1]][key if bound is None else (key, bound)] = match[3]
    return found


served = metrics(sys.argv[2])
rows = defaultdict(lambda: {name: {"count": 0, "sum_ns": 0, "buckets": []} for name in KINDS})
cells = defaultdict(lambda: [0, 0, 0, 0])
for row in json.load(open(sys.argv[3], encoding="utf-8"))["distributions"]:
    task, cpu = row["task"]["comm"], row["cpu"]
    for name in KINDS:
        into = rows[task][name]
        into["count"] += row[name]["count"]
        into["sum_ns"] += row[name]["total_ns"] if row[name]["count"] else 0
        into["buckets"] += [(b["lower_ns"], b["count"]) for b in row[name]["buckets"]]
    cell = cells[cpu, task]
    cell[0] += row["run"]["count"]
    for i, name in enumerate(KINDS):
        cell[1 + i] += row[name]["total_ns"] if row[name]["count"] else 0

values = 0
for task, row in rows.items():
    for name, (family, kind) in KINDS.items():
        labels = {"task": task} | ({"kind": kind} if kind else {})
        key = tuple(sorted(labels.items()))
        full = f"interloper_task_{family}_seconds"
        ours = row[name]
        if not ours["count"]:
            checks.that((key not in served[f"{full}_count"]), f"{what}: {full}{key} is there")
            continue
        values += ours["count"]
        count, total = served[f"{full}_count"].get(key), served[f"{full}_sum"].get(key)
        checks.that(count == str(ours["count"]), f"{what}: {full}{key}: {count}, file {ours['count']}")
        checks.that(total is not None and close(nanoseconds(total), ours["sum_ns"], ours["count"]),
                    f"{what}: {full}{key}: sum {total}, file {ours['sum_ns']}")
        for (its, bound), number in [(k, v) for k, v in served[f"{full}_bucket"].items() if k[0] == key]:
            limit = nanoseconds(bound) if bound != "+Inf" else 2**64
            least = sum(n for lower, n in ours["buckets"] if lower <= limit - APART_NS)
            most = sum(n for lower, n in ours["buckets"] if lower <= limit + APART_NS)
            slack = 3 + RARE * ours["count"]
            checks.that(least - slack <= int(number) <= most + slack,
                        f"{what}: {full}{key} le {bound}: {number}, file {least} to {most}")
            if bound == "+Inf":
                checks.that(int(number) == most, f"{what}: {full}{key}: {number}, file {most}")
for (cpu, task), (slices, run, wake, preempt) in cells.items():
    key = tuple(sorted({"cpu": str(cpu), "task": task}.items()))
    got = served["interloper_slices_total"].get(key)
    checks.that(got == str(slices), f"{what}: slices{key}: {got}, file {slices}")
    got = served["interloper_run_time_seconds_total"].get(key, "nothing")
    checks.that(got != "nothing" and close(nanoseconds(got), run, slices), f"{what}: run time{key}: {got}, file {run}")
    for kind, total in (("wake", wake), ("preempt", preempt)):
        got = served["interloper_delay_time_seconds_total"].get(tuple(sorted((*key, ("kind", kind)))), "0")
        checks.that(close(nanoseconds(got), total, slices), f"{what}: {kind} time{key}: {got}, file {total}")
strangers = {dict(key)["task"] for key in served["interloper_slices_total"]} - set(rows)
checks.that(not any(map(is_ours, strangers)), f"{what}: not in the file: {strangers}")
print(f"{what}: {len(rows)} tasks, {len(cells)} on a CPU, {values} values")
checks.that(values > 300, f"{what}: hardly a value")
checks.end()
END

says_where() { grep -q 'serving http' "$work/said"; }

compare() { # compare NAME SERVE-OPTION...
	local name=$1 server address
	shift
	"$INTERLOPER" serve --listen 127.0.0.1:0 --max-series 500 "$@" 2>"$work/said" &
	server=$!
	until_true says_where || fail "$name: does not serve: $(cat "$work/said")"
	address=$(grep -o 'http://[^/]*' "$work/said")
	interloper record --force -t 'w-*' -o "$work/trace.ilt" -- "$TOOLS/workload" -d 0.5 \
		pipe@0 hog:2 sleeper:2 pingpong short:5 >/dev/null 2>"$work/errors" ||
		fail "record: $(cat "$work/errors")"
	curl -sf "$address/metrics" >"$work/metrics" || fail "$name: no metrics"
	end "$server"
	interloper hist "$work/trace.ilt" --by cpu,task --json >"$work/hist.json" || fail "hist FILE: exit $?"
	python3 "$work/compare.py" "$name" "$work/metrics" "$work/hist.json" ||
		fail "$name: what is served is not the file's"
}

compare "the best build"
compare "states in a hash" --hash-states
compare "raw tracepoints" --raw-tracepoints
verdict
