#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Run, wait and slices of tasks agree with the kernel's own accounting: pinned and unpinned, preempted,
# waiting behind others, waking each other, short-lived.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

agrees_with_schedstat pinned "" -b hog:2@0 sleeper:2@0 pingpong@0 yielder@0 short:8@0
agrees_with_schedstat unpinned "" -b hog:3 sleeper:2 pingpong yielder short:8
# Waits of 5 us: what lies between the waking and the enqueueing counts.
export WAKEUP_ALLOWANCE_NS=5000
agrees_with_schedstat "one switch after the other" "" -b -d 0.5 hog@0 pipe@0
verdict
