#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# "why here" of a task that was brought to a target CPU by its mask, and then set free: the section and
# the JSON name it, and what they say of it adds up with the slices in the file of the same trace.
# Hooks that the kernel refuses are told in one line, and the trace goes on.
# shellcheck disable=SC2317 # what until_true calls
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3 taskset

(($(nproc) > 1)) || skip "takes two CPUs"
cpu=1
all=$(taskset -pc $$)
all=${all##*: }
[[ $all == *[-,]* ]] || skip "this shell may run on one CPU only"

# A task with a name of its own that sleeps and runs, on another CPU first.
cat >"$work/guest.py" <<'END'
import time

with open("/proc/self/comm", "w", encoding="ascii") as comm:
    comm.write("why-here-guest")
while True:
    until = time.monotonic() + 0.0005
    while time.monotonic() < until:
        pass
    time.sleep(0.005)
END
taskset -c 0 python3 "$work/guest.py" &
guest=$!
undo end "$guest" KILL
is_named() {
	[[ $(cat "/proc/$guest/comm") == why-here-guest ]]
}
until_true is_named || fail "the guest did not start"

# Keeps the guest on its target CPU while it is free.
taskset -c 0 bash -c 'while :; do :; done' &
hog=$!
undo end "$hog" KILL

put() { # put CPUS: the guest's mask, for long enough to be woken under it
	taskset -pc "$1" "$guest" >/dev/null
	sleep 0.2
}

# It may run anywhere when the trace begins. Then a mask takes it off its target CPU, another one brings it
# back, and it is set free.
trace_guest() {
	put "$cpu"
	put "$all"
	"$INTERLOPER" trace -C "$cpu" -t why-here-guest --force -o "$work/trace.ilt" -d 2 --json \
		>"$work/json" 2>"$work/errors" &
	local recorder=$!
	undo end "$recorder" KILL
	until_true has_begun "$recorder" || fail "the trace did not begin"
	sleep 0.3
	put 0
	put "$cpu"
	put "$all"
	wait "$recorder" || fail "trace: exit $?: $(cat "$work/errors")"
}

cat >"$work/compare.py" <<'END'
"""compare.py WORK TID CPU: the JSON of a trace, the slices of its file, the stories of that file"""
import json
import re
import sys

from traces import Checks, events, run_json

work, tid, cpu = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
checks = Checks()


def rows_of(report):
    return [row for row in report["why_here"] if row["task"]["tid"] == tid]


with open(work + "/json", encoding="utf-8") as report:
    rows = rows_of(json.load(report))
checks.that(rows == rows_of(run_json("wakeups", work + "/trace.ilt", "--json")),
            "wakeups of the file says another thing than trace")
if not rows:
    print("no row of the guest: it was not met before it was bound")
    sys.exit(2)
if checks.that(len(rows) == 1, f"{len(rows)} rows of the guest in why_here"):
    row = rows[0]
    slices = [e for e in events(work + "/trace.ilt", "slice")
              if e["task"]["tid"] == tid and e["cpu"] == cpu and "movable" in e["flags"]]
    runs = [e["time_ns"] - e["start_ns"] for e in slices if "gap" not in e["flags"]]
    print(f"{row['slices']} slices, {row['run_ns'] / 1e6:.3f} ms, doors {row['doors']}")
    checks.that(row["cpu"] == cpu and not row["isolated"] and
                row["task"]["comm"] == "why-here-guest", f"another row: {row}")
    checks.that(len(slices) > 10, "hardly any slices: no test")
    checks.that(row["slices"] == len(slices), f"the file has {len(slices)} slices")
    checks.that(row["run_ns"] == sum(runs), f"by the file it ran for {sum(runs)} ns")
    checks.that(row["run_max_ns"] == max(runs), f"by the file its longest run is {max(runs)} ns")
    checks.that(sum(row["doors"].values()) == row["residences"], "doors and residences")
    checks.that(any(door.startswith("affinity change") for door in row["doors"]),
                f"the mask that brought it back is not told: {row['doors']}")
    for residence in row["first"], row["longest"]:
        checks.that(sum(residence["stay_branches"].values()) == residence["stays"] <= row["stays"],
                    f"stays and their branches: {residence}")
        checks.that(residence["first_ns"] < residence["last_ns"] and
                    residence["run_ns"] <= row["run_ns"], f"a part is more than all: {residence}")

    with open(work + "/stories", encoding="utf-8") as stories:
        text = stories.read()
    told = re.search(rf"why-here-guest\[{tid}\] on CPU {cpu} \(not isolated\): ([\d,]+) slices?, "
                     r"([\d.]+) ms.*\n(?:    times +([\d,]+): (.*)\n)?", text)
    if checks.that(told, f"no such story in: {text}"):
        doors = ", ".join(f"{door} {count:,}" for door, count in row["doors"].items())
        times = (f"{row['residences']:,}", doors) if row["residences"] > 1 else (None, None)
        checks.that(told.groups() == (f"{row['slices']:,}", f"{row['run_ns'] // 1000 / 1000:.3f}",
                                      *times),
                    f"the text has {told.groups()}, not what is in {row}")
checks.end()
END
# A trace knows the mask that a task had when it met it, and where a free task runs is up to the scheduler:
# one that was elsewhere until it was bound is taken for a bound one, and that attempt proves nothing.
status=2
for ((try = 0; try < 5 && status == 2; try++)); do
	trace_guest
	interloper wakeups "$work/trace.ilt" --stories 0 >"$work/stories" || fail "stories: exit $?"
	status=0
	python3 "$work/compare.py" "$work" "$guest" "$cpu" || status=$?
done
((status == 0)) || fail "what is told of the guest does not agree"

section=
for ((try = 0; try < 5; try++)); do
	put "$cpu"
	put "$all"
	interloper trace -C "$cpu" -t why-here-guest -d 1 >"$work/text" || fail "trace: exit $?"
	section=$(sed -n '/^why here: /,/^$/p' "$work/text")
	grep -q "why-here-guest\[$guest\]" <<<"$section" && break
done
grep -q "why-here-guest\[$guest\]" <<<"$section" || fail "no section with the guest: $section"
(($(wc -l <<<"$section") <= 8)) || fail "the section is longer than eight lines: $section"

# With hooks, or without: said in one line, once.
interloper trace -C "$cpu" --hooks -d 0.5 >"$work/hooked" 2>"$work/errors" ||
	fail "trace --hooks: exit $?: $(cat "$work/errors")"
rests=$(grep -E '^rests on.*(; |, )(choices by|no hooks on choices: )' "$work/hooked") || true
echo "${rests:-nothing on hooks}"
[[ -n $rests && $rests != *$'\n'* ]] || fail "no line on hooks: $(grep '^rests on' "$work/hooked")"
[[ ! -s $work/errors ]] || fail "trace --hooks, on stderr: $(cat "$work/errors")"
verdict
