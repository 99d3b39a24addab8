#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits on a real trace: pass, fail and inconclusive by exit code; the forms that CI systems read are read
# by prove and xmllint; and a real trace compared with others, and with saved summaries.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need prove xmllint python3

interloper record -o "$work/run.ilt" -- "$TOOLS/workload" -d 1 pipe >/dev/null 2>&1 || fail "record: exit $?"

expect() { # expect CODE LIMIT...: the exit code
	local code=$1 status=0 options=()
	shift
	for limit in "$@"; do
		options+=(--limit "$limit")
	done
	interloper check "$work/run.ilt" "${options[@]}" >"$work/report" 2>&1 || status=$?
	((status == code)) || fail "exit $status, not $code: $*: $(cat "$work/report")"
}
expect 0 "max(run, task=w-pipe) < 10s" "count(slices, task=w-pipe) > 100" "lost == 0"
expect 2 "max(run, task=w-pipe) < 1ns" "max(run, task=nobody-here) < 1s"
expect 3 "max(run, task=w-pipe) < 10s" "max(run, task=nobody-here) < 1s"
expect 0 "max(run, task=nobody-here) < 1s allow-empty"
expect 1 "max(run) < 1"

# The same number as summary's.
python3 - "$work/run.ilt" <<'END' || fail "the numbers are not those of summary"
import json
import os
import subprocess
import sys

from traces import Checks, run_json

checks = Checks()
done = subprocess.run([os.environ["INTERLOPER"], "check", sys.argv[1], "--json", "--limit", "p99(wake_delay, task=w-pipe) < 1ns",
                       "--limit", "max(run, task=w-pipe) < 1ns", "--limit", "count(slices, task=w-pipe) < 1"],
                      stdout=subprocess.PIPE, check=False)
checks.that(done.returncode == 2, f"exit {done.returncode}, not 2")
p99, longest, slices = json.loads(done.stdout)["traces"][0]["limits"]
rows = [row for row in run_json("summary", sys.argv[1], "--json")["tasks"] if row["task"]["comm"] == "w-pipe"]
print(f"{len(rows)} tasks: slices {slices['value']}, longest run {longest['value']} ns, p99 {p99['value']} ns")
checks.that(slices["value"] == sum(row["slices"] for row in rows), "slices")
checks.that(longest["value"] == max(row["run"]["max_ns"] for row in rows), "the longest run")
checks.that(min(row["wake_delay"]["p99_ns"] for row in rows) <= p99["value"]
            <= max(row["wake_delay"]["p99_ns"] for row in rows), "p99")
checks.end()
END

cat >"$work/limits" <<'END'
max(run, task=w-pipe) < 1ns       # fails
max(run, task=w-pipe) < 10s
max(run, task=nobody-here) < 1s   # inconclusive
END
forms() { # forms FORMAT: to stdout, of these limits
	interloper check "$work/run.ilt" --limits "$work/limits" --format "$1" || (($? == 2)) || fail "$1: exit $?"
}
forms junit >"$work/junit.xml"
xmllint --noout "$work/junit.xml" || fail "JUnit: no XML"
for count in tests=3 failures=1 errors=1; do
	[[ $(xmllint --xpath "string(//testsuite/@${count%=*})" "$work/junit.xml") == "${count#*=}" ]] ||
		fail "JUnit: not $count"
done
[[ $(xmllint --xpath "count(//testcase[failure])" "$work/junit.xml") == 1 ]] || fail "JUnit: failures"
[[ $(xmllint --xpath "count(//testcase[error])" "$work/junit.xml") == 1 ]] || fail "JUnit: errors"
forms tap >"$work/bad.tap"
prove --exec cat "$work/bad.tap" >"$work/proved" 2>&1 && fail "TAP: prove takes failed limits for passed"
grep -q 'Tests: 3 Failed: 2' "$work/proved" || fail "TAP: prove says $(cat "$work/proved")"
interloper check "$work/run.ilt" --limit "lost == 0" --format tap >"$work/good.tap" || fail "tap: exit $?"
prove --exec cat "$work/good.tap" >"$work/proved" 2>&1 || fail "TAP: prove says $(cat "$work/proved")"
forms markdown >"$work/markdown"
grep -q '^| \*\*fail\*\* | ' "$work/markdown" || fail "Markdown: $(cat "$work/markdown")"
forms github >"$work/github"
grep -q '^::error title=max(run%2C task=w-pipe) < 1ns::' "$work/github" || fail "GitHub: $(cat "$work/github")"
[[ $(forms json | sha256sum) == "$(forms json | sha256sum)" ]] || fail "the same input gave other bytes"

# The same load again, and with ten times as many visits of a hog: by the trace, by its summary, and side by
# side. Shares, as delays of seconds on a busy machine are all noise.
record() { # record FILE LOAD...
	interloper record --force -o "$1" -- "$TOOLS/workload" -d 2 "${@:2}" >/dev/null 2>&1 || fail "record: exit $?"
}
for i in 1 2 3; do
	record "$work/base-$i.ilt" -p 40 web:8@0 visitor@0
	interloper summary "$work/base-$i.ilt" --json >"$work/base-$i.json" || fail "summary: exit $?"
done
record "$work/slow.ilt" -p 4 web:8@0 visitor@0
compare() { # compare CODE TRACE KIND [OPTION...]: with all baselines of a kind
	local code=$1 trace=$2 kind=$3 status=0
	interloper check "$trace" --baseline "$work/base-1.$kind" --baseline "$work/base-2.$kind" \
		--baseline "$work/base-3.$kind" "${@:4}" >"$work/report" 2>&1 || status=$?
	((status == code)) || fail "exit $status, not $code: $kind: $(cat "$work/report")"
}
for kind in ilt json; do
	compare 2 "$work/slow.ilt" "$kind" --compare 'share(task=w-hog)'
	grep -q '^regression  *share(task=w-hog) ' "$work/report" || fail "$kind: $(cat "$work/report")"
	compare 0 "$work/base-2.ilt" "$kind" --compare 'share(task=w-hog)'
	compare 3 "$work/base-2.ilt" "$kind" --compare 'share(task=nobody-here)'
done
# An improvement is told, and is no failure.
status=0
interloper check "$work/base-1.ilt" --baseline "$work/slow.ilt" --compare 'share(task=w-hog)' >"$work/report" ||
	status=$?
((status == 0)) || fail "an improvement: exit $status"
grep -q '^pass, improved ' "$work/report" || fail "an improvement: $(cat "$work/report")"
# Rows by task cannot tell what was on a CPU.
compare 3 "$work/base-2.ilt" json --compare 'share(task=w-hog, cpu=0)'
grep -q 'summary --by task,cpu' "$work/report" || fail "no CPUs: $(cat "$work/report")"
interloper diff "$work/base-1.ilt" "$work/slow.ilt" --compare 'share(task=w-hog)' \
	--compare 'p99(wake_delay, task=w-web)' >"$work/report" || fail "diff: exit $?"
grep -q '^worse  *share' "$work/report" || fail "diff: $(cat "$work/report")"
grep -q '^longest of ' "$work/report" || fail "diff: $(cat "$work/report")"
interloper diff "$work/base-1.json" "$work/slow.ilt" --compare 'share(task=w-hog)' --json >"$work/report" || fail "diff --json: exit $?"
python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert any(r["verdict"] == "worse" for r in d["comparisons"])' \
	"$work/report" || fail "diff --json: $(cat "$work/report")"
# Nothing in common is no success; and the same input gives the same bytes.
record "$work/other.ilt" pipe@0
status=0
interloper check "$work/other.ilt" --baseline "$work/base-1.ilt" --compare 'p99(wake_delay, task=w-web)' \
	--format tap >"$work/report" || status=$?
((status == 3)) || fail "nothing in common: exit $status"
grep -q '^not ok 1 ' "$work/report" || fail "nothing in common: $(cat "$work/report")"
for form in text json junit tap markdown github; do
	interloper check "$work/base-1.ilt" --baseline "$work/base-2.ilt" --format "$form" >"$work/one" || (($? > 1)) ||
		fail "$form: exit $?"
	interloper check "$work/base-1.ilt" --baseline "$work/base-2.ilt" --format "$form" >"$work/other" || true
	cmp "$work/one" "$work/other" || fail "$form: the same input gave other bytes"
done
# What is no input.
for bad in "-" "$work/nothing.ilt" "$work/limits"; do
	status=0
	interloper check "$work/run.ilt" --baseline "$bad" >"$work/report" 2>&1 </dev/null || status=$?
	((status == 1)) || fail "--baseline $bad: exit $status"
	(($(wc -l <"$work/report") == 1)) || fail "--baseline $bad: $(cat "$work/report")"
done
verdict
