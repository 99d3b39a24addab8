#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The founding case: ksmd merges real pages, "trace -t ksmd" finds its slices and they add up to what
# the kernel accounted for it. KSM's settings are put back.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3
# shellcheck source=tests/live/ksm.bash
source "$(dirname "$0")/ksm.bash"

scanned=$(cat "$ksm"/full_scans 2>/dev/null || echo 0)
ksm_start 2000 20
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
