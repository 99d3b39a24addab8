#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Tracing only CPU 1 (-C 1) while the wakers sit on CPU 0 tells the same delays, wakers and previous
# CPUs as tracing all CPUs over the same time: two recorders at once, slice by slice.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3
[[ -d /sys/devices/system/cpu/cpu1 ]] || skip "needs two CPUs"

# Each recorder has its own programs, which read the clock one after the other. hog@1: real waits.
interloper record -o "$work/all.ilt" -- \
	"$INTERLOPER" record -C 1 -o "$work/one.ilt" -- \
	"$TOOLS/workload" -d 2 wakers hog@1 sleeper@1 pingpong >/dev/null 2>"$work/errors" ||
	fail "record: $(cat "$work/errors")"

python3 - "$work" <<'END' || fail "the two recorders differ"
import sys
from collections import defaultdict
from statistics import median

from traces import SLOWNESS, Checks, events

checks = Checks()


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


all_slices, one_slices = slices_of(sys.argv[1] + "/all.ilt"), slices_of(sys.argv[1] + "/one.ilt")
checks.that({comm for comm, _ in one_slices} >= {"w-wakee", "w-hog", "w-sleeper"}, "a task is missing")
for name, ours in sorted(one_slices.items()):
    compared = unknown = differ = choices = same_choice = 0
    differences = []
    matched = list(pairs(all_slices[name], ours))
    checks.that(len(matched) >= len(ours) - 2 - len(ours) // 100,
                f"{name}: {len(matched)} of {len(ours)} slices of -C 1 have their like")
    for truth, slice_ in matched:
        if truth["delay_ns"] is None:
            continue
        if slice_["delay_ns"] is None or slice_["delay_kind"] != truth["delay_kind"]:
            unknown += 1
            continue
        compared += 1
        apart = abs(slice_["delay_ns"] - truth["delay_ns"])
        differences.append(apart)
        differ += apart > max(5_000 * SLOWNESS, truth["delay_ns"] / 50)
        if truth["delay_kind"] == "wake":
            choices += 1
            same_choice += all(slice_[key] == truth[key] for key in
                               ("previous_cpu", "chosen_cpu", "waker_cpu", "waker_context")) and \
                tid(slice_["waker"]) == tid(truth["waker"])
    typical = median(differences) if differences else 0
    print(f"{name[0]}[{name[1]}]: {compared} delays compared, median difference {typical:.0f} ns, "
          f"{differ} differ by more than 2 % and {5 * SLOWNESS} us, {unknown} unknown or of another kind to -C 1; "
          f"{same_choice} of {choices} wakeups alike")
    if name[0] in ("w-wakee", "w-hog", "w-sleeper"):
        checks.that(compared >= 20, f"{name}: too few delays")
    if compared < 20:
        continue
    checks.that(typical < 1_000 * SLOWNESS, f"{name}: median difference {typical} ns")
    checks.that(differ <= compared / 100 + (3 if SLOWNESS > 1 else 1), f"{name}: {differ} of {compared} delays differ")
    checks.that(unknown <= compared / 100 + 2, f"{name}: {unknown} delays not known to -C 1")
    checks.that(same_choice >= choices * 0.99 - 1, f"{name}: {choices - same_choice} wakeups differ")

wakee = [s for (comm, _), found in one_slices.items() if comm == "w-wakee" for s in found]
remote = [s for s in wakee if s["waker_cpu"] == 0 and s["waker"] and s["waker"]["comm"] == "w-waker"]
print(f"w-wakee: {len(wakee)} slices, {len(remote)} woken by w-waker from CPU 0")
checks.that(len(remote) > 100, "hardly a wakeup from CPU 0")
checks.that(all(s["delay_ns"] for s in remote), "a delay is 0 or unknown")
checks.that(all(s["previous_cpu"] == s["chosen_cpu"] == 1 for s in remote), "a choice is wrong")
checks.end()
END
verdict
