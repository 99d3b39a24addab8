#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# How a session ends, and what it leaves: at COMMAND's end, after -d, at Ctrl-C; through pipes; several at
# once; readers that go away.
# shellcheck disable=SC2317 # what until_true calls
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

# within LOW HIGH COMMAND...: runs it; its time in seconds must lie between.
within() {
	local low=$1 high=$2 before after
	shift 2
	before=$(date +%s%N)
	"$@" || fail "\"$*\": exit $?"
	after=$((($(date +%s%N) - before) / 1000000))
	((after >= low * 1000 && after <= high * 1000)) ||
		fail "\"$*\" took $after ms, expected $low to $high s"
}

is_json() {
	python3 -c 'import json, sys; json.load(sys.stdin)' 2>/dev/null
}

trace_quietly() {
	interloper trace "$@" >"$work/report" 2>"$work/stderr"
}

# COMMAND's end, whatever its result; its output passes through.
within 1 20 trace_quietly -- sleep 1
grep -q '^tasks:' "$work/report" || fail "no report at COMMAND's end: $(cat "$work/report")"
grep -q 'sleep\[' "$work/report" || fail "COMMAND itself is not in the report"
trace_quietly -- bash -c 'echo hello; exit 7' || fail "a COMMAND that fails makes trace exit $?"
grep -q hello "$work/report" || fail "COMMAND's output is gone"
grep -q 'exited with 7' "$work/stderr" || fail "trace does not tell how COMMAND ended: $(cat "$work/stderr")"

# -d ends a COMMAND that still runs: it must not go on without us.
within 1 20 trace_quietly -d 1 -- bash -c "echo \$\$ >$work/pid; exec sleep 50"
[[ ! -e /proc/$(cat "$work/pid") ]] || {
	fail "-d 1 ended, but COMMAND still runs"
	kill "$(cat "$work/pid")"
}

# Ctrl-C (and SIGTERM) ends, and the report comes; background jobs ignore SIGINT, so by python.
for signal in INT TERM; do
	python3 - "$signal" "$work" <<'END' || fail "SIG$signal did not end with a report"
import os
import signal
import subprocess
import sys
import time

number = getattr(signal, "SIG" + sys.argv[1])
signal.signal(signal.SIGINT, signal.SIG_DFL)
started = subprocess.Popen([os.environ["INTERLOPER"], "trace", "-o", sys.argv[2] + f"/{number}.ilt"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
time.sleep(2)
started.send_signal(number)
try:
    report, errors = started.communicate(timeout=20)
except subprocess.TimeoutExpired:
    started.kill()
    sys.exit("it does not end")
if started.returncode or "\ntasks:\n" not in report:
    sys.exit(f"exit {started.returncode}: {errors}\n{report}")
END
done
interloper info "$work/2.ilt" >/dev/null || fail "the file of a trace ended by Ctrl-C is not whole"

# Two at once, with COMMANDs of their own.
interloper record -o "$work/a.ilt" -- sleep 1 2>/dev/null &
first=$!
interloper record -o "$work/b.ilt" -- sleep 1 2>/dev/null &
second=$!
wait "$first" || fail "the first of two recorders: exit $?"
wait "$second" || fail "the second of two recorders: exit $?"
for name in a b; do
	interloper summary "$work/$name.ilt" >"$work/report" || fail "summary of $name: exit $?"
	grep -q 'sleep\[' "$work/report" || fail "recorder $name missed its sleep: $(cat "$work/report")"
done

# Through pipes.
# COMMAND's own output does not get into the trace.
interloper record -o - -- "$TOOLS/workload" -d 0.5 hog 2>"$work/stderr" | interloper summary - >"$work/report" ||
	fail "record -o - -- COMMAND | summary -: exit $?"
grep -q 'w-hog' "$work/report" || fail "record -o - -- COMMAND | summary -: $(cat "$work/report")"
grep -q 'w-hog' "$work/stderr" || fail "record -o - -- COMMAND: COMMAND's output is gone"
interloper record -o - -d 0.5 2>/dev/null | interloper summary - >"$work/report" ||
	fail "record -o - | summary -: exit $?"
grep -q 'run total' "$work/report" || fail "record -o - | summary -: $(cat "$work/report")"
interloper record -o - -d 0.5 2>/dev/null | interloper timehist - >"$work/report" ||
	fail "record -o - | timehist -: exit $?"
(($(wc -l <"$work/report") > 10)) || fail "record -o - | timehist -: $(cat "$work/report")"

# Readers that go away: no hang. What the exit status is then, is the pipe's business.
interloper record -o "$work/long.ilt" -- "$TOOLS/workload" -d 1 pipe >/dev/null 2>&1
for command in "timehist $work/long.ilt" "timehist --json $work/long.ilt" "summary $work/long.ilt" \
	"trace --follow -d 2" "trace -d 1 --all"; do
	read -ra words <<<"$command"
	status=0
	{ timeout -k 5 20 "$INTERLOPER" "${words[@]}" || echo $? >"$work/status"; } 2>/dev/null | head -n 1 >/dev/null
	[[ ! -e $work/status ]] || status=$(cat "$work/status")
	((status != 124 && status != 137)) || fail "$command | head -n 1 hangs"
	rm -f "$work/status"
done

# JSON.
interloper trace --json -d 0.5 | is_json || fail "trace --json is no JSON"
interloper hist --json -d 0.5 | is_json || fail "hist --json is no JSON"
for command in info summary hist; do
	interloper "$command" --json "$work/long.ilt" | is_json || fail "$command --json is no JSON"
done
interloper trace --follow --json -d 0.5 >"$work/lines"
python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <"$work/lines" ||
	fail "trace --follow --json: a line is no JSON"
grep -q '"type": *"slice"' "$work/lines" || fail "trace --follow --json has no slices"

# --follow prints slices while it goes on, not at the end.
interloper trace --follow -d 4 >"$work/follow" 2>/dev/null &
follower=$!
has_rows() {
	(($(grep -c '^ *[0-9]*\.[0-9]\{6\} \[' "$work/follow") > 5))
}
until_true has_rows || fail "trace --follow prints nothing while it runs"
[[ -e /proc/$follower ]] || fail "trace --follow printed only at its end"
wait "$follower" || fail "trace --follow: exit $?"
grep -q '^tasks:' "$work/follow" || fail "trace --follow ends without the report"
verdict
