# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # work: lib.bash; what undo calls
# A ksmd that really merges, for the live tests, and everything as it was at the end. Source it after
# lib.bash; skips where there is no KSM that can be set.

ksm=/sys/kernel/mm/ksm
[[ -w $ksm/run ]] || skip "no KSM here, or its settings cannot be written"
ksmd=
for comm in /proc/[0-9]*/comm; do
	[[ $(cat "$comm" 2>/dev/null) == ksmd ]] && ksmd=$(basename "$(dirname "$comm")") && break
done
[[ -n $ksmd ]] || skip "no ksmd here"

# Undone in reverse: the scan stops first, and the advisor, which forbids some writes, comes last.
# run=0 leaves merged pages merged, but those of our program go with it.
write_setting() { # write_setting NAME VALUE
	echo "$2" >"$ksm/$1"
}
settings=(advisor_mode sleep_millisecs pages_to_scan run)
for name in "${settings[@]}"; do
	[[ -e $ksm/$name ]] || continue
	value=$(cat "$ksm/$name")
	[[ $value == *\[* ]] && value=$(sed 's/.*\[\(.*\)\].*/\1/' "$ksm/$name")
	undo write_setting "$name" "$value"
done

# Pages that went with our program count as shared until ksmd has come by.
ksm_shared=$(cat "$ksm"/pages_shared)
is_forgotten() {
	(($(cat "$ksm"/pages_shared) <= ksm_shared))
}

ksm_start() { # ksm_start PAGES SLEEP-MS: of 96 MiB that can be merged
	[[ -e $ksm/advisor_mode ]] && echo none >"$ksm/advisor_mode"
	echo "$1" >"$ksm/pages_to_scan"
	echo "$2" >"$ksm/sleep_millisecs"
	undo until_true is_forgotten
	"$TOOLS/mergeable" 96 >"$work/ready" &
	workload=$!
	undo end "$workload" KILL
	until_true grep -q ready "$work/ready" || fail "the workload did not start"
	echo 1 >"$ksm/run"
}
