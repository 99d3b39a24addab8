# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the live tests share: where the programs are, a work folder, undoing at exit, verdicts.
# A test exits 0 when it passed, 77 when it cannot run here (its last line says why), else it failed.
set -euo pipefail

live=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$live/../.." && pwd)
INTERLOPER=${INTERLOPER:-$top/build/src/interloper}
TOOLS=${TOOLS:-$top/build/tests/tools}
# How many times slower than a real machine this one is: under emulation the clock runs on while the
# programs and the kernel take their time. It widens what is allowed in ns, and no share of anything.
SLOWNESS=${SLOWNESS:-1}
export INTERLOPER TOOLS SLOWNESS
export PYTHONPATH=$live PYTHONDONTWRITEBYTECODE=1

work=$(mktemp -d)
undoing=()
failures=0

# What was started or changed is undone in reverse order, however the test ends.
undo() { # undo COMMAND...: at exit
	undoing+=("$(printf '%q ' "$@")")
}

at_exit() {
	local status=$? i
	set +e
	for ((i = ${#undoing[@]} - 1; i >= 0; i--)); do
		eval "${undoing[i]}"
	done
	rm -rf "$work"
	exit "$status"
}
trap at_exit EXIT
trap 'exit 130' INT TERM HUP

skip() {
	echo "$*"
	exit 77
}

need() { # need PROGRAM...
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# A check that fails does not end the test: the others may tell why.
fail() {
	printf 'FAILED: %s\n' "$*"
	failures=$((failures + 1))
}

verdict() {
	((failures == 0)) || {
		echo "$failures checks failed"
		exit 1
	}
	exit 0
}

# Never hangs: a program that does not end is a failure of its own (124).
interloper() {
	timeout -k 5 60 "$INTERLOPER" "$@"
}

# Ends a process that this test started, and waits for it.
end() { # end PID [SIGNAL]
	kill "-${2:-TERM}" "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# Waits until a command succeeds, 10 s at most on a machine that is not slow.
until_true() { # until_true COMMAND...
	local try
	for ((try = 0; try < 200 * SLOWNESS; try++)); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

# Whether a recorder's programs are attached: that is when it gives up its capabilities.
has_begun() { # has_begun PID
	grep -qs '^CapEff:[[:space:]]*0*$' "/proc/$1/status"
}

((EUID == 0)) || skip "needs root"
[[ -x $INTERLOPER ]] || {
	echo "no such program: $INTERLOPER"
	exit 1
}

stolen_ticks() {
	awk '$1 == "cpu" { print $9 }' /proc/stat
}

# Records a workload and compares every task with the kernel's own accounting (accounting.py). Others
# on the machine may disturb one attempt: one of five must be right.
agrees_with_schedstat() { # agrees_with_schedstat NAME "RECORD-OPTIONS" WORKLOAD-ARGUMENT...
	local name=$1 options try status stolen=0 steal trace=$work/accounting.ilt
	read -ra options <<<"$2"
	shift 2
	for try in 1 2 3 4 5; do
		echo "--- $name, attempt $try: workload $*"
		steal=$(stolen_ticks)
		interloper record "${options[@]}" --force -o "$trace" -- \
			"$TOOLS/workload" "$@" >"$work/schedstats" 2>"$work/errors" || cat "$work/errors"
		steal=$(($(stolen_ticks) - steal))
		status=0
		python3 "$live/accounting.py" "$trace" "$work/schedstats" "$steal" || status=$?
		((status == 0)) && return 0
		((status == 2)) && stolen=$((stolen + 1))
	done
	((stolen == 5)) && skip "$name: the hypervisor steals too much time to compare run times"
	fail "$name: no attempt agreed with /proc/PID/schedstat"
}
