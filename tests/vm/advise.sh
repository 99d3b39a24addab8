#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The founding case, ended: ksmd stays on an isolated CPU; advise, not told which CPUs, names it, says
# where to put it, does so, and sees that it is gone; revert gives it its mask back.
# shellcheck disable=SC2154 # isolated, ksmd: ksm.bash
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash
# shellcheck source=tests/vm/ksm.bash
source "$(dirname "$0")/ksm.bash"

start_merging
mask=$(taskset -p "$ksmd" | sed 's/.*: //')
undo taskset -p "$mask" "$ksmd"
seat=${isolated##*[-,]}
taskset -pc "$seat" "$ksmd" >/dev/null
sleep 1
taskset -pc "0-$(($(nproc --all) - 1))" "$ksmd" >/dev/null
before=$(grep Cpus_allowed "/proc/$ksmd/status")
status=0
# A slow guest's ksmd runs in few long spells: enough of them must come.
seconds=$((SLOWNESS > 1 ? 8 : 3))
interloper advise --json -d "$seconds" --only ksmd --ksm-slice-max none --ksm-duty-max none --apply --yes \
	--state-dir "$work/state" --verify "$seconds" >"$work/report" 2>"$work/errors" || status=$?
cat "$work/errors"
after=$(grep Cpus_allowed "/proc/$ksmd/status")
python3 - "$work/report" "$ksmd" "$isolated" "$status" <<'END' || fail "ksmd was not advised off the isolated CPUs"
import json
import sys

from traces import Checks, cpu_set

checks = Checks()
with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
isolated = cpu_set(sys.argv[3])
checks.that(cpu_set(report["targets"]) == isolated, f"targets {report['targets']}")
moves = [advice for advice in report["advice"] if advice["rule"] == "move-task"]
checks.that(len(moves) == 1 and moves[0]["task"]["tid"] == int(sys.argv[2]), "no advice to move ksmd")
for advice in moves:
    print("advice:", advice["title"], "-", advice["seen"], "-", advice["sure"])
    checks.that(not cpu_set(advice["changes"][0]["to"]) & isolated, "it is to go to an isolated CPU")
verify = report["verify"]
share = verify["quantities"]["share"]


def percent(part):
    return "unknown" if part is None else f"{100 * part:.2f} %"


print(f"fact: ksmd moved off: {verify['verdict']}; its share {percent(share['before'])}, then {percent(share['after'])} "
      f"({percent(share['low'])} .. {percent(share['high'])}); {verify['reason'] or share['reason'] or 'sure'}")
checks.that(share["before"] > 0 and share["after"] == 0, "ksmd still runs on isolated CPUs")
checks.that(report["verify"]["verdict"] == "better", "the verdict")
checks.that(sys.argv[4] == "0", f"exit {sys.argv[4]}, not 0")
checks.end()
END
[[ $after != "$before" ]] || fail "its mask was not changed"
interloper revert --state-dir "$work/state" || fail "revert: exit $?"
[[ $(grep Cpus_allowed "/proc/$ksmd/status") == "$before" ]] || fail "its mask is not as before"
verdict
