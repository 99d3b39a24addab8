#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Tracing only CPU 1 (-C 1) while the wakers sit on CPU 0 tells the same delays, wakers and previous
# CPUs as tracing all CPUs over the same time: recorders at once, slice by slice.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3
[[ -d /sys/devices/system/cpu/cpu1 ]] || skip "needs two CPUs"

# Each recorder has its own programs, which read the clock one after the other; whatever holds up a CPU
# between two reads makes them differ, and in a guest much does. So a second recorder of all CPUs stands
# between: it shows how far two that do the same are apart. hog@1: real waits.
interloper record -o "$work/control.ilt" -- \
	"$INTERLOPER" record -o "$work/all.ilt" -- \
	"$INTERLOPER" record -C 1 -o "$work/one.ilt" -- \
	"$TOOLS/workload" -d 2 wakers hog@1 sleeper@1 pingpong >/dev/null 2>"$work/errors" ||
	fail "record: $(cat "$work/errors")"

python3 - "$work" <<'END' || fail "the two recorders differ"
import sys
from collections import defaultdict
from statistics import median

from traces import SLOWNESS, Checks, events

checks = Checks()
few = 3 if SLOWNESS > 1 else 1


def slices_of(path):
    """comm -> tid -> whole slices on CPU 1, in order."""
    found = defaultdict(list)
    for event in events(path, "slice"):
        if event["cpu"] == 1 and (event["task"]["comm"] or "").startswith("w-"):
            found[event["task"]["comm"], event["task"]["tid"]].append(event)
    return found


def pairs(all_, one):
    """Slices of both that end at the same time, as far as two clock reads can tell."""
    i = j = 0
    while i < len(all_) and j < len(one):
        apart = all_[i]["time_ns"] - one[j]["time_ns"]
        if abs(apart) < 20_000 * SLOWNESS:
            yield all_[i], one[j]
            i, j = i + 1, j + 1
        elif apart < 0:
            i += 1
        else:
            j += 1


def tid(task):
    return task and task["tid"]


def same_choice(one, other):
    return all(one[key] == other[key] for key in
               ("previous_cpu", "chosen_cpu", "waker_cpu", "waker_context")) and \
        tid(one["waker"]) == tid(other["waker"])


class Compared:
    """One task's slices as two recorders tell them."""

    def __init__(self, truths, ours):
        matched = list(pairs(truths, ours))
        self.missing = len(ours) - len(matched)
        known = [both for both in matched if both[0]["delay_ns"] is not None]
        alike = [(truth, slice_) for truth, slice_ in known if slice_["delay_ns"] is not None and
                 slice_["delay_kind"] == truth["delay_kind"]]
        self.unknown = len(known) - len(alike)
        apart = [(abs(slice_["delay_ns"] - truth["delay_ns"]), truth["delay_ns"])
                 for truth, slice_ in alike]
        self.count = len(apart)
        self.typical_ns = median(ns for ns, _ in apart) if apart else 0
        self.differ = sum(ns > max(5_000 * SLOWNESS, delay / 50) for ns, delay in apart)
        choices = [both for both in alike if both[0]["delay_kind"] == "wake"]
        self.choices, self.same = len(choices), sum(same_choice(*both) for both in choices)

    def __str__(self):
        return (f"median difference {self.typical_ns:.0f} ns, {self.differ} of {self.count} delays differ "
                f"by more than 2 % and {5 * SLOWNESS} us, {self.missing} without their like, "
                f"{self.unknown} unknown or of another kind")


control, all_slices, one_slices = (slices_of(f"{sys.argv[1]}/{name}.ilt") for name in ("control", "all", "one"))
checks.that({comm for comm, _ in one_slices} >= {"w-wakee", "w-hog", "w-sleeper"}, "a task is missing")
for name, ours in sorted(one_slices.items()):
    noise = Compared(control[name], all_slices[name])
    told = Compared(all_slices[name], ours)
    print(f"{name[0]}[{name[1]}]: {told}; {told.same} of {told.choices} wakeups alike\n"
          f"    two of all CPUs: {noise}")
    if name[0] in ("w-wakee", "w-hog", "w-sleeper"):
        checks.that(told.count >= 20, f"{name}: too few delays")
    if told.count < 20:
        continue
    checks.that(told.missing <= few + 1 + len(ours) // 100 + 3 * noise.missing, f"{name}: slices of -C 1 lack their like")
    checks.that(told.typical_ns < max(1_000 * SLOWNESS, 3 * noise.typical_ns), f"{name}: the median differs")
    checks.that(told.differ <= told.count / 100 + few + 3 * noise.differ,
                f"{name}: {told.differ} delays differ")
    checks.that(told.unknown <= told.count / 100 + 2, f"{name}: {told.unknown} delays not known to -C 1")
    checks.that(told.same >= told.choices * 0.99 - 1, f"{name}: {told.choices - told.same} wakeups differ")

wakee = [s for (comm, _), found in one_slices.items() if comm == "w-wakee" for s in found]
remote = [s for s in wakee if s["waker_cpu"] == 0 and s["waker"] and s["waker"]["comm"] == "w-waker"]
print(f"w-wakee: {len(wakee)} slices, {len(remote)} woken by w-waker from CPU 0")
checks.that(len(remote) > 100, "hardly a wakeup from CPU 0")
checks.that(all(s["delay_ns"] for s in remote), "a delay is 0 or unknown")
checks.that(all(s["previous_cpu"] == s["chosen_cpu"] == 1 for s in remote), "a choice is wrong")
checks.end()
END
verdict
