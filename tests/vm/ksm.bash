# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # work: lib.bash
# What the tests with ksmd in a guest share, after lib.bash: ksmd scans real pages until the test ends.

isolated=$(cat /sys/devices/system/cpu/isolated)
[[ -n $isolated ]] || fail "no CPU is isolated: the guest was booted without isolcpus"
ksmd=$(grep -l '^ksmd$' /proc/[0-9]*/comm | sed 's/[^0-9]//g')

stop_merging() {
	echo 0 >/sys/kernel/mm/ksm/run
}

start_merging() {
	undo stop_merging
	"$TOOLS/mergeable" 64 >"$work/ready" &
	undo end $! KILL
	until_true grep -q ready "$work/ready" || fail "the workload did not start"
	[[ ! -e /sys/kernel/mm/ksm/advisor_mode ]] || echo none >/sys/kernel/mm/ksm/advisor_mode
	echo 500 >/sys/kernel/mm/ksm/pages_to_scan
	echo 20 >/sys/kernel/mm/ksm/sleep_millisecs
	echo 1 >/sys/kernel/mm/ksm/run
	sleep 1
}

# Where /proc has ksmd.
last_cpu() {
	awk '{ sub(/.*\) /, ""); print $37 }' "/proc/$ksmd/stat"
}

# Whether a CPU is in a list as the kernel writes it.
in_list() { # in_list CPU LIST
	local part
	for part in ${2//,/ }; do
		(($1 >= ${part%-*} && $1 <= ${part#*-})) && return 0
	done
	return 1
}
