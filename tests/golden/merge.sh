#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# merge adds up what summary says of each file: of traces as of saved summaries, in any order and steps.
# shellcheck source=tests/golden/lib.bash
source "$(dirname "$0")/lib.bash"

refused() { # refused WHY ARGUMENT...
	local why=$1 code=0
	shift
	"$INTERLOPER" merge "$@" >/dev/null 2>"$work/why" || code=$?
	((code == 1)) || fail "merge $*: exit $code, not 1"
	(($(wc -l <"$work/why") == 1)) || fail "merge $*: more than a line: $(cat "$work/why")"
	grep -qF -- "$why" "$work/why" ||
		fail "merge $*: told $(cat "$work/why"), not $why"
}
command -v python3 >/dev/null || skip "python3 is not installed"
cd "$work"
for seed in 1 2 3; do
	"$TOOLS/gen_trace" "$seed.ilt" queue 20000 2 8 "$seed" >/dev/null
	"$INTERLOPER" summary --json "$seed.ilt" >"$seed.json"
done

"$INTERLOPER" merge 1.ilt 2.ilt 3.ilt >all.json
"$INTERLOPER" merge 2.ilt 3.ilt >some.json
"$INTERLOPER" merge some.json 1.ilt >steps.json
cmp all.json steps.json || fail "steps matter"
"$INTERLOPER" merge 3.json 1.json 2.json | sed 's/\([123]\)\.json/\1.ilt/' >saved.json
cmp all.json saved.json || fail "saved summaries give another sum than their traces"

# The sums, made by somebody else.
python3 - <<'PYTHON'
import json
from collections import Counter

def add(total, spread):
    total["count"] += spread["count"]
    total["total_ns"] += spread["total_ns"]
    for lower, count in spread["buckets"]:
        total[lower] += count

def sums(document):
    found = {}
    for row in document["tasks"]:
        for name in "run", "wake_delay", "preempt_delay":
            add(found.setdefault((row["task"]["comm"], name), Counter()), row[name])
        counters = found.setdefault((row["task"]["comm"], "counters"), Counter())
        for name, value in row.items():
            if isinstance(value, int) and not isinstance(value, bool):
                counters[name] += value
    return found

whole = {}
for seed in 1, 2, 3:
    for key, counter in sums(json.load(open(f"{seed}.json"))).items():
        whole.setdefault(key, Counter()).update(counter)
merged = json.load(open("all.json"))
found = sums(merged)
assert whole.keys() == found.keys() and len(found) > 4
for key, counter in whole.items():
    # The largest of them is no sum.
    counter.pop("gap_at_most_ns", None), found[key].pop("gap_at_most_ns", None)
    assert +counter == +found[key], key
total = Counter()
for row in merged["tasks"]:
    assert row["task"]["tid"] is None
    add(total, row["run"])
    assert 0 <= row["run"]["max_file"] < 3
expected = Counter()
add(expected, merged["total"]["run"])
assert total == expected
windows = sum(f["end_ns"] - f["start_ns"] for f in merged["merged"]["files"])
assert merged["merged"]["window_ns"] == windows == merged["summary"]["end_ns"]
PYTHON

"$INTERLOPER" merge --text --limit 1 all.json >text
grep -q '^files  *3' text || fail "the text does not count files: $(cat text)"
"$INTERLOPER" check all.json --limit 'max(run) < 1000s' >/dev/null || fail "check does not take it"
# A name that is in it twice would count twice; CPUs need one host.
refused "1.ilt is among the files twice" all.json 1.ilt
refused "its host is not known" --by cpu 1.ilt 2.ilt
"$INTERLOPER" merge --group 1.ilt >group.json
refused "merged with --group" group.json 2.ilt
"$INTERLOPER" summary --by cpu --json 1.ilt >cpu.json
refused "it has no rows by task" cpu.json
refused "which files?"

# One that is cut is added as far as it goes, and told.
head -c $(($(stat -c %s 2.ilt) * 2 / 3)) 2.ilt >cut.ilt
code=0
"$INTERLOPER" merge 1.ilt cut.ilt >cut.json 2>why || code=$?
((code == 1)) || fail "a cut file: exit $code, not 1"
grep -q '^interloper: 1 of 2 files is damaged, the first is cut.ilt: ' why || fail "told: $(cat why)"
python3 -c 'import json; d = json.load(open("cut.json")); assert len(d["tasks"]) > 1
assert d["merged"]["files"][1]["damage"] and not d["merged"]["files"][0]["damage"]'

# Hundreds of files, one open at a time.
for i in {1..300}; do
	cp 3.json "many-$i.json"
done
(
	ulimit -n 12
	"$INTERLOPER" merge many-*.json >many.json
)
python3 -c 'import json; one, many = (json.load(open(f)) for f in ("3.json", "many.json"))
assert many["total"]["run"]["count"] == 300 * sum(row["run"]["count"] for row in one["tasks"])'
