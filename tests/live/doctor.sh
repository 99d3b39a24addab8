#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# doctor's answer is what trace then does, for root, for nobody, and where BPF is forbidden; its lines
# agree with sysfs; JSON says what the text says.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3 setpriv

# Other users must reach the program, wherever it was built.
chmod 711 "$work"
install -m 755 "$INTERLOPER" "$work/interloper"
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)
"${nobody[@]}" true || nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# doctor WHAT EXIT PATTERN WRAPPER...: the exit code, and the first line; nothing on stderr.
doctor() {
	local what=$1 expected=$2 pattern=$3 status=0
	shift 3
	timeout -k 5 60 "$@" "$work/interloper" doctor >"$work/$what" 2>"$work/stderr" || status=$?
	((status == expected)) || fail "$what: exit $status, expected $expected"
	head -n 1 "$work/$what" | grep -q "$pattern" ||
		fail "$what: expected \"$pattern\": $(head -n 1 "$work/$what")"
	[[ ! -s $work/stderr ]] || fail "$what: on stderr: $(cat "$work/stderr")"
	printf '%-10s %s\n' "$what" "$(head -n 1 "$work/$what")"
}

says() { # says WHAT PATTERN: a line of that report
	grep -q "$2" "$work/$1" || fail "$1: no line \"$2\" in: $(cat "$work/$1")"
}

doctor root 0 "can run" env
says root "^ok .*BTF .*/sys/kernel/btf/vmlinux"
says root "^ok .*mapped arrays"
doctor nobody 1 "cannot run: .*CAP_BPF" "${nobody[@]}"
says nobody "^missing .*capabilities .*missing: CAP_BPF, CAP_PERFMON"
says nobody "^ok .*BTF "
says nobody "^unknown .*mapped arrays"
doctor forbidden 1 "cannot run: .*CAP_BPF" "$TOOLS/deny_bpf" EPERM
doctor without 1 "cannot run: .*no BPF" "$TOOLS/deny_bpf" ENOSYS
interloper trace -d 0.1 >/dev/null 2>&1 || fail "doctor says that trace can run, and it cannot: $?"

# Another tracer is seen, and the doctor's own programs are not.
"$INTERLOPER" record -o "$work/other.ilt" 2>/dev/null &
recorder=$!
undo end "$recorder" KILL
until_true test -s "$work/other.ilt" || fail "no recorder to look at"
doctor beside 0 "can run" env
end "$recorder" INT
says beside "^limited .*other BPF .*sched_switch"

# JSON: the same findings under the same verdicts, and CPU sets as sysfs has them.
python3 - "$work" <<'END' || fail "JSON and text differ"
import json
import re
import subprocess
import sys

work = sys.argv[1]
run = subprocess.run([f"{work}/interloper", "doctor", "--json"], stdout=subprocess.PIPE, check=True)
report = json.loads(run.stdout)
text = subprocess.run([f"{work}/interloper", "doctor"], stdout=subprocess.PIPE, check=True,
                      text=True).stdout.split("\n")
in_text = dict(reversed(match.groups()) for line in text[3:]
               if (match := re.match(r"(ok|limited|missing|unknown) +(\S.*?)(?:  |$)", line)))
in_json = {finding["check"]: finding["verdict"] for finding in report["findings"]}
if in_text != in_json:
    sys.exit(f"text says {in_text}, JSON says {in_json}")
if not (report["trace"]["can_run"] and report["hist"]["can_run"]):
    sys.exit("JSON says that it cannot run")


def cpus(text):
    text = text.strip().replace("(null)", "")
    return {cpu for part in text.split(",") if part
            for cpu in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)}


for name, key in {"isolated": "boot_isolated_cpus", "nohz_full": "nohz_full_cpus",
                  "online": "online_cpus", "possible": "possible_cpus"}.items():
    try:
        with open(f"/sys/devices/system/cpu/{name}") as file:
            expected = cpus(file.read())
    except FileNotFoundError:
        expected = set()
    if cpus(report["host"][key]) != expected:
        sys.exit(f"{key}: {report['host'][key]}, sysfs says {expected}")
isolated = next(f["found"] for f in report["findings"] if f["check"] == "isolated CPUs")
boot = report["host"]["boot_isolated_cpus"]
if isolated.split()[0].rstrip(",") != (boot or report["host"]["partition_cpus"] or "none"):
    sys.exit(f"isolated CPUs: {isolated}, sysfs says {boot or 'none'}")
END

verdict
