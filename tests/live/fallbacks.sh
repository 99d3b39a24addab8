#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What older kernels need (raw tracepoints, task states in a hash) tells the same: each agrees with the
# kernel's own accounting as the default does.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

says() { # says OPTION WORDS: the trace rests on what the option asks for
	interloper record "$1" --force -o "$work/rests.ilt" -d 0.1 2>"$work/errors" ||
		fail "record $1: $(cat "$work/errors")"
	interloper info "$work/rests.ilt" | grep -q "^rests on.*$2" ||
		fail "record $1 does not rest on $2: $(interloper info "$work/rests.ilt" | grep '^rests on')"
}

says --raw-tracepoints "raw tracepoints"
says --hash-states "hash"
agrees_with_schedstat "raw tracepoints" --raw-tracepoints -b hog:2@0 sleeper:2@0 pingpong@0 short:8@0
agrees_with_schedstat "a hash of states" --hash-states -b hog:2@0 sleeper:2@0 pingpong@0 short:8@0
agrees_with_schedstat "both" "--raw-tracepoints --hash-states" -b hog:3 sleeper:2 pingpong short:8
verdict
