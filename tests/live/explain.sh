#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# explain tells of this machine what its files say, for root and for an ordinary user; the JSON has the
# text's facts; a trace's host snapshot explains as the machine itself.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3 setpriv pgrep

# Other users must reach the program, wherever it was built.
chmod 711 "$work"
install -m 755 "$INTERLOPER" "$work/interloper"
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
cpu=$(($(nproc) - 1))
# ksmd where there is KSM, else a kernel thread that every machine has.
task=ksmd
pgrep -x ksmd >/dev/null || task=kthreadd
tid=$(pgrep -x "$task" | head -n 1)
mask=$(awk '$1 == "Cpus_allowed_list:" { print $2 }' "/proc/$tid/status")

explain() { # explain WHAT WRAPPER... -- OPTION...: exit 0, nothing on stderr
	local what=$1 wrapper=()
	shift
	while [[ $1 != -- ]]; do
		wrapper+=("$1")
		shift
	done
	shift
	"${wrapper[@]}" "$work/interloper" explain "$@" >"$work/$what" 2>"$work/stderr" ||
		fail "$what: exit $?: $(cat "$work/stderr")"
	[[ ! -s $work/stderr ]] || fail "$what: on stderr: $(cat "$work/stderr")"
}

says() { # says WHAT PATTERN: a line of that report
	grep -qE "$2" "$work/$1" || fail "$1: no line \"$2\" in: $(cat "$work/$1")"
}

refuses() { # refuses PATTERN OPTION...: exit 1, one line on stderr
	local pattern=$1 status=0
	shift
	"$work/interloper" explain "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
	((status == 1)) || fail "explain $*: exit $status, expected 1"
	[[ ! -s $work/stdout ]] || fail "explain $*: something on stdout"
	(($(wc -l <"$work/stderr") == 1)) || fail "explain $*: $(cat "$work/stderr")"
	grep -q "$pattern" "$work/stderr" || fail "explain $*: $(cat "$work/stderr")"
}

for who in root nobody; do
	wrapper=(env)
	[[ $who == root ]] || wrapper=("${nobody[@]}")
	explain "$who" "${wrapper[@]}" -- -C "$cpu" -t "$task"
	says "$who" "^CPU $cpu +online, "
	says "$who" "^task +$task\\[$tid\\], kernel thread"
	says "$who" "^mask +CPUs $mask: "
	says "$who" "^flags +0x[0-9a-f]+: .*PF_KTHREAD"
	says "$who" "^wakeup +(yes|no|only if|unknown) "
	says "$who" "^answer +(yes|no|only if|unknown)"
	(($(wc -l <"$work/$who") <= 45)) || fail "$who: longer than a screen"
done
explain alone -- -C "$cpu"
says alone "last on CPU $cpu may run elsewhere"

refuses "which CPU" -t "$task"
refuses "not one CPU" -C 0-1
refuses "no such CPU" -C 8191
refuses "no such task" -C 0 -t no-such-task
refuses "no such task" -C 0 -t 99999999999
refuses "no-such-file" -C 0 "$work/no-such-file"

# A trace of the same machine, and the machine, but for what is read live only.
interloper record -d 0.1 -o "$work/trace.ilt" 2>/dev/null
explain live.json -- -C "$cpu" -t "$task" --json
explain file.json -- -C "$cpu" -t "$task" --json "$work/trace.ilt"
python3 - "$work" "$cpu" "$tid" <<'END' || fail "JSON says something else"
import json
import os
import sys

work, cpu, tid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
live, file = (json.load(open(f"{work}/{name}.json")) for name in ("live", "file"))
if live["host"] != file["host"] or live["cpu"] != file["cpu"]:
    sys.exit(f"live {live['host']} {live['cpu']}, file {file['host']} {file['cpu']}")
if live["cpu"]["cpu"] != cpu or not live["cpu"]["online"]:
    sys.exit(f"cpu: {live['cpu']}")
task = live["task"]
with open(f"/proc/{tid}/stat") as stat:
    flags = int(stat.read().rsplit(")", 1)[1].split()[6])
if task["tid"] != tid or task["flags"] != flags:
    sys.exit(f"task: {task}")
if ("PF_NO_SETAFFINITY" in task["flag_names"]) != bool(flags & 0x04000000):
    sys.exit(f"flags 0x{flags:x}: {task['flag_names']}")
if task["allowed_cpus"] != file["task"]["allowed_cpus"] or file["task"]["cpuset"] is not None:
    sys.exit(f"file: {file['task']}")
if task["ksm"] and task["ksm"]["run"] != open("/sys/kernel/mm/ksm/run").read().strip():
    sys.exit(f"KSM: {task['ksm']}")
text = open(f"{work}/root").read()
for way in live["reach"]["ways"]:
    if way["why"] not in text:
        sys.exit(f"not in the text: {way}")
isolated = open("/sys/devices/system/cpu/isolated").read().strip()
if live["host"]["boot_isolated_cpus"] != isolated:
    sys.exit(f"isolated {isolated}: {live['host']}")
END
verdict
