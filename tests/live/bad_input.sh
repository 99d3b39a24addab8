#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What cannot be done is refused in one line that says why, with exit 1 and nothing left behind; what was
# recorded until a failure stays readable.
# shellcheck disable=SC2317 # what undo calls
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"

skipped=()
out=$work/out.ilt
# Other users must reach the program, wherever it was built.
chmod 711 "$work"
install -m 755 "$INTERLOPER" "$work/interloper"
good=$work/good.ilt
interloper record -o "$good" -- "$TOOLS/workload" -d 0.5 pipe@0 sleeper:2 >/dev/null 2>&1 ||
	fail "record: exit $?"

# refused WHAT PATTERN COMMAND...: one line like PATTERN on stderr, exit 1, no $out.
refused() {
	local what=$1 pattern=$2 status=0 lines
	shift 2
	timeout -k 5 30 "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
	lines=$(wc -l <"$work/stderr")
	((status == 1)) || fail "$what: exit $status, expected 1"
	((lines == 1)) || fail "$what: $lines lines on stderr, expected 1: $(cat "$work/stderr")"
	grep -q "^interloper.*: .*$pattern" "$work/stderr" ||
		fail "$what: expected \"$pattern\", got: $(cat "$work/stderr")"
	[[ ! -e $out ]] || {
		fail "$what: left $out behind"
		rm -f "$out"
	}
	printf '%-28s %s\n' "$what" "$(cat "$work/stderr")"
}

live() { # live WHAT PATTERN ARGUMENT...: all three live commands refuse
	local what=$1 pattern=$2
	shift 2
	refused "record: $what" "$pattern" "$INTERLOPER" record -o "$out" -d 0.2 "$@"
	refused "trace: $what" "$pattern" "$INTERLOPER" trace -o "$out" -d 0.2 "$@"
	refused "hist: $what" "$pattern" "$INTERLOPER" hist -o "$out" -d 0.2 "$@"
}

live "no such CPU" "no such CPU" -C 4000
live "no CPU list" "not a CPU list" -C 0-x
live "no time at all" "not a time" -d 0
live "a negative time" "not a time" -d -1
live "no number" "not a time" -d abc
live "an endless time" "not a time" -d inf
live "garbage" "unrecognized option" --garbage
live "no argument" "requires an argument" --ring-size
live "an odd ring" "not a size" --ring-size 5000
live "no types to read" "/no/types: cannot read it: No such file" --btf /no/types
live "no types in it" "no kernel's type information" --btf "$good"
live "no such process" "no such process" -p 4194000
live "no such command" "cannot run" -- /no/such/program
refused "no such command at all" "no command" "$INTERLOPER" frobnicate
refused "nowhere to write" "cannot write it" "$INTERLOPER" record -d 0.2 -o "$work/no/such/folder/t.ilt"
refused "a folder to write to" "it exists\|cannot write it" "$INTERLOPER" record -d 0.2 -o "$work"

# An existing file is refused and untouched; --force replaces it.
echo precious >"$work/existing"
refused "an existing file" "it exists" "$INTERLOPER" record -d 0.2 -o "$work/existing"
for command in record "trace --all" blame hist; do
	read -ra words <<<"$command"
	refused "an existing file, before all else: $command" "it exists" \
		"$INTERLOPER" "${words[@]}" -d 0.2 --btf /no/types -o "$work/existing"
done
[[ $(cat "$work/existing") == precious ]] || fail "an existing file was touched"
(cd "$work" && echo mine >- && interloper record -d 0.2 -o - 2>"$work/stderr" >"$work/piped" && [[ $(cat ./-) == mine ]]) ||
	fail "a file named - is not stdout: $(cat "$work/stderr")"
interloper info "$work/piped" >/dev/null || fail "-o - did not write a trace"
interloper record -d 0.2 --force -o "$work/existing" 2>"$work/stderr" || fail "--force: exit $?"
interloper info "$work/existing" >/dev/null || fail "--force did not write a trace"

# Files that are no traces, or only part of one.
echo "no trace, but longer than a trace file's header is; and so on, and so on" >"$work/foreign"
: >"$work/empty"
cp "$good" "$work/version"
printf '\377' | dd of="$work/version" bs=1 seek=8 conv=notrunc status=none
for command in info summary timehist "hist -i"; do
	read -ra words <<<"$command"
	refused "$command: no such file" "no/such/trace.*No such file" "$INTERLOPER" "${words[@]}" "$work/no/such/trace"
	refused "$command: a foreign file" "foreign.*not an interloper trace" "$INTERLOPER" "${words[@]}" "$work/foreign"
	refused "$command: an empty file" "empty" "$INTERLOPER" "${words[@]}" "$work/empty"
	refused "$command: another version" "version" "$INTERLOPER" "${words[@]}" "$work/version"
	refused "$command: a folder" "directory" "$INTERLOPER" "${words[@]}" "$work"
	for bytes in $(($(stat -c %s "$good") - 1)) $(($(stat -c %s "$good") * 2 / 3)); do
		head -c "$bytes" "$good" >"$work/cut"
		refused "$command: cut" "cut" "$INTERLOPER" "${words[@]}" "$work/cut"
		[[ -s $work/stdout ]] || fail "$command: a cut file's first part is not read"
	done
done
refused "no such column" "no such column" "$INTERLOPER" summary --sort nonsense "$good"
refused "no trace file" "no trace file" "$INTERLOPER" summary

# Privilege.
need setpriv
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)
"${nobody[@]}" true || nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
chmod 733 "$work"
for command in record trace hist; do
	refused "$command: no privilege" "run as root" "${nobody[@]}" "$work/interloper" "$command" -o "$out" -d 0.2
done
chmod 711 "$work"

# Kernels that lack, or forbid, what is needed.
live_under() { # live_under WHAT PATTERN WRAPPER...
	local what=$1 pattern=$2
	shift 2
	refused "record: $what" "$pattern" "$@" "$INTERLOPER" record -o "$out" -d 0.2
	refused "hist: $what" "$pattern" "$@" "$INTERLOPER" hist -d 0.2
}
live_under "no BPF" "no BPF" "$TOOLS/deny_bpf" ENOSYS
live_under "an old kernel" "older than 5.5.*perf sched record" "$TOOLS/deny_bpf" EINVAL
live_under "BPF forbidden" "root\|CAP_BPF" "$TOOLS/deny_bpf" EPERM
mkdir "$work/nothing"
if unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016 # the inner shell expands
	live_under "no BTF" "with --btf, .*CONFIG_DEBUG_INFO_BTF" unshare -m bash -c \
		'mount --bind "$0" /sys/kernel/btf && exec "$@"' "$work/nothing"
	if [[ -d /sys/kernel/security ]]; then
		# shellcheck disable=SC2016
		live_under "locked down" "lockdown=confidentiality" unshare -m bash -c \
			'mount -t tmpfs none /sys/kernel/security &&
			echo "none integrity [confidentiality]" >/sys/kernel/security/lockdown && exec "$@"' \
			bash "$TOOLS/deny_bpf" EPERM
	else
		skipped+=("lockdown: no /sys/kernel/security")
	fi
else
	skipped+=("no BTF, lockdown: no mount namespaces")
fi

# A CPU that is offline: not a target, and no obstacle to tracing all others.
online=/sys/devices/system/cpu/cpu1/online
offline_done=
if [[ -w $online && $(cat $online) == 1 ]]; then
	undo bash -c "echo 1 >$online"
	if { echo 0 >$online; } 2>/dev/null && [[ $(cat $online) == 0 ]]; then
		refused "an offline CPU" "CPU 1 is offline" "$INTERLOPER" record -o "$out" -C 1 -d 0.2
		interloper record -o "$work/others.ilt" -d 0.3 2>"$work/stderr" ||
			fail "record beside an offline CPU: $(cat "$work/stderr")"
		echo 1 >$online
		interloper summary "$work/others.ilt" >/dev/null || fail "no summary beside an offline CPU"
		offline_done=yes
	fi
fi
[[ -n $offline_done ]] || skipped+=("an offline CPU: cpu1/online cannot be written")

# A disk that fills up: what fits is readable.
mkdir "$work/disk"
if mount -t tmpfs -o size=192k none "$work/disk" 2>/dev/null; then
	undo umount "$work/disk"
	status=0
	interloper record -o "$work/disk/t.ilt" -d 15 -- "$TOOLS/workload" -d 12 pipe hog:2 sleeper:50 pingpong:10 \
		>/dev/null 2>"$work/stderr" || status=$?
	((status == 1)) || fail "a full disk: exit $status: $(cat "$work/stderr")"
	(($(wc -l <"$work/stderr") == 1)) || fail "a full disk: not one line: $(cat "$work/stderr")"
	grep -q "No space left" "$work/stderr" || fail "a full disk: $(cat "$work/stderr")"
	printf '%-28s %s\n' "a full disk" "$(cat "$work/stderr")"
	status=0
	interloper info --json "$work/disk/t.ilt" >"$work/info" 2>"$work/stderr" || status=$?
	((status == 1)) || fail "the part on a full disk: exit $status"
	grep -q '"slices": [1-9]' <(sed -n '/"file"/,$p' "$work/info") ||
		fail "nothing can be read of what was written to a full disk"
else
	skipped+=("a full disk: tmpfs cannot be mounted")
fi

# Killed while it records: all whole chunks are readable, and that it is not all is said.
"$INTERLOPER" record -o "$work/killed.ilt" 2>/dev/null &
recorder=$!
undo end "$recorder" KILL
"$TOOLS/workload" -d 3 hog sleeper:5 pingpong >/dev/null
end "$recorder" KILL
status=0
interloper summary --json "$work/killed.ilt" >"$work/killed.json" 2>"$work/stderr" || status=$?
((status == 1)) || fail "after kill -9: exit $status"
(($(wc -l <"$work/stderr") == 1)) || fail "after kill -9: not one line: $(cat "$work/stderr")"
printf '%-28s %s\n' "killed" "$(cat "$work/stderr")"
grep -q '"incomplete": true' "$work/killed.json" || fail "after kill -9: not told to be incomplete"
grep -q '"w-sleeper"' "$work/killed.json" || fail "after kill -9: no slices"

for part in ${skipped[@]+"${skipped[@]}"}; do
	echo "part skipped: $part"
done
verdict
