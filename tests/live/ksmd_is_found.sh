#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The founding case: ksmd merges real pages, "trace -t ksmd" finds its slices and they add up to what
# the kernel accounted for it. KSM's settings are put back.
# shellcheck disable=SC2317 # what undo calls
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

ksm=/sys/kernel/mm/ksm
[[ -w $ksm/run ]] || skip "no KSM here, or its settings cannot be written"
ksmd=
for comm in /proc/[0-9]*/comm; do
	[[ $(cat "$comm" 2>/dev/null) == ksmd ]] && ksmd=$(basename "$(dirname "$comm")") && break
done
[[ -n $ksmd ]] || skip "no ksmd here"

# Undone in reverse: the scan stops first, and the advisor, which forbids some writes, comes last.
# run=0 leaves merged pages merged, but those of our program go with it.
write_setting() { # write_setting NAME VALUE
	echo "$2" >"$ksm/$1"
}
settings=(advisor_mode sleep_millisecs pages_to_scan run)
for name in "${settings[@]}"; do
	[[ -e $ksm/$name ]] || continue
	value=$(cat "$ksm/$name")
	[[ $value == *\[* ]] && value=$(sed 's/.*\[\(.*\)\].*/\1/' "$ksm/$name")
	undo write_setting "$name" "$value"
done
[[ -e $ksm/advisor_mode ]] && echo none >"$ksm/advisor_mode"
echo 2000 >"$ksm/pages_to_scan"
echo 20 >"$ksm/sleep_millisecs"

# Pages that went with our program count as shared until ksmd has come by.
shared=$(cat "$ksm"/pages_shared)
is_forgotten() {
	(($(cat "$ksm"/pages_shared) <= shared))
}
undo until_true is_forgotten
"$TOOLS/mergeable" 96 >"$work/ready" &
workload=$!
undo end "$workload" KILL
until_true grep -q ready "$work/ready" || fail "the workload did not start"
scanned=$(cat "$ksm"/full_scans 2>/dev/null || echo 0)
echo 1 >"$ksm/run"
sleep 0.5

compare() {
	python3 - "$work" "$ksmd" <<'END'
import sys

from traces import Checks, run_json

checks = Checks()
with open(sys.argv[1] + "/schedstat", encoding="ascii") as lines:
    first, last = (line.split() for line in lines)
between = f"--time={first.pop(0)},{last.pop(0)}"
rows = [row for row in run_json("summary", sys.argv[1] + "/ksmd.ilt", between, "--json")["tasks"]
        if row["task"]["tid"] == int(sys.argv[2])]
first, last = ([int(word) for word in words] for words in (first, last))
checks.that(len(rows) == 1, f"ksmd has {len(rows)} rows in the report")
if rows:
    row = rows[0]
    run, slices = last[0] - first[0], last[2] - first[2]
    print(f"ksmd: run {run / 1e6:.3f} ms in {slices} slices by /proc, ours {row['run_total_ns'] / 1e6:.3f} "
          f"ms in {row['slices']}, longest {(row['run']['max_ns'] or 0) / 1e6:.3f} ms")
    checks.that(row["task"]["comm"] == "ksmd", "it is not named ksmd")
    checks.that(row["slices"] > 10, "hardly any slices")
    checks.that(abs(row["slices"] - slices) <= 2 + row["gaps"], "not as many slices as by /proc")
    checks.that(row["run"]["max_ns"] and
                abs(row["run_total_ns"] - run) <= 0.02 * run + 2 * row["run"]["max_ns"],
                "run differs by more than 2 % and a slice at each edge")
checks.end()
END
}

# The command reads schedstat and the time, to 10 ms, half a round of ksmd's. Stolen time may spoil an
# attempt.
agreed=
for try in 1 2 3; do
	: >"$work/schedstat"
	interloper record -t ksmd --force -o "$work/ksmd.ilt" -- bash -c "exec >>$work/schedstat
		tell() { read -r up _ </proc/uptime; read -r stat </proc/$ksmd/schedstat; echo \$up \$stat; }
		tell; sleep 3; tell" 2>"$work/errors" || fail "record: exit $?: $(cat "$work/errors")"
	compare && agreed=yes && break
done
[[ -n $agreed ]] || fail "no attempt agreed with /proc/$ksmd/schedstat"
echo "full scans: $(($(cat "$ksm"/full_scans) - scanned)), pages sharing: $(cat "$ksm"/pages_sharing)"
(($(cat "$ksm"/pages_sharing) > 0)) || fail "ksmd merged nothing: no test"

interloper trace -t ksmd -d 1 >"$work/report" || fail "trace: exit $?"
grep -q "ksmd\[$ksmd\]" "$work/report" || fail "the text report does not name ksmd: $(cat "$work/report")"
verdict
