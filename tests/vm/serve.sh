#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The exporter in a guest with isolated CPUs: ksmd's stays on one are trespasses, where it is on one, and none
# where it is not; CPUs that go and come do not stop it, and are counted again when they are back.
# shellcheck disable=SC2154,SC2317 # isolated, ksmd: ksm.bash; what until_true and undo call
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash
# shellcheck source=tests/vm/ksm.bash
source "$(dirname "$0")/ksm.bash"

says_where() { grep -q 'serving http' "$work/said"; }
says_or_ended() { says_where || ! kill -0 "$server" 2>/dev/null; }

# A guest's loopback is down until somebody sets it up.
python3 - <<'END'
import fcntl
import socket
import struct

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
END

start_merging
"$INTERLOPER" serve --listen 127.0.0.1:0 2>"$work/said" &
server=$!
undo end "$server"
until_true says_or_ended || true
says_where || {
	fail "it does not serve: $(cat "$work/said")"
	verdict
}
port=$(sed -nE 's/.* http:..127\.0\.0\.1:([0-9]+)\/metrics.*/\1/p' "$work/said")

samples() { # samples NAME LABEL...: their sum
	python3 - "$port" "$@" <<'END'
import sys

from scrapes import Server, total

labels = dict(word.split("=", 1) for word in sys.argv[3:])
print(round(total(Server(sys.argv[1]).scrape(), sys.argv[2], **labels)))
END
}

before=$(last_cpu)
sleep 3
after=$(last_cpu)
trespasses=$(samples interloper_trespasses_total task=ksmd)
all=$(samples interloper_trespasses_total)
echo "fact: the exporter: ksmd on CPU $before, then $after; isolated $isolated; $trespasses trespasses of it, $all of all"
if in_list "$before" "$isolated" && [[ $before == "$after" ]]; then
	((trespasses > 5)) || fail "ksmd was on isolated CPU $before: $trespasses trespasses"
	(($(samples interloper_trespasses_total task=ksmd "cpu=$before") > 5)) || fail "not of CPU $before"
elif ! in_list "$before" "$isolated" && ! in_list "$after" "$isolated"; then
	((trespasses == 0)) || fail "ksmd was on no isolated CPU: $trespasses trespasses"
fi
(($(samples interloper_wakeups_total) > 20)) || fail "hardly a wakeup is told"
(($(samples interloper_wakeups_total placement=unknown) * 5 <= $(samples interloper_wakeups_total))) ||
	fail "a fifth of all wakeups' placements is unknown"

# A CPU that is not isolated goes and comes back.
cpu=$(($(nproc --all) - 1))
file=/sys/devices/system/cpu/cpu$cpu/online
if in_list "$cpu" "$isolated" || [[ ! -w $file ]]; then
	fail "CPU $cpu cannot be taken offline"
fi
plug() { # plug 0|1
	{ echo "$1" >"$file"; } 2>/dev/null
}
undo plug 1
plug 0 || fail "CPU $cpu cannot be taken offline"
samples interloper_slices_total >/dev/null || fail "it does not serve while CPU $cpu is offline"
plug 1 || fail "CPU $cpu does not come back"
taskset -c "$cpu" "$TOOLS/workload" -d 1 "sleeper:2@$cpu" >/dev/null
back=$(samples interloper_slices_total "cpu=$cpu" task=w-sleeper)
((back > 50)) || fail "CPU $cpu is back, and has $back slices of w-sleeper"
for try in 1 2 3; do
	plug 0 && plug 1
done
again=$(samples interloper_slices_total "cpu=$cpu" task=w-sleeper)
((again >= back)) || fail "a counter went back: $back, then $again (try $try)"
kill -TERM "$server"
status=0
wait "$server" || status=$?
((status == 0)) || fail "serve: exit $status: $(cat "$work/said")"
verdict
