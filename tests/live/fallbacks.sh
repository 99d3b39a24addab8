#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What older kernels need (raw tracepoints, task states in a hash), and crowds, tells the same: each agrees with the
# kernel's own accounting as the default does.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

says() { # says OPTION WORDS: the trace rests on what the option asks for
	interloper record "$1" --force -o "$work/rests.ilt" -d 0.1 2>"$work/errors" ||
		fail "record $1: $(cat "$work/errors")"
	interloper info "$work/rests.ilt" >"$work/rests" || fail "info: exit $?"
	grep -q "^rests on.*$2" "$work/rests" ||
		fail "record $1 does not rest on $2: $(interloper info "$work/rests.ilt" | grep '^rests on')"
}

says --raw-tracepoints "raw tracepoints"
says --hash-states "hash"
agrees_with_schedstat "raw tracepoints" --raw-tracepoints -b hog:2@0 sleeper:2@0 pingpong@0 short:8@0
agrees_with_schedstat "a hash of states" --hash-states -b hog:2@0 sleeper:2@0 pingpong@0 short:8@0
agrees_with_schedstat "both" "--raw-tracepoints --hash-states" -b hog:3 sleeper:2 pingpong short:8

# Tasks whose slot another one has: the array is made for 1,024 tids, and a thousand threads were there first.
most=$(cat /proc/sys/kernel/pid_max)
tids() { # tids MOST
	{ echo "$1" >/proc/sys/kernel/pid_max; } 2>/dev/null
}
undo tids "$most"
if tids "$most"; then
	python3 - >"$work/crowd" <<'END' &
import threading
import time


def nap():
    end = time.monotonic() + 120
    while time.monotonic() < end:
        time.sleep(0.5)


threading.stack_size(65536)
for _ in range(1000):
    threading.Thread(target=nap, daemon=True).start()
print("there", flush=True)
time.sleep(120)
END
	undo end $! KILL
	until_true grep -q there "$work/crowd" || fail "there is no crowd: $(cat "$work/crowd")"
	mkdir "$work/tools"
	printf '#!/bin/sh\nsleep 1\nexec %s "$@"\n' "$TOOLS/workload" >"$work/tools/workload"
	chmod +x "$work/tools/workload"
	tids 1024
	TOOLS=$work/tools agrees_with_schedstat "shared slots" "" -b hog:2@0 sleeper:2@0 pingpong@0 short:8@0
	tids "$most"
else
	echo "part skipped: shared slots: pid_max cannot be set"
fi

# A kernel without type information of its own: from a file, by raw tracepoints only.
if [[ -r /sys/kernel/btf/vmlinux ]] && unshare -m true 2>/dev/null; then
	cp /sys/kernel/btf/vmlinux "$work/btf"
	mkdir "$work/nothing"
	cat >"$work/without_btf" <<-END
		#!/bin/bash
		exec unshare -m bash -c 'mount --bind "$work/nothing" /sys/kernel/btf && exec "\$@"' bash "$INTERLOPER" "\$@"
	END
	chmod +x "$work/without_btf"
	says "--btf=$work/btf" "tp_btf.*kernel types of $work/btf"
	INTERLOPER=$work/without_btf
	says "--btf=$work/btf" "raw tracepoints.*kernel types of $work/btf.*no look over all tasks"
	agrees_with_schedstat "types from a file" "--btf $work/btf" -b hog:2@0 sleeper:2@0 pingpong@0 short:8@0
else
	echo "part skipped: types from a file: no BTF to copy, or no mount namespaces"
fi
verdict
