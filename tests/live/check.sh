#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits on a real trace: kept, broken and unknown by exit code; and the forms that CI systems read are
# read by prove and xmllint.
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
max(run, task=w-pipe) < 1ns       # broken
max(run, task=w-pipe) < 10s
max(run, task=nobody-here) < 1s   # unknown
END
forms() { # forms FORMAT: to stdout, of these limits
	interloper check "$work/run.ilt" --limits "$work/limits" --format "$1" || (($? == 2)) || fail "$1: exit $?"
}
forms junit >"$work/junit.xml"
xmllint --noout "$work/junit.xml" || fail "JUnit: no XML"
for count in tests=3 failures=1 errors=1; do
	[[ $(xmllint --xpath "string(/testsuites/@${count%=*})" "$work/junit.xml") == "${count#*=}" ]] ||
		fail "JUnit: not $count"
done
[[ $(xmllint --xpath "count(//testcase[failure])" "$work/junit.xml") == 1 ]] || fail "JUnit: failures"
[[ $(xmllint --xpath "count(//testcase[error])" "$work/junit.xml") == 1 ]] || fail "JUnit: errors"
forms tap >"$work/bad.tap"
prove --exec cat "$work/bad.tap" >"$work/proved" 2>&1 && fail "TAP: prove takes broken limits for kept"
grep -q 'Tests: 3 Failed: 2' "$work/proved" || fail "TAP: prove says $(cat "$work/proved")"
interloper check "$work/run.ilt" --limit "lost == 0" --format tap >"$work/good.tap" || fail "tap: exit $?"
prove --exec cat "$work/good.tap" >"$work/proved" 2>&1 || fail "TAP: prove says $(cat "$work/proved")"
forms markdown >"$work/markdown"
grep -q '^| \*\*broken\*\* | ' "$work/markdown" || fail "Markdown: $(cat "$work/markdown")"
forms github >"$work/github"
grep -q '^::error title=max(run%2C task=w-pipe) < 1ns::' "$work/github" || fail "GitHub: $(cat "$work/github")"
[[ $(forms json | sha256sum) == "$(forms json | sha256sum)" ]] || fail "the same input gave other bytes"
verdict
