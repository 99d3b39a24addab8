#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The verifier's work on each program, build by build, stays within what is on record: a program grows
# towards the verifier's limits (and its loading time) unseen. UPDATE_GOLDEN=1 records this kernel's.
# shellcheck disable=SC2317 # what until_true calls
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

ceilings=$top/tests/golden/verified_insns.txt
[[ -r $ceilings || -n ${UPDATE_GOLDEN-} ]] || skip "the record of verified instructions is not here"

measure() { # measure NAME ARGUMENT...: lines of NAME PROGRAM INSNS
	local name=$1 recorder status=0 length=(-d 60)
	shift
	[[ $1 != serve ]] || length=(--listen 127.0.0.1:0)
	"$INTERLOPER" "$@" "${length[@]}" >/dev/null 2>"$work/stderr" &
	recorder=$!
	until_true has_begun "$recorder" || fail "$name: not begun in time: $(cat "$work/stderr")"
	python3 "$live/verified_insns.py" "$recorder" >"$work/insns" || status=$?
	end "$recorder"
	((status != 77)) || skip "$(cat "$work/insns")"
	((status == 0)) || fail "$name: nothing is told of its programs: $(cat "$work/stderr")"
	sed "s/^/$name /" "$work/insns" >>"$work/measured"
}

measure record record -o "$work/1"
measure filtered record -o "$work/2" -C 0 -t ksmd -p 1
measure hist hist
measure hist-by-task hist --by task
measure hist-and-file hist --by task -o "$work/3"
measure plain-record record -o "$work/4" --hash-states
measure plain-hist hist --by task --hash-states
measure serve serve
measure plain-serve serve --hash-states
measure raw-serve serve --raw-tracepoints
measure raw-record record -o "$work/5" --raw-tracepoints
measure raw-hist hist --by task --raw-tracepoints
((failures == 0)) || verdict

if [[ -n ${UPDATE_GOLDEN-} ]]; then
	{
		echo "# Instructions that the verifier went through, by tests/live/verified_insns.sh."
		echo "# kernel $(uname -r | grep -o '^[0-9]*\.[0-9]*') $(uname -m)"
		cat "$work/measured"
	} >"$ceilings"
fi
python3 - "$ceilings" "$work/measured" "$(uname -r) $(uname -m)" <<'END' || fail "see above"
import re
import sys

# Kernels verify differently (what they prune, how they track): elsewhere only a jump is news.
HERE, ELSEWHERE = 1.10, 2.0


def read(path):
    lines = [line.split() for line in open(path) if not line.startswith("#")]
    return {(name, program): int(insns) for name, program, insns in lines}


ceilings, measured = read(sys.argv[1]), read(sys.argv[2])
kernel, machine = re.search(r"^# kernel (\S+) (\S+)$", open(sys.argv[1]).read(), re.M).groups()
here = re.match(re.escape(kernel) + r"\b.* " + machine + "$", sys.argv[3])
limit = HERE if here else ELSEWHERE
wrong = 0
for key, insns in sorted(measured.items()):
    most = ceilings.get(key)
    verdict = ""
    if most is None:
        verdict = "not on record: UPDATE_GOLDEN=1"
    elif insns > most * limit + 20:
        verdict = f"more than {limit} times the {most} on record"
    if verdict:
        wrong += 1
    print(f"{key[0]:14} {key[1]:16} {insns:6} {verdict}")
sys.exit(wrong != 0)
END
verdict
