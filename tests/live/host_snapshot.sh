#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# scripts/host-snapshot against ourselves: what is read of its tar is what we read of this machine, by every shell there
# is and by busybox's tools alone; what it could not take is unknown, told, and never something else.
# shellcheck disable=SC2317 # what until_true calls
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3 tar setpriv unshare
script=$top/scripts/host-snapshot

# same OURS TAR'S [hidden]: field by field.
same() {
	python3 - "$@" <<'END'
import json
import sys

from traces import Checks

checks = Checks()
ours, theirs = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
hidden = sys.argv[3:] == ["hidden"]
# What KSM counts, and what its advisor turns; all other files of it are settings.
KSM_MOVES = {"full_scans", "general_profit", "ksm_zero_pages", "pages_scanned", "pages_shared", "pages_sharing",
             "pages_skipped", "pages_unshared", "pages_volatile", "stable_node_chains", "stable_node_dups"}
if "[scan-time]" in ours["ksm"].get("advisor_mode", ""):
    KSM_MOVES.add("pages_to_scan")
# Where a task ran last; and of its flags, what it does at this moment: only these are of its kind.
TASK_MOVES = {"last_cpu"}
PF_WQ_WORKER, PF_KTHREAD, PF_NO_SETAFFINITY = 0x20, 0x200000, 0x04000000
KIND = PF_WQ_WORKER | PF_KTHREAD | PF_NO_SETAFFINITY


def compare(path, a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            where = f"{path}.{key}"
            if key in a and key in b:
                compare(where, a[key], b[key])
            else:
                checks.that(False, f"{where}: only {'we have it' if key in a else 'the script has it'}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            compare(f"{path}[{i}]", x, y)
    else:
        checks.that(a == b, f"{path}: we say {a}, the script {b}")


def tasks_of(snapshot):
    """By what no two tasks share; who came or went between the two is in one only."""
    found = {}
    for task in snapshot.pop("tasks"):
        task["flags"] &= KIND
        found[task["tid"], task["start_ticks"]] = {k: v for k, v in task.items() if k not in TASK_MOVES}
    return found


our_tasks, their_tasks = tasks_of(ours), tasks_of(theirs)
both = set(our_tasks) & set(their_tasks)
if not hidden:
    checks.that(len(both) >= 0.8 * min(len(our_tasks), len(their_tasks)), "hardly a task in both")
    checks.that((1, our_tasks and min(our_tasks)[1]) in both, "not even init is in both")
# One that exec()s or names itself meanwhile is not the same: it may be few.
odd = [key for key in both if our_tasks[key]["comm"] != their_tasks[key]["comm"]]
checks.that(len(odd) <= 3, f"{len(odd)} tasks have other names: {odd[:5]}")
for key in both - set(odd):
    compare(f"task {key[0]} ({our_tasks[key]['comm']})", our_tasks[key], their_tasks[key])
for snapshot in (ours, theirs):
    snapshot["ksm"] = {k: "" if k in KSM_MOVES else v for k, v in snapshot["ksm"].items()}
if hidden: # VMs are found by their tasks
    ours.pop("vms"), theirs.pop("vms")
compare("", ours, theirs)
print(f"{len(both)} tasks in both of {len(our_tasks)} and {len(their_tasks)}")
checks.end()
END
}

# check NAME COMMAND...: it writes a tar to stdout, which must be what we find.
check() {
	local name=$1
	shift
	"$@" >"$work/host.tar" 2>"$work/said" || fail "$name: exit $?: $(cat "$work/said")"
	[[ ! -s $work/said ]] || fail "$name says $(cat "$work/said")"
	"$TOOLS/host_json" "$work/host.tar" >"$work/theirs" || fail "$name: its tar is not read"
	"$TOOLS/host_json" >"$work/ours" || fail "this machine is not read"
	same "$work/ours" "$work/theirs" || fail "$name: the tar tells another machine"
}

# Names that a task may have, and what looks like a virtual machine.
odd=$work/$'o:) d\n\xff\t)'
cp "$(command -v sleep)" "$odd"
"$odd" 100 &
undo end $!
"$TOOLS/fake_vm" -d 100 -b 10 -s 100000 -name guest=web-7,debug-threads=on -accel kvm 0 0 &
undo end $!
has_vcpus() {
	grep -qsx 'CPU 1/KVM' "/proc/$1/task/"*/comm
}
until_true has_vcpus $! || fail "no task looks like a vCPU"

for shell in sh dash bash busybox; do
	command -v "$shell" >/dev/null || continue
	command=("$shell" "$script")
	[[ $shell != busybox ]] || command=(busybox sh "$script")
	check "${command[*]}" "${command[@]}"
done
python3 -c 'import json, sys
vms = json.load(open(sys.argv[1]))["vms"]
sys.exit(not any(vm.get("name") == "web-7" and vm.get("vmm") == "qemu" and vm["vcpus_named"] for vm in vms))' \
	"$work/theirs" || fail "the script does not find the VM"
tar -xOf "$work/host.tar" --wildcards 'proc/*/cmdline' | tr '\0' '\n' >"$work/lines"
! grep -qx -e '-accel' "$work/lines" || fail "a VM's command line is there as it was"
# Its tools alone, as on a small system.
mkdir "$work/tools"
for tool in $(busybox --list); do
	ln -s "$(command -v busybox)" "$work/tools/$tool"
done
check "busybox alone" env "PATH=$work/tools" "$(command -v busybox)" sh "$script"

# Nobody: what is read is right or absent; what is missing is told.
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
"${nobody[@]}" sh "$script" >"$work/nobody.tar" 2>"$work/said" || fail "without root: exit $?"
grep -q '^host-snapshot: not root: without ' "$work/said" || fail "without root it says $(cat "$work/said")"
(($(wc -l <"$work/said") == 1)) || fail "without root it says $(cat "$work/said")"
# Ours as nobody reads what the script may: domains by another source are other domains.
"$TOOLS/host_json" "$work/nobody.tar" >"$work/theirs" || fail "nobody's tar is not read"
cp "$TOOLS/host_json" "$work/host_json"
chmod 755 "$work"
"${nobody[@]}" "$work/host_json" >"$work/ours" || fail "nobody does not read this machine"
same "$work/ours" "$work/theirs" || fail "nobody's tar tells another machine"

# In a mount namespace of its own, other users' tasks are hidden; then there is no room. Neither is silent.
# shellcheck disable=SC2016 # for the shell within
unshare --mount --propagation private sh -c 'mount -t proc -o hidepid=2 proc /proc && shift && exec "$@"' - - \
	"${nobody[@]}" sh "$script" >"$work/hidden.tar" 2>"$work/said" || fail "hidden tasks: $(cat "$work/said")"
grep -q "hidden" "$work/said" || fail "that tasks are hidden is not told: $(cat "$work/said")"
"$TOOLS/host_json" "$work/hidden.tar" >"$work/theirs" || fail "the tar without tasks is not read"
same "$work/ours" "$work/theirs" hidden || fail "without tasks it is another machine"
for tools in "$PATH" "$work/tools"; do
	code=0
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -c 'mount -t tmpfs -o size=200k none "$1" && shift && exec "$@"' - \
		/mnt env "PATH=$tools" TMPDIR=/mnt "$(PATH=$tools command -v sh)" "$script" \
		>"$work/full.tar" 2>"$work/said" || code=$?
	((code == 1)) || fail "without room: exit $code"
	grep -q '^host-snapshot: /mnt is full' "$work/said" || fail "without room it says $(cat "$work/said")"
done

# A tool that is not there: one line.
mkdir "$work/few"
for tool in awk cat chmod dd find grep head id ln ls mkdir rm sed sort tr uname uniq xargs; do
	ln -s "$(command -v "$tool")" "$work/few/$tool"
done
shell=$(command -v sh) code=0
PATH=$work/few "$shell" "$script" >"$work/out" 2>"$work/said" || code=$?
((code == 1)) || fail "without tar: exit $code"
grep -q '^host-snapshot: tar is not here' "$work/said" || fail "without tar it says $(cat "$work/said")"
(($(wc -l <"$work/said") == 1)) || fail "without tar: not one line: $(cat "$work/said")"
ln -s "$(command -v tar)" "$work/few/tar"
check "the tools that it names" env "PATH=$work/few" "$shell" "$script"

# What a tar does not have is unknown: never 0, no CPU, or another's.
python3 - "$work" "$TOOLS/host_json" <<'END' || fail "what is not in the tar is told"
import json
import re
import subprocess
import sys

from traces import Checks

checks = Checks()
work, reader = sys.argv[1:]


def read(*without):
    subprocess.run(["cp", work + "/host.tar", work + "/less.tar"], check=True)
    if without:
        subprocess.run(["tar", "--delete", "-f", work + "/less.tar", *without], check=True)
    return json.loads(subprocess.run([reader, work + "/less.tar"], check=True, stdout=subprocess.PIPE).stdout)


KEYS = {
    "interloper-host": "page_size",
    "proc/cmdline": "cmdline",
    "proc/sys/kernel/arch": "machine",
    "proc/sys/kernel/hostname": "hostname",
    "proc/sys/kernel/nmi_watchdog": "nmi_watchdog",
    "proc/sys/kernel/numa_balancing": "numa_balancing",
    "proc/sys/kernel/osrelease": "kernel_release",
    "proc/sys/kernel/version": "kernel_version",
    "proc/sys/kernel/watchdog": "watchdog",
    "proc/sys/kernel/watchdog_cpumask": "watchdog_cpus",
    "sys/devices/system/cpu/isolated": "boot_isolated",
    "sys/devices/system/cpu/online": "online",
    "sys/devices/system/cpu/possible": "possible",
    "sys/devices/system/cpu/present": "present",
    "sys/devices/virtual/workqueue/cpumask": "workqueue_cpus",
}
names = subprocess.run(["tar", "-tf", work + "/host.tar"], check=True, stdout=subprocess.PIPE,
                       text=True).stdout.splitlines()
whole = read()
for name, key in KEYS.items():
    if name in names:
        checks.that(key in whole, f"{key} is not known at all")
        less = read(name)
        checks.that(key not in less, f"without {name}: {key} is {less.get(key)}")
status = [name for name in names if re.fullmatch(r"proc/\d+/task/\d+/status", name)]
checks.that(len(status) > 3, "hardly a task in the tar")
tids = {int(name.split("/")[3]) for name in status[:3]}
for task in read(*status[:3])["tasks"]:
    checks.that("allowed" not in task or task["tid"] not in tids, f"a mask that is not there: {task}")
checks.end()
END

# How long many threads take: for the record, not a check.
python3 -c 'import threading, time
threading.stack_size(65536)
go = threading.Event()
for _ in range(10000):
    threading.Thread(target=go.wait, args=(60,), daemon=True).start()
print("ready", flush=True)
time.sleep(60)' >"$work/ready" 2>&1 &
threads=$!
undo end "$threads" KILL
ready() {
	[[ -s $work/ready ]]
}
if until_true ready && grep -qx ready "$work/ready"; then
	begin=$(date +%s%N)
	sh "$script" -o "$work/many.tar" || fail "10,000 threads: exit $?"
	echo "10,000 threads: $((($(date +%s%N) - begin) / 1000000)) ms"
	"$TOOLS/host_json" "$work/many.tar" >"$work/theirs" || fail "10,000 threads are not read"
	(($(grep -o '"tid"' "$work/theirs" | wc -l) > 10000)) || fail "10,000 threads are not all there"
else
	echo "10,000 threads are too many for this machine"
fi
verdict
