#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What `export` writes is read by those it is for: sqlite3 and Python's csv and json. Their sums are those of
# summary --json and hist --json, to the nanosecond; and no half file is ever left.
# shellcheck source=tests/golden/lib.bash
source "$(dirname "$0")/lib.bash"

command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
python3 -c 'import csv, json' 2>/dev/null || skip "python3 is not installed"
cd "$work"
for kind in queue messaging pipe; do
	"$TOOLS/gen_trace" $kind.ilt $kind 20000 4 80 7 >/dev/null
done
# One that is cut: all that could be read is there, and it is no success.
"$TOOLS/gen_trace" long.ilt queue 100000 2 20 >/dev/null
head -c $(($(stat -c %s long.ilt) * 2 / 3)) long.ilt >cut.ilt

export_to() { # export_to FILE OPTION...: of a damaged trace the exit code is 1
	local code=0
	"$INTERLOPER" export "$trace.ilt" -o "$@" 2>"$work/errors" || code=$?
	[[ $trace == cut ]] && ((code == 1)) && grep -q 'cut after' "$work/errors" && return
	((code == 0)) || fail "$trace: $*: exit $code: $(cat "$work/errors")"
}

for trace in queue messaging pipe cut; do
	for table in slices wakeups histograms totals; do
		by=()
		[[ $table == histograms || $table == totals ]] && by=(--by "cpu,task")
		for format in csv ndjson json; do
			export_to "$trace-$table.$format" --format $format --table $table "${by[@]}"
		done
	done
	"$INTERLOPER" summary "$trace.ilt" --json >"$trace-summary.json" 2>/dev/null || [[ $trace == cut ]]
	"$INTERLOPER" hist -i "$trace.ilt" --by cpu,task --json >"$trace-hist.json" 2>/dev/null ||
		[[ $trace == cut ]]
	"$INTERLOPER" wakeups -i "$trace.ilt" --json >"$trace-told.json" 2>/dev/null || [[ $trace == cut ]]
	python3 - "$trace" <<-'END'
	import collections, csv, json, sys
	trace = sys.argv[1]

	def value(cell):  # A cell as JSON has it, as far as CSV can tell.
	    return "" if cell is None else str(int(cell)) if isinstance(cell, (bool, int)) else cell

	tables = {}
	for table in ("slices", "wakeups", "histograms", "totals"):
	    with open(f"{trace}-{table}.csv", newline="", encoding="utf-8") as file:
	        rows = list(csv.DictReader(file, strict=True))
	    with open(f"{trace}-{table}.ndjson", encoding="utf-8") as file:
	        lines = [json.loads(line) for line in file]
	    with open(f"{trace}-{table}.json", encoding="utf-8") as file:
	        whole = json.load(file)
	    assert whole[table] == lines, f"{table}: json and ndjson differ"
	    assert (whole["trace"]["damage"] is not None) == (trace == "cut"), "damage"
	    assert whole["losses"]["total"] == 0
	    assert [{k: value(v) for k, v in line.items()} for line in lines] == rows, f"{table}: csv differs"
	    assert rows, f"{table}: empty"
	    tables[table] = lines

	with open(f"{trace}-summary.json") as file:
	    summary = json.load(file)
	with open(f"{trace}-hist.json") as file:
	    hist = json.load(file)["distributions"]
	with open(f"{trace}-told.json") as file:
	    told = json.load(file)["wakeups"]["total"]["wakeups"]
	slices = collections.defaultdict(list)
	for row in tables["slices"]:
	    slices[row["task_id"]].append(row)
	for task in summary["tasks"]:
	    mine = slices[task["task"]["id"]]
	    assert len(mine) == task["slices"], task
	    run = sum((s["run_ns"] or 0) + (s["run_at_least_ns"] or 0) for s in mine)
	    assert run == task["run_total_ns"], task
	    for kind in "wake", "preempt":
	        delays = [s["delay_ns"] for s in mine if s["delay_kind"] == kind and s["delay_ns"] is not None]
	        assert len(delays) == task[f"{kind}_delay"]["count"], task
	        assert sum(delays) == task[f"{kind}_delay"]["total_ns"], task
	assert len(tables["slices"]) == sum(task["slices"] for task in summary["tasks"])
	assert len(tables["wakeups"]) == told, (len(tables["wakeups"]), told)

	buckets, totals = {}, {}
	for row in hist:
	    for kind in "run", "wake_delay", "preempt_delay":
	        key = row["cpu"], row["task"]["id"], kind
	        totals[key] = {k: v for k, v in row[kind].items() if k != "buckets"}
	        for bucket in row[kind]["buckets"]:
	            buckets[key + (bucket["lower_ns"],)] = bucket["upper_ns"], bucket["count"]
	assert buckets == {(r["cpu"], r["task_id"], r["kind"], r["lower_ns"]): (r["upper_ns"], r["count"])
	                   for r in tables["histograms"]}
	assert totals == {(r["cpu"], r["task_id"], r["kind"]): {k: r[k] for k in totals[r["cpu"], r["task_id"],
	                  r["kind"]]} for r in tables["totals"]}
	with open("expected", "w") as file:
	    print(sum(task["run_total_ns"] for task in summary["tasks"]), file=file)
	END

	sqlite3 -batch data.db <<-END
	.import --csv $trace-slices.csv slices
	.import --csv $trace-totals.csv totals
	END
	sqlite3 -batch data.db 'select sum(cast(run_ns as integer)) +
		sum(cast(run_at_least_ns as integer)) from slices' >sum
	cmp sum expected || fail "$trace: sqlite3 sums run to $(cat sum), summary to $(cat expected)"
	[[ $(sqlite3 -batch data.db 'select count(*) = (select sum(cast(count as integer)) from totals where kind = "run")
		from slices where run_ns != ""') == 1 ]] || fail "$trace: whole slices and totals differ"
	rm data.db
done

# Every column is explained.
for table in slices wakeups histograms totals; do
	for column in $(head -1 queue-$table.csv | tr ',' ' '); do
		grep -qF "\`$column\`" "$top/docs/export.md" || fail "docs/export.md lacks $column"
	done
done

# The idle task only if asked for.
trace=queue
export_to idle.csv --format csv --idle
[[ $(grep -c ',<idle>,0,0,' idle.csv) -gt 0 ]] || fail "--idle: no idle slices"
[[ $(cut -d, -f6 queue-slices.csv | grep -c '^<idle>$') -eq 0 ]] || fail "idle slices without --idle"

# Options that cannot be are one line, and make no file.
refused() { # refused WORDS OPTION...
	local words=$1 code=0
	shift
	"$INTERLOPER" export queue.ilt "$@" >out 2>errors || code=$?
	((code == 1)) || fail "$*: exit $code, not 1"
	[[ $(wc -l <errors) -eq 1 ]] || fail "$*: $(cat errors)"
	grep -q -- "$words" errors || fail "$*: $(cat errors)"
	[[ ! -e no ]] || fail "$*: made a file"
}
refused 'no --format' -o no
refused 'expected csv' --format xml -o no
refused '--table slices' --format hdr --table slices -o no
refused '--by' --format csv --by cpu -o no
refused '--idle' --format csv --table wakeups --idle -o no
refused '--kind' --format csv --kind run -o no
refused 'FOLDER' --format hdr --by cpu -o no
refused 'it is what is read' --format csv -o queue.ilt
refused 'No such file' --format csv -o nowhere/no
refused 'No space left' --format csv -o /dev/full
"$INTERLOPER" info queue.ilt >/dev/null || fail "the trace was harmed"

# A reader that goes away, where it is no signal, is one line too.
mkfifo pipe
(
	trap '' PIPE
	code=0
	"$INTERLOPER" export queue.ilt --format csv >pipe 2>errors || code=$?
	echo $code >code
) &
head -1 pipe >/dev/null
wait $!
[[ $(cat code) == 1 && $(wc -l <errors) -eq 1 ]] || fail "EPIPE: exit $(cat code): $(cat errors)"

# What is replaced is whole or as before; a link stays one; a folder gets a file each.
echo before >kept
ln -s kept link
export_to link --format csv --table totals
[[ -L link && $(head -c 5 kept) == kind, ]] || fail "-o of a link"
mkdir full
[[ $(ls full) == "" ]] || fail "the folder is not empty"
export_to full/ --format hdr --by cpu
[[ $(find full -name 'cpu*-run.hgrm' | wc -l) -eq 4 ]] || fail "hdr: $(ls full)"
"$INTERLOPER" export queue.ilt --format hdr --kind run >run.hgrm
python3 - run.hgrm queue-summary.json <<'END'
# As HdrHistogram's plotFiles reads it: four columns in the middle, comments from '#' on.
import json, re, sys
rows, footer = [], {}
with open(sys.argv[1]) as file:
    assert file.readline().split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
    assert file.readline() == "\n"
    for line in file:
        if line.startswith("#"):
            footer.update(re.findall(r"([A-Z]\w+(?: count)?) *= *([\d.]+)", line))
        else:
            rows.append([float(cell) for cell in line.split()])
assert all(len(row) == 4 for row in rows[:-1]) and len(rows[-1]) == 3
assert all(a[0] <= b[0] and a[1] < b[1] and a[2] <= b[2] for a, b in zip(rows, rows[1:]))
tasks = json.load(open(sys.argv[2]))["tasks"]
count = sum(task["run"]["count"] for task in tasks)
assert rows[-1][1:] == [1, count] and int(footer["Total count"]) == count
assert all(row[2] / count >= row[1] for row in rows)
assert rows[-1][0] == float(footer["Max"]) == max(task["run"]["max_ns"] for task in tasks) / 1000
END
[[ $(find . -name '*.csv.*' -o -name '*.hgrm.*' | wc -l) -eq 0 ]] || fail "left behind: $(ls)"
