#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# CAP_BPF and CAP_PERFMON are enough for an ordinary user, and once tracing has begun nobody keeps any
# capability; but COMMAND keeps what the caller had.
# shellcheck disable=SC2317 # what until_true and undo call
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need setpriv python3

skipped=()
# Before 5.11, programs and maps count as locked memory.
ulimit -l unlimited 2>/dev/null || true
# An ordinary user must reach the program, and have a folder to write to.
chmod 711 "$work"
install -m 755 "$INTERLOPER" "$work/interloper"
install -d -o 1000 -g 1000 "$work/user"
both=+bpf,+perfmon
user=(setpriv --reuid=1000 --regid=1000 --clear-groups)
capable=("${user[@]}" --bounding-set="-all,$both" --inh-caps="-all,$both" --ambient-caps="-all,$both")
"${capable[@]}" true || skip "these capabilities cannot be handed to an ordinary user"

as_user() {
	(cd "$work/user" && timeout -k 5 60 "${capable[@]}" "$work/interloper" "$@")
}

# A report must be of the machine's tasks, not only of its own user's.
has_slices() { # has_slices WHAT JSON-FILE
	python3 - "$2" <<'END' || fail "$1: $(head -c 300 "$2")"
import json
import sys

report = json.load(open(sys.argv[1]))
tasks = report["tasks"]
assert report["losses"]["slices_made"] > 10, "slices made"
assert sum(row["run"]["total_ns"] for row in tasks) > 0, "run"
assert any(row["wake_delay"]["count"] for row in tasks), "wake delays"
assert any(row["task"]["comm"] == "w-sleeper" for row in tasks), "a task of root's"
END
}

# Enough to see; an emulated machine has no time for more.
tasks=(sleeper)
((SLOWNESS > 1)) || tasks=(sleeper:5 pingpong)
"$TOOLS/workload" -d 600 "${tasks[@]}" >/dev/null &
undo end $!

as_user trace -d 1 --json >"$work/report" 2>"$work/stderr" || fail "trace: exit $?: $(cat "$work/stderr")"
has_slices trace "$work/report"
as_user trace -d 0.5 --all >"$work/report" 2>"$work/stderr" || fail "trace --all: exit $?: $(cat "$work/stderr")"
(($(sed -n '/^every slice/,/^tasks/p' "$work/report" | wc -l) > 10)) || fail "trace --all: no slices"
as_user record -d 1 -o t.ilt 2>"$work/stderr" || fail "record: exit $?: $(cat "$work/stderr")"
[[ $(stat -c '%u %a' "$work/user/t.ilt") == "1000 600" ]] || fail "record: the file is not the user's alone"
as_user summary t.ilt --json >"$work/report" || fail "summary: exit $?"
has_slices summary "$work/report"
as_user hist -d 1 --by task --json >"$work/report" 2>"$work/stderr" || fail "hist: exit $?: $(cat "$work/stderr")"
grep -q '"w-sleeper"' "$work/report" || fail "hist: no distribution of a task of root's"
as_user trace -d 0.5 --raw-tracepoints --json >"$work/report" 2>"$work/stderr" ||
	fail "trace by raw tracepoints: exit $?: $(cat "$work/stderr")"
has_slices "trace by raw tracepoints" "$work/report"

# The same from the file's own capabilities.
if command -v setcap >/dev/null && cp "$work/interloper" "$work/capable" &&
	setcap cap_bpf,cap_perfmon+ep "$work/capable" 2>/dev/null; then
	(cd "$work/user" && timeout -k 5 60 "${user[@]}" --inh-caps=-all "$work/capable" trace -d 1 --all) \
		>"$work/report" 2>"$work/stderr" || fail "setcap: exit $?: $(cat "$work/stderr")"
	grep -q 'w-sleeper\[' "$work/report" || fail "setcap: no task of root's"
else
	skipped+=("capabilities of a file: setcap is not installed, or the file system has none")
fi

# Neither, or one alone.
for caps in -all -all,+bpf -all,+perfmon; do
	status=0
	(cd "$work/user" && timeout 60 "${user[@]}" --bounding-set="$caps" --inh-caps="$caps" \
		--ambient-caps="$caps" "$work/interloper" trace -d 0.2) >"$work/stdout" 2>"$work/stderr" || status=$?
	((status == 1)) || fail "with $caps: exit $status"
	(($(wc -l <"$work/stderr") == 1)) || fail "with $caps: not one line: $(cat "$work/stderr")"
	grep -q "run as root, or with CAP_BPF and CAP_PERFMON" "$work/stderr" ||
		fail "with $caps: $(cat "$work/stderr")"
done

# While it records, nothing is left to give away: nobody's, and not root's either.
capabilities() { # capabilities STATUS-FILE: of all its sets but the bounding one
	sed -n 's/^Cap\(Inh\|Prm\|Eff\|Amb\):\t*\(.*\)/\1 \2/p' "$1"
}
none=$(printf '%s 0000000000000000\n' Inh Prm Eff Amb)
holds_nothing() { # holds_nothing PID
	[[ $(capabilities "/proc/$1/status") == "$none" ]]
}
for who in root user; do
	command=("$INTERLOPER")
	[[ $who == root ]] || command=("${capable[@]}" "$work/interloper")
	"${command[@]}" record --force -o "$work/user/$who.ilt" 2>"$work/stderr" &
	recorder=$!
	until_true holds_nothing "$recorder" ||
		fail "$who's recorder keeps $(capabilities "/proc/$recorder/status" | tr '\n' ' ')"
	# What is done at the end needs none either.
	sleep 0.5
	end "$recorder"
	kill -0 "$recorder" 2>/dev/null && fail "$who's recorder does not end"
	interloper summary "$work/user/$who.ilt" >"$work/report" || fail "$who's trace: exit $?"
	grep -q '^Still waiting\|^Left out' "$work/report" ||
		fail "$who's trace does not tell what its end cut: $(tail -n 3 "$work/report")"
done

# COMMAND is the caller's: its capabilities, its priority, its CPUs.
mine() {
	capabilities /proc/self/status
	cut -d ' ' -f 19 /proc/self/stat # nice
	grep Cpus_allowed_list /proc/self/status
}
export -f capabilities mine
bash -c mine >"$work/mine"
interloper trace -C 0 -- bash -c "mine >$work/commands" >/dev/null 2>"$work/stderr" ||
	fail "trace -- COMMAND: exit $?: $(cat "$work/stderr")"
diff "$work/mine" "$work/commands" || fail "COMMAND does not run as the caller would (<)"

# It is ended, too, if it became another user's meanwhile, whom we could no longer signal.
interloper trace -d 1 -- "${user[@]}" bash -c "echo \$\$ >$work/user/pid; exec sleep 60" \
	>/dev/null 2>"$work/stderr" || fail "a COMMAND of another user: exit $?: $(cat "$work/stderr")"
[[ -s $work/user/pid && ! -e /proc/$(cat "$work/user/pid") ]] || {
	fail "a COMMAND of another user goes on after -d"
	kill "$(cat "$work/user/pid")"
}

# Files beyond the reach of root without capabilities: opened before, read again and sized after.
chmod 700 "$work/user"
interloper trace -d 0.5 --all -o "$work/user/all.ilt" >"$work/report" 2>"$work/stderr" ||
	fail "trace --all in a user's folder: exit $?: $(cat "$work/stderr")"
(($(sed -n '/^every slice/,/^tasks/p' "$work/report" | wc -l) > 10)) || fail "trace --all in a user's folder: no slices"
grep -q "[1-9][0-9.]* [KM]iB; 0 lost" "$work/stderr" || fail "its size: $(cat "$work/stderr")"

for part in ${skipped[@]+"${skipped[@]}"}; do
	echo "part skipped: $part"
done
verdict
